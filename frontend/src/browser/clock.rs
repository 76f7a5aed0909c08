//! The page's clock and its marks.

use std::time::Duration;

use call::Timestamp;

/// Time since the page was opened (`performance.now`), which never goes back.
pub fn now() -> Timestamp {
    let millis = web_sys::window()
        .and_then(|window| window.performance())
        .map_or(0.0, |performance| performance.now());
    Timestamp(Duration::from_micros((millis.max(0.0) * 1000.0) as u64))
}

/// What the clock on the wall says, in milliseconds of the Unix epoch.
pub fn wall_clock() -> u64 {
    js_sys::Date::now().max(0.0) as u64
}

/// `performance.mark`, for whoever measures.
pub fn mark(name: &str) {
    if let Some(performance) = web_sys::window().and_then(|window| window.performance()) {
        let _ = performance.mark(name);
    }
}
