//! TCP on the server's one port: takes connections and tells them apart by their first byte, and
//! again inside TLS.
//!
//! Not here: what HTTP answers (`web`), what STUN and TURN answer (`relay`), certificates (`tls`).

mod linger;
mod places;

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::Context as _;
use axum::Router;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use metrics::counter;
use socket2::{Domain, Protocol, Socket, Type};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use self::linger::Lingering;
use self::places::Place;
pub use self::places::Places;
use crate::config::Listen;
use crate::relay::RelayHandle;
use crate::tls::{self, Door, NoStream};

/// How long a connection may take to say its first byte, inside TLS if it speaks TLS, and then a
/// whole request head. Slower ones only hold a place.
const PATIENCE: Duration = Duration::from_secs(10);

/// First bytes of STUN: the first two bits of a message are zero (RFC 8489, section 5), and the
/// methods in use leave 0 to 3. ChannelData (64 to 79) never comes first, and 71 is the G of GET.
const FIRST_STUN: u8 = 0;
const LAST_STUN: u8 = 3;

/// First byte of TLS: a handshake record (RFC 8446, section 5.1).
const TLS_HANDSHAKE: u8 = 22;

/// Largest request head, in bytes. Ours are below one KiB; cookies of others on the same host may
/// come along.
const MAX_HEAD_BYTES: usize = 16 * 1024;

/// Connections the kernel holds until they are accepted.
const BACKLOG: i32 = 1024;

/// Pause after the kernel could not give a connection (most often: no file descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Listens where `listen` says.
///
/// # Errors
/// When that is not possible; the error says where and why.
pub fn bind(listen: Listen) -> anyhow::Result<TcpListener> {
    match listen {
        Listen::At(address) => bind_at(address),
        Listen::Everywhere(port) => {
            bind_at((Ipv6Addr::UNSPECIFIED, port).into()).or_else(|error| {
                let no_ipv6 = error
                    .downcast_ref::<io::Error>()
                    .is_some_and(|error| error.kind() != io::ErrorKind::AddrInUse);
                if no_ipv6 {
                    bind_at((Ipv4Addr::UNSPECIFIED, port).into())
                } else {
                    Err(error)
                }
            })
        }
    }
}

/// Listens at `address`; at an unspecified IPv6 address for IPv4 as well.
pub(crate) fn bind_at(address: SocketAddr) -> anyhow::Result<TcpListener> {
    let open = || -> io::Result<TcpListener> {
        let socket = Socket::new(
            Domain::for_address(address),
            Type::STREAM,
            Some(Protocol::TCP),
        )?;
        if address.is_ipv6() {
            socket.set_only_v6(false)?;
        }
        // So that a restarted server gets its port at once.
        socket.set_reuse_address(true)?;
        socket.set_nonblocking(true)?;
        socket.bind(&address.into())?;
        socket.listen(BACKLOG)?;
        TcpListener::from_std(socket.into())
    };
    open().with_context(|| format!("cannot listen on TCP {address}"))
}

/// What every connection needs.
#[derive(Debug, Clone)]
pub struct Reception {
    /// Answers HTTP.
    pub router: Router,
    /// Answers STUN and TURN.
    pub relay: RelayHandle,
    /// Takes handshakes, where TLS is spoken.
    pub tls: Option<Door>,
    /// One for each connection that is no WebSocket.
    pub places: Arc<Places>,
    /// Every connection's task.
    pub tasks: TaskTracker,
    /// Ends connections when they have answered what they were asked.
    pub shutdown: CancellationToken,
}

/// One accepted connection, given to HTTP handlers as a request extension.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Who is at the other end.
    pub peer: SocketAddr,
    /// At which of our addresses.
    pub local: SocketAddr,
    /// Whether others can read along.
    pub security: Security,
    place: Arc<Mutex<Option<Place>>>,
    /// Cancelled when the place went to somebody else.
    lost: CancellationToken,
}

/// Whether others can read along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// They can.
    Plain,
    /// They cannot.
    Tls,
}

impl Connection {
    /// The connection became a WebSocket, which has limits of its own: gives its place free.
    pub fn upgraded(&self) {
        self.place().take();
    }

    /// It said enough to be served, and keeps its place until it was.
    fn begin(&self) {
        self.place().iter().for_each(Place::begin);
    }

    /// Waits until its place went to somebody else.
    pub(crate) async fn displaced(&self) {
        self.lost.cancelled().await;
    }

    /// It keeps its place for as long as nobody else needs it.
    pub(crate) fn rest(&self) {
        self.place().iter().for_each(Place::rest);
    }

    fn place(&self) -> MutexGuard<'_, Option<Place>> {
        self.place.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Takes connections until the shutdown.
pub async fn accept(listener: TcpListener, reception: Reception) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = reception.shutdown.cancelled() => return,
        };
        match accepted {
            Ok((stream, peer)) => take(stream, peer, &reception),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

fn take(stream: TcpStream, peer: SocketAddr, reception: &Reception) {
    let Some(place) = reception.places.take() else {
        counter!("tincan_connections_refused_total").increment(1);
        return;
    };
    let (Ok(local), Ok(())) = (stream.local_addr(), stream.set_nodelay(true)) else {
        return;
    };
    let connection = Connection {
        peer,
        local,
        security: Security::Plain,
        lost: place.lost(),
        place: Arc::new(Mutex::new(Some(place))),
    };
    let reception = reception.clone();
    let tasks = reception.tasks.clone();
    tasks.spawn(serve(stream, connection, reception));
}

async fn serve(stream: TcpStream, connection: Connection, reception: Reception) {
    let deadline = Instant::now() + PATIENCE;
    let mut first = [0];
    let peeked = tokio::select! {
        peeked = tokio::time::timeout_at(deadline, stream.peek(&mut first)) => peeked,
        () = connection.lost.cancelled() => return,
        () = reception.shutdown.cancelled() => return,
    };
    let Ok(Ok(1)) = peeked else {
        return;
    };
    match (first, &reception.tls) {
        ([FIRST_STUN..=LAST_STUN], _) => {
            serve_relay(stream, &connection, &reception).await;
        }
        ([TLS_HANDSHAKE], Some(door)) => {
            let door = door.clone();
            // Its buffers are larger than what all others need.
            Box::pin(serve_tls(stream, connection, reception, door, deadline)).await;
        }
        _ => serve_http(Lingering::new(stream), connection, reception).await,
    }
}

/// Takes the handshake and tells apart what is inside, all before `deadline`. There is no TLS
/// inside TLS: it is no HTTP, and answered as that.
async fn serve_tls(
    stream: TcpStream,
    mut connection: Connection,
    reception: Reception,
    door: Door,
    deadline: Instant,
) {
    let shaken = tokio::select! {
        shaken = tokio::time::timeout_at(deadline, door.accept(Lingering::new(stream))) => shaken,
        () = connection.lost.cancelled() => return,
        () = reception.shutdown.cancelled() => return,
    };
    let mut stream = match shaken {
        Ok(Ok(stream)) => stream,
        Ok(Err(error)) => {
            tls::count(match error {
                NoStream::Challenge => "challenge",
                NoStream::Failed(_) => "failed",
            });
            tracing::debug!(%error, "a TLS connection came to nothing");
            return;
        }
        Err(_) => {
            tls::count("slow");
            return;
        }
    };
    tls::count("done");
    connection.security = Security::Tls;
    let first = tokio::select! {
        first = tokio::time::timeout_at(deadline, stream.fill_buf()) => match first {
            Ok(Ok([first, ..])) => [*first],
            Ok(Ok([]) | Err(_)) | Err(_) => return,
        },
        () = connection.lost.cancelled() => return,
        () = reception.shutdown.cancelled() => return,
    };
    match first {
        [FIRST_STUN..=LAST_STUN] => {
            serve_relay(stream, &connection, &reception).await;
        }
        _ => serve_http(stream, connection, reception).await,
    }
}

/// The relay has places of its own for those it does not know yet.
async fn serve_relay<S>(stream: S, connection: &Connection, reception: &Reception)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    connection.begin();
    let (peer, local) = (connection.peer, connection.local);
    reception.relay.serve_stream(stream, peer, local).await;
}

async fn serve_http<S>(stream: S, connection: Connection, reception: Reception)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let io = TokioIo::new(stream);
    let router = reception.router;
    let lost = connection.lost.clone();
    let service = service_fn(move |mut request: hyper::Request<Incoming>| {
        let connection = connection.clone();
        connection.begin();
        request.extensions_mut().insert(connection.clone());
        let answer = router.clone().call(request);
        async move {
            let answer = answer.await;
            connection.rest();
            answer
        }
    });
    let serving = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .max_buf_size(MAX_HEAD_BYTES)
        .serve_connection(io, service)
        .with_upgrades();
    let mut serving = std::pin::pin!(serving);
    let ended = tokio::select! {
        ended = &mut serving => ended,
        () = lost.cancelled() => return,
        () = reception.shutdown.cancelled() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "an HTTP connection ended early");
    }
}
