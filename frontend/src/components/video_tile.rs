//! A picture that moves, without its sound.

use leptos::html::Video;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::MediaStream;

use super::playback;

/// Plays a stream's picture.
#[component]
pub fn VideoTile(
    /// What to play.
    stream: Signal<Option<SendWrapper<MediaStream>>>,
    /// Accessible name.
    #[prop(into)]
    label: Signal<String>,
    /// Shown as in a mirror.
    #[prop(optional)]
    mirrored: bool,
    /// The whole picture rather than a full tile.
    #[prop(optional)]
    contained: bool,
    /// There is a picture to see.
    #[prop(into)]
    visible: Signal<bool>,
    /// Told when the first picture of a stream is on the screen.
    #[prop(optional, into)]
    on_picture: Option<Callback<()>>,
) -> impl IntoView {
    let node = NodeRef::<Video>::new();
    // Without sound nothing is kept back, but for a moment while the page is in the background.
    let blocked = RwSignal::new(false);

    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        // As a property: browsers ignore the attribute on elements made by scripts.
        element.set_muted(true);
        playback::show(&element, stream.get().as_deref(), blocked);
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
            disablepictureinpicture=mirrored
            on:loadeddata=move |_| {
                if let Some(on_picture) = on_picture {
                    on_picture.run(());
                }
            }
        ></video>
    }
}
