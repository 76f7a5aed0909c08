//! Counts what passed and what failed over all steps.

use anyhow::Result;

use crate::shell;

/// How many tests of a step passed and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Counts {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Counts {
    /// Sums the lines `test result: ok. 3 passed; 0 failed; …` that Rust's harness, wasm-bindgen's
    /// and the browser tests' reporter print. A run that fails without such a line, because
    /// something did not compile or crashed, counts as one failure more.
    pub(crate) fn read(lines: &[String], succeeded: bool) -> Self {
        let mut sum = Self::default();
        for line in lines {
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
                failed: 0,
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
                passed: 0,
                failed: 1,
            }
        });
        self.sum.passed += counts.passed;
        self.sum.failed += counts.failed;
        if counts.failed > 0 {
            self.failures
                .push(format!("{what}: {} failed", counts.failed));
        }
        counts.failed == 0
    }

    /// Says what failed, then the count as the last line. Returns whether nothing failed.
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
        let expected = Counts {
            passed: 13,
            failed: 2,
        };
        assert_eq!(read(output, false), expected);
    }

    #[test]
    fn a_run_that_breaks_off_counts_as_a_failure() {
        let expected = Counts {
            passed: 3,
            failed: 1,
        };
        assert_eq!(
            read("test result: ok. 3 passed; 0 failed;", false),
            expected
        );
        assert_eq!(read("", false).failed, 1);
    }

    #[test]
    fn a_failed_step_does_not_keep_the_others_from_running() {
        let mut tally = Tally::default();
        assert!(!tally.step("breaks", || anyhow::bail!("on purpose")));
        assert!(tally.step("works", || Ok(())));
        assert_eq!(
            tally.sum,
            Counts {
                passed: 1,
                failed: 1
            }
        );
        assert!(!tally.finish());
    }
}
