//! `cargo xtask bench`: the benchmarks, each beside the peers it names.
//!
//! The load comes from the crate `bench` in `xtask/bench`, which is built only here, so that
//! the other commands do not wait for it.

use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::{lab, shell, tools, workspace};

/// One of the benchmarks.
struct Benchmark {
    name: &'static str,
    about: &'static str,
    run: fn(&Self, &[String]) -> Result<()>,
}

const BENCHMARKS: [Benchmark; 6] = [
    Benchmark {
        name: "stun",
        about: "Binding requests over UDP, against coturn and a floor",
        run: Benchmark::load,
    },
    Benchmark {
        name: "turn",
        about: "packets through a relay, against coturn and plain forwarders",
        run: Benchmark::load,
    },
    Benchmark {
        name: "signaling",
        about: "messages over WebSocket, against PeerServer and a floor",
        run: Benchmark::load_with_peer_server,
    },
    Benchmark {
        name: "door",
        about: "a call while 2,000 connections a second mean no good",
        run: Benchmark::load,
    },
    Benchmark {
        name: "join",
        about: "how soon somebody is in a call, beside the leanest page",
        run: |benchmark, options| lab::bench(benchmark.name, options),
    },
    Benchmark {
        name: "recovery",
        about: "how soon pictures are back after an accident of the network",
        run: |benchmark, options| lab::bench(benchmark.name, options),
    },
];

/// What is compared with where signaling is measured: the npm package `peer`, in this version.
const PEER_SERVER: &str = "1.0.2";

/// Runs the benchmark of that name, or lists them.
///
/// # Errors
/// When there is none of that name, or it does not run.
pub(crate) fn run(name: Option<&str>, options: &[String]) -> Result<ExitCode> {
    let Some(name) = name else {
        println!("cargo xtask bench NAME [-- OPTIONS]\n");
        for benchmark in &BENCHMARKS {
            println!("  {:12}{}", benchmark.name, benchmark.about);
        }
        println!("\nOptions: `cargo xtask bench NAME -- --help`; more in docs/benchmarks.md");
        return Ok(ExitCode::SUCCESS);
    };
    let Some(benchmark) = BENCHMARKS.iter().find(|benchmark| benchmark.name == name) else {
        let names = BENCHMARKS.map(|benchmark| benchmark.name).join(", ");
        bail!("there is no benchmark named {name}; there are: {names}");
    };
    (benchmark.run)(benchmark, options)?;
    Ok(ExitCode::SUCCESS)
}

/// Some seconds of the attack of `door` on the server as it was built.
///
/// # Errors
/// When those in the call do not get through it.
pub(crate) fn door_quickly() -> Result<()> {
    if cfg!(not(target_os = "linux")) {
        println!("left out: the load runs on Linux alone");
        return Ok(());
    }
    build(&["bench"])?;
    let door = BENCHMARKS.iter().find(|benchmark| benchmark.name == "door");
    let door = door.context("there is a benchmark named door")?;
    shell::run(door.command().arg("--quick"))
}

impl Benchmark {
    /// Builds the server and the load in release, and runs one against the other.
    fn load(&self, options: &[String]) -> Result<()> {
        build(&["tincan", "bench"])?;
        shell::run(self.command().args(options))
    }

    fn load_with_peer_server(&self, options: &[String]) -> Result<()> {
        build(&["tincan", "bench"])?;
        let mut command = self.command();
        match peer_server() {
            Ok(program) => {
                command.arg("--peerjs").arg(program);
            }
            Err(error) => println!("PeerServer is left out: {error:#}"),
        }
        shell::run(command.args(options))
    }

    fn command(&self) -> Command {
        let program = format!("bench{}", std::env::consts::EXE_SUFFIX);
        let mut command = Command::new(workspace::target().join("release").join(program));
        command
            .arg(self.name)
            .arg("--tincan")
            .arg(workspace::server());
        command
    }
}

fn build(packages: &[&str]) -> Result<()> {
    shell::say("Building the server and the load");
    let mut command = shell::cargo(["build", "--release", "--locked"]);
    for package in packages {
        command.args(["-p", package]);
    }
    shell::run(&mut command)
}

/// `PeerServer`'s program, installed beside what was built if it is not there yet.
fn peer_server() -> Result<PathBuf> {
    let home = workspace::target()
        .join("bench")
        .join(format!("peer-{PEER_SERVER}"));
    let program = home.join("node_modules").join(".bin").join("peerjs");
    if !program.exists() {
        install_peer_server(&home)?;
    }
    Ok(program)
}

fn install_peer_server(home: &Path) -> Result<()> {
    shell::say(&format!("Installing PeerServer {PEER_SERVER} (once)"));
    std::fs::create_dir_all(home).with_context(|| format!("{} cannot be made", home.display()))?;
    let mut npm = tools::npm()?;
    npm.args(["install", "--no-audit", "--no-fund", "--save-exact"])
        .arg("--prefix")
        .arg(home)
        .arg(format!("peer@{PEER_SERVER}"));
    shell::run(&mut npm)
}
