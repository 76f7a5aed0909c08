//! Who was turned down or muted in this tab, by what they are called: after a reload everybody comes
//! anew, and only their names are what they were. Kept as text, a line for each.

/// More than these nobody turns down in one tab.
const MOST: usize = 32;

/// How somebody is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume {
    /// Of how loud they are, 0 to 100.
    pub percent: u8,
    /// Not at all, whatever the percentage.
    pub muted: bool,
}

impl Volume {
    /// As it is before anybody turns anything.
    pub const FULL: Self = Self {
        percent: 100,
        muted: false,
    };
}

/// `text` with how `name` is played now, before all others.
pub fn with(text: &str, name: &str, volume: Volume) -> String {
    let mut all = String::new();
    if volume != Volume::FULL {
        all = format!("{} {} {name}\n", volume.percent, volume.muted);
    }
    let others = text
        .lines()
        .filter(|line| read(line).is_some_and(|(_, of)| of != name));
    for line in others.take(MOST - 1) {
        all.push_str(line);
        all.push('\n');
    }
    all
}

/// How `name` was played last, as [`with`] wrote it. Whoever has no name is nobody in particular.
pub fn of(text: &str, name: &str) -> Option<Volume> {
    let mut lines = text.lines().filter_map(read);
    lines
        .find(|(_, of)| *of == name && !of.is_empty())
        .map(|(volume, _)| volume)
}

fn read(line: &str) -> Option<(Volume, &str)> {
    let (percent, rest) = line.split_once(' ')?;
    let (muted, name) = rest.split_once(' ')?;
    let percent = percent.parse().ok().filter(|percent| *percent <= 100)?;
    let muted = muted.parse().ok()?;
    Some((Volume { percent, muted }, name))
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    const HALF: Volume = Volume {
        percent: 50,
        muted: false,
    };
    const MUTED: Volume = Volume {
        percent: 100,
        muted: true,
    };

    #[test]
    fn the_last_word_on_each_counts() {
        let text = with("", "Ada", HALF);
        let text = with(&text, "Bob van Dam", MUTED);
        let text = with(&text, "Ada", MUTED);
        assert_eq!(of(&text, "Ada"), Some(MUTED));
        assert_eq!(of(&text, "Bob van Dam"), Some(MUTED));
        assert_eq!(of(&text, "Bob"), None);
        assert_eq!(with(&with("", "Ada", HALF), "Ada", Volume::FULL), "");
    }

    #[test]
    fn it_does_not_grow_and_nonsense_is_passed_over() {
        let mut text = "loud\n500 true Eve\n7 maybe Eve\n".to_owned();
        assert_eq!(of(&text, "Eve"), None);
        for number in 0..100 {
            text = with(&text, &format!("Guest {number}"), HALF);
        }
        assert_eq!(text.lines().count(), MOST);
        assert_eq!(of(&text, "Guest 99"), Some(HALF));
        assert_eq!(of(&with("", "", HALF), ""), None);
    }
}
