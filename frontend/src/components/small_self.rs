//! One's own picture, small and over the others: in which corner it lies, and how it gets to another.

use call::{Intent, Switch};
use leptos::ev::{KeyboardEvent, PointerEvent};
use leptos::html::Div;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement};

use super::icon::{Icon, IconKind};
use super::text::settings as text;
use crate::state::Session;
use crate::words;

/// The small picture: whether it is one, where it lies, and how far a finger has carried it.
#[derive(Clone, Copy)]
pub struct SmallSelf {
    session: Session,
    /// It is small.
    pub small: Signal<bool>,
    /// It lies on the left.
    pub left: Signal<bool>,
    /// It lies at the top.
    pub top: Signal<bool>,
    tile: NodeRef<Div>,
    held: RwSignal<Option<Hold>>,
}

/// A pointer that carries it; across and down, in pixels.
#[derive(Clone, Copy)]
struct Hold {
    /// Where it took hold.
    from: (i32, i32),
    /// How far it is from there.
    by: (i32, i32),
}

impl SmallSelf {
    /// That of the tile `tile`.
    pub fn of(session: Session, tile: NodeRef<Div>) -> Self {
        Self {
            session,
            small: session.switch(Switch::SmallSelf),
            left: session.switch(Switch::SelfLeft),
            top: session.switch(Switch::SelfTop),
            tile,
            held: RwSignal::new(None),
        }
    }

    /// As CSS writes how far it was carried; nothing where it lies.
    pub fn carried(self) -> Option<String> {
        let (across, down) = self.held.get()?.by;
        Some(format!("{across}px {down}px"))
    }

    /// The pointer takes hold of it, unless it is on one of its buttons.
    pub fn take(self, event: &PointerEvent) {
        let on = event.target().and_then(|on| on.dyn_into::<Element>().ok());
        let on_button = on.is_some_and(|on| matches!(on.closest("button"), Ok(Some(_))));
        if !self.small.get_untracked() || !event.is_primary() || on_button {
            return;
        }
        let from = (event.client_x(), event.client_y());
        self.held.set(Some(Hold { from, by: (0, 0) }));
        if let Some(tile) = self.tile.get_untracked() {
            // Without it the pointer is lost where it leaves the tile, and the tile snaps back.
            let _ = tile.set_pointer_capture(event.pointer_id());
        }
    }

    /// It follows the pointer.
    pub fn carry(self, event: &PointerEvent) {
        if let Some(Hold { from, .. }) = self.held.get_untracked() {
            let by = (event.client_x() - from.0, event.client_y() - from.1);
            self.held.set(Some(Hold { from, by }));
        }
    }

    /// It is let go, and snaps to the corner that it is nearest to.
    pub fn drop(self) {
        let Some(Hold {
            by: (across, down), ..
        }) = self.held.get_untracked()
        else {
            return;
        };
        self.held.set(None);
        let Some(tile) = self.tile.get_untracked() else {
            return;
        };
        let stage = tile
            .offset_parent()
            .and_then(|stage| stage.dyn_into::<HtmlElement>().ok());
        let Some(stage) = stage else { return };
        let nearer = |at: i32, size: i32, whole: i32| at + size / 2 < whole / 2;
        let left = tile.offset_left() + across;
        let top = tile.offset_top() + down;
        self.lay(
            Switch::SelfLeft,
            nearer(left, tile.offset_width(), stage.client_width()),
        );
        self.lay(
            Switch::SelfTop,
            nearer(top, tile.offset_height(), stage.client_height()),
        );
    }

    fn lay(self, side: Switch, there: bool) {
        self.session.send(Intent::Turn(side, there));
    }

    fn keys(self, event: &KeyboardEvent) {
        match event.key().as_str() {
            "ArrowLeft" => self.lay(Switch::SelfLeft, true),
            "ArrowRight" => self.lay(Switch::SelfLeft, false),
            "ArrowUp" => self.lay(Switch::SelfTop, true),
            "ArrowDown" => self.lay(Switch::SelfTop, false),
            _ => return,
        }
        event.prevent_default();
    }

    /// To the next corner, clockwise: for whoever presses and does not drag.
    fn next(self) {
        if self.left.get_untracked() == self.top.get_untracked() {
            self.lay(Switch::SelfLeft, !self.left.get_untracked());
        } else {
            self.lay(Switch::SelfTop, !self.top.get_untracked());
        }
    }
}

/// "Shrink self view" or "Enlarge self view", and "Move self view" where it is small.
#[component]
pub fn SmallSelfButtons(
    /// What they are about.
    picture: SmallSelf,
) -> impl IntoView {
    let small = picture.small;
    let kind = Signal::derive(move || {
        if small.get() {
            IconKind::Fill
        } else {
            IconKind::Shrink
        }
    });
    let label = move || text::shrink_self(small.get());
    view! {
        <Show when=move || small.get()>
            <button
                type="button"
                class="tile-action"
                aria-label=words::move_self_view()
                title=words::move_self_view()
                on:click=move |_| picture.next()
                on:keydown=move |event| picture.keys(&event)
            >
                <Icon kind=IconKind::Move />
            </button>
        </Show>
        <button
            type="button"
            class="tile-action"
            aria-label=label
            title=label
            on:click=move |_| {
                picture.session.send(Intent::Turn(Switch::SmallSelf, !small.get_untracked()));
            }
        >
            <Icon kind />
        </button>
    }
}
