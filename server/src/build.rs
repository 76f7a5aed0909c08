//! Which build this is.

/// Version and commit, as `--version` says them.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("TINCAN_COMMIT"), ")");
