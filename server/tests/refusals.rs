//! Every reason for which TURN refuses, over real sockets, told to the client and to whoever reads
//! `/metrics`. One test alone, since counters belong to the whole process. `500` is missing: it is for
//! what cannot happen.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::collections::BTreeMap;
use std::net::UdpSocket;

use common::turn::{Client, SECRET};
use common::{TestServer, soon, test_config};
use tincan::config::{Config, Secret};
use turn::attribute::{
    AttributeType, LIFETIME, REQUESTED_ADDRESS_FAMILY, REQUESTED_TRANSPORT, XOR_PEER_ADDRESS,
};
use turn::message::Method;

/// Allocations that one participant may have.
const QUOTA: usize = 256;

const UDP: (AttributeType, &[u8]) = (REQUESTED_TRANSPORT, &[17, 0, 0, 0]);
const TCP: (AttributeType, &[u8]) = (REQUESTED_TRANSPORT, &[6, 0, 0, 0]);
const IPV9: (AttributeType, &[u8]) = (REQUESTED_ADDRESS_FAMILY, &[9, 0, 0, 0]);
const NOBODY_KNOWS: (AttributeType, &[u8]) = (AttributeType(0x7FFF), &[0; 4]);
const A_WHILE: (AttributeType, &[u8]) = (LIFETIME, &[0, 0, 2, 88]);

#[tokio::test]
async fn every_refusal_is_told_and_counted() {
    let server = TestServer::with(config());
    let mut refusals = Refusals::default();
    for over_udp in [true, false] {
        let mut client = if over_udp {
            Client::over_udp(server.turn[0]).await
        } else {
            Client::over_tcp(server.http).await
        };
        let named = client.username.clone();
        client.password = "guess".to_owned();
        refusals
            .expect(&mut client, Method::ALLOCATE, &[UDP], 401)
            .await;
        client.called(&named);
        refusals
            .expect(&mut client, Method::ALLOCATE, &[], 400)
            .await;
        refusals
            .expect(&mut client, Method::ALLOCATE, &[TCP], 442)
            .await;
        refusals
            .expect(&mut client, Method::ALLOCATE, &[UDP, NOBODY_KNOWS], 420)
            .await;
        refusals
            .expect(&mut client, Method::ALLOCATE, &[UDP, IPV9], 440)
            .await;
        refusals
            .expect(&mut client, Method::REFRESH, &[A_WHILE], 437)
            .await;

        client.allocate().await;
        refusals
            .expect(&mut client, Method::ALLOCATE, &[UDP], 437)
            .await;
        for (peer, code) in [("[2001:db8::1]:9", 443), ("10.0.0.1:80", 403)] {
            let peer = (XOR_PEER_ADDRESS, peer.as_bytes());
            refusals
                .expect(&mut client, Method::CREATE_PERMISSION, &[peer], code)
                .await;
        }
        let other = format!("{}:other", u32::MAX);
        client.called(&other);
        refusals
            .expect(&mut client, Method::REFRESH, &[A_WHILE], 441)
            .await;
        client.nonce = "of yesterday".to_owned();
        refusals
            .expect(&mut client, Method::REFRESH, &[A_WHILE], 438)
            .await;
        // Also while the client is still there, over whatever it came.
        refusals.are_told_by(&server).await;
    }

    let ada = format!("{}:room.ada", u32::MAX);
    let mut hers = Vec::new();
    for _ in 0..QUOTA {
        let mut client = Client::over_udp(server.turn[0]).await;
        client.allocate_as(&ada).await.unwrap();
        hers.push(client);
    }
    let mut one_more = Client::over_udp(server.turn[0]).await;
    one_more.called(&ada);
    refusals
        .expect(&mut one_more, Method::ALLOCATE, &[UDP], 486)
        .await;

    let free = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let small = TestServer::with(Config {
        relay_ports: port..=port,
        ..config()
    });
    let mut first = Client::over_udp(small.turn[0]).await;
    first.allocate().await;
    let mut second = Client::over_udp(small.turn[0]).await;
    refusals
        .expect(&mut second, Method::ALLOCATE, &[UDP], 508)
        .await;
    refusals.are_told_by(&server).await;
}

fn config() -> Config {
    Config {
        turn_secret: Some(Secret(SECRET.to_owned())),
        ..test_config()
    }
}

/// How often each code was given.
#[derive(Default)]
struct Refusals(BTreeMap<u16, u64>);

impl Refusals {
    /// The request is refused with that code.
    async fn expect(
        &mut self,
        client: &mut Client,
        method: Method,
        attributes: &[(AttributeType, &[u8])],
        code: u16,
    ) {
        let attributes: Vec<_> = attributes
            .iter()
            .map(|(kind, value)| (*kind, value.to_vec()))
            .collect();
        assert_eq!(client.request(method, &attributes).await, Err(code));
        *self.0.entry(code).or_default() += 1;
    }

    /// `/metrics` of the server has as many of each; of 401 more, since everybody is asked for
    /// credentials in that way. What is counted is published once a second.
    async fn are_told_by(&self, server: &TestServer) {
        for (code, given) in &self.0 {
            soon(async {
                loop {
                    let told = told(server, *code).await;
                    if told == *given || *code == 401 && told > *given {
                        break;
                    }
                    assert!(told < *given, "{code} was given {given} times, not {told}");
                    tokio::task::yield_now().await;
                }
            })
            .await;
        }
    }
}

async fn told(server: &TestServer, code: u16) -> u64 {
    let metrics = server.get("/metrics").await;
    let text = String::from_utf8(metrics.body).unwrap();
    let line = format!("tincan_turn_errors_total{{code=\"{code}\"}} ");
    let found = text.lines().find_map(|found| found.strip_prefix(&line));
    found.map_or(0, |count| count.parse().unwrap())
}
