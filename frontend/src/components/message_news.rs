//! What somebody wrote, said to those who hear the page while the chat is closed.

use call::{MessageView, Source, Switch};
use leptos::prelude::*;

use super::text;
use crate::state::Session;
use crate::words;

/// A region that nobody sees. What was written before one came, and what is passed on of those who
/// left, is no news.
#[component]
pub fn MessageNews(
    /// The chat is open, and says its messages itself.
    chat: RwSignal<bool>,
) -> impl IntoView {
    let session = expect_context::<Session>();
    let quiet = session.switch(Switch::Quiet);
    let said = session.chat();
    let news = RwSignal::new(Vec::new());
    Effect::new(move |last: Option<u32>| {
        let said = said.read();
        let newest = said.messages.iter().map(|m| m.id).max().unwrap_or(0);
        let Some(last) = last else { return newest };
        let silent = chat.get() || quiet.get();
        let new = said
            .messages
            .iter()
            .filter(|message| !silent && message.id > last && message.source == Source::Author);
        let new: Vec<_> = new.map(|message| (message.id, spoken(message))).collect();
        // What was said stays until something else is: a region that is emptied at once may be passed over.
        if silent || !new.is_empty() {
            news.set(new);
        }
        newest.max(last)
    });
    view! {
        <div class="visually-hidden" role="status">
            <For each=move || news.get() key=|(id, _)| *id let((_, words))>
                <p>{words}</p>
            </For>
        </div>
    }
}

fn spoken(message: &MessageView) -> String {
    let name = text::name_or_guest(message.name.as_ref());
    words::says(&name, &message.text)
}
