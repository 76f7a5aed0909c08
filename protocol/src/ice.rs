//! The STUN and TURN servers a participant is given (W3C webrtc-pc, `RTCIceServer`).

use std::fmt;

use serde::{Deserialize, Serialize};

/// One STUN or TURN server, ready for `RTCConfiguration.iceServers`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct IceServer {
    /// Addresses as RFC 7064 (`stun:`) and RFC 7065 (`turn:`, `turns:`) write them.
    pub urls: Vec<String>,
    /// TURN user name; absent for STUN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// TURN password; absent for STUN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub credential: Option<Credential>,
    /// Seconds after which the credential is no longer taken for new allocations; absent for STUN.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl_seconds: Option<u32>,
}

/// A TURN password. A secret; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Credential(pub String);

impl fmt::Debug for Credential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
