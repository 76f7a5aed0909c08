//! One message: who, when, what, and a button to copy it.

use call::{MessageView, Source};
use leptos::prelude::*;
use wasm_bindgen::JsValue;

use super::icon::{Icon, IconKind};
use super::links::{Part, parts};
use super::text;
use super::toast::Announcer;
use crate::browser;
use crate::words;

/// Shows a message as text; nothing in it is ever markup.
#[component]
pub fn ChatMessage(
    /// What to show.
    message: MessageView,
) -> impl IntoView {
    let announcer = expect_context::<Announcer>();
    let author = match &message.source {
        Source::Me => text::own_name(message.name.as_ref()),
        Source::Author | Source::PassedOn(_) => text::name_or_guest(message.name.as_ref()),
    };
    let passed_on = match &message.source {
        Source::PassedOn(by) => Some(words::passed_on_by(&text::name_or_guest(by.as_ref()))),
        Source::Me | Source::Author => None,
    };
    let what = parts(&message.text)
        .into_iter()
        .map(|part| match part {
            Part::Text(words) => words.into_any(),
            Part::Link(address) => {
                let href = address.clone();
                view! {
                    <a href=href rel="noopener noreferrer" target="_blank">
                        {address}
                    </a>
                }
                .into_any()
            }
        })
        .collect_view();
    let whole = message.text.clone();
    let copy = move |_| {
        let whole = whole.clone();
        leptos::task::spawn_local(async move {
            if browser::copy_text(&whole).await {
                announcer.say(words::message_copied());
            }
        });
    };
    view! {
        <article class="said" class:said--mine=message.source == Source::Me>
            <p class="said-head">
                <bdi class="said-author">{author}</bdi>
                <time>{clock(message.sent)}</time>
                <button type="button" class="icon-button said-copy" aria-label=words::copy_message() on:click=copy>
                    <Icon kind=IconKind::Copy />
                </button>
            </p>
            <p class="said-text" dir="auto">
                {what}
            </p>
            {passed_on.map(|words| view! { <p class="quiet">{words}</p> })}
        </article>
    }
}

/// Hours and minutes where the reader is.
fn clock(millis: u64) -> String {
    let date = js_sys::Date::new(&JsValue::from_f64(millis as f64));
    format!("{:02}:{:02}", date.get_hours(), date.get_minutes())
}
