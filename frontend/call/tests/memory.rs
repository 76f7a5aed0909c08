//! What a call keeps does not grow with its length.

use std::time::Duration;

use crate::common::{Nap, Random, SECOND, World};
use call::{Footprint, Intent};

/// People who come and go one after another, over a day: one every six minutes.
const VISITORS: usize = 240;
/// Bytes of what was said to somebody who left and did not acknowledge it: a handful of signals, with
/// those of the restart that their silence brought about.
const BYTES_EACH: usize = 500;

#[test]
fn a_day_of_coming_and_going_leaves_nothing_but_short_conversations() {
    let mut world = World::new(1);
    let mut random = Random::new(1);
    let all = world.call_of(&["Anna", "Bob"]);
    let mut hours: Vec<Footprint> = Vec::new();
    for visitor in 0..VISITORS {
        let guest = world.join(&format!("Guest {visitor}"));
        let pause = random.millis(100, 60_000);
        world.run(pause);
        match random.below(6) {
            0 => world.say(guest, Intent::Leave),
            1 => world.close_tab(guest),
            2 => world.crash(guest),
            3 => {
                world.unplug(guest);
                world.run(70 * SECOND);
                world.crash(guest);
            }
            4 => {
                world.break_socket(guest);
                world.close_tab(guest);
            }
            _ => {
                world.sleep(
                    guest,
                    Nap::Asleep {
                        clock_goes_on: true,
                    },
                    90 * SECOND,
                );
                world.close_tab(guest);
            }
        }
        world.run(300 * SECOND);
        if visitor % 10 == 0 {
            hours.push(world.pages[all[0]].call.footprint());
        }
    }
    world.check();
    assert!(
        world.now > Duration::from_secs(20 * 3600),
        "{:?}",
        world.now
    );
    for footprint in &hours {
        let Footprint {
            conversations,
            bytes_of_departed,
            ..
        } = *footprint;
        let rest = Footprint {
            named: 1,
            conversations,
            here: 1,
            bytes_of_departed,
            ..Footprint::default()
        };
        assert_eq!(*footprint, rest, "after everybody but Bob has left");
        // Whoever was here is known by their nonce, should they come back; there is a bound on
        // their number, and none of them takes much.
        assert!(conversations <= VISITORS + 1);
        assert!(
            bytes_of_departed <= conversations * BYTES_EACH,
            "{footprint:?}"
        );
    }
}
