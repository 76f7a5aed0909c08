//! Machines that sleep, and pages whose thread stands still.

use std::time::Duration;

use crate::common::{Nap, SECOND, World};
use call::{ConnectionView, Intent, LinkView};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn a_laptop_that_sleeps_is_interrupted_then_gone_and_is_back_as_the_same_when_it_wakes() {
    for clock_goes_on in [false, true] {
        for told in [false, true] {
            let mut world = World::new(1);
            let all = world.call_of(&["Anna", "Bob", "Carol"]);
            world.nap(all[2], Nap::Asleep { clock_goes_on });
            world.run(7 * SECOND);
            let view = world.sees(all[0], "Carol").unwrap().connection;
            assert_eq!(view, ConnectionView::Interrupted);
            world.run(20 * SECOND);
            let view = world.sees(all[0], "Carol").unwrap().connection;
            assert_ne!(view, ConnectionView::Connected);
            world.run(10 * MINUTE);
            assert_eq!(world.view(all[0]).participants.len(), 1);
            world.wake(all[2], told);
            let took = world.settle(60 * SECOND);
            let about = format!("clock goes on: {clock_goes_on}, told: {told}, {took:?}");
            assert_eq!(world.view(all[0]).participants.len(), 2, "{about}");
            let patience = if told { 10 * SECOND } else { 30 * SECOND };
            assert!(took <= patience, "{about}");
        }
    }
}

#[test]
fn a_short_nap_costs_no_connection() {
    let mut world = World::new(2);
    let all = world.call_of(&["Anna", "Bob"]);
    let nap = Nap::Asleep {
        clock_goes_on: true,
    };
    world.sleep(all[1], nap, 10 * SECOND);
    let took = world.settle(30 * SECOND);
    assert!(took <= 10 * SECOND, "{took:?}");
    assert_eq!(world.pages[all[0]].opened, 1);
    assert_eq!(world.pages[all[1]].opened, 1);
}

#[test]
fn a_page_whose_thread_stands_still_keeps_its_connections_and_hears_what_was_said() {
    let mut world = World::new(3);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    world.nap(all[1], Nap::Frozen);
    world.run(5 * SECOND);
    world.say(all[0], Intent::SetCamera(false));
    world.run(50 * SECOND);
    assert!(
        world.is_connected(all[0], "Bob"),
        "the server misses him, Anna does not"
    );
    world.wake(all[1], false);
    world.settle(60 * SECOND);
    assert!(!world.sees(all[1], "Anna").unwrap().camera);
    for &who in &all {
        assert_eq!(world.pages[who].opened, 2);
        assert_eq!(world.view(who).link, LinkView::Connected);
    }
}

#[test]
fn everybody_sleeps_and_wakes_one_by_one() {
    let mut world = World::new(4);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    for &who in &all {
        let clock_goes_on = who % 2 == 0;
        world.nap(who, Nap::Asleep { clock_goes_on });
        world.run(20 * SECOND);
    }
    world.run(30 * MINUTE);
    for &who in &all {
        world.wake(who, who % 2 == 1);
        world.run(40 * SECOND);
    }
    world.settle(60 * SECOND);
}

#[test]
fn whoever_wakes_up_after_the_server_was_started_anew_is_back_as_well() {
    let mut world = World::new(5);
    let all = world.call_of(&["Anna", "Bob"]);
    world.nap(
        all[1],
        Nap::Asleep {
            clock_goes_on: false,
        },
    );
    world.run(MINUTE);
    world.kill_server();
    world.run(MINUTE);
    world.start_server();
    world.run(MINUTE);
    world.wake(all[1], true);
    let took = world.settle(60 * SECOND);
    assert!(took <= 20 * SECOND, "{took:?}");
}
