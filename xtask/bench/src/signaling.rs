//! `bench signaling`: messages of 2.5 KB between pairs of sockets, against `PeerServer` and a
//! floor.

mod dialect;
pub(crate) mod floor;
mod load;
pub(crate) mod websocket;

use std::net::{SocketAddrV4, TcpStream};
use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::command::Options;
use crate::figures::{count, kilobytes, median, micros, percent};
use crate::machine;
use crate::report::{Goal, Goals, Table, times};
use crate::server::{self, Server};

use self::dialect::{BODY_CHARS, Dialect};
use self::load::{Load, Outcome, ROUND_TRIPS};

/// How many pairs.
const SIZES: [usize; 3] = [100, 1000, 5000];

/// The same to see that it works.
const QUICK_SIZES: [usize; 2] = [5, 20];

/// Numbers of idle sockets at which memory is read.
const IDLE: [usize; 2] = [1000, 10_000];

/// How many pairs take part in the open loop.
const OPEN_LOOP: usize = 1000;

impl Dialect {
    const ALL: [Self; 3] = [Self::Tincan, Self::PeerServer, Self::Floor];

    fn name(self) -> &'static str {
        match self {
            Self::Tincan => "tincan",
            Self::Floor => "axum floor",
            Self::PeerServer => "PeerServer",
        }
    }
}

/// What one server showed with so many pairs.
struct Run {
    dialect: Dialect,
    pairs: usize,
    outcome: Outcome,
    /// Sockets that connected each second.
    connects: f64,
    /// Sockets, and bytes for each while they said nothing.
    idle: Vec<(usize, f64)>,
    /// Microseconds, of the open loop.
    round_trips: Option<(f64, f64)>,
}

/// Measures and prints.
///
/// # Errors
/// When Tincan's server or a floor does not run.
pub(crate) fn run(options: &Options) -> Result<()> {
    machine::raise_file_limit(16_000)?;
    if options.peerjs.is_none() {
        println!("PeerServer was not given (--peerjs); it is left out");
    }
    let dialects: Vec<Dialect> = Dialect::ALL
        .into_iter()
        .filter(|dialect| options.includes(dialect.name()))
        .filter(|dialect| *dialect != Dialect::PeerServer || options.peerjs.is_some())
        .collect();
    let sizes: &[usize] = match options.pairs.as_slice() {
        [] if options.quick => &QUICK_SIZES,
        [] => &SIZES,
        chosen => chosen,
    };
    let mut runs = Vec::new();
    for &pairs in sizes {
        for _ in 0..options.rounds() {
            for &dialect in &dialects {
                let run = measure(options, dialect, pairs)
                    .with_context(|| format!("{}, {pairs} pairs", dialect.name()))?;
                runs.push(run);
            }
        }
    }
    print(options, &dialects, sizes, &runs)
}

fn measure(options: &Options, dialect: Dialect, pairs: usize) -> Result<Run> {
    let address = server::free_address()?;
    let server = start(options, dialect, address)?;
    let mut load = Load::new()?;
    // What a first visitor makes the server load belongs to nobody's socket.
    load.grow(dialect, address, 1)?;
    let memory = server.resident()?;
    let mut idle = Vec::new();
    let start = Instant::now();
    for sockets in IDLE.into_iter().filter(|sockets| *sockets <= pairs * 2) {
        load.grow(dialect, address, sockets / 2)?;
        let more = server.resident()?.saturating_sub(memory);
        idle.push((sockets, more as f64 / sockets as f64));
    }
    load.grow(dialect, address, pairs)?;
    let connects = load.sockets() as f64 / start.elapsed().as_secs_f64();
    let outcome = load.ping_pong(&server, options.duration())?;
    let mut round_trips = None;
    if pairs == OPEN_LOOP || options.quick {
        let mut latencies = load.round_trips(options.duration().mul_f64(2.0))?;
        round_trips = Some((latencies.percentile(0.5), latencies.percentile(0.99)));
    }
    Ok(Run {
        dialect,
        pairs,
        outcome,
        connects,
        idle,
        round_trips,
    })
}

fn start(options: &Options, dialect: Dialect, address: SocketAddrV4) -> Result<Server> {
    let is_ready = || TcpStream::connect(address).is_ok();
    let port = address.port().to_string();
    match dialect {
        Dialect::Tincan => {
            let listen = format!("--listen={address}");
            Server::start(dialect.name(), &options.tincan, [listen], is_ready)
        }
        Dialect::Floor => {
            let program = std::env::current_exe().context("finding this program")?;
            Server::start(
                dialect.name(),
                &program,
                ["floor", "signaling", &port],
                is_ready,
            )
        }
        Dialect::PeerServer => {
            let script = options
                .peerjs
                .as_deref()
                .context("PeerServer was not given")?;
            let script = script.to_string_lossy();
            // No limits, and no heartbeats to be sent.
            let arguments = [
                &*script,
                "--host=127.0.0.1",
                "--port",
                &port,
                "--concurrent_limit=20000",
                "--alive_timeout=3600000",
            ];
            Server::start(
                dialect.name(),
                Path::new("/usr/bin/env"),
                node(&arguments),
                is_ready,
            )
        }
    }
}

/// `env` replaces itself with Node.js, wherever that is, and keeps the process id.
fn node<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    std::iter::once("node")
        .chain(arguments.iter().copied())
        .collect()
}

/// The median of one figure over the rounds, if there were any.
fn figure(
    runs: &[Run],
    dialect: Dialect,
    pairs: usize,
    of: impl Fn(&Run) -> Option<f64>,
) -> Option<f64> {
    let figures: Vec<f64> = runs
        .iter()
        .filter(|run| run.dialect == dialect && run.pairs == pairs)
        .filter_map(of)
        .collect();
    (!figures.is_empty()).then(|| median(figures))
}

fn rate(runs: &[Run], dialect: Dialect, pairs: usize) -> Option<f64> {
    figure(runs, dialect, pairs, |run| Some(run.outcome.rate))
}

/// Bytes of one idle socket when there are so many.
fn memory(runs: &[Run], dialect: Dialect, sockets: usize) -> Option<f64> {
    let of = |run: &Run| {
        let found = run.idle.iter().find(|(found, _)| *found == sockets);
        found.map(|(_, bytes)| *bytes)
    };
    // The largest size goes through all numbers of sockets.
    figure(runs, dialect, SIZES[2], of)
}

fn print(options: &Options, dialects: &[Dialect], sizes: &[usize], runs: &[Run]) -> Result<()> {
    println!(
        "Signaling over WebSocket: bodies of {BODY_CHARS} characters, one message under way in each pair; \
         medians of {} rounds of {:.1} s\n",
        options.rounds(),
        options.duration().as_secs_f64()
    );
    let mut table = Table::new([
        "server",
        "pairs",
        "messages/s",
        "CPU s per 100,000",
        "server's core",
        "connects/s",
        "p50",
        "p99",
        "others' share",
    ]);
    for &pairs in sizes {
        for &dialect in dialects {
            let of = |of: fn(&Run) -> Option<f64>, show: fn(f64) -> String| {
                figure(runs, dialect, pairs, of).map_or("-".to_owned(), show)
            };
            table.row([
                dialect.name().to_owned(),
                count(pairs as f64),
                of(|run| Some(run.outcome.rate), count),
                of(|run| Some(run.outcome.cpu), |cpu| format!("{cpu:.2}")),
                of(|run| Some(run.outcome.server_busy), percent),
                of(|run| Some(run.connects), count),
                of(|run| run.round_trips.map(|(p50, _)| p50), micros),
                of(|run| run.round_trips.map(|(_, p99)| p99), micros),
                of(|run| Some(run.outcome.disturbance), percent),
            ]);
        }
    }
    table.print();
    println!("p50 and p99 are of round trips at {ROUND_TRIPS} a second, open loop.\n");
    let mut table = Table::new(["server", "idle sockets", "memory for one"]);
    for &dialect in dialects {
        for sockets in IDLE {
            if let Some(bytes) = memory(runs, dialect, sockets) {
                let name = dialect.name().to_owned();
                table.row([name, count(sockets as f64), kilobytes(bytes)]);
            }
        }
    }
    table.print();
    options.judge(print_goals(runs))
}

fn print_goals(runs: &[Run]) -> Result<()> {
    let ratio = |other: Dialect, pairs: usize| {
        Some(rate(runs, Dialect::Tincan, pairs)? / rate(runs, other, pairs)?)
    };
    let mut goals = Goals::default();
    for (other, goal) in [(Dialect::Floor, 0.8), (Dialect::PeerServer, 3.0)] {
        for pairs in SIZES {
            goals.compare(
                &format!(
                    "messages/s, {} pairs, against {}",
                    count(pairs as f64),
                    other.name()
                ),
                ratio(other, pairs),
                Goal::AtLeast(goal),
                times,
            );
        }
    }
    for sockets in IDLE {
        goals.compare(
            &format!("memory for one of {} idle sockets", count(sockets as f64)),
            memory(runs, Dialect::Tincan, sockets),
            Goal::AtMost(16_000.0),
            kilobytes,
        );
    }
    goals.compare(
        &format!("p99 at {ROUND_TRIPS} round trips/s"),
        figure(runs, Dialect::Tincan, OPEN_LOOP, |run| {
            run.round_trips.map(|(_, p99)| p99)
        }),
        Goal::AtMost(1000.0),
        micros,
    );
    goals.print()
}
