//! A state that counts only when it lasts, so that nothing flashes by.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;

/// True once `state` has been true for `wait`; false again at once.
pub fn lasting(state: Signal<bool>, wait: Duration) -> Signal<bool> {
    let lasted = RwSignal::new(false);
    let timer = StoredValue::new(None::<TimeoutHandle>);
    let stop = move || {
        if let Some(Some(handle)) = timer.try_update_value(Option::take) {
            handle.clear();
        }
    };
    Effect::new(move |_| {
        stop();
        if state.get() {
            let late = move || {
                lasted.try_set(true);
            };
            timer.set_value(set_timeout_with_handle(late, wait).ok());
        } else {
            lasted.set(false);
        }
    });
    on_cleanup(stop);
    lasted.into()
}
