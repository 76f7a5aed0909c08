//! `/r/{room}`: reads the link, begins the session, and shows the screen of its phase.

use call::{CallLink, InvalidLink, Phase, RefusalView};
use leptos::prelude::*;
use leptos_router::NavigateOptions;
use leptos_router::hooks::{use_location, use_navigate};

use super::call::CallScreen;
use super::ended::{LeftScreen, RefusedScreen};
use super::lobby::Lobby;
use crate::components::message::MessageScreen;
use crate::components::text;
use crate::components::toast::Announcer;
use crate::session;

/// The page of a room. Another link in the address bar is another session.
#[component]
pub fn RoomPage() -> impl IntoView {
    let location = use_location();
    let navigate = use_navigate();
    let address = Memo::new(move |last: Option<&String>| {
        let path = location.pathname.get();
        let hash = location.hash.get();
        match last {
            // On the way to another page the address changes before this one is gone.
            Some(last) if !path.starts_with("/r/") => last.clone(),
            _ => format!("{}#{}", decoded(&path), hash.trim_start_matches('#')),
        }
    });
    Effect::new(move |_| {
        // One spelling for each room, so that the address bar can be copied, too.
        let address = address.get();
        if let Ok(link) = CallLink::parse(&address) {
            let path = link.path();
            if path != address.trim_end_matches('#') {
                let replace = NavigateOptions {
                    replace: true,
                    ..NavigateOptions::default()
                };
                navigate(&path, replace);
            }
        }
    });
    let visit = RwSignal::new(0_u32);
    let again = Callback::new(move |()| visit.update(|visit| *visit += 1));
    move || {
        visit.track();
        match CallLink::parse(&address.read()) {
            Ok(link) => view! { <Room link again /> }.into_any(),
            Err(problem) => view! { <WrongLink problem /> }.into_any(),
        }
    }
}

fn decoded(path: &str) -> String {
    js_sys::decode_uri_component(path).map_or_else(|_| path.to_owned(), String::from)
}

/// Which screen a phase is shown on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Screen {
    Lobby,
    Call,
    Left,
    Refused(RefusalView),
}

impl From<Phase> for Screen {
    fn from(phase: Phase) -> Self {
        match phase {
            Phase::Lobby | Phase::Joining => Self::Lobby,
            Phase::InCall => Self::Call,
            Phase::Left => Self::Left,
            Phase::Refused(refusal) => Self::Refused(refusal),
        }
    }
}

#[component]
fn Room(link: CallLink, again: Callback<()>) -> impl IntoView {
    let whole = format!(
        "{}{}",
        window().location().origin().unwrap_or_default(),
        link.path()
    );
    provide_context(session::start(&link, whole));
    view! { <RoomScreens again /> }
}

/// The screens of the session in the context.
#[component]
pub fn RoomScreens(
    /// Told when the person wants in once more after leaving.
    again: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<crate::state::Session>();
    provide_context(Announcer::new());
    let phase = session.phase();
    let screen = Memo::new(move |_| Screen::from(phase.get()));
    move || match screen.get() {
        Screen::Lobby => view! { <Lobby /> }.into_any(),
        Screen::Call => view! { <CallScreen /> }.into_any(),
        Screen::Left => view! { <LeftScreen again /> }.into_any(),
        Screen::Refused(refusal) => view! { <RefusedScreen refusal again /> }.into_any(),
    }
}

#[component]
fn WrongLink(problem: InvalidLink) -> impl IntoView {
    let (title, words) = text::wrong_link(problem);
    view! {
        <MessageScreen title words>
            <a class="button button--primary" href="/">
                "Home"
            </a>
        </MessageScreen>
    }
}
