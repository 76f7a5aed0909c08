//! Each benchmark against its own floors: the load and the measuring work, whoever else is
//! installed.
#![cfg(target_os = "linux")]

use std::process::Command;

/// Runs a benchmark with those servers alone and returns what it prints.
fn bench(name: &str, only: &str) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args([name, "--quick", "--tincan", "/nowhere", "--only", only])
        .output()
        .expect("the benchmark was built for this test");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).expect("tables are text")
}

/// The cells of the first line of the tables that begin with these.
fn row(report: &str, begins: &[&str]) -> Vec<String> {
    let rows = report.lines().map(|line| {
        let cells = line.trim_matches('|').split('|');
        cells.map(|cell| cell.trim().to_owned()).collect::<Vec<_>>()
    });
    let mut found = rows.filter(|row| row.len() > begins.len());
    found
        .find(|row| row.iter().zip(begins).all(|(cell, begin)| cell == begin))
        .unwrap_or_else(|| panic!("no line {begins:?} in:\n{report}"))
}

#[test]
fn the_floor_answers_binding_requests() {
    let report = bench("stun", "batched floor");
    assert_ne!(row(&report, &["batched floor", "8 x 4"])[2], "0");
    let goal = row(&report, &["answers/s at 8 x 4, against coturn"]);
    assert_eq!(goal[3], "not measured");
}

#[test]
fn the_forwarders_bring_datagrams_back() {
    let report = bench("turn", "plain forwarder,batched forwarder");
    for server in ["plain forwarder", "batched forwarder"] {
        for traffic in ["one flow up", "echo, 1", "echo, 20"] {
            assert_ne!(row(&report, &[server, traffic])[2], "0");
        }
    }
}

#[test]
fn the_floor_passes_messages_on() {
    let report = bench("signaling", "axum floor");
    let figures = row(&report, &["axum floor", "20"]);
    assert_ne!(figures[2], "0");
    assert!(figures[7].ends_with('s'), "p99 was measured: {figures:?}");
}

#[test]
fn a_server_that_is_not_there_is_an_error() {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args([
            "stun", "--quick", "--tincan", "/nowhere", "--only", "tincan",
        ])
        .output()
        .unwrap();
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("tincan"));
}
