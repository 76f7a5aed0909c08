//! The one place where a stream meets a `<video>`.

use leptos::html::Video;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DomException, HtmlVideoElement, MediaStream};

use super::icon::{Icon, IconKind};
use crate::browser;

/// Plays a stream, sound and picture.
#[component]
pub fn VideoTile(
    /// What to play.
    stream: Signal<Option<SendWrapper<MediaStream>>>,
    /// Accessible name.
    #[prop(into)]
    label: Signal<String>,
    /// One's own: no sound.
    #[prop(optional)]
    muted: bool,
    /// Shown as in a mirror.
    #[prop(optional)]
    mirrored: bool,
    /// The whole picture rather than a full tile.
    #[prop(optional)]
    contained: bool,
    /// There is a picture to see; without one only the sound plays.
    #[prop(into)]
    visible: Signal<bool>,
    /// Id of the speaker; `None` is the system's default.
    #[prop(optional, into)]
    speaker: Signal<Option<String>>,
    /// Told when the first picture of a stream is on the screen.
    #[prop(optional, into)]
    on_picture: Option<Callback<()>>,
) -> impl IntoView {
    let node = NodeRef::<Video>::new();
    let blocked = RwSignal::new(false);

    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        // As a property: browsers ignore the attribute on elements made by scripts.
        element.set_muted(muted);
        match stream.get() {
            Some(stream) => {
                element.set_src_object(Some(&stream));
                play(element, blocked);
            }
            None => {
                element.set_src_object(None);
                blocked.set(false);
            }
        }
    });
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        if let Some(id) = speaker.get().filter(|_| !muted) {
            browser::set_sink_id(&element, &id);
        }
    });
    on_cleanup(move || {
        // A video that still holds its stream keeps the decoder alive.
        if let Some(Some(element)) = node.try_get_untracked() {
            element.set_src_object(None);
        }
    });

    view! {
        <video
            node_ref=node
            class="video"
            class:video--mirrored=mirrored
            class:video--contained=contained
            class:video--hidden=move || !visible.get()
            aria-label=label
            autoplay
            playsinline
            disablepictureinpicture=muted
            on:loadeddata=move |_| {
                if let Some(on_picture) = on_picture {
                    on_picture.run(());
                }
            }
        ></video>
        <Show when=move || blocked.get()>
            <button
                type="button"
                class="button button--primary tap-to-hear"
                on:click=move |_| {
                    if let Some(element) = node.get_untracked() {
                        play(element, blocked);
                    }
                }
            >
                <Icon kind=IconKind::Speaker />
                "Tap to hear"
            </button>
        </Show>
    }
}

/// Begins to play. Browsers may want a press of the person before they let anything be heard.
fn play(element: HtmlVideoElement, blocked: RwSignal<bool>) {
    let Ok(playing) = element.play() else { return };
    leptos::task::spawn_local(async move {
        let refused = match JsFuture::from(playing).await {
            Ok(_) => false,
            // Anything else (another stream came in between) is followed by another `play`.
            Err(error) => error
                .dyn_ref::<DomException>()
                .is_some_and(|error| error.name() == "NotAllowedError"),
        };
        blocked.try_set(refused);
    });
}
