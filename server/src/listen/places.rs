//! So many connections at once and no more; and whoever has kept still the longest makes room for
//! the next one, so that those who only hold places cannot keep others out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use metrics::counter;
use tokio_util::sync::CancellationToken;

/// The places there are.
#[derive(Debug)]
pub struct Places {
    most: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    taken: usize,
    /// Those who keep still, by when they began to.
    still: BTreeMap<u64, CancellationToken>,
    /// Counts whoever begins to keep still.
    next: u64,
}

/// A connection's place; free again when this is dropped.
#[derive(Debug)]
pub(super) struct Place {
    places: Arc<Places>,
    /// Under which number it keeps still.
    still: Mutex<Option<u64>>,
    lost: CancellationToken,
}

impl Places {
    /// Of `most` connections at once.
    pub fn new(most: usize) -> Arc<Self> {
        Arc::new(Self {
            most,
            state: Mutex::default(),
        })
    }

    /// A place for one who keeps still for now; none where all are taken by those who are served.
    pub(super) fn take(self: &Arc<Self>) -> Option<Place> {
        let lost = CancellationToken::new();
        let still = {
            let mut state = self.state();
            if state.taken >= self.most {
                let (_, longest) = state.still.pop_first()?;
                longest.cancel();
                counter!("tincan_connections_displaced_total").increment(1);
                state.taken -= 1;
            }
            state.taken += 1;
            state.keep_still(&lost)
        };
        Some(Place {
            places: Arc::clone(self),
            still: Mutex::new(Some(still)),
            lost,
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn keep_still(&mut self, lost: &CancellationToken) -> u64 {
        let number = self.next;
        self.next += 1;
        self.still.insert(number, lost.clone());
        number
    }
}

impl Place {
    /// The connection is being served from now on, and keeps its place.
    pub(super) fn begin(&self) {
        let mut still = self.still.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(number) = still.take() {
            self.places.state().still.remove(&number);
        }
    }

    /// It was served, and keeps still until it asks for more.
    pub(super) fn rest(&self) {
        let mut still = self.still.lock().unwrap_or_else(PoisonError::into_inner);
        if still.is_none() && !self.lost.is_cancelled() {
            *still = Some(self.places.state().keep_still(&self.lost));
        }
    }

    /// Cancelled when the place went to somebody else.
    pub(super) fn lost(&self) -> CancellationToken {
        self.lost.clone()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let still = self.still.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut state = self.places.state();
        if let Some(number) = still.take() {
            state.still.remove(&number);
        }
        // Else it was counted when it went to somebody else.
        if !self.lost.is_cancelled() {
            state.taken -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_lost(place: &Place) -> bool {
        place.lost.is_cancelled()
    }

    #[test]
    fn whoever_kept_still_the_longest_makes_room() {
        let places = Places::new(2);
        let first = places.take().expect("room");
        let second = places.take().expect("room");
        first.begin();
        first.rest();
        let third = places.take().expect("the second makes room");
        assert_eq!([&first, &second, &third].map(is_lost), [false, true, false]);
        drop(second);
        let fourth = places.take().expect("the first makes room");
        assert_eq!([&first, &third, &fourth].map(is_lost), [true, false, false]);
    }

    #[test]
    fn those_who_are_served_keep_their_places() {
        let places = Places::new(2);
        let busy: Vec<Place> = (0..2).filter_map(|_| places.take()).collect();
        busy.iter().for_each(Place::begin);
        assert!(places.take().is_none());
        drop(busy);
        assert_eq!(
            (0..3).filter_map(|_| places.take()).count(),
            3,
            "each makes room or leaves"
        );
        assert_eq!(places.state().taken, 0);
    }

    #[test]
    fn who_lost_their_place_gets_it_back_by_nothing() {
        let places = Places::new(1);
        let first = places.take().expect("room");
        let second = places.take().expect("the first makes room");
        first.begin();
        first.rest();
        assert!(is_lost(&first) && places.state().still.len() == 1);
        drop((first, second));
        assert_eq!(places.state().taken, 0);
    }
}
