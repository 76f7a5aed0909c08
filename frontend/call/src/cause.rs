//! Why a connection cannot be made: from what is known on both sides to the one thing to say.

use protocol::{Candidate, IceServer};

/// Why two do not reach each other, as far as can be known from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// They were asked and do not answer: their page sleeps, or is gone.
    Unanswered,
    /// One's own browser found no network to connect from.
    NoNetwork,
    /// The other's browser found none.
    NoNetworkThere,
    /// One's address is hidden, and the server has no relay to hide behind.
    HiddenWithoutRelay,
    /// Both networks block direct ways, and the server has no relay.
    NoRelay,
    /// Both networks block direct ways, and somebody could not reach the relay.
    RelayUnreachable {
        /// By whom.
        by: Unreached,
        /// At which port it was looked for.
        port: u16,
    },
    /// The relay was reached, and nothing came through it.
    RelayUseless,
    /// They reach each other, but cannot agree on keys: something on the way swallows that.
    Unsealed,
}

/// Who could not reach the relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unreached {
    /// Oneself; the other could.
    Me,
    /// The other; oneself could.
    Them,
    /// Both.
    Both,
}

/// A connection that could not be made, as the person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trouble {
    /// Why.
    pub cause: Cause,
    /// Trying again through the relay could help.
    pub relay_may_help: bool,
}

/// The candidates of one side.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Found {
    direct: bool,
    relayed: bool,
    ended: bool,
}

impl Found {
    /// Takes note of one, or of their end.
    pub(crate) fn note(&mut self, candidate: Option<&Candidate>) {
        match candidate {
            None => self.ended = true,
            Some(candidate) if candidate.candidate.contains(" typ relay") => self.relayed = true,
            Some(_) => self.direct = true,
        }
    }

    /// Takes note of those within a description.
    pub(crate) fn note_all(&mut self, sdp: &str) {
        for line in sdp.lines().filter(|line| line.starts_with("a=candidate:")) {
            if line.contains(" typ relay") {
                self.relayed = true;
            } else {
                self.direct = true;
            }
        }
    }

    /// It looked everywhere and has no address at all.
    fn is_nowhere(self) -> bool {
        self.ended && !self.direct && !self.relayed
    }
}

/// What is known of one connection.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Evidence {
    pub(crate) mine: Found,
    pub(crate) theirs: Found,
    /// A description of theirs came.
    pub(crate) answered: bool,
    /// The checks found a way.
    pub(crate) reached: bool,
    /// It was made; what happened to it later is another matter.
    pub(crate) connected: bool,
}

impl Evidence {
    /// Takes note of a description of theirs.
    pub(crate) fn handle_description(&mut self, sdp: &str) {
        self.answered = true;
        self.theirs.note_all(sdp);
    }

    /// What to say of a connection of which this is known, and that was not made.
    pub(crate) fn trouble(&self, hidden: bool, relay_port: Option<u16>) -> Trouble {
        Trouble {
            cause: cause(self, hidden, relay_port),
            relay_may_help: relay_may_help(self, hidden, relay_port),
        }
    }
}

/// Why a connection of which this is known was not made.
fn cause(evidence: &Evidence, hidden: bool, relay_port: Option<u16>) -> Cause {
    let Evidence { mine, theirs, .. } = *evidence;
    if hidden && relay_port.is_none() {
        return Cause::HiddenWithoutRelay;
    }
    if evidence.reached {
        return Cause::Unsealed;
    }
    if mine.is_nowhere() && !hidden {
        return Cause::NoNetwork;
    }
    if !evidence.answered {
        return Cause::Unanswered;
    }
    let Some(port) = relay_port else {
        return Cause::NoRelay;
    };
    if theirs.is_nowhere() && mine.direct {
        return Cause::NoNetworkThere;
    }
    // Whoever reaches the relay has heard of it long before a connection counts as stuck.
    let by = match (mine.relayed, theirs.relayed) {
        (true, true) => return Cause::RelayUseless,
        (false, true) => Unreached::Me,
        (true, false) => Unreached::Them,
        (false, false) => Unreached::Both,
    };
    Cause::RelayUnreachable { by, port }
}

/// Whether a try through the relay alone could do what the last one did not.
fn relay_may_help(evidence: &Evidence, hidden: bool, relay_port: Option<u16>) -> bool {
    relay_port.is_some() && !hidden && evidence.mine.relayed
}

/// At which port the relay is, if the server offers one.
pub fn relay_port(servers: &[IceServer]) -> Option<u16> {
    let mut urls = servers.iter().flat_map(|server| &server.urls);
    urls.find_map(|url| {
        let (rest, usual) = match url.strip_prefix("turns:") {
            Some(rest) => (rest, 5349),
            None => (url.strip_prefix("turn:")?, 3478),
        };
        // A host may be an IPv6 address in brackets; a port comes after the last of them.
        let authority = rest.split('?').next().unwrap_or_default();
        let port = authority.rsplit(']').next().unwrap_or_default();
        let port = port.rsplit_once(':').map(|(_, port)| port);
        Some(port.and_then(|port| port.parse().ok()).unwrap_or(usual))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOTHING: Found = Found {
        direct: false,
        relayed: false,
        ended: true,
    };
    const DIRECT: Found = Found {
        direct: true,
        ..NOTHING
    };
    const ALL: Found = Found {
        relayed: true,
        ..DIRECT
    };
    const LOOKING: Found = Found {
        ended: false,
        ..DIRECT
    };

    fn of(mine: Found, theirs: Found) -> Evidence {
        Evidence {
            mine,
            theirs,
            answered: true,
            reached: false,
            connected: false,
        }
    }

    #[test]
    fn each_cause_is_told_by_what_only_it_leaves_behind() {
        let relay = Some(3478);
        let unreachable = |by| Cause::RelayUnreachable { by, port: 3478 };
        let unanswered = Evidence {
            answered: false,
            ..of(DIRECT, Found::default())
        };
        let reached = Evidence {
            reached: true,
            ..of(ALL, ALL)
        };
        let cases = [
            (of(DIRECT, DIRECT), relay, unreachable(Unreached::Both)),
            (of(LOOKING, LOOKING), relay, unreachable(Unreached::Both)),
            (of(DIRECT, ALL), relay, unreachable(Unreached::Me)),
            (of(ALL, DIRECT), relay, unreachable(Unreached::Them)),
            (of(ALL, ALL), relay, Cause::RelayUseless),
            (of(DIRECT, DIRECT), None, Cause::NoRelay),
            (of(NOTHING, DIRECT), relay, Cause::NoNetwork),
            (of(DIRECT, NOTHING), relay, Cause::NoNetworkThere),
            (unanswered, relay, Cause::Unanswered),
            (reached, relay, Cause::Unsealed),
        ];
        for (evidence, port, expected) in cases {
            assert_eq!(cause(&evidence, false, port), expected, "{evidence:?}");
        }
        let hidden = |evidence, port| cause(&evidence, true, port);
        assert_eq!(hidden(of(NOTHING, ALL), None), Cause::HiddenWithoutRelay);
        assert_eq!(
            hidden(of(NOTHING, DIRECT), relay),
            unreachable(Unreached::Both),
            "hidden, nothing but the relay is looked for"
        );
    }

    #[test]
    fn the_relay_is_tried_where_it_was_not_and_could_be_reached() {
        let may = |mine, hidden, port| relay_may_help(&of(mine, ALL), hidden, port);
        assert!(may(ALL, false, Some(1)));
        assert!(!may(DIRECT, false, Some(1)), "it did not answer");
        assert!(!may(ALL, true, Some(1)), "it was the only way already");
        assert!(!may(ALL, false, None), "there is none");
    }

    #[test]
    fn the_port_is_read_from_the_address_of_the_relay() {
        let port = |url: &str| {
            relay_port(&[IceServer {
                urls: vec!["stun:a:1".to_owned(), url.to_owned()],
                username: None,
                credential: None,
                ttl_seconds: None,
            }])
        };
        assert_eq!(port("turn:a.example:8080?transport=udp"), Some(8080));
        assert_eq!(port("turn:[2001:db8::1]:443?transport=tcp"), Some(443));
        assert_eq!(port("turn:[2001:db8::1]"), Some(3478));
        assert_eq!(port("turns:a.example"), Some(5349));
        assert_eq!(port("stun:a.example:9"), None);
    }
}
