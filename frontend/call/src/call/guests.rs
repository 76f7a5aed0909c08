//! Guests: those who came with links that have limits. Whoever has the room key judges them, tells the
//! others whom they let in, and turns the rest away; guests take those with the room key at their word.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use protocol::{Place, RoomAction, Signal};

use super::{Call, Config};
use crate::command::Command;
use crate::peer::{Peer, Standing};
use crate::seal::SessionNonce;
use crate::session::MAX_GUESTS;
use crate::ticket::{Pass, Ticket};
use crate::time::Timestamp;
use crate::view::{PeerKey, Phase, TurnedAway};

/// Whoever was turned away and has not gone after this long is sent out by a host: they would take a
/// place in the call.
const TIME_TO_GO: Duration = Duration::from_secs(10);
/// Guests of links that work once are remembered for later calls, as many as these.
const MAX_USED: usize = 64;

/// The guests there were.
#[derive(Debug)]
pub(super) struct Guests {
    /// When the page began, by the clock of the machine and by the one on the wall.
    began: (Timestamp, Duration),
    /// What we came with ourselves.
    own: Option<Pass>,
    /// Who was let into this call, each with the nonce they had last.
    inside: Vec<(Pass, SessionNonce)>,
    /// Who was let in with a link that works once, also into former calls.
    used: Vec<Pass>,
    /// The same of former calls as it was kept, until it is read.
    kept: String,
    /// Whom we let in, as it stands in a [`protocol::ParticipantState`].
    told: Vec<String>,
    /// We are giving the role of a host to somebody with the room key.
    ceding: bool,
}

/// What there is to be done about a guest.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Welcome,
    /// Somebody with the same pass is still here, most likely the page they loaded again.
    Wait,
    TurnAway(TurnedAway),
}

impl Guests {
    pub(super) fn new(config: &Config, ticket: Option<Ticket>) -> Self {
        let holder = config.holder;
        Self {
            began: (config.now, config.wall),
            own: ticket.map(|ticket| Pass { ticket, holder }),
            inside: Vec::new(),
            used: Vec::new(),
            kept: config.used.clone(),
            told: Vec::new(),
            ceding: false,
        }
    }

    /// What we greet with, if we came with a link that has limits.
    pub(super) fn own_pass(&self) -> Option<Pass> {
        self.own
    }

    /// The time of the link that we came with is over.
    pub(super) fn have_ended(&self, now: Timestamp) -> bool {
        let wall = self.wall(now);
        self.own.is_some_and(|own| own.ticket.has_ended(wall))
    }

    /// Whom we let in, as it stands in a [`protocol::ParticipantState`].
    pub(super) fn told(&self) -> &[String] {
        &self.told
    }

    fn to_texts(&self) -> Vec<String> {
        let inside = self.inside.iter().filter(|_| self.own.is_none());
        inside
            .map(|(pass, nonce)| {
                let bytes = [&pass.to_bytes()[..], &nonce.0].concat();
                Base64UrlUnpadded::encode_string(&bytes)
            })
            .collect()
    }

    fn wall(&self, now: Timestamp) -> Duration {
        self.began.1 + now.since(self.began.0)
    }

    fn judge(
        &self,
        now: Timestamp,
        pass: Pass,
        nonce: SessionNonce,
        here: &dyn Fn(SessionNonce) -> bool,
    ) -> Verdict {
        let former = self.inside.iter().find(|(other, _)| *other == pass);
        if let Some((_, former)) = former {
            return if *former == nonce || !here(*former) {
                Verdict::Welcome
            } else {
                Verdict::Wait
            };
        }
        let passes = self.inside.iter().map(|(pass, _)| pass);
        let mut before = passes.chain(&self.used);
        if self.used.contains(&pass) {
            Verdict::Welcome
        } else if pass.ticket.limits().once && before.any(|other| other.ticket == pass.ticket) {
            Verdict::TurnAway(TurnedAway::Used)
        } else if pass.ticket.has_ended(self.wall(now)) {
            Verdict::TurnAway(TurnedAway::Ended)
        } else {
            Verdict::Welcome
        }
    }

    fn has(&self, pass: Pass, nonce: SessionNonce) -> bool {
        self.inside.contains(&(pass, nonce))
    }

    /// Notes that somebody is inside; tells whether that is to be kept for later calls.
    fn note(&mut self, pass: Pass, nonce: SessionNonce) -> bool {
        self.inside.retain(|(other, _)| *other != pass);
        if self.inside.len() >= MAX_GUESTS {
            self.inside.remove(0);
        }
        self.inside.push((pass, nonce));
        let news = self.own.is_none() && pass.ticket.limits().once && !self.used.contains(&pass);
        if news {
            if self.used.len() >= MAX_USED {
                self.used.remove(0);
            }
            self.used.push(pass);
        }
        news
    }
}

/// What [`Guests::to_texts`] wrote.
fn read(text: &str) -> Option<(Pass, SessionNonce)> {
    let bytes = Base64UrlUnpadded::decode_vec(text).ok()?;
    let (pass, nonce) = bytes.split_at_checked(Pass::BYTES)?;
    Some((
        Pass::from_bytes(pass)?,
        SessionNonce(nonce.try_into().ok()?),
    ))
}

impl Call {
    /// We came with a link that lets us watch and listen alone.
    pub(super) fn only_listen(&self) -> bool {
        self.seals
            .ticket()
            .is_some_and(|ticket| ticket.limits().listen)
    }

    /// Somebody says that our link does not let us in.
    pub(super) fn take_turned_away(&mut self, now: Timestamp, key: PeerKey, used: bool) {
        let judges = self.peers.get(&key).is_some_and(|p| p.guest.is_none());
        if judges && self.seals.ticket().is_some() {
            self.leave(now);
            self.phase = Phase::TurnedAway(if used {
                TurnedAway::Used
            } else {
                TurnedAway::Ended
            });
        }
    }

    /// Hears whom the others let in, and judges those of whom nobody has said anything.
    pub(super) fn settle_guests(&mut self, now: Timestamp) {
        let kept = std::mem::take(&mut self.guests.kept);
        self.guests
            .used
            .extend(kept.lines().filter_map(Pass::from_text));
        self.hear_of_guests();
        let guests = self.peers.values().filter(|peer| peer.guest.is_some());
        let keys: Vec<PeerKey> = guests.map(|peer| peer.key).collect();
        for key in keys {
            if self.seals.ticket().is_some() {
                self.take_at_word(key);
            } else {
                self.judge(now, key);
            }
        }
        self.cede();
        self.guests.told = self.guests.to_texts();
    }

    fn hear_of_guests(&mut self) {
        let members = self.peers.values().filter(|p| p.guest.is_none());
        let states = members
            .filter(|p| p.is_here())
            .filter_map(|p| p.state.as_ref());
        let told = states.flat_map(|state| &state.guests);
        let told: Vec<_> = told.filter_map(|text| read(text)).collect();
        let mut keep = false;
        for (pass, nonce) in told {
            let mut former = self
                .guests
                .inside
                .iter()
                .filter(|(other, _)| *other == pass);
            // Of two who have the same, whoever is still here.
            if former.all(|(_, former)| *former != nonce && !self.is_present(*former)) {
                keep |= self.guests.note(pass, nonce);
            }
        }
        self.keep_guests(keep);
    }

    fn is_present(&self, nonce: SessionNonce) -> bool {
        let mut peers = self.peers.values();
        peers.any(|peer| peer.nonce == nonce && peer.state.is_some())
    }

    fn keep_guests(&mut self, changed: bool) {
        if changed {
            let lines = self.guests.used.iter().map(|pass| pass.to_text());
            let text = lines.collect::<Vec<_>>().join("\n");
            self.out.push_back(Command::KeepGuests(text));
        }
    }

    fn take_at_word(&mut self, key: PeerKey) {
        if let Some(peer) = self.peers.get_mut(&key)
            && let Some(pass) = peer.guest
            && self.guests.has(pass, peer.nonce)
        {
            peer.standing = Standing::Welcome;
        }
    }

    fn judge(&mut self, now: Timestamp, key: PeerKey) {
        let Some(peer) = self.peers.get(&key) else {
            return;
        };
        let (nonce, Some(pass)) = (peer.nonce, peer.guest) else {
            return;
        };
        if let Standing::TurnedAway(at) = peer.standing {
            let gone = peer.route.is_none() || !self.am_host();
            if !gone && now.since(at) >= TIME_TO_GO {
                self.act(RoomAction::Remove, Some(key));
                self.stand(key, Standing::TurnedAway(now));
            }
            return;
        }
        let here = |other| self.is_present(other);
        match self.guests.judge(now, pass, nonce, &here) {
            Verdict::Wait => {}
            Verdict::Welcome => {
                let proven = peer.session.is_confirmed();
                let in_call = peer.state.as_ref().is_some_and(|state| state.in_call);
                if proven && in_call && !self.guests.has(pass, nonce) {
                    let keep = self.guests.note(pass, nonce);
                    self.keep_guests(keep);
                }
                self.stand(key, Standing::Welcome);
            }
            Verdict::TurnAway(why) => {
                self.stand(key, Standing::TurnedAway(now));
                if let Some(peer) = self.peers.get_mut(&key) {
                    let used = why == TurnedAway::Used;
                    peer.session.push(Signal::TurnedAway { used });
                }
            }
        }
    }

    fn stand(&mut self, key: PeerKey, standing: Standing) {
        if let Some(peer) = self.peers.get_mut(&key) {
            peer.standing = standing;
        }
    }

    /// A guest whom the server made host, since they were the first or the last in the call, lets
    /// those in who have the room key, and gives the role to one of them.
    fn cede(&mut self) {
        let guest = self.seals.ticket().is_some();
        if !guest || !self.am_host() || !self.signaling.is_ready() {
            self.guests.ceding = false;
            return;
        }
        let members = self.peers.values().filter(|p| p.guest.is_none());
        let members = members.filter(|p| p.is_here());
        let members: Vec<PeerKey> = members.map(|peer: &Peer| peer.key).collect();
        for key in &members {
            self.admit_once(*key);
        }
        let in_call = |key: &PeerKey| {
            let id = self.roster.id_of(*key);
            id.is_some_and(|id| self.roster.place(id) == Some(Place::Call))
        };
        let heir = members.into_iter().find(in_call);
        if let Some(heir) = heir.filter(|_| !self.guests.ceding) {
            self.guests.ceding = true;
            self.act(RoomAction::MakeHost, Some(heir));
            self.act(RoomAction::StepDown, None);
        }
    }
}
