//! How much a bot may ask: well above a person from the start, and more with each match it has finished.

use std::collections::BTreeMap;

use super::limits::{BOT, BOT_MATCHES, Limits, Rate};
use super::reply::Reply;
use crate::engine::Desk;
use crate::kit::{PersonId, Span, Timestamp};

/// Finished matches from which a bot has the whole of [`BOT`] and [`BOT_MATCHES`].
pub const GROWN: usize = 450;
/// What a bot that has finished nothing may ask at once, and each second.
const NEW: (i64, i64) = (600, 100);
/// How many matches it may make at once, and each second.
const NEW_MATCHES: (i64, i64) = (300, 5);
/// Bots whose finished matches are remembered.
const MAX_COUNTED: usize = 1000;
/// A bot that has asked all it may is counted anew after this time.
const COUNT_AGAIN: Span = Span::seconds(2);
/// Lines of a record that are read for one permit more.
const LINES_A_PERMIT: usize = 20;
/// Permits that one answer takes at most, beyond the one that every request takes.
const MAX_WEIGHT: i64 = 60;

/// Clans founded by people of one server.
pub const CLANS_OF_SERVER: Rate = Rate {
    kind: "clans of server",
    burst: 30,
    per_hour: 2,
};
/// The same by those who have finished no match here.
pub const CLANS_OF_NEW: Rate = Rate {
    kind: "clans of new",
    burst: 10,
    per_hour: 1,
};
/// Clans founded by people of all other servers together: at this rate all tags last for half a year at least.
pub const CLANS_OF_GUESTS: Rate = Rate {
    kind: "clans of guests",
    burst: 200,
    per_hour: 10,
};
/// Clans founded by people of our own server.
pub const CLANS_OF_HOME: Rate = Rate {
    kind: "clans of home",
    burst: 200,
    per_hour: 20,
};

/// What a bot may ask that has finished so many matches.
pub fn bot_rate(finished: usize) -> Rate {
    grown(BOT, NEW, finished)
}

/// How many matches such a bot may make.
pub fn bot_matches(finished: usize) -> Rate {
    grown(BOT_MATCHES, NEW_MATCHES, finished)
}

fn grown(full: Rate, (burst, each_second): (i64, i64), finished: usize) -> Rate {
    let part = |new: i64, full: i64| {
        let finished = i64::try_from(finished.min(GROWN)).unwrap_or(0);
        new + (full - new).max(0) * finished / GROWN as i64
    };
    let per_hour = part(each_second * 3600, full.per_hour);
    at_rate(full, part(burst, full.burst), per_hour)
}

/// The same kind of measure, filled otherwise.
const fn at_rate(mut rate: Rate, burst: i64, per_hour: i64) -> Rate {
    rate.burst = burst;
    rate.per_hour = per_hour;
    rate
}

/// How many matches bots have finished, as far as they were counted.
#[derive(Debug, Default)]
pub struct Finished(BTreeMap<PersonId, (usize, Timestamp)>);

impl Finished {
    /// The finished matches of a bot. Somebody new is counted; `again` counts those who have not grown up, now and then.
    pub fn of(&mut self, desk: &Desk, bot: PersonId, again: bool) -> usize {
        let now = desk.now();
        if let Some((finished, at)) = self.0.get(&bot)
            && (*finished >= GROWN || !again || now - *at < COUNT_AGAIN)
        {
            return *finished;
        }
        if self.0.len() >= MAX_COUNTED {
            self.0.clear();
        }
        let finished = desk.finished_count(bot, GROWN);
        self.0.insert(bot, (finished, now));
        finished
    }
}

/// Takes what an answer cost beyond the first permit: for its bytes, and for what was read for it. Whoever has none left
/// is in debt, and waits with the next request.
pub fn charge(limits: &mut Limits, desk: &Desk, bare: &str, rate: Rate, reply: Option<&Reply>) {
    let read = i64::try_from(desk.take_bill() / LINES_A_PERMIT).unwrap_or(MAX_WEIGHT);
    let weight = read.saturating_add(reply.map_or(0, Reply::weight));
    // However long it was, nobody waits longer for it than it takes to fill half a bucket.
    let weight = weight.min(MAX_WEIGHT).min(rate.burst / 2);
    if weight > 0 {
        limits.owe(bare, rate, weight, desk.now());
    }
}

#[cfg(test)]
mod tests {
    use super::super::limits::{MATCHES, PERSON};
    use super::*;

    #[test]
    fn a_bot_begins_above_a_person_and_grows_to_the_whole() {
        let (new, old) = (bot_rate(0), bot_rate(GROWN));
        assert!(new.burst >= 10 * PERSON.burst && new.per_hour >= 10 * PERSON.per_hour);
        assert!(bot_matches(0).burst > MATCHES.burst);
        assert_eq!((old.burst, old.per_hour), (BOT.burst, BOT.per_hour));
        let all: Vec<i64> = (0..500).map(|n| bot_rate(n).per_hour).collect();
        assert!(all.is_sorted() && all[499] == BOT.per_hour);
    }
}
