//! What the page says, in the language of whoever reads it. A function for each line of
//! `frontend/text/en.txt`, made by `build.rs`; words that depend on what happened are chosen in
//! [`crate::components::text`].
//!
//! English stands in the code where it is used, so that there is always something to say. Another
//! language is a table of the same lines, which comes when it is chosen.

mod language;
mod tables;

use std::cell::{Cell, RefCell};

use js_sys::Intl::{DateTimeFormatOptions, DayFormat, MonthFormat, PluralRules};
use js_sys::{Array, Date, Object};
use wasm_bindgen::JsValue;

pub(crate) use language::Language;

thread_local! {
    static NOW: Cell<Language> = const { Cell::new(Language::English) };
    static TABLE: RefCell<Vec<&'static str>> = const { RefCell::new(Vec::new()) };
}

/// The language that is spoken now. Not a signal: see [`crate::components::language_choice`].
pub(crate) fn now() -> Language {
    NOW.get()
}

/// Speaks another language from now on, or says that its table did not come.
pub(crate) async fn speak(language: Language) -> bool {
    let Some(table) = tables::fetch(language).await else {
        return false;
    };
    TABLE.set(table.lines().collect());
    NOW.set(language);
    true
}

fn plain(at: usize, english: &'static str) -> &'static str {
    TABLE
        .with_borrow(|table| table.get(at).copied())
        .unwrap_or(english)
}

fn filled(at: usize, english: &'static str, values: &[&str]) -> String {
    fill(plain(at, english), values)
}

fn counted(at: usize, english: &'static str, count: u32, values: &[&str]) -> String {
    let number = count.to_string();
    let mut all = vec![number.as_str()];
    all.extend(values);
    fill(form(plain(at, english), &kind(count)), &all)
}

/// Which kind of number it is in the language that is spoken.
fn kind(count: u32) -> String {
    let languages = Array::of1(&now().tag().into());
    PluralRules::new(&languages, &Object::new())
        .select(f64::from(count))
        .into()
}

/// `Today`, or for example `23 November`. `at`: milliseconds since 1970.
pub(crate) fn day(at: u64) -> String {
    let date = Date::new(&JsValue::from_f64(at as f64));
    if date.to_date_string() == Date::new_0().to_date_string() {
        return today().to_owned();
    }
    let format = DateTimeFormatOptions::new();
    format.set_day(DayFormat::Numeric);
    format.set_month(MonthFormat::Long);
    date.to_locale_date_string(now().tag(), &format).into()
}

/// The form for a kind of number; the last is for whatever has none of its own.
fn form<'a>(forms: &'a str, kind: &str) -> &'a str {
    let mut chosen = forms;
    for form in forms.split(" | ") {
        if let Some((of, words)) = form.split_once(": ") {
            chosen = words;
            if of == kind {
                break;
            }
        }
    }
    chosen
}

/// Puts the values where their numbers stand in braces. A value is put in as it is, braces and all; in
/// words that run from right to left, what may run the other way is kept together (Unicode
/// Standard Annex 9, section 2.4.2). Numbers run as they should by themselves.
fn fill(words: &str, values: &[&str]) -> String {
    let isolates = now().direction() == "rtl";
    let mut text = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        let (at, after) = after.split_once('}').unwrap_or_default();
        let value = at.parse::<usize>().ok().and_then(|at| values.get(at));
        let value = value.copied().unwrap_or_default();
        if isolates && !value.bytes().all(|c| c.is_ascii_digit()) {
            text.push('\u{2068}');
            text.push_str(value);
            text.push('\u{2069}');
        } else {
            text.push_str(value);
        }
        rest = after;
    }
    text.push_str(rest);
    text
}

include!(concat!(env!("OUT_DIR"), "/words.rs"));

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    #[test]
    fn values_stand_where_their_numbers_are() {
        assert_eq!(fill("{1} asked {0}", &["Ada", "Bo"]), "Bo asked Ada");
        assert_eq!(
            fill("{0}", &["{1} {"]),
            "{1} {",
            "a name is not words of ours"
        );
        assert_eq!(fill("nobody", &[]), "nobody");
    }

    #[test]
    fn a_number_has_its_form() {
        assert_eq!(in_lobby(1), "One more person is getting ready.");
        assert_eq!(in_lobby(3), "3 more people are getting ready.");
        assert_eq!(form("one: a | few: b | other: c", "few"), "b");
        assert_eq!(form("one: a | few: b | other: c", "many"), "c");
    }
}
