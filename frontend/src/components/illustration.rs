//! Two tin cans and a string: the telephone everybody has built once.

use leptos::prelude::*;

/// The picture. An ornament.
#[component]
pub fn Cans(
    /// Class of the drawing.
    class: &'static str,
) -> impl IntoView {
    view! {
        <svg class=format!("cans {class}") viewBox="0 0 640 250" aria-hidden="true" focusable="false">
            <path class="cans-string" d="M205 163C262 250 378 250 435 163" />
            <circle class="cans-voice" r="6" />
            <circle class="cans-voice cans-voice--back" r="6" />
            <Can transform="translate(130 110) rotate(-55)" colour="cans-label" />
            <Can transform="translate(510 110) scale(-1 1) rotate(-55)" colour="cans-label cans-label--other" />
        </svg>
    }
}

/// One can, its mouth up, its label round its middle.
#[component]
fn Can(transform: &'static str, colour: &'static str) -> impl IntoView {
    view! {
        <g transform=transform>
            <path class="cans-body" d="M-56-76V74c0 13 25 24 56 24s56-11 56-24V-76z" />
            <path class=colour d="M-56-40V42c0 13 25 24 56 24s56-11 56-24V-40c0 13-25 24-56 24s-56-11-56-24z" />
            <path class="cans-rib" d="M-56-58c0 13 25 24 56 24s56-11 56-24M-56 58c0 13 25 24 56 24s56-11 56-24" />
            <path class="cans-shine" d="M-40-46V86" />
            <ellipse class="cans-rim" cx="0" cy="-76" rx="56" ry="24" />
            <ellipse class="cans-mouth" cx="0" cy="-75" rx="46" ry="18" />
        </g>
    }
}
