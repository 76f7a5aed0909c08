//! Who wants to come in, for the hosts to decide and everybody inside to know. Said in the live region; the
//! focus stays where it is.

use call::{Intent, PeerKey};
use leptos::prelude::*;
use protocol::RoomAction;

use super::lookalike::LookalikeBadge;
use super::text;
use crate::state::Session;
use crate::words;

/// One line for each who knocks.
#[component]
pub fn Knocks() -> impl IntoView {
    let session = expect_context::<Session>();
    let me = session.me();
    let host = Memo::new(move |_| me.read().host);
    let participants = session.participants();
    let knocking = Memo::new(move |_| {
        let all = participants.read();
        let knocking = all.iter().filter(|who| who.knocking);
        knocking
            .map(|who| {
                let name = text::name_or_guest(who.name.as_ref());
                (who.key, name, who.barred)
            })
            .collect::<Vec<(PeerKey, String, bool)>>()
    });
    let say = move |action, key| session.send(Intent::Room(action, Some(key)));
    view! {
        <For each=move || knocking.get() key=Clone::clone let((key, name, barred))>
            <div class="toast toast--knock">
                <span>{text::knock(&name, barred)} " " <LookalikeBadge key=Some(key) /></span>
                <Show when=move || host.get()>
                    <div class="knock-actions">
                        <button
                            type="button"
                            class="button button--small"
                            aria-label=words::action_for(words::let_in(), &name)
                            on:click=move |_| say(RoomAction::Admit, key)
                        >
                            {words::let_in()}
                        </button>
                        <button
                            type="button"
                            class="button button--small"
                            aria-label=words::action_for(words::not_now(), &name)
                            on:click=move |_| say(RoomAction::Refuse, key)
                        >
                            {words::not_now()}
                        </button>
                    </div>
                </Show>
            </div>
        </For>
        <Show when=move || host.get() && { knocking.read().len() > 1 }>
            <div class="toast toast--knock">
                <span>{move || text::people_wait(knocking.read().len())}</span>
                <button
                    type="button"
                    class="button button--small"
                    on:click=move |_| session.send(Intent::AdmitAll)
                >
                    {words::let_all_in()}
                </button>
            </div>
        </Show>
    }
}
