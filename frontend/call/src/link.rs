//! Call links: `https://HOST/r/ROOM#KEY`, in all the ways people paste them. A `~` behind the key says
//! that a pass phrase is needed as well ([`crate::phrase`]); a longer key belongs to a link with limits
//! ([`crate::Limits`]).

use base64ct::{Base64UrlUnpadded, Encoding as _};
use protocol::RoomName;

use crate::key::RoomKey;
use crate::ticket::{Access, GuestKey, Limits, Ticket};

/// What a call link says: which room, and the key if it carries one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallLink {
    /// Which room.
    pub room: RoomName,
    /// The fragment; `None` where the link has none.
    pub fragment: Option<RoomKey>,
    /// The fragment alone does not open the call: a pass phrase is needed, too.
    pub phrase: bool,
    /// What stands in the place of the key where the link has limits.
    pub guest: Option<GuestKey>,
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
            guest: None,
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

    /// Random bytes that a link with limits is made of.
    pub const LIMITED_BYTES: usize = Ticket::ID_BYTES;

    /// A link to the same room that allows no more than `limits`, of bytes from the platform's secure
    /// random source. `None` where the link carries no key, or is not all that is needed.
    pub fn limited(&self, limits: Limits, random: [u8; Self::LIMITED_BYTES]) -> Option<Self> {
        let key = self.fragment.as_ref().filter(|_| !self.phrase)?;
        let ticket = Ticket::new(limits, random);
        let guest = GuestKey {
            greeting: key.greeting(&self.room),
            own: key.of_ticket(&self.room, &ticket),
            ticket,
        };
        Some(Self {
            room: self.room.clone(),
            fragment: None,
            phrase: false,
            guest: Some(guest),
        })
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
        let mut link = Self {
            room,
            fragment: None,
            phrase: bare.is_some(),
            guest: None,
        };
        if fragment.is_none_or(str::is_empty) {
            return Ok(link);
        }
        let bytes = Base64UrlUnpadded::decode_vec(bare.unwrap_or(key));
        let bytes = bytes.map_err(|_| InvalidLink::BadKey)?;
        if bytes.len() == GuestKey::BYTES && !link.phrase {
            link.guest = GuestKey::from_bytes(&bytes);
        } else {
            let key = bytes.try_into().map_err(|_| InvalidLink::BadKey)?;
            link.fragment = Some(RoomKey::from_bytes(key));
        }
        Ok(link)
    }

    /// What to call with: what the fragment holds, or the key everybody can make of the name. `None`
    /// where the key has to be made with a pass phrase.
    pub fn access(&self) -> Option<Access> {
        if let Some(guest) = &self.guest {
            return Some(Access::Guest(guest.clone()));
        }
        let key = || {
            self.fragment
                .clone()
                .unwrap_or_else(|| RoomKey::from_room_name(&self.room))
        };
        (!self.phrase).then(|| Access::Member(key()))
    }

    /// The path with the fragment, to be put behind the page's origin.
    pub fn path(&self) -> String {
        let guest = self.guest.as_ref().map(GuestKey::to_fragment);
        match guest.or_else(|| self.fragment.as_ref()?.to_fragment()) {
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

    fn key(link: &CallLink) -> RoomKey {
        match link.access() {
            Some(Access::Member(key)) => key,
            other => panic!("{other:?} is no key"),
        }
    }

    #[test]
    fn a_link_with_limits_is_read_back_and_does_not_tell_the_key() {
        let whole = CallLink::parse(&format!("/r/our-room#{KEY}")).unwrap();
        let limits = Limits {
            listen: true,
            once: false,
            until: Some(1_800_000_000),
        };
        let link = whole.limited(limits, [3; 8]).unwrap();
        let text = format!("https://call.example{}", link.path());
        assert_eq!(text.split_once('#').unwrap().1.len(), 60);
        assert!(!text.contains(&KEY[..21]));
        let read = CallLink::parse(&text).unwrap();
        assert_eq!(read, link);
        assert_eq!(read.guest.as_ref().unwrap().limits(), limits);
        assert_eq!(read.limited(limits, [4; 8]), None, "it makes no others");
        let open = CallLink::parse("/r/our-room").unwrap();
        assert_eq!(open.limited(limits, [3; 8]), None);
        assert_eq!(whole.with_phrase().limited(limits, [3; 8]), None);
        assert_eq!(
            CallLink::parse(&format!("{text}~")),
            Err(InvalidLink::BadKey)
        );
    }

    #[test]
    fn what_a_link_allows_cannot_be_changed_without_the_key() {
        let whole = CallLink::parse(&format!("/r/our-room#{KEY}")).unwrap();
        let own = |limits, id| whole.limited(limits, id).unwrap().guest.unwrap().own;
        let listen = Limits {
            listen: true,
            ..Limits::default()
        };
        assert_ne!(own(listen, [3; 8]), own(Limits::default(), [3; 8]));
        assert_ne!(own(listen, [3; 8]), own(listen, [4; 8]));
    }

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
            assert!(!key(&link).is_private());
        }
    }

    #[test]
    fn the_fragment_is_the_key() {
        let link = CallLink::parse(&format!("https://call.example/r/our-room#{KEY}")).unwrap();
        assert_eq!(link.fragment, Some(RoomKey::from_bytes([7; 16])));
        assert!(key(&link).is_private());
        assert_eq!(link.path(), format!("/r/our-room#{KEY}"));
    }

    #[test]
    fn a_tilde_behind_the_key_asks_for_a_phrase() {
        for end in ["~", "%7E"] {
            let link = CallLink::parse(&format!("/r/our-room#{KEY}{end}")).unwrap();
            assert_eq!(link.fragment, Some(RoomKey::from_bytes([7; 16])));
            assert_eq!(link.access(), None, "the link alone opens nothing");
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
