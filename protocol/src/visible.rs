//! What of a name is seen. What changes direction (Unicode UAX #9) or shows nothing is left out: with it
//! two names could look the same, and one could look like none.
//!
//! Not here: letters that look like others. They are seen, and the page says what they look like.

/// Begins the flags that are spelled out in tags (UTS #51, annex C).
const FLAG: char = '\u{1F3F4}';
/// Says that what is before it is to be an emoji.
const EMOJI: char = '\u{FE0F}';
/// Ends the emoji of a key, as 1️⃣.
const KEYCAP: char = '\u{20E3}';

/// The characters that show, all white space as spaces.
pub(crate) fn visible(text: &str) -> String {
    let spaced = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c });
    let mut chars = spaced
        .filter(|c| !c.is_control() && !is_invisible(*c))
        .peekable();
    let mut seen = String::new();
    let mut last = ' ';
    while let Some(c) = chars.next() {
        let next = chars.peek().copied().unwrap_or(' ');
        if has_place(last, c, next) {
            seen.push(c);
            last = c;
        }
    }
    seen
}

/// Shows nothing anywhere, or changes the direction of what follows.
fn is_invisible(c: char) -> bool {
    matches!(
        c,
        '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}'
            | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{2800}' | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}'
            | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E001F}'
    )
}

/// Whether `c` shows something between these two, which only some characters depend on.
fn has_place(last: char, c: char, next: char) -> bool {
    match c {
        '\u{200C}' | '\u{200D}' => {
            (joins(last) || last == EMOJI) && (joins(next) || is_indic(last))
        }
        '\u{FE00}'..='\u{FE0F}' => {
            is_symbol(last) || is_ideograph(last) || (last.is_ascii() && next == KEYCAP)
        }
        '\u{E0020}'..='\u{E007F}' => matches!(last, FLAG | '\u{E0020}'..='\u{E007F}'),
        '\u{E0100}'..='\u{E01EF}' => is_ideograph(last),
        _ => true,
    }
}

/// Of a script that needs joiners, or an emoji.
fn joins(c: char) -> bool {
    is_symbol(c)
        || matches!(
            c,
            '\u{0600}'..='\u{109F}' | '\u{1780}'..='\u{18AF}' | '\u{1900}'..='\u{1CFF}'
                | '\u{A800}'..='\u{ABFF}' | '\u{FB50}'..='\u{FDFF}'
                | '\u{FE70}'..='\u{FEFC}' | '\u{10A00}'..='\u{11FFF}'
        )
}

/// Of a script in which a joiner also ends words.
fn is_indic(c: char) -> bool {
    matches!(c, '\u{0900}'..='\u{0DFF}')
}

fn is_symbol(c: char) -> bool {
    matches!(
        c,
        '\u{A9}' | '\u{AE}' | '\u{203C}' | '\u{2049}' | '\u{2100}'..='\u{2BFF}' | '\u{3030}'
            | '\u{303D}' | '\u{3297}' | '\u{3299}' | '\u{1F000}'..='\u{1FAFF}'
    )
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}
