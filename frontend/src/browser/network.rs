//! The connections of the network check: one to gather on for each way, and a pair in this page that
//! sends to itself through the relay. They carry nothing of the call, and go when they are dropped.

use futures::channel::mpsc::UnboundedSender;
use gloo_events::EventListener;
use protocol::IceServer;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    RtcDataChannel, RtcDataChannelInit, RtcDataChannelState, RtcPeerConnection,
    RtcPeerConnectionIceEvent, RtcSdpType, RtcSessionDescriptionInit,
};

use super::peer::configuration;
use super::{JsError, ext};
use call::TransportPolicy;

/// What its connections tell the check.
pub enum CheckEvent {
    /// The try of that number found a candidate, or has found all.
    Candidate(usize, Option<String>),
    /// A server of that try did not answer.
    Unanswered(usize),
    /// The pair can send.
    Open,
    /// A packet came through it.
    Came {
        /// What its first four bytes say, in network order.
        number: u32,
        /// How many bytes it has.
        bytes: u32,
    },
}

/// Where they push it.
pub type CheckEvents = UnboundedSender<CheckEvent>;

/// A connection that gathers and connects to nobody.
pub struct Gathering {
    connection: RtcPeerConnection,
    listeners: Vec<EventListener>,
}

impl Gathering {
    /// Begins; what it finds is pushed with number `at`.
    ///
    /// # Errors
    /// When the browser has no connection left to give, or refuses the servers.
    pub fn start(
        at: usize,
        servers: &[IceServer],
        policy: TransportPolicy,
        events: &CheckEvents,
    ) -> Result<Self, JsError> {
        let connection = open(servers, policy)?;
        let found = events.clone();
        let unanswered = events.clone();
        let listeners = vec![
            EventListener::new(&connection, "icecandidate", move |event| {
                if let Some(event) = event.dyn_ref::<RtcPeerConnectionIceEvent>() {
                    let text = event.candidate().map(|candidate| candidate.candidate());
                    let text = text.filter(|text| !text.is_empty());
                    let _ = found.unbounded_send(CheckEvent::Candidate(at, text));
                }
            }),
            EventListener::new(&connection, "icecandidateerror", move |_| {
                let _ = unanswered.unbounded_send(CheckEvent::Unanswered(at));
            }),
        ];
        connection.create_data_channel("check");
        let set = ext::set_local_description(&connection);
        spawn_local(async move {
            // Without a description nothing is found, which is what will be told.
            let _ = JsFuture::from(set).await;
        });
        Ok(Self {
            connection,
            listeners,
        })
    }
}

impl Drop for Gathering {
    fn drop(&mut self) {
        self.listeners.clear();
        self.connection.close();
    }
}

/// Two connections of this page to each other, through the relay alone.
pub struct RelayPair {
    ends: [RtcPeerConnection; 2],
    channel: RtcDataChannel,
    listeners: Vec<EventListener>,
}

impl RelayPair {
    /// Begins to connect.
    ///
    /// # Errors
    /// As [`Gathering::start`].
    pub fn start(servers: &[IceServer], events: &CheckEvents) -> Result<Self, JsError> {
        let ends = [
            open(servers, TransportPolicy::Relay)?,
            open(servers, TransportPolicy::Relay)?,
        ];
        let [channel, other] = [&ends[0], &ends[1]].map(|end| {
            let init = RtcDataChannelInit::new();
            init.set_negotiated(true);
            init.set_id(0);
            init.set_ordered(false);
            init.set_max_retransmits(0);
            end.create_data_channel_with_data_channel_dict("check", &init)
        });
        let mut listeners = Vec::with_capacity(4);
        for at in 0..2 {
            let to = ends[1 - at].clone();
            listeners.push(EventListener::new(
                &ends[at],
                "icecandidate",
                move |event| {
                    if let Some(event) = event.dyn_ref::<RtcPeerConnectionIceEvent>() {
                        let candidate = event.candidate();
                        let added =
                            to.add_ice_candidate_with_opt_rtc_ice_candidate(candidate.as_ref());
                        spawn_local(async move {
                            // One that is refused is one too few.
                            let _ = JsFuture::from(added).await;
                        });
                    }
                },
            ));
        }
        let opened = events.clone();
        listeners.push(EventListener::new(&channel, "open", move |_| {
            let _ = opened.unbounded_send(CheckEvent::Open);
        }));
        let came = events.clone();
        other.set_binary_type(web_sys::RtcDataChannelType::Arraybuffer);
        listeners.push(EventListener::new(&other, "message", move |event| {
            let data = event.dyn_ref::<web_sys::MessageEvent>().map(|e| e.data());
            let buffer = data.and_then(|data| data.dyn_into::<js_sys::ArrayBuffer>().ok());
            if let Some(buffer) = buffer.filter(|buffer| buffer.byte_length() >= 4) {
                let _ = came.unbounded_send(CheckEvent::Came {
                    number: js_sys::DataView::new(&buffer, 0, 4).get_uint32(0),
                    bytes: buffer.byte_length(),
                });
            }
        }));
        let [one, two] = ends.clone();
        spawn_local(async move {
            // A pair that does not come about is never open.
            let _ = introduce(&one, &two).await;
        });
        Ok(Self {
            ends,
            channel,
            listeners,
        })
    }

    /// The one that sends, to read how it does.
    pub fn sender(&self) -> RtcPeerConnection {
        self.ends[0].clone()
    }

    /// Sends, where it is not held up; tells whether it did.
    pub fn send(&self, bytes: &[u8]) -> bool {
        self.channel.ready_state() == RtcDataChannelState::Open
            && self.channel.send_with_u8_array(bytes).is_ok()
    }

    /// Bytes that wait to be sent.
    pub fn waiting(&self) -> u32 {
        self.channel.buffered_amount()
    }
}

impl Drop for RelayPair {
    fn drop(&mut self) {
        self.listeners.clear();
        for end in &self.ends {
            end.close();
        }
    }
}

fn open(servers: &[IceServer], policy: TransportPolicy) -> Result<RtcPeerConnection, JsError> {
    let configuration = configuration(servers, policy, None);
    Ok(RtcPeerConnection::new_with_configuration(&configuration)?)
}

async fn introduce(one: &RtcPeerConnection, two: &RtcPeerConnection) -> Result<(), JsValue> {
    JsFuture::from(ext::set_local_description(one)).await?;
    tell(one, two, RtcSdpType::Offer).await?;
    JsFuture::from(ext::set_local_description(two)).await?;
    tell(two, one, RtcSdpType::Answer).await
}

async fn tell(
    from: &RtcPeerConnection,
    to: &RtcPeerConnection,
    kind: RtcSdpType,
) -> Result<(), JsValue> {
    let made = from.local_description().ok_or(JsValue::UNDEFINED)?;
    let init = RtcSessionDescriptionInit::new(kind);
    init.set_sdp(&made.sdp());
    JsFuture::from(to.set_remote_description(&init)).await?;
    Ok(())
}
