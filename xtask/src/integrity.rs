//! What a browser checks a file against, as Subresource Integrity writes it.

use std::path::Path;

use anyhow::{Context, Result};

use crate::shell;

/// Node.js brings the hash along, so that none has to be compiled for this alone.
const SUM: &str = "\
    const { createHash } = require('node:crypto');\
    const { readFileSync } = require('node:fs');\
    const digest = createHash('sha384').update(readFileSync(process.argv[1])).digest('base64');\
    console.log('sha384-' + digest);";

/// `sha384-…` of a file.
///
/// # Errors
/// When Node.js cannot read it.
pub(crate) fn of(file: &Path) -> Result<String> {
    shell::ask("node", ["-e".as_ref(), SUM.as_ref(), file.as_os_str()])
        .with_context(|| format!("Node.js could not sum up {}", file.display()))
}
