//! Counts what passed and what failed over all steps.

use anyhow::Result;

use crate::shell;

/// How many tests of a step passed and failed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    /// What those that failed are called, as far as their harness said.
    pub(crate) names: Vec<String>,
}

impl Counts {
    /// Sums the lines `test result: ok. 3 passed; 0 failed; …` that Rust's harness, wasm-bindgen's
    /// and the browser tests' reporter print, and takes the names from their lines
    /// `test of::a::module ... FAILED`. A run that fails without a sum, because something did not
    /// compile or crashed, counts as one failure more.
    pub(crate) fn read(lines: &[String], succeeded: bool) -> Self {
        let mut sum = Self::default();
        for line in lines {
            sum.names.extend(failed(line).map(str::to_owned));
            let Some((_, result)) = line.split_once("test result: ") else {
                continue;
            };
            sum.passed += number_before(result, " passed");
            sum.failed += number_before(result, " failed");
        }
        if !succeeded && sum.failed == 0 {
            sum.failed = 1;
        }
        sum
    }
}

/// The name in the line of a test that failed.
fn failed(line: &str) -> Option<&str> {
    let (name, outcome) = line.trim().strip_prefix("test ")?.rsplit_once(" ... ")?;
    outcome.starts_with("FAIL").then_some(name)
}

fn number_before(text: &str, word: &str) -> u64 {
    text.split_once(word)
        .and_then(|(before, _)| before.rsplit(' ').next())
        .and_then(|digits| digits.parse().ok())
        .unwrap_or(0)
}

/// The count over all steps, and which of them failed.
#[derive(Default)]
pub(crate) struct Tally {
    sum: Counts,
    failures: Vec<String>,
}

impl Tally {
    /// Runs one step that counts as one test, and keeps going if it fails.
    pub(crate) fn step(&mut self, what: &str, step: impl FnOnce() -> Result<()>) -> bool {
        self.counted(what, || {
            step().map(|()| Counts {
                passed: 1,
                ..Counts::default()
            })
        })
    }

    /// Runs one step that counts its own tests, and keeps going if it fails.
    /// Returns whether nothing failed.
    pub(crate) fn counted(&mut self, what: &str, step: impl FnOnce() -> Result<Counts>) -> bool {
        shell::say(what);
        let counts = step().unwrap_or_else(|error| {
            eprintln!("{error:#}");
            Counts {
                failed: 1,
                ..Counts::default()
            }
        });
        self.sum.passed += counts.passed;
        self.sum.failed += counts.failed;
        if counts.failed > 0 {
            self.failures
                .push(format!("{what}: {} failed", counts.failed));
            let names = counts.names.iter().map(|name| format!("  {name}"));
            self.failures.extend(names);
        }
        counts.failed == 0
    }

    /// Says what failed, by name, then the count as the last line, so that the end of a long
    /// output tells enough. Returns whether nothing failed.
    pub(crate) fn finish(self) -> bool {
        println!();
        for failure in &self.failures {
            println!("FAILED  {failure}");
        }
        println!("{} passed, {} failed", self.sum.passed, self.sum.failed);
        self.sum.failed == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, succeeded: bool) -> Counts {
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        Counts::read(&lines, succeeded)
    }

    #[test]
    fn the_results_of_several_harnesses_are_summed() {
        let output = "running 3 tests\n\
            test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n\
            test result: FAILED. 10 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.20s";
        let sum = read(output, false);
        assert_eq!((sum.passed, sum.failed), (13, 2));
    }

    #[test]
    fn those_that_failed_are_named() {
        let output = "test rooms::one_enters ... ok\n\
            test rooms::two_meet ... FAILED\n\
            test in a browser ... with dots ... FAIL\n\
            test result: FAILED. 1 passed; 2 failed;";
        let names = ["rooms::two_meet", "in a browser ... with dots"];
        assert_eq!(read(output, false).names, names);
    }

    #[test]
    fn a_run_that_breaks_off_counts_as_a_failure() {
        let sum = read("test result: ok. 3 passed; 0 failed;", false);
        assert_eq!((sum.passed, sum.failed), (3, 1));
        assert_eq!(read("", false).failed, 1);
    }

    #[test]
    fn a_failed_step_does_not_keep_the_others_from_running() {
        let mut tally = Tally::default();
        assert!(!tally.step("breaks", || anyhow::bail!("on purpose")));
        assert!(tally.step("works", || Ok(())));
        assert_eq!((tally.sum.passed, tally.sum.failed), (1, 1));
        assert!(!tally.finish());
    }
}
