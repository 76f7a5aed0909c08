//! The call's screen as code that comes later: nobody in the lobby needs it to be there, so the
//! release build puts it into a file of its own (`xtask/src/split.rs`), fetched while the person
//! looks at themselves or, at the latest, when they press the button.

use futures::FutureExt;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Whether the code is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Code {
    /// Nobody asked for it yet.
    #[default]
    Absent,
    /// On its way.
    Coming,
    /// It can run.
    Here,
    /// It was not to be had; asking again may help.
    Missing,
}

/// The code of the call's screen, for the screens of one session.
#[derive(Clone, Copy, Default)]
pub struct CallCode(RwSignal<Code>);

impl CallCode {
    /// Whether it is there.
    pub fn state(self) -> Code {
        self.0.get()
    }

    /// Sees to it that it comes.
    pub fn fetch(self) {
        if matches!(self.0.get_untracked(), Code::Coming | Code::Here) {
            return;
        }
        self.0.set(Code::Coming);
        spawn_local(async move {
            let found = if load().await.is_ok() {
                Code::Here
            } else {
                Code::Missing
            };
            // The session may have ended meanwhile.
            self.0.try_set(found);
        });
    }

    /// The screen, and nothing while its code is not there.
    pub fn screen(self) -> Option<AnyView> {
        if self.0.get() != Code::Here {
            return None;
        }
        // What has been loaded answers at once.
        call_screen().now_or_never()?.ok()
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

    use crate::pages::call::CallScreen;

    #[wasm_split(
        call_screen,
        wasm_split_path = leptos::wasm_split,
        fallible,
        preload(load)
    )]
    pub(super) fn call_screen() -> Result<AnyView, SplitLoaderError> {
        Ok(view! { <CallScreen /> }.into_any())
    }
}

/// The same in one piece, as `trunk serve` builds it.
#[cfg(not(feature = "split"))]
mod apart {
    use std::convert::Infallible;
    use std::future::{Ready, ready};

    use leptos::prelude::*;

    use crate::pages::call::CallScreen;

    pub(super) fn load() -> Ready<Result<(), Infallible>> {
        ready(Ok(()))
    }

    pub(super) fn call_screen() -> Ready<Result<AnyView, Infallible>> {
        ready(Ok(view! { <CallScreen /> }.into_any()))
    }
}

use apart::{call_screen, load};
