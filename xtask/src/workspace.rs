//! Where things are in the checkout.

use std::path::{Path, PathBuf};

/// The checkout's top folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask is a folder of the checkout")
}

/// Where cargo builds, as `CARGO_TARGET_DIR` says or in the checkout.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(dir) => root().join(dir),
        None => root().join("target"),
    }
}

/// Where Trunk puts the page.
pub(crate) fn dist() -> PathBuf {
    root().join("dist")
}

/// The server as [`crate::build`] makes it.
pub(crate) fn server() -> PathBuf {
    target()
        .join("release")
        .join(format!("tincan{}", std::env::consts::EXE_SUFFIX))
}

/// The browser tests.
pub(crate) fn e2e() -> PathBuf {
    root().join("e2e")
}
