//! The devices that others came with, so that somebody who comes with the same one again can be told
//! from somebody who only says the same name. Kept in this browser alone, and only where its person
//! asked for it.
//!
//! Kept as text, a line for each, the last one seen first: print, when, whether the safety code was
//! compared, name.

use std::fmt::Write as _;

use call::safety::Digest;

/// More than these are not remembered.
const MOST: usize = 200;

/// What is known of a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen {
    /// When it was last in a call with this one, in milliseconds since 1970.
    pub at: u64,
    /// The safety code with it was compared, then or before.
    pub compared: bool,
    /// What its person was called.
    pub name: String,
}

/// What `text` has of the device with that print.
pub fn find(text: &str, print: &Digest) -> Option<Seen> {
    let print = hex(print);
    let line = text.lines().find(|line| line.starts_with(&print))?;
    let mut parts = line.splitn(4, ' ').skip(1);
    Some(Seen {
        at: parts.next()?.parse().ok()?,
        compared: parts.next()? == "1",
        name: parts.next()?.to_owned(),
    })
}

/// `text` with that device first, in place of what was known of it.
pub fn with(text: &str, print: &Digest, seen: &Seen) -> String {
    let print = hex(print);
    let compared = u8::from(seen.compared);
    let mut all = format!("{print} {} {compared} {}\n", seen.at, seen.name);
    let others = text.lines().filter(|line| !line.starts_with(&print));
    for line in others.take(MOST - 1) {
        all.push_str(line);
        all.push('\n');
    }
    all
}

fn hex(print: &Digest) -> String {
    print.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn seen(at: u64, compared: bool, name: &str) -> Seen {
        Seen {
            at,
            compared,
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_was_written_of_a_device_is_found_and_replaced() {
        let first = seen(1_800_000_000_123, true, "Ada Lovelace");
        let text = with("", &[7; 32], &first);
        let text = with(&text, &[8; 32], &seen(5, false, ""));
        assert_eq!(find(&text, &[7; 32]), Some(first));
        assert_eq!(find(&text, &[8; 32]), Some(seen(5, false, "")));
        assert_eq!(find(&text, &[9; 32]), None);
        let text = with(&text, &[7; 32], &seen(6, true, "Ada"));
        assert_eq!(find(&text, &[7; 32]), Some(seen(6, true, "Ada")));
        assert_eq!(text.lines().count(), 2);
    }

    #[test]
    fn those_not_seen_for_long_are_forgotten_and_damage_is_passed_over() {
        let mut text = format!("x\n\n{} soon 1 Bob\n", hex(&[1; 32]));
        assert_eq!(find(&text, &[1; 32]), None);
        for number in 0..=MOST as u64 {
            let mut print = [0; 32];
            print[..8].copy_from_slice(&number.to_be_bytes());
            text = with(&text, &print, &seen(number, false, "A"));
        }
        assert_eq!(text.lines().count(), MOST);
        assert_eq!(find(&text, &[0; 32]), None);
    }
}
