//! One's own tracks: opening, holding and letting go of devices.

use call::{AcquireRequest, Capture, DeviceKind, Input, MediaEvent, MediaProblem, Slot, Switch};
use gloo_events::EventListener;
use js_sys::{Array, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    ConstrainDomStringParameters, ConstrainDoubleRange, ConstrainLongRange,
    DisplayMediaStreamConstraints, MediaStream, MediaStreamConstraints, MediaStreamTrack,
    MediaTrackConstraints,
};

use super::{JsError, Wake, Waker, devices, ext, wake};

/// Pictures a second asked of a camera.
const CAMERA_RATE: f64 = 30.0;

/// One's own tracks by slot. Dropping it stops them all, and their lights go out.
#[derive(Default)]
pub struct LocalMedia {
    held: Vec<Held>,
}

struct Held {
    slot: Slot,
    track: MediaStreamTrack,
    _ended: EventListener,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.track.stop();
    }
}

impl LocalMedia {
    /// Asks for devices or a screen; ends in [`Wake::Acquired`].
    pub fn acquire(attempt: u32, request: AcquireRequest, waker: &Waker) {
        // A screen is given only while the person's press is under way.
        let asked = ask(&request, exact);
        let waker = waker.clone();
        spawn_local(async move {
            let mut result = answer(asked).await;
            if matches!(&result, Err(error) if error.name == "OverconstrainedError") {
                result = answer(ask(&request, preferred)).await;
            }
            wake(
                &waker,
                Wake::Acquired {
                    attempt,
                    request,
                    result,
                },
            );
        });
    }

    /// Takes the tracks of a stream that was opened, stopping those they replace, and says what
    /// was opened.
    pub fn hold(
        &mut self,
        attempt: u32,
        request: &AcquireRequest,
        stream: &MediaStream,
        waker: &Waker,
    ) -> MediaEvent {
        let (sound, picture) = match request {
            AcquireRequest::Devices { .. } => (Slot::Microphone, Slot::Camera),
            AcquireRequest::Screen => (Slot::ScreenAudio, Slot::Screen),
        };
        let sound_id = self.hold_first(sound, &stream.get_audio_tracks(), waker);
        let picture_id = self.hold_first(picture, &stream.get_video_tracks(), waker);
        match request {
            AcquireRequest::Devices { .. } => {
                devices::list_devices(waker.clone());
                MediaEvent::Acquired {
                    attempt,
                    microphone: sound_id,
                    camera: picture_id,
                    screen: None,
                }
            }
            AcquireRequest::Screen => MediaEvent::Acquired {
                attempt,
                microphone: None,
                camera: None,
                screen: Some(sound_id.is_some()),
            },
        }
    }

    fn hold_first(&mut self, slot: Slot, tracks: &Array, waker: &Waker) -> Option<String> {
        let track: MediaStreamTrack = tracks.get(0).dyn_into().ok()?;
        self.release(slot);
        let id = track.get_settings().get_device_id().unwrap_or_default();
        let waker = waker.clone();
        let ended = EventListener::once(&track, "ended", move |_| {
            if let Some(kind) = kind_of(slot) {
                wake(&waker, Wake::Input(Input::Media(MediaEvent::Ended(kind))));
            }
        });
        self.held.push(Held {
            slot,
            track,
            _ended: ended,
        });
        Some(id)
    }

    /// Stops the track of a slot.
    pub fn release(&mut self, slot: Slot) {
        self.held.retain(|held| held.slot != slot);
    }

    /// The track of a slot, while there is one.
    pub fn track(&self, slot: Slot) -> Option<&MediaStreamTrack> {
        self.held
            .iter()
            .find(|held| held.slot == slot)
            .map(|held| &held.track)
    }

    /// Silences the microphone, or lets it be heard, without closing it.
    pub fn enable_microphone(&self, enabled: bool) {
        if let Some(track) = self.track(Slot::Microphone) {
            track.set_enabled(enabled);
        }
    }

    /// A stream of the one track of a slot, to look at.
    pub fn preview(&self, slot: Slot) -> Option<MediaStream> {
        stream_of(self.track(slot)?)
    }
}

/// A stream of that very track. (`MediaStream.clone`, which web-sys has under the name of Rust's
/// own `clone`, would make copies of the tracks.)
pub fn stream_of(track: &MediaStreamTrack) -> Option<MediaStream> {
    MediaStream::new_with_tracks(&Array::of1(track)).ok()
}

/// What a failed [`AcquireRequest`] means. A person who closes the browser's dialog for a screen
/// has merely thought better of it.
pub(crate) fn problem(request: &AcquireRequest, error: &JsError) -> MediaProblem {
    match (request, error.media_problem()) {
        (AcquireRequest::Screen, MediaProblem::Denied) => MediaProblem::Cancelled,
        (_, problem) => problem,
    }
}

/// The end of a screen's sound alone is not the end of the screen.
fn kind_of(slot: Slot) -> Option<DeviceKind> {
    match slot {
        Slot::Microphone => Some(DeviceKind::Microphone),
        Slot::Camera => Some(DeviceKind::Camera),
        Slot::Screen => Some(DeviceKind::Screen),
        Slot::ScreenAudio => None,
    }
}

async fn answer(asked: Result<Promise, JsError>) -> Result<MediaStream, JsError> {
    let stream = JsFuture::from(asked?).await?;
    Ok(stream.unchecked_into())
}

/// A device of that id and no other. Chromium takes its default microphone where another one is merely
/// preferred.
fn exact(id: &str) -> ConstrainDomStringParameters {
    let wanted = ConstrainDomStringParameters::new();
    wanted.set_exact(&JsValue::from_str(id));
    wanted
}

/// A device of that id, or what there is: one that was unplugged since it was chosen gives way.
fn preferred(id: &str) -> ConstrainDomStringParameters {
    let wanted = ConstrainDomStringParameters::new();
    wanted.set_ideal(&JsValue::from_str(id));
    wanted
}

fn ask(
    request: &AcquireRequest,
    wanted: fn(&str) -> ConstrainDomStringParameters,
) -> Result<Promise, JsError> {
    let devices = devices::media_devices().ok_or_else(|| JsError {
        name: "SecurityError".into(),
        message: "no navigator.mediaDevices: the page was opened without HTTPS".into(),
    })?;
    match request {
        AcquireRequest::Devices {
            microphone,
            camera,
            capture,
        } => {
            let constraints = MediaStreamConstraints::new();
            if let Some(id) = microphone {
                let id = id.as_deref().map(wanted);
                constraints.set_audio(&microphone_constraints(id.as_ref(), capture));
            }
            if let Some(id) = camera {
                let id = id.as_deref().map(wanted);
                constraints.set_video(&camera_constraints(id.as_ref(), capture));
            }
            Ok(devices.get_user_media_with_constraints(&constraints)?)
        }
        AcquireRequest::Screen => {
            if !super::can_share_screen() {
                return Err(JsError {
                    name: "NotSupportedError".into(),
                    message: "no getDisplayMedia".into(),
                });
            }
            let constraints = DisplayMediaStreamConstraints::new();
            constraints.set_video(&JsValue::TRUE);
            constraints.set_audio(&JsValue::TRUE);
            Ok(devices.get_display_media_with_constraints(&constraints)?)
        }
    }
}

fn microphone_constraints(
    id: Option<&ConstrainDomStringParameters>,
    capture: &Capture,
) -> MediaTrackConstraints {
    let constraints = MediaTrackConstraints::new();
    let has = |switch| capture.switches.has(switch);
    constraints.set_echo_cancellation_bool(has(Switch::EchoCancellation));
    constraints.set_noise_suppression_bool(has(Switch::NoiseSuppression));
    constraints.set_auto_gain_control_bool(has(Switch::GainControl));
    choose(&constraints, id);
    constraints
}

fn camera_constraints(
    id: Option<&ConstrainDomStringParameters>,
    capture: &Capture,
) -> MediaTrackConstraints {
    let constraints = MediaTrackConstraints::new();
    // A camera that has less gives less.
    let lines = capture.lines.cast_signed();
    constraints.set_width_constrain_long_range(&ideal(lines / 9 * 16));
    constraints.set_height_constrain_long_range(&ideal(lines));
    if capture.switches.has(Switch::Blur) {
        ext::set_background_blur(&constraints);
    }
    let rate = ConstrainDoubleRange::new();
    rate.set_ideal(CAMERA_RATE);
    constraints.set_frame_rate_constrain_double_range(&rate);
    if id.is_none() {
        constraints.set_facing_mode_str("user");
    }
    choose(&constraints, id);
    constraints
}

fn ideal(pixels: i32) -> ConstrainLongRange {
    let range = ConstrainLongRange::new();
    range.set_ideal(pixels);
    range
}

fn choose(constraints: &MediaTrackConstraints, id: Option<&ConstrainDomStringParameters>) {
    if let Some(id) = id {
        constraints.set_device_id_constrain_dom_string_parameters(id);
    }
}
