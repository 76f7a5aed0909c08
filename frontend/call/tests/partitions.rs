//! Networks that fall apart: groups that do not reach each other, a page cut off from the server
//! alone or from the others alone, a page that moves.

use std::time::Duration;

use crate::common::{SECOND, World};
use call::{ConnectionView, Input, Intent, LinkView, NetworkEvent};

#[test]
fn two_halves_stay_whole_and_find_together_again() {
    let mut world = World::new(1);
    let all = world.call_of(&["Anna", "Bob", "Carol", "Dan"]);
    world.partition(|who| who < 2);
    world.run(40 * SECOND);
    assert!(world.is_connected(all[0], "Bob"));
    assert!(world.is_connected(all[2], "Dan"));
    assert!(!world.is_connected(all[0], "Carol"));
    // The server still connects both halves, so nobody is gone.
    assert_eq!(world.view(all[0]).participants.len(), 3);
    world.heal();
    world.settle(60 * SECOND);
}

#[test]
fn whoever_loses_the_server_alone_stays_in_the_call_and_hears_everything() {
    let mut world = World::new(2);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.wall_off(all[0]);
    // The server has missed them, and waits.
    world.run(50 * SECOND);
    assert_ne!(world.view(all[0]).link, LinkView::Connected);
    for name in ["Bob", "Carol"] {
        assert!(world.is_connected(all[0], name));
    }
    world.say(all[1], Intent::SetCamera(false));
    world.run(SECOND);
    assert!(!world.sees(all[0], "Bob").unwrap().camera);
    world.repair();
    world.settle(60 * SECOND);
    for &who in &all {
        assert_eq!(world.pages[who].opened, 2, "no connection was replaced");
    }
}

#[test]
fn whoever_loses_the_server_for_longer_than_it_waits_stays_in_the_call_too() {
    let mut world = World::new(5);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.wall_off(all[0]);
    world.run(300 * SECOND);
    for name in ["Anna", "Carol"] {
        assert!(world.is_connected(all[1], name), "{name}");
    }
    assert!(world.view(all[1]).notices.is_empty());
    world.repair();
    let took = world.settle(120 * SECOND);
    assert!(took <= 45 * SECOND, "{took:?}");
    for &who in &all {
        assert_eq!(world.pages[who].opened, 2, "no connection was replaced");
    }
}

#[test]
fn whoever_vanishes_is_gone_when_the_server_gives_them_up() {
    let mut world = World::new(6);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.crash(all[0]);
    world.run(70 * SECOND);
    assert_eq!(world.view(all[1]).participants.len(), 1);
    world.check();
}

#[test]
fn whoever_loses_the_others_alone_is_told_and_is_back_when_they_are() {
    let mut world = World::new(3);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.partition(|who| who == all[0]);
    world.run(120 * SECOND);
    assert_eq!(world.view(all[0]).link, LinkView::Connected);
    for name in ["Bob", "Carol"] {
        let view = world.sees(all[0], name).unwrap().connection;
        assert_eq!(view, ConnectionView::Lost, "{name}");
    }
    world.heal();
    world.settle(60 * SECOND);
}

#[test]
fn a_page_that_moves_is_back_soon_if_its_browser_says_so_and_later_if_not() {
    for told in [true, false] {
        let mut world = World::new(4);
        let all = world.call_of(&["Anna", "Bob", "Carol"]);
        world.move_network(all[0], told);
        assert!(!world.paths_up(all[0]), "every path is dead at once");
        let took = world.run_until(60 * SECOND, |world| world.paths_up(all[0]));
        let patience = if told { 5 * SECOND } else { 15 * SECOND };
        assert!(took <= patience, "{took:?}, told: {told}");
        world.settle(60 * SECOND);
        assert_eq!(world.pages[all[0]].opened, 2, "a restart is enough");
    }
}

#[test]
fn people_who_join_while_the_server_starts_again_and_again_all_get_in() {
    for seed in 0..20 {
        let mut world = World::new(seed);
        world.call_of(&["Anna", "Bob"]);
        for name in ["Carol", "Dan", "Eve"] {
            world.kill_server();
            world.run(Duration::from_millis(100 * seed));
            world.join(name);
            world.run(Duration::from_millis(70 * seed));
            world.start_server();
            world.run(Duration::from_millis(130 * seed));
        }
        let took = world.settle(60 * SECOND);
        assert!(took <= 30 * SECOND, "{took:?}, seed {seed}");
    }
}

#[test]
fn everybody_restarting_at_the_same_instant_makes_no_new_connection() {
    for seed in 0..20 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob", "Carol", "Dan"]);
        for &who in &all {
            world.input(who, Input::Network(NetworkEvent::Changed));
        }
        world.settle(60 * SECOND);
        for &who in &all {
            assert_eq!(world.pages[who].opened, 3, "seed {seed}");
        }
    }
}

#[test]
fn what_was_under_way_in_a_channel_that_closes_is_said_again() {
    for seed in 0..20 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob"]);
        // Broken without anybody knowing yet, so what is said goes into the channel.
        world.cut(all[0], all[1]);
        world.say(all[0], Intent::SetCamera(false));
        world.run(Duration::from_millis(200));
        assert!(world.sees(all[1], "Anna").unwrap().camera);
        world.break_connections(all[0]);
        world.run(SECOND);
        world.heal();
        world.settle(60 * SECOND);
        assert!(!world.sees(all[1], "Anna").unwrap().camera, "seed {seed}");
    }
}
