//! TURN as clients of other makers use it, on real sockets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::net::IpAddr;
use std::process::Stdio;
use std::time::Duration;

use common::tls::Files;
use common::turn::SECRET;
use common::{TestPeer, TestServer, witness};
use protocol::{IceServer, ServerMessage};
use tincan::config::{Config, Listen, Secret, Turn};
use tokio::net::UdpSocket;
use tokio::process::{Child, Command};
use tokio::sync::Semaphore;

/// How coturn's client is told to come. Of a TLS record it reads the first message and forgets the
/// others, so there the messages are sent so far apart (in milliseconds) that each has its own.
const TRANSPORTS: [(&str, &[&str]); 3] = [
    ("UDP", &[]),
    ("TCP", &["-t"]),
    ("TLS", &["-t", "-S", "-z", "500"]),
];

/// How it is told to send.
const WAYS: [(&str, &[&str]); 2] = [("channels", &[]), ("indications", &["-s"])];

/// Clients at once, and messages of each: enough for every way, and done in seconds.
const CROWDS: [(&str, &str); 3] = [("1", "10"), ("10", "5"), ("100", "2")];

/// Places for crowds of a hundred: when there are more at once, the client gives up on answers that
/// come late.
static HUNDREDS: Semaphore = Semaphore::const_new(3);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coturns_client_loses_nothing() {
    every_way_of_coturns_client("127.0.0.1", &[]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coturns_client_loses_nothing_over_ipv6() {
    if UdpSocket::bind("[::1]:0").await.is_err() {
        return witness::skipped("there is no IPv6");
    }
    every_way_of_coturns_client("::1", &["-x"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coturns_client_has_pairs_of_ports_and_forbids_fragments() {
    let (_files, server) = server("127.0.0.1");
    let coturn = Coturn::at("127.0.0.1", &server).await;
    let runs: [(&str, &[&str]); 3] = [
        ("a pair of ports", &["-n", "5"]),
        ("ten pairs", &["-n", "3", "-m", "10"]),
        ("not to be fragmented", &["-n", "5", "-c", "-g"]),
    ];
    let runs = runs.map(|(what, options)| coturn.loses_nothing(what.to_owned(), options.to_vec()));
    futures::future::join_all(runs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn coturns_client_gets_nothing_for_a_wrong_password() {
    let (_files, server) = server("127.0.0.1");
    let coturn = Coturn::at("127.0.0.1", &server).await;
    for (transport, options) in TRANSPORTS {
        let who = ["-u", "9999999999:a", "-w", "b", "-n", "1", "-c"];
        let Some(said) = coturn.says(&[&who, options].concat()).await else {
            return;
        };
        assert!(
            said.contains("Cannot complete Allocation"),
            "{transport}: {said}"
        );
        assert!(!said.contains("Total lost packets"), "{transport}: {said}");
    }
}

/// Each transport and each way to send, by one client, ten and a hundred.
async fn every_way_of_coturns_client(ip: &str, more: &[&str]) {
    let (_files, server) = server(ip);
    let coturn = Coturn::at(ip, &server).await;
    for (clients, messages) in CROWDS {
        let mut runs = Vec::new();
        for (transport, comes) in TRANSPORTS {
            for (way, sends) in WAYS {
                let what = format!("{clients} by {way} over {transport}");
                let crowd = ["-c", "-m", clients, "-n", messages];
                let options = [&crowd[..], comes, sends, more].concat();
                let coturn = &coturn;
                runs.push(async move {
                    let _place = match clients {
                        "100" => Some(HUNDREDS.acquire().await.unwrap()),
                        _ => None,
                    };
                    coturn.loses_nothing(what, options).await;
                });
            }
        }
        // Each takes some seconds, most of them waiting.
        futures::future::join_all(runs).await;
    }
}

/// A server with TLS at `ip`, and the files it reads.
fn server(ip: &str) -> (Files, TestServer) {
    let ip: IpAddr = ip.parse().unwrap();
    let files = Files::new();
    let server = files.serve_with(|config| {
        config.listen = Listen::At((ip, 0).into());
        config.turn_secret = Some(Secret(SECRET.to_owned()));
    });
    (files, server)
}

/// Coturn's client, with a server to ask and a peer to talk to.
struct Coturn {
    ip: String,
    port: String,
    peer: String,
}

impl Coturn {
    async fn at(ip: &str, server: &TestServer) -> Self {
        Self {
            ip: ip.to_owned(),
            port: server.http.port().to_string(),
            peer: witness::echo_on_a_pair(ip).await.to_string(),
        }
    }

    async fn loses_nothing(&self, what: String, options: Vec<&str>) {
        let who = ["-u", "test", "-W", SECRET];
        let options = [&who[..], &options].concat();
        if let Some(said) = self.says(&options).await {
            let lost_none = said.contains("Total lost packets 0 (0.000000%)");
            assert!(lost_none, "{what}: {said}");
        }
    }

    /// What it says; `None` when it is not installed.
    async fn says(&self, options: &[&str]) -> Option<String> {
        let common = ["-e", &self.ip, "-r", &self.peer, "-p", &self.port];
        let arguments = [&common, options, &[&self.ip]].concat();
        // It draws lots for the version of TLS, and gives up when it draws too often one that has
        // been given up (RFC 8996).
        let mut draws = 10;
        loop {
            let output = witness::run("turnutils_uclient", &arguments).await?;
            let said = String::from_utf8_lossy(&output.stdout).into_owned();
            draws -= 1;
            let gave_up = !said.contains("Total lost packets") && said.contains("alert handshake");
            if !gave_up || draws == 0 {
                return Some(said);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_coturn_that_was_told_the_secret_knows_whom_we_send() {
    let Some((_coturn, port)) = coturn().await else {
        return witness::missing("turnserver");
    };
    let url = format!("turn:127.0.0.1:{port}");
    let server = TestServer::with(Config {
        turn: Turn::Off,
        turn_secret: Some(Secret(SECRET.to_owned())),
        ice_servers: vec![IceServer {
            urls: vec![url.clone()],
            username: None,
            credential: None,
            ttl_seconds: None,
        }],
        ..common::test_config()
    });
    let mut ada = TestPeer::connect(&server).await;
    ada.say(&common::enter("tea")).await;
    let ServerMessage::Welcome { ice_servers, .. } = ada.hear().await else {
        panic!("a welcome comes first");
    };
    let given = ice_servers
        .into_iter()
        .find(|one| one.urls == [url.clone()]);
    let given = given.expect("it is handed out");
    let (name, password) = (given.username.unwrap(), given.credential.unwrap().0);
    let peer = witness::echo_on_a_pair("127.0.0.1").await.to_string();
    let port = port.to_string();
    let at = ["-e", "127.0.0.1", "-r", &peer, "-p", &port, "-c", "-n", "3"];
    for (password, lost_none) in [(password.as_str(), true), ("guess", false)] {
        let options = [&at[..], &["-u", &name, "-w", password, "127.0.0.1"]].concat();
        let Some(output) = witness::run("turnutils_uclient", &options).await else {
            return;
        };
        let said = String::from_utf8_lossy(&output.stdout);
        let found = said.contains("Total lost packets 0 (0.000000%)");
        assert_eq!(found, lost_none, "{said}");
    }
}

/// A coturn with [`SECRET`], and its port; `None` where none is installed.
async fn coturn() -> Option<(Child, u16)> {
    // Whoever else wants a port may be given the one that was free a moment before.
    for _ in 0..5 {
        let probe = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let port = probe.local_addr().unwrap().port();
        drop(probe);
        let mut child = start_coturn(port)?;
        tokio::select! {
            () = answers(port) => return Some((child, port)),
            () = tokio::time::sleep(common::SOON) => {}
            _ = child.wait() => {}
        }
    }
    panic!("coturn answers on none of five ports");
}

fn start_coturn(port: u16) -> Option<Child> {
    let folder = std::env::temp_dir().join(format!("tincan-coturn-{port}"));
    std::fs::create_dir_all(&folder).unwrap();
    let (at, folder) = (port.to_string(), folder.display().to_string());
    let mut command = Command::new("turnserver");
    command.args(["-n", "--listening-ip=127.0.0.1", "--relay-ip=127.0.0.1"]);
    command.args(["--listening-port", &at, "--realm=test", "--use-auth-secret"]);
    command.args(["--static-auth-secret", SECRET, "--allow-loopback-peers"]);
    command.args(["--no-cli", "--no-tls", "--no-dtls", "--log-file=stdout"]);
    command.args([
        "--userdb",
        &format!("{folder}/db"),
        "--pidfile",
        &format!("{folder}/pid"),
    ]);
    command
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true);
    command.spawn().ok()
}

/// Waits until a STUN server answers there.
async fn answers(port: u16) {
    // RFC 8489, section 5: a Binding request without attributes.
    let mut ask = vec![0, 1, 0, 0, 0x21, 0x12, 0xA4, 0x42];
    ask.extend_from_slice(b"tincan-probe");
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    loop {
        // Refused as long as nobody listens.
        let _ = socket.send_to(&ask, ("127.0.0.1", port)).await;
        let mut room = [0; 512];
        let answer = socket.recv_from(&mut room);
        if let Ok(Ok(_)) = tokio::time::timeout(Duration::from_millis(100), answer).await {
            return;
        }
    }
}

/// Two ends of aioice that gather, tell each other some of what they found, and talk.
const TALK: &str = "
import asyncio, sys
from aioice import Connection
ip, port, username, password = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
def end(controlling, transport):
    return Connection(ice_controlling=controlling, stun_server=(ip, port),
        turn_server=(ip, port), turn_username=username, turn_password=password,
        turn_transport=transport, use_ipv6=False)
async def talk(kind):
    one, other = end(True, 'udp'), end(False, 'tcp')
    for a, b in ((one, other), (other, one)):
        await a.gather_candidates()
    for a, b in ((one, other), (other, one)):
        told = [c for c in a.local_candidates if c.type == kind]
        assert told, (kind, a.local_candidates)
        for candidate in told:
            await b.add_remote_candidate(candidate)
        await b.add_remote_candidate(None)
        b.remote_username, b.remote_password = a.local_username, a.local_password
    await asyncio.gather(one.connect(), other.connect())
    await one.send(b'ping')
    assert await other.recv() == b'ping'
    await other.send(b'pong')
    assert await one.recv() == b'pong'
    await asyncio.gather(one.close(), other.close())
async def main():
    for kind in sys.argv[5:]:
        await talk(kind)
    print('connected')
asyncio.run(asyncio.wait_for(main(), 100))
";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aioice_connects_through_the_relay_alone() {
    aioice_connects("127.0.0.1", &["relay"]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn aioice_finds_its_address_from_outside_and_connects_through_it() {
    // It gathers nothing for addresses of the loopback.
    match own_address().await {
        Some(ip) => aioice_connects(&ip, &["srflx", "relay"]).await,
        None => witness::skipped("this machine has no address beside the loopback's"),
    }
}

async fn aioice_connects(ip: &str, kinds: &[&str]) {
    let (_files, server) = server(ip);
    let username = format!("{}:aioice", u32::MAX);
    let password = turn::auth::password(SECRET.as_bytes(), &username);
    let port = server.http.port().to_string();
    let arguments = [&[ip, &port, &username, &password], kinds].concat();
    witness::aioice(TALK, &arguments, "connected").await;
}

/// This machine's address towards the world, where it has one: connecting a UDP socket sends
/// nothing.
async fn own_address() -> Option<String> {
    let socket = UdpSocket::bind("0.0.0.0:0").await.ok()?;
    socket.connect("198.51.100.1:9").await.ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback() && !ip.is_unspecified()).then(|| ip.to_string())
}
