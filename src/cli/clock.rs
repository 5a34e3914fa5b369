//! The one clock of a run.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::engine::Clock;
use crate::kit::{Span, Timestamp};

/// The wall time at the start of the run, and from then on the monotonic clock: whoever sets the machine's time back or
/// forth while matches are played gives nobody time and takes none.
#[derive(Clone, Copy, Debug)]
pub struct RunClock {
    wall: Timestamp,
    start: Instant,
}

impl RunClock {
    /// Reads the wall clock, for the only time in this run.
    pub fn start() -> RunClock {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        RunClock {
            wall: Timestamp(millis(since)),
            start: Instant::now(),
        }
    }
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        self.wall + Span(millis(self.start.elapsed()))
    }
}

fn millis(time: std::time::Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_the_wall_time_and_never_runs_backwards() {
        let clock = RunClock::start();
        let mut last = clock.now();
        assert!(last > Timestamp(1_700_000_000_000), "{last}");
        for _ in 0..1000 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
    }
}
