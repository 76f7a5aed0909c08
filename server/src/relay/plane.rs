//! The UDP data plane: threads of its own beside the async runtime, each with its own sockets and
//! its own machine. The kernel divides the clients among the threads by their addresses, so a
//! client always meets the same one, and no packet ever waits for a lock.
//!
//! A turn of a thread: wait until something can be read, read what is there, let the machine decide
//! about each datagram, send what came of it all. Payload is copied only where the kernel has joined
//! packets for a client; else headers are written into the room in front of it.

use std::fmt;
use std::net::{SocketAddr, UdpSocket};
use std::ops::Range;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use turn::server::{Fragment, ToPeer};
use turn::{Client, Command, HEADROOM, NextPort, Now, Outcome, RelayId, Server, Shared, Transport};

use super::batch::{self, BATCH, Domain, Inbox, Packet, Received, Sender};
use super::clock::Clock;
use super::meters::Published;
use super::sockets::Kept;

/// Sockets looked at per turn.
const EVENTS: usize = 256;

/// Batches read from one listener before others have their turn.
const BATCHES: usize = 4;

/// How often counters are published, in milliseconds.
const PUBLISH_MILLIS: u64 = 1000;

/// What wakes a thread that is not a socket of a client or peer.
const WAKE: u64 = u64::MAX;

/// Marks the number of a relay, as opposed to that of a listener.
const RELAY: u64 = 1 << 32;

/// Which of the two buffers a packet to be sent is in.
const INBOX: usize = 0;
const REPLIES: usize = 1;

/// What a thread is told from outside.
#[derive(Debug)]
pub(super) enum Order {
    /// End the allocations of the participant with this id.
    Revoke(String),
    /// Stop.
    Stop,
}

/// Tells a thread something.
#[derive(Debug)]
pub(super) struct Bell {
    orders: Mutex<Vec<Order>>,
    wake: OwnedFd,
}

impl Bell {
    pub(super) fn ring(&self, order: Order) {
        self.orders
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(order);
        // It can only fail when the bell has been rung 2^64 times and not been heard.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }

    fn take(&self) -> Vec<Order> {
        let mut count = [0; 8];
        let _ = rustix::io::read(&self.wake, &mut count);
        std::mem::take(&mut *self.orders.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One thread's share of the data plane.
pub(super) struct Plane {
    server: Server<ChaCha20Rng>,
    shared: Arc<Shared>,
    kept: Arc<Kept>,
    clock: Clock,
    epoll: OwnedFd,
    bell: Arc<Bell>,
    listeners: Vec<Listener>,
    /// By [`RelayId::index`].
    relays: Vec<Option<RelaySocket>>,
    inbox: Inbox,
    replies: Vec<u8>,
    reply: Vec<u8>,
    to_peers: Vec<(RelayId, Fragment, Packet)>,
    /// The order in which `to_peers` are sent: by relay, and as they came.
    order: Vec<u64>,
    /// Packets of one relay, taken from `to_peers`.
    run: Vec<Packet>,
    published: Published,
    unsent: u64,
    /// How often it has waited.
    turn: u64,
}

impl fmt::Debug for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plane").finish_non_exhaustive()
    }
}

/// A socket clients send to.
struct Listener {
    socket: UdpSocket,
    address: SocketAddr,
    sender: Sender,
    to_clients: Vec<Packet>,
}

/// A socket peers send to.
struct RelaySocket {
    id: RelayId,
    socket: UdpSocket,
    sender: Sender,
    /// How many packets were there lately, as a power of two: how many to ask for.
    burst: u8,
    /// Whether the kernel joins packets: only once there was a burst, since it costs something.
    is_joining: bool,
    /// The last turn of the thread that left packets behind, perhaps.
    full_at: u64,
}

impl Plane {
    /// A thread's share: its own socket for each address.
    pub(super) fn new(
        shared: Arc<Shared>,
        kept: Arc<Kept>,
        clock: Clock,
        sockets: Vec<UdpSocket>,
    ) -> anyhow::Result<(Self, Arc<Bell>)> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).context("no epoll")?;
        let wake =
            eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK).context("no eventfd")?;
        let readable = epoll::EventFlags::IN;
        epoll::add(&epoll, &wake, epoll::EventData::new_u64(WAKE), readable)
            .context("cannot watch for orders")?;
        let mut listeners = Vec::new();
        for (index, socket) in sockets.into_iter().enumerate() {
            let listener = Listener::new(socket).context("cannot use a UDP socket")?;
            let data = epoll::EventData::new_u64(index as u64);
            epoll::add(&epoll, &listener.socket, data, readable)
                .context("cannot watch a UDP socket")?;
            listeners.push(listener);
        }
        let bell = Arc::new(Bell {
            orders: Mutex::default(),
            wake,
        });
        let plane = Self {
            server: Server::new(Arc::clone(&shared), super::random()?),
            shared,
            kept,
            clock,
            epoll,
            bell: Arc::clone(&bell),
            listeners,
            relays: Vec::new(),
            inbox: Inbox::new(),
            replies: Vec::new(),
            reply: Vec::new(),
            to_peers: Vec::with_capacity(BATCH),
            order: Vec::with_capacity(BATCH),
            run: Vec::with_capacity(BATCH),
            published: Published::default(),
            unsent: 0,
            turn: 0,
        };
        Ok((plane, bell))
    }

    /// Works until told to stop.
    pub(super) fn run(mut self) {
        let mut events: Vec<epoll::Event> = Vec::with_capacity(EVENTS);
        let mut publish_at = 0;
        loop {
            let now = self.clock.now().millis;
            let due = self.server.poll_timeout().min(publish_at);
            let wait = Duration::from_millis(due.saturating_sub(now));
            let wait = Timespec::try_from(wait).ok();
            events.clear();
            let buffer = rustix::buffer::spare_capacity(&mut events);
            match epoll::wait(&self.epoll, buffer, wait.as_ref()) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => {
                    tracing::error!(%error, "the relay cannot wait for packets any more");
                    return;
                }
            }
            self.turn += 1;
            // A turn is short enough to be one moment, and to ask for the time is dear for one packet.
            let now = self.clock.now();
            for event in &events {
                match event.data.u64() {
                    WAKE => {
                        if self.obey() == Ordered::Stop {
                            return;
                        }
                    }
                    data if data >= RELAY => self.read_peers(now, (data - RELAY) as usize),
                    data => self.read_clients(now, data as usize),
                }
            }
            self.send();
            self.carry_out();
            let now = self.clock.now();
            if self.server.poll_timeout() <= now.millis {
                self.server.handle_timeout(now);
                self.kept.expire(&self.shared.ports);
                self.carry_out();
            }
            if publish_at <= now.millis {
                publish_at = now.millis + PUBLISH_MILLIS;
                self.publish();
            }
        }
    }

    fn obey(&mut self) -> Ordered {
        for order in self.bell.take() {
            match order {
                Order::Revoke(id) => self.server.handle_revoked(&id),
                Order::Stop => {
                    self.publish();
                    return Ordered::Stop;
                }
            }
        }
        self.carry_out();
        Ordered::GoOn
    }

    /// Reads what clients sent to one listener.
    fn read_clients(&mut self, now: Now, index: usize) {
        for _ in 0..BATCHES {
            let Some(got) = self.receive(Source::Listener(index), BATCH) else {
                return;
            };
            for message in self.inbox.len() - got..self.inbox.len() {
                let received = self.inbox.received(message);
                for datagram in received.datagrams() {
                    self.handle_datagram(now, index, received, datagram);
                }
            }
            if got < BATCH {
                return;
            }
        }
    }

    fn handle_datagram(
        &mut self,
        now: Now,
        index: usize,
        received: Received,
        datagram: Range<usize>,
    ) {
        let listener = &mut self.listeners[index];
        let local = received.local.unwrap_or(listener.address.ip());
        let local = SocketAddr::new(local, listener.address.port());
        let client = Client::new(received.remote, local, Transport::Udp);
        let bytes = &self.inbox.bytes()[datagram.clone()];
        let inside = |part: Range<usize>| datagram.start + part.start..datagram.start + part.end;
        match self
            .server
            .handle_datagram(now, client, bytes, &mut self.reply)
        {
            Outcome::Nothing => {}
            Outcome::Reply => {
                let start = self.replies.len();
                self.replies.extend_from_slice(&self.reply);
                listener.to_clients.push(Packet {
                    to: client.remote,
                    from: received.local,
                    buffer: REPLIES,
                    range: start..self.replies.len(),
                });
            }
            Outcome::ToPeer(ToPeer {
                relay,
                peer,
                payload,
                fragment,
            }) => {
                let packet = Packet {
                    to: peer,
                    from: None,
                    buffer: INBOX,
                    range: inside(payload),
                };
                self.to_peers.push((relay, fragment, packet));
            }
            Outcome::ToRelay {
                relay,
                from,
                payload,
            } => self.hand_over(now, relay, from, inside(payload), received),
        }
    }

    /// Reads what peers sent to one relay.
    fn read_peers(&mut self, now: Now, index: usize) {
        let Some(Some(relay)) = self.relays.get(index) else {
            return;
        };
        let (id, asked) = (relay.id, 1 << relay.burst);
        let got = self.receive(Source::Relay(index), asked).unwrap_or(0);
        let turn = self.turn;
        if let Some(Some(relay)) = self.relays.get_mut(index) {
            relay.learn(turn, asked, got);
        }
        for message in self.inbox.len() - got..self.inbox.len() {
            let received = self.inbox.received(message);
            for datagram in received.datagrams() {
                self.hand_over(now, id, received.remote, datagram, received);
            }
        }
    }

    /// Reads up to `most` messages, at most [`BATCH`], behind those in the inbox, and says how many
    /// came.
    fn receive(&mut self, source: Source, most: usize) -> Option<usize> {
        if !self.inbox.has_room() {
            self.send();
        }
        let socket = match source {
            Source::Listener(index) => self.listeners[index].socket.as_fd(),
            Source::Relay(index) => {
                let relay = self.relays.get(index)?.as_ref()?;
                if !relay.is_joining {
                    return self.inbox.receive_one(relay.socket.as_fd()).ok();
                }
                relay.socket.as_fd()
            }
        };
        self.inbox.receive(socket, most).ok()
    }

    /// Lets the machine decide about a packet for one of its relays, which lies in the inbox as
    /// `received`, or a part of it.
    fn hand_over(
        &mut self,
        now: Now,
        relay: RelayId,
        from: SocketAddr,
        payload: Range<usize>,
        received: Received,
    ) {
        // Header and padding would be written over the packets before and behind.
        if received.is_joined() {
            return self.hand_over_copy(now, relay, from, payload);
        }
        let (before, after) = self.inbox.bytes_mut().split_at_mut(payload.start);
        let Some(headroom) = before.last_chunk_mut() else {
            return;
        };
        let packet = self
            .server
            .handle_peer_data(now, relay, from, payload.len(), headroom);
        let Some(packet) = packet else {
            return;
        };
        after[payload.len()..][..packet.padding].fill(0);
        let range = payload.start - packet.header..payload.end + packet.padding;
        self.queue_for(packet.client, INBOX, range);
    }

    /// As [`Self::hand_over`], from a copy with room around it.
    fn hand_over_copy(
        &mut self,
        now: Now,
        relay: RelayId,
        from: SocketAddr,
        payload: Range<usize>,
    ) {
        let mut headroom = [0; HEADROOM];
        let packet = self
            .server
            .handle_peer_data(now, relay, from, payload.len(), &mut headroom);
        let Some(packet) = packet else {
            return;
        };
        let start = self.replies.len();
        let header = &headroom[HEADROOM - packet.header..];
        self.replies.extend_from_slice(header);
        self.replies.extend_from_slice(&self.inbox.bytes()[payload]);
        self.replies.resize(self.replies.len() + packet.padding, 0);
        self.queue_for(packet.client, REPLIES, start..self.replies.len());
    }

    /// Has a part of a buffer sent to a client, once there is more to send or nothing to read.
    fn queue_for(&mut self, client: Client, buffer: usize, range: Range<usize>) {
        let mut listeners = self.listeners.iter_mut();
        if let Some(listener) = listeners.find(|listener| listener.is_at(client.local)) {
            let any = listener.address.ip().is_unspecified();
            listener.to_clients.push(Packet {
                to: client.remote,
                from: any.then_some(client.local.ip()),
                buffer,
                range,
            });
        }
    }

    /// Sends everything that waits, and empties the buffers.
    fn send(&mut self) {
        self.send_to_peers();
        self.send_to_clients();
        self.replies.clear();
        self.inbox.clear();
    }

    /// Sends what is for peers, relay by relay, so that packets of one flow are next to each other.
    fn send_to_peers(&mut self) {
        // Small and without ties, so that sorting takes no memory and keeps each flow's order.
        let places = self.to_peers.iter().enumerate();
        self.order
            .extend(places.map(|(at, (relay, ..))| (relay.index() as u64) << 32 | at as u64));
        self.order.sort_unstable();
        let buffers = [self.inbox.bytes(), &self.replies[..]];
        let at = |place: u64| &self.to_peers[(place & u64::from(u32::MAX)) as usize];
        let mut places = self.order.drain(..).peekable();
        while let Some(place) = places.next() {
            let (relay, fragment, packet) = at(place);
            self.run.clear();
            self.run.push(packet.clone());
            while let Some(place) = places.next_if(|&next| {
                let (other, same, _) = at(next);
                other == relay && same == fragment
            }) {
                self.run.push(at(place).2.clone());
            }
            let Some(Some(relay_socket)) = self.relays.get_mut(relay.index()) else {
                continue;
            };
            if relay_socket.id == *relay {
                let socket = relay_socket.socket.as_fd();
                let sender = &mut relay_socket.sender;
                self.unsent += sender.send(socket, buffers, &self.run, *fragment) as u64;
            }
        }
        drop(places);
        self.to_peers.clear();
    }

    /// Sends what is for clients.
    fn send_to_clients(&mut self) {
        let buffers = [self.inbox.bytes(), &self.replies[..]];
        for listener in &mut self.listeners {
            if !listener.to_clients.is_empty() {
                self.unsent += listener.send(buffers) as u64;
            }
        }
    }

    /// Does what the machine asks for besides, and sends what it says then.
    fn carry_out(&mut self) {
        while let Some(command) = self.server.poll_command() {
            match command {
                Command::OpenRelay {
                    relay,
                    address,
                    next,
                } => {
                    let now = self.clock.now();
                    match self.open_relay(relay, address, next) {
                        Ok(()) => self.server.handle_relay_opened(now, relay),
                        Err(error) => {
                            let failure = super::failure_of(&error);
                            self.server.handle_relay_failed(now, relay, failure);
                        }
                    }
                }
                Command::CloseRelay { relay } => {
                    if let Some(place) = self.relays.get_mut(relay.index())
                        && place.as_ref().is_some_and(|socket| socket.id == relay)
                    {
                        // Closing the socket also ends the watch on it.
                        *place = None;
                    }
                }
                Command::Send { client, message } => {
                    let start = self.replies.len();
                    self.replies.extend_from_slice(&message);
                    self.queue_for(client, REPLIES, start..self.replies.len());
                }
            }
        }
        self.send_to_clients();
        self.replies.clear();
    }

    fn open_relay(
        &mut self,
        relay: RelayId,
        address: SocketAddr,
        next: NextPort,
    ) -> std::io::Result<()> {
        let socket = self.kept.open(address, next)?;
        let domain = if address.is_ipv4() {
            Domain::V4
        } else {
            Domain::V6
        };
        let index = relay.index();
        let data = epoll::EventData::new_u64(RELAY + index as u64);
        epoll::add(&self.epoll, &socket, data, epoll::EventFlags::IN)?;
        if self.relays.len() <= index {
            self.relays.resize_with(index + 1, || None);
        }
        self.relays[index] = Some(RelaySocket {
            id: relay,
            socket,
            sender: Sender::new(domain),
            burst: 0,
            is_joining: false,
            full_at: 0,
        });
        Ok(())
    }

    fn publish(&mut self) {
        self.published.publish(self.server.counters());
        if self.unsent > 0 {
            metrics::counter!("tincan_turn_unsent_total").increment(self.unsent);
            self.unsent = 0;
        }
    }
}

/// What is read from.
#[derive(Debug, Clone, Copy)]
enum Source {
    /// A listener, by its place.
    Listener(usize),
    /// A relay, by [`RelayId::index`].
    Relay(usize),
}

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ordered {
    GoOn,
    Stop,
}

impl Listener {
    fn new(socket: UdpSocket) -> std::io::Result<Self> {
        let address = socket.local_addr()?;
        let domain = if address.is_ipv4() {
            Domain::V4
        } else {
            Domain::V6
        };
        if address.ip().is_unspecified() {
            batch::tell_local_address(socket.as_fd(), domain)?;
        }
        // Where it is not possible, they come one by one.
        let _ = batch::join_datagrams(socket.as_fd());
        Ok(Self {
            socket,
            address,
            sender: Sender::new(domain),
            to_clients: Vec::with_capacity(BATCH),
        })
    }

    /// Sends what is for clients. Returns how many packets could not be sent.
    fn send(&mut self, buffers: [&[u8]; 2]) -> usize {
        let socket = self.socket.as_fd();
        let packets = &self.to_clients;
        let unsent = self
            .sender
            .send(socket, buffers, packets, Fragment::Allowed);
        self.to_clients.clear();
        unsent
    }

    /// Whether a client that sent to `local` sent to this one.
    fn is_at(&self, local: SocketAddr) -> bool {
        let ip = self.address.ip();
        self.address.port() == local.port()
            && (ip.is_unspecified() || ip.to_canonical() == local.ip())
    }
}

impl RelaySocket {
    /// Learns how much to ask for from how much there was. What is left behind is there in the very
    /// next turn.
    fn learn(&mut self, turn: u64, asked: usize, got: usize) {
        if got < asked {
            self.burst = got.max(1).ilog2() as u8;
            return;
        }
        if self.full_at + 1 == turn {
            self.burst = (self.burst + 1).min(BATCH.ilog2() as u8);
            if !self.is_joining {
                // Where it is not possible, they come one by one.
                let _ = batch::join_datagrams(self.socket.as_fd());
                self.is_joining = true;
            }
        }
        self.full_at = turn;
    }
}
