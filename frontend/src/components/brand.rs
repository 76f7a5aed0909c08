//! The mark and the name, as they stand at the top of every screen.

use leptos::prelude::*;

use super::text;

/// The mark: a tin can on its string.
#[component]
pub fn Mark() -> impl IntoView {
    view! {
        <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <path class="mark-string" d="M2 25c5 5 10-1 13-9" />
            <path class="mark-can" d="M12.5 6.5v15c0 2.2 3.4 4 7.5 4s7.5-1.8 7.5-4v-15" />
            <ellipse class="mark-rim" cx="20" cy="6.5" rx="7.5" ry="3.5" />
            <path class="mark-rib" d="M12.5 13c1.5 1.8 4.3 2.7 7.5 2.7s6-.9 7.5-2.7" />
        </svg>
    }
}

/// Mark and name, leading home.
#[component]
pub fn Brand() -> impl IntoView {
    view! {
        <a class="brand" href="/">
            <Mark />
            <span class="brand-name">{text::PRODUCT}</span>
        </a>
    }
}
