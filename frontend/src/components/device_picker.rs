//! A list of devices to choose from.

use call::{Device, DeviceKind};
use leptos::prelude::*;

use super::icon::{Icon, IconKind};
use super::text;

/// A combobox named after what it chooses.
#[component]
pub fn DevicePicker(
    /// What the devices are for.
    kind: DeviceKind,
    /// Stands before it.
    icon: IconKind,
    /// What there is.
    devices: Signal<Vec<Device>>,
    /// Id of the one in use; `None` while that is unknown.
    chosen: Signal<Option<String>>,
    /// Told the id of another one.
    on_choose: Callback<String>,
) -> impl IntoView {
    let devices = Memo::new(move |_| devices.get());
    let chosen = Memo::new(move |_| chosen.get());
    // Until permission is given, browsers name neither ids nor labels.
    let known = Memo::new(move |_| devices.read().iter().any(|device| !device.id.is_empty()));
    let options = move || {
        let chosen = chosen.get();
        devices
            .get()
            .into_iter()
            .enumerate()
            .map(|(at, device)| {
                let selected = match &chosen {
                    Some(id) => *id == device.id,
                    None => at == 0,
                };
                let label = if device.label.is_empty() {
                    format!("{} {}", text::device_kind(kind), at + 1)
                } else {
                    device.label
                };
                view! {
                    <option value=device.id prop:selected=selected>
                        {label}
                    </option>
                }
            })
            .collect_view()
    };
    view! {
        <div class="picker">
            <Icon kind=icon />
            <select
                class="picker-select"
                aria-label=text::device_kind(kind)
                disabled=move || !known.get()
                on:change:target=move |event| on_choose.run(event.target().value())
            >
                <Show
                    when=move || !devices.read().is_empty()
                    fallback=move || view! { <option value="">{text::no_device(kind)}</option> }
                >
                    {options}
                </Show>
            </select>
        </div>
    }
}
