//! Somebody's sound, which has nothing to see but a button where the browser keeps it back.

use call::PeerKey;
use leptos::html::Audio;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::MediaStream;

use super::icon::{Icon, IconKind};
use super::playback;
use super::volumes::Volumes;
use crate::browser;
use crate::state::Session;
use crate::words;

/// Plays a stream's sound on the chosen speaker, or the default one while that is not there.
#[component]
pub fn Sound(
    /// What to play.
    stream: Signal<Option<SendWrapper<MediaStream>>>,
    /// Whose it is.
    of: PeerKey,
) -> impl IntoView {
    let volume = expect_context::<Volumes>().of(of);
    let session = expect_context::<Session>();
    let me = session.me();
    let speaker = Memo::new(move |_| me.read().speaker_in_use.clone());
    let node = NodeRef::<Audio>::new();
    let blocked = RwSignal::new(false);

    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        playback::show(&element, stream.get().as_deref(), blocked);
    });
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let volume = volume.get();
        element.set_muted(volume.muted);
        element.set_volume(f64::from(volume.percent) / 100.0);
    });
    Effect::new(move |chosen: Option<String>| {
        // The empty id is the system's default, also after another one was chosen.
        let last = chosen.unwrap_or_default();
        let Some(element) = node.get() else {
            return last;
        };
        let id = speaker.get().unwrap_or_default();
        // Being asked for what it does anyway can hold a browser up for a fifth of a second.
        if id != last {
            browser::set_sink_id(&element, &id);
        }
        id
    });
    on_cleanup(move || {
        if let Some(Some(element)) = node.try_get_untracked() {
            element.set_src_object(None);
        }
    });

    view! {
        <audio node_ref=node autoplay></audio>
        <Show when=move || blocked.get()>
            <button
                type="button"
                class="button button--primary tap-to-hear"
                on:click=move |_| {
                    if let Some(element) = node.get_untracked() {
                        playback::play(&element, blocked);
                    }
                }
            >
                <Icon kind=IconKind::Speaker />
                {words::tap_to_hear()}
            </button>
        </Show>
    }
}
