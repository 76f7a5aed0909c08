//! The driver: one loop that owns the machine, carries its commands out through `browser/`, and
//! publishes its view. The only file that knows both worlds.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use call::{
    Access, BrowserEvent, Call, CallLink, Command, Config, Input, MediaEvent, NetworkEvent,
    Operation, PeerKey, Slot, SocketEvent, Switch,
};
use futures::channel::mpsc;
use futures::future::{self, Either, LocalBoxFuture};
use futures::{StreamExt, stream};
use gloo_timers::future::TimeoutFuture;
use leptos::prelude::*;
use protocol::RoomName;
use web_sys::{MediaStream, RtcCertificate, RtcRtpReceiver};

use crate::browser::{
    self, DeviceWatch, Ear, FormerSelf, JsError, LevelMeter, Living, LocalMedia, PageWatch, Peer,
    Signer, Socket, Wake, Waker,
};
use crate::ears::Ears;
use crate::state::Session;
use crate::streams::{StreamOf, Streams};

/// Longest the loop sleeps without looking at the clock, in milliseconds; `setTimeout` takes no
/// more than 31 bits of them.
const LONGEST_SLEEP_MILLIS: u128 = 3_600_000;
/// How long the session waits for the certificate that this browser keeps, in milliseconds.
const LONGEST_LOOK_MILLIS: u32 = 1_000;

/// Begins a session in the room of `call_link` with what it holds, or with the key of it and a phrase;
/// `address` is the whole link, to be handed on, and `former` what this tab was there before it was loaded
/// again. It ends, and leaves the call, when the component that began it is gone.
pub fn start(
    call_link: &CallLink,
    access: Access,
    address: String,
    former: Option<FormerSelf>,
) -> Session {
    let (inputs, from_page) = mpsc::unbounded();
    let (waker, mut from_browser) = mpsc::unbounded();
    let room = call_link.room.clone();
    let holder = former.as_ref().map(|former| former.holder);
    let holder = holder.unwrap_or_else(browser::random);
    let call = Call::new(Config {
        now: browser::now(),
        room: room.clone(),
        wall: Duration::from_millis(browser::wall_clock()),
        access,
        holder,
        used: browser::load_guests(),
        settings: browser::load_settings(),
        seed: browser::random(),
        replaces: former.map(|former| former.token),
        beat: call::BEAT,
    });
    let view = RwSignal::new(call.view());
    let level = RwSignal::new(0.0);
    let streams = Streams::new();
    let ears = Ears::new();
    let session = Session::new(view, inputs, streams, ears, level, address);

    let kept = view.with_untracked(|view| view.me.settings.switches.has(Switch::SameDevice));
    let made = certificate(kept, waker.clone());
    let mut driver = Driver {
        call,
        view,
        level,
        streams,
        ears,
        room,
        holder,
        waker: waker.clone(),
        socket: None,
        peers: HashMap::new(),
        media: LocalMedia::default(),
        meter: None,
        this: None,
        living: Living::begin(),
        certificate: None,
        signer: None,
        _devices: DeviceWatch::start(waker.clone()),
        _page: PageWatch::start(waker),
    };
    if !kept {
        driver.begin(&mut from_browser);
    }
    // The page's sender is gone when its component is; that is the end.
    let wakes = stream::select(
        from_page.map(Some).chain(stream::once(future::ready(None))),
        from_browser.map(Some),
    );
    leptos::task::spawn_local(async move {
        if kept {
            // Whoever is met before it is there would not recognise this device.
            let _ = future::select(made, TimeoutFuture::new(LONGEST_LOOK_MILLIS)).await;
        } else {
            leptos::task::spawn_local(made);
        }
        driver.run(wakes).await;
    });
    session
}

/// Sees to the page's certificate, which is the one kept in this browser where one is `kept`; ends
/// when [`Wake::Certificate`] is under way.
fn certificate(kept: bool, waker: Waker) -> LocalBoxFuture<'static, ()> {
    Box::pin(async move {
        if let Some(certificate) = browser::certificate(kept).await {
            browser::wake(&waker, Wake::Certificate(certificate));
        }
    })
}

struct Driver {
    call: Call,
    view: RwSignal<call::View>,
    level: RwSignal<f64>,
    streams: Streams,
    ears: Ears,
    room: RoomName,
    /// Tells this tab from others that came with the same link, if that has limits.
    holder: [u8; 8],
    waker: Waker,
    socket: Option<Socket>,
    peers: HashMap<PeerKey, Peer>,
    media: LocalMedia,
    meter: Option<LevelMeter>,
    /// What this tab is there, once the server said so.
    this: Option<FormerSelf>,
    living: Living,
    certificate: Option<RtcCertificate>,
    /// Comes with the code of the chat.
    signer: Option<Signer>,
    _devices: DeviceWatch,
    _page: PageWatch,
}

impl Driver {
    /// Goes as far as it can at once: what the server said while the program was on its way is
    /// answered before the lobby is built, which takes longer than the answer.
    fn begin(&mut self, wakes: &mut mpsc::UnboundedReceiver<Wake>) {
        self.carry_out();
        while let Ok(wake) = wakes.try_recv() {
            self.wake(wake);
            self.carry_out();
        }
        self.publish();
    }

    async fn run(mut self, mut wakes: impl stream::Stream<Item = Option<Wake>> + Unpin) {
        loop {
            self.carry_out();
            self.publish();
            let wake = match self.sleep() {
                None => wakes.next().await,
                Some(timer) => match future::select(wakes.next(), timer).await {
                    Either::Left((wake, _)) => wake,
                    Either::Right(_) => Some(Some(Wake::Input(Input::Tick))),
                },
            };
            let Some(Some(wake)) = wake else {
                break;
            };
            self.wake(wake);
        }
        self.call
            .handle(browser::now(), Input::User(call::Intent::Leave));
        self.carry_out();
    }

    fn sleep(&self) -> Option<TimeoutFuture> {
        let at = self.call.poll_timeout()?;
        let left = at.since(browser::now());
        // Rounded up: a timer that fires early would only be set again.
        let millis = left.as_micros().div_ceil(1_000).min(LONGEST_SLEEP_MILLIS);
        Some(TimeoutFuture::new(
            u32::try_from(millis).unwrap_or(u32::MAX),
        ))
    }

    fn wake(&mut self, wake: Wake) {
        match wake {
            Wake::Input(input) => {
                if input == Input::Network(NetworkEvent::Hidden)
                    && let Some(this) = &self.this
                {
                    browser::say_gone(&self.room, this);
                }
                self.call.handle(browser::now(), input);
            }
            Wake::Acquired {
                attempt,
                request,
                result,
            } => {
                let event = match result {
                    Ok(stream) => self.hold(attempt, &request, &stream),
                    Err(error) => {
                        leptos::logging::warn!("no media: {error}");
                        MediaEvent::Refused {
                            attempt,
                            problem: browser::problem(&request, &error),
                        }
                    }
                };
                self.call.handle(browser::now(), Input::Media(event));
            }
            Wake::Track {
                peer,
                generation,
                slot,
                receiver,
            } => self.play(peer, generation, slot, receiver),
            Wake::Certificate(certificate) => self.certificate = Some(certificate),
            Wake::WithCertificate(act) => {
                if let Some(certificate) = &self.certificate {
                    act(certificate.clone());
                }
            }
            Wake::Chat(code, signer) => {
                self.signer.get_or_insert(signer);
                self.call.handle(browser::now(), Input::BeginChat(code));
            }
            Wake::Level(level) => {
                self.level.try_set(level);
            }
        }
    }

    fn publish(&self) {
        let view = self.call.view();
        let changed = self
            .view
            .try_with_untracked(|shown| *shown != view)
            .unwrap_or(false);
        if changed {
            let here: HashSet<PeerKey> = view.participants.iter().map(|p| p.key).collect();
            self.view.try_set(view);
            self.streams.keep(|key| here.contains(&key));
            self.ears.keep(|key| here.contains(&key));
        }
    }

    fn carry_out(&mut self) {
        while let Some(command) = self.call.poll_command() {
            self.execute(command);
        }
    }

    fn execute(&mut self, command: Command) {
        match command {
            Command::Connect { attempt } => self.connect(attempt),
            Command::Send(message) => {
                if let Some(socket) = &self.socket {
                    socket.send(&message);
                }
            }
            Command::Disconnect { code } => {
                if let Some(socket) = self.socket.take() {
                    socket.close(code);
                }
            }
            Command::OpenPeer(open) => self.open_peer(&open),
            Command::ClosePeer { peer, generation } => {
                if self.peer(peer, generation).is_some() {
                    self.peers.remove(&peer);
                }
            }
            Command::SetLocalDescription { peer, generation } => {
                self.with_peer(peer, generation, Peer::set_local_description);
            }
            Command::SetRemoteDescription {
                peer,
                generation,
                description,
            } => self.with_peer(peer, generation, |peer| {
                peer.set_remote_description(&description);
            }),
            Command::AddCandidate {
                peer,
                generation,
                candidate,
            } => self.with_peer(peer, generation, |peer| {
                peer.add_candidate(candidate.as_ref());
            }),
            Command::RestartIce { peer, generation } => {
                self.with_peer(peer, generation, Peer::restart_ice);
            }
            Command::SetIceServers {
                peer,
                generation,
                ice_servers,
                policy,
            } => self.with_peer(peer, generation, |peer| {
                peer.set_ice_servers(&ice_servers, policy);
            }),
            Command::SetTrack(set) => {
                let track = self.media.track(set.slot).filter(|_| set.attached);
                self.with_peer(set.peer, set.generation, |peer| {
                    peer.set_track(set.slot, track);
                });
            }
            Command::ShapeVideo {
                peer,
                generation,
                shape,
            } => self.with_peer(peer, generation, |peer| peer.shape_video(shape)),
            Command::SendChannel {
                peer,
                generation,
                bytes,
            } => self.with_peer(peer, generation, |peer| peer.send_channel(&bytes)),
            Command::Beat { peer, generation } => self.with_peer(peer, generation, Peer::beat),
            Command::Acquire { attempt, request } => {
                LocalMedia::acquire(attempt, request, &self.waker);
            }
            Command::Release(slot) => self.release(slot),
            Command::EnableMicrophone(enabled) => self.media.enable_microphone(enabled),
            Command::Remember(settings) => browser::keep_settings(&settings),
            Command::RememberToken(token) => {
                let holder = self.holder;
                self.this = token.map(|token| FormerSelf { token, holder });
                self.living.note(&self.room, self.this.as_ref());
            }
            Command::LeaveToken => {
                if let Some(this) = &self.this {
                    browser::say_gone(&self.room, this);
                }
            }
            Command::Chat(command) => {
                if let Some(sign) = &self.signer {
                    sign(command, &self.waker);
                }
            }
            Command::KeepGuests(text) => browser::keep_guests(&text),
            Command::Mark(name) => browser::mark(name),
        }
    }

    fn connect(&mut self, attempt: u32) {
        self.socket = None;
        match Socket::open(attempt, &self.waker) {
            Ok(socket) => self.socket = Some(socket),
            Err(error) => {
                leptos::logging::warn!("no socket: {error}");
                let closed = SocketEvent::Closed {
                    attempt,
                    code: 1006,
                };
                browser::wake(&self.waker, Wake::Input(Input::Socket(closed)));
            }
        }
    }

    fn open_peer(&mut self, open: &call::OpenPeer) {
        self.peers.remove(&open.peer);
        match Peer::open(open, self.certificate.as_ref(), &self.waker) {
            Ok(peer) => {
                self.peers.insert(open.peer, peer);
            }
            Err(error) => {
                let event = browser::failed(Operation::Open, error);
                browser::wake(&self.waker, browser_event(open, event));
            }
        }
    }

    fn peer(&self, key: PeerKey, generation: u32) -> Option<&Peer> {
        self.peers
            .get(&key)
            .filter(|peer| peer.address().generation == generation)
    }

    fn with_peer(&self, key: PeerKey, generation: u32, act: impl FnOnce(&Peer)) {
        if let Some(peer) = self.peer(key, generation) {
            act(peer);
        }
    }

    /// Shows a track that arrived.
    fn play(&self, key: PeerKey, generation: u32, slot: Slot, receiver: RtcRtpReceiver) {
        let Some(peer) = self.peer(key, generation) else {
            return;
        };
        let of = match slot {
            Slot::Microphone => StreamOf::PeerSound(key),
            Slot::Camera => StreamOf::Peer(key),
            Slot::Screen => StreamOf::PeerScreen(key),
            Slot::ScreenAudio => StreamOf::PeerScreenSound(key),
        };
        self.streams.set(of, browser::stream_of(&receiver.track()));
        if slot == Slot::Microphone {
            self.ears.set(key, Ear::new(receiver, peer.connection()));
        }
    }

    fn hold(
        &mut self,
        attempt: u32,
        request: &call::AcquireRequest,
        stream: &MediaStream,
    ) -> MediaEvent {
        let event = self.media.hold(attempt, request, stream, &self.waker);
        for slot in Slot::ALL {
            self.show_own(slot);
        }
        self.measure();
        event
    }

    fn release(&mut self, slot: Slot) {
        self.media.release(slot);
        self.show_own(slot);
        if slot == Slot::Microphone {
            self.measure();
        }
    }

    fn show_own(&self, slot: Slot) {
        match slot {
            Slot::Camera => self
                .streams
                .set_preview(StreamOf::MyCamera, self.media.preview(slot)),
            Slot::Screen => self
                .streams
                .set_preview(StreamOf::MyScreen, self.media.preview(slot)),
            Slot::Microphone | Slot::ScreenAudio => {}
        }
    }

    fn measure(&mut self) {
        self.meter = None;
        self.level.try_set(0.0);
        if let Some(track) = self.media.track(Slot::Microphone) {
            self.meter = LevelMeter::start(track, self.waker.clone())
                .inspect_err(|error: &JsError| leptos::logging::warn!("no level meter: {error}"))
                .ok();
        }
    }
}

fn browser_event(open: &call::OpenPeer, event: BrowserEvent) -> Wake {
    Wake::Input(Input::Browser {
        peer: open.peer,
        generation: open.generation,
        event,
    })
}
