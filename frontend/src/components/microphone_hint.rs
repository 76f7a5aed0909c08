//! Says that one speaks while the microphone is off, that nothing comes from it, or that the others hear
//! themselves through it.

use call::{MediaView, MicrophoneHint, MicrophoneWatch};
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::spotlight::Spotlight;
use super::text;
use crate::browser;
use crate::state::Session;

/// One more word among the notices, as long as it holds.
#[component]
pub fn MicrophoneHint() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let level = session.own_level();
    let watch = StoredValue::new(MicrophoneWatch::default());
    let spotlight = expect_context::<Spotlight>();
    let hint = RwSignal::new(None);
    Effect::new(move |_| {
        let (now, level) = (browser::now(), level.get());
        let on = me.read_untracked().microphone == MediaView::On;
        let found = watch.try_update_value(|watch| {
            watch.hear(now, on, level);
            watch.hint(now)
        });
        let echo = spotlight.echoes().then_some(MicrophoneHint::Echo);
        let found = found.flatten().or(echo);
        if hint.get_untracked() != found {
            hint.set(found);
        }
    });
    view! {
        <For each=move || hint.get() key=|hint| text::microphone_hint(*hint) let:hint>
            <Hint hint />
        </For>
    }
}

/// What one of them says.
#[component]
pub fn Hint(
    /// Which.
    hint: MicrophoneHint,
) -> impl IntoView {
    let icon = match hint {
        MicrophoneHint::Muted | MicrophoneHint::Silent => IconKind::MicrophoneOff,
        MicrophoneHint::Echo => IconKind::Speaker,
    };
    view! {
        <div class="toast">
            <Icon kind=icon />
            <span>{text::microphone_hint(hint)}</span>
        </div>
    }
}
