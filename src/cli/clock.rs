//! The one clock of a run, and whether the machine's clock can be believed when it starts.

use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::engine::Clock;
use crate::kit::{Span, Timestamp};

/// A start whose clock differs by more from what has passed on the same machine since the last one takes a word of the operator.
const MAX_JUMP: Span = Span::days(1);
/// The same where the machine was started anew meanwhile, so that nobody can tell what has passed.
const MAX_AWAY: Span = Span::days(31);
/// A clock that is behind by less is not worth a word: records and signs of life are a little ahead of a killed process.
const SLIGHT: Span = Span::seconds(1);

/// The wall time at the start of the run, and from then on the time since the machine was started, which also passes while
/// the machine sleeps: whoever sets the machine's time back or forth while matches are played gives nobody time and takes
/// none, and a machine that slept has missed the time that it slept.
#[derive(Clone, Copy, Debug)]
pub struct RunClock {
    /// What is to be added to the time since the machine was started.
    offset: Span,
}

impl RunClock {
    /// Reads the wall clock, for the only time in this run.
    pub fn start() -> RunClock {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        RunClock {
            offset: Span(millis(since)) - since_boot(),
        }
    }

    /// The same, moved so that it shows this moment now.
    fn set(self, now: Timestamp) -> RunClock {
        RunClock {
            offset: self.offset + (now - self.now()),
        }
    }

    /// The clock of a run that follows another, whose last sign of life was at that moment: it never begins before it.
    /// The data folder keeps what the next start needs to know.
    ///
    /// # Errors
    /// [`Unbelievable`], unless the operator accepts it.
    pub fn following(
        self,
        last: Option<Timestamp>,
        folder: &Path,
        accepted: bool,
    ) -> Result<RunClock, Unbelievable> {
        let (path, boot) = (folder.join("clock"), boot_id());
        let before = std::fs::read(&path)
            .ok()
            .and_then(|bytes| serde_json::from_slice::<Kept>(&bytes).ok());
        let same = before.filter(|kept| !boot.is_empty() && kept.boot == boot);
        let expected = same.map(|kept| Timestamp::default() + kept.offset + since_boot());
        let wall = self.now();
        let begins = match begins(wall, last, expected) {
            Err(fault) if !accepted => return Err(fault),
            Err(_) => last.map_or(wall, |last| last.max(wall)),
            Ok(begins) => begins,
        };
        if begins - wall > SLIGHT {
            tracing::warn!(
                machine = %wall, referee = %begins,
                "the machine's clock is {} behind the last record; time goes on from there: set the machine's clock right",
                (begins - wall).words()
            );
        }
        let clock = self.set(begins);
        let kept = Kept {
            boot,
            offset: clock.offset,
        };
        // Without it the next start knows less, which is all.
        let written = serde_json::to_vec(&kept).map(|text| std::fs::write(&path, text));
        if !matches!(written, Ok(Ok(()))) {
            tracing::warn!(path = %path.display(), "could not note how the clock runs");
        }
        Ok(clock)
    }
}

/// How the clock of the last run went.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Which start of the machine it was.
    boot: String,
    /// What was added to the time since then.
    offset: Span,
}

/// A clock that cannot be believed without a word of the operator: bans, challenges, appointments would expire for good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the machine's clock shows {wall}, which is {} after the last sign of life of this referee{}; if that is right, start with --accept-clock; \
     else set the clock first: what expires is not brought back",
    (*wall - *last).words(), passed(*expected, *last)
)]
pub struct Unbelievable {
    wall: Timestamp,
    last: Timestamp,
    expected: Option<Timestamp>,
}

fn passed(expected: Option<Timestamp>, last: Timestamp) -> String {
    expected.map_or_else(String::new, |expected| {
        format!(
            ", and since then this machine has only run for {}",
            (expected - last).words()
        )
    })
}

/// When a run begins. `expected` is what the clock of the last run would show now, where the machine was not started anew.
///
/// To be off for a week is nothing unusual, so a gap alone says little. On the machine that was not started anew meanwhile
/// it is known how much time has passed, and a clock that says otherwise was set. After a new start nobody knows; a month
/// is rare enough to ask, and a clock that lost its battery or was set to another decade is further off than that. Whatever
/// passes costs nobody time in a match: that the referee was away is given back.
fn begins(
    wall: Timestamp,
    last: Option<Timestamp>,
    expected: Option<Timestamp>,
) -> Result<Timestamp, Unbelievable> {
    let Some(last) = last else { return Ok(wall) };
    let too_far = match expected {
        Some(expected) => wall - expected.max(last) > MAX_JUMP,
        None => wall - last > MAX_AWAY,
    };
    if too_far {
        return Err(Unbelievable {
            wall,
            last,
            expected,
        });
    }
    Ok(wall.max(last))
}

impl Clock for RunClock {
    fn now(&self) -> Timestamp {
        Timestamp::default() + self.offset + since_boot()
    }
}

/// How long the machine has been running, its sleep included.
fn since_boot() -> Span {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Span(
        time.tv_sec
            .saturating_mul(1000)
            .saturating_add(time.tv_nsec / 1_000_000),
    )
}

/// Which start of the machine this is; empty where the system does not say.
fn boot_id() -> String {
    let read = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
    read.unwrap_or_default().trim().to_owned()
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAST: Timestamp = Timestamp(1_700_000_000_000);

    #[test]
    fn it_begins_at_the_wall_time_and_never_runs_backwards() {
        let clock = RunClock::start();
        let mut last = clock.now();
        assert!(last > LAST, "{last}");
        for _ in 0..1000 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn a_clock_is_believed_or_asked_about() {
        let (day, hour) = (Span::days(1), Span::hours(1));
        let after = |span: Span| LAST + span;
        let back = |span: Span| LAST + (Span::ZERO - span);
        for (wall, expected, then) in [
            // Off for a while, with a machine that ran or did not.
            (after(hour), Some(after(hour)), Some(after(hour))),
            (after(Span::days(7)), None, Some(after(Span::days(7)))),
            (
                after(Span::days(60)),
                Some(after(Span::days(60))),
                Some(after(Span::days(60))),
            ),
            (after(Span::days(32)), None, None),
            (after(Span::days(5000)), None, None),
            // Set forth meanwhile.
            (after(day), Some(after(hour)), Some(after(day))),
            (after(Span::days(2)), Some(after(hour)), None),
            // Set back: time goes on from where it was.
            (back(hour), None, Some(LAST)),
            (back(Span::days(5000)), Some(after(hour)), Some(LAST)),
        ] {
            assert_eq!(
                begins(wall, Some(LAST), expected).ok(),
                then,
                "{wall} {expected:?}"
            );
        }
        assert_eq!(
            begins(back(day), None, None),
            Ok(back(day)),
            "the first start"
        );
    }

    #[test]
    fn a_start_behind_the_last_record_goes_on_from_there() {
        let folder = tempfile::tempdir().unwrap();
        let start = RunClock::start();
        let ahead = start.now() + Span::days(3);
        let clock = start.following(Some(ahead), folder.path(), false).unwrap();
        assert!(clock.now() >= ahead);
        let before = clock.now();
        while clock.now() == before {}
        assert!(clock.now() - before < Span::hours(1), "and it goes on");
        // The next start on this machine knows how far ahead the referee is, and is not surprised.
        let again = start
            .following(Some(clock.now()), folder.path(), false)
            .unwrap();
        assert!(again.now() >= clock.now());
    }

    #[test]
    fn a_clock_that_was_set_meanwhile_takes_a_word() {
        let folder = tempfile::tempdir().unwrap();
        let (start, none) = (RunClock::start(), None);
        start.following(none, folder.path(), false).unwrap();
        let last = start.now();
        let set = start.set(last + Span::days(400));
        let fault = set
            .following(Some(last), folder.path(), false)
            .unwrap_err()
            .to_string();
        for word in ["400 days", "--accept-clock", "only run for a moment"] {
            assert!(fault.contains(word), "{word}: {fault}");
        }
        let clock = set.following(Some(last), folder.path(), true).unwrap();
        assert!(clock.now() >= last + Span::days(400));
        // Once accepted it is what is expected.
        set.following(Some(clock.now()), folder.path(), false)
            .unwrap();
    }
}
