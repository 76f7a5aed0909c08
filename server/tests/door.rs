//! What a stranger at the door can and cannot do; what somebody inside can is in `limits.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

mod common;

use std::time::{Duration, Instant};

use common::{TestPeer, TestServer, enter, soon};
use protocol::{ClientMessage, CloseCode, RefuseReason, RoomAction, ServerMessage};
use tincan::address::Loopback;
use tincan::config::{Config, Limits};
use tincan::rates::Rate;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Visits of each kind that are timed, and before them some that are not.
const SAMPLES: usize = 201;
const WARMING: usize = 20;
/// What the way to any server varies by, from one packet to the next.
const INDISTINCT: Duration = Duration::from_micros(300);
/// Longer than the server waits for a request.
const LONGER_THAN_PATIENCE: Duration = Duration::from_secs(20);

/// Two who are one to the limits: the same address, and two of one /64.
const ONE_HOUSEHOLD: [(&str, &str); 2] = [
    ("198.51.100.7", "198.51.100.7"),
    ("2001:db8:1:2::3", "2001:db8:1:2:aaaa::4"),
];
/// And one who is another.
const STRANGER: &str = "2001:db8:1:3::3";
/// Three times, and hardly ever again.
const THREE: Rate = Rate {
    burst: 3,
    every: Duration::from_secs(3600),
};

#[tokio::test]
async fn behind_a_trusted_proxy_limits_hold_for_each_it_brings() {
    let server = TestServer::with(Config {
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        ..counting()
    });
    let _ada = brought(&server, "198.51.100.7", true).await;
    let _bob = brought(&server, "198.51.100.8", true).await;
    // The same address, whatever is said before it; and the same household.
    brought(&server, "203.0.113.1, 198.51.100.7", false).await;
    let _cid = brought(&server, "2001:db8:1:2::3", true).await;
    brought(&server, "2001:db8:1:2:aaaa::4", false).await;
}

#[tokio::test]
async fn nobody_else_is_believed_where_they_come_from() {
    let server = TestServer::with(counting());
    let _ada = brought(&server, "198.51.100.7", true).await;
    brought(&server, "198.51.100.8", false).await;
}

#[tokio::test]
async fn an_address_enters_so_often() {
    for (one, other) in ONE_HOUSEHOLD {
        let server = proxied(Limits {
            enters: THREE,
            ..Limits::default()
        });
        // Each by a socket of its own, which is gone again, and whatever the room.
        for (from, room) in [(one, "tea"), (other, "elk"), (one, "owl")] {
            let mut visitor = TestPeer::brought(&server, from).await;
            visitor.enter(room).await;
            visitor.say(&ClientMessage::Leave).await;
            while visitor.next().await.is_some() {}
        }
        for from in [one, other] {
            let mut visitor = TestPeer::brought(&server, from).await;
            visitor.say(&enter("tea")).await;
            visitor
                .is_ended(RefuseReason::TooFast, CloseCode::TooFast)
                .await;
        }
        TestPeer::brought(&server, STRANGER)
            .await
            .enter("tea")
            .await;
    }
}

#[tokio::test]
async fn an_address_knocks_so_often_however_often_it_enters() {
    for (one, other) in ONE_HOUSEHOLD {
        let server = proxied(Limits {
            knocks: THREE,
            ..Limits::default()
        });
        let mut host = TestPeer::in_lobby(&server, "tea").await;
        host.say(&ClientMessage::Join).await;
        host.hear_room(|room| !room.hosts.is_empty()).await;
        host.say(&ClientMessage::Room {
            action: RoomAction::Lock,
            id: None,
        })
        .await;
        host.hear_room(|room| room.locked).await;
        for from in [one, other, one] {
            let mut visitor = TestPeer::brought(&server, from).await;
            visitor.enter("tea").await;
            visitor.say(&ClientMessage::Join).await;
            host.hear_room(|room| !room.knocking.is_empty()).await;
            visitor.say(&ClientMessage::Leave).await;
            host.hear_room(|room| room.knocking.is_empty()).await;
        }
        for from in [one, other] {
            let mut visitor = TestPeer::brought(&server, from).await;
            visitor.enter("tea").await;
            visitor.say(&ClientMessage::Join).await;
            match visitor.hear().await {
                ServerMessage::Refused {
                    reason: RefuseReason::NotAdmitted,
                    retry_after_ms: Some(_),
                } => {}
                other => panic!("{other:?}"),
            }
        }
        assert!(host.room.knocking.is_empty());
        let mut visitor = TestPeer::brought(&server, STRANGER).await;
        visitor.enter("tea").await;
        visitor.say(&ClientMessage::Join).await;
        host.hear_room(|room| !room.knocking.is_empty()).await;
    }
}

#[tokio::test]
async fn sockets_of_one_address_share_messages_and_bytes() {
    let ping = r#"{"type":"ping","received":1}"#;
    let long = format!("{ping}{}", " ".repeat(1000));
    let hourly = |burst| Rate {
        burst,
        every: Duration::from_secs(3600),
    };
    let messages = Limits {
        address_messages: hourly(6),
        ..Limits::default()
    };
    let bytes = Limits {
        address_bytes: hourly(4_500),
        ..Limits::default()
    };
    for (one, other) in ONE_HOUSEHOLD {
        for (limits, text) in [(messages.clone(), ping), (bytes.clone(), &long)] {
            let server = proxied(limits);
            let mut ada = TestPeer::brought(&server, one).await;
            let mut bob = TestPeer::brought(&server, other).await;
            // With the two that enter, six messages, and some more than 4,000 bytes.
            for visitor in [&mut ada, &mut bob] {
                visitor.enter("tea").await;
            }
            assert!(matches!(ada.hear().await, ServerMessage::Entered { .. }));
            for visitor in [&mut ada, &mut bob] {
                for _ in 0..2 {
                    visitor.say_text(text).await;
                    assert_eq!(visitor.hear().await, ServerMessage::Pong);
                }
            }
            bob.say_text(text).await;
            bob.is_ended(RefuseReason::TooFast, CloseCode::TooFast)
                .await;
            let mut stranger = TestPeer::brought(&server, STRANGER).await;
            stranger.enter("elk").await;
            stranger.say_text(text).await;
            assert_eq!(stranger.hear().await, ServerMessage::Pong);
        }
    }
}

#[tokio::test]
async fn nothing_is_unpacked_for_anybody() {
    let server = TestServer::start();
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    let request = "GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   sec-websocket-protocol: tincan.v1\r\n\
                   sec-websocket-extensions: permessage-deflate\r\n\r\n";
    stream.write_all(request.as_bytes()).await.unwrap();
    // A text frame that says it is compressed (RFC 7692, section 6), and would become large.
    stream
        .write_all(&[0xc1, 0x84, 0, 0, 0, 0, 0x4b, 0x4c, 0x04, 0x00])
        .await
        .unwrap();
    let mut heard = Vec::new();
    soon(stream.read_to_end(&mut heard)).await.unwrap();
    let text = String::from_utf8_lossy(&heard);
    assert!(text.starts_with("HTTP/1.1 101"), "{text}");
    assert!(!text.contains("sec-websocket-extensions"), "{text}");
    assert!(text.contains("bad_message"), "{text}");

    let bomb = "POST / HTTP/1.1\r\nhost: a\r\ncontent-encoding: gzip\r\ncontent-length: 10\r\n\
                connection: close\r\n\r\n0123456789";
    let answer = server.raw(bomb.as_bytes()).await;
    assert!(answer.starts_with(b"HTTP/1.1 405"), "{answer:?}");
}

#[tokio::test]
async fn the_page_of_a_room_tells_nothing_of_the_room() {
    let server = TestServer::start();
    let _ada = TestPeer::in_lobby(&server, "tea").await;
    let mut answers = Vec::new();
    for room in ["tea", "elk"] {
        let request = format!("GET /r/{room} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = String::from_utf8_lossy(&server.raw(request.as_bytes()).await).into_owned();
        let lines = answer.lines().filter(|line| !line.starts_with("date:"));
        answers.push(lines.map(str::to_owned).collect::<Vec<_>>());
    }
    assert_eq!(answers[0], answers[1]);
    let metrics = server.get("/metrics").await;
    assert!(!metrics.text().contains("tea"), "{}", metrics.text());
}

/// How long the answer takes says nothing: whoever tries names learns no more from a clock than from
/// the answers.
#[tokio::test]
async fn the_time_until_an_answer_tells_nothing_of_a_room() {
    let server = TestServer::start();
    let mut insiders = Vec::new();
    for room in ["open-tea", "locked-tea"] {
        let mut host = TestPeer::in_lobby(&server, room).await;
        host.say(&ClientMessage::Join).await;
        host.hear_room(|room| !room.hosts.is_empty()).await;
        if room == "locked-tea" {
            host.say(&ClientMessage::Room {
                action: RoomAction::Lock,
                id: None,
            })
            .await;
            host.hear_room(|room| room.locked).await;
        }
        insiders.push(host);
    }
    let mut times = [const { Vec::new() }; 3];
    for round in 0..SAMPLES + WARMING {
        // In turn, so that whatever else the machine does befalls all three alike.
        for (at, times) in times.iter_mut().enumerate() {
            let nobodys = format!("nobody-{round}");
            let room = ["open-tea", "locked-tea", &nobodys][at];
            let mut visitor = TestPeer::connect(&server).await;
            let message = enter(room);
            let asked = Instant::now();
            visitor.say(&message).await;
            let heard = visitor.hear().await;
            let took = asked.elapsed();
            assert!(matches!(heard, ServerMessage::Welcome { .. }), "{heard:?}");
            visitor.say(&ClientMessage::Leave).await;
            while visitor.next().await.is_some() {}
            if let Some(host) = insiders.get_mut(at) {
                // They have heard of the visitor's end before the next one comes.
                while !matches!(host.hear().await, ServerMessage::Left { .. }) {}
            }
            if round >= WARMING {
                times.push(took);
            }
        }
    }
    let medians = times.map(|mut times| {
        times.sort_unstable();
        times[times.len() / 2]
    });
    let (least, most) = (medians.iter().min(), medians.iter().max());
    let apart = *most.unwrap() - *least.unwrap();
    assert!(
        apart < INDISTINCT,
        "open, locked, nobody there: {medians:?}"
    );
}

#[tokio::test]
async fn who_never_finishes_a_request_is_let_go() {
    let server = TestServer::start();
    let drip = tokio::spawn(dripped(TcpStream::connect(server.http).await.unwrap()));
    let mut slow = Vec::new();
    for begun in ["", "GET / HTTP/1.1\r\nhost: a\r\nx: "] {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        stream.write_all(begun.as_bytes()).await.unwrap();
        slow.push(stream);
    }
    for mut stream in slow {
        let mut said = Vec::new();
        let ended = stream.read_to_end(&mut said);
        tokio::time::timeout(LONGER_THAN_PATIENCE, ended)
            .await
            .expect("it is let go")
            .unwrap();
    }
    tokio::time::timeout(LONGER_THAN_PATIENCE, drip)
        .await
        .expect("whoever goes on without an end is let go as well")
        .unwrap();
}

/// Sends one byte after the other of a head that has no end, until nobody takes them any more.
async fn dripped(stream: TcpStream) {
    let (mut hears, mut speaks) = stream.into_split();
    let mut pace = tokio::time::interval(Duration::from_millis(50));
    let head = b"GET / HTTP/1.1\r\nhost: a\r\nx: ";
    let speaking = async {
        for byte in head.iter().chain(std::iter::repeat(&b'y')) {
            pace.tick().await;
            if speaks.write_all(&[*byte]).await.is_err() {
                break;
            }
        }
    };
    let mut said = Vec::new();
    tokio::select! {
        () = speaking => {}
        // However the end is told.
        _ = hears.read_to_end(&mut said) => {}
    }
}

/// Behind a proxy on the same machine, whose word is taken.
fn proxied(limits: Limits) -> TestServer {
    TestServer::with(Config {
        trusted_proxies: vec!["127.0.0.0/8".parse().unwrap()],
        limits,
        ..common::test_config()
    })
}

/// Counts connections of the machine itself, one for each address.
fn counting() -> Config {
    Config {
        limits: Limits {
            sockets_per_address: 1,
            loopback: Loopback::Counted,
            ..Limits::default()
        },
        ..common::test_config()
    }
}

/// Somebody whom a proxy brings, and whether they are let in.
async fn brought(server: &TestServer, forwarded: &str, is_let_in: bool) -> TestPeer {
    let headers = [("x-forwarded-for", forwarded)];
    let mut peer = TestPeer::try_connect(server, &headers).await.unwrap();
    if is_let_in {
        peer.say(&enter("tea")).await;
        match peer.hear().await {
            ServerMessage::Welcome { .. } => {}
            other => panic!("{forwarded}: {other:?}"),
        }
    } else {
        peer.is_ended(RefuseReason::TooManySockets, CloseCode::TooMany)
            .await;
    }
    peer
}
