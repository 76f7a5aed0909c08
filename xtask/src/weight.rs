//! How much the lobby loads, compressed as it goes over the wire.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::styles::CALL_STYLE;
use crate::{shell, workspace};

/// Most that the lobby may load, in bytes after brotli.
pub(crate) const BUDGET: u64 = 250 * 1000;

/// What the lobby should load at most; above it the report says so, but nothing fails.
const AIM: u64 = 180 * 1000;

/// Compresses each file given and prints its size. Node.js brings brotli along, so that no
/// compressor has to be compiled for this alone.
const COMPRESS: &str = "\
    const { readFileSync } = require('node:fs');\
    const { brotliCompressSync } = require('node:zlib');\
    for (const file of process.argv.slice(1))\
      console.log(brotliCompressSync(readFileSync(file)).length);";

/// What one page load costs.
pub(crate) struct Weight {
    /// Name and compressed bytes, heaviest first.
    files: Vec<(String, u64)>,
}

impl Weight {
    /// All files together, in bytes.
    pub(crate) fn total(&self) -> u64 {
        self.files.iter().map(|(_, bytes)| bytes).sum()
    }
}

impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kilobytes = |bytes: u64| format!("{}.{} KB", bytes / 1000, bytes % 1000 / 100);
        writeln!(f, "The lobby loads, with brotli:")?;
        for (name, bytes) in &self.files {
            writeln!(f, "  {:>9}  {name}", kilobytes(*bytes))?;
        }
        let total = self.total();
        write!(
            f,
            "  {:>9}  in {} requests, of {} at most",
            kilobytes(total),
            self.files.len(),
            kilobytes(BUDGET)
        )?;
        if total > AIM {
            write!(f, " (aim: {})", kilobytes(AIM))?;
        }
        Ok(())
    }
}

/// Weighs the page and every file of `dist` that it names. What it loads later, on demand, is
/// not named there.
///
/// # Errors
/// When the page was not built or cannot be read.
pub(crate) fn of_the_lobby() -> Result<Weight> {
    let dist = workspace::dist();
    let page = dist.join("index.html");
    let html = std::fs::read_to_string(&page)
        .with_context(|| format!("{} is missing: run `cargo xtask build`", page.display()))?;
    let mut names = vec!["index.html".to_owned()];
    names.extend(files_named_in(&html, &dist)?);
    let sizes = compressed(&names.iter().map(|name| dist.join(name)).collect::<Vec<_>>())?;
    let mut files: Vec<_> = names.into_iter().zip(sizes).collect();
    files.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    Ok(Weight { files })
}

fn files_named_in(html: &str, dist: &Path) -> Result<Vec<String>> {
    let mut found = Vec::new();
    // The stylesheet of the call comes later.
    let html: String = html
        .lines()
        .filter(|line| !line.contains(CALL_STYLE))
        .collect();
    for entry in std::fs::read_dir(dist).with_context(|| format!("reading {}", dist.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name != "index.html" && html.contains(&name) {
            found.push(name);
        }
    }
    found.sort();
    Ok(found)
}

fn compressed(files: &[PathBuf]) -> Result<Vec<u64>> {
    let arguments = ["-e".into(), COMPRESS.into()]
        .into_iter()
        .chain(files.iter().map(|file| file.clone().into_os_string()));
    let answer = shell::ask("node", arguments).context("Node.js could not compress the page")?;
    let sizes: Vec<u64> = answer
        .lines()
        .filter_map(|line| line.parse().ok())
        .collect();
    if sizes.len() != files.len() {
        bail!("Node.js did not compress every file of the page");
    }
    Ok(sizes)
}
