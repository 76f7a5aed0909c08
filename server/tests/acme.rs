//! A certificate from an authority: pebble, Let's Encrypt's server for tests.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop")]

mod common;

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use common::tls::Files;
use common::{TestServer, soon, witness};
use tincan::config::{Acme, Config, Listen, Tls};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// The name the certificate is for; it leads to this machine everywhere (RFC 6761).
const DOMAIN: &str = "localhost";

/// How long the authority may take to look at us and make up its mind.
const AUTHORITY: Duration = Duration::from_secs(60);

#[tokio::test]
async fn an_authority_gives_a_certificate_that_outlives_the_server() {
    let files = Files::new();
    let ours = free_address().await;
    let Some(authority) = Authority::start(&files, ours).await else {
        return witness::missing("pebble");
    };
    let folder = files.cert().with_file_name("acme");
    let server = TestServer::with(config(&authority, &files, &folder, ours));
    let first = tokio::time::timeout(AUTHORITY, given(&server)).await;
    let first = first.expect("the authority gives a certificate");

    // Private as its contents are.
    let mode = {
        use std::os::unix::fs::PermissionsExt as _;
        folder.metadata().unwrap().permissions().mode()
    };
    assert_eq!(mode & 0o077, 0, "{mode:o}");

    // It is in use a moment before it is kept.
    soon(async {
        while !folder
            .read_dir()
            .unwrap()
            .any(|file| file.unwrap().file_name().to_string_lossy().contains("cert"))
        {
            tokio::task::yield_now().await;
        }
    })
    .await;
    server.stop();
    server.stopped().await;
    drop(authority.running);
    let again = TestServer::with(config_without(&files, &folder, ours, &authority.directory));
    let second = soon(given(&again)).await;
    assert_eq!(first, second, "the one that was kept");
}

/// The certificate given, as PEM, once there is one.
async fn given(server: &TestServer) -> String {
    loop {
        let output = Command::new("openssl")
            .args(["s_client", "-servername", DOMAIN, "-connect"])
            .arg(server.http.to_string())
            .stdin(std::process::Stdio::null())
            .kill_on_drop(true)
            .output()
            .await
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        if let Some(start) = text.find("-----BEGIN CERTIFICATE-----") {
            let end = text.find("-----END CERTIFICATE-----").unwrap();
            return text[start..end].to_owned();
        }
    }
}

fn config(authority: &Authority, files: &Files, folder: &Path, listen: SocketAddr) -> Config {
    config_without(files, folder, listen, &authority.directory)
}

fn config_without(files: &Files, folder: &Path, listen: SocketAddr, directory: &str) -> Config {
    Config {
        listen: Listen::At(listen),
        tls: Tls::Acme(Acme {
            domain: DOMAIN.to_owned(),
            directory: directory.to_owned(),
            cache: folder.to_owned(),
            ca: Some(files.cert()),
        }),
        ..Config::default()
    }
}

/// An authority that looks at our port alone.
struct Authority {
    running: Child,
    directory: String,
}

impl Authority {
    /// `None` where there is no pebble.
    async fn start(files: &Files, ours: SocketAddr) -> Option<Self> {
        let address = free_address().await;
        let management = free_address().await;
        let config = serde_json::json!({ "pebble": {
            "listenAddress": address.to_string(),
            "managementListenAddress": management.to_string(),
            "certificate": files.cert(),
            "privateKey": files.key(),
            "httpPort": 1,
            "tlsPort": ours.port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": false,
        }});
        let file = files.cert().with_file_name("pebble.json");
        std::fs::write(&file, config.to_string()).unwrap();
        let running = Command::new("pebble")
            .arg("-config")
            .arg(&file)
            // It waits and refuses at random otherwise, to try its clients' patience.
            .env("PEBBLE_VA_NOSLEEP", "1")
            .env("PEBBLE_WFE_NONCEREJECT", "0")
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .kill_on_drop(true)
            .spawn();
        let running = match running {
            Ok(running) => running,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
            Err(error) => panic!("pebble cannot be run: {error}"),
        };
        // It makes itself three keys first.
        let listening = async { while TcpStream::connect(address).await.is_err() {} };
        tokio::time::timeout(AUTHORITY, listening)
            .await
            .expect("the authority listens");
        Some(Self {
            running,
            directory: format!("https://{address}/dir"),
        })
    }
}

/// An address that was free a moment ago.
async fn free_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap()
}
