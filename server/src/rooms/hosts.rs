//! Who decides in a room, and who may come in: hosts, the lock, knocking, and those who were removed.
//!
//! A room is never without somebody who can decide, but for as long as a host who may only be
//! loading their page again is waited for.

use std::collections::VecDeque;
use std::time::Duration;

use protocol::{
    CloseCode, MAX_BANS, MAX_KNOCKS, ParticipantId, Place, RefuseReason, ResumeToken, RoomAction,
    RoomName, RoomState, ServerMessage,
};

use super::{Frame, Rooms};
use crate::address::Address;
use crate::rates::TooOften;

/// People who left and may come back as they were. More than a call has only come and go in it.
const MAX_PASSES: usize = 64;

/// Whether somebody has to be admitted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Admission {
    /// As the room's lock says.
    AsLocked,
    /// They were admitted, or were in the call before their page was loaded again.
    Granted,
    /// Even where it is not locked: they were removed, as far as that can be known.
    Needed,
}

/// How a room is ruled.
#[derive(Debug, Default)]
pub(super) struct Rule {
    hosts: Vec<ParticipantId>,
    locked: bool,
    knocking: Vec<ParticipantId>,
    /// Those in the call, in the order they joined.
    callers: Vec<ParticipantId>,
    /// Who was a host and does not want to be, unless asked again.
    stepped_down: Vec<ParticipantId>,
    bans: VecDeque<Ban>,
    passes: VecDeque<Pass>,
    /// What everybody was told last.
    told: RoomState,
}

/// Somebody who was removed. A tab keeps its token and a household its address; who has neither
/// any more cannot be told from anybody else.
#[derive(Debug)]
struct Ban {
    token: ResumeToken,
    address: Option<Address>,
}

/// What somebody gets back who comes under their former token.
#[derive(Debug)]
struct Pass {
    token: ResumeToken,
    is_host: bool,
    until: Duration,
}

impl Rule {
    /// Whoever came so need not be admitted.
    fn lets_in(&self, id: &ParticipantId, admission: Admission) -> bool {
        let free = match admission {
            Admission::Granted => true,
            Admission::Needed => false,
            Admission::AsLocked => !self.locked,
        };
        free || self.hosts.contains(id)
    }

    /// A host is expected back.
    fn awaits_host(&self) -> bool {
        self.passes.iter().any(|pass| pass.is_host)
    }

    /// There is something that a host who comes back would miss if the room ended meanwhile.
    pub(super) fn outlives_everybody(&self) -> bool {
        self.awaits_host() && (self.locked || !self.bans.is_empty())
    }

    pub(super) fn expire(&mut self, now: Duration) {
        self.passes.retain(|pass| pass.until > now);
    }

    /// Somebody left who may come back until then; tells whether anything depends on it.
    pub(super) fn expect_back(
        &mut self,
        id: &ParticipantId,
        token: ResumeToken,
        until: Duration,
    ) -> bool {
        let is_host = self.hosts.contains(id);
        if !is_host && !self.callers.contains(id) {
            return false;
        }
        if self.passes.len() == MAX_PASSES {
            self.passes.pop_front();
        }
        self.passes.push_back(Pass {
            token,
            is_host,
            until,
        });
        is_host
    }

    pub(super) fn forget(&mut self, id: &ParticipantId) {
        for list in [
            &mut self.hosts,
            &mut self.knocking,
            &mut self.callers,
            &mut self.stepped_down,
        ] {
            list.retain(|other| other != id);
        }
    }

    /// Somebody enters with a new token, perhaps again.
    pub(super) fn enter(
        &mut self,
        now: Duration,
        id: &ParticipantId,
        token: &ResumeToken,
        former: Option<&ResumeToken>,
        address: Option<Address>,
    ) -> Admission {
        self.expire(now);
        let known = |pass: &Pass| Some(&pass.token) == former;
        if let Some(pass) = self
            .passes
            .iter()
            .position(known)
            .and_then(|at| self.passes.remove(at))
        {
            if pass.is_host {
                self.hosts.push(id.clone());
            }
            return Admission::Granted;
        }
        let of_tab = self.bans.iter_mut().find(|ban| Some(&ban.token) == former);
        let banned = if let Some(ban) = of_tab {
            // The next time the tab is loaded again it comes with this one.
            ban.token = token.clone();
            true
        } else {
            let mut addresses = self.bans.iter().filter_map(|ban| ban.address);
            addresses.any(|banned| Some(banned) == address)
        };
        if banned {
            Admission::Needed
        } else {
            Admission::AsLocked
        }
    }
}

impl<S: Clone + PartialEq> Rooms<S> {
    /// Does what somebody asks for about the room they are in, or refuses it.
    pub fn act(&mut self, id: &ParticipantId, action: RoomAction, about: Option<&ParticipantId>) {
        let Some(name) = self.people.get(id).map(|person| person.room.clone()) else {
            return;
        };
        let Some(rule) = self.rooms.get_mut(&name).map(|room| &mut room.rule) else {
            return;
        };
        if action == RoomAction::Withdraw {
            rule.knocking.retain(|other| other != id);
            return self.announce(&name);
        }
        if !rule.hosts.contains(id) {
            return self.refuse(id, RefuseReason::NotHost, None);
        }
        match action {
            RoomAction::Withdraw => {}
            RoomAction::Lock => rule.locked = true,
            RoomAction::Unlock => {
                rule.locked = false;
                self.let_in_who_may(&name);
            }
            RoomAction::StepDown => {
                rule.hosts.retain(|other| other != id);
                rule.stepped_down.push(id.clone());
            }
            RoomAction::Admit | RoomAction::Refuse | RoomAction::Remove | RoomAction::MakeHost => {
                let other = about.filter(|other| self.is_in(other, &name) && *other != id);
                let done = other.is_some_and(|other| self.act_on(other, &name, action));
                if !done {
                    // Mostly they left, or another host was quicker.
                    self.refuse(id, RefuseReason::UnknownRecipient, None);
                }
            }
        }
        self.settle(&name);
        self.announce(&name);
    }

    /// Tells whether it was possible.
    fn act_on(&mut self, other: &ParticipantId, name: &RoomName, action: RoomAction) -> bool {
        let Some(rule) = self.rooms.get_mut(name).map(|room| &mut room.rule) else {
            return false;
        };
        let Some(person) = self.people.get_mut(other) else {
            return false;
        };
        let waits = rule.knocking.contains(other);
        match action {
            RoomAction::Admit if waits => {
                rule.knocking.retain(|waiting| waiting != other);
                person.admission = Admission::Granted;
                self.come_in(other, None);
            }
            RoomAction::Refuse if waits => {
                rule.knocking.retain(|waiting| waiting != other);
                self.refuse(other, RefuseReason::NotAdmitted, None);
            }
            RoomAction::MakeHost if person.place == Place::Call => {
                rule.stepped_down.retain(|former| former != other);
                if !rule.hosts.contains(other) {
                    rule.hosts.push(other.clone());
                }
            }
            RoomAction::Remove => {
                if rule.bans.len() == MAX_BANS {
                    rule.bans.pop_front();
                }
                rule.bans.push_back(Ban {
                    token: person.token.clone(),
                    address: person.address,
                });
                let reason = Some(RefuseReason::Removed);
                self.remove(other, Some(CloseCode::Removed), reason);
            }
            RoomAction::Admit
            | RoomAction::Refuse
            | RoomAction::MakeHost
            | RoomAction::Lock
            | RoomAction::Unlock
            | RoomAction::StepDown
            | RoomAction::Withdraw => return false,
        }
        true
    }

    /// Whether somebody who wants to join has to be admitted; they wait from now on, or are told
    /// that they, or others from their address, have asked often enough.
    pub(super) fn must_wait(&mut self, now: Duration, id: &ParticipantId) -> bool {
        let Some(person) = self.people.get_mut(id) else {
            return false;
        };
        let Some(room) = self.rooms.get_mut(&person.room) else {
            return false;
        };
        let rule = &mut room.rule;
        if rule.lets_in(id, person.admission) {
            return false;
        }
        if rule.knocking.contains(id) {
            return true;
        }
        if person.knocks == MAX_KNOCKS {
            self.refuse(id, RefuseReason::NotAdmitted, None);
            return true;
        }
        if let Some(address) = person.address
            && let Err(TooOften(wait)) = self.knocks.count(now, address)
        {
            let retry_after_ms = u64::try_from(wait.as_millis()).ok();
            self.refuse(id, RefuseReason::NotAdmitted, retry_after_ms);
            return true;
        }
        person.knocks += 1;
        let name = person.room.clone();
        rule.knocking.push(id.clone());
        self.announce(&name);
        true
    }

    /// They would have to be admitted; nobody is told.
    pub(super) fn has_to_wait(&self, id: &ParticipantId) -> bool {
        let person = self.people.get(id);
        person.is_some_and(|person| {
            let room = self.rooms.get(&person.room);
            room.is_some_and(|room| !room.rule.lets_in(id, person.admission))
        })
    }

    /// Somebody is in the call now.
    pub(super) fn count_caller(&mut self, id: &ParticipantId) {
        let Some(name) = self.people.get(id).map(|person| person.room.clone()) else {
            return;
        };
        if let Some(room) = self.rooms.get_mut(&name) {
            room.rule.knocking.retain(|waiting| waiting != id);
            room.rule.callers.push(id.clone());
        }
        self.settle(&name);
        self.announce(&name);
    }

    /// Somebody has to decide; where nobody is left who could, nothing is left to decide but about
    /// those who were removed: whoever comes into the call next decides about them. Where only they
    /// are left, the room they were removed from is no more.
    pub(super) fn settle(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let rule = &mut room.rule;
        if !rule.hosts.is_empty() || rule.awaits_host() {
            return;
        }
        let willing = |id: &&ParticipantId| !rule.stepped_down.contains(id);
        if let Some(first) = rule.callers.iter().find(willing).cloned() {
            rule.hosts.push(first);
            return;
        }
        rule.locked = false;
        let is_barred = |id: &ParticipantId| {
            let person = self.people.get(id);
            person.is_some_and(|person| person.admission == Admission::Needed)
        };
        if room.members.iter().all(is_barred) {
            rule.bans.clear();
            for id in &room.members {
                if let Some(person) = self.people.get_mut(id) {
                    person.admission = Admission::AsLocked;
                }
            }
        }
        self.let_in_who_may(name);
    }

    /// Lets those in who knocked at a room that is open now, but for those who were removed.
    fn let_in_who_may(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        let is_barred = |id: &ParticipantId| {
            let person = self.people.get(id);
            person.is_some_and(|person| person.admission == Admission::Needed)
        };
        let knocking = std::mem::take(&mut room.rule.knocking);
        let (barred, free): (Vec<_>, Vec<_>) = knocking.into_iter().partition(is_barred);
        room.rule.knocking = barred;
        for id in free {
            self.come_in(&id, None);
        }
    }

    /// Tells everybody how the room is ruled, if that has changed.
    pub(super) fn announce(&mut self, name: &RoomName) {
        let state = self.rule_of(name);
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        if room.rule.told == state {
            return;
        }
        room.rule.told = state.clone();
        let members = room.members.clone();
        self.tell(members, &Frame::of(&ServerMessage::Room(state)));
    }

    /// How a room is ruled, as everybody is told.
    pub(super) fn rule_of(&self, name: &RoomName) -> RoomState {
        let Some(room) = self.rooms.get(name) else {
            return RoomState::default();
        };
        let rule = &room.rule;
        let is_barred = |id: &&ParticipantId| {
            self.people.get(*id).is_some_and(|person| {
                person.admission == Admission::Needed && person.place == Place::Lobby
            })
        };
        let barred = if rule.bans.is_empty() {
            Vec::new()
        } else {
            room.members.iter().filter(is_barred).cloned().collect()
        };
        RoomState {
            hosts: rule.hosts.clone(),
            locked: rule.locked,
            knocking: rule.knocking.clone(),
            barred,
        }
    }

    fn is_in(&self, id: &ParticipantId, name: &RoomName) -> bool {
        self.people.get(id).is_some_and(|p| p.room == *name)
    }
}
