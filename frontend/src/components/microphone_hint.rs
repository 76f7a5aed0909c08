//! Says that one speaks while the microphone is off, or that nothing comes from it.

use call::{MediaView, MicrophoneWatch};
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
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
    let hint = RwSignal::new(None);
    Effect::new(move |_| {
        let (now, level) = (browser::now(), level.get());
        let on = me.read_untracked().microphone == MediaView::On;
        let found = watch.try_update_value(|watch| {
            watch.hear(now, on, level);
            watch.hint(now)
        });
        let found = found.flatten();
        if hint.get_untracked() != found {
            hint.set(found);
        }
    });
    view! {
        <For each=move || hint.get() key=|hint| text::microphone_hint(*hint) let:hint>
            <div class="toast">
                <Icon kind=IconKind::MicrophoneOff />
                <span>{text::microphone_hint(hint)}</span>
            </div>
        </For>
    }
}
