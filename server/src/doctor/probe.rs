//! Asks a running server what a browser would ask it: STUN and TURN, over each transport.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use turn::attribute::{
    DATA, ERROR_CODE, LIFETIME, NONCE, REALM, REQUESTED_TRANSPORT, USERNAME, XOR_MAPPED_ADDRESS,
    XOR_PEER_ADDRESS,
};
use turn::auth::{Key, PasswordAlgorithm};
use turn::message::{Class, Integrity, Message, Method, Writer};
use turn::policy::is_of_proxy;

use super::visit::Visit;
use super::{Finding, trust};
use crate::config::{Config, Secret, Tls, Turn};
use crate::relay::unix_seconds;

/// How long a server on the same machine may take to answer.
const PATIENCE: Duration = Duration::from_secs(3);

/// How long one datagram there and one back may take, within that.
const RELAYING: Duration = Duration::from_secs(2);

/// Bytes of a STUN header; its length field counts what follows.
const HEADER: usize = 20;

/// UDP, as the number of an IP protocol (RFC 8656, section 18.7).
const UDP: [u8; 4] = [17, 0, 0, 0];

/// A stream, with TLS or without.
pub(super) trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// How the server is spoken to.
enum Wire {
    Udp(UdpSocket),
    Stream(Box<dyn Stream>),
}

/// Whether what answers at `address` is a server of ours.
pub(super) async fn is_tincan(address: SocketAddr) -> bool {
    let request = "GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    ask_http(address, request)
        .await
        .is_some_and(|answer| answer.ends_with(b"ok\n"))
}

/// Whether plain HTTP at `address` is answered with the way to HTTPS.
pub(super) async fn redirects(address: SocketAddr) -> bool {
    let request = "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    ask_http(address, request)
        .await
        .is_some_and(|answer| answer.starts_with(b"HTTP/1.1 308 "))
}

/// What answers an HTTP request; `None` where nothing does in time.
async fn ask_http(address: SocketAddr, request: &str) -> Option<Vec<u8>> {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(request.as_bytes()).await?;
        let mut answer = Vec::new();
        stream.take(16 * 1024).read_to_end(&mut answer).await?;
        io::Result::Ok(answer)
    };
    tokio::time::timeout(PATIENCE, asked).await.ok()?.ok()
}

/// STUN and TURN over UDP, TCP and, where it is spoken, TLS.
pub(super) async fn round_trips(config: &Config, server: SocketAddr) -> Vec<Finding> {
    let mut findings = Vec::new();
    for transport in ["UDP", "TCP", "TLS"] {
        if transport == "TLS" && config.tls == Tls::Off {
            continue;
        }
        let asked = tokio::time::timeout(PATIENCE, round_trip(config, server, transport));
        findings.push(match asked.await {
            Ok(Ok(what)) => {
                Finding::fine(format!("{what} over {transport} at port {}", server.port()))
            }
            Ok(Err(error)) => Finding::wrong(
                format!("STUN or TURN fails over {transport} ({error})"),
                "does the server run with these options? Its log says more with \
                 RUST_LOG=tincan=debug",
            ),
            Err(_) => Finding::wrong(
                format!("nothing answers STUN or TURN over {transport} at {server}"),
                "a firewall on this machine may drop it, or another program hold the port",
            ),
        });
    }
    findings
}

async fn round_trip(
    config: &Config,
    server: SocketAddr,
    transport: &str,
) -> io::Result<&'static str> {
    let mut wire = match transport {
        "UDP" => {
            let socket = UdpSocket::bind((unspecified(server), 0)).await?;
            socket.connect(server).await?;
            Wire::Udp(socket)
        }
        "TCP" => Wire::Stream(Box::new(TcpStream::connect(server).await?)),
        _ => Wire::Stream(Box::new(trust::connect(config, server).await?)),
    };
    let answer = wire.ask(Method::BINDING, |_| {}).await?;
    if decode(&answer)?.attribute(XOR_MAPPED_ADDRESS).is_none() {
        return Err(io::Error::other("STUN told no address"));
    }
    if config.turn == Turn::Off {
        return Ok("STUN answers");
    }
    let allocate = |writer: &mut Writer<'_>| {
        writer.attribute(REQUESTED_TRANSPORT, &UDP);
    };
    let answer = wire.ask(Method::ALLOCATE, allocate).await?;
    let refused = decode(&answer)?;
    let (Some(401), Some(nonce)) = (error_of(&refused), refused.text(NONCE)) else {
        return Err(io::Error::other("TURN does not ask for credentials"));
    };
    // Gone, and its access with it, when everything was tried.
    let visit;
    let (username, password) = match &config.turn_secret {
        Some(Secret(secret)) => {
            let username = format!("{}:doctor", unix_seconds() + 60);
            let password = turn::auth::password(secret.as_bytes(), &username);
            (username, password)
        }
        None => {
            visit = Visit::pay(config, server).await;
            let Some(visit) = &visit else {
                return Ok("STUN answers and TURN asks for credentials");
            };
            (visit.username.clone(), visit.password.clone())
        }
    };
    let key = Key::long_term(
        PasswordAlgorithm::Md5,
        &username,
        turn::auth::REALM,
        &password,
    );
    let sign = |writer: &mut Writer<'_>| {
        writer
            .attribute(USERNAME, username.as_bytes())
            .attribute(REALM, turn::auth::REALM.as_bytes())
            .attribute(NONCE, nonce.as_bytes())
            .integrity(&key, Integrity::Sha1);
    };
    let signed = |writer: &mut Writer<'_>| {
        allocate(writer);
        sign(writer);
    };
    let answer = wire.ask(Method::ALLOCATE, signed).await?;
    if let Some(number) = error_of(&decode(&answer)?) {
        return Err(io::Error::other(match number {
            401 => "TURN refuses the credentials: it runs with another --turn-secret".to_owned(),
            number => format!("TURN refuses with {number}"),
        }));
    }
    // Nobody sends from another address of this machine to one of its own.
    let may_be_brought = is_of_proxy(&config.trusted_proxies, server.ip());
    let tried = async {
        if may_be_brought {
            // To the relay we are a stranger here, who reaches no socket of this machine.
            return Ok("STUN answers and TURN gives an address");
        }
        relay_one(&mut wire, server, &sign).await
    };
    let tried = tokio::time::timeout(RELAYING, tried).await;
    let ending = |writer: &mut Writer<'_>| {
        writer.attribute(LIFETIME, &[0; 4]);
        sign(writer);
    };
    // Whatever came of it, nothing is left behind.
    wire.ask(Method::REFRESH, ending).await?;
    match tried {
        Ok(relayed) => relayed,
        Err(_) => Err(io::Error::other(
            "TURN gives an address and passes nothing on",
        )),
    }
}

/// Sends one datagram through the relay to a socket of our own, and one back.
async fn relay_one(
    wire: &mut Wire,
    server: SocketAddr,
    sign: &impl Fn(&mut Writer<'_>),
) -> io::Result<&'static str> {
    let peer = UdpSocket::bind((server.ip(), 0)).await?;
    let at = peer.local_addr()?;
    let permit = |writer: &mut Writer<'_>| {
        writer.xor_address(XOR_PEER_ADDRESS, at);
        sign(writer);
    };
    let answer = wire.ask(Method::CREATE_PERMISSION, permit).await?;
    if let Some(number) = error_of(&decode(&answer)?) {
        let problem = format!("TURN refuses with {number} to pass on to {at}");
        return Err(io::Error::other(problem));
    }
    let mut probe = [0; 16];
    getrandom::fill(&mut probe).map_err(io::Error::other)?;
    let there = |writer: &mut Writer<'_>| {
        writer
            .xor_address(XOR_PEER_ADDRESS, at)
            .attribute(DATA, &probe);
    };
    wire.say(Class::Indication, Method::SEND, there).await?;
    let mut packet = [0; 64];
    let relayed = loop {
        let (length, from) = peer.recv_from(&mut packet).await?;
        if packet[..length] == probe {
            break from;
        }
    };
    probe.reverse();
    peer.send_to(&probe, relayed).await?;
    let heard = wire.hear().await?;
    match decode(&heard)?.attribute(DATA) {
        Some(data) if data == probe => Ok("STUN answers and TURN relays"),
        _ => Err(io::Error::other(
            "TURN passes on something else than was sent",
        )),
    }
}

impl Wire {
    /// Asks, and waits for the answer.
    async fn ask(
        &mut self,
        method: Method,
        fill: impl FnOnce(&mut Writer<'_>),
    ) -> io::Result<Vec<u8>> {
        self.say(Class::Request, method, fill).await?;
        self.hear().await
    }

    async fn say(
        &mut self,
        class: Class,
        method: Method,
        fill: impl FnOnce(&mut Writer<'_>),
    ) -> io::Result<()> {
        let mut id = [0; 12];
        getrandom::fill(&mut id).map_err(io::Error::other)?;
        let mut message = Vec::new();
        let mut writer = Writer::new(&mut message, class, method, &id);
        fill(&mut writer);
        writer.finish();
        match self {
            Self::Udp(socket) => socket.send(&message).await.map(drop),
            Self::Stream(stream) => {
                stream.write_all(&message).await?;
                stream.flush().await
            }
        }
    }

    /// The next message.
    async fn hear(&mut self) -> io::Result<Vec<u8>> {
        match self {
            Self::Udp(socket) => {
                let mut answer = vec![0; 2048];
                let length = socket.recv(&mut answer).await?;
                answer.truncate(length);
                Ok(answer)
            }
            Self::Stream(stream) => {
                let mut answer = vec![0; HEADER];
                stream.read_exact(&mut answer).await?;
                let length = usize::from(u16::from_be_bytes([answer[2], answer[3]]));
                answer.resize(HEADER + length, 0);
                stream.read_exact(&mut answer[HEADER..]).await?;
                Ok(answer)
            }
        }
    }
}

fn decode(bytes: &[u8]) -> io::Result<Message<'_>> {
    Message::decode(bytes).map_err(|_| io::Error::other("what answers does not speak STUN"))
}

/// The number of a refusal (RFC 8489, section 14.8).
fn error_of(message: &Message<'_>) -> Option<u16> {
    match message.attribute(ERROR_CODE)? {
        [_, _, class, number, ..] => Some(u16::from(*class) * 100 + u16::from(*number)),
        _ => Some(0),
    }
}

fn unspecified(server: SocketAddr) -> std::net::IpAddr {
    if server.is_ipv4() {
        std::net::Ipv4Addr::UNSPECIFIED.into()
    } else {
        std::net::Ipv6Addr::UNSPECIFIED.into()
    }
}
