//! The calls that somebody was in lately, so that they find them again without the link. Kept in
//! this browser alone, with their keys, and forgotten when the person says so.

use call::CallLink;

/// More than these nobody looks through.
const MOST: usize = 6;

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
    /// Reads what [`RecentCalls::to_text`] wrote; what is no call is passed over.
    pub fn parse(text: &str) -> Self {
        let calls = text.lines().filter_map(|line| {
            let (at, path) = line.split_once(' ')?;
            let at = at.parse().ok()?;
            let link = CallLink::parse(path).ok()?;
            Some(RecentCall {
                path: link.path(),
                room: link.room.to_string(),
                at,
            })
        });
        Self(calls.take(MOST).collect())
    }

    /// A line for each.
    pub fn to_text(&self) -> String {
        let lines = self
            .0
            .iter()
            .map(|call| format!("{} {}\n", call.at, call.path));
        lines.collect()
    }

    /// Somebody joined a call.
    pub fn add(&mut self, link: &CallLink, at: u64) {
        let room = link.room.to_string();
        self.0.retain(|call| call.room != room);
        let path = link.path();
        self.0.insert(0, RecentCall { path, room, at });
        self.0.truncate(MOST);
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

    fn link(room: &str) -> CallLink {
        CallLink::parse(&format!("/r/{room}#BwcHBwcHBwcHBwcHBwcHBw")).expect("a link")
    }

    fn rooms(calls: &RecentCalls) -> Vec<&str> {
        calls.all().iter().map(|call| call.room.as_str()).collect()
    }

    #[test]
    fn the_last_comes_first_and_each_room_once() {
        let mut calls = RecentCalls::default();
        for (at, room) in ["tea-time", "coffee", "tea-time"].into_iter().enumerate() {
            calls.add(&link(room), at as u64);
        }
        assert_eq!(rooms(&calls), ["tea-time", "coffee"]);
        for at in 0..20 {
            calls.add(&link(&format!("room-{at}")), 9);
        }
        assert_eq!(calls.all().len(), MOST);
        calls.forget("room-19");
        assert_eq!(rooms(&calls)[0], "room-18");
    }

    #[test]
    fn what_was_written_is_read_and_the_rest_is_passed_over() {
        let mut calls = RecentCalls::default();
        calls.add(&link("tea-time"), 1_800_000_000_123);
        calls.add(&CallLink::parse("coffee").expect("a name"), 5);
        assert_eq!(RecentCalls::parse(&calls.to_text()), calls);
        let damaged = format!("x\n12\nNaN /r/tea-time\n7 https://x/\n{}", calls.to_text());
        assert_eq!(RecentCalls::parse(&damaged), calls);
    }
}
