//! How a tab that is loaded again knows what it was in a room: the server then lets it take the place of
//! its former self, instead of having both there until the former one is given up.
//!
//! A page that goes away says so. One whose tab crashed, or whose browser was killed, says nothing; but
//! while a page lives it holds a lock of the browser's, and a lock that is free tells that it does not.
//! A duplicated tab copies the storage of one that lives, and must not take its place.

use js_sys::{Function, Promise};
use protocol::{ResumeToken, RoomName};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use super::{ext, random, storage};

/// What a tab was in a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerSelf {
    /// By which the server knows it.
    pub token: ResumeToken,
    /// What told it from others that came with the same link.
    pub holder: [u8; 8],
}

impl FormerSelf {
    fn to_text(&self) -> String {
        let holder = u64::from_be_bytes(self.holder);
        format!("{} {holder}", self.token.as_str())
    }

    fn of_text(text: &str) -> Option<Self> {
        let (token, holder) = text.split_once(' ')?;
        Some(Self {
            token: token.parse().ok()?,
            holder: holder.parse().ok().map(u64::to_be_bytes)?,
        })
    }
}

/// What is known of a tab's former self.
#[derive(Debug)]
pub enum Former {
    /// There was one, and it is gone; or there was none.
    Known(Option<FormerSelf>),
    /// There was one that never said that it goes away.
    Unclear(Unclear),
}

/// Whether it lives must be asked.
#[derive(Debug)]
pub struct Unclear {
    lock: String,
    former: FormerSelf,
}

impl Former {
    /// Takes what the tab's storage has of it, so that it is found once only.
    pub fn take(room: &RoomName) -> Self {
        let [gone, there] = [gone_name(room), there_name(room)].map(|name| storage::take(&name));
        if let Some(gone) = gone.and_then(|text| FormerSelf::of_text(&text)) {
            return Self::Known(Some(gone));
        }
        let unclear = there.and_then(|text| {
            let (lock, former) = text.split_once(' ')?;
            Some(Unclear {
                lock: lock.to_owned(),
                former: FormerSelf::of_text(former)?,
            })
        });
        unclear.map_or(Self::Known(None), Self::Unclear)
    }
}

impl Unclear {
    /// Finds out, after which all there is [is known](Former::Known).
    pub async fn find_out(self, room: &RoomName) {
        // Web Locks API, section 3.2: the callback is given `null` where somebody has the lock, and what
        // it returns is what becomes of the promise.
        let callback = Closure::once_into_js(|lock: JsValue| JsValue::from(!lock.is_null()));
        let asked = ext::request_lock(&self.lock, true, callback.unchecked_ref());
        if let Some(asked) = asked
            && JsFuture::from(asked)
                .await
                .is_ok_and(|free| free.is_truthy())
        {
            say_gone(room, &self.former);
        }
    }
}

/// That this page lives, for as long as this does.
#[derive(Debug)]
pub struct Living {
    lock: String,
    end: Option<Function>,
}

impl Living {
    /// Takes a lock of its own.
    pub fn begin() -> Self {
        let lock = format!("tincan.{:016x}", u64::from_be_bytes(random()));
        let mut end = None;
        let held = Promise::new(&mut |resolve, _| end = Some(resolve));
        let callback = Closure::once_into_js(move || held);
        if let Some(asked) = ext::request_lock(&lock, false, callback.unchecked_ref()) {
            wasm_bindgen_futures::spawn_local(async move {
                // Where it is not had, whoever comes after a crash is there twice for a while.
                let _ = JsFuture::from(asked).await;
            });
        }
        Self { lock, end }
    }

    /// Leaves word of what this page is, should it die; `None` forgets it.
    pub fn note(&self, room: &RoomName, this: Option<&FormerSelf>) {
        let text = this.map(|this| format!("{} {}", self.lock, this.to_text()));
        storage::leave(&there_name(room), text.as_deref());
    }
}

impl Drop for Living {
    fn drop(&mut self) {
        if let Some(end) = self.end.take() {
            let _ = end.call0(&JsValue::NULL);
        }
    }
}

/// Leaves word for this tab's next load that the page is gone by then.
pub fn say_gone(room: &RoomName, this: &FormerSelf) {
    storage::leave(&gone_name(room), Some(&this.to_text()));
}

fn gone_name(room: &RoomName) -> String {
    format!("tincan.former.{room}")
}

fn there_name(room: &RoomName) -> String {
    format!("tincan.living.{room}")
}
