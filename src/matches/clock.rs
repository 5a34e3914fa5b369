//! Time controls and the clocks that follow them.
//!
//! Clocks run from our receipt of one move to our receipt of the next. A player's first move is not on the clock: it has
//! a deadline of its own, after which the match is called off without a result, so that nobody loses a match that they
//! did not know had begun. Time during which the referee could not be reached is owed to the players ([`Clock::owe`]) and
//! never charged.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kit::{Refusal, Seat, Span, Timestamp, refuse};

/// The longest main time and the longest time per move.
const MAX_BASE: Span = Span::days(1);
const MAX_INCREMENT: Span = Span::hours(1);
const MAX_DAYS_PER_MOVE: i64 = 30;
/// How long a player may take for the first move of a game with a short clock.
const FIRST_MOVE: Span = Span::minutes(10);
/// How long an offer stands when nobody answers it, unless a move takes longer than that.
const OFFER_LASTS: Span = Span::minutes(10);

/// A time control: `none`, `5+0` (sudden death), `5+3` (increment), `2d` (days per move).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockRule {
    /// No clock.
    None,
    /// So much time for the whole game, and so much added after each move (FIDE's increment; zero is sudden death).
    Main {
        /// Time on the clock at the start.
        base: Span,
        /// Added after each move.
        increment: Span,
    },
    /// So much time for each move (correspondence).
    PerMove(Span),
}

impl ClockRule {
    /// How long a first move may take before the match is called off; `None` means for ever.
    pub fn first_move(self) -> Option<Span> {
        match self {
            ClockRule::None => None,
            ClockRule::Main { .. } => Some(FIRST_MOVE),
            ClockRule::PerMove(time) => Some(time),
        }
    }

    /// How long an offer stands.
    pub fn offer_lasts(self) -> Span {
        match self {
            ClockRule::Main { .. } => OFFER_LASTS,
            ClockRule::None => Span::days(7),
            ClockRule::PerMove(time) => time,
        }
    }

    /// In words: `5 minutes each, 3 seconds added per move`.
    pub fn words(self) -> String {
        match self {
            ClockRule::None => "no clock".to_owned(),
            ClockRule::Main {
                base,
                increment: Span::ZERO,
            } => format!("{} each", base.words()),
            ClockRule::Main { base, increment } => {
                format!(
                    "{} each, {} added per move",
                    base.words(),
                    increment.words()
                )
            }
            ClockRule::PerMove(time) => format!("{} per move", time.words()),
        }
    }
}

impl FromStr for ClockRule {
    type Err = Refusal;

    /// Reads `none`, `5`, `5+3`, `0.5+1` (minutes + seconds), `30s+1`, `1h+30`, `2d`.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        let unreadable = || {
            refuse("clock/unreadable", format!("`{}` is no time control.", crate::kit::clip(&text, 20)))
                .hint("Write 5+3 for 5 minutes and 3 seconds per move, 10+0, 2d for two days per move, or none.")
        };
        if matches!(text.as_str(), "none" | "no" | "off" | "-") {
            return Ok(ClockRule::None);
        }
        let out_of_range = || {
            refuse(
                "clock/out-of-range",
                "That clock is longer or shorter than this referee keeps.",
            )
            .hint("Choose at most 24 hours each, 60 minutes per move, or 30 days per move.")
        };
        if let Some(days) = text.strip_suffix('d') {
            let days: i64 = plain_number(days).ok_or_else(unreadable)?;
            return match days {
                1..=MAX_DAYS_PER_MOVE => Ok(ClockRule::PerMove(Span::days(days))),
                _ => Err(out_of_range()),
            };
        }
        let (base, increment) = text.split_once('+').unwrap_or((&text, "0"));
        let base = span(base, Span::minutes(1)).ok_or_else(unreadable)?;
        let increment = span(increment, Span::seconds(1)).ok_or_else(unreadable)?;
        if base > MAX_BASE
            || increment > MAX_INCREMENT
            || (base == Span::ZERO && increment == Span::ZERO)
        {
            return Err(out_of_range());
        }
        // A base of zero starts with one increment on the clock, as chess servers do.
        let base = if base == Span::ZERO { increment } else { base };
        Ok(ClockRule::Main { base, increment })
    }
}

fn plain_number(digits: &str) -> Option<i64> {
    let short =
        !digits.is_empty() && digits.len() <= 6 && digits.bytes().all(|b| b.is_ascii_digit());
    short.then(|| digits.parse().ok()).flatten()
}

/// A number with an optional unit (`s`, `m`, `h`), and an optional `.5` or `.25` and the like.
fn span(text: &str, unit: Span) -> Option<Span> {
    let (number, unit) = match text.chars().last()? {
        's' => (&text[..text.len() - 1], Span::seconds(1)),
        'm' => (&text[..text.len() - 1], Span::minutes(1)),
        'h' => (&text[..text.len() - 1], Span::hours(1)),
        _ => (text, unit),
    };
    let (whole, part) = number.split_once('.').unwrap_or((number, ""));
    let whole = plain_number(whole)?;
    let part_ms = match part {
        "" => 0,
        _ if part.len() <= 3 => {
            plain_number(part)? * unit.0 / 10_i64.pow(u32::try_from(part.len()).ok()?)
        }
        _ => return None,
    };
    Some(Span(whole.checked_mul(unit.0)?.checked_add(part_ms)?))
}

impl fmt::Display for ClockRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ClockRule::None => f.write_str("none"),
            ClockRule::Main { base, increment } => {
                if base.0 % 60_000 == 0 {
                    write!(f, "{}+", base.0 / 60_000)?;
                } else if base.0 % 1000 == 0 {
                    write!(f, "{}s+", base.0 / 1000)?;
                } else {
                    write!(f, "{}.{:03}s+", base.0 / 1000, base.0 % 1000)?;
                }
                if increment.0 % 1000 == 0 {
                    write!(f, "{}", increment.0 / 1000)
                } else {
                    write!(f, "{}.{:03}", increment.0 / 1000, increment.0 % 1000)
                }
            }
            ClockRule::PerMove(time) => write!(f, "{}d", time.0 / Span::days(1).0),
        }
    }
}

impl Serialize for ClockRule {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClockRule {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse()
            .map_err(|refusal: Refusal| serde::de::Error::custom(refusal.text))
    }
}

/// The clocks of one match. A value: it is told the time and never reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Time left per seat; empty without a clock.
    left: Vec<Span>,
    /// Which seats have made their first move.
    moved: Vec<bool>,
    /// The seats whose time runs, each since when.
    running: Vec<(Seat, Timestamp)>,
    /// Stretches of time that must not be charged and are not yet part of the record.
    owed: Vec<(Timestamp, Timestamp)>,
}

impl Clock {
    /// Clocks at rest.
    pub fn new(rule: ClockRule, seats: u8) -> Clock {
        let start = match rule {
            ClockRule::None => Vec::new(),
            ClockRule::Main { base, .. } => vec![base; usize::from(seats)],
            ClockRule::PerMove(time) => vec![time; usize::from(seats)],
        };
        Clock {
            left: start,
            moved: vec![false; usize::from(seats)],
            running: Vec::new(),
            owed: Vec::new(),
        }
    }

    /// Makes exactly these seats' time run; a seat that runs already goes on without a new start.
    pub fn run(&mut self, seats: &[Seat], now: Timestamp) {
        self.running.retain(|(seat, _)| seats.contains(seat));
        for seat in seats {
            if !self.running.iter().any(|(running, _)| running == seat) {
                self.running.push((*seat, now));
            }
        }
        if self.running.is_empty() {
            self.owed.clear();
        }
    }

    /// Ends a seat's turn: what it used is charged, what the rule adds is added.
    pub fn stop(&mut self, rule: ClockRule, seat: Seat, now: Timestamp) {
        let Some(at) = self
            .running
            .iter()
            .position(|(running, _)| *running == seat)
        else {
            return;
        };
        let (_, since) = self.running.remove(at);
        let used = self.used(since, now);
        let first = self.moved.get(seat.index()).is_some_and(|moved| !moved);
        if let Some(moved) = self.moved.get_mut(seat.index()) {
            *moved = true;
        }
        let Some(left) = self.left.get_mut(seat.index()) else {
            return;
        };
        match rule {
            ClockRule::None => {}
            ClockRule::Main { .. } if first => {}
            ClockRule::Main { increment, .. } => *left = Span((*left - used).0.max(0)) + increment,
            ClockRule::PerMove(time) => *left = time,
        }
    }

    /// Stops every clock and charges what was used; a first move that is not on the clock has its whole time again.
    pub fn pause(&mut self, now: Timestamp) {
        for (seat, since) in std::mem::take(&mut self.running) {
            let used = self.used(since, now);
            if let Some(left) = self.left.get_mut(seat.index())
                && self.moved.get(seat.index()).copied().unwrap_or(false)
            {
                *left = Span((*left - used).0.max(0));
            }
        }
        self.owed.clear();
    }

    /// Ends the wait for seats that could have acted and did not have to: nothing is charged, and whoever has time for each
    /// move has all of it at the next.
    pub fn rest(&mut self, rule: ClockRule, seats: &[Seat]) {
        self.running.retain(|(running, _)| !seats.contains(running));
        for seat in seats {
            if let (ClockRule::PerMove(time), Some(left)) = (rule, self.left.get_mut(seat.index()))
            {
                *left = time;
            }
        }
    }

    /// Writes a seat's time off after its flag fell.
    pub fn empty(&mut self, rule: ClockRule, seat: Seat) {
        self.running.retain(|(running, _)| *running != seat);
        if let (ClockRule::Main { .. }, Some(left)) = (rule, self.left.get_mut(seat.index())) {
            *left = Span::ZERO;
        }
    }

    /// Time that must not be charged, because the referee could not be reached.
    pub fn owe(&mut self, from: Timestamp, to: Timestamp) {
        if from < to && self.running.iter().any(|(_, since)| *since < to) {
            self.owed.push((from, to));
        }
    }

    /// What is owed and not yet recorded.
    pub fn owed(&self) -> &[(Timestamp, Timestamp)] {
        &self.owed
    }

    /// Pays back a stretch: running clocks start that much later.
    pub fn credit(&mut self, from: Timestamp, to: Timestamp) {
        self.owed.retain(|owed| *owed != (from, to));
        for (_, since) in &mut self.running {
            let overlap = to - from.max(*since);
            if overlap > Span::ZERO {
                *since = *since + overlap;
            }
        }
    }

    fn used(&self, since: Timestamp, now: Timestamp) -> Span {
        let owed: i64 = self
            .owed
            .iter()
            .map(|(from, to)| (*to.min(&now) - *from.max(&since)).0.max(0))
            .sum();
        Span(((now - since).0 - owed).max(0))
    }

    /// What a seat's clock shows; `None` without a clock.
    pub fn shows(&self, seat: Seat, now: Timestamp) -> Option<Span> {
        let left = *self.left.get(seat.index())?;
        let since = self
            .running
            .iter()
            .find(|(running, _)| *running == seat)
            .map(|(_, since)| *since);
        match since {
            Some(since) if self.is_timed(seat) => {
                Some(Span((left - self.used(since, now)).0.max(0)))
            }
            _ => Some(left),
        }
    }

    /// Whether this seat has made its first move, so that its clock really runs.
    fn is_timed(&self, seat: Seat) -> bool {
        self.moved.get(seat.index()).copied().unwrap_or(false)
    }

    /// Whether every seat has moved at least once.
    pub fn all_moved(&self) -> bool {
        self.moved.iter().all(|moved| *moved)
    }

    /// Notes a move of a seat in a match without running clocks, so that [`Clock::all_moved`] is right there too.
    pub fn note_move(&mut self, seat: Seat) {
        if let Some(moved) = self.moved.get_mut(seat.index()) {
            *moved = true;
        }
    }

    /// When the next flag falls or the next first move is overdue, and whose it is.
    pub fn next_flag(&self, rule: ClockRule) -> Option<Timestamp> {
        self.running
            .iter()
            .filter_map(|(seat, since)| self.deadline(rule, *seat, *since))
            .min()
    }

    fn deadline(&self, rule: ClockRule, seat: Seat, since: Timestamp) -> Option<Timestamp> {
        let allowed = if self.is_timed(seat) {
            self.left.get(seat.index()).copied()
        } else {
            rule.first_move()
        }?;
        let mut due = since + allowed;
        // Owed stretches lie in order; each that starts before the deadline pushes it on.
        for (from, to) in &self.owed {
            if *from < due {
                due = due + Span((*to - *from.max(&since)).0.max(0));
            }
        }
        Some(due)
    }

    /// The seats whose flag has fallen, and those that never made their first move in time. Only the earliest count.
    pub fn overdue(&self, rule: ClockRule, now: Timestamp) -> Overdue {
        let due = |seat: &Seat, since: &Timestamp| self.deadline(rule, *seat, *since);
        let Some(first) = self.next_flag(rule).filter(|first| *first <= now) else {
            return Overdue::default();
        };
        let mut overdue = Overdue::default();
        for (seat, since) in &self.running {
            if due(seat, since) == Some(first) {
                let list = if self.is_timed(*seat) {
                    &mut overdue.flags
                } else {
                    &mut overdue.no_shows
                };
                list.push(*seat);
            }
        }
        overdue.flags.sort();
        overdue.no_shows.sort();
        overdue
    }

    /// The seats whose time runs now.
    pub fn running(&self) -> impl Iterator<Item = Seat> + '_ {
        self.running.iter().map(|(seat, _)| *seat)
    }
}

/// Whose time is up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overdue {
    /// Flags that fell.
    pub flags: Vec<Seat>,
    /// First moves that were never made.
    pub no_shows: Vec<Seat>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const BLITZ: ClockRule = ClockRule::Main {
        base: Span::minutes(5),
        increment: Span::seconds(3),
    };

    fn at(seconds: i64) -> Timestamp {
        Timestamp(seconds * 1000)
    }

    #[test]
    fn notation_reads_and_prints() {
        for (text, printed, words) in [
            ("5+3", "5+3", "5 minutes each, 3 seconds added per move"),
            ("10", "10+0", "10 minutes each"),
            ("0.5+0", "30s+0", "30 seconds each"),
            ("30S+1", "30s+1", "30 seconds each, 1 second added per move"),
            ("0+2", "2s+2", "2 seconds each, 2 seconds added per move"),
            ("2d", "2d", "2 days per move"),
            ("none", "none", "no clock"),
        ] {
            let rule: ClockRule = text.parse().unwrap();
            assert_eq!(
                (rule.to_string().as_str(), rule.words().as_str()),
                (printed, words)
            );
            assert_eq!(printed.parse::<ClockRule>().unwrap(), rule);
        }
        for bad in [
            "",
            "5+",
            "+3",
            "5+3+1",
            "-5",
            "0+0",
            "99d",
            "0d",
            "999999999+0",
            "5 minutes",
            "é",
        ] {
            assert!(bad.parse::<ClockRule>().is_err(), "{bad}");
        }
    }

    #[test]
    fn first_moves_are_free_and_later_ones_are_charged() {
        let (white, black) = (Seat(0), Seat(1));
        let mut clock = Clock::new(BLITZ, 2);
        clock.run(&[white], at(0));
        assert_eq!(clock.overdue(BLITZ, at(601)).no_shows, [white]);
        clock.stop(BLITZ, white, at(60));
        clock.run(&[black], at(60));
        clock.stop(BLITZ, black, at(90));
        clock.run(&[white], at(90));
        assert_eq!(clock.shows(white, at(100)), Some(Span::seconds(290)));
        clock.stop(BLITZ, white, at(100));
        assert_eq!(clock.shows(white, at(500)), Some(Span::seconds(293)));
        assert_eq!(clock.shows(black, at(500)), Some(Span::minutes(5)));
    }

    #[test]
    fn the_earliest_flag_falls_alone() {
        let mut clock = Clock::new(BLITZ, 2);
        clock.moved = vec![true, true];
        clock.run(&[Seat(0)], at(0));
        clock.run(&[Seat(0), Seat(1)], at(1));
        assert_eq!(clock.next_flag(BLITZ), Some(at(300)));
        assert_eq!(
            clock.overdue(BLITZ, at(400)),
            Overdue {
                flags: vec![Seat(0)],
                no_shows: vec![]
            }
        );
        assert_eq!(clock.overdue(BLITZ, at(299)), Overdue::default());
    }

    #[test]
    fn downtime_is_owed_then_credited() {
        let mut clock = Clock::new(BLITZ, 2);
        clock.moved = vec![true, true];
        clock.run(&[Seat(0)], at(100));
        clock.owe(at(50), at(160));
        assert_eq!(clock.shows(Seat(0), at(170)), Some(Span::seconds(290)));
        assert_eq!(clock.next_flag(BLITZ), Some(at(460)));
        clock.credit(at(50), at(160));
        assert!(clock.owed().is_empty());
        assert_eq!(clock.shows(Seat(0), at(170)), Some(Span::seconds(290)));
        assert_eq!(clock.next_flag(BLITZ), Some(at(460)));
    }
}
