//! Candidates: as soon as they are found, never before the description they belong to.

use crate::common::{SECOND, World};
use call::{BrowserEvent, Input, PeerKey};

#[test]
fn candidates_wait_for_a_browser_that_is_slow_with_the_description() {
    for seed in 0..20 {
        let mut world = World::new(seed);
        // Candidates are found within some hundred milliseconds, so all of them are early.
        world.operation = (1500, 2500);
        let anna = world.join("Anna");
        let _bob = world.join("Bob");
        world.run(20 * SECOND);
        world.check();
        assert_eq!(world.pages[anna].opened, 1, "seed {seed}");
    }
}

#[test]
fn the_end_of_candidates_is_passed_on() {
    let mut world = World::new(30);
    let all = world.call_of(&["Anna", "Bob"]);
    assert!(world.candidates_ended(all[0]) && world.candidates_ended(all[1]));
}

#[test]
fn what_a_replaced_connection_still_says_is_passed_over() {
    let mut world = World::new(31);
    let all = world.call_of(&["Anna", "Bob"]);
    let before = world.commands;
    for event in [
        BrowserEvent::NegotiationNeeded,
        BrowserEvent::Candidate(None),
        BrowserEvent::RemoteDescriptionApplied,
        BrowserEvent::ConnectionState(call::ConnectionState::Failed),
        BrowserEvent::ChannelClosed,
        BrowserEvent::ChannelMessage(vec![0; 100]),
    ] {
        for (peer, generation) in [(PeerKey(1), 0), (PeerKey(1), 2), (PeerKey(9), 1)] {
            let event = event.clone();
            let input = Input::Browser {
                peer,
                generation,
                event,
            };
            world.input(all[0], input);
        }
    }
    assert_eq!(world.commands, before);
    assert!(world.is_connected(all[0], "Bob"));
}
