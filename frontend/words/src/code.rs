//! Writes the code and the tables.

use std::fmt::Write as _;

use crate::Language;
use crate::file::{Line, Problem, Words};

/// The number that forms go by.
const COUNT: &str = "count";

/// A function for each line. They call `plain(at, words)`, `filled(at, words, values)` and
/// `counted(at, words, count, values)`, where `at` is the line's place in the tables.
pub fn functions(english: &[Line]) -> String {
    let mut code = String::new();
    for (at, line) in english.iter().enumerate() {
        let Line { name, words, .. } = line;
        let parameters = line.words.parameters();
        let said = words.texts().join(" / ");
        let stored = stored(words, &parameters);
        let values = |skip: &str| {
            let names = parameters.iter().filter(|name| *name != skip);
            names.cloned().collect::<Vec<_>>()
        };
        let typed = |names: &[String]| {
            let typed = names.iter().map(|name| format!("{name}: &str"));
            typed.collect::<Vec<_>>().join(", ")
        };
        let function = match words {
            Words::Forms(_) => {
                let values = values(COUNT);
                format!(
                    "pub(crate) fn {name}({COUNT}: u32, {}) -> String {{ counted({at}, {stored:?}, {COUNT}, &[{}]) }}",
                    typed(&values),
                    values.join(", ")
                )
            }
            Words::Plain(_) if parameters.is_empty() => {
                format!("pub(crate) fn {name}() -> &'static str {{ plain({at}, {stored:?}) }}")
            }
            Words::Plain(_) => {
                let values = values("");
                format!(
                    "pub(crate) fn {name}({}) -> String {{ filled({at}, {stored:?}, &[{}]) }}",
                    typed(&values),
                    values.join(", ")
                )
            }
        };
        let _ = writeln!(code, "/// “{said}”\n{function}");
    }
    code
}

/// The lines of another language as the page looks them up: one under the other, in the order of the
/// English ones.
///
/// # Errors
/// The first line that is missing, surplus or in another place, or that says what is put in
/// differently.
pub fn table(language: Language, english: &[Line], lines: &[Line]) -> Result<String, Problem> {
    let problem = |line: usize, what: String| Problem {
        language: language.tag,
        line,
        what,
    };
    let mut table = String::new();
    for (at, wanted) in english.iter().enumerate() {
        let line = match lines.get(at) {
            Some(line) if line.name == wanted.name => line,
            Some(line) if english.iter().any(|other| other.name == line.name) => {
                return Err(problem(line.number, format!("{} is missing", wanted.name)));
            }
            Some(line) => {
                let what = format!("{} is not in {}.txt", line.name, crate::ENGLISH.tag);
                return Err(problem(line.number, what));
            }
            None => return Err(problem(0, format!("{} is missing", wanted.name))),
        };
        let parameters = wanted.words.parameters();
        let mut put_in = line.words.parameters();
        let mut both = parameters.clone();
        // A form may leave the number out: “one more”.
        put_in.retain(|name| name != COUNT);
        both.retain(|name| name != COUNT);
        put_in.sort();
        both.sort();
        let alike =
            matches!(line.words, Words::Forms(_)) == matches!(wanted.words, Words::Forms(_));
        if put_in != both || !alike {
            let what = format!(
                "{} should have the braces and forms of the English line",
                line.name
            );
            return Err(problem(line.number, what));
        }
        table.push_str(&stored(&line.words, &parameters));
        table.push('\n');
    }
    match lines.get(english.len()) {
        Some(line) => Err(problem(line.number, format!("{} is surplus", line.name))),
        None => Ok(table),
    }
}

/// With a digit in each pair of braces, which is the place of the value: those of forms have the
/// number as their first.
fn stored(words: &Words, parameters: &[String]) -> String {
    let counted = matches!(words, Words::Forms(_));
    let mut order: Vec<&str> = parameters.iter().map(String::as_str).collect();
    if counted {
        order.retain(|name| *name != COUNT);
        order.insert(0, COUNT);
    }
    let with_digits = |text: &str| {
        order
            .iter()
            .enumerate()
            .fold(text.to_owned(), |text, (at, name)| {
                text.replace(&format!("{{{name}}}"), &format!("{{{at}}}"))
            })
    };
    match words {
        Words::Plain(text) => with_digits(text),
        Words::Forms(forms) => {
            let forms = forms
                .iter()
                .map(|(kind, text)| format!("{kind}: {}", with_digits(text)));
            forms.collect::<Vec<_>>().join(" | ")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ENGLISH, OTHERS, parse};

    const TEXT: &str = "leave = Leave\nasked = {host} asked {name}\nwait = one: {name} waits | other: {count} wait, {name} first\n";

    fn german(text: &str) -> Result<String, (usize, String)> {
        let lines =
            |language, text| parse(language, text).map_err(|problem| (problem.line, problem.what));
        table(OTHERS[0], &lines(ENGLISH, TEXT)?, &lines(OTHERS[0], text)?)
            .map_err(|problem| (problem.line, problem.what))
    }

    #[test]
    fn each_line_is_a_function() {
        let code = functions(&parse(ENGLISH, TEXT).unwrap_or_default());
        for function in [
            r#"pub(crate) fn leave() -> &'static str { plain(0, "Leave") }"#,
            r#"pub(crate) fn asked(host: &str, name: &str) -> String { filled(1, "{0} asked {1}", &[host, name]) }"#,
            r#"pub(crate) fn wait(count: u32, name: &str) -> String { counted(2, "one: {1} waits | other: {0} wait, {1} first", count, &[name]) }"#,
        ] {
            assert!(code.contains(function), "{code}");
        }
    }

    #[test]
    fn another_language_may_put_things_in_another_order() {
        let text = "leave = Gehen\nasked = {name} wurde von {host} gebeten\nwait = one: {name} wartet | other: {count} warten, {name} zuerst\n";
        assert_eq!(
            german(text),
            Ok("Gehen\n{1} wurde von {0} gebeten\none: {1} wartet | other: {0} warten, {1} zuerst\n".to_owned())
        );
    }

    #[test]
    fn what_is_missing_surplus_or_different_is_an_error() {
        let wait = "wait = one: {name} | other: {name}";
        for (text, line, word) in [
            ("leave = Gehen".to_owned(), 0, "asked"),
            (format!("leave = Gehen\n{wait}"), 2, "asked"),
            (
                format!("go = Los\nasked = {{host}} {{name}}\n{wait}"),
                1,
                "go",
            ),
            (
                format!("leave = Gehen\nasked = {{name}}\n{wait}"),
                2,
                "asked",
            ),
            (
                "leave = Gehen\nasked = {host} {name}\nwait = {name}".to_owned(),
                3,
                "wait",
            ),
            (
                format!("leave = Gehen\nasked = {{host}} {{name}}\n{wait}\nmore = Mehr"),
                4,
                "more",
            ),
        ] {
            let wrong = german(&text).err();
            assert!(
                wrong
                    .as_ref()
                    .is_some_and(|(at, what)| *at == line && what.contains(word)),
                "{text}: {wrong:?}"
            );
        }
    }
}
