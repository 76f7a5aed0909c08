//! Where one begins a call or goes to one.

use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;

use super::phrase_code::phrase_place;
use crate::app::Navigator;
use crate::components::brand::Brand;
use crate::components::dom;
use crate::components::icon::{Icon, IconKind};
use crate::components::illustration::Cans;
use crate::components::language_choice::{LanguageChoice, Spoken};
use crate::components::recent_calls::RecentCallsList;
use crate::components::text;
use crate::state::new_call_path;
use crate::words;

/// The home page.
#[component]
pub fn Home() -> impl IntoView {
    dom::title(|| text::PRODUCT.to_owned());
    let navigator = expect_context::<Navigator>();
    let address = navigator.address();
    let spoken = expect_context::<Spoken>();
    move || {
        spoken.track();
        view! {
            <div class="page page--home">
                <header class="top">
                    <Brand />
                    <LanguageChoice />
                </header>
                <main class="home">
                    <div class="home-words">
                        <h1>{words::home_title()}</h1>
                        <p class="lead">
                            {words::home_lead()}
                        </p>
                        <button
                            type="button"
                            class="button button--primary button--large"
                            on:click=move |_| navigator.go(&new_call_path())
                        >
                            <Icon kind=IconKind::NewCall />
                            {words::new_call()}
                        </button>
                        <a href="/#phrase">{words::phrase_begin_with()}</a>
                        {move || (address.read().fragment == "phrase").then(phrase_place)}
                        <GoToCall />
                        <RecentCallsList />
                    </div>
                    <Cans class="home-picture" />
                    <ul class="home-points">
                        <li>
                            <Icon kind=IconKind::Lock />
                            <p>
                                <strong>{words::home_private()}</strong>
                                " "
                                {words::home_private_words()}
                            </p>
                        </li>
                        <li>
                            <Icon kind=IconKind::People />
                            <p>
                                <strong>{words::home_few()}</strong>
                                " "
                                {words::home_few_words()}
                            </p>
                        </li>
                        <li>
                            <Icon kind=IconKind::Done />
                            <p>
                                <strong>{words::home_nothing_kept()}</strong>
                                " "
                                {words::home_nothing_kept_words()}
                            </p>
                        </li>
                    </ul>
                </main>
            </div>
        }
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
                {words::call_link_or_name()}
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
                    {words::go()}
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
