//! The network check: what a page finds out about its network before a call, and what that comes
//! to. Trying the ways is the page's; here it is judged what came of it.

use std::collections::BTreeMap;

use protocol::IceServer;

use crate::Transport;

/// A way to the outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// STUN over UDP: one's address as others see it, which direct calls need.
    Direct,
    /// The relay over UDP.
    RelayUdp,
    /// The relay over TCP.
    RelayTcp,
    /// The relay over TLS.
    RelayTls,
}

impl Way {
    /// In the order of preference.
    pub const ALL: [Way; 4] = [Way::Direct, Way::RelayUdp, Way::RelayTcp, Way::RelayTls];

    /// The way that an address of a server means (RFC 7064, RFC 7065).
    fn of(url: &str) -> Option<Self> {
        match (url.split(':').next()?, url.ends_with("transport=tcp")) {
            ("stun", _) => Some(Self::Direct),
            ("turn", false) => Some(Self::RelayUdp),
            ("turn", true) => Some(Self::RelayTcp),
            ("turns", _) => Some(Self::RelayTls),
            _ => None,
        }
    }
}

/// The servers for one way alone; empty where the server offers none.
pub fn servers_for(way: Way, servers: &[IceServer]) -> Vec<IceServer> {
    let only = |server: &IceServer| IceServer {
        urls: server
            .urls
            .iter()
            .filter(|url| Way::of(url) == Some(way))
            .cloned()
            .collect(),
        ..server.clone()
    };
    let all = servers.iter().map(only);
    all.filter(|server| !server.urls.is_empty()).collect()
}

/// What a network does with one's address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mapping {
    /// Nothing: others see the machine's own.
    None,
    /// It is changed; whether for each other anew could not be found out, as there was one to ask.
    Changed,
    /// It is changed, in the same way for everybody.
    ChangedAlike,
    /// It is changed for each other anew, so that direct ways are seldom found.
    ChangedForEach,
}

/// What was found, way by way.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Findings {
    /// Ways that were tried, and whether each works.
    pub ways: Vec<(Way, bool)>,
    /// What becomes of the address, where it is known.
    pub mapping: Option<Mapping>,
    /// To the relay and back, in milliseconds.
    pub round_trip: Option<u32>,
    /// Packets lost on the way through the relay, of a thousand.
    pub lost: Option<u32>,
    /// What got through the relay, in bits a second.
    pub uplink: Option<u32>,
}

/// Candidates that the tries of one way brought.
#[derive(Debug, Default)]
pub struct Found {
    mapped: BTreeMap<String, Vec<String>>,
    relayed: bool,
    host: bool,
    ended: bool,
    /// A server was asked and did not answer.
    unanswered: bool,
    /// There is a second place that tells how it sees one.
    asks_twice: bool,
}

impl Found {
    /// Nothing yet, of a try with these servers.
    pub fn of(servers: &[IceServer]) -> Self {
        let urls = || servers.iter().flat_map(|server| &server.urls);
        // An address of the other family is asked from another of one's own.
        let six = urls().filter(|url| url.contains('[')).count();
        Self {
            asks_twice: six > 1 || urls().count() - six > 1,
            ..Self::default()
        }
    }

    /// Takes note of a candidate (RFC 8839, section 5.1), or of their end.
    pub fn note(&mut self, candidate: Option<&str>) {
        let Some(candidate) = candidate else {
            self.ended = true;
            return;
        };
        let words: Vec<&str> = candidate.split_ascii_whitespace().collect();
        let after = |name: &str| {
            let at = words.iter().position(|word| *word == name)?;
            words.get(at + 1).copied()
        };
        match after("typ") {
            Some("relay") => self.relayed = true,
            Some("host") => self.host = true,
            Some("srflx") => {
                let (address, port) = (words.get(4).unwrap_or(&""), words.get(5).unwrap_or(&""));
                let base = format!(
                    "{} {}",
                    after("raddr").unwrap_or_default(),
                    after("rport").unwrap_or_default()
                );
                let seen = self.mapped.entry(base).or_default();
                let mapped = format!("{address} {port}");
                if !seen.contains(&mapped) {
                    seen.push(mapped);
                }
            }
            _ => {}
        }
    }

    /// A server did not answer.
    pub fn unanswered(&mut self) {
        self.unanswered = true;
    }

    /// Whether the way works that this was found on.
    pub fn works(&self, way: Way) -> bool {
        match way {
            // A browser leaves out a mapped address that is the machine's own; then all is answered.
            Way::Direct => !self.mapped.is_empty() || self.ended && self.host && !self.unanswered,
            Way::RelayUdp | Way::RelayTcp | Way::RelayTls => self.relayed,
        }
    }

    /// Nothing more will come.
    pub fn is_done(&self, way: Way) -> bool {
        self.ended || way != Way::Direct && self.relayed
    }

    /// What becomes of the address, where STUN was answered.
    pub fn mapping(&self) -> Option<Mapping> {
        if !self.works(Way::Direct) {
            return None;
        }
        // A base that the browser hides could be that of several.
        let known = |base: &&String| !base.is_empty() && !base.ends_with(" 0");
        let mut bases = self.mapped.iter().filter(|(base, _)| known(base));
        Some(if self.mapped.is_empty() {
            Mapping::None
        } else if bases.any(|(_, seen)| seen.len() > 1) {
            Mapping::ChangedForEach
        } else if self.asks_twice {
            Mapping::ChangedAlike
        } else {
            Mapping::Changed
        })
    }
}

/// Packets of the measurement, as they come.
#[derive(Debug, Default)]
pub struct Meter {
    sent: u32,
    came: u32,
    /// One more than the highest number that came.
    expected: u32,
    bytes: u32,
    /// Milliseconds from the first to the last.
    began: Option<f64>,
    ended: f64,
}

impl Meter {
    /// The number of the packet that is sent next, counted from 0.
    pub fn next(&self) -> u32 {
        self.sent
    }

    /// It was sent.
    pub fn sent(&mut self) {
        self.sent += 1;
    }

    /// The one of that number came, of so many bytes.
    pub fn came(&mut self, millis: f64, number: u32, bytes: u32) {
        self.came += 1;
        self.expected = self.expected.max(number.saturating_add(1));
        self.bytes += bytes;
        self.began.get_or_insert(millis);
        self.ended = millis;
    }

    /// Bits a second, once there is something to tell.
    pub fn uplink(&self) -> Option<u32> {
        let millis = self.ended - self.began?;
        // Less than a fifth of a second says nothing. Saturates far above what is sent.
        (millis >= 200.0).then(|| (f64::from(self.bytes) * 8_000.0 / millis) as u32)
    }

    /// Of a thousand; of those that were sent before the last one that came, as with the sequence numbers of
    /// RTP (RFC 3550, appendix A.3): nobody knows of the others whether they still come.
    pub fn lost(&self) -> Option<u32> {
        if self.expected == 0 {
            return (self.sent > 0).then_some(1_000);
        }
        let lost = u64::from(self.expected.saturating_sub(self.came));
        // At most a thousand.
        Some((lost * 1_000 / u64::from(self.expected)) as u32)
    }
}

/// What a camera's picture of 540 lines needs to each other person, with sound, in bits a second.
const PICTURE: u32 = 900_000;
/// The same of a small one.
const SMALL_PICTURE: u32 = 250_000;
/// Losses above which pictures stand still now and then, of a thousand.
const MUCH_LOSS: u32 = 50;

/// What it ends in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// No way works.
    Blocked {
        /// Where the relay is, if there is one.
        port: Option<u16>,
    },
    /// Direct ways alone, though there is a relay.
    DirectAlone {
        /// Where the relay is.
        port: u16,
    },
    /// A call works.
    Fine {
        /// Over what pictures go through the relay, where the network blocks UDP.
        relay: Option<Transport>,
        /// What it is good for; none where it could not be measured.
        ability: Option<Ability>,
        /// Pictures will stand still now and then.
        lossy: bool,
    },
}

/// What a network is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ability {
    /// So many people with pictures of 540 lines.
    Large(u32),
    /// So many people with small pictures.
    Small(u32),
    /// Sound alone.
    Sound,
}

/// What the findings come to; `port` is where the relay is, `most` how many may be in a call.
pub fn verdict(findings: &Findings, port: Option<u16>, most: u32) -> Verdict {
    let tried = |of: &[Way]| findings.ways.iter().any(|(way, _)| of.contains(way));
    let works = |of: &[Way]| {
        let mut ways = findings.ways.iter();
        ways.any(|(way, works)| *works && of.contains(way))
    };
    let relays = [Way::RelayUdp, Way::RelayTcp, Way::RelayTls];
    if !works(&Way::ALL) {
        return Verdict::Blocked { port };
    }
    let relay = if works(&[Way::Direct, Way::RelayUdp]) {
        None
    } else if works(&[Way::RelayTcp]) {
        Some(Transport::Tcp)
    } else {
        Some(Transport::Tls)
    };
    if let Some(port) = port
        && relay.is_none()
        && tried(&relays)
        && !works(&relays)
    {
        return Verdict::DirectAlone { port };
    }
    let people = |each: u32, bits: u32| (1 + bits / each).min(most);
    let ability = findings.uplink.map(|bits| match bits {
        PICTURE.. => Ability::Large(people(PICTURE, bits)),
        SMALL_PICTURE.. => Ability::Small(people(SMALL_PICTURE, bits)),
        _ => Ability::Sound,
    });
    Verdict::Fine {
        relay,
        ability,
        lossy: findings.lost.is_some_and(|lost| lost >= MUCH_LOSS),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(candidates: &[&str], ended: bool) -> Found {
        let mut found = Found::default();
        for candidate in candidates {
            found.note(Some(candidate));
        }
        if ended {
            found.note(None);
        }
        found
    }

    const HOST: &str = "candidate:1 1 udp 2122260223 192.168.7.9 50000 typ host";

    fn mapped(port: u16) -> String {
        format!(
            "candidate:2 1 udp 1686052607 203.0.113.5 {port} typ srflx raddr 192.168.7.9 rport 50000"
        )
    }

    #[test]
    fn what_becomes_of_the_address_is_read_from_how_servers_see_it() {
        let (one, other) = (mapped(50_000), mapped(61_000));
        let mapping = |all: &[&str], ended| found(all, ended).mapping();
        assert_eq!(mapping(&[HOST], false), None, "nobody has answered yet");
        assert_eq!(mapping(&[HOST], true), Some(Mapping::None));
        assert_eq!(mapping(&[HOST, &one, &one], true), Some(Mapping::Changed));
        assert_eq!(
            mapping(&[HOST, &one, &other], true),
            Some(Mapping::ChangedForEach)
        );
        let hidden = |port| {
            format!("candidate:2 1 udp 1 203.0.113.5 {port} typ srflx raddr 0.0.0.0 rport 0")
        };
        assert_eq!(
            mapping(&[&hidden(5), &hidden(6)], true),
            Some(Mapping::Changed),
            "two interfaces, for all one knows"
        );
        assert_eq!(mapping(&[], true), None, "no network");
        let mut blocked = found(&[HOST], true);
        blocked.unanswered();
        assert!(!blocked.works(Way::Direct));
    }

    #[test]
    fn who_asked_one_server_alone_does_not_know_what_others_see() {
        let asked = |urls: &[&str]| {
            let server = IceServer {
                urls: urls.iter().map(|url| (*url).to_owned()).collect(),
                username: None,
                credential: None,
                ttl_seconds: None,
            };
            let mut found = Found::of(&[server]);
            for candidate in [HOST, &mapped(50_000)] {
                found.note(Some(candidate));
            }
            found.mapping()
        };
        assert_eq!(asked(&["stun:a.example:1"]), Some(Mapping::Changed));
        assert_eq!(
            asked(&["stun:203.0.113.7:1", "stun:[2001:db8::7]:1"]),
            Some(Mapping::Changed)
        );
        assert_eq!(
            asked(&["stun:a.example:1", "stun:a.example:2"]),
            Some(Mapping::ChangedAlike)
        );
    }

    #[test]
    fn a_relay_works_when_it_gave_an_address() {
        let relay =
            "candidate:3 1 udp 1 198.51.100.7 49152 typ relay raddr 203.0.113.5 rport 50000";
        assert!(found(&[relay], false).works(Way::RelayTcp));
        assert!(found(&[relay], false).is_done(Way::RelayTcp));
        assert!(!found(&[HOST], true).works(Way::RelayTcp));
    }

    #[test]
    fn servers_are_told_apart_by_the_way_they_are_reached() {
        let servers = [IceServer {
            urls: [
                "turn:a:1?transport=udp",
                "turn:a:1?transport=tcp",
                "turns:a:1?transport=tcp",
            ]
            .map(str::to_owned)
            .to_vec(),
            username: Some("anna".to_owned()),
            credential: None,
            ttl_seconds: None,
        }];
        let urls = |way| -> Vec<String> {
            let of_way = servers_for(way, &servers).into_iter();
            of_way.flat_map(|server| server.urls).collect()
        };
        assert_eq!(urls(Way::Direct), [""; 0]);
        assert_eq!(urls(Way::RelayUdp), ["turn:a:1?transport=udp"]);
        assert_eq!(urls(Way::RelayTcp), ["turn:a:1?transport=tcp"]);
        assert_eq!(urls(Way::RelayTls), ["turns:a:1?transport=tcp"]);
    }

    #[test]
    fn packets_tell_how_much_gets_through_and_how_much_is_lost() {
        let mut meter = Meter::default();
        assert_eq!((meter.uplink(), meter.lost()), (None, None));
        meter.sent();
        assert_eq!(meter.lost(), Some(1_000), "none came");
        for at in 1..100 {
            let number = meter.next();
            meter.sent();
            if at % 10 != 0 {
                meter.came(f64::from(at) * 10.0, number, 1_200);
            }
        }
        assert_eq!(meter.lost(), Some(100));
        for _ in 0..10 {
            meter.sent();
        }
        assert_eq!(meter.lost(), Some(100), "ten are on their way");
        // 90 of 1,200 bytes within 980 ms.
        assert_eq!(meter.uplink(), Some(881_632));
    }

    fn of(works: [bool; 4], uplink: Option<u32>) -> Findings {
        Findings {
            ways: Way::ALL.into_iter().zip(works).collect(),
            uplink,
            ..Findings::default()
        }
    }

    #[test]
    fn it_comes_to_one_verdict() {
        let say = |works, uplink| verdict(&of(works, uplink), Some(8080), 8);
        let fine = |relay, ability| Verdict::Fine {
            relay,
            ability,
            lossy: false,
        };
        let all = [true; 4];
        assert_eq!(
            say(all, Some(3_900_000)),
            fine(None, Some(Ability::Large(5)))
        );
        assert_eq!(
            say(all, Some(30_000_000)),
            fine(None, Some(Ability::Large(8)))
        );
        assert_eq!(say(all, Some(500_000)), fine(None, Some(Ability::Small(3))));
        assert_eq!(say(all, Some(9_000)), fine(None, Some(Ability::Sound)));
        assert_eq!(say(all, None), fine(None, None));
        assert_eq!(
            say([false, false, false, true], Some(1_800_000)),
            fine(Some(Transport::Tls), Some(Ability::Large(3)))
        );
        assert_eq!(
            say([false, false, true, true], None),
            fine(Some(Transport::Tcp), None)
        );
        assert_eq!(say([false; 4], None), Verdict::Blocked { port: Some(8080) });
        assert_eq!(
            say([true, false, false, false], None),
            Verdict::DirectAlone { port: 8080 }
        );
        let lossy = Findings {
            lost: Some(80),
            ..of(all, Some(1_000_000))
        };
        assert!(matches!(
            verdict(&lossy, None, 8),
            Verdict::Fine { lossy: true, .. }
        ));
        let no_relay = Findings {
            ways: vec![(Way::Direct, true)],
            ..Findings::default()
        };
        assert_eq!(verdict(&no_relay, None, 8), fine(None, None));
    }
}
