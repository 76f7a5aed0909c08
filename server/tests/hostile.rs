//! Those who mean no good: the server goes on, its memory stays flat, the others notice nothing.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

mod common;

use common::{TestPeer, TestServer, soon};
use protocol::{ClientMessage, ServerMessage};
use tincan::config::Limits;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_goes_on_while_garbage_comes_in() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::in_lobby(&server, "tea").await;
    ada.hear().await;
    for seed in 0..20 {
        server.raw(&garbage(seed, 10_000)).await;
        let mut mallory = TestPeer::in_lobby(&server, "elsewhere").await;
        mallory.send(Message::binary(garbage(seed, 1000))).await;
        let mut mallory = TestPeer::in_lobby(&server, "elsewhere").await;
        mallory
            .say_text(String::from_utf8_lossy(&garbage(seed, 1000)))
            .await;
        ada.signal(&bob.id(), &[1; 100]).await;
        assert!(matches!(bob.hear().await, ServerMessage::Signal { .. }));
    }
    ada.hears_nothing().await;
}

#[tokio::test]
async fn garbage_instead_of_frames_ends_the_socket_with_a_reason() {
    let server = TestServer::start();
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let request = "GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   sec-websocket-protocol: tincan.v1\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    // Reserved bits and opcode set, not masked: RFC 6455 knows no such frame.
    stream.write_all(&[0xff; 64]).await.unwrap();
    let mut heard = Vec::new();
    soon(stream.read_to_end(&mut heard)).await.unwrap();
    let text = String::from_utf8_lossy(&heard);
    assert!(text.contains("bad_message"), "{text}");
}

#[tokio::test]
async fn what_is_no_http_is_answered_as_a_bad_request_or_closed() {
    let server = TestServer::start();
    let answer = server.raw(b"\xff\xfe nonsense\r\n\r\n").await;
    assert!(answer.starts_with(b"HTTP/1.1 400"), "{answer:?}");
    let too_long = format!("GET / HTTP/1.1\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    let answer = server.raw(too_long.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 431"), "{answer:?}");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(1000));
    let answer = server.raw(many.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 431"), "{answer:?}");
}

#[tokio::test]
async fn beyond_so_many_connections_the_stillest_makes_room_and_sockets_stay() {
    let server = TestServer::with_limits(Limits {
        connections: 3,
        ..Limits::default()
    });
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    let mut held = Vec::new();
    for _ in 0..5 {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        stream.write_all(b"GET / HT").await.unwrap();
        held.push(stream);
    }
    // Nobody who only holds a place keeps somebody out who has something to say.
    for _ in 0..10 {
        let answer = server
            .raw(b"GET /healthz HTTP/1.1\r\nconnection: close\r\n\r\n")
            .await;
        assert!(answer.starts_with(b"HTTP/1.1 200"), "{answer:?}");
    }
    let mut nothing = Vec::new();
    let ended = soon(held[0].read_to_end(&mut nothing)).await;
    assert!(ended.is_err() || nothing.is_empty());
    ada.hears_nothing().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn memory_stays_flat_under_hostile_clients() {
    let server = TestServer::start();
    attack(&server).await;
    let before = resident_bytes();
    for _ in 0..4 {
        attack(&server).await;
    }
    let after = resident_bytes();
    let grown = after.saturating_sub(before);
    assert!(grown < 8 * 1024 * 1024, "from {before} to {after}");
    let metrics = server.get("/metrics").await;
    assert!(
        metrics.text().contains("tincan_rooms 0"),
        "{}",
        metrics.text()
    );
}

/// Thirty of each kind of bad client, one after the other, none of them staying.
async fn attack(server: &TestServer) {
    let large = "x".repeat(1024 * 1024);
    for seed in 0..30 {
        server.raw(&garbage(seed, 10_000)).await;
        let mut mallory = TestPeer::in_lobby(server, "elsewhere").await;
        mallory.say_text(large.clone()).await;
        while mallory.next().await.is_some() {}
        let mut mallory = TestPeer::in_lobby(server, "elsewhere").await;
        mallory.say(&ClientMessage::Leave).await;
        mallory
            .say_text(String::from_utf8_lossy(&garbage(seed, 1000)))
            .await;
        while mallory.next().await.is_some() {}
    }
}

/// Bytes of this process that are in memory: the second number of `/proc/self/statm`, in pages.
fn resident_bytes() -> usize {
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    let pages: usize = statm.split(' ').nth(1).unwrap().parse().unwrap();
    pages * 4096
}

/// The same bytes for the same seed (xorshift, Marsaglia 2003), the first of them no STUN's.
fn garbage(seed: u64, length: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut bytes: Vec<u8> = std::iter::repeat_with(|| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()[0]
    })
    .take(length)
    .collect();
    bytes[0] |= 0x80;
    bytes
}
