//! Names and ids that validate on the way in, also when deserialised.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::visible::visible;

/// A text that is not the id it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{what} must be {rule}")]
pub struct InvalidId {
    what: &'static str,
    rule: &'static str,
}

/// A text that cannot be a [`DisplayName`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Nothing is left after trimming.
    #[error("a name needs at least one visible character")]
    Empty,
    /// More than [`DisplayName::MAX_CHARS`] characters.
    #[error("a name has at most {} characters", DisplayName::MAX_CHARS)]
    TooLong,
}

/// Looks at every byte without stopping early, so that the compiler can look at many at once:
/// the server does this for every signal it passes on.
fn is_base64url(text: &str) -> bool {
    text.bytes().fold(true, |good, byte| {
        let is_letter = (byte | 0x20).wrapping_sub(b'a') < 26;
        let is_digit = byte.wrapping_sub(b'0') < 10;
        good & (is_letter | is_digit | (byte == b'-') | (byte == b'_'))
    })
}

macro_rules! text_id {
    ($name:ident) => {
        impl $name {
            /// The id as it is written on the wire.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = InvalidId;

            fn try_from(text: String) -> Result<Self, InvalidId> {
                Self::check(&text)?;
                Ok(Self(text))
            }
        }

        impl std::str::FromStr for $name {
            type Err = InvalidId;

            fn from_str(text: &str) -> Result<Self, InvalidId> {
                Self::try_from(text.to_owned())
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

/// Who somebody is, as the server calls them: 96 random bits in base64url, chosen by the server,
/// one per `enter`, kept across a `resume`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ParticipantId(
    /// The characters themselves: the server looks ids up for every signal, and there is nothing
    /// to follow to a place of its own.
    [u8; Self::CHARS],
);

impl ParticipantId {
    /// Random bytes an id is made of.
    pub const BYTES: usize = 12;

    const CHARS: usize = Self::BYTES / 3 * 4;

    /// Writes `random` as an id.
    pub fn from_bytes(random: [u8; Self::BYTES]) -> Self {
        encode(&random)
            .parse()
            .expect("twelve bytes are sixteen characters of base64url")
    }

    /// The id as it is written on the wire.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("base64url is ASCII")
    }
}

impl std::str::FromStr for ParticipantId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        match text.as_bytes().try_into() {
            Ok(characters) if is_base64url(text) => Ok(Self(characters)),
            _ => Err(InvalidId {
                what: "a participant's id",
                rule: "16 characters of base64url",
            }),
        }
    }
}

impl TryFrom<String> for ParticipantId {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        text.parse()
    }
}

impl From<ParticipantId> for String {
    fn from(id: ParticipantId) -> String {
        id.as_str().to_owned()
    }
}

impl fmt::Display for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for ParticipantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Lets a participant whose socket broke take up where they were: 128 random bits in base64url.
/// A secret between one participant and the server; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResumeToken(String);

text_id!(ResumeToken);

impl ResumeToken {
    /// Random bytes a token is made of.
    pub const BYTES: usize = 16;

    /// Writes `random` as a token.
    pub fn from_bytes(random: [u8; Self::BYTES]) -> Self {
        Self(encode(&random))
    }

    fn check(text: &str) -> Result<(), InvalidId> {
        if text.len() == 22 && is_base64url(text) {
            return Ok(());
        }
        Err(InvalidId {
            what: "a resume token",
            rule: "22 characters of base64url",
        })
    }
}

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

/// Which room: 3 to 64 of `a`–`z`, `0`–`9` and `-`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoomName(String);

text_id!(RoomName);

impl RoomName {
    /// Fewest characters of a room's name.
    pub const MIN_CHARS: usize = 3;
    /// Most characters of a room's name.
    pub const MAX_CHARS: usize = 64;

    /// A name like `kfd-wupq-xnr` from ten random bytes: about 46 bits, letters that cannot be
    /// mistaken for one another when read aloud or copied by hand (no `l`, no `o`).
    pub fn from_bytes(random: [u8; 10]) -> Self {
        const LETTERS: &[u8; 24] = b"abcdefghijkmnpqrstuvwxyz";
        let mut name = String::with_capacity(12);
        for (at, byte) in random.into_iter().enumerate() {
            if at == 3 || at == 7 {
                name.push('-');
            }
            name.push(char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
        }
        Self(name)
    }

    /// Makes a room's name of what a person typed: lower case, spaces and underscores to dashes.
    ///
    /// # Errors
    /// When what is left is not a room's name; the text is not bent any further, so that two
    /// people who type the same see the same room.
    pub fn from_typed(text: &str) -> Result<Self, InvalidId> {
        let name: String = text
            .trim()
            .chars()
            .map(|c| match c {
                ' ' | '_' => '-',
                c => c.to_ascii_lowercase(),
            })
            .collect();
        Self::try_from(name)
    }

    fn check(text: &str) -> Result<(), InvalidId> {
        let long_enough = (Self::MIN_CHARS..=Self::MAX_CHARS).contains(&text.len());
        if long_enough
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        {
            return Ok(());
        }
        Err(InvalidId {
            what: "a room's name",
            rule: "3 to 64 of a to z, 0 to 9 and -",
        })
    }
}

impl fmt::Display for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RoomName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a participant is called by the others. Travels sealed only.
/// Trimmed, white space folded, without controls and what changes direction or shows nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DisplayName(String);

impl DisplayName {
    /// Most characters of a name.
    pub const MAX_CHARS: usize = 64;

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for DisplayName {
    type Error = InvalidName;

    fn try_from(text: String) -> Result<Self, InvalidName> {
        let folded = visible(&text)
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ");
        if folded.is_empty() {
            return Err(InvalidName::Empty);
        }
        if folded.chars().count() > Self::MAX_CHARS {
            return Err(InvalidName::TooLong);
        }
        Ok(Self(folded))
    }
}

impl std::str::FromStr for DisplayName {
    type Err = InvalidName;

    fn from_str(text: &str) -> Result<Self, InvalidName> {
        Self::try_from(text.to_owned())
    }
}

impl From<DisplayName> for String {
    fn from(name: DisplayName) -> String {
        name.0
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A sealed signal as the server sees it: base64url without padding, opaque.
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SealedBody(String);

text_id!(SealedBody);

impl SealedBody {
    /// Writes sealed bytes as a body.
    ///
    /// # Errors
    /// When it would be longer than [`crate::MAX_BODY_CHARS`].
    pub fn from_bytes(sealed: &[u8]) -> Result<Self, InvalidId> {
        Self::try_from(encode(sealed))
    }

    /// The sealed bytes; `None` when the text is no base64url.
    pub fn to_bytes(&self) -> Option<Vec<u8>> {
        Base64UrlUnpadded::decode_vec(&self.0).ok()
    }

    /// The same, borrowed.
    pub fn as_text(&self) -> SealedText<'_> {
        SealedText(&self.0)
    }

    fn check(text: &str) -> Result<(), InvalidId> {
        SealedText::try_from(text).map(drop)
    }
}

/// A [`SealedBody`] where it stands in a message, for whoever only passes it on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SealedText<'a>(&'a str);

impl<'a> SealedText<'a> {
    /// The body as it is written on the wire.
    pub fn as_str(self) -> &'a str {
        self.0
    }
}

impl<'a> TryFrom<&'a str> for SealedText<'a> {
    type Error = InvalidId;

    fn try_from(text: &'a str) -> Result<Self, InvalidId> {
        if text.len() <= crate::MAX_BODY_CHARS && is_base64url(text) {
            return Ok(Self(text));
        }
        Err(InvalidId {
            what: "a sealed body",
            rule: "base64url without padding, at most 60 KiB of it",
        })
    }
}

impl fmt::Debug for SealedText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "sealed, {} characters", self.0.len())
    }
}

impl fmt::Debug for SealedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_text().fmt(f)
    }
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}
