//! What the page says of connections: why one cannot be made, over what one goes, and which steps
//! led to it.

use call::network_check::{Mapping, Way};
use call::{Cause, PathView, Step, Transport, Unreached};

/// The button that tries what was not tried yet.
pub const TRY_RELAY: &str = "Try again through the relay";

/// Why there is no connection to somebody, and what to do.
pub fn cause(cause: Cause, name: &str) -> String {
    match cause {
        Cause::Unanswered => format!(
            "{name}’s browser does not answer. Their page may be asleep: ask them to look at it."
        ),
        Cause::NoNetwork => {
            "Your browser found no network to call from. Check your Wi-Fi or cable.".to_owned()
        }
        Cause::NoNetworkThere => {
            format!("{name}’s browser found no network to call from. Ask them to check theirs.")
        }
        Cause::HiddenWithoutRelay => {
            "Your address is hidden, and this server has no relay to hide it behind. Leave, turn \
             “Hide my address” off, and join again."
                .to_owned()
        }
        Cause::NoRelay => blocked(
            name,
            "this server has no relay",
            "Ask whoever runs it to turn the relay on.",
        ),
        Cause::RelayUnreachable { by, port } => {
            let what = match by {
                Unreached::Me => "yours does not reach the relay".to_owned(),
                Unreached::Them => format!("{name}’s does not reach the relay"),
                Unreached::Both => "the relay could not be reached".to_owned(),
            };
            let advice = format!("Ask whoever runs this server to open UDP and TCP port {port}.");
            blocked(name, &what, &advice)
        }
        Cause::RelayUseless => blocked(
            name,
            "nothing came through the relay",
            "Try another network, or ask whoever runs this server to check its relay.",
        ),
        Cause::Unsealed => format!(
            "You and {name} reach each other, but something on the way blocks the encryption. Try \
             another network."
        ),
    }
}

fn blocked(name: &str, what: &str, advice: &str) -> String {
    format!("Your network and {name}’s block direct calls, and {what}. {advice}")
}

/// The button on a tile, and the heading of what it opens.
pub fn options_for(name: &str) -> String {
    format!("Options for {name}")
}

/// "Direct, 23 ms", "Through the relay over TCP, 81 ms".
pub fn path(path: PathView) -> String {
    let mut words = String::from(if path.relayed {
        "Through the relay"
    } else {
        "Direct"
    });
    // Direct ways are of datagrams; only another one is worth a word.
    match path.over {
        Some(Transport::Udp) if path.relayed => words.push_str(" over UDP"),
        Some(Transport::Tcp) => words.push_str(" over TCP"),
        Some(Transport::Tls) => words.push_str(" over TLS"),
        Some(Transport::Udp) | None => {}
    }
    if let Some(millis) = path.round_trip {
        words.push_str(&format!(", {millis} ms"));
    }
    words
}

/// Said while there is no connection to read anything from.
pub const NO_PATH: &str = "Not connected yet";

/// What a step is called.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Socket => "Reach the server",
        Step::Welcome => "Enter the room",
        Step::Gathering => "Find addresses",
        Step::Offer => "Offer",
        Step::Answer => "Answer",
        Step::Checks => "Try ways",
        Step::Dtls => "Agree on keys",
        Step::FirstAudio => "First sound",
        Step::FirstFrame => "First picture",
    }
}

/// A way that the network check tries.
pub fn way(way: Way) -> &'static str {
    match way {
        Way::Direct => "Direct, over UDP",
        Way::RelayUdp => "Relay over UDP",
        Way::RelayTcp => "Relay over TCP",
        Way::RelayTls => "Relay over TLS",
    }
}

/// How a way did.
pub fn way_works(works: Option<bool>) -> &'static str {
    match works {
        Some(true) => "Works",
        Some(false) => "Blocked",
        None => "Trying…",
    }
}

/// What the network does with one's address.
pub fn mapping(mapping: Mapping) -> &'static str {
    match mapping {
        Mapping::None => "Seen as it is",
        Mapping::Changed => "Changed on the way, the same for everybody",
        Mapping::ChangedForEach => "Changed for each other; direct calls seldom work",
    }
}

/// A share, given in thousandths.
pub fn of_a_hundred(thousandths: u32) -> String {
    format!("{}.{} %", thousandths / 10, thousandths % 10)
}

/// Bits a second.
pub fn megabits(bits: u32) -> String {
    format!("{}.{} Mbit/s", bits / 1_000_000, bits % 1_000_000 / 100_000)
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_path_is_told_in_a_few_words() {
        let of = |relayed, over, round_trip| {
            path(PathView {
                relayed,
                over,
                round_trip,
            })
        };
        assert_eq!(of(false, Some(Transport::Udp), Some(23)), "Direct, 23 ms");
        assert_eq!(of(false, Some(Transport::Tcp), None), "Direct over TCP");
        assert_eq!(
            of(true, Some(Transport::Tcp), Some(81)),
            "Through the relay over TCP, 81 ms"
        );
        assert_eq!(of(true, None, Some(9)), "Through the relay, 9 ms");
    }

    #[test]
    fn a_blocked_call_is_told_with_who_can_open_what() {
        let unreachable = Cause::RelayUnreachable {
            by: Unreached::Both,
            port: 8080,
        };
        assert_eq!(
            cause(unreachable, "Anna"),
            "Your network and Anna’s block direct calls, and the relay could not be reached. Ask \
             whoever runs this server to open UDP and TCP port 8080."
        );
    }
}
