//! `cargo xtask serve`: from a bare checkout to a call.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::{build, shell, workspace};

/// Builds what has changed, then becomes the server.
///
/// # Errors
/// When building fails or the server cannot be started.
pub(crate) fn run(options: &[String]) -> Result<ExitCode> {
    build::both()?;
    if options.is_empty() {
        shell::say("Open http://localhost:8080 (Ctrl-C ends the server)");
    } else {
        shell::say(&format!("Starting tincan {}", options.join(" ")));
    }
    let mut server = Command::new(workspace::server());
    become_it(server.args(options))
}

/// Puts the server in this program's place, so that signals reach it and nothing stands between.
#[cfg(unix)]
fn become_it(server: &mut Command) -> Result<ExitCode> {
    use std::os::unix::process::CommandExt as _;
    Err(server.exec()).context("the server could not be started")
}

#[cfg(not(unix))]
fn become_it(server: &mut Command) -> Result<ExitCode> {
    let status = server.status().context("the server could not be started")?;
    Ok(if status.success() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
