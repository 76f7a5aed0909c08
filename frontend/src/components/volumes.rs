//! How loud each of the others is played here, and whether at all. Nobody else hears of it; it is kept
//! for as long as the call's screen is there.

use call::PeerKey;
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use crate::words;

/// How somebody is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Of how loud they are, 0 to 100.
    pub percent: u8,
    /// Not at all, whatever the percentage.
    pub muted: bool,
}

/// As it is before anybody turns anything.
const FULL: Volume = Volume {
    percent: 100,
    muted: false,
};

/// Those of everybody who was turned down; found in the context of the call's screen.
#[derive(Clone, Copy)]
pub struct Volumes(RwSignal<Vec<(PeerKey, Volume)>>);

impl Volumes {
    /// Everybody is at full volume.
    pub fn full() -> Self {
        Self(RwSignal::new(Vec::new()))
    }

    /// How somebody is played.
    pub fn of(self, key: PeerKey) -> Memo<Volume> {
        Memo::new(move |_| {
            let all = self.0.read();
            let found = all.iter().find(|(who, _)| *who == key);
            found.map_or(FULL, |(_, volume)| *volume)
        })
    }

    fn set(self, key: PeerKey, volume: Volume) {
        self.0.update(|all| {
            all.retain(|(who, _)| *who != key);
            all.push((key, volume));
        });
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
