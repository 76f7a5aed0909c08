//! A small TURN client of our own, over UDP or TCP.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use turn::attribute::{
    AttributeType, CHANNEL_NUMBER, DATA, ERROR_CODE, NONCE, REALM, REQUESTED_TRANSPORT, USERNAME,
    XOR_PEER_ADDRESS, XOR_RELAYED_ADDRESS, read_xor_address,
};
use turn::auth::{Key, PasswordAlgorithm};
use turn::message::{Class, Integrity, Message, Method, Writer};

use super::soon;

/// What credentials are signed with.
pub(crate) const SECRET: &str = "a secret for tests";

/// How a client is connected.
pub(crate) enum Wire {
    Udp(UdpSocket),
    Tcp(TcpStream),
}

/// Somebody with credentials.
pub(crate) struct Client {
    wire: Wire,
    pub(crate) username: String,
    pub(crate) password: String,
    pub(crate) nonce: String,
    transaction: u8,
}

/// Has the kernel cut `packets`, put together, into what they were. They go to whom `socket` is
/// connected to, and stay one message as long as nobody on the way needs them apart.
#[cfg(target_os = "linux")]
pub(crate) async fn send_run(socket: &UdpSocket, packets: &[Vec<u8>]) {
    use nix::sys::socket::{setsockopt, sockopt::UdpGsoSegment};
    let length = packets.first().map_or(0, Vec::len);
    setsockopt(socket, UdpGsoSegment, &(length as i32)).unwrap();
    let sent = socket.send(&packets.concat()).await;
    setsockopt(socket, UdpGsoSegment, &0).unwrap();
    assert_eq!(sent.unwrap(), packets.iter().map(Vec::len).sum::<usize>());
}

/// What came from the server besides answers.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Got {
    Channel(u16, Vec<u8>),
    Data(SocketAddr, Vec<u8>),
}

impl Client {
    pub(crate) async fn over_udp(address: SocketAddr) -> Self {
        let socket = UdpSocket::bind((address.ip(), 0)).await.unwrap();
        socket.connect(address).await.unwrap();
        Self::new(Wire::Udp(socket))
    }

    pub(crate) async fn over_tcp(address: SocketAddr) -> Self {
        Self::new(Wire::Tcp(TcpStream::connect(address).await.unwrap()))
    }

    fn new(wire: Wire) -> Self {
        let username = format!("{}:test", u32::MAX);
        let password = turn::auth::password(SECRET.as_bytes(), &username);
        Self {
            wire,
            username,
            password,
            nonce: String::new(),
            transaction: 0,
        }
    }

    pub(crate) async fn send(&mut self, message: &[u8]) {
        match &mut self.wire {
            Wire::Udp(socket) => {
                socket.send(message).await.unwrap();
            }
            Wire::Tcp(stream) => {
                let mut padded = message.to_vec();
                padded.resize(message.len().next_multiple_of(4), 0);
                stream.write_all(&padded).await.unwrap();
            }
        }
    }

    /// Sends several messages of one length at once, for the kernel to cut; the last may be shorter.
    #[cfg(target_os = "linux")]
    pub(crate) async fn send_run(&self, messages: &[Vec<u8>]) {
        let Wire::Udp(socket) = &self.wire else {
            panic!("a stream has no datagrams");
        };
        send_run(socket, messages).await;
    }

    pub(crate) async fn receive(&mut self) -> Vec<u8> {
        match &mut self.wire {
            Wire::Udp(socket) => {
                let mut message = vec![0; 65_536];
                let length = soon(socket.recv(&mut message)).await.unwrap();
                message.truncate(length);
                message
            }
            Wire::Tcp(stream) => {
                let mut message = vec![0; 4];
                soon(stream.read_exact(&mut message)).await.unwrap();
                let length = usize::from(u16::from_be_bytes([message[2], message[3]]));
                let header = if message[0] < 4 { 20 } else { 4 };
                message.resize((header + length).next_multiple_of(4), 0);
                soon(stream.read_exact(&mut message[4..])).await.unwrap();
                message
            }
        }
    }

    /// Asks, and returns the error's number or the relayed address, if any is told.
    pub(crate) async fn request(
        &mut self,
        method: Method,
        attributes: &[(AttributeType, Vec<u8>)],
    ) -> Result<Option<SocketAddr>, u16> {
        loop {
            self.transaction += 1;
            let mut request = Vec::new();
            let id = [self.transaction; 12];
            let mut writer = Writer::new(&mut request, Class::Request, method, &id);
            for (kind, value) in attributes {
                if *kind == XOR_PEER_ADDRESS {
                    let peer = String::from_utf8(value.clone()).unwrap();
                    writer.xor_address(*kind, peer.parse().unwrap());
                } else {
                    writer.attribute(*kind, value);
                }
            }
            if !self.nonce.is_empty() {
                let algorithm = PasswordAlgorithm::Md5;
                let key =
                    Key::long_term(algorithm, &self.username, turn::auth::REALM, &self.password);
                writer
                    .attribute(USERNAME, self.username.as_bytes())
                    .attribute(REALM, turn::auth::REALM.as_bytes())
                    .attribute(NONCE, self.nonce.as_bytes())
                    .integrity(&key, Integrity::Sha1);
            }
            writer.finish();
            self.send(&request).await;
            let answer = self.receive().await;
            let answer = Message::decode(&answer).unwrap();
            assert_eq!(answer.id(), &id);
            let Some(error) = answer.attribute(ERROR_CODE) else {
                let relayed = answer.attribute(XOR_RELAYED_ADDRESS);
                return Ok(relayed.and_then(|value| read_xor_address(value, &id)));
            };
            let number = u16::from(error[2]) * 100 + u16::from(error[3]);
            if number != 401 || !self.nonce.is_empty() {
                return Err(number);
            }
            self.nonce = answer.text(NONCE).unwrap().to_owned();
        }
    }

    pub(crate) async fn allocate(&mut self) -> SocketAddr {
        self.try_allocate().await.unwrap()
    }

    pub(crate) async fn try_allocate(&mut self) -> Result<SocketAddr, u16> {
        let transport = (REQUESTED_TRANSPORT, vec![17, 0, 0, 0]);
        let relayed = self.request(Method::ALLOCATE, &[transport]).await?;
        Ok(relayed.expect("an allocation has an address"))
    }

    pub(crate) async fn permit(&mut self, peer: SocketAddr) {
        let peer = (XOR_PEER_ADDRESS, peer.to_string().into_bytes());
        self.request(Method::CREATE_PERMISSION, &[peer])
            .await
            .unwrap();
    }

    pub(crate) async fn bind(&mut self, number: u16, peer: SocketAddr) {
        let number = (CHANNEL_NUMBER, [number.to_be_bytes(), [0; 2]].concat());
        let peer = (XOR_PEER_ADDRESS, peer.to_string().into_bytes());
        self.request(Method::CHANNEL_BIND, &[number, peer])
            .await
            .unwrap();
    }

    pub(crate) async fn channel(&mut self, number: u16, payload: &[u8]) {
        let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
        let message = [&number.to_be_bytes()[..], &length, payload].concat();
        self.send(&message).await;
    }

    pub(crate) async fn tell(&mut self, peer: SocketAddr, payload: &[u8]) {
        let mut message = Vec::new();
        let mut writer = Writer::new(&mut message, Class::Indication, Method::SEND, &[9; 12]);
        writer
            .xor_address(XOR_PEER_ADDRESS, peer)
            .attribute(DATA, payload)
            .finish();
        self.send(&message).await;
    }

    pub(crate) async fn got(&mut self) -> Got {
        let message = self.receive().await;
        if let Ok(message) = Message::decode(&message) {
            let peer = message.attribute(XOR_PEER_ADDRESS).unwrap();
            let peer = read_xor_address(peer, message.id()).unwrap();
            return Got::Data(peer, message.attribute(DATA).unwrap().to_vec());
        }
        let (number, length) = turn::frame::channel_data(&message).unwrap();
        Got::Channel(number, message[4..4 + length].to_vec())
    }

    /// Goes by another name from now on, with its password.
    pub(crate) fn called(&mut self, username: &str) {
        username.clone_into(&mut self.username);
        self.password = turn::auth::password(SECRET.as_bytes(), username);
    }

    pub(crate) async fn allocate_as(&mut self, username: &str) -> Result<SocketAddr, u16> {
        self.called(username);
        self.try_allocate().await
    }
}
