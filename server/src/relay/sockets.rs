//! Binding the sockets of the relay.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Context as _;
use socket2::{Domain, Protocol, Socket, Type};
use turn::NextPort;
use turn::attribute::Family;
use turn::ports::Ports;

/// Bytes a socket may hold in either direction. The kernel's own default (208 KiB) loses packets
/// in bursts; less is given where the system's limit is lower (`net.core.rmem_max`).
pub(crate) const BUFFER: usize = 4 * 1024 * 1024;

/// How many sockets can share one port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Sharing {
    Alone,
    #[cfg(target_os = "linux")]
    Shared,
}

/// Binds `count` sockets to `address`, among which the kernel divides the clients, each always to
/// the same one. With port 0 all get the one the system chose.
#[cfg(target_os = "linux")]
pub(super) fn bind_shared(address: SocketAddr, count: usize) -> anyhow::Result<Vec<UdpSocket>> {
    let context = || format!("cannot listen on UDP {address}");
    // Sharing is asked for only among ourselves: a port that somebody else listens on is taken,
    // even if they would share it.
    let probe = bind(address, Sharing::Alone).with_context(context)?;
    let address = probe.local_addr().with_context(context)?;
    drop(probe);
    (0..count.max(1))
        .map(|_| bind(address, Sharing::Shared).with_context(context))
        .collect()
}

/// Binds one socket to `address`; only on Linux does the kernel keep clients apart as needed.
#[cfg(not(target_os = "linux"))]
pub(super) fn bind_shared(address: SocketAddr, _count: usize) -> anyhow::Result<Vec<UdpSocket>> {
    let socket = bind(address, Sharing::Alone);
    Ok(vec![socket.with_context(|| {
        format!("cannot listen on UDP {address}")
    })?])
}

/// Sockets bound before their time, so that nobody else on the machine takes their port.
#[derive(Debug, Default)]
pub(super) struct Kept {
    /// Touched when a relayed address is opened, never by a packet.
    sockets: Mutex<HashMap<SocketAddr, UdpSocket>>,
}

impl Kept {
    /// The socket of a relayed address: the one kept for it, or a new one; and the next port's
    /// besides, where that is wanted.
    pub(super) fn open(&self, address: SocketAddr, next: NextPort) -> io::Result<UdpSocket> {
        // Nothing is bound under the lock, which all threads share.
        let kept = self.lock().remove(&address);
        let socket = kept.map_or_else(|| bind_relay(address), Ok)?;
        if next == NextPort::Keep {
            let mut address = address;
            address.set_port(address.port() + 1);
            let socket = bind_relay(address)?;
            self.lock().insert(address, socket);
        }
        Ok(socket)
    }

    /// Lets go of those nobody came for.
    pub(super) fn expire(&self, ports: &Ports) {
        self.lock()
            .retain(|address, _| ports.is_used(Family::of(address.ip()), address.port()));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<SocketAddr, UdpSocket>> {
        self.sockets.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Binds the socket of a relayed address.
fn bind_relay(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = open(address)?;
    if address.is_ipv6() {
        // IPv4 has relayed addresses of its own.
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn bind(address: SocketAddr, sharing: Sharing) -> io::Result<UdpSocket> {
    let socket = open(address)?;
    if address.is_ipv6() {
        socket.set_only_v6(false)?;
    }
    match sharing {
        Sharing::Alone => {}
        #[cfg(target_os = "linux")]
        Sharing::Shared => socket.set_reuse_port(true)?,
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// How many bytes of packets a socket of the relay may hold here; `None` where none can be had.
pub(crate) fn buffer() -> Option<usize> {
    let socket = open((Ipv4Addr::UNSPECIFIED, 0).into()).ok()?;
    let size = socket.recv_buffer_size().ok()?;
    // Linux counts what it needs itself as well, and tells twice what was asked for (socket(7)).
    Some(if cfg!(target_os = "linux") {
        size / 2
    } else {
        size
    })
}

fn open(address: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(address);
    let socket = open_nonblocking(domain)?;
    // A smaller buffer is no reason not to run.
    let _ = socket.set_recv_buffer_size(BUFFER);
    let _ = socket.set_send_buffer_size(BUFFER);
    Ok(socket)
}

/// Where the system can, with one call instead of three.
#[cfg(target_os = "linux")]
fn open_nonblocking(domain: Domain) -> io::Result<Socket> {
    Socket::new(domain, Type::DGRAM.nonblocking(), Some(Protocol::UDP))
}

#[cfg(not(target_os = "linux"))]
fn open_nonblocking(domain: Domain) -> io::Result<Socket> {
    let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// This machine's address towards `remote`, found by asking the routing table: connecting a UDP
/// socket sends nothing.
pub(super) fn local_address_towards(remote: SocketAddr) -> Option<IpAddr> {
    let any: SocketAddr = match remote {
        SocketAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        SocketAddr::V6(_) => ([0; 8], 0).into(),
    };
    let socket = UdpSocket::bind(any).ok()?;
    socket.connect(remote).ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_unspecified()).then_some(ip)
}
