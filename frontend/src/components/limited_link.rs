//! Links that say less, as hosts make them: which limits, and the link to copy.

use call::Limits;
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::invite::LinkField;
use super::toast::Announcer;
use crate::browser;
use crate::state::Session;
use crate::words;

/// For how long links can be good, in hours.
const HOURS: [u32; 3] = [1, 24, 24 * 7];

/// What a host chooses; nothing where others stand, or where the link does not carry the whole key.
#[component]
pub fn LimitedLink() -> impl IntoView {
    let session = expect_context::<Session>();
    let announcer = expect_context::<Announcer>();
    let host = session.is(|view| view.me.host && view.private);
    let listen = RwSignal::new(false);
    let once = RwSignal::new(false);
    let hours = RwSignal::new(0_u32);
    let made = RwSignal::new(String::new());
    let copy = move |_| {
        let now = u32::try_from(browser::wall_clock() / 1_000).unwrap_or(u32::MAX);
        let hours = hours.get_untracked();
        let limits = Limits {
            listen: listen.get_untracked(),
            once: once.get_untracked(),
            until: (hours > 0).then(|| now.saturating_add(hours * 3_600)),
        };
        let Some(link) = session.limited_link(limits) else {
            return;
        };
        made.set(link.clone());
        leptos::task::spawn_local(async move {
            announcer.say(if browser::copy_text(&link).await {
                words::link_copied()
            } else {
                words::link_not_copied()
            });
        });
    };
    let times = [
        words::limits_hour(),
        words::limits_day(),
        words::limits_week(),
    ];
    view! {
        <Show when=move || host.get() && !session.has_phrase()>
            <section class="dialog-section" aria-labelledby="limits-title">
                <h3 id="limits-title">{words::limits_title()}</h3>
                <p class="quiet">{words::limits_words()}</p>
                <Limit on=listen words=words::limits_listen() />
                <Limit on=once words=words::limits_once() />
                <label class="field">
                    {words::limits_until()}
                    <select
                        class="input"
                        on:change:target=move |event| {
                            let chosen = event.target().value();
                            hours.set(chosen.parse().unwrap_or_default());
                        }
                    >
                        <option value="0">{words::limits_ever()}</option>
                        {HOURS
                            .into_iter()
                            .zip(times)
                            .map(|(hours, words)| view! { <option value=hours.to_string()>{words}</option> })
                            .collect_view()}
                    </select>
                </label>
                <button type="button" class="button" on:click=copy>
                    <Icon kind=IconKind::Copy />
                    {words::limits_copy()}
                </button>
                {move || {
                    let link = made.get();
                    (!link.is_empty()).then(|| view! { <LinkField link /> })
                }}
                <p class="quiet">{words::limits_note()}</p>
            </section>
        </Show>
    }
}

/// One of them, to be chosen or not.
#[component]
fn Limit(on: RwSignal<bool>, words: &'static str) -> impl IntoView {
    view! {
        <div class="switch-row">
            <label class="switch-label">
                <input
                    type="checkbox"
                    role="switch"
                    class="switch"
                    prop:checked=move || on.get()
                    on:change=move |_| on.update(|on| *on = !*on)
                />
                {words}
            </label>
        </div>
    }
}
