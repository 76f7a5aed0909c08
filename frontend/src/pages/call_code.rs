//! The call's screen as code that comes later: nobody in the lobby needs it to be there, so the
//! release build puts it and its stylesheet into files of their own (`xtask/src/split.rs` and
//! `styles.rs`), fetched while the person
//! looks at themselves or, at the latest, when they press the button.

use futures::FutureExt;
use leptos::prelude::*;

use super::call::CallScreen;
use super::later::{Code, later};
use crate::browser::load_call_style;

later!(call_screen: CallScreen in call_screen);

/// The code of the call's screen, for the screens of one session.
#[derive(Clone, Copy, Default)]
pub struct CallCode(RwSignal<Code>);

impl CallCode {
    /// Whether it is there.
    pub fn state(self) -> Code {
        self.0.get()
    }

    /// Sees to it that it comes, and its stylesheet with it.
    pub fn fetch(self) {
        let style = load_call_style();
        Code::fetch(self.0, async {
            load().await.map_err(drop)?;
            style.await.map_err(drop)
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
