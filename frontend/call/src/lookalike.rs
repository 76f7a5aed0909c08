//! Names that look like another: by their skeletons, as Unicode's UTS #39 calls them, made with tables of
//! the letters that people really take for others rather than of all there are.
//!
//! Not here: what shows nothing or changes the direction of text, which no name has (`protocol`).

use protocol::DisplayName;

/// Why a name may deceive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lookalike {
    /// Somebody else here has a name that looks the same.
    Another,
    /// A word of it has letters of two alphabets, some of which look the same in both.
    Mixed,
}

/// What of each of the names may deceive, beside the others.
pub fn lookalikes(names: &[Option<&DisplayName>]) -> Vec<Option<Lookalike>> {
    let skeletons: Vec<Option<String>> = names
        .iter()
        .map(|name| name.map(|name| skeleton(name.as_str())))
        .collect();
    let judge = |at: usize, name: &DisplayName| {
        let mut others = skeletons.iter().enumerate();
        if others.any(|(other, skeleton)| other != at && *skeleton == skeletons[at]) {
            Some(Lookalike::Another)
        } else {
            is_mixed(name.as_str()).then_some(Lookalike::Mixed)
        }
    };
    let names = names.iter().enumerate();
    names
        .map(|(at, name)| name.and_then(|name| judge(at, name)))
        .collect()
}

/// Letters that are written as others are, capital and small: what they are in Latin stands in the same
/// place of [`LATIN`].
const ALIKE: &str = "\
    АаВвЕеЁёКкМмНнОоРрСсТтУуХхЅѕІіЇїЈјҺһԀԁԚԛԜԝӀӏЬьГгПпЗз\
    ΑαΒβΕεΖζΗηΙιΚκΜμΝνΟοΡρΣσΤτΥυΧχΩωΆάΈέΉήΊίΌόΎύΏώϊΐϲϳγ";
const LATIN: &str = "\
    aabbeeeekkmmhhooppccttyyxxssiiiijjhhddqqwwllbbrrnn33\
    aabbeezzhniikkmunvooppsottyuxxwwaaeehniiooyuwwiicjy";

/// Small letters without their marks, from À (U+00C0) to ſ (U+017F).
const PLAIN: &[u8; 0xC0] = b"\
    aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo/ouuuuyty\
    aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkkllllllll\
    llnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/// What two names have in common that are easily taken for each other.
fn skeleton(name: &str) -> String {
    let letters = name.chars().filter(|c| !is_mark(*c)).map(plain);
    let bare: String = letters.clone().filter(|c| !is_between(*c)).collect();
    // A name may be made of nothing else.
    let bare = if bare.is_empty() {
        letters.collect()
    } else {
        bare
    };
    bare.replace("rn", "m").replace("vv", "w")
}

/// The letter that a character is taken for.
fn plain(c: char) -> char {
    let c = half_width(c);
    if let Some(at) = ALIKE.chars().position(|other| other == c) {
        return one_of_many(LATIN.chars().nth(at).unwrap_or(c));
    }
    let small = match c {
        'À'..='ſ' => char::from(PLAIN[c as usize - 'À' as usize]),
        // What has no like among the Latin ones.
        'Α'..='Ω' | 'А'..='Я' => char::from_u32(c as u32 + 0x20).unwrap_or(c),
        'Ѐ'..='Џ' => char::from_u32(c as u32 + 0x50).unwrap_or(c),
        _ => c.to_ascii_lowercase(),
    };
    one_of_many(small)
}

/// One that stands for all that are written with the same stroke.
fn one_of_many(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | 'i' | '|' => 'l',
        _ => c,
    }
}

/// Wide letters, and those of mathematics, as they usually are.
fn half_width(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        // Thirteen alphabets of capital and small letters.
        '\u{1D400}'..='\u{1D6A3}' => {
            let at = (c as u32 - 0x1D400) % 52;
            let from = if at < 26 { 'A' as u32 } else { 'a' as u32 - 26 };
            char::from_u32(from + at).unwrap_or(c)
        }
        _ => c,
    }
}

/// Stands on another letter, or only says how others are written.
fn is_mark(c: char) -> bool {
    matches!(
        c,
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}'
            | '\u{1DC0}'..='\u{1DFF}' | '\u{200C}' | '\u{200D}' | '\u{20D0}'..='\u{20FF}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{E0000}'..='\u{E01EF}'
    )
}

/// Stands between letters, and is easily overlooked.
fn is_between(c: char) -> bool {
    c.is_ascii_punctuation() || matches!(c, ' ' | '·' | '\u{2010}'..='\u{2027}' | '\u{2032}')
}

/// A word of it has Latin letters and others that look like some.
fn is_mixed(name: &str) -> bool {
    name.split(is_between).any(|word| {
        let mut letters = word.chars().map(half_width);
        let latin = |c| matches!(c, 'A'..='Z' | 'a'..='z' | 'À'..='ɏ');
        let other = |c| matches!(c, '\u{0370}'..='\u{052F}' | '\u{1F00}'..='\u{1FFF}');
        letters.clone().any(latin) && letters.any(other)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(names: &[&str]) -> Vec<Option<Lookalike>> {
        let names: Vec<DisplayName> = names.iter().map(|name| name.parse().unwrap()).collect();
        lookalikes(&names.iter().map(Some).collect::<Vec<_>>())
    }

    #[test]
    fn the_tables_are_whole() {
        assert_eq!(ALIKE.chars().count(), LATIN.chars().count());
        for (c, is) in [
            ('À', 'a'),
            ('ÿ', 'y'),
            ('Ā', 'a'),
            ('ł', 'l'),
            ('ő', 'o'),
            ('ž', 'z'),
        ] {
            assert_eq!(plain(c), one_of_many(is), "{c}");
        }
        assert_eq!((plain('İ'), plain('ſ'), plain('ĸ')), ('l', 's', 'k'));
    }

    #[test]
    fn names_that_look_the_same_are_found() {
        for (one, other) in [
            ("Bob", "Bob"),
            ("Bob", "bob"),
            // В and о of the Cyrillic alphabet.
            ("Bob", "Воb"),
            ("BOB", "ВОВ"),
            ("Anna", "Аnnа"),
            ("Paco", "Расо"),
            ("Helen", "Ηelen"),
            ("Tom", "Τοm"),
            ("Bob", "B0b"),
            ("Lina", "Iina"),
            ("Lina", "1ina"),
            ("Marnie", "Mamie"),
            ("Wanda", "vvanda"),
            ("Bob", "Ｂｏｂ"),
            ("Bob", "𝐁𝐨𝐛"),
            ("José", "Jose\u{301}"),
            ("Jose", "José"),
            ("Anna Maria", "AnnaMaria"),
            ("Bob", "Bob."),
            ("نرگسخاتون", "نرگس\u{200C}خاتون"),
            ("🎈", "🎈"),
            ("...", "..."),
        ] {
            let found = judged(&[one, "Zoe", other]);
            let both = Some(Lookalike::Another);
            assert_eq!(found, [both, None, both], "{one} and {other}");
        }
    }

    #[test]
    fn names_that_look_different_are_left_alone() {
        let all = [
            "Anna",
            "Hanna",
            "Bob",
            "Bob 2",
            "Rob",
            "Jörg",
            "Георгий",
            "Иван",
            "Νίκος",
            "太郎",
            "한글",
            "ليلى",
            "आशा",
            "🎈",
            "😀",
            "...",
            "!",
            "Mario",
            "Maria",
        ];
        assert_eq!(judged(&all), vec![None; all.len()]);
    }

    #[test]
    fn a_word_of_two_alphabets_is_found_and_two_words_of_them_are_not() {
        let mixed = Some(Lookalike::Mixed);
        assert_eq!(judged(&["Воb"]), [mixed]);
        assert_eq!(judged(&["Αnna Meier"]), [mixed]);
        assert_eq!(judged(&["Bob", "Воb", "Pаul"])[2], mixed);
        assert_eq!(judged(&["Анна (Berlin)", "Ελένη M."]), [None, None]);
    }

    #[test]
    fn who_has_said_no_name_looks_like_nobody() {
        assert_eq!(lookalikes(&[None, None]), [None, None]);
    }
}
