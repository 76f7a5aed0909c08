//! The calls that somebody was in lately, so that they find them again without the link. Kept in
//! this browser alone, with their keys, and forgotten when the person says so.
//!
//! Kept as text, a line for each, so that the call's code, which adds one, and the home page's, which
//! reads them, have no code in common: that would weigh on the lobby.

use call::CallLink;

/// More than these nobody looks through.
pub const MOST: usize = 6;

/// `text` with one more line, before all others. `at`: milliseconds since 1970.
pub fn with(text: &str, path: &str, at: u64) -> String {
    let mut all = format!("{at} {path}\n");
    let others = text.lines().filter(|line| !line.ends_with(path));
    for line in others.take(MOST - 1) {
        all.push_str(line);
        all.push('\n');
    }
    all
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentCall {
    /// Where it is, with the key.
    pub path: String,
    /// The room's name.
    pub room: String,
    /// When it was last joined, in milliseconds since 1970.
    pub at: u64,
}

/// The last one first, each room once.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RecentCalls(Vec<RecentCall>);

impl RecentCalls {
    /// Reads what [`with`] wrote; what is no call is passed over.
    pub fn parse(text: &str) -> Self {
        let mut calls = Vec::<RecentCall>::new();
        for line in text.lines() {
            let Some((at, path)) = line.split_once(' ') else {
                continue;
            };
            let (Ok(at), Ok(link)) = (at.parse(), CallLink::parse(path)) else {
                continue;
            };
            let room = link.room.to_string();
            if calls.len() < MOST && calls.iter().all(|call| call.room != room) {
                let path = link.path();
                calls.push(RecentCall { path, room, at });
            }
        }
        Self(calls)
    }

    /// A line for each.
    pub fn to_text(&self) -> String {
        let lines = self
            .0
            .iter()
            .map(|call| format!("{} {}\n", call.at, call.path));
        lines.collect()
    }

    /// The person does not want to find it again.
    pub fn forget(&mut self, room: &str) {
        self.0.retain(|call| call.room != room);
    }

    /// All of them.
    pub fn all(&self) -> &[RecentCall] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    // The page is built for browsers alone, and so are its tests.
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    use super::*;

    fn path(room: &str) -> String {
        format!("/r/{room}#BwcHBwcHBwcHBwcHBwcHBw")
    }

    fn rooms(calls: &RecentCalls) -> Vec<&str> {
        calls.all().iter().map(|call| call.room.as_str()).collect()
    }

    #[test]
    fn the_last_comes_first_and_each_room_once() {
        let mut text = String::new();
        for (at, room) in ["tea-time", "coffee", "tea-time"].into_iter().enumerate() {
            text = with(&text, &path(room), at as u64);
        }
        assert_eq!(rooms(&RecentCalls::parse(&text)), ["tea-time", "coffee"]);
        for at in 0..20 {
            text = with(&text, &path(&format!("room-{at}")), 9);
        }
        let mut calls = RecentCalls::parse(&text);
        assert_eq!(calls.all().len(), MOST);
        calls.forget("room-19");
        assert_eq!(rooms(&calls)[0], "room-18");
    }

    #[test]
    fn what_was_written_is_read_and_the_rest_is_passed_over() {
        let text = with(
            &with("", &path("tea-time"), 1_800_000_000_123),
            "/r/coffee",
            5,
        );
        let calls = RecentCalls::parse(&text);
        assert_eq!(calls.to_text(), text);
        let damaged = format!("x\n12\nNaN /r/tea-time\n7 https://x/\n{text}");
        assert_eq!(RecentCalls::parse(&damaged), calls);
    }
}
