//! Both sides wanting to negotiate at once: one alone makes the offers, so none collide.

use std::time::Duration;

use crate::common::{SECOND, World};

#[test]
fn two_who_want_to_negotiate_at_the_same_moment_make_one_offer() {
    for seed in 0..40 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob"]);
        let before = world.negotiations();
        world.need_negotiation(all[0]);
        world.need_negotiation(all[1]);
        world.run(10 * SECOND);
        world.check();
        // An offer and an answer, each set on both ends.
        assert_eq!(world.negotiations() - before, 4, "seed {seed}");
    }
}

#[test]
fn needs_that_keep_coming_in_the_middle_of_things_never_break_the_rules() {
    for seed in 100..140 {
        let mut world = World::new(seed);
        world.operation = (1, 200);
        let all = world.call_of(&["Anna", "Bob", "Carol"]);
        for _ in 0..30 {
            let who = all[world.random.below(3)];
            world.need_negotiation(who);
            let pause = world.random.millis(0, 250);
            world.run(pause);
        }
        world.run(20 * SECOND);
        world.check();
        for who in all {
            assert_eq!(world.pages[who].opened, 2, "seed {seed}");
        }
    }
}

#[test]
fn sockets_that_break_in_the_middle_of_it_lose_nothing() {
    for seed in 200..230 {
        let mut world = World::new(seed);
        let anna = world.join("Anna");
        let bob = world.join("Bob");
        world.run(SECOND);
        world.need_negotiation(anna);
        world.need_negotiation(bob);
        world.break_socket(if seed % 2 == 0 { anna } else { bob });
        world.run(Duration::from_millis(100));
        world.need_negotiation(bob);
        world.run(20 * SECOND);
        world.check();
    }
}
