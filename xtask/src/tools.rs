//! The tools that building needs, each in one version, found or installed.
//!
//! A tool is taken from `PATH` if it has the exact version, else from a cache of the user's, else
//! it is installed into that cache. Nothing is installed into the system here (see [`crate::system`]).

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell;

/// Builds the page. <https://trunkrs.dev>
pub(crate) const TRUNK: Tool = Tool {
    package: "trunk",
    version: "0.21.14",
    programs: &["trunk"],
    source: Source::Cargo { features: &[] },
    asked: true,
    duration: "five to ten minutes",
};

/// Makes the page's JavaScript. The crate `wasm-bindgen` must have the same version.
pub(crate) const WASM_BINDGEN: Tool = Tool {
    package: "wasm-bindgen-cli",
    version: "0.2.129",
    programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
    source: Source::Cargo { features: &[] },
    asked: true,
    duration: "two to four minutes",
};

/// Makes the page's WebAssembly smaller: `wasm-opt` of the npm package `binaryen`.
pub(crate) const BINARYEN: Tool = Tool {
    package: "binaryen",
    version: "132",
    programs: &["wasm-opt"],
    source: Source::Npm,
    asked: true,
    duration: "less than a minute",
};

/// Makes the page's JavaScript smaller, which wasm-bindgen writes to be read.
pub(crate) const TERSER: Tool = Tool {
    package: "terser",
    version: "5.51.2",
    programs: &["terser"],
    source: Source::Npm,
    asked: true,
    duration: "less than a minute",
};

/// Puts what the lobby does not need into a file of its own (see [`crate::split`]).
pub(crate) const WASM_SPLIT: Tool = Tool {
    package: "wasm_split_cli_support",
    version: "0.2.4",
    programs: &["wasm-split-cli"],
    source: Source::Cargo {
        features: &["build-binary"],
    },
    asked: false,
    duration: "one to two minutes",
};

/// Looks at what the programs are built upon (see [`crate::dependencies`]).
pub(crate) const CARGO_DENY: Tool = Tool {
    package: "cargo-deny",
    version: "0.20.2",
    programs: &["cargo-deny"],
    source: Source::Cargo { features: &[] },
    asked: true,
    duration: "four to eight minutes",
};

/// Oldest Node.js that the browser tests and `binaryen` run on.
const NODE_MAJOR: u32 = 20;

/// What the page is compiled to.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// A program in the one version that is used.
pub(crate) struct Tool {
    /// What it is called where it comes from.
    package: &'static str,
    pub(crate) version: &'static str,
    /// What it is called on the command line; the first one is asked for its version.
    programs: &'static [&'static str],
    source: Source,
    /// Whether it tells its version when asked; else only the folder it was installed into does.
    asked: bool,
    /// How long installing takes on a small machine, for people who wait.
    duration: &'static str,
}

enum Source {
    Cargo {
        /// Features of the package that its programs need.
        features: &'static [&'static str],
    },
    Npm,
}

impl Tool {
    /// The folder that holds the tool's programs, installing it if it is nowhere yet.
    ///
    /// # Errors
    /// When it cannot be installed; the message says what is missing.
    pub(crate) fn folder(&self) -> Result<PathBuf> {
        if let Some(folder) = self.on_path() {
            return Ok(folder);
        }
        let home = self.home()?;
        let folder = match self.source {
            Source::Cargo { .. } => home.join("bin"),
            Source::Npm => home.join("node_modules").join(".bin"),
        };
        if !self.is_in(&folder) {
            self.install(&home)?;
        }
        if !self.is_in(&folder) {
            bail!(
                "{} {} was installed into {} but does not run from there; remove that folder and try again",
                self.package,
                self.version,
                home.display()
            );
        }
        Ok(folder)
    }

    /// The first of its programs, installing it if it is nowhere yet.
    ///
    /// # Errors
    /// As [`Tool::folder`].
    pub(crate) fn program(&self) -> Result<PathBuf> {
        Ok(in_folder(&self.folder()?, self.programs[0]))
    }

    fn on_path(&self) -> Option<PathBuf> {
        if !self.asked {
            return None;
        }
        let folder = shell::find(self.programs[0])?.parent()?.to_owned();
        self.is_in(&folder).then_some(folder)
    }

    /// Whether `folder` has every program of the tool, in the right version.
    fn is_in(&self, folder: &Path) -> bool {
        let all = self
            .programs
            .iter()
            .all(|program| in_folder(folder, program).is_file());
        let says = || {
            shell::ask(folder.join(self.programs[0]), ["--version"])
                .is_some_and(|answer| says_version(&answer, self.version))
        };
        all && (!self.asked || says())
    }

    fn home(&self) -> Result<PathBuf> {
        let name = self.package.trim_end_matches("-cli");
        Ok(cache()?
            .join("tools")
            .join(format!("{name}-{}", self.version)))
    }

    fn install(&self, home: &Path) -> Result<()> {
        shell::say(&format!(
            "Installing {} {} into {} (once; {})",
            self.package,
            self.version,
            home.display(),
            self.duration
        ));
        std::fs::create_dir_all(home)
            .with_context(|| format!("{} cannot be made", home.display()))?;
        match self.source {
            Source::Cargo { features } => {
                let mut command = shell::cargo(["install", "--locked", "--version"]);
                command.arg(self.version).arg("--root").arg(home);
                if !features.is_empty() {
                    command.arg("--features").arg(features.join(","));
                }
                // Its own build folder: what a package was built for is no use to the next one.
                command.arg(self.package).env_remove("CARGO_TARGET_DIR");
                shell::run(&mut command)
            }
            Source::Npm => {
                let mut command = npm()?;
                command.args(["install", "--no-audit", "--no-fund", "--save-exact"]);
                command.arg("--prefix").arg(home);
                command.arg(format!("{}@{}", self.package, self.version));
                shell::run(&mut command)
            }
        }
    }
}

fn in_folder(folder: &Path, program: &str) -> PathBuf {
    let file = folder.join(program);
    let with_suffix = file.with_extension("exe");
    if with_suffix.is_file() {
        with_suffix
    } else {
        file
    }
}

/// Whether a program's answer to `--version` names exactly `version`.
fn says_version(answer: &str, version: &str) -> bool {
    answer
        .split(|c: char| c.is_whitespace() || c == '_' || c == '(' || c == ')')
        .any(|word| word == version)
}

/// Finds or installs what the page is built with, and returns the `PATH` to build it under.
///
/// # Errors
/// When something is missing that cannot be installed.
pub(crate) fn for_the_page() -> Result<OsString> {
    wasm_target()?;
    node()?;
    let mut folders = vec![TRUNK.folder()?, WASM_BINDGEN.folder()?, BINARYEN.folder()?];
    if let Some(path) = std::env::var_os("PATH") {
        folders.extend(std::env::split_paths(&path));
    }
    std::env::join_paths(folders).context("the PATH holds a character it cannot hold")
}

/// Adds the wasm target to the toolchain if it is missing.
///
/// # Errors
/// When rustup is missing or fails.
pub(crate) fn wasm_target() -> Result<()> {
    let query = ["--print", "target-libdir", "--target", WASM_TARGET];
    if shell::ask("rustc", query).is_some_and(|folder| Path::new(&folder).is_dir()) {
        return Ok(());
    }
    shell::say(&format!(
        "Adding {WASM_TARGET} to the Rust toolchain (once)"
    ));
    let mut command = Command::new("rustup");
    shell::run(command.args(["target", "add", WASM_TARGET])).context(
        "Rust cannot compile to WebAssembly here: install Rust through https://rustup.rs, \
         or your system's package with the standard library for wasm32-unknown-unknown",
    )
}

/// Adds rustfmt and clippy to the toolchain if they are missing.
///
/// # Errors
/// When rustup is missing or fails.
pub(crate) fn lints() -> Result<()> {
    for (subcommand, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        let there = shell::cargo([subcommand, "--version"])
            .output()
            .is_ok_and(|output| output.status.success());
        if there {
            continue;
        }
        shell::say(&format!("Adding {component} to the Rust toolchain (once)"));
        let mut command = Command::new("rustup");
        shell::run(command.args(["component", "add", component]))?;
    }
    Ok(())
}

/// Checks that Node.js is there and recent enough.
///
/// # Errors
/// When it is not.
pub(crate) fn node() -> Result<()> {
    let Some(answer) = shell::ask("node", ["--version"]) else {
        bail!("Node.js is missing: install version {NODE_MAJOR} or later from https://nodejs.org");
    };
    let major = answer.trim_start_matches('v').split('.').next();
    let major: Option<u32> = major.and_then(|text| text.parse().ok());
    if major.is_none_or(|major| major < NODE_MAJOR) {
        bail!(
            "Node.js {answer} is too old: install version {NODE_MAJOR} or later from https://nodejs.org"
        );
    }
    Ok(())
}

/// The command `npm`.
///
/// # Errors
/// When it is not installed.
pub(crate) fn npm() -> Result<Command> {
    node()?;
    // On Windows npm is a script, which only its full name starts.
    let name = if cfg!(windows) { "npm.cmd" } else { "npm" };
    if shell::ask(name, ["--version"]).is_none() {
        bail!("npm is missing: it comes with Node.js from https://nodejs.org");
    }
    Ok(Command::new(name))
}

/// The user's cache folder for Tincan.
fn cache() -> Result<PathBuf> {
    let base = if let Some(folder) = std::env::var_os("XDG_CACHE_HOME") {
        PathBuf::from(folder)
    } else if let Some(folder) = std::env::var_os("LOCALAPPDATA") {
        PathBuf::from(folder)
    } else {
        std::env::home_dir()
            .context("the home folder cannot be found; set XDG_CACHE_HOME")?
            .join(".cache")
    };
    Ok(base.join("tincan"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_must_be_exact() {
        assert!(says_version("trunk 0.21.14", "0.21.14"));
        assert!(says_version("wasm-opt version 132 (version_132)", "132"));
        assert!(says_version("wasm-bindgen 0.2.129 (0123abc)", "0.2.129"));
        assert!(!says_version("trunk 0.21.140", "0.21.14"));
        assert!(!says_version("wasm-opt version 13", "132"));
    }

    #[test]
    fn the_tool_and_the_crate_wasm_bindgen_have_one_version() {
        let lock = std::fs::read_to_string(crate::workspace::root().join("Cargo.lock")).unwrap();
        let entry = format!(
            "name = \"wasm-bindgen\"\nversion = \"{}\"\n",
            WASM_BINDGEN.version
        );
        assert!(
            lock.contains(&entry),
            "WASM_BINDGEN.version must be that of the crate in Cargo.lock"
        );
    }
}
