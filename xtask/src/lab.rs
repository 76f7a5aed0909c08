//! The network laboratory (`e2e/lab`): what its tests need built, and the benchmarks that run in it.

use std::path::PathBuf;

use anyhow::Result;

use crate::{build, e2e, shell, system, workspace};

/// Builds the long wire. Only Linux has what the laboratory is made of; elsewhere its tests say so.
///
/// # Errors
/// When it does not compile.
pub(crate) fn wire() -> Result<()> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let arguments = [
        "build",
        "--quiet",
        "--release",
        "--locked",
        "-p",
        "lab-link",
    ];
    shell::run(&mut shell::cargo(arguments))
}

/// Where [`wire`] puts it.
pub(crate) fn program() -> PathBuf {
    workspace::target().join("release").join("lab-link")
}

/// Runs the benchmark in browsers of that name: `join` or `recovery`.
///
/// # Errors
/// When building fails or a tool is missing that cannot be installed.
pub(crate) fn bench(name: &str, options: &[String]) -> Result<()> {
    build::both()?;
    system::install_missing()?;
    e2e::packages()?;
    wire()?;
    let mut command = e2e::runner(options);
    command.args(["--config", "bench/playwright.config.ts"]);
    command.arg(format!("bench/{name}.bench.ts"));
    shell::run(&mut command)
}
