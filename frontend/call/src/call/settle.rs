//! What follows for the others from whatever happened: beating, listening, connecting, mending,
//! greeting, telling, giving up.

use std::time::Duration;

use protocol::{GRACE_MILLIS, ParticipantState, PathState, SealedBody};

use super::Call;
use super::people::Hello;
use crate::peer::Peer;
use crate::pulse::BEAT_IN_DOUBT;
use crate::ticket::Pass;
use crate::time::Timestamp;
use crate::view::{ConnectionView, PeerKey, Slot};

/// Those who are gone from the server without a word, and from our connection, are kept for as
/// long as the server keeps somebody without a socket.
pub(super) const GRACE: Duration = Duration::from_millis(GRACE_MILLIS);
/// One's own beat that is this late was held up by the page itself, which sleeps in the background or
/// has too much to do: then it cannot tell who is silent, and silence counts from now.
const HELD_UP: Duration = Duration::from_millis(600);

impl Call {
    /// What we tell the others of ourselves.
    fn own_state(&self) -> ParticipantState {
        if self.waits() {
            // Those inside see who it is.
            return ParticipantState {
                name: self.media.settings().name.clone(),
                ..ParticipantState::default()
            };
        }
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
            hand: self.gestures.hand,
            guests: self.guests.told().to_vec(),
            paths: troubled
                .filter_map(|peer| {
                    let path = match peer.connection_view() {
                        ConnectionView::Lost => PathState::Lost,
                        // Why it takes so long is known by now.
                        ConnectionView::Connecting if peer.trouble.is_some() => PathState::Lost,
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
        let tracks = Slot::ALL.map(|slot| self.media.track(slot));
        for key in &keys {
            let has_way = self
                .peers
                .get(key)
                .is_some_and(|p| self.way_to(p).is_some());
            let held_off = self.is_held_off(*key);
            if !held_off {
                let put_by = self.peers.get_mut(key).map(Peer::take_put_by);
                for signal in put_by.unwrap_or_default() {
                    self.take(now, *key, signal);
                }
            }
            self.with_peer(now, *key, |peer, around| {
                peer.connect(in_call, held_off, around);
                if has_way {
                    peer.mend(around);
                }
            });
        }
        self.greet(now);
        let state = self.own_state();
        let nobody = ParticipantState::default();
        for key in keys {
            if let Some(peer) = self.peers.get_mut(&key)
                && (peer.route.is_some() || peer.is_here())
            {
                peer.tell(if peer.is_welcome() { &state } else { &nobody });
            }
            self.flush(now, key);
            // After the word that we are in the call, for which the others wait with theirs.
            self.with_peer(now, key, |peer, around| {
                peer.attach(in_call, tracks, around);
            });
        }
    }

    /// Beats when it is time, and listens for the others' beats.
    pub(super) fn settle_beats(&mut self, now: Timestamp) {
        let keys: Vec<PeerKey> = self.peers.keys().copied().collect();
        let held_up = now.since(self.beat_at);
        if held_up >= HELD_UP {
            // What the others sent meanwhile is only now being read.
            for peer in self.peers.values_mut() {
                peer.listen_anew(now, held_up);
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

    /// Gives up on somebody whom neither the server nor a connection knows any more. They are missing
    /// since they were last heard, which may be seconds before the browser has the connection for lost.
    fn settle_missing(&mut self, now: Timestamp, key: PeerKey) {
        let Some(peer) = self.peers.get_mut(&key) else {
            return;
        };
        let missing = peer.state.is_some() && peer.route.is_none() && !peer.is_connected();
        if !missing {
            peer.missing_since = None;
            return;
        }
        let heard = peer.heard_at().unwrap_or(now);
        let since = *peer.missing_since.get_or_insert(heard);
        if now.since(since) >= GRACE {
            self.depart(now, key);
        }
    }

    fn greet(&mut self, now: Timestamp) {
        if !self.signaling.is_ready() {
            return;
        }
        while let Some((to, heard)) = self.roster.next_greeting(now) {
            let guest = self.guests.own_pass().map(Pass::to_text);
            let hello = Hello { heard, guest };
            let hello = serde_json::to_vec(&hello).expect("a greeting is plain data");
            let greeting = self.seals.greeting();
            let body = greeting.seal_hello(self.nonce, &hello, &mut self.rng);
            let body = SealedBody::from_bytes(&body).expect("a greeting is short");
            self.out.push_back(self.signaling.signal(to, body));
        }
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
