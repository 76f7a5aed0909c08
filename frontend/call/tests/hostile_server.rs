//! A server that lies: whatever it does with signals, nobody is deceived, and all it achieves is
//! what it could have by simply not serving.

use std::time::Duration;

use crate::common::{Ids, Random, SECOND, Who, World};
use call::{Access, Intent, MediaView, NoticeKind, Phase, RoomKey};
use protocol::{ParticipantId, RoomState, SealedBody, ServerMessage};

/// Everything that ever went through the server, said again to everybody under every id.
#[test]
fn replayed_redirected_and_reflected_signals_change_nothing() {
    for seed in 0..5 {
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob", "Carol"]);
        world.say(all[1], Intent::SetCamera(false));
        world.run(SECOND);
        let opened = world.pages[all[0]].opened;
        let present = world.server.present();
        let seen = world.server.seen.clone();
        for to in &present {
            for from in &present {
                for (_, _, body) in &seen {
                    let (from, body) = (from.clone(), body.clone());
                    world.server.lie(to, ServerMessage::Signal { from, body });
                }
            }
        }
        world.run(20 * SECOND);
        world.check();
        assert_eq!(world.pages[all[0]].opened, opened, "seed {seed}");
    }
}

#[test]
fn old_greetings_under_invented_ids_make_no_ghosts() {
    let mut world = World::new(10);
    let all = world.call_of(&["Anna", "Bob"]);
    // A third who was here and left, so that the server has greetings of theirs.
    let carol = world.join("Carol");
    world.run(3 * SECOND);
    world.say(carol, Intent::Leave);
    world.run(SECOND);
    let seen = world.server.seen.clone();
    let mut random = Random::new(4);
    for to in world.server.present() {
        for (_, _, body) in &seen {
            let from = ParticipantId::from_bytes(random.bytes());
            let id = from.clone();
            world.server.lie(&to, ServerMessage::Entered { id });
            let body = body.clone();
            world.server.lie(&to, ServerMessage::Signal { from, body });
        }
    }
    world.run(30 * SECOND);
    world.check();
    // What changes still arrives, by the ways that were proved.
    world.say(all[1], Intent::SetCamera(false));
    world.run(2 * SECOND);
    world.check();
}

#[test]
fn invented_signals_are_dropped_and_mentioned_at_most_once() {
    let mut world = World::new(11);
    let all = world.call_of(&["Anna", "Bob"]);
    let mut random = Random::new(5);
    let present = world.server.present();
    for length in 0..200 {
        let mut bytes: Vec<u8> = (0..length).map(|_| random.bytes::<1>()[0]).collect();
        if let Some(kind) = bytes.first_mut() {
            *kind %= 4;
        }
        let body = SealedBody::from_bytes(&bytes).unwrap();
        for to in &present {
            for from in &present {
                let (from, body) = (from.clone(), body.clone());
                world.server.lie(to, ServerMessage::Signal { from, body });
            }
        }
    }
    world.run(10 * SECOND);
    world.check();
    let notices = world.view(all[0]).notices;
    assert!(notices.iter().all(|n| n.kind == NoticeKind::WithoutKey));
    assert!(notices.len() <= 1);
    assert!(world.pages[all[0]].call.unopened() > 100);
}

#[test]
fn altered_signals_do_not_open() {
    let mut world = World::new(12);
    let all = world.call_of(&["Anna", "Bob"]);
    let seen = world.server.seen.clone();
    for (from, to, body) in seen {
        let mut bytes = body.to_bytes().unwrap();
        let last = bytes.len() - 1;
        bytes[last] ^= 1;
        let body = SealedBody::from_bytes(&bytes).unwrap();
        world.server.lie(&to, ServerMessage::Signal { from, body });
    }
    world.run(5 * SECOND);
    world.check();
    assert!(world.pages[all[0]].call.unopened() > 0);
}

#[test]
fn a_flood_of_people_who_are_not_there_is_bounded() {
    let mut world = World::new(13);
    let all = world.call_of(&["Anna", "Bob"]);
    let mut random = Random::new(6);
    let present = world.server.present();
    for _ in 0..5_000 {
        let id = ParticipantId::from_bytes(random.bytes());
        world.server.lie(&present[0], ServerMessage::Entered { id });
    }
    let before = world.commands;
    world.run(60 * SECOND);
    // Some greetings to each of those it keeps, and no more.
    assert!(world.commands - before < 1500);
    assert!(world.is_connected(all[0], "Bob") && world.is_connected(all[1], "Anna"));
}

#[test]
fn a_server_that_passes_nothing_on_cannot_break_a_running_call() {
    let mut world = World::new(14);
    let all = world.call_of(&["Anna", "Bob"]);
    world.server.swallows_signals = true;
    world.say(all[0], Intent::SetMicrophone(false));
    world.need_negotiation(all[0]);
    world.run(5 * SECOND);
    world.check();
}

#[test]
fn a_server_that_forgets_everybody_again_and_again_costs_no_connection() {
    let mut world = World::new(15);
    let all = world.call_of(&["Anna", "Bob", "Carol"]);
    for _ in 0..5 {
        world.kill_server();
        world.run(Duration::from_millis(700));
        world.start_server();
        world.run(6 * SECOND);
    }
    world.run(20 * SECOND);
    world.check();
    for who in all {
        assert_eq!(world.pages[who].opened, 2);
    }
}

#[test]
fn a_server_that_names_hosts_as_it_likes_touches_nobodys_devices() {
    let mut world = World::new(17);
    let all = world.call_of(&["Anna", "Bob"]);
    let ids = world.server.present();
    for (to, locked) in ids.iter().flat_map(|to| [(to, true), (to, false)]) {
        let room = RoomState {
            hosts: ids.clone(),
            locked,
            knocking: ids.clone(),
            ..RoomState::default()
        };
        world.server.lie(to, ServerMessage::Room(room));
    }
    world.run(10 * SECOND);
    world.check();
    for who in all {
        let me = world.view(who).me;
        assert_eq!((me.microphone, me.camera), (MediaView::On, MediaView::On));
        assert_eq!(world.view(who).notices, []);
        assert_eq!(world.view(who).phase, Phase::InCall);
    }
}

/// Everything of the server comes in another order than it was said in: who enters and leaves, what
/// people say, what it answers.
#[test]
fn a_server_that_changes_the_order_changes_nothing() {
    for seed in 100..130 {
        let mut world = World::new(seed);
        world.server.holds_back = 3_000;
        let all: Vec<Who> = ["Anna", "Bob", "Carol"].map(|name| world.join(name)).into();
        world.run(5 * SECOND);
        for (at, who) in all.iter().enumerate() {
            world.say(*who, Intent::SetCamera(at == 0));
            world.write(*who, "first");
            world.write(*who, "second");
            world.say(*who, Intent::SetMicrophone(at == 1));
            world.need_negotiation(*who);
        }
        world.run(60 * SECOND);
        world.check_all_in();
        assert_eq!(world.check_names(), 6, "seed {seed}");
        assert_eq!(world.texts(all[0]).len(), 6, "seed {seed}");
        for who in all {
            assert_eq!(world.view(who).notices, [], "seed {seed}");
            assert_eq!(world.pages[who].opened, 2, "seed {seed}");
        }
    }
}

/// The server shows everybody who is in either room to everybody, passes all of it on, and says all of
/// it again to everybody under every id.
#[test]
fn a_server_that_mixes_rooms_brings_nobody_together() {
    for (seed, key) in [(140, 7), (141, 8)] {
        let mut world = World::new(seed);
        let ours = ["Anna", "Bob"].map(|name| world.join(name));
        let theirs = ["Carol", "Dan"].map(|name| {
            let who = world.open_with(name, |config| {
                config.room = "their-room".parse().unwrap();
                config.access = Access::Member(RoomKey::from_bytes([key; RoomKey::BYTES]));
            });
            world.say(who, Intent::Join);
            who
        });
        world.run(20 * SECOND);
        let present = world.server.present();
        for (_, _, body) in world.server.seen.clone() {
            for (to, from) in present
                .iter()
                .flat_map(|to| present.iter().map(move |from| (to, from)))
            {
                let (from, body) = (from.clone(), body.clone());
                world.server.lie(to, ServerMessage::Signal { from, body });
            }
        }
        world.run(20 * SECOND);
        assert_eq!(world.check_names(), 4, "seed {seed}");
        for (who, name) in [
            (ours[0], "Bob"),
            (ours[1], "Anna"),
            (theirs[0], "Dan"),
            (theirs[1], "Carol"),
        ] {
            let view = world.view(who);
            assert_eq!(view.participants.len(), 1, "seed {seed}");
            assert!(world.is_connected(who, name), "seed {seed}");
            assert_eq!(world.pages[who].opened, 1, "seed {seed}");
            assert!(world.pages[who].call.unopened() > 0, "seed {seed}");
            let notices: Vec<_> = view.notices.into_iter().map(|notice| notice.kind).collect();
            assert_eq!(notices, [NoticeKind::WithoutKey], "seed {seed}");
        }
    }
}

#[test]
fn a_server_that_hands_out_wrong_ids_deceives_nobody() {
    let lies = [Ids::Swapped, Ids::OneForAll, Ids::Own, Ids::Fresh];
    for (seed, ids) in (0..5).flat_map(|seed| lies.map(|ids| (150 + seed, ids))) {
        // From the beginning: some may not find each other, as if the line were cut.
        let mut world = World::new(seed);
        world.server.ids = ids;
        for name in ["Anna", "Bob", "Carol"] {
            world.join(name);
        }
        world.run(30 * SECOND);
        let connected = world.check_names();
        assert!(ids != Ids::Fresh || connected == 6, "{ids:?}, seed {seed}");
        world.server.ids = Ids::Right;
        world.run(10 * SECOND);
        world.check_names();

        // In the middle of a call: what stands goes on, and by it what changes.
        let mut world = World::new(seed);
        let all = world.call_of(&["Anna", "Bob", "Carol"]);
        world.server.ids = ids;
        let present = world.server.present();
        for (to, id) in present
            .iter()
            .flat_map(|to| present.iter().map(move |id| (to, id)))
        {
            let id = id.clone();
            world.server.lie(to, ServerMessage::Entered { id });
        }
        for who in &all {
            world.say(*who, Intent::SetCamera(false));
            world.need_negotiation(*who);
            world.write(*who, "still here");
        }
        world.run(30 * SECOND);
        world.check();
        assert_eq!(world.check_names(), 6, "{ids:?}, seed {seed}");
        for who in all {
            assert_eq!(world.pages[who].opened, 2, "{ids:?}, seed {seed}");
            assert_eq!(world.view(who).notices, [], "{ids:?}, seed {seed}");
        }
    }
}
