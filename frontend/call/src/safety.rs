//! The safety code of two participants: seven pictures that both read from their screens, the same
//! on both only if the encryption of their connection ends at the two of them.
//!
//! Each side binds itself to a random nonce by its hash, and says the nonce itself only once the
//! other is bound as well. So somebody between the two, who has the room's key and shows each of
//! them a certificate of their own, cannot try nonces until the codes agree: they have one guess in
//! 2^42. `docs/protocol.md` describes the bytes; `tests/golden/safety.json` holds examples.
//!
//! Not here: how a signal gets to somebody (`session`), and the pictures themselves.

mod exchange;
mod late;

use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};

use crate::seal::SessionNonce;
pub use late::SafetyCode;
pub(crate) use late::{LateSafety, Someone};

/// A SHA-256 digest, or as many random bytes.
pub type Digest = [u8; 32];

/// How many pictures a code has.
pub const CODE_LENGTH: usize = 7;
/// Bits of each picture: one of 64.
const PICTURE_BITS: usize = 6;

/// How the lines begin that tell a certificate (RFC 8122, section 5).
const FINGERPRINT: &str = "a=fingerprint:";

/// How far the safety code with somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SafetyView {
    /// There is none yet.
    #[default]
    Waiting,
    /// There is one.
    Code {
        /// Each below 64: places in the table of pictures.
        pictures: [u8; CODE_LENGTH],
        /// What the person said of it.
        mark: Mark,
        /// [`fingerprints`] of their certificate, which they proved to hold.
        device: Digest,
    },
    /// What the other side said contradicts itself, so there is none.
    Contradicted,
}

impl SafetyView {
    /// The person compared the code, and it was the same.
    pub fn is_verified(self) -> bool {
        matches!(
            self,
            Self::Code {
                mark: Mark::Same,
                ..
            }
        )
    }
}

/// What the person said of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mark {
    /// Nothing yet.
    #[default]
    None,
    /// Both screens show the same.
    Same,
    /// They do not.
    Different,
}

/// One side of a connection, as far as the code goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Side {
    /// Whose side.
    pub session: SessionNonce,
    /// [`fingerprints`] of the description they gave.
    pub fingerprints: Digest,
}

/// What one side says to the other, first about which certificates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Binds it to a nonce by this [`commitment`].
    Commit(Digest, Digest),
    /// Tells the nonce.
    Reveal(Digest, Digest),
}

impl Step {
    /// As it stands in a [`protocol::Signal::Safety`].
    pub fn write(&self) -> String {
        let (kind, about, rest) = match self {
            Self::Commit(about, hash) => (0, about, hash),
            Self::Reveal(about, nonce) => (1, about, nonce),
        };
        Base64UrlUnpadded::encode_string(&[&[kind], &about[..], rest].concat())
    }

    /// The same read; `None` where it is none.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
        let (kind, rest) = bytes.split_first()?;
        let (about, rest) = rest.split_first_chunk()?;
        let rest = rest.try_into().ok()?;
        match kind {
            0 => Some(Self::Commit(*about, rest)),
            1 => Some(Self::Reveal(*about, rest)),
            _ => None,
        }
    }
}

/// Stands for all certificate fingerprints of a description, since a browser takes a certificate
/// that fits any of them (RFC 8122, section 5); `None` where there are none. How they are ordered,
/// written or repeated makes no difference.
pub fn fingerprints(sdp: &str) -> Option<Digest> {
    let lines = sdp.lines().filter_map(|l| l.strip_prefix(FINGERPRINT));
    let mut all: Vec<String> = lines.map(|l| l.trim().to_ascii_lowercase()).collect();
    all.sort();
    all.dedup();
    (!all.is_empty()).then(|| digest("fingerprints", &[all.join("\n").as_bytes()]))
}

/// The lines of a description that [`fingerprints`] reads, each once, since they are the same for each
/// of the media.
pub(crate) fn fingerprint_lines(sdp: &str) -> Arc<str> {
    let mut lines = Vec::new();
    for line in sdp.lines().filter(|line| line.starts_with(FINGERPRINT)) {
        if !lines.contains(&line) {
            lines.push(line);
        }
    }
    lines.join("\n").into()
}

/// Which certificates a code is about, the same whoever asks.
pub fn about(one: Side, other: Side) -> Digest {
    let (low, high) = in_order(one, other);
    digest("about", &[&side_bytes(low), &side_bytes(high)])
}

/// What binds `from` to a nonce, said to `to` alone: given back or passed on it binds nobody.
pub fn commitment(from: SessionNonce, to: SessionNonce, about: &Digest, nonce: &Digest) -> Digest {
    digest("commit", &[&from.0, &to.0, about, nonce])
}

/// The code, the same whoever of the two asks: each side with its nonce.
pub fn code(one: (Side, &Digest), other: (Side, &Digest)) -> [u8; CODE_LENGTH] {
    let (low, high) = if one.0.session < other.0.session {
        (one, other)
    } else {
        (other, one)
    };
    let parts: [&[u8]; 4] = [&side_bytes(low.0), low.1, &side_bytes(high.0), high.1];
    let [a, b, c, d, e, f, g, h, ..] = digest("code", &parts);
    let bits = u64::from_be_bytes([a, b, c, d, e, f, g, h]);
    // The first 42 bits, six at a time.
    std::array::from_fn(|at| (bits >> (64 - PICTURE_BITS * (at + 1))) as u8 & 63)
}

fn in_order(one: Side, other: Side) -> (Side, Side) {
    if one.session < other.session {
        (one, other)
    } else {
        (other, one)
    }
}

fn side_bytes(side: Side) -> Vec<u8> {
    [&side.session.0[..], &side.fingerprints].concat()
}

/// Every part goes after its length, so that no two lists of parts look alike.
fn digest(what: &str, parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new_with_prefix("tincan/v1|safety|");
    for part in [what.as_bytes()].iter().chain(parts) {
        hash.update(u32::try_from(part.len()).unwrap_or(u32::MAX).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests;
