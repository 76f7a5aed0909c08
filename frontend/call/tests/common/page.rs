//! One page: a machine, its devices, and what carries its commands out.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use call::{
    Access, AcquireRequest, BrowserEvent, Call, ChatCommand, ChatEvent, Command, Config, Input,
    MediaEvent, MediaProblem, Operation, PeerKey, RoomKey, Settings, Slot, SocketEvent, Timestamp,
};
use protocol::{IceServer, ResumeToken, ServerMessage};

use super::browser::{FakePeer, Pending};
use super::random::Random;
use super::{End, Event, Nap, PeerEvent, Who, World};

pub(crate) struct Page {
    pub(crate) name: String,
    /// What its key for signing is made of.
    chat_seed: u64,
    /// Names the certificate of its connections.
    pub(crate) certificate: u64,
    pub(crate) call: Call,
    pub(crate) alive: bool,
    /// Its machine has a network.
    pub(crate) online: bool,
    /// Counts the networks it was in.
    pub(crate) network: u32,
    pub(crate) has_microphone: bool,
    pub(crate) has_camera: bool,
    /// The person denies every prompt.
    pub(crate) denies: bool,
    /// Local tracks that are live, in the order of [`Slot::ALL`].
    pub(crate) live: [bool; 4],
    pub(crate) microphone_enabled: bool,
    pub(crate) token: Option<ResumeToken>,
    /// The newest credential for the relay that the server gave it, and when it expires.
    pub(crate) credential: Option<(String, Duration)>,
    /// When its machine restarted ICE, and with how much of the credential's time left.
    pub(crate) restarts: Vec<(Duration, Duration)>,
    pub(crate) marks: Vec<&'static str>,
    /// What it keeps of guests for later calls.
    pub(crate) guests: String,
    /// Peer connections, by whom they are to.
    pub(crate) ends: BTreeMap<PeerKey, u64>,
    /// How many connections were made.
    pub(crate) opened: u32,
    /// Every candidate that its connections were given, those that are closed included.
    pub(crate) given: Vec<String>,
    /// When its machine wants to be woken, and the event that does it.
    pub(super) wake: Option<(Duration, u64)>,
    /// Since when it is away, and how.
    pub(super) nap: Option<(Duration, Nap)>,
    /// What waits until it is awake.
    pub(super) held: Vec<Event>,
    /// By how much its clock is behind that of the world.
    pub(super) behind: Duration,
    /// Nothing gets through between it and the server.
    pub(super) walled: bool,
}

/// What the clock on the wall says when pages are opened.
pub(crate) const WALL: Duration = Duration::from_secs(1_800_000_000);

/// The key of the room in which everybody meets.
pub(crate) fn key() -> RoomKey {
    RoomKey::from_bytes([7; RoomKey::BYTES])
}

pub(crate) fn config(name: &str, now: Timestamp, seed: [u8; 32]) -> Config {
    Config {
        now,
        room: "our-room".parse().unwrap(),
        wall: WALL,
        access: Access::Member(key()),
        holder: seed[..8].try_into().unwrap(),
        used: String::new(),
        settings: Settings {
            name: name.parse().ok(),
            ..Settings::default()
        },
        seed,
        replaces: None,
        beat: call::BEAT,
    }
}

impl Page {
    pub(super) fn new(name: &str, config: Config) -> Self {
        Self {
            name: name.to_owned(),
            chat_seed: u64::from_le_bytes(config.seed[..8].try_into().unwrap()),
            certificate: u64::from_le_bytes(config.seed[8..16].try_into().unwrap()),
            call: Call::new(config),
            alive: true,
            online: true,
            network: 0,
            has_microphone: true,
            has_camera: true,
            denies: false,
            live: [false; 4],
            microphone_enabled: true,
            token: None,
            credential: None,
            restarts: Vec::new(),
            marks: Vec::new(),
            guests: String::new(),
            ends: BTreeMap::new(),
            opened: 0,
            given: Vec::new(),
            wake: None,
            nap: None,
            held: Vec::new(),
            behind: Duration::ZERO,
            walled: false,
        }
    }
}

/// A signature that anybody could make; pages that keep to their own key are enough here.
fn sign(key: &[u8], bytes: &[u8]) -> Vec<u8> {
    let mut sum = Random::new(0);
    for byte in key.iter().chain(bytes) {
        sum = Random::new(sum.next() ^ u64::from(*byte));
    }
    sum.bytes::<64>().to_vec()
}

fn at(slot: Slot) -> usize {
    Slot::ALL.iter().position(|s| *s == slot).unwrap()
}

impl Page {
    /// As long as a real one, and of this page alone.
    fn chat_key(&self) -> Vec<u8> {
        let mut key = Random::new(self.chat_seed).bytes::<65>();
        key[0] = 4;
        key.to_vec()
    }
}

/// What is shown to the relay among these.
fn credential_in(ice_servers: &[IceServer]) -> Option<String> {
    let mut credentials = ice_servers.iter().filter_map(|s| s.credential.as_ref());
    credentials.next().map(|credential| credential.0.clone())
}

impl World {
    /// Takes note of the credentials in what a page hears.
    pub(super) fn note_credential(&mut self, who: Who, message: &ServerMessage) {
        if let ServerMessage::Welcome { ice_servers, .. }
        | ServerMessage::Resumed { ice_servers, .. } = message
            && let Some(credential) = credential_in(ice_servers)
        {
            let ttl = ice_servers[0].ttl_seconds.unwrap_or_default();
            let expires = self.now + Duration::from_secs(ttl.into());
            self.pages[who].credential = Some((credential, expires));
        }
    }

    fn chat_event(&mut self, who: Who, event: ChatEvent) {
        let after = self.random.millis(1, 30);
        self.at(after, Event::Input(who, Input::Chat(event)));
    }

    /// Somebody writes something, by a clock on the wall that all have.
    pub(crate) fn write(&mut self, who: Who, text: &str) {
        let millis = self.millis();
        let text = text.to_owned();
        self.say(who, call::Intent::Say { text, millis });
    }

    pub(crate) fn millis(&self) -> u64 {
        1_800_000_000_000 + u64::try_from(self.now.as_millis()).unwrap()
    }

    /// What a page shows of the chat, with the names of the authors.
    pub(crate) fn texts(&self, who: Who) -> Vec<String> {
        let view = self.view(who).chat;
        let line = |m: &call::MessageView| {
            let name = m.name.as_ref().map_or("", |name| name.as_str());
            format!("{name}: {}", m.text)
        };
        view.messages.iter().map(line).collect()
    }

    /// Carries out what a page's machine wants.
    pub(super) fn drain(&mut self, who: Who) {
        while let Some(command) = self.pages[who].call.poll_command() {
            if !matches!(command, Command::Beat { .. }) {
                self.commands += 1;
            }
            self.carry_out(who, command);
        }
        self.set_alarm(who);
    }

    /// Notes when a page's machine wants to be woken.
    pub(super) fn set_alarm(&mut self, who: Who) {
        let due = self.pages[who].call.poll_timeout();
        let due = due.map(|due| (due.0 + self.pages[who].behind).max(self.now));
        let before = self.pages[who].wake;
        if before.map(|(at, _)| at) == due {
            return;
        }
        if let Some(before) = before {
            self.events.remove(&before);
        }
        self.pages[who].wake = due.map(|due| {
            self.serial += 1;
            self.events
                .insert((due, self.serial), Event::Tick(who, self.serial));
            (due, self.serial)
        });
    }

    fn carry_out(&mut self, who: Who, command: Command) {
        match command {
            Command::Connect { attempt } => self.connect(who, attempt),
            Command::Send(message) => self.send(who, message),
            Command::Disconnect { code } => {
                for id in self.sockets_of(who) {
                    // What was sent before it still arrives.
                    let socket = &self.sockets[&id];
                    let (attempt, up) = (socket.attempt, socket.last_up);
                    self.at(
                        up.saturating_sub(self.now) + Duration::from_millis(1),
                        Event::ServerSeesLoss(id),
                    );
                    let closed = Input::Socket(SocketEvent::Closed { attempt, code });
                    self.at(Duration::from_millis(20), Event::Input(who, closed));
                }
            }
            Command::OpenPeer(open) => {
                self.serial += 1;
                let id = self.serial;
                let certificate = self.pages[who].certificate;
                let mut fake = FakePeer::new(id, open.offers, open.policy, certificate);
                fake.credential = credential_in(&open.ice_servers);
                let end = End {
                    page: who,
                    key: open.peer,
                    generation: open.generation,
                    receives: open.receives,
                    fake,
                    path: None,
                    held: None,
                    breaks: 0,
                    broken: None,
                    works_at: None,
                    look: 0,
                    channel: VecDeque::new(),
                    on_the_wire: 0,
                    last_delivery: self.now,
                };
                let page = &mut self.pages[who];
                let before = page.ends.insert(open.peer, id);
                assert_eq!(before, None, "two connections to one participant");
                page.opened += 1;
                self.ends.insert(id, end);
                self.at(Duration::from_millis(1), Event::Peer(id, PeerEvent::Needed));
            }
            Command::ClosePeer { peer, generation } => {
                let id = self.end_of(who, peer, generation);
                self.pages[who].ends.remove(&peer);
                self.close_end(id);
            }
            Command::SetLocalDescription { peer, generation } => {
                let id = self.end_of(who, peer, generation);
                self.ends
                    .get_mut(&id)
                    .unwrap()
                    .fake
                    .begin(Pending::SetLocal);
                let after = self.random.millis(self.operation.0, self.operation.1);
                self.at(after, Event::Peer(id, PeerEvent::LocalSet));
            }
            Command::SetRemoteDescription {
                peer,
                generation,
                description,
            } => {
                let id = self.end_of(who, peer, generation);
                let operation = Pending::SetRemote(description);
                self.ends.get_mut(&id).unwrap().fake.begin(operation);
                let after = self.random.millis(self.operation.0, self.operation.1);
                self.at(after, Event::Peer(id, PeerEvent::RemoteSet));
            }
            Command::AddCandidate {
                peer,
                generation,
                candidate,
            } => {
                let text = candidate.as_ref().map(|given| given.candidate.clone());
                self.pages[who].given.extend(text);
                let id = self.end_of(who, peer, generation);
                let fake = &mut self.ends.get_mut(&id).unwrap().fake;
                if fake.add_candidate(candidate.as_ref()) {
                    self.relook(id);
                } else {
                    self.fail(who, peer, generation, Operation::AddCandidate);
                }
            }
            Command::RestartIce { peer, generation } => {
                let id = self.end_of(who, peer, generation);
                let fake = &mut self.ends.get_mut(&id).unwrap().fake;
                fake.restart_ice();
                let (newest, expires) = self.pages[who].credential.clone().unwrap();
                assert_eq!(
                    fake.credential,
                    Some(newest),
                    "a restart with old credentials"
                );
                let left = expires.saturating_sub(self.now);
                self.pages[who].restarts.push((self.now, left));
                self.at(Duration::from_millis(1), Event::Peer(id, PeerEvent::Needed));
            }
            Command::SetIceServers {
                peer,
                generation,
                ice_servers,
                ..
            } => {
                let id = self.end_of(who, peer, generation);
                assert!(!ice_servers.is_empty(), "no servers to restart with");
                self.ends.get_mut(&id).unwrap().fake.credential = credential_in(&ice_servers);
            }
            Command::SetTrack(set) => {
                let id = self.end_of(who, set.peer, set.generation);
                assert!(
                    !set.attached || self.pages[who].live[at(set.slot)],
                    "{} attaches a {:?} it does not have",
                    self.pages[who].name,
                    set.slot
                );
                let fake = &mut self.ends.get_mut(&id).unwrap().fake;
                if fake.refuses > 0 {
                    fake.refuses -= 1;
                    let operation = Operation::SetTrack(set.slot);
                    return self.fail(who, set.peer, set.generation, operation);
                }
                fake.set_track(set.slot, set.attached);
            }
            Command::ShapeVideo {
                peer,
                generation,
                shape,
            } => {
                let id = self.end_of(who, peer, generation);
                self.ends.get_mut(&id).unwrap().fake.shape_video(shape);
            }
            Command::SendChannel {
                peer,
                generation,
                bytes,
            } => {
                let id = self.end_of(who, peer, generation);
                let end = self.ends.get_mut(&id).unwrap();
                if end.fake.channel_open {
                    end.channel.push_back(bytes);
                    self.flow(id);
                } else {
                    self.fail(who, peer, generation, Operation::SendChannel);
                }
            }
            Command::Beat { peer, generation } => {
                let id = self.end_of(who, peer, generation);
                let flows = self.ends[&id].fake.state == call::ConnectionState::Connected;
                if let Some(other) = self.ends[&id].path.filter(|_| flows) {
                    let wire = self.random.millis(1, 40);
                    self.at(wire, Event::Peer(other, PeerEvent::Beat));
                }
            }
            Command::Acquire { attempt, request } => self.acquire(who, attempt, &request),
            Command::Release(slot) => {
                let live = &mut self.pages[who].live[at(slot)];
                assert!(*live, "released a {slot:?} that was not there");
                *live = false;
            }
            Command::EnableMicrophone(on) => self.pages[who].microphone_enabled = on,
            Command::Chat(ChatCommand::MakeKey) => {
                let key = Some(self.pages[who].chat_key());
                self.chat_event(who, ChatEvent::Key(key));
            }
            Command::Chat(ChatCommand::Sign { ticket, bytes }) => {
                let signature = Some(sign(&self.pages[who].chat_key(), &bytes));
                self.chat_event(who, ChatEvent::Signed { ticket, signature });
            }
            Command::Chat(ChatCommand::Verify {
                ticket,
                key,
                bytes,
                signature,
            }) => {
                let good = sign(&key, &bytes) == signature;
                self.chat_event(who, ChatEvent::Verified { ticket, good });
            }
            Command::RememberToken(token) => self.pages[who].token = token,
            Command::Mark(mark) => self.pages[who].marks.push(mark),
            Command::Remember(_) | Command::LeaveToken => {}
            Command::KeepGuests(text) => self.pages[who].guests = text,
        }
    }

    fn end_of(&self, who: Who, peer: PeerKey, generation: u32) -> u64 {
        let id = *self.pages[who]
            .ends
            .get(&peer)
            .expect("a command to a connection that is not there");
        assert_eq!(
            self.ends[&id].generation, generation,
            "a command to another generation"
        );
        id
    }

    fn fail(&mut self, who: Who, peer: PeerKey, generation: u32, operation: Operation) {
        let event = BrowserEvent::Failed {
            operation,
            reason: "OperationError".to_owned(),
        };
        let input = Input::Browser {
            peer,
            generation,
            event,
        };
        self.at(Duration::from_millis(1), Event::Input(who, input));
    }

    fn acquire(&mut self, who: Who, attempt: u32, request: &AcquireRequest) {
        let page = &mut self.pages[who];
        let refused = |problem| MediaEvent::Refused { attempt, problem };
        let event = match request {
            _ if page.denies => refused(MediaProblem::Denied),
            AcquireRequest::Screen => {
                page.live[2] = true;
                page.live[3] = true;
                MediaEvent::Acquired {
                    attempt,
                    microphone: None,
                    camera: None,
                    screen: Some(true),
                }
            }
            AcquireRequest::Devices {
                microphone, camera, ..
            } => {
                assert!(
                    microphone.is_some() || camera.is_some(),
                    "nothing asked for"
                );
                let missing = (microphone.is_some() && !page.has_microphone)
                    || (camera.is_some() && !page.has_camera);
                if missing {
                    refused(MediaProblem::NotFound)
                } else {
                    page.live[0] |= microphone.is_some();
                    page.live[1] |= camera.is_some();
                    let id = |asked: &Option<Option<String>>, default: &str| {
                        asked
                            .as_ref()
                            .map(|id| id.clone().unwrap_or_else(|| default.to_owned()))
                    };
                    MediaEvent::Acquired {
                        attempt,
                        microphone: id(microphone, "microphone"),
                        camera: id(camera, "camera"),
                        screen: None,
                    }
                }
            }
        };
        let after = self.random.millis(10, 400);
        self.at(after, Event::Input(who, Input::Media(event)));
    }

    /// A device is pulled out.
    pub(crate) fn pull(&mut self, who: Who, slot: Slot, kind: call::DeviceKind) {
        self.pages[who].live[at(slot)] = false;
        if slot == Slot::Screen {
            self.pages[who].live[at(Slot::ScreenAudio)] = false;
        }
        self.input(who, Input::Media(MediaEvent::Ended(kind)));
    }
}
