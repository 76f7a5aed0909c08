//! What a page tells of a connection: why it cannot be made, and how long each step to it took.

use call::{Cause, ConnectionView, Intent, Slot, Step, Trouble, Unreached};

use crate::common::{Nap, SECOND, Who, World};

fn trouble(world: &World, who: Who, name: &str) -> Option<Trouble> {
    world.sees(who, name).and_then(|them| them.trouble)
}

/// Two in a call between whom nothing goes directly.
fn apart(seed: u64, relay_offered: bool) -> (World, Who, Who) {
    let mut world = World::new(seed);
    world.server.relay = relay_offered;
    let anna = world.open("Anna");
    let bob = world.open("Bob");
    world.cut(anna, bob);
    world.say(anna, Intent::Join);
    world.say(bob, Intent::Join);
    (world, anna, bob)
}

#[test]
fn where_networks_block_and_the_relay_does_not_answer_both_are_told_so() {
    for seed in 0..8 {
        let (mut world, anna, bob) = apart(seed, true);
        world.run(20 * SECOND);
        for (me, them) in [(anna, "Bob"), (bob, "Anna")] {
            let told = trouble(&world, me, them).map(|told| told.cause);
            assert!(
                matches!(
                    told,
                    Some(Cause::RelayUnreachable {
                        by: Unreached::Both,
                        port: 3478
                    })
                ),
                "seed {seed}: {told:?}"
            );
        }
    }
}

#[test]
fn a_third_is_told_of_two_who_never_got_a_connection() {
    for seed in 0..8 {
        let (mut world, anna, bob) = apart(seed, true);
        let carol = world.join("Carol");
        world.run(15 * SECOND);
        for (one, other) in [("Anna", "Bob"), ("Bob", "Anna")] {
            let seen = world.sees(carol, one).unwrap();
            let other = world.sees(carol, other).unwrap().key;
            assert_eq!(seen.cannot_reach, [other], "seed {seed}: {one}");
        }
        for who in [anna, bob] {
            let them = world.sees(who, "Carol").unwrap();
            assert!(them.cannot_reach.is_empty(), "seed {seed}");
        }
    }
}

#[test]
fn where_there_is_no_relay_it_is_not_offered() {
    let (mut world, anna, _) = apart(1, false);
    world.run(20 * SECOND);
    let nothing_helps = Trouble {
        cause: Cause::NoRelay,
        relay_may_help: false,
    };
    assert_eq!(trouble(&world, anna, "Bob"), Some(nothing_helps));
}

#[test]
fn somebody_who_does_not_answer_is_said_not_to() {
    let mut told = 0;
    for seed in 0..8 {
        let mut world = World::new(seed);
        let anna = world.join("Anna");
        let bob = world.join("Bob");
        world.run_until(5 * SECOND, |world| {
            world.connections(anna) + world.connections(bob) > 0
        });
        // Whoever waits for an offer has no connection yet, and nothing to tell.
        if world.connections(bob) == 0 {
            world.nap(bob, Nap::Frozen);
            world.run(20 * SECOND);
            // What they are called may not have come either.
            let them = &world.view(anna).participants[0];
            let cause = them.trouble.map(|told| told.cause);
            assert_eq!(cause, Some(Cause::Unanswered), "seed {seed}");
            told += 1;
        }
    }
    assert!(told > 0, "some seed has Anna make the offer");
}

#[test]
fn trying_again_through_the_relay_makes_the_connection_where_that_works() {
    for seed in 0..8 {
        let (mut world, anna, bob) = apart(seed, true);
        world.relay_found = true;
        world.run(20 * SECOND);
        for (me, them) in [(anna, "Bob"), (bob, "Anna")] {
            let told = trouble(&world, me, them);
            assert!(told.is_some_and(|told| told.relay_may_help), "{told:?}");
        }
        world.relay = true;
        let (presses, other) = if seed % 2 == 0 {
            (anna, "Bob")
        } else {
            (bob, "Anna")
        };
        let key = world.sees(presses, other).unwrap().key;
        world.say(presses, Intent::TryRelay(key));
        assert_eq!(trouble(&world, presses, other), None, "said no longer");
        world.run_until(8 * SECOND, |world| {
            world.is_connected(anna, "Bob") && world.is_connected(bob, "Anna")
        });
        world.run(5 * SECOND);
        world.check();
        assert_eq!(trouble(&world, anna, "Bob"), None);
    }
}

#[test]
fn a_try_through_the_relay_in_vain_does_not_stand_in_the_way_of_a_direct_one() {
    for seed in 0..4 {
        let (mut world, anna, bob) = apart(seed, true);
        world.run(20 * SECOND);
        let key = world.sees(anna, "Bob").unwrap().key;
        world.say(anna, Intent::TryRelay(key));
        world.run(SECOND);
        // The relay passes nothing on, so it is given up for any way.
        world.heal();
        world.run(60 * SECOND);
        world.check();
        assert_eq!(
            world.sees(bob, "Anna").unwrap().connection,
            ConnectionView::Connected
        );
    }
}

#[test]
fn each_step_to_somebody_is_noted_once_it_is_done() {
    let mut world = World::new(5);
    let anna = world.join("Anna");
    let bob = world.join("Bob");
    world.run(10 * SECOND);
    let steps = |world: &World| -> Vec<Step> {
        let them = world.sees(anna, "Bob").unwrap();
        them.setup.iter().map(|bar| bar.step).collect()
    };
    let network = [
        Step::Socket,
        Step::Welcome,
        Step::Gathering,
        Step::Offer,
        Step::Answer,
        Step::Checks,
        Step::Dtls,
    ];
    assert_eq!(steps(&world), network);
    let key = world.sees(anna, "Bob").unwrap().key;
    world.say(anna, Intent::Noticed(key, Slot::Microphone));
    world.say(anna, Intent::Noticed(key, Slot::Camera));
    assert_eq!(
        steps(&world)[network.len()..],
        [Step::FirstAudio, Step::FirstFrame]
    );
    let before = world.sees(anna, "Bob").unwrap().setup;
    world.run(30 * SECOND);
    world.say(anna, Intent::Noticed(key, Slot::Camera));
    assert_eq!(world.sees(anna, "Bob").unwrap().setup, before);
    assert!(world.is_connected(bob, "Anna"));
}
