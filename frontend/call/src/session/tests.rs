use protocol::{Candidate, ParticipantState};
use rand_core::SeedableRng as _;

use super::*;
use crate::key::RoomKey;

const START: Timestamp = Timestamp(Duration::from_secs(100));
const SECOND: Duration = Duration::from_secs(1);

struct Pair {
    seal: Seal,
    rng: ChaCha20Rng,
    anna: Session,
    bob: Session,
}

impl Pair {
    fn new() -> Self {
        let (anna, bob) = (SessionNonce([1; 16]), SessionNonce([2; 16]));
        Self {
            seal: Seal::new(
                &"our-room".parse().unwrap(),
                &RoomKey::from_bytes([7; RoomKey::BYTES]),
            ),
            rng: ChaCha20Rng::from_seed([5; 32]),
            anna: Session::new(anna, bob),
            bob: Session::new(bob, anna),
        }
    }

    fn anna_sends(&mut self, now: Timestamp) -> Vec<Vec<u8>> {
        let mut bodies = Vec::new();
        while let Some(body) = self.anna.poll(now, &self.seal, &mut self.rng) {
            bodies.push(body);
        }
        bodies
    }

    fn bob_sends(&mut self, now: Timestamp) -> Vec<Vec<u8>> {
        let mut bodies = Vec::new();
        while let Some(body) = self.bob.poll(now, &self.seal, &mut self.rng) {
            bodies.push(body);
        }
        bodies
    }

    fn bob_gets(&mut self, now: Timestamp, body: &[u8]) -> Received {
        let sealed = Sealed::parse(body).unwrap();
        self.bob.receive(now, &self.seal, &sealed).unwrap()
    }

    fn anna_gets(&mut self, now: Timestamp, body: &[u8]) -> Received {
        let sealed = Sealed::parse(body).unwrap();
        self.anna.receive(now, &self.seal, &sealed).unwrap()
    }
}

fn renew(generation: u32) -> Signal {
    Signal::Renew { generation }
}

fn state(in_call: bool) -> Signal {
    Signal::State(Box::new(ParticipantState {
        in_call,
        ..ParticipantState::default()
    }))
}

fn candidates(generation: u32, count: usize) -> Signal {
    let candidate = Candidate {
        candidate: "candidate:1".to_owned(),
        sdp_mid: None,
        sdp_m_line_index: None,
        username_fragment: None,
    };
    Signal::Candidates {
        generation,
        candidates: vec![Some(candidate); count],
    }
}

#[test]
fn signals_that_come_in_disorder_are_delivered_in_order() {
    let mut pair = Pair::new();
    for generation in 1..=3 {
        pair.anna.push(renew(generation));
    }
    let bodies = pair.anna_sends(START);
    assert!(pair.bob_gets(START, &bodies[2]).signals.is_empty());
    assert!(pair.bob_gets(START, &bodies[1]).signals.is_empty());
    let signals = pair.bob_gets(START, &bodies[0]).signals;
    assert_eq!(signals, [renew(1), renew(2), renew(3)]);
}

#[test]
fn a_repeated_body_is_delivered_once_and_is_not_fresh() {
    let mut pair = Pair::new();
    pair.anna.push(renew(1));
    let bodies = pair.anna_sends(START);
    assert!(pair.bob_gets(START, &bodies[0]).fresh);
    let again = pair.bob_gets(START, &bodies[0]);
    assert_eq!((again.signals.len(), again.fresh), (0, false));
}

#[test]
fn a_lost_signal_is_said_again_until_it_is_acknowledged() {
    let mut pair = Pair::new();
    pair.anna.push(renew(1));
    let _lost = pair.anna_sends(START);
    let first = pair.anna.poll_timeout().unwrap();
    assert!(pair.anna_sends(first - Duration::from_millis(1)).is_empty());
    assert_eq!(pair.anna_sends(first).len(), 1);
    let second = pair.anna.poll_timeout().unwrap();
    assert!(second.since(first) > first.since(START), "it backs off");
    let bodies = pair.anna_sends(second);
    assert_eq!(pair.bob_gets(second, &bodies[0]).signals, [renew(1)]);
    let status = pair.bob_sends(second + ACK_DELAY);
    pair.anna_gets(second, &status[0]);
    assert!(pair.anna.is_idle());
    assert_eq!(pair.anna.poll_timeout(), None);
}

#[test]
fn an_acknowledgement_rides_on_a_signal_when_there_is_one() {
    let mut pair = Pair::new();
    pair.anna.push(renew(1));
    let bodies = pair.anna_sends(START);
    pair.bob_gets(START, &bodies[0]);
    pair.bob.push(renew(2));
    let answer = pair.bob_sends(START);
    assert_eq!(answer.len(), 1);
    pair.anna_gets(START, &answer[0]);
    assert!(pair.anna.is_idle());
}

#[test]
fn a_gap_is_reported_at_once_and_filled() {
    let mut pair = Pair::new();
    pair.anna.push(renew(1));
    pair.anna.push(renew(2));
    let bodies = pair.anna_sends(START);
    pair.bob_gets(START, &bodies[1]);
    let status = pair.bob_sends(START);
    pair.anna_gets(START, &status[0]);
    let filled = pair.anna_sends(START);
    assert_eq!(
        pair.bob_gets(START, &filled[0]).signals,
        [renew(1), renew(2)]
    );
}

#[test]
fn only_the_newest_state_waits_to_be_said() {
    let mut pair = Pair::new();
    pair.anna.push(state(false));
    pair.anna.push(renew(1));
    pair.anna.push(state(true));
    let bodies = pair.anna_sends(START);
    assert_eq!(bodies.len(), 2);
    assert_eq!(pair.bob_gets(START, &bodies[0]).signals, [state(true)]);
}

#[test]
fn candidates_found_together_go_together() {
    let mut pair = Pair::new();
    for _ in 0..5 {
        pair.anna.push(candidates(1, 1));
    }
    assert_eq!(pair.anna_sends(START).len(), 1);
}

#[test]
fn candidates_found_soon_after_wait_for_each_other_and_for_nothing_else() {
    let mut pair = Pair::new();
    let soon = START + GATHERING / 2;
    pair.anna.push(candidates(1, 1));
    assert_eq!(pair.anna_sends(START).len(), 1);
    pair.anna.push(candidates(1, 1));
    assert!(pair.anna_sends(soon).is_empty());
    pair.anna.push(candidates(1, 2));
    assert_eq!(pair.anna.poll_timeout(), Some(START + GATHERING));
    let bodies = pair.anna_sends(START + GATHERING);
    assert_eq!(bodies.len(), 1);
    // What else is to be said takes them along at once.
    pair.anna.push(candidates(1, 1));
    pair.anna.push(renew(2));
    assert_eq!(pair.anna_sends(START + GATHERING).len(), 2);
}

#[test]
fn a_new_way_repeats_only_what_the_old_one_may_have_lost() {
    let mut pair = Pair::new();
    pair.anna.push(renew(1));
    pair.anna_sends(START);
    let later = START + UNDER_WAY;
    pair.anna.push(renew(2));
    pair.anna_sends(later - Duration::from_millis(1));
    pair.anna.say_old_again(later);
    let bodies = pair.anna_sends(later);
    assert_eq!(bodies.len(), 1);
    assert_eq!(pair.bob_gets(later, &bodies[0]).signals, [renew(1)]);
    pair.anna.say_again();
    assert_eq!(pair.anna_sends(later).len(), 2);
}

#[test]
fn what_waits_about_a_replaced_connection_is_taken_back() {
    let mut pair = Pair::new();
    pair.anna.push(candidates(1, 1));
    pair.anna.push(candidates(2, 1));
    pair.anna.forget_before(2);
    let bodies = pair.anna_sends(START);
    assert_eq!(pair.bob_gets(START, &bodies[0]).signals, [candidates(2, 1)]);
}

#[test]
fn no_more_is_under_way_than_the_other_keeps_and_the_rest_follows() {
    let mut pair = Pair::new();
    for generation in 1..=100 {
        pair.anna.push(renew(generation));
    }
    let bodies = pair.anna_sends(START);
    assert_eq!(bodies.len(), WINDOW);
    for body in &bodies {
        pair.bob_gets(START, body);
    }
    let status = pair.bob_sends(START + ACK_DELAY);
    pair.anna_gets(START, &status[0]);
    assert_eq!(pair.anna_sends(START).len(), 100 - WINDOW);
}

#[test]
fn an_unreasonable_signal_is_passed_over_without_losing_the_order() {
    let mut pair = Pair::new();
    pair.anna.push(candidates(1, MAX_CANDIDATES + 1));
    pair.anna.push(renew(1));
    let bodies = pair.anna_sends(START);
    pair.bob_gets(START, &bodies[0]);
    assert_eq!(pair.bob_gets(START, &bodies[1]).signals, [renew(1)]);
}

#[test]
fn an_old_status_changes_nothing() {
    let mut pair = Pair::new();
    pair.bob.owe_status(START);
    let status = pair.bob_sends(START);
    assert!(pair.anna_gets(START, &status[0]).fresh);
    assert!(!pair.anna_gets(START, &status[0]).fresh);
}

#[test]
fn a_number_far_ahead_is_not_kept() {
    let mut pair = Pair::new();
    let ends = pair.anna.outward;
    let number = Kind::Numbered(WINDOW as u64 + 1);
    let body = pair.seal.seal(number, ends, b"{}", &mut pair.rng);
    pair.bob_gets(START, &body);
    assert!(pair.bob.is_idle());
}

#[test]
fn what_was_said_of_connections_is_let_go_with_who_left_and_the_numbers_go_on() {
    let mut pair = Pair::new();
    let offer = Signal::Description {
        generation: 1,
        description: protocol::Description {
            kind: protocol::DescriptionKind::Offer,
            sdp: "v=0".repeat(10_000),
        },
    };
    pair.anna.push(offer);
    for _ in 0..8 {
        pair.anna.push(candidates(1, MAX_CANDIDATES));
    }
    pair.anna.push(renew(2));
    let lost = pair.anna_sends(START);
    assert_eq!(lost.len(), 10);
    pair.anna.push(candidates(2, 3));
    let before = pair.anna.kept_bytes();
    pair.anna.rest();
    let after = pair.anna.kept_bytes();
    assert!(before > 30_000 && after < 3_000, "{before}, then {after}");

    // They come back, and what is of use arrives.
    pair.anna.push(state(true));
    pair.anna.say_again();
    let mut signals = Vec::new();
    for body in pair.anna_sends(START + SECOND) {
        signals.extend(pair.bob_gets(START + SECOND, &body).signals);
    }
    assert_eq!(signals, [renew(2), state(true)]);
}

#[test]
fn what_came_early_from_who_left_is_said_again_when_they_are_back() {
    let mut pair = Pair::new();
    pair.anna.push(renew(1));
    pair.anna.push(renew(2));
    let bodies = pair.anna_sends(START);
    assert_eq!(pair.bob_gets(START, &bodies[1]).signals, []);
    pair.bob.rest();
    assert_eq!(pair.bob.kept_bytes(), 0);
    pair.anna.say_again();
    let mut signals = Vec::new();
    for body in pair.anna_sends(START + SECOND) {
        signals.extend(pair.bob_gets(START + SECOND, &body).signals);
    }
    assert_eq!(signals, [renew(1), renew(2)]);
}
