//! One other participant: the conversation with them, what they say of themselves, and the
//! connection to them.
//!
//! Not here: which id the server has for them is only noted here; who is in the room, and over
//! which way a body goes, is the call's to know.

mod growth;
mod mending;
mod start;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use protocol::{Description, DescriptionKind, IceServer, ParticipantId, ParticipantState, Signal};

use self::growth::Growth;
use crate::cause::{Evidence, Trouble};
use crate::command::{Command, OpenPeer, SetTrack, Shape, TransportPolicy};
use crate::health::Health;
use crate::hiding;
use crate::input::{BrowserEvent, ConnectionState, Operation};
use crate::negotiation::{Negotiation, Role, Step};
use crate::pulse::Pulse;
use crate::safety::fingerprint_lines;
use crate::seal::{Seal, SessionNonce};
use crate::session::Session;
use crate::setup::{Arrival, Setup, StepView};
use crate::ticket::Pass;
use crate::time::Timestamp;
use crate::view::{ConnectionView, PeerKey, Slot};

/// What may be said of a connection before its time: an offer, and candidates a few at a time.
const MAX_PUT_BY: usize = 16;

/// Stands for a track that nobody knows: the browser refused the one it was to carry.
const UNKNOWN: Option<u32> = Some(u32::MAX);

/// How often in all a browser that refuses a track is asked once more.
const MOST_REFUSED: u8 = 8;

/// What a peer needs to know of the call around it.
pub(crate) struct Around<'a> {
    pub(crate) now: Timestamp,
    pub(crate) ice_servers: &'a [IceServer],
    /// Counts the lists of servers.
    pub(crate) ice_serial: u32,
    pub(crate) policy: TransportPolicy,
    /// How often one beats.
    pub(crate) beat: Duration,
    /// Pictures are sent small and seldom.
    pub(crate) saving: bool,
    pub(crate) out: &'a mut VecDeque<Command>,
}

/// Somebody else.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) key: PeerKey,
    pub(crate) nonce: SessionNonce,
    pub(crate) session: Session,
    /// The box for what we and they say.
    pub(crate) seal: Seal,
    /// What they came with, if it was a link with limits.
    pub(crate) guest: Option<Pass>,
    pub(crate) standing: Standing,
    /// The server's id for them, as far as it is known.
    pub(crate) route: Option<ParticipantId>,
    /// When the server stopped knowing them.
    pub(crate) missing_since: Option<Timestamp>,
    /// What they said of themselves last; `None` until then, and after they left.
    pub(crate) state: Option<ParticipantState>,
    /// They came after us, or were seen in the lobby; so their coming into the call is news.
    pub(crate) newcomer: bool,
    /// Why no connection to them could be made so far.
    pub(crate) trouble: Option<Trouble>,
    /// The connection that the person wants to go through the relay; 0 for none. Those after it may
    /// go any way again.
    relayed: u32,
    /// Nothing keeps them and us from being connected, or did so once while they were here.
    pub(crate) let_in: bool,
    /// What they said of a connection before they were let in.
    put_by: Vec<Signal>,
    /// What we told them of ourselves last.
    told: Option<ParticipantState>,
    role: Role,
    /// The connection there is or was last.
    generation: u32,
    /// The connection we asked for.
    renewed: u32,
    connection: Option<Connection>,
}

/// Whether somebody is to be in the call with us, as far as the link goes that they came with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Standing {
    /// They are.
    Welcome,
    /// It is not known yet.
    Open,
    /// They are not, and were told so then.
    TurnedAway(Timestamp),
}

#[derive(Debug)]
struct Connection {
    generation: u32,
    negotiation: Negotiation,
    health: Health,
    pulse: Pulse,
    channel_open: bool,
    /// The serial of the track each sender carries.
    carried: [Option<u32>; Slot::ALL.len()],
    /// How often the browser refused a track.
    refused: u8,
    growth: Growth,
    /// What the browser was told last of how to send pictures.
    shaped: Option<Shape>,
    ice_serial: u32,
    /// What kind of candidates it was made to use.
    policy: TransportPolicy,
    evidence: Evidence,
    setup: Setup,
    /// Of the certificates in one's own description and in theirs, as [`fingerprint_lines`] gives them.
    prints: [Arc<str>; 2],
}

impl Connection {
    /// The browser did not take the track it was told to carry, or did not let go of one: it is told
    /// again, as otherwise somebody would be seen whose camera is off, or not seen whose camera is on.
    fn handle_track_refused(&mut self, slot: Slot) {
        if self.refused < MOST_REFUSED {
            self.refused += 1;
            let slots = Slot::ALL.into_iter().zip(&mut self.carried);
            for (_, carried) in slots.filter(|(of, _)| *of == slot) {
                *carried = UNKNOWN;
            }
        }
    }

    /// Has the browser send pictures as they should be sent now, where that is news to it. While a
    /// description is being set it would refuse: what is to be changed may be another when it comes to
    /// it (W3C webrtc-pc, section 5.2, `setParameters`).
    fn shape(&mut self, peer: PeerKey, saving: bool) -> Option<Command> {
        let shape = Shape {
            // Pictures that queue up on a broken path would delay the first good one; starting the
            // encoder anew gives a key frame at once.
            paused: self.health.is_interrupted() || self.pulse.is_silent(),
            scale_down_by: self.growth.scale_down_by(),
            saving,
        };
        if !self.negotiation.is_idle() || self.shaped == Some(shape) {
            return None;
        }
        self.shaped = Some(shape);
        Some(Command::ShapeVideo {
            peer,
            generation: self.generation,
            shape,
        })
    }
}

impl Peer {
    pub(crate) fn new(
        key: PeerKey,
        me: SessionNonce,
        them: SessionNonce,
        guest: Option<Pass>,
        seal: Seal,
    ) -> Self {
        Self {
            key,
            nonce: them,
            session: Session::new(me, them),
            seal,
            guest,
            standing: if guest.is_none() {
                Standing::Welcome
            } else {
                Standing::Open
            },
            route: None,
            missing_since: None,
            state: None,
            newcomer: false,
            trouble: None,
            relayed: 0,
            let_in: false,
            put_by: Vec::new(),
            told: None,
            // Both compare the same two nonces, which neither the server nor the other can choose
            // after the fact.
            role: if me > them {
                Role::Offerer
            } else {
                Role::Answerer
            },
            generation: 0,
            renewed: 0,
            connection: None,
        }
    }

    /// They are in the room, have proved who they are, and are welcome.
    pub(crate) fn is_here(&self) -> bool {
        self.state.is_some() && self.session.is_confirmed() && self.is_welcome()
    }

    pub(crate) fn is_in_call(&self) -> bool {
        self.is_welcome() && self.state.as_ref().is_some_and(|state| state.in_call)
    }

    /// The link they came with is good.
    pub(crate) fn is_welcome(&self) -> bool {
        self.standing == Standing::Welcome
    }

    /// They came with a link that lets them watch and listen alone.
    pub(crate) fn only_listens(&self) -> bool {
        self.guest.is_some_and(|pass| pass.ticket.limits().listen)
    }

    pub(crate) fn is_connected(&self) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|c| c.health.is_connected())
    }

    /// The signal channel is open, and what is sent on it will most likely arrive.
    pub(crate) fn has_live_channel(&self) -> bool {
        self.beats() && self.connection.as_ref().is_some_and(|c| c.pulse.is_sound())
    }

    /// Both beat: the browser takes the connection for a working one.
    pub(crate) fn beats(&self) -> bool {
        self.is_connected() && self.has_channel()
    }

    /// What is sent on the signal channel may be late, for the path fell silent a moment ago.
    pub(crate) fn has_slow_channel(&self, now: Timestamp) -> bool {
        let pulse = self.connection.as_ref().map(|c| &c.pulse);
        pulse.is_some_and(|pulse| pulse.is_convalescent(now))
    }

    /// When they were heard last over a connection that stands, broken or not.
    pub(crate) fn heard_at(&self) -> Option<Timestamp> {
        let connection = self.connection.as_ref().filter(|c| c.evidence.connected)?;
        Some(connection.pulse.heard_at())
    }

    /// They are waited for to be heard again.
    pub(crate) fn is_in_doubt(&self) -> bool {
        self.beats() && !self.has_live_channel()
    }

    /// The signal channel is open, though the path below it may be broken.
    pub(crate) fn has_channel(&self) -> bool {
        self.connection.as_ref().is_some_and(|c| c.channel_open)
    }

    /// The connection of that number is the one there is.
    pub(crate) fn has_generation(&self, generation: u32) -> bool {
        self.connection
            .as_ref()
            .is_some_and(|c| c.generation == generation)
    }

    /// Sends on the signal channel, if there is one.
    pub(crate) fn channel_command(&self, bytes: Vec<u8>) -> Option<Command> {
        let connection = self.connection.as_ref().filter(|c| c.channel_open)?;
        Some(Command::SendChannel {
            peer: self.key,
            generation: connection.generation,
            bytes,
        })
    }

    pub(crate) fn connection_view(&self) -> ConnectionView {
        self.connection
            .as_ref()
            .map_or(ConnectionView::Connecting, |c| c.health.view())
    }

    /// How long each step of the connection took.
    pub(crate) fn setup_view(&self, arrival: &Arrival) -> Vec<StepView> {
        let connection = self.connection.as_ref();
        connection.map_or_else(Vec::new, |c| c.setup.view(arrival))
    }

    /// Sound or a picture of them is perceived.
    pub(crate) fn handle_noticed(&mut self, now: Timestamp, slot: Slot) {
        if let Some(connection) = &mut self.connection {
            connection.setup.noticed(now, slot);
        }
    }

    /// Nothing is being negotiated or waits to be said.
    pub(crate) fn is_settled(&self) -> bool {
        self.session.is_idle()
            && self
                .connection
                .as_ref()
                .is_none_or(|c| c.negotiation.is_stable())
    }

    /// What the connection keeps until its turn comes.
    pub(crate) fn negotiating(&self) -> usize {
        self.connection.as_ref().map_or(0, |c| c.negotiation.kept())
    }

    /// The certificates of the connection, one's own first.
    pub(crate) fn prints(&self) -> [Arc<str>; 2] {
        let connection = self.connection.as_ref();
        connection.map_or_else(Default::default, |c| c.prints.clone())
    }

    /// Tells them about us if they do not know it yet.
    pub(crate) fn tell(&mut self, state: &ParticipantState) {
        if self.told.as_ref() != Some(state) {
            self.told = Some(state.clone());
            self.session.push(Signal::State(Box::new(state.clone())));
        }
    }

    /// They may have forgotten what we told them.
    pub(crate) fn tell_anew(&mut self) {
        self.told = None;
    }

    /// They left. The conversation is kept, so that nothing said in it can be said again to us
    /// later, and goes on where it was should they come back.
    pub(crate) fn depart(&mut self, around: &mut Around<'_>) {
        self.close(around);
        self.state = None;
        self.let_in = false;
        self.put_by = Vec::new();
        self.told = None;
        self.session.rest();
    }

    /// Keeps what they say of a connection until they are let in.
    pub(crate) fn put_by(&mut self, signal: Signal) {
        if self.put_by.len() < MAX_PUT_BY {
            self.put_by.push(signal);
        }
    }

    /// What they said before they were let in, in order.
    pub(crate) fn take_put_by(&mut self) -> Vec<Signal> {
        std::mem::take(&mut self.put_by)
    }

    /// Closes the connection.
    pub(crate) fn close(&mut self, around: &mut Around<'_>) {
        self.trouble = None;
        if let Some(connection) = self.connection.take() {
            around.out.push_back(Command::ClosePeer {
                peer: self.key,
                generation: connection.generation,
            });
        }
    }

    /// Makes the connection if there shall be one, and closes it if not. `held_off`: one of the two has
    /// to be admitted first.
    pub(crate) fn connect(&mut self, in_call: bool, held_off: bool, around: &mut Around<'_>) {
        let wanted = !held_off && self.is_here() && (in_call || self.is_in_call());
        if !wanted {
            return self.close(around);
        }
        self.close_unfit(around);
        if self.connection.is_some() {
            return;
        }
        let next = self.generation.saturating_add(1);
        match self.role {
            Role::Offerer => self.open(next, around),
            // The first one is made unasked; another one only if the other knows it is missing.
            Role::Answerer if self.generation > 0 && self.renewed < next => self.ask_to_renew(),
            Role::Answerer => {}
        }
    }

    /// What kind of candidates that connection may use.
    fn policy(&self, generation: u32, around: &Around<'_>) -> TransportPolicy {
        if self.relayed == generation {
            TransportPolicy::Relay
        } else {
            around.policy
        }
    }

    /// Closes a connection that was made to use other candidates than it may use now. What was not
    /// said of it yet is never said, since it may tell an address that is hidden from now on.
    fn close_unfit(&mut self, around: &mut Around<'_>) {
        let unfit = self.connection.as_ref().is_some_and(|connection| {
            connection.policy != self.policy(connection.generation, around)
                || connection.generation < self.relayed
        });
        if unfit {
            self.close(around);
            self.session.withdraw();
        }
    }

    /// Has every sender carry the track it should: of `tracks`, the serials of one's own in the order
    /// of [`Slot::ALL`], or none.
    pub(crate) fn attach(
        &mut self,
        in_call: bool,
        tracks: [Option<u32>; Slot::ALL.len()],
        around: &mut Around<'_>,
    ) {
        let both_in_call = in_call && self.is_in_call();
        let sound_only = self
            .state
            .as_ref()
            .is_some_and(|state| state.media.sound_only);
        let Some(connection) = &mut self.connection else {
            return;
        };
        if both_in_call {
            connection.setup.wanted(around.now);
        }
        if !connection.negotiation.has_slots() {
            return;
        }
        let shaped = connection.shape(self.key, around.saving);
        around.out.extend(shaped);
        let slots = Slot::ALL.into_iter().zip(&mut connection.carried);
        for ((slot, carried), track) in slots.zip(tracks) {
            let unwanted = sound_only && slot != Slot::Microphone;
            let track = track.filter(|_| both_in_call && !unwanted);
            if *carried != track {
                *carried = track;
                around.out.push_back(Command::SetTrack(SetTrack {
                    peer: self.key,
                    generation: connection.generation,
                    slot,
                    attached: track.is_some(),
                }));
                if slot == Slot::Camera && track.is_some() {
                    connection.growth.handle_sent(around.now);
                }
            }
        }
    }

    /// Takes a signal that concerns the connection.
    pub(crate) fn handle_description(
        &mut self,
        generation: u32,
        description: Description,
        around: &mut Around<'_>,
    ) {
        if generation > self.generation && self.role == Role::Answerer {
            self.open(generation, around);
        } else if description.kind == DescriptionKind::Offer && self.has_generation(generation) {
            self.renew_ice_servers(around);
        }
        if self.has_generation(generation)
            && let Some(connection) = &mut self.connection
        {
            connection.evidence.handle_description(&description.sdp);
        }
        self.negotiate(generation, around, |negotiation| {
            negotiation.handle_description(description);
        });
    }

    /// Takes a signal that concerns the connection.
    pub(crate) fn handle_candidates(
        &mut self,
        generation: u32,
        candidates: Vec<Option<protocol::Candidate>>,
        around: &mut Around<'_>,
    ) {
        if self.has_generation(generation)
            && let Some(connection) = &mut self.connection
        {
            for candidate in &candidates {
                connection.evidence.theirs.note(candidate.as_ref());
            }
        }
        self.negotiate(generation, around, |negotiation| {
            for candidate in candidates {
                negotiation.handle_candidate(candidate);
            }
        });
    }

    /// Takes what the browser says of the connection.
    pub(crate) fn handle_browser(
        &mut self,
        generation: u32,
        event: BrowserEvent,
        around: &mut Around<'_>,
    ) {
        let now = around.now;
        let Some(connection) = self
            .connection
            .as_mut()
            .filter(|c| c.generation == generation)
        else {
            return;
        };
        match event {
            BrowserEvent::NegotiationNeeded => {
                self.negotiate(generation, around, Negotiation::handle_needed);
            }
            BrowserEvent::LocalDescription(description) => {
                connection.setup.described(now);
                connection.setup.gathers(now);
                connection.prints[0] = fingerprint_lines(&description.sdp);
                self.negotiate(generation, around, |n| n.handle_local(description));
            }
            BrowserEvent::RemoteDescriptionApplied => {
                connection.setup.described(now);
                self.negotiate(generation, around, Negotiation::handle_applied);
            }
            BrowserEvent::Candidate(candidate) => {
                connection.evidence.mine.note(candidate.as_ref());
                if candidate.is_none() {
                    connection.setup.gathered(now);
                }
                self.negotiate(generation, around, |n| n.handle_found(candidate));
            }
            BrowserEvent::Reached => {
                connection.evidence.reached = true;
                connection.setup.reached(now);
            }
            BrowserEvent::ConnectionState(state) => self.handle_state(state, around),
            BrowserEvent::ChannelOpened => {
                connection.channel_open = true;
                connection.pulse.begin_anew(now);
                self.session.say_old_again(now);
            }
            BrowserEvent::ChannelClosed => {
                connection.channel_open = false;
                self.session.say_again();
            }
            BrowserEvent::Beat => {
                connection.pulse.handle_beat(now);
                connection.health.handle_silence(now, false);
            }
            // The call takes these, since they may be for others.
            BrowserEvent::ChannelMessage(_) => {}
            BrowserEvent::Failed { operation, .. } => match operation {
                Operation::Open
                | Operation::SetLocalDescription
                | Operation::SetRemoteDescription => {
                    connection.health.handle_broken(now);
                }
                Operation::SendChannel => {
                    connection.channel_open = false;
                    self.session.say_again();
                }
                // A candidate too few.
                Operation::AddCandidate => {}
                Operation::SetTrack(slot) => connection.handle_track_refused(slot),
            },
        }
    }

    fn handle_state(&mut self, state: ConnectionState, around: &mut Around<'_>) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let was_connected = connection.health.is_connected();
        connection.health.handle_state(around.now, state);
        if was_connected && !connection.health.is_connected() {
            // What was sent over this path last may be lost; there may be another one.
            self.session.say_again();
        }
        if connection.health.is_connected() {
            connection.pulse.begin_anew(around.now);
            connection.evidence.connected = true;
            connection.setup.connected(around.now);
            self.trouble = None;
            around.out.push_back(Command::Mark("tincan:ice-connected"));
        }
    }

    fn open(&mut self, generation: u32, around: &mut Around<'_>) {
        let former = self.connection.take();
        if let Some(former) = &former {
            around.out.push_back(Command::ClosePeer {
                peer: self.key,
                generation: former.generation,
            });
        }
        if self.relayed > self.generation {
            // The offerer may have gone further meanwhile.
            self.relayed = generation;
        }
        self.generation = generation;
        let policy = self.policy(generation, around);
        self.session.forget_before(generation);
        around.out.push_back(Command::OpenPeer(OpenPeer {
            peer: self.key,
            generation,
            offers: self.role == Role::Offerer,
            receives: !self.only_listens(),
            ice_servers: around.ice_servers.to_vec(),
            policy,
        }));
        let health = Health::new(self.role, around.now, former.as_ref().map(|f| &f.health));
        self.connection = Some(Connection {
            generation,
            negotiation: Negotiation::new(self.role),
            health,
            pulse: Pulse::new(around.now, around.beat),
            channel_open: false,
            carried: [None; Slot::ALL.len()],
            refused: 0,
            growth: Growth::Waiting,
            shaped: None,
            ice_serial: around.ice_serial,
            policy,
            evidence: Evidence::default(),
            setup: Setup::new(around.now),
            prints: Default::default(),
        });
        self.negotiate(generation, around, |_| {});
    }

    /// Has the negotiation of that connection take something, and carries out what follows.
    fn negotiate(
        &mut self,
        generation: u32,
        around: &mut Around<'_>,
        take: impl FnOnce(&mut Negotiation),
    ) {
        let Some(connection) = self
            .connection
            .as_mut()
            .filter(|c| c.generation == generation)
        else {
            return;
        };
        take(&mut connection.negotiation);
        let peer = self.key;
        let hidden = connection.policy == TransportPolicy::Relay;
        while let Some(step) = connection.negotiation.poll_step() {
            match step {
                Step::SetLocal => around
                    .out
                    .push_back(Command::SetLocalDescription { peer, generation }),
                Step::SetRemote(description) => {
                    connection.prints[1] = fingerprint_lines(&description.sdp);
                    around.out.push_back(Command::SetRemoteDescription {
                        peer,
                        generation,
                        description: start::description(description),
                    });
                }
                Step::AddCandidate(candidate) => around.out.push_back(Command::AddCandidate {
                    peer,
                    generation,
                    candidate,
                }),
                Step::Describe(description) => {
                    around.out.push_back(Command::Mark(match description.kind {
                        DescriptionKind::Offer => "tincan:offer",
                        DescriptionKind::Answer => "tincan:answer",
                    }));
                    self.session.push(Signal::Description {
                        generation,
                        description: if hidden {
                            hiding::description(description)
                        } else {
                            description
                        },
                    });
                }
                Step::Trickle(candidate) => {
                    // The end of candidates tells nothing of oneself.
                    let told = match candidate {
                        Some(candidate) if hidden => hiding::candidate(candidate).map(Some),
                        all => Some(all),
                    };
                    let Some(candidate) = told else { continue };
                    self.session.push(Signal::Candidates {
                        generation,
                        candidates: vec![candidate],
                    });
                }
            }
        }
    }
}
