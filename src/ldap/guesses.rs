//! Who guesses passwords: after so many wrong ones, those that come next go through the slow lane for a while.
//!
//! What is counted is the name that was tried, whether anybody bears it or not, and the address it came from.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::kit::{Span, Timestamp};

/// Wrong passwords for one name within [`LOCK_OF_PERSON`] before the next have to wait for each other.
pub const GUESSES_OF_PERSON: u32 = 5;
/// How long that lasts, and how long a wrong one counts.
pub const LOCK_OF_PERSON: Span = Span(60_000);
/// Wrong passwords from one address within [`LOCK_OF_SOURCE`]: many, because a web server asks for all its people.
pub const GUESSES_OF_SOURCE: u32 = 100;
/// How long that lasts, and how long a wrong one counts.
pub const LOCK_OF_SOURCE: Span = Span(60_000);
/// People and addresses that are watched at once; beyond it, names that are not watched are slow as well.
pub const MAX_WATCHED: usize = 10_000;

/// How often a full list is looked through.
const SWEEP: Span = Span(1000);

/// Whom wrong passwords are counted for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Whom {
    Person(String),
    Source(IpAddr),
}

impl Whom {
    fn rule(&self) -> (u32, Span) {
        match self {
            Whom::Person(_) => (GUESSES_OF_PERSON, LOCK_OF_PERSON),
            Whom::Source(_) => (GUESSES_OF_SOURCE, LOCK_OF_SOURCE),
        }
    }
}

#[derive(Clone, Copy, Debug)]
struct Watched {
    wrong: u32,
    /// Until when the wrong ones count; when there are too many, until when it is slow.
    until: Timestamp,
}

/// The wrong passwords of the last minutes. It is told the time.
#[derive(Debug, Default)]
pub struct Guesses {
    watched: BTreeMap<Whom, Watched>,
    /// When those whose time is over were last taken out.
    swept: Option<Timestamp>,
}

impl Guesses {
    /// Whether a password may be tried at once for this name from this address.
    ///
    /// # Errors
    /// How long it is slow.
    pub fn admit(&mut self, name: &str, source: IpAddr, now: Timestamp) -> Result<(), Span> {
        let whom = [Whom::Person(name.to_owned()), Whom::Source(source)];
        let lock = whom.iter().filter_map(|whom| self.lock(whom, now)).max();
        if let Some(wait) = lock {
            return Err(wait);
        }
        let full = self.watched.len() + whom.len() > MAX_WATCHED;
        if full && self.swept.is_none_or(|last| now - last >= SWEEP) {
            self.watched.retain(|_, watched| watched.until > now);
            self.swept = Some(now);
        }
        let known = whom.iter().all(|whom| self.watched.contains_key(whom));
        if !known && self.watched.len() + whom.len() > MAX_WATCHED {
            return Err(LOCK_OF_PERSON);
        }
        Ok(())
    }

    /// The same for a name alone, wherever it is tried.
    pub fn slow_name(&self, name: &str, now: Timestamp) -> Option<Span> {
        self.lock(&Whom::Person(name.to_owned()), now)
    }

    /// Counts a wrong password; true when it was one too many, for the log.
    pub fn wrong(&mut self, name: &str, source: IpAddr, now: Timestamp) -> bool {
        self.count([Whom::Person(name.to_owned()), Whom::Source(source)], now)
    }

    /// The same for a name alone.
    pub fn wrong_name(&mut self, name: &str, now: Timestamp) -> bool {
        self.count([Whom::Person(name.to_owned())], now)
    }

    fn count<const N: usize>(&mut self, all: [Whom; N], now: Timestamp) -> bool {
        let mut locked = false;
        for whom in all {
            if self.watched.len() >= MAX_WATCHED && !self.watched.contains_key(&whom) {
                continue;
            }
            let (most, lock) = whom.rule();
            let watched = self.watched.entry(whom).or_insert(Watched {
                wrong: 0,
                until: now + lock,
            });
            if watched.until <= now {
                watched.wrong = 0;
            }
            if watched.wrong == 0 || watched.wrong + 1 == most {
                watched.until = now + lock;
            }
            watched.wrong += 1;
            locked |= watched.wrong == most;
        }
        locked
    }

    /// The right password: what was wrong before was a slip. The address goes on being watched, lest somebody with an account
    /// guesses those of others.
    pub fn right(&mut self, name: &str) {
        self.watched.remove(&Whom::Person(name.to_owned()));
    }

    fn lock(&self, whom: &Whom, now: Timestamp) -> Option<Span> {
        let watched = self.watched.get(whom)?;
        let (most, _) = whom.rule();
        (watched.wrong >= most && watched.until > now).then(|| watched.until - now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn five_wrong_ones_lock_a_person_for_a_minute_from_everywhere() {
        let mut guesses = Guesses::default();
        for second in 0..4 {
            assert_eq!(guesses.admit("forum anna", HERE, at(second)), Ok(()));
            assert!(!guesses.wrong("forum anna", HERE, at(second)));
        }
        assert!(guesses.wrong("forum anna", HERE, at(4)));
        assert_eq!(guesses.admit("forum anna", HERE, at(5)), Err(Span(59_000)));
        assert_eq!(guesses.admit("forum anna", THERE, at(63)), Err(Span(1_000)));
        assert_eq!(guesses.admit("forum bob", HERE, at(5)), Ok(()));
        assert_eq!(guesses.admit("ftp anna", HERE, at(5)), Ok(()));
        assert_eq!(guesses.admit("forum anna", HERE, at(64)), Ok(()));
        // After the lock it begins anew.
        assert!(!guesses.wrong("forum anna", HERE, at(64)));
        assert_eq!(guesses.admit("forum anna", HERE, at(64)), Ok(()));
    }

    #[test]
    fn a_slip_is_forgotten_with_the_right_password_or_after_a_minute() {
        let mut guesses = Guesses::default();
        for _ in 0..4 {
            guesses.wrong("forum anna", HERE, at(0));
        }
        guesses.right("forum anna");
        for _ in 0..4 {
            assert!(!guesses.wrong("forum anna", HERE, at(1)));
        }
        assert!(!guesses.wrong("forum anna", HERE, at(61)));
        assert_eq!(guesses.admit("forum anna", HERE, at(61)), Ok(()));
    }

    #[test]
    fn whoever_tries_many_names_is_stopped_by_the_address() {
        let mut guesses = Guesses::default();
        let mut tried = 0;
        while guesses
            .admit(&format!("forum {tried}"), HERE, at(0))
            .is_ok()
        {
            guesses.wrong(&format!("forum {tried}"), HERE, at(0));
            tried += 1;
        }
        assert_eq!(tried, GUESSES_OF_SOURCE);
        assert_eq!(guesses.admit("forum anna", THERE, at(0)), Ok(()));
        // One's own right password does not wash the address clean.
        guesses.right("forum 0");
        assert!(guesses.admit("forum 0", HERE, at(1)).is_err());
    }

    #[test]
    fn a_crowd_of_names_sets_nobody_free_and_takes_no_more_memory() {
        let mut guesses = Guesses::default();
        for _ in 0..GUESSES_OF_PERSON {
            guesses.wrong("forum anna", THERE, at(0));
        }
        let source = |n: u32| IpAddr::V4(std::net::Ipv4Addr::from(n / 50));
        for n in 0..3 * MAX_WATCHED as u32 {
            let name = format!("forum {n}");
            if guesses.admit(&name, source(n), at(1)).is_ok() {
                guesses.wrong(&name, source(n), at(1));
            }
        }
        assert!(guesses.watched.len() <= MAX_WATCHED);
        assert!(guesses.admit("forum anna", HERE, at(2)).is_err());
        // When it is over, there is room again.
        assert_eq!(guesses.admit("forum new", HERE, at(62)), Ok(()));
    }
}
