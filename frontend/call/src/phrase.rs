//! Pass phrases: a call whose key is made of the link and of something that is told apart from it.
//!
//! The key is PBKDF2-HMAC-SHA-256 of the phrase, salted with what the link says, and stands wherever the
//! link's own would ([`crate::seal`]). The browser computes it and knows Unicode's forms; what it is
//! given is said here.

use crate::key::RoomKey;
use crate::link::CallLink;

/// Rounds of PBKDF2: a moment for whoever knows the phrase, and as long for each guess of whoever does
/// not (OWASP's number for SHA-256).
pub const ROUNDS: u32 = 600_000;

/// The form of Unicode that a phrase is brought into before anything else, so that it is the same from
/// whatever keyboard it comes.
pub const FORM: &str = "NFKC";

/// Of a phrase in the form [`FORM`], what the key is made of: all but the white space around it. `None`
/// where nothing is left.
pub fn password(normalised: &str) -> Option<&str> {
    let phrase = normalised.trim();
    (!phrase.is_empty()).then_some(phrase)
}

impl CallLink {
    /// What salts the phrase, so that a guess counts for one call alone; `None` for a link that has no
    /// key.
    pub fn phrase_salt(&self) -> Option<Vec<u8>> {
        let key = self.fragment.as_ref()?;
        let mut salt = format!("tincan/v1|phrase|{}|", self.room).into_bytes();
        salt.extend_from_slice(key.as_bytes());
        Some(salt)
    }
}

/// The bits of PBKDF2 that make a key.
pub const KEY_BITS: u32 = 8 * RoomKey::BYTES as u32;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_around_a_phrase_is_no_part_of_it() {
        assert_eq!(password(" two  words\n"), Some("two  words"));
        assert_eq!(password(" \n"), None);
        assert_eq!(password(""), None);
    }

    #[test]
    fn the_salt_is_of_the_room_and_of_the_key() {
        let salt = |link: &str| CallLink::parse(link).unwrap().phrase_salt();
        let one = salt("/r/our-room#BwcHBwcHBwcHBwcHBwcHBw~");
        assert!(one.is_some());
        assert_ne!(one, salt("/r/her-room#BwcHBwcHBwcHBwcHBwcHBw~"));
        assert_ne!(one, salt("/r/our-room#AwcHBwcHBwcHBwcHBwcHBw~"));
        assert_eq!(salt("/r/our-room"), None);
    }
}
