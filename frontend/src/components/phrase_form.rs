//! Where a pass phrase is typed: to begin a call with, to open one, and to try another.

use call::{CallLink, Intent, NoticeKind};
use leptos::ev::SubmitEvent;
use leptos::html::Input;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dom;
use super::message::MessageScreen;
use super::text::phrase;
use crate::app::Navigator;
use crate::browser::{self, NoKey};
use crate::state::Session;
use crate::words;

/// Of the page of a call that needs a phrase: its link, and what is told when the key is there, kept
/// for this tab. A context.
#[derive(Clone)]
pub struct AskPhrase(pub CallLink, pub Callback<()>);

/// What there is to ask or say about a phrase, on whatever page this is.
#[component]
pub fn PhraseForm() -> impl IntoView {
    let Some(AskPhrase(link, done)) = use_context() else {
        // The home page.
        let navigator = expect_context::<Navigator>();
        let link = CallLink::new(browser::random()).with_phrase();
        let path = link.path();
        let done = Callback::new(move |()| navigator.go(&path));
        return view! { <Field link begins=true done /> }.into_any();
    };
    match use_context::<Session>() {
        Some(session) => view! { <Given session link done /> }.into_any(),
        // Nothing is connected before.
        None => view! {
            <MessageScreen title=words::phrase_title() words=words::phrase_asked()>
                <Field link done />
            </MessageScreen>
        }
        .into_any(),
    }
}

/// In the lobby: one line as long as all is well.
#[component]
fn Given(session: Session, link: CallLink, done: Callback<()>) -> impl IntoView {
    let view = session.view();
    let apart = Memo::new(move |_| view.read().apart);
    let notices = session.notices();
    Effect::new(move |_| {
        // What it says is said here, with what to do about it.
        for notice in notices.get() {
            if apart.get() && notice.kind == NoticeKind::WithoutKey {
                session.send(Intent::Dismiss(notice.id));
            }
        }
    });
    let changing = RwSignal::new(false);
    view! {
        <div class="phrase-given" class:phrase-given--wrong=move || apart.get()>
            <p role="alert" class="phrase-wrong">
                {move || apart.get().then_some(words::phrase_wrong())}
            </p>
            <Show
                when=move || apart.get() || changing.get()
                fallback=move || {
                    view! {
                        <p class="quiet">{words::phrase_given()}</p>
                        <button
                            type="button"
                            class="button button--small"
                            on:click=move |_| changing.set(true)
                        >
                            {words::phrase_change()}
                        </button>
                    }
                }
            >
                <Field link=link.clone() done />
            </Show>
        </div>
    }
}

/// How far a phrase got.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Typing,
    Opening,
    Wrong(NoKey),
}

#[component]
fn Field(
    /// The link that the key is made with.
    link: CallLink,
    /// The phrase is chosen here.
    #[prop(optional)]
    begins: bool,
    /// Told when the key is kept.
    done: Callback<()>,
) -> impl IntoView {
    let node = NodeRef::<Input>::new();
    let shown = RwSignal::new(begins);
    let progress = RwSignal::new(Progress::Typing);
    Effect::new(move |_| {
        if let Some(input) = node.get() {
            dom::focus(&input);
        }
    });
    let open = move |event: SubmitEvent| {
        event.prevent_default();
        let Some(input) = node.get_untracked() else {
            return;
        };
        if progress.get_untracked() == Progress::Opening {
            return;
        }
        progress.set(Progress::Opening);
        let (link, typed) = (link.clone(), input.value());
        spawn_local(async move {
            match browser::phrase_key(&link, &typed).await {
                // Whoever went elsewhere meanwhile is not fetched back.
                Ok(_) if progress.is_disposed() => {}
                Ok(key) => {
                    browser::keep_phrase_key(&link, &key);
                    done.run(());
                }
                Err(problem) => {
                    progress.try_set(Progress::Wrong(problem));
                    dom::focus(&input);
                }
            }
        });
    };
    let go = if begins {
        words::phrase_begin()
    } else {
        words::phrase_open()
    };
    view! {
        <form class="go phrase" on:submit=open novalidate>
            <label class="field-label" for="phrase">
                {words::phrase_field()}
            </label>
            <div class="go-row">
                <input
                    class="input"
                    id="phrase"
                    node_ref=node
                    type=move || if shown.get() { "text" } else { "password" }
                    autocomplete="off"
                    autocapitalize="none"
                    spellcheck="false"
                    enterkeyhint="go"
                    aria-invalid=move || matches!(progress.get(), Progress::Wrong(_)).to_string()
                    aria-describedby="phrase-wrong"
                    on:input=move |_| progress.set(Progress::Typing)
                />
                <button
                    type="button"
                    class="button"
                    aria-label=move || phrase::show(shown.get()).1
                    on:click=move |_| shown.update(|shown| *shown = !*shown)
                >
                    {move || phrase::show(shown.get()).0}
                </button>
            </div>
            <p class="field-wrong" id="phrase-wrong" role="alert">
                {move || match progress.get() {
                    Progress::Wrong(problem) => phrase::no_key(problem),
                    Progress::Typing | Progress::Opening => "",
                }}
            </p>
            <button
                type="submit"
                class="button button--primary"
                aria-disabled=move || (progress.get() == Progress::Opening).to_string()
            >
                {move || if progress.get() == Progress::Opening { words::phrase_opening() } else { go }}
            </button>
            {begins.then(|| view! { <p class="quiet">{words::phrase_why()}</p> })}
        </form>
    }
}
