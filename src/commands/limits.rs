//! How much one person, one server and everybody together may ask. Volatile: a restart forgives.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, RandomState};

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
    /// Whose buckets these are: each kind has a table of its own, so that no crowd of one kind displaces another.
    pub kind: &'static str,
    /// At most so many at once.
    pub burst: i64,
    /// So many more each hour.
    pub per_hour: i64,
}

/// A person at a keyboard.
pub const PERSON: Rate = Rate {
    kind: "person",
    burst: 60,
    per_hour: 10 * 3600,
};
/// An account marked as a bot: fast games against many opponents.
pub const BOT: Rate = Rate {
    kind: "bot",
    burst: 2000,
    per_hour: 1000 * 3600,
};
/// People of one registered domain whom the referee has not met before.
pub const STRANGERS: Rate = Rate {
    kind: "strangers",
    burst: 300,
    per_hour: 2 * 3600,
};
/// The same of the referee's own server, which nobody else uses up.
pub const HOME_STRANGERS: Rate = Rate {
    kind: "home strangers",
    burst: 1000,
    per_hour: 10 * 3600,
};
/// People of all other servers together whom the referee has not met before: ten servers that send as many as they may
/// do not use it up, and the lower half is kept for servers that send few.
pub const ALL_STRANGERS: Rate = Rate {
    kind: "all strangers",
    burst: 2000,
    per_hour: 20 * 3600,
};
/// Challenges of one person to people who never spoke to the referee: it is no spammer, whoever withdraws how fast.
pub const COLD_CALLS: Rate = Rate {
    kind: "cold calls",
    burst: 10,
    per_hour: 2,
};
/// Challenges to one person who never spoke to the referee, from whomever.
pub const COLD_CALLED: Rate = Rate {
    kind: "cold called",
    burst: 3,
    per_hour: 1,
};
/// Matches one person makes: each is told to somebody, or to everybody who reads the news.
pub const MATCHES: Rate = Rate {
    kind: "matches",
    burst: 60,
    per_hour: 240,
};
/// Matches a bot makes.
pub const BOT_MATCHES: Rate = Rate {
    kind: "bot matches",
    burst: 1000,
    per_hour: 20 * 3600,
};
/// Addresses of ours that one person adds to the contact list: each is a line in the journal.
pub const CONTACTS: Rate = Rate {
    kind: "contacts",
    burst: 60,
    per_hour: 60,
};
/// Times one person is offered the clan mates who share their addresses: each of those may be written to.
pub const OFFERS: Rate = Rate {
    kind: "offers",
    burst: 10,
    per_hour: 6,
};
/// People whom one person invites to a match by MUG.
pub const INVITES: Rate = Rate {
    kind: "invites",
    burst: 20,
    per_hour: 60,
};
/// Codes one person asks for, to link an address or account.
pub const LINKS: Rate = Rate {
    kind: "links",
    burst: 5,
    per_hour: 12,
};
/// Codes one person sends.
pub const PROOFS: Rate = Rate {
    kind: "proofs",
    burst: 10,
    per_hour: 30,
};
/// Times one person changes the handle: each leaves one behind that nobody else may take.
pub const HANDLES: Rate = Rate {
    kind: "handles",
    burst: 5,
    per_hour: 1,
};
/// App-passwords one person makes.
pub const APP_PASSWORDS: Rate = Rate {
    kind: "app passwords",
    burst: 10,
    per_hour: 10,
};
/// App-passwords that are made in all: each takes the writer a millisecond.
pub const APP_PASSWORDS_OF_ALL: Rate = Rate {
    kind: "app passwords of all",
    burst: 30,
    per_hour: 1800,
};
/// Searches of one person: each looks through thousands of matches, and whoever waits for a move waits for it.
pub const SEARCHES: Rate = Rate {
    kind: "searches",
    burst: 20,
    per_hour: 3600,
};
/// Searches of the people of one registered domain.
pub const SEARCHES_OF_SERVER: Rate = Rate {
    kind: "searches of server",
    burst: 100,
    per_hour: 5 * 3600,
};
/// Searches of everybody: the writer spends less than a fiftieth of its time on them.
pub const SEARCHES_OF_ALL: Rate = Rate {
    kind: "searches of all",
    burst: 200,
    per_hour: 20 * 3600,
};
/// Times one person is told that a line came too fast and was not taken: once in two seconds.
pub const TOO_FAST: Rate = Rate {
    kind: "too fast",
    burst: 1,
    per_hour: 1800,
};
/// Times one address has itself forgotten: each writes to journal and address book.
pub const FORGETS: Rate = Rate {
    kind: "forgets",
    burst: 3,
    per_hour: 1,
};
/// The same of everybody together.
pub const FORGETS_OF_ALL: Rate = Rate {
    kind: "forgets of all",
    burst: 60,
    per_hour: 600,
};
/// Unasked-for help texts to one person: one a minute.
pub const HELP_PAUSE_MS: i64 = 60_000;

/// Buckets of one kind kept at a time. When there are more, the fullest is forgotten: whoever was asked to wait longest is
/// remembered longest, and forgetting a full bucket harms nobody.
const MAX_BUCKETS: usize = 20_000;

/// Buckets by kind and name.
#[derive(Debug, Default)]
pub struct Limits {
    kinds: BTreeMap<&'static str, Kind>,
    /// Names are kept as hashes, so that long ones cost no more than short ones; nobody can foresee which share one.
    seed: RandomState,
}

/// The buckets of one kind.
#[derive(Debug, Default)]
struct Kind {
    buckets: BTreeMap<u64, Bucket>,
    /// The same by the moment at which they are full again.
    by_full: BTreeSet<(Timestamp, u64)>,
}

impl Bucket {
    fn refill(&mut self, rate: Rate, now: Timestamp) {
        let elapsed = (now - self.at).0.max(0);
        self.parts = elapsed
            .saturating_mul(rate.per_hour)
            .saturating_add(self.parts)
            .min(rate.burst * PERMIT);
        self.at = self.at.max(now);
    }
}

impl Limits {
    /// Takes a permit; false when there is none.
    pub fn take(&mut self, name: &str, rate: Rate, now: Timestamp) -> bool {
        self.spend(name, rate, 1, 1, now)
    }

    /// Takes what something cost that was already done: more than is left becomes a debt.
    pub fn owe(&mut self, name: &str, rate: Rate, permits: i64, now: Timestamp) {
        self.spend(name, rate, permits, i64::MIN, now);
    }

    /// Takes permits if there are at least so many.
    fn spend(&mut self, name: &str, rate: Rate, permits: i64, least: i64, now: Timestamp) -> bool {
        let key = self.seed.hash_one(name);
        let kind = self.kinds.entry(rate.kind).or_default();
        let known = kind.buckets.get(&key).copied();
        let mut bucket = known.unwrap_or(Bucket {
            parts: rate.burst * PERMIT,
            at: now,
            full: now,
        });
        bucket.refill(rate, now);
        if bucket.parts < least.saturating_mul(PERMIT) {
            // Keeping what was refilled would change nothing: it is reckoned from the same moment again.
            return false;
        }
        if known.is_some() {
            kind.by_full.remove(&(bucket.full, key));
        } else if kind.buckets.len() >= MAX_BUCKETS
            && let Some((_, fullest)) = kind.by_full.pop_first()
        {
            kind.buckets.remove(&fullest);
        }
        bucket.parts -= permits.saturating_mul(PERMIT);
        bucket.full = bucket.at + Span((rate.burst * PERMIT - bucket.parts) / rate.per_hour);
        kind.by_full.insert((bucket.full, key));
        kind.buckets.insert(key, bucket);
        true
    }

    /// Takes a permit of one, and then one of what all share. The lower half of what is shared is for those who have more
    /// than half of their own left: the busy wait first, so that a few of them never use up everybody's.
    pub fn take_share(&mut self, name: &str, rate: Rate, all: Rate, now: Timestamp) -> bool {
        let is_low =
            |limits: &Limits, name: &str, rate: Rate| limits.left(name, rate, now) * 2 < rate.burst;
        if is_low(self, name, rate) && is_low(self, ALL, all) {
            return false;
        }
        self.left(ALL, all, now) > 0 && self.take(name, rate, now) && self.take(ALL, all, now)
    }

    /// Permits that somebody has left.
    pub fn left(&self, name: &str, rate: Rate, now: Timestamp) -> i64 {
        let kind = self.kinds.get(rate.kind);
        let bucket = kind.and_then(|kind| kind.buckets.get(&self.seed.hash_one(name)));
        bucket.map_or(rate.burst, |bucket| {
            let mut bucket = *bucket;
            bucket.refill(rate, now);
            bucket.parts / PERMIT
        })
    }

    /// Whether somebody took of this bucket lately.
    pub fn knows(&self, name: &str, rate: Rate) -> bool {
        let kind = self.kinds.get(rate.kind);
        kind.is_some_and(|kind| kind.buckets.contains_key(&self.seed.hash_one(name)))
    }
}

/// The name of what everybody shares.
const ALL: &str = "";

#[cfg(test)]
mod tests {
    use super::*;

    const SLOW: Rate = Rate {
        kind: "slow",
        burst: 1,
        per_hour: 1,
    };

    #[test]
    fn a_bucket_empties_and_refills() {
        let rate = Rate {
            kind: "one",
            burst: 2,
            per_hour: 3600,
        };
        let mut limits = Limits::default();
        let at = |ms| Timestamp(ms);
        assert!(limits.take("a", rate, at(0)) && limits.take("a", rate, at(0)));
        assert!(!limits.take("a", rate, at(500)));
        assert_eq!(
            (
                limits.left("a", rate, at(500)),
                limits.left("b", rate, at(500))
            ),
            (0, 2)
        );
        assert!(limits.take("a", rate, at(1000)));
        assert!(limits.take("b", rate, at(1000)));
    }

    #[test]
    fn a_debt_is_paid_before_anything_else_is_taken() {
        let rate = Rate {
            kind: "one",
            burst: 2,
            per_hour: 3600,
        };
        let mut limits = Limits::default();
        let at = |ms| Timestamp(ms);
        assert!(limits.take("a", rate, at(0)));
        limits.owe("a", rate, 4, at(0));
        assert_eq!(limits.left("a", rate, at(0)), -3);
        assert!(!limits.take("a", rate, at(3999)));
        assert!(limits.take("a", rate, at(4000)));
    }

    #[test]
    fn no_crowd_of_names_refills_who_still_has_to_wait() {
        let two = Rate { burst: 2, ..SLOW };
        let mut limits = Limits::default();
        assert!(limits.take("slow", two, Timestamp(0)) && limits.take("slow", two, Timestamp(0)));
        // Each of the crowd has to wait as well, though not as long: none of them is as good as one never used.
        for n in 0..3 * MAX_BUCKETS as i64 {
            assert!(limits.take(&n.to_string(), two, Timestamp(n)));
            limits.take(&n.to_string(), PERSON, Timestamp(n));
        }
        let now = Timestamp(3 * MAX_BUCKETS as i64);
        assert!(!limits.take("slow", two, now));
        assert!(
            limits
                .kinds
                .values()
                .all(|kind| kind.buckets.len() <= MAX_BUCKETS)
        );
        assert!(
            limits
                .kinds
                .values()
                .all(|kind| kind.by_full.len() == kind.buckets.len())
        );
    }

    #[test]
    fn the_busy_leave_the_lower_half_of_what_is_shared() {
        let (own, all) = (
            Rate {
                kind: "own",
                burst: 10,
                per_hour: 1,
            },
            Rate {
                kind: "all",
                burst: 20,
                per_hour: 1,
            },
        );
        let mut limits = Limits::default();
        let mut took = 0;
        for _ in 0..50 {
            for busy in ["a", "b", "c"] {
                took += usize::from(limits.take_share(busy, own, all, Timestamp(0)));
            }
        }
        assert!((11..20).contains(&took), "{took}");
        assert!(limits.take_share("quiet", own, all, Timestamp(0)));
        assert!(!limits.take_share("a", own, all, Timestamp(0)));
    }
}
