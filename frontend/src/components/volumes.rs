//! How loud each of the others is played here, and whether at all. Nobody else hears of it; this tab
//! remembers it by name.

use std::collections::HashMap;

use call::PeerKey;
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use crate::browser;
use crate::state::Session;
use crate::turned_down::{self, Volume};
use crate::words;

/// Those of everybody who was turned down; found in the context of the call's screen.
#[derive(Clone, Copy)]
pub struct Volumes {
    session: Session,
    turned: RwSignal<Vec<(PeerKey, Volume)>>,
    /// What was kept when each of them came: whoever comes again is as loud as before, and whoever is
    /// called the same meanwhile is not touched.
    kept: StoredValue<HashMap<PeerKey, String>>,
}

impl Volumes {
    /// Everybody is as loud as this tab remembers.
    pub fn start(session: Session) -> Self {
        Self {
            session,
            turned: RwSignal::new(Vec::new()),
            kept: StoredValue::default(),
        }
    }

    /// How somebody is played.
    pub fn of(self, key: PeerKey) -> Memo<Volume> {
        let participant = self.session.participant(key);
        let kept = self
            .kept
            .try_update_value(|all| {
                let kept = all.entry(key).or_insert_with(browser::load_volumes);
                kept.clone()
            })
            .unwrap_or_default();
        Memo::new(move |_| {
            let turned = self.turned.read();
            let now = turned.iter().find(|(who, _)| *who == key);
            let before = || {
                let participant = participant.read();
                let name = participant.as_ref()?.name.as_ref()?.as_str();
                turned_down::of(&kept, name)
            };
            now.map(|(_, volume)| *volume)
                .or_else(before)
                .unwrap_or(Volume::FULL)
        })
    }

    fn set(self, key: PeerKey, volume: Volume) {
        self.turned.update(|all| {
            all.retain(|(who, _)| *who != key);
            all.push((key, volume));
        });
        let participant = self.session.participant(key);
        let participant = participant.read_untracked();
        if let Some(name) = participant.as_ref().and_then(|who| who.name.as_ref()) {
            let kept = turned_down::with(&browser::load_volumes(), name.as_str(), volume);
            browser::keep_volumes(&kept);
        }
    }
}

/// "Volume of Ada" and "Mute for me".
#[component]
pub fn VolumeOptions(
    /// Whose.
    key: PeerKey,
    /// What they are called.
    name: Memo<String>,
) -> impl IntoView {
    let volumes = expect_context::<Volumes>();
    let volume = volumes.of(key);
    let turn = move |change: fn(&mut Volume, u8), to: u8| {
        let mut new = volume.get_untracked();
        change(&mut new, to);
        volumes.set(key, new);
    };
    view! {
        <section class="dialog-section">
            <h3>{words::for_you_alone()}</h3>
            <label class="volume">
                <Icon kind=IconKind::Speaker />
                <input
                    type="range"
                    min="0"
                    max="100"
                    step="5"
                    aria-label=move || words::volume_of(&name.read())
                    prop:value=move || volume.get().percent.to_string()
                    on:input:target=move |event| {
                        if let Ok(percent) = event.target().value().parse() {
                            turn(|volume, percent| volume.percent = percent, percent);
                        }
                    }
                />
            </label>
            <label class="switch-label">
                <input
                    type="checkbox"
                    role="switch"
                    class="switch"
                    prop:checked=move || volume.get().muted
                    on:change=move |_| turn(|volume, _| volume.muted = !volume.muted, 0)
                />
                {words::mute_for_me()}
            </label>
            <p class="quiet">{words::for_you_alone_words()}</p>
        </section>
    }
}
