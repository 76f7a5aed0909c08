//! `cargo xtask check`: what is fast, and runs first in `cargo xtask test`.

use std::process::ExitCode;

use anyhow::Result;

use crate::system::Witnesses;
use crate::tally::{Counts, Tally};
use crate::{dependencies, e2e, shell, tools};

/// Worlds that the client machine lives through here.
const SEEDS: u32 = 400;

/// Runs the fast part of the tests.
///
/// # Errors
/// When a tool is missing that cannot be installed.
pub(crate) fn run() -> Result<ExitCode> {
    let mut tally = Tally::default();
    steps(&mut tally, SEEDS, Witnesses::WhoeverIsHere)?;
    Ok(if tally.finish() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// The steps, counted into `tally`. In the fake world of the client machine `seeds` storms rage
/// (`frontend/call/tests/convergence.rs`). The server's tests look for `witnesses`
/// (`server/tests/common/witness.rs`).
///
/// # Errors
/// As [`run`].
pub(crate) fn steps(tally: &mut Tally, seeds: u32, witnesses: Witnesses) -> Result<()> {
    tools::lints()?;
    tools::wasm_target()?;
    tally.step("Format", || {
        shell::run(&mut shell::cargo(["fmt", "--all", "--check"]))
    });
    tally.step("Lints", || {
        clippy(&["--workspace", "--exclude", "frontend"])
    });
    tally.step("Lints of the page", || {
        clippy(&["-p", "frontend", "--target", tools::WASM_TARGET])
    });
    tally.step("The pure crates for WebAssembly", || {
        let mut command = shell::cargo(["clippy", "--quiet", "--locked", "--lib"]);
        command.args([
            "-p",
            "protocol",
            "-p",
            "call",
            "--target",
            tools::WASM_TARGET,
        ]);
        shell::run(command.args(["--", "-D", "warnings"]))
    });
    tally.step("Documentation", || {
        doc(&["--workspace", "--exclude", "frontend"])
    });
    tally.step("Documentation of the page", || {
        doc(&["-p", "frontend", "--target", tools::WASM_TARGET])
    });
    tally.step("Dependencies", dependencies::check);
    tally.step("Types of the browser tests", e2e::check);
    tally.counted("Unit and property tests", || {
        let mut command = shell::cargo(["test", "--locked", "--no-fail-fast"]);
        command.env("TINCAN_SEEDS", seeds.to_string());
        if witnesses == Witnesses::All {
            command.env("TINCAN_WITNESSES", "all");
        }
        let (lines, succeeded) = shell::run_and_read(&mut command)?;
        Ok(Counts::read(&lines, succeeded))
    });
    Ok(())
}

fn clippy(what: &[&str]) -> Result<()> {
    let mut command = shell::cargo(["clippy", "--quiet", "--locked", "--all-targets"]);
    shell::run(command.args(what).args(["--", "-D", "warnings"]))
}

fn doc(what: &[&str]) -> Result<()> {
    let mut command = shell::cargo(["doc", "--quiet", "--locked", "--no-deps"]);
    command.arg("--document-private-items").args(what);
    shell::run(command.env("RUSTDOCFLAGS", "-D warnings"))
}
