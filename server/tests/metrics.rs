//! What `/metrics` says of the relay. One test alone, as the counters are one for the process.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use common::turn::{Client, Got, SECRET};
use common::{TestServer, soon, test_config};
use tincan::config::{Config, Secret};
use tokio::net::UdpSocket;
use turn::attribute::LIFETIME;
use turn::message::Method;

#[tokio::test]
async fn what_is_relayed_and_what_is_refused_can_be_watched() {
    let server = TestServer::with(Config {
        turn_secret: Some(Secret(SECRET.to_owned())),
        ..test_config()
    });
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = peer.local_addr().unwrap();
    let mut clients = [
        Client::over_udp(server.turn[0]).await,
        Client::over_tcp(server.http).await,
    ];
    let mut packet = [0; 100];
    for client in &mut clients {
        let relayed = client.allocate().await;
        client.permit(at).await;
        // Up 5 bytes, down 3, and one packet to where nothing may go.
        client.tell(at, b"hello").await;
        soon(peer.recv(&mut packet)).await.unwrap();
        peer.send_to(b"hey", relayed).await.unwrap();
        assert_eq!(client.got().await, Got::Data(at, b"hey".to_vec()));
        client.tell("10.0.0.1:9".parse().unwrap(), b"no").await;
    }
    says(
        &server,
        &[
            "tincan_turn_allocations 2",
            "tincan_turn_allocations_total 2",
            "tincan_turn_packets_total{direction=\"up\"} 2",
            "tincan_turn_packets_total{direction=\"down\"} 2",
            "tincan_turn_bytes_total{direction=\"up\"} 10",
            "tincan_turn_bytes_total{direction=\"down\"} 6",
            "tincan_turn_dropped_total{reason=\"unpermitted\"} 2",
            "tincan_turn_errors_total{code=\"401\"} 2",
        ],
    )
    .await;
    for client in &mut clients {
        let nothing = (LIFETIME, vec![0; 4]);
        client.request(Method::REFRESH, &[nothing]).await.unwrap();
    }
    says(
        &server,
        &[
            "tincan_turn_allocations 0",
            "tincan_turn_allocations_total 2",
        ],
    )
    .await;
    // Each of the relay's says what it is.
    let text = server.get("/metrics").await;
    let text = text.text();
    let names = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let names: Vec<&str> = names.filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains(&"tincan_turn_allocations"), "{names:?}");
    for name in names {
        assert!(text.contains(&format!("# HELP {name} ")), "{name}");
    }
}

/// Waits until all of these lines are there.
async fn says(server: &TestServer, lines: &[&str]) {
    let mut text = String::new();
    let said = tokio::time::timeout(common::SOON, async {
        loop {
            text = server.get("/metrics").await.text().to_owned();
            if lines
                .iter()
                .all(|line| text.lines().any(|said| said == *line))
            {
                return;
            }
        }
    });
    let is_said = said.await.is_ok();
    assert!(is_said, "{lines:?} are not all in\n{text}");
}
