//! The keys of a headset do what the buttons of the call do.

use call::{Intent, MediaView};
use leptos::prelude::*;

use super::text;
use crate::browser::{MediaKey, MediaSession};
use crate::state::Session;

/// Listens as long as the component that calls it is there.
pub fn listen() {
    let session = expect_context::<Session>();
    let me = session.me();
    let on =
        move |media: fn(&call::MeView) -> MediaView| media(&me.read_untracked()) == MediaView::On;
    let title = text::tab(&session.room_name());
    let keys = MediaSession::start(&title, move |key| {
        session.send(match key {
            MediaKey::Microphone => Intent::SetMicrophone(!on(|me| me.microphone)),
            MediaKey::Camera => Intent::SetCamera(!on(|me| me.camera)),
            MediaKey::HangUp => Intent::Leave,
        });
    });
    // Let go of with the screen of the call.
    let keys = StoredValue::new_local(keys);
    let active = Memo::new(move |_| {
        let me = me.read();
        (me.microphone == MediaView::On, me.camera == MediaView::On)
    });
    Effect::new(move |_| {
        let (microphone, camera) = active.get();
        keys.with_value(|keys| keys.show(microphone, camera));
    });
}
