//! Whatever strangers send to the relay, and whatever those send who have credentials and sign it: it
//! does not panic, it never answers more than one message, and in the end nothing is left.
#![no_main]

#[path = "../../server/turn/tests/world/mod.rs"]
mod world;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use turn::attribute::{AttributeType, NONCE};
use turn::message::{Message, Method};
use world::{Person, World};

/// Who there is.
const PEOPLE: [(&str, &str); 3] = [
    ("198.51.100.7:1", "room.anna"),
    ("198.51.100.8:1", "room.bob"),
    ("[2001:db8::7]:1", "room.cleo"),
];

/// Longer than any allocation or permission lives.
const A_DAY: u64 = 86_400;

#[derive(Debug, Arbitrary)]
enum Step {
    /// Bytes as they are.
    Raw(u8, Vec<u8>),
    /// A request with these attributes, signed.
    Signed(u8, u16, Vec<(u16, Vec<u8>)>),
    Allocate(u8),
    /// A permission for a peer, whose last byte this is.
    Permit(u8, u8),
    Bind(u8, u16, u8),
    Tell(u8, u8, Vec<u8>),
    /// ChannelData, perhaps of another length than it says.
    Channel(u8, u16, u16, Vec<u8>),
    /// A packet of a peer to every relayed address.
    Arrive(u8, Vec<u8>),
    Pass(u16),
}

fn index(who: u8) -> usize {
    usize::from(who) % PEOPLE.len()
}

fn peer(last: u8) -> String {
    format!("198.51.100.{last}:5000")
}

fuzz_target!(|steps: Vec<Step>| {
    let mut world = World::new();
    let mut people = PEOPLE.map(|(address, id)| Person::at(address, id));
    // Everybody has a nonce, before a flood makes the machine keep silent to strangers.
    for person in &mut people {
        person.refresh(&mut world, 0);
    }
    for step in steps {
        match step {
            Step::Raw(who, bytes) => {
                let client = people[index(who)].client;
                world.ask(client, &bytes);
            }
            Step::Signed(who, method, attributes) => {
                let attributes: Vec<_> = attributes
                    .into_iter()
                    .map(|(kind, value)| (AttributeType(kind), value))
                    .collect();
                let person = &mut people[index(who)];
                let request = person.write(Method(method & 0xfff), &attributes);
                let answer = world.ask(person.client, &request);
                let nonce = answer
                    .as_deref()
                    .and_then(|answer| Some(Message::decode(answer).ok()?.text(NONCE)?.to_owned()));
                if let Some(nonce) = nonce {
                    person.nonce = nonce;
                }
            }
            Step::Allocate(who) => {
                people[index(who)].allocate_with(&mut world, &[]);
            }
            Step::Permit(who, last) => {
                people[index(who)].permit(&mut world, &peer(last));
            }
            Step::Bind(who, number, last) => {
                people[index(who)].bind(&mut world, number, &peer(last));
            }
            Step::Tell(who, last, payload) => {
                people[index(who)].tell(&mut world, &peer(last), &payload);
            }
            Step::Channel(who, number, length, payload) => {
                let header = [number.to_be_bytes(), length.to_be_bytes()].concat();
                let client = people[index(who)].client;
                world.relay(client, &[&header, &payload[..]].concat());
            }
            Step::Arrive(last, payload) => {
                let sockets: Vec<_> = world.sockets.values().copied().collect();
                for relayed in sockets {
                    world.arrive(&peer(last), relayed, &payload);
                }
            }
            Step::Pass(seconds) => world.pass(u64::from(seconds) % 4_000),
        }
    }
    world.pass(A_DAY);
    assert!(
        world.sockets.is_empty(),
        "{} relays are left",
        world.sockets.len()
    );
});
