//! The call's screen as code that comes later: nobody in the lobby needs it to be there, so the
//! release build puts it into a file of its own (`xtask/src/split.rs`), fetched while the person
//! looks at themselves or, at the latest, when they press the button.

use futures::FutureExt;
use leptos::prelude::*;

use super::call::CallScreen;
use super::later::{Code, later};

later!(call_screen: CallScreen in call_screen);

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
        Code::fetch(self.0, load());
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
