//! Who the server says is in the room, and how far we got with greeting them.
//!
//! An id says nothing of who somebody is; the peer behind it is known once they have greeted us.

use std::collections::BTreeMap;
use std::time::Duration;

use protocol::{ParticipantId, Place};

use crate::time::Timestamp;
use crate::view::PeerKey;

/// Ids a server may name; a full call and a full lobby are far fewer.
const MAX_PRESENT: usize = 128;
/// A greeting is said again after this long, doubled each time, while nothing shows that it came.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// No wait between greetings is longer.
const LAST_WAIT: Duration = Duration::from_secs(10);
/// Two greetings to one id are at least this far apart.
const SPACING: Duration = Duration::from_millis(500);
/// Greetings to one id before we wait for a sign of it.
const MAX_GREETINGS: u32 = 8;

/// Somebody the server named.
#[derive(Debug)]
pub(crate) struct Presence {
    pub(crate) place: Place,
    /// They came after we did.
    pub(crate) newcomer: bool,
    /// Who greeted us under this id.
    pub(crate) peer: Option<PeerKey>,
    /// They have heard our greeting.
    heard_us: bool,
    /// They sent what the room's key does not open.
    pub(crate) stranger: bool,
    greetings: u32,
    greeted_at: Option<Timestamp>,
    greet_at: Option<Timestamp>,
}

/// Everybody the server named.
#[derive(Debug, Default)]
pub(crate) struct Roster {
    present: BTreeMap<ParticipantId, Presence>,
}

impl Roster {
    /// Notes somebody, who is to be greeted.
    pub(crate) fn enter(
        &mut self,
        now: Timestamp,
        id: ParticipantId,
        place: Place,
        newcomer: bool,
    ) {
        if let Some(presence) = self.present.get_mut(&id) {
            presence.place = place;
            return;
        }
        if self.present.len() < MAX_PRESENT {
            self.present.insert(
                id,
                Presence {
                    place,
                    newcomer,
                    peer: None,
                    heard_us: false,
                    stranger: false,
                    greetings: 0,
                    greeted_at: None,
                    greet_at: Some(now),
                },
            );
        }
    }

    pub(crate) fn leave(&mut self, id: &ParticipantId) -> Option<Presence> {
        self.present.remove(id)
    }

    /// Forgets everybody: the server has given us a new list.
    pub(crate) fn clear(&mut self) {
        self.present.clear();
    }

    pub(crate) fn get_mut(&mut self, id: &ParticipantId) -> Option<&mut Presence> {
        self.present.get_mut(id)
    }

    pub(crate) fn contains(&self, id: &ParticipantId) -> bool {
        self.present.contains_key(id)
    }

    /// An id under which that participant greeted us.
    pub(crate) fn id_of(&self, peer: PeerKey) -> Option<&ParticipantId> {
        self.ids_of(peer).next()
    }

    /// Every id under which that participant greeted us.
    pub(crate) fn ids_of(&self, peer: PeerKey) -> impl Iterator<Item = &ParticipantId> {
        let ids = self.present.iter();
        ids.filter(move |(_, presence)| presence.peer == Some(peer))
            .map(|(id, _)| id)
    }

    /// Where the server has somebody.
    pub(crate) fn place(&self, id: &ParticipantId) -> Option<Place> {
        self.present.get(id).map(|presence| presence.place)
    }

    /// Somebody is there whose greeting the room's key does not open.
    pub(crate) fn has_stranger(&self) -> bool {
        self.present.values().any(|presence| presence.stranger)
    }

    /// How many the server named.
    pub(crate) fn count(&self) -> usize {
        self.present.len()
    }

    /// How many the server has in the call.
    pub(crate) fn in_call(&self) -> usize {
        self.present
            .values()
            .filter(|presence| presence.place == Place::Call)
            .count()
    }

    /// Greets those again who may have missed it, because our socket was lost.
    pub(crate) fn greet_again(&mut self, now: Timestamp) {
        for presence in self.present.values_mut().filter(|p| !p.heard_us) {
            presence.greetings = 0;
            presence.greet_at = Some(now);
        }
    }

    /// Somebody whose greeting is due, and whether we know who they are.
    pub(crate) fn next_greeting(&mut self, now: Timestamp) -> Option<(ParticipantId, bool)> {
        let (id, presence) = self
            .present
            .iter_mut()
            .find(|(_, presence)| presence.greet_at.is_some_and(|at| at <= now))?;
        let wait = (FIRST_WAIT * 2_u32.pow(presence.greetings.min(8))).min(LAST_WAIT);
        presence.greetings += 1;
        presence.greeted_at = Some(now);
        presence.greet_at =
            (presence.greetings < MAX_GREETINGS && !presence.heard_us).then(|| now + wait);
        Some((id.clone(), presence.peer.is_some()))
    }

    /// When [`Roster::next_greeting`] has somebody.
    pub(crate) fn poll_timeout(&self) -> Option<Timestamp> {
        self.present.values().filter_map(|p| p.greet_at).min()
    }
}

impl Presence {
    /// They know who we are.
    pub(crate) fn heard(&mut self) {
        self.heard_us = true;
        self.greet_at = None;
    }

    /// They greeted us and did not know us yet: they are to hear from us, if our last greeting
    /// was not only just now.
    pub(crate) fn asks(&mut self, now: Timestamp) {
        let at = self.greeted_at.map_or(now, |at| (at + SPACING).max(now));
        self.heard_us = false;
        self.greetings = 0;
        self.greet_at = Some(at);
    }
}
