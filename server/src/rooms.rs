//! Who is in which room, and what each of them has to be told: pure, without sockets or clocks.
//!
//! Every call says what time it is (since the server's start) and brings the random ids it needs;
//! what follows from it is collected with [`Rooms::poll_outbound`]. `S` stands for a participant's
//! socket, which this module only remembers and hands back.
//!
//! Not here: reading and writing sockets (`web::socket`), waking them (`hub`).

mod hosts;
mod outbox;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::time::Duration;

use foldhash::fast::RandomState;
use protocol::{
    CloseCode, IceServer, ParticipantId, Place, Present, RefuseReason, ResumeToken, RoomName,
    RoomSettings, ServerMessage,
};

use self::hosts::{Admission, Rule};
pub use self::outbox::{Batch, Frame};
use self::outbox::{Outbox, Pushed};
use crate::address::{Address, Tally};
use crate::config::Limits;
use crate::rates::Rates;

/// In a full call whoever has been without a socket for this long makes room for somebody who has
/// one: a page whose network is there is back much sooner.
const AWAY: Duration = Duration::from_secs(5);

/// What has to happen outside, in this order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outbound<S> {
    /// Something is waiting for whoever reads [`Rooms::take`] for this socket.
    Wake(S),
    /// The socket has to be closed.
    Close(S, Ending),
    /// A participant of that room is gone for good; what they were given elsewhere is taken back.
    Forget(RoomName, ParticipantId),
}

/// How a socket ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// What the close frame says.
    pub code: CloseCode,
    /// What is said before it, where it was not said already.
    pub reason: Option<RefuseReason>,
}

/// How a socket went away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gone {
    /// The tab was closed or the page left; or they broke the rules, and shall hold no place.
    ForGood,
    /// It broke; the participant may come back.
    ForNow,
    /// Nothing was heard on it for that long. The participant may come back, but has been away since
    /// then: whose machine died is gone no later than the grace period allows.
    Silent(Duration),
}

/// Somebody who wants to enter a room.
#[derive(Debug)]
pub struct Newcomer<S> {
    /// Who they will be; random.
    pub id: ParticipantId,
    /// What will bring them back; random.
    pub token: ResumeToken,
    /// Which room.
    pub room: RoomName,
    /// Token of their former self.
    pub replaces: Option<ResumeToken>,
    /// Where they are heard.
    pub socket: S,
    /// Where from; `None` is not counted.
    pub address: Option<Address>,
    /// What `welcome` gives them.
    pub ice_servers: Vec<IceServer>,
}

/// Somebody who came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// Who.
    pub id: ParticipantId,
    /// In which room.
    pub room: RoomName,
    /// Where in it.
    pub place: Place,
}

/// How much is going on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Rooms somebody is in.
    pub rooms: usize,
    /// Participants in any of them, in the lobby or in the call, with a socket or without.
    pub participants: usize,
}

/// See the module.
#[derive(Debug)]
pub struct Rooms<S> {
    limits: Limits,
    rooms: HashMap<RoomName, Room>,
    /// Looked into several times for each signal. Nobody chooses their id, so nobody can choose
    /// ids that fall together under a hasher that is merely quick.
    people: HashMap<ParticipantId, Person<S>, RandomState>,
    tokens: HashMap<ResumeToken, ParticipantId>,
    /// When participants without a socket are given up.
    deadlines: BTreeSet<(Duration, ParticipantId)>,
    /// When hosts who may be loading their page again are no longer waited for.
    reserved: BTreeSet<(Duration, RoomName)>,
    /// How many rooms each address opened.
    openers: Tally,
    /// How often each address entered lately, and knocked, in whichever rooms.
    enters: Rates,
    knocks: Rates,
    outbound: VecDeque<Outbound<S>>,
}

#[derive(Debug)]
struct Room {
    /// In the order they came.
    members: Vec<ParticipantId>,
    /// Whose tally it counts in.
    opener: Option<Address>,
    rule: Rule,
}

#[derive(Debug)]
struct Person<S> {
    room: RoomName,
    place: Place,
    token: ResumeToken,
    address: Option<Address>,
    admission: Admission,
    /// How often they knocked.
    knocks: u8,
    socket: Option<S>,
    /// Set while there is no socket.
    deadline: Option<Duration>,
    outbox: Outbox,
}

/// More would wait for a participant than may.
struct FellBehind;

/// How a participant goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Parting {
    /// By their own will or their page's end, which may begin anew: until then they are expected.
    Until(Duration),
    /// They were cut off.
    CutOff,
    /// It is only that nothing was heard of them.
    Expired,
}

impl<S: Clone> Person<S> {
    /// Puts a message into their outbox; the socket has to be woken, if there is one to wake.
    fn tell(&mut self, frame: Frame, most_bytes: usize) -> Result<Option<S>, FellBehind> {
        match self.outbox.push(frame, most_bytes) {
            Pushed::First => Ok(self.socket.clone()),
            Pushed::Queued => Ok(None),
            Pushed::Overflow => Err(FellBehind),
        }
    }
}

impl<S: Clone + PartialEq> Rooms<S> {
    /// No rooms yet.
    pub fn new(limits: Limits) -> Self {
        Self {
            enters: Rates::new(limits.enters),
            knocks: Rates::new(limits.knocks),
            limits,
            rooms: HashMap::new(),
            people: HashMap::default(),
            tokens: HashMap::new(),
            deadlines: BTreeSet::new(),
            reserved: BTreeSet::new(),
            openers: Tally::default(),
            outbound: VecDeque::new(),
        }
    }

    /// What has to happen outside; to be asked after every call until `None`.
    pub fn poll_outbound(&mut self) -> Option<Outbound<S>> {
        self.outbound.pop_front()
    }

    /// Brings somebody into the lobby of a room, which is made if it is not there.
    /// They find `welcome` in their outbox, the others `entered`.
    ///
    /// # Errors
    /// `too_fast` when their address entered too often lately; else the former self is gone in any
    /// case. `lobby_full`, `too_many_rooms`; `overloaded` when there are as many rooms as may be, or
    /// the id is taken, which random ids are not.
    pub fn enter(&mut self, now: Duration, newcomer: Newcomer<S>) -> Result<(), RefuseReason> {
        // Before anything that depends on the room: whoever guesses names learns nothing by it.
        if let Some(address) = newcomer.address {
            self.enters
                .count(now, address)
                .map_err(|_| RefuseReason::TooFast)?;
        }
        let former = newcomer.replaces.as_ref();
        if let Some(former) = former.and_then(|token| self.tokens.get(token)).cloned() {
            let parting = Parting::Until(now + self.limits.grace);
            self.close(&former, CloseCode::Replaced, None);
            self.forget(&former, parting);
        }
        if self.people.contains_key(&newcomer.id) || self.tokens.contains_key(&newcomer.token) {
            return Err(RefuseReason::Overloaded);
        }
        self.open_room(&newcomer.room, newcomer.address)?;

        let others = self.members_of(&newcomer.room);
        let room = self
            .rooms
            .get_mut(&newcomer.room)
            .expect("the room was opened above");
        room.members.push(newcomer.id.clone());
        let former = newcomer.replaces.as_ref();
        let admission =
            room.rule
                .enter(now, &newcomer.id, &newcomer.token, former, newcomer.address);
        let name = newcomer.room.clone();
        self.tokens
            .insert(newcomer.token.clone(), newcomer.id.clone());
        self.people.insert(
            newcomer.id.clone(),
            Person {
                room: newcomer.room,
                place: Place::Lobby,
                token: newcomer.token.clone(),
                address: newcomer.address,
                admission,
                knocks: 0,
                socket: Some(newcomer.socket),
                deadline: None,
                outbox: Outbox::new(),
            },
        );
        let welcome = Frame::of(&ServerMessage::Welcome {
            id: newcomer.id.clone(),
            token: newcomer.token,
            participants: others.iter().filter_map(|id| self.present(id)).collect(),
            ice_servers: newcomer.ice_servers,
            settings: RoomSettings {
                max_participants: self.limits.max_participants,
            },
            room: self.rule_of(&name),
        });
        self.tell([newcomer.id.clone()], &welcome);
        // Whether they may come in is known before they are.
        self.announce(&name);
        let entered = Frame::of(&ServerMessage::Entered { id: newcomer.id });
        self.tell(others, &entered);
        Ok(())
    }

    /// Takes up the participant of `token` on `socket`; one they still had elsewhere is closed.
    /// What they missed after message number `received` waits in their outbox.
    ///
    /// # Errors
    /// `unknown_token`, also when what they missed is no longer kept: they are gone for good then
    /// and enter anew.
    pub fn resume(
        &mut self,
        token: &ResumeToken,
        received: u64,
        socket: S,
    ) -> Result<Resumed, RefuseReason> {
        let unknown = RefuseReason::UnknownToken;
        let id = self.tokens.get(token).cloned().ok_or(unknown)?;
        let person = self.people.get_mut(&id).ok_or(unknown)?;
        if person.outbox.rewind(received).is_err() {
            self.remove(&id, Some(CloseCode::Replaced), None);
            return Err(unknown);
        }
        if let Some(deadline) = person.deadline.take() {
            self.deadlines.remove(&(deadline, id.clone()));
        }
        let (room, place) = (person.room.clone(), person.place);
        if let Some(former) = person.socket.replace(socket.clone()) {
            let ending = Ending {
                code: CloseCode::Replaced,
                reason: None,
            };
            self.outbound.push_back(Outbound::Close(former, ending));
        }
        self.outbound.push_back(Outbound::Wake(socket));
        Ok(Resumed { id, room, place })
    }

    /// Brings a participant from the lobby into the call. All in the room find `joined`, they
    /// themselves too; when the call is full they find `refused` instead and stay in the lobby, unless
    /// somebody in it has been away for long enough to be given up. Who has to be admitted is told of
    /// to everybody, and waits.
    pub fn join(&mut self, now: Duration, id: &ParticipantId) {
        let wait = self.give_up_absent(now, id);
        let Some(person) = self.people.get(id) else {
            return;
        };
        if person.place == Place::Call {
            let joined = Frame::of(&ServerMessage::Joined { id: id.clone() });
            self.tell([id.clone()], &joined);
            return;
        }
        if self.is_full(&person.room) || !self.must_wait(now, id) {
            self.come_in(id, wait);
        }
    }

    /// Brings somebody into the call who need not be admitted any more, if there is a place. `wait`:
    /// after that long somebody will have been away for long enough to make room.
    fn come_in(&mut self, id: &ParticipantId, wait: Option<Duration>) {
        let Some(person) = self.people.get(id) else {
            return;
        };
        if self.is_full(&person.room) {
            let retry_after_ms = wait.and_then(|wait| u64::try_from(wait.as_millis()).ok());
            self.refuse(id, RefuseReason::RoomFull, retry_after_ms);
            return;
        }
        let members = self.members_of(&person.room);
        let joined = Frame::of(&ServerMessage::Joined { id: id.clone() });
        if let Some(person) = self.people.get_mut(id) {
            person.place = Place::Call;
        }
        self.tell(members, &joined);
        self.count_caller(id);
    }

    /// Passes on a signal, written by [`Frame::signal`], to another participant of the same room.
    /// Whoever says it has had the first `received` messages.
    ///
    /// # Errors
    /// `unknown_recipient`: nobody of that id is in the room.
    pub fn signal(
        &mut self,
        from: &ParticipantId,
        received: u64,
        to: &ParticipantId,
        signal: Frame,
    ) -> Result<(), RefuseReason> {
        let unknown = RefuseReason::UnknownRecipient;
        if from == to {
            return Err(unknown);
        }
        let [Some(sender), Some(recipient)] = self.people.get_disjoint_mut([from, to]) else {
            return Err(unknown);
        };
        // Nothing large is kept for those who converse, and what is kept stays warm.
        sender.outbox.acknowledge(received);
        if sender.room != recipient.room {
            return Err(unknown);
        }
        let told = recipient.tell(signal, self.limits.outbox_bytes);
        self.after_telling(to, told);
        Ok(())
    }

    /// Puts a refusal into a participant's outbox.
    pub fn refuse(
        &mut self,
        id: &ParticipantId,
        reason: RefuseReason,
        retry_after_ms: Option<u64>,
    ) {
        let refused = Frame::of(&ServerMessage::Refused {
            reason,
            retry_after_ms,
        });
        self.tell([id.clone()], &refused);
    }

    /// Ends a participant for good; the others are told at once.
    pub fn leave(&mut self, now: Duration, id: &ParticipantId) {
        self.close(id, CloseCode::Normal, None);
        self.forget(id, Parting::Until(now + self.limits.grace));
    }

    /// Gives up whoever has been away from a full call longest, for somebody in the lobby who may come
    /// in; tells how long it is until that may be done where it is too early. Those in the call who
    /// still hear them keep them; should they come back, they are the next to find the call full.
    fn give_up_absent(&mut self, now: Duration, newcomer: &ParticipantId) -> Option<Duration> {
        let person = self.people.get(newcomer)?;
        let is_full = self.is_full(&person.room);
        if person.place == Place::Call || !is_full || self.has_to_wait(newcomer) {
            return None;
        }
        let members = self.members_of(&person.room);
        let absent = members.into_iter().filter_map(|id| {
            let person = self.people.get(&id).filter(|p| p.place == Place::Call)?;
            person.deadline.map(|deadline| (deadline, id))
        });
        let (deadline, longest) = absent.min()?;
        let at = (deadline + AWAY).saturating_sub(self.limits.grace);
        if at > now {
            return Some(at - now);
        }
        self.forget(&longest, Parting::Expired);
        None
    }

    /// A socket went away. Nothing happens when the participant has another one by now.
    pub fn detach(&mut self, now: Duration, id: &ParticipantId, socket: &S, gone: Gone) {
        let Some(person) = self.people.get_mut(id) else {
            return;
        };
        if person.socket.as_ref() != Some(socket) {
            return;
        }
        person.socket = None;
        match gone {
            Gone::ForGood => self.forget(id, Parting::Until(now + self.limits.grace)),
            Gone::ForNow | Gone::Silent(_) => {
                let silent = match gone {
                    Gone::Silent(silent) => silent,
                    Gone::ForGood | Gone::ForNow => Duration::ZERO,
                };
                let deadline = (now + self.limits.grace).saturating_sub(silent);
                person.deadline = Some(deadline);
                self.deadlines.insert((deadline, id.clone()));
            }
        }
    }

    /// A participant has had the first `received` messages.
    pub fn acknowledge(&mut self, id: &ParticipantId, received: u64) {
        if let Some(person) = self.people.get_mut(id) {
            person.outbox.acknowledge(received);
        }
    }

    /// Hands out what waits for a participant, about `batch_bytes` at a time; nothing to a socket
    /// that is no longer theirs.
    pub fn take(&mut self, id: &ParticipantId, socket: &S, batch_bytes: usize) -> Batch {
        match self.people.get_mut(id) {
            Some(person) if person.socket.as_ref() == Some(socket) => {
                person.outbox.take(batch_bytes, self.limits.history_bytes)
            }
            _ => Batch::default(),
        }
    }

    /// Gives up those whose grace period is over.
    pub fn expire(&mut self, now: Duration) {
        while let Some((deadline, id)) = self.deadlines.first().cloned() {
            if deadline > now {
                break;
            }
            self.deadlines.pop_first();
            self.forget(&id, Parting::Expired);
        }
        while let Some((until, name)) = self.reserved.first().cloned() {
            if until > now {
                break;
            }
            self.reserved.pop_first();
            if let Some(room) = self.rooms.get_mut(&name) {
                room.rule.expire(now);
            }
            self.end_if_over(&name);
            self.settle(&name);
            self.announce(&name);
        }
    }

    /// When [`Rooms::expire`] has something to do next.
    pub fn next_deadline(&self) -> Option<Duration> {
        let person = self.deadlines.first().map(|(deadline, _)| *deadline);
        let host = self.reserved.first().map(|(until, _)| *until);
        person.into_iter().chain(host).min()
    }

    /// Announces the server's end to everyone and closes their sockets. `retry_after_ms` is asked
    /// once for each, so that they do not all come back at once.
    pub fn drain(&mut self, mut retry_after_ms: impl FnMut() -> u64) {
        let mut everyone: Vec<_> = self.people.keys().cloned().collect();
        everyone.sort_unstable();
        for id in everyone {
            let draining = Frame::of(&ServerMessage::Draining {
                retry_after_ms: retry_after_ms(),
            });
            self.tell([id.clone()], &draining);
            if let Some(socket) = self.people.get(&id).and_then(|p| p.socket.clone()) {
                let ending = Ending {
                    code: CloseCode::GoingAway,
                    reason: None,
                };
                self.outbound.push_back(Outbound::Close(socket, ending));
            }
        }
    }

    /// How much is going on.
    pub fn counts(&self) -> Counts {
        Counts {
            rooms: self.rooms.len(),
            participants: self.people.len(),
        }
    }

    fn open_room(&mut self, name: &RoomName, opener: Option<Address>) -> Result<(), RefuseReason> {
        if let Some(room) = self.rooms.get(name) {
            if self.count(&room.members, Place::Lobby) >= self.limits.max_lobby {
                return self.make_room(name, opener);
            }
            return Ok(());
        }
        if self.rooms.len() >= self.limits.rooms {
            return Err(RefuseReason::Overloaded);
        }
        if let Some(opener) = opener {
            self.openers
                .add(opener, self.limits.rooms_per_address)
                .map_err(|_| RefuseReason::TooManyRooms)?;
        }
        let room = Room {
            members: Vec::new(),
            opener,
            rule: Rule::default(),
        };
        self.rooms.insert(name.clone(), room);
        Ok(())
    }

    /// Makes room in a full lobby: of the address with most people there whoever has been there
    /// longest goes, unless the newcomer's has about as many. So nobody can fill it alone.
    fn make_room(
        &mut self,
        name: &RoomName,
        newcomer: Option<Address>,
    ) -> Result<(), RefuseReason> {
        let full = RefuseReason::LobbyFull;
        let mut crowds: BTreeMap<Option<Address>, (usize, ParticipantId)> = BTreeMap::new();
        for id in self.members_of(name) {
            if let Some(person) = self.people.get(&id)
                && person.place == Place::Lobby
            {
                let (count, _) = crowds.entry(person.address).or_insert((0, id));
                *count += 1;
            }
        }
        let theirs = crowds.get(&newcomer).map_or(0, |(count, _)| *count);
        let largest = crowds.into_values().max_by_key(|(count, _)| *count);
        let (count, longest) = largest.ok_or(full)?;
        if count < theirs + 2 {
            return Err(full);
        }
        self.remove(&longest, Some(CloseCode::TooMany), Some(full));
        Ok(())
    }

    /// Cuts a participant off: closes their socket with `code` if they have one, and tells the others.
    fn remove(
        &mut self,
        id: &ParticipantId,
        code: Option<CloseCode>,
        reason: Option<RefuseReason>,
    ) {
        if let Some(code) = code {
            self.close(id, code, reason);
        }
        self.forget(id, Parting::CutOff);
    }

    fn close(&mut self, id: &ParticipantId, code: CloseCode, reason: Option<RefuseReason>) {
        let socket = self.people.get(id).and_then(|person| person.socket.clone());
        if let Some(socket) = socket {
            let ending = Ending { code, reason };
            self.outbound.push_back(Outbound::Close(socket, ending));
        }
    }

    /// Forgets a participant, tells the others, and ends the room if nobody is left in it.
    fn forget(&mut self, id: &ParticipantId, parting: Parting) {
        let Some(person) = self.people.remove(id) else {
            return;
        };
        self.tokens.remove(&person.token);
        if let Some(deadline) = person.deadline {
            self.deadlines.remove(&(deadline, id.clone()));
        }
        let forget = Outbound::Forget(person.room.clone(), id.clone());
        self.outbound.push_back(forget);
        let Some(room) = self.rooms.get_mut(&person.room) else {
            return;
        };
        room.members.retain(|member| member != id);
        if let Parting::Until(until) = parting
            && room.rule.expect_back(id, person.token, until)
        {
            self.reserved.insert((until, person.room.clone()));
        }
        room.rule.forget(id);
        let others = room.members.clone();
        if others.is_empty() {
            return self.end_if_over(&person.room);
        }
        let left = Frame::of(&ServerMessage::Left {
            id: id.clone(),
            expired: parting == Parting::Expired,
        });
        self.tell(others, &left);
        self.settle(&person.room);
        self.announce(&person.room);
    }

    /// Ends a room that nobody is in, and to which nobody has to come back.
    fn end_if_over(&mut self, name: &RoomName) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        if room.members.is_empty() && !room.rule.outlives_everybody() {
            if let Some(opener) = room.opener {
                self.openers.remove(opener);
            }
            self.rooms.remove(name);
        }
    }

    fn tell(&mut self, whom: impl IntoIterator<Item = ParticipantId>, frame: &Frame) {
        for id in whom {
            let Some(person) = self.people.get_mut(&id) else {
                continue;
            };
            let told = person.tell(frame.clone(), self.limits.outbox_bytes);
            self.after_telling(&id, told);
        }
    }

    fn after_telling(&mut self, id: &ParticipantId, told: Result<Option<S>, FellBehind>) {
        match told {
            Ok(None) => {}
            Ok(Some(socket)) => self.outbound.push_back(Outbound::Wake(socket)),
            // This tells the others, and may overflow another outbox in turn; each time one
            // participant fewer is left, so it ends.
            Err(FellBehind) => self.remove(
                id,
                Some(CloseCode::FellBehind),
                Some(RefuseReason::FellBehind),
            ),
        }
    }

    fn members_of(&self, room: &RoomName) -> Vec<ParticipantId> {
        self.rooms
            .get(room)
            .map(|room| room.members.clone())
            .unwrap_or_default()
    }

    fn present(&self, id: &ParticipantId) -> Option<Present> {
        let place = self.people.get(id)?.place;
        Some(Present {
            id: id.clone(),
            place,
        })
    }

    fn is_full(&self, room: &RoomName) -> bool {
        let members = self.members_of(room);
        self.count(&members, Place::Call) >= self.limits.max_participants as usize
    }

    fn count(&self, members: &[ParticipantId], place: Place) -> usize {
        members
            .iter()
            .filter_map(|id| self.people.get(id))
            .filter(|person| person.place == place)
            .count()
    }
}
