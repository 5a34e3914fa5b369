//! How much one person, one server and everybody together may ask. Volatile: a restart forgives.

use std::collections::BTreeMap;

use crate::kit::{Span, Timestamp};

/// A bucket of permits that refills with time.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    /// What is in it, in parts of which [`PERMIT`] are one permit, so that no fraction is lost.
    parts: i64,
    at: Timestamp,
    /// When it is full again, and as good as one that was never used.
    full: Timestamp,
}

/// One permit an hour is one part a millisecond.
const PERMIT: i64 = 3_600_000;

/// How a bucket is filled.
#[derive(Clone, Copy, Debug)]
pub struct Rate {
    /// At most so many at once.
    pub burst: i64,
    /// So many more each hour.
    pub per_hour: i64,
}

/// A person at a keyboard.
pub const PERSON: Rate = Rate {
    burst: 60,
    per_hour: 10 * 3600,
};
/// An account marked as a bot: fast games against many opponents.
pub const BOT: Rate = Rate {
    burst: 2000,
    per_hour: 1000 * 3600,
};
/// People of one server whom the referee has not met before.
pub const STRANGERS: Rate = Rate {
    burst: 300,
    per_hour: 2 * 3600,
};
/// People of all servers together whom the referee has not met before.
pub const ALL_STRANGERS: Rate = Rate {
    burst: 1000,
    per_hour: 5 * 3600,
};
/// Challenges of one person to people who never spoke to the referee: it is no spammer, whoever withdraws how fast.
pub const COLD_CALLS: Rate = Rate {
    burst: 10,
    per_hour: 2,
};
/// Challenges to one person who never spoke to the referee, from whomever.
pub const COLD_CALLED: Rate = Rate {
    burst: 3,
    per_hour: 1,
};
/// Matches one person makes: each is told to somebody, or to everybody who reads the news.
pub const MATCHES: Rate = Rate {
    burst: 60,
    per_hour: 240,
};
/// Matches a bot makes.
pub const BOT_MATCHES: Rate = Rate {
    burst: 1000,
    per_hour: 20 * 3600,
};
/// Addresses of ours that one person adds to the contact list: each is a line in the journal.
pub const CONTACTS: Rate = Rate {
    burst: 60,
    per_hour: 60,
};
/// Times one person is offered the clan mates who share their addresses: each of those may be written to.
pub const OFFERS: Rate = Rate {
    burst: 10,
    per_hour: 6,
};
/// People whom one person invites to a match by MUG.
pub const INVITES: Rate = Rate {
    burst: 20,
    per_hour: 60,
};
/// Codes one person asks for, to link an address or account.
pub const LINKS: Rate = Rate {
    burst: 5,
    per_hour: 12,
};
/// Codes one person sends.
pub const PROOFS: Rate = Rate {
    burst: 10,
    per_hour: 30,
};
/// App-passwords one person makes.
pub const APP_PASSWORDS: Rate = Rate {
    burst: 10,
    per_hour: 10,
};
/// App-passwords that are made in all: each takes the writer ten milliseconds.
pub const APP_PASSWORDS_OF_ALL: Rate = Rate {
    burst: 30,
    per_hour: 1800,
};
/// Searches of one person: each looks through thousands of matches, and whoever waits for a move waits for it.
pub const SEARCHES: Rate = Rate {
    burst: 20,
    per_hour: 3600,
};
/// Searches of the people of one server.
pub const SEARCHES_OF_SERVER: Rate = Rate {
    burst: 100,
    per_hour: 5 * 3600,
};
/// Times one address has itself forgotten: each writes to journal and address book.
pub const FORGETS: Rate = Rate {
    burst: 3,
    per_hour: 1,
};
/// The same of everybody together.
pub const FORGETS_OF_ALL: Rate = Rate {
    burst: 60,
    per_hour: 600,
};
/// Unasked-for help texts to one person: one a minute.
pub const HELP_PAUSE_MS: i64 = 60_000;

/// Buckets kept at a time; those that are full again are forgotten first, which harms nobody.
const MAX_BUCKETS: usize = 20_000;

/// Buckets by name.
#[derive(Debug, Default)]
pub struct Limits {
    buckets: BTreeMap<String, Bucket>,
}

impl Limits {
    /// Takes a permit; false when there is none.
    pub fn take(&mut self, name: &str, rate: Rate, now: Timestamp) -> bool {
        let full = rate.burst * PERMIT;
        if let Some(bucket) = self.buckets.get_mut(name) {
            let elapsed = (now - bucket.at).0.max(0);
            bucket.parts = elapsed
                .saturating_mul(rate.per_hour)
                .saturating_add(bucket.parts)
                .min(full);
            bucket.at = now;
            if bucket.parts < PERMIT {
                return false;
            }
            bucket.parts -= PERMIT;
            bucket.full = now + Span((full - bucket.parts) / rate.per_hour);
            return true;
        }
        if self.buckets.len() >= MAX_BUCKETS {
            self.forget_full(now);
        }
        self.buckets.insert(
            name.to_owned(),
            Bucket {
                parts: full - PERMIT,
                at: now,
                full: now + Span(PERMIT / rate.per_hour),
            },
        );
        true
    }

    /// Whether somebody took of this bucket lately.
    pub fn knows(&self, name: &str) -> bool {
        self.buckets.contains_key(name)
    }

    /// Drops buckets that are full again; under attack, when none is, it drops them all.
    fn forget_full(&mut self, now: Timestamp) {
        self.buckets.retain(|_, bucket| bucket.full > now);
        if self.buckets.len() >= MAX_BUCKETS {
            self.buckets.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_refills() {
        let rate = Rate {
            burst: 2,
            per_hour: 3600,
        };
        let mut limits = Limits::default();
        let at = |ms| Timestamp(ms);
        assert!(limits.take("a", rate, at(0)) && limits.take("a", rate, at(0)));
        assert!(!limits.take("a", rate, at(500)));
        assert!(limits.take("a", rate, at(1000)));
        assert!(limits.take("b", rate, at(1000)));
    }

    #[test]
    fn a_crowd_of_names_refills_nobody_who_still_has_to_wait() {
        let (slow, fast) = (
            Rate {
                burst: 1,
                per_hour: 1,
            },
            PERSON,
        );
        let mut limits = Limits::default();
        assert!(limits.take("slow", slow, Timestamp(0)));
        for n in 0..3 * MAX_BUCKETS as i64 {
            limits.take(&n.to_string(), fast, Timestamp(n));
        }
        assert!(!limits.take("slow", slow, Timestamp(3 * MAX_BUCKETS as i64)));
    }
}
