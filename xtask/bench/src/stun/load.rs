//! The load: each socket keeps so many requests under way, each answered one makes the next.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::{Timespec, epoll};

use super::message;
use crate::batch::{Received, Sending};
use crate::figures::Latencies;
use crate::machine::Quiet;
use crate::server::{Server, own_cpu};

/// A request without an answer for this long is lost; over the loopback a second is an age.
const LOST: Duration = Duration::from_millis(500);

/// Share of the measurement that goes before it, for caches and clocks to settle.
const WARM_UP: f64 = 0.2;

/// How many sockets, and how many requests under way on each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Shape {
    sockets: usize,
    in_flight: usize,
}

impl Shape {
    pub(crate) const fn new(sockets: usize, in_flight: usize) -> Self {
        Self { sockets, in_flight }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} x {}", self.sockets, self.in_flight)
    }
}

/// What one measurement found.
pub(crate) struct Outcome {
    /// Answers a second.
    pub(crate) rate: f64,
    /// Microseconds from request to answer.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// Microseconds of the server's processor.
    pub(crate) cpu_per_answer: f64,
    /// Share of its core that the server used.
    pub(crate) server_busy: f64,
    /// Requests that were not answered, or wrongly.
    pub(crate) lost: f64,
    /// Share of the cores that went to others.
    pub(crate) disturbance: f64,
}

/// Asks `server` for `duration`.
///
/// # Errors
/// When there are no sockets to be had, or nothing is answered.
pub(crate) fn run(
    server: &Server,
    address: SocketAddrV4,
    shape: Shape,
    duration: Duration,
) -> Result<Outcome> {
    let mut load = Load::new(address, shape)?;
    load.run(duration.mul_f64(WARM_UP))?;
    load.forget();
    let (server_before, own_before) = (server.cpu()?, own_cpu()?);
    let quiet = Quiet::new();
    let start = Instant::now();
    load.run(duration)?;
    let seconds = start.elapsed().as_secs_f64();
    let used = server.cpu()?.saturating_sub(server_before);
    let own = own_cpu()?.saturating_sub(own_before);
    if load.answers == 0 {
        bail!("{} answers nothing", server.name());
    }
    let answers = load.answers as f64;
    Ok(Outcome {
        rate: answers / seconds,
        p50: load.latencies.percentile(0.5),
        p99: load.latencies.percentile(0.99),
        cpu_per_answer: used.as_secs_f64() * 1e6 / answers,
        server_busy: used.as_secs_f64() / seconds,
        lost: load.lost as f64,
        disturbance: quiet.disturbance(used + own),
    })
}

/// A socket and its requests under way.
struct Asker {
    socket: UdpSocket,
    port: u16,
    /// Of each request its transaction, and when it was sent.
    requests: Vec<([u8; 12], Instant)>,
}

struct Load {
    askers: Vec<Asker>,
    epoll: std::os::fd::OwnedFd,
    received: Received,
    sending: Sending,
    latencies: Latencies,
    /// Makes every transaction another one.
    serial: u32,
    answers: u64,
    lost: u64,
}

impl Load {
    fn new(address: SocketAddrV4, shape: Shape) -> Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC).context("waiting for sockets")?;
        let mut askers = Vec::new();
        for at in 0..shape.sockets {
            let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
            socket.connect(address)?;
            let data = epoll::EventData::new_u64(at as u64);
            epoll::add(&epoll, &socket, data, epoll::EventFlags::IN)?;
            let requests = vec![([0; 12], Instant::now()); shape.in_flight];
            askers.push(Asker {
                port: socket.local_addr()?.port(),
                socket,
                requests,
            });
        }
        let mut load = Self {
            askers,
            epoll,
            received: Received::new(),
            sending: Sending::new(),
            latencies: Latencies::default(),
            serial: 0,
            answers: 0,
            lost: 0,
        };
        for asker in &mut load.askers {
            for slot in 0..shape.in_flight {
                ask(asker, slot, &mut load.serial, &mut load.sending);
            }
            load.sending.flush(&asker.socket);
        }
        Ok(load)
    }

    fn forget(&mut self) {
        self.latencies = Latencies::default();
        self.answers = 0;
        self.lost = 0;
    }

    fn run(&mut self, duration: Duration) -> Result<()> {
        let start = Instant::now();
        let mut swept = start;
        let mut events = Vec::with_capacity(64);
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: 50_000_000,
        };
        loop {
            events.clear();
            let space = rustix::buffer::spare_capacity(&mut events);
            epoll::wait(&self.epoll, space, Some(&patience)).context("waiting for answers")?;
            for event in &events {
                let at = usize::try_from(event.data.u64()).context("an event of no socket")?;
                self.take(at);
            }
            let now = Instant::now();
            if now - swept > LOST {
                swept = now;
                self.ask_again(now);
            }
            if now - start > duration {
                return Ok(());
            }
        }
    }

    /// Takes the answers of one socket and sends as many new requests.
    fn take(&mut self, at: usize) {
        let asker = &mut self.askers[at];
        self.received.fill(&asker.socket);
        let now = Instant::now();
        for (bytes, _) in self.received.iter() {
            let Some(transaction) = message::transaction(bytes) else {
                self.lost += 1;
                continue;
            };
            let slot = usize::from(u16::from_be_bytes([transaction[0], transaction[1]]));
            // An answer to a request that was given up has another transaction by now.
            let Some((expected, sent)) = asker.requests.get(slot).copied() else {
                continue;
            };
            if !message::is_answer(bytes, expected, asker.port) {
                continue;
            }
            self.answers += 1;
            self.latencies.add(now - sent);
            ask(asker, slot, &mut self.serial, &mut self.sending);
        }
        self.sending.flush(&asker.socket);
    }

    fn ask_again(&mut self, now: Instant) {
        for asker in &mut self.askers {
            for slot in 0..asker.requests.len() {
                if now - asker.requests[slot].1 > LOST {
                    self.lost += 1;
                    ask(asker, slot, &mut self.serial, &mut self.sending);
                }
            }
            self.sending.flush(&asker.socket);
        }
    }
}

fn ask(asker: &mut Asker, slot: usize, serial: &mut u32, sending: &mut Sending) {
    *serial = serial.wrapping_add(1);
    let mut transaction = [0; 12];
    let number = u16::try_from(slot).unwrap_or(u16::MAX);
    transaction[..2].copy_from_slice(&number.to_be_bytes());
    transaction[8..].copy_from_slice(&serial.to_be_bytes());
    asker.requests[slot] = (transaction, Instant::now());
    let request = message::request(transaction);
    sending.add(request.len(), None).copy_from_slice(&request);
}
