//! A screen that says one thing and what to do next.

use leptos::html::Main;
use leptos::prelude::*;

use super::brand::Brand;
use super::dom;

/// Heading, words and what can be pressed. Takes the focus, since what had it is gone.
#[component]
pub fn MessageScreen(
    /// Heading, and title of the tab.
    #[prop(into)]
    title: String,
    /// Below it.
    #[prop(into)]
    words: String,
    /// Buttons and links.
    children: Children,
) -> impl IntoView {
    let node = NodeRef::<Main>::new();
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            dom::focus(&element);
        }
    });
    let tab = format!("{title} – {}", super::text::PRODUCT);
    dom::title(move || tab.clone());
    view! {
        <div class="page">
            <header class="top">
                <Brand />
            </header>
            <main class="message" node_ref=node tabindex="-1">
                <h1>{title}</h1>
                <p>{words}</p>
                <div class="message-actions">{children()}</div>
            </main>
        </div>
    }
}
