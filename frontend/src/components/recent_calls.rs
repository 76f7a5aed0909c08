//! The calls that one was in lately, on the home page.

use leptos::html::H2;
use leptos::prelude::*;

use super::dom;
use super::icon::{Icon, IconKind};
use crate::browser;
use crate::recent::{RecentCall, RecentCalls};
use crate::words;

/// Nothing where there are none.
#[component]
pub fn RecentCallsList() -> impl IntoView {
    let calls = RwSignal::new(RecentCalls::parse(&browser::load_recent()));
    let heading = NodeRef::<H2>::new();
    let change = move |change: &dyn Fn(&mut RecentCalls)| {
        calls.update(|calls| {
            change(calls);
            browser::keep_recent(&calls.to_text());
        });
        // What was pressed is gone.
        if let Some(heading) = heading.get_untracked() {
            dom::focus(&heading);
        }
    };
    view! {
        <Show when=move || calls.with(|calls| !calls.all().is_empty())>
            <section class="recent" aria-labelledby="recent-title">
                <div class="recent-head">
                    <h2 id="recent-title" tabindex="-1" node_ref=heading>
                        {words::recent_calls()}
                    </h2>
                    <button
                        type="button"
                        class="button button--small"
                        on:click=move |_| change(&|calls| *calls = RecentCalls::default())
                    >
                        {words::forget_all()}
                    </button>
                </div>
                <ul>
                    <For
                        each=move || calls.with(|calls| calls.all().to_vec())
                        key=|call| call.path.clone()
                        let(call)
                    >
                        <Entry call forget=move |room: &str| change(&|calls| calls.forget(room)) />
                    </For>
                </ul>
                <p class="recent-note">
                    {words::recent_note()}
                </p>
            </section>
        </Show>
    }
}

#[component]
fn Entry(call: RecentCall, forget: impl Fn(&str) + 'static) -> impl IntoView {
    let RecentCall { path, room, at } = call;
    let label = words::forget(&room);
    view! {
        <li>
            <a href=path>{room.clone()}</a>
            <span>{words::day(at)}</span>
            <button
                type="button"
                class="icon-button"
                aria-label=label.clone()
                title=label
                on:click=move |_| forget(&room)
            >
                <Icon kind=IconKind::Close />
            </button>
        </li>
    }
}
