//! The network check as code that comes when somebody wants it, as the call's screen does
//! ([`super::call_code`]): few ever do.

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::call_code::Code;
use crate::components::network_check::CheckOpen;
use crate::state::Session;

/// The button "Check my network", and the dialog it opens.
#[component]
pub fn CheckButton() -> impl IntoView {
    let open = RwSignal::new(false);
    provide_context(CheckOpen(open));
    let code = RwSignal::new(Code::Absent);
    let relay = expect_context::<Session>().relay();
    let press = move |_| {
        if code.get_untracked() != Code::Here {
            spawn_local(async move {
                let found = if load().await.is_ok() {
                    Code::Here
                } else {
                    Code::Missing
                };
                // The lobby may be gone meanwhile.
                code.try_set(found);
            });
        }
        open.set(true);
    };
    let dialog = move || {
        // What has been loaded answers at once.
        (code.get() == Code::Here).then(|| network_check().now_or_never()?.ok())
    };
    view! {
        <button
            type="button"
            class="button button--small"
            // Before the server has answered there is nothing to try.
            disabled=move || relay.get().is_none()
            on:click=press
        >
            "Check my network"
        </button>
        <p class="quiet" role="status">
            {move || {
                (code.get() == Code::Missing)
                    .then_some("The check did not load. Look at your network and try again.")
            }}
        </p>
        {dialog}
    }
}

#[cfg(feature = "split")]
mod apart {
    #![allow(
        missing_docs,
        reason = "the attribute writes functions of its own, without words"
    )]

    use leptos::prelude::*;
    use leptos::wasm_split::{SplitLoaderError, wasm_split};

    use crate::components::network_check::NetworkCheck;

    #[wasm_split(
        network_check,
        wasm_split_path = leptos::wasm_split,
        fallible,
        preload(load)
    )]
    pub(super) fn network_check() -> Result<AnyView, SplitLoaderError> {
        Ok(view! { <NetworkCheck /> }.into_any())
    }
}

/// The same in one piece, as `trunk serve` builds it.
#[cfg(not(feature = "split"))]
mod apart {
    use std::convert::Infallible;
    use std::future::{Ready, ready};

    use leptos::prelude::*;

    use crate::components::network_check::NetworkCheck;

    pub(super) fn load() -> Ready<Result<(), Infallible>> {
        ready(Ok(()))
    }

    pub(super) fn network_check() -> Ready<Result<AnyView, Infallible>> {
        ready(Ok(view! { <NetworkCheck /> }.into_any()))
    }
}

use apart::{load, network_check};
