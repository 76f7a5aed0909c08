//! Keeps one's own address out of what the others are told while it is hidden.
//!
//! A browser that may use the relay alone gathers nothing else, but some write the address the
//! relay saw (`raddr`) into relayed candidates all the same, and nothing else stands between a
//! browser's mistake and the person's address.

use std::fmt::Write as _;

use protocol::{Candidate, Description};

/// The candidate as it may be told, or nothing where it is not a relayed one.
pub(crate) fn candidate(candidate: Candidate) -> Option<Candidate> {
    let text = relayed(&candidate.candidate)?;
    Some(Candidate {
        candidate: text,
        ..candidate
    })
}

/// The description with relayed candidates alone.
pub(crate) fn description(description: Description) -> Description {
    let mut sdp = String::with_capacity(description.sdp.len());
    for line in description.sdp.split_inclusive('\n') {
        let Some(attribute) = line
            .strip_prefix("a=")
            .filter(|rest| rest.starts_with("candidate:"))
        else {
            sdp.push_str(line);
            continue;
        };
        if let Some(text) = relayed(attribute.trim_end()) {
            // Writing to a string cannot fail.
            let _ = write!(sdp, "a={text}\r\n");
        }
    }
    Description { sdp, ..description }
}

/// A candidate attribute (RFC 8839, section 5.1) without the address behind the relay.
fn relayed(text: &str) -> Option<String> {
    let mut words: Vec<&str> = text.split_ascii_whitespace().collect();
    let kind = words.iter().position(|word| *word == "typ")?;
    if words.get(kind + 1) != Some(&"relay") {
        return None;
    }
    for (name, nothing) in [("raddr", "0.0.0.0"), ("rport", "0")] {
        if let Some(at) = words.iter().position(|word| *word == name)
            && let Some(value) = words.get_mut(at + 1)
        {
            *value = nothing;
        }
    }
    Some(words.join(" "))
}

#[cfg(test)]
mod tests {
    use protocol::DescriptionKind;

    use super::*;

    fn of(text: &str) -> Candidate {
        Candidate {
            candidate: text.to_owned(),
            sdp_mid: Some("0".to_owned()),
            sdp_m_line_index: None,
            username_fragment: None,
        }
    }

    #[test]
    fn only_relayed_candidates_are_told_and_without_the_address_behind_them() {
        let host = of("candidate:1 1 udp 2122260223 192.168.7.9 50000 typ host generation 0");
        let mapped = of(
            "candidate:2 1 udp 1686052607 203.0.113.5 50000 typ srflx raddr 192.168.7.9 rport 50000",
        );
        let relay = of(
            "candidate:3 1 udp 41885439 198.51.100.7 49152 typ relay raddr 203.0.113.5 rport 50000 generation 0",
        );
        assert_eq!(candidate(host), None);
        assert_eq!(candidate(mapped), None);
        assert_eq!(
            candidate(relay).unwrap().candidate,
            "candidate:3 1 udp 41885439 198.51.100.7 49152 typ relay raddr 0.0.0.0 rport 0 generation 0"
        );
    }

    #[test]
    fn a_description_loses_the_candidates_that_tell_and_nothing_else() {
        let sdp = "v=0\r\na=candidate:1 1 udp 1 192.168.7.9 5 typ host\r\na=candidate:3 1 udp 1 198.51.100.7 6 typ relay raddr 203.0.113.5 rport 7\r\na=mid:0\r\n";
        let told = description(Description {
            kind: DescriptionKind::Offer,
            sdp: sdp.to_owned(),
        });
        assert_eq!(
            told.sdp,
            "v=0\r\na=candidate:3 1 udp 1 198.51.100.7 6 typ relay raddr 0.0.0.0 rport 0\r\na=mid:0\r\n"
        );
    }
}
