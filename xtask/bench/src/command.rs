//! The command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Result;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{door, machine, signaling, stun, turn};

/// Longest that anything here may take; whoever needs longer hangs.
const DEADLINE: Duration = Duration::from_secs(30 * 60);

#[derive(Parser)]
#[command(
    name = "bench",
    version,
    about = "Measures Tincan's server beside others"
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// STUN Binding requests over UDP.
    Stun(Options),
    /// Packets through a TURN relay.
    Turn(Options),
    /// Messages through signaling.
    Signaling(Options),
    /// A call while thousands mean no good.
    Door(Options),
    /// The least program that could do the job; the benchmarks start it themselves.
    #[command(hide = true)]
    Floor {
        /// Which job.
        job: Floor,
        /// Port to listen on, at 127.0.0.1.
        port: u16,
        /// Where a forwarder sends to, a port at 127.0.0.1.
        #[arg(default_value_t = 0)]
        peer: u16,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum Floor {
    /// Answers Binding requests.
    Stun,
    /// Forwards datagrams, one system call each way.
    Forward,
    /// Forwards datagrams, many with one system call.
    ForwardBatched,
    /// Forwards WebSocket messages within pairs.
    Signaling,
}

/// What every benchmark is told.
#[derive(Args, Debug, Clone)]
pub(crate) struct Options {
    /// Tincan's server, built in release.
    #[arg(long)]
    pub(crate) tincan: PathBuf,
    /// `PeerServer`'s program `peerjs`; left out when not given.
    #[arg(long)]
    pub(crate) peerjs: Option<PathBuf>,
    /// How often each figure is measured; medians are reported.
    #[arg(long, default_value_t = 5)]
    pub(crate) rounds: usize,
    /// Seconds of each measurement.
    #[arg(long, default_value_t = 1.5)]
    pub(crate) seconds: f64,
    /// Smaller and shorter, to see that it works; the figures mean little.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Go before everything else on the machine, which then stands still; root only.
    #[arg(long)]
    pub(crate) first: bool,
    /// Only these servers, by the names in the tables.
    #[arg(long, value_delimiter = ',')]
    pub(crate) only: Vec<String>,
    /// Only these numbers of pairs (signaling).
    #[arg(long, value_delimiter = ',')]
    pub(crate) pairs: Vec<usize>,
    /// Only these numbers of allocations (turn).
    #[arg(long, value_delimiter = ',')]
    pub(crate) allocations: Vec<usize>,
    /// Datagrams under way at once (turn).
    #[arg(long, default_value_t = 256)]
    pub(crate) window: usize,
}

impl Options {
    fn carry_out(&self, benchmark: fn(&Self) -> Result<()>) -> Result<()> {
        if self.first {
            machine::go_first()?;
        }
        benchmark(self)
    }

    /// How long one measurement takes.
    pub(crate) fn duration(&self) -> Duration {
        if self.quick {
            return Duration::from_millis(200);
        }
        Duration::from_secs_f64(self.seconds.clamp(0.05, 60.0))
    }

    /// How often each figure is measured.
    pub(crate) fn rounds(&self) -> usize {
        if self.quick { 1 } else { self.rounds.max(1) }
    }

    /// Whether the goals were reached; after a quick run that means little, and counts as success.
    pub(crate) fn judge(&self, reached: Result<()>) -> Result<()> {
        if self.quick { Ok(()) } else { reached }
    }

    /// Whether the server of that name takes part.
    pub(crate) fn includes(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == name)
    }
}

/// Does what the command line asks for.
pub(crate) fn main() -> ExitCode {
    stop_at(DEADLINE);
    match run(Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<()> {
    if let Command::Floor { job, port, peer } = command {
        return match job {
            Floor::Stun => stun::floor::serve(port),
            Floor::Forward => turn::floor::forward(port, peer),
            Floor::ForwardBatched => turn::floor::forward_batched(port, peer),
            Floor::Signaling => signaling::floor::serve(port),
        };
    }
    machine::pin(machine::LOAD_CORE)?;
    match command {
        Command::Stun(options) => options.carry_out(stun::run),
        Command::Turn(options) => options.carry_out(turn::run),
        Command::Signaling(options) => options.carry_out(signaling::run),
        Command::Door(options) => options.carry_out(door::run),
        Command::Floor { .. } => Ok(()),
    }
}

/// Ends the program after `deadline`; the servers it has started end with it.
fn stop_at(deadline: Duration) {
    std::thread::spawn(move || {
        std::thread::sleep(deadline);
        eprintln!("This took longer than it can; giving up.");
        std::process::exit(1);
    });
}
