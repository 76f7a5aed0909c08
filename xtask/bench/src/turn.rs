//! `bench turn`: packets through a relay, against coturn and plain forwarders.

mod client;
pub(crate) mod floor;
mod load;

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::command::Options;
use crate::figures::{count, kilobytes, median, micros, percent};
use crate::report::{Goal, Goals, Table, times};
use crate::server::{self, Server};
use crate::{coturn, machine, stun};

use self::load::{Flow, Load, Outcome};

/// Signs the credentials; a secret of nobody.
const SECRET: &str = "bench";

/// Ports for relayed traffic, below those that the system gives to sockets that ask for none.
const RELAY_PORTS: (u16, u16) = (20_000, 32_000);

/// How many allocations send in turn.
const SIZES: [usize; 4] = [1, 100, 1000, 5000];

/// The same to see that it works.
const QUICK_SIZES: [usize; 2] = [1, 20];

/// From this many allocations on, what the server takes at start hides no more in the memory of
/// one allocation.
const ENOUGH_FOR_MEMORY: usize = 1000;

/// Who relays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relay {
    Tincan,
    Coturn,
    Plain,
    Batched,
}

impl Relay {
    const ALL: [Self; 4] = [Self::Tincan, Self::Coturn, Self::Plain, Self::Batched];

    fn name(self) -> &'static str {
        match self {
            Self::Tincan => "tincan",
            Self::Coturn => "coturn",
            Self::Plain => "plain forwarder",
            Self::Batched => "batched forwarder",
        }
    }
}

/// Which traffic through how many allocations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Case {
    flow: Flow,
    allocations: usize,
}

impl Case {
    fn name(self) -> String {
        match self.flow {
            Flow::Up => "one flow up".to_owned(),
            Flow::UpJoined => "one flow up, joined".to_owned(),
            Flow::Echo => format!("echo, {}", count(self.allocations as f64)),
        }
    }
}

/// What one server showed with so many allocations.
struct Run {
    round: usize,
    relay: Relay,
    allocations: usize,
    /// Microseconds of the server's processor to set one up.
    set_up: f64,
    /// Bytes for each.
    memory: f64,
    outcomes: Vec<(Case, Outcome)>,
}

/// Measures and prints.
///
/// # Errors
/// When Tincan's server or a floor does not run.
pub(crate) fn run(options: &Options) -> Result<()> {
    machine::raise_file_limit(16_000)?;
    let sizes: &[usize] = match options.allocations.as_slice() {
        [] if options.quick => &QUICK_SIZES,
        [] => &SIZES,
        asked => asked,
    };
    let coturn = coturn::find();
    match &coturn {
        Some(program) => println!("coturn {}", coturn::version(program)),
        None => {
            println!("coturn is not installed (Debian: apt-get install coturn); it is left out")
        }
    }
    let relays: Vec<Relay> = Relay::ALL
        .into_iter()
        .filter(|relay| options.includes(relay.name()))
        .filter(|relay| *relay != Relay::Coturn || coturn.is_some())
        .collect();
    let mut runs = Vec::new();
    // All sizes in each round, so that a slow minute of the machine is one of all.
    for round in 0..options.rounds() {
        for (turn, &allocations) in sizes.iter().enumerate() {
            // There and back, so that Tincan's two that are compared follow each other.
            let mut relays = relays.clone();
            if turn % 2 == 0 {
                relays.reverse();
            }
            for relay in relays {
                let run = measure(options, round, relay, coturn.as_ref(), allocations)
                    .with_context(|| format!("{}, {allocations} allocations", relay.name()))?;
                runs.push(run);
            }
        }
    }
    print(options, &relays, sizes, &runs)
}

fn measure(
    options: &Options,
    round: usize,
    relay: Relay,
    coturn: Option<&PathBuf>,
    allocations: usize,
) -> Result<Run> {
    let (peer, peer_address) = load::peer()?;
    let address = server::free_address()?;
    let server = start(options, relay, coturn, address, peer_address)?;
    let (cpu_before, memory_before) = (server.cpu()?, server.resident()?);
    let clients = (0..allocations)
        .map(|number| match relay {
            Relay::Tincan | Relay::Coturn => client::connect(address, peer_address, SECRET, number),
            Relay::Plain | Relay::Batched => plain_client(address),
        })
        .collect::<Result<Vec<_>>>()?;
    let set_up = server.cpu()?.saturating_sub(cpu_before);
    let mut load = Load::new(clients, peer, options.window)?;
    let flows: &[Flow] = if allocations == 1 {
        &[Flow::Up, Flow::UpJoined, Flow::Echo]
    } else {
        &[Flow::Echo]
    };
    let mut outcomes = Vec::new();
    for &flow in flows {
        let outcome = load.run(&server, flow, options.duration())?;
        outcomes.push((Case { flow, allocations }, outcome));
    }
    let memory = server.resident()?.saturating_sub(memory_before);
    Ok(Run {
        round,
        relay,
        allocations,
        set_up: set_up.as_secs_f64() * 1e6 / allocations as f64,
        memory: memory as f64 / allocations as f64,
        outcomes,
    })
}

fn start(
    options: &Options,
    relay: Relay,
    coturn: Option<&PathBuf>,
    address: SocketAddrV4,
    peer: SocketAddrV4,
) -> Result<Server> {
    let floor = |job: &str| {
        let program = std::env::current_exe().context("finding this program")?;
        let (port, peer) = (address.port().to_string(), peer.port().to_string());
        let arguments = ["floor", job, &port, &peer].map(str::to_owned);
        // There is nothing to ask it, so it is ready when its port is taken.
        let is_ready = || UdpSocket::bind(address).is_err();
        Server::start(relay.name(), &program, arguments, is_ready)
    };
    match relay {
        Relay::Tincan => {
            let (low, high) = RELAY_PORTS;
            let arguments = [
                format!("--listen={address}"),
                format!("--turn-secret={SECRET}"),
                format!("--relay-ports={low}-{high}"),
                "--relay-allow=127.0.0.0/8".to_owned(),
            ];
            Server::start(relay.name(), &options.tincan, arguments, || {
                stun::answers(address)
            })
        }
        Relay::Coturn => {
            let program = coturn.context("coturn is not installed")?;
            coturn::start(program, address, SECRET, RELAY_PORTS)
        }
        Relay::Plain => floor("forward"),
        Relay::Batched => floor("forward-batched"),
    }
}

fn plain_client(server: SocketAddrV4) -> Result<UdpSocket> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("no port is free")?;
    socket.connect(server)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Medians over the rounds of one server and case.
struct Figures {
    rate: f64,
    loss: f64,
    cpu: f64,
    busy: f64,
    p99: f64,
    disturbance: f64,
}

impl Figures {
    fn of(runs: &[Run], relay: Relay, case: Case) -> Option<Self> {
        let outcomes: Vec<&Outcome> = runs
            .iter()
            .filter(|run| run.relay == relay)
            .flat_map(|run| &run.outcomes)
            .filter(|(found, _)| *found == case)
            .map(|(_, outcome)| outcome)
            .collect();
        if outcomes.is_empty() {
            return None;
        }
        let figure = |of: fn(&Outcome) -> f64| median(outcomes.iter().map(|outcome| of(outcome)));
        Some(Self {
            rate: figure(|outcome| outcome.rate),
            // The worst, since there must be none.
            loss: outcomes
                .iter()
                .map(|outcome| outcome.loss)
                .fold(0.0, f64::max),
            cpu: figure(|outcome| outcome.cpu_per_packet),
            busy: figure(|outcome| outcome.server_busy),
            p99: figure(|outcome| outcome.p99),
            disturbance: figure(|outcome| outcome.disturbance),
        })
    }
}

fn print(options: &Options, relays: &[Relay], sizes: &[usize], runs: &[Run]) -> Result<()> {
    println!(
        "TURN over UDP: ChannelData of {} bytes, long-term credentials, {} under way; a packet is one \
         crossing of the server; medians of {} rounds of {:.1} s\n",
        load::PAYLOAD,
        options.window,
        options.rounds(),
        options.duration().as_secs_f64()
    );
    let up = [Flow::Up, Flow::UpJoined].map(|flow| Case {
        flow,
        allocations: 1,
    });
    let echoes = sizes.iter().map(|&allocations| Case {
        flow: Flow::Echo,
        allocations,
    });
    let mut table = Table::new([
        "server",
        "traffic",
        "packets/s",
        "worst loss",
        "server CPU per packet",
        "server's core",
        "p99",
        "others' share",
    ]);
    for case in up.into_iter().chain(echoes) {
        for &relay in relays {
            if let Some(figures) = Figures::of(runs, relay, case) {
                table.row([
                    relay.name().to_owned(),
                    case.name(),
                    count(figures.rate),
                    percent(figures.loss),
                    micros(figures.cpu),
                    percent(figures.busy),
                    micros(figures.p99),
                    percent(figures.disturbance),
                ]);
            }
        }
    }
    table.print();
    print_costs(relays, runs);
    options.judge(print_goals(sizes, runs))
}

/// Memory and processor for one allocation.
fn print_costs(relays: &[Relay], runs: &[Run]) {
    let mut table = Table::new([
        "server",
        "allocations",
        "memory for one",
        "CPU to set one up",
    ]);
    for &relay in relays {
        for size in SIZES.into_iter().filter(|size| *size >= ENOUGH_FOR_MEMORY) {
            if let Some((memory, set_up)) = costs(runs, relay, size) {
                let name = relay.name().to_owned();
                // A forwarder has nothing to set up.
                let set_up = match relay {
                    Relay::Tincan | Relay::Coturn => micros(set_up),
                    Relay::Plain | Relay::Batched => "-".to_owned(),
                };
                table.row([name, count(size as f64), kilobytes(memory), set_up]);
            }
        }
    }
    println!();
    table.print();
}

/// Medians of memory in bytes and of processor time in microseconds.
fn costs(runs: &[Run], relay: Relay, allocations: usize) -> Option<(f64, f64)> {
    let of = |figure: fn(&Run) -> f64| {
        let runs = runs
            .iter()
            .filter(|run| run.relay == relay && run.allocations == allocations);
        median(runs.map(figure))
    };
    let is_there = runs
        .iter()
        .any(|run| run.relay == relay && run.allocations == allocations);
    is_there.then(|| (of(|run| run.memory), of(|run| run.set_up)))
}

/// The median over the rounds of how many times as many packets a second the one relayed as the other.
fn ratio(runs: &[Run], one: (Relay, Case), other: (Relay, Case)) -> Option<f64> {
    let rate = |round: usize, (relay, case): (Relay, Case)| {
        let runs = runs.iter();
        runs.filter(|run| run.round == round && run.relay == relay)
            .flat_map(|run| &run.outcomes)
            .find(|(found, _)| *found == case)
            .map(|(_, outcome)| outcome.rate)
    };
    let rounds = 0..=runs.last()?.round;
    let ratios = rounds.map(|round| Some(rate(round, one)? / rate(round, other)?));
    Some(median(ratios.collect::<Option<Vec<f64>>>()?))
}

fn print_goals(sizes: &[usize], runs: &[Run]) -> Result<()> {
    let mut goals = Goals::default();
    for (flow, allocations, other, goal) in [
        (Flow::Up, 1, Relay::Coturn, 1.5),
        (Flow::Up, 1, Relay::Plain, 1.1),
        (Flow::Echo, 100, Relay::Coturn, 1.4),
        (Flow::Echo, 1000, Relay::Plain, 0.9),
        (Flow::Echo, 1000, Relay::Coturn, 1.2),
        (Flow::Echo, 5000, Relay::Plain, 0.9),
        (Flow::Echo, 5000, Relay::Coturn, 1.2),
    ] {
        let case = Case { flow, allocations };
        goals.compare(
            &format!("packets/s, {}, against {}", case.name(), other.name()),
            ratio(runs, (Relay::Tincan, case), (other, case)),
            Goal::AtLeast(goal),
            times,
        );
    }
    let echo = |allocations: usize| {
        let flow = Flow::Echo;
        (Relay::Tincan, Case { flow, allocations })
    };
    goals.compare(
        "packets/s, 5,000 against 1,000",
        ratio(runs, echo(5000), echo(1000)),
        Goal::AtLeast(0.9),
        times,
    );
    let loss = sizes
        .iter()
        .filter_map(|&allocations| {
            Figures::of(
                runs,
                Relay::Tincan,
                Case {
                    flow: Flow::Echo,
                    allocations,
                },
            )
        })
        .map(|figures| figures.loss)
        .reduce(f64::max);
    goals.compare("worst loss", loss, Goal::AtMost(0.0), percent);
    let costs = costs(runs, Relay::Tincan, 5000);
    goals.compare(
        "memory for one allocation",
        costs.map(|(memory, _)| memory),
        Goal::AtMost(4000.0),
        kilobytes,
    );
    goals.compare(
        "CPU to set one up",
        costs.map(|(_, set_up)| set_up),
        Goal::AtMost(150.0),
        micros,
    );
    goals.print()
}
