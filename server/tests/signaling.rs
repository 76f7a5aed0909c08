//! People enter, join, signal, leave and come back, over real sockets.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

mod common;

use std::time::Duration;

use common::{TestPeer, TestServer, enter, left};
use protocol::{
    ClientMessage, CloseCode, PROTOCOL_VERSION, Place, Present, RefuseReason, ServerMessage,
};
use tincan::config::Limits;

#[tokio::test]
async fn two_people_enter_join_and_signal() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    ada.say(&ClientMessage::Join).await;
    assert_eq!(ada.hear().await, ServerMessage::Joined { id: ada.id() });

    let mut bob = TestPeer::in_lobby(&server, "tea").await;
    let in_call = Present {
        id: ada.id(),
        place: Place::Call,
    };
    assert_eq!(bob.present, [in_call]);
    assert_eq!(ada.hear().await, ServerMessage::Entered { id: bob.id() });

    bob.signal(&ada.id(), b"sealed").await;
    match ada.hear().await {
        ServerMessage::Signal { from, body } => {
            assert_eq!(from, bob.id());
            assert_eq!(body.to_bytes().unwrap(), b"sealed");
        }
        other => panic!("{other:?}"),
    }
    bob.say(&ClientMessage::Join).await;
    assert_eq!(ada.hear().await, ServerMessage::Joined { id: bob.id() });
    assert_eq!(bob.hear().await, ServerMessage::Joined { id: bob.id() });
}

#[tokio::test]
async fn welcome_names_a_stun_server_on_the_port_of_the_page() {
    let server = TestServer::start();
    let mut ada = TestPeer::connect(&server).await;
    ada.say(&enter("tea")).await;
    let ServerMessage::Welcome {
        ice_servers,
        settings,
        ..
    } = ada.hear().await
    else {
        panic!("no welcome")
    };
    let url = format!("stun:127.0.0.1:{}", server.http.port());
    assert_eq!(ice_servers[0].urls, [url]);
    assert_eq!(settings.max_participants, 8);
    assert_eq!(server.turn[0].port(), server.http.port());
}

#[tokio::test]
async fn welcome_gives_each_their_own_access_to_the_relay_and_resuming_a_fresh_one() {
    let server = TestServer::start();
    let mut usernames = Vec::new();
    for _ in 0..2 {
        let mut ada = TestPeer::connect(&server).await;
        ada.say(&enter("tea")).await;
        let ServerMessage::Welcome { ice_servers, .. } = ada.hear().await else {
            panic!("no welcome")
        };
        let port = server.http.port();
        let over = |transport| format!("turn:127.0.0.1:{port}?transport={transport}");
        assert_eq!(ice_servers[1].urls, [over("udp"), over("tcp")]);
        assert!(ice_servers[1].credential.is_some());
        usernames.push(ice_servers[1].username.clone().unwrap());
        let mut again = TestPeer::resume(&server, &ada.break_off()).await;
        let ServerMessage::Resumed { ice_servers, .. } = again.hear().await else {
            panic!("not resumed")
        };
        assert!(ice_servers[1].credential.is_some());
    }
    assert_ne!(usernames[0], usernames[1]);
}

#[tokio::test]
async fn leaving_is_told_at_once_and_answered_with_a_normal_close() {
    let server = TestServer::start();
    let [mut ada, mut bob] = two(&server).await;
    bob.say(&ClientMessage::Leave).await;
    assert_eq!(ada.hear().await, left(bob.id()));
    assert_eq!(bob.hear_close().await, CloseCode::Normal.code());
}

#[tokio::test]
async fn a_closed_tab_is_told_at_once() {
    let server = TestServer::start();
    let [mut ada, bob] = two(&server).await;
    let id = bob.id();
    bob.close_tab().await;
    assert_eq!(ada.hear().await, left(id));
}

#[tokio::test]
async fn a_lost_socket_is_told_after_the_grace_period() {
    let grace = Duration::from_millis(300);
    let server = TestServer::with_limits(Limits {
        grace,
        ..Limits::default()
    });
    let [mut ada, bob] = two(&server).await;
    let broken = std::time::Instant::now();
    let bob = bob.break_off();
    let expired = ServerMessage::Left {
        id: bob.id.clone(),
        expired: true,
    };
    assert_eq!(ada.hear().await, expired);
    assert!(broken.elapsed() >= grace);

    let mut late = TestPeer::resume(&server, &bob).await;
    assert_eq!(late.hear_refusal().await, RefuseReason::UnknownToken);
    late.enter("tea").await;
    assert_ne!(late.id(), bob.id, "a new id for a new life");
}

#[tokio::test]
async fn who_resumes_gets_what_was_missed_in_order_and_nobody_notices() {
    let server = TestServer::start();
    let [mut ada, bob] = two(&server).await;
    let id = bob.id();
    let former = bob.break_off();
    for number in 0..50u8 {
        ada.signal(&id, &[number]).await;
    }
    ada.hears_nothing().await;

    let mut bob = TestPeer::resume(&server, &former).await;
    match bob.hear().await {
        ServerMessage::Resumed { place, ice_servers } => {
            assert_eq!(place, Place::Lobby);
            assert!(!ice_servers.is_empty());
        }
        other => panic!("{other:?}"),
    }
    for number in 0..50u8 {
        assert_eq!(heard_signal(&mut bob).await, [number]);
    }
    bob.hears_nothing().await;
    ada.hears_nothing().await;
    bob.signal(&ada.id(), b"back").await;
    assert_eq!(heard_signal(&mut ada).await, b"back");
}

#[tokio::test]
async fn messages_lost_in_a_dead_socket_are_sent_again() {
    let server = TestServer::start();
    let [mut ada, bob] = two(&server).await;
    let id = bob.id();
    // Bob's machine sleeps: what is written to his socket arrives nowhere.
    for number in 0..20u8 {
        ada.signal(&id, &[number]).await;
    }
    ada.hears_nothing().await;
    let former = bob.break_off();
    let mut bob = TestPeer::resume(&server, &former).await;
    assert!(matches!(bob.hear().await, ServerMessage::Resumed { .. }));
    for number in 0..20u8 {
        assert_eq!(heard_signal(&mut bob).await, [number]);
    }
}

#[tokio::test]
async fn a_second_socket_takes_over_from_the_first() {
    let server = TestServer::start();
    let [mut ada, mut bob] = two(&server).await;
    let mut again = TestPeer::connect(&server).await;
    let (token, received) = (bob.token(), bob.received);
    again.say(&ClientMessage::Resume { token, received }).await;
    assert!(matches!(again.hear().await, ServerMessage::Resumed { .. }));
    assert_eq!(bob.hear_close().await, CloseCode::Replaced.code());
    ada.signal(&bob.id(), b"still you?").await;
    assert_eq!(heard_signal(&mut again).await, b"still you?");
    ada.hears_nothing().await;
}

#[tokio::test]
async fn a_reloaded_page_replaces_its_former_self() {
    let server = TestServer::start();
    let [mut ada, mut bob] = two(&server).await;
    let mut again = TestPeer::connect(&server).await;
    let message = ClientMessage::Enter {
        version: PROTOCOL_VERSION,
        room: common::room_name("tea"),
        replaces: Some(bob.token()),
    };
    again.say(&message).await;
    assert!(matches!(again.hear().await, ServerMessage::Welcome { .. }));
    assert_eq!(bob.hear_close().await, CloseCode::Replaced.code());
    assert_eq!(ada.hear().await, left(bob.id()));
    assert_eq!(ada.hear().await, ServerMessage::Entered { id: again.id() });
    assert_eq!(again.present.len(), 1);
}

#[tokio::test]
async fn much_that_is_read_needs_no_word_of_the_page_to_be_let_go() {
    let server = TestServer::start();
    let [mut ada, mut bob] = two(&server).await;
    let id = bob.id();
    // Four times what is kept for one participant; their browser answers the server's questions.
    let body = [7; 40 * 1024];
    for _ in 0..4 * protocol::MAX_OUTBOX_BYTES / body.len() {
        ada.signal(&id, &body).await;
        assert_eq!(heard_signal(&mut bob).await.len(), body.len());
    }
    bob.hears_nothing().await;
    ada.hears_nothing().await;
}

#[tokio::test]
async fn who_answers_pings_is_not_idle() {
    let idle = Duration::from_millis(200);
    let server = TestServer::with_limits(Limits {
        heartbeat: idle / 4,
        idle,
        ..Limits::default()
    });
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    // Says nothing and reads, as a page whose timers are held back.
    let silence = tokio::time::timeout(4 * idle, ada.next());
    assert!(silence.await.is_err(), "nothing was said to her");
    ada.hears_nothing().await;
}

async fn two(server: &TestServer) -> [TestPeer; 2] {
    let mut ada = TestPeer::in_lobby(server, "tea").await;
    let bob = TestPeer::in_lobby(server, "tea").await;
    let heard = ada.hear().await;
    assert_eq!(heard, ServerMessage::Entered { id: bob.id() });
    [ada, bob]
}

async fn heard_signal(peer: &mut TestPeer) -> Vec<u8> {
    match peer.hear().await {
        ServerMessage::Signal { body, .. } => body.to_bytes().unwrap(),
        other => panic!("heard {other:?} instead of a signal"),
    }
}

/// As anybody can who has a socket and reads the protocol.
#[tokio::test]
async fn what_a_guest_says_of_the_room_is_refused_and_a_host_is_obeyed() {
    let server = TestServer::start();
    let [mut ada, mut bob] = two(&server).await;
    ada.say(&ClientMessage::Join).await;
    ada.hear_room(|room| room.hosts.len() == 1).await;
    bob.say(&ClientMessage::Join).await;
    assert_eq!(bob.hear().await, ServerMessage::Joined { id: ada.id() });
    assert_eq!(bob.hear().await, ServerMessage::Joined { id: bob.id() });
    let id = ada.id();
    for text in [
        r#"{"type":"room","action":"lock"}"#.to_owned(),
        format!(r#"{{"type":"room","action":"remove","id":"{id}"}}"#),
        r#"{"type":"room","action":"make_host"}"#.to_owned(),
    ] {
        bob.say_text(text).await;
        assert_eq!(bob.hear_refusal().await, RefuseReason::NotHost);
    }
    ada.say_text(format!(
        r#"{{"type":"room","action":"remove","id":"{}"}}"#,
        bob.id()
    ))
    .await;
    bob.is_ended(RefuseReason::Removed, CloseCode::Removed)
        .await;
    assert_eq!(ada.hear().await, ServerMessage::Joined { id: bob.id() });
    assert_eq!(ada.hear().await, left(bob.id()));
}
