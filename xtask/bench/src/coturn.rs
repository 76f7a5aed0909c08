//! coturn, the TURN server most people run, set up as for the benchmarks: loopback, one core.

use std::net::SocketAddrV4;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::server::{Folder, Server};
use crate::stun;

/// Where it is installed by Debian and its kin, or by hand.
const PLACES: [&str; 3] = [
    "/usr/bin/turnserver",
    "/usr/sbin/turnserver",
    "/usr/local/bin/turnserver",
];

/// Where it is, if it is installed.
pub(crate) fn find() -> Option<PathBuf> {
    PLACES.iter().map(PathBuf::from).find(|path| path.is_file())
}

/// Its version, as it says it itself.
pub(crate) fn version(program: &Path) -> String {
    let output = Command::new(program).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_else(|_| "unknown".to_owned())
}

/// Starts coturn.
///
/// # Errors
/// When it cannot be started or does not answer.
pub(crate) fn start(
    program: &Path,
    listen: SocketAddrV4,
    secret: &str,
    relay_ports: (u16, u16),
) -> Result<Server> {
    let folder = Folder::new()?;
    let file = folder.path().join("turnserver.conf");
    let configuration = configuration(listen, secret, relay_ports, folder.path());
    std::fs::write(&file, configuration)
        .with_context(|| format!("{} cannot be written", file.display()))?;
    let arguments = ["-c".into(), file.into_os_string()];
    let mut server = Server::start("coturn", program, arguments, || stun::answers(listen))?;
    server.keep(folder);
    Ok(server)
}

/// Everything that costs time without need is off. The number of relay threads is left to coturn,
/// as where it is installed: one for each core of the machine, though all share one core here.
fn configuration(
    listen: SocketAddrV4,
    secret: &str,
    (low, high): (u16, u16),
    folder: &Path,
) -> String {
    let (ip, port) = (listen.ip(), listen.port());
    let folder = folder.display();
    format!(
        "listening-ip={ip}\nrelay-ip={ip}\nlistening-port={port}\n\
         min-port={low}\nmax-port={high}\n\
         realm=bench\nuse-auth-secret\nstatic-auth-secret={secret}\n\
         allow-loopback-peers\nno-cli\nno-tls\nno-dtls\nno-rfc5780\nno-software-attribute\n\
         userdb={folder}/turndb\npidfile={folder}/pid\nlog-file={folder}/log\nsimple-log\n"
    )
}
