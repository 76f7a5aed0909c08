//! What this browser keeps for the next visit. Storage may be forbidden or full; then it is not
//! kept, and nothing else changes.

use call::{LINES, Layout, Settings, Switches};
use protocol::DisplayName;
use serde::{Deserialize, Serialize};
use web_sys::Storage;

const SETTINGS: &str = "tincan.settings";
const RECENT: &str = "tincan.recent";
const LANGUAGE: &str = "tincan.language";
const GUESTS: &str = "tincan.guests";
const SEEN: &str = "tincan.seen";
const VOLUMES: &str = "tincan.volumes";

/// [`Settings`] as they are written; a field that is missing or wrong takes its default.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Kept {
    name: Option<String>,
    microphone_off: bool,
    camera_off: bool,
    microphone: Option<String>,
    camera: Option<String>,
    speaker: Option<String>,
    speaker_view: bool,
    self_view_off: bool,
    hide_address: bool,
    /// 0 for the usual number.
    lines: u32,
    /// [`Switches::changed`].
    switches: u32,
}

/// What was kept, or the defaults.
pub fn load_settings() -> Settings {
    let kept: Kept = local()
        .and_then(|storage| storage.get_item(SETTINGS).ok().flatten())
        .and_then(|text| serde_json::from_slice(text.as_bytes()).ok())
        .unwrap_or_default();
    Settings {
        name: kept.name.and_then(|name| DisplayName::try_from(name).ok()),
        microphone_on: !kept.microphone_off,
        camera_on: !kept.camera_off,
        microphone: kept.microphone,
        camera: kept.camera,
        speaker: kept.speaker,
        layout: if kept.speaker_view {
            Layout::Speaker
        } else {
            Layout::Grid
        },
        self_view: !kept.self_view_off,
        hide_address: kept.hide_address,
        lines: match kept.lines {
            0 => LINES[0],
            lines => lines,
        },
        switches: Switches::from_changed(kept.switches),
    }
}

/// Keeps the settings in this browser.
pub fn keep_settings(settings: &Settings) {
    let kept = Kept {
        name: settings.name.clone().map(String::from),
        microphone_off: !settings.microphone_on,
        camera_off: !settings.camera_on,
        microphone: settings.microphone.clone(),
        camera: settings.camera.clone(),
        speaker: settings.speaker.clone(),
        speaker_view: settings.layout == Layout::Speaker,
        self_view_off: !settings.self_view,
        hide_address: settings.hide_address,
        lines: settings.lines,
        switches: settings.switches.changed(),
    };
    if let (Some(storage), Ok(text)) = (local(), serde_json::to_string(&kept)) {
        let _ = storage.set_item(SETTINGS, &text);
    }
}

/// The language that was chosen here (BCP 47), and nothing where none was.
pub fn load_language() -> Option<String> {
    local()?.get_item(LANGUAGE).ok().flatten()
}

/// Keeps it.
pub fn keep_language(tag: &str) {
    if let Some(storage) = local() {
        let _ = storage.set_item(LANGUAGE, tag);
    }
}

/// The calls one was in lately, as [`crate::recent`] writes them.
pub fn load_recent() -> String {
    load(RECENT)
}

/// Keeps them, or nothing where there are none.
pub fn keep_recent(text: &str) {
    keep(RECENT, text);
}

/// The devices that others came with, as [`crate::seen`] writes them.
pub fn load_seen() -> String {
    load(SEEN)
}

/// Keeps them, or nothing where there are none.
pub fn keep_seen(text: &str) {
    keep(SEEN, text);
}

/// Guests of links that work once, as [`call::Command::KeepGuests`] says them.
pub fn load_guests() -> String {
    load(GUESTS)
}

/// Keeps them.
pub fn keep_guests(text: &str) {
    keep(GUESTS, text);
}

/// Who was turned down in this tab, as [`crate::turned_down`] writes it.
pub fn load_volumes() -> String {
    let text = session().and_then(|storage| storage.get_item(VOLUMES).ok().flatten());
    text.unwrap_or_default()
}

/// Keeps it for as long as the tab is there.
pub fn keep_volumes(text: &str) {
    if let Some(storage) = session() {
        let _ = storage.set_item(VOLUMES, text);
    }
}

fn load(name: &str) -> String {
    let text = local().and_then(|storage| storage.get_item(name).ok().flatten());
    text.unwrap_or_default()
}

fn keep(name: &str, text: &str) {
    if let Some(storage) = local() {
        let _ = if text.is_empty() {
            storage.remove_item(name)
        } else {
            storage.set_item(name, text)
        };
    }
}

/// What was left in the tab's storage under a name; it is gone from there then.
pub(super) fn take(name: &str) -> Option<String> {
    let storage = session()?;
    let text = storage.get_item(name).ok().flatten()?;
    let _ = storage.remove_item(name);
    Some(text)
}

/// Leaves something in the tab's storage, or takes it away.
pub(super) fn leave(name: &str, text: Option<&str>) {
    if let Some(storage) = session() {
        let _ = match text {
            Some(text) => storage.set_item(name, text),
            None => storage.remove_item(name),
        };
    }
}

fn local() -> Option<Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

pub(super) fn session() -> Option<Storage> {
    web_sys::window()?.session_storage().ok().flatten()
}
