//! The keys of the call. A key presses the button that says it has it (`aria-keyshortcuts`), so
//! that both always do the same, and a key without a button does nothing.

use call::{Intent, MediaView, Switch};
use leptos::ev::{blur, keydown, keyup};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent};

use crate::state::Session;
use crate::words;

/// A key and what it does, as the sheet shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shortcut {
    /// As `aria-keyshortcuts` writes it.
    pub keys: &'static str,
    /// What it does.
    pub words: &'static str,
}

impl Shortcut {
    /// What is written on the key.
    pub fn label(self) -> &'static str {
        if self.keys == TALK {
            words::space_key()
        } else {
            self.keys
        }
    }
}

/// Speak while it is held.
pub const TALK: &str = "Space";
/// Show the sheet.
pub const HELP: &str = "?";

/// In the order of the sheet.
fn all() -> [Shortcut; 9] {
    [
        shortcut("M", words::key_microphone()),
        shortcut(TALK, words::key_talk()),
        shortcut("V", words::key_camera()),
        shortcut("S", words::key_screen()),
        shortcut("C", words::chat()),
        shortcut("P", words::people()),
        shortcut("F", words::full_screen()),
        shortcut("Shift+L", words::key_leave()),
        shortcut(HELP, words::key_help()),
    ]
}

fn shortcut(keys: &'static str, words: &'static str) -> Shortcut {
    Shortcut { keys, words }
}

/// Those that do something now: not every browser can share a screen.
pub fn available() -> Vec<Shortcut> {
    all()
        .into_iter()
        .filter(|at| [TALK, HELP].contains(&at.keys) || button(at.keys).is_some())
        .collect()
}

/// The name of a button with its key after it, for the eyes.
pub fn hint(name: &str, keys: &str) -> String {
    if keys.is_empty() {
        name.to_owned()
    } else {
        words::with_key(name, keys)
    }
}

/// Listens as long as the component that calls it is there; `help` becomes true on "?". Whoever dictates,
/// or whose fingers slip, can turn all of them off (WCAG 2.2, 2.1.4).
pub fn listen(help: RwSignal<bool>) {
    let session = expect_context::<Session>();
    let wanted = session.switch(Switch::Shortcuts);
    let me = session.me();
    let talking = StoredValue::new(false);
    let let_go = move || {
        if talking.try_update_value(std::mem::take) == Some(true) {
            session.send(Intent::SetMicrophone(false));
        }
    };
    let down = window_event_listener(keydown, move |event| {
        let Some(keys) = meant(&event, wanted.get_untracked()) else {
            return;
        };
        match keys.as_str() {
            TALK if talking.get_value() => {}
            TALK if is_on_control(&event) || me.read_untracked().microphone != MediaView::Off => {
                return;
            }
            TALK => {
                talking.set_value(true);
                session.send(Intent::SetMicrophone(true));
            }
            // A key that is held presses once.
            _ if event.repeat() => return,
            HELP => help.set(true),
            keys => match button(keys) {
                Some(button) => button.click(),
                None => return,
            },
        }
        // Space would scroll, and a letter begin a search in some browsers.
        event.prevent_default();
    });
    let up = window_event_listener(keyup, move |event| {
        if event.key() == " " {
            let_go();
        }
    });
    // Whoever goes to another window lets go there, and nobody tells.
    let away = window_event_listener(blur, move |_| let_go());
    on_cleanup(move || {
        let_go();
        down.remove();
        up.remove();
        away.remove();
    });
}

/// The keys as [`Shortcut`] writes them, unless they are not `wanted` or meant for something else: a
/// field, a menu, a dialog, the browser.
fn meant(event: &KeyboardEvent, wanted: bool) -> Option<String> {
    let modified = event.ctrl_key() || event.alt_key() || event.meta_key();
    let typed = modified || event.is_composing() || event.default_prevented();
    let elsewhere = "input, textarea, select, [contenteditable], [role=menu], [role=listbox]";
    if !wanted || typed || is_inside(event, elsewhere) || find("dialog[open]").is_some() {
        return None;
    }
    keys(&event.key(), &event.code(), event.shift_key())
}

fn keys(key: &str, code: &str, shift: bool) -> Option<String> {
    match key {
        " " => return (!shift).then(|| TALK.to_owned()),
        HELP => return Some(HELP.to_owned()),
        _ => {}
    }
    // On a Greek or Cyrillic keyboard the letter is the one that is in that place on a Latin one.
    let letter = match key.as_bytes() {
        [byte] => char::from(*byte),
        _ => code.strip_prefix("Key")?.chars().next()?,
    };
    if !letter.is_ascii_alphabetic() {
        return None;
    }
    let letter = letter.to_ascii_uppercase();
    Some(if shift {
        format!("Shift+{letter}")
    } else {
        letter.to_string()
    })
}

/// What has the focus would take a Space for a press.
fn is_on_control(event: &KeyboardEvent) -> bool {
    is_inside(event, "button, a, summary, [role=button]")
}

fn is_inside(event: &KeyboardEvent, selector: &str) -> bool {
    event
        .target()
        .and_then(|target| target.dyn_into::<Element>().ok())
        .is_some_and(|element| matches!(element.closest(selector), Ok(Some(_))))
}

fn button(keys: &str) -> Option<HtmlElement> {
    find(&format!("button[aria-keyshortcuts='{keys}']"))?
        .dyn_into()
        .ok()
}

fn find(selector: &str) -> Option<Element> {
    document().query_selector(selector).ok().flatten()
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::keys;

    fn pressed(key: &str, code: &str, shift: bool) -> String {
        keys(key, code, shift).unwrap_or_default()
    }

    #[test]
    fn a_letter_is_the_same_with_caps_lock() {
        assert_eq!(pressed("m", "KeyM", false), "M");
        assert_eq!(pressed("M", "KeyM", false), "M");
        assert_eq!(pressed("L", "KeyL", true), "Shift+L");
        assert_eq!(pressed("l", "KeyL", true), "Shift+L");
    }

    #[test]
    fn the_letter_counts_where_there_is_one_and_its_place_where_there_is_none() {
        assert_eq!(pressed("m", "Semicolon", false), "M", "a French keyboard");
        assert_eq!(pressed("ь", "KeyM", false), "M", "a Russian one");
    }

    #[test]
    fn a_question_mark_is_one_with_or_without_shift() {
        assert_eq!(pressed("?", "Slash", true), "?");
        assert_eq!(pressed("?", "KeyM", false), "?");
    }

    #[test]
    fn other_keys_mean_nothing() {
        for (key, code) in [
            ("Enter", "Enter"),
            ("1", "Digit1"),
            ("F5", "F5"),
            ("'", "Quote"),
        ] {
            assert_eq!(pressed(key, code, false), "");
        }
        assert_eq!(pressed(" ", "Space", true), "", "it scrolls back");
    }
}
