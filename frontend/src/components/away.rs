//! What happens while the tab is hidden is told in its title and, where the person wants it, by the system.

use call::{NoticeKind, Switch};
use leptos::prelude::*;

use super::text;
use crate::browser;
use crate::state::Session;

/// How many messages to `room`, comings and goings there were since the tab was hidden.
pub fn missed(session: Session, room: String) -> Signal<u32> {
    let notify = session.switch(Switch::Notify);
    let count = RwSignal::new(0_u32);
    let last = StoredValue::new((0_u32, 0_u32));
    let view = session.view();
    let newest = Memo::new(move |_| {
        let view = view.read();
        let came =
            |kind: &NoticeKind| matches!(kind, NoticeKind::Joined(..) | NoticeKind::Left(..));
        let notice = view
            .notices
            .iter()
            .filter(|n| came(&n.kind))
            .map(|n| n.id)
            .max();
        (
            view.chat.messages.iter().map(|m| m.id).max().unwrap_or(0),
            notice.unwrap_or(0),
        )
    });
    Effect::new(move |_| {
        let (message, notice) = newest.get();
        let (last_message, last_notice) = last.get_value();
        if document().hidden() {
            let news = message.saturating_sub(last_message) + u32::from(notice > last_notice);
            count.update(|count| *count += news);
            if notice > last_notice && notify.get_untracked() {
                let notices = session.notices().get_untracked();
                if let Some(came) = notices.iter().find(|n| n.id == notice) {
                    browser::notify(&text::notice(&came.kind), &room);
                }
            }
        }
        last.set_value((message.max(last_message), notice.max(last_notice)));
    });
    let back = window_event_listener_untyped("visibilitychange", move |_| {
        if !document().hidden() {
            count.set(0);
        }
    });
    on_cleanup(move || back.remove());
    count.into()
}
