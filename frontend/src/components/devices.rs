//! One's own microphone and camera: the two toggles and the lists to choose from, as the lobby and
//! the call both have them.

use call::{DeviceKind, Intent, MediaView};
use leptos::prelude::*;

use super::device_picker::DevicePicker;
use super::icon::IconKind;
use super::toggle::{Toggle, ToggleState};
use crate::state::Session;
use crate::words;

/// "Turn off microphone" or "Turn on microphone".
#[component]
pub fn MicrophoneToggle(
    /// The key that presses it, where there is one.
    #[prop(optional)]
    keys: &'static str,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let view = session.view();
    let state = Memo::new(move |_| toggle_state(view.read().me.microphone));
    let on_toggle = Callback::new(move |on| {
        session.send(wish(state.get_untracked(), Intent::SetMicrophone(on)));
    });
    view! {
        <Toggle
            state=state.into()
            on_icon=IconKind::Microphone
            off_icon=IconKind::MicrophoneOff
            on_label=words::microphone_off_button()
            off_label=words::microphone_on_button()
            caption=words::microphone_caption()
            keys
            on_toggle
        />
    }
}

/// "Turn off camera" or "Turn on camera".
#[component]
pub fn CameraToggle(
    /// The key that presses it, where there is one.
    #[prop(optional)]
    keys: &'static str,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let view = session.view();
    let state = Memo::new(move |_| toggle_state(view.read().me.camera));
    let on_toggle = Callback::new(move |on| {
        session.send(wish(state.get_untracked(), Intent::SetCamera(on)));
    });
    view! {
        <Toggle
            state=state.into()
            on_icon=IconKind::Camera
            off_icon=IconKind::CameraOff
            on_label=words::camera_off_button()
            off_label=words::camera_on_button()
            caption=words::camera_caption()
            keys
            on_toggle
        />
    }
}

/// How a medium of one's own is, as a toggle shows it.
pub fn toggle_state(media: MediaView) -> ToggleState {
    match media {
        MediaView::Off => ToggleState::Off,
        MediaView::Starting => ToggleState::Busy,
        MediaView::On => ToggleState::On,
        MediaView::Problem(_) => ToggleState::Problem,
    }
}

/// A press where there is a problem asks for the device once more.
fn wish(state: ToggleState, intent: Intent) -> Intent {
    match state {
        ToggleState::Problem => Intent::RetryMedia,
        ToggleState::On | ToggleState::Off | ToggleState::Busy => intent,
    }
}

/// The comboboxes "Microphone", "Camera" and, where the browser can choose one, "Speaker".
#[component]
pub fn DevicePickers() -> impl IntoView {
    view! {
        <div class="devices">
            <MicrophonePicker />
            <CameraPicker />
            <SpeakerPicker />
        </div>
    }
}

fn choose(kind: DeviceKind) -> Callback<String> {
    let session = expect_context::<Session>();
    Callback::new(move |id| session.send(Intent::ChooseDevice { kind, id: Some(id) }))
}

/// The combobox "Microphone".
#[component]
pub fn MicrophonePicker() -> impl IntoView {
    let view = expect_context::<Session>().view();
    view! {
        <DevicePicker
            kind=DeviceKind::Microphone
            icon=IconKind::Microphone
            devices=Signal::derive(move || view.read().me.devices.microphones.clone())
            chosen=Signal::derive(move || {
                let me = &view.read().me;
                me.microphone_in_use.clone().or_else(|| me.settings.microphone.clone())
            })
            on_choose=choose(DeviceKind::Microphone)
        />
    }
}

/// The combobox "Camera".
#[component]
pub fn CameraPicker() -> impl IntoView {
    let view = expect_context::<Session>().view();
    view! {
        <DevicePicker
            kind=DeviceKind::Camera
            icon=IconKind::Camera
            devices=Signal::derive(move || view.read().me.devices.cameras.clone())
            chosen=Signal::derive(move || {
                let me = &view.read().me;
                me.camera_in_use.clone().or_else(|| me.settings.camera.clone())
            })
            on_choose=choose(DeviceKind::Camera)
        />
    }
}

/// The combobox "Speaker", where the browser can choose one.
#[component]
pub fn SpeakerPicker() -> impl IntoView {
    let view = expect_context::<Session>().view();
    let speakers = Memo::new(move |_| view.read().me.devices.speakers.clone());
    let can_choose_speaker = Memo::new(move |_| !speakers.read().is_empty());
    view! {
        <Show when=move || can_choose_speaker.get()>
            <DevicePicker
                kind=DeviceKind::Speaker
                icon=IconKind::Speaker
                devices=speakers.into()
                chosen=Signal::derive(move || view.read().me.speaker_in_use.clone())
                on_choose=choose(DeviceKind::Speaker)
            />
        </Show>
    }
}
