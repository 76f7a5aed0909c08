//! Tincan's own commands: `cargo xtask serve | test | build | check | e2e | fuzz | bench`.
//!
//! One file a command. What they share: [`tools`] (what is needed and in which version), [`shell`]
//! (running programs), [`tally`] (counting what passed) and [`workspace`] (where things are).

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks through them"
)]

mod bench;
mod browsers;
mod build;
mod check;
mod dependencies;
mod e2e;
mod fingerprint;
mod fuzz;
mod imports;
mod integrity;
mod lab;
mod lean;
mod names;
mod serve;
mod shell;
mod split;
mod styles;
mod system;
mod tally;
mod test;
mod tools;
mod trust;
mod weight;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Tincan's own commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build everything that changed and run the server, at http://localhost:8080 by default.
    Serve {
        /// Options for the server; `cargo xtask serve -- --help` lists them.
        #[arg(last = true)]
        server: Vec<String>,
    },
    /// Run everything that must pass; the last line counts it.
    Test,
    /// Build page and server in release, into target/release/tincan.
    Build,
    /// Run the fast part of the tests: format, lints, types and native tests.
    Check,
    /// Run the tests in real browsers.
    E2e {
        /// Only what matches: a file's name or part of a test's title; all if left out.
        filter: Option<String>,
        /// Options for Playwright, for example `--headed`.
        #[arg(last = true)]
        playwright: Vec<String>,
    },
    /// Try what reads strangers' bytes with ever new inputs.
    Fuzz {
        /// For how long, besides building and the round that is under way then.
        #[arg(default_value_t = 5)]
        minutes: u64,
    },
    /// Run a benchmark; without a name, list them.
    Bench {
        /// Which one.
        name: Option<String>,
        /// Options for it.
        #[arg(last = true)]
        options: Vec<String>,
    },
}

fn main() -> ExitCode {
    if split::stands_in() {
        return split::run().unwrap_or_else(|error| {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        });
    }
    let outcome = match Cli::parse().command {
        Command::Serve { server } => serve::run(&server),
        Command::Test => test::run(),
        Command::Build => build::run(),
        Command::Check => check::run(),
        Command::E2e { filter, playwright } => e2e::run(filter.as_deref(), &playwright),
        Command::Fuzz { minutes } => fuzz::run(minutes).map(|()| ExitCode::SUCCESS),
        Command::Bench { name, options } => bench::run(name.as_deref(), &options),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("\n{error:#}");
        ExitCode::FAILURE
    })
}
