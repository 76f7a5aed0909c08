//! The tables of the languages other than English. The release build puts each into a file of its own,
//! which comes when somebody reads that language (`xtask/src/split.rs`).

use super::Language;

macro_rules! tables {
    ($($tag:ident),*) => {
        #[cfg(feature = "split")]
        mod apart {
            #![allow(
                missing_docs,
                reason = "the attribute writes functions of its own, without words"
            )]

            use leptos::wasm_split::{SplitLoaderError, wasm_split};

            $(
                #[wasm_split($tag, wasm_split_path = leptos::wasm_split, fallible)]
                pub(super) fn $tag() -> Result<&'static str, SplitLoaderError> {
                    Ok(include_str!(concat!(env!("OUT_DIR"), "/", stringify!($tag), ".txt")))
                }
            )*
        }

        #[cfg(not(feature = "split"))]
        mod apart {
            use std::convert::Infallible;
            use std::future::{Ready, ready};

            $(
                pub(super) fn $tag() -> Ready<Result<&'static str, Infallible>> {
                    ready(Ok(include_str!(concat!(env!("OUT_DIR"), "/", stringify!($tag), ".txt"))))
                }
            )*
        }
    };
}

tables!(de, es, fr, pt, zh, ja, ar, hi);

/// The table of a language, which is empty for English; nothing where it did not come.
pub(super) async fn fetch(language: Language) -> Option<&'static str> {
    match language {
        Language::English => Some(""),
        Language::German => apart::de().await.ok(),
        Language::Spanish => apart::es().await.ok(),
        Language::French => apart::fr().await.ok(),
        Language::Portuguese => apart::pt().await.ok(),
        Language::Chinese => apart::zh().await.ok(),
        Language::Japanese => apart::ja().await.ok(),
        Language::Arabic => apart::ar().await.ok(),
        Language::Hindi => apart::hi().await.ok(),
    }
}
