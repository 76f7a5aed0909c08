//! A modal dialog: the browser's own `<dialog>`, which keeps the focus in, closes on Escape and
//! gives the focus back.

use leptos::html::Dialog as DialogElement;
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::icon::{Icon, IconKind};
use crate::words;

/// Shows `children` above everything while `open`.
#[component]
pub fn Dialog(
    /// Whether it is shown; becomes false when the person closes it.
    open: RwSignal<bool>,
    /// Accessible name and heading.
    #[prop(into)]
    title: Signal<String>,
    /// `id` of the heading.
    heading_id: &'static str,
    /// Further classes of the element.
    #[prop(optional)]
    class: &'static str,
    /// What it holds; made anew each time.
    children: ChildrenFn,
) -> impl IntoView {
    let node = NodeRef::<DialogElement>::new();
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        if open.get() == element.open() {
            return;
        }
        if element.open() {
            element.close();
        } else if element.show_modal().is_err() {
            // Not in the document any more.
            open.set(false);
        }
    });
    view! {
        <dialog
            class=format!("dialog {class}")
            node_ref=node
            aria-labelledby=heading_id
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // The dialog itself is hit only beside its content, that is on the backdrop.
                let hit = event.target().and_then(|target| target.dyn_into().ok());
                if hit.is_some_and(|hit: web_sys::HtmlDialogElement| node.get_untracked() == Some(hit)) {
                    open.set(false);
                }
            }
        >
            <Show when=move || open.get()>
                <div class="dialog-body">
                    <div class="dialog-head">
                        <h2 id=heading_id>{title}</h2>
                        <button
                            type="button"
                            class="icon-button"
                            aria-label=words::close()
                            on:click=move |_| open.set(false)
                        >
                            <Icon kind=IconKind::Close />
                        </button>
                    </div>
                    {children()}
                </div>
            </Show>
        </dialog>
    }
}
