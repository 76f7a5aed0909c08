//! Runs programs: says what is being done, passes their output on, tells failure in a sentence.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::workspace;

/// Says what is being done, before it is done.
pub(crate) fn say(what: &str) {
    println!("==> {what}");
}

/// A cargo command in the checkout, of the toolchain that runs this program.
pub(crate) fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(workspace::root());
    command
}

/// Runs a command that shows its own progress.
///
/// # Errors
/// When it cannot be started or does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let name = name(command);
    let status = command
        .status()
        .with_context(|| format!("{name} could not be started"))?;
    if !status.success() {
        bail!("{name} did not succeed ({status}); what it says stands above");
    }
    Ok(())
}

/// Runs a command and shows each line of its output as it comes. The lines are returned together
/// with whether it succeeded.
///
/// # Errors
/// When it cannot be started or its output cannot be read.
pub(crate) fn run_and_read(command: &mut Command) -> Result<(Vec<String>, bool)> {
    let name = name(command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .with_context(|| format!("{name} could not be started"))?;
    let output = child.stdout.take().expect("stdout was asked for above");
    let mut lines = Vec::new();
    for line in BufReader::new(output).split(b'\n') {
        let line = line.with_context(|| format!("reading what {name} says"))?;
        let line = String::from_utf8_lossy(&line).into_owned();
        println!("{line}");
        lines.push(line);
    }
    let status = child
        .wait()
        .with_context(|| format!("waiting for {name}"))?;
    Ok((lines, status.success()))
}

/// What a command prints, trimmed; `None` when it cannot be run or fails.
pub(crate) fn ask<S: AsRef<OsStr>>(
    program: impl AsRef<OsStr>,
    arguments: impl IntoIterator<Item = S>,
) -> Option<String> {
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Where a program is on `PATH`.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|dir| dir.join(format!("{program}{}", std::env::consts::EXE_SUFFIX)))
        .find(|file| file.is_file())
}

fn name(command: &Command) -> String {
    let program = PathBuf::from(command.get_program());
    let program = program.file_stem().unwrap_or_default().to_string_lossy();
    let first = command
        .get_args()
        .next()
        .map(|argument| format!(" {}", argument.to_string_lossy()));
    format!("`{program}{}`", first.unwrap_or_default())
}
