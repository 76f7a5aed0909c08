//! `/r/{room}`: reads the link, begins the session, and shows the screen of its phase.

use call::{Access, CallLink, InvalidLink, Phase, RefusalView, TurnedAway};
use leptos::prelude::*;

use super::call_code::CallCode;
use super::ended::{EndedScreen, RefusedScreen};
use super::later::Code;
use super::lobby::Lobby;
use super::phrase_code::phrase_place;
use crate::app::Navigator;
use crate::browser::{self, Former};
use crate::components::dom;
use crate::components::message::MessageScreen;
use crate::components::phrase_form::AskPhrase;
use crate::components::text;
use crate::components::toast::Announcer;
use crate::session;
use crate::words;

/// The page of a room. Another link in the address bar is another session.
#[component]
pub fn RoomPage() -> impl IntoView {
    let navigator = expect_context::<Navigator>();
    let now = navigator.address();
    let address = Memo::new(move |last: Option<&String>| {
        let now = now.read();
        match last {
            // On the way to another page the address changes before this one is gone.
            Some(last) if !now.path.starts_with("/r/") => last.clone(),
            _ if now.fragment.is_empty() => now.path.clone(),
            _ => format!("{}#{}", now.path, now.fragment),
        }
    });
    let link = Memo::new(move |_| CallLink::parse(&address.read()));
    Effect::new(move |_| {
        // One spelling for each room, so that the address bar can be copied, too.
        let path = link.read().as_ref().ok().map(CallLink::path);
        if let Some(path) = path.filter(|path| *path != *address.read()) {
            navigator.respell(&path);
        }
    });
    let visit = RwSignal::new(0_u32);
    let again = Callback::new(move |()| visit.update(|visit| *visit += 1));
    move || {
        visit.track();
        match link.get() {
            Ok(link) => view! { <Room link again /> }.into_any(),
            Err(problem) => view! { <WrongLink problem /> }.into_any(),
        }
    }
}

/// Which screen a phase is shown on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Screen {
    Lobby,
    Call,
    /// In the call, but its screen did not come.
    Missing,
    Ended(Phase),
    Refused(RefusalView),
}

impl Screen {
    pub(super) fn of(phase: Phase, entered: bool, code: Code) -> Self {
        match (phase, code) {
            (_, Code::Here) if entered => Self::Call,
            (_, Code::Missing) if entered => Self::Missing,
            (Phase::Left | Phase::Removed | Phase::TurnedAway(_), _) => Self::Ended(phase),
            (Phase::Refused(refusal), _) => Self::Refused(refusal),
            (Phase::Lobby | Phase::Joining | Phase::InCall, _) => Self::Lobby,
        }
    }
}

#[component]
fn Room(link: CallLink, again: Callback<()>) -> impl IntoView {
    let of_phrase = || browser::load_phrase_key(&link).map(Access::Member);
    let access = link.access().or_else(of_phrase);
    if link.phrase {
        provide_context(AskPhrase(link.clone(), again));
    }
    let Some(access) = access else {
        return phrase_place();
    };
    let whole = format!(
        "{}{}",
        window().location().origin().unwrap_or_default(),
        link.path()
    );
    let former = match Former::take(&link.room) {
        Former::Known(former) => former,
        Former::Unclear(former) => {
            leptos::task::spawn_local(async move {
                former.find_out(&link.room).await;
                // Where the page is another one by now, nobody asks.
                again.try_run(());
            });
            return ().into_any();
        }
    };
    provide_context(session::start(&link, access, whole, former));
    view! { <RoomScreens again /> }.into_any()
}

/// The screens of the session in the context.
#[component]
pub fn RoomScreens(
    /// Told when the person wants in once more after leaving.
    again: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<crate::state::Session>();
    provide_context(Announcer::default());
    let view = session.view();
    let joining = session.is(|view| matches!(view.phase, Phase::Joining | Phase::InCall));
    let code = CallCode::default();
    provide_context(code);
    Effect::new(move |_| {
        if joining.get() {
            code.fetch();
        }
    });
    let screen = Memo::new(move |_| {
        let view = view.read();
        Screen::of(view.phase, view.entered, code.state())
    });
    move || match screen.get() {
        Screen::Lobby => view! { <Lobby /> }.into_any(),
        Screen::Call => {
            dom::let_go_of_focus();
            code.screen().into_any()
        }
        Screen::Missing => view! { <CodeMissing code /> }.into_any(),
        Screen::Ended(phase) => ended(phase, again),
        Screen::Refused(refusal) => view! { <RefusedScreen refusal again /> }.into_any(),
    }
}

/// What is said once nothing will happen any more, and what can be done.
fn ended(phase: Phase, again: Callback<()>) -> AnyView {
    let (title, words, back) = match phase {
        Phase::TurnedAway(TurnedAway::Ended) => {
            (words::link_ended_title(), words::link_ended(), None)
        }
        Phase::TurnedAway(TurnedAway::Used) => (words::link_used_title(), words::link_used(), None),
        Phase::Removed => (
            words::removed_title(),
            words::removed_words(),
            Some(words::ask_to_come_back()),
        ),
        Phase::Left | Phase::Lobby | Phase::Joining | Phase::InCall | Phase::Refused(_) => (
            words::left_title(),
            words::left_words(),
            Some(words::join_again()),
        ),
    };
    view! { <EndedScreen title words back again /> }.into_any()
}

/// The call's screen did not come: the network is away, or the server has another version by now.
#[component]
fn CodeMissing(code: CallCode) -> impl IntoView {
    view! {
        <MessageScreen title=words::code_missing_title() words=words::code_missing()>
            <button type="button" class="button button--primary" on:click=move |_| code.fetch()>
                {words::try_again()}
            </button>
            <button
                type="button"
                class="button"
                on:click=|_| {
                    // A page that cannot be reloaded stays as it is, with its advice.
                    let _ = window().location().reload();
                }
            >
                {words::reload()}
            </button>
        </MessageScreen>
    }
}

#[component]
fn WrongLink(problem: InvalidLink) -> impl IntoView {
    let (title, words) = text::wrong_link(problem);
    view! {
        <MessageScreen title words>
            <a class="button button--primary" href="/">
                {words::home()}
            </a>
        </MessageScreen>
    }
}
