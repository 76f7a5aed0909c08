//! STUN messages (RFC 8489, sections 5 and 14): a borrowed view for reading and an appender for
//! writing. Reading never allocates and never panics, whatever the bytes.

use std::net::SocketAddr;

use crate::attribute::{
    self, AttributeType, FINGERPRINT, MAGIC_COOKIE, MAX_ADDRESS, MESSAGE_INTEGRITY,
    MESSAGE_INTEGRITY_SHA256,
};
use crate::auth::Key;
use crate::error::ErrorCode;
use crate::fingerprint;
use crate::frame::STUN_HEADER;

/// The class of a message (RFC 8489, section 5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Wants a response.
    Request,
    /// Wants none.
    Indication,
    /// The request was carried out.
    Success,
    /// The request was refused.
    Error,
}

/// The method of a message; the numbers are IANA's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Method(pub u16);

impl Method {
    /// What do I look like from outside? (RFC 8489)
    pub const BINDING: Self = Self(0x001);
    /// Make an allocation. (RFC 8656, section 7)
    pub const ALLOCATE: Self = Self(0x003);
    /// Prolong or end an allocation. (RFC 8656, section 8)
    pub const REFRESH: Self = Self(0x004);
    /// From the client to a peer. (RFC 8656, section 11)
    pub const SEND: Self = Self(0x006);
    /// From a peer to the client. (RFC 8656, section 11)
    pub const DATA: Self = Self(0x007);
    /// Let a peer's address through. (RFC 8656, section 10)
    pub const CREATE_PERMISSION: Self = Self(0x008);
    /// Name a peer by a number. (RFC 8656, section 12)
    pub const CHANNEL_BIND: Self = Self(0x009);
}

/// The 12 bytes that tie a response to its request.
pub type TransactionId = [u8; 12];

/// Bytes that are not a STUN message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Shorter or longer than its header says, or an attribute runs over the end.
    #[error("the lengths do not add up")]
    Length,
    /// The two highest bits or the magic cookie are wrong.
    #[error("this is not STUN")]
    NotStun,
    /// FINGERPRINT is there and wrong, or not the last attribute.
    #[error("the fingerprint is wrong")]
    Fingerprint,
}

/// A decoded message: a view of the bytes it came in.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    bytes: &'a [u8],
    class: Class,
    method: Method,
    /// Where the attributes end that a reader may believe: at the first integrity attribute.
    body_end: usize,
    /// Where MESSAGE-INTEGRITY begins.
    integrity: Option<usize>,
    /// Where MESSAGE-INTEGRITY-SHA256 begins, and the length of its value.
    integrity_sha256: Option<(usize, usize)>,
    has_fingerprint: bool,
}

impl<'a> Message<'a> {
    /// Reads the one message that `bytes` consists of.
    ///
    /// # Errors
    /// [`Malformed`] when it is not one whole, well-formed message, or carries a wrong FINGERPRINT.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let Some((header, _)) = bytes.split_first_chunk::<STUN_HEADER>() else {
            return Err(Malformed::Length);
        };
        if header[0] & 0xC0 != 0 || header[4..8] != MAGIC_COOKIE {
            return Err(Malformed::NotStun);
        }
        let length = usize::from(u16::from_be_bytes([header[2], header[3]]));
        if !length.is_multiple_of(4) || bytes.len() != STUN_HEADER + length {
            return Err(Malformed::Length);
        }
        let (class, method) = split_type(u16::from_be_bytes([header[0], header[1]]));
        let mut message = Self {
            bytes,
            class,
            method,
            body_end: bytes.len(),
            integrity: None,
            integrity_sha256: None,
            has_fingerprint: false,
        };
        message.walk()?;
        Ok(message)
    }

    /// Checks every attribute's bounds once, and finds the closing ones.
    fn walk(&mut self) -> Result<(), Malformed> {
        let mut at = STUN_HEADER;
        let mut closed = false;
        while at < self.bytes.len() {
            let (kind, value) = attribute_at(self.bytes, at).ok_or(Malformed::Length)?;
            if self.has_fingerprint {
                return Err(Malformed::Fingerprint);
            }
            match kind {
                FINGERPRINT => {
                    fingerprint::check(&self.bytes[..at], value)
                        .map_err(|()| Malformed::Fingerprint)?;
                    self.has_fingerprint = true;
                    if !closed {
                        self.body_end = at;
                    }
                }
                MESSAGE_INTEGRITY | MESSAGE_INTEGRITY_SHA256 => {
                    if !closed {
                        self.body_end = at;
                        closed = true;
                    }
                    if kind == MESSAGE_INTEGRITY && value.len() == 20 && self.integrity.is_none() {
                        self.integrity = Some(at);
                    }
                    // It may be truncated, in steps of four bytes, to no less than 16
                    // (RFC 8489, section 14.6).
                    let whole = (16..=32).contains(&value.len()) && value.len().is_multiple_of(4);
                    if kind == MESSAGE_INTEGRITY_SHA256 && whole && self.integrity_sha256.is_none()
                    {
                        self.integrity_sha256 = Some((at, value.len()));
                    }
                }
                // What follows an integrity attribute is not covered by it and is ignored
                // (RFC 8489, section 14.5).
                _ => {}
            }
            at += 4 + value.len().next_multiple_of(4);
        }
        Ok(())
    }

    /// The class.
    #[must_use]
    pub const fn class(&self) -> Class {
        self.class
    }

    /// The method.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.method
    }

    /// The transaction id.
    #[must_use]
    pub fn id(&self) -> &'a TransactionId {
        self.bytes[8..STUN_HEADER]
            .first_chunk()
            .expect("a decoded message has a whole header")
    }

    /// Whether a FINGERPRINT came with it (and was right, or it would not have been decoded).
    #[must_use]
    pub const fn has_fingerprint(&self) -> bool {
        self.has_fingerprint
    }

    /// The attributes in order, without the closing ones (integrity, fingerprint).
    pub fn attributes(&self) -> impl Iterator<Item = (AttributeType, &'a [u8])> + use<'a> {
        let (bytes, end) = (self.bytes, self.body_end);
        let mut at = STUN_HEADER;
        std::iter::from_fn(move || {
            if at >= end {
                return None;
            }
            let (kind, value) = attribute_at(bytes, at)?;
            at += 4 + value.len().next_multiple_of(4);
            Some((kind, value))
        })
    }

    /// The value of the first attribute of this type; later ones are ignored (RFC 8489, section 14).
    #[must_use]
    pub fn attribute(&self, wanted: AttributeType) -> Option<&'a [u8]> {
        self.attributes()
            .find_map(|(kind, value)| (kind == wanted).then_some(value))
    }

    /// The position in the datagram of the first attribute of this type, and its length.
    #[must_use]
    pub fn attribute_range(&self, wanted: AttributeType) -> Option<std::ops::Range<usize>> {
        let value = self.attribute(wanted)?;
        // Both slices are of the same bytes, so the distance of their starts is the offset.
        let start = value.as_ptr().addr() - self.bytes.as_ptr().addr();
        Some(start..start + value.len())
    }

    /// The value of a text attribute; `None` when it is absent or not UTF-8.
    #[must_use]
    pub fn text(&self, wanted: AttributeType) -> Option<&'a str> {
        std::str::from_utf8(self.attribute(wanted)?).ok()
    }

    /// The comprehension-required attributes that are not among `known`.
    pub fn unknown(&self, known: &[AttributeType]) -> impl Iterator<Item = AttributeType> {
        self.attributes()
            .map(|(kind, _)| kind)
            .filter(move |kind| kind.is_comprehension_required() && !known.contains(kind))
    }

    /// Which integrity attribute the message carries; the stronger one where both are there
    /// (RFC 8489, section 9.2.4).
    #[must_use]
    pub const fn integrity(&self) -> Option<Integrity> {
        if self.integrity_sha256.is_some() {
            Some(Integrity::Sha256)
        } else if self.integrity.is_some() {
            Some(Integrity::Sha1)
        } else {
            None
        }
    }

    /// Whether the message's integrity attribute was made with `key`.
    #[must_use]
    pub fn is_signed_by(&self, key: &Key) -> bool {
        let (at, length) = match (self.integrity_sha256, self.integrity) {
            (Some(found), _) => found,
            (None, Some(at)) => (at, 20),
            (None, None) => return false,
        };
        let tag = &self.bytes[at + 4..at + 4 + length];
        // The length the sender hashed ends with this attribute, whatever follows
        // (RFC 8489, section 14.5).
        let hashed = u16::try_from(at + 4 + length - STUN_HEADER)
            .expect("an offset within a message fits its length field")
            .to_be_bytes();
        let parts = [&self.bytes[..2], &hashed[..], &self.bytes[4..at]];
        match self.integrity_sha256 {
            Some(_) => key.verify_sha256(&parts, tag),
            None => key.verify_sha1(&parts, tag),
        }
    }
}

/// The two ways a message can be signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Integrity {
    /// MESSAGE-INTEGRITY: HMAC-SHA1.
    Sha1,
    /// MESSAGE-INTEGRITY-SHA256.
    Sha256,
}

/// Type and value of the attribute that begins at `at`, with room for its padding.
fn attribute_at(bytes: &[u8], at: usize) -> Option<(AttributeType, &[u8])> {
    let (&[a, b, high, low], rest) = bytes.get(at..)?.split_first_chunk::<4>()?;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if rest.len() < length.next_multiple_of(4) {
        return None;
    }
    Some((AttributeType(u16::from_be_bytes([a, b])), &rest[..length]))
}

/// Class and method are interleaved in the type field (RFC 8489, figure 3).
const fn split_type(field: u16) -> (Class, Method) {
    let class = match field & 0x0110 {
        0x0000 => Class::Request,
        0x0010 => Class::Indication,
        0x0100 => Class::Success,
        _ => Class::Error,
    };
    let method = (field & 0x000F) | ((field & 0x00E0) >> 1) | ((field & 0x3E00) >> 2);
    (class, Method(method))
}

const fn join_type(class: Class, method: Method) -> u16 {
    let class = match class {
        Class::Request => 0x0000,
        Class::Indication => 0x0010,
        Class::Success => 0x0100,
        Class::Error => 0x0110,
    };
    let m = method.0;
    (m & 0x000F) | ((m & 0x0070) << 1) | ((m & 0x0F80) << 2) | class
}

/// Appends one message to a buffer that is used again and again.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    id: TransactionId,
}

impl<'a> Writer<'a> {
    /// Begins a message; what `out` held is thrown away.
    pub fn new(out: &'a mut Vec<u8>, class: Class, method: Method, id: &TransactionId) -> Self {
        out.clear();
        out.extend_from_slice(&join_type(class, method).to_be_bytes());
        out.extend_from_slice(&[0, 0]);
        out.extend_from_slice(&MAGIC_COOKIE);
        out.extend_from_slice(id);
        Self { out, id: *id }
    }

    /// Adds an attribute. `value` is at most 763 bytes, the longest text of STUN.
    pub fn attribute(&mut self, kind: AttributeType, value: &[u8]) -> &mut Self {
        let length = u16::try_from(value.len()).expect("the server writes short attributes");
        self.out.extend_from_slice(&kind.0.to_be_bytes());
        self.out.extend_from_slice(&length.to_be_bytes());
        self.out.extend_from_slice(value);
        self.out.resize(self.out.len().next_multiple_of(4), 0);
        self
    }

    /// Adds an address, masked with the transaction id.
    pub fn xor_address(&mut self, kind: AttributeType, address: SocketAddr) -> &mut Self {
        let mut coded = [0; MAX_ADDRESS];
        let length = attribute::write_xor_address(&mut coded, address, &self.id);
        self.attribute(kind, &coded[..length])
    }

    /// Adds ERROR-CODE with the code's reason (RFC 8489, section 14.8).
    pub fn error(&mut self, code: ErrorCode) -> &mut Self {
        let reason = code.reason();
        let mut value = [0; 64];
        let number = code.number();
        value[2] = u8::try_from(number / 100).expect("error codes are below 700");
        value[3] = u8::try_from(number % 100).expect("a remainder of 100 fits a byte");
        value[4..4 + reason.len()].copy_from_slice(reason.as_bytes());
        self.attribute(attribute::ERROR_CODE, &value[..4 + reason.len()])
    }

    /// Adds the integrity attribute of that kind over everything so far.
    pub fn integrity(&mut self, key: &Key, kind: Integrity) -> &mut Self {
        match kind {
            Integrity::Sha1 => {
                self.set_length(24);
                let tag = key.sign_sha1(self.out);
                self.attribute(MESSAGE_INTEGRITY, &tag)
            }
            Integrity::Sha256 => {
                self.set_length(36);
                let tag = key.sign_sha256(self.out);
                self.attribute(MESSAGE_INTEGRITY_SHA256, &tag)
            }
        }
    }

    /// Adds FINGERPRINT over everything so far.
    pub fn fingerprint(&mut self) -> &mut Self {
        self.set_length(8);
        let value = fingerprint::of(self.out);
        self.attribute(FINGERPRINT, &value)
    }

    /// Writes the final length.
    pub fn finish(&mut self) {
        self.set_length(0);
    }

    /// Sets the header's length to what is there and `more` bytes.
    fn set_length(&mut self, more: usize) {
        let length = u16::try_from(self.out.len() - STUN_HEADER + more)
            .expect("the server writes short messages");
        self.out[2..4].copy_from_slice(&length.to_be_bytes());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn class_and_method_survive_the_type_field() {
        for method in 0..0x1000 {
            for class in [
                Class::Request,
                Class::Indication,
                Class::Success,
                Class::Error,
            ] {
                let field = join_type(class, Method(method));
                assert_eq!(field & 0xC000, 0);
                assert_eq!(split_type(field), (class, Method(method)));
            }
        }
    }

    #[test]
    fn an_attribute_that_runs_over_the_end_is_malformed() {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, Class::Request, Method::BINDING, &[1; 12]);
        writer.attribute(attribute::SOFTWARE, b"abcd").finish();
        assert!(Message::decode(&bytes).is_ok());
        bytes[23] = 5;
        assert_eq!(Message::decode(&bytes).unwrap_err(), Malformed::Length);
    }

    #[test]
    fn nothing_may_follow_the_fingerprint() {
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, Class::Request, Method::BINDING, &[1; 12]);
        writer
            .fingerprint()
            .attribute(attribute::SOFTWARE, b"abcd")
            .finish();
        assert_eq!(Message::decode(&bytes).unwrap_err(), Malformed::Fingerprint);
    }

    #[test]
    fn what_follows_the_integrity_is_not_believed() {
        let key = Key::from_password(b"secret");
        let mut bytes = Vec::new();
        let mut writer = Writer::new(&mut bytes, Class::Request, Method::BINDING, &[1; 12]);
        writer
            .attribute(attribute::USERNAME, b"anna")
            .integrity(&key, Integrity::Sha1)
            .attribute(attribute::LIFETIME, &[0, 0, 0, 9])
            .fingerprint()
            .finish();
        let message = Message::decode(&bytes).unwrap();
        assert!(message.is_signed_by(&key));
        assert_eq!(message.text(attribute::USERNAME), Some("anna"));
        assert_eq!(message.attribute(attribute::LIFETIME), None);
    }

    #[test]
    fn a_sha_256_tag_may_be_cut_to_half_and_no_shorter() {
        let key = Key::from_password(b"secret");
        for length in (4..=32).step_by(4) {
            let mut bytes = Vec::new();
            Writer::new(&mut bytes, Class::Request, Method::BINDING, &[1; 12]).finish();
            // The length that is signed counts the attribute as it is sent.
            bytes[3] = 4 + length;
            let tag = key.sign_sha256(&bytes);
            bytes.extend_from_slice(&MESSAGE_INTEGRITY_SHA256.0.to_be_bytes());
            bytes.extend_from_slice(&[0, length]);
            bytes.extend_from_slice(&tag[..usize::from(length)]);
            let message = Message::decode(&bytes).unwrap();
            assert_eq!(message.is_signed_by(&key), length >= 16, "{length} bytes");
            assert!(!message.is_signed_by(&Key::from_password(b"guess")));
            let changed = bytes.len() - 1;
            bytes[changed] ^= 1;
            let message = Message::decode(&bytes).unwrap();
            assert!(!message.is_signed_by(&key), "{length} bytes, changed");
        }
    }
}
