//! Beyond each limit there is a refusal with its reason and a close code, never silence.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

mod common;

use std::time::Duration;

use common::{Heard, TestPeer, TestServer, enter, left};
use protocol::{
    ClientMessage, CloseCode, MAX_MESSAGE_BYTES, MESSAGES_BURST, ParticipantId, RefuseReason,
    ResumeToken, ServerMessage,
};
use tincan::address::Loopback;
use tincan::config::Limits;
use tokio_tungstenite::tungstenite::{Error, Message};

#[tokio::test]
async fn what_is_no_message_ends_the_socket() {
    let server = TestServer::start();
    for text in [
        "",
        "hello",
        "{}",
        r#"{"type":"dance"}"#,
        r#"{"type":"enter","version":1,"room":"A!"}"#,
        r#"{"type":"enter","version":1}"#,
        "[[[[[[[[[[[[[[[[",
    ] {
        let mut ada = TestPeer::connect(&server).await;
        ada.say_text(text).await;
        ada.is_ended(RefuseReason::BadMessage, CloseCode::BadMessage)
            .await;
    }
}

#[tokio::test]
async fn unknown_fields_are_passed_over() {
    let server = TestServer::start();
    let mut ada = TestPeer::connect(&server).await;
    ada.say_text(r#"{"type":"enter","version":1,"room":"tea","colour":"red"}"#)
        .await;
    assert!(matches!(ada.hear().await, ServerMessage::Welcome { .. }));
}

#[tokio::test]
async fn another_version_is_told_so() {
    let server = TestServer::start();
    let mut ada = TestPeer::connect(&server).await;
    ada.say_text(r#"{"type":"enter","version":2,"room":"tea"}"#)
        .await;
    ada.is_ended(RefuseReason::UnsupportedVersion, CloseCode::BadMessage)
        .await;
}

#[tokio::test]
async fn the_first_message_has_to_open_a_room() {
    let server = TestServer::start();
    for message in [
        ClientMessage::Join,
        ClientMessage::Leave,
        ClientMessage::Ping { received: 0 },
    ] {
        let mut ada = TestPeer::connect(&server).await;
        ada.say(&message).await;
        ada.is_ended(RefuseReason::NotEntered, CloseCode::BadMessage)
            .await;
    }
}

#[tokio::test]
async fn nobody_enters_twice_on_one_socket() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    ada.say(&enter("coffee")).await;
    ada.is_ended(RefuseReason::AlreadyEntered, CloseCode::BadMessage)
        .await;
}

#[tokio::test]
async fn who_breaks_the_rules_holds_no_place() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::in_lobby(&server, "tea").await;
    ada.hear().await;
    bob.say_text("nonsense").await;
    assert_eq!(ada.hear().await, left(bob.id()));
}

#[tokio::test]
async fn a_second_unknown_token_ends_the_socket() {
    let server = TestServer::start();
    let mut ada = TestPeer::connect(&server).await;
    let resume = ClientMessage::Resume {
        token: ResumeToken::from_bytes([1; 16]),
        received: 1,
    };
    ada.say(&resume).await;
    assert_eq!(ada.hear_refusal().await, RefuseReason::UnknownToken);
    ada.say(&resume).await;
    ada.is_ended(RefuseReason::UnknownToken, CloseCode::UnknownToken)
        .await;
}

#[tokio::test]
async fn an_unknown_recipient_is_harmless() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    ada.signal(&ParticipantId::from_bytes([1; 12]), b"anybody?")
        .await;
    assert_eq!(ada.hear_refusal().await, RefuseReason::UnknownRecipient);
    ada.hears_nothing().await;
}

#[tokio::test]
async fn a_full_room_lets_one_wait_in_the_lobby() {
    let server = TestServer::with_limits(Limits {
        max_participants: 1,
        ..Limits::default()
    });
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    ada.say(&ClientMessage::Join).await;
    ada.hear().await;
    let mut bob = TestPeer::in_lobby(&server, "tea").await;
    bob.say(&ClientMessage::Join).await;
    assert_eq!(bob.hear_refusal().await, RefuseReason::RoomFull);
    ada.say(&ClientMessage::Leave).await;
    assert_eq!(bob.hear().await, left(ada.id()));
    bob.say(&ClientMessage::Join).await;
    assert_eq!(bob.hear().await, ServerMessage::Joined { id: bob.id() });
}

#[tokio::test]
async fn a_full_lobby_is_told_so() {
    let server = TestServer::with_limits(Limits {
        max_lobby: 1,
        ..Limits::default()
    });
    let _ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::connect(&server).await;
    bob.say(&enter("tea")).await;
    bob.is_ended(RefuseReason::LobbyFull, CloseCode::TooMany)
        .await;
}

#[tokio::test]
async fn an_address_has_so_many_sockets_and_gets_them_back() {
    let server = TestServer::with_limits(Limits {
        sockets_per_address: 1,
        loopback: Loopback::Counted,
        ..Limits::default()
    });
    let ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::connect(&server).await;
    bob.is_ended(RefuseReason::TooManySockets, CloseCode::TooMany)
        .await;
    ada.close_tab().await;
    // The socket is counted until its task has ended, a moment after the close.
    common::soon(async {
        loop {
            let mut bob = TestPeer::connect(&server).await;
            bob.say(&enter("tea")).await;
            if let ServerMessage::Welcome { .. } = bob.hear().await {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn beyond_so_many_sockets_the_next_is_told_so() {
    let server = TestServer::with_limits(Limits {
        sockets: 2,
        ..Limits::default()
    });
    let ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::in_lobby(&server, "elk").await;
    for _ in 0..3 {
        let mut cid = TestPeer::connect(&server).await;
        cid.is_ended(RefuseReason::Overloaded, CloseCode::TooMany)
            .await;
    }
    bob.hears_nothing().await;
    ada.close_tab().await;
    // The socket is counted until its task has ended, a moment after the close.
    common::soon(async {
        loop {
            let mut cid = TestPeer::connect(&server).await;
            cid.say(&enter("tea")).await;
            if let ServerMessage::Welcome { .. } = cid.hear().await {
                break;
            }
        }
    })
    .await;
}

#[tokio::test]
async fn who_is_refused_a_socket_holds_no_place_that_others_need() {
    let server = TestServer::with_limits(Limits {
        sockets: 0,
        connections: 2,
        ..Limits::default()
    });
    // They hear why, and answer nothing to it.
    let mut refused = Vec::new();
    for _ in 0..5 {
        let mut ada = TestPeer::connect(&server).await;
        assert_eq!(ada.hear_refusal().await, RefuseReason::Overloaded);
        refused.push(ada);
    }
    let metrics = server.get("/metrics").await;
    let displaced = "tincan_connections_displaced_total";
    assert!(metrics.text().contains(displaced), "{}", metrics.text());
}

#[tokio::test]
async fn beyond_so_many_rooms_the_next_is_told_so() {
    let server = TestServer::with_limits(Limits {
        rooms: 1,
        ..Limits::default()
    });
    let _ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::connect(&server).await;
    bob.say(&enter("elk")).await;
    bob.is_ended(RefuseReason::Overloaded, CloseCode::TooMany)
        .await;
    TestPeer::in_lobby(&server, "tea").await;
}

#[tokio::test]
async fn an_address_opens_so_many_rooms() {
    let server = TestServer::with_limits(Limits {
        rooms_per_address: 1,
        loopback: Loopback::Counted,
        ..Limits::default()
    });
    let _ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::connect(&server).await;
    bob.say(&enter("coffee")).await;
    bob.is_ended(RefuseReason::TooManyRooms, CloseCode::TooMany)
        .await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_and_not_read() {
    let server = TestServer::start();
    for size in [MAX_MESSAGE_BYTES + 1, 1024 * 1024] {
        let mut ada = TestPeer::in_lobby(&server, "tea").await;
        ada.say_text("x".repeat(size)).await;
        ada.is_ended(RefuseReason::MessageTooLarge, CloseCode::TooLarge)
            .await;
    }
}

#[tokio::test]
async fn the_largest_message_passes() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::in_lobby(&server, "tea").await;
    let body = vec![7; protocol::MAX_BODY_CHARS / 4 * 3];
    bob.signal(&ada.id(), &body).await;
    ada.hear().await;
    assert!(matches!(ada.hear().await, ServerMessage::Signal { .. }));
}

#[tokio::test]
async fn bytes_are_no_text() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    ada.send(Message::binary(vec![1, 2, 3])).await;
    ada.is_ended(RefuseReason::BadMessage, CloseCode::Unsupported)
        .await;
}

#[tokio::test]
async fn a_flood_is_cut_off_and_harms_nobody_else() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::in_lobby(&server, "tea").await;
    ada.hear().await;
    for _ in 0..2 * MESSAGES_BURST {
        bob.say(&ClientMessage::Ping { received: 0 }).await;
    }
    let end = loop {
        match bob.next().await {
            Some(Heard::Message(ServerMessage::Pong)) => {}
            Some(Heard::Message(ServerMessage::Refused { reason, .. })) => break reason,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(end, RefuseReason::TooFast);
    assert_eq!(bob.hear_close().await, CloseCode::TooFast.code());
    assert_eq!(ada.hear().await, left(bob.id()));
    ada.hears_nothing().await;
}

#[tokio::test]
async fn who_does_not_read_is_cut_off_and_harms_nobody_else() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::connect_narrow(&server).await;
    bob.enter("tea").await;
    assert_eq!(ada.hear().await, ServerMessage::Entered { id: bob.id() });
    // More than the kernel holds on both sides, and than the outbox besides.
    let body = vec![7; 40 * 1024];
    for _ in 0..protocol::BYTES_BURST as usize / (56 * 1024) {
        ada.signal(&bob.id(), &body).await;
    }
    assert_eq!(ada.hear().await, left(bob.id()));
    let end = loop {
        match bob.next().await {
            Some(Heard::Message(ServerMessage::Signal { .. })) => {}
            other => break other,
        }
    };
    assert!(matches!(
        end,
        Some(Heard::Message(ServerMessage::Refused {
            reason: RefuseReason::FellBehind,
            ..
        }))
    ));
    assert_eq!(bob.hear_close().await, CloseCode::FellBehind.code());
}

#[tokio::test]
async fn who_neither_speaks_nor_answers_is_idle() {
    let server = TestServer::with_limits(Limits {
        heartbeat: Duration::from_millis(50),
        idle: Duration::from_millis(200),
        ..Limits::default()
    });
    // By hand, since a library would answer the pings.
    let request = "GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                   sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
                   sec-websocket-protocol: tincan.v1\r\n\r\n";
    let heard = server.raw(request.as_bytes()).await;
    let text = String::from_utf8_lossy(&heard);
    assert!(text.contains("101 Switching Protocols"), "{text}");
    assert!(text.contains(r#""reason":"idle""#), "{text}");
    let close = CloseCode::Idle.code().to_be_bytes();
    assert!(heard.windows(2).any(|two| two == close), "{heard:?}");
}

#[tokio::test]
async fn who_never_enters_is_let_go() {
    let server = TestServer::with_limits(Limits {
        enter: Duration::from_millis(100),
        ..Limits::default()
    });
    let mut ada = TestPeer::connect(&server).await;
    ada.is_ended(RefuseReason::Idle, CloseCode::Idle).await;
}

#[tokio::test]
async fn a_page_from_elsewhere_may_not_open_a_socket() {
    let server = TestServer::start();
    let own = format!("http://{}", server.http);
    for (origin, is_allowed) in [
        (own.as_str(), true),
        ("http://localhost:8081", true),
        ("https://evil.example", false),
        ("null", false),
    ] {
        let connected = TestPeer::try_connect(&server, &[("origin", origin)]).await;
        match connected {
            Ok(_) => assert!(is_allowed, "{origin}"),
            Err(Error::Http(answer)) => {
                assert!(!is_allowed, "{origin}");
                assert_eq!(answer.status().as_u16(), 403);
            }
            Err(error) => panic!("{origin}: {error}"),
        }
    }
}

#[tokio::test]
async fn another_subprotocol_is_refused() {
    let server = TestServer::start();
    let headers = [("sec-websocket-protocol", "tincan.v9")];
    match TestPeer::try_connect(&server, &headers).await {
        Err(Error::Http(answer)) => assert_eq!(answer.status().as_u16(), 400),
        Err(error) => panic!("{error}"),
        Ok(_) => panic!("connected"),
    }
}

#[tokio::test]
async fn refusals_are_counted_by_reason() {
    let server = TestServer::start();
    let mut ada = TestPeer::connect(&server).await;
    ada.say(&ClientMessage::Join).await;
    ada.is_ended(RefuseReason::NotEntered, CloseCode::BadMessage)
        .await;
    let metrics = server.get("/metrics").await;
    let line = r#"tincan_refused_total{reason="not_entered"}"#;
    assert!(metrics.text().contains(line), "{}", metrics.text());
}
