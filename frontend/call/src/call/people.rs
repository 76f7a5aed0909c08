//! The others: who comes, what they say, who goes.

use protocol::{ParticipantId, ParticipantState, SealedBody, Signal};
use serde::{Deserialize, Serialize};

use super::Call;
use super::settle::GRACE;
use crate::command::Command;
use crate::input::HostRequest;
use crate::peer::Peer;
use crate::seal::{Kind, Sealed, SessionNonce};
use crate::ticket::Pass;
use crate::time::Timestamp;
use crate::view::{NoticeKind, PeerKey, Phase};

/// Conversations kept, with those who are here and those who left. Each needs some hundred bytes.
const MAX_PEERS: usize = 1024;

/// What a greeting says beside the nonce.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Hello {
    /// The sender has heard a greeting of the receiver.
    #[serde(default)]
    pub(super) heard: bool,
    /// What the sender came with, if it was a link with limits: [`Pass::to_text`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) guest: Option<String>,
}

impl Call {
    /// Somebody left, as the server has it. If it has only not heard of them (`expired`), whoever
    /// still hears them knows better: their way to the server is broken, not the one to us. And who
    /// heard them a moment ago waits for them as long as the server did, since it heard them last even
    /// before that.
    pub(super) fn handle_left(&mut self, now: Timestamp, id: &ParticipantId, expired: bool) {
        let Some(presence) = self.roster.leave(id) else {
            return;
        };
        if let Some(key) = presence.peer {
            let other = self.roster.id_of(key).cloned();
            if let Some(peer) = self.peers.get_mut(&key)
                && peer.route.as_ref() == Some(id)
            {
                peer.route = other.clone();
            }
            let mut waits = false;
            if let Some(peer) = self
                .peers
                .get_mut(&key)
                .filter(|_| expired && other.is_none())
            {
                let lately = peer.heard_at().filter(|at| now.since(*at) < GRACE);
                waits = peer.has_live_channel() || lately.is_some();
            }
            if other.is_none() && !waits {
                self.depart(now, key);
            }
        }
        if self.queued && self.phase == Phase::Lobby {
            self.join_at = Some(now);
        }
    }

    /// A sealed body came by way of the server.
    pub(super) fn handle_body(&mut self, now: Timestamp, from: &ParticipantId, body: &SealedBody) {
        let Some(bytes) = body.to_bytes() else {
            self.unopened += 1;
            return;
        };
        let Ok(sealed) = Sealed::parse(&bytes) else {
            self.unopened += 1;
            return;
        };
        if sealed.kind == Kind::Hello {
            return self.handle_hello(now, from, &sealed);
        }
        let Some(key) = self.roster.get_mut(from).and_then(|p| p.peer) else {
            // Their greeting is still on its way; what they say they will say again.
            self.unopened += 1;
            return;
        };
        if self.receive(now, key, &sealed) == Some(true) {
            if let Some(presence) = self.roster.get_mut(from) {
                presence.heard();
            }
            if let Some(peer) = self.peers.get_mut(&key) {
                peer.route = Some(from.clone());
            }
        }
    }

    fn handle_hello(&mut self, now: Timestamp, from: &ParticipantId, sealed: &Sealed<'_>) {
        let opened = self.seals.greeting().open_hello(sealed);
        let Some(presence) = self.roster.get_mut(from) else {
            return;
        };
        let Ok((nonce, text)) = opened else {
            self.unopened += 1;
            if !presence.stranger {
                presence.stranger = true;
                self.notices.add(now, NoticeKind::WithoutKey);
            }
            return;
        };
        if nonce == self.nonce {
            // Our own greeting, reflected.
            self.unopened += 1;
            return;
        }
        let hello: Hello = serde_json::from_slice(&text).unwrap_or_default();
        let guest = hello.guest.as_deref().map(Pass::from_text);
        if guest == Some(None) {
            self.unopened += 1;
            return;
        }
        self.out.push_back(Command::Mark("tincan:hello"));
        let newcomer = presence.newcomer;
        let before = presence.peer;
        if let Some(key) = before.and_then(|key| self.peers.get(&key))
            && key.nonce != nonce
            && key.session.is_confirmed()
        {
            return;
        }
        let Some(key) = self.peer_of(nonce, guest.flatten(), newcomer) else {
            return;
        };
        if let Some(before) = before.filter(|before| *before != key) {
            self.forget(now, before);
        }
        let heard = hello.heard;
        if let Some(presence) = self.roster.get_mut(from) {
            presence.peer = Some(key);
            if heard {
                presence.heard();
            } else {
                presence.asks(now);
            }
        }
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        // A greeting alone may be an old one said again; an id that still stands is left only
        // for one from which something fresh came.
        if peer
            .route
            .as_ref()
            .is_none_or(|id| !self.roster.contains(id))
        {
            peer.route = Some(from.clone());
        }
        if !heard || !peer.is_here() {
            peer.tell_anew();
            peer.session.say_again();
            peer.session.owe_status(now);
        }
    }

    /// The peer of that nonce, made if there is none yet. `None` where they greet as something else
    /// than they have proved to be.
    fn peer_of(
        &mut self,
        nonce: SessionNonce,
        guest: Option<Pass>,
        newcomer: bool,
    ) -> Option<PeerKey> {
        if let Some(peer) = self.peers.values_mut().find(|peer| peer.nonce == nonce) {
            if peer.guest != guest {
                if peer.session.is_confirmed() {
                    return None;
                }
                // Nothing that was said could be opened as what they are now.
                let seal = self.seals.with(guest);
                *peer = Peer::new(peer.key, self.nonce, nonce, guest, seal);
                peer.newcomer = newcomer;
            }
            return Some(peer.key);
        }
        if self.peers.len() >= MAX_PEERS {
            let oldest = self
                .peers
                .values()
                .find(|p| p.state.is_none() && self.roster.id_of(p.key).is_none())?
                .key;
            self.peers.remove(&oldest);
        }
        self.keys += 1;
        let key = PeerKey(self.keys);
        let seal = self.seals.with(guest);
        let mut peer = Peer::new(key, self.nonce, nonce, guest, seal);
        peer.newcomer = newcomer;
        self.peers.insert(key, peer);
        Some(key)
    }

    /// Drops a peer that never proved to be there, if no other id leads to it.
    fn forget(&mut self, now: Timestamp, key: PeerKey) {
        let unproven = self
            .peers
            .get(&key)
            .is_some_and(|peer| !peer.session.is_confirmed());
        if !unproven || self.roster.id_of(key).is_some() {
            return;
        }
        self.with_peer(now, key, |peer, around| {
            peer.route = None;
            peer.depart(around);
        });
        // What we said may have been heard although we never heard them: beginning to count anew
        // would have them take what is new for what they know.
        if self
            .peers
            .get(&key)
            .is_some_and(|p| !p.session.has_spoken())
        {
            self.peers.remove(&key);
        }
    }

    /// Opens a body of somebody; tells whether it was fresh, or `None` where it did not open.
    pub(super) fn receive(
        &mut self,
        now: Timestamp,
        key: PeerKey,
        sealed: &Sealed<'_>,
    ) -> Option<bool> {
        let peer = self.peers.get_mut(&key)?;
        match peer.session.receive(now, &peer.seal, sealed) {
            Ok(received) => {
                for signal in received.signals {
                    self.take(now, key, signal);
                }
                Some(received.fresh)
            }
            Err(_) => {
                self.unopened += 1;
                None
            }
        }
    }

    pub(super) fn take(&mut self, now: Timestamp, key: PeerKey, signal: Signal) {
        if let Signal::TurnedAway { used } = signal {
            return self.take_turned_away(now, key, used);
        }
        let of_connection = matches!(
            signal,
            Signal::Description { .. } | Signal::Candidates { .. }
        );
        if of_connection && self.is_held_off(key) {
            // The server's word that they are let in may only be later than theirs.
            if let Some(peer) = self.peers.get_mut(&key) {
                return peer.put_by(signal);
            }
        }
        let welcome = self.peers.get(&key).is_some_and(Peer::is_welcome);
        if !welcome && !matches!(signal, Signal::State(_) | Signal::Bye) {
            return;
        }
        match signal {
            Signal::State(state) => self.take_state(now, key, *state),
            Signal::Description {
                generation,
                description,
            } => self.with_peer(now, key, |peer, around| {
                peer.handle_description(generation, description, around);
            }),
            Signal::Candidates {
                generation,
                candidates,
            } => self.with_peer(now, key, |peer, around| {
                peer.handle_candidates(generation, candidates, around);
            }),
            Signal::Restart { generation } => self.with_peer(now, key, |peer, around| {
                peer.handle_restart(around.now, generation);
            }),
            Signal::Renew { generation } => self.with_peer(now, key, |peer, around| {
                peer.handle_renew(generation, around);
            }),
            Signal::Chat(_) | Signal::ChatHave { .. } => self.take_words(now, key, signal),
            Signal::Reaction { emoji } => self.take_reaction(now, key, &emoji),
            Signal::Safety { text } => {
                if let Some(peer) = self.peers.get(&key) {
                    self.safety.take(key, peer.nonce, text);
                }
            }
            Signal::Bye => self.depart(now, key),
            Signal::Mute => self.take_request(now, key, HostRequest::Mute),
            Signal::Unmute => self.take_request(now, key, HostRequest::Unmute),
            Signal::LowerHand => self.take_request(now, key, HostRequest::LowerHand),
            Signal::TurnedAway { .. } | Signal::Unknown => {}
        }
    }

    fn take_state(&mut self, now: Timestamp, key: PeerKey, state: ParticipantState) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let news = state.in_call && !peer.is_in_call() && peer.newcomer;
        let name = state.name.clone();
        peer.state = Some(state);
        peer.newcomer = true;
        if news && self.phase == Phase::InCall {
            self.notices.add(now, NoticeKind::Joined(key, name));
        }
    }

    pub(super) fn depart(&mut self, now: Timestamp, key: PeerKey) {
        let Some(peer) = self.peers.get(&key) else {
            return;
        };
        if peer.is_in_call() && self.phase == Phase::InCall {
            let name = peer.state.as_ref().and_then(|state| state.name.clone());
            self.notices.add(now, NoticeKind::Left(key, name));
        }
        self.with_peer(now, key, |peer, around| {
            peer.newcomer = true;
            peer.missing_since = None;
            peer.depart(around);
        });
        self.forget(now, key);
    }

    /// Says farewell to everybody over every way there is.
    pub(super) fn say_bye(&mut self, now: Timestamp) {
        let keys: Vec<PeerKey> = self.peers.keys().copied().collect();
        for key in keys {
            if let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.is_here()) {
                peer.session.push(Signal::Bye);
            }
            self.flush(now, key);
        }
    }
}
