//! Raised hands and reactions: the buttons for them, and what is seen of them on a tile.

use call::{Intent, ReactionView, Switch};
use leptos::prelude::*;
use protocol::REACTIONS;

use super::icon::{Icon, IconKind};
use crate::browser;
use crate::state::Session;
use crate::words;

/// What each of [`REACTIONS`] is called.
fn names() -> [&'static str; REACTIONS.len()] {
    [
        words::thumbs_up(),
        words::heart(),
        words::laughter(),
        words::party(),
        words::applause(),
        words::surprise(),
    ]
}

/// "Raise hand" or "Lower hand", and the reactions.
#[component]
pub fn GestureButtons(
    /// Told when one was pressed.
    on_done: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let raised = Memo::new(move |_| me.read().hand.is_some());
    view! {
        <div class="gestures">
            <button
                type="button"
                class="button"
                on:click=move |_| {
                    let hand = (!raised.get_untracked()).then(browser::wall_clock);
                    session.send(Intent::SetHand(hand));
                    on_done.run(());
                }
            >
                <Icon kind=IconKind::Hand />
                {move || if raised.get() { words::lower_hand() } else { words::raise_hand() }}
            </button>
            <div class="gestures-row" role="group" aria-label=words::react()>
                {REACTIONS
                    .into_iter()
                    .zip(names())
                    .enumerate()
                    .map(|(which, (emoji, name))| {
                        view! {
                            <button
                                type="button"
                                class="icon-button"
                                aria-label=words::react_with(name)
                                on:click=move |_| {
                                    session.send(Intent::React(which));
                                    on_done.run(());
                                }
                            >
                                {emoji}
                            </button>
                        }
                    })
                    .collect_view()}
            </div>
        </div>
    }
}

/// What somebody shows, over their tile.
#[component]
pub fn TileGestures(
    /// Their hand is raised.
    hand: Signal<bool>,
    /// What floats up at this moment.
    reactions: Signal<Vec<ReactionView>>,
) -> impl IntoView {
    let quiet = expect_context::<Session>().switch(Switch::Quiet);
    view! {
        <Show when=move || hand.get()>
            <span class="tile-hand" role="img" aria-label=words::hand_raised()>
                <Icon kind=IconKind::Hand />
            </span>
        </Show>
        <span class="tile-reactions" role="status" aria-live=move || quiet.get().then_some("off")>
            <For each=move || reactions.get() key=|reaction| reaction.id let:reaction>
                <span class="tile-reaction">{reaction.emoji}</span>
            </For>
        </span>
    }
}
