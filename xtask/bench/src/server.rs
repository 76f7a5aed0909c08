//! A process under test: started on its core, asked what it uses, ended when dropped.

use std::ffi::OsStr;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, kill_process};

use crate::machine::{self, LOAD_CORE, SERVER_CORE};

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(15);

/// How long a server may take to end by itself when asked.
const END: Duration = Duration::from_secs(2);

/// A running server.
pub(crate) struct Server {
    name: String,
    child: Child,
    /// Where it keeps its files.
    folder: Option<Folder>,
}

impl Server {
    /// Starts `program` on the server's core and waits until `is_ready`.
    ///
    /// # Errors
    /// When it cannot be started, ends, or is not ready in time.
    pub(crate) fn start<S: AsRef<OsStr>>(
        name: &str,
        program: &Path,
        arguments: impl IntoIterator<Item = S>,
        is_ready: impl Fn() -> bool,
    ) -> Result<Self> {
        let mut command = bounded(program);
        command
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // A process starts with the affinity of the thread that starts it.
        machine::pin(SERVER_CORE)?;
        let child = command.spawn();
        machine::pin(LOAD_CORE)?;
        let child = child.with_context(|| format!("{name} could not be started"))?;
        let mut server = Self {
            name: name.to_owned(),
            child,
            folder: None,
        };
        server.wait_until(is_ready)?;
        Ok(server)
    }

    fn wait_until(&mut self, is_ready: impl Fn() -> bool) -> Result<()> {
        let start = Instant::now();
        while !is_ready() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at once ({status})", self.name);
            }
            if start.elapsed() > START {
                bail!("{} did not answer within {} s", self.name, START.as_secs());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// Keeps the server's files for as long as it runs.
    pub(crate) fn keep(&mut self, folder: Folder) {
        self.folder = Some(folder);
    }

    /// What to call it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Time on the processor so far, in user space and in the kernel on its behalf.
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn cpu(&self) -> Result<Duration> {
        cpu_of(&self.child.id().to_string()).with_context(|| format!("{} is gone", self.name))
    }

    /// Memory it has in use, in bytes (RSS).
    ///
    /// # Errors
    /// When it is gone.
    pub(crate) fn resident(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status =
            std::fs::read_to_string(path).with_context(|| format!("{} is gone", self.name))?;
        let kilobytes = status
            .lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse::<u64>().ok());
        Ok(kilobytes.with_context(|| format!("{} is gone", self.name))? * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already; then there is nobody to tell.
        let _ = kill_process(Pid::from_child(&self.child), Signal::TERM);
        let start = Instant::now();
        while start.elapsed() < END {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A folder for a server's files, removed with them in the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes it.
    ///
    /// # Errors
    /// When there is no place for it.
    pub(crate) fn new() -> Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("tincan-bench-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)
            .with_context(|| format!("{} cannot be made", path.display()))?;
        Ok(Self(path))
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What stays behind is small, and the system clears such places.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A port of the loopback that is free for UDP and for TCP.
///
/// # Errors
/// When there is none.
pub(crate) fn free_address() -> Result<SocketAddrV4> {
    for _ in 0..100 {
        let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let SocketAddr::V4(address) = tcp.local_addr()? else {
            continue;
        };
        if UdpSocket::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port is free")
}

/// Time on the processor that this program has taken.
///
/// # Errors
/// When /proc cannot be read.
pub(crate) fn own_cpu() -> Result<Duration> {
    cpu_of("self")
}

fn cpu_of(process: &str) -> Result<Duration> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"))?;
    let ticks = cpu_ticks(&stat).context("/proc tells no times")?;
    Ok(machine::tick() * ticks)
}

/// User and system time of a process's stat line, fields 14 and 15 (proc_pid_stat(5)). The name
/// in field 2 may itself hold spaces and brackets.
fn cpu_ticks(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// `program`, so that it ends with us even when we are killed (setpriv of util-linux replaces
/// itself with the program, which keeps the process id).
fn bounded(program: &Path) -> Command {
    let setpriv = Path::new("/usr/bin/setpriv");
    if !setpriv.exists() {
        return Command::new(program);
    }
    let mut command = Command::new(setpriv);
    command.args(["--pdeathsig", "KILL", "--"]).arg(program);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_brackets_does_not_shift_the_times() {
        let stat = "42 (a ) b) S 1 42 42 0 -1 4194560 100 0 0 0 7 5 0 0 20 0 1 0 100 0 0";
        assert_eq!(cpu_ticks(stat), Some(12));
    }

    #[test]
    fn a_server_that_ends_at_once_is_an_error() {
        let error = Server::start("true", Path::new("/bin/true"), [""; 0], || false);
        assert!(error.is_err());
    }

    #[test]
    fn a_server_is_measured_and_ended() {
        let server = Server::start("sleep", Path::new("/bin/sleep"), ["60"], || true).unwrap();
        let id = server.child.id();
        assert!(server.resident().unwrap() > 0);
        drop(server);
        assert!(!Path::new(&format!("/proc/{id}")).exists());
    }
}
