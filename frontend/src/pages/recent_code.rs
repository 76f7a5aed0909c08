//! The recent calls as code that comes for those who have any.

use futures::FutureExt;
use leptos::prelude::*;

use super::later::{Code, later};
use crate::browser;
use crate::components::recent_calls::RecentCallsList;
use crate::recent::MOST;

later!(recent_calls: RecentCallsList in aside);

/// The recent calls, and nothing where there are none.
#[component]
pub fn RecentCalls() -> impl IntoView {
    let count = browser::load_recent().lines().count().min(MOST);
    if count == 0 {
        return None;
    }
    let code = RwSignal::new(Code::Absent);
    Code::fetch(code, load());
    let list = move || (code.get() == Code::Here).then(|| recent_calls().now_or_never()?.ok());
    // The place they will take, so that nothing moves when they come.
    let height = move || {
        let coming = code.get() == Code::Coming;
        coming.then(|| format!("calc({count} * 2.75rem + 6rem)"))
    };
    Some(view! { <div class="recent-place" style:min-height=height>{list}</div> })
}
