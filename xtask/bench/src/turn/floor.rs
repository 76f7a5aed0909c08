//! The least that forwards datagrams: a table of clients, each with a socket towards the peer.
//!
//! No credentials, no permissions, no framing, no end of anything. A client is whoever sends.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::OwnedFd;

use anyhow::{Context, Result};
use rustix::event::epoll;

use crate::batch::{BATCH, Received, Sending};

/// What epoll says of the socket towards the clients; relays are numbered from 0.
const CLIENTS: u64 = u64::MAX;

/// Told after all events of one wait.
const LAST: u64 = u64::MAX - 1;

/// Receive buffer, in bytes: what Tincan's own sockets have.
const BUFFER: usize = 4 * 1024 * 1024;

/// Most datagrams taken from one socket before the others have their turn.
const TURN: usize = BATCH;

/// Forwards between whoever sends to `port` and the peer, one system call for each way of each
/// datagram, until it is ended.
///
/// # Errors
/// When the port is taken.
pub(crate) fn forward(port: u16, peer: u16) -> Result<()> {
    let mut table = Table::new(port, peer)?;
    let mut buffer = [0; 2048];
    table.serve(|table, event| {
        if event == LAST {
            return Ok(());
        }
        for _ in 0..TURN {
            if event == CLIENTS {
                let Ok((len, from)) = table.clients.recv_from(&mut buffer) else {
                    return Ok(());
                };
                let relay = table.relay_of(from)?;
                // What the kernel does not take is lost, as everywhere on the way.
                let _ = table.relays[relay].0.send_to(&buffer[..len], table.peer);
            } else {
                let Some((relay, client)) = table.relay(event) else {
                    return Ok(());
                };
                let Ok((len, _)) = relay.recv_from(&mut buffer) else {
                    return Ok(());
                };
                let _ = table.clients.send_to(&buffer[..len], client);
            }
        }
        Ok(())
    })
}

/// As [`forward`], with as many datagrams for one system call as there are.
///
/// # Errors
/// As [`forward`].
pub(crate) fn forward_batched(port: u16, peer: u16) -> Result<()> {
    let mut table = Table::new(port, peer)?;
    let mut received = Received::new();
    let mut to_peer = Sending::new();
    let mut to_clients = Sending::new();
    let mut last_relay = 0;
    table.serve(|table, event| {
        if event == LAST {
            to_clients.flush(&table.clients);
            return Ok(());
        }
        if let Some((relay, client)) = table.relay(event) {
            received.fill(relay);
            for (bytes, _) in received.iter() {
                to_clients
                    .add(bytes.len(), Some(client))
                    .copy_from_slice(bytes);
                if to_clients.is_full() {
                    to_clients.flush(&table.clients);
                }
            }
            return Ok(());
        }
        received.fill(&table.clients);
        for (bytes, from) in received.iter() {
            let relay = table.relay_of(from.into())?;
            if relay != last_relay || to_peer.is_full() {
                to_peer.flush(&table.relays[last_relay].0);
                last_relay = relay;
            }
            to_peer
                .add(bytes.len(), Some(table.peer))
                .copy_from_slice(bytes);
        }
        if !to_peer.is_empty() {
            to_peer.flush(&table.relays[last_relay].0);
        }
        Ok(())
    })
}

struct Table {
    clients: UdpSocket,
    peer: SocketAddrV4,
    epoll: OwnedFd,
    /// Each client's socket towards the peer, and the client.
    relays: Vec<(UdpSocket, SocketAddr)>,
    by_client: HashMap<SocketAddr, usize>,
}

impl Table {
    fn new(port: u16, peer: u16) -> Result<Self> {
        let clients = socket(port)?;
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let data = epoll::EventData::new_u64(CLIENTS);
        epoll::add(&epoll, &clients, data, epoll::EventFlags::IN)?;
        Ok(Self {
            clients,
            peer: SocketAddrV4::new(Ipv4Addr::LOCALHOST, peer),
            epoll,
            relays: Vec::new(),
            by_client: HashMap::new(),
        })
    }

    fn serve(&mut self, mut handle: impl FnMut(&mut Self, u64) -> Result<()>) -> Result<()> {
        let mut events = Vec::with_capacity(256);
        loop {
            events.clear();
            epoll::wait(
                &self.epoll,
                rustix::buffer::spare_capacity(&mut events),
                None,
            )?;
            for event in &events {
                handle(self, event.data.u64())?;
            }
            handle(self, LAST)?;
        }
    }

    fn relay(&self, event: u64) -> Option<(&UdpSocket, SocketAddrV4)> {
        let (relay, client) = self.relays.get(usize::try_from(event).ok()?)?;
        match client {
            SocketAddr::V4(client) => Some((relay, *client)),
            SocketAddr::V6(_) => None,
        }
    }

    fn relay_of(&mut self, client: SocketAddr) -> Result<usize> {
        if let Some(relay) = self.by_client.get(&client) {
            return Ok(*relay);
        }
        let at = self.relays.len();
        let relay = socket(0)?;
        let data = epoll::EventData::new_u64(at as u64);
        epoll::add(&self.epoll, &relay, data, epoll::EventFlags::IN)?;
        self.relays.push((relay, client));
        self.by_client.insert(client, at);
        Ok(at)
    }
}

fn socket(port: u16) -> Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).context("the port is taken")?;
    socket.set_nonblocking(true)?;
    socket2::SockRef::from(&socket).set_recv_buffer_size(BUFFER)?;
    Ok(socket)
}
