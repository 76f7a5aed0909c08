//! `cargo xtask bench`: the benchmarks, each beside the peers it names.

use std::process::ExitCode;

use anyhow::{Result, bail};

/// Runs the benchmark of that name, or lists them.
///
/// # Errors
/// When there is none of that name.
pub(crate) fn run(name: Option<&str>, _options: &[String]) -> Result<ExitCode> {
    match name {
        None => {
            println!("There are no benchmarks yet.");
            Ok(ExitCode::SUCCESS)
        }
        Some(name) => bail!("there is no benchmark named {name}"),
    }
}
