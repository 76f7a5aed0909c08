//! Call links: `https://HOST/r/ROOM#KEY`, in all the ways people paste them. A `~` behind the key says
//! that a pass phrase is needed as well ([`crate::phrase`]).

use protocol::RoomName;

use crate::key::RoomKey;

/// What a call link says: which room, and the key if it carries one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLink {
    /// Which room.
    pub room: RoomName,
    /// The fragment; `None` where the link has none.
    pub fragment: Option<RoomKey>,
    /// The fragment alone does not open the call: a pass phrase is needed, too.
    pub phrase: bool,
}

/// Behind the key of a link that needs a pass phrase. No character of base64url, and one that
/// addresses carry as it is.
const PHRASE: char = '~';
/// The same, as some programs write it that pass links on.
const PHRASE_ESCAPED: &str = "%7E";

/// A text that is neither a call link nor a room's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLink {
    /// An address, but not one of a call.
    #[error("this link does not lead to a call")]
    NotACall,
    /// What stands for the room cannot be one.
    #[error("a room's name has 3 to 64 of a to z, 0 to 9 and -")]
    BadRoom,
    /// What follows the `#` is no key; most likely the end of the link got lost.
    #[error("the end of this link is missing or damaged")]
    BadKey,
}

impl CallLink {
    /// Random bytes a new link is made of.
    pub const RANDOM_BYTES: usize = 10 + RoomKey::BYTES;

    /// A link to a new room, of bytes from the platform's secure random source.
    pub fn new(random: [u8; Self::RANDOM_BYTES]) -> Self {
        let mut room = [0; 10];
        let mut key = [0; RoomKey::BYTES];
        room.copy_from_slice(&random[..10]);
        key.copy_from_slice(&random[10..]);
        Self {
            room: RoomName::from_bytes(room),
            fragment: Some(RoomKey::from_bytes(key)),
            phrase: false,
        }
    }

    /// The same link, with a pass phrase needed.
    #[must_use]
    pub fn with_phrase(self) -> Self {
        Self {
            phrase: true,
            ..self
        }
    }

    /// Reads a whole link, its path, or the bare name of a room.
    ///
    /// # Errors
    /// When it is none of them. A damaged key is an error too: to go on without it would lead
    /// into a room where nobody understands one another.
    pub fn parse(text: &str) -> Result<Self, InvalidLink> {
        let text = text.trim();
        let (address, fragment) = match text.split_once('#') {
            Some((address, fragment)) => (address, Some(fragment)),
            None => (text, None),
        };
        let room = match address.split_once("/r/") {
            Some((_, path)) => {
                let end = path.find(['/', '?']).unwrap_or(path.len());
                RoomName::from_typed(&path[..end])
            }
            None if address.contains('/') => return Err(InvalidLink::NotACall),
            None => RoomName::from_typed(address),
        }
        .map_err(|_| InvalidLink::BadRoom)?;
        let key = fragment.unwrap_or_default();
        let bare = key
            .strip_suffix(PHRASE)
            .or_else(|| key.strip_suffix(PHRASE_ESCAPED));
        let fragment = match bare.unwrap_or(key) {
            "" if bare.is_none() => None,
            key => Some(RoomKey::from_fragment(key).map_err(|_| InvalidLink::BadKey)?),
        };
        Ok(Self {
            room,
            fragment,
            phrase: bare.is_some(),
        })
    }

    /// The key to call with: the fragment's, or the one everybody can make of the name. `None` where
    /// the key has to be made with a pass phrase.
    pub fn key(&self) -> Option<RoomKey> {
        let key = || {
            self.fragment
                .clone()
                .unwrap_or_else(|| RoomKey::from_room_name(&self.room))
        };
        (!self.phrase).then(key)
    }

    /// The path with the fragment, to be put behind the page's origin.
    pub fn path(&self) -> String {
        match self.fragment.as_ref().and_then(RoomKey::to_fragment) {
            Some(key) if self.phrase => format!("/r/{}#{key}{PHRASE}", self.room),
            Some(key) => format!("/r/{}#{key}", self.room),
            None => format!("/r/{}", self.room),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "BwcHBwcHBwcHBwcHBwcHBw";

    #[test]
    fn a_whole_link_a_path_and_a_name_all_lead_to_the_room() {
        for text in [
            "https://call.example/r/kfd-wupq-xnr",
            "http://localhost:8080/r/kfd-wupq-xnr/",
            "call.example/r/kfd-wupq-xnr?from=mail",
            "/r/kfd-wupq-xnr",
            " kfd-wupq-xnr\n",
            "KFD wupq_xnr",
        ] {
            let link = CallLink::parse(text).unwrap();
            assert_eq!(link.room.as_str(), "kfd-wupq-xnr", "{text}");
            assert_eq!(link.fragment, None);
            assert!(!link.key().unwrap().is_private());
        }
    }

    #[test]
    fn the_fragment_is_the_key() {
        let link = CallLink::parse(&format!("https://call.example/r/our-room#{KEY}")).unwrap();
        assert_eq!(link.fragment, Some(RoomKey::from_bytes([7; 16])));
        assert!(link.key().unwrap().is_private());
        assert_eq!(link.path(), format!("/r/our-room#{KEY}"));
    }

    #[test]
    fn a_tilde_behind_the_key_asks_for_a_phrase() {
        for end in ["~", "%7E"] {
            let link = CallLink::parse(&format!("/r/our-room#{KEY}{end}")).unwrap();
            assert_eq!(link.fragment, Some(RoomKey::from_bytes([7; 16])));
            assert_eq!(link.key(), None, "the link alone opens nothing");
            assert_eq!(link.path(), format!("/r/our-room#{KEY}~"));
        }
        for wrong in ["~", "%7E", "~~", &format!("{KEY}~~"), &format!("~{KEY}")] {
            assert_eq!(
                CallLink::parse(&format!("/r/our-room#{wrong}")),
                Err(InvalidLink::BadKey),
                "{wrong}"
            );
        }
    }

    #[test]
    fn a_damaged_key_is_refused_rather_than_dropped() {
        let cut = &KEY[..20];
        assert_eq!(
            CallLink::parse(&format!("/r/our-room#{cut}")),
            Err(InvalidLink::BadKey)
        );
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        assert_eq!(
            CallLink::parse("https://example.org/watch"),
            Err(InvalidLink::NotACall)
        );
        assert_eq!(CallLink::parse("/r/"), Err(InvalidLink::BadRoom));
        assert_eq!(CallLink::parse("ab"), Err(InvalidLink::BadRoom));
        assert_eq!(CallLink::parse("salón"), Err(InvalidLink::BadRoom));
    }

    proptest! {
        #[test]
        fn a_new_link_is_read_back_as_it_was_made(
            random: [u8; CallLink::RANDOM_BYTES],
            phrase: bool,
        ) {
            let link = CallLink { phrase, ..CallLink::new(random) };
            let text = format!("https://call.example{}", link.path());
            prop_assert_eq!(CallLink::parse(&text), Ok(link));
        }

        #[test]
        fn no_text_makes_the_parser_panic(text: String) {
            let _ = CallLink::parse(&text);
        }
    }
}
