//! The machine: one client's datagram or one peer's packet at a time.
//!
//! This file owns the tables and who calls whom; each family of requests has a file of its own
//! below. Nothing here scans: a packet costs a look-up of its client or relay and one of its
//! channel, however many allocations there are.

mod allocate;
mod allocation;
mod authenticate;
mod binding;
mod channel;
mod keys;
mod permission;
mod refresh;
mod relay;
mod throttle;

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::Range;
use std::sync::Arc;

use foldhash::fast::FixedState;
use rand_core::Rng;

use crate::attribute::{self, AttributeType, Family};
use crate::auth::{Authority, Key, Username};
use crate::counters::Counters;
use crate::error::ErrorCode;
use crate::frame::Protocol;
use crate::message::{Class, Integrity, Malformed, Message, Method, Writer};
use crate::policy::Policy;
use crate::ports::Ports;
use crate::quota::Quotas;
use crate::time::{Now, SECOND};
use allocation::Allocation;
use keys::Keys;
use throttle::Throttle;

/// Bytes a caller keeps free in front of what it hands to [`Server::handle_peer_data`]: enough
/// for the header of a Data indication with an IPv6 address (48), rounded up to a cache line.
pub const HEADROOM: usize = 64;

/// How often what is shared between machines is swept, in milliseconds.
const SWEEP_MILLIS: u64 = 30 * SECOND;

/// What all machines of one server share.
#[derive(Debug)]
pub struct Shared {
    /// Judges credentials.
    pub authority: Authority,
    /// Judges peers.
    pub policy: Policy,
    /// The relay's ports.
    pub ports: Ports,
    /// Who uses how much.
    pub quotas: Quotas,
    /// Whether TURN is served; otherwise only Binding is answered.
    pub turn: TurnService,
    /// Whether clients may ask for packets that are not cut into pieces.
    pub dont_fragment: DontFragment,
    /// The address the world sees instead of the machine's own, for IPv4.
    pub external_v4: Option<Ipv4Addr>,
    /// The address the world sees instead of the machine's own, for IPv6.
    pub external_v6: Option<Ipv6Addr>,
    /// The machine's own IPv4 address towards the world, where it has one.
    pub local_v4: Option<Ipv4Addr>,
    /// The machine's own IPv6 address towards the world, where it has one.
    pub local_v6: Option<Ipv6Addr>,
}

/// Whether TURN is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TurnService {
    /// STUN and TURN.
    On,
    /// STUN alone: TURN requests are dropped as those of an unknown method.
    Off,
}

/// What becomes of DONT-FRAGMENT (RFC 8656, section 14).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DontFragment {
    /// The driver sees to it that such packets are not cut into pieces.
    Honoured,
    /// The system gives no way to: an Allocate request that asks is told so, and such an
    /// indication is dropped.
    Unknown,
}

impl Shared {
    fn external(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.external_v4.map(IpAddr::V4),
            Family::V6 => self.external_v6.map(IpAddr::V6),
        }
    }

    fn local(&self, family: Family) -> Option<IpAddr> {
        match family {
            Family::V4 => self.local_v4.map(IpAddr::V4),
            Family::V6 => self.local_v6.map(IpAddr::V6),
        }
    }
}

/// How a client speaks to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream, with or without TLS.
    Stream,
}

/// A client's 5-tuple (RFC 8656, section 3.1). Addresses are canonical: never IPv4-mapped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Client {
    /// Where it sends from.
    pub remote: SocketAddr,
    /// Where it sent to.
    pub local: SocketAddr,
    /// How.
    pub transport: Transport,
}

impl Client {
    /// A client whose addresses may still be IPv4-mapped.
    #[must_use]
    pub fn new(remote: SocketAddr, local: SocketAddr, transport: Transport) -> Self {
        Self {
            remote: canonical(remote),
            local: canonical(local),
            transport,
        }
    }
}

/// `address` with an IPv4-mapped address turned into the IPv4 one, and without scope or flow.
#[must_use]
pub fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

/// Names a relayed address of one machine. It is never used twice for different ones, so that
/// what arrives late on a socket that was let go is not taken for another's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayId {
    slot: u32,
    generation: u32,
    family: Family,
}

impl RelayId {
    /// A small number no other living relay of this machine has: an index for the driver's table.
    #[must_use]
    pub fn index(self) -> usize {
        self.slot as usize * 2 + (self.family as usize - 1)
    }
}

/// What to do at once with what was handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// Nothing.
    Nothing,
    /// Send what is now in the reply buffer back to the client.
    Reply,
    /// Send a part of the datagram to a peer.
    ToPeer(ToPeer),
    /// A part of the datagram is for another relayed address of this same machine: hand it to
    /// [`Server::handle_peer_data`] without a detour through the network.
    ToRelay {
        /// The receiving relay.
        relay: RelayId,
        /// The relayed address it comes from.
        from: SocketAddr,
        /// Where the payload is in the datagram.
        payload: Range<usize>,
    },
}

/// A packet for a peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToPeer {
    /// The relay to send it from.
    pub relay: RelayId,
    /// Where to.
    pub peer: SocketAddr,
    /// Where the payload is in the datagram.
    pub payload: Range<usize>,
    /// Whether it must not be fragmented on its way (DONT-FRAGMENT).
    pub fragment: Fragment,
}

/// Whether the network may cut a packet into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fragment {
    /// It may.
    Allowed,
    /// Rather drop it (RFC 8656, section 14).
    Forbidden,
}

/// A packet for a client: `header` bytes were written at the end of the headroom, the payload
/// stays where it is, and `padding` zero bytes follow it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToClient {
    /// Whom to send it to, and how.
    pub client: Client,
    /// Bytes in front of the payload.
    pub header: usize,
    /// Bytes after it, 0 to 3.
    pub padding: usize,
}

/// What the driver is to do besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Bind a UDP socket, then call [`Server::handle_relay_opened`] or
    /// [`Server::handle_relay_failed`].
    OpenRelay {
        /// The relay it will be.
        relay: RelayId,
        /// What to bind it to.
        address: SocketAddr,
        /// Whether the next port is wanted too.
        next: NextPort,
    },
    /// Close the socket of a relay.
    CloseRelay {
        /// Which.
        relay: RelayId,
    },
    /// Send a message to a client.
    Send {
        /// Whom to.
        client: Client,
        /// The whole message.
        message: Vec<u8>,
    },
}

/// What becomes of the port after a relay's (EVEN-PORT, RFC 8656, section 7.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextPort {
    /// Nothing.
    Free,
    /// It must be bound too, and its socket be kept for a later [`Command::OpenRelay`] with that
    /// address; until then, or until [`Ports::is_used`] says no.
    Keep,
}

/// Why a relay's socket could not be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RelayFailure {
    /// Somebody has the port; another may be free.
    PortTaken,
    /// It will not work with another port either.
    Impossible,
}

type Map<K, V> = HashMap<K, V, FixedState>;

/// One machine. See the crate's documentation for how it is driven.
#[derive(Debug)]
pub struct Server<R> {
    shared: Arc<Shared>,
    rng: R,
    by_client: Map<Client, u32>,
    by_relayed: Map<SocketAddr, RelayId>,
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// When each allocation is next to be looked at.
    expiries: BTreeSet<(u64, u32)>,
    keys: Keys,
    throttle: Throttle,
    commands: VecDeque<Command>,
    next_sweep: u64,
    counters: Counters,
}

/// A place for an allocation, and how often it was used.
#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    allocation: Option<Box<Allocation>>,
}

/// A request being answered.
#[derive(Debug, Clone, Copy)]
struct Request<'a> {
    now: Now,
    client: Client,
    message: Message<'a>,
}

/// Who a request turned out to be from.
#[derive(Debug, Clone)]
struct Credentials<'a> {
    username: &'a str,
    key: Key,
    integrity: Integrity,
}

impl<R: Rng> Server<R> {
    /// A machine without allocations. `rng` must be cryptographically strong outside tests: it
    /// chooses ports and tokens.
    pub fn new(shared: Arc<Shared>, mut rng: R) -> Self {
        // Seeded, so that nobody can prepare addresses that fall into one bucket.
        let mut hasher = || FixedState::with_seed(rng.next_u64());
        Self {
            shared,
            by_client: Map::with_hasher(hasher()),
            by_relayed: Map::with_hasher(hasher()),
            slots: Vec::new(),
            free: Vec::new(),
            expiries: BTreeSet::new(),
            keys: Keys::new(hasher()),
            throttle: Throttle::new(rng.next_u64()),
            commands: VecDeque::new(),
            next_sweep: 0,
            counters: Counters::default(),
            rng,
        }
    }

    /// Takes one datagram of a client, or one whole message of a client's stream. When the outcome
    /// is [`Outcome::Reply`], the answer is in `reply`, whose former content is lost.
    pub fn handle_datagram(
        &mut self,
        now: Now,
        client: Client,
        datagram: &[u8],
        reply: &mut Vec<u8>,
    ) -> Outcome {
        match datagram.first().map(|&first| Protocol::of_datagram(first)) {
            Some(Protocol::ChannelData) => self.relay_channel_data(now, &client, datagram),
            Some(Protocol::Stun) => match Message::decode(datagram) {
                Ok(message) => {
                    let request = Request {
                        now,
                        client,
                        message,
                    };
                    self.handle_message(&request, datagram.len(), reply)
                }
                Err(Malformed::NotStun) if binding::answer_classic(datagram, &client, reply) => {
                    self.counters.bindings += 1;
                    Outcome::Reply
                }
                Err(_) => self.malformed(),
            },
            Some(Protocol::Tls | Protocol::Http | Protocol::Unknown) | None => self.malformed(),
        }
    }

    fn handle_message(
        &mut self,
        request: &Request<'_>,
        length: usize,
        reply: &mut Vec<u8>,
    ) -> Outcome {
        let message = &request.message;
        match (message.class(), message.method()) {
            (Class::Request, Method::BINDING) => {
                self.counters.bindings += 1;
                binding::answer(request, reply);
                Outcome::Reply
            }
            (Class::Indication, Method::BINDING) => Outcome::Nothing,
            _ if self.shared.turn == TurnService::Off => self.malformed(),
            (Class::Indication, Method::SEND) => self.relay_send(request),
            (
                Class::Request,
                Method::ALLOCATE
                | Method::REFRESH
                | Method::CREATE_PERMISSION
                | Method::CHANNEL_BIND,
            ) => self.handle_request(request, length, reply),
            _ => self.malformed(),
        }
    }

    fn handle_request(
        &mut self,
        request: &Request<'_>,
        length: usize,
        reply: &mut Vec<u8>,
    ) -> Outcome {
        let credentials = match self.authenticate(request) {
            Ok(credentials) => credentials,
            Err(code) => return self.challenge(request, code, length, reply),
        };
        let known: &[AttributeType] = match request.message.method() {
            Method::ALLOCATE if self.shared.dont_fragment == DontFragment::Unknown => {
                allocate::KNOWN_WITHOUT_DONT_FRAGMENT
            }
            Method::ALLOCATE => allocate::KNOWN,
            Method::REFRESH => refresh::KNOWN,
            Method::CREATE_PERMISSION => permission::KNOWN,
            _ => channel::KNOWN,
        };
        if request.message.unknown(known).next().is_some() {
            self.counters.errors[ErrorCode::UnknownAttribute as usize] += 1;
            respond(request, Class::Error, Some(&credentials), reply, |writer| {
                write_unknown(writer, &request.message, known);
            });
            return Outcome::Reply;
        }
        let result = match request.message.method() {
            Method::ALLOCATE => self.allocate(request, &credentials, reply),
            Method::REFRESH => self.refresh(request, &credentials, reply),
            Method::CREATE_PERMISSION => self.create_permission(request, &credentials, reply),
            _ => self.bind_channel(request, &credentials, reply),
        };
        result.unwrap_or_else(|code| {
            self.counters.errors[code as usize] += 1;
            respond(request, Class::Error, Some(&credentials), reply, |writer| {
                writer.error(code);
            });
            Outcome::Reply
        })
    }

    /// Ends everything of a client whose stream was closed.
    pub fn handle_client_gone(&mut self, client: &Client) {
        if let Some(&slot) = self.by_client.get(client) {
            self.deallocate(slot);
        }
    }

    /// Ends every allocation of the participant with this id; what makes their credentials void is
    /// [`Authority::revoke`].
    pub fn handle_revoked(&mut self, id: &str) {
        for slot in 0..self.slots.len() {
            let allocation = self.slots[slot].allocation.as_ref();
            if allocation.is_some_and(|one| one.user_id() == id) {
                self.deallocate(slot as u32);
            }
        }
        self.keys
            .forget(|username| Username::parse(username).is_some_and(|user| user.id == id));
    }

    /// Ends every allocation whose credentials were taken back, for a driver that was not told of
    /// all of them.
    pub fn handle_revocations_missed(&mut self) {
        for slot in 0..self.slots.len() {
            let allocation = self.slots[slot].allocation.as_ref();
            if allocation.is_some_and(|one| self.shared.authority.is_revoked(one.user_id())) {
                self.deallocate(slot as u32);
            }
        }
    }

    /// Ends what has expired.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some(&(due, slot)) = self.expiries.first() {
            if due > now.millis {
                break;
            }
            self.expire_allocation(slot, now);
        }
        if self.next_sweep <= now.millis {
            self.next_sweep = now.millis + SWEEP_MILLIS;
            self.shared.ports.expire(now);
            self.shared.quotas.expire(now);
        }
    }

    /// When [`Self::handle_timeout`] is due, in milliseconds of the clock this machine is told.
    #[must_use]
    pub fn poll_timeout(&self) -> u64 {
        let due = self.expiries.first().map_or(u64::MAX, |&(due, _)| due);
        due.min(self.next_sweep)
    }

    /// The next thing to do.
    pub fn poll_command(&mut self) -> Option<Command> {
        self.commands.pop_front()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How many allocations live.
    #[must_use]
    pub fn allocations(&self) -> usize {
        self.by_client.len()
    }

    fn malformed(&mut self) -> Outcome {
        self.counters.malformed += 1;
        Outcome::Nothing
    }

    fn allocation_of(&mut self, client: &Client) -> Option<(u32, &mut Allocation)> {
        let slot = *self.by_client.get(client)?;
        let allocation = self.slots[slot as usize].allocation.as_deref_mut()?;
        Some((slot, allocation))
    }
}

/// Writes a response: the body, then what closes every message. It is signed where the request
/// was, and carries a FINGERPRINT where the request did.
fn respond(
    request: &Request<'_>,
    class: Class,
    credentials: Option<&Credentials<'_>>,
    reply: &mut Vec<u8>,
    body: impl FnOnce(&mut Writer<'_>),
) {
    let message = &request.message;
    let mut writer = Writer::new(reply, class, message.method(), message.id());
    body(&mut writer);
    let signature = credentials.map(|credentials| (&credentials.key, credentials.integrity));
    close(&mut writer, signature, message.has_fingerprint());
}

/// Writes what closes every response. What this server is, only those are told who have
/// credentials: strangers get no byte more than they need.
fn close(writer: &mut Writer<'_>, signature: Option<(&Key, Integrity)>, fingerprint: bool) {
    if let Some((key, integrity)) = signature {
        writer
            .attribute(attribute::SOFTWARE, crate::SOFTWARE.as_bytes())
            .integrity(key, integrity);
    }
    if fingerprint {
        writer.fingerprint();
    }
    writer.finish();
}

/// Writes error 420 and which attributes were meant (RFC 8489, section 6.3.1). At most 8 are
/// named, so that the answer stays smaller than what asked for it.
fn write_unknown(writer: &mut Writer<'_>, message: &Message<'_>, known: &[AttributeType]) {
    let mut list = [0; 16];
    let mut length = 0;
    for kind in message.unknown(known).take(list.len() / 2) {
        list[length..length + 2].copy_from_slice(&kind.0.to_be_bytes());
        length += 2;
    }
    writer
        .error(ErrorCode::UnknownAttribute)
        .attribute(attribute::UNKNOWN_ATTRIBUTES, &list[..length]);
}
