//! Paths that break, and how they are mended.

use std::time::Duration;

use crate::common::{SECOND, World};
use call::{ConnectionView, Input, NetworkEvent};

#[test]
fn a_path_that_is_silent_for_a_moment_comes_back_by_itself() {
    let mut world = World::new(1);
    let all = world.call_of(&["Anna", "Bob"]);
    world.cut(all[0], all[1]);
    world.run(6 * SECOND);
    let view = world.sees(all[0], "Bob").unwrap().connection;
    assert_eq!(view, ConnectionView::Interrupted);
    world.heal();
    world.run(SECOND);
    world.check();
}

#[test]
fn a_path_that_was_silent_for_long_is_mended_by_a_restart_not_by_a_new_connection() {
    let mut world = World::new(2);
    let all = world.call_of(&["Anna", "Bob"]);
    world.cut(all[0], all[1]);
    world.run(20 * SECOND);
    let view = world.sees(all[0], "Bob").unwrap().connection;
    assert_eq!(view, ConnectionView::Healing);
    world.heal();
    world.run(15 * SECOND);
    world.check();
    assert_eq!(world.pages[all[0]].opened, 1);
}

#[test]
fn a_path_that_stays_broken_is_lost_and_still_comes_back_in_the_end() {
    let mut world = World::new(3);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.cut(all[0], all[1]);
    world.run(300 * SECOND);
    let view = world.sees(all[0], "Bob").unwrap().connection;
    assert_eq!(view, ConnectionView::Lost);
    assert!(
        world.is_connected(all[0], "Carol"),
        "the others are untouched"
    );
    assert!(world.pages[all[0]].opened < 20, "patience grows");
    world.heal();
    world.run(60 * SECOND);
    world.check();
}

#[test]
fn a_machine_that_moves_to_another_network_is_back_soon() {
    let mut world = World::new(4);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.unplug(all[0]);
    world.run(2 * SECOND);
    world.plug_in(all[0], true);
    world.input(all[0], Input::Network(NetworkEvent::Changed));
    let back = world.run_until(60 * SECOND, |world| {
        world.connections(all[0]) == 2 && world.paths_up(all[0])
    });
    assert!(back < 5 * SECOND, "took {back:?}");
    world.run(30 * SECOND);
    world.check();
}

#[test]
fn who_changes_networks_while_the_server_is_away_has_the_path_made_anew_without_it() {
    let mut world = World::new(7);
    let all = world.call_of(&["Anna", "Bob"]);
    world.kill_server();
    world.run(5 * SECOND);
    // Whoever offers restarts, and whoever answers asks for it.
    for who in &all {
        let before = world.negotiations();
        world.input(*who, Input::Network(NetworkEvent::Changed));
        world.run(5 * SECOND);
        assert_eq!(
            world.negotiations(),
            before + 4,
            "two descriptions on each side"
        );
    }
    assert!(world.is_connected(all[0], "Bob"));
    world.start_server();
    world.run(30 * SECOND);
    world.check();
    assert_eq!(world.pages[all[0]].opened, 1);
}

#[test]
fn both_restarting_at_once_converges() {
    for seed in 10..30 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob"]);
        world.input(all[0], Input::Network(NetworkEvent::Changed));
        world.input(all[1], Input::Network(NetworkEvent::Changed));
        world.run(60 * SECOND);
        world.check();
        assert_eq!(world.pages[all[0]].opened, 1, "seed {seed}");
    }
}

#[test]
fn pictures_pause_while_the_path_is_broken() {
    let mut world = World::new(5);
    let all = world.call_of(&["Anna", "Bob"]);
    world.cut(all[0], all[1]);
    world.run(7 * SECOND);
    assert!(world.is_paused(all[0]) && world.is_paused(all[1]));
    world.heal();
    world.run(SECOND);
    assert!(!world.is_paused(all[0]) && !world.is_paused(all[1]));
}

#[test]
fn silence_is_noticed_seconds_before_the_browser_says_so() {
    let mut world = World::new(6);
    let all = world.call_of(&["Anna", "Bob"]);
    let before = world.negotiations();
    world.cut(all[0], all[1]);
    let noticed = world.run_until(10 * SECOND, |world| {
        world.is_paused(all[0]) && world.is_paused(all[1])
    });
    assert!(noticed <= 2 * SECOND, "after {noticed:?}");
    world.run(SECOND);
    let view = world.sees(all[0], "Bob").unwrap().connection;
    assert_eq!(
        view,
        ConnectionView::Connected,
        "as far as the browser knows"
    );
    assert!(world.negotiations() > before, "a restart is under way");
    world.heal();
    let back = world.run_until(10 * SECOND, |world| {
        !world.is_paused(all[0]) && !world.is_paused(all[1])
    });
    assert!(back < Duration::from_millis(500), "after {back:?}");
    world.run(10 * SECOND);
    world.check();
    assert_eq!(world.pages[all[0]].opened, 1);
}

#[test]
fn a_machine_that_gets_another_address_without_a_word_is_back_within_three_seconds() {
    for seed in 20..40 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob"]);
        let mover = all[world.random.below(2)];
        world.move_network(mover, false);
        world.run(SECOND);
        let back = world.run_until(20 * SECOND, |world| {
            world.paths_up(all[0]) && !world.is_paused(all[0]) && !world.is_paused(all[1])
        });
        assert!(back < 2 * SECOND, "a second and {back:?}, seed {seed}");
        world.run(10 * SECOND);
        world.check();
        assert_eq!(world.pages[all[0]].opened, 1, "seed {seed}");
    }
}

#[test]
fn an_ice_restart_is_preceded_by_the_newest_servers() {
    let mut world = World::new(7);
    let all = world.call_of(&["Anna", "Bob"]);
    for _ in 0..3 {
        let before = world.pages[all[0]].restarts.len() + world.pages[all[1]].restarts.len();
        // Taken up on other sockets, both are given others than the connection was made with; that
        // these are the ones in use is looked at whenever ICE restarts.
        world.break_socket(all[0]);
        world.break_socket(all[1]);
        world.run(2 * SECOND);
        world.cut(all[0], all[1]);
        world.run(10 * SECOND);
        world.heal();
        world.run(20 * SECOND);
        let after = world.pages[all[0]].restarts.len() + world.pages[all[1]].restarts.len();
        assert!(after > before, "ICE was restarted");
    }
    world.check();
    assert_eq!(world.pages[all[0]].opened, 1, "on the same connection");
}
