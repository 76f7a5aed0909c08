//! Whatever clients do and in whichever order: what is relayed is what a table of a few lines says
//! has to be, and everything comes to its end (RFC 8656, sections 3 and 9 to 12).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod world;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};

use proptest::prelude::*;
use world::{Got, Person, World};

const PEOPLE: usize = 3;
/// What they talk to; the last one is where nobody may be reached.
const PEERS: [&str; 4] = [
    "198.51.100.99:5000",
    "198.51.100.99:5001",
    "198.51.100.98:5000",
    "10.0.0.1:5000",
];
const PERMISSION: u64 = 300;
const CHANNEL: u64 = 600;
/// Everybody's credentials make allocations for this long, and keep them from then on.
const CREDENTIALS: u64 = 3600;

#[derive(Debug, Clone)]
enum Step {
    Allocate(usize),
    Refresh(usize, u32),
    Permit(usize, usize),
    Bind(usize, u16, usize),
    Tell(usize, usize),
    Channel(usize, u16),
    Arrive(usize, usize),
    Gone(usize),
    Noise(usize, Vec<u8>),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let person = 0..PEOPLE;
    let peer = 0..PEERS.len();
    let number = 0x4000_u16..0x4003;
    prop_oneof![
        2 => person.clone().prop_map(Step::Allocate),
        1 => (person.clone(), prop::sample::select(vec![0_u32, 1, 600, 700, 4000])).prop_map(|(p, s)| Step::Refresh(p, s)),
        4 => (person.clone(), peer.clone()).prop_map(|(p, to)| Step::Permit(p, to)),
        4 => (person.clone(), number.clone(), peer.clone()).prop_map(|(p, n, to)| Step::Bind(p, n, to)),
        6 => (person.clone(), peer.clone()).prop_map(|(p, to)| Step::Tell(p, to)),
        6 => (person.clone(), number).prop_map(|(p, n)| Step::Channel(p, n)),
        6 => (person.clone(), peer).prop_map(|(p, from)| Step::Arrive(p, from)),
        1 => person.clone().prop_map(Step::Gone),
        2 => (person, prop::collection::vec(any::<u8>(), 0..64)).prop_map(|(p, bytes)| Step::Noise(p, bytes)),
        3 => (1_u64..400).prop_map(Step::Pass),
    ]
}

/// What one person has, by the letter of the RFC.
#[derive(Debug)]
struct Held {
    relayed: SocketAddr,
    ends: u64,
    /// Until when each address may send and be sent to.
    permitted: BTreeMap<IpAddr, u64>,
    /// Which peer a number stands for, and until when.
    channels: BTreeMap<u16, (usize, u64)>,
}

impl Held {
    fn permits(&self, peer: usize, now: u64) -> bool {
        let ip = address(peer).ip();
        self.permitted.get(&ip).is_some_and(|until| *until > now)
    }
}

fn address(peer: usize) -> SocketAddr {
    PEERS[peer].parse().unwrap()
}

/// May be reached at all.
fn is_public(peer: usize) -> bool {
    peer + 1 < PEERS.len()
}

struct Model {
    world: World,
    people: Vec<Person>,
    held: [Option<Held>; PEOPLE],
}

impl Model {
    fn new() -> Self {
        let people = (0..PEOPLE)
            .map(|at| Person::at(&format!("198.51.100.7:{}", at + 1), &format!("room.p{at}")));
        Self {
            world: World::new(),
            people: people.collect(),
            held: [None, None, None],
        }
    }

    fn now(&self) -> u64 {
        self.world.now.millis / 1000
    }

    /// Lets go of what has ended.
    fn age(&mut self) {
        let now = self.now();
        for held in &mut self.held {
            if held.as_ref().is_some_and(|held| held.ends <= now) {
                *held = None;
            }
            if let Some(held) = held {
                held.channels.retain(|_, (_, until)| *until > now);
            }
        }
    }

    fn request(
        &mut self,
        who: usize,
        act: impl Fn(&mut Person, &mut World) -> Option<u16>,
    ) -> Option<u16> {
        let (person, world) = (&mut self.people[who], &mut self.world);
        let error = act(person, world);
        if error == Some(438) {
            // The nonce has grown old; the answer brought no allocation and no harm.
            person.nonce = String::new();
            return act(person, world);
        }
        error
    }

    fn apply(&mut self, step: Step) {
        let now = self.now();
        match step {
            Step::Allocate(who) => {
                let mut relayed = None;
                let (person, world) = (&mut self.people[who], &mut self.world);
                for _ in 0..2 {
                    let answer = person.allocate_with(world, &[]);
                    if answer.error == Some(438) {
                        person.nonce = String::new();
                        continue;
                    }
                    relayed =
                        (answer.error.is_none()).then(|| (answer.relayed()[0], answer.lifetime()));
                    break;
                }
                let may = self.held[who].is_none() && now < CREDENTIALS;
                assert_eq!(relayed.is_some(), may, "one allocation each");
                if let Some((relayed, lifetime)) = relayed {
                    self.held[who] = Some(Held {
                        relayed,
                        ends: now + u64::from(lifetime),
                        permitted: BTreeMap::new(),
                        channels: BTreeMap::new(),
                    });
                }
            }
            Step::Refresh(who, seconds) => {
                let mut granted = None;
                let error = {
                    let (person, world) = (&mut self.people[who], &mut self.world);
                    let mut answer = person.refresh(world, seconds);
                    if answer.error == Some(438) {
                        person.nonce = String::new();
                        answer = person.refresh(world, seconds);
                    }
                    if answer.error.is_none() {
                        granted = Some(u64::from(answer.lifetime()));
                    }
                    answer.error
                };
                match (&mut self.held[who], granted) {
                    (Some(_), Some(0)) => self.held[who] = None,
                    (Some(held), Some(lifetime)) => held.ends = now + lifetime,
                    (Some(_), None) => panic!("refused with {error:?}"),
                    // Ending what is not there is no fault (RFC 8656, section 7.2).
                    (None, granted) => assert!(granted.is_none() || seconds == 0),
                }
            }
            Step::Permit(who, peer) => {
                let error = self.request(who, |person, world| person.permit(world, PEERS[peer]));
                let held = self.held[who].as_mut();
                assert_eq!(
                    error.is_none(),
                    held.is_some() && is_public(peer),
                    "{error:?}"
                );
                if let (None, Some(held)) = (error, held) {
                    held.permitted.insert(address(peer).ip(), now + PERMISSION);
                }
            }
            Step::Bind(who, number, peer) => {
                let error =
                    self.request(who, |person, world| person.bind(world, number, PEERS[peer]));
                let held = self.held[who].as_mut();
                let fits = held.as_ref().is_some_and(|held| {
                    let mut channels = held.channels.iter();
                    channels.all(|(n, (to, _))| (*n == number) == (*to == peer))
                });
                assert_eq!(error.is_none(), fits && is_public(peer), "{error:?}");
                if let (None, Some(held)) = (error, held) {
                    held.channels.insert(number, (peer, now + CHANNEL));
                    held.permitted.insert(address(peer).ip(), now + PERMISSION);
                }
            }
            Step::Tell(who, peer) => {
                let went = self.people[who].tell(&mut self.world, PEERS[peer], b"hello");
                let held = self.held[who].as_ref();
                let may = held.filter(|held| held.permits(peer, now));
                assert_eq!(
                    went.map(|went| (went.from, went.to)),
                    may.map(|held| (held.relayed, address(peer)))
                );
            }
            Step::Channel(who, number) => {
                let went = self.people[who].channel(&mut self.world, number, b"hello");
                let held = self.held[who].as_ref();
                let may = held.and_then(|held| {
                    let (peer, _) = held.channels.get(&number)?;
                    held.permits(*peer, now)
                        .then(|| (held.relayed, address(*peer)))
                });
                assert_eq!(went.map(|went| (went.from, went.to)), may);
            }
            Step::Arrive(who, peer) => {
                let Some(held) = &self.held[who] else {
                    return;
                };
                let got = self.world.arrive(PEERS[peer], held.relayed, b"hello");
                let mut channels = held.channels.iter();
                let number = channels.find(|(_, (to, _))| *to == peer).map(|(n, _)| *n);
                let wanted = held.permits(peer, now).then(|| match number {
                    Some(number) => Got::Channel {
                        number,
                        payload: b"hello".to_vec(),
                    },
                    None => Got::Data {
                        peer: address(peer),
                        payload: b"hello".to_vec(),
                    },
                });
                assert_eq!(got, wanted);
            }
            Step::Gone(who) => {
                self.world
                    .server
                    .handle_client_gone(&self.people[who].client);
                let said = self.world.carry_out();
                assert!(said.is_empty());
                self.held[who] = None;
            }
            Step::Noise(who, bytes) => {
                // A channel's number at its head would make it a payload, which is the model's.
                let is_payload = bytes.first().is_some_and(|byte| (64..80).contains(byte));
                if !is_payload {
                    self.world.ask(self.people[who].client, &bytes);
                }
            }
            Step::Pass(seconds) => {
                self.world.pass(seconds);
                self.age();
            }
        }
        let held = self.held.iter().flatten().count();
        assert_eq!(self.world.server.allocations(), held);
        assert_eq!(self.world.sockets.len(), held);
        assert_eq!(self.world.shared.ports.count(), held);
    }
}

proptest! {
    #[test]
    fn what_is_relayed_is_what_was_permitted(steps in prop::collection::vec(step(), 1..120)) {
        let mut model = Model::new();
        for step in steps {
            model.apply(step);
        }
        model.world.pass(4000);
        prop_assert_eq!(model.world.server.allocations(), 0);
        prop_assert!(model.world.shared.quotas.is_empty());
        prop_assert!(model.world.sockets.is_empty());
    }
}
