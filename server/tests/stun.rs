//! STUN as clients of other makers see it, on real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::net::SocketAddr;

use common::{TestServer, soon, test_config, witness};
use stun_types::attribute::XorMappedAddress;
use stun_types::message::{BINDING, Message, MessageWriteVec};
use stun_types::prelude::*;
use tincan::config::{Config, Listen};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

#[tokio::test]
async fn a_datagram_is_answered_with_the_address_it_came_from() {
    let server = TestServer::start();
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    assert_eq!(
        ask(&socket, server.turn[0]).await,
        socket.local_addr().unwrap()
    );
}

#[tokio::test]
async fn ipv6_and_ipv4_are_answered_on_one_port() {
    let server = TestServer::with(Config {
        listen: Listen::Everywhere(0),
        ..test_config()
    });
    let port = server.turn[0].port();
    assert_eq!(port, server.http.port());
    let mut families = vec!["127.0.0.1"];
    if server.turn[0].is_ipv6() {
        families.push("::1");
    }
    for ip in families {
        let ip: std::net::IpAddr = ip.parse().unwrap();
        let socket = UdpSocket::bind((ip, 0)).await.unwrap();
        let told = ask(&socket, (ip, port).into()).await;
        assert_eq!(told, socket.local_addr().unwrap());
    }
}

#[tokio::test]
async fn a_stream_is_answered_however_it_is_cut() {
    let server = TestServer::start();
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
    let (head, rest) = request.split_at(3);
    stream.write_all(head).await.unwrap();
    stream.flush().await.unwrap();
    // The rest of the first request, and a second one at once.
    stream.write_all(rest).await.unwrap();
    stream.write_all(&request).await.unwrap();
    for _ in 0..2 {
        let mut answer = vec![0; 32];
        soon(stream.read_exact(&mut answer)).await.unwrap();
        assert_eq!(mapped(&answer), stream.local_addr().unwrap());
    }
}

#[tokio::test]
async fn a_stream_of_something_else_is_closed() {
    let server = TestServer::start();
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream.write_all(&[0, 1, 0, 3, 1, 2, 3, 4]).await.unwrap();
    let mut answer = Vec::new();
    // Closed with bytes unread counts as a reset on some systems.
    let _ = soon(stream.read_to_end(&mut answer)).await;
    assert_eq!(answer, b"");
}

#[tokio::test]
async fn a_stranger_may_not_make_the_server_wait_for_a_long_message() {
    let server = TestServer::start();
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let mut message = vec![0, 1, 0xFF, 0xFC];
    message.resize(8000, 0);
    // The server may have closed it before all is written.
    let _ = stream.write_all(&message).await;
    let mut answer = Vec::new();
    let _ = soon(stream.read_to_end(&mut answer)).await;
    assert_eq!(answer, b"");
}

#[tokio::test]
async fn ten_thousand_random_datagrams_change_nothing() {
    let server = TestServer::start();
    let stranger = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let mut state = 1_u64;
    let mut random = move || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) as usize
    };
    for _ in 0..10_000 {
        let length = random() % 100;
        let junk: Vec<u8> = (0..length).map(|_| random() as u8).collect();
        stranger.send_to(&junk, server.turn[0]).await.unwrap();
    }
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    assert_eq!(
        ask(&socket, server.turn[0]).await,
        socket.local_addr().unwrap()
    );
    let mut answer = [0; 100];
    assert!(stranger.try_recv(&mut answer).is_err(), "junk was answered");
}

#[tokio::test]
async fn coturns_client_learns_its_address() {
    let server = TestServer::start();
    let port = server.turn[0].port().to_string();
    let Some(output) = witness::run("turnutils_stunclient", &["-p", &port, "127.0.0.1"]).await
    else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("UDP reflexive addr: 127.0.0.1:"), "{text}");
}

#[tokio::test]
async fn a_client_of_rfc_3489_learns_its_address() {
    let server = TestServer::start();
    let address = server.turn[0].to_string();
    // `1` is the first of its tests; the others want a server with two addresses.
    let Some(output) = witness::run("stun", &[&address, "1", "-v"]).await else {
        return;
    };
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(text.contains("127.0.0.1"), "{text}");
    assert!(text.contains("ok=1"), "{text}");
}

#[tokio::test]
async fn aioice_learns_its_address_over_udp() {
    let server = TestServer::start();
    let script = "
import asyncio, sys
from aioice import stun
class Protocol(asyncio.DatagramProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.answer = asyncio.get_running_loop().create_future()
    def datagram_received(self, data, address):
        self.answer.set_result(stun.parse_message(data))
async def main():
    loop = asyncio.get_running_loop()
    address = ('127.0.0.1', int(sys.argv[1]))
    transport, protocol = await loop.create_datagram_endpoint(Protocol, remote_addr=address)
    request = stun.Message(message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST)
    request.attributes['FINGERPRINT'] = stun.message_fingerprint(bytes(request))
    transport.sendto(bytes(request))
    answer = await asyncio.wait_for(protocol.answer, 10)
    assert answer.attributes['XOR-MAPPED-ADDRESS'] == transport.get_extra_info('sockname')
    assert 'FINGERPRINT' in answer.attributes
    print('mapped')
asyncio.run(main())
";
    witness::aioice(script, &[&server.turn[0].port().to_string()], "mapped").await;
}

async fn ask(socket: &UdpSocket, server: SocketAddr) -> SocketAddr {
    let request = Message::builder_request(BINDING, MessageWriteVec::new()).finish();
    socket.send_to(&request, server).await.unwrap();
    let mut answer = [0; 1500];
    let (length, from) = soon(socket.recv_from(&mut answer)).await.unwrap();
    assert_eq!(from, server);
    mapped(&answer[..length])
}

fn mapped(answer: &[u8]) -> SocketAddr {
    let message = Message::from_bytes(answer).unwrap();
    let mapped = message.attribute::<XorMappedAddress>().unwrap();
    mapped.addr(message.transaction_id())
}
