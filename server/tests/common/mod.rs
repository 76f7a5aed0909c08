//! A server of one's own for each test, and people who talk to it.

#![allow(dead_code, reason = "each test file uses its part of this")]
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

pub(crate) mod tls;
pub(crate) mod turn;
pub(crate) mod witness;

use std::net::SocketAddr;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use protocol::{
    ClientMessage, CloseCode, PROTOCOL_VERSION, ParticipantId, Present, RefuseReason, ResumeToken,
    RoomName, RoomState, SUBPROTOCOL, SealedBody, ServerMessage,
};
use tincan::Server;
use tincan::config::{Config, Limits, Listen};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinHandle;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_util::sync::CancellationToken;

/// How long anything may take that should happen soon.
pub(crate) const SOON: Duration = Duration::from_secs(10);

/// A server on a port of its own, which stops when the test ends.
pub(crate) struct TestServer {
    pub(crate) http: SocketAddr,
    pub(crate) turn: Vec<SocketAddr>,
    pub(crate) redirect: Option<SocketAddr>,
    shutdown: CancellationToken,
    running: Option<JoinHandle<()>>,
}

impl TestServer {
    pub(crate) fn start() -> Self {
        Self::with(test_config())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        Self::with(Config {
            limits,
            ..test_config()
        })
    }

    pub(crate) fn with(config: Config) -> Self {
        let bound = Server::bind(config).expect("a port of the loopback is free");
        let (http, turn, redirect) = (bound.http(), bound.turn(), bound.redirect());
        let shutdown = CancellationToken::new();
        let running = tokio::spawn(bound.run(shutdown.clone()));
        Self {
            http,
            turn,
            redirect,
            shutdown,
            running: Some(running),
        }
    }

    /// Asks it to stop.
    pub(crate) fn stop(&self) {
        self.shutdown.cancel();
    }

    /// Waits until it has stopped.
    pub(crate) async fn stopped(mut self) {
        let running = self.running.take().expect("it is waited for once");
        soon(running)
            .await
            .expect("the server ends without a panic");
    }

    /// Sends `request` over a fresh connection and reads the answer to its end.
    pub(crate) async fn http(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            request.push_str(&format!("host: {}\r\n", self.http));
        }
        for (name, value) in headers {
            request.push_str(&format!("{name}: {value}\r\n"));
        }
        request.push_str("\r\n");
        let bytes = self.raw(request.as_bytes()).await;
        Answer::read(&bytes)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.http("GET", path, &[]).await
    }

    /// Sends bytes over a fresh connection and reads until it is closed.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Vec<u8> {
        raw_at(self.http, bytes).await
    }
}

/// Sends bytes over a fresh connection to `address` and reads until it is closed.
pub(crate) async fn raw_at(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = soon(TcpStream::connect(address)).await.unwrap();
    // The server may close before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let _ = soon(stream.read_to_end(&mut answer)).await;
    answer
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// On any free port of the loopback.
pub(crate) fn test_config() -> Config {
    Config {
        listen: Listen::At(([127, 0, 0, 1], 0).into()),
        ..Config::default()
    }
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn read(bytes: &[u8]) -> Self {
        let end = bytes
            .windows(4)
            .position(|four| four == b"\r\n\r\n")
            .unwrap_or_else(|| panic!("no head in {:?}", String::from_utf8_lossy(bytes)));
        let head = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut lines = head.split("\r\n");
        let status = lines.next().unwrap().split(' ').nth(1).unwrap();
        let headers = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        Self {
            status: status.parse().unwrap(),
            headers,
            body: bytes[end + 4..].to_vec(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut all = self.headers.iter().filter(|(other, _)| other == name);
        let found = all.next().map(|(_, value)| value.as_str());
        assert!(all.next().is_none(), "{name} is there twice");
        found
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// Somebody with a socket.
pub(crate) struct TestPeer {
    socket: WebSocketStream<TcpStream>,
    /// Messages had so far, as `resume` counts them.
    pub(crate) received: u64,
    pub(crate) id: Option<ParticipantId>,
    pub(crate) token: Option<ResumeToken>,
    pub(crate) present: Vec<Present>,
    /// How the room is ruled, as they heard last.
    pub(crate) room: RoomState,
}

impl TestPeer {
    pub(crate) async fn connect(server: &TestServer) -> Self {
        Self::try_connect(server, &[]).await.unwrap()
    }

    /// Connects with further headers.
    pub(crate) async fn try_connect(
        server: &TestServer,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let stream = TcpStream::connect(server.http).await.unwrap();
        Self::handshake(server, stream, headers).await
    }

    /// Somebody whom a trusted proxy brings from there.
    pub(crate) async fn brought(server: &TestServer, from: &str) -> Self {
        let headers = [("x-forwarded-for", from)];
        Self::try_connect(server, &headers).await.unwrap()
    }

    /// Connects with so small a receive buffer that the server soon notices who does not read.
    pub(crate) async fn connect_narrow(server: &TestServer) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4096).unwrap();
        let stream = socket.connect(server.http).await.unwrap();
        Self::handshake(server, stream, &[]).await.unwrap()
    }

    async fn handshake(
        server: &TestServer,
        stream: TcpStream,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let mut request = format!("ws://{}/ws", server.http).into_client_request()?;
        let protocol = "sec-websocket-protocol";
        request
            .headers_mut()
            .insert(protocol, SUBPROTOCOL.parse().unwrap());
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (socket, _) = soon(tokio_tungstenite::client_async(request, stream)).await?;
        Ok(Self {
            socket,
            received: 0,
            id: None,
            token: None,
            present: Vec::new(),
            room: RoomState::default(),
        })
    }

    /// Somebody new in the lobby of `room`.
    pub(crate) async fn in_lobby(server: &TestServer, room: &str) -> Self {
        let mut peer = Self::connect(server).await;
        peer.enter(room).await;
        peer
    }

    /// Enters and takes in the welcome.
    pub(crate) async fn enter(&mut self, room: &str) {
        self.say(&enter(room)).await;
        let heard = self.hear().await;
        assert!(matches!(heard, ServerMessage::Welcome { .. }), "{heard:?}");
    }

    /// Comes back on a new socket, as whoever `former` was.
    pub(crate) async fn resume(server: &TestServer, former: &Former) -> Self {
        let mut peer = Self::connect(server).await;
        peer.received = former.received;
        peer.id = Some(former.id.clone());
        peer.token = Some(former.token.clone());
        peer.say(&ClientMessage::Resume {
            token: peer.token(),
            received: peer.received,
        })
        .await;
        peer
    }

    pub(crate) fn id(&self) -> ParticipantId {
        self.id.clone().expect("they have entered")
    }

    pub(crate) fn token(&self) -> ResumeToken {
        self.token.clone().expect("they have entered")
    }

    pub(crate) async fn say(&mut self, message: &ClientMessage) {
        self.say_text(serde_json::to_string(message).unwrap()).await;
    }

    pub(crate) async fn say_text(&mut self, text: impl Into<String>) {
        self.send(Message::text(text.into())).await;
    }

    pub(crate) async fn send(&mut self, message: Message) {
        // What becomes of it is seen in what is heard.
        let _ = soon(self.socket.send(message)).await;
    }

    pub(crate) async fn signal(&mut self, to: &ParticipantId, body: &[u8]) {
        let body = SealedBody::from_bytes(body).unwrap();
        let to = to.clone();
        self.say(&ClientMessage::Signal {
            to,
            received: self.received,
            body,
        })
        .await;
    }

    /// Reads until the room is ruled so.
    pub(crate) async fn hear_room(&mut self, is_so: impl Fn(&RoomState) -> bool) {
        while !is_so(&self.room) {
            match self.next_of_all().await {
                Some(Heard::Message(_)) => {}
                other => panic!("heard {other:?} while waiting for the room's rule"),
            }
        }
    }

    /// The next message.
    pub(crate) async fn hear(&mut self) -> ServerMessage {
        match self.next().await {
            Some(Heard::Message(message)) => message,
            other => panic!("heard {other:?} instead of a message"),
        }
    }

    /// The reason of the refusal that has to come next.
    pub(crate) async fn hear_refusal(&mut self) -> RefuseReason {
        match self.hear().await {
            ServerMessage::Refused { reason, .. } => reason,
            other => panic!("heard {other:?} instead of a refusal"),
        }
    }

    /// The close code that has to come next.
    pub(crate) async fn hear_close(&mut self) -> u16 {
        match self.next().await {
            Some(Heard::Closed(code)) => code,
            other => panic!("heard {other:?} instead of a close"),
        }
    }

    /// Asserts that they are refused for `reason` and closed with `code`.
    pub(crate) async fn is_ended(&mut self, reason: RefuseReason, code: CloseCode) {
        assert_eq!(self.hear_refusal().await, reason);
        assert_eq!(self.hear_close().await, code.code());
    }

    /// Asserts that nothing was waiting to be heard: what comes next answers a ping said now.
    pub(crate) async fn hears_nothing(&mut self) {
        self.say(&ClientMessage::Ping {
            received: self.received,
        })
        .await;
        assert_eq!(self.hear().await, ServerMessage::Pong);
    }

    /// What comes next but for how the room is ruled, which is taken in; `None` when the connection
    /// ended without a close.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        loop {
            match self.next_of_all().await {
                Some(Heard::Message(ServerMessage::Room(_))) => {}
                other => return other,
            }
        }
    }

    async fn next_of_all(&mut self) -> Option<Heard> {
        loop {
            let Some(Ok(message)) = soon(self.socket.next()).await else {
                return None;
            };
            match message {
                Message::Text(text) => {
                    let message = serde_json::from_str(&text).unwrap();
                    self.take_in(&message);
                    return Some(Heard::Message(message));
                }
                Message::Close(frame) => {
                    return Some(Heard::Closed(frame.map_or(1005, |frame| frame.code.into())));
                }
                Message::Binary(_) => panic!("the server speaks text"),
                Message::Ping(_) | Message::Pong(_) | Message::Frame(_) => {}
            }
        }
    }

    /// Closes as a browser does whose tab is closed.
    pub(crate) async fn close_tab(mut self) {
        use tokio_tungstenite::tungstenite::protocol::CloseFrame;
        use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode as Code;
        let frame = CloseFrame {
            code: Code::Away,
            reason: "".into(),
        };
        soon(self.socket.close(Some(frame))).await.unwrap();
        while let Some(Ok(_)) = soon(self.socket.next()).await {}
    }

    /// Breaks the connection without a word; what is left can be resumed.
    pub(crate) fn break_off(self) -> Former {
        Former {
            received: self.received,
            id: self.id(),
            token: self.token(),
        }
    }

    fn take_in(&mut self, message: &ServerMessage) {
        if !matches!(message, ServerMessage::Pong | ServerMessage::Resumed { .. }) {
            self.received += 1;
        }
        if let ServerMessage::Room(room) = message {
            self.room = room.clone();
        }
        if let ServerMessage::Welcome {
            id,
            token,
            participants,
            room,
            ..
        } = message
        {
            self.room = room.clone();
            self.received = 1;
            self.id = Some(id.clone());
            self.token = Some(token.clone());
            self.present = participants.clone();
        }
    }
}

/// Who somebody was whose connection broke.
#[derive(Debug, Clone)]
pub(crate) struct Former {
    pub(crate) received: u64,
    pub(crate) id: ParticipantId,
    pub(crate) token: ResumeToken,
}

/// Something the server said.
#[derive(Debug)]
pub(crate) enum Heard {
    Message(ServerMessage),
    Closed(u16),
}

pub(crate) fn enter(room: &str) -> ClientMessage {
    ClientMessage::Enter {
        version: PROTOCOL_VERSION,
        room: room_name(room),
        replaces: None,
    }
}

/// What the others are told of somebody who left.
pub(crate) fn left(id: ParticipantId) -> ServerMessage {
    ServerMessage::Left { id, expired: false }
}

pub(crate) fn room_name(room: &str) -> RoomName {
    room.parse().unwrap()
}

/// Waits for what should happen soon.
pub(crate) async fn soon<T>(happening: impl Future<Output = T>) -> T {
    match tokio::time::timeout(SOON, happening).await {
        Ok(outcome) => outcome,
        Err(_) => panic!("it took longer than {SOON:?}"),
    }
}
