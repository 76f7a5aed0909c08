//! The load: pairs of sockets that answer each other's messages through the server.

use std::net::SocketAddrV4;
use std::os::fd::{AsFd as _, OwnedFd};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, Timespec, epoll, poll};

use super::dialect::{Dialect, Greeting, Message, number_of};
use super::websocket::{Kind, WebSocket, pong};
use crate::figures::Latencies;
use crate::machine::Quiet;
use crate::server::{Server, own_cpu};

/// Pairs that connect at the same time.
const TOGETHER: usize = 32;

/// Round trips that begin each second in the open loop, whatever the server does.
pub(crate) const ROUND_TRIPS: u32 = 500;

/// How long a thread may take to wake up when its time has come.
const WAKE_UP: Duration = Duration::from_micros(150);

/// Without any message for this long, the server has lost one.
const SILENCE: Duration = Duration::from_secs(5);

/// One end of a pair; the ends of pair `n` are numbers `2 n` and `2 n + 1`.
struct End {
    socket: WebSocket,
    /// What it says to the other end.
    message: Message,
    /// How many messages it has had.
    heard: u64,
    /// Number of the message it expects next.
    expected: u32,
    /// When the round trip began that it waits for (open loop).
    begun: Option<Instant>,
}

/// What pairs do when a message has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Habit {
    /// Both answer, always.
    PingPong,
    /// The second answers; the first has what it wanted.
    RoundTrip,
    /// Nobody answers.
    Silence,
}

/// What the closed loop found.
pub(crate) struct Outcome {
    /// Messages a second.
    pub(crate) rate: f64,
    /// Seconds of the server's processor for 100,000 messages.
    pub(crate) cpu: f64,
    /// Share of its core that the server used.
    pub(crate) server_busy: f64,
    /// Share of the cores that went to others.
    pub(crate) disturbance: f64,
}

/// Connected pairs.
pub(crate) struct Load {
    ends: Vec<End>,
    epoll: OwnedFd,
    buffer: Vec<u8>,
    habit: Habit,
    messages: u64,
    /// Messages that were sent and have not come.
    under_way: u64,
    latencies: Latencies,
}

impl Load {
    /// Nobody yet.
    ///
    /// # Errors
    /// When the system has no epoll to spare.
    pub(crate) fn new() -> Result<Self> {
        Ok(Self {
            ends: Vec::new(),
            epoll: epoll::create(epoll::CreateFlags::CLOEXEC)?,
            buffer: vec![0; 64 * 1024],
            habit: Habit::Silence,
            messages: 0,
            under_way: 0,
            latencies: Latencies::default(),
        })
    }

    /// Connects pairs until there are so many.
    ///
    /// # Errors
    /// When one cannot.
    pub(crate) fn grow(
        &mut self,
        dialect: Dialect,
        address: SocketAddrV4,
        pairs: usize,
    ) -> Result<()> {
        while self.ends.len() < pairs * 2 {
            let first = self.ends.len() / 2;
            let group = first..pairs.min(first + TOGETHER);
            let places: Vec<(usize, usize)> =
                group.flat_map(|pair| [(pair, 0), (pair, 1)]).collect();
            let mut sockets = Vec::with_capacity(places.len());
            for &(pair, side) in &places {
                sockets.push(dialect.connect(address, pair, side)?);
            }
            for (socket, (pair, _)) in sockets.iter_mut().zip(&places) {
                dialect.enter(socket, *pair)?;
            }
            let mut greetings = Vec::with_capacity(places.len());
            for (socket, (pair, side)) in sockets.into_iter().zip(&places) {
                greetings.push(dialect.welcomed(socket, *pair, *side)?);
            }
            self.add(dialect, greetings)?;
            // Those who came earlier may have been asked whether they are still there.
            self.turn(Duration::ZERO)?;
        }
        Ok(())
    }

    fn add(&mut self, dialect: Dialect, greetings: Vec<Greeting>) -> Result<()> {
        let messages = greetings
            .iter()
            .enumerate()
            .map(|(at, _)| dialect.message(&greetings[at ^ 1]))
            .collect::<Result<Vec<_>>>()?;
        for (greeting, message) in greetings.into_iter().zip(messages) {
            let socket = greeting.socket;
            socket.stream.set_nonblocking(true)?;
            let data = epoll::EventData::new_u64(self.ends.len() as u64);
            epoll::add(&self.epoll, &socket.stream, data, epoll::EventFlags::IN)?;
            self.ends.push(End {
                socket,
                message,
                heard: 1,
                expected: 0,
                begun: None,
            });
        }
        Ok(())
    }

    /// How many sockets there are.
    pub(crate) fn sockets(&self) -> usize {
        self.ends.len()
    }

    /// Every pair has one message under way, for `duration`.
    ///
    /// # Errors
    /// When a socket is closed or a message is lost or in disorder.
    pub(crate) fn ping_pong(&mut self, server: &Server, duration: Duration) -> Result<Outcome> {
        self.habit = Habit::PingPong;
        for first in (0..self.ends.len()).step_by(2) {
            self.send(first)?;
        }
        self.run(duration.mul_f64(0.3))?;
        self.messages = 0;
        let (server_before, own_before) = (server.cpu()?, own_cpu()?);
        let quiet = Quiet::new();
        let start = Instant::now();
        self.run(duration)?;
        let seconds = start.elapsed().as_secs_f64();
        let used = server.cpu()?.saturating_sub(server_before);
        let own = own_cpu()?.saturating_sub(own_before);
        let messages = self.messages as f64;
        let disturbance = quiet.disturbance(used + own);
        self.settle()?;
        Ok(Outcome {
            rate: messages / seconds,
            cpu: used.as_secs_f64() * 1e5 / messages,
            server_busy: used.as_secs_f64() / seconds,
            disturbance,
        })
    }

    /// Begins [`ROUND_TRIPS`] a second, pair after pair, for `duration`. The times count from when
    /// each should have begun.
    ///
    /// # Errors
    /// As [`Self::ping_pong`].
    pub(crate) fn round_trips(&mut self, duration: Duration) -> Result<Latencies> {
        self.habit = Habit::RoundTrip;
        self.latencies = Latencies::default();
        let pause = Duration::from_secs(1) / ROUND_TRIPS;
        let start = Instant::now();
        let mut due = start;
        let mut pair = 0;
        while due - start < duration {
            let now = Instant::now();
            if now < due {
                self.wait(due - now)?;
                self.turn(Duration::ZERO)?;
                continue;
            }
            let first = &mut self.ends[pair * 2];
            // One that is still under way when its turn comes again is far beyond any goal, and
            // counts with its full time when it comes.
            if first.begun.is_none() {
                first.begun = Some(due);
                self.send(pair * 2)?;
            }
            pair = (pair + 1) % (self.ends.len() / 2);
            due += pause;
        }
        self.settle()?;
        Ok(std::mem::take(&mut self.latencies))
    }

    /// Sleeps until something comes, and at the longest until shortly before the next is due, so
    /// that the time to wake up does not count.
    fn wait(&self, until_due: Duration) -> Result<()> {
        let Some(sleep) = until_due.checked_sub(WAKE_UP) else {
            return Ok(());
        };
        let mut wanted = [PollFd::from_borrowed_fd(self.epoll.as_fd(), PollFlags::IN)];
        let sleep = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(sleep.subsec_nanos()),
        };
        poll(&mut wanted, Some(&sleep)).context("waiting for messages")?;
        Ok(())
    }

    fn run(&mut self, duration: Duration) -> Result<()> {
        let start = Instant::now();
        let mut heard = (self.messages, start);
        while start.elapsed() < duration {
            self.turn(Duration::from_millis(50))?;
            if self.messages != heard.0 {
                heard = (self.messages, Instant::now());
            }
            if heard.1.elapsed() > SILENCE {
                bail!("no message comes through any more");
            }
        }
        Ok(())
    }

    /// Waits for what is still under way, and answers nothing.
    fn settle(&mut self) -> Result<()> {
        if self.habit == Habit::PingPong {
            self.habit = Habit::Silence;
        }
        let mut heard = (self.messages, Instant::now());
        while self.under_way > 0 {
            self.turn(Duration::from_millis(10))?;
            if self.messages != heard.0 {
                heard = (self.messages, Instant::now());
            }
            if heard.1.elapsed() > SILENCE {
                bail!("{} messages were lost", self.under_way);
            }
        }
        // Whoever speaks next begins anew.
        for end in &mut self.ends {
            end.expected = 0;
            end.begun = None;
        }
        self.habit = Habit::Silence;
        Ok(())
    }

    fn send(&mut self, at: usize) -> Result<()> {
        let number = self.ends[at ^ 1].expected;
        let end = &mut self.ends[at];
        self.under_way += 1;
        end.socket.send(end.message.numbered(number, end.heard)?)
    }

    /// Takes what has come.
    fn turn(&mut self, patience: Duration) -> Result<()> {
        let mut events = Vec::with_capacity(256);
        let patience = Timespec {
            tv_sec: 0,
            tv_nsec: i64::from(patience.subsec_nanos()),
        };
        let space = rustix::buffer::spare_capacity(&mut events);
        epoll::wait(&self.epoll, space, Some(&patience)).context("waiting for messages")?;
        for event in &events {
            self.take(usize::try_from(event.data.u64())?)?;
        }
        Ok(())
    }

    fn take(&mut self, at: usize) -> Result<()> {
        let end = &mut self.ends[at];
        let mut came = 0;
        let (expected, heard) = (&mut end.expected, &mut end.heard);
        end.socket.read(&mut self.buffer, |socket, frame| {
            match frame.kind {
                Kind::Text => {
                    *heard += 1;
                    if let Some(number) = number_of(frame.payload) {
                        if number != *expected {
                            bail!("message {number} came instead of {expected}");
                        }
                        *expected += 1;
                        came += 1;
                    }
                }
                Kind::Ping => socket.send(&pong(frame.payload))?,
                Kind::Close => bail!(
                    "the server closed a socket: {}",
                    close_reason(frame.payload)
                ),
                Kind::Other => {}
            }
            Ok(())
        })?;
        self.messages += came;
        self.under_way = self.under_way.saturating_sub(came);
        if came == 0 {
            return Ok(());
        }
        let is_first = at.is_multiple_of(2);
        match self.habit {
            Habit::PingPong => self.send(at)?,
            Habit::RoundTrip if !is_first => self.send(at)?,
            Habit::RoundTrip => {
                if let Some(begun) = self.ends[at].begun.take() {
                    self.latencies.add(begun.elapsed());
                }
            }
            Habit::Silence => {}
        }
        Ok(())
    }
}

fn close_reason(payload: &[u8]) -> String {
    let code = payload
        .first_chunk()
        .map_or(0, |code| u16::from_be_bytes(*code));
    let reason = String::from_utf8_lossy(payload.get(2..).unwrap_or_default());
    format!("{code} {reason}")
}
