//! Which build this is.

/// Version, commit and page, as `--version` says them. The page calls itself by the same name.
pub const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (", env!("TINCAN_BUILD"), ")");
