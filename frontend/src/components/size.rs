//! The size of an element as a signal, kept up to date by a `ResizeObserver`.

use leptos::html::ElementType;
use leptos::prelude::*;
use send_wrapper::SendWrapper;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;
use web_sys::{Element, ResizeObserver};

/// Content width and height of an element in CSS pixels.
pub type Size = (f64, f64);

/// What keeps the observer alive; dropping it stops the watching first and frees the callback after.
struct Watch {
    observer: ResizeObserver,
    _callback: Closure<dyn FnMut()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}

/// Follows the size of the element behind `node` until the component goes. Zero until it is there.
pub fn size_of<E>(node: NodeRef<E>) -> Signal<Size>
where
    E: ElementType,
    E::Output: JsCast + Clone + AsRef<Element> + 'static,
{
    let size = RwSignal::new((0.0, 0.0));
    let watch = StoredValue::new(None::<SendWrapper<Watch>>);
    Effect::new(move |_| {
        let Some(element) = node.get() else { return };
        let element: Element = AsRef::<Element>::as_ref(&element).clone();
        let read = {
            let element = element.clone();
            move || {
                let now = (
                    f64::from(element.client_width()),
                    f64::from(element.client_height()),
                );
                // The last call may come after the component went.
                if size.try_get_untracked().is_some_and(|last| last != now) {
                    size.set(now);
                }
            }
        };
        let callback = Closure::new(read.clone());
        if let Ok(observer) = ResizeObserver::new(callback.as_ref().unchecked_ref()) {
            // Tells the first size, too, before anything is painted: asking for it here would have
            // the page laid out twice.
            observer.observe(&element);
            watch.set_value(Some(SendWrapper::new(Watch {
                observer,
                _callback: callback,
            })));
        } else {
            // A browser without ResizeObserver keeps the size it began with.
            read();
        }
    });
    size.into()
}
