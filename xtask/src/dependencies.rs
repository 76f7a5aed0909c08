//! Whether what this is built upon may be: its licences, where it comes from, and known holes
//! (`deny.toml`).

use std::process::Command;

use anyhow::Result;

use crate::{shell, tools, workspace};

/// What needs nothing but the lock file.
const AT_HAND: [&str; 3] = ["bans", "licenses", "sources"];

/// Checks all of it; known holes only where the list of them can be had, and says where not.
///
/// # Errors
/// When a dependency may not be used, or the tool cannot be installed.
pub(crate) fn check() -> Result<()> {
    let program = tools::CARGO_DENY.program()?;
    let deny = |arguments: &[&str]| {
        let mut command = Command::new(&program);
        command
            .current_dir(workspace::root())
            .args(["--log-level", "error"])
            .args(arguments);
        command
    };
    let mut wanted = vec!["check"];
    wanted.extend(AT_HAND);
    if shell::run(&mut deny(&["fetch", "db"])).is_ok() {
        wanted.push("advisories");
    } else {
        shell::say("The list of known holes cannot be reached from here; they were not looked for");
    }
    shell::run(&mut deny(&wanted))
}
