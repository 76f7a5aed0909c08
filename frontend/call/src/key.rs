//! The room key: what the link's fragment carries and the server never sees.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use hkdf::Hkdf;
use protocol::RoomName;
use sha2::Sha256;

use crate::ticket::Ticket;

/// Salt of every key derivation, so that keys of another version differ.
pub(crate) const SALT: &[u8] = b"tincan/v1";

/// A text that is no room key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a room key is 22 characters of base64url")]
pub struct InvalidKey;

/// 128 bits that only those who have the link know. A secret; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct RoomKey {
    bytes: [u8; Self::BYTES],
    origin: Origin,
}

/// Where a key came from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// The fragment of a link.
    Link,
    /// The room's name, which the server knows too.
    Name,
}

impl RoomKey {
    /// Length of a key.
    pub const BYTES: usize = 16;

    /// A key of random bytes, or of those made of a pass phrase.
    pub fn from_bytes(bytes: [u8; Self::BYTES]) -> Self {
        Self {
            bytes,
            origin: Origin::Link,
        }
    }

    /// The key in a link's fragment, without the `#`.
    ///
    /// # Errors
    /// When the text is anything but 128 bits in base64url without padding.
    pub fn from_fragment(fragment: &str) -> Result<Self, InvalidKey> {
        let bytes = Base64UrlUnpadded::decode_vec(fragment).map_err(|_| InvalidKey)?;
        Ok(Self::from_bytes(bytes.try_into().map_err(|_| InvalidKey)?))
    }

    /// The key of a link that has no fragment. The server could derive it as well, so such a call
    /// is not private from the server; [`RoomKey::is_private`] says so.
    pub fn from_room_name(room: &RoomName) -> Self {
        let mut bytes = [0; Self::BYTES];
        Hkdf::<Sha256>::new(Some(SALT), room.as_str().as_bytes())
            .expand(b"name", &mut bytes)
            .expect("16 bytes are within what HKDF-SHA256 can give");
        Self {
            bytes,
            origin: Origin::Name,
        }
    }

    /// The key of greetings, which links with limits carry as well.
    pub fn greeting(&self, room: &RoomName) -> Self {
        self.derived(&[b"hello|", room.as_str().as_bytes()])
    }

    /// The key between those who have this one and the holders of a link with limits.
    pub(crate) fn of_ticket(&self, room: &RoomName, ticket: &Ticket) -> Self {
        let room = room.as_str().as_bytes();
        self.derived(&[b"guest|", room, b"|", ticket.as_bytes()])
    }

    /// Another key that follows from this one and says nothing of it: HKDF-SHA256 (RFC 5869).
    fn derived(&self, info: &[&[u8]]) -> Self {
        let mut bytes = [0; Self::BYTES];
        Hkdf::<Sha256>::new(Some(SALT), &self.bytes)
            .expand(&info.concat(), &mut bytes)
            .expect("16 bytes are within what HKDF-SHA256 can give");
        Self::from_bytes(bytes)
    }

    /// As it stands in a link's fragment; `None` for a key made of the room's name, which no link
    /// carries.
    pub fn to_fragment(&self) -> Option<String> {
        self.is_private()
            .then(|| Base64UrlUnpadded::encode_string(&self.bytes))
    }

    /// Only those who have the link know it.
    pub fn is_private(&self) -> bool {
        self.origin == Origin::Link
    }

    /// The bytes, for the seal.
    pub(crate) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.bytes
    }
}

impl fmt::Debug for RoomKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_the_way_through_a_fragment() {
        let key = RoomKey::from_bytes([7; 16]);
        let fragment = key.to_fragment().unwrap();
        assert_eq!(fragment.len(), 22);
        assert_eq!(RoomKey::from_fragment(&fragment), Ok(key));
    }

    #[test]
    fn a_fragment_of_another_length_is_refused() {
        for text in [
            "",
            "AAAA",
            "AAAAAAAAAAAAAAAAAAAAAAAA",
            "AAAAAAAAAAAAAAAAAAAAA=",
            "ä",
        ] {
            assert_eq!(RoomKey::from_fragment(text), Err(InvalidKey), "{text}");
        }
    }

    #[test]
    fn the_key_of_a_name_is_the_same_for_all_and_is_not_private() {
        let room: RoomName = "our-room".parse().unwrap();
        let key = RoomKey::from_room_name(&room);
        assert_eq!(key, RoomKey::from_room_name(&room));
        assert_ne!(key, RoomKey::from_room_name(&"her-room".parse().unwrap()));
        assert!(!key.is_private());
        assert_eq!(key.to_fragment(), None);
    }

    #[test]
    fn a_key_is_not_printed() {
        assert_eq!(format!("{:?}", RoomKey::from_bytes([7; 16])), "…");
    }
}
