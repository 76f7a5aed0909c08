//! Over what a connection goes, from what the browser counts (W3C webrtc-stats).

/// One entry of a `getStats` report, with what matters here. What an entry has not is empty.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StatsEntry {
    /// `id`.
    pub id: String,
    /// `type`.
    pub kind: String,
    /// `selectedCandidatePairId` of a transport.
    pub chosen: String,
    /// `selected` of a pair, by which Firefox tells the same.
    pub selected: bool,
    /// `localCandidateId` of a pair.
    pub local: String,
    /// `remoteCandidateId` of a pair.
    pub remote: String,
    /// `currentRoundTripTime` of a pair, in seconds.
    pub round_trip: Option<f64>,
    /// `candidateType` of a candidate.
    pub candidate: String,
    /// `protocol` of a candidate.
    pub protocol: String,
    /// `relayProtocol` of a candidate: what lies between this browser and its relay.
    pub relay_protocol: String,
}

/// What carries the packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream.
    Tcp,
    /// An encrypted stream.
    Tls,
}

/// The way a connection goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PathView {
    /// Through a relay on either side, rather than from browser to browser.
    pub relayed: bool,
    /// Over what from this browser on, where it is known: how the other reaches their relay is not.
    pub over: Option<Transport>,
    /// There and back, in milliseconds; at least one.
    pub round_trip: Option<u32>,
}

/// The way that is in use; `None` while there is none. `hidden`: the browser may use its relay alone.
pub fn path_in_use(entries: &[StatsEntry], hidden: bool) -> Option<PathView> {
    let of = |id: &str| entries.iter().find(|entry| entry.id == id);
    let chosen = entries
        .iter()
        .find(|entry| entry.kind == "transport" && !entry.chosen.is_empty());
    let pair = match chosen {
        Some(transport) => of(&transport.chosen)?,
        None => entries
            .iter()
            .find(|entry| entry.kind == "candidate-pair" && entry.selected)?,
    };
    let (local, remote) = (of(&pair.local)?, of(&pair.remote)?);
    // A relay may be seen under another of its addresses, and then goes for one that was met on the way.
    let own_relay = hidden || local.candidate == "relay";
    let relayed = own_relay || remote.candidate == "relay";
    let over = match (own_relay, relayed) {
        (true, _) => transport(&local.relay_protocol),
        (false, false) => transport(&local.protocol),
        (false, true) => None,
    };
    let millis = |seconds: f64| {
        // Saturates, which no round trip comes near.
        (seconds * 1000.0).round().max(1.0) as u32
    };
    Some(PathView {
        relayed,
        over,
        round_trip: pair.round_trip.map(millis),
    })
}

fn transport(name: &str) -> Option<Transport> {
    match name {
        "udp" => Some(Transport::Udp),
        "tcp" => Some(Transport::Tcp),
        "tls" => Some(Transport::Tls),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: &str, kind: &str, relay_protocol: &str) -> StatsEntry {
        StatsEntry {
            id: id.to_owned(),
            candidate: kind.to_owned(),
            protocol: "udp".to_owned(),
            relay_protocol: relay_protocol.to_owned(),
            ..StatsEntry::default()
        }
    }

    fn pair(id: &str, local: &str, remote: &str, seconds: f64) -> StatsEntry {
        StatsEntry {
            id: id.to_owned(),
            kind: "candidate-pair".to_owned(),
            local: local.to_owned(),
            remote: remote.to_owned(),
            round_trip: Some(seconds),
            ..StatsEntry::default()
        }
    }

    fn report(chosen: &str) -> Vec<StatsEntry> {
        vec![
            StatsEntry {
                id: "T".to_owned(),
                kind: "transport".to_owned(),
                chosen: chosen.to_owned(),
                ..StatsEntry::default()
            },
            candidate("host", "host", ""),
            candidate("relay", "relay", "tcp"),
            candidate("theirs", "srflx", ""),
            candidate("their relay", "relay", ""),
            pair("direct", "host", "theirs", 0.0231),
            pair("mine", "relay", "theirs", 0.081),
            pair("other", "host", "their relay", 0.0001),
        ]
    }

    #[test]
    fn the_chosen_pair_says_whether_it_goes_directly_and_over_what() {
        let path = |chosen| path_in_use(&report(chosen), false);
        assert_eq!(
            path("direct"),
            Some(PathView {
                relayed: false,
                over: Some(Transport::Udp),
                round_trip: Some(23)
            })
        );
        assert_eq!(
            path("mine"),
            Some(PathView {
                relayed: true,
                over: Some(Transport::Tcp),
                round_trip: Some(81)
            })
        );
        assert_eq!(
            path("other"),
            Some(PathView {
                relayed: true,
                over: None,
                round_trip: Some(1)
            })
        );
    }

    #[test]
    fn whoever_hides_goes_through_the_relay_whatever_its_address_is_called() {
        let path = path_in_use(&report("direct"), true).unwrap();
        assert!(path.relayed);
        assert_eq!(path.over, None);
    }

    #[test]
    fn firefox_marks_the_pair_itself() {
        let mut entries = report("");
        assert_eq!(path_in_use(&entries, false), None);
        entries[6].selected = true;
        assert!(path_in_use(&entries, false).unwrap().relayed);
    }

    #[test]
    fn a_report_in_the_middle_of_a_change_says_nothing() {
        assert_eq!(path_in_use(&report("gone"), false), None);
        assert_eq!(path_in_use(&[], false), None);
    }
}
