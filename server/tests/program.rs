//! The program itself: its options, its exit codes, its signals.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

/// Two visitors whom a proxy brings.
const VISITORS: [&str; 2] = ["198.51.100.7", "2001:db8::7"];
/// How long anything may take that should happen soon.
const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_wrong_option_is_one_sentence_and_exit_code_2() {
    for (args, env, sentence) in [
        (
            &["--listen", "banana"][..],
            None,
            "--listen must be an address and a port",
        ),
        (&[], Some(("TINCAN_LISTEN", "8080")), "--listen must be"),
        (
            &["--max-participants", "1"],
            None,
            "--max-participants must be",
        ),
        (
            &["--tls-self-signed", "--acme-domain", "call.example.org"],
            None,
            "exclude each other",
        ),
        (
            &["--config", "/does/not/exist"],
            None,
            "cannot read /does/not/exist",
        ),
    ] {
        let mut command = tincan(args);
        command.envs(env);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(sentence), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
}

#[test]
fn an_unknown_option_is_exit_code_2() {
    let output = tincan(&["--lisen", "[::]:1"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn a_flag_comes_before_the_environment_and_that_before_the_file() {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("precedence.toml");
    std::fs::write(&file, "listen = 'file'\nlog = 'file'\n").unwrap();
    let file = file.to_str().unwrap();
    let refused = |command: &mut Command| {
        let output = command.args(["--config", file]).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    let from_file = refused(&mut tincan(&[]));
    assert!(from_file.contains("“file”"), "{from_file}");
    let from_env = refused(tincan(&[]).env("TINCAN_LISTEN", "env"));
    assert!(from_env.contains("“env”"), "{from_env}");
    let from_flag = refused(tincan(&["--listen", "flag"]).env("TINCAN_LISTEN", "env"));
    assert!(from_flag.contains("“flag”"), "{from_flag}");
}

#[test]
fn the_version_names_the_build() {
    let output = tincan(&["--version"]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let said = said.trim_end();
    let version = concat!("tincan ", env!("CARGO_PKG_VERSION"), " (");
    let commit = said
        .strip_prefix(version)
        .and_then(|rest| rest.strip_suffix(')'));
    // A debug build is not made anew for every commit; of a release build the tests in browsers
    // look at the names of commit and page (`e2e/tests/integrity.spec.ts`).
    let is_known = if cfg!(debug_assertions) {
        commit == Some("development build")
    } else {
        commit.is_some_and(|commit| commit.contains(", page "))
    };
    assert!(is_known, "{said}");
}

#[test]
fn both_signals_end_it_with_success() {
    for signal in ["TERM", "INT"] {
        let mut running = tincan(&["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&mut running, "listening");
        self::signal(&running, signal);
        assert!(running.wait().unwrap().success(), "{signal}");
    }
}

#[test]
fn the_doctor_finds_a_running_server_fine_and_a_stranger_wrong() {
    let mut running = tincan(&[
        "--listen",
        "127.0.0.1:0",
        "--turn-secret",
        "s",
        "--tls-self-signed",
    ])
    .stdout(Stdio::piped())
    .spawn()
    .unwrap();
    let listening = wait_for(&mut running, "listening");
    let address = listening.split("address=").nth(1).unwrap();
    let address = address.split_whitespace().next().unwrap();
    let doctor = |options: &[&str]| {
        let arguments = [&["doctor", "--listen"], options].concat();
        let output = tincan(&arguments).output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), said)
    };
    let (code, said) = doctor(&[address, "--turn-secret", "s", "--tls-self-signed"]);
    for transport in ["UDP", "TCP", "TLS"] {
        let line = format!("fine   STUN answers and TURN relays over {transport}");
        assert!(said.contains(&line), "{said}");
    }
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = doctor(&[address, "--turn-secret", "another", "--tls-self-signed"]);
    assert!(said.contains("another --turn-secret"), "{said}");
    assert_eq!(code, Some(1));
    // Whoever does not know the secret comes as a page does.
    let further = ["--redirect-listen", address, "--stun-listen", address];
    let all = [&[address, "--tls-self-signed"][..], &further].concat();
    let (_, said) = doctor(&all);
    for transport in ["UDP", "TCP", "TLS"] {
        let line = format!("TURN relays over {transport}");
        assert_eq!(said.matches(&line).count(), 2, "{said}");
    }
    // It answers the machine itself without.
    assert!(said.contains("sends plain HTTP to HTTPS"), "{said}");
    running.kill().unwrap();
    running.wait().unwrap();

    let stranger = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = stranger.local_addr().unwrap().to_string();
    let (code, said) = doctor(&[&address]);
    assert!(said.contains("wrong  another program holds"), "{said}");
    assert_eq!(code, Some(1));
}

#[test]
fn the_doctor_finds_fine_what_is_behind_a_proxy_on_the_machine() {
    let options = ["--turn-secret", "s", "--trusted-proxy", "127.0.0.1"];
    let mut running = tincan(&[&["--listen", "127.0.0.1:0"], &options[..]].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let listening = wait_for(&mut running, "listening");
    let address = listening.split("address=").nth(1).unwrap();
    let address = address.split_whitespace().next().unwrap();
    let doctor = tincan(&[&["doctor", "--listen", address], &options[..]].concat()).output();
    running.kill().unwrap();
    running.wait().unwrap();
    let output = doctor.unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    let line = "fine   STUN answers and TURN gives an address over TCP";
    assert!(said.contains(line), "{said}");
}

#[test]
fn the_fingerprint_in_the_log_is_that_of_the_certificate_browsers_see() {
    let options = ["--listen", "127.0.0.1:0", "--tls-self-signed"];
    let (_running, mut output) = Running::start(&mut tincan(&options));
    let mut log = String::new();
    read_to(&mut output, "listening", &mut log);
    let (_, logged) = log.split_once("its SHA-256 fingerprint is ").unwrap();
    let logged = logged.lines().next().unwrap();
    let mut client = Command::new("openssl");
    client.args(["s_client", "-connect", &address_in(&log)]);
    let seen = client.stdin(Stdio::null()).output().unwrap().stdout;
    let mut reader = Command::new("openssl")
        .args(["x509", "-noout", "-fingerprint", "-sha256"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    reader.stdin.take().unwrap().write_all(&seen).unwrap();
    let read = String::from_utf8(reader.wait_with_output().unwrap().stdout).unwrap();
    let (_, shown) = read.trim_end().split_once('=').unwrap();
    assert_eq!(logged, shown);
}

#[test]
fn a_port_in_use_is_said_in_words() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = tincan(&["--listen", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains(&format!("cannot listen on TCP {address}")),
        "{said}"
    );
}

#[test]
fn no_log_says_where_a_visitor_comes_from() {
    for format in ["text", "json"] {
        for level in ["info", "trace"] {
            let (log, ports) = log_of_two_visits(&["--log", format], level);
            assert_eq!(log.matches("socket ended").count(), VISITORS.len(), "{log}");
            for address in VISITORS.map(str::to_owned).into_iter().chain(ports) {
                assert!(!log.contains(&address), "{address} at {level}: {log}");
            }
        }
    }
}

#[test]
fn asked_for_the_line_at_the_end_of_a_socket_says_where_a_visitor_comes_from() {
    for format in ["text", "json"] {
        let (log, _) = log_of_two_visits(&["--log", format, "--log-addresses"], "trace");
        for address in VISITORS {
            let lines: Vec<_> = log.lines().filter(|line| line.contains(address)).collect();
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(lines[0].contains("socket ended"), "{lines:?}");
        }
    }
}

/// A server that ends with its test, also where that fails.
struct Running(Child);

impl Running {
    fn start(command: &mut Command) -> (Self, BufReader<ChildStdout>) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        (Self(child), output)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What it writes while two come by a proxy, and leave, from which ports of this machine.
fn log_of_two_visits(options: &[&str], level: &str) -> (String, Vec<String>) {
    let fixed = ["--listen", "127.0.0.1:0", "--trusted-proxy", "127.0.0.1"];
    let mut command = tincan(&[&fixed, options].concat());
    let (mut running, mut output) = Running::start(command.env("RUST_LOG", level));
    let mut log = String::new();
    read_to(&mut output, "listening", &mut log);
    let address = address_in(&log);
    let mut ports = Vec::new();
    for visitor in VISITORS {
        let mut socket = upgraded(&address, &format!("x-forwarded-for: {visitor}\r\n"));
        let ours = socket.local_addr().unwrap();
        ports.push(ours.to_string());
        let enter = r#"{"type":"enter","version":1,"room":"tea"}"#;
        socket.write_all(&text_frame(enter)).unwrap();
        read_until(&mut socket, "welcome");
        drop(socket);
        read_to(&mut output, "socket ended", &mut log);
    }
    signal(&running.0, "TERM");
    output.read_to_string(&mut log).unwrap();
    assert!(running.0.wait().unwrap().success());
    (log, ports)
}

#[test]
#[cfg(target_os = "linux")]
fn who_runs_out_of_files_answers_again_when_there_are_some() {
    use rustix::process::{Pid, Resource, Rlimit, prlimit};
    let (mut running, mut output) = Running::start(&mut tincan(&["--listen", "127.0.0.1:0"]));
    let mut log = String::new();
    read_to(&mut output, "listening", &mut log);
    let address = address_in(&log);
    let mut before = upgraded(&address, "");
    // Fewer than it counts on, so that its own bounds do not come first.
    let few = Rlimit {
        current: Some(64),
        maximum: Some(64),
    };
    prlimit(Some(Pid::from_child(&running.0)), Resource::Nofile, few).unwrap();
    let held: Vec<_> = (0..100)
        .map(|_| TcpStream::connect(&address).unwrap())
        .collect();
    read_to(&mut output, "could not be accepted", &mut log);
    // Who is inside is served all the while.
    let enter = r#"{"type":"enter","version":1,"room":"tea"}"#;
    before.write_all(&text_frame(enter)).unwrap();
    read_until(&mut before, "welcome");
    drop(held);
    let mut late = TcpStream::connect(&address).unwrap();
    late.write_all(b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n")
        .unwrap();
    read_until(&mut late, "ok\n");
    signal(&running.0, "TERM");
    assert!(running.0.wait().unwrap().success());
}

#[test]
#[cfg(unix)]
fn with_few_files_it_holds_fewer_sockets_and_says_so() {
    let program = env!("CARGO_BIN_EXE_tincan");
    let mut shell = tincan_by(Command::new("sh"));
    let limited = r#"ulimit -n 80; exec "$0" --listen 127.0.0.1:0"#;
    let (_running, mut output) = Running::start(shell.args(["-c", limited, program]));
    let mut log = String::new();
    read_to(&mut output, "listening", &mut log);
    let address = address_in(&log);
    // Half the files, and not one more.
    let held: Vec<_> = (0..40).map(|_| upgraded(&address, "")).collect();
    for _ in 0..100 {
        read_until(&mut upgraded(&address, ""), "overloaded");
    }
    drop(held);
    let began = Instant::now();
    let is_welcome = || {
        let mut socket = upgraded(&address, "");
        let enter = r#"{"type":"enter","version":1,"room":"tea"}"#;
        // Where it is refused, it may be closed already.
        let _ = socket.write_all(&text_frame(enter));
        read_until_either(&mut socket, ["welcome", "overloaded"]) == "welcome"
    };
    while !is_welcome() {
        assert!(began.elapsed() < SOON, "nobody gets in any more");
    }
}

/// The address of the loopback that a line names.
fn address_in(line: &str) -> String {
    let (_, rest) = line.split_once("127.0.0.1:").unwrap();
    let port: String = rest.chars().take_while(char::is_ascii_digit).collect();
    format!("127.0.0.1:{port}")
}

/// A WebSocket, as a browser opens it with this further header.
fn upgraded(address: &str, header: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(SOON)).unwrap();
    let request = format!(
        "GET /ws HTTP/1.1\r\nhost: a\r\n{header}connection: upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: tincan.v1\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).unwrap();
    read_until(&mut stream, "\r\n\r\n");
    stream
}

/// A text of less than 126 bytes as a client sends it (RFC 6455, section 5.2), with a mask of zeros.
fn text_frame(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    let head = [0x81, 0x80 | length, 0, 0, 0, 0];
    [&head, text.as_bytes()].concat()
}

/// Reads byte by byte, so that nothing behind `word` is taken.
fn read_until(stream: &mut TcpStream, word: &str) {
    read_until_either(stream, [word]);
}

/// The first of `words` that comes.
fn read_until_either<'a, const N: usize>(stream: &mut TcpStream, words: [&'a str; N]) -> &'a str {
    stream.set_read_timeout(Some(SOON)).unwrap();
    let mut read = Vec::new();
    loop {
        let mut byte = [0];
        let heard = stream.read_exact(&mut byte);
        assert!(
            heard.is_ok(),
            "{heard:?} after {:?}",
            String::from_utf8_lossy(&read)
        );
        read.push(byte[0]);
        if let Some(word) = words
            .into_iter()
            .find(|word| read.ends_with(word.as_bytes()))
        {
            return word;
        }
    }
}

/// Reads lines into `log`, up to the one with `word`.
fn read_to(output: &mut BufReader<ChildStdout>, word: &str, log: &mut String) {
    loop {
        let start = log.len();
        let read = output.read_line(log).unwrap();
        assert!(read > 0, "it ended before it said {word:?}: {log}");
        if log[start..].contains(word) {
            return;
        }
    }
}

fn signal(running: &Child, signal: &str) {
    let sent = Command::new("kill")
        .args(["-s", signal, &running.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
}

fn tincan(args: &[&str]) -> Command {
    let mut command = tincan_by(Command::new(env!("CARGO_BIN_EXE_tincan")));
    command.args(args);
    command
}

fn tincan_by(mut command: Command) -> Command {
    // What this machine happens to have set is none of the tests' business.
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("TINCAN_") {
            command.env_remove(name);
        }
    }
    command
}

/// Reads what it says up to the line with `word`, and returns that.
fn wait_for(running: &mut Child, word: &str) -> String {
    let stdout = running.stdout.as_mut().unwrap();
    let lines = BufReader::new(stdout.by_ref()).lines();
    let mut lines = lines.map(|line| line.unwrap());
    lines.find(|line| line.contains(word)).unwrap()
}
