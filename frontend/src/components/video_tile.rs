//! A picture that moves, without its sound.

use gloo_events::EventListener;
use leptos::html::Span;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use web_sys::{HtmlMediaElement, HtmlVideoElement, MediaStream};

use crate::browser;
use crate::pictures::Held;
use crate::state::Session;
use crate::streams::StreamOf;

/// Plays a stream's picture.
#[component]
pub fn VideoTile(
    /// What to play.
    stream: Signal<Option<SendWrapper<MediaStream>>>,
    /// Accessible name.
    #[prop(into)]
    label: Signal<String>,
    /// Whose picture it is, where its element comes from elsewhere on the page or was made before.
    #[prop(optional)]
    of: Option<StreamOf>,
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
    let node = NodeRef::<Span>::new();
    let session = expect_context::<Session>();
    let tell = move || {
        if let Some(on_picture) = on_picture {
            on_picture.run(());
        }
    };
    // Let go of with the tile.
    let shown = StoredValue::new_local(None::<Shown>);
    // Only here, since what is built without being shown runs no effects.
    Effect::new(move |_| {
        let Some(place) = node.get() else { return };
        let held = of.map_or_else(Held::new, |of| session.picture(of));
        shown.set_value(Some(Shown::at(&place, held, tell)));
    });
    Effect::new(move |_| {
        let (stream, label, visible) = (stream.get(), label.get(), visible.get());
        node.track();
        shown.with_value(|shown| {
            let Some(element) = shown.as_ref().and_then(|shown| shown.held.element()) else {
                return;
            };
            let class = |wanted: bool, name: &'static str| if wanted { name } else { "" };
            element.set_class_name(&format!(
                "video{}{}{}",
                class(mirrored, " video--mirrored"),
                class(contained, " video--contained"),
                class(!visible, " video--hidden"),
            ));
            // A picture of oneself is nothing to float alone.
            let _ = element.toggle_attribute_with_force("disablepictureinpicture", mirrored);
            let _ = element.set_attribute("aria-label", &label);
            browser::play(element, stream.as_deref());
        });
    });
    view! { <span class="picture" node_ref=node></span> }
}

/// An element in its place, and who listens to it.
struct Shown {
    held: Held,
    _loaded: Option<EventListener>,
}

impl Shown {
    /// Puts the element there; `tell` is called when it has a picture, which it may have by now.
    fn at(place: &web_sys::HtmlSpanElement, held: Held, tell: impl Fn() + 'static) -> Self {
        let listen = |element: &HtmlVideoElement| {
            let _ = place.append_child(element);
            if element.ready_state() >= HtmlMediaElement::HAVE_CURRENT_DATA {
                tell();
            }
            EventListener::new(element, "loadeddata", move |_| tell())
        };
        let loaded = held.element().cloned().map(|element| listen(&element));
        Self {
            held,
            _loaded: loaded,
        }
    }
}
