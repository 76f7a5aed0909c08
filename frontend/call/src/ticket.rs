//! Links that say less than the whole one: what they allow, and the keys they carry instead of the
//! room's.
//!
//! Whoever has the room key can make such a link and judge one, since its keys follow from the room
//! key and from what it allows. Whoever has the link alone can change neither. `docs/protocol.md`
//! describes the bytes.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use crate::key::RoomKey;

/// What a link allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Limits {
    /// To watch and to listen, but not to be seen or heard.
    pub listen: bool,
    /// To come in once.
    pub once: bool,
    /// To come in until then, in whole seconds of the Unix epoch; `None` is for ever.
    pub until: Option<u32>,
}

/// [`Limits`] as a link carries them, with an id that tells one link from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket([u8; Self::BYTES]);

/// What a link with limits holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GuestKey {
    /// Opens greetings, and what guests say to each other.
    pub(crate) greeting: RoomKey,
    /// Opens what those with the room key say to holders of this link, and the other way round.
    pub(crate) own: RoomKey,
    pub(crate) ticket: Ticket,
}

/// What a page calls with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Access {
    /// The room key.
    Member(RoomKey),
    /// A link with limits.
    Guest(GuestKey),
}

/// One guest: a link, and one of those who came with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pass {
    pub(crate) ticket: Ticket,
    /// Drawn by the page, and kept when it is loaded again.
    pub(crate) holder: [u8; Self::HOLDER_BYTES],
}

/// Bits of a ticket's first byte.
const LISTEN: u8 = 1;
const ONCE: u8 = 2;

impl Ticket {
    /// One byte of bits, four of `until` (big-endian, 0 for none), the id.
    pub(crate) const BYTES: usize = 5 + Self::ID_BYTES;
    /// Random bytes that tell one link from another.
    pub(crate) const ID_BYTES: usize = 8;

    pub(crate) fn new(limits: Limits, id: [u8; Self::ID_BYTES]) -> Self {
        let mut bytes = [0; Self::BYTES];
        bytes[0] = u8::from(limits.listen) * LISTEN + u8::from(limits.once) * ONCE;
        bytes[1..5].copy_from_slice(&limits.until.unwrap_or(0).to_be_bytes());
        bytes[5..].copy_from_slice(&id);
        Self(bytes)
    }

    pub(crate) fn as_bytes(&self) -> &[u8; Self::BYTES] {
        &self.0
    }

    pub(crate) fn limits(&self) -> Limits {
        let [bits, a, b, c, d, ..] = self.0;
        let until = u32::from_be_bytes([a, b, c, d]);
        Limits {
            listen: bits & LISTEN != 0,
            once: bits & ONCE != 0,
            until: (until != 0).then_some(until),
        }
    }

    /// Its time is over; `wall` is the time since the Unix epoch.
    pub(crate) fn has_ended(&self, wall: Duration) -> bool {
        let until = self.limits().until;
        until.is_some_and(|until| wall.as_secs() >= u64::from(until))
    }
}

impl GuestKey {
    /// Length of what a link carries.
    pub(crate) const BYTES: usize = 2 * RoomKey::BYTES + Ticket::BYTES;

    /// What a fragment holds, once its base64url is read.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (greeting, rest) = bytes.split_first_chunk()?;
        let (own, ticket) = rest.split_first_chunk()?;
        Some(Self {
            greeting: RoomKey::from_bytes(*greeting),
            own: RoomKey::from_bytes(*own),
            ticket: Ticket(ticket.try_into().ok()?),
        })
    }

    /// As it stands in a link's fragment.
    pub(crate) fn to_fragment(&self) -> String {
        let (greeting, own) = (self.greeting.as_bytes(), self.own.as_bytes());
        Base64UrlUnpadded::encode_string(&[&greeting[..], own, &self.ticket.0].concat())
    }

    /// What it allows.
    pub fn limits(&self) -> Limits {
        self.ticket.limits()
    }

    /// The key between its holders and those who have the room key.
    pub fn own_key(&self) -> RoomKey {
        self.own.clone()
    }
}

impl Pass {
    /// Random bytes that tell holders of one link from each other.
    pub(crate) const HOLDER_BYTES: usize = 8;
    /// Length of a pass.
    pub(crate) const BYTES: usize = Ticket::BYTES + Self::HOLDER_BYTES;

    pub(crate) fn to_bytes(self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..Ticket::BYTES].copy_from_slice(&self.ticket.0);
        bytes[Ticket::BYTES..].copy_from_slice(&self.holder);
        bytes
    }

    pub(crate) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (ticket, holder) = bytes.split_first_chunk()?;
        Some(Self {
            ticket: Ticket(*ticket),
            holder: holder.try_into().ok()?,
        })
    }

    /// As it stands in a greeting.
    pub(crate) fn to_text(self) -> String {
        Base64UrlUnpadded::encode_string(&self.to_bytes())
    }

    pub(crate) fn from_text(text: &str) -> Option<Self> {
        Self::from_bytes(&Base64UrlUnpadded::decode_vec(text).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_a_link_allows_survives_the_way_through_it(
            listen: bool,
            once: bool,
            until in proptest::option::of(1_u32..),
            id: [u8; Ticket::ID_BYTES],
        ) {
            let limits = Limits { listen, once, until };
            let ticket = Ticket::new(limits, id);
            prop_assert_eq!(ticket.limits(), limits);
            let pass = Pass { ticket, holder: id };
            prop_assert_eq!(Pass::from_text(&pass.to_text()), Some(pass));
        }

        #[test]
        fn no_bytes_make_the_readers_panic(bytes: Vec<u8>, text: String) {
            let _ = (GuestKey::from_bytes(&bytes), Pass::from_bytes(&bytes), Pass::from_text(&text));
        }
    }

    #[test]
    fn a_link_ends_with_the_second_it_names() {
        let ticket = |until| {
            Ticket::new(
                Limits {
                    until,
                    ..Limits::default()
                },
                [0; 8],
            )
        };
        let wall = Duration::from_secs(1_800_000_000);
        assert!(ticket(Some(1_800_000_000)).has_ended(wall));
        assert!(!ticket(Some(1_800_000_001)).has_ended(wall));
        assert!(!ticket(None).has_ended(wall));
    }
}
