//! The rooms, told as what happens to ada, bob and others. A number is a socket.

mod hosts;
mod model;

use super::*;
use protocol::{RoomAction, SealedBody};

const GRACE: Duration = Duration::from_secs(30);
const START: Duration = Duration::ZERO;

#[test]
fn who_enters_is_welcomed_with_those_present_and_the_others_hear_of_it() {
    let mut world = World::default();
    let ada = world.enter("tea", 1);
    world.rooms.join(START, &ada);
    let bob = world.enter("tea", 2);
    assert!(matches!(
        &world.hear(&bob, 2)[..],
        [ServerMessage::Welcome { id, participants, .. }]
            if *id == bob && *participants == [Present { id: ada.clone(), place: Place::Call }]
    ));
    assert_eq!(world.hear(&ada, 1)[2..], [entered(&bob)]);
}

#[test]
fn rooms_hear_nothing_of_each_other() {
    let mut world = World::default();
    let ada = world.enter("tea", 1);
    world.hear(&ada, 1);
    let bob = world.enter("coffee", 2);
    world.rooms.join(START, &bob);
    let signal = world.rooms.signal(&bob, 0, &ada, signal_from(&bob));
    assert_eq!(signal, Err(RefuseReason::UnknownRecipient));
    assert_eq!(world.hear(&ada, 1), []);
}

#[test]
fn joining_is_told_to_everyone_and_answers_oneself() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world.rooms.join(START, &bob);
    assert_eq!(world.hear(&ada, 1), [joined(&bob)]);
    assert_eq!(world.hear(&bob, 2), [joined(&bob)]);
    world.rooms.join(START, &bob);
    assert_eq!(
        world.hear(&ada, 1),
        [],
        "joining twice is no news to others"
    );
    assert_eq!(world.hear(&bob, 2), [joined(&bob)]);
}

#[test]
fn a_full_call_refuses_the_next_one_who_may_join_when_somebody_left() {
    let mut world = World::with(Limits {
        max_participants: 2,
        ..Limits::default()
    });
    let ids: Vec<_> = (1..=3).map(|socket| world.enter("tea", socket)).collect();
    world.rooms.join(START, &ids[0]);
    world.rooms.join(START, &ids[1]);
    world.hear(&ids[2], 3);
    world.rooms.join(START, &ids[2]);
    assert_eq!(world.hear(&ids[2], 3), [refused(RefuseReason::RoomFull)]);
    world.rooms.leave(START, &ids[0]);
    world.rooms.join(START, &ids[2]);
    assert_eq!(world.hear(&ids[2], 3), [left(&ids[0]), joined(&ids[2])]);
}

#[test]
fn somebody_who_is_away_counts_in_a_full_call_for_some_seconds_only() {
    let mut world = World::with(Limits {
        max_participants: 1,
        ..Limits::default()
    });
    let [ada, bob] = world.two_in("tea");
    world.rooms.join(START, &ada);
    world.rooms.detach(START, &ada, &1, Gone::ForNow);
    world.hear(&bob, 2);
    let almost = START + AWAY - Duration::from_millis(1);
    world.rooms.join(almost, &bob);
    let full = ServerMessage::Refused {
        reason: RefuseReason::RoomFull,
        retry_after_ms: Some(1),
    };
    assert_eq!(world.hear(&bob, 2), [full]);
    world.rooms.join(START + AWAY, &bob);
    assert_eq!(world.hear(&bob, 2), [expired(&ada), joined(&bob)]);
    assert_eq!(world.rooms.next_deadline(), None);
}

#[test]
fn of_several_who_are_away_from_a_full_call_one_makes_room_and_finds_it_full_when_they_are_back() {
    let mut world = World::with(Limits {
        max_participants: 3,
        ..Limits::default()
    });
    let [ada, bob] = world.two_in("tea");
    let (cid, dan) = (world.enter("tea", 3), world.enter("tea", 4));
    for id in [&ada, &bob, &cid] {
        world.rooms.join(START, id);
    }
    let second = Duration::from_secs(1);
    world.rooms.detach(START + second, &ada, &1, Gone::ForNow);
    world.rooms.detach(START, &bob, &2, Gone::ForNow);
    world.hear(&cid, 3);
    world.hear(&dan, 4);
    world.rooms.join(START + 9 * second, &dan);
    assert_eq!(world.hear(&cid, 3), [expired(&bob), joined(&dan)]);
    let token = world.token_of(&bob);
    let unknown = world.rooms.resume(&token, 1, 20).unwrap_err();
    assert_eq!(unknown, RefuseReason::UnknownToken);
    let again = world.try_enter("tea", 20, None, Some(token)).unwrap();
    world.hear(&again, 20);
    // Ada is away for long enough by now, and makes room in turn.
    world.rooms.join(START + 10 * second, &again);
    assert_eq!(world.hear(&again, 20), [expired(&ada), joined(&again)]);
    let token = world.token_of(&ada);
    let late = world.try_enter("tea", 21, None, Some(token)).unwrap();
    world.hear(&late, 21);
    world.rooms.join(START + 11 * second, &late);
    assert_eq!(world.hear(&late, 21), [refused(RefuseReason::RoomFull)]);
}

#[test]
fn nobody_is_given_up_for_somebody_who_has_to_be_admitted() {
    let mut world = World::with(Limits {
        max_participants: 2,
        ..Limits::default()
    });
    let [ada, bob] = world.two_in("tea");
    let cid = world.enter("tea", 3);
    world.rooms.join(START, &ada);
    world.rooms.join(START, &bob);
    world.rooms.act(&ada, RoomAction::Lock, None);
    world.rooms.detach(START, &bob, &2, Gone::ForNow);
    world.hear(&cid, 3);
    world.rooms.join(START + 2 * AWAY, &cid);
    assert_eq!(world.hear(&cid, 3), [refused(RefuseReason::RoomFull)]);
    assert_eq!(world.rooms.counts().participants, 3);
}

#[test]
fn who_fell_silent_has_been_away_since_they_were_heard_last() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    let silent = |seconds| Gone::Silent(Duration::from_secs(seconds));
    let now = START + Duration::from_secs(100);
    world.rooms.detach(now, &ada, &1, silent(20));
    let left = GRACE - Duration::from_secs(20);
    assert_eq!(world.rooms.next_deadline(), Some(now + left));
    world.rooms.expire(now + left);
    assert_eq!(world.hear(&bob, 2), [expired(&ada)]);
    let cid = world.enter("tea", 3);
    world.hear(&cid, 3);
    world.rooms.detach(now, &bob, &2, silent(35));
    world.rooms.expire(now);
    assert_eq!(world.hear(&cid, 3), [expired(&bob)]);
}

#[test]
fn a_full_lobby_refuses_the_next_one() {
    let mut world = World::with(Limits {
        max_lobby: 1,
        ..Limits::default()
    });
    let ada = world.enter("tea", 1);
    let bob = world.try_enter("tea", 2, None, None);
    assert_eq!(bob, Err(RefuseReason::LobbyFull));
    world.rooms.join(START, &ada);
    assert!(world.try_enter("tea", 2, None, None).is_ok());
}

#[test]
fn nobody_fills_a_lobby_alone() {
    let mut world = World::with(Limits {
        max_lobby: 4,
        ..Limits::default()
    });
    let address = |last| Address::of([192, 0, 2, last].into(), crate::address::Loopback::Counted);
    for socket in 1..=4 {
        world.try_enter("tea", socket, address(1), None).unwrap();
    }
    let same = world.try_enter("tea", 5, address(1), None);
    assert_eq!(same, Err(RefuseReason::LobbyFull));
    for socket in 6..=7 {
        world.try_enter("tea", socket, address(2), None).unwrap();
    }
    assert_eq!(
        world.closed(),
        [(1, CloseCode::TooMany), (2, CloseCode::TooMany)]
    );
    let third = world.try_enter("tea", 8, address(2), None);
    assert_eq!(
        third,
        Err(RefuseReason::LobbyFull),
        "as many as the others have"
    );
}

#[test]
fn an_address_opens_so_many_rooms_and_no_more() {
    let mut world = World::with(Limits {
        rooms_per_address: 1,
        ..Limits::default()
    });
    let here = Address::of([192, 0, 2, 1].into(), crate::address::Loopback::Counted);
    let ada = world.try_enter("tea", 1, here, None).unwrap();
    let other = world.try_enter("coffee", 2, here, None);
    assert_eq!(other, Err(RefuseReason::TooManyRooms));
    assert!(
        world.try_enter("tea", 3, here, None).is_ok(),
        "a room that is open costs nothing"
    );
    let bob = world.id_of_socket(3);
    world.rooms.leave(START, &ada);
    world.rooms.leave(START, &bob);
    assert!(world.try_enter("coffee", 2, here, None).is_ok());
}

#[test]
fn an_address_enters_so_often_and_the_room_is_not_asked() {
    let mut world = World::with(Limits {
        enters: crate::rates::Rate::per_minute(1, 2),
        ..Limits::default()
    });
    let here = Address::of([192, 0, 2, 1].into(), crate::address::Loopback::Counted);
    let there = Address::of([192, 0, 2, 2].into(), crate::address::Loopback::Counted);
    let ada = world.try_enter("tea", 1, here, None).unwrap();
    world.rooms.leave(START, &ada);
    world.try_enter("tea", 2, here, None).unwrap();
    let late = world.try_enter("elk", 3, here, None);
    assert_eq!(late, Err(RefuseReason::TooFast));
    assert_eq!(world.rooms.counts().rooms, 1);
    assert!(world.try_enter("elk", 4, there, None).is_ok());
    assert!(world.try_enter("elk", 5, None, None).is_ok());
}

#[test]
fn a_signal_reaches_its_recipient_alone() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    let cid = world.enter("tea", 3);
    for (id, socket) in [(&ada, 1), (&bob, 2), (&cid, 3)] {
        world.hear(id, socket);
    }
    world
        .rooms
        .signal(&ada, 0, &bob, signal_from(&ada))
        .unwrap();
    assert!(matches!(
        &world.hear(&bob, 2)[..],
        [ServerMessage::Signal { from, .. }] if *from == ada
    ));
    assert_eq!(world.hear(&cid, 3), []);
}

#[test]
fn what_somebody_has_read_is_let_go_of_when_they_speak() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world
        .rooms
        .signal(&ada, 0, &bob, signal_from(&ada))
        .unwrap();
    world.hear(&bob, 2);
    // The welcome, and what Ada said.
    world
        .rooms
        .signal(&bob, 2, &ada, signal_from(&bob))
        .unwrap();
    let token = world.token_of(&bob);
    assert!(world.rooms.resume(&token, 2, 20).is_ok());
    let gone = world.rooms.resume(&token, 1, 21).map(|resumed| resumed.id);
    assert_eq!(gone, Err(RefuseReason::UnknownToken));
}

#[test]
fn nobody_signals_to_a_stranger_or_to_themselves() {
    let mut world = World::default();
    let [ada, _] = world.two_in("tea");
    let stranger = ParticipantId::from_bytes([99; 12]);
    for to in [&stranger, &ada] {
        let refused = world.rooms.signal(&ada, 0, to, signal_from(&ada));
        assert_eq!(refused, Err(RefuseReason::UnknownRecipient));
    }
}

#[test]
fn leaving_is_told_at_once_and_ends_the_socket() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world.rooms.leave(START, &ada);
    assert_eq!(world.hear(&bob, 2), [left(&ada)]);
    assert_eq!(world.closed(), [(1, CloseCode::Normal)]);
}

#[test]
fn a_closed_tab_is_gone_at_once_and_a_lost_socket_after_the_grace_period() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    let cid = world.enter("tea", 3);
    world.hear(&cid, 3);
    world.rooms.detach(START, &ada, &1, Gone::ForGood);
    assert_eq!(world.hear(&cid, 3), [left(&ada)]);
    world.rooms.detach(START, &bob, &2, Gone::ForNow);
    assert_eq!(world.rooms.next_deadline(), Some(START + GRACE));
    world.rooms.expire(START + GRACE - Duration::from_millis(1));
    assert_eq!(world.hear(&cid, 3), []);
    world.rooms.expire(START + GRACE);
    assert_eq!(world.hear(&cid, 3), [expired(&bob)]);
    assert_eq!(world.rooms.next_deadline(), None);
}

#[test]
fn who_resumes_hears_what_was_missed_and_is_not_given_up() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world.rooms.detach(START, &bob, &2, Gone::ForNow);
    world.rooms.join(START, &ada);
    world
        .rooms
        .signal(&ada, 0, &bob, signal_from(&ada))
        .unwrap();
    let token = world.token_of(&bob);
    let resumed = world.rooms.resume(&token, 1, 20).unwrap();
    assert_eq!((resumed.id, resumed.place), (bob.clone(), Place::Lobby));
    assert!(matches!(
        &world.hear(&bob, 20)[..],
        [ServerMessage::Joined { .. }, ServerMessage::Signal { .. }]
    ));
    world.rooms.expire(START + GRACE);
    assert_eq!(world.rooms.counts().participants, 2);
}

#[test]
fn what_was_written_to_a_socket_that_broke_is_written_again() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world.rooms.join(START, &ada);
    assert_eq!(world.hear(&bob, 2), [joined(&ada)]);
    world.rooms.detach(START, &bob, &2, Gone::ForNow);
    let token = world.token_of(&bob);
    world.rooms.resume(&token, 1, 20).unwrap();
    assert_eq!(world.hear(&bob, 20), [joined(&ada)]);
}

#[test]
fn resuming_takes_over_from_a_socket_that_still_stands() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    let token = world.token_of(&bob);
    world.rooms.resume(&token, 1, 20).unwrap();
    assert_eq!(world.closed(), [(2, CloseCode::Replaced)]);
    world.rooms.join(START, &ada);
    assert_eq!(world.hear(&bob, 2), [], "nothing on the former socket");
    world.rooms.detach(START, &bob, &2, Gone::ForGood);
    assert_eq!(
        world.hear(&bob, 20),
        [joined(&ada)],
        "its end means nothing"
    );
}

#[test]
fn a_token_is_unknown_after_the_grace_period_and_after_leaving() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    let (first, second) = (world.token_of(&ada), world.token_of(&bob));
    world.rooms.detach(START, &ada, &1, Gone::ForNow);
    world.rooms.expire(START + GRACE);
    world.rooms.leave(START, &bob);
    for token in [first, second] {
        let refused = world.rooms.resume(&token, 1, 9).unwrap_err();
        assert_eq!(refused, RefuseReason::UnknownToken);
    }
}

#[test]
fn who_missed_more_than_is_kept_cannot_resume_and_is_gone() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world.rooms.acknowledge(&bob, 1);
    let token = world.token_of(&bob);
    let refused = world.rooms.resume(&token, 0, 20).unwrap_err();
    assert_eq!(refused, RefuseReason::UnknownToken);
    assert_eq!(world.hear(&ada, 1), [left(&bob)]);
    assert_eq!(world.closed(), [(2, CloseCode::Replaced)]);
}

#[test]
fn a_reloaded_page_replaces_its_former_self() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    let token = world.token_of(&bob);
    let again = world.try_enter("tea", 3, None, Some(token)).unwrap();
    assert_ne!(again, bob);
    assert_eq!(world.hear(&ada, 1), [left(&bob), entered(&again)]);
    assert_eq!(world.closed(), [(2, CloseCode::Replaced)]);
}

#[test]
fn a_room_is_gone_with_the_last_one_in_it() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world.rooms.leave(START, &ada);
    assert_eq!(world.rooms.counts().rooms, 1);
    world.rooms.detach(START, &bob, &2, Gone::ForNow);
    assert_eq!(world.rooms.counts().rooms, 1, "within the grace period");
    world.rooms.expire(START + GRACE);
    assert_eq!(world.rooms.counts(), Counts::default());
}

#[test]
fn whoever_is_gone_for_good_is_forgotten_once() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    world.rooms.detach(START, &bob, &2, Gone::ForNow);
    assert_eq!(world.forgotten(), [], "bob may come back");
    world.rooms.leave(START, &ada);
    world.rooms.leave(START, &ada);
    world.rooms.expire(START + GRACE);
    let tea: RoomName = "tea".parse().unwrap();
    assert_eq!(world.forgotten(), [(tea.clone(), ada), (tea, bob)]);
}

#[test]
fn who_does_not_read_is_cut_off_and_the_others_are_told() {
    let mut world = World::with(Limits {
        outbox_bytes: 1000,
        ..Limits::default()
    });
    let [ada, bob] = world.two_in("tea");
    let sent = (0..100)
        .take_while(|_| {
            let signal = signal_from(&ada);
            world.rooms.signal(&ada, 0, &bob, signal).is_ok()
        })
        .count();
    assert!(sent < 100);
    assert_eq!(world.hear(&ada, 1), [left(&bob)]);
    assert_eq!(world.closed(), [(2, CloseCode::FellBehind)]);
}

#[test]
fn those_who_fall_behind_at_once_do_not_drag_the_rest_along() {
    let mut world = World::with(Limits {
        outbox_bytes: 400,
        ..Limits::default()
    });
    let ada = world.enter("tea", 1);
    let others: Vec<_> = (2..12).map(|socket| world.enter("tea", socket)).collect();
    // Nobody but ada has read anything: the news of newcomers has filled some outboxes.
    world.hear(&ada, 1);
    let present = world.rooms.counts().participants;
    assert!(present < 1 + others.len());
    assert!(present >= 1);
    assert!(
        world
            .closed()
            .iter()
            .all(|(_, code)| *code == CloseCode::FellBehind)
    );
}

#[test]
fn draining_is_told_to_everyone_before_their_socket_closes() {
    let mut world = World::default();
    let [ada, bob] = world.two_in("tea");
    let mut retries = 0;
    world.rooms.drain(|| {
        retries += 1;
        retries * 1000
    });
    for (id, socket) in [(&ada, 1), (&bob, 2)] {
        assert!(matches!(
            &world.hear(id, socket)[..],
            [ServerMessage::Draining { .. }]
        ));
    }
    let mut closed = world.closed();
    closed.sort_by_key(|(socket, _)| *socket);
    assert_eq!(
        closed,
        [(1, CloseCode::GoingAway), (2, CloseCode::GoingAway)]
    );
}

/// Rooms with ids counted up, and what they wanted from outside.
#[derive(Debug)]
struct World {
    rooms: Rooms<u32>,
    drawn: u8,
    entered: Vec<(ParticipantId, ResumeToken, u32)>,
}

impl Default for World {
    fn default() -> Self {
        Self::with(Limits::default())
    }
}

impl World {
    fn with(limits: Limits) -> Self {
        Self {
            rooms: Rooms::new(limits),
            drawn: 0,
            entered: Vec::new(),
        }
    }

    fn enter(&mut self, room: &str, socket: u32) -> ParticipantId {
        self.try_enter(room, socket, None, None).unwrap()
    }

    fn try_enter(
        &mut self,
        room: &str,
        socket: u32,
        address: Option<Address>,
        replaces: Option<ResumeToken>,
    ) -> Result<ParticipantId, RefuseReason> {
        self.drawn += 1;
        let id = ParticipantId::from_bytes([self.drawn; 12]);
        let token = ResumeToken::from_bytes([self.drawn; 16]);
        self.rooms.enter(
            START,
            Newcomer {
                id: id.clone(),
                token: token.clone(),
                room: room.parse().unwrap(),
                replaces,
                socket,
                address,
                ice_servers: Vec::new(),
            },
        )?;
        self.entered.push((id.clone(), token, socket));
        Ok(id)
    }

    /// Two on sockets 1 and 2, who have read everything.
    fn two_in(&mut self, room: &str) -> [ParticipantId; 2] {
        let both = [self.enter(room, 1), self.enter(room, 2)];
        self.hear(&both[0], 1);
        self.hear(&both[1], 2);
        both
    }

    fn token_of(&self, id: &ParticipantId) -> ResumeToken {
        let (_, token, _) = self.entered.iter().find(|(other, ..)| other == id).unwrap();
        token.clone()
    }

    fn id_of_socket(&self, socket: u32) -> ParticipantId {
        let (id, ..) = self
            .entered
            .iter()
            .find(|(.., other)| *other == socket)
            .unwrap();
        id.clone()
    }

    /// What waits for a participant who reads on `socket`, but for how the room is ruled, which has
    /// tests of its own.
    fn hear(&mut self, id: &ParticipantId, socket: u32) -> Vec<ServerMessage> {
        let mut heard = self.hear_all(id, socket);
        heard.retain(|message| !matches!(message, ServerMessage::Room(_)));
        heard
    }

    fn hear_all(&mut self, id: &ParticipantId, socket: u32) -> Vec<ServerMessage> {
        let batch = self.rooms.take(id, &socket, usize::MAX);
        batch.frames.iter().map(read).collect()
    }

    /// Participants who were to be forgotten since the last time.
    fn forgotten(&mut self) -> Vec<(RoomName, ParticipantId)> {
        std::iter::from_fn(|| self.rooms.poll_outbound())
            .filter_map(|outbound| match outbound {
                Outbound::Forget(room, id) => Some((room, id)),
                Outbound::Wake(_) | Outbound::Close(..) => None,
            })
            .collect()
    }

    /// Sockets that were to be closed since the last time.
    fn closed(&mut self) -> Vec<(u32, CloseCode)> {
        std::iter::from_fn(|| self.rooms.poll_outbound())
            .filter_map(|outbound| match outbound {
                Outbound::Close(socket, ending) => Some((socket, ending.code)),
                Outbound::Wake(_) | Outbound::Forget(..) => None,
            })
            .collect()
    }
}

fn read(frame: &Frame) -> ServerMessage {
    serde_json::from_slice(frame.bytes()).unwrap()
}

fn signal_from(from: &ParticipantId) -> Frame {
    let body = SealedBody::from_bytes(&[1; 100]).unwrap();
    Frame::signal(from, body.as_text())
}

fn entered(id: &ParticipantId) -> ServerMessage {
    ServerMessage::Entered { id: id.clone() }
}

fn joined(id: &ParticipantId) -> ServerMessage {
    ServerMessage::Joined { id: id.clone() }
}

fn left(id: &ParticipantId) -> ServerMessage {
    ServerMessage::Left {
        id: id.clone(),
        expired: false,
    }
}

fn expired(id: &ParticipantId) -> ServerMessage {
    ServerMessage::Left {
        id: id.clone(),
        expired: true,
    }
}

fn refused(reason: RefuseReason) -> ServerMessage {
    ServerMessage::Refused {
        reason,
        retry_after_ms: None,
    }
}
