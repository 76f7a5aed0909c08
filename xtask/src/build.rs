//! `cargo xtask build`: page and server in release.

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::fingerprint::{self, Fingerprint};
use crate::{lean, names, shell, split, styles, tools, trust, weight, workspace};

/// What the page is made of; when none of it has changed, neither has the page.
const PAGE_SOURCES: [&str; 14] = [
    ".cargo",
    "Cargo.lock",
    "Cargo.toml",
    "Trunk.toml",
    "frontend",
    "index.html",
    "protocol",
    "xtask/src/imports.rs",
    "xtask/src/integrity.rs",
    "xtask/src/lean.rs",
    "xtask/src/names.rs",
    "xtask/src/split.rs",
    "xtask/src/styles.rs",
    "xtask/src/trust.rs",
];

/// Builds both and says where they are.
///
/// # Errors
/// When a tool is missing or something does not compile.
pub(crate) fn run() -> Result<ExitCode> {
    both()?;
    println!("\n{}", weight::of_the_lobby()?);
    println!(
        "The server with its page: {}",
        workspace::server().display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Builds the page, then the server that holds it.
///
/// # Errors
/// As [`run`].
pub(crate) fn both() -> Result<()> {
    page()?;
    shell::say("Building the server");
    shell::run(&mut shell::cargo([
        "build",
        "--release",
        "--locked",
        "-p",
        "tincan",
    ]))
}

/// Builds the page unless it stands already.
fn page() -> Result<()> {
    let stamp = workspace::target().join("page.fingerprint");
    let sources = sources()?;
    let is_new = |sources: &str| -> Result<bool> {
        // The result counts, too: `trunk serve` leaves an unoptimised page in the same place.
        let dist = Fingerprint::default().path(&workspace::dist())?.sum();
        Ok(!fingerprint::is_stamped(
            &stamp,
            &format!("{sources} {dist}"),
        ))
    };
    if workspace::dist().join("index.html").is_file() && !is_new(&sources)? {
        return Ok(());
    }
    let path = tools::for_the_page()?;
    shell::say("Building the page (a few minutes the first time)");
    let mut trunk = Command::new(tools::TRUNK.folder()?.join("trunk"));
    trunk
        .args(["build", "--release", "--locked"])
        .current_dir(workspace::root())
        .env("TRUNK_SKIP_VERSION_CHECK", "true")
        .env("TRUNK_TOOLS_WASM_BINDGEN", tools::WASM_BINDGEN.version)
        .env(
            "TRUNK_TOOLS_WASM_OPT",
            format!("version_{}", tools::BINARYEN.version),
        )
        // Trunk takes `NO_COLOR` for a yes or no of its own, and refuses the usual `1`.
        .env_remove("NO_COLOR");
    lean::set_up(&mut trunk);
    split::set_up(&mut trunk, &path)?;
    shell::run(&mut trunk).context("the page was not built")?;
    split::finish(&workspace::dist())?;
    styles::join(&workspace::dist())?;
    names::by_content(&workspace::dist())?;
    trust::enforce(&workspace::dist())?;
    let dist = Fingerprint::default().path(&workspace::dist())?.sum();
    fingerprint::stamp(&stamp, &format!("{sources} {dist}"))
}

fn sources() -> Result<String> {
    let mut sum = Fingerprint::default();
    for tool in [
        tools::TRUNK,
        tools::WASM_BINDGEN,
        tools::WASM_SPLIT,
        tools::BINARYEN,
    ] {
        sum.word(tool.version);
    }
    sum.word(&shell::ask("rustc", ["--version"]).unwrap_or_default());
    for name in PAGE_SOURCES {
        let path: PathBuf = workspace::root().join(name);
        sum.path(&path)?;
    }
    Ok(sum.sum())
}
