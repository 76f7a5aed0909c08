//! `cargo xtask fuzz`: the property tests of everything that reads what strangers send, again and
//! again with other inputs until the time is up.
//!
//! Inputs that broke something are kept in the `proptest-regressions` files beside the tests and are
//! tried first from then on. Where a nightly compiler and `cargo fuzz` are at hand, half of the time
//! goes to the targets in `fuzz/`, whose inputs follow what code they reach; those that reached
//! something new are kept in `fuzz/corpus`.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::{shell, workspace};

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

/// The programs of `fuzz/fuzz_targets`.
const TARGETS: [&str; 4] = ["machine", "stream", "message", "link"];

/// Longest input of a target, in bytes.
const LONGEST: usize = 4_096;

/// Tries all that reads what strangers send until `minutes` have passed.
///
/// # Errors
/// When a property does not hold, or a target fails; the case is kept.
pub(crate) fn run(minutes: u64) -> Result<()> {
    let whole = Duration::from_secs(minutes * 60);
    if !has_targets() {
        shell::say("Without a nightly compiler and `cargo fuzz`: properties alone");
        return properties(whole);
    }
    properties(whole / 2)?;
    for target in TARGETS {
        // Of no second at all libFuzzer makes for ever.
        let seconds = ((whole / 2).as_secs() / TARGETS.len() as u64).max(1);
        shell::say(&format!("{target}: inputs that follow the code"));
        let mut command = fuzzer();
        command.args(["run", target, "--"]);
        command.arg(format!("-max_total_time={seconds}"));
        command.arg(format!("-max_len={LONGEST}"));
        shell::run(&mut command)?;
    }
    Ok(())
}

/// Whether the targets can still be built; that needs no nightly compiler.
///
/// # Errors
/// When one cannot.
pub(crate) fn check() -> Result<()> {
    let mut command = shell::cargo(["check", "--quiet", "--locked"]);
    command.args(["--manifest-path", "fuzz/Cargo.toml"]);
    command
        .arg("--target-dir")
        .arg(workspace::target().join("fuzz"));
    shell::run(&mut command)
}

/// Runs all properties with twice as many cases each round, until the time has passed.
fn properties(time: Duration) -> Result<()> {
    let begin = Instant::now();
    let mut cases = CASES;
    while begin.elapsed() < time {
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

/// `cargo fuzz` of a nightly compiler, whichever one is the default.
fn fuzzer() -> Command {
    let mut command = Command::new("rustup");
    command
        .args(["run", "nightly", "cargo", "fuzz"])
        .current_dir(workspace::root());
    command
}

fn has_targets() -> bool {
    let mut version = fuzzer();
    version.arg("--version");
    let asked = version.stdout(Stdio::null()).stderr(Stdio::null()).status();
    asked.is_ok_and(|status| status.success())
}
