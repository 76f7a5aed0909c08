//! A peer connection that is as strict as a real one: whatever a browser would refuse with an
//! `InvalidStateError` is a panic here.

use call::{ConnectionState, Shape, Slot, TransportPolicy};
use protocol::{Candidate, Description, DescriptionKind};

use super::random::Random;

/// `RTCPeerConnection.signalingState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Signaling {
    Stable,
    HaveLocalOffer,
    HaveRemoteOffer,
}

/// What a description says, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Described {
    pub(crate) connection: u64,
    pub(crate) ufrag: String,
}

/// The operation whose promise is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Pending {
    SetLocal,
    SetRemote(Description),
}

#[derive(Debug)]
pub(crate) struct FakePeer {
    pub(crate) id: u64,
    /// What its fingerprint is made of.
    certificate: u64,
    pub(crate) policy: TransportPolicy,
    /// What it shows the relay when it gathers next.
    pub(crate) credential: Option<String>,
    pub(crate) signaling: Signaling,
    pub(crate) pending: Option<Pending>,
    pub(crate) local: Option<Described>,
    pub(crate) remote: Option<Described>,
    pending_local: Option<Described>,
    pending_remote: Option<Described>,
    has_slots: bool,
    /// `negotiationneeded` shall fire once the state is stable.
    pub(crate) needs_negotiation: bool,
    restart: bool,
    ufrags: u32,
    /// Candidates of the other: their ICE user fragment, and where its network was then.
    pub(crate) candidates: Vec<(String, u32)>,
    /// Their texts, as they were told.
    pub(crate) told: Vec<String>,
    pub(crate) candidates_ended: bool,
    pub(crate) state: ConnectionState,
    /// The ICE user fragment under which paths are being checked.
    pub(crate) checked: Option<String>,
    /// The ICE user fragment under which it failed: only another one helps.
    pub(crate) failed_with: Option<String>,
    pub(crate) channel_open: bool,
    pub(crate) tracks: [bool; Slot::ALL.len()],
    /// How pictures are sent.
    pub(crate) shape: Shape,
    /// How many tracks it refuses from now on.
    pub(crate) refuses: u8,
    pub(crate) gathered: Option<(String, u32)>,
    /// How many descriptions were set.
    pub(crate) descriptions: u32,
}

impl FakePeer {
    pub(crate) fn new(id: u64, offers: bool, policy: TransportPolicy, certificate: u64) -> Self {
        Self {
            id,
            certificate,
            policy,
            credential: None,
            signaling: Signaling::Stable,
            pending: None,
            local: None,
            remote: None,
            pending_local: None,
            pending_remote: None,
            has_slots: offers,
            needs_negotiation: true,
            restart: false,
            ufrags: 0,
            candidates: Vec::new(),
            told: Vec::new(),
            candidates_ended: false,
            state: ConnectionState::New,
            checked: None,
            failed_with: None,
            channel_open: false,
            tracks: [false; Slot::ALL.len()],
            refuses: 0,
            shape: Shape {
                paused: false,
                scale_down_by: 1,
                saving: false,
            },
            gathered: None,
            descriptions: 0,
        }
    }

    pub(crate) fn begin(&mut self, operation: Pending) {
        assert_eq!(
            self.pending, None,
            "two operations at once on one connection"
        );
        if let Pending::SetRemote(description) = &operation {
            match (description.kind, self.signaling) {
                (DescriptionKind::Offer, Signaling::HaveLocalOffer) => {
                    panic!("an offer rolled back: Chromium shows no picture after it")
                }
                (DescriptionKind::Offer, Signaling::Stable)
                | (DescriptionKind::Answer, Signaling::HaveLocalOffer) => {}
                (kind, state) => panic!("InvalidStateError: remote {kind:?} in {state:?}"),
            }
        } else {
            assert_ne!(
                self.signaling,
                Signaling::HaveLocalOffer,
                "a second offer while one is unanswered"
            );
        }
        self.descriptions += 1;
        self.pending = Some(operation);
    }

    /// `setParameters` of the video senders.
    pub(crate) fn shape_video(&mut self, shape: Shape) {
        assert_eq!(
            self.pending, None,
            "InvalidModificationError: parameters while a description is being set"
        );
        assert!(self.has_slots, "parameters of senders that are not there");
        self.shape = shape;
    }

    /// `setLocalDescription` ends.
    pub(crate) fn finish_local(&mut self) -> Description {
        assert_eq!(self.pending.take(), Some(Pending::SetLocal));
        match self.signaling {
            Signaling::Stable => {
                assert!(self.has_slots || self.remote.is_some(), "an empty offer");
                let fresh = self.restart || self.local.is_none();
                self.restart = false;
                self.needs_negotiation = false;
                let described = self.describe(fresh);
                self.pending_local = Some(described.clone());
                self.signaling = Signaling::HaveLocalOffer;
                described.write(DescriptionKind::Offer, self.certificate)
            }
            Signaling::HaveRemoteOffer => {
                let remote = self.pending_remote.take().unwrap();
                let restarted = self.remote.as_ref().is_none_or(|r| r.ufrag != remote.ufrag);
                let described = self.describe(restarted);
                self.remote = Some(remote);
                self.local = Some(described.clone());
                // An answer with fresh credentials is what a wanted restart asked for.
                self.restart &= !restarted;
                self.needs_negotiation = self.restart;
                self.signaling = Signaling::Stable;
                described.write(DescriptionKind::Answer, self.certificate)
            }
            Signaling::HaveLocalOffer => unreachable!("checked when it began"),
        }
    }

    /// `setRemoteDescription` ends.
    pub(crate) fn finish_remote(&mut self) {
        let Some(Pending::SetRemote(description)) = self.pending.take() else {
            panic!("no remote description was being set");
        };
        let described = Described::read(&description.sdp);
        match description.kind {
            DescriptionKind::Offer => {
                self.pending_remote = Some(described);
                self.has_slots = true;
                self.signaling = Signaling::HaveRemoteOffer;
            }
            DescriptionKind::Answer => {
                self.local = self.pending_local.take();
                self.remote = Some(described);
                self.needs_negotiation |= self.restart;
                self.signaling = Signaling::Stable;
            }
        }
    }

    /// `addIceCandidate`; false where a browser would reject with an `OperationError`.
    pub(crate) fn add_candidate(&mut self, candidate: Option<&Candidate>) -> bool {
        assert!(
            self.remote.is_some() || self.pending_remote.is_some(),
            "InvalidStateError: a candidate before any remote description"
        );
        let Some(candidate) = candidate else {
            self.candidates_ended = true;
            return true;
        };
        self.told.push(candidate.candidate.clone());
        let ufrag = candidate.username_fragment.clone().unwrap();
        let known = [&self.remote, &self.pending_remote]
            .into_iter()
            .flatten()
            .any(|d| d.ufrag == ufrag);
        if known {
            let network = candidate.candidate.rsplit(' ').next().unwrap();
            self.candidates.push((ufrag, network.parse().unwrap()));
        }
        known
    }

    pub(crate) fn local_ufrag(&self) -> Option<&str> {
        self.local.as_ref().map(|local| local.ufrag.as_str())
    }

    pub(crate) fn restart_ice(&mut self) {
        self.restart = true;
        self.needs_negotiation = true;
    }

    /// Takes the need for a negotiation, if it may be told now.
    pub(crate) fn take_need(&mut self) -> bool {
        let now = self.signaling == Signaling::Stable && self.pending.is_none();
        now && std::mem::take(&mut self.needs_negotiation)
    }

    pub(crate) fn set_track(&mut self, slot: Slot, attached: bool) {
        assert!(
            self.has_slots,
            "a track for a transceiver that is not there"
        );
        let at = Slot::ALL.iter().position(|s| *s == slot).unwrap();
        self.tracks[at] = attached;
    }

    /// The local description whose candidates are being gathered now, if they were not yet.
    pub(crate) fn gather(&mut self, network: u32) -> Option<String> {
        let described = self.pending_local.as_ref().or(self.local.as_ref())?;
        let ufrag = described.ufrag.clone();
        let new = self.gathered.as_ref().is_none_or(|(of, _)| *of != ufrag);
        if new {
            self.gathered = Some((ufrag.clone(), network));
        }
        new.then_some(ufrag)
    }

    fn describe(&mut self, fresh: bool) -> Described {
        if fresh {
            self.ufrags += 1;
        }
        Described {
            connection: self.id,
            ufrag: format!("u{}x{}", self.id, self.ufrags),
        }
    }
}

impl Described {
    fn write(&self, kind: DescriptionKind, certificate: u64) -> Description {
        Description {
            kind,
            sdp: format!(
                "v=0\r\na=ice-ufrag:{}\r\na=connection:{}\r\na=fingerprint:sha-256 {:016X}\r\n",
                self.ufrag, self.connection, certificate
            ),
        }
    }

    fn read(sdp: &str) -> Self {
        let value = |name: &str| {
            sdp.lines()
                .find_map(|line| line.strip_prefix(name))
                .unwrap_or_else(|| panic!("a description without {name}"))
        };
        Self {
            connection: value("a=connection:").parse().unwrap(),
            ufrag: value("a=ice-ufrag:").to_owned(),
        }
    }
}

/// A candidate of somebody who is in network number `network`, as far as the policy allows.
pub(crate) fn candidate(
    ufrag: &str,
    network: u32,
    policy: TransportPolicy,
    random: &mut Random,
) -> Candidate {
    let kind = match policy {
        TransportPolicy::All => "host",
        TransportPolicy::Relay => "relay raddr 192.168.7.9",
    };
    Candidate {
        candidate: format!(
            "candidate:{} 1 udp 1 192.0.2.1 9 typ {kind} network {network}",
            random.below(1000)
        ),
        sdp_mid: Some("0".to_owned()),
        sdp_m_line_index: Some(0),
        username_fragment: Some(ufrag.to_owned()),
    }
}
