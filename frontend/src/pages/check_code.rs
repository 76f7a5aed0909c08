//! The network check as code that comes when somebody wants it, as the call's screen does
//! ([`super::call_code`]): few ever do.

use futures::FutureExt;
use leptos::prelude::*;

use super::later::{Code, later};
use crate::components::network_check::{CheckOpen, NetworkCheck};
use crate::state::Session;
use crate::words;

later!(network_check: NetworkCheck in aside);

/// The button "Check my network", and the dialog it opens.
#[component]
pub fn CheckButton() -> impl IntoView {
    let open = RwSignal::new(false);
    provide_context(CheckOpen(open));
    let code = RwSignal::new(Code::Absent);
    let unknown = expect_context::<Session>().is(|view| view.relay.is_none());
    let press = move |_| {
        Code::fetch(code, load());
        open.set(true);
    };
    // What has been loaded answers at once.
    let dialog = Code::view(code, || network_check().now_or_never()?.ok());
    view! {
        <button
            type="button"
            class="button button--small"
            // Before the server has answered there is nothing to try.
            disabled=move || unknown.get()
            on:click=press
        >
            {words::check_network()}
        </button>
        <p class="quiet" role="status">
            {move || {
                (code.get() == Code::Missing)
                    .then_some(words::check_missing())
            }}
        </p>
        {dialog}
    }
}
