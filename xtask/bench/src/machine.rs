//! The machine that is measured on: cores, limits, and whether somebody else keeps it busy.

use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use rustix::thread::{CpuSet, sched_setaffinity};

/// Where the server under test runs.
pub(crate) const SERVER_CORE: usize = 0;

/// Where the load comes from.
pub(crate) const LOAD_CORE: usize = 1;

/// Keeps this thread, and what it starts from now on, on one core.
///
/// # Errors
/// When the machine has no such core for us.
pub(crate) fn pin(core: usize) -> Result<()> {
    let mut set = CpuSet::new();
    set.set(core);
    sched_setaffinity(None, &set).with_context(|| {
        format!(
            "core {core} cannot be had: two cores are needed, one for the server, one for the load"
        )
    })
}

/// Puts this program, and what it starts from now on, before everything else on the machine: real
/// time, first in first out (sched(7)). The kernel leaves the others a twentieth of the time.
///
/// # Errors
/// When the system does not let us, as it lets only root.
pub(crate) fn go_first() -> Result<()> {
    let status = Command::new("chrt")
        .args(["--fifo", "--all-tasks", "--pid", "1"])
        .arg(std::process::id().to_string())
        .status()
        .context("chrt of util-linux is missing; leave out --first")?;
    if !status.success() {
        bail!("only root may go before others; leave out --first");
    }
    Ok(())
}

/// Makes room for `files` open files in this process and in those it starts.
///
/// # Errors
/// When the system does not allow so many; the message says what to do.
pub(crate) fn raise_file_limit(files: u64) -> Result<()> {
    let now = getrlimit(Resource::Nofile);
    // No limit is written as none.
    if now.current.is_none_or(|soft| soft >= files) {
        return Ok(());
    }
    let wanted = Rlimit {
        current: Some(files),
        maximum: now.maximum.map(|hard| hard.max(files)),
    };
    if setrlimit(Resource::Nofile, wanted).is_err() {
        let hard = now.maximum.unwrap_or(files);
        bail!(
            "{files} open files are needed and {hard} are allowed: raise the limit \
             (ulimit -Hn {files} as root, or LimitNOFILE) or run a smaller benchmark with --quick"
        );
    }
    Ok(())
}

/// How long a tick of /proc is.
pub(crate) fn tick() -> Duration {
    let per_second = rustix::param::clock_ticks_per_second();
    Duration::from_secs(1) / u32::try_from(per_second).unwrap_or(100)
}

/// Measures how much of the two cores went to neither the server nor the load.
pub(crate) struct Quiet {
    start: Instant,
    busy: Duration,
}

impl Quiet {
    /// Begins to listen.
    pub(crate) fn new() -> Self {
        Self {
            start: Instant::now(),
            busy: busy(),
        }
    }

    /// The share of the two cores, from 0 to 1, that others took since the start. `ours` is the
    /// time that server and load took.
    pub(crate) fn disturbance(&self, ours: Duration) -> f64 {
        let all = self.start.elapsed().as_secs_f64() * 2.0;
        let others = busy().saturating_sub(self.busy).saturating_sub(ours);
        others.as_secs_f64() / all
    }
}

/// Time that the two cores were busy since the machine started; zero when it cannot be read,
/// which shows as no disturbance.
fn busy() -> Duration {
    let Ok(stat) = std::fs::read_to_string("/proc/stat") else {
        return Duration::ZERO;
    };
    let ticks: u32 = [SERVER_CORE, LOAD_CORE]
        .into_iter()
        .filter_map(|core| {
            let name = format!("cpu{core} ");
            stat.lines().find_map(|line| line.strip_prefix(&name))
        })
        .map(busy_ticks)
        .sum();
    tick() * ticks
}

/// Of a line of /proc/stat: everything but idle and waiting for a disk (proc_stat(5)).
fn busy_ticks(line: &str) -> u32 {
    let fields = line
        .split_whitespace()
        .map(|field| field.parse::<u32>().unwrap_or(0));
    fields
        .enumerate()
        .filter(|(at, _)| *at < 8 && *at != 3 && *at != 4)
        .map(|(_, ticks)| ticks)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_and_waiting_are_not_busy() {
        assert_eq!(busy_ticks(" 1 2 3 1000 2000 4 5 6 0 0"), 21);
    }

    #[test]
    fn an_endless_loop_of_ours_is_no_disturbance() {
        let quiet = Quiet::new();
        assert!(quiet.disturbance(Duration::from_secs(60)) < 0.001);
    }
}
