//! The UDP data plane where there is no `recvmmsg`: one task on a runtime of its own, one packet
//! a call. The same machine, without the speed; for trying the server out on a laptop.

use std::collections::HashMap;
use std::fmt;
use std::net::{SocketAddr, UdpSocket as StdSocket};
use std::sync::Arc;

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use tokio::net::UdpSocket;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use turn::{Client, Command, HEADROOM, Outcome, RelayId, Server, Shared, Transport};

use super::clock::Clock;
use super::meters::Published;
use super::sockets::Kept;

/// Packets of peers that may wait to be handled.
const WAITING: usize = 1024;

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
    orders: mpsc::UnboundedSender<Order>,
}

impl Bell {
    pub(super) fn ring(&self, order: Order) {
        // A thread that has ended needs no orders.
        let _ = self.orders.send(order);
    }
}

/// The data plane.
pub(super) struct Plane {
    server: Server<ChaCha20Rng>,
    shared: Arc<Shared>,
    kept: Arc<Kept>,
    clock: Clock,
    orders: mpsc::UnboundedReceiver<Order>,
    listeners: Vec<StdSocket>,
}

impl fmt::Debug for Plane {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plane").finish_non_exhaustive()
    }
}

/// Something came.
enum Arrival {
    FromClient(usize, SocketAddr, Vec<u8>),
    FromPeer(RelayId, SocketAddr, Vec<u8>),
}

/// What a running plane holds.
struct Running {
    server: Server<ChaCha20Rng>,
    kept: Arc<Kept>,
    clock: Clock,
    listeners: Vec<(Arc<UdpSocket>, SocketAddr)>,
    relays: HashMap<RelayId, (Arc<UdpSocket>, AbortHandle)>,
    arrivals: mpsc::Sender<Arrival>,
    published: Published,
}

impl Plane {
    /// The data plane on these sockets.
    pub(super) fn new(
        shared: Arc<Shared>,
        kept: Arc<Kept>,
        clock: Clock,
        listeners: Vec<StdSocket>,
    ) -> anyhow::Result<(Self, Arc<Bell>)> {
        let (sender, orders) = mpsc::unbounded_channel();
        let plane = Self {
            server: Server::new(Arc::clone(&shared), super::random()?),
            shared,
            kept,
            clock,
            orders,
            listeners,
        };
        Ok((plane, Arc::new(Bell { orders: sender })))
    }

    /// Works until told to stop.
    pub(super) fn run(self) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        match runtime {
            Ok(runtime) => {
                if let Err(error) = runtime.block_on(self.serve()) {
                    tracing::error!(%error, "the relay stopped");
                }
            }
            Err(error) => tracing::error!(%error, "the relay could not be started"),
        }
    }

    async fn serve(mut self) -> anyhow::Result<()> {
        let (arrivals, mut arrived) = mpsc::channel(WAITING);
        let mut running = Running {
            server: self.server,
            kept: Arc::clone(&self.kept),
            clock: self.clock,
            listeners: Vec::new(),
            relays: HashMap::new(),
            arrivals: arrivals.clone(),
            published: Published::default(),
        };
        for (index, socket) in self.listeners.into_iter().enumerate() {
            let address = socket.local_addr().context("a UDP socket is gone")?;
            let socket = Arc::new(UdpSocket::from_std(socket)?);
            let reading = Arc::clone(&socket);
            let arrival = move |from, bytes| Arrival::FromClient(index, from, bytes);
            tokio::spawn(read(reading, arrivals.clone(), arrival));
            running.listeners.push((socket, address));
        }
        loop {
            let due = self.clock.instant(running.server.poll_timeout()).into();
            tokio::select! {
                order = self.orders.recv() => match order {
                    Some(Order::Revoke(id)) => running.server.handle_revoked(&id),
                    Some(Order::Stop) | None => return Ok(()),
                },
                Some(arrival) = arrived.recv() => running.handle(arrival),
                () = tokio::time::sleep_until(due) => {
                    running.server.handle_timeout(self.clock.now());
                    self.kept.expire(&self.shared.ports);
                    running.published.publish(running.server.counters());
                }
            }
            running.carry_out();
        }
    }
}

impl Running {
    fn handle(&mut self, arrival: Arrival) {
        let now = self.clock.now();
        match arrival {
            Arrival::FromPeer(relay, from, bytes) => self.hand_over(relay, from, &bytes),
            Arrival::FromClient(index, from, bytes) => {
                let (socket, address) = &self.listeners[index];
                let client = Client::new(from, *address, Transport::Udp);
                let mut reply = Vec::new();
                match self.server.handle_datagram(now, client, &bytes, &mut reply) {
                    Outcome::Nothing => {}
                    Outcome::Reply => drop(socket.try_send_to(&reply, from)),
                    Outcome::ToPeer(packet) => {
                        if let Some((socket, _)) = self.relays.get(&packet.relay) {
                            drop(socket.try_send_to(&bytes[packet.payload], packet.peer));
                        }
                    }
                    Outcome::ToRelay {
                        relay,
                        from,
                        payload,
                    } => {
                        self.hand_over(relay, from, &bytes[payload]);
                    }
                }
            }
        }
    }

    fn hand_over(&mut self, relay: RelayId, from: SocketAddr, payload: &[u8]) {
        let mut headroom = [0; HEADROOM];
        let now = self.clock.now();
        let down = self
            .server
            .handle_peer_data(now, relay, from, payload.len(), &mut headroom);
        let Some(down) = down else {
            return;
        };
        let mut bytes = headroom[HEADROOM - down.header..].to_vec();
        bytes.extend_from_slice(payload);
        bytes.resize(bytes.len() + down.padding, 0);
        self.send(down.client, &bytes);
    }

    fn send(&self, client: Client, bytes: &[u8]) {
        let is_at = |address: &SocketAddr| address.port() == client.local.port();
        let listener = self.listeners.iter().find(|(_, address)| is_at(address));
        if let Some((socket, _)) = listener {
            drop(socket.try_send_to(bytes, client.remote));
        }
    }

    fn carry_out(&mut self) {
        while let Some(command) = self.server.poll_command() {
            let now = self.clock.now();
            match command {
                Command::OpenRelay {
                    relay,
                    address,
                    next,
                } => {
                    let opened = self.kept.open(address, next);
                    let opened = opened.and_then(UdpSocket::from_std);
                    match opened {
                        Ok(socket) => {
                            let socket = Arc::new(socket);
                            let arrival = move |from, bytes| Arrival::FromPeer(relay, from, bytes);
                            let reading = read(Arc::clone(&socket), self.arrivals.clone(), arrival);
                            let task = tokio::spawn(reading).abort_handle();
                            self.relays.insert(relay, (socket, task));
                            self.server.handle_relay_opened(now, relay);
                        }
                        Err(error) => {
                            let failure = super::failure_of(&error);
                            self.server.handle_relay_failed(now, relay, failure);
                        }
                    }
                }
                Command::CloseRelay { relay } => {
                    if let Some((_, task)) = self.relays.remove(&relay) {
                        task.abort();
                    }
                }
                Command::Send { client, message } => self.send(client, &message),
            }
        }
    }
}

/// Reads one socket until it is aborted; drops what cannot be handled in time.
async fn read(
    socket: Arc<UdpSocket>,
    arrivals: mpsc::Sender<Arrival>,
    arrival: impl Fn(SocketAddr, Vec<u8>) -> Arrival,
) {
    let mut buffer = vec![0; 65_536];
    loop {
        // An error is about one packet; the next may be fine.
        if let Ok((length, from)) = socket.recv_from(&mut buffer).await {
            let _ = arrivals.try_send(arrival(from, buffer[..length].to_vec()));
        }
    }
}
