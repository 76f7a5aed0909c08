//! Where one begins a call or goes to one.

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

use super::recent_code::RecentCalls;
use crate::app::Navigator;
use crate::components::brand::Brand;
use crate::components::dom;
use crate::components::icon::{Icon, IconKind};
use crate::components::illustration::Cans;
use crate::components::text;
use crate::state::new_call_path;

/// The home page.
#[component]
pub fn Home() -> impl IntoView {
    dom::title(|| text::PRODUCT.to_owned());
    let navigator = expect_context::<Navigator>();
    view! {
        <div class="page page--home">
            <header class="top">
                <Brand />
            </header>
            <main class="home">
                <div class="home-words">
                    <h1>"Send a link, and talk"</h1>
                    <p class="lead">
                        "A video call straight from browser to browser: press the button, send the link, and whoever opens it is in. Nothing to install, no account."
                    </p>
                    <button
                        type="button"
                        class="button button--primary button--large"
                        on:click=move |_| navigator.go(&new_call_path())
                    >
                        <Icon kind=IconKind::NewCall />
                        "New call"
                    </button>
                    <GoToCall />
                    <RecentCalls />
                </div>
                <Cans class="home-picture" />
                <ul class="home-points">
                    <li>
                        <Icon kind=IconKind::Lock />
                        <p>
                            <strong>"Between you. "</strong>
                            "Sound and picture travel encrypted from browser to browser, and the link’s key never reaches a server."
                        </p>
                    </li>
                    <li>
                        <Icon kind=IconKind::People />
                        <p>
                            <strong>"For a handful of people. "</strong>
                            "Friends, family or a small team, each on whatever computer or phone is at hand."
                        </p>
                    </li>
                    <li>
                        <Icon kind=IconKind::Done />
                        <p>
                            <strong>"Nothing kept by the server. "</strong>
                            "A call is there while somebody is in it, and gone when the last one leaves."
                        </p>
                    </li>
                </ul>
            </main>
        </div>
    }
}

/// The field for those who were given a link or agreed on a name.
#[component]
fn GoToCall() -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let node = NodeRef::<Input>::new();
    let wrong = RwSignal::new(None);
    let go = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = node.get_untracked() else {
            return;
        };
        match crate::state::typed_call_path(&input.value()) {
            Ok(path) => navigator.go(&path),
            Err(problem) => {
                wrong.set(Some(problem));
                dom::focus(&input);
            }
        }
    };
    view! {
        <form class="go" on:submit=go novalidate>
            <label class="field-label" for="call">
                "Call link or name"
            </label>
            <div class="go-row">
                <input
                    class="input"
                    id="call"
                    node_ref=node
                    type="text"
                    inputmode="url"
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    enterkeyhint="go"
                    placeholder="team-tea"
                    aria-invalid=move || wrong.get().is_some().to_string()
                    aria-describedby="call-wrong"
                    on:input=move |_| wrong.set(None)
                />
                <button type="submit" class="button">
                    "Go"
                </button>
            </div>
            <p class="field-wrong" id="call-wrong" role="alert">
                {move || {
                    wrong
                        .get()
                        .map(|problem| {
                            let (what, advice) = text::wrong_link(problem);
                            format!("{what}. {advice}")
                        })
                }}
            </p>
        </form>
    }
}
