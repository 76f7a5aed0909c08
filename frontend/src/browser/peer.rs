//! One RTCPeerConnection.

use call::{
    BrowserEvent, ConnectionState, Input, OpenPeer, Operation, PeerKey, Shape, Slot,
    TransportPolicy,
};
use gloo_events::EventListener;
use js_sys::{Array, ArrayBuffer, Promise, Uint8Array};
use protocol::{Candidate, Description, DescriptionKind, IceServer, MAX_MESSAGE_BYTES};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    MediaStream, MediaStreamTrack, MessageEvent, RtcBundlePolicy, RtcCertificate, RtcConfiguration,
    RtcDataChannel, RtcDataChannelInit, RtcDataChannelState, RtcDataChannelType,
    RtcIceCandidateInit, RtcIceConnectionState, RtcIceServer, RtcIceTransportPolicy,
    RtcPeerConnection, RtcPeerConnectionIceEvent, RtcPeerConnectionState, RtcRtpTransceiver,
    RtcRtpTransceiverDirection, RtcRtpTransceiverInit, RtcSdpType, RtcSessionDescriptionInit,
    RtcTrackEvent,
};

use super::{JsError, Wake, Waker, certificate, ext, wake};

/// Label and id of the negotiated channel that signals travel on once it is open.
const SIGNAL_CHANNEL: (&str, u16) = ("signal", 0);

/// The same of the channel for beats, which loses what does not get through at once.
const BEAT_CHANNEL: (&str, u16) = ("beat", 1);
/// Bits and pictures a second of a camera that saves data: a face is told well, and ten minutes are
/// 19 MB for each of the others.
const SAVING_CAMERA: (u32, u32) = (250_000, 15);
/// The same of a screen, whose letters need more and which seldom moves.
const SAVING_SCREEN: (u32, u32) = (400_000, 5);
/// What a beat carries; that it comes is all it says.
const BEAT: [u8; 1] = [0];

/// Which connection: what every event of it says again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PeerAddress {
    /// Whose.
    pub peer: PeerKey,
    /// Counts the connections to that participant.
    pub generation: u32,
}

/// A connection, its channels and its listeners. Dropping it takes the listeners off, then closes.
pub struct Peer {
    address: PeerAddress,
    connection: RtcPeerConnection,
    channel: RtcDataChannel,
    beats: RtcDataChannel,
    /// Said again whenever the rest is configured anew, since it must not change.
    certificate: Option<RtcCertificate>,
    /// Streams the other side sees our tracks in: the person, and their screen.
    streams: [MediaStream; 2],
    listeners: Vec<EventListener>,
    /// Sound and pictures of the other are wanted.
    receives: bool,
    waker: Waker,
}

impl Peer {
    /// Makes the connection with every listener installed, both channels, and, for the one
    /// who offers, a transceiver for each slot.
    ///
    /// # Errors
    /// When the browser has no connection left to give, or refuses the configuration.
    pub fn open(
        open: &OpenPeer,
        certificate: Option<&RtcCertificate>,
        waker: &Waker,
    ) -> Result<Self, JsError> {
        let configuration = configuration(&open.ice_servers, open.policy, certificate);
        let connection = RtcPeerConnection::new_with_configuration(&configuration)?;
        let init = RtcDataChannelInit::new();
        init.set_negotiated(true);
        init.set_id(SIGNAL_CHANNEL.1);
        let channel =
            connection.create_data_channel_with_data_channel_dict(SIGNAL_CHANNEL.0, &init);
        channel.set_binary_type(RtcDataChannelType::Arraybuffer);
        let init = RtcDataChannelInit::new();
        init.set_negotiated(true);
        init.set_id(BEAT_CHANNEL.1);
        init.set_ordered(false);
        init.set_max_retransmits(0);
        let beats = connection.create_data_channel_with_data_channel_dict(BEAT_CHANNEL.0, &init);
        let mut peer = Self {
            address: PeerAddress {
                peer: open.peer,
                generation: open.generation,
            },
            connection,
            channel,
            beats,
            certificate: certificate.cloned(),
            streams: [MediaStream::new()?, MediaStream::new()?],
            listeners: Vec::new(),
            receives: open.receives,
            waker: waker.clone(),
        };
        peer.listen();
        if open.offers {
            for slot in Slot::ALL {
                let init = RtcRtpTransceiverInit::new();
                init.set_direction(peer.direction());
                init.set_streams(&Array::of1(peer.stream_of(slot)));
                let kind = if is_sound(slot) { "audio" } else { "video" };
                peer.connection
                    .add_transceiver_with_str_and_init(kind, &init);
            }
        }
        Ok(peer)
    }

    /// Which connection this is.
    pub fn address(&self) -> PeerAddress {
        self.address
    }

    /// The browser's own, to read how it does.
    pub fn connection(&self) -> RtcPeerConnection {
        self.connection.clone()
    }

    /// Of every transceiver.
    fn direction(&self) -> RtcRtpTransceiverDirection {
        if self.receives {
            RtcRtpTransceiverDirection::Sendrecv
        } else {
            RtcRtpTransceiverDirection::Sendonly
        }
    }

    fn stream_of(&self, slot: Slot) -> &MediaStream {
        match slot {
            Slot::Microphone | Slot::Camera => &self.streams[0],
            Slot::Screen | Slot::ScreenAudio => &self.streams[1],
        }
    }

    fn push(&self) -> impl Fn(BrowserEvent) + 'static {
        let (PeerAddress { peer, generation }, waker) = (self.address, self.waker.clone());
        move |event| {
            wake(
                &waker,
                Wake::Input(Input::Browser {
                    peer,
                    generation,
                    event,
                }),
            );
        }
    }

    fn listen(&mut self) {
        let connection = self.connection.clone();
        let mut listeners = Vec::with_capacity(9);

        let push = self.push();
        listeners.push(EventListener::new(
            &connection,
            "negotiationneeded",
            move |_| push(BrowserEvent::NegotiationNeeded),
        ));

        let push = self.push();
        listeners.push(EventListener::new(
            &connection,
            "icecandidate",
            move |event| {
                if let Some(event) = event.dyn_ref::<RtcPeerConnectionIceEvent>() {
                    push(BrowserEvent::Candidate(candidate_of(event)));
                }
            },
        ));

        let (push, checks) = (self.push(), connection.clone());
        listeners.push(EventListener::new(
            &connection,
            "iceconnectionstatechange",
            move |_| {
                let found = matches!(
                    checks.ice_connection_state(),
                    RtcIceConnectionState::Connected | RtcIceConnectionState::Completed
                );
                if found {
                    push(BrowserEvent::Reached);
                }
            },
        ));

        let (push, states) = (self.push(), connection.clone());
        listeners.push(EventListener::new(
            &connection,
            "connectionstatechange",
            move |_| push(BrowserEvent::ConnectionState(state_of(&states))),
        ));

        let (PeerAddress { peer, generation }, waker) = (self.address, self.waker.clone());
        let tracks = connection.clone();
        listeners.push(EventListener::new(&connection, "track", move |event| {
            let Some(event) = event.dyn_ref::<RtcTrackEvent>() else {
                return;
            };
            if let Some(slot) = slot_of(&tracks, &event.transceiver()) {
                let receiver = event.receiver();
                wake(
                    &waker,
                    Wake::Track {
                        peer,
                        generation,
                        slot,
                        receiver,
                    },
                );
            }
        }));

        let push = self.push();
        listeners.push(EventListener::new(&self.channel, "open", move |_| {
            push(BrowserEvent::ChannelOpened);
        }));
        let push = self.push();
        listeners.push(EventListener::new(&self.channel, "close", move |_| {
            push(BrowserEvent::ChannelClosed);
        }));
        let push = self.push();
        listeners.push(EventListener::new(&self.channel, "message", move |event| {
            if let Some(bytes) = event.dyn_ref::<MessageEvent>().and_then(bytes_of) {
                push(BrowserEvent::ChannelMessage(bytes));
            }
        }));
        let push = self.push();
        listeners.push(EventListener::new(&self.beats, "message", move |_| {
            push(BrowserEvent::Beat);
        }));
        self.listeners = listeners;
    }

    /// Waits for `promise` beside the session; `done` says what its end means.
    fn finish(
        &self,
        operation: Operation,
        promise: Promise,
        done: impl FnOnce() -> Option<BrowserEvent> + 'static,
    ) {
        let push = self.push();
        spawn_local(async move {
            match JsFuture::from(promise).await {
                Ok(_) => {
                    if let Some(event) = done() {
                        push(event);
                    }
                }
                Err(thrown) => push(failed(operation, JsError::from(thrown))),
            }
        });
    }

    /// `setLocalDescription()`; before an answer, every transceiver of the offer sends too.
    pub fn set_local_description(&self) {
        if self.connection.signaling_state() == web_sys::RtcSignalingState::HaveRemoteOffer {
            for (slot, transceiver) in Slot::ALL.into_iter().zip(transceivers(&self.connection)) {
                if transceiver.direction() == RtcRtpTransceiverDirection::Recvonly {
                    transceiver.set_direction(self.direction());
                    ext::set_streams(&transceiver.sender(), self.stream_of(slot));
                }
            }
        }
        let connection = self.connection.clone();
        self.finish(
            Operation::SetLocalDescription,
            ext::set_local_description(&self.connection),
            move || {
                let Some(made) = connection.local_description() else {
                    let nothing = JsError {
                        name: "InvalidStateError".into(),
                        message: "no local description was made".into(),
                    };
                    return Some(failed(Operation::SetLocalDescription, nothing));
                };
                let kind = if made.type_() == RtcSdpType::Offer {
                    DescriptionKind::Offer
                } else {
                    DescriptionKind::Answer
                };
                Some(BrowserEvent::LocalDescription(Description {
                    kind,
                    sdp: made.sdp(),
                }))
            },
        );
    }

    /// `setRemoteDescription`.
    pub fn set_remote_description(&self, description: &Description) {
        let init = RtcSessionDescriptionInit::new(match description.kind {
            DescriptionKind::Offer => RtcSdpType::Offer,
            DescriptionKind::Answer => RtcSdpType::Answer,
        });
        init.set_sdp(&description.sdp);
        self.finish(
            Operation::SetRemoteDescription,
            self.connection.set_remote_description(&init),
            || Some(BrowserEvent::RemoteDescriptionApplied),
        );
    }

    /// `addIceCandidate`; `None` is the end of candidates.
    pub fn add_candidate(&self, candidate: Option<&Candidate>) {
        let init = candidate.map(|candidate| {
            let init = RtcIceCandidateInit::new(&candidate.candidate);
            init.set_sdp_mid(candidate.sdp_mid.as_deref());
            init.set_sdp_m_line_index(candidate.sdp_m_line_index);
            if let Some(fragment) = &candidate.username_fragment {
                ext::set_username_fragment(&init, fragment);
            }
            init
        });
        self.finish(
            Operation::AddCandidate,
            self.connection
                .add_ice_candidate_with_opt_rtc_ice_candidate_init(init.as_ref()),
            || None,
        );
    }

    /// `restartIce`.
    pub fn restart_ice(&self) {
        ext::restart_ice(&self.connection);
    }

    /// `setConfiguration`.
    pub fn set_ice_servers(&self, servers: &[IceServer], policy: TransportPolicy) {
        let configuration = configuration(servers, policy, self.certificate.as_ref());
        if let Err(error) = self
            .connection
            .set_configuration_with_configuration(&configuration)
        {
            leptos::logging::warn!("ICE servers not renewed: {}", JsError::from(error));
        }
    }

    /// `replaceTrack` of a slot's sender.
    pub fn set_track(&self, slot: Slot, track: Option<&MediaStreamTrack>) {
        let Some(transceiver) = transceiver(&self.connection, slot) else {
            let missing = JsError {
                name: "InvalidStateError".into(),
                message: "no transceiver yet".into(),
            };
            (self.push())(failed(Operation::SetTrack(slot), missing));
            return;
        };
        self.finish(
            Operation::SetTrack(slot),
            transceiver.sender().replace_track(track),
            || None,
        );
    }

    /// `encodings[]` of the video senders.
    pub fn shape_video(&self, shape: Shape) {
        for slot in [Slot::Camera, Slot::Screen] {
            let Some(transceiver) = transceiver(&self.connection, slot) else {
                continue;
            };
            let sender = transceiver.sender();
            let parameters = sender.get_parameters();
            for encoding in ext::encodings(&parameters) {
                encoding.set_active(!shape.paused);
                if slot == Slot::Camera {
                    let least = if shape.saving { 2 } else { 1 };
                    encoding.set_scale_resolution_down_by(shape.scale_down_by.max(least).into());
                }
                let limits = if slot == Slot::Camera {
                    SAVING_CAMERA
                } else {
                    SAVING_SCREEN
                };
                ext::limit(&encoding, shape.saving.then_some(limits));
            }
            let promise = sender.set_parameters_with_parameters(&parameters);
            spawn_local(async move {
                // A sender that was not negotiated yet has nothing to pause.
                let _ = JsFuture::from(promise).await;
            });
        }
    }

    /// Beats, unless a beat waits already.
    pub fn beat(&self) {
        let open = self.beats.ready_state() == RtcDataChannelState::Open;
        if open && self.beats.buffered_amount() == 0 {
            // One that fails is like one that is lost.
            let _ = self.beats.send_with_u8_array(&BEAT);
        }
    }

    /// Sends on the signal channel.
    pub fn send_channel(&self, bytes: &[u8]) {
        let sent = if self.channel.ready_state() == RtcDataChannelState::Open {
            self.channel.send_with_u8_array(bytes)
        } else {
            Err(JsValue::from_str("the channel is not open"))
        };
        if let Err(thrown) = sent {
            (self.push())(failed(Operation::SendChannel, JsError::from(thrown)));
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.listeners.clear();
        self.channel.close();
        self.beats.close();
        self.connection.close();
    }
}

/// The event for a command that the browser refused.
pub(crate) fn failed(operation: Operation, error: JsError) -> BrowserEvent {
    BrowserEvent::Failed {
        operation,
        reason: error.to_string(),
    }
}

fn is_sound(slot: Slot) -> bool {
    match slot {
        Slot::Microphone | Slot::ScreenAudio => true,
        Slot::Camera | Slot::Screen => false,
    }
}

/// In the order of the media sections, which is that of [`Slot::ALL`].
fn transceivers(connection: &RtcPeerConnection) -> Vec<RtcRtpTransceiver> {
    connection
        .get_transceivers()
        .iter()
        .map(JsCast::unchecked_into)
        .collect()
}

fn transceiver(connection: &RtcPeerConnection, slot: Slot) -> Option<RtcRtpTransceiver> {
    Slot::ALL
        .into_iter()
        .zip(transceivers(connection))
        .find_map(|(at, transceiver)| (at == slot).then_some(transceiver))
}

fn slot_of(connection: &RtcPeerConnection, transceiver: &RtcRtpTransceiver) -> Option<Slot> {
    Slot::ALL
        .into_iter()
        .zip(transceivers(connection))
        .find_map(|(slot, at)| (at == *transceiver).then_some(slot))
}

pub(super) fn configuration(
    servers: &[IceServer],
    policy: TransportPolicy,
    certificate: Option<&RtcCertificate>,
) -> RtcConfiguration {
    let list = Array::new();
    for server in servers {
        let entry = RtcIceServer::new();
        let urls: Array = server.urls.iter().map(JsValue::from).collect();
        entry.set_urls(&urls);
        if let Some(username) = &server.username {
            entry.set_username(username);
        }
        if let Some(credential) = &server.credential {
            entry.set_credential(&credential.0);
        }
        list.push(&entry);
    }
    let configuration = RtcConfiguration::new();
    configuration.set_ice_servers(&list);
    configuration.set_certificates(&certificate::list_of(certificate));
    configuration.set_bundle_policy(RtcBundlePolicy::MaxBundle);
    configuration.set_ice_transport_policy(match policy {
        TransportPolicy::All => RtcIceTransportPolicy::All,
        TransportPolicy::Relay => RtcIceTransportPolicy::Relay,
    });
    configuration
}

/// The end of candidates comes as no candidate at all or, in some browsers, as an empty one.
fn candidate_of(event: &RtcPeerConnectionIceEvent) -> Option<Candidate> {
    let candidate = event.candidate()?;
    let text = candidate.candidate();
    (!text.is_empty()).then(|| Candidate {
        candidate: text,
        sdp_mid: candidate.sdp_mid(),
        sdp_m_line_index: candidate.sdp_m_line_index(),
        username_fragment: ext::username_fragment(&candidate),
    })
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the browser's states are open-ended; an unknown one is somewhere on the way"
)]
fn state_of(connection: &RtcPeerConnection) -> ConnectionState {
    match connection.connection_state() {
        RtcPeerConnectionState::New => ConnectionState::New,
        RtcPeerConnectionState::Connected => ConnectionState::Connected,
        RtcPeerConnectionState::Disconnected => ConnectionState::Disconnected,
        RtcPeerConnectionState::Failed => ConnectionState::Failed,
        RtcPeerConnectionState::Closed => ConnectionState::Closed,
        _ => ConnectionState::Connecting,
    }
}

fn bytes_of(event: &MessageEvent) -> Option<Vec<u8>> {
    let buffer = event.data().dyn_into::<ArrayBuffer>().ok()?;
    let bytes = Uint8Array::new(&buffer);
    (bytes.length() as usize <= MAX_MESSAGE_BYTES).then(|| bytes.to_vec())
}
