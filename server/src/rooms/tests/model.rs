//! Random lives of many participants, against what each of them believes from what they were told.

use std::collections::BTreeMap;

use proptest::prelude::*;

use protocol::RoomState;

use super::*;

const ROOMS: [&str; 3] = ["tea", "coffee", "cocoa"];
const MOST: u32 = 3;

#[derive(Debug, Clone)]
enum Act {
    Enter {
        room: usize,
        replaces: Option<usize>,
    },
    Join(usize),
    Signal {
        from: usize,
        to: usize,
    },
    Leave(usize),
    Detach(usize, Gone),
    Resume(usize),
    Read(usize),
    Acknowledge(usize),
    Rule(usize, RoomAction, usize),
    Wait(u64),
}

fn act() -> impl Strategy<Value = Act> {
    let who = 0..24usize;
    let silent = (0..45u64).prop_map(|seconds| Gone::Silent(Duration::from_secs(seconds)));
    let gone = prop_oneof![Just(Gone::ForGood), Just(Gone::ForNow), silent];
    prop_oneof![
        4 => (0..ROOMS.len(), proptest::option::weighted(0.2, who.clone()))
            .prop_map(|(room, replaces)| Act::Enter { room, replaces }),
        3 => who.clone().prop_map(Act::Join),
        4 => (who.clone(), who.clone()).prop_map(|(from, to)| Act::Signal { from, to }),
        1 => who.clone().prop_map(Act::Leave),
        3 => (who.clone(), gone).prop_map(|(who, gone)| Act::Detach(who, gone)),
        3 => who.clone().prop_map(Act::Resume),
        4 => who.clone().prop_map(Act::Read),
        4 => (who.clone(), rule(), who.clone()).prop_map(|(who, what, whom)| Act::Rule(who, what, whom)),
        2 => who.prop_map(Act::Acknowledge),
        1 => (0..40u64).prop_map(Act::Wait),
    ]
}

fn rule() -> impl Strategy<Value = RoomAction> {
    proptest::sample::select(vec![
        RoomAction::Lock,
        RoomAction::Unlock,
        RoomAction::Admit,
        RoomAction::Refuse,
        RoomAction::Remove,
        RoomAction::MakeHost,
        RoomAction::StepDown,
        RoomAction::Withdraw,
    ])
}

/// One participant, as their page sees it.
#[derive(Debug)]
struct Page {
    id: ParticipantId,
    token: ResumeToken,
    room: usize,
    socket: Option<u32>,
    /// Messages had so far.
    received: u64,
    others: BTreeMap<ParticipantId, Place>,
    place: Place,
    rule: RoomState,
    /// Number of the last signal from each other one.
    signals: BTreeMap<ParticipantId, u64>,
    is_gone: bool,
}

impl Page {
    /// Takes note of a message; what it may not say at this point fails the test.
    fn hear(&mut self, message: ServerMessage) {
        self.received += 1;
        match message {
            ServerMessage::Welcome {
                id,
                participants,
                room,
                ..
            } => {
                self.rule = room;
                assert_eq!(self.received, 1, "welcome is the first");
                assert_eq!(id, self.id);
                for present in participants {
                    let known = self.others.insert(present.id, present.place);
                    assert_eq!(known, None, "nobody is present twice");
                }
            }
            ServerMessage::Entered { id } => {
                assert_ne!(id, self.id);
                assert_eq!(self.others.insert(id, Place::Lobby), None, "entered twice");
            }
            ServerMessage::Joined { id } if id == self.id => self.place = Place::Call,
            ServerMessage::Joined { id } => {
                let before = self.others.insert(id, Place::Call);
                assert_eq!(before, Some(Place::Lobby), "joined once, after entering");
            }
            ServerMessage::Room(room) => self.rule = room,
            ServerMessage::Left { id, .. } => {
                assert!(
                    self.others.remove(&id).is_some(),
                    "left once, after entering"
                );
            }
            ServerMessage::Signal { from, body } => {
                assert!(
                    self.others.contains_key(&from),
                    "a signal of somebody present"
                );
                let bytes = body.to_bytes().unwrap();
                let number = u64::from_be_bytes(bytes.try_into().unwrap());
                let before = self.signals.insert(from, number);
                assert!(before < Some(number), "signals come in order and once");
            }
            ServerMessage::Refused { reason, .. } => {
                assert!(matches!(
                    reason,
                    RefuseReason::RoomFull
                        | RefuseReason::UnknownRecipient
                        | RefuseReason::NotHost
                        | RefuseReason::NotAdmitted
                ));
            }
            ServerMessage::Resumed { .. }
            | ServerMessage::Draining { .. }
            | ServerMessage::Pong => panic!("not from the rooms: {message:?}"),
        }
    }
}

#[derive(Debug)]
struct Lives {
    rooms: Rooms<u32>,
    pages: Vec<Page>,
    now: Duration,
    sockets: u32,
    signals: u64,
    somebody_stepped_down: bool,
}

impl Lives {
    fn new() -> Self {
        Self {
            rooms: Rooms::new(Limits {
                max_participants: MOST,
                ..Limits::default()
            }),
            pages: Vec::new(),
            now: START,
            sockets: 0,
            signals: 0,
            somebody_stepped_down: false,
        }
    }

    fn act(&mut self, act: Act) {
        let count = self.pages.len();
        let live = |who: usize| count.checked_sub(1).map(|_| who % count);
        match act {
            Act::Enter { room, replaces } => self.enter(room, replaces.and_then(live)),
            Act::Wait(seconds) => {
                self.now += Duration::from_secs(seconds);
                self.rooms.expire(self.now);
            }
            Act::Join(who)
            | Act::Signal { from: who, .. }
            | Act::Leave(who)
            | Act::Detach(who, _)
            | Act::Resume(who)
            | Act::Read(who)
            | Act::Acknowledge(who)
            | Act::Rule(who, ..) => {
                if let Some(who) = live(who) {
                    self.act_as(who, act);
                }
            }
        }
        self.sort_out_who_is_gone();
    }

    fn act_as(&mut self, who: usize, act: Act) {
        let Page {
            id,
            socket,
            received,
            ..
        } = &self.pages[who];
        let (id, socket, received) = (id.clone(), *socket, *received);
        match (act, socket) {
            (Act::Join(_), Some(_)) => self.rooms.join(self.now, &id),
            (Act::Signal { to, .. }, Some(_)) => {
                let to = self.pages[to % self.pages.len()].id.clone();
                self.signals += 1;
                let body = SealedBody::from_bytes(&self.signals.to_be_bytes()).unwrap();
                let signal = Frame::signal(&id, body.as_text());
                if let Err(reason) = self.rooms.signal(&id, received, &to, signal) {
                    self.rooms.refuse(&id, reason, None);
                }
            }
            (Act::Leave(_), Some(_)) => self.rooms.leave(self.now, &id),
            (Act::Detach(_, gone), Some(socket)) => {
                self.rooms.detach(self.now, &id, &socket, gone);
                self.pages[who].socket = None;
            }
            (Act::Rule(_, action, whom), Some(_)) => {
                let whom = self.pages[whom % self.pages.len()].id.clone();
                self.rule(&id, action, &whom);
            }
            (Act::Resume(_), _) => self.resume(who),
            (Act::Read(_), Some(_)) => self.read(who, 300),
            (Act::Acknowledge(_), Some(_)) => {
                let received = self.pages[who].received;
                self.rooms.acknowledge(&id, received);
            }
            _ => {}
        }
    }

    fn enter(&mut self, room: usize, replaces: Option<usize>) {
        let drawn = u8::try_from(self.pages.len() + 1).unwrap();
        self.sockets += 1;
        let page = Page {
            id: ParticipantId::from_bytes([drawn; 12]),
            token: ResumeToken::from_bytes([drawn; 16]),
            room,
            socket: Some(self.sockets),
            received: 0,
            others: BTreeMap::new(),
            place: Place::Lobby,
            rule: RoomState::default(),
            signals: BTreeMap::new(),
            is_gone: false,
        };
        let entered = self.rooms.enter(
            self.now,
            Newcomer {
                id: page.id.clone(),
                token: page.token.clone(),
                room: ROOMS[room].parse().unwrap(),
                replaces: replaces.map(|who| self.pages[who].token.clone()),
                socket: self.sockets,
                address: None,
                ice_servers: Vec::new(),
            },
        );
        if entered.is_ok() {
            self.pages.push(page);
        }
        if let Some(who) = replaces {
            assert!(!self.rooms.people.contains_key(&self.pages[who].id));
        }
    }

    /// Nothing changes in a room for one who is no host in it, and nothing in any other room.
    fn rule(&mut self, id: &ParticipantId, action: RoomAction, whom: &ParticipantId) {
        self.somebody_stepped_down |= action == RoomAction::StepDown;
        let before = ROOMS.map(|room| self.rule_of(room));
        let own = self.rooms.people.get(id).map(|person| person.room.clone());
        self.rooms.act(id, action, Some(whom));
        for (room, before) in ROOMS.into_iter().zip(before) {
            let is_own = own.as_ref().is_some_and(|own| own.as_str() == room);
            if !is_own || (action != RoomAction::Withdraw && !before.hosts.contains(id)) {
                assert_eq!(self.rule_of(room), before);
            }
        }
    }

    fn rule_of(&self, room: &str) -> RoomState {
        self.rooms.rule_of(&room.parse().unwrap())
    }

    fn resume(&mut self, who: usize) {
        self.sockets += 1;
        let page = &mut self.pages[who];
        let resumed = self.rooms.resume(&page.token, page.received, self.sockets);
        assert_eq!(
            resumed.is_err(),
            page.is_gone,
            "whoever is not gone resumes"
        );
        if let Ok(resumed) = resumed {
            assert_eq!(resumed.id, page.id);
            page.socket = Some(self.sockets);
        }
    }

    fn read(&mut self, who: usize, bytes: usize) {
        let page = &mut self.pages[who];
        let Some(socket) = page.socket else { return };
        for frame in self.rooms.take(&page.id, &socket, bytes).frames {
            page.hear(read(&frame));
        }
    }

    fn sort_out_who_is_gone(&mut self) {
        while self.rooms.poll_outbound().is_some() {}
        for page in &mut self.pages {
            if !self.rooms.people.contains_key(&page.id) {
                page.is_gone = true;
                page.socket = None;
            }
        }
    }

    /// Everybody comes back and reads to the end: then all believe what is the case.
    fn check(&mut self) {
        // Nobody waits for a host who may be loading their page again.
        self.now += GRACE;
        for who in 0..self.pages.len() {
            self.resume(who);
        }
        self.rooms.expire(self.now);
        self.sort_out_who_is_gone();
        for who in 0..self.pages.len() {
            self.resume(who);
            self.read(who, usize::MAX);
        }
        let here: Vec<_> = self.pages.iter().filter(|page| !page.is_gone).collect();
        for page in &here {
            let others: BTreeMap<_, _> = here
                .iter()
                .filter(|other| other.room == page.room && other.id != page.id)
                .map(|other| (other.id.clone(), other.place))
                .collect();
            assert_eq!(page.others, others);
            let rule = self.rule_of(ROOMS[page.room]);
            assert_eq!(page.rule, rule);
            let caller = here
                .iter()
                .find(|other| other.room == page.room && other.place == Place::Call);
            let is_here = |id: &ParticipantId| *id == page.id || others.contains_key(id);
            assert!(rule.hosts.iter().all(is_here), "a host is in the room");
            assert!(rule.knocking.iter().all(is_here));
            if rule.hosts.is_empty() {
                assert!(!rule.locked, "nobody could admit");
                let others_are_barred = rule.knocking.iter().all(|id| rule.barred.contains(id));
                assert!(others_are_barred, "whoever may come in does not wait");
                let of_room = here.iter().filter(|other| other.room == page.room);
                let is_decided = of_room
                    .clone()
                    .any(|other| !rule.barred.contains(&other.id));
                assert!(is_decided, "nobody waits for those who are not there");
                assert!(caller.is_none() || self.somebody_stepped_down);
            }
            let in_call = |place: &&Place| **place == Place::Call;
            let callers = others.values().filter(in_call).count();
            assert!(callers <= MOST as usize);
        }
        let counts = self.rooms.counts();
        assert_eq!(counts.participants, here.len());
        let mut rooms: Vec<_> = here.iter().map(|page| page.room).collect();
        rooms.sort_unstable();
        rooms.dedup();
        assert_eq!(counts.rooms, rooms.len());
        assert_eq!(self.rooms.tokens.len(), here.len());
        assert!(self.rooms.deadlines.is_empty(), "nobody is away");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases.max(512), ..ProptestConfig::default() })]

    #[test]
    fn everybody_believes_what_is_the_case(acts in proptest::collection::vec(act(), 1..120)) {
        let mut lives = Lives::new();
        for act in acts {
            lives.act(act);
        }
        lives.check();
    }
}
