//! The load: so many datagrams under way over all clients, each that arrives makes the next.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::{Timespec, epoll};

use super::client::CHANNEL;
use crate::batch::{BATCH, Received, Sending, join_datagrams, never_cut};
use crate::figures::Latencies;
use crate::machine::Quiet;
use crate::server::{Server, own_cpu};

/// What one datagram of media carries.
pub(crate) const PAYLOAD: usize = 1200;

/// With the header of ChannelData (RFC 8656, section 12.4).
const FRAME: usize = 4 + PAYLOAD;

/// The last bytes of the payload: slot and serial number.
const TAIL: usize = 12;

/// A datagram that has not arrived after this long is lost.
const LOST: Duration = Duration::from_millis(300);

/// When nothing at all arrives for this long, nothing will.
const SILENCE: Duration = Duration::from_secs(5);

/// Receive buffer of the peer and of each client, in bytes: whatever is lost, is lost by the server.
const BUFFER: usize = 4 * 1024 * 1024;

/// What epoll says of the peer's socket; clients are numbered from 0.
const PEER: u64 = u64::MAX;

/// What the peer does with a datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Nothing: one crossing of the server for each.
    Up,
    /// The same, and the server is handed what it is sent joined, as a network card's driver does
    /// and the loopback does not.
    UpJoined,
    /// Sends it back: two crossings.
    Echo,
}

impl Flow {
    fn crossings(self) -> u64 {
        match self {
            Self::Up | Self::UpJoined => 1,
            Self::Echo => 2,
        }
    }
}

/// What one measurement found.
pub(crate) struct Outcome {
    /// Crossings a second.
    pub(crate) rate: f64,
    /// Share of the datagrams that did not arrive.
    pub(crate) loss: f64,
    /// Microseconds of the server's processor.
    pub(crate) cpu_per_packet: f64,
    /// Share of its core that the server used.
    pub(crate) server_busy: f64,
    /// Microseconds from client to arrival.
    pub(crate) p99: f64,
    /// Share of the cores that went to others.
    pub(crate) disturbance: f64,
}

/// One of the datagrams under way.
struct Slot {
    serial: u64,
    sent: Instant,
}

/// What was sent and has not arrived, and what is known of the rest.
struct UnderWay {
    slots: Vec<Slot>,
    /// Slots whose datagram has arrived.
    free: Vec<usize>,
    latencies: Latencies,
    arrived: u64,
    lost: u64,
}

impl UnderWay {
    /// A datagram of the load is at its end.
    fn arrive(&mut self, bytes: &[u8], now: Instant) {
        if let Some(slot) = slot_of(bytes, &self.slots) {
            self.arrived += 1;
            self.latencies.add(now - self.slots[slot].sent);
            self.slots[slot].serial = 0;
            self.free.push(slot);
        }
    }

    fn give_up(&mut self) {
        for (at, slot) in self.slots.iter_mut().enumerate() {
            if slot.serial != 0 && slot.sent.elapsed() > LOST {
                self.lost += 1;
                slot.serial = 0;
                self.free.push(at);
            }
        }
    }
}

/// Clients and the peer they all send to.
pub(crate) struct Load {
    clients: Vec<UdpSocket>,
    peer: UdpSocket,
    epoll: OwnedFd,
    flow: Flow,
    under_way: UnderWay,
    /// Whose turn it is.
    next_client: usize,
    serial: u64,
    /// What came to the peer, or to the only client.
    joined: Received,
    sending: Sending,
    frame: [u8; FRAME],
    /// When lost datagrams were last looked for.
    swept: Instant,
}

/// A peer's socket and where it is.
///
/// # Errors
/// When no port is free.
pub(crate) fn peer() -> Result<(UdpSocket, SocketAddrV4)> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    socket2::SockRef::from(&socket).set_recv_buffer_size(BUFFER)?;
    match socket.local_addr()? {
        SocketAddr::V4(address) => Ok((socket, address)),
        SocketAddr::V6(_) => bail!("an IPv4 socket with an IPv6 address"),
    }
}

impl Load {
    /// Has each of `clients` reach the peer and be reached by it once.
    ///
    /// # Errors
    /// When one of them cannot.
    pub(crate) fn new(clients: Vec<UdpSocket>, peer: UdpSocket, window: usize) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let watch = |socket: &UdpSocket, number: u64| {
            let data = epoll::EventData::new_u64(number);
            epoll::add(&epoll, socket, data, epoll::EventFlags::IN)
        };
        watch(&peer, PEER)?;
        join_datagrams(&peer)?;
        never_cut(&peer)?;
        if let [client] = clients.as_slice() {
            join_datagrams(client)?;
        }
        for (number, client) in clients.iter().enumerate() {
            socket2::SockRef::from(client).set_recv_buffer_size(BUFFER)?;
            never_cut(client)?;
            watch(client, number as u64)?;
        }
        let mut frame = [0; FRAME];
        frame[..2].copy_from_slice(&CHANNEL.to_be_bytes());
        frame[2..4].copy_from_slice(&u16::try_from(PAYLOAD)?.to_be_bytes());
        let slots = (0..window.max(1)).map(|_| Slot {
            serial: 0,
            sent: Instant::now(),
        });
        let slots: Vec<Slot> = slots.collect();
        let mut load = Self {
            clients,
            peer,
            epoll,
            flow: Flow::Echo,
            under_way: UnderWay {
                free: (0..slots.len()).collect(),
                slots,
                latencies: Latencies::default(),
                arrived: 0,
                lost: 0,
            },
            next_client: 0,
            serial: 0,
            joined: Received::joined(),
            sending: Sending::new(),
            frame,
            swept: Instant::now(),
        };
        let wanted = load.clients.len() as u64 + load.under_way.slots.len() as u64;
        let start = Instant::now();
        while load.under_way.arrived < wanted {
            load.turn()?;
            if start.elapsed() > Duration::from_secs(20) {
                bail!(
                    "{} of {wanted} first datagrams came back",
                    load.under_way.arrived
                );
            }
        }
        Ok(load)
    }

    /// Sends for `duration`.
    ///
    /// # Errors
    /// When the server is gone or nothing arrives.
    pub(crate) fn run(
        &mut self,
        server: &Server,
        flow: Flow,
        duration: Duration,
    ) -> Result<Outcome> {
        self.flow = flow;
        let warm = Instant::now();
        while warm.elapsed() < duration.mul_f64(0.2) {
            self.turn()?;
        }
        self.under_way.latencies = Latencies::default();
        (self.under_way.arrived, self.under_way.lost) = (0, 0);
        let (server_before, own_before) = (server.cpu()?, own_cpu()?);
        let quiet = Quiet::new();
        let start = Instant::now();
        // On a machine that is busy with other things the first arrival may take its time.
        while start.elapsed() < duration
            || (self.under_way.arrived == 0 && start.elapsed() < SILENCE)
        {
            self.turn()?;
        }
        let seconds = start.elapsed().as_secs_f64();
        let used = server.cpu()?.saturating_sub(server_before);
        let own = own_cpu()?.saturating_sub(own_before);
        if self.under_way.arrived == 0 {
            bail!("nothing comes through {}", server.name());
        }
        let crossings = (self.under_way.arrived * flow.crossings()) as f64;
        Ok(Outcome {
            rate: crossings / seconds,
            loss: self.under_way.lost as f64
                / (self.under_way.lost + self.under_way.arrived) as f64,
            cpu_per_packet: used.as_secs_f64() * 1e6 / crossings,
            server_busy: used.as_secs_f64() / seconds,
            p99: self.under_way.latencies.percentile(0.99),
            disturbance: quiet.disturbance(used + own),
        })
    }

    /// Sends what may be sent, waits, and takes what has come.
    fn turn(&mut self) -> Result<()> {
        self.send();
        let mut events = Vec::with_capacity(BATCH);
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: 50_000_000,
        };
        let space = rustix::buffer::spare_capacity(&mut events);
        epoll::wait(&self.epoll, space, Some(&patience)).context("waiting")?;
        for event in &events {
            match event.data.u64() {
                PEER => self.take_at_peer(),
                client => self.take_at_client(usize::try_from(client)?),
            }
        }
        if self.swept.elapsed() > LOST {
            self.under_way.give_up();
            self.swept = Instant::now();
        }
        Ok(())
    }

    /// One datagram each for the next clients in turn; many together when there is but one.
    fn send(&mut self) {
        let sent = Instant::now();
        while let Some(slot) = self.under_way.free.pop() {
            self.serial += 1;
            self.under_way.slots[slot] = Slot {
                serial: self.serial,
                sent,
            };
            let number = u32::try_from(slot).unwrap_or(u32::MAX);
            self.frame[FRAME - TAIL..FRAME - 8].copy_from_slice(&number.to_be_bytes());
            self.frame[FRAME - 8..].copy_from_slice(&self.serial.to_be_bytes());
            if let [client] = self.clients.as_slice() {
                self.sending.add(FRAME, None).copy_from_slice(&self.frame);
                if self.sending.is_full() || self.under_way.free.is_empty() {
                    match self.flow {
                        Flow::UpJoined => self.sending.flush_joined(client),
                        Flow::Up | Flow::Echo => {
                            self.sending.flush(client);
                        }
                    }
                }
                continue;
            }
            // What the kernel does not take counts as lost when its time is over.
            let _ = self.clients[self.next_client].send(&self.frame);
            self.next_client = (self.next_client + 1) % self.clients.len();
        }
    }

    fn take_at_peer(&mut self) {
        self.joined.fill(&self.peer);
        let now = Instant::now();
        for (bytes, from) in self.joined.iter() {
            match self.flow {
                Flow::Echo => {
                    self.sending
                        .add(bytes.len(), Some(from))
                        .copy_from_slice(bytes);
                    if self.sending.is_full() {
                        self.sending.flush(&self.peer);
                    }
                }
                Flow::Up | Flow::UpJoined => self.under_way.arrive(bytes, now),
            }
        }
        self.sending.flush(&self.peer);
    }

    /// What came back: all of it where there is but one client, else the first, which mostly is all.
    fn take_at_client(&mut self, at: usize) {
        if self.clients.len() > 1 {
            let mut room = [0; 2 * FRAME];
            let bytes = self.clients[at]
                .recv(&mut room)
                .map(|length| &room[..length]);
            if let Ok(bytes) = bytes
                && is_frame(bytes, &self.frame)
            {
                self.under_way.arrive(bytes, Instant::now());
            }
            return;
        }
        self.joined.fill(&self.clients[at]);
        let now = Instant::now();
        for (bytes, _) in self.joined.iter() {
            if is_frame(bytes, &self.frame) {
                self.under_way.arrive(bytes, now);
            }
        }
    }
}

/// Whether it is ChannelData of the channel and length that were sent.
fn is_frame(bytes: &[u8], sent: &[u8; FRAME]) -> bool {
    bytes.len() == FRAME && bytes[..4] == sent[..4]
}

/// The slot that a datagram belongs to, unless it was given up.
fn slot_of(bytes: &[u8], slots: &[Slot]) -> Option<usize> {
    let tail = bytes.get(bytes.len().checked_sub(TAIL)?..)?;
    let number = u32::from_be_bytes(tail[..4].try_into().ok()?);
    let serial = u64::from_be_bytes(tail[4..].try_into().ok()?);
    let at = usize::try_from(number).ok()?;
    (slots.get(at)?.serial == serial).then_some(at)
}
