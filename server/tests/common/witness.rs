//! Clients of other makers, where they are installed.

use std::process::Output;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::process::Command;

/// A client that has not ended by then hangs.
const CLIENT: Duration = Duration::from_secs(120);

/// The Python that Debian's packages are for; another one may come first on `PATH`.
const PYTHON: &str = "/usr/bin/python3";

/// Runs a program to its end; `None` when it is not installed.
pub(crate) async fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    let output = Command::new(program)
        .args(arguments)
        .kill_on_drop(true)
        .output();
    match tokio::time::timeout(CLIENT, output)
        .await
        .expect("the client ends")
    {
        Ok(output) => Some(output),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            missing(program);
            None
        }
        Err(error) => panic!("{program} cannot be run: {error}"),
    }
}

/// Runs a Python script that needs aioice, and expects it to print `wanted`.
pub(crate) async fn aioice(script: &str, arguments: &[&str], wanted: &str) {
    let Some(there) = run(PYTHON, &["-c", "import aioice"]).await else {
        return;
    };
    if !there.status.success() {
        return missing("aioice");
    }
    let arguments = [&["-c", script], arguments].concat();
    let Some(output) = run(PYTHON, &arguments).await else {
        return;
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(text.trim(), wanted, "{errors}");
}

/// Sends back whatever comes to two neighbouring ports, as coturn's `turnutils_peer` does, and
/// says which is the first.
pub(crate) async fn echo_on_a_pair(ip: &str) -> u16 {
    let (first, second) = loop {
        let first = UdpSocket::bind((ip, 0)).await.unwrap();
        let next = first.local_addr().unwrap().port().saturating_add(1);
        if let Ok(second) = UdpSocket::bind((ip, next)).await {
            break (first, second);
        }
    };
    let port = first.local_addr().unwrap().port();
    for socket in [first, second] {
        tokio::spawn(async move {
            let mut packet = vec![0; 65_536];
            while let Ok((length, from)) = socket.recv_from(&mut packet).await {
                // A full socket drops, and the test would notice.
                let _ = socket.send_to(&packet[..length], from).await;
            }
        });
    }
    port
}

/// Leaves a test out because of a witness that is not installed; where all have to be, it fails.
pub(crate) fn missing(witness: &str) {
    let all = std::env::var("TINCAN_WITNESSES").is_ok_and(|which| which == "all");
    assert!(!all, "{witness} is not installed, and has to be");
    skipped(&format!("{witness} is not installed"));
}

/// Says why a test is left out.
#[expect(
    clippy::print_stderr,
    reason = "whoever reads the test's output should know"
)]
pub(crate) fn skipped(reason: &str) {
    eprintln!("skipped: {reason}");
}
