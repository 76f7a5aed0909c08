//! Coming into a call, standing before it, and leaving it.

use std::time::Duration;

use crate::common::{SECOND, World};
use call::{ConnectionView, Intent, NoticeKind, Phase};

#[test]
fn two_who_open_the_link_are_in_a_call() {
    let mut world = World::new(1);
    let anna = world.join("Anna");
    let bob = world.join("Bob");
    world.run(5 * SECOND);
    world.check();
    assert_eq!(world.view(anna).phase, Phase::InCall);
    assert!(world.is_connected(bob, "Anna"));
    assert_eq!(world.tracks_sent(anna), 2, "microphone and camera");
}

#[test]
fn eight_are_in_a_call() {
    let mut world = World::new(2);
    let names = ["A", "B", "C", "D", "E", "F", "G", "H"];
    let all = world.call_of(&names);
    for who in all {
        assert_eq!(world.connections(who), 7);
        assert_eq!(world.pages[who].opened, 7, "nothing was made twice");
    }
}

#[test]
fn whoever_stands_in_the_lobby_is_connected_before_the_click_and_sends_nothing() {
    let mut world = World::new(3);
    let anna = world.join("Anna");
    let bob = world.open("Bob");
    world.run(5 * SECOND);
    world.check();
    assert_eq!(world.connections(bob), 1);
    assert_eq!(world.tracks_sent(bob), 0);
    assert_eq!(world.tracks_sent(anna), 0);
    assert_eq!(world.view(anna).in_lobby, 1);
    let shown = &world.view(anna).participants[0];
    assert_eq!((shown.name.clone(), shown.in_call), (None, false));
    assert!(world.sees(bob, "Anna").is_some(), "those inside are named");
    world.say(bob, Intent::Join);
    world.run(SECOND);
    world.check();
    assert_eq!(world.pages[bob].opened, 1, "the click makes nothing anew");
}

#[test]
fn the_screen_of_the_call_comes_after_the_connections_but_not_late() {
    let mut world = World::new(31);
    let anna = world.join("Anna");
    world.run(5 * SECOND);
    assert!(world.view(anna).entered, "nobody to wait for");
    let bob = world.open("Bob");
    world.run(5 * SECOND);
    world.say(bob, Intent::Join);
    assert!(world.view(bob).entered, "connected in the lobby already");
    let eve = world.join("Eve");
    let moment = Duration::from_millis(10);
    let mut waited = Duration::ZERO;
    let connected = |world: &World| {
        let inside = world.view(eve).participants.into_iter();
        let inside = inside.filter(|who| who.in_call);
        inside
            .filter(|who| who.connection == ConnectionView::Connected)
            .count()
    };
    while !world.view(eve).entered {
        assert!(connected(&world) < 2, "both are connected");
        world.run(moment);
        waited += moment;
    }
    let late = waited >= Duration::from_millis(700);
    assert!(connected(&world) == 2 || late, "after {waited:?}");
    assert!(waited < Duration::from_millis(1_500), "{waited:?}");
    assert_eq!(world.view(anna).phase, Phase::InCall);
    assert!(world.view(anna).entered, "a newcomer changes nothing");
    world.say(anna, Intent::Leave);
    assert!(!world.view(anna).entered);
}

#[test]
fn a_camera_begins_small_and_grows_once_the_path_is_known() {
    let mut world = World::new(30);
    let anna = world.join("Anna");
    let bob = world.open("Bob");
    world.run(5 * SECOND);
    let sizes = |world: &World| [anna, bob].map(|who| world.scale_down_by(who));
    assert_eq!(sizes(&world), [[4], [4]]);
    world.say(bob, Intent::Join);
    for (wait, by) in [(400, 4), (500, 2), (900, 2), (500, 1)] {
        world.run(Duration::from_millis(wait));
        assert_eq!(sizes(&world), [[by], [by]]);
    }
    world.check();
}

#[test]
fn two_in_the_lobby_do_not_connect() {
    let mut world = World::new(4);
    let anna = world.open("Anna");
    let bob = world.open("Bob");
    world.run(5 * SECOND);
    assert_eq!(world.connections(anna) + world.connections(bob), 0);
    assert_eq!(world.view(anna).in_lobby, 1);
}

#[test]
fn whoever_leaves_is_gone_at_once() {
    let mut world = World::new(5);
    let all = world.call_of(&["Anna", "Bob"]);
    world.say(all[1], Intent::Leave);
    world.run(SECOND);
    assert!(world.view(all[0]).participants.is_empty());
    assert_eq!(world.connections(all[0]), 0);
    assert_eq!(world.view(all[1]).phase, Phase::Left);
    assert_eq!(world.pages[all[1]].live, [false; 4]);
    assert!(
        world
            .view(all[0])
            .notices
            .iter()
            .any(|n| matches!(n.kind, NoticeKind::Left(_, Some(_))))
    );
    world.run(6 * SECOND);
    assert!(world.view(all[0]).notices.is_empty(), "it goes by itself");
}

#[test]
fn a_closed_tab_is_gone_within_a_second() {
    let mut world = World::new(6);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.close_tab(all[2]);
    world.run(SECOND);
    world.check();
}

#[test]
fn a_dead_machine_is_gone_after_the_grace_period() {
    let mut world = World::new(7);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.crash(all[2]);
    world.run(90 * SECOND);
    world.check();
}

#[test]
fn a_killed_browser_whose_place_was_given_away_is_gone_after_the_grace_period_all_the_same() {
    let mut world = World::new(7);
    let all = world.call_of(&["Anna", "Bob"]);
    world.kill_browser(all[1]);
    // Before the browser has the connection for lost.
    world.run(4 * SECOND);
    world.server.give_up_absent();
    world.run(24 * SECOND);
    assert_eq!(world.view(all[0]).participants.len(), 1, "waited for");
    world.run(3 * SECOND);
    assert_eq!(world.view(all[0]).participants.len(), 0, "gone");
    world.check();
}

#[test]
fn a_reload_replaces_the_former_self() {
    let mut world = World::new(8);
    let all = world.call_of(&["Anna", "Bob"]);
    let token = world.pages[all[1]].token.clone();
    assert!(token.is_some());
    world.crash(all[1]);
    let again = world.open_with("Bob", |config| config.replaces = token);
    world.say(again, Intent::Join);
    world.run(5 * SECOND);
    world.check();
    assert_eq!(world.view(all[0]).participants.len(), 1);
}

#[test]
fn a_page_that_comes_back_from_the_cache_is_in_the_call_again() {
    let mut world = World::new(9);
    let all = world.call_of(&["Anna", "Bob"]);
    world.input(all[1], call::Input::Network(call::NetworkEvent::Hidden));
    world.run(SECOND);
    assert!(world.view(all[0]).participants.is_empty());
    world.input(all[1], call::Input::Network(call::NetworkEvent::Woken));
    world.run(30 * SECOND);
    world.check();
    assert_eq!(world.view(all[1]).phase, Phase::InCall);
}

#[test]
fn whoever_finds_the_call_full_is_told_and_comes_in_when_there_is_a_place() {
    let mut world = World::new(10);
    world.server.max_participants = 2;
    let all = world.call_of(&["Anna", "Bob"]);
    let carol = world.join("Carol");
    world.run(3 * SECOND);
    assert_eq!(world.view(carol).phase, Phase::Lobby);
    assert!(
        world
            .view(carol)
            .notices
            .iter()
            .any(|n| n.kind == NoticeKind::RoomFull)
    );
    assert_eq!(world.tracks_sent(carol), 0);
    world.say(all[0], Intent::Leave);
    world.run(3 * SECOND);
    assert_eq!(world.view(carol).phase, Phase::InCall);
    assert!(
        world
            .view(carol)
            .notices
            .iter()
            .all(|n| n.kind != NoticeKind::RoomFull)
    );
    world.check();
}

#[test]
fn eight_are_in_a_call_and_the_ninth_waits_for_a_place() {
    let mut world = World::new(12);
    let names = [
        "Anna", "Bob", "Carol", "Dave", "Erin", "Frank", "Gina", "Hugo",
    ];
    let all = world.call_of(&names);
    world.check();
    let ninth = world.join("Ina");
    world.run(3 * SECOND);
    assert_eq!(world.view(ninth).phase, Phase::Lobby);
    let told = |world: &World| {
        let notices = world.view(ninth).notices;
        notices.iter().any(|n| n.kind == NoticeKind::RoomFull)
    };
    assert!(told(&world));
    world.say(all[3], Intent::Leave);
    world.run(3 * SECOND);
    assert_eq!(world.view(ninth).phase, Phase::InCall);
    assert!(!told(&world));
    world.check();
}

#[test]
fn those_inside_are_told_of_a_newcomer_and_the_newcomer_is_not_told_of_them() {
    let mut world = World::new(11);
    let all = world.call_of(&["Anna", "Bob"]);
    let carol = world.join("Carol");
    world.run(2 * SECOND);
    let comings = |who: usize| {
        world
            .view(who)
            .notices
            .into_iter()
            .filter(|n| matches!(n.kind, NoticeKind::Joined(..)))
            .count()
    };
    assert_eq!(comings(all[0]), 1);
    assert_eq!(comings(carol), 0);
}

#[test]
fn the_marks_of_a_join_are_made_once_and_in_order() {
    let mut world = World::new(12);
    let _anna = world.call_of(&["Anna"]);
    let bob = world.open("Bob");
    world.run(2 * SECOND);
    world.say(bob, Intent::Join);
    world.run(2 * SECOND);
    let marks = &world.pages[bob].marks;
    let at = |mark: &str| marks.iter().position(|m| *m == mark).expect(mark);
    assert!(at("tincan:welcome") < at("tincan:hello"));
    assert!(at("tincan:hello") < at("tincan:ice-connected"));
    assert!(at("tincan:join") < at("tincan:joined"));
    let mut once = marks.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), marks.len());
}

#[test]
fn somebody_with_another_key_learns_nothing_and_is_mentioned_once() {
    let mut world = World::new(13);
    let anna = world.join("Anna");
    let eve = world.open_with("Eve", |config| {
        config.access = call::Access::Member(call::RoomKey::from_bytes([8; 16]));
    });
    world.say(eve, Intent::Join);
    world.run(30 * SECOND);
    assert!(world.view(anna).participants.is_empty());
    assert!(world.view(eve).participants.is_empty());
    let kinds: Vec<_> = world
        .view(anna)
        .notices
        .into_iter()
        .map(|n| n.kind)
        .collect();
    assert_eq!(kinds, [NoticeKind::WithoutKey]);
    assert_eq!(world.connections(anna), 0);
}

#[test]
fn whose_phrase_is_another_is_told_before_joining_and_who_has_it_is_not() {
    let mut world = World::new(15);
    let anna = world.join("Anna");
    let eve = world.open_with("Eve", |config| {
        config.access = call::Access::Member(call::RoomKey::from_bytes([8; 16]));
    });
    world.run(2 * SECOND);
    assert!(world.view(eve).apart, "nobody here speaks with her key");
    let bob = world.open("Bob");
    world.run(2 * SECOND);
    assert!(!world.view(bob).apart, "somebody here does");
    assert!(!world.view(anna).apart);
    // Who comes with her key ends it, as who leaves does.
    let mallory = world.open_with("Mallory", |config| {
        config.access = call::Access::Member(call::RoomKey::from_bytes([8; 16]));
    });
    world.run(2 * SECOND);
    assert!(!world.view(eve).apart);
    world.say(mallory, Intent::Leave);
    world.run(2 * SECOND);
    assert!(world.view(eve).apart);
}

#[test]
fn a_connection_is_connecting_until_it_is_made() {
    let mut world = World::new(14);
    let anna = world.join("Anna");
    let bob = world.join("Bob");
    world.cut(anna, bob);
    world.run(8 * SECOND);
    let shown = world.sees(anna, "Bob").unwrap();
    assert_eq!(shown.connection, ConnectionView::Connecting);
}

#[test]
fn the_press_is_said_over_the_connection_there_is_and_waits_for_no_server() {
    let mut world = World::new(32);
    let anna = world.join("Anna");
    let bob = world.open("Bob");
    world.run(5 * SECOND);
    assert_eq!(world.connections(bob), 1);
    // From now on a word by way of the server takes three seconds; the direct ones take what they did.
    world.delay = (3_000, 3_000);
    world.say(bob, Intent::Join);
    let attached = world.run_until(5 * SECOND, |world| {
        world.tracks_sent(anna) == 2 && world.tracks_sent(bob) == 2
    });
    assert!(attached <= Duration::from_millis(500), "after {attached:?}");
    world.run(15 * SECOND);
    world.check();
}

#[test]
fn leaving_the_lobby_closes_every_connection_and_every_device() {
    let mut world = World::new(33);
    let all = world.call_of(&["Anna", "Bob"]);
    let carol = world.open("Carol");
    world.run(5 * SECOND);
    assert_eq!(world.connections(carol), 2);
    assert_eq!(world.pages[carol].live[..2], [true; 2]);
    world.say(carol, Intent::Leave);
    world.run(SECOND);
    assert_eq!(world.connections(carol), 0);
    assert_eq!(world.pages[carol].live, [false; 4]);
    for who in all {
        assert_eq!(world.connections(who), 1);
        assert_eq!(world.view(who).in_lobby, 0);
    }
    world.check();
}
