//! The program itself: its options, its exit codes, its signals.

#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    reason = "what a test did not expect fails it"
)]

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{Child, Command, Stdio};

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
    assert!(said.starts_with("tincan "), "{said}");
    assert!(said.contains('('), "{said}");
}

#[test]
fn both_signals_end_it_with_success() {
    for signal in ["TERM", "INT"] {
        let mut running = tincan(&["--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        wait_for(&mut running, "listening");
        let sent = Command::new("kill")
            .args(["-s", signal, &running.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
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
    let further = ["--redirect-listen", address, "--stun-listen", address];
    let all = [&[address, "--tls-self-signed"][..], &further].concat();
    let (_, said) = doctor(&all);
    let asked = said.matches("TURN asks for credentials over UDP").count();
    assert_eq!(asked, 2, "{said}");
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

fn tincan(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tincan"));
    command.args(args);
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
