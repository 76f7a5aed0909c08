//! What the page says of connections: why one cannot be made, over what one goes, and which steps
//! led to it; and what the network check found.

use call::network_check::{Ability, Mapping, Verdict, Way};
use call::{Cause, PathView, Step, Transport, Unreached};

use crate::words;

/// Why there is no connection to somebody, and what to do.
pub fn cause(cause: Cause, name: &str) -> String {
    match cause {
        Cause::Unanswered => words::cause_unanswered(name),
        Cause::NoNetwork => words::cause_no_network().to_owned(),
        Cause::NoNetworkThere => words::cause_no_network_there(name),
        Cause::HiddenWithoutRelay => words::cause_hidden().to_owned(),
        Cause::NoRelay => words::cause_no_relay(name),
        Cause::RelayUnreachable { by, port } => {
            let port = port.to_string();
            match by {
                Unreached::Me => words::cause_relay_mine(name, &port),
                Unreached::Them => words::cause_relay_theirs(name, &port),
                Unreached::Both => words::cause_relay_both(name, &port),
            }
        }
        Cause::RelayUseless => words::cause_relay_useless(name),
        Cause::Unsealed => words::cause_unsealed(name),
    }
}

/// "Direct, 23 ms", "Through the relay over TCP, 81 ms".
pub fn path(path: PathView) -> String {
    let way = match (path.relayed, path.over) {
        // Direct ways are of datagrams; only another one is worth a word.
        (false, Some(Transport::Udp) | None) => words::direct().to_owned(),
        (false, Some(over)) => words::direct_over(transport(over)),
        (true, None) => words::relayed().to_owned(),
        (true, Some(over)) => words::relayed_over(transport(over)),
    };
    match path.round_trip {
        Some(millis) => words::path_time(&way, &milliseconds(millis)),
        None => way,
    }
}

fn transport(transport: Transport) -> &'static str {
    match transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
        Transport::Tls => "TLS",
    }
}

/// What a step is called.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Socket => words::step_socket(),
        Step::Welcome => words::step_welcome(),
        Step::Gathering => words::step_gathering(),
        Step::Offer => words::step_offer(),
        Step::Answer => words::step_answer(),
        Step::Checks => words::step_checks(),
        Step::Dtls => words::step_dtls(),
        Step::FirstAudio => words::step_first_sound(),
        Step::FirstFrame => words::step_first_picture(),
    }
}

/// A way that the network check tries.
pub fn way(way: Way) -> String {
    match way {
        Way::Direct => words::way_direct().to_owned(),
        Way::RelayUdp => words::way_relay("UDP"),
        Way::RelayTcp => words::way_relay("TCP"),
        Way::RelayTls => words::way_relay("TLS"),
    }
}

/// How a way did.
pub fn way_works(works: Option<bool>) -> &'static str {
    match works {
        Some(true) => words::works(),
        Some(false) => words::blocked(),
        None => words::trying(),
    }
}

/// What the network does with one's address.
pub fn mapping(mapping: Mapping) -> &'static str {
    match mapping {
        Mapping::None => words::address_as_is(),
        Mapping::Changed => words::address_changed(),
        Mapping::ChangedAlike => words::address_changed_alike(),
        Mapping::ChangedForEach => words::address_changed_for_each(),
    }
}

/// What the network check ends in: a sentence, or a few.
pub fn verdict(verdict: &Verdict) -> String {
    let all = match *verdict {
        Verdict::Blocked { port: Some(port) } => vec![words::check_blocked(&port.to_string())],
        Verdict::Blocked { port: None } => vec![words::check_blocked_no_relay().to_owned()],
        Verdict::DirectAlone { port } => vec![words::check_direct_alone(&port.to_string())],
        Verdict::Fine {
            relay,
            ability,
            lossy,
        } => {
            let relay = relay.map(|over| words::check_no_udp(transport(over)));
            let good = match ability {
                Some(Ability::Large(people)) => Some(words::check_good(people)),
                Some(Ability::Small(people)) => Some(words::check_small(people)),
                Some(Ability::Sound) => Some(words::check_sound().to_owned()),
                None if relay.is_none() => Some(words::check_unmeasured().to_owned()),
                None => None,
            };
            let lossy = lossy.then(|| words::check_lossy().to_owned());
            [relay, good, lossy].into_iter().flatten().collect()
        }
    };
    all.join(" ")
}

/// A time.
pub fn milliseconds(number: u32) -> String {
    words::milliseconds(&number.to_string())
}

/// A share, given in thousandths.
pub fn of_a_hundred(thousandths: u32) -> String {
    words::percent(
        &(thousandths / 10).to_string(),
        &(thousandths % 10).to_string(),
    )
}

/// Bits a second.
pub fn megabits(bits: u32) -> String {
    words::megabits(
        &(bits / 1_000_000).to_string(),
        &(bits % 1_000_000 / 100_000).to_string(),
    )
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
    fn a_network_is_judged_in_a_sentence_or_two() {
        let through_tls = Verdict::Fine {
            relay: Some(Transport::Tls),
            ability: Some(Ability::Large(3)),
            lossy: false,
        };
        assert_eq!(
            verdict(&through_tls),
            "Your network blocks video over UDP; we will go through the relay over TLS. Good for 3 people at 540p."
        );
        let blocked = Verdict::Blocked { port: Some(8080) };
        assert!(verdict(&blocked).ends_with("open UDP and TCP port 8080."));
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
