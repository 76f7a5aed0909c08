//! STUN and TURN on real sockets: drives the pure machine of the crate `turn`.
//!
//! UDP is served by threads of its own (`plane`); TCP and TLS streams arrive from the listener,
//! which has told them apart from HTTP by their first byte, and each has its own task (`stream`).
//! What they share stands in `Core`; none of it is locked by a packet.

#[cfg(target_os = "linux")]
mod batch;
mod clock;
mod fragment;
mod meters;
#[cfg(target_os = "linux")]
mod plane;
#[cfg(not(target_os = "linux"))]
#[path = "relay/portable.rs"]
mod plane;
pub(crate) mod sockets;
mod strangers;
mod stream;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;

use anyhow::Context as _;
use chacha20::ChaCha20Rng;
use chacha20::rand_core::SeedableRng as _;
use protocol::{ParticipantId, RoomName};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;
use turn::auth::Authority;
use turn::policy::Policy;
use turn::ports::Ports;
use turn::quota::{Limits, Quotas};
use turn::server::TurnService;
use turn::{RelayFailure, Shared};

use self::clock::Clock;
pub(crate) use self::clock::unix_seconds;
use self::plane::{Bell, Order, Plane};
use self::sockets::Kept;
use crate::config::{Config, Turn};
use crate::credentials::{Credentials, TTL_SECONDS};
use crate::ice::Access;

/// Revocations a stream may be behind before it misses one; it then looks whether it was its own.
const REVOCATIONS: usize = 256;

/// Addresses of documentation (RFC 5737, RFC 3849): no packet goes there, but the routing table
/// tells which of our addresses it would leave from.
const OUTSIDE: [&str; 2] = ["192.0.2.1:9", "[2001:db8::1]:9"];

/// The bound STUN and TURN sockets, not yet served.
#[derive(Debug)]
pub struct Relay {
    addresses: Vec<SocketAddr>,
    planes: Vec<Plane>,
    core: Arc<Core>,
}

/// What threads and streams share.
#[derive(Debug)]
struct Core {
    shared: Arc<Shared>,
    kept: Arc<Kept>,
    /// Absent where only STUN is served.
    credentials: Option<Credentials>,
    clock: Clock,
    bells: Vec<Arc<Bell>>,
    /// Ids of participants whose allocations are to end, for the streams.
    revoked: broadcast::Sender<String>,
    strangers: strangers::Strangers,
    stop: CancellationToken,
}

impl Relay {
    /// Binds UDP sockets to each of `udp`, one for each thread that will serve them.
    ///
    /// # Errors
    /// When an address cannot be bound; the error says which.
    pub fn bind(config: &Config, udp: Vec<SocketAddr>) -> anyhow::Result<Self> {
        let threads = thread::available_parallelism().map_or(1, usize::from);
        let mut sockets: Vec<Vec<std::net::UdpSocket>> = (0..threads).map(|_| Vec::new()).collect();
        let mut addresses = Vec::new();
        for address in udp {
            let bound = sockets::bind_shared(address, threads)?;
            let first = bound.first().context("no socket was bound")?;
            addresses.push(first.local_addr().context("a UDP socket is gone")?);
            for (share, socket) in sockets.iter_mut().zip(bound) {
                share.push(socket);
            }
        }
        let secret = match &config.turn_secret {
            Some(secret) => secret.0.clone().into_bytes(),
            None => random_bytes()?.to_vec(),
        };
        let shared = Arc::new(shared(config, &secret, &addresses)?);
        let clock = Clock::start();
        let kept = Arc::new(Kept::default());
        let mut planes = Vec::new();
        let mut bells = Vec::new();
        for share in sockets.into_iter().filter(|share| !share.is_empty()) {
            let (plane, bell) = Plane::new(Arc::clone(&shared), Arc::clone(&kept), clock, share)?;
            planes.push(plane);
            bells.push(bell);
        }
        let credentials = match config.turn {
            Turn::On => Some(Credentials::new(secret)),
            Turn::Off => None,
        };
        let core = Arc::new(Core {
            shared,
            kept,
            credentials,
            clock,
            bells,
            revoked: broadcast::Sender::new(REVOCATIONS),
            strangers: strangers::Strangers::default(),
            stop: CancellationToken::new(),
        });
        Ok(Self {
            addresses,
            planes,
            core,
        })
    }

    /// The addresses in use, with the port the system chose where 0 was asked for.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// What gives out credentials, and what the TCP listener hands its STUN streams to.
    #[must_use]
    pub fn handle(&self) -> RelayHandle {
        RelayHandle {
            core: Arc::clone(&self.core),
        }
    }

    /// Serves until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut threads = Vec::new();
        for (index, plane) in self.planes.into_iter().enumerate() {
            let name = format!("relay-{index}");
            match thread::Builder::new().name(name).spawn(move || plane.run()) {
                Ok(thread) => threads.push(thread),
                Err(error) => tracing::error!(%error, "a thread of the relay could not be started"),
            }
        }
        shutdown.cancelled().await;
        self.core.stop.cancel();
        for bell in &self.core.bells {
            bell.ring(Order::Stop);
        }
        // They stop within one turn, which is a fraction of a millisecond.
        let joined = tokio::task::spawn_blocking(move || {
            threads
                .into_iter()
                .filter_map(|thread| thread.join().err())
                .count()
        });
        if joined.await.is_ok_and(|panicked| panicked > 0) {
            tracing::error!("a thread of the relay had panicked");
        }
    }
}

/// Serves streams and gives out credentials on behalf of a [`Relay`].
#[derive(Debug, Clone)]
pub struct RelayHandle {
    core: Arc<Core>,
}

impl RelayHandle {
    /// Serves STUN and TURN on one stream from `peer` to `local` until either side closes it.
    pub async fn serve_stream<S>(&self, stream: S, peer: SocketAddr, local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        stream::serve(Arc::clone(&self.core), stream, peer, local).await;
    }

    /// Credentials for a participant, or `None` where nothing is relayed. May be asked again, for
    /// fresh ones.
    #[must_use]
    pub fn access(&self, room: &RoomName, participant: &ParticipantId) -> Option<Access> {
        let credentials = self.core.credentials.as_ref()?;
        let (access, _) = credentials.issue(room, participant, unix_seconds());
        Some(access)
    }

    /// Takes back a participant's credentials and ends their allocations. Nobody keeps a list of who
    /// was given some: allocations outlive the credentials they were made with, so whoever leaves may
    /// have one, however long ago that was.
    pub fn revoke(&self, room: &RoomName, participant: &ParticipantId) {
        let Some(credentials) = &self.core.credentials else {
            return;
        };
        let id = credentials.id(room, participant);
        let now = self.core.clock.now();
        // The latest that any of theirs can expire.
        let expires = now.unix_seconds + u64::from(TTL_SECONDS);
        self.core.shared.authority.revoke(&id, expires, now);
        for bell in &self.core.bells {
            bell.ring(Order::Revoke(id.clone()));
        }
        // Without streams nobody listens, which is fine.
        let _ = self.core.revoked.send(id);
    }
}

/// What all machines share, as the configuration has it.
fn shared(config: &Config, secret: &[u8], listening: &[SocketAddr]) -> anyhow::Result<Shared> {
    let [local_v4, local_v6] = OUTSIDE.map(|outside| {
        let outside = outside.parse().expect("the constant is an address");
        sockets::local_address_towards(outside)
    });
    let mut own: Vec<IpAddr> = config.external_ips.iter().collect();
    own.extend(local_v4);
    own.extend(local_v6);
    match if_addrs::get_if_addrs() {
        Ok(interfaces) => own.extend(interfaces.iter().map(if_addrs::Interface::ip)),
        Err(error) => tracing::warn!(%error, "this machine's addresses cannot be listed"),
    }
    own.sort_unstable();
    own.dedup();
    let ports = listening.iter().map(SocketAddr::port).collect();
    Ok(Shared {
        authority: Authority::new(secret, &random_bytes()?),
        policy: Policy::new(config.relay_allow.clone(), own, ports)
            .with_proxies(config.trusted_proxies.clone()),
        ports: Ports::new(config.relay_ports.clone()),
        quotas: Quotas::new(Limits::default().with_bytes_in_all(config.relay_bytes)),
        turn: match config.turn {
            Turn::On => TurnService::On,
            Turn::Off => TurnService::Off,
        },
        dont_fragment: fragment::DONT_FRAGMENT,
        external_v4: config.external_ips.v4,
        external_v6: config.external_ips.v6,
        local_v4: local_v4.and_then(|ip| match ip {
            IpAddr::V4(ip) => Some(ip),
            IpAddr::V6(_) => None,
        }),
        local_v6: local_v6.and_then(|ip| match ip {
            IpAddr::V6(ip) => Some(ip),
            IpAddr::V4(_) => None,
        }),
    })
}

/// Whether another port is worth a try when a relay's socket could not be bound.
fn failure_of(error: &std::io::Error) -> RelayFailure {
    if error.kind() == std::io::ErrorKind::AddrInUse {
        RelayFailure::PortTaken
    } else {
        RelayFailure::Impossible
    }
}

/// A generator seeded by the system.
fn random() -> anyhow::Result<ChaCha20Rng> {
    Ok(ChaCha20Rng::from_seed(random_bytes()?))
}

fn random_bytes() -> anyhow::Result<[u8; 32]> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).context("the system gives no randomness")?;
    Ok(bytes)
}
