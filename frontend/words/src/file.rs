//! Reads a file of words.

use crate::Language;

/// What is wrong with a file, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{language}.txt, line {line}: {what}")]
pub struct Problem {
    /// Whose file.
    pub language: &'static str,
    /// Counted from 1; 0 for the file as a whole.
    pub line: usize,
    /// In words.
    pub what: String,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Words {
    /// The same for every number.
    Plain(String),
    /// A form for each kind of number.
    Forms(Vec<(String, String)>),
}

impl Words {
    fn parse(text: &str) -> Self {
        let forms: Option<Vec<_>> = text.split(" | ").map(form).collect();
        forms.map_or_else(|| Self::Plain(text.to_owned()), Self::Forms)
    }

    /// All that it may say.
    pub fn texts(&self) -> Vec<&str> {
        match self {
            Self::Plain(text) => vec![text],
            Self::Forms(forms) => forms.iter().map(|(_, text)| text.as_str()).collect(),
        }
    }

    /// What is put in, in the order in which it first stands there.
    pub fn parameters(&self) -> Vec<String> {
        let mut all = Vec::<String>::new();
        for text in self.texts() {
            let mut rest = text;
            while let Some((_, after)) = rest.split_once('{') {
                let (name, after) = after.split_once('}').unwrap_or((after, ""));
                if !all.iter().any(|known| known == name) {
                    all.push(name.to_owned());
                }
                rest = after;
            }
        }
        all
    }
}

fn form(text: &str) -> Option<(String, String)> {
    let (kind, words) = text.trim().split_once(": ")?;
    let kinds = ["zero", "one", "two", "few", "many", "other"];
    kinds
        .contains(&kind)
        .then(|| (kind.to_owned(), words.to_owned()))
}

/// A line of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands, counted from 1.
    pub number: usize,
    /// What code calls it.
    pub name: String,
    /// What it says.
    pub words: Words,
}

/// Reads the file of a language. Lines with `#` before all else, and empty ones, are for people.
///
/// # Errors
/// The first line that is none, that has no name that code could use, or whose forms are not those
/// of the language.
pub fn parse(language: Language, text: &str) -> Result<Vec<Line>, Problem> {
    let mut lines = Vec::<Line>::new();
    for (index, line) in text.lines().enumerate() {
        let number = index + 1;
        let problem = |what: String| Problem {
            language: language.tag,
            line: number,
            what,
        };
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let Some((name, words)) = line.split_once(" = ") else {
            return Err(problem("it is not “name = words”".to_owned()));
        };
        if name.is_empty() || !name.bytes().all(|c| c.is_ascii_lowercase() || c == b'_') {
            return Err(problem(format!("“{name}” is not a name in a to z and _")));
        }
        if lines.iter().any(|other| other.name == name) {
            return Err(problem(format!("{name} was there before")));
        }
        if words.trim().is_empty() || words.matches('{').count() != words.matches('}').count() {
            return Err(problem(format!(
                "{name} is empty, or a brace is not closed"
            )));
        }
        let words = Words::parse(words.trim());
        if let Words::Forms(forms) = &words {
            let kinds: Vec<&str> = forms.iter().map(|(kind, _)| kind.as_str()).collect();
            if kinds != language.plurals {
                let wanted = language.plurals.join(", ");
                return Err(problem(format!("the forms of {name} should be: {wanted}")));
            }
        }
        lines.push(Line {
            number,
            name: name.to_owned(),
            words,
        });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ENGLISH;

    fn wrong(text: &str) -> Option<usize> {
        parse(ENGLISH, text).err().map(|problem| problem.line)
    }

    #[test]
    fn a_line_is_a_name_and_words() {
        let lines = parse(
            ENGLISH,
            "# people\n\njoined = {name} joined: {name} = you\n",
        );
        let lines = lines.unwrap_or_default();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].name, "joined");
        assert_eq!(lines[0].number, 3);
        assert_eq!(lines[0].words.parameters(), ["name"]);
        assert_eq!(lines[0].words.texts(), ["{name} joined: {name} = you"]);
    }

    #[test]
    fn forms_are_those_of_the_language() {
        let two = "wait = one: {count} waits | other: {count} wait";
        let lines = parse(ENGLISH, two).unwrap_or_default();
        assert_eq!(lines[0].words.texts(), ["{count} waits", "{count} wait"]);
        assert_eq!(wrong("wait = other: {count} wait"), Some(1));
        assert_eq!(wrong("wait = one: one | few: few | other: more"), Some(1));
    }

    #[test]
    fn what_is_no_line_is_told_with_its_place() {
        assert_eq!(wrong("leave = Leave\nnonsense"), Some(2));
        assert_eq!(wrong("Leave = Leave"), Some(1));
        assert_eq!(wrong("leave = Leave\n\nleave = Go"), Some(3));
        assert_eq!(wrong("joined = {name joined"), Some(1));
        assert_eq!(wrong("leave = "), Some(1));
    }
}
