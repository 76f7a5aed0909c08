//! Keys that have proven right, so that a client's next request derives nothing. So many and no
//! more: whose key was not asked for since it was last looked at makes room first (the "clock" of
//! page caches), so that a crowd of newcomers does not drive out those in a call.

use std::collections::VecDeque;

use foldhash::fast::FixedState;

use super::Map;
use crate::auth::{Key, PasswordAlgorithm};

/// Keys that are remembered. A call of eight uses eight; each costs some 300 bytes, and some 2 µs
/// to derive once more.
const MAX_KEYS: usize = 1024;

/// What a key is remembered by.
type Name = (String, PasswordAlgorithm);

/// The keys of one machine.
#[derive(Debug)]
pub(super) struct Keys {
    known: Map<Name, Known>,
    /// In the order in which they are next thought of when there is no more room.
    round: VecDeque<Name>,
}

#[derive(Debug)]
struct Known {
    key: Key,
    /// It was asked for since it was last thought of.
    is_in_use: bool,
}

impl Keys {
    pub(super) fn new(hasher: FixedState) -> Self {
        Self {
            known: Map::with_hasher(hasher),
            round: VecDeque::new(),
        }
    }

    pub(super) fn get(&mut self, username: &str, algorithm: PasswordAlgorithm) -> Option<Key> {
        // The map wants an owned name to look up by; requests are rare enough for that.
        let known = self.known.get_mut(&(username.to_owned(), algorithm))?;
        known.is_in_use = true;
        Some(known.key.clone())
    }

    pub(super) fn remember(&mut self, username: &str, algorithm: PasswordAlgorithm, key: &Key) {
        let name = (username.to_owned(), algorithm);
        if self.known.contains_key(&name) {
            return;
        }
        while self.known.len() >= MAX_KEYS && self.make_room() {}
        let known = Known {
            key: key.clone(),
            is_in_use: false,
        };
        self.known.insert(name.clone(), known);
        self.round.push_back(name);
    }

    /// Forgets the keys of those of whom `is_theirs` says so.
    pub(super) fn forget(&mut self, is_theirs: impl Fn(&str) -> bool) {
        self.known.retain(|(username, _), _| !is_theirs(username));
        self.round.retain(|(username, _)| !is_theirs(username));
    }

    /// Thinks of the next one: in use it has another round, else it goes. `false` when there is
    /// none.
    fn make_room(&mut self) -> bool {
        let Some(name) = self.round.pop_front() else {
            return false;
        };
        match self.known.get_mut(&name) {
            Some(known) if known.is_in_use => {
                known.is_in_use = false;
                self.round.push_back(name);
            }
            Some(_) => drop(self.known.remove(&name)),
            None => {}
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MD5: PasswordAlgorithm = PasswordAlgorithm::Md5;

    fn keys() -> Keys {
        Keys::new(FixedState::with_seed(1))
    }

    fn remember(keys: &mut Keys, number: usize) {
        keys.remember(&number.to_string(), MD5, &Key::from_password(b"secret"));
    }

    #[test]
    fn a_crowd_of_newcomers_drives_out_nobody_who_is_in_a_call() {
        let mut keys = keys();
        for number in 0..10 * MAX_KEYS {
            remember(&mut keys, number);
            if number % 100 == 0 {
                assert!(keys.get("0", MD5).is_some(), "forgotten after {number}");
            }
        }
        assert!(keys.get("100", MD5).is_none());
        assert_eq!(keys.known.len(), MAX_KEYS);
        assert_eq!(keys.round.len(), MAX_KEYS);
    }

    #[test]
    fn when_all_are_in_use_the_eldest_makes_room() {
        let mut keys = keys();
        for number in 0..MAX_KEYS {
            remember(&mut keys, number);
            keys.get(&number.to_string(), MD5);
        }
        remember(&mut keys, MAX_KEYS);
        assert!(keys.get("0", MD5).is_none());
        assert_eq!(keys.known.len(), MAX_KEYS);
    }

    #[test]
    fn who_left_is_forgotten() {
        let mut keys = keys();
        remember(&mut keys, 1);
        remember(&mut keys, 2);
        keys.forget(|username| username == "1");
        assert!(keys.get("1", MD5).is_none() && keys.get("2", MD5).is_some());
        assert_eq!(keys.round.len(), 1);
    }
}
