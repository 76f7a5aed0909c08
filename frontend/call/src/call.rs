//! The machine itself: takes inputs, keeps who is in the room, and lets the parts settle.

mod guests;
mod hosts;
mod inside;
mod people;
mod safety;
mod settle;
mod show;
mod ways;
mod words;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use chacha20::ChaCha20Rng;
use protocol::{
    ClientMessage, CloseCode, IceServer, ParticipantId, Place, Present, RefuseReason, ResumeToken,
    RoomAction, RoomName, ServerMessage,
};
use rand_core::{Rng as _, SeedableRng as _};

use self::guests::Guests;
use self::hosts::Door;
pub use self::inside::InsideCode;
use crate::chat::LateChat;
use crate::command::{Command, TransportPolicy};
use crate::gestures::Gestures;
use crate::input::{BrowserEvent, Input, Intent, NetworkEvent, SocketEvent};
use crate::media::Media;
use crate::notices::Notices;
use crate::peer::{Around, Peer};
use crate::roster::Roster;
use crate::safety::LateSafety;
use crate::seal::SessionNonce;
use crate::seals::Seals;
use crate::setup::Arrival;
use crate::signaling::{Change, Signaling};
use crate::switches::Switch;
use crate::ticket::Access;
use crate::time::Timestamp;
use crate::view::{
    ConnectionView, NoticeKind, PeerKey, Phase, RefusalView, Settings, Slot, TurnedAway,
};

/// A wait that the server asks for is cut to this.
const LONGEST_WAIT: Duration = Duration::from_secs(60);
/// How long connections to those inside come before the screen of the call, which is as much work for
/// a small machine as they are.
const CONNECT_FIRST: Duration = Duration::from_millis(700);
/// Where the server refuses and does not say for how long.
const REFUSED_WAIT: Duration = Duration::from_secs(10);

/// What a call begins with.
#[derive(Debug, Clone)]
pub struct Config {
    /// The time at which it begins.
    pub now: Timestamp,
    /// Which room.
    pub room: RoomName,
    /// What the clock on the wall says then: the time since the Unix epoch.
    pub wall: Duration,
    /// What the link holds; see [`crate::CallLink::access`].
    pub access: Access,
    /// What this tab kept for when it is loaded again, if it came with a link that works once; else
    /// random.
    pub holder: [u8; 8],
    /// Guests of links that work once, as [`Command::KeepGuests`] had them kept.
    pub used: String,
    /// What was remembered of the last visit.
    pub settings: Settings,
    /// From the platform's secure random source, never used twice.
    pub seed: [u8; 32],
    /// The token this tab remembered before it was loaded again; its former self leaves.
    pub replaces: Option<ResumeToken>,
    /// How often to beat to those one is connected to; [`crate::BEAT`] but where much time is simulated.
    pub beat: Duration,
}

/// One call, from the lobby to the end.
#[derive(Debug)]
pub struct Call {
    nonce: SessionNonce,
    seals: Seals,
    guests: Guests,
    rng: ChaCha20Rng,
    private: bool,
    phase: Phase,
    /// We asked to join, and there is a place as far as we know; the others may know it already.
    claimed: bool,
    /// The call's screen is shown.
    entered: bool,
    /// And is shown at this time at the latest.
    enter_at: Timestamp,
    /// The call is full; the moment somebody leaves we try again.
    queued: bool,
    /// When to try to join again.
    join_at: Option<Timestamp>,
    /// The `join` of this socket was sent.
    join_sent: bool,
    id: Option<ParticipantId>,
    signaling: Signaling,
    media: Media,
    roster: Roster,
    /// Also those who left: their conversation goes on should they come back.
    peers: BTreeMap<PeerKey, Peer>,
    keys: u32,
    ice_servers: Arc<Vec<IceServer>>,
    ice_serial: u32,
    max_participants: Option<u32>,
    notices: Notices,
    chat: LateChat,
    safety: LateSafety,
    gestures: Gestures,
    door: Door,
    /// Once it is there.
    inside: Option<InsideCode>,
    /// How often to beat, and when to do it next.
    beat: Duration,
    beat_at: Timestamp,
    marked: BTreeSet<&'static str>,
    /// When the page came, for the waterfalls.
    arrival: Arrival,
    /// Bodies that did not open.
    unopened: u64,
    out: VecDeque<Command>,
}

impl Call {
    /// Begins: opens the socket and asks for microphone and camera, both at once.
    pub fn new(config: Config) -> Self {
        let mut rng = ChaCha20Rng::from_seed(config.seed);
        let mut nonce = [0; SessionNonce::BYTES];
        rng.fill_bytes(&mut nonce);
        let private = match &config.access {
            Access::Member(key) => key.is_private(),
            Access::Guest(_) => true,
        };
        let seals = Seals::new(&config.room, config.access.clone());
        let mut call = Self {
            chat: LateChat::default(),
            safety: LateSafety::default(),
            gestures: Gestures::default(),
            nonce: SessionNonce(nonce),
            guests: Guests::new(&config, seals.ticket()),
            seals,
            rng,
            private,
            phase: Phase::Lobby,
            claimed: false,
            entered: false,
            enter_at: config.now,
            queued: false,
            join_at: None,
            join_sent: false,
            id: None,
            signaling: Signaling::new(config.room, config.replaces),
            media: Media::new(config.settings),
            roster: Roster::default(),
            peers: BTreeMap::new(),
            keys: 0,
            ice_servers: Arc::default(),
            ice_serial: 0,
            max_participants: None,
            notices: Notices::default(),
            door: Door::default(),
            inside: None,
            beat: config.beat,
            beat_at: config.now,
            marked: BTreeSet::new(),
            arrival: Arrival::new(config.now),
            unopened: 0,
            out: VecDeque::new(),
        };
        if call.only_listen() {
            call.media.only_listen();
        }
        if call.guests.have_ended(config.now) {
            call.phase = Phase::TurnedAway(TurnedAway::Ended);
            return call;
        }
        call.signaling.connect(config.now, &mut call.out);
        call.settle(config.now);
        call
    }

    /// Takes one thing that happened. Afterwards drain [`Call::poll_command`].
    pub fn handle(&mut self, now: Timestamp, input: Input) {
        if self.is_over() {
            // What ends late must not keep a device open.
            if let Input::Media(event) = input {
                self.media.handle(event, &mut self.out);
                self.media.settle(&mut self.out);
            }
            return;
        }
        match input {
            Input::Socket(event) => self.handle_socket(now, event),
            Input::Browser {
                peer,
                generation,
                event: BrowserEvent::ChannelMessage(bytes),
            } => self.handle_channel(now, peer, generation, &bytes),
            Input::Browser {
                peer,
                generation,
                event,
            } => self.with_peer(now, peer, |peer, around| {
                peer.handle_browser(generation, event, around);
            }),
            Input::Media(event) => {
                for kind in self.media.handle(event, &mut self.out) {
                    self.notices.add(now, kind);
                }
                self.forget_missing_devices();
            }
            Input::Network(event) => self.handle_network(now, event),
            Input::BeginChat(code) => {
                let room = self.signaling.room().clone();
                self.chat.begin(now, code, room, self.nonce, &mut self.out);
            }
            Input::BeginInside(code) => self.inside = Some(code),
            Input::BeginSafety(code) => self.safety.begin(code, self.nonce),
            Input::Chat(event) => {
                if let Some(words) = self.chat.words() {
                    words.handle(event);
                }
            }
            Input::User(intent) => self.handle_intent(now, intent),
            Input::Tick => {}
        }
        self.settle(now);
    }

    /// The next thing to do; `None` when there is nothing more.
    pub fn poll_command(&mut self) -> Option<Command> {
        while let Some(command) = self.out.pop_front() {
            if let Command::Mark(mark) = command
                && !self.marked.insert(mark)
            {
                continue;
            }
            return Some(command);
        }
        None
    }

    /// When to come back with [`Input::Tick`] if nothing happens before; always later than the
    /// time of the last input.
    pub fn poll_timeout(&self) -> Option<Timestamp> {
        if self.is_over() {
            return None;
        }
        let greeting = self
            .signaling
            .is_ready()
            .then(|| self.roster.poll_timeout())
            .flatten();
        [
            self.signaling.poll_timeout(),
            self.notices.poll_timeout(),
            self.chat.poll_timeout(),
            self.gestures.poll_timeout(),
            self.join_at.filter(|_| self.signaling.is_ready()),
            Some(self.enter_at).filter(|_| self.in_call() && !self.entered),
            greeting,
        ]
        .into_iter()
        .chain(self.peers.values().map(|peer| self.peer_timeout(peer)))
        .flatten()
        .min()
    }

    /// Bodies dropped because they did not open.
    pub fn unopened(&self) -> u64 {
        self.unopened
    }

    /// Messages of the chat that were passed over because of what they were.
    pub fn refused_words(&self) -> u64 {
        self.chat.refused()
    }

    /// Nothing is being negotiated, and nothing waits to be said or acknowledged.
    pub fn is_settled(&self) -> bool {
        self.peers
            .values()
            .filter(|peer| peer.is_here())
            .all(Peer::is_settled)
            && self.chat.is_settled()
    }

    fn handle_socket(&mut self, now: Timestamp, event: SocketEvent) {
        let (SocketEvent::Opened { attempt }
        | SocketEvent::Message { attempt, .. }
        | SocketEvent::Closed { attempt, .. }) = &event;
        if !self.signaling.is_current(*attempt) {
            return;
        }
        let change = self
            .signaling
            .handle_socket(now, &event, &mut self.rng, &mut self.out);
        self.handle_change(change);
        if matches!(event, SocketEvent::Opened { .. }) {
            self.arrival.opened.get_or_insert(now);
        }
        if let SocketEvent::Closed { code, .. } = event
            && code == CloseCode::Removed.code()
        {
            return self.handle_removed(now);
        }
        if let SocketEvent::Message { message, .. } = event {
            self.handle_message(now, message);
        }
    }

    fn handle_change(&mut self, change: Change) {
        match change {
            Change::None => {}
            Change::Up | Change::Down => self.join_sent = false,
        }
    }

    fn handle_message(&mut self, now: Timestamp, message: ServerMessage) {
        let change = self.signaling.handle_message(now, &message, &mut self.out);
        self.handle_change(change);
        match message {
            ServerMessage::Welcome {
                id,
                participants,
                ice_servers,
                settings,
                room,
                ..
            } => {
                self.out.push_back(Command::Mark("tincan:welcome"));
                self.arrival.welcomed.get_or_insert(now);
                self.handle_new_rule(room);
                self.id = Some(id);
                self.max_participants = Some(settings.max_participants);
                self.take_ice_servers(ice_servers);
                self.handle_roster(now, participants);
                if matches!(self.phase, Phase::Refused(_)) {
                    self.phase = Phase::Lobby;
                }
            }
            ServerMessage::Resumed { place, ice_servers } => {
                self.take_ice_servers(ice_servers);
                self.roster.greet_again(now);
                for peer in self.peers.values_mut() {
                    peer.handle_way_back(now);
                }
                self.join_sent = place == Place::Call;
                if place == Place::Call && self.phase == Phase::Joining {
                    self.joined();
                }
            }
            ServerMessage::Entered { id } => self.roster.enter(now, id, Place::Lobby, true),
            ServerMessage::Joined { id } => {
                if self.id.as_ref() == Some(&id) {
                    if self.phase == Phase::Joining {
                        self.joined();
                    }
                } else {
                    self.roster.enter(now, id, Place::Call, true);
                }
            }
            ServerMessage::Left { id, expired } => self.handle_left(now, &id, expired),
            ServerMessage::Signal { from, body } => self.handle_body(now, &from, &body),
            ServerMessage::Refused {
                reason,
                retry_after_ms,
            } => self.handle_refused(now, reason, retry_after_ms),
            ServerMessage::Room(room) => self.handle_rule(now, room),
            ServerMessage::Draining { .. } | ServerMessage::Pong => {}
        }
    }

    fn joined(&mut self) {
        self.phase = Phase::InCall;
        self.queued = false;
        self.join_at = None;
        self.notices.remove(&NoticeKind::RoomFull);
        self.notices.remove(&NoticeKind::NotAdmitted);
        self.out.push_back(Command::Mark("tincan:joined"));
    }

    fn take_ice_servers(&mut self, ice_servers: Vec<IceServer>) {
        if *self.ice_servers != ice_servers {
            self.ice_servers = Arc::new(ice_servers);
            self.ice_serial += 1;
        }
    }

    fn handle_roster(&mut self, now: Timestamp, participants: Vec<Present>) {
        self.roster.clear();
        for Present { id, place } in participants {
            if self.id.as_ref() != Some(&id) {
                self.roster.enter(now, id, place, false);
            }
        }
        for peer in self.peers.values_mut() {
            // Under which id they are here now, if they are, their greeting will tell.
            peer.route = None;
            peer.handle_way_back(now);
        }
    }

    fn handle_refused(
        &mut self,
        now: Timestamp,
        reason: RefuseReason,
        retry_after_ms: Option<u64>,
    ) {
        let wait = retry_after_ms.map(|ms| Duration::from_millis(ms).min(LONGEST_WAIT));
        match reason {
            RefuseReason::RoomFull => {
                if matches!(self.phase, Phase::Joining | Phase::InCall) {
                    self.phase = Phase::Lobby;
                    self.claimed = false;
                    self.join_sent = false;
                    self.queued = true;
                    self.join_at = wait.map(|wait| now + wait);
                    self.notices.add(now, NoticeKind::RoomFull);
                }
            }
            RefuseReason::NotAdmitted => {
                if self.phase == Phase::Joining {
                    self.go_back();
                    self.notices.add(now, NoticeKind::NotAdmitted);
                }
            }
            RefuseReason::Removed => self.handle_removed(now),
            RefuseReason::UnsupportedVersion => {
                // Nothing will change until the page is loaded again.
                self.phase = Phase::Refused(RefusalView {
                    reason,
                    retrying: false,
                });
                self.signaling.give_up(&mut self.out);
            }
            RefuseReason::LobbyFull
            | RefuseReason::TooManySockets
            | RefuseReason::TooManyRooms
            | RefuseReason::Overloaded => {
                self.signaling.hold_off(now, wait.unwrap_or(REFUSED_WAIT));
                if self.phase == Phase::Lobby {
                    self.phase = Phase::Refused(RefusalView {
                        reason,
                        retrying: true,
                    });
                }
            }
            RefuseReason::TooFast => {
                self.signaling.hold_off(now, wait.unwrap_or(REFUSED_WAIT));
            }
            // The socket's end follows these, or nothing needs to.
            RefuseReason::UnknownToken
            | RefuseReason::UnknownRecipient
            | RefuseReason::BadMessage
            | RefuseReason::MessageTooLarge
            | RefuseReason::NotEntered
            | RefuseReason::AlreadyEntered
            | RefuseReason::Idle
            | RefuseReason::FellBehind
            | RefuseReason::NotHost
            | RefuseReason::Unknown
            | _ => {}
        }
    }

    /// What was said of a device that there was none of is not so once there is one.
    fn forget_missing_devices(&mut self) {
        for (slot, notice) in [
            (Slot::Microphone, NoticeKind::MicrophoneGone(false)),
            (Slot::Camera, NoticeKind::CameraGone(false)),
        ] {
            if self.media.track(slot).is_some() {
                self.notices.remove(&notice);
            }
        }
    }

    fn handle_network(&mut self, now: Timestamp, event: NetworkEvent) {
        if event == NetworkEvent::Hidden {
            // Should the page come back after all, it enters anew.
            self.signaling.leave(&mut self.out);
            self.join_sent = false;
            return;
        }
        self.signaling.handle_network(now, event, &mut self.out);
        for peer in self.peers.values_mut() {
            match event {
                NetworkEvent::Changed => peer.handle_network_changed(now),
                NetworkEvent::Online | NetworkEvent::Woken => peer.handle_way_back(now),
                NetworkEvent::Offline | NetworkEvent::Hidden => {}
            }
        }
    }

    fn handle_intent(&mut self, now: Timestamp, intent: Intent) {
        let before = self.media.settings().clone();
        match intent {
            Intent::Join => {
                if self.phase == Phase::Lobby {
                    self.out.push_back(Command::Mark("tincan:join"));
                    self.begin_join(now);
                }
            }
            Intent::Leave => self.leave(now),
            Intent::SetName(name) => self.media.settings_mut().name = name,
            // There is nothing to be turned on.
            Intent::SetMicrophone(_) | Intent::SetCamera(_) if self.only_listen() => {}
            Intent::SetMicrophone(on) => {
                self.media.set_microphone(on);
                if on {
                    self.notices.forget_mute();
                }
            }
            Intent::SetCamera(on) => self.media.set_camera(on),
            Intent::ChooseDevice { kind, id } => self.media.choose(kind, id),
            Intent::Turn(switch, on) => self.media.turn(switch, on),
            Intent::SetLines(lines) => self.media.set_lines(lines),
            Intent::HideAddress(hide) => self.media.settings_mut().hide_address = hide,
            Intent::RetryMedia => self.media.retry(),
            Intent::RetryConnection => {
                if !self.signaling.is_ready() {
                    self.signaling.hurry(now, &mut self.out);
                }
            }
            Intent::StopWaiting => self.stop_waiting(),
            Intent::Dismiss(id) => self.notices.dismiss(id),
            Intent::SetScreen(_)
            | Intent::Say { .. }
            | Intent::ReadChat(_)
            | Intent::SetHand(_)
            | Intent::React(_)
            | Intent::SetLayout(_)
            | Intent::ShowSelf(_)
            | Intent::TryRelay(_)
            | Intent::Noticed(..)
            | Intent::MarkSafety(..)
            | Intent::Room(..)
            | Intent::AdmitAll
            | Intent::Request(..)
            | Intent::LowerHands => {
                if let Some(code) = self.inside {
                    (code.intend)(self, now, intent);
                }
            }
        }
        if *self.media.settings() != before {
            let settings = self.media.settings().clone();
            self.out.push_back(Command::Remember(settings));
        }
    }

    fn begin_join(&mut self, now: Timestamp) {
        self.phase = Phase::Joining;
        self.enter_at = now + CONNECT_FIRST;
        self.join_at = None;
        // Where a place is free the others hear of it right away, rather than a round trip to the
        // server later; should the server refuse after all, it is taken back.
        let free = self
            .max_participants
            .is_some_and(|max| self.roster.in_call() < max as usize);
        self.claimed = free && !self.must_knock() && self.signaling.is_ready();
    }

    fn leave(&mut self, now: Timestamp) {
        self.say_bye(now);
        if self.am_host() {
            // Without it the role would be kept for us, as for a page that is loaded again.
            self.act(RoomAction::StepDown, None);
        }
        self.signaling.leave(&mut self.out);
        self.out.push_back(Command::RememberToken(None));
        let keys: Vec<PeerKey> = self.peers.keys().copied().collect();
        for key in keys {
            self.with_peer(now, key, Peer::close);
        }
        self.peers.clear();
        self.roster.clear();
        self.media.close(&mut self.out);
        self.phase = Phase::Left;
        self.entered = false;
    }

    /// Nothing will happen any more.
    fn is_over(&self) -> bool {
        matches!(
            self.phase,
            Phase::Left | Phase::Removed | Phase::TurnedAway(_)
        )
    }

    /// Seen and heard, as the others are told.
    fn in_call(&self) -> bool {
        match self.phase {
            Phase::InCall => true,
            Phase::Joining => self.claimed,
            Phase::Lobby
            | Phase::Left
            | Phase::Removed
            | Phase::TurnedAway(_)
            | Phase::Refused(_) => false,
        }
    }

    /// Lets every part do what follows from what just happened.
    fn settle(&mut self, now: Timestamp) {
        if self.is_over() {
            return;
        }
        self.settle_beats(now);
        let change = self.signaling.tick(now, &mut self.rng, &mut self.out);
        self.handle_change(change);
        self.media.settle(&mut self.out);
        self.notices.tick(now);
        self.settle_join(now);
        if let Some(code) = self.inside {
            (code.settle)(self, now);
        }
        self.settle_people(now);
        self.settle_screen(now);
    }

    /// Shows the call's screen once everybody inside is connected, or had time to be.
    fn settle_screen(&mut self, now: Timestamp) {
        let connected = self.peers.values().filter(|peer| {
            peer.is_in_call() && peer.connection_view() != ConnectionView::Connecting
        });
        let free = connected.count() >= self.roster.in_call() || self.enter_at <= now;
        self.entered = self.in_call() && (self.entered || free);
    }

    fn settle_join(&mut self, now: Timestamp) {
        if !self.signaling.is_ready() {
            return;
        }
        if self.queued && self.join_at.is_some_and(|at| at <= now) && self.phase == Phase::Lobby {
            self.begin_join(now);
        }
        if matches!(self.phase, Phase::Joining | Phase::InCall) && !self.join_sent {
            self.join_sent = true;
            self.out.push_back(Command::Send(ClientMessage::Join));
        }
    }

    /// Has one peer do something, with what it needs to know of the call.
    fn with_peer(
        &mut self,
        now: Timestamp,
        key: PeerKey,
        act: impl FnOnce(&mut Peer, &mut Around<'_>),
    ) {
        let policy = if self.media.settings().hide_address {
            TransportPolicy::Relay
        } else {
            TransportPolicy::All
        };
        let saving = self.media.has(Switch::DataSaver);
        if let Some(peer) = self.peers.get_mut(&key) {
            let mut around = Around {
                now,
                ice_servers: &self.ice_servers,
                ice_serial: self.ice_serial,
                policy,
                beat: self.beat,
                saving,
                out: &mut self.out,
            };
            act(peer, &mut around);
        }
    }
}
