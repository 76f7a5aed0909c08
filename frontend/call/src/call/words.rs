//! What people write and wave to each other, as far as it concerns the call.

use protocol::{REACTIONS, Signal};

use super::Call;
use crate::chat::Present;
use crate::time::Timestamp;
use crate::view::{NoticeKind, PeerKey};

/// Signals of the chat in one conversation at once; the rest waits here, where it takes no memory of
/// its own and nothing that mends a connection has to wait behind it.
const UNDER_WAY: usize = 24;

impl Call {
    /// Whether somebody is in the call with us.
    pub(super) fn hears(&self, key: PeerKey) -> bool {
        let peer = self.peers.get(&key);
        self.in_call() && peer.is_some_and(|peer| peer.is_here() && peer.is_in_call())
    }

    pub(super) fn settle_words(&mut self, now: Timestamp) {
        self.gestures.tick(now);
        let in_call = self.in_call();
        let Some(words) = self.chat.words() else {
            return;
        };
        if !in_call {
            return words.rest();
        }
        let present = self.peers.values().filter(|p| self.hears(p.key));
        let present: Vec<Present> = present
            .map(|peer| Present {
                key: peer.key,
                nonce: peer.nonce,
            })
            .collect();
        let keys: Vec<PeerKey> = present.iter().map(|present| present.key).collect();
        let Some(words) = self.chat.words() else {
            return;
        };
        words.settle(present, &mut self.out);
        for key in keys {
            if let Some(peer) = self.peers.get_mut(&key) {
                let room = UNDER_WAY.saturating_sub(peer.session.waiting());
                for signal in words.next_for(now, key, room) {
                    peer.session.push(signal);
                }
            }
        }
    }

    /// Tells of hands that were raised since somebody was met: those that were up before are no news.
    pub(super) fn settle_hands(&mut self, now: Timestamp) {
        let here = self.peers.values().filter(|peer| self.hears(peer.key));
        let hands: Vec<_> = here
            .filter_map(|peer| {
                let state = peer.state.as_ref()?;
                Some((peer.key, state.hand.is_some(), state.name.clone()))
            })
            .collect();
        let known = &mut self.gestures.hands;
        known.retain(|key, _| hands.iter().any(|(here, ..)| here == key));
        for (key, raised, name) in hands {
            if self.gestures.hands.insert(key, raised) == Some(false) && raised {
                self.notices.add(now, NoticeKind::HandRaised(key, name));
            }
        }
    }

    pub(super) fn say_words(&mut self, text: &str, millis: u64) {
        let name = self.media.settings().name.clone();
        if self.in_call()
            && let Some(words) = self.chat.words()
        {
            words.say(text, name, millis);
        }
    }

    pub(super) fn take_words(&mut self, now: Timestamp, key: PeerKey, signal: Signal) {
        if let Some(peer) = self.peers.get(&key) {
            let name = peer.state.as_ref().and_then(|state| state.name.clone());
            self.chat
                .take(now, key, peer.nonce, name, signal, &mut self.out);
        }
    }

    pub(super) fn take_reaction(&mut self, now: Timestamp, key: PeerKey, emoji: &str) {
        // Where the call's screen is not there yet, nobody would see it.
        if self.inside.is_some() && self.hears(key) {
            self.gestures.show(now, Some(key), emoji);
        }
    }

    /// Shows a reaction to those who see it now: later it would mean nothing.
    pub(super) fn react(&mut self, now: Timestamp, which: usize) {
        let Some(emoji) = REACTIONS.get(which) else {
            return;
        };
        if !self.in_call() || !self.gestures.show(now, None, emoji) {
            return;
        }
        let keys = self.peers.keys().copied();
        let keys: Vec<PeerKey> = keys.filter(|key| self.hears(*key)).collect();
        for key in keys {
            if let Some(peer) = self.peers.get_mut(&key).filter(|p| p.has_live_channel()) {
                peer.session.push(Signal::Reaction {
                    emoji: (*emoji).to_owned(),
                });
            }
        }
    }

    /// Raises one's hand, after those that are raised already, or lowers it.
    pub(super) fn set_hand(&mut self, millis: Option<u64>) {
        let others = self.peers.values().filter(|peer| peer.is_here());
        let last = others.filter_map(|p| p.state.as_ref()?.hand).max();
        self.gestures.hand = millis.map(|at| crate::chat::in_step(at, last.unwrap_or(0)));
    }
}
