//! A world around one machine: virtual time, sockets that are only noted down, and clients that
//! speak TURN.

#![allow(dead_code, reason = "each test program uses a part of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use turn::attribute::{
    self, AttributeType, CHANNEL_NUMBER, DATA, ERROR_CODE, LIFETIME, NONCE, PASSWORD_ALGORITHM,
    PASSWORD_ALGORITHMS, REALM, REQUESTED_TRANSPORT, USERNAME, XOR_PEER_ADDRESS,
    XOR_RELAYED_ADDRESS, read_xor_address,
};
use turn::auth::{self, Authority, Key, PasswordAlgorithm};
use turn::message::{Class, Integrity, Message, Method, Writer};
use turn::policy::Policy;
use turn::ports::Ports;
use turn::quota::{Limits, Quotas};
use turn::server::TurnService;
use turn::{
    Client, Command, DontFragment, Fragment, HEADROOM, NextPort, Now, Outcome, RelayFailure,
    RelayId, Server, Shared, Transport,
};

pub(crate) const SECRET: &[u8] = b"secret";

/// Seconds since 1970 at which every world begins.
pub(crate) const START: u64 = 1_800_000_000;

/// The server's address for clients and relays.
pub(crate) const SERVER: &str = "203.0.113.1";

pub(crate) struct World {
    pub(crate) server: Server<ChaCha20Rng>,
    pub(crate) shared: Arc<Shared>,
    pub(crate) now: Now,
    /// What relays are bound to.
    pub(crate) sockets: BTreeMap<RelayId, SocketAddr>,
    /// Ports that somebody else has.
    pub(crate) taken: BTreeSet<u16>,
    /// Payloads that went from one allocation to another without a detour through the network.
    pub(crate) inside: usize,
    reply: Vec<u8>,
}

/// What happened to a payload that a client sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Delivery {
    pub(crate) from: SocketAddr,
    pub(crate) to: SocketAddr,
    pub(crate) fragment: Fragment,
    pub(crate) payload: Vec<u8>,
}

/// What a client got.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Got {
    Channel { number: u16, payload: Vec<u8> },
    Data { peer: SocketAddr, payload: Vec<u8> },
}

impl World {
    pub(crate) fn new() -> Self {
        Self::with(|_| {})
    }

    pub(crate) fn with(change: impl FnOnce(&mut Shared)) -> Self {
        let server: IpAddr = SERVER.parse().unwrap();
        let mut shared = Shared {
            authority: Authority::new(SECRET, &[7; 32]),
            policy: Policy::new(Vec::new(), vec![server], vec![8080]),
            ports: Ports::new(50_000..=50_999),
            quotas: Quotas::new(Limits::default()),
            turn: TurnService::On,
            dont_fragment: DontFragment::Honoured,
            external_v4: None,
            external_v6: None,
            local_v4: Some(SERVER.parse().unwrap()),
            local_v6: Some("2001:db8::1".parse().unwrap()),
        };
        change(&mut shared);
        let shared = Arc::new(shared);
        Self {
            server: Server::new(Arc::clone(&shared), ChaCha20Rng::seed_from_u64(1)),
            shared,
            now: Now {
                millis: 0,
                unix_seconds: START,
            },
            sockets: BTreeMap::new(),
            taken: BTreeSet::new(),
            inside: 0,
            reply: Vec::new(),
        }
    }

    /// Lets time pass, as slowly as the machine asks for.
    pub(crate) fn pass(&mut self, seconds: u64) {
        let end = self.now.millis + seconds * 1000;
        while self.server.poll_timeout() <= end {
            let due = self.server.poll_timeout().max(self.now.millis);
            self.set(due);
            self.server.handle_timeout(self.now);
            let said = self.carry_out();
            assert!(said.is_empty(), "time alone makes the machine send nothing");
            assert!(
                self.server.poll_timeout() > due,
                "a time-out that does not move"
            );
        }
        self.set(end);
    }

    fn set(&mut self, millis: u64) {
        self.now = Now {
            millis,
            unix_seconds: START + millis / 1000,
        };
    }

    /// Hands in a datagram and returns what came back to the client.
    pub(crate) fn ask(&mut self, client: Client, datagram: &[u8]) -> Option<Vec<u8>> {
        let mut reply = std::mem::take(&mut self.reply);
        let outcome = self
            .server
            .handle_datagram(self.now, client, datagram, &mut reply);
        let answer = (outcome == Outcome::Reply).then(|| reply.clone());
        self.reply = reply;
        let mut said = self.carry_out();
        assert!(
            answer.is_none() || said.is_empty(),
            "one request, one response"
        );
        answer.or_else(|| said.pop().map(|(_, message)| message))
    }

    /// Hands in a datagram with a payload and returns where that went.
    pub(crate) fn relay(&mut self, client: Client, datagram: &[u8]) -> Option<Delivery> {
        let mut reply = Vec::new();
        match self
            .server
            .handle_datagram(self.now, client, datagram, &mut reply)
        {
            Outcome::Nothing | Outcome::Reply => None,
            Outcome::ToPeer(packet) => Some(Delivery {
                from: self.sockets[&packet.relay],
                to: packet.peer,
                fragment: packet.fragment,
                payload: datagram[packet.payload].to_vec(),
            }),
            Outcome::ToRelay {
                relay,
                from,
                payload,
            } => {
                self.inside += 1;
                Some(Delivery {
                    from,
                    to: self.sockets[&relay],
                    fragment: Fragment::Allowed,
                    payload: datagram[payload].to_vec(),
                })
            }
        }
    }

    /// A packet of `peer` to a relayed address; what the client gets of it.
    pub(crate) fn arrive(
        &mut self,
        peer: &str,
        relayed: SocketAddr,
        payload: &[u8],
    ) -> Option<Got> {
        let (&relay, _) = self.sockets.iter().find(|(_, bound)| **bound == relayed)?;
        let mut headroom = [0xEE; HEADROOM];
        let peer = peer.parse().unwrap();
        let down =
            self.server
                .handle_peer_data(self.now, relay, peer, payload.len(), &mut headroom)?;
        let mut message = headroom[HEADROOM - down.header..].to_vec();
        message.extend_from_slice(payload);
        message.resize(message.len() + down.padding, 0);
        if down.header == 4 {
            let (number, length) = turn::frame::channel_data(&message).unwrap();
            let payload = message[4..4 + length].to_vec();
            return Some(Got::Channel { number, payload });
        }
        let message = Message::decode(&message).unwrap();
        assert_eq!(
            (message.class(), message.method()),
            (Class::Indication, Method::DATA)
        );
        let peer = message.attribute(XOR_PEER_ADDRESS).unwrap();
        Some(Got::Data {
            peer: read_xor_address(peer, message.id()).unwrap(),
            payload: message.attribute(DATA).unwrap().to_vec(),
        })
    }

    pub(crate) fn carry_out(&mut self) -> Vec<(Client, Vec<u8>)> {
        let mut said = Vec::new();
        while let Some(command) = self.server.poll_command() {
            match command {
                Command::OpenRelay {
                    relay,
                    address,
                    next,
                } => {
                    let next_taken =
                        next == NextPort::Keep && self.taken.contains(&(address.port() + 1));
                    if self.taken.contains(&address.port()) || next_taken {
                        let failure = RelayFailure::PortTaken;
                        self.server.handle_relay_failed(self.now, relay, failure);
                    } else {
                        let bound = self.sockets.values().all(|other| *other != address);
                        assert!(bound, "{address} is bound twice");
                        self.sockets.insert(relay, address);
                        self.server.handle_relay_opened(self.now, relay);
                    }
                }
                Command::CloseRelay { relay } => {
                    assert!(
                        self.sockets.remove(&relay).is_some(),
                        "{relay:?} was not open"
                    );
                }
                Command::Send { client, message } => said.push((client, message)),
            }
        }
        said
    }
}

/// Somebody who speaks TURN.
#[derive(Debug, Clone)]
pub(crate) struct Person {
    pub(crate) client: Client,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) algorithm: PasswordAlgorithm,
    pub(crate) nonce: String,
    transaction: u8,
}

/// An answer, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) bytes: Vec<u8>,
    /// The error's number, or `None` for success.
    pub(crate) error: Option<u16>,
}

impl Answer {
    pub(crate) fn message(&self) -> Message<'_> {
        Message::decode(&self.bytes).unwrap()
    }

    pub(crate) fn relayed(&self) -> Vec<SocketAddr> {
        let message = self.message();
        let relayed = message
            .attributes()
            .filter(|(kind, _)| *kind == XOR_RELAYED_ADDRESS);
        relayed
            .map(|(_, value)| read_xor_address(value, message.id()).unwrap())
            .collect()
    }

    pub(crate) fn lifetime(&self) -> u32 {
        let value = self
            .message()
            .attribute(LIFETIME)
            .unwrap()
            .try_into()
            .unwrap();
        u32::from_be_bytes(value)
    }
}

impl Person {
    /// Somebody at `address` with credentials for an hour.
    pub(crate) fn at(address: &str, id: &str) -> Self {
        let username = format!("{}:{id}", START + 3600);
        let password = auth::password(SECRET, &username);
        let local = if address.starts_with('[') {
            "[2001:db8::1]:8080"
        } else {
            "203.0.113.1:8080"
        };
        let (remote, local) = (address.parse().unwrap(), local.parse().unwrap());
        Self {
            client: Client::new(remote, local, Transport::Udp),
            username,
            password,
            algorithm: PasswordAlgorithm::Md5,
            nonce: String::new(),
            transaction: 0,
        }
    }

    pub(crate) fn key(&self) -> Key {
        Key::long_term(self.algorithm, &self.username, auth::REALM, &self.password)
    }

    /// Asks, and asks again with the nonce when challenged.
    pub(crate) fn request(
        &mut self,
        world: &mut World,
        method: Method,
        attributes: &[(AttributeType, Vec<u8>)],
    ) -> Answer {
        if self.nonce.is_empty() {
            let mut bare = Vec::new();
            Writer::new(&mut bare, Class::Request, method, &[0; 12]).finish();
            let challenge = world.ask(self.client, &bare).expect("a challenge");
            let challenge = Message::decode(&challenge).unwrap();
            self.nonce = challenge.text(NONCE).unwrap().to_owned();
        }
        self.transaction += 1;
        let request = self.write(method, attributes);
        self.send(world, &request)
    }

    /// A signed request.
    pub(crate) fn write(&self, method: Method, attributes: &[(AttributeType, Vec<u8>)]) -> Vec<u8> {
        let mut request = Vec::new();
        let id = [self.transaction; 12];
        let mut writer = Writer::new(&mut request, Class::Request, method, &id);
        for (kind, value) in attributes {
            writer.attribute(*kind, value);
        }
        writer
            .attribute(USERNAME, self.username.as_bytes())
            .attribute(REALM, auth::REALM.as_bytes())
            .attribute(NONCE, self.nonce.as_bytes());
        match self.algorithm {
            PasswordAlgorithm::Md5 => writer.integrity(&self.key(), Integrity::Sha1),
            PasswordAlgorithm::Sha256 => writer
                .attribute(PASSWORD_ALGORITHMS, &PasswordAlgorithm::OFFER)
                .attribute(PASSWORD_ALGORITHM, &[0, 2, 0, 0])
                .integrity(&self.key(), Integrity::Sha256),
        };
        writer.fingerprint().finish();
        request
    }

    pub(crate) fn send(&self, world: &mut World, request: &[u8]) -> Answer {
        let bytes = world.ask(self.client, request).expect("an answer");
        let message = Message::decode(&bytes).unwrap();
        let asked = Message::decode(request).unwrap();
        assert_eq!(message.id(), asked.id());
        assert_eq!(message.method(), asked.method());
        let error = message.attribute(ERROR_CODE).map(|value| {
            assert_eq!(message.class(), Class::Error);
            u16::from(value[2]) * 100 + u16::from(value[3])
        });
        if !matches!(error, Some(401 | 438 | 400)) {
            assert!(
                message.is_signed_by(&self.key()),
                "the answer is signed as the request was"
            );
        }
        Answer { bytes, error }
    }

    pub(crate) fn allocate(&mut self, world: &mut World) -> SocketAddr {
        let answer = self.allocate_with(world, &[]);
        assert_eq!(answer.error, None);
        answer.relayed()[0]
    }

    pub(crate) fn allocate_with(
        &mut self,
        world: &mut World,
        more: &[(AttributeType, Vec<u8>)],
    ) -> Answer {
        let mut attributes = vec![(REQUESTED_TRANSPORT, vec![17, 0, 0, 0])];
        attributes.extend_from_slice(more);
        self.request(world, Method::ALLOCATE, &attributes)
    }

    pub(crate) fn refresh(&mut self, world: &mut World, seconds: u32) -> Answer {
        let lifetime = (LIFETIME, seconds.to_be_bytes().to_vec());
        self.request(world, Method::REFRESH, &[lifetime])
    }

    pub(crate) fn permit(&mut self, world: &mut World, peer: &str) -> Option<u16> {
        // The address is masked with the transaction's id, which is the next one.
        let peer = self.masked(peer);
        self.request(
            world,
            Method::CREATE_PERMISSION,
            &[(XOR_PEER_ADDRESS, peer)],
        )
        .error
    }

    pub(crate) fn bind(&mut self, world: &mut World, number: u16, peer: &str) -> Option<u16> {
        let channel = [&number.to_be_bytes()[..], &[0, 0]].concat();
        let peer = self.masked(peer);
        let attributes = [(CHANNEL_NUMBER, channel), (XOR_PEER_ADDRESS, peer)];
        self.request(world, Method::CHANNEL_BIND, &attributes).error
    }

    /// A Send indication.
    pub(crate) fn tell(&self, world: &mut World, peer: &str, payload: &[u8]) -> Option<Delivery> {
        self.tell_with(world, peer, payload, &[])
    }

    /// A Send indication with further attributes.
    pub(crate) fn tell_with(
        &self,
        world: &mut World,
        peer: &str,
        payload: &[u8],
        more: &[AttributeType],
    ) -> Option<Delivery> {
        let mut message = Vec::new();
        let mut writer = Writer::new(&mut message, Class::Indication, Method::SEND, &[9; 12]);
        writer.xor_address(XOR_PEER_ADDRESS, peer.parse().unwrap());
        for kind in more {
            writer.attribute(*kind, &[]);
        }
        writer.attribute(DATA, payload).finish();
        world.relay(self.client, &message)
    }

    /// A ChannelData message.
    pub(crate) fn channel(
        &self,
        world: &mut World,
        number: u16,
        payload: &[u8],
    ) -> Option<Delivery> {
        let length = u16::try_from(payload.len()).unwrap();
        let header = [number.to_be_bytes(), length.to_be_bytes()].concat();
        world.relay(self.client, &[&header, payload].concat())
    }

    pub(crate) fn masked(&self, peer: &str) -> Vec<u8> {
        let mut value = [0; attribute::MAX_ADDRESS];
        let id = [self.transaction + 1; 12];
        let length = attribute::write_xor_address(&mut value, peer.parse().unwrap(), &id);
        value[..length].to_vec()
    }
}
