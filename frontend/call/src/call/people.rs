//! The others: greeting them, hearing them, speaking to them over whatever way there is.

use std::time::Duration;

use protocol::{
    ClientMessage, GRACE_MILLIS, ParticipantId, ParticipantState, PathState, SealedBody, Signal,
};
use serde::{Deserialize, Serialize};

use super::Call;
use crate::command::Command;
use crate::peer::Peer;
use crate::pulse::BEAT_IN_DOUBT;
use crate::seal::{Kind, Sealed, SessionNonce};
use crate::time::Timestamp;
use crate::view::{ConnectionView, NoticeKind, PeerKey, Phase};

/// Those who are gone from the server without a word, and from our connection, are kept for as
/// long as the server keeps somebody without a socket.
const GRACE: Duration = Duration::from_millis(GRACE_MILLIS);
/// A beat that is this late was held up by the page's own sleep: browsers slow the timers of
/// pages in the background to one a second.
const ASLEEP: Duration = Duration::from_millis(1_500);
/// Conversations kept, with those who are here and those who left. Each needs some hundred bytes.
const MAX_PEERS: usize = 1024;
/// Largest sealed body taken from a channel, in bytes: as much as the server passes on.
const MAX_BODY_BYTES: usize = protocol::MAX_BODY_CHARS / 4 * 3;

/// First byte of a frame on the signal channel: a body for the one at the other end.
const FRAME_BODY: u8 = 0;
/// A body to be passed on to the participant whose nonce follows.
const FRAME_PASS_ON: u8 = 1;
/// A body that was passed on, from the participant whose nonce follows.
const FRAME_PASSED_ON: u8 = 2;

/// What a greeting says beside the nonce.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Hello {
    /// The sender has heard a greeting of the receiver.
    #[serde(default)]
    heard: bool,
}

/// How a body gets to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Way {
    Channel,
    Server(ParticipantId),
    Through(PeerKey),
}

impl Call {
    /// Somebody left, as the server has it. If it has only not heard of them (`expired`), whoever
    /// still hears them knows better: their way to the server is broken, not the one to us.
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
            let heard = self.peers.get(&key).is_some_and(Peer::has_live_channel);
            if other.is_none() && !(expired && heard) {
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
        let opened = self.seal.open_hello(sealed);
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
        self.out.push_back(Command::Mark("tincan:hello"));
        let newcomer = presence.newcomer;
        let before = presence.peer;
        if let Some(key) = before.and_then(|key| self.peers.get(&key))
            && key.nonce != nonce
            && key.session.is_confirmed()
        {
            return;
        }
        let Some(key) = self.peer_of(nonce, newcomer) else {
            return;
        };
        if let Some(before) = before.filter(|before| *before != key) {
            self.forget(now, before);
        }
        let heard = serde_json::from_slice::<Hello>(&text).is_ok_and(|hello| hello.heard);
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

    /// The peer of that nonce, made if there is none yet.
    fn peer_of(&mut self, nonce: SessionNonce, newcomer: bool) -> Option<PeerKey> {
        if let Some(peer) = self.peers.values().find(|peer| peer.nonce == nonce) {
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
        let mut peer = Peer::new(key, self.nonce, nonce);
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

    /// Bytes came over the signal channel of somebody.
    pub(super) fn handle_channel(
        &mut self,
        now: Timestamp,
        key: PeerKey,
        generation: u32,
        bytes: &[u8],
    ) {
        let Some(sender) = self
            .peers
            .get(&key)
            .filter(|peer| peer.has_generation(generation))
            .map(|peer| peer.nonce)
        else {
            return;
        };
        let Some((&kind, rest)) = bytes.split_first() else {
            return;
        };
        if kind == FRAME_BODY {
            return self.receive_bytes(now, key, rest);
        }
        let Some((nonce, body)) = rest.split_first_chunk::<{ SessionNonce::BYTES }>() else {
            return;
        };
        let Some(other) = self
            .peers
            .values()
            .find(|peer| peer.nonce.0 == *nonce)
            .filter(|peer| peer.is_here())
            .map(|peer| peer.key)
        else {
            return;
        };
        match kind {
            FRAME_PASS_ON if body.len() <= MAX_BODY_BYTES => {
                let frame = frame(FRAME_PASSED_ON, Some(sender), body);
                if let Some(peer) = self.peers.get(&other).filter(|p| p.has_live_channel()) {
                    self.out.extend(peer.channel_command(frame));
                }
            }
            // Only the seal says who it is from; the nonce says whose key to try.
            FRAME_PASSED_ON => self.receive_bytes(now, other, body),
            _ => {}
        }
    }

    fn receive_bytes(&mut self, now: Timestamp, key: PeerKey, body: &[u8]) {
        match Sealed::parse(body) {
            Ok(sealed) if body.len() <= MAX_BODY_BYTES => {
                self.receive(now, key, &sealed);
            }
            _ => self.unopened += 1,
        }
    }

    /// Opens a body of somebody; tells whether it was fresh, or `None` where it did not open.
    fn receive(&mut self, now: Timestamp, key: PeerKey, sealed: &Sealed<'_>) -> Option<bool> {
        let peer = self.peers.get_mut(&key)?;
        match peer.session.receive(now, &self.seal, sealed) {
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

    fn take(&mut self, now: Timestamp, key: PeerKey, signal: Signal) {
        match signal {
            Signal::State(state) => self.take_state(now, key, state),
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
            Signal::Bye => self.depart(now, key),
            Signal::Unknown => {}
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

    fn depart(&mut self, now: Timestamp, key: PeerKey) {
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

    /// What we tell the others of ourselves.
    fn own_state(&self) -> ParticipantState {
        if !self.in_call() {
            return ParticipantState::default();
        }
        let troubled = self
            .peers
            .values()
            .filter(|p| p.is_in_call() && p.is_here());
        ParticipantState {
            in_call: true,
            name: self.media.settings().name.clone(),
            media: self.media.state(),
            paths: troubled
                .filter_map(|peer| {
                    let path = match peer.connection_view() {
                        ConnectionView::Lost => PathState::Lost,
                        ConnectionView::Healing => PathState::Interrupted,
                        ConnectionView::Connecting
                        | ConnectionView::Connected
                        | ConnectionView::Interrupted => return None,
                    };
                    Some((peer.nonce.to_text(), path))
                })
                .collect(),
        }
    }

    /// Greets, tells, connects, mends and speaks, as far as each is due.
    pub(super) fn settle_people(&mut self, now: Timestamp) {
        let keys: Vec<PeerKey> = self.peers.keys().copied().collect();
        for key in &keys {
            self.settle_missing(now, *key);
        }
        let in_call = self.in_call();
        for key in &keys {
            let has_way = self
                .peers
                .get(key)
                .is_some_and(|p| self.way_to(p).is_some());
            self.with_peer(now, *key, |peer, around| {
                peer.connect(in_call, around);
                if has_way {
                    peer.mend(around);
                }
            });
            if let Some(peer) = self.peers.get_mut(key) {
                let mut around = crate::peer::Around {
                    now,
                    ice_servers: &self.ice_servers,
                    ice_serial: self.ice_serial,
                    policy: self.policy,
                    beat: self.beat,
                    out: &mut self.out,
                };
                peer.attach(in_call, &self.media, &mut around);
            }
        }
        self.greet(now);
        let state = self.own_state();
        for key in keys {
            if let Some(peer) = self.peers.get_mut(&key)
                && (peer.route.is_some() || peer.is_here())
            {
                peer.tell(&state);
            }
            self.flush(now, key);
        }
    }

    /// Beats when it is time, and listens for the others' beats.
    pub(super) fn settle_beats(&mut self, now: Timestamp) {
        let keys: Vec<PeerKey> = self.peers.keys().copied().collect();
        if now.since(self.beat_at) >= ASLEEP {
            // This page slept; what the others sent meanwhile is only now being read.
            for peer in self.peers.values_mut() {
                peer.listen_anew(now);
            }
        }
        if self.beat_at <= now {
            let in_doubt = self.peers.values().any(Peer::is_in_doubt);
            self.beat_at = now + if in_doubt { BEAT_IN_DOUBT } else { self.beat };
            for key in &keys {
                self.with_peer(now, *key, |peer, around| peer.beat(around));
            }
        }
        for key in keys {
            let mut fell_silent = false;
            self.with_peer(now, key, |peer, around| fell_silent = peer.listen(around));
            if fell_silent {
                // What broke the path may have broken the way to the server as well.
                self.signaling.doubt(now);
                self.beat_at = self.beat_at.min(now + BEAT_IN_DOUBT);
            }
        }
    }

    /// Gives up on somebody whom neither the server nor a connection knows any more.
    fn settle_missing(&mut self, now: Timestamp, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let missing = peer.state.is_some() && peer.route.is_none() && !peer.is_connected();
        if !missing {
            peer.missing_since = None;
            return;
        }
        let since = *peer.missing_since.get_or_insert(now);
        if now.since(since) >= GRACE {
            self.depart(now, key);
        }
    }

    fn greet(&mut self, now: Timestamp) {
        if !self.signaling.is_ready() {
            return;
        }
        while let Some((to, heard)) = self.roster.next_greeting(now) {
            let hello = serde_json::to_vec(&Hello { heard }).expect("a greeting is plain data");
            let body = self.seal.seal_hello(self.nonce, &hello, &mut self.rng);
            let body = SealedBody::from_bytes(&body).expect("a greeting is short");
            self.out
                .push_back(Command::Send(ClientMessage::Signal { to, body }));
        }
    }

    /// Sends what is to be said to somebody, if there is a way.
    fn flush(&mut self, now: Timestamp, key: PeerKey) {
        let Some(way) = self.peers.get(&key).and_then(|peer| self.way_to(peer)) else {
            return;
        };
        let me = self.nonce;
        while let Some(peer) = self.peers.get_mut(&key) {
            let Some(body) = peer.session.poll(now, &self.seal, &mut self.rng) else {
                return;
            };
            let command = match &way {
                Way::Channel => peer.channel_command(frame(FRAME_BODY, None, &body)),
                Way::Server(id) => SealedBody::from_bytes(&body).ok().map(|body| {
                    Command::Send(ClientMessage::Signal {
                        to: id.clone(),
                        body,
                    })
                }),
                Way::Through(helper) => {
                    let nonce = peer.nonce;
                    debug_assert_ne!(nonce, me, "nobody is their own peer");
                    self.peers
                        .get(helper)
                        .and_then(|p| p.channel_command(frame(FRAME_PASS_ON, Some(nonce), &body)))
                }
            };
            self.out.extend(command);
        }
    }

    /// The best way to somebody at this moment: directly, else through the server, else through
    /// somebody who may have a connection to both.
    fn way_to(&self, peer: &Peer) -> Option<Way> {
        if peer.has_live_channel() {
            return Some(Way::Channel);
        }
        if let Some(id) = peer.route.as_ref().filter(|_| self.signaling.is_ready()) {
            return Some(Way::Server(id.clone()));
        }
        if !peer.is_here() {
            return None;
        }
        let text = peer.nonce.to_text();
        let helper = self.peers.values().find(|helper| {
            let reaches = helper
                .state
                .as_ref()
                .is_some_and(|s| s.paths.iter().all(|(nonce, _)| *nonce != text));
            helper.key != peer.key && helper.is_here() && helper.has_live_channel() && reaches
        });
        helper.map(|helper| Way::Through(helper.key))
    }

    /// When something about somebody is due.
    pub(super) fn peer_timeout(&self, peer: &Peer) -> Option<Timestamp> {
        let missing = peer.missing_since.map(|since| since + GRACE);
        let beat = peer.beats().then_some(self.beat_at);
        let way = self.way_to(peer);
        let over_way =
            way.and_then(|_| earliest([peer.session.poll_timeout(), peer.mend_timeout()]));
        earliest([missing, beat, peer.listen_timeout(), over_way])
    }
}

fn earliest<const N: usize>(times: [Option<Timestamp>; N]) -> Option<Timestamp> {
    times.into_iter().flatten().min()
}

fn frame(kind: u8, nonce: Option<SessionNonce>, body: &[u8]) -> Vec<u8> {
    let mut frame = Vec::with_capacity(1 + SessionNonce::BYTES + body.len());
    frame.push(kind);
    if let Some(nonce) = nonce {
        frame.extend_from_slice(&nonce.0);
    }
    frame.extend_from_slice(body);
    frame
}
