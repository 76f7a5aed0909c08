//! The bar of the call: one press for each thing one does all the time.

use call::Intent;
use leptos::prelude::*;

use super::device_menu::{DeviceMenu, DeviceMenuKind};
use super::devices::{CameraToggle, MicrophoneToggle, toggle_state};
use super::icon::{Icon, IconKind};
use super::shortcuts;
use super::text;
use super::toggle::{Toggle, ToggleState};
use crate::browser;
use crate::state::Session;
use crate::words;

/// The bar. What it opens is shown by the call's page.
#[component]
pub fn Controls(
    /// The panel "Chat".
    chat: RwSignal<bool>,
    /// The panel "People".
    people: RwSignal<bool>,
    /// The dialog "More options".
    more: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let participants = session.participants();
    let in_call = Memo::new(move |_| 1 + participants.read().iter().filter(|p| p.in_call).count());
    let listens = session.view().with_untracked(|view| view.me.listens);
    let words = session.chat();
    let unread = Memo::new(move |_| words.read().unread);
    view! {
        <div class="controls" role="region" aria-label=words::call_controls()>
            {(!listens)
                .then(|| {
                    view! {
                        <div class="control-pair">
                            <MicrophoneToggle keys="M" />
                            <DeviceMenu kind=DeviceMenuKind::Sound />
                        </div>
                        <div class="control-pair">
                            <CameraToggle keys="V" />
                            <DeviceMenu kind=DeviceMenuKind::Picture />
                        </div>
                        {browser::can_share_screen().then(|| view! { <ScreenToggle /> })}
                    }
                })}
            <span class="controls-gap"></span>
            <button
                type="button"
                class="control"
                class:control--lit=move || chat.get()
                title=shortcuts::hint(words::chat(), "C")
                aria-keyshortcuts="C"
                aria-label=move || text::chat_button(unread.get())
                aria-expanded=move || chat.get().to_string()
                aria-controls="chat"
                on:click=move |_| chat.update(|open| *open = !*open)
            >
                <span
                    class="control-icon"
                    class:control-icon--count=move || { unread.get() > 0 }
                    data-count=unread
                >
                    <Icon kind=IconKind::Chat />
                </span>
                <span class="control-caption" aria-hidden="true">{words::chat()}</span>
            </button>
            <button
                type="button"
                class="control"
                class:control--lit=move || people.get()
                title=shortcuts::hint(words::people(), "P")
                aria-keyshortcuts="P"
                aria-label=words::people()
                aria-expanded=move || people.get().to_string()
                aria-controls="people"
                on:click=move |_| people.update(|open| *open = !*open)
            >
                <span class="control-icon control-icon--count" data-count=in_call>
                    <Icon kind=IconKind::People />
                </span>
                <span class="control-caption" aria-hidden="true">{words::people()}</span>
            </button>
            <button
                type="button"
                class="control"
                title=words::more_options()
                aria-label=words::more_options()
                aria-haspopup="dialog"
                on:click=move |_| more.set(true)
            >
                <span class="control-icon">
                    <Icon kind=IconKind::More />
                </span>
                <span class="control-caption" aria-hidden="true">{words::more()}</span>
            </button>
            <button
                type="button"
                class="control control--leave"
                title=shortcuts::hint(words::leave_call(), "Shift+L")
                aria-keyshortcuts="Shift+L"
                aria-label=words::leave_call()
                on:click=move |_| session.send(Intent::Leave)
            >
                <span class="control-icon">
                    <Icon kind=IconKind::Leave />
                </span>
                <span class="control-caption" aria-hidden="true">{words::leave()}</span>
            </button>
        </div>
    }
}

/// "Share screen" or "Stop sharing".
#[component]
fn ScreenToggle() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let state = Memo::new(move |_| toggle_state(me.read().screen));
    view! {
        <Toggle
            state=state.into()
            on_icon=IconKind::ScreenOff
            off_icon=IconKind::Screen
            on_label=words::stop_sharing()
            off_label=words::share_screen()
            caption=Signal::derive(move || {
                if state.get() == ToggleState::On { words::stop() } else { words::share() }
            })
            highlight_on=true
            keys="S"
            on_toggle=Callback::new(move |on| session.send(Intent::SetScreen(on)))
        />
    }
}
