//! What `/metrics` shows (Prometheus text format).
//!
//! Counters are counted where things happen, through the `metrics` crate; what stands at a moment
//! is read from the hub when somebody asks.

use std::sync::{Mutex, OnceLock, PoisonError};

use metrics::{counter, describe_counter, describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use protocol::RefuseReason;

use crate::hub::Hub;

/// The recorder is one for the process, as the `metrics` crate has it. The lock keeps the gauges
/// of one server and the text made of them together, where a process runs several.
static RECORDER: OnceLock<Option<Mutex<PrometheusHandle>>> = OnceLock::new();

/// Starts counting. Nothing happens the second time, or where another recorder is at work.
pub fn install() {
    RECORDER.get_or_init(|| {
        let handle = PrometheusBuilder::new().install_recorder().ok()?;
        describe_gauge!("tincan_sockets", "Open WebSockets");
        describe_gauge!("tincan_rooms", "Rooms somebody is in");
        describe_gauge!(
            "tincan_participants",
            "Participants in the lobby or the call of a room"
        );
        describe_counter!("tincan_messages_total", "Messages of participants");
        describe_counter!("tincan_refused_total", "Refusals by reason");
        describe_counter!("tincan_http_requests_total", "HTTP requests by status");
        describe_counter!(
            "tincan_connections_refused_total",
            "TCP connections closed at once because there were too many"
        );
        describe_counter!(
            "tincan_connections_displaced_total",
            "TCP connections that kept still and made room for others"
        );
        describe_counter!(
            "tincan_turn_streams_refused_total",
            "TURN streams closed at once because their address had too many without an allocation"
        );
        describe_counter!(
            "tincan_turn_streams_displaced_total",
            "TURN streams without an allocation that made room for others"
        );
        describe_relay();
        describe_counter!(
            "tincan_tls_handshakes_total",
            "TLS handshakes by outcome: done, failed, slow, or an authority's challenge"
        );
        Some(Mutex::new(handle))
    });
}

/// What `relay/meters.rs` publishes.
fn describe_relay() {
    describe_counter!("tincan_stun_bindings_total", "Binding requests answered");
    describe_counter!(
        "tincan_stun_malformed_total",
        "Datagrams and messages that made no sense, and were dropped"
    );
    describe_counter!(
        "tincan_stun_throttled_total",
        "Challenges withheld because their address had asked for too many"
    );
    describe_gauge!("tincan_turn_allocations", "Allocations that live");
    describe_counter!("tincan_turn_allocations_total", "Allocations made");
    describe_counter!(
        "tincan_turn_packets_total",
        "Packets relayed, by direction: up to peers, down to clients"
    );
    describe_counter!(
        "tincan_turn_bytes_total",
        "Bytes of payload relayed, by direction: up to peers, down to clients"
    );
    describe_counter!(
        "tincan_turn_dropped_total",
        "Packets not relayed, by reason: unpermitted, or quota"
    );
    describe_counter!(
        "tincan_turn_unsent_total",
        "Packets the system did not take, or whose client was too slow"
    );
    describe_counter!(
        "tincan_turn_errors_total",
        "Requests refused, by the RFC's error code; 401 and 438 begin every visit"
    );
}

/// Everything counted so far, and how `hub` stands now.
pub fn render(hub: &Hub) -> String {
    let Some(recorder) = RECORDER.get().and_then(Option::as_ref) else {
        return String::new();
    };
    let recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner);
    let counts = hub.counts();
    gauge!("tincan_sockets").set(hub.sockets() as f64);
    gauge!("tincan_rooms").set(counts.rooms as f64);
    gauge!("tincan_participants").set(counts.participants as f64);
    recorder.render()
}

/// Counts a refusal.
pub fn refused(reason: RefuseReason) {
    counter!("tincan_refused_total", "reason" => name(reason)).increment(1);
}

/// A reason as it is written on the wire.
pub fn name(reason: RefuseReason) -> String {
    match serde_json::to_value(reason) {
        Ok(serde_json::Value::String(name)) => name,
        _ => "unknown".to_owned(),
    }
}
