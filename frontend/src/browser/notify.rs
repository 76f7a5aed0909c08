//! What the system shows while the tab is hidden (Notifications API).

use wasm_bindgen_futures::JsFuture;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::ext;

/// Whether this browser can; those of phones show none to a page in a tab.
pub fn can_notify() -> bool {
    ext::has_notifications()
}

/// Asks the person for permission, unless they have answered before; true where it was given.
pub async fn ask_to_notify() -> bool {
    if !can_notify() {
        return false;
    }
    if let Ok(asked) = Notification::request_permission() {
        // What the answer was, the permission says.
        let _ = JsFuture::from(asked).await;
    }
    Notification::permission() == NotificationPermission::Granted
}

/// Shows `words`, and `body` below, if that is still allowed; in place of the notice before.
pub fn notify(words: &str, body: &str) {
    if !can_notify() || Notification::permission() != NotificationPermission::Granted {
        return;
    }
    let options = NotificationOptions::new();
    options.set_tag("tincan");
    options.set_body(body);
    // Some browsers have the constructor and refuse it; then the title of the tab has to do.
    let _ = Notification::new_with_options(words, &options);
}
