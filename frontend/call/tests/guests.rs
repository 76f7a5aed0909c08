//! Links that say less: who comes in by them, until when, how often, and what they can do there.

use std::time::Duration;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use call::seal::{Ends, Kind, Seal, Sealed, SessionNonce};
use call::{
    Access, Call, CallLink, Command, Config, Input, Intent, Limits, Phase, SocketEvent, Timestamp,
    TurnedAway,
};
use chacha20::ChaCha20Rng;
use protocol::{ClientMessage, ParticipantId, RoomAction, SealedBody};
use rand_core::SeedableRng as _;
use serde_json::{Value, json};

use crate::common::page::{self, WALL, key};

use crate::common::{Nap, SECOND, Who, World};

/// A link of the room that everybody meets in.
fn link(limits: Limits, id: u8) -> Access {
    let whole = format!("/r/our-room#{}", key().to_fragment().unwrap());
    let whole = CallLink::parse(&whole).unwrap();
    whole.limited(limits, [id; 8]).unwrap().access().unwrap()
}

const NONE: Limits = Limits {
    listen: false,
    once: false,
    until: None,
};
const LISTEN: Limits = Limits {
    listen: true,
    ..NONE
};
const ONCE: Limits = Limits { once: true, ..NONE };

fn until(after: Duration) -> Limits {
    Limits {
        until: Some((WALL + after).as_secs() as u32),
        ..NONE
    }
}

/// Somebody comes with a link that has limits.
fn come(world: &mut World, name: &str, limits: Limits, id: u8) -> Who {
    let who = enter(world, name, |config| config.access = link(limits, id));
    world.say(who, Intent::Join);
    who
}

fn enter(world: &mut World, name: &str, change: impl FnOnce(&mut Config)) -> Who {
    let now = world.now;
    world.open_with(name, |config| {
        config.wall = WALL + now;
        change(config);
    })
}

fn phase(world: &World, who: Who) -> Phase {
    world.view(who).phase
}

#[test]
fn guests_are_in_the_call_with_everybody() {
    let mut world = World::new(1);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let bob = world.join("Bob");
    let carol = come(&mut world, "Carol", NONE, 1);
    let dave = come(&mut world, "Dave", ONCE, 2);
    world.run(15 * SECOND);
    world.check_all_in();
    for (me, name) in [
        (carol, "Dave"),
        (dave, "Carol"),
        (anna, "Carol"),
        (bob, "Dave"),
    ] {
        assert!(world.is_connected(me, name), "{name}");
    }
    assert!(world.sees(anna, "Carol").unwrap().guest);
    assert!(!world.sees(carol, "Anna").unwrap().guest);
}

#[test]
fn a_listener_asks_for_no_device_and_nothing_of_theirs_is_received() {
    let mut world = World::new(2);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let carol = come(&mut world, "Carol", LISTEN, 1);
    world.run(10 * SECOND);
    assert_eq!(phase(&world, carol), Phase::InCall);
    world.say(carol, Intent::SetMicrophone(true));
    world.say(carol, Intent::SetScreen(true));
    world.run(5 * SECOND);
    assert_eq!(world.pages[carol].live, [false; 4]);
    let seen = world.sees(anna, "Carol").unwrap();
    assert!(seen.listens && !seen.microphone && !seen.camera && !seen.screen);
    assert!(world.view(carol).me.listens);
    assert!(!world.receives(anna, "Carol"));
    assert!(world.receives(carol, "Anna"));
    assert!(world.is_connected(carol, "Anna"));
}

#[test]
fn a_link_that_works_once_lets_nobody_else_in() {
    let mut world = World::new(3);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let carol = come(&mut world, "Carol", ONCE, 1);
    world.run(10 * SECOND);
    let mallory = come(&mut world, "Mallory", ONCE, 1);
    world.run(10 * SECOND);
    assert_eq!(phase(&world, mallory), Phase::TurnedAway(TurnedAway::Used));
    assert_eq!(phase(&world, carol), Phase::InCall);
    assert!(world.sees(anna, "Mallory").is_none());
    assert_eq!(world.pages[mallory].opened, 0, "nothing was connected");
    assert!(!world.pages[anna].guests.is_empty(), "kept for later calls");
}

#[test]
fn it_lets_nobody_in_in_a_later_call_either() {
    let mut world = World::new(4);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let carol = come(&mut world, "Carol", ONCE, 1);
    world.run(10 * SECOND);
    let used = world.pages[anna].guests.clone();
    for who in [carol, anna] {
        world.say(who, Intent::Leave);
    }
    world.run(60 * SECOND);
    let anna = enter(&mut world, "Anna", |config| config.used = used);
    world.say(anna, Intent::Join);
    world.run(3 * SECOND);
    let mallory = come(&mut world, "Mallory", ONCE, 1);
    world.run(10 * SECOND);
    assert_eq!(phase(&world, mallory), Phase::TurnedAway(TurnedAway::Used));
}

#[test]
fn who_loads_their_page_again_is_the_one_who_was_let_in() {
    let mut world = World::new(5);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let holder = [5; 8];
    let limits = Limits {
        once: true,
        ..until(30 * SECOND)
    };
    let carol = enter(&mut world, "Carol", |config| {
        config.access = link(limits, 1);
        config.holder = holder;
    });
    world.say(carol, Intent::Join);
    world.run(40 * SECOND);
    assert!(
        world.is_connected(anna, "Carol"),
        "its end sends nobody out"
    );
    world.say(carol, Intent::Leave);
    world.run(SECOND);
    let carol = enter(&mut world, "Carol", |config| {
        config.wall = WALL;
        config.access = link(limits, 1);
        config.holder = holder;
    });
    world.say(carol, Intent::Join);
    world.run(10 * SECOND);
    assert!(world.is_connected(anna, "Carol"));
}

#[test]
fn of_two_tabs_with_all_that_a_guest_has_one_is_let_in() {
    let mut world = World::new(10);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let copy = |config: &mut Config| {
        config.access = link(ONCE, 1);
        config.holder = [5; 8];
    };
    let carol = enter(&mut world, "Carol", copy);
    world.say(carol, Intent::Join);
    world.run(10 * SECOND);
    let other = enter(&mut world, "Other", copy);
    world.say(other, Intent::Join);
    world.run(20 * SECOND);
    assert!(world.is_connected(anna, "Carol"));
    assert_eq!(world.pages[other].opened, 0, "it waits");
    world.say(carol, Intent::Leave);
    world.run(10 * SECOND);
    assert!(world.is_connected(anna, "Other"), "as if loaded again");
}

#[test]
fn who_is_turned_away_and_does_not_go_is_removed() {
    let mut world = World::new(11);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let carol = come(&mut world, "Carol", ONCE, 1);
    world.run(10 * SECOND);
    let mallory = come(&mut world, "Mallory", ONCE, 1);
    while world.pages[mallory].token.is_none() {
        world.run(SECOND / 100);
    }
    // It hears nothing of it.
    world.nap(mallory, Nap::Frozen);
    world.run(5 * SECOND);
    assert_eq!(world.server.present().len(), 3, "there is time to go");
    world.run(10 * SECOND);
    assert_eq!(world.server.present().len(), 2);
    assert!(world.is_connected(anna, "Carol") && world.is_connected(carol, "Anna"));
}

#[test]
fn a_link_whose_time_is_over_lets_nobody_in() {
    let mut world = World::new(6);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let late = come(&mut world, "Late", until(2 * SECOND), 1);
    assert_eq!(phase(&world, late), Phase::TurnedAway(TurnedAway::Ended));
    assert_eq!(world.pages[late].token, None, "it does not even enter");
    // A page whose clock is behind asks, and is told.
    let slow = enter(&mut world, "Slow", |config| {
        config.wall = WALL - 60 * SECOND;
        config.access = link(until(2 * SECOND), 1);
    });
    world.say(slow, Intent::Join);
    world.run(10 * SECOND);
    assert_eq!(phase(&world, slow), Phase::TurnedAway(TurnedAway::Ended));
    assert!(world.sees(anna, "Slow").is_none());
}

#[test]
fn guests_meet_each_other_when_somebody_with_the_key_is_there() {
    let mut world = World::new(7);
    let carol = come(&mut world, "Carol", NONE, 1);
    world.run(3 * SECOND);
    let dave = come(&mut world, "Dave", NONE, 2);
    world.run(10 * SECOND);
    assert!(
        world.sees(carol, "Dave").is_none(),
        "nobody says who that is"
    );
    assert!(!world.view(carol).me.host, "and nobody decides");
    let anna = world.join("Anna");
    world.run(10 * SECOND);
    world.check_all_in();
    assert!(world.is_connected(carol, "Dave"));
    assert!(
        world.view(anna).me.host,
        "the role is for those with the key"
    );
    assert_eq!(world.server.hosts(), 1, "and for no others");
    world.say(anna, Intent::Leave);
    world.run(10 * SECOND);
    assert!(world.is_connected(dave, "Carol"), "who met, stays together");
}

#[test]
fn a_guest_who_is_left_with_a_locked_door_opens_it_for_those_with_the_key() {
    let mut world = World::new(8);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let carol = come(&mut world, "Carol", NONE, 1);
    world.run(10 * SECOND);
    world.say(anna, Intent::Room(RoomAction::Lock, None));
    world.run(SECOND);
    world.say(anna, Intent::Leave);
    world.run(SECOND);
    let bob = world.join("Bob");
    world.run(10 * SECOND);
    assert_eq!(phase(&world, bob), Phase::InCall);
    assert!(world.view(bob).me.host && world.is_connected(carol, "Bob"));
}

#[test]
fn nobody_gets_further_with_a_link_by_claiming_the_key() {
    let mut world = World::new(9);
    let anna = world.join("Anna");
    world.run(3 * SECOND);
    let Access::Guest(guest) = link(LISTEN, 1) else {
        panic!("a link with limits makes guests");
    };
    // All that such a link has for a key.
    let mallory = enter(&mut world, "Mallory", |config| {
        config.access = Access::Member(guest.own_key());
    });
    world.say(mallory, Intent::Join);
    world.run(10 * SECOND);
    assert!(world.sees(anna, "Mallory").is_none());
    assert_eq!(world.view(mallory).participants, []);
}

/// What a page that came with `own`, a link with limits, makes of somebody who says that it does not
/// let them in: a guest, or somebody with the room key.
fn told_to_go(of_guest: bool) -> Phase {
    let now = Timestamp(SECOND);
    let mut config = page::config("Carol", now, [9; 32]);
    config.access = link(NONE, 1);
    let Access::Guest(own) = config.access.clone() else {
        panic!("a link with limits makes guests");
    };
    let room = config.room.clone();
    let greeting = Seal::new(&room, &key().greeting(&room));
    let theirs = if of_guest {
        greeting.clone()
    } else {
        Seal::new(&room, &own.own_key())
    };
    let id = |byte| ParticipantId::from_bytes([byte; ParticipantId::BYTES]);
    let (me, from) = (id(1), id(2));
    let mut rng = ChaCha20Rng::from_seed([1; 32]);
    let mut call = Call::new(config);
    let say = |call: &mut Call, event| {
        call.handle(now, Input::Socket(event));
        let mut hellos = Vec::new();
        while let Some(command) = call.poll_command() {
            if let Command::Send(ClientMessage::Signal { body, .. }) = command {
                hellos.push(body.to_bytes().unwrap());
            }
        }
        hellos
    };
    let message = |message: Value| SocketEvent::Message {
        attempt: 1,
        message: serde_json::from_value(message).unwrap(),
    };
    say(&mut call, SocketEvent::Opened { attempt: 1 });
    let hellos = say(
        &mut call,
        message(json!({
            "type": "welcome", "id": me, "token": Base64UrlUnpadded::encode_string(&[5; 16]),
            "participants": [{ "id": from, "place": "call" }], "ice_servers": [],
            "settings": { "max_participants": 8 },
            "hosts": [from], "locked": false, "knocking": [], "barred": [],
        })),
    );
    let (receiver, _) = greeting
        .open_hello(&Sealed::parse(&hellos[0]).unwrap())
        .unwrap();
    let sender = SessionNonce([2; SessionNonce::BYTES]);
    let guest = of_guest.then(|| Base64UrlUnpadded::encode_string(&[0; 21]));
    let hello = json!({ "heard": true, "guest": guest }).to_string();
    let hello = greeting.seal_hello(sender, hello.as_bytes(), &mut rng);
    let text = json!({ "ack": 0, "signal": { "type": "turned_away", "used": true } }).to_string();
    let ends = Ends { sender, receiver };
    let body = theirs.seal(Kind::Numbered(1), ends, text.as_bytes(), &mut rng);
    for bytes in [hello, body] {
        let body = SealedBody::from_bytes(&bytes).unwrap();
        say(
            &mut call,
            message(json!({ "type": "signal", "from": from, "body": body })),
        );
    }
    assert_eq!(call.unopened(), 0);
    call.view().phase
}

#[test]
fn no_guest_turns_another_away() {
    assert_eq!(told_to_go(false), Phase::TurnedAway(TurnedAway::Used));
    assert_eq!(told_to_go(true), Phase::Lobby);
}
