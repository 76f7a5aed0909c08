//! Losing the socket, the server, the network, and coming back.

use std::time::Duration;

use crate::common::{SECOND, World};
use call::{Intent, LinkView, Phase, Slot};
use protocol::{CloseCode, ServerMessage};

#[test]
fn a_broken_socket_is_taken_up_again_and_nobody_notices() {
    let mut world = World::new(1);
    let all = world.call_of(&["Anna", "Bob"]);
    world.break_socket(all[1]);
    world.run(Duration::from_millis(500));
    assert_eq!(world.view(all[1]).link, LinkView::Connected);
    world.check();
    assert_eq!(world.pages[all[1]].opened, 1);
    assert!(world.view(all[0]).notices.is_empty());
}

#[test]
fn what_was_said_while_the_socket_was_away_arrives() {
    let mut world = World::new(2);
    let anna = world.join("Anna");
    world.run(2 * SECOND);
    let bob = world.join("Bob");
    // In the middle of greeting and negotiating, again and again.
    for _ in 0..12 {
        world.run(Duration::from_millis(70));
        world.break_socket(bob);
        world.run(Duration::from_millis(70));
        world.break_socket(anna);
    }
    world.run(20 * SECOND);
    world.check();
}

#[test]
fn a_socket_that_swallows_everything_is_replaced() {
    let mut world = World::new(3);
    let all = world.call_of(&["Anna", "Bob"]);
    world.deaden_socket(all[0]);
    world.run(20 * SECOND);
    assert_eq!(world.view(all[0]).link, LinkView::Connected);
    world.check();
    let carol = world.join("Carol");
    world.run(5 * SECOND);
    world.check();
    assert!(world.is_connected(carol, "Anna"));
}

#[test]
fn after_half_a_minute_without_a_network_the_server_is_reached_within_two_seconds() {
    let mut world = World::new(12);
    let all = world.call_of(&["Anna", "Bob"]);
    world.unplug(all[0]);
    world.run(30 * SECOND);
    assert_ne!(world.view(all[0]).link, LinkView::Connected);
    // Nobody tells the page.
    world.pages[all[0]].online = true;
    let back = world.run_until(20 * SECOND, |world| {
        world.view(all[0]).link == LinkView::Connected
    });
    assert!(back <= 2 * SECOND, "after {back:?}");
}

#[test]
fn a_killed_server_costs_no_connection_and_a_newcomer_is_in_after_it_is_back() {
    let mut world = World::new(4);
    let all = world.call_of(&["Anna", "Bob", "Carol", "Dan"]);
    world.kill_server();
    world.run(20 * SECOND);
    for &who in &all {
        assert_eq!(world.view(who).phase, Phase::InCall);
        assert_eq!(world.view(who).participants.len(), 3);
        assert!(world.view(who).notices.is_empty());
        assert_ne!(world.view(who).link, LinkView::Connected);
    }
    // What changes meanwhile is said directly.
    world.say(all[0], Intent::SetCamera(false));
    world.run(SECOND);
    assert!(!world.sees(all[3], "Anna").unwrap().camera);
    world.start_server();
    let eve = world.join("Eve");
    world.run(15 * SECOND);
    world.check();
    assert_eq!(world.view(eve).participants.len(), 4);
    for &who in &all {
        assert_eq!(world.pages[who].opened, 4, "three as before and one new");
        assert_eq!(world.view(who).link, LinkView::Connected);
    }
}

#[test]
fn a_path_that_breaks_while_the_server_is_down_is_mended_through_a_third() {
    let mut world = World::new(5);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.kill_server();
    world.run(SECOND);
    world.cut(all[0], all[1]);
    world.run(25 * SECOND);
    assert!(!world.is_connected(all[0], "Bob"));
    assert!(world.is_connected(all[0], "Carol"));
    let cannot = world.sees(all[2], "Anna").unwrap().cannot_reach;
    assert_eq!(cannot, [world.sees(all[2], "Bob").unwrap().key]);
    world.heal();
    world.run(30 * SECOND);
    assert!(world.is_connected(all[0], "Bob"));
    world.start_server();
    world.run(20 * SECOND);
    world.check();
}

#[test]
fn somebody_who_died_with_the_server_is_dropped_after_the_grace_period() {
    let mut world = World::new(6);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.kill_server();
    world.crash(all[2]);
    world.run(3 * SECOND);
    world.start_server();
    world.run(80 * SECOND);
    world.check();
    assert_eq!(world.view(all[0]).participants.len(), 1);
}

#[test]
fn a_server_that_cannot_be_reached_is_tried_with_growing_patience() {
    let mut world = World::new(7);
    world.server_up = false;
    let anna = world.open("Anna");
    world.run(SECOND);
    assert_eq!(world.view(anna).link, LinkView::Connecting);
    world.run(30 * SECOND);
    assert_eq!(world.view(anna).link, LinkView::Unreachable);
    let before = world.commands;
    world.run(60 * SECOND);
    assert!(world.commands - before <= 9, "it tries too often");
    world.server_up = true;
    world.say(anna, Intent::RetryConnection);
    world.run(SECOND);
    assert_eq!(world.view(anna).link, LinkView::Connected);
}

#[test]
fn a_join_that_was_lost_with_the_socket_is_said_again() {
    let mut world = World::new(8);
    let anna = world.open("Anna");
    world.run(SECOND);
    world.say(anna, Intent::Join);
    world.break_socket(anna);
    assert_eq!(world.view(anna).phase, Phase::Joining);
    world.run(2 * SECOND);
    assert_eq!(world.view(anna).phase, Phase::InCall);
}

#[test]
fn whoever_was_away_longer_than_the_grace_period_comes_back_as_the_same() {
    let mut world = World::new(9);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.unplug(all[2]);
    world.run(100 * SECOND);
    assert_eq!(world.view(all[0]).participants.len(), 1);
    world.plug_in(all[2], false);
    world.run(40 * SECOND);
    world.check();
    assert_eq!(world.view(all[0]).participants.len(), 2);
}

#[test]
fn a_page_whose_participant_was_taken_up_elsewhere_enters_anew_without_a_quarrel() {
    let mut world = World::new(10);
    let all = world.call_of(&["Anna", "Bob"]);
    world.close_socket(all[1], CloseCode::Replaced);
    world.run(60 * SECOND);
    world.check();
    assert!(world.pages[all[1]].live[0], "{:?}", Slot::Microphone);
}

#[test]
fn at_rest_nothing_is_said_but_heartbeats() {
    let mut world = World::new(11);
    let _all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.run(30 * SECOND);
    let before = world.commands;
    world.run(100 * SECOND);
    let said = world.commands - before;
    assert!((27..=33).contains(&said), "{said} commands in a quiet call");
}

#[test]
fn whoever_vanished_before_they_were_heard_is_told_what_is_new_when_they_are_back() {
    for seed in 0..200 {
        let mut world = World::new(seed);
        let anna = world.open("Anna");
        world.run(SECOND);
        let bob = world.open("Bob");
        // Somewhere here Bob hears Anna for the first time, and Anna does not hear Bob.
        world.run(Duration::from_millis(20 + 2 * seed));
        world.unplug(bob);
        world.run(100 * SECOND);
        world.say(anna, Intent::Join);
        world.run(SECOND);
        world.plug_in(bob, false);
        world.run(30 * SECOND);
        world.check();
    }
}

#[test]
fn credentials_are_renewed_before_they_expire() {
    let mut world = World::new(13);
    // Beats tell nothing here, and there are hours of them.
    world.beat = 20 * SECOND;
    let all = world.call_of(&["Anna", "Bob"]);
    for _ in 0..5 {
        world.run(3_500 * SECOND);
        for &who in &all {
            assert_eq!(world.view(who).link, LinkView::Connected);
            assert!(world.view(who).notices.is_empty());
        }
        // The credential in use is looked at whenever ICE restarts.
        world.cut(all[0], all[1]);
        world.run(20 * SECOND);
        world.heal();
        world.run(20 * SECOND);
    }
    world.check();
    let restarts = all.iter().flat_map(|who| &world.pages[*who].restarts);
    let left: Vec<Duration> = restarts.map(|(_, left)| *left).collect();
    assert!(left.len() >= 5, "{left:?}");
    assert!(left.iter().all(|left| *left >= 600 * SECOND), "{left:?}");
    assert_eq!(
        world.pages[all[0]].opened, 1,
        "and no connection was made anew"
    );
}

#[test]
fn nothing_is_lost_or_shown_while_credentials_are_renewed() {
    let mut world = World::new(14);
    world.beat = 20 * SECOND;
    let all = world.call_of(&["Anna", "Bob"]);
    world.run(2_670 * SECOND);
    let before = world.pages[all[0]].credential.clone();
    for number in 0..6_000 {
        // Somebody comes and is greeted just then, and the link never seems to be gone.
        world.run(Duration::from_millis(10));
        assert_eq!(world.view(all[0]).link, LinkView::Connected);
        if number == 2_000 {
            world.join("Carol");
        }
    }
    assert_ne!(world.pages[all[0]].credential, before);
    world.run(20 * SECOND);
    world.check();
}

#[test]
fn a_dead_machine_is_gone_soon_after_the_grace_period_in_the_call_and_at_the_door() {
    let mut world = World::new(15);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    let visitor = world.open("Dan");
    world.run(5 * SECOND);
    world.crash(all[2]);
    world.crash(visitor);
    let gone = world.run_until(60 * SECOND, |world| {
        let view = world.view(all[0]);
        view.participants.len() == 1 && view.in_lobby == 0
    });
    assert!(gone <= 36 * SECOND, "after {gone:?}");
    world.run(20 * SECOND);
    world.check();
}

#[test]
fn whoever_fell_silent_a_moment_ago_is_waited_for_although_the_server_gave_them_up() {
    for seed in 20..30 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob"]);
        // The server heard them last long before their network went.
        world.deaden_socket(all[1]);
        world.run(9 * SECOND);
        world.unplug(all[1]);
        world.run(27 * SECOND);
        assert_eq!(world.view(all[0]).participants.len(), 1, "seed {seed}");
        world.plug_in(all[1], false);
        let back = world.run_until(5 * SECOND, |world| world.paths_up(all[0]));
        assert!(back <= 2 * SECOND, "after {back:?}, seed {seed}");
        assert!(world.view(all[0]).notices.is_empty(), "seed {seed}");
        world.run(20 * SECOND);
        world.check();
    }
}

#[test]
fn a_server_that_stops_is_left_alone_until_the_time_it_gave_to_each() {
    let mut world = World::new(16);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    let waits = [2_000, 3_000, 4_500].map(Duration::from_millis);
    let ids = world.server.present();
    for (id, wait) in ids.iter().zip(waits) {
        let retry_after_ms = wait.as_millis() as u64;
        world
            .server
            .lie(id, ServerMessage::Draining { retry_after_ms });
    }
    world.deliver_from_server();
    // The word comes before the end of the socket.
    world.run(Duration::from_millis(100));
    for &who in &all {
        world.close_socket(who, CloseCode::GoingAway);
    }
    let start = world.now;
    world.run_until(SECOND, |world| {
        let away = |who: &usize| world.view(*who).link == LinkView::Reconnecting;
        all.iter().all(away)
    });
    let mut back = [None; 3];
    while back.contains(&None) {
        world.run(Duration::from_millis(10));
        assert!(world.now < start + 10 * SECOND);
        for (who, back) in all.iter().zip(&mut back) {
            if world.view(*who).link == LinkView::Connected {
                back.get_or_insert(world.now - start);
            }
        }
    }
    let mut back = back.map(Option::unwrap);
    back.sort_unstable();
    for (back, wait) in back.into_iter().zip(waits) {
        assert!(
            back + Duration::from_millis(100) >= wait && back < wait + SECOND,
            "{back:?}, not {wait:?}"
        );
    }
    world.check();
}

#[test]
fn not_all_come_back_at_the_same_moment() {
    let mut tries = Vec::new();
    for seed in 0..8 {
        let mut world = World::new(17);
        world.server_up = false;
        let anna = world.open_with("Anna", |config| config.seed = [seed; 32]);
        world.run_until(20 * SECOND, |world| {
            world.view(anna).link == LinkView::Unreachable
        });
        tries.push(world.now);
    }
    tries.sort_unstable();
    tries.dedup();
    assert!(tries.len() >= 6, "{tries:?}");
    let spread = tries[tries.len() - 1] - tries[0];
    assert!(spread > Duration::from_millis(200), "{tries:?}");
}
