//! The list of cameras, microphones and speakers.

use call::{Device, Devices, Input, MediaEvent};
use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{MediaDeviceInfo, MediaDeviceKind, MediaDevices};

use super::{Wake, Waker, wake};

/// `navigator.mediaDevices`; `None` when the page was opened without HTTPS.
pub(super) fn media_devices() -> Option<MediaDevices> {
    let navigator = web_sys::window()?.navigator();
    navigator
        .media_devices()
        .ok()
        .filter(|devices| !devices.is_undefined())
}

/// Lists the devices once and pushes the list.
pub fn list_devices(waker: Waker) {
    let Some(promise) = media_devices().and_then(|devices| devices.enumerate_devices().ok()) else {
        return;
    };
    spawn_local(async move {
        if let Ok(list) = JsFuture::from(promise).await {
            let devices = sort(&list.unchecked_into());
            wake(
                &waker,
                Wake::Input(Input::Media(MediaEvent::Devices(devices))),
            );
        }
    });
}

fn sort(list: &js_sys::Array) -> Devices {
    let mut devices = Devices::default();
    for info in list.iter() {
        let Ok(info) = info.dyn_into::<MediaDeviceInfo>() else {
            continue;
        };
        let device = Device {
            id: info.device_id(),
            label: info.label(),
        };
        match info.kind() {
            MediaDeviceKind::Audioinput => devices.microphones.push(device),
            MediaDeviceKind::Videoinput => devices.cameras.push(device),
            MediaDeviceKind::Audiooutput => devices.speakers.push(device),
            _ => {}
        }
    }
    if !super::can_choose_speaker() {
        devices.speakers.clear();
    }
    devices
}

/// Pushes the list whenever it changes, for as long as it is held.
pub struct DeviceWatch {
    _listener: Option<EventListener>,
}

impl DeviceWatch {
    /// Begins with the list as it is now.
    pub fn start(waker: Waker) -> Self {
        list_devices(waker.clone());
        Self {
            _listener: media_devices().map(|devices| {
                EventListener::new(&devices, "devicechange", move |_| {
                    list_devices(waker.clone());
                })
            }),
        }
    }
}
