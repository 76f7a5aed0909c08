//! TLS on the one port: what is inside it, who abuses it, and certificates that change.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

mod common;

use std::process::Stdio;

use common::tls::{self, Files};
use common::{Answer, SOON, TestServer, enter, raw_at, soon, test_config, witness};
use futures::{SinkExt as _, StreamExt as _};
use protocol::{ClientMessage, IceServer, SUBPROTOCOL, ServerMessage};
use tincan::config::{Config, Tls};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::process::Command;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;

/// A STUN binding request (RFC 8489, section 6) with a transaction of zeros.
const BINDING: [u8; 20] = [
    0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];

#[tokio::test]
async fn the_page_signaling_and_stun_are_inside_tls_on_one_port() {
    let files = Files::new();
    let server = files.serve();
    let stream = tls::connect(server.http, &files.certificate).await.unwrap();
    assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"http/1.1"[..]));
    assert_eq!(tls::get(stream, "localhost", "/").await.status, 200);

    let mut stream = tls::connect(server.http, &files.certificate).await.unwrap();
    stream.write_all(&BINDING).await.unwrap();
    let mut answer = [0; 20];
    soon(stream.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer[..2], [1, 1], "a binding response");

    let stream = tls::connect(server.http, &files.certificate).await.unwrap();
    let servers = ice_servers(&mut signaling(stream, &server).await).await;
    let port = server.http.port();
    assert_eq!(
        servers[1].urls,
        [
            format!("turn:call.example.org:{port}?transport=udp"),
            format!("turn:call.example.org:{port}?transport=tcp"),
            format!("turns:call.example.org:{port}?transport=tcp"),
        ]
    );
}

#[tokio::test]
async fn who_types_no_https_is_led_there() {
    let files = Files::new();
    let server = files.serve_with(|config| {
        config.redirect_listen = Some(([127, 0, 0, 1], 0).into());
    });
    let request = "GET /r/tea?x=1 HTTP/1.1\r\nhost: call.example.org\r\nconnection: close\r\n\r\n";
    let answer = Answer::read(&raw_at(server.redirect.unwrap(), request.as_bytes()).await);
    assert_eq!(answer.status, 308);
    let way = format!("https://call.example.org:{}/r/tea?x=1", server.http.port());
    assert_eq!(answer.header("location"), Some(&*way));
    // No page, no signaling, no monitor's answer.
    let request = "GET /healthz HTTP/1.1\r\nhost: a.example\r\nconnection: close\r\n\r\n";
    let answer = Answer::read(&raw_at(server.redirect.unwrap(), request.as_bytes()).await);
    assert_eq!(answer.status, 308);
}

#[tokio::test]
async fn the_machine_itself_may_speak_plainly() {
    let files = Files::new();
    let server = files.serve();
    let answer = server.get("/healthz").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("strict-transport-security"), None);
    let mut stream = TcpStream::connect(server.http).await.unwrap();
    stream.write_all(&BINDING).await.unwrap();
    let mut answer = [0; 20];
    soon(stream.read_exact(&mut answer)).await.unwrap();
}

#[tokio::test]
async fn browsers_are_told_to_stay_with_tls() {
    let files = Files::new();
    let server = files.serve();
    let half_a_year = Some("max-age=15768000");
    for (host, told) in [("call.example.org", half_a_year), ("localhost", None)] {
        let stream = tls::connect(server.http, &files.certificate).await.unwrap();
        let answer = tls::get(stream, host, "/").await;
        let header = answer.header("strict-transport-security");
        assert_eq!(header, told, "{host}");
    }
}

/// The rules of Mozilla's HTTP Observatory, as it weighs them in its table of scores. It begins with
/// 100, and adds what is more than good only where 90 are reached without; 100 is an A+.
#[tokio::test]
async fn the_home_page_scores_a_plus() {
    let files = Files::new();
    let server = files.serve_with(|config| {
        config.redirect_listen = Some(([127, 0, 0, 1], 0).into());
    });
    let stream = tls::connect(server.http, &files.certificate).await.unwrap();
    let home = tls::get(stream, "call.example.org", "/").await;
    assert_eq!(home.status, 200);
    let request = "GET / HTTP/1.1\r\nhost: call.example.org\r\nconnection: close\r\n\r\n";
    let plain = Answer::read(&raw_at(server.redirect.unwrap(), request.as_bytes()).await);
    let policy = home.header("content-security-policy").unwrap();
    let sources = |name: &str| -> Vec<&str> {
        let of_name = |directive: &'_ str| directive.trim().split(' ').next() == Some(name);
        let directive = policy.split(';').find(|directive| of_name(directive));
        directive.map_or(Vec::new(), |text| text.split_whitespace().skip(1).collect())
    };
    let score = |reached: bool, good: i32, bad: i32| if reached { good } else { bad };

    // Cookies: none 0; insecure ones up to -40.
    let cookies = score(home.header("set-cookie").is_none(), 0, -40);
    // Cross-origin resource sharing: none 0; for everybody, with credentials, -50.
    let shared = home.header("access-control-allow-origin");
    let sharing = score(shared.is_none(), 0, -50);
    // Redirection: at once to HTTPS on the same host 0; none, or elsewhere, up to -20.
    let way = plain.header("location").unwrap_or_default();
    let redirection = score(
        plain.status == 308 && way.starts_with("https://call.example.org:"),
        0,
        -20,
    );
    // Strict-Transport-Security: half a year (15,768,000 s) 0; less -10; none -20. Preloaded 5.
    let strict = home.header("strict-transport-security").unwrap_or_default();
    let seconds = strict.strip_prefix("max-age=").unwrap_or_default().parse();
    let strict = score(
        seconds.is_ok_and(|seconds: u64| seconds >= 15_768_000),
        0,
        -20,
    );
    // Subresource integrity: all scripts from here 0, with their hash 5; from elsewhere up to -50.
    // The module of the page stands in it, so that there may be none with a source.
    let from_elsewhere = home.text().split("<script").skip(1).any(|script| {
        let attributes = script.split('>').next().unwrap_or_default();
        let source = attributes.split_once("src=").map(|(_, source)| source);
        source.is_some_and(|source| !source.trim_start_matches(['"', '\'']).starts_with('/'))
    });
    let integrity = score(!from_elsewhere, 0, -50);
    // X-Content-Type-Options: nosniff 0; else -5.
    let sniffing = home.header("x-content-type-options");
    let sniffing = score(sniffing == Some("nosniff"), 0, -5);
    let base = 100 + cookies + sharing + redirection + strict + integrity + sniffing;

    // Referrer-Policy: no-referrer 5; none 0; unsafe -5.
    let referrer = home.header("referrer-policy");
    let referrer = score(referrer == Some("no-referrer"), 5, -5);
    // X-Frame-Options: said by frame-ancestors 5; not at all -20.
    let frames = score(sources("frame-ancestors") == ["'none'"], 5, -20);
    // Cross-Origin-Resource-Policy: same-origin 10; none 0.
    let resources = home.header("cross-origin-resource-policy");
    let resources = score(resources == Some("same-origin"), 10, 0);
    // Content-Security-Policy: nothing unsafe, and default-src and form-action 'none', 10; unsafe in
    // scripts or wide open up to -25. What WebAssembly needs is not among the unsafe.
    let is_unsafe = |source: &&str| {
        [
            "'unsafe-inline'",
            "'unsafe-eval'",
            "data:",
            "blob:",
            "https:",
            "http:",
            "*",
        ]
        .contains(source)
    };
    let runs = [sources("script-src"), sources("style-src")].concat();
    let is_tight = sources("default-src") == ["'none'"]
        && sources("form-action") == ["'none'"]
        && runs.contains(&"'self'")
        && !runs.iter().any(is_unsafe)
        && !policy.contains("http:");
    let policy = score(is_tight, 10, -25);

    assert!(base >= 90, "{base}");
    let sum = base + referrer + frames + resources + policy;
    assert_eq!(sum, 130, "{:?}", home.headers);
}

#[tokio::test]
async fn a_certificate_made_at_start_is_for_the_page_alone() {
    let server = TestServer::with(Config {
        tls: Tls::SelfSigned { keep: None },
        ..test_config()
    });
    let certificate = shown(&server).await;
    let stream = tls::connect(server.http, &certificate).await.unwrap();
    let answer = tls::get(stream, "call.example.org", "/").await;
    assert_eq!(answer.header("strict-transport-security"), None);
    let stream = tls::connect(server.http, &certificate).await.unwrap();
    let servers = ice_servers(&mut signaling(stream, &server).await).await;
    let urls = servers.iter().flat_map(|server| &server.urls);
    assert!(urls.clone().any(|url| url.starts_with("turn:")));
    assert!(!urls.clone().any(|url| url.starts_with("turns:")));
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_while_a_call_goes_on() {
    let mut files = Files::new();
    let server = files.serve();
    let old = files.certificate.clone();
    let stream = tls::connect(server.http, &old).await.unwrap();
    let mut socket = signaling(stream, &server).await;
    ice_servers(&mut socket).await;

    files.renew();
    soon(async { while tls::connect(server.http, &files.certificate).await.is_err() {} }).await;
    assert!(tls::connect(server.http, &old).await.is_err());
    say(&mut socket, &ClientMessage::Ping { received: 1 }).await;
    assert_eq!(hear(&mut socket).await, ServerMessage::Pong);

    // Half of a pair: what is good stays.
    std::fs::write(files.key(), "no key").unwrap();
    let certificate = files.certificate.clone();
    tls::connect(server.http, &certificate).await.unwrap();
}

#[tokio::test]
async fn garbage_and_tls_inside_tls_harm_nobody() {
    let files = Files::new();
    let server = files.serve();
    for garbage in [
        &b"\x16"[..],
        b"\x16\x03\x01\xff\xff",
        b"\x16\x03\x01\x00\x05aaaaa",
    ] {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        stream.write_all(garbage).await.unwrap();
        stream.shutdown().await.unwrap();
        let mut answer = Vec::new();
        let _ = soon(stream.read_to_end(&mut answer)).await;
        // Nothing, or an alert (RFC 8446, section 6).
        assert!(matches!(answer.first(), None | Some(21)), "{answer:?}");
    }
    let mut outer = tls::connect(server.http, &files.certificate).await.unwrap();
    let inner = tls::inside(&mut outer, "localhost", &files.certificate).await;
    assert!(inner.is_err(), "it is answered, and not by TLS");

    let mut stream = tls::connect(server.http, &files.certificate).await.unwrap();
    stream
        .write_all(b"\xff\xfe nonsense\r\n\r\n")
        .await
        .unwrap();
    let mut answer = Vec::new();
    let _ = soon(stream.read_to_end(&mut answer)).await;
    assert_eq!(Answer::read(&answer).status, 400);

    let stream = tls::connect(server.http, &files.certificate).await.unwrap();
    let metrics = tls::get(stream, "localhost", "/metrics").await;
    for outcome in ["done", "failed"] {
        let counted = format!("tincan_tls_handshakes_total{{outcome=\"{outcome}\"}}");
        assert!(metrics.text().contains(&counted), "{}", metrics.text());
    }
}

#[tokio::test]
async fn who_is_slow_in_tls_is_not_waited_for() {
    let files = Files::new();
    let server = files.serve();
    let begun = async {
        let mut stream = TcpStream::connect(server.http).await.unwrap();
        stream.write_all(b"\x16\x03\x01\x02\x00\x01").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    let silent = async {
        let mut stream = tls::connect(server.http, &files.certificate).await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    };
    // The server's patience is as long as ours elsewhere.
    tokio::time::timeout(SOON + SOON, futures::future::join(begun, silent))
        .await
        .expect("both are let go");
}

#[tokio::test]
async fn openssl_is_served_by_old_and_new_versions_of_tls() {
    let files = Files::new();
    let server = files.serve();
    for version in ["-tls1_2", "-tls1_3"] {
        let mut client = Command::new("openssl");
        client
            .args(["s_client", "-quiet", "-verify_return_error", version])
            .args(["-servername", "localhost", "-connect"])
            .arg(server.http.to_string())
            .arg("-CAfile")
            .arg(files.cert())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        let Ok(mut running) = client.spawn() else {
            return witness::missing("openssl");
        };
        let mut input = running.stdin.take().unwrap();
        let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
        input.write_all(request).await.unwrap();
        let output = soon(running.wait_with_output()).await.unwrap();
        drop(input);
        let problem = String::from_utf8_lossy(&output.stderr);
        assert!(output.stdout.ends_with(b"ok\n"), "{version}: {problem}");
    }
}

/// Opens a WebSocket under the name of a call.
async fn signaling<S>(stream: S, server: &TestServer) -> WebSocketStream<S>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let url = format!("wss://call.example.org:{}/ws", server.http.port());
    let mut request = url.into_client_request().unwrap();
    let subprotocol = SUBPROTOCOL.parse().unwrap();
    request
        .headers_mut()
        .insert("sec-websocket-protocol", subprotocol);
    let opened = soon(tokio_tungstenite::client_async(request, stream)).await;
    opened.unwrap().0
}

/// Enters, and says which servers the welcome names.
async fn ice_servers<S>(socket: &mut WebSocketStream<S>) -> Vec<IceServer>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    say(socket, &enter("tea")).await;
    match hear(socket).await {
        ServerMessage::Welcome { ice_servers, .. } => ice_servers,
        other => panic!("heard {other:?} instead of a welcome"),
    }
}

async fn say<S>(socket: &mut WebSocketStream<S>, message: &ClientMessage)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let text = serde_json::to_string(message).unwrap();
    soon(socket.send(Message::text(text))).await.unwrap();
}

async fn hear<S>(socket: &mut WebSocketStream<S>) -> ServerMessage
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let message = soon(socket.next()).await.unwrap().unwrap();
    serde_json::from_str(message.to_text().unwrap()).unwrap()
}

/// The certificate a server shows, seen by somebody who believes anything but checks nothing:
/// openssl's client.
async fn shown(server: &TestServer) -> rustls::pki_types::CertificateDer<'static> {
    use rustls::pki_types::pem::PemObject as _;
    let address = server.http.to_string();
    let client = Command::new("openssl")
        .args(["s_client", "-connect", &address])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = soon(client).await.unwrap();
    rustls::pki_types::CertificateDer::from_pem_slice(&output.stdout).unwrap()
}
