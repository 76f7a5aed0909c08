//! `bench door`: thousands of connections a second from those who mean no good, and how a call in
//! the very room they try to enter fares meanwhile.

use std::net::{SocketAddrV4, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use protocol::{
    ClientMessage, PROTOCOL_VERSION, ParticipantId, RefuseReason, SUBPROTOCOL, SealedBody,
    ServerMessage,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::command::Options;
use crate::figures::{Latencies, count, kilobytes, micros};
use crate::machine;
use crate::report::{Goal, Goals};
use crate::server::{self, Server};
use crate::signaling::websocket::{WebSocket, text};

/// How long they come in a quick run, in seconds: long enough for each kind of them to pile up.
const QUICK_SECONDS: f64 = 10.0;

/// How long a newcomer tries again whom the room's lobby has no place for: until then it may be full
/// of those who are about to go, as a page would find it.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hostile connections each second.
const RATE: f64 = 2000.0;

/// How long they come, in seconds.
const SECONDS: f64 = 30.0;

/// Where all of it happens.
const ROOM: &str = "bench-door";

/// How long the slow ones hold their connection.
const HOLD: Duration = Duration::from_secs(3);

/// Between two newcomers, and between two signals of those who are in the call.
const NEWCOMERS: Duration = Duration::from_millis(300);
const SIGNALS: Duration = Duration::from_millis(50);

/// What the server may need more than before the attack, for what it holds of 2,000 connections a
/// second and of rooms that are kept for a while after somebody left.
const MOST_MEMORY: f64 = 96e6;

/// What the people in the call saw.
#[derive(Default)]
struct Seen {
    joins: Latencies,
    signals: Latencies,
    /// Times that somebody could not get in, or was not heard.
    failures: u64,
}

/// Measures and prints. A quick run says nothing of how fast the load can be on this machine; what
/// is asked of the server holds for it as well.
///
/// # Errors
/// When Tincan's server does not run, the call breaks, or a goal is not reached.
pub(crate) fn run(options: &Options) -> Result<()> {
    machine::raise_file_limit(16_000)?;
    let time = Duration::from_secs_f64(if options.quick {
        QUICK_SECONDS
    } else {
        SECONDS
    });
    let address = server::free_address()?;
    let server = Server::start(
        "tincan",
        &options.tincan,
        [format!("--listen={address}")],
        || TcpStream::connect(address).is_ok(),
    )?;
    let mut call = Call::begin(address)?;
    let mut quiet = Seen::default();
    call.live(address, time.mul_f64(0.1), &mut quiet)?;
    let before = server.resident()?;
    let busy = server.cpu()?;
    let (made, over) = (AtomicU64::new(0), AtomicBool::new(false));
    let (mut seen, mut most) = (Seen::default(), before);
    let began = Instant::now();
    std::thread::scope(|scope| -> Result<()> {
        let flood = scope.spawn(|| flood(address, &made, &over));
        let lived = (|| {
            while began.elapsed() < time {
                call.live(address, Duration::from_secs(1), &mut seen)?;
                most = most.max(server.resident()?);
            }
            Ok(())
        })();
        over.store(true, Ordering::Relaxed);
        flood
            .join()
            .map_err(|_| anyhow::anyhow!("the flood broke off"))??;
        lived
    })?;
    let rate = made.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64();
    let busy = (server.cpu()? - busy).as_secs_f64() / began.elapsed().as_secs_f64();
    println!(
        "{} hostile connections a second for {:.0} s, every way at once, at the room of a call of two. \
         The server's core was {:.0} % busy.\n",
        count(rate),
        time.as_secs_f64(),
        busy * 100.0
    );
    println!(
        "A newcomer's join took {} before and {} meanwhile at the median, {} at worst; a signal {} and {}.",
        micros(quiet.joins.percentile(0.5)),
        micros(seen.joins.percentile(0.5)),
        micros(seen.joins.percentile(1.0)),
        micros(quiet.signals.percentile(0.5)),
        micros(seen.signals.percentile(0.5)),
    );
    println!(
        "Memory went from {} to {} at most.",
        kilobytes(before as f64),
        kilobytes(most as f64)
    );
    let mut goals = Goals::default();
    goals.compare(
        "hostile connections/s",
        Some(rate).filter(|_| !options.quick),
        Goal::AtLeast(RATE * 0.95),
        count,
    );
    goals.compare(
        "join at the median",
        Some(seen.joins.percentile(0.5)),
        Goal::AtMost(1e6),
        micros,
    );
    goals.compare(
        "who did not get in or through",
        Some(seen.failures as f64),
        Goal::AtMost(0.0),
        count,
    );
    goals.compare(
        "more memory",
        Some(most.saturating_sub(before) as f64),
        Goal::AtMost(MOST_MEMORY),
        kilobytes,
    );
    goals.print()
}

/// Two who are in the call.
struct Call {
    anna: WebSocket,
    bob: WebSocket,
    bobs_id: ParticipantId,
}

impl Call {
    fn begin(address: SocketAddrV4) -> Result<Self> {
        let (anna, _) = join(address)?;
        let (bob, bobs_id) = join(address)?;
        Ok(Self { anna, bob, bobs_id })
    }

    /// Lives through `time`: they talk, others come and go.
    fn live(&mut self, address: SocketAddrV4, time: Duration, seen: &mut Seen) -> Result<()> {
        let end = Instant::now() + time;
        let mut newcomer_at = Instant::now();
        while Instant::now() < end {
            let said = Instant::now();
            self.talk().context("those in the call could not talk")?;
            seen.signals.add(said.elapsed());
            if newcomer_at <= said {
                newcomer_at = said + NEWCOMERS;
                let came = Instant::now();
                match join(address) {
                    Ok((mut socket, _)) => {
                        seen.joins.add(came.elapsed());
                        socket.send(&say(&ClientMessage::Leave)?)?;
                    }
                    Err(_) => seen.failures += 1,
                }
            }
            std::thread::sleep(SIGNALS);
        }
        Ok(())
    }

    /// Anna says something to Bob, who hears it between all that the server tells him.
    fn talk(&mut self) -> Result<()> {
        let body = SealedBody::from_bytes(&[7; 1800]).context("a body")?;
        let to = self.bobs_id.clone();
        self.anna.send(&say(&ClientMessage::Signal {
            to,
            received: 0,
            body,
        })?)?;
        loop {
            if let ServerMessage::Signal { .. } = heard(&mut self.bob)? {
                return Ok(());
            }
        }
    }
}

/// Enters the room and joins the call; again and again for as long as the lobby is full.
fn join(address: SocketAddrV4) -> Result<(WebSocket, ParticipantId)> {
    let began = Instant::now();
    loop {
        if let Some(joined) = try_join(address)? {
            return Ok(joined);
        }
        if began.elapsed() > PATIENCE {
            bail!("the lobby stays full");
        }
        std::thread::sleep(SIGNALS);
    }
}

/// The same; `None` where there is no place in the lobby.
fn try_join(address: SocketAddrV4) -> Result<Option<(WebSocket, ParticipantId)>> {
    let mut socket = WebSocket::connect(address, "/ws", Some(SUBPROTOCOL))?;
    socket.accepted()?;
    socket.send(&say(&enter()?)?)?;
    let answer = heard(&mut socket)?;
    if let ServerMessage::Refused {
        reason: RefuseReason::LobbyFull,
        ..
    } = answer
    {
        return Ok(None);
    }
    let ServerMessage::Welcome { id: me, .. } = answer else {
        bail!("not welcome: {answer:?}");
    };
    socket.send(&say(&ClientMessage::Join)?)?;
    loop {
        let message = heard(&mut socket)?;
        if let ServerMessage::Refused { reason, .. } = message {
            bail!("refused: {reason:?}");
        }
        if message == (ServerMessage::Joined { id: me.clone() }) {
            return Ok(Some((socket, me)));
        }
    }
}

fn enter() -> Result<ClientMessage> {
    Ok(ClientMessage::Enter {
        version: PROTOCOL_VERSION,
        room: ROOM.parse().context("a room's name")?,
        replaces: None,
    })
}

fn say(message: &ClientMessage) -> Result<Vec<u8>> {
    Ok(text(&serde_json::to_vec(message)?))
}

fn heard(socket: &mut WebSocket) -> Result<ServerMessage> {
    Ok(serde_json::from_slice(&socket.first_text()?)?)
}

/// Opens connections until it is over.
fn flood(address: SocketAddrV4, made: &AtomicU64, over: &AtomicBool) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let began = Instant::now();
        let mut number = 0_u64;
        while !over.load(Ordering::Relaxed) {
            let due = began.elapsed().as_secs_f64() * RATE;
            while (number as f64) < due {
                number += 1;
                made.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(async move {
                    // Being cut off is what they are there for.
                    let _ = tokio::time::timeout(HOLD, attack(address, number)).await;
                });
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(())
    })
}

/// One hostile connection, of one of the kinds in turn; held open until the server ends it, or for
/// [`HOLD`].
async fn attack(address: SocketAddrV4, number: u64) -> Result<()> {
    let mut stream = tokio::net::TcpStream::connect(address).await?;
    let upgrade = |origin: &str| {
        format!(
            "GET /ws HTTP/1.1\r\nHost: {address}\r\n{origin}Connection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: {SUBPROTOCOL}\r\n\r\n"
        )
    };
    let words: Vec<Vec<u8>> = match number % 8 {
        0 => return Ok(()),
        1 => vec![(0..200).map(|at| (number + at * 31) as u8).collect()],
        // Half a head, and then nothing.
        2 => vec![b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ".to_vec()],
        3 => vec![upgrade("Origin: https://evil.example\r\n").into_bytes()],
        4 => vec![upgrade("").into_bytes(), text(b"{\"type\":\"steal\"}")],
        5 => vec![upgrade("").into_bytes(), say(&enter()?)?, vec![0xFF; 64]],
        6 => vec![
            upgrade("").into_bytes(),
            say(&enter()?)?,
            say(&ClientMessage::Leave)?,
        ],
        _ => vec![format!("GET / HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(20_000)).into_bytes()],
    };
    for words in words {
        stream.write_all(&words).await?;
    }
    let mut rest = [0; 4096];
    while stream.read(&mut rest).await? > 0 {}
    Ok(())
}
