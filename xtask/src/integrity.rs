//! What a browser checks a file against, as Subresource Integrity writes it, and what a build is called.

use std::path::Path;

use anyhow::{Context, Result};

use crate::shell;

/// Node.js brings the hash along, so that none has to be compiled for this alone.
const SUM: &str = "\
    const { createHash } = require('node:crypto');\
    const { readFileSync } = require('node:fs');\
    const digest = createHash('sha384').update(readFileSync(process.argv[1])).digest('base64');\
    console.log('sha384-' + digest);";

/// As it, over all files of a folder, with their names: the first eight bytes of SHA-256, which is as much
/// as somebody reads.
const SUM_ALL: &str = "\
    const { createHash } = require('node:crypto');\
    const { readFileSync, readdirSync } = require('node:fs');\
    const folder = process.argv[1];\
    const sum = (bytes) => createHash('sha256').update(bytes).digest('hex');\
    const files = readdirSync(folder).filter((name) => !name.startsWith('.')).sort();\
    const lines = files.map((name) => sum(readFileSync(folder + '/' + name)) + ' ' + name);\
    console.log(sum(lines.join('\\n')).slice(0, 16));";

/// `sha384-…` of a file.
///
/// # Errors
/// When Node.js cannot read it.
pub(crate) fn of(file: &Path) -> Result<String> {
    shell::ask("node", ["-e".as_ref(), SUM.as_ref(), file.as_os_str()])
        .with_context(|| format!("Node.js could not sum up {}", file.display()))
}

/// Names what all files directly in a folder are together.
///
/// # Errors
/// When Node.js cannot read them.
pub(crate) fn of_all(folder: &Path) -> Result<String> {
    shell::ask(
        "node",
        ["-e".as_ref(), SUM_ALL.as_ref(), folder.as_os_str()],
    )
    .with_context(|| format!("Node.js could not sum up {}", folder.display()))
}
