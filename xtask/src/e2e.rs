//! `cargo xtask e2e`: calls in real browsers, driven by Playwright.

use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::fingerprint::{self, Fingerprint};
use crate::tally::{Counts, Tally};
use crate::{build, lab, shell, system, tools, workspace};

/// Builds what has changed and runs the browser tests whose file or title matches `filter`.
///
/// # Errors
/// When building fails or a tool is missing that cannot be installed.
pub(crate) fn run(filter: Option<&str>, options: &[String]) -> Result<ExitCode> {
    build::both()?;
    system::install_missing()?;
    let mut tally = Tally::default();
    tally.counted("Calls in browsers", || test(filter, options));
    Ok(if tally.finish() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Runs the browser tests against the server that was built.
///
/// # Errors
/// When npm is missing or Playwright cannot be started.
pub(crate) fn test(filter: Option<&str>, options: &[String]) -> Result<Counts> {
    packages()?;
    lab::wire()?;
    let mut command = playwright(filter, options);
    let (lines, succeeded) = shell::run_and_read(&mut command)?;
    Ok(Counts::read(&lines, succeeded))
}

/// Checks the types of the browser tests.
///
/// # Errors
/// When npm is missing or a type is wrong.
pub(crate) fn check() -> Result<()> {
    packages()?;
    let mut command = Command::new("node");
    command
        .arg("node_modules/typescript/bin/tsc")
        .args(["--noEmit", "--project", "."])
        .current_dir(workspace::e2e());
    shell::run(&mut command).context("the browser tests have a wrong type")
}

fn playwright(filter: Option<&str>, options: &[String]) -> Command {
    let mut command = runner(options);
    command.args(projects(filter).map(|project| format!("--project={project}")));
    match filter.map(|filter| (filter, file(filter))) {
        Some((_, Some(file))) => command.arg(file),
        Some((filter, None)) => command.arg("--grep").arg(filter),
        None => &mut command,
    };
    command
}

/// Which of Playwright's projects to run. Drawing screenshots checks nothing and changes the
/// README's picture, so it has to be asked for. The laboratory's tests say so where they may not
/// make network namespaces.
fn projects(filter: Option<&str>) -> impl Iterator<Item = &'static str> {
    let name = filter.map(|filter| filter.trim_end_matches(".spec.ts"));
    let projects: &[_] = match name {
        Some("screenshots") => &["screenshots"],
        _ => &["calls", "laboratory"],
    };
    projects.iter().copied()
}

/// The command that runs Playwright's tests, with what they ask the environment for.
pub(crate) fn runner(options: &[String]) -> Command {
    let mut command = Command::new("node");
    command
        .arg("node_modules/@playwright/test/cli.js")
        .arg("test")
        .args(options)
        .current_dir(workspace::e2e())
        .env("TINCAN_SERVER", workspace::server())
        .env("TINCAN_LAB_LINK", lab::program());
    command
}

/// The test file that a filter names, if it does not name a part of a title.
fn file(filter: &str) -> Option<String> {
    let name = filter.trim_end_matches(".spec.ts");
    ["tests", "nat", "lab"]
        .map(|folder| format!("{folder}/{name}.spec.ts"))
        .into_iter()
        .find(|file| workspace::e2e().join(file).is_file())
}

/// Installs what the browser tests import, unless it stands already. Browsers are the system's
/// own, so Playwright brings none.
///
/// # Errors
/// When npm is missing or fails.
pub(crate) fn packages() -> Result<()> {
    let e2e = workspace::e2e();
    let stamp = e2e.join("node_modules").join(".tincan");
    let lock = Fingerprint::default()
        .path(&e2e.join("package-lock.json"))?
        .sum();
    if fingerprint::is_stamped(&stamp, &lock) {
        return Ok(());
    }
    shell::say("Installing what the browser tests import (once; less than a minute)");
    let mut npm = tools::npm()?;
    npm.args(["ci", "--no-audit", "--no-fund"])
        .current_dir(&e2e)
        .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
        .env("PUPPETEER_SKIP_DOWNLOAD", "1");
    shell::run(&mut npm)?;
    fingerprint::stamp(&stamp, &lock)
}
