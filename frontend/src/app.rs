//! The routes, and what is around every screen.

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::path;

use crate::pages::home::Home;
use crate::pages::not_found::NotFound;
use crate::pages::room::RoomPage;
#[cfg(debug_assertions)]
use crate::pages::style::StylePage;

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    remove_skeleton();
    view! {
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Home />
                <Route path=path!("/r/:room") view=RoomPage />
                <Route path=path!("/style") view=style_page />
            </FlatRoutes>
        </Router>
    }
}

/// What index.html shows until this runs.
fn remove_skeleton() {
    if let Some(skeleton) = document().get_element_by_id("skeleton") {
        skeleton.remove();
    }
}

/// Every component in every state, in development builds only.
fn style_page() -> AnyView {
    #[cfg(debug_assertions)]
    return view! { <StylePage /> }.into_any();
    #[cfg(not(debug_assertions))]
    view! { <NotFound /> }.into_any()
}
