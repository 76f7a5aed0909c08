//! What participants write to each other, as it travels inside a [`crate::Signal`].

use serde::Serialize;

use crate::DisplayName;

/// Something written, signed by who wrote it, so that whoever passes it on can neither change nor
/// invent it. What exactly is signed is said in `docs/protocol.md`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChatMessage {
    /// Session nonce of the author, in base64url.
    pub from: String,
    /// The author's public key: a point of P-256, uncompressed (SEC 1, section 2.3.3), in base64url.
    pub key: String,
    /// Counts what the author wrote, from 1.
    pub number: u32,
    /// When, in milliseconds of the Unix epoch by the author's clock; it never goes back.
    pub sent: u64,
    /// What the author was called then.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<DisplayName>,
    /// At most [`crate::MAX_CHAT_CHARS`] characters.
    pub text: String,
    /// ECDSA with SHA-256, both numbers one after the other (IEEE P1363), in base64url.
    pub signature: String,
}
