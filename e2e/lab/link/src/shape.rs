//! What a long wire does to a packet: brings it later, or never. Pure; time and the dice come from
//! outside.

use std::time::{Duration, Instant};

/// How a wire is at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Shape {
    /// How long a packet takes from end to end.
    pub(crate) delay: Duration,
    /// Which part of the packets is lost, from 0 to 1.
    pub(crate) loss: f64,
}

impl Shape {
    /// When a packet that enters at `now` comes out; `None` if it is lost. `roll` is a number from
    /// 0 up to but not including 1.
    pub(crate) fn due(&self, now: Instant, roll: f64) -> Option<Instant> {
        (roll >= self.loss).then(|| now + self.delay)
    }

    /// Takes an order: `delay MILLISECONDS` or `loss PERCENT`. Returns whether it was one.
    pub(crate) fn obey(&mut self, order: &str) -> bool {
        let mut words = order.split_whitespace();
        let (word, number) = (words.next(), words.next().map(str::parse::<f64>));
        match (word, number) {
            (Some("delay"), Some(Ok(millis))) if (0.0..=60_000.0).contains(&millis) => {
                self.delay = Duration::from_secs_f64(millis / 1000.0);
                true
            }
            (Some("loss"), Some(Ok(percent))) if (0.0..=100.0).contains(&percent) => {
                self.loss = percent / 100.0;
                true
            }
            _ => false,
        }
    }
}

/// Dice that fall the same way in every run (xorshift64, Marsaglia 2003).
pub(crate) struct Dice(u64);

impl Dice {
    /// Dice for one direction; `seed` must not be zero, which would stay zero.
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.max(1))
    }

    /// A number from 0 up to but not including 1.
    pub(crate) fn roll(&mut self) -> f64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        // 53 bits are what an f64 can hold exactly.
        (self.0 >> 11) as f64 / (1u64 << 53) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_packet_comes_out_after_the_delay() {
        let mut shape = Shape::default();
        assert!(shape.obey("delay 20"));
        let now = Instant::now();
        assert_eq!(shape.due(now, 0.0), Some(now + Duration::from_millis(20)));
    }

    #[test]
    fn as_many_packets_are_lost_as_was_asked_for() {
        let mut shape = Shape::default();
        assert!(shape.obey("loss 5"));
        let mut dice = Dice::new(7);
        let now = Instant::now();
        let lost = (0..100_000)
            .filter(|_| shape.due(now, dice.roll()).is_none())
            .count();
        assert!((4_700..5_300).contains(&lost), "{lost} of 100,000");
    }

    #[test]
    fn a_wire_without_loss_loses_nothing_and_a_cut_one_everything() {
        let now = Instant::now();
        let mut dice = Dice::new(1);
        let mut shape = Shape::default();
        assert!((0..1_000).all(|_| shape.due(now, dice.roll()).is_some()));
        assert!(shape.obey("loss 100"));
        assert!((0..1_000).all(|_| shape.due(now, dice.roll()).is_none()));
    }

    #[test]
    fn what_is_no_order_changes_nothing() {
        let mut shape = Shape::default();
        for order in [
            "",
            "delay",
            "delay -1",
            "delay soon",
            "loss 101",
            "loss NaN",
            "speed 3",
        ] {
            assert!(!shape.obey(order), "{order}");
        }
        assert_eq!(shape, Shape::default());
    }
}
