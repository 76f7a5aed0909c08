//! Numbers out of samples: medians, percentiles, and how people read them.

use std::time::Duration;

/// The middle one, or the mean of the middle two; zero of nothing.
pub(crate) fn median(samples: impl IntoIterator<Item = f64>) -> f64 {
    let mut samples: Vec<f64> = samples.into_iter().collect();
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    match samples.len() {
        0 => 0.0,
        len if len % 2 == 1 => samples[middle],
        _ => f64::midpoint(samples[middle - 1], samples[middle]),
    }
}

/// Times of single answers.
#[derive(Default)]
pub(crate) struct Latencies {
    /// In nanoseconds, up to four seconds each.
    nanos: Vec<u32>,
}

impl Latencies {
    /// Adds one.
    pub(crate) fn add(&mut self, latency: Duration) {
        self.nanos
            .push(u32::try_from(latency.as_nanos()).unwrap_or(u32::MAX));
    }

    /// The time that `share` (0 to 1) of the answers did not exceed, in microseconds.
    pub(crate) fn percentile(&mut self, share: f64) -> f64 {
        if self.nanos.is_empty() {
            return 0.0;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a length is a length"
        )]
        let rank = (share * self.nanos.len() as f64).ceil() as usize;
        let at = rank.clamp(1, self.nanos.len()) - 1;
        let (_, nanos, _) = self.nanos.select_nth_unstable(at);
        f64::from(*nanos) / 1000.0
    }
}

/// A count with thousands set off: `274,000`.
pub(crate) fn count(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) && digit != '-' {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A time in µs or ms.
pub(crate) fn micros(value: f64) -> String {
    if value >= 1000.0 {
        format!("{:.1} ms", value / 1000.0)
    } else if value >= 10.0 {
        format!("{value:.0} µs")
    } else {
        format!("{value:.1} µs")
    }
}

/// Bytes in thousands.
pub(crate) fn kilobytes(bytes: f64) -> String {
    format!("{:.1} kB", bytes / 1000.0)
}

/// A share in percent.
pub(crate) fn percent(share: f64) -> String {
    if share > 0.0 && share < 0.001 {
        return "< 0.1 %".to_owned();
    }
    format!("{:.1} %", share * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one() {
        assert_eq!(
            median([3.0, 1.0, 2.0]).total_cmp(&2.0),
            std::cmp::Ordering::Equal
        );
        assert_eq!(
            median([4.0, 1.0]).total_cmp(&2.5),
            std::cmp::Ordering::Equal
        );
        assert_eq!(median([]).total_cmp(&0.0), std::cmp::Ordering::Equal);
    }

    #[test]
    fn percentiles_are_samples_of_that_rank() {
        let mut latencies = Latencies::default();
        for micros in (1..=100).rev() {
            latencies.add(Duration::from_micros(micros));
        }
        for (share, expected) in [(0.5, 50.0), (0.99, 99.0), (1.0, 100.0), (0.0, 1.0)] {
            let found = latencies.percentile(share);
            assert!((found - expected).abs() < 1e-9, "{share}: {found}");
        }
    }

    #[test]
    fn thousands_are_set_off() {
        assert_eq!(count(274_123.4), "274,123");
        assert_eq!(count(999.0), "999");
        assert_eq!(count(1_000_000.0), "1,000,000");
    }
}
