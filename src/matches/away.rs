//! Who of a match's players is away, and how long their clock waits for them.
//!
//! While the match waits for somebody whose connection broke, that clock stands still as long as the player's grace lasts:
//! a share of the main time for the whole match, never more. After it the clock goes on and the opponent may claim the
//! win, or give more time. Whoever leaves deliberately has no grace: the clock runs, and the opponent may claim after the
//! same time. A value like the clocks: it is told the time and never reads it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::clock::{ClockRule, Control};
use crate::kit::{Seat, Span, Timestamp};

/// The grace of a match is this part of the main time, within the next two bounds.
const GRACE_SHARE: i64 = 10;
const MIN_GRACE: Span = Span::seconds(30);
const MAX_GRACE: Span = Span::minutes(5);
/// However little grace is left, nobody may claim sooner than this after the clock began to wait for the one who is away.
const MIN_ABSENCE: Span = Span::seconds(30);
/// How long a clock waits, after an outage of the server, for whoever was to move and was not seen since.
pub const UNSEEN_LASTS: Span = Span::seconds(30);
/// What the opponent gives by waiting.
pub const WAIT: Span = Span::minutes(5);
/// How often in a match.
pub(super) const MAX_WAITS: u32 = 12;

/// How somebody went away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Leave {
    /// By logging out.
    Left,
    /// The connection broke.
    Network,
    /// Their whole server cannot be reached.
    Server,
    /// Nothing is known to be wrong with them: the referee's own server was away, and they have to find it again.
    Unseen,
}

impl Leave {
    /// The word in events: `left`, `network`, `server`, `unseen`.
    pub fn word(self) -> &'static str {
        match self {
            Leave::Left => "left",
            Leave::Network => "network",
            Leave::Server => "server",
            Leave::Unseen => "unseen",
        }
    }
}

/// How long the clock of a seat waits in the whole match for a broken connection; `None` where clocks are not for people
/// who sit and wait.
pub fn grace(rule: ClockRule, seat: Seat) -> Option<Span> {
    let base = match rule.of(seat) {
        Control::Increment { base, .. }
        | Control::Delay { base, .. }
        | Control::Bronstein { base, .. }
        | Control::ByoYomi { base, .. }
        | Control::Canadian { base, .. }
        | Control::Hourglass { base } => base,
        Control::PerMove { time, .. } if rule.is_fast() => time,
        Control::PerMove { .. } | Control::None => return None,
    };
    Some(Span(base.0 / GRACE_SHARE).max(MIN_GRACE).min(MAX_GRACE))
}

/// Everybody who is away, and the grace that was used. Equal events give equal values.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absences {
    away: BTreeMap<Seat, Away>,
    used: BTreeMap<Seat, Span>,
    /// How long the match has stood still because somebody's server could not be reached.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    outages: BTreeMap<Seat, Span>,
    /// How often the opponent has given more time.
    waits: BTreeMap<Seat, u32>,
    /// Stretches in which the referee could not be reached, that are not yet part of the record.
    owed: Vec<(Timestamp, Timestamp)>,
}

/// Somebody who is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    /// How.
    pub why: Leave,
    /// Since when.
    pub since: Timestamp,
    /// Since when the match stands still because their server cannot be reached.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    outage: Option<Timestamp>,
    /// While the match waits for this seat.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    turn: Option<Turn>,
}

/// A turn of somebody who is away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Turn {
    since: Timestamp,
    /// The clock stands still until then.
    held: Option<Timestamp>,
    /// Whether the opponent gave that time, so that it costs no grace.
    given: bool,
    /// The opponent may claim from then on.
    claim: Timestamp,
    /// Whether that has been said.
    told: bool,
}

impl Away {
    /// Whether anything may follow from this absence for whoever is away. It was no doing of theirs if the server was away.
    pub fn is_claimable(&self) -> bool {
        self.why != Leave::Unseen
    }
}

/// What is due for somebody who is away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Due {
    /// The clock goes on.
    GraceOver(Seat),
    /// The opponent may claim.
    Claimable(Seat),
}

impl Absences {
    /// Whether nobody was ever away.
    pub fn is_empty(&self) -> bool {
        *self == Absences::default()
    }

    /// How somebody is away; `None` when they are there.
    pub fn of(&self, seat: Seat) -> Option<&Away> {
        self.away.get(&seat)
    }

    /// Who is away, and how.
    pub fn iter(&self) -> impl Iterator<Item = (Seat, Leave)> + '_ {
        self.away.iter().map(|(seat, away)| (*seat, away.why))
    }

    /// Whether somebody's whole server cannot be reached.
    pub fn any_outage(&self) -> bool {
        self.iter().any(|(_, why)| why == Leave::Server)
    }

    /// The grace a seat has left, what it is using now not counted.
    pub fn grace_left(&self, rule: ClockRule, seat: Seat) -> Span {
        let used = self.used.get(&seat).copied().unwrap_or_default();
        Span((grace(rule, seat).unwrap_or_default() - used).0.max(0))
    }

    /// How long the match has stood still because this seat's server could not be reached, what lasts still not counted.
    pub fn outage(&self, seat: Seat) -> Span {
        self.outages.get(&seat).copied().unwrap_or_default()
    }

    /// The match goes on although servers cannot be reached.
    pub fn outages_over(&mut self, at: Timestamp) {
        let seats: Vec<Seat> = self.away.keys().copied().collect();
        seats.into_iter().for_each(|seat| self.end_outage(seat, at));
    }

    fn end_outage(&mut self, seat: Seat, at: Timestamp) {
        let away = self.away.get_mut(&seat);
        if let Some(since) = away.and_then(|away| away.outage.take()) {
            *self.outages.entry(seat).or_default() = self.outage(seat) + (at - since);
        }
    }

    /// The grace a seat has used.
    pub fn used(&self, seat: Seat) -> Span {
        self.used.get(&seat).copied().unwrap_or_default()
    }

    /// Until when a seat's clock stands still.
    pub fn held_until(&self, seat: Seat) -> Option<Timestamp> {
        let turn = self.away.get(&seat)?.turn.as_ref()?;
        Some(self.pushed(turn.since, turn.held?))
    }

    /// From when the opponent of a seat may claim; `None` while the match does not wait for that seat.
    pub fn claim_from(&self, seat: Seat) -> Option<Timestamp> {
        let away = self.away.get(&seat).filter(|away| away.is_claimable())?;
        let turn = away.turn.as_ref()?;
        Some(self.pushed(turn.since, turn.claim))
    }

    /// Whether the opponent may give a seat more time, as far as the limit goes.
    pub fn may_wait(&self, seat: Seat) -> bool {
        self.waits.get(&seat).copied().unwrap_or(0) < MAX_WAITS
    }

    /// Somebody went away, or it turned out how.
    pub fn gone(&mut self, seat: Seat, why: Leave, at: Timestamp) {
        self.end_turn(seat, at);
        let away = Away {
            why,
            since: at,
            outage: (why == Leave::Server).then_some(at),
            turn: None,
        };
        self.away.insert(seat, away);
    }

    /// Somebody is back.
    pub fn back(&mut self, seat: Seat, at: Timestamp) {
        self.end_turn(seat, at);
        self.end_outage(seat, at);
        self.away.remove(&seat);
        self.settle();
    }

    /// The match waits for exactly these seats now: for those who are away, grace begins or ends.
    pub fn asked(&mut self, rule: ClockRule, waiting: &[Seat], at: Timestamp) {
        let seats: Vec<Seat> = self.away.keys().copied().collect();
        for seat in seats {
            if !waiting.contains(&seat) {
                self.end_turn(seat, at);
                self.forget_unseen(seat);
                continue;
            }
            let left = self.grace_left(rule, seat);
            let Some(away) = self.away.get_mut(&seat).filter(|away| away.turn.is_none()) else {
                continue;
            };
            let unseen = away.why == Leave::Unseen;
            let has_grace = away.why == Leave::Network && left > Span::ZERO;
            let held = has_grace.then_some(at + left);
            away.turn = Some(Turn {
                since: at,
                held: if unseen {
                    Some(at + UNSEEN_LASTS)
                } else {
                    held
                },
                given: unseen,
                claim: at + left.max(MIN_ABSENCE),
                told: false,
            });
        }
        self.settle();
    }

    /// The grace is used up; returns when that was, for the clock to go on from there.
    pub fn grace_over(&mut self, seat: Seat, at: Timestamp) -> Timestamp {
        let since = self.held_until(seat).unwrap_or(at).min(at);
        self.charge(seat, at);
        if let Some(turn) = self.turn(seat) {
            turn.held = None;
        }
        self.forget_unseen(seat);
        self.settle();
        since
    }

    /// The opponent may claim; returns when the clock went on, if that was now.
    pub fn claimable(&mut self, seat: Seat, at: Timestamp) -> Timestamp {
        let since = self.grace_over(seat, at);
        if let Some(turn) = self.turn(seat) {
            turn.told = true;
        }
        since
    }

    /// The opponent gives a seat more time.
    pub fn wait(&mut self, seat: Seat, at: Timestamp, until: Timestamp) {
        self.charge(seat, at);
        *self.waits.entry(seat).or_default() += 1;
        if let Some(turn) = self.turn(seat) {
            *turn = Turn {
                since: at,
                held: Some(until),
                given: true,
                claim: until,
                told: false,
            };
        }
    }

    /// The clocks are stopped for another reason: nobody uses grace.
    pub fn rest(&mut self, at: Timestamp) {
        let seats: Vec<Seat> = self.away.keys().copied().collect();
        for seat in seats {
            self.end_turn(seat, at);
            self.forget_unseen(seat);
        }
        self.settle();
    }

    /// The match is over.
    pub fn clear(&mut self, at: Timestamp) {
        self.rest(at);
        self.away.clear();
    }

    /// The first thing that is due, and when.
    pub fn next(&self) -> Option<(Timestamp, Due)> {
        let due = |(seat, away): (&Seat, &Away)| {
            let turn = away.turn.as_ref()?;
            let claim = self.pushed(turn.since, turn.claim);
            match turn.held.map(|held| self.pushed(turn.since, held)) {
                held if !away.is_claimable() => Some((held?, Due::GraceOver(*seat))),
                Some(held) if held < claim => Some((held, Due::GraceOver(*seat))),
                _ => (!turn.told).then_some((claim, Due::Claimable(*seat))),
            }
        };
        self.away.iter().filter_map(due).min_by_key(|(at, _)| *at)
    }

    /// Time in which the referee could not be reached costs no grace.
    pub fn owe(&mut self, from: Timestamp, to: Timestamp) {
        let mut turns = self.away.values().filter_map(|away| away.turn.as_ref());
        let touched = |turn: &Turn| !turn.told && turn.since < to;
        if from < to && turns.any(touched) {
            self.owed.push((from, to));
        }
    }

    /// What is owed and not yet recorded.
    pub fn owed(&self) -> &[(Timestamp, Timestamp)] {
        &self.owed
    }

    /// Pays back a stretch: whatever was to come comes that much later.
    pub fn credit(&mut self, from: Timestamp, to: Timestamp) {
        self.owed.retain(|owed| *owed != (from, to));
        for away in self.away.values_mut() {
            if let Some(turn) = &mut away.turn {
                let lost = to - from.max(turn.since);
                if lost > Span::ZERO {
                    turn.since = turn.since + lost;
                    turn.held = turn.held.map(|held| held + lost);
                    turn.claim = turn.claim + lost;
                }
            }
        }
    }

    fn turn(&mut self, seat: Seat) -> Option<&mut Turn> {
        self.away.get_mut(&seat)?.turn.as_mut()
    }

    /// That somebody was not seen since an outage matters to one turn only; after it, or after the wait, they count as there.
    fn forget_unseen(&mut self, seat: Seat) {
        if self.of(seat).is_some_and(|away| !away.is_claimable()) {
            self.away.remove(&seat);
        }
    }

    fn end_turn(&mut self, seat: Seat, at: Timestamp) {
        self.charge(seat, at);
        if let Some(away) = self.away.get_mut(&seat) {
            away.turn = None;
        }
    }

    /// What was used of the grace since the clock began to wait is gone.
    fn charge(&mut self, seat: Seat, at: Timestamp) {
        let Some(turn) = self.away.get(&seat).and_then(|away| away.turn.as_ref()) else {
            return;
        };
        let Some(held) = turn.held.filter(|_| !turn.given) else {
            return;
        };
        let whole = at.min(self.pushed(turn.since, held)) - turn.since;
        let used = Span((whole.0 - self.owed_within(turn.since, at).0).max(0));
        *self.used.entry(seat).or_default() = self.used(seat) + used;
    }

    fn owed_within(&self, since: Timestamp, at: Timestamp) -> Span {
        let part =
            |(from, to): &(Timestamp, Timestamp)| (*to.min(&at) - *from.max(&since)).0.max(0);
        Span(self.owed.iter().map(part).sum())
    }

    /// A moment to come, later by what is owed before it. Stretches lie in order.
    fn pushed(&self, since: Timestamp, due: Timestamp) -> Timestamp {
        self.owed.iter().fold(due, |due, (from, to)| {
            if *from < due {
                due + Span((*to - *from.max(&since)).0.max(0))
            } else {
                due
            }
        })
    }

    /// What is owed matters only while something is to come.
    fn settle(&mut self) {
        if self.away.values().all(|away| away.turn.is_none()) {
            self.owed.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLITZ: ClockRule = ClockRule::same(Control::Increment {
        base: Span::minutes(10),
        increment: Span::ZERO,
    });
    const BOB: Seat = Seat(1);

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    fn away(why: Leave) -> Absences {
        let mut absences = Absences::default();
        absences.gone(BOB, why, at(100));
        absences.asked(BLITZ, &[BOB], at(100));
        absences
    }

    #[test]
    fn grace_is_a_share_of_the_main_time_within_bounds() {
        for (clock, wanted) in [
            ("1+0", Some(Span::seconds(30))),
            ("10+5", Some(Span::minutes(1))),
            ("3h+0", Some(Span::minutes(5))),
            ("2d", None),
            ("none", None),
        ] {
            assert_eq!(grace(clock.parse().unwrap(), BOB), wanted, "{clock}");
        }
    }

    #[test]
    fn grace_is_shared_over_the_match_and_never_exceeded() {
        let mut absences = away(Leave::Network);
        assert_eq!(absences.next(), Some((at(160), Due::Claimable(BOB))));
        absences.back(BOB, at(140));
        assert_eq!(absences.grace_left(BLITZ, BOB), Span::seconds(20));
        absences.gone(BOB, Leave::Network, at(200));
        absences.asked(BLITZ, &[BOB], at(200));
        assert_eq!(absences.next(), Some((at(220), Due::GraceOver(BOB))));
        // Decided late: the clock went on when it had to.
        assert_eq!(absences.grace_over(BOB, at(225)), at(220));
        assert_eq!(absences.used(BOB), Span::minutes(1));
        assert_eq!(absences.next(), Some((at(230), Due::Claimable(BOB))));
        absences.claimable(BOB, at(230));
        assert_eq!(absences.next(), None);
        assert_eq!(absences.claim_from(BOB), Some(at(230)));
        absences.back(BOB, at(500));
        assert_eq!(absences.used(BOB), Span::minutes(1));
    }

    #[test]
    fn whoever_left_has_no_grace_and_uses_none() {
        let mut absences = away(Leave::Left);
        assert_eq!(absences.held_until(BOB), None);
        assert_eq!(absences.next(), Some((at(160), Due::Claimable(BOB))));
        absences.claimable(BOB, at(160));
        absences.wait(BOB, at(170), at(470));
        assert_eq!(absences.held_until(BOB), Some(at(470)));
        assert_eq!(absences.next(), Some((at(470), Due::Claimable(BOB))));
        absences.back(BOB, at(480));
        assert_eq!(absences.used(BOB), Span::ZERO);
    }

    #[test]
    fn downtime_costs_no_grace_before_and_after_it_is_recorded() {
        let mut absences = away(Leave::Network);
        absences.owe(at(110), at(1110));
        assert_eq!(absences.next(), Some((at(1160), Due::Claimable(BOB))));
        let mut early = absences.clone();
        early.back(BOB, at(1120));
        assert_eq!(early.used(BOB), Span::seconds(20));
        absences.credit(at(110), at(1110));
        assert_eq!(absences.next(), Some((at(1160), Due::Claimable(BOB))));
        absences.back(BOB, at(1120));
        assert_eq!(absences, early);
    }

    #[test]
    fn after_an_outage_a_clock_waits_for_its_player_at_no_cost_and_not_for_ever() {
        let mut absences = away(Leave::Unseen);
        assert_eq!(absences.held_until(BOB), Some(at(130)));
        assert_eq!(absences.claim_from(BOB), None);
        let mut back = absences.clone();
        back.back(BOB, at(120));
        assert_eq!(back, Absences::default());
        assert_eq!(absences.next(), Some((at(130), Due::GraceOver(BOB))));
        assert_eq!(absences.grace_over(BOB, at(131)), at(130));
        assert_eq!(absences, Absences::default(), "they count as there");
        // Their turn is over without them: the next one is an ordinary turn.
        let mut absences = away(Leave::Unseen);
        absences.asked(BLITZ, &[Seat(0)], at(110));
        assert_eq!(absences, Absences::default());
    }

    #[test]
    fn another_standstill_costs_no_grace() {
        let mut absences = away(Leave::Network);
        absences.rest(at(110));
        assert_eq!(
            (absences.next(), absences.used(BOB)),
            (None, Span::seconds(10))
        );
        absences.asked(BLITZ, &[BOB], at(900));
        assert_eq!(absences.next(), Some((at(950), Due::Claimable(BOB))));
    }
}
