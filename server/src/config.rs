//! What the server is told when it starts: flags, environment, an optional TOML file, defaults,
//! in this order of precedence.
//!
//! [`Settings`] is what was written, [`Config`] what it means once checked. Everything that is
//! wrong is refused here, with one sentence a person can act on.

mod check;
mod settings;
mod tls;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use protocol::IceServer;

pub use self::check::Refused;
pub use self::settings::Settings;
use crate::address::Loopback;
use crate::rates::Rate;
use crate::tls::Trust;

/// The port of `--listen` unless another is asked for.
pub const DEFAULT_PORT: u16 = 8080;

/// Everything the server needs to know, checked.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where HTTP, WebSocket, STUN and TURN are spoken.
    pub listen: Listen,
    /// A further address for STUN and TURN alone.
    pub stun_listen: Option<SocketAddr>,
    /// A further TCP address where plain HTTP is sent to HTTPS.
    pub redirect_listen: Option<SocketAddr>,
    /// How the world sees this machine, where that is not how it sees itself.
    pub external_ips: ExternalIps,
    /// UDP ports for relayed traffic.
    pub relay_ports: RangeInclusive<u16>,
    /// Whether traffic is relayed.
    pub turn: Turn,
    /// Signs TURN credentials; random at every start when absent.
    pub turn_secret: Option<Secret>,
    /// Further STUN and TURN servers to hand out.
    pub ice_servers: Vec<IceServer>,
    /// Bytes one participant may send and receive through the relay; 0 is no limit.
    pub relay_bytes: u64,
    /// Private peer addresses that may be relayed to.
    pub relay_allow: Vec<IpNet>,
    /// Reverse proxies whose word on where somebody comes from is taken.
    pub trusted_proxies: Vec<IpNet>,
    /// Pages that may show ours in a frame, as Content-Security-Policy writes them.
    pub frame_ancestors: Vec<String>,
    /// Where the certificate comes from.
    pub tls: Tls,
    /// How log lines are written.
    pub log: LogFormat,
    /// Whether they say where visitors come from.
    pub log_addresses: LogAddresses,
    /// How much of everything there may be.
    pub limits: Limits,
    /// A folder to take the page from instead of the one built in.
    pub page: Option<PathBuf>,
}

/// Where to listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listen {
    /// Everywhere, over IPv6 and IPv4; over IPv4 alone where there is no IPv6.
    Everywhere(u16),
    /// Exactly there.
    At(SocketAddr),
}

/// Addresses to advertise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExternalIps {
    /// For IPv4.
    pub v4: Option<Ipv4Addr>,
    /// For IPv6.
    pub v6: Option<Ipv6Addr>,
}

impl ExternalIps {
    /// Those given, IPv4 first.
    pub fn iter(self) -> impl Iterator<Item = IpAddr> {
        let v4 = self.v4.map(IpAddr::V4);
        v4.into_iter().chain(self.v6.map(IpAddr::V6))
    }
}

/// Whether traffic is relayed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// STUN and TURN.
    On,
    /// STUN only.
    Off,
}

/// Where the certificate comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tls {
    /// From nowhere: plain HTTP, for the machine itself or behind a reverse proxy.
    Off,
    /// From PEM files, which are read again when they change.
    Files {
        /// The chain, the server's own certificate first.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
    /// Made by the server itself.
    SelfSigned {
        /// The file that keeps it and its key, so that people say yes to it once; `None` where
        /// there is no folder for such things.
        keep: Option<PathBuf>,
    },
    /// From an authority, by itself.
    Acme(Acme),
}

/// How to get a certificate from an authority (RFC 8555).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acme {
    /// The name it is for.
    pub domain: String,
    /// Where the authority says what it can do.
    pub directory: String,
    /// The folder that keeps keys and certificates.
    pub cache: PathBuf,
    /// Who vouches for the authority, where that is nobody everybody knows.
    pub ca: Option<PathBuf>,
}

impl Tls {
    /// How browsers take the certificate; `None` where there is none.
    #[must_use]
    pub fn trust(&self) -> Option<Trust> {
        match self {
            Self::Off => None,
            Self::SelfSigned { .. } => Some(Trust::OnSight),
            Self::Files { .. } | Self::Acme(_) => Some(Trust::Expected),
        }
    }
}

/// A text that logs must not show; `Debug` does not print it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

/// Whether the log says where visitors come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogAddresses {
    /// Nowhere.
    Off,
    /// In the line at the end of each socket.
    On,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for programs.
    Json,
}

/// How much of everything there may be. All but the first are the constants of [`protocol`],
/// which tests make smaller.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Participants in the call of one room.
    pub max_participants: u32,
    /// [`protocol::MAX_LOBBY`].
    pub max_lobby: usize,
    /// [`protocol::ROOMS_PER_ADDRESS`].
    pub rooms_per_address: usize,
    /// [`protocol::SOCKETS_PER_ADDRESS`].
    pub sockets_per_address: usize,
    /// [`protocol::MAX_SOCKETS`].
    pub sockets: usize,
    /// [`protocol::MAX_ROOMS`].
    pub rooms: usize,
    /// [`protocol::ENTERS_PER_MINUTE`] of one address.
    pub enters: Rate,
    /// [`protocol::KNOCKS_PER_MINUTE`] of one address.
    pub knocks: Rate,
    /// [`protocol::ADDRESS_MESSAGES_PER_SECOND`].
    pub address_messages: Rate,
    /// [`protocol::ADDRESS_BYTES_PER_SECOND`].
    pub address_bytes: Rate,
    /// Whether what holds for each address holds for the machine itself.
    pub loopback: Loopback,
    /// [`protocol::GRACE_MILLIS`].
    pub grace: Duration,
    /// [`protocol::HEARTBEAT_MILLIS`]: who says nothing for this long is asked whether they hear.
    pub heartbeat: Duration,
    /// [`protocol::IDLE_MILLIS`].
    pub idle: Duration,
    /// How long a socket may take to `enter` or `resume`.
    pub enter: Duration,
    /// [`protocol::MAX_OUTBOX_BYTES`].
    pub outbox_bytes: usize,
    /// Bytes of messages kept for one participant that were written to their socket and not yet
    /// acknowledged.
    pub history_bytes: usize,
    /// TCP connections that are not (yet) a WebSocket.
    pub connections: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_participants: protocol::DEFAULT_MAX_PARTICIPANTS as u32,
            max_lobby: protocol::MAX_LOBBY,
            rooms_per_address: protocol::ROOMS_PER_ADDRESS,
            sockets_per_address: protocol::SOCKETS_PER_ADDRESS,
            sockets: protocol::MAX_SOCKETS,
            rooms: protocol::MAX_ROOMS,
            enters: Rate::per_minute(protocol::ENTERS_PER_MINUTE, protocol::ENTERS_BURST),
            knocks: Rate::per_minute(protocol::KNOCKS_PER_MINUTE, protocol::KNOCKS_BURST),
            address_messages: Rate::per_second(
                protocol::ADDRESS_MESSAGES_PER_SECOND,
                protocol::ADDRESS_MESSAGES_BURST,
            ),
            address_bytes: Rate::per_second(
                protocol::ADDRESS_BYTES_PER_SECOND,
                protocol::ADDRESS_BYTES_BURST,
            ),
            loopback: Loopback::Uncounted,
            grace: Duration::from_millis(protocol::GRACE_MILLIS),
            heartbeat: Duration::from_millis(protocol::HEARTBEAT_MILLIS),
            idle: Duration::from_millis(protocol::IDLE_MILLIS),
            // A page says `enter` as soon as its socket is open.
            enter: Duration::from_secs(10),
            outbox_bytes: protocol::MAX_OUTBOX_BYTES,
            // A room of eight that renegotiates everything at once is about 100 KiB a head.
            history_bytes: 256 * 1024,
            connections: 4096,
        }
    }
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: Listen::Everywhere(DEFAULT_PORT),
            stun_listen: None,
            redirect_listen: None,
            external_ips: ExternalIps::default(),
            relay_ports: 49152..=65535,
            turn: Turn::On,
            turn_secret: None,
            ice_servers: Vec::new(),
            relay_bytes: turn::quota::DEFAULT_BYTES_IN_ALL,
            relay_allow: Vec::new(),
            trusted_proxies: Vec::new(),
            frame_ancestors: Vec::new(),
            tls: Tls::Off,
            log: LogFormat::Text,
            log_addresses: LogAddresses::Off,
            limits: Limits::default(),
            page: None,
        }
    }
}
