//! TURN on real sockets, with a small client of our own. Those of other makers are in
//! `witnesses.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::net::{IpAddr, SocketAddr};

#[cfg(target_os = "linux")]
use common::turn::send_run;
use common::turn::{Client, Got, SECRET};
use common::{TestPeer, TestServer, enter, soon, test_config, witness};
use protocol::{ClientMessage, ParticipantId, RoomName, ServerMessage};
use tincan::config::{Config, Listen, Secret, Turn};
use tincan::relay::{Relay, RelayHandle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, UdpSocket};
use tokio_util::sync::{CancellationToken, DropGuard};
use turn::Transport;
use turn::attribute::{AttributeType, LIFETIME, REQUESTED_TRANSPORT, XOR_PEER_ADDRESS};
use turn::message::{Class, Method, Writer};

/// A relay with a TCP listener in front of it, as the server has it.
struct TestRelay {
    address: SocketAddr,
    handle: RelayHandle,
    _stop: DropGuard,
}

impl TestRelay {
    async fn start() -> Self {
        Self::at("127.0.0.1", |_| {}).await
    }

    async fn at(ip: &str, change: impl FnOnce(&mut Config)) -> Self {
        let ip: IpAddr = ip.parse().unwrap();
        let mut config = Config {
            listen: Listen::At((ip, 0).into()),
            turn_secret: Some(Secret(SECRET.to_owned())),
            ..test_config()
        };
        change(&mut config);
        // A port that is free for TCP may be taken for UDP.
        let (listener, relay) = loop {
            let listener = TcpListener::bind((ip, 0)).await.unwrap();
            let address = listener.local_addr().unwrap();
            if let Ok(relay) = Relay::bind(&config, vec![address]) {
                break (listener, relay);
            }
        };
        let (address, handle) = (relay.addresses()[0], relay.handle());
        let stop = CancellationToken::new();
        tokio::spawn(relay.run(stop.clone()));
        let streams = handle.clone();
        tokio::spawn(async move {
            while let Ok((stream, peer)) = listener.accept().await {
                let streams = streams.clone();
                tokio::spawn(async move { streams.serve_stream(stream, peer, address).await });
            }
        });
        Self {
            address,
            handle,
            _stop: stop.drop_guard(),
        }
    }
}

#[tokio::test]
async fn a_peer_is_reached_by_indication_and_by_channel() {
    let relay = TestRelay::start().await;
    for mut client in [
        Client::over_udp(relay.address).await,
        Client::over_tcp(relay.address).await,
    ] {
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = peer.local_addr().unwrap();
        let relayed = client.allocate().await;
        client.permit(at).await;
        client.tell(at, b"hello").await;
        let mut packet = [0; 100];
        let (length, from) = soon(peer.recv_from(&mut packet)).await.unwrap();
        assert_eq!((&packet[..length], from), (&b"hello"[..], relayed));
        peer.send_to(b"hello too", relayed).await.unwrap();
        assert_eq!(client.got().await, Got::Data(at, b"hello too".to_vec()));
        client.bind(0x4001, at).await;
        client.channel(0x4001, b"again").await;
        let (length, from) = soon(peer.recv_from(&mut packet)).await.unwrap();
        assert_eq!((&packet[..length], from), (&b"again"[..], relayed));
        peer.send_to(b"again too", relayed).await.unwrap();
        assert_eq!(
            client.got().await,
            Got::Channel(0x4001, b"again too".to_vec())
        );
    }
}

#[tokio::test]
async fn two_clients_meet_inside_however_they_are_connected() {
    everybody_meets(&TestRelay::start().await).await;
}

#[tokio::test]
async fn behind_an_address_that_is_not_ours_two_clients_meet_inside() {
    if !has_a_way_out().await {
        return witness::skipped(
            "this machine has no way out, so no address of its own to relay by",
        );
    }
    // An address of documentation (RFC 5737): what is sent to it goes out and never comes back.
    let relay = TestRelay::at("127.0.0.1", |config| {
        config.external_ips.v4 = Some("198.51.100.1".parse().unwrap());
    });
    everybody_meets(&relay.await).await;
}

/// Whether packets would leave this machine: connecting a UDP socket sends nothing.
async fn has_a_way_out() -> bool {
    let socket = UdpSocket::bind("0.0.0.0:0").await.unwrap();
    socket.connect("192.0.2.1:9").await.is_ok()
}

async fn everybody_meets(relay: &TestRelay) {
    let mut clients = Vec::new();
    // More than the machine has cores, so that some share a thread and some do not.
    for _ in 0..4 {
        clients.push(Client::over_udp(relay.address).await);
        clients.push(Client::over_tcp(relay.address).await);
    }
    let mut relayed = Vec::new();
    for client in &mut clients {
        relayed.push(client.allocate().await);
    }
    for one in 0..clients.len() {
        for other in 0..one {
            let number = |index: usize| 0x4000 + index as u16;
            clients[one].bind(number(other), relayed[other]).await;
            clients[other].bind(number(one), relayed[one]).await;
            clients[one].channel(number(other), b"ping").await;
            assert_eq!(
                clients[other].got().await,
                Got::Channel(number(one), b"ping".to_vec())
            );
            clients[other].channel(number(one), b"pong").await;
            assert_eq!(
                clients[one].got().await,
                Got::Channel(number(other), b"pong".to_vec())
            );
        }
    }
}

#[tokio::test]
async fn packets_in_a_burst_arrive_all_and_in_order() {
    let relay = TestRelay::start().await;
    let mut client = Client::over_udp(relay.address).await;
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let relayed = client.allocate().await;
    client.bind(0x4000, peer.local_addr().unwrap()).await;
    // Lengths that change, so that runs of equal ones are cut where they must be.
    let length = |number: usize| [1200, 1200, 1200, 700, 0, 1200, 9000, 1][number % 8] + 2;
    let mut expected = Vec::new();
    for number in 0..120_usize {
        let mut payload = vec![number as u8; length(number)];
        payload[..2].copy_from_slice(&(number as u16).to_be_bytes());
        expected.push(payload);
    }
    let mut packet = vec![0; 65_536];
    // Not more at once than the sockets of the test hold.
    for burst in expected.chunks(24) {
        for payload in burst {
            client.channel(0x4000, payload).await;
        }
        for payload in burst {
            let length = soon(peer.recv(&mut packet)).await.unwrap();
            assert!(
                packet[..length] == **payload,
                "a packet is lost, late or changed"
            );
        }
        for payload in burst {
            peer.send_to(payload, relayed).await.unwrap();
        }
        for payload in burst {
            let same = client.got().await == Got::Channel(0x4000, payload.clone());
            assert!(same, "a packet is lost, late or changed");
        }
    }
}

/// Each its number, a multiple of four long, so that ChannelData of them are as long as each other.
#[cfg(target_os = "linux")]
fn numbered(count: usize, length: usize, last: usize) -> Vec<Vec<u8>> {
    let mut packets: Vec<_> = (0..count).map(|at| vec![at as u8; length]).collect();
    packets.push(vec![count as u8; last]);
    packets
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn packets_that_the_kernel_joined_are_taken_apart() {
    let relay = TestRelay::start().await;
    let mut client = Client::over_udp(relay.address).await;
    let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let relayed = client.allocate().await;
    client.bind(0x4000, peer.local_addr().unwrap()).await;
    peer.connect(relayed).await.unwrap();
    let packets = numbered(12, 1000, 301);
    let framed = |payload: &Vec<u8>| {
        let mut message = vec![0x40, 0x00];
        message.extend_from_slice(&(payload.len() as u16).to_be_bytes());
        message.extend_from_slice(payload);
        message
    };
    let messages: Vec<_> = packets.iter().map(framed).collect();
    client.send_run(&messages).await;
    let mut packet = vec![0; 65_536];
    for expected in &packets {
        let length = soon(peer.recv(&mut packet)).await.unwrap();
        assert!(packet[..length] == **expected, "to the peer");
    }
    send_run(&peer, &packets).await;
    for expected in &packets {
        let same = client.got().await == Got::Channel(0x4000, expected.clone());
        assert!(same, "to the client");
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn what_the_kernel_joined_reaches_those_without_a_channel_whole() {
    let relay = TestRelay::start().await;
    let mut ada = Client::over_udp(relay.address).await;
    let mut bob = Client::over_udp(relay.address).await;
    let (ada_at, bob_at) = (ada.allocate().await, bob.allocate().await);
    // Bob gets long headers and padding where Ada's were short and had none.
    ada.bind(0x4000, bob_at).await;
    bob.permit(ada_at).await;
    let packets = numbered(12, 997, 3);
    let framed = |payload: &Vec<u8>| [&[0x40, 0x00, 3, 229], &payload[..]].concat();
    let mut messages: Vec<_> = packets.iter().map(framed).collect();
    messages[12][2..4].copy_from_slice(&[0, 3]);
    ada.send_run(&messages).await;
    for expected in packets {
        assert!(bob.got().await == Got::Data(ada_at, expected), "to Bob");
    }
}

#[tokio::test]
async fn ipv6_is_relayed_too() {
    if UdpSocket::bind("[::1]:0").await.is_err() {
        return witness::skipped("there is no IPv6");
    }
    let relay = TestRelay::at("::1", |_| {}).await;
    let mut client = Client::over_udp(relay.address).await;
    let peer = UdpSocket::bind("[::1]:0").await.unwrap();
    let family = (AttributeType(0x17), vec![2, 0, 0, 0]);
    let transport = (REQUESTED_TRANSPORT, vec![17, 0, 0, 0]);
    let relayed = client.request(Method::ALLOCATE, &[transport, family]).await;
    let relayed = relayed.unwrap().unwrap();
    client.bind(0x4000, peer.local_addr().unwrap()).await;
    client.channel(0x4000, b"six").await;
    let mut packet = [0; 100];
    let (length, from) = soon(peer.recv_from(&mut packet)).await.unwrap();
    assert_eq!((&packet[..length], from), (&b"six"[..], relayed));
}

#[tokio::test]
async fn credentials_end_when_they_are_taken_back() {
    let relay = TestRelay::start().await;
    let room: RoomName = "tea".parse().unwrap();
    let ada = ParticipantId::from_bytes([1; 12]);
    let access = relay.handle.access(&room, &ada).unwrap();
    let mut clients = [
        Client::over_udp(relay.address).await,
        Client::over_tcp(relay.address).await,
    ];
    for client in &mut clients {
        client.username.clone_from(&access.username);
        client.password.clone_from(&access.credential.0);
        client.allocate().await;
    }
    relay.handle.revoke(&room, &ada);
    for client in &mut clients {
        // Ended, or about to be; in any case the credentials are void.
        let lifetime = (LIFETIME, 600_u32.to_be_bytes().to_vec());
        let refused = client.request(Method::REFRESH, &[lifetime]).await;
        assert!(matches!(refused, Err(401 | 437)), "{refused:?}");
        assert_eq!(
            Client::over_udp(relay.address)
                .await
                .allocate_as(&access.username)
                .await,
            Err(401)
        );
    }
}

#[tokio::test]
async fn whoever_leaves_the_room_loses_the_relay() {
    let server = TestServer::start();
    for transport in [Transport::Udp, Transport::Stream] {
        let mut ada = TestPeer::connect(&server).await;
        let (username, password) = access(&mut ada).await;
        let mut client = match transport {
            Transport::Udp => Client::over_udp(server.turn[0]).await,
            Transport::Stream => Client::over_tcp(server.http).await,
        };
        client.username.clone_from(&username);
        client.password = password;
        let peer = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let at = peer.local_addr().unwrap();
        let relayed = client.allocate().await;
        client.permit(at).await;
        peer.send_to(b"hello", relayed).await.unwrap();
        assert_eq!(client.got().await, Got::Data(at, b"hello".to_vec()));

        ada.say(&ClientMessage::Leave).await;
        is_closed(relayed).await;
        let lifetime = (LIFETIME, 600_u32.to_be_bytes().to_vec());
        let refused = client.request(Method::REFRESH, &[lifetime]).await;
        assert_eq!(refused, Err(401), "over {transport:?}");
        let mut again = Client::over_udp(server.turn[0]).await;
        again.password.clone_from(&client.password);
        again.username = username;
        assert_eq!(again.try_allocate().await, Err(401));
        peer.send_to(b"late", relayed).await.unwrap();
        // What is heard next answers what is asked now.
        client.request(Method::BINDING, &[]).await.unwrap();
    }
}

/// Enters, and returns the credentials that the welcome brings.
async fn access(peer: &mut TestPeer) -> (String, String) {
    peer.say(&enter("tea")).await;
    let ServerMessage::Welcome { ice_servers, .. } = peer.hear().await else {
        panic!("a welcome comes first");
    };
    let turn = ice_servers.into_iter().find(|one| one.username.is_some());
    let turn = turn.expect("the server relays");
    (turn.username.unwrap(), turn.credential.unwrap().0)
}

/// Waits until nobody holds a relay's port any more.
async fn is_closed(relayed: SocketAddr) {
    soon(async {
        while UdpSocket::bind(relayed).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn who_was_given_credentials_long_ago_loses_the_relay_too() {
    let relay = TestRelay::start().await;
    let (room, ada) = ("tea".parse().unwrap(), ParticipantId::from_bytes([1; 12]));
    // Another server of the same secret stands for the one that has forgotten it.
    let other = TestRelay::start().await;
    let access = other.handle.access(&room, &ada).unwrap();
    let mut client = Client::over_udp(relay.address).await;
    client.username = access.username;
    client.password = access.credential.0;
    let relayed = client.allocate().await;
    relay.handle.revoke(&room, &ada);
    is_closed(relayed).await;
}

#[tokio::test]
async fn a_crowd_that_leaves_at_once_takes_every_stream_along() {
    let relay = TestRelay::start().await;
    let (room, ada) = ("tea".parse().unwrap(), ParticipantId::from_bytes([1; 12]));
    let access = relay.handle.access(&room, &ada).unwrap();
    let mut client = Client::over_tcp(relay.address).await;
    client.username = access.username;
    client.password = access.credential.0;
    let relayed = client.allocate().await;
    // More than a stream is told one by one; it has no turn before all have left.
    relay.handle.revoke(&room, &ada);
    for number in 0..1000_u16 {
        let mut id = [2; 12];
        id[..2].copy_from_slice(&number.to_be_bytes());
        relay.handle.revoke(&room, &ParticipantId::from_bytes(id));
    }
    is_closed(relayed).await;
}

#[tokio::test]
async fn an_answer_does_not_wait_inside_a_stream() {
    let relay = TestRelay::start().await;
    let (mut client, server) = tokio::io::duplex(4096);
    let (handle, address) = (relay.handle.clone(), relay.address);
    // It keeps what is written until it is flushed, as a stream of TLS may.
    let server = tokio::io::BufStream::new(server);
    tokio::spawn(async move { handle.serve_stream(server, address, address).await });
    let mut request = Vec::new();
    Writer::new(&mut request, Class::Request, Method::BINDING, &[1; 12]).finish();
    client.write_all(&request).await.unwrap();
    let mut answer = [0; 20];
    soon(client.read_exact(&mut answer)).await.unwrap();
}

#[tokio::test]
async fn a_wrong_password_and_a_forbidden_peer_are_refused() {
    let relay = TestRelay::start().await;
    let mut client = Client::over_udp(relay.address).await;
    client.password = "guess".to_owned();
    assert_eq!(client.try_allocate().await, Err(401));
    let mut client = Client::over_udp(relay.address).await;
    client.allocate().await;
    for peer in ["10.0.0.1:80", "169.254.169.254:80"] {
        let peer = (XOR_PEER_ADDRESS, peer.as_bytes().to_vec());
        assert_eq!(
            client.request(Method::CREATE_PERMISSION, &[peer]).await,
            Err(403)
        );
    }
}

#[tokio::test]
async fn whoever_a_proxy_on_this_machine_brings_reaches_nothing_on_it() {
    let relay = TestRelay::at("127.0.0.1", |config| {
        config.trusted_proxies = vec!["127.0.0.1/32".parse().unwrap()];
    })
    .await;
    let service = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let own = UdpSocket::bind("0.0.0.0:0").await.unwrap();
    for mut client in [
        Client::over_udp(relay.address).await,
        Client::over_tcp(relay.address).await,
    ] {
        client.allocate().await;
        // A permission is given, as a relay of this server may be there; this is none.
        let at = service.local_addr().unwrap();
        client.permit(at).await;
        client.tell(at, b"a query").await;
        let elsewhere = "127.0.0.53:53".to_owned().into_bytes();
        let peer = (XOR_PEER_ADDRESS, elsewhere);
        let refused = client.request(Method::CREATE_PERMISSION, &[peer]).await;
        assert_eq!(refused, Err(403));
    }
    // What is heard first is what is sent last.
    let at = service.local_addr().unwrap();
    own.send_to(b"the end", at).await.unwrap();
    let mut packet = [0; 100];
    let length = soon(service.recv(&mut packet)).await.unwrap();
    assert_eq!(&packet[..length], b"the end");
    // Two of them still meet.
    everybody_meets(&relay).await;
}

#[tokio::test]
async fn without_turn_nobody_gets_credentials() {
    let relay = TestRelay::at("127.0.0.1", |config| config.turn = Turn::Off).await;
    let ada = ParticipantId::from_bytes([1; 12]);
    assert!(relay.handle.access(&"tea".parse().unwrap(), &ada).is_none());
}
