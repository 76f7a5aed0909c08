//! The menu of a participant: how loud they are played, over what the connection to them goes, how long it takes there and
//! back, and how it was made.

use std::time::Duration;

use call::{PeerKey, path_in_use};
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::dialog::Dialog;
use super::icon::{Icon, IconKind};
use super::lookalike::LookalikeAdvice;
use super::safety_code::SafetyCode;
use super::text::{self, paths};
use super::trouble::TroubleNote;
use super::volumes::VolumeOptions;
use super::waterfall::Waterfall;
use crate::browser;
use crate::state::Session;
use crate::words;

/// Between two looks at a connection while somebody looks at this.
const EVERY: Duration = Duration::from_secs(2);

/// Whose menu is open; found in the context of the call's screen.
#[derive(Clone, Copy)]
pub struct ParticipantMenu {
    open: RwSignal<bool>,
    of: RwSignal<Option<PeerKey>>,
}

impl ParticipantMenu {
    /// Nobody's.
    pub fn closed() -> Self {
        Self {
            open: RwSignal::new(false),
            of: RwSignal::new(None),
        }
    }

    /// Somebody's, from the beginning.
    #[cfg(debug_assertions)]
    pub fn open(key: PeerKey) -> Self {
        Self {
            open: RwSignal::new(true),
            of: RwSignal::new(Some(key)),
        }
    }
}

/// "Options for Ada", in the corner of her tile.
#[component]
pub fn OptionsButton(
    /// Whose tile.
    key: PeerKey,
    /// What they are called.
    #[prop(into)]
    name: Signal<String>,
) -> impl IntoView {
    let menu = expect_context::<ParticipantMenu>();
    let label = Memo::new(move |_| words::options_for(&name.read()));
    view! {
        <button
            type="button"
            class="tile-action"
            aria-label=label
            title=label
            aria-haspopup="dialog"
            on:click=move |_| {
                menu.of.set(Some(key));
                menu.open.set(true);
            }
        >
            <Icon kind=IconKind::More />
        </button>
    }
}

/// The dialog.
#[component]
pub fn ParticipantOptions() -> impl IntoView {
    let session = expect_context::<Session>();
    let ParticipantMenu { open, of } = expect_context();
    let participants = session.participants();
    let name = Memo::new(move |_| {
        let all = participants.read();
        let who = all.iter().find(|who| Some(who.key) == of.get());
        text::name_or_guest(who.and_then(|who| who.name.as_ref()))
    });
    let title = Signal::derive(move || words::options_for(&name.read()));
    view! {
        <Dialog open title heading_id="participant-title">
            {move || of.get().map(|key| view! { <Connection key name /> })}
        </Dialog>
    }
}

/// What is known of the connection, as long as it is looked at.
#[component]
fn Connection(key: PeerKey, name: Memo<String>) -> impl IntoView {
    let session = expect_context::<Session>();
    let participant = session.participant(key);
    let steps = Memo::new(move |_| {
        let who = participant.read();
        who.as_ref().map_or_else(Vec::new, |who| who.setup.clone())
    });
    let path = RwSignal::new(None);
    let me = session.me();
    let look = move || {
        let connection = session.connection(key);
        let hidden = me.with_untracked(|me| me.settings.hide_address);
        spawn_local(async move {
            let entries = match connection {
                Some(connection) => browser::read_stats(&connection).await,
                None => Vec::new(),
            };
            // The dialog may be closed by now.
            path.try_set(path_in_use(&entries, hidden));
        });
    };
    look();
    if let Ok(timer) = set_interval_with_handle(look, EVERY) {
        on_cleanup(move || timer.clear());
    }
    let words = move || {
        path.get()
            .map_or_else(|| words::not_connected().to_owned(), paths::path)
    };
    view! {
        <VolumeOptions key name />
        <section class="dialog-section">
            <h3>{words::connection()}</h3>
            <p>{words}</p>
            <TroubleNote key name />
        </section>
        <LookalikeAdvice key />
        <SafetyCode key name />
        <Waterfall steps=steps.into() />
    }
}
