//! The box that signals travel in: made and opened with the room key, so that whoever carries it
//! can neither read, change, redirect, reflect nor repeat it. `docs/protocol.md` describes the
//! bytes; the golden files under `tests/golden` hold examples.
//!
//! Not here: which counter is the next one, and what to do about gaps (`session`).

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use chacha20::ChaCha20Rng;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use protocol::RoomName;
use rand_core::Rng as _;
use sha2::Sha256;

use crate::key::{RoomKey, SALT};

/// Bytes of the random nonce of a box (XChaCha20, draft-irtf-cfrg-xchacha, section 2).
const NONCE_BYTES: usize = 24;
/// Bytes of the authentication tag (RFC 8439, section 2.5).
const TAG_BYTES: usize = 16;

/// Who somebody is to the others: random, drawn when their page opened. The server hands out ids,
/// but it cannot choose these.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SessionNonce(pub [u8; Self::BYTES]);

impl SessionNonce {
    /// Length of a nonce.
    pub const BYTES: usize = 16;

    /// As it stands in a [`protocol::ParticipantState`].
    pub fn to_text(self) -> String {
        Base64UrlUnpadded::encode_string(&self.0)
    }
}

impl fmt::Debug for SessionNonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// What a body is, told by its first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Tells the sender's nonce; bound to the room alone.
    Hello,
    /// A signal in its place among the others.
    Numbered(u64),
    /// How far its sender has read.
    Status(u64),
}

/// A body's header, before anything is opened.
#[derive(Debug, PartialEq, Eq)]
pub struct Sealed<'a> {
    /// What it claims to be.
    pub kind: Kind,
    nonce: [u8; NONCE_BYTES],
    ciphertext: &'a [u8],
}

/// The bytes are no body, or the key, the addressee or the place does not fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed body that does not open")]
pub struct Unopened;

/// The two ends of a box, in this order, so that what one said cannot be given back to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ends {
    /// Who sealed it.
    pub sender: SessionNonce,
    /// Who may open it.
    pub receiver: SessionNonce,
}

/// A box of the room.
#[derive(Clone)]
pub struct Seal {
    cipher: XChaCha20Poly1305,
    room: RoomName,
}

impl Seal {
    /// The box of a room: HKDF-SHA256 (RFC 5869) of the room key.
    pub fn new(room: &RoomName, key: &RoomKey) -> Self {
        let mut derived = [0; 32];
        Hkdf::<Sha256>::new(Some(SALT), key.as_bytes())
            .expand(format!("seal|{room}").as_bytes(), &mut derived)
            .expect("32 bytes are within what HKDF-SHA256 can give");
        Self {
            cipher: XChaCha20Poly1305::new(&derived.into()),
            room: room.clone(),
        }
    }

    /// Seals a greeting: the sender's nonce and what else it says.
    pub fn seal_hello(&self, sender: SessionNonce, text: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
        let mut plain = sender.0.to_vec();
        plain.extend_from_slice(text);
        self.seal_bytes(
            Kind::Hello,
            &self.associated(Kind::Hello, None),
            &plain,
            rng,
        )
    }

    /// Opens a greeting. It proves that its sender had the key, not that it was said just now.
    ///
    /// # Errors
    /// When it was sealed with another key or for another room, or is too short to be one.
    pub fn open_hello(&self, sealed: &Sealed<'_>) -> Result<(SessionNonce, Vec<u8>), Unopened> {
        if sealed.kind != Kind::Hello {
            return Err(Unopened);
        }
        let plain = self.open_bytes(sealed, &self.associated(Kind::Hello, None))?;
        let (nonce, text) = plain
            .split_first_chunk::<{ SessionNonce::BYTES }>()
            .ok_or(Unopened)?;
        Ok((SessionNonce(*nonce), text.to_vec()))
    }

    /// Seals `text` for one receiver and one place in the order of things. `kind` is not a hello.
    pub fn seal(&self, kind: Kind, ends: Ends, text: &[u8], rng: &mut ChaCha20Rng) -> Vec<u8> {
        self.seal_bytes(kind, &self.associated(kind, Some(ends)), text, rng)
    }

    /// Opens what [`Seal::seal`] made for the same ends.
    ///
    /// # Errors
    /// When key, room, ends, kind or counter differ, or a bit was changed.
    pub fn open(&self, sealed: &Sealed<'_>, ends: Ends) -> Result<Vec<u8>, Unopened> {
        if sealed.kind == Kind::Hello {
            return Err(Unopened);
        }
        self.open_bytes(sealed, &self.associated(sealed.kind, Some(ends)))
    }

    fn seal_bytes(
        &self,
        kind: Kind,
        associated: &[u8],
        plain: &[u8],
        rng: &mut ChaCha20Rng,
    ) -> Vec<u8> {
        let mut nonce = [0; NONCE_BYTES];
        rng.fill_bytes(&mut nonce);
        let payload = Payload {
            msg: plain,
            aad: associated,
        };
        let ciphertext = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .expect("a signal is far shorter than the cipher's limit of 256 GiB");
        let mut body = Vec::with_capacity(9 + NONCE_BYTES + ciphertext.len());
        body.push(kind.byte());
        if let Some(counter) = kind.counter() {
            body.extend_from_slice(&counter.to_be_bytes());
        }
        body.extend_from_slice(&nonce);
        body.extend_from_slice(&ciphertext);
        body
    }

    fn open_bytes(&self, sealed: &Sealed<'_>, associated: &[u8]) -> Result<Vec<u8>, Unopened> {
        let payload = Payload {
            msg: sealed.ciphertext,
            aad: associated,
        };
        self.cipher
            .decrypt(&XNonce::from(sealed.nonce), payload)
            .map_err(|_| Unopened)
    }

    /// Version, kind, length and name of the room, then both ends and the counter where there are
    /// any. Every part but the name has a fixed length, so no two contents look alike.
    fn associated(&self, kind: Kind, ends: Option<Ends>) -> Vec<u8> {
        let room = self.room.as_str().as_bytes();
        let mut data = Vec::with_capacity(SALT.len() + 2 + room.len() + 40);
        data.extend_from_slice(SALT);
        data.push(kind.byte());
        data.push(u8::try_from(room.len()).expect("a room's name has at most 64 characters"));
        data.extend_from_slice(room);
        if let Some(ends) = ends {
            data.extend_from_slice(&ends.sender.0);
            data.extend_from_slice(&ends.receiver.0);
        }
        if let Some(counter) = kind.counter() {
            data.extend_from_slice(&counter.to_be_bytes());
        }
        data
    }
}

impl Kind {
    fn byte(self) -> u8 {
        match self {
            Kind::Hello => 0,
            Kind::Numbered(_) => 1,
            Kind::Status(_) => 2,
        }
    }

    fn counter(self) -> Option<u64> {
        match self {
            Kind::Hello => None,
            Kind::Numbered(counter) | Kind::Status(counter) => Some(counter),
        }
    }
}

impl<'a> Sealed<'a> {
    /// Takes a body apart.
    ///
    /// # Errors
    /// When it is too short or of an unknown kind.
    pub fn parse(body: &'a [u8]) -> Result<Self, Unopened> {
        let (&kind, rest) = body.split_first().ok_or(Unopened)?;
        let (kind, rest) = match kind {
            0 => (Kind::Hello, rest),
            1 | 2 => {
                let (counter, rest) = rest.split_first_chunk::<8>().ok_or(Unopened)?;
                let counter = u64::from_be_bytes(*counter);
                let numbered = kind == 1;
                let kind = if numbered {
                    Kind::Numbered(counter)
                } else {
                    Kind::Status(counter)
                };
                (kind, rest)
            }
            _ => return Err(Unopened),
        };
        let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_BYTES>().ok_or(Unopened)?;
        if ciphertext.len() < TAG_BYTES {
            return Err(Unopened);
        }
        Ok(Self {
            kind,
            nonce: *nonce,
            ciphertext,
        })
    }
}

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "seal of {}", self.room)
    }
}

#[cfg(test)]
mod tests;
