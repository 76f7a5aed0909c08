//! The server stops while people are in a call: they are told, and it ends in time.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

mod common;

use common::{TestPeer, TestServer};
use protocol::{CloseCode, ServerMessage};

#[tokio::test]
async fn everyone_is_told_when_to_come_back_and_the_server_ends() {
    let server = TestServer::start();
    let mut ada = TestPeer::in_lobby(&server, "tea").await;
    let mut bob = TestPeer::in_lobby(&server, "coffee").await;
    server.stop();
    for peer in [&mut ada, &mut bob] {
        match peer.hear().await {
            ServerMessage::Draining { retry_after_ms } => {
                assert!((1_000..5_000).contains(&retry_after_ms), "{retry_after_ms}");
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(peer.hear_close().await, CloseCode::GoingAway.code());
    }
    server.stopped().await;
}

#[tokio::test]
async fn a_socket_that_has_not_entered_is_closed_as_well() {
    let server = TestServer::start();
    let mut ada = TestPeer::connect(&server).await;
    server.stop();
    assert_eq!(ada.hear_close().await, CloseCode::GoingAway.code());
    server.stopped().await;
}

#[tokio::test]
async fn those_who_do_not_answer_the_close_do_not_hold_it_up() {
    let server = TestServer::start();
    let ada = TestPeer::in_lobby(&server, "tea").await;
    let idle = tokio::net::TcpStream::connect(server.http).await.unwrap();
    server.stop();
    server.stopped().await;
    drop((ada, idle));
}
