use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::*;

use super::exchange::Exchange;
use super::*;

const ANNA: SessionNonce = SessionNonce([1; 16]);
const BOB: SessionNonce = SessionNonce([2; 16]);

fn print(of: u8) -> Arc<str> {
    format!("a=fingerprint:sha-256 {of:02X}").into()
}

/// Two ends, each with the fingerprints it sees, and a nonce.
fn two(anna: [u8; 2], bob: [u8; 2]) -> (Exchange, Exchange) {
    let mut ends = (Exchange::new(ANNA, BOB), Exchange::new(BOB, ANNA));
    ends.0.look(&anna.map(print), || [11; 32]);
    ends.1.look(&bob.map(print), || [22; 32]);
    ends
}

/// Passes on what both say until neither has more to say.
fn talk(one: &mut Exchange, other: &mut Exchange) {
    loop {
        let said = (one.next(), other.next());
        match &said {
            (None, None) => return,
            (to_other, to_one) => {
                to_other.iter().for_each(|step| other.take(&step.write()));
                to_one.iter().for_each(|step| one.take(&step.write()));
            }
        }
    }
}

fn shown(end: &Exchange) -> Option<[u8; CODE_LENGTH]> {
    match end.view() {
        SafetyView::Code { pictures, .. } => Some(pictures),
        SafetyView::Waiting | SafetyView::Contradicted => None,
    }
}

#[test]
fn both_come_to_the_same_code_and_neither_says_a_nonce_before_both_are_bound() {
    let (mut anna, mut bob) = two([1, 2], [2, 1]);
    let bound = anna.next().unwrap();
    assert!(matches!(bound, Step::Commit(..)));
    assert_eq!(anna.next(), None, "until Bob is bound as well");
    bob.take(&bound.write());
    talk(&mut anna, &mut bob);
    assert_eq!(shown(&anna), shown(&bob));
    assert!(shown(&anna).is_some());
}

#[test]
fn whoever_is_in_between_with_certificates_of_their_own_gets_other_codes() {
    // Mallory talks to both in the name of the other, and keeps to the rules.
    let (mut anna, _) = two([1, 8], [8, 1]);
    let (mut as_bob, mut bob) = (Exchange::new(BOB, ANNA), Exchange::new(BOB, ANNA));
    let mut as_anna = Exchange::new(ANNA, BOB);
    as_bob.look(&[8, 1].map(print), || [33; 32]);
    as_anna.look(&[9, 2].map(print), || [44; 32]);
    bob.look(&[2, 9].map(print), || [22; 32]);
    talk(&mut anna, &mut as_bob);
    talk(&mut as_anna, &mut bob);
    assert!(shown(&anna).is_some() && shown(&bob).is_some());
    assert_ne!(shown(&anna), shown(&bob));
}

#[test]
fn a_nonce_that_is_not_the_one_they_were_bound_to_gives_no_code() {
    let (mut anna, mut bob) = two([1, 2], [2, 1]);
    let (commit, bound) = (bob.next().unwrap(), anna.next().unwrap());
    anna.take(&commit.write());
    bob.take(&bound.write());
    let Some(Step::Reveal(about, _)) = bob.next() else {
        panic!("nothing revealed");
    };
    anna.take(&Step::Reveal(about, [99; 32]).write());
    assert_eq!(anna.view(), SafetyView::Contradicted);
    anna.mark(Mark::Same);
    assert!(!anna.view().is_verified());
    assert_eq!(anna.next(), None, "and ours is kept to ourselves");
}

#[test]
fn a_nonce_before_its_commitment_or_before_ours_gives_no_code() {
    let (mut anna, mut bob) = two([1, 2], [2, 1]);
    let commit = bob.next().unwrap();
    let (mut other, _) = two([1, 2], [2, 1]);
    bob.take(&other.next().unwrap().write());
    let reveal = bob.next().unwrap();
    // Without a commitment.
    let mut early = two([1, 2], [2, 1]).0;
    early.next();
    early.take(&reveal.write());
    assert_eq!(early.view(), SafetyView::Contradicted);
    // Before we were bound.
    anna.take(&commit.write());
    anna.take(&reveal.write());
    assert_eq!(anna.view(), SafetyView::Contradicted);
}

#[test]
fn whoever_binds_themselves_twice_gets_no_code() {
    let (mut anna, mut bob) = two([1, 2], [2, 1]);
    let mut again = Exchange::new(BOB, ANNA);
    again.look(&[2, 1].map(print), || [23; 32]);
    anna.take(&bob.next().unwrap().write());
    anna.take(&again.next().unwrap().write());
    assert_eq!(anna.view(), SafetyView::Contradicted);
}

#[test]
fn what_is_said_again_changes_nothing() {
    let (mut anna, mut bob) = two([1, 2], [2, 1]);
    talk(&mut anna, &mut bob);
    let code = shown(&anna);
    anna.mark(Mark::Same);
    for _ in 0..3 {
        bob.say_again();
        talk(&mut anna, &mut bob);
        assert_eq!(shown(&anna), code);
        assert!(anna.view().is_verified());
    }
}

#[test]
fn what_binds_one_does_not_bind_whoever_gives_it_back() {
    let (mut anna, _) = two([1, 2], [2, 1]);
    let bound = anna.next().unwrap();
    anna.take(&bound.write());
    let reveal = anna.next().unwrap();
    anna.take(&reveal.write());
    assert_eq!(anna.view(), SafetyView::Contradicted);
}

#[test]
fn another_certificate_wants_another_nonce_and_takes_the_mark_once() {
    let (mut anna, mut bob) = two([1, 2], [2, 1]);
    talk(&mut anna, &mut bob);
    let before = shown(&anna);
    anna.mark(Mark::Same);
    // A connection is being made: nothing is known of it yet.
    anna.look(&["".into(), "".into()], || {
        unreachable!("nothing to be bound to")
    });
    assert!(anna.view().is_verified());
    anna.look(&[1, 3].map(print), || [12; 32]);
    bob.look(&[3, 1].map(print), || [24; 32]);
    assert!(anna.take_loss());
    assert!(!anna.take_loss());
    talk(&mut anna, &mut bob);
    assert_eq!(shown(&anna), shown(&bob));
    assert_ne!(shown(&anna), before);
    assert!(!anna.view().is_verified());
}

#[test]
fn one_who_knows_of_the_new_certificate_first_is_understood() {
    let (mut anna, mut bob) = two([1, 2], [2, 1]);
    talk(&mut anna, &mut bob);
    bob.look(&[3, 1].map(print), || [24; 32]);
    anna.take(&bob.next().unwrap().write());
    assert_eq!(anna.view(), SafetyView::Contradicted, "for the moment");
    anna.look(&[1, 3].map(print), || [12; 32]);
    talk(&mut anna, &mut bob);
    assert_eq!(shown(&anna), shown(&bob));
    assert!(shown(&anna).is_some());
}

#[test]
fn whoever_sees_other_certificates_is_noticed_whoever_is_faster() {
    for early in [true, false] {
        let (_, mut bob) = two([1, 8], [2, 9]);
        let mut anna = Exchange::new(ANNA, BOB);
        let bound = bob.next().unwrap();
        if early {
            anna.take(&bound.write());
        }
        anna.look(&[1, 8].map(print), || [11; 32]);
        anna.take(&bound.write());
        assert_eq!(anna.view(), SafetyView::Contradicted);
    }
}

#[test]
fn guesses_are_counted() {
    let mut anna = Exchange::new(ANNA, BOB);
    let mut codes = BTreeSet::new();
    for certificate in 0..100 {
        let mut bob = Exchange::new(BOB, ANNA);
        anna.look(&[1, certificate].map(print), || [certificate; 32]);
        bob.look(&[certificate, 1].map(print), || [200; 32]);
        talk(&mut anna, &mut bob);
        codes.extend(shown(&anna));
    }
    assert_eq!(codes.len(), 16);
}

#[test]
fn nonsense_gives_no_code() {
    let step = Step::Commit([1; 32], [2; 32]);
    assert_eq!(Step::read(&step.write()), Some(step));
    let unknown = step.write().replacen('A', "B", 1);
    for text in ["", "?", "AA", &format!("{}AA", step.write()), &unknown] {
        let (mut anna, _) = two([1, 2], [2, 1]);
        anna.take(text);
        assert_eq!(anna.view(), SafetyView::Contradicted, "{text}");
    }
}

#[test]
fn all_fingerprints_count_however_they_are_written() {
    let one = "v=0\r\na=fingerprint:sha-256 AB:CD\r\nm=audio\r\n";
    let same = "v=0\nm=audio\na=fingerprint:SHA-256 ab:cd\nm=video\na=fingerprint:sha-256 AB:CD \n";
    let more = "v=0\r\na=fingerprint:sha-256 AB:CD\r\na=fingerprint:sha-256 00:11\r\n";
    assert_eq!(fingerprints(one), fingerprints(same));
    assert_eq!(fingerprints(same), fingerprints(&fingerprint_lines(same)));
    assert_ne!(fingerprints(one), fingerprints(more));
    assert_eq!(fingerprints("v=0\r\n"), None);
}

proptest! {
    #[test]
    fn the_code_is_the_same_on_both_sides_and_another_for_anything_else(
        sessions: [[u8; 16]; 2],
        prints: [Digest; 2],
        nonces: [Digest; 2],
        changed in 0..4_usize,
        byte in 0..32_usize,
        by in 1..=255_u8,
    ) {
        prop_assume!(sessions[0] != sessions[1]);
        let make = |prints: [Digest; 2]| [0, 1].map(|at| Side {
            session: SessionNonce(sessions[at]),
            fingerprints: prints[at],
        });
        let sides = make(prints);
        let original = code((sides[0], &nonces[0]), (sides[1], &nonces[1]));
        prop_assert_eq!(original, code((sides[1], &nonces[1]), (sides[0], &nonces[0])));
        prop_assert_eq!(about(sides[0], sides[1]), about(sides[1], sides[0]));
        prop_assert!(original.iter().all(|picture| *picture < 64));

        let mut all = [prints[0], prints[1], nonces[0], nonces[1]];
        all[changed][byte] ^= by;
        let sides = make([all[0], all[1]]);
        prop_assert_ne!(original, code((sides[0], &all[2]), (sides[1], &all[3])));
    }
}
