//! A screen that stays on while nobody touches it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Document;

use super::ext::{self, ScreenLock};

/// Keeps the screen on for as long as it is held (Screen Wake Lock API). A browser lets go of the
/// lock when the page is hidden; it is taken anew when the page is back.
pub struct Awake {
    lock: Rc<Lock>,
    _listener: Option<EventListener>,
}

#[derive(Default)]
struct Lock {
    held: RefCell<Option<ScreenLock>>,
    /// Nobody wants it any more; what is still on its way goes back at once.
    over: Cell<bool>,
}

impl Awake {
    /// Asks for it. A browser without it, or with an empty battery, lets the screen go dark.
    pub fn start() -> Self {
        let lock = Rc::new(Lock::default());
        let document = web_sys::window().and_then(|window| window.document());
        let listener = document.map(|document| {
            take(&lock, &document);
            let (lock, again) = (lock.clone(), document.clone());
            EventListener::new(&document, "visibilitychange", move |_| take(&lock, &again))
        });
        Self {
            lock,
            _listener: listener,
        }
    }
}

impl Drop for Awake {
    fn drop(&mut self) {
        self.lock.over.set(true);
        if let Some(held) = self.lock.held.take() {
            ext::unlock_screen(&held);
        }
    }
}

fn take(lock: &Rc<Lock>, document: &Document) {
    if document.hidden() {
        return;
    }
    let Some(promise) = ext::lock_screen() else {
        return;
    };
    let lock = lock.clone();
    spawn_local(async move {
        let Ok(taken) = JsFuture::from(promise).await else {
            return;
        };
        let taken = ScreenLock::from(taken);
        let late = if lock.over.get() {
            Some(taken)
        } else {
            // The one before may still be held: hiding and showing can be one event.
            lock.held.replace(Some(taken))
        };
        if let Some(late) = late {
            ext::unlock_screen(&late);
        }
    });
}
