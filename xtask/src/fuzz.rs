//! `cargo xtask fuzz`: the property tests of everything that reads what strangers send, again and
//! again with other inputs until the time is up.
//!
//! Inputs that broke something are kept in the `proptest-regressions` files beside the tests and are
//! tried first from then on.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::shell;

/// The test programs that have properties, as options of `cargo test`.
const PROGRAMS: [&[&str]; 7] = [
    &["-p", "turn", "--test", "properties"],
    &["-p", "turn", "--test", "model"],
    &["-p", "protocol", "--test", "ids"],
    &["-p", "protocol", "--test", "damaged"],
    &["-p", "call", "--lib"],
    &["-p", "call", "--test", "scenarios", "insider"],
    &["-p", "tincan", "--lib"],
];

/// Cases of each property in the first round.
const CASES: u32 = 1_000;

/// Runs all properties with twice as many cases each round, until `minutes` have passed.
///
/// # Errors
/// When a property does not hold; the case is kept.
pub(crate) fn run(minutes: u64) -> Result<()> {
    let begin = Instant::now();
    let mut cases = CASES;
    while begin.elapsed() < Duration::from_secs(minutes * 60) {
        shell::say(&format!("{cases} cases of each property"));
        for options in PROGRAMS {
            let mut command = shell::cargo(["test", "--quiet", "--release", "--locked"]);
            command
                .args(options)
                .env("PROPTEST_CASES", cases.to_string());
            shell::run(&mut command)?;
        }
        cases = cases.saturating_mul(2);
    }
    Ok(())
}
