//! Parts of the page whose code comes when they are needed: the release build puts each into a file
//! of its own (`xtask/src/split.rs`), and `trunk serve` builds all in one piece.

use futures::FutureExt as _;
use futures::future::LocalBoxFuture;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Whether the code of a part is there.
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

impl Code {
    /// Sees to it that what `load` fetches comes.
    pub fn fetch<E>(code: RwSignal<Self>, load: impl Future<Output = Result<(), E>> + 'static) {
        if !matches!(code.get_untracked(), Self::Coming | Self::Here) {
            // One kind of task for all parts weighs less than one for each.
            Self::wait(code, Box::pin(load.map(|loaded| loaded.is_ok())));
        }
    }

    /// What `part` gives, and nothing while its code is not there. One kind of view for all parts
    /// weighs less than one for each.
    pub fn view(code: RwSignal<Self>, part: fn() -> Option<AnyView>) -> AnyView {
        (move || (code.get() == Self::Here).then(part).flatten()).into_any()
    }

    fn wait(code: RwSignal<Self>, came: LocalBoxFuture<'static, bool>) {
        code.set(Self::Coming);
        spawn_local(async move {
            let found = if came.await {
                Self::Here
            } else {
                Self::Missing
            };
            // Whoever asked may be gone meanwhile.
            code.try_set(found);
        });
    }
}

/// Makes `load`, which fetches the code of a component, and a function of the given name that gives
/// its view. What has been loaded answers at once. Components of one `part` come in one file: what
/// two files have in common is a third one, and every file is a request.
macro_rules! later {
    ($name:ident: $component:ident in $part:ident) => {
        #[cfg(feature = "split")]
        mod apart {
            #![allow(
                missing_docs,
                reason = "the attribute writes functions of its own, without words"
            )]

            use super::$component;
            use leptos::prelude::*;
            use leptos::wasm_split::{SplitLoaderError, wasm_split};

            #[wasm_split($part, wasm_split_path = leptos::wasm_split, fallible, preload(load))]
            pub(super) fn $name() -> Result<AnyView, SplitLoaderError> {
                Ok(view! { <$component /> }.into_any())
            }
        }

        #[cfg(not(feature = "split"))]
        mod apart {
            use std::convert::Infallible;
            use std::future::{Ready, ready};

            use super::$component;
            use leptos::prelude::*;

            pub(super) fn load() -> Ready<Result<(), Infallible>> {
                ready(Ok(()))
            }

            pub(super) fn $name() -> Ready<Result<AnyView, Infallible>> {
                ready(Ok(view! { <$component /> }.into_any()))
            }
        }

        use apart::{load, $name};
    };
}

pub(super) use later;
