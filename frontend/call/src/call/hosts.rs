//! Who decides in the room, as the server has it, and what hosts ask of the others' browsers.
//!
//! The server says who is host and who may come in. What a host asks of a browser comes sealed, and is
//! obeyed only from those whom the server names as hosts: neither the server alone nor a guest alone
//! can turn a microphone off.

use protocol::{ClientMessage, ParticipantId, Place, RoomAction, RoomState, Signal};

use super::Call;
use crate::command::Command;
use crate::input::HostRequest;
use crate::peer::Peer;
use crate::time::Timestamp;
use crate::view::{NoticeKind, PeerKey, Phase};

/// Who decided before the server was started anew.
#[derive(Debug)]
pub(super) struct Before {
    /// We did.
    hosted: bool,
    locked: bool,
    /// The others who did.
    hosts: Vec<PeerKey>,
}

/// The room as the server has it.
#[derive(Debug, Default)]
pub(super) struct Door {
    pub(super) room: RoomState,
    before: Option<Before>,
    /// Those who knocked and whom we have admitted by ourselves.
    admitted: Vec<ParticipantId>,
}

impl Call {
    /// The server has let us in under another id than before.
    pub(super) fn handle_new_rule(&mut self, room: RoomState) {
        if self.id.is_some() && self.door.before.is_none() {
            let hosts = self.peers.values().filter(|peer| self.is_host(peer.key));
            self.door.before = Some(Before {
                hosted: self.am_host(),
                locked: self.door.room.locked,
                hosts: hosts.map(|peer| peer.key).collect(),
            });
        }
        self.door.room = room;
    }

    /// The room is ruled differently from now on.
    pub(super) fn handle_rule(&mut self, now: Timestamp, room: RoomState) {
        self.door.room = room;
        let Some(id) = self.id.as_ref().filter(|_| self.phase == Phase::InCall) else {
            return;
        };
        if self.door.room.barred.contains(id) {
            // It happened while our way to the server was broken.
            return self.handle_removed(now);
        }
        let alone = !self.peers.values().any(|peer| peer.let_in);
        if alone && self.door.room.knocking.contains(id) {
            // We were away for so long that we have to ask again.
            self.phase = Phase::Joining;
            self.claimed = false;
        }
    }

    /// We may decide.
    pub(super) fn am_host(&self) -> bool {
        self.id
            .as_ref()
            .is_some_and(|id| self.door.room.hosts.contains(id))
    }

    /// They may decide.
    pub(super) fn is_host(&self, key: PeerKey) -> bool {
        let mut ids = self.roster.ids_of(key);
        ids.any(|id| self.door.room.hosts.contains(id))
    }

    /// We asked to be let in and wait for an answer.
    pub(super) fn waits(&self) -> bool {
        let knocking = &self.door.room.knocking;
        self.phase == Phase::Joining && self.id.as_ref().is_some_and(|id| knocking.contains(id))
    }

    /// They ask to be let in.
    pub(super) fn knocks(&self, key: PeerKey) -> bool {
        let mut ids = self.roster.ids_of(key);
        ids.any(|id| self.door.room.knocking.contains(id))
    }

    /// They were removed before, as far as the server can know.
    pub(super) fn is_barred(&self, key: PeerKey) -> bool {
        let mut ids = self.roster.ids_of(key);
        ids.any(|id| self.door.room.barred.contains(id))
    }

    /// We have to be admitted, as far as we know.
    pub(super) fn must_knock(&self) -> bool {
        let Some(id) = &self.id else { return false };
        let room = &self.door.room;
        self.phase != Phase::InCall
            && !room.hosts.contains(id)
            && (room.locked || room.barred.contains(id))
    }

    /// Nothing is connected with them until they, or we, were admitted: their word that they are in
    /// the call is not enough where the server keeps the door.
    pub(super) fn is_held_off(&self, key: PeerKey) -> bool {
        if self.peers.get(&key).is_some_and(|peer| !peer.is_welcome()) {
            return true;
        }
        if self.peers.get(&key).is_some_and(|peer| peer.let_in) {
            return false;
        }
        if self.must_knock() {
            return true;
        }
        let room = &self.door.room;
        self.roster.ids_of(key).any(|id| {
            (room.locked || room.barred.contains(id))
                && !room.hosts.contains(id)
                && self.roster.place(id) == Some(Place::Lobby)
        })
    }

    /// Asks the server for something about the room.
    pub(super) fn act(&mut self, action: RoomAction, about: Option<PeerKey>) {
        let id = about.and_then(|key| self.roster.id_of(key)).cloned();
        if self.signaling.is_ready() && about.is_some() == id.is_some() {
            self.out
                .push_back(Command::Send(ClientMessage::Room { action, id }));
        }
    }

    pub(super) fn admit_all(&mut self) {
        let keys = self.peers.keys().copied();
        let keys: Vec<PeerKey> = keys.filter(|key| self.knocks(*key)).collect();
        for key in keys {
            self.act(RoomAction::Admit, Some(key));
        }
    }

    /// Goes back from waiting to be let in.
    pub(super) fn stop_waiting(&mut self) {
        if self.waits() {
            self.act(RoomAction::Withdraw, None);
            self.go_back();
        }
    }

    /// Back to the lobby.
    pub(super) fn go_back(&mut self) {
        self.phase = Phase::Lobby;
        self.claimed = false;
        self.join_sent = false;
    }

    /// Sent out by a host.
    pub(super) fn handle_removed(&mut self, now: Timestamp) {
        // It is how the server knows this tab, should it come back.
        self.out.push_back(Command::LeaveToken);
        self.leave(now);
        self.phase = Phase::Removed;
    }

    /// Asks somebody's browser for something, as a host.
    pub(super) fn request(&mut self, key: PeerKey, request: HostRequest) {
        if !self.am_host() {
            return;
        }
        if let Some(peer) = self.peers.get_mut(&key).filter(|peer| peer.is_in_call()) {
            peer.session.push(match request {
                HostRequest::Mute => Signal::Mute,
                HostRequest::Unmute => Signal::Unmute,
                HostRequest::LowerHand => Signal::LowerHand,
            });
        }
    }

    pub(super) fn lower_hands(&mut self) {
        if !self.am_host() {
            return;
        }
        self.gestures.hand = None;
        let raised = self.peers.values().filter(|peer| {
            let state = peer.state.as_ref();
            state.is_some_and(|state| state.hand.is_some())
        });
        let keys: Vec<PeerKey> = raised.map(|peer| peer.key).collect();
        for key in keys {
            self.request(key, HostRequest::LowerHand);
        }
    }

    /// Does what somebody asks for, if they are a host.
    pub(super) fn take_request(&mut self, now: Timestamp, key: PeerKey, request: HostRequest) {
        let guest = |peer: &Peer| peer.guest.is_some();
        if !self.in_call()
            || self.only_listen()
            || !self.is_host(key)
            || self.peers.get(&key).is_some_and(guest)
        {
            return;
        }
        let state = self.peers.get(&key).and_then(|peer| peer.state.as_ref());
        let name = state.and_then(|state| state.name.clone());
        let is_on = self.media.settings().microphone_on;
        match request {
            HostRequest::Mute if is_on => {
                self.media.set_microphone(false);
                self.notices.add(now, NoticeKind::MutedBy(key, name));
            }
            HostRequest::Unmute if !is_on => {
                self.notices.add(now, NoticeKind::AskedToUnmute(key, name));
            }
            HostRequest::Mute | HostRequest::Unmute => {}
            HostRequest::LowerHand => self.gestures.hand = None,
        }
    }

    /// Admits somebody who knocks, without asking and without saying it twice.
    pub(super) fn admit_once(&mut self, key: PeerKey) {
        let id = self.roster.id_of(key).filter(|_| self.knocks(key));
        if let Some(id) = id.filter(|id| !self.door.admitted.contains(id)) {
            self.door.admitted.push(id.clone());
            self.act(RoomAction::Admit, Some(key));
        }
    }

    /// After a restart the server knows nothing of all this: whoever it made host puts it back.
    pub(super) fn settle_rule(&mut self) {
        let here = self
            .peers
            .values()
            .filter(|p| p.is_here() && p.is_in_call());
        let let_in: Vec<PeerKey> = here
            .map(|peer| peer.key)
            .filter(|key| !self.is_held_off(*key))
            .collect();
        for key in let_in {
            if let Some(peer) = self.peers.get_mut(&key) {
                peer.let_in = true;
            }
        }
        if !self.am_host() || !self.signaling.is_ready() {
            return;
        }
        // Whoever is in the call with us already was let in before.
        let room = &self.door.room;
        self.door.admitted.retain(|id| room.knocking.contains(id));
        let known = self.peers.values().filter(|peer| peer.let_in);
        let known: Vec<PeerKey> = known.map(|peer| peer.key).collect();
        for key in known {
            self.admit_once(key);
        }
        let Some(before) = self.door.before.take() else {
            return;
        };
        if before.locked && !self.door.room.locked {
            self.act(RoomAction::Lock, None);
        }
        if before.hosted {
            return;
        }
        let back = before.hosts.iter().copied().filter(|key| {
            let in_call = |id| self.roster.place(id) == Some(Place::Call);
            self.roster.id_of(*key).is_some_and(in_call)
        });
        let back: Vec<PeerKey> = back.collect();
        if back.is_empty() {
            let locked = false;
            self.door.before = (!before.hosts.is_empty()).then_some(Before { locked, ..before });
            return;
        }
        for key in back {
            self.act(RoomAction::MakeHost, Some(key));
        }
        self.act(RoomAction::StepDown, None);
    }
}
