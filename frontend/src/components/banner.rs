//! Slim bars at the top that tell how the line to the server is.

use std::time::Duration;

use call::LinkView;
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::lasting::lasting;
use crate::state::Session;
use crate::words;

/// A broken line that is mended within this time is not worth a word.
const WORTH_A_WORD: Duration = Duration::from_millis(2_500);

/// What there is to say about the line to the server.
#[component]
pub fn LinkBanner(
    /// In the call, where nothing but the introductions needs the server.
    #[prop(optional)]
    in_call: bool,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let view = session.view();
    let broken = session.is(|view| view.link == LinkView::Reconnecting);
    let broken_for_long = lasting(broken, WORTH_A_WORD);
    let words = Memo::new(move |_| match view.read().link {
        LinkView::Connecting | LinkView::Connected => "",
        LinkView::Offline => words::offline(),
        LinkView::Reconnecting if !broken_for_long.get() => "",
        LinkView::Reconnecting | LinkView::Unreachable if in_call => words::reconnecting(),
        LinkView::Reconnecting | LinkView::Unreachable => words::unreachable(),
    });
    view! {
        <div class="banners" role="status" aria-label=words::server_connection()>
            <Show when=move || !words.read().is_empty()>
                <p class="banner">
                    <Icon kind=IconKind::NoNetwork />
                    <span>{words}</span>
                </p>
            </Show>
        </div>
    }
}
