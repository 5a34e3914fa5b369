//! How long to wait before the next try.

use std::time::Duration;

use super::link::Timing;

/// Doubling waits with jitter.
pub struct Backoff {
    first: Duration,
    last: Duration,
    mending: Duration,
    tries: u32,
}

impl Backoff {
    /// Waits as this timing says.
    pub fn new(timing: &Timing) -> Backoff {
        Backoff {
            first: timing.first_retry,
            last: timing.last_retry,
            mending: timing.mending,
            tries: 0,
        }
    }

    /// The connection was a good one: begin again.
    pub fn reset(&mut self) {
        self.tries = 0;
    }

    /// The next wait: at most the doubled limit and at least half of it, so that components of one server that went
    /// down together do not come back in step. `mending` marks a fault that time alone does not mend.
    pub fn next(&mut self, mending: bool) -> Duration {
        let limit = self
            .first
            .saturating_mul(1u32 << self.tries.min(20))
            .min(self.last);
        self.tries = self.tries.saturating_add(1);
        let limit = if mending {
            limit.max(self.mending)
        } else {
            limit
        };
        limit.mul_f64(rand::random_range(0.5..=1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_last() {
        let timing = Timing::default();
        let mut backoff = Backoff::new(&timing);
        for round in 0..40 {
            let wait = backoff.next(false);
            let limit = (timing.first_retry * 2u32.pow(round.min(9))).min(timing.last_retry);
            assert!(wait <= limit && wait >= limit / 2, "{round}: {wait:?}");
        }
        backoff.reset();
        assert!(backoff.next(false) <= Duration::from_millis(100));
        assert!(backoff.next(true) >= timing.mending / 2);
    }
}
