//! The ways to somebody: their signal channel, the server, or a third participant.

use protocol::{ParticipantId, SealedBody};

use super::Call;
use crate::command::Command;
use crate::peer::Peer;
use crate::seal::{Sealed, SessionNonce};
use crate::time::Timestamp;
use crate::view::PeerKey;

/// Largest sealed body taken from a channel, in bytes: as much as the server passes on.
const MAX_BODY_BYTES: usize = protocol::MAX_BODY_CHARS / 4 * 3;

/// First byte of a frame on the signal channel: a body for the one at the other end.
const FRAME_BODY: u8 = 0;
/// A body to be passed on to the participant whose nonce follows.
const FRAME_PASS_ON: u8 = 1;
/// A body that was passed on, from the participant whose nonce follows.
const FRAME_PASSED_ON: u8 = 2;

/// How a body gets to somebody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    Channel,
    Server(ParticipantId),
    Through(PeerKey),
}

impl Call {
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

    /// Sends what is to be said to somebody, if there is a way.
    pub(super) fn flush(&mut self, now: Timestamp, key: PeerKey) {
        let Some(peer) = self.peers.get(&key) else {
            return;
        };
        let Some(way) = self.way_to(peer) else {
            return;
        };
        let second = self.second_way_to(peer, &way, now);
        while let Some(peer) = self.peers.get_mut(&key) {
            let Some(body) = peer.session.poll(now, &peer.seal, &mut self.rng) else {
                return;
            };
            for way in std::iter::once(&way).chain(&second) {
                let command = self.send(key, way, &body);
                self.out.extend(command);
            }
        }
    }

    /// Has `body` sent to somebody on that way.
    fn send(&self, key: PeerKey, way: &Way, body: &[u8]) -> Option<Command> {
        let peer = self.peers.get(&key)?;
        match way {
            Way::Channel => peer.channel_command(frame(FRAME_BODY, None, body)),
            Way::Server(id) => {
                let body = SealedBody::from_bytes(body).ok()?;
                let to = id.clone();
                Some(self.signaling.signal(to, body))
            }
            Way::Through(helper) => {
                let nonce = peer.nonce;
                debug_assert_ne!(nonce, self.nonce, "nobody is their own peer");
                let helper = self.peers.get(helper)?;
                helper.channel_command(frame(FRAME_PASS_ON, Some(nonce), body))
            }
        }
    }

    /// The best way to somebody at this moment: directly, else through the server, else through
    /// somebody who may have a connection to both.
    pub(super) fn way_to(&self, peer: &Peer) -> Option<Way> {
        if peer.has_live_channel() {
            return Some(Way::Channel);
        }
        if let Some(way) = self.server_to(peer) {
            return Some(way);
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

    /// One more way, where the best one may take its time; what comes twice counts once.
    fn second_way_to(&self, peer: &Peer, best: &Way, now: Timestamp) -> Option<Way> {
        let slow = *best == Way::Channel && peer.has_slow_channel(now);
        self.server_to(peer).filter(|_| slow)
    }

    fn server_to(&self, peer: &Peer) -> Option<Way> {
        let id = peer.route.as_ref().filter(|_| self.signaling.is_ready())?;
        Some(Way::Server(id.clone()))
    }
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
