//! `bench stun`: Binding requests over UDP in a closed loop, against coturn and a floor.

pub(crate) mod floor;
mod load;
mod message;

use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::Duration;

use anyhow::{Context, Result};

use crate::command::Options;
use crate::coturn;
use crate::figures::{count, median, micros, percent};
use crate::report::{Goal, Goals, Table, times};
use crate::server::{self, Server};

use self::load::{Outcome, Shape};

/// Names in the tables.
const TINCAN: &str = "tincan";
const COTURN: &str = "coturn";
const FLOOR: &str = "batched floor";

const SHAPES: [Shape; 3] = [Shape::new(1, 1), Shape::new(8, 4), Shape::new(16, 16)];

/// The shape that the goals speak of.
const JUDGED: Shape = SHAPES[1];

/// Somebody who answers Binding requests.
struct Contestant {
    server: Server,
    address: SocketAddrV4,
}

/// Measures and prints.
///
/// # Errors
/// When Tincan's server or a floor does not run.
pub(crate) fn run(options: &Options) -> Result<()> {
    let contestants = contestants(options)?;
    let mut rows: Vec<(usize, Shape, Vec<Outcome>)> = Vec::new();
    for shape in SHAPES {
        let mut outcomes: Vec<Vec<Outcome>> = contestants.iter().map(|_| Vec::new()).collect();
        for _ in 0..options.rounds() {
            for (contestant, outcomes) in contestants.iter().zip(&mut outcomes) {
                let outcome = load::run(
                    &contestant.server,
                    contestant.address,
                    shape,
                    options.duration(),
                )?;
                outcomes.push(outcome);
            }
        }
        rows.extend(
            outcomes
                .into_iter()
                .enumerate()
                .map(|(at, outcomes)| (at, shape, outcomes)),
        );
    }
    let figures: Vec<(&str, Shape, Figures)> = rows
        .iter()
        .map(|(at, shape, outcomes)| {
            (
                contestants[*at].server.name(),
                *shape,
                Figures::of(outcomes),
            )
        })
        .collect();
    print(options, &figures)
}

/// Medians over the rounds.
struct Figures {
    rate: f64,
    p50: f64,
    p99: f64,
    cpu: f64,
    busy: f64,
    lost: f64,
    disturbance: f64,
}

impl Figures {
    fn of(outcomes: &[Outcome]) -> Self {
        let figure = |of: fn(&Outcome) -> f64| median(outcomes.iter().map(of));
        Self {
            rate: figure(|outcome| outcome.rate),
            p50: figure(|outcome| outcome.p50),
            p99: figure(|outcome| outcome.p99),
            cpu: figure(|outcome| outcome.cpu_per_answer),
            busy: figure(|outcome| outcome.server_busy),
            lost: outcomes.iter().map(|outcome| outcome.lost).sum(),
            disturbance: figure(|outcome| outcome.disturbance),
        }
    }
}

fn print(options: &Options, figures: &[(&str, Shape, Figures)]) -> Result<()> {
    println!(
        "STUN Binding over UDP: closed loop, 20-byte requests, answers checked; medians of {} rounds of {:.1} s\n",
        options.rounds(),
        options.duration().as_secs_f64()
    );
    let mut table = Table::new([
        "server",
        "sockets x in flight",
        "answers/s",
        "p50",
        "p99",
        "server CPU per request",
        "server's core",
        "lost",
        "others' share",
    ]);
    for (name, shape, figures) in figures {
        table.row([
            (*name).to_owned(),
            shape.to_string(),
            count(figures.rate),
            micros(figures.p50),
            micros(figures.p99),
            micros(figures.cpu),
            percent(figures.busy),
            count(figures.lost),
            percent(figures.disturbance),
        ]);
    }
    table.print();
    let judged = |name: &str| {
        figures
            .iter()
            .find(|(found, shape, _)| *found == name && *shape == JUDGED)
            .map(|(_, _, figures)| figures)
    };
    let ratio =
        |other: &str, of: fn(&Figures) -> f64| Some(of(judged(TINCAN)?) / of(judged(other)?));
    let mut goals = Goals::default();
    goals.compare(
        "answers/s at 8 x 4, against coturn",
        ratio(COTURN, |figures| figures.rate),
        Goal::AtLeast(1.6),
        times,
    );
    goals.compare(
        "answers/s at 8 x 4, against the batched floor",
        ratio(FLOOR, |figures| figures.rate),
        Goal::AtLeast(0.85),
        times,
    );
    goals.compare(
        "p99 at 8 x 4, against coturn",
        ratio(COTURN, |figures| figures.p99),
        Goal::AtMost(0.1),
        times,
    );
    options.judge(goals.print())
}

fn contestants(options: &Options) -> Result<Vec<Contestant>> {
    let mut contestants = Vec::new();
    if options.includes(TINCAN) {
        let address = server::free_address()?;
        let listen = format!("--listen={address}");
        let server = Server::start(TINCAN, &options.tincan, [listen], || answers(address))?;
        contestants.push(Contestant { server, address });
    }
    match coturn::find() {
        Some(program) if options.includes(COTURN) => {
            let address = server::free_address()?;
            println!("{COTURN} {}", coturn::version(&program));
            let server = coturn::start(&program, address, "bench", (20_000, 20_100))?;
            contestants.push(Contestant { server, address });
        }
        Some(_) => {}
        None => {
            println!("coturn is not installed (Debian: apt-get install coturn); it is left out")
        }
    }
    if options.includes(FLOOR) {
        let address = server::free_address()?;
        let arguments = ["floor", "stun", &address.port().to_string()].map(str::to_owned);
        let program = std::env::current_exe().context("finding this program")?;
        let server = Server::start(FLOOR, &program, arguments, || answers(address))?;
        contestants.push(Contestant { server, address });
    }
    Ok(contestants)
}

/// Whether somebody answers Binding requests at `address`.
pub(crate) fn answers(address: SocketAddrV4) -> bool {
    let ask = || -> std::io::Result<bool> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        socket.connect(address)?;
        socket.set_read_timeout(Some(Duration::from_millis(100)))?;
        let transaction = [7; 12];
        socket.send(&message::request(transaction))?;
        let mut buffer = [0; 512];
        let len = socket.recv(&mut buffer)?;
        let port = socket.local_addr()?.port();
        Ok(message::is_answer(&buffer[..len], transaction, port))
    };
    ask().unwrap_or(false)
}
