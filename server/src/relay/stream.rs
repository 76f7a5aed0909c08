//! Clients over TCP or TLS: a machine for each stream, which lives as long as the stream does.
//! Relayed addresses are sockets of the async runtime, read by the same task.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::UdpSocket;
use tokio::sync::broadcast;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use turn::frame::{self, NotTurn};
use turn::{Client, Command, HEADROOM, Outcome, RelayId, Server, Transport};

use super::Core;
use super::fragment;
use super::meters::Published;
use super::strangers::Place;

/// How long a stream without an allocation may be silent.
const IDLE: Duration = Duration::from_secs(30);

/// How often what is counted is published, where there is something.
const PUBLISH: Duration = Duration::from_secs(1);

/// Bytes that may wait for a slow client. Beyond, packets of peers are dropped, as a full queue of
/// UDP would; more than this is late anyway.
const MAX_WAITING: usize = 256 * 1024;

/// Bytes of the read buffer at first; it grows to the longest message that comes. Who has no
/// allocation has nothing to say that is longer.
const FIRST_READ: usize = 4096;

/// Bytes of the longest packet of a peer, and one more than there can be.
const LONGEST: usize = 65_536;

/// Packets taken from one relay before the client is looked at again.
const TURN: usize = 32;

/// Waits for a place to be lost; for ever where there is none to lose.
async fn is_lost(lost: Option<&CancellationToken>) {
    match lost {
        Some(lost) => lost.cancelled().await,
        None => std::future::pending().await,
    }
}

/// Serves one client until either side is done with it.
pub(super) async fn serve<S>(core: Arc<Core>, stream: S, peer: SocketAddr, local: SocketAddr)
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let client = Client::new(peer, local, Transport::Stream);
    let Some(place) = core.strangers.admit(client.remote.ip()) else {
        metrics::counter!("tincan_turn_streams_refused_total").increment(1);
        return;
    };
    let Ok(random) = super::random() else {
        return;
    };
    let server = Server::new(Arc::clone(&core.shared), random);
    let mut session = Session {
        core: &core,
        client,
        server,
        relays: [None, None],
        out: Vec::new(),
        reply: Vec::new(),
        published: Published::default(),
        place: Some(place),
    };
    let ended = session.run(stream).await;
    session.server.handle_client_gone(&client);
    session.published.publish(session.server.counters());
    tracing::debug!(reason = %ended, "a TURN stream ended");
}

/// One client.
struct Session<'a> {
    core: &'a Core,
    client: Client,
    server: Server<ChaCha20Rng>,
    /// By address family, as a stream has one allocation at most.
    relays: [Option<(RelayId, UdpSocket)>; 2],
    out: Vec<u8>,
    reply: Vec<u8>,
    published: Published,
    /// Held until there is an allocation.
    place: Option<Place<'a>>,
}

/// Why a stream ended.
#[derive(Debug, thiserror::Error)]
enum Ended {
    #[error("the client closed it")]
    Closed,
    #[error("nothing came for {IDLE:?}")]
    Idle,
    #[error("it sent a long message without an allocation")]
    TooLong,
    #[error("it had no allocation, and another one needed its place")]
    Displaced,
    #[error("the server stops")]
    Shutdown,
    #[error(transparent)]
    Io(#[from] io::Error),
    #[error(transparent)]
    NotTurn(#[from] NotTurn),
}

impl Session<'_> {
    async fn run<S>(&mut self, stream: S) -> Ended
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        match self.exchange(stream).await {
            Ok(never) => match never {},
            Err(ended) => ended,
        }
    }

    async fn exchange<S>(&mut self, stream: S) -> Result<std::convert::Infallible, Ended>
    where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let (mut reader, mut writer) = tokio::io::split(stream);
        let mut revoked = self.core.revoked.subscribe();
        let mut input = Input::new();
        let mut packet = Vec::new();
        let mut heard = Instant::now();
        let mut published_at = heard;
        // Whether what was written may still wait inside the stream, as it does with TLS.
        let mut unflushed = false;
        loop {
            if input.filled == FIRST_READ && self.server.allocations() == 0 {
                return Err(Ended::TooLong);
            }
            if published_at.elapsed() >= PUBLISH {
                self.published.publish(self.server.counters());
                published_at = Instant::now();
            }
            let mut deadline = self.deadline(heard);
            if self.published.is_behind(self.server.counters()) {
                deadline = deadline.min(published_at + PUBLISH);
            }
            let lost = self.place.as_ref().map(Place::lost);
            tokio::select! {
                biased;
                () = self.core.stop.cancelled() => return Err(Ended::Shutdown),
                () = is_lost(lost.as_ref()) => return Err(Ended::Displaced),
                written = write(&mut writer, &self.out), if !self.out.is_empty() || unflushed => {
                    let written = written?;
                    if written == 0 && !self.out.is_empty() {
                        return Err(Ended::Closed);
                    }
                    unflushed = written > 0;
                    self.out.drain(..written);
                }
                // A client that does not read its answers is not asked for more.
                read = reader.read(input.room()), if self.out.len() < MAX_WAITING => {
                    let read = read?;
                    if read == 0 {
                        return Err(Ended::Closed);
                    }
                    heard = Instant::now();
                    input.filled += read;
                    self.take_messages(&mut input)?;
                }
                readable = readable(&self.relays) => {
                    self.take_packets(readable, &mut packet);
                }
                id = revoked.recv() => match id {
                    Ok(id) => {
                        self.server.handle_revoked(&id);
                        self.carry_out();
                    }
                    // Too many at once to keep: one of them may have been about this client.
                    Err(broadcast::error::RecvError::Lagged(_)) => {
                        self.server.handle_revocations_missed();
                        self.carry_out();
                    }
                    Err(broadcast::error::RecvError::Closed) => return Err(Ended::Shutdown),
                },
                () = tokio::time::sleep_until(deadline) => {
                    let now = self.core.clock.now();
                    self.server.handle_timeout(now);
                    self.carry_out();
                    if self.server.allocations() == 0 && heard.elapsed() >= IDLE {
                        return Err(Ended::Idle);
                    }
                }
            }
        }
    }

    fn deadline(&self, heard: Instant) -> Instant {
        let due = self.core.clock.instant(self.server.poll_timeout()).into();
        if self.server.allocations() == 0 {
            Instant::min(due, heard + IDLE)
        } else {
            due
        }
    }

    /// Handles every whole message that has come.
    fn take_messages(&mut self, input: &mut Input) -> Result<(), NotTurn> {
        let mut start = 0;
        while let Some(found) = frame::next_stream_frame(&input.bytes[start..input.filled])? {
            self.handle_message(&input.bytes[start..start + found.length]);
            start += found.consumed;
        }
        input.consume(start);
        Ok(())
    }

    fn handle_message(&mut self, message: &[u8]) {
        let now = self.core.clock.now();
        let outcome = self
            .server
            .handle_datagram(now, self.client, message, &mut self.reply);
        match outcome {
            Outcome::Nothing => {}
            Outcome::Reply => self.out.extend_from_slice(&self.reply),
            Outcome::ToPeer(packet) => {
                if let Some(socket) = self.relay(packet.relay) {
                    // A full socket drops, as the network does.
                    let _ = fragment::send(socket, &message[packet.payload.clone()], &packet);
                }
            }
            Outcome::ToRelay {
                relay,
                from,
                payload,
            } => {
                // A stream has one allocation, so this is to oneself: rare, and copied.
                let mut packet = vec![0; HEADROOM];
                packet.extend_from_slice(&message[payload]);
                let length = packet.len() - HEADROOM;
                self.hand_over(relay, from, length, &mut packet);
            }
        }
        self.carry_out();
    }

    /// Takes packets from the relay that can be read.
    fn take_packets(&mut self, index: usize, packet: &mut Vec<u8>) {
        // Nothing comes for those who only hold a stream open, so they cost none.
        packet.resize(HEADROOM + LONGEST, 0);
        for _ in 0..TURN {
            let Some((id, socket)) = &self.relays[index] else {
                return;
            };
            let Ok((length, from)) = socket.try_recv_from(&mut packet[HEADROOM..]) else {
                return;
            };
            let id = *id;
            self.hand_over(id, from, length, packet);
        }
    }

    fn hand_over(&mut self, relay: RelayId, from: SocketAddr, length: usize, packet: &mut [u8]) {
        let Some((headroom, payload)) = packet.split_first_chunk_mut::<HEADROOM>() else {
            return;
        };
        let now = self.core.clock.now();
        let Some(down) = self
            .server
            .handle_peer_data(now, relay, from, length, headroom)
        else {
            return;
        };
        if self.out.len() > MAX_WAITING {
            metrics::counter!("tincan_turn_unsent_total").increment(1);
            return;
        }
        self.out
            .extend_from_slice(&headroom[HEADROOM - down.header..]);
        self.out.extend_from_slice(&payload[..length]);
        self.out.resize(self.out.len() + down.padding, 0);
    }

    fn carry_out(&mut self) {
        while let Some(command) = self.server.poll_command() {
            match command {
                Command::OpenRelay {
                    relay,
                    address,
                    next,
                } => {
                    let opened = self.core.kept.open(address, next);
                    let opened = opened.and_then(UdpSocket::from_std);
                    let now = self.core.clock.now();
                    match opened {
                        Ok(socket) => {
                            fragment::allow(&socket);
                            self.relays[relay.index() % 2] = Some((relay, socket));
                            self.server.handle_relay_opened(now, relay);
                        }
                        Err(error) => {
                            let failure = super::failure_of(&error);
                            self.server.handle_relay_failed(now, relay, failure);
                        }
                    }
                }
                Command::CloseRelay { relay } => {
                    self.relays[relay.index() % 2].take_if(|(id, _)| *id == relay);
                }
                Command::Send { message, .. } => self.out.extend_from_slice(&message),
            }
        }
        if self.server.allocations() > 0 {
            self.place = None;
        }
    }

    fn relay(&self, id: RelayId) -> Option<&UdpSocket> {
        let (there, socket) = self.relays[id.index() % 2].as_ref()?;
        (*there == id).then_some(socket)
    }
}

/// Bytes that came and were not yet handled.
struct Input {
    bytes: Vec<u8>,
    filled: usize,
}

impl Input {
    fn new() -> Self {
        Self {
            bytes: vec![0; FIRST_READ],
            filled: 0,
        }
    }

    /// Where to read to; grows up to the longest message.
    fn room(&mut self) -> &mut [u8] {
        if self.filled == self.bytes.len() {
            // A whole message is handled as soon as it is there, so this ends at the longest.
            let longer = (self.bytes.len() * 2).min(2 * frame::MAX_STREAM_FRAME);
            self.bytes.resize(longer, 0);
        }
        &mut self.bytes[self.filled..]
    }

    fn consume(&mut self, count: usize) {
        self.bytes.copy_within(count..self.filled, 0);
        self.filled -= count;
    }
}

/// Writes some of `bytes`, or, when there are none, what still waits inside `writer`.
async fn write(writer: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        writer.flush().await?;
        return Ok(0);
    }
    writer.write(bytes).await
}

/// Waits until one of the relays can be read, and says which.
async fn readable(relays: &[Option<(RelayId, UdpSocket)>; 2]) -> usize {
    let ready = async |index: usize| match &relays[index] {
        // An error shows itself when reading.
        Some((_, socket)) => drop(socket.readable().await),
        None => std::future::pending().await,
    };
    tokio::select! {
        () = ready(0) => 0,
        () = ready(1) => 1,
    }
}
