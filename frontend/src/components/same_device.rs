//! "Same device as last time": who comes with a certificate that this browser has seen before.

use call::safety::{Digest, Mark, SafetyView};
use call::{PeerKey, Switch};
use leptos::prelude::*;
use leptos::task::spawn_local;
use web_sys::RtcCertificate;

use super::text;
use crate::browser;
use crate::seen::{self, Seen};
use crate::state::Session;
use crate::words;

/// A device in this call.
#[derive(Clone)]
struct Here {
    print: Digest,
    /// What was known of it before this call.
    before: Option<Seen>,
    /// That the code with it was compared is written down.
    compared: bool,
}

/// The devices in this call. Found in the context of the call's screen.
#[derive(Clone, Copy)]
pub struct Devices(RwSignal<Vec<Here>>);

impl Devices {
    /// Keeps this device's certificate and watches the others', while the person wants that; forgets all
    /// of it when they do not want it any more.
    pub fn watch(session: Session) -> Self {
        let devices = RwSignal::new(Vec::new());
        let wanted = session.switch(Switch::SameDevice);
        Effect::new(move |before: Option<bool>| {
            let wanted = wanted.get();
            if wanted {
                session.with_certificate(keep);
            } else if before == Some(true) {
                forget();
                devices.set(Vec::new());
            }
            wanted
        });
        let present = session.participants();
        Effect::new(move |_| {
            if wanted.get() {
                for who in present.read().iter() {
                    if let SafetyView::Code { device, mark, .. } = who.safety {
                        let name = text::name_or_guest(who.name.as_ref());
                        note(devices, &device, name, mark == Mark::Same);
                    }
                }
            }
        });
        Self(devices)
    }

    /// What was known of a device before this call.
    fn before(self, device: &Digest) -> Option<Seen> {
        let all = self.0.read();
        all.iter()
            .find(|here| here.print == *device)?
            .before
            .clone()
    }
}

/// Writes down that the device is here, once, and once more when the code with it was compared.
fn note(devices: RwSignal<Vec<Here>>, device: &Digest, name: String, compared: bool) {
    let noted = devices.with_untracked(|all| {
        let here = all.iter().find(|here| here.print == *device);
        here.map(|here| here.compared)
    });
    // Asked at every change of anybody: what is written already is not read again.
    if noted.is_some_and(|written| written >= compared) {
        return;
    }
    let known = browser::load_seen();
    let before = seen::find(&known, device);
    let compared = compared || before.as_ref().is_some_and(|before| before.compared);
    let now = Seen {
        at: browser::wall_clock(),
        compared,
        name,
    };
    browser::keep_seen(&seen::with(&known, device, &now));
    devices.update(
        |all| match all.iter_mut().find(|here| here.print == *device) {
            Some(here) => here.compared = compared,
            None => all.push(Here {
                print: *device,
                before,
                compared,
            }),
        },
    );
}

fn keep(certificate: RtcCertificate) {
    spawn_local(async {
        // Where nothing is kept, the next call is one of a new device.
        let _ = browser::keep_certificate(certificate).await;
    });
}

fn forget() {
    browser::keep_seen("");
    spawn_local(async {
        let _ = browser::forget_certificate().await;
    });
}

/// That somebody's device was here before, where it was.
#[component]
pub fn SameDevice(
    /// Whose.
    key: PeerKey,
) -> impl IntoView {
    let devices = expect_context::<Devices>();
    let participant = expect_context::<Session>().participant(key);
    let before = Memo::new(move |_| match participant.read().as_ref()?.safety {
        SafetyView::Code { device, .. } => devices.before(&device),
        SafetyView::Waiting | SafetyView::Contradicted => None,
    });
    move || {
        before.get().map(|Seen { at, compared, name }| {
            view! {
                <p>{words::same_device(&name, &words::day(at))}</p>
                {compared.then(|| view! { <p>{words::same_device_compared()}</p> })}
            }
        })
    }
}
