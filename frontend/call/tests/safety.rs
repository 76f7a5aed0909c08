//! The safety code in a call: the same on both screens, or not shown as if it were.

use crate::common::{Middle, SECOND, Who, World};
use call::safety::{CODE_LENGTH, Mark, SafetyView};
use call::{Intent, NoticeKind, PeerKey, RoomKey};

fn safety(world: &World, who: Who, of: &str) -> SafetyView {
    world.sees(who, of).unwrap().safety
}

fn pictures(world: &World, who: Who, of: &str) -> [u8; CODE_LENGTH] {
    let view = safety(world, who, of);
    let SafetyView::Code { pictures, .. } = view else {
        panic!("no code but {view:?}");
    };
    pictures
}

fn mark(world: &mut World, who: Who, of: &str, mark: Mark) -> PeerKey {
    let key = world.sees(who, of).unwrap().key;
    world.say(who, Intent::MarkSafety(key, mark));
    key
}

fn losses(world: &World, who: Who) -> Vec<NoticeKind> {
    let notices = world.view(who).notices.into_iter().map(|n| n.kind);
    let lost = notices.filter(|kind| matches!(kind, NoticeKind::NotVerifiedAnyMore(..)));
    lost.collect()
}

#[test]
fn every_two_see_the_same_code_and_others_another() {
    for seed in 0..10 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob", "Carol"]);
        let code = pictures(&world, all[0], "Bob");
        assert_eq!(code, pictures(&world, all[1], "Anna"), "seed {seed}");
        assert_ne!(code, pictures(&world, all[0], "Carol"), "seed {seed}");
        let others = pictures(&world, all[1], "Carol");
        assert_eq!(others, pictures(&world, all[2], "Bob"), "seed {seed}");
        assert!(code.iter().all(|picture| *picture < 64));
    }
}

#[test]
fn nobody_in_the_lobby_has_a_code() {
    let mut world = World::new(20);
    let anna = world.join("Anna");
    let bob = world.open("Bob");
    world.run(10 * SECOND);
    assert_eq!(safety(&world, bob, "Anna"), SafetyView::Waiting);
    world.say(bob, Intent::Join);
    world.run(5 * SECOND);
    assert_eq!(pictures(&world, bob, "Anna"), pictures(&world, anna, "Bob"));
}

#[test]
fn a_mark_outlives_a_new_connection_and_a_new_address() {
    let mut world = World::new(21);
    let all = world.call_of(&["Anna", "Bob"]);
    let code = pictures(&world, all[0], "Bob");
    mark(&mut world, all[0], "Bob", Mark::Same);
    let opened = world.pages[all[0]].opened;
    world.unplug(all[1]);
    world.run(60 * SECOND);
    world.plug_in(all[1], true);
    world.run(60 * SECOND);
    world.check();
    assert!(
        world.pages[all[0]].opened > opened,
        "a connection was made anew"
    );
    assert!(safety(&world, all[0], "Bob").is_verified());
    assert_eq!(code, pictures(&world, all[1], "Anna"));
    assert_eq!(losses(&world, all[0]), []);
}

#[test]
fn another_certificate_takes_the_mark_and_says_so() {
    let mut world = World::new(22);
    let all = world.call_of(&["Anna", "Bob"]);
    let code = pictures(&world, all[0], "Bob");
    let bob = mark(&mut world, all[0], "Bob", Mark::Same);
    world.pages[all[1]].certificate += 1;
    // A connection is made anew, with it.
    world.unplug(all[1]);
    world.run(60 * SECOND);
    world.plug_in(all[1], true);
    world.run(60 * SECOND);
    world.check();
    assert!(!safety(&world, all[0], "Bob").is_verified());
    let name = "Bob".parse().ok();
    assert_eq!(
        losses(&world, all[0]),
        [NoticeKind::NotVerifiedAnyMore(bob, name)]
    );
    let other = pictures(&world, all[0], "Bob");
    assert_ne!(other, code);
    assert_eq!(other, pictures(&world, all[1], "Anna"));
    mark(&mut world, all[0], "Bob", Mark::Same);
    assert_eq!(losses(&world, all[0]), []);
}

#[test]
fn whoever_comes_in_the_name_of_somebody_verified_is_to_be_compared_anew() {
    let mut world = World::new(23);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    mark(&mut world, all[0], "Bob", Mark::Same);
    for leaver in [all[1], all[2]] {
        world.say(leaver, Intent::Leave);
    }
    world.run(2 * SECOND);
    assert_eq!(losses(&world, all[0]), []);
    world.join("Carol");
    world.run(5 * SECOND);
    assert_eq!(losses(&world, all[0]), [], "she was never verified");
    world.join("Bob");
    world.run(5 * SECOND);
    assert_eq!(losses(&world, all[0]).len(), 1);
    assert!(!safety(&world, all[0], "Bob").is_verified());
}

/// Everybody's fingerprint, as somebody in the middle would have it.
fn swapped(sdp: &str, _: u32) -> String {
    let (before, _) = sdp.split_once("a=fingerprint:").unwrap();
    format!("{before}a=fingerprint:sha-256 00000000000000AA\r\n")
}

/// Theirs stays there, and another one beside it.
fn added(sdp: &str, _: u32) -> String {
    format!("{sdp}a=fingerprint:sha-256 00000000000000AA\r\n")
}

#[test]
fn a_server_that_holds_the_key_and_stands_in_the_middle_is_noticed() {
    for swap in [swapped, added] {
        let mut world = World::new(24);
        let key = RoomKey::from_bytes([7; RoomKey::BYTES]);
        world.server.middle = Some(Middle::new("our-room", &key, swap));
        let all = world.call_of(&["Anna", "Bob"]);
        assert!(world.server.middle.as_ref().unwrap().swapped > 0);
        for (who, of) in [(all[0], "Bob"), (all[1], "Anna")] {
            assert_eq!(safety(&world, who, of), SafetyView::Contradicted);
            mark(&mut world, who, of, Mark::Same);
            assert!(!safety(&world, who, of).is_verified());
        }
    }
}
