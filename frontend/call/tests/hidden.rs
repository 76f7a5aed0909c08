//! Whoever hides their address is reached through the relay, and tells nothing else.

use call::{ConnectionView, Intent, Phase};

use crate::common::{SECOND, Who, World};

/// The candidates that `who` was given by the other.
fn told(world: &World, who: Who) -> Vec<String> {
    world.candidates_told(who)
}

#[test]
fn whoever_hides_is_in_a_call_and_tells_relayed_candidates_alone() {
    for seed in 0..8 {
        let mut world = World::new(seed);
        world.relay = true;
        let anna = world.open_with("Anna", |config| config.settings.hide_address = true);
        let bob = world.open("Bob");
        world.say(anna, Intent::Join);
        world.say(bob, Intent::Join);
        world.run(10 * SECOND);
        world.check();
        assert!(world.view(anna).me.settings.hide_address);
        assert!(!told(&world, bob).is_empty());
        assert!(
            told(&world, bob)
                .iter()
                .all(|text| text.contains("typ relay raddr 0.0.0.0")),
            "seed {seed}: {:?}",
            told(&world, bob)
        );
        assert!(told(&world, anna).iter().all(|t| t.contains("typ host")));
    }
}

#[test]
fn hiding_in_the_lobby_replaces_what_was_made_before_by_a_relayed_connection() {
    for seed in 0..8 {
        let mut world = World::new(seed);
        world.relay = true;
        let anna = world.join("Anna");
        let bob = world.open("Bob");
        world.run(5 * SECOND);
        assert!(world.is_connected(bob, "Anna"), "warm before the click");
        world.say(bob, Intent::HideAddress(true));
        assert_eq!(world.connections(bob), usize::from(offers(&world, bob)));
        world.run(5 * SECOND);
        world.check();
        assert!(world.is_connected(bob, "Anna"));
        assert_eq!(world.pages[bob].opened, 2, "seed {seed}");
        assert!(told(&world, anna).iter().all(|t| t.contains("typ relay")));
        world.say(bob, Intent::Join);
        world.run(2 * SECOND);
        world.check();
        assert_eq!(world.view(bob).phase, Phase::InCall);
        assert_eq!(world.pages[bob].opened, 2, "the click makes nothing anew");
    }
}

/// Makes the offers, so that the next connection is there at once.
fn offers(world: &World, who: Who) -> bool {
    world.connections(who) == 1
}

#[test]
fn hiding_while_candidates_are_under_way_takes_back_those_not_heard() {
    for seed in 0..32 {
        let mut world = World::new(seed);
        world.relay = true;
        let anna = world.join("Anna");
        world.run(2 * SECOND);
        let bob = world.open("Bob");
        // In the middle of the first negotiation, whatever step that is.
        world.run(SECOND / 32 * (1 + seed as u32));
        world.server.swallows_signals = true;
        // What is on the wire arrives; what is said now is lost, and would be said again.
        world.run(SECOND / 4);
        let heard = std::mem::take(&mut world.pages[anna].given).len();
        world.say(bob, Intent::HideAddress(true));
        world.run(3 * SECOND);
        world.server.swallows_signals = false;
        world.run(20 * SECOND);
        world.check();
        let given = &world.pages[anna].given;
        assert!(
            given.iter().all(|text| text.contains("typ relay")),
            "seed {seed}, {heard} heard before: {given:?}"
        );
    }
}

#[test]
fn the_page_knows_whether_there_is_a_relay_to_hide_behind() {
    let mut world = World::new(3);
    let anna = world.open("Anna");
    assert_eq!(world.view(anna).relay, None);
    world.run(SECOND);
    assert_eq!(world.view(anna).relay, Some(true));
    world.server.relay = false;
    let bob = world.open("Bob");
    world.run(SECOND);
    assert_eq!(world.view(bob).relay, Some(false));
}

#[test]
fn nobody_is_shown_by_accident_where_there_is_no_relay() {
    let mut world = World::new(4);
    let anna = world.open_with("Anna", |config| config.settings.hide_address = true);
    let bob = world.open("Bob");
    world.say(anna, Intent::Join);
    world.say(bob, Intent::Join);
    world.cut(anna, bob);
    world.run(30 * SECOND);
    let shown = world.sees(bob, "Anna").unwrap().connection;
    assert_ne!(shown, ConnectionView::Connected);
    assert!(told(&world, bob).iter().all(|t| t.contains("typ relay")));
    world.heal();
    world.say(anna, Intent::HideAddress(false));
    world.run(60 * SECOND);
    world.check();
}
