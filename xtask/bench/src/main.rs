//! Load generators, floors and peers: what `cargo xtask bench` runs.
//!
//! One module a benchmark ([`stun`], [`turn`], [`signaling`], [`door`]), each with a closed or open loop of
//! load and the least program that could do the job (its floor). What they share: [`machine`]
//! (cores, limits, how quiet it is), [`server`] (a process under test and what it uses), [`batch`]
//! (many datagrams a system call), [`figures`] (medians and percentiles) and [`report`] (tables,
//! and goals reached or not).
//!
//! The server under test runs on one core and this program on another, over the loopback.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line program speaks through them"
)]

#[cfg(target_os = "linux")]
mod batch;
#[cfg(target_os = "linux")]
mod command;
#[cfg(target_os = "linux")]
mod coturn;
#[cfg(target_os = "linux")]
mod door;
#[cfg(target_os = "linux")]
mod figures;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(target_os = "linux")]
mod report;
#[cfg(target_os = "linux")]
mod server;
#[cfg(target_os = "linux")]
mod signaling;
#[cfg(target_os = "linux")]
mod stun;
#[cfg(target_os = "linux")]
mod turn;

#[cfg(target_os = "linux")]
fn main() -> std::process::ExitCode {
    command::main()
}

#[cfg(not(target_os = "linux"))]
fn main() -> std::process::ExitCode {
    eprintln!("The benchmarks measure with what only Linux has; run them there.");
    std::process::ExitCode::FAILURE
}
