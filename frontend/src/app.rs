//! The routes, and what is around every screen.

mod address;

use leptos::prelude::*;
use wasm_bindgen_futures::spawn_local;

pub use self::address::{Address, Navigator};
use crate::components::language_choice::{self, Spoken};
use crate::pages::home_code::HomePage;
use crate::pages::not_found::NotFound;
use crate::pages::room::RoomPage;
#[cfg(debug_assertions)]
use crate::pages::style::StylePage;
use crate::words::Language;

/// What an address leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// `/`
    Home,
    /// `/r/{room}`
    Room,
    /// `/style`, in development builds.
    #[cfg(debug_assertions)]
    Style,
    /// Anything else.
    Nowhere,
}

impl Route {
    fn of(path: &str) -> Self {
        match path {
            "/" => Self::Home,
            #[cfg(debug_assertions)]
            "/style" => Self::Style,
            _ if path.starts_with("/r/") => Self::Room,
            _ => Self::Nowhere,
        }
    }
}

/// Mounts the whole page in the language of its person. English is at hand; what index.html shows
/// stays until another one has come.
pub fn mount() {
    let language = language_choice::wanted();
    if language == Language::English {
        return leptos::mount::mount_to_body(App);
    }
    // Leptos has no executor before it has mounted anything.
    spawn_local(async move {
        // Without its words, the page speaks English.
        language_choice::speak(language).await;
        leptos::mount::mount_to_body(App);
    });
}

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    provide_context(Spoken::start());
    let navigator = Navigator::start();
    provide_context(navigator);
    let address = navigator.address();
    let route = Memo::new(move |_| Route::of(&address.read().path));
    move || {
        let route = route.get();
        // The home page is not there yet.
        if route != Route::Home {
            remove_skeleton();
        }
        match route {
            Route::Home => view! { <HomePage /> }.into_any(),
            Route::Room => view! { <RoomPage /> }.into_any(),
            #[cfg(debug_assertions)]
            Route::Style => view! { <StylePage /> }.into_any(),
            Route::Nowhere => view! { <NotFound /> }.into_any(),
        }
    }
}

/// Takes away what index.html shows until a page is there.
pub(crate) fn remove_skeleton() {
    if let Some(skeleton) = document().get_element_by_id("skeleton") {
        skeleton.remove();
    }
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn a_path_leads_to_its_page() {
        assert_eq!(Route::of("/"), Route::Home);
        assert_eq!(Route::of("/r/kfd-wupq-xnr"), Route::Room);
        assert_eq!(Route::of("/r"), Route::Nowhere);
        assert_eq!(Route::of("/room"), Route::Nowhere);
    }
}
