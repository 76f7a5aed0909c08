//! Time, as the machine is told it.

/// The moment an input happened, on both of the clocks that matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// Milliseconds since some start; never goes back. Everything that expires counts by it.
    pub millis: u64,
    /// Seconds since 1970. Credentials and nonces count by it, as they outlive the process.
    pub unix_seconds: u64,
}

/// Milliseconds in a second.
pub(crate) const SECOND: u64 = 1000;

/// Seconds an allocation may live without being refreshed (RFC 8656, section 7.2, recommends
/// at most an hour).
pub(crate) const MAX_LIFETIME: u32 = 3600;
