//! The calls that one was in lately, on the home page.

use js_sys::Date;
use leptos::html::H2;
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::dom;
use super::icon::{Icon, IconKind};
use super::text;
use crate::browser;
use crate::recent::{RecentCall, RecentCalls};

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
                        "Recent calls"
                    </h2>
                    <button
                        type="button"
                        class="button button--small"
                        on:click=move |_| change(&|calls| *calls = RecentCalls::default())
                    >
                        "Forget all"
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
                    "Kept in this browser alone. Whoever uses it can open these calls."
                </p>
            </section>
        </Show>
    }
}

#[component]
fn Entry(call: RecentCall, forget: impl Fn(&str) + 'static) -> impl IntoView {
    let RecentCall { path, room, at } = call;
    let label = format!("Forget {room}");
    view! {
        <li>
            <a href=path>{room.clone()}</a>
            <span>{day(at)}</span>
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

/// `Today`, or for example `23 November`.
fn day(at: u64) -> String {
    let date = Date::new(&JsValue::from_f64(at as f64));
    let today = Date::new_0();
    if date.to_date_string() == today.to_date_string() {
        return "Today".to_owned();
    }
    let month = text::MONTHS.get(date.get_month() as usize);
    format!("{} {}", date.get_date(), month.copied().unwrap_or_default())
}
