//! The panel "Chat": what people write to each other, and the field to write in.

use call::{Intent, Switch};
use leptos::html::{Div, Textarea};
use leptos::prelude::*;

use super::chat_message::ChatMessage;
use super::dom;
use super::icon::{Icon, IconKind};
use crate::browser;
use crate::state::Session;
use crate::words;

/// Whoever is this far from the end, in pixels, has scrolled up to read.
const AT_END: i32 = 40;

/// Beside the tiles, above them where there is no room. Not modal: the call goes on beside it.
#[component]
pub fn Chat(
    /// What is typed and not sent; it outlives the panel.
    draft: RwSignal<String>,
    /// Told when the person closes it.
    on_close: Callback<()>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let chat = session.chat();
    let quiet = session.switch(Switch::Quiet);
    let messages = Memo::new(move |_| chat.read().messages.clone());
    let possible = Memo::new(move |_| chat.read().possible);
    let log = NodeRef::<Div>::new();
    let at_end = RwSignal::new(true);
    let to_end = move || {
        if let Some(log) = log.get_untracked() {
            log.set_scroll_top(log.scroll_height());
        }
    };
    let news = RwSignal::new(false);
    Effect::new(move |known: Option<usize>| {
        let count = messages.read().len();
        if at_end.get_untracked() {
            // After the messages are in the document.
            request_animation_frame(to_end);
        } else if known.is_some_and(|known| count > known) {
            news.set(true);
        }
        count
    });
    Effect::new(move |_| {
        if at_end.get() {
            news.set(false);
        }
    });
    session.send(Intent::ReadChat(true));
    on_cleanup(move || session.send(Intent::ReadChat(false)));
    view! {
        <aside
            class="panel chat"
            id="chat"
            aria-labelledby="chat-title"
            on:keydown=move |event| {
                if event.key() == "Escape" {
                    on_close.run(());
                }
            }
        >
            <header class="panel-head">
                <h2 id="chat-title">{words::chat()}</h2>
                <button
                    type="button"
                    class="icon-button"
                    aria-label=words::close_chat()
                    on:click=move |_| on_close.run(())
                >
                    <Icon kind=IconKind::Close />
                </button>
            </header>
            <div
                class="chat-log"
                role="log"
                aria-label=words::messages()
                aria-live=move || if quiet.get() { "off" } else { "polite" }
                tabindex="0"
                node_ref=log
                on:scroll=move |_| {
                    if let Some(log) = log.get_untracked() {
                        let below = log.scroll_height() - log.scroll_top() - log.client_height();
                        at_end.set(below <= AT_END);
                    }
                }
            >
                <For
                    each=move || messages.get().to_vec()
                    key=|message| (message.id, matches!(message.source, call::Source::PassedOn(_)))
                    let:message
                >
                    <ChatMessage message />
                </For>
                <Show when=move || messages.read().is_empty()>
                    <p class="quiet">
                        {words::no_messages()}
                    </p>
                </Show>
            </div>
            <Show when=move || news.get()>
                <button type="button" class="button button--small chat-new" on:click=move |_| to_end()>
                    {words::new_messages()}
                </button>
            </Show>
            <Show
                when=move || possible.get()
                fallback=|| {
                    view! {
                        <p class="panel-foot">
                            {words::chat_insecure()}
                        </p>
                    }
                }
            >
                <Composer draft on_sent=Callback::new(move |()| at_end.set(true)) />
            </Show>
        </aside>
    }
}

/// The field and the button. Enter sends, Shift and Enter begins a new line.
#[component]
fn Composer(draft: RwSignal<String>, on_sent: Callback<()>) -> impl IntoView {
    let session = expect_context::<Session>();
    let field = NodeRef::<Textarea>::new();
    Effect::new(move |_| {
        if let Some(field) = field.get() {
            field.set_value(&draft.get_untracked());
            dom::focus(&field);
        }
    });
    let send = move || {
        let text = draft.get_untracked();
        if text.trim().is_empty() {
            return;
        }
        let millis = browser::wall_clock();
        session.send(Intent::Say { text, millis });
        on_sent.run(());
        draft.set(String::new());
        if let Some(field) = field.get_untracked() {
            field.set_value("");
            dom::focus(&field);
        }
    };
    view! {
        <form
            class="composer"
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <textarea
                class="input"
                rows="2"
                aria-label=words::message()
                placeholder=words::message()
                maxlength=protocol::MAX_CHAT_CHARS
                node_ref=field
                on:input=move |event| draft.set(event_target_value(&event))
                on:keydown=move |event| {
                    // Enter also ends the composition of a character.
                    if event.key() == "Enter" && !event.shift_key() && !event.is_composing() {
                        event.prevent_default();
                        send();
                    }
                }
            ></textarea>
            <button type="submit" class="button button--primary" aria-label=words::send() title=words::send()>
                <Icon kind=IconKind::Forward />
            </button>
        </form>
    }
}
