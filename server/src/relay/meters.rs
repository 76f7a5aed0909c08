//! What the machines count, as metrics.

use metrics::{counter, gauge};
use turn::{Counters, ErrorCode};

/// Publishes how a machine's counters have grown since the last time.
#[derive(Debug, Default)]
pub(super) struct Published {
    last: Counters,
}

impl Published {
    /// The machine has counted something since.
    pub(super) fn is_behind(&self, now: &Counters) -> bool {
        self.last != *now
    }

    pub(super) fn publish(&mut self, now: &Counters) {
        let last = std::mem::replace(&mut self.last, *now);
        if last == *now {
            return;
        }
        let grow = |name: &'static str, from: u64, to: u64| {
            if to > from {
                counter!(name).increment(to - from);
            }
        };
        grow("tincan_stun_bindings_total", last.bindings, now.bindings);
        grow("tincan_stun_malformed_total", last.malformed, now.malformed);
        grow("tincan_stun_throttled_total", last.throttled, now.throttled);
        grow(
            "tincan_turn_allocations_total",
            last.allocations,
            now.allocations,
        );
        let begun = now.allocations - last.allocations;
        let ended = now.deallocations - last.deallocations;
        let living = gauge!("tincan_turn_allocations");
        living.increment(begun as f64);
        living.decrement(ended as f64);
        for (direction, packets, bytes) in [
            (
                "up",
                now.packets_up - last.packets_up,
                now.bytes_up - last.bytes_up,
            ),
            (
                "down",
                now.packets_down - last.packets_down,
                now.bytes_down - last.bytes_down,
            ),
        ] {
            counter!("tincan_turn_packets_total", "direction" => direction).increment(packets);
            counter!("tincan_turn_bytes_total", "direction" => direction).increment(bytes);
        }
        for (reason, packets) in [
            ("unpermitted", now.unpermitted - last.unpermitted),
            ("quota", now.over_quota - last.over_quota),
        ] {
            counter!("tincan_turn_dropped_total", "reason" => reason).increment(packets);
        }
        for code in ErrorCode::ALL {
            let more = now.errors(code) - last.errors(code);
            if more > 0 {
                let number = code.number().to_string();
                counter!("tincan_turn_errors_total", "code" => number).increment(more);
            }
        }
    }
}
