//! Streams without an allocation: so many at once and no more. Where there is no more room, the oldest
//! of the address that holds the most gives way, so that whoever only holds streams open keeps
//! nobody out.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio_util::sync::CancellationToken;

use crate::address::{Address, Loopback};

/// From all addresses.
const MOST: usize = 1024;

/// From one address; a browser opens a few at a time.
const MOST_PER_ADDRESS: usize = 64;

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Strangers(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// In the order in which they came.
    here: BTreeMap<u64, Stranger>,
    by_address: HashMap<Option<Address>, usize>,
    next: u64,
}

#[derive(Debug)]
struct Stranger {
    /// `None` is the machine itself: behind a reverse proxy on it, everybody comes from there.
    address: Option<Address>,
    lost: CancellationToken,
}

/// One stream's place among them; given back when dropped.
#[derive(Debug)]
pub(super) struct Place<'a> {
    strangers: &'a Strangers,
    number: u64,
    lost: CancellationToken,
}

impl Strangers {
    /// A place for a stream from `ip`; none where that address has as many as one may.
    pub(super) fn admit(&self, ip: IpAddr) -> Option<Place<'_>> {
        let address = Address::of(ip, Loopback::Uncounted);
        let mut state = self.state();
        let theirs = state.by_address.get(&address).copied().unwrap_or(0);
        if theirs >= MOST_PER_ADDRESS && address.is_some() {
            return None;
        }
        if state.here.len() >= MOST {
            state.make_room();
        }
        let number = state.next;
        state.next += 1;
        let lost = CancellationToken::new();
        let stranger = Stranger {
            address,
            lost: lost.clone(),
        };
        state.here.insert(number, stranger);
        *state.by_address.entry(address).or_default() += 1;
        Some(Place {
            strangers: self,
            number,
            lost,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn make_room(&mut self) {
        let heaviest = self.by_address.values().copied().max();
        let oldest = self
            .here
            .iter()
            .find(|(_, one)| self.by_address.get(&one.address).copied() == heaviest);
        if let Some(number) = oldest.map(|(number, _)| *number)
            && let Some(gone) = self.forget(number)
        {
            gone.lost.cancel();
            metrics::counter!("tincan_turn_streams_displaced_total").increment(1);
        }
    }

    fn forget(&mut self, number: u64) -> Option<Stranger> {
        let gone = self.here.remove(&number)?;
        if let Some(count) = self.by_address.get_mut(&gone.address) {
            *count -= 1;
            if *count == 0 {
                self.by_address.remove(&gone.address);
            }
        }
        Some(gone)
    }
}

impl Place<'_> {
    /// Cancelled when the place went to somebody else.
    pub(super) fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.strangers.state().forget(self.number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(host: usize) -> IpAddr {
        let [.., high, low] = host.to_be_bytes();
        IpAddr::from([203, 0, high, low])
    }

    fn is_lost(place: &Place<'_>) -> bool {
        place.lost.is_cancelled()
    }

    #[test]
    fn whoever_holds_the_most_makes_room_for_others() {
        let strangers = Strangers::default();
        let honest = strangers.admit(address(0)).expect("room");
        let held: Vec<Place<'_>> = (1..=16)
            .flat_map(|host| (0..MOST_PER_ADDRESS).map(move |_| host))
            .filter_map(|host| strangers.admit(address(host)))
            .collect();
        assert_eq!(held.len(), MOST, "the last one took the place of the first");
        assert!(is_lost(&held[0]) && !is_lost(&honest));
        let late = strangers.admit(address(99)).expect("they make room");
        assert!(is_lost(&held[MOST_PER_ADDRESS]), "of one who still has 64");
        assert!(!is_lost(&late) && !is_lost(&honest));
        drop((honest, held, late));
        let state = strangers.state();
        assert!(state.here.is_empty() && state.by_address.is_empty());
    }

    #[test]
    fn an_ipv6_network_of_64_bits_is_one_address() {
        let strangers = Strangers::default();
        let neighbour = |host: usize| format!("2001:db8:1:2::{host:x}").parse().unwrap();
        let held: Vec<Place<'_>> = (0..MOST_PER_ADDRESS)
            .filter_map(|host| strangers.admit(neighbour(host)))
            .collect();
        assert_eq!(held.len(), MOST_PER_ADDRESS);
        assert!(strangers.admit(neighbour(0xffff)).is_none());
        let elsewhere = "2001:db8:1:3::1".parse().unwrap();
        assert!(strangers.admit(elsewhere).is_some());
    }

    #[test]
    fn the_machine_itself_is_not_counted() {
        let strangers = Strangers::default();
        let held: Vec<Place<'_>> = (0..2 * MOST_PER_ADDRESS)
            .filter_map(|_| strangers.admit([127, 0, 0, 1].into()))
            .collect();
        assert_eq!(held.len(), 2 * MOST_PER_ADDRESS);
    }

    #[test]
    fn one_address_has_so_many_and_no_more() {
        let strangers = Strangers::default();
        let held: Vec<Place<'_>> = (0..MOST_PER_ADDRESS)
            .filter_map(|_| strangers.admit(address(1)))
            .collect();
        assert!(strangers.admit(address(1)).is_none());
        assert!(strangers.admit(address(2)).is_some());
        drop(held);
        assert!(strangers.admit(address(1)).is_some());
    }
}
