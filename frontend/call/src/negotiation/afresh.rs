//! Has the browser send afresh with every restart of ICE.
//!
//! A browser keeps the packets it sent last, to send them again where they were lost, and fills its
//! probes of a new path with them. After a break these are seconds old. Whoever receives them takes
//! their delay for the path's, and holds back what follows for as long: pictures stay away two to
//! three seconds longer than the break. Chromium forgets the old packets when a parameter of the
//! whole stream changes, so with every restart one does that means little: whether the other takes
//! RTCP of reduced size (RFC 5506), which decides only how small a report may be.

use protocol::Description;

/// Permits RTCP of reduced size in one media section.
const REDUCED: &str = "a=rtcp-rsize";
/// In every media section that carries RTP here.
const MUX: &str = "a=rtcp-mux";
/// Changes with every restart of ICE (RFC 8839, section 5.4).
const UFRAG: &str = "a=ice-ufrag:";

/// What the other's description was like that was applied last.
#[derive(Debug, Default)]
pub(super) struct Afresh {
    ufrag: Option<String>,
    plain: bool,
}

impl Afresh {
    /// The description as it shall be applied.
    pub(super) fn apply(&mut self, description: Description) -> Description {
        let ufrag = description.sdp.lines().find_map(|l| l.strip_prefix(UFRAG));
        let restarts = self.ufrag.is_some() && self.ufrag.as_deref() != ufrag;
        self.ufrag = ufrag.map(str::to_owned);
        self.plain ^= restarts;
        // Until the first restart the description is left as it came.
        if !restarts && !self.plain {
            return description;
        }
        let mut sdp = String::with_capacity(description.sdp.len());
        for line in description.sdp.split_inclusive('\n') {
            let word = line.trim_end();
            if word != REDUCED {
                sdp.push_str(line);
            }
            if word == MUX && !self.plain {
                sdp.push_str(REDUCED);
                sdp.push_str("\r\n");
            }
        }
        Description { sdp, ..description }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use protocol::DescriptionKind;

    use super::*;

    fn offer(ufrag: &str, reduced: bool) -> Description {
        let size = if reduced { "a=rtcp-rsize\r\n" } else { "" };
        Description {
            kind: DescriptionKind::Offer,
            sdp: format!(
                "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-ufrag:{ufrag}\r\na=rtcp-mux\r\n{size}a=rtpmap:96 VP8/90000\r\n\
                 m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=ice-ufrag:{ufrag}\r\n"
            ),
        }
    }

    fn is_reduced(description: &Description) -> bool {
        description.sdp.lines().any(|line| line == REDUCED)
    }

    #[test]
    fn every_restart_changes_what_is_applied_and_nothing_else_does() {
        let mut afresh = Afresh::default();
        assert_eq!(afresh.apply(offer("a", true)), offer("a", true));
        assert_eq!(afresh.apply(offer("a", true)), offer("a", true));
        assert_eq!(afresh.apply(offer("b", true)), offer("b", false));
        assert_eq!(afresh.apply(offer("b", true)), offer("b", false));
        assert_eq!(afresh.apply(offer("c", true)), offer("c", true));
    }

    proptest! {
        /// Also where the other's description already shows what was applied of ours.
        #[test]
        fn what_is_applied_is_another_one_after_each_restart(sent in prop::collection::vec(any::<bool>(), 2..20)) {
            let mut afresh = Afresh::default();
            let _ = afresh.apply(offer("first", true));
            let mut before = true;
            for (at, reduced) in sent.into_iter().enumerate() {
                let applied = afresh.apply(offer(&at.to_string(), reduced));
                prop_assert_ne!(is_reduced(&applied), before);
                let times = applied.sdp.matches(REDUCED).count();
                prop_assert!(times <= 1, "said once in each section that carries RTP");
                before = !before;
            }
        }
    }
}
