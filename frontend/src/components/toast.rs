//! Short words that come and go: what the machine noticed, and what a press did.

use std::time::Duration;

use call::{Intent, NoticeKind, Switch};
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::text;
use crate::state::Session;
use crate::words;

/// How long a word on a press stays.
const STAYS: Duration = Duration::from_secs(4);

/// Says short things in the live region; found in the context of the room's page.
#[derive(Clone, Copy, Default)]
pub struct Announcer(RwSignal<Option<(u32, &'static str)>>);

impl Announcer {
    /// Says it once more even if it was just said.
    pub fn say(self, words: &'static str) {
        let said = self.0;
        let number = said
            .try_get_untracked()
            .flatten()
            .map_or(1, |(number, _)| number + 1);
        said.try_set(Some((number, words)));
        set_timeout(
            move || {
                // Only what is still the last word.
                said.try_update(|now| {
                    if now.is_some_and(|(last, _)| last == number) {
                        *now = None;
                    }
                });
            },
            STAYS,
        );
    }
}

/// All notices, in a region that is read out politely.
#[component]
pub fn Toasts(
    /// What else is said here, for as long as it holds.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let Announcer(said) = expect_context();
    let notices = session.notices();
    let quiet = session.switch(Switch::Quiet);
    let shown = move || {
        let mut shown = notices.get();
        if quiet.get() {
            shown.retain(|notice| !notice.kind.goes_by_itself());
        }
        shown
    };
    view! {
        <div class="toasts" role="status" aria-live="polite" aria-label=words::notices()>
            <For each=shown key=|notice| notice.id let:notice>
                <div class="toast">
                    <span>{text::notice(&notice.kind)}</span>
                    {matches!(notice.kind, NoticeKind::AskedToUnmute(..))
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="button button--small"
                                    on:click=move |_| session.send(Intent::SetMicrophone(true))
                                >
                                    {words::unmute()}
                                </button>
                            }
                        })}
                    {(!notice.kind.goes_by_itself())
                        .then(|| {
                            view! {
                                <button
                                    type="button"
                                    class="icon-button"
                                    aria-label=words::dismiss()
                                    on:click=move |_| session.send(Intent::Dismiss(notice.id))
                                >
                                    <Icon kind=IconKind::Close />
                                </button>
                            }
                        })}
                </div>
            </For>
            {children.map(|children| children())}
            <For each=move || said.get() key=|(number, _)| *number let((_, words))>
                <div class="toast">
                    <span>{words}</span>
                </div>
            </For>
        </div>
    }
}
