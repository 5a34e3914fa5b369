//! How clocks are written: one form that is printed, and some more that are understood.
//!
//! ```text
//! clock   = control [ "|" control ] [ " lag" time ]
//! control = "none" | base [ "+" seconds ] | base "d" seconds | base "b" seconds
//!         | base "+" periods "x" time | base "+" moves "/" time | "hg" base
//!         | days "d" [ "+" days "v" ] | time "/move" [ "+" days "v" ]
//! ```
//! A base is in minutes, other times are in seconds, unless a unit (`s`, `m`, `h`) follows.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::rule::{ClockRule, Control};
use crate::kit::{Refusal, Span, clip, refuse};

/// The longest text that people may type as a clock.
const MAX_TYPED_CHARS: usize = 100;
/// The longest clock as it is written down: two of the longest controls and the lag, so that no clock within the limits
/// is refused for the way it is written.
const MAX_CLOCK_CHARS: usize = 70;
/// The longest main time.
const MAX_BASE: Span = Span::days(1);
/// The longest increment, delay or byo-yomi period.
const MAX_INCREMENT: Span = Span::hours(1);
/// The longest time per move.
const MAX_PER_MOVE: Span = Span::days(30);
/// The shortest period, hourglass or time per move.
const MIN_STRETCH: Span = Span::seconds(1);
/// The most byo-yomi periods.
const MAX_PERIODS: i64 = 99;
/// The most moves in a Canadian period.
const MAX_PERIOD_MOVES: i64 = 300;
/// The most days of absence in one match.
const MAX_VACATION_DAYS: i64 = 60;
/// The most lag that is forgiven per move.
const MAX_LAG: Span = Span::seconds(10);

fn out_of_range() -> Refusal {
    refuse(
        "clock/out-of-range",
        "That clock is longer or shorter than this referee keeps.",
    )
    .hint("Choose at most 24 hours each, 60 minutes per move, or 30 days per move; `clocks` lists all limits.")
}

/// Whose text is read. People have to keep the limits of today; what was written down keeps those of its day, and has only
/// to be a clock at all.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Typed,
    Stored,
}

impl Source {
    fn within(self, low: Span, span: Span, high: Span) -> Result<Span, Refusal> {
        // A stretch that has to have a length has one in what is stored, too.
        let (low, high) = match self {
            Source::Typed => (low, high),
            Source::Stored => (low.min(Span::millis(1)), Span(i64::MAX)),
        };
        if low <= span && span <= high {
            Ok(span)
        } else {
            Err(out_of_range())
        }
    }

    fn count(self, n: i64, most: i64) -> Result<i64, Refusal> {
        let most = match self {
            Source::Typed => most,
            Source::Stored => i64::MAX,
        };
        if (1..=most).contains(&n) {
            Ok(n)
        } else {
            Err(out_of_range())
        }
    }
}

impl FromStr for ClockRule {
    type Err = Refusal;

    /// Reads what people type. Refuses with `clock/unreadable`, `clock/out-of-range` or `clock/contradiction`.
    fn from_str(text: &str) -> Result<Self, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        if text.chars().count() > MAX_TYPED_CHARS {
            return Err(unreadable(&text));
        }
        let rule = read(&text, Source::Typed)?;
        if rule.to_string().len() > MAX_CLOCK_CHARS {
            return Err(unreadable(&text));
        }
        Ok(rule)
    }
}

fn unreadable(text: &str) -> Refusal {
    refuse("clock/unreadable", format!("`{}` is no time control.", clip(text, 20)))
        .hint("Write 5+3 for 5 minutes and 3 seconds per move, 10+0, 2d for two days per move, or none; type `clocks` for all kinds.")
}

fn read(text: &str, source: Source) -> Result<ClockRule, Refusal> {
    let unreadable = || unreadable(text);
    let (controls, lag) = match text.split_once("lag") {
        Some((controls, lag)) => {
            let lag = span(lag.trim(), Span::seconds(1)).ok_or_else(unreadable)?;
            (controls.trim(), source.within(Span::ZERO, lag, MAX_LAG)?)
        }
        None => (text, Span::ZERO),
    };
    let mut seats = controls.split('|').map(|text| control(text.trim(), source));
    let mut next = || match seats.next() {
        None => Ok(None),
        Some(Ok(None)) => Err(unreadable()),
        Some(read) => read,
    };
    let first = next()?.ok_or_else(unreadable)?;
    let second = next()?;
    if next()?.is_some() {
        return Err(refuse(
            "clock/contradiction",
            "Odds of time are for two players; here is a clock for a third.",
        )
        .hint("Write the first seat's clock and the second's, such as 5+3|3+0."));
    }
    ClockRule { first, second, lag }.consistent()
}

/// One player's clock; `None` when the text is none.
fn control(text: &str, source: Source) -> Result<Option<Control>, Refusal> {
    if matches!(text, "none" | "no" | "off" | "-") {
        return Ok(Some(Control::None));
    }
    if let Some(leave) = text.strip_suffix('v') {
        return with_leave(leave, source);
    }
    if let Some(base) = text.strip_prefix("hg") {
        let Some(base) = span(base, Span::minutes(1)) else {
            return Ok(None);
        };
        let base = source.within(MIN_STRETCH, base, MAX_BASE)?;
        return Ok(Some(Control::Hourglass { base }));
    }
    if let Some(time) = per_move(text) {
        let time = source.within(MIN_STRETCH, time, MAX_PER_MOVE)?;
        return Ok(Some(Control::PerMove {
            time,
            vacation: Span::ZERO,
        }));
    }
    match text.split_once('+') {
        Some((base, extra)) => with_extra(base, extra, source),
        None if text.contains(['x', '/']) => with_extra("0", text, source),
        None => match text.split_once(['d', 'b']) {
            Some((base, delay)) => delayed(base, delay, text.contains('d'), source),
            None => with_extra(text, "0", source),
        },
    }
}

/// `2d`, `48h/move`, `3h/phase`.
fn per_move(text: &str) -> Option<Span> {
    let whole = text
        .strip_suffix("/move")
        .or_else(|| text.strip_suffix("/phase"));
    if let Some(days) = whole.unwrap_or(text).strip_suffix('d') {
        return plain_number(days).map(Span::days);
    }
    // A bare number would be anybody's guess.
    let time = whole.filter(|time| time.ends_with(['s', 'm', 'h']))?;
    span(time, Span::seconds(1))
}

/// `2d+14` of `2d+14v`.
fn with_leave(text: &str, source: Source) -> Result<Option<Control>, Refusal> {
    let Some((clock, days)) = text.rsplit_once('+') else {
        return Ok(None);
    };
    let Some(days) = plain_number(days) else {
        return Ok(None);
    };
    match control(clock, source)? {
        Some(Control::PerMove { time, .. }) if time >= Span::days(1) => {
            let vacation = Span::days(source.count(days, MAX_VACATION_DAYS)?);
            Ok(Some(Control::PerMove { time, vacation }))
        }
        Some(_) => Err(refuse(
            "clock/contradiction",
            "Days of absence go only with a day or more per move.",
        )
        .hint("Write 2d+14v for two days per move and 14 days of absence.")),
        None => Ok(None),
    }
}

fn delayed(
    base: &str,
    delay: &str,
    simple: bool,
    source: Source,
) -> Result<Option<Control>, Refusal> {
    let both = span(base, Span::minutes(1)).zip(span(delay, Span::seconds(1)));
    let Some((base, delay)) = both else {
        return Ok(None);
    };
    let base = source.within(MIN_STRETCH, base, MAX_BASE)?;
    let delay = source.within(Span::millis(1), delay, MAX_INCREMENT)?;
    Ok(Some(if simple {
        Control::Delay { base, delay }
    } else {
        Control::Bronstein { base, delay }
    }))
}

/// What follows the main time: an increment, byo-yomi periods, or moves per Canadian period.
fn with_extra(base: &str, extra: &str, source: Source) -> Result<Option<Control>, Refusal> {
    let Some(base) = span(base, Span::minutes(1)) else {
        return Ok(None);
    };
    let base = source.within(Span::ZERO, base, MAX_BASE)?;
    if let Some((periods, length)) = extra.split_once('x') {
        let both = plain_number(periods).zip(span(length, Span::seconds(1)));
        let Some((periods, length)) = both else {
            return Ok(None);
        };
        return Ok(Some(Control::ByoYomi {
            base,
            periods: u8::try_from(source.count(periods, MAX_PERIODS)?)
                .map_err(|_| out_of_range())?,
            length: source.within(MIN_STRETCH, length, MAX_INCREMENT)?,
        }));
    }
    if let Some((moves, length)) = extra.split_once('/') {
        let both = plain_number(moves).zip(span(length, Span::minutes(1)));
        let Some((moves, length)) = both else {
            return Ok(None);
        };
        return Ok(Some(Control::Canadian {
            base,
            moves: u16::try_from(source.count(moves, MAX_PERIOD_MOVES)?)
                .map_err(|_| out_of_range())?,
            length: source.within(MIN_STRETCH, length, MAX_BASE)?,
        }));
    }
    let Some(increment) = span(extra, Span::seconds(1)) else {
        return Ok(None);
    };
    let increment = source.within(Span::ZERO, increment, MAX_INCREMENT)?;
    // A base of zero starts with one increment on the clock, as chess servers do.
    let base = if base == Span::ZERO { increment } else { base };
    if base == Span::ZERO {
        return Err(out_of_range());
    }
    Ok(Some(Control::Increment { base, increment }))
}

/// Every time that is printed in seconds has to read back, thirty days among them: seven digits.
const MAX_DIGITS: usize = 8;

fn plain_number(digits: &str) -> Option<i64> {
    let short = !digits.is_empty()
        && digits.len() <= MAX_DIGITS
        && digits.bytes().all(|b| b.is_ascii_digit());
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

/// With its unit, the largest that divides it: `90s`, `10m`, `3h`.
struct Unit(Span);

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unit(Span(ms)) = self;
        match ms {
            ms if ms % 3_600_000 == 0 => write!(f, "{}h", ms / 3_600_000),
            ms if ms % 60_000 == 0 => write!(f, "{}m", ms / 60_000),
            ms if ms % 1000 == 0 => write!(f, "{}s", ms / 1000),
            ms => write!(f, "{}.{:03}s", ms / 1000, ms % 1000),
        }
    }
}

/// A main time: minutes, or seconds where they are not whole.
struct Base(Span);

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.0 {
            ms if ms % 60_000 == 0 => write!(f, "{}", ms / 60_000),
            _ => Unit(self.0).fmt(f),
        }
    }
}

/// Seconds, without the unit.
struct Seconds(Span);

impl fmt::Display for Seconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.0 {
            ms if ms % 1000 == 0 => write!(f, "{}", ms / 1000),
            ms => write!(f, "{}.{:03}", ms / 1000, ms % 1000),
        }
    }
}

impl fmt::Display for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Control::None => f.write_str("none"),
            Control::Increment { base, increment } => {
                write!(f, "{}+{}", Base(base), Seconds(increment))
            }
            Control::Delay { base, delay } => write!(f, "{}d{}", Base(base), Seconds(delay)),
            Control::Bronstein { base, delay } => write!(f, "{}b{}", Base(base), Seconds(delay)),
            Control::ByoYomi {
                base,
                periods,
                length,
            } => write!(f, "{}+{periods}x{}", Base(base), Unit(length)),
            Control::Canadian {
                base,
                moves,
                length,
            } => write!(f, "{}+{moves}/{}", Base(base), Unit(length)),
            Control::Hourglass { base } => write!(f, "hg{}", Base(base)),
            Control::PerMove { time, vacation } => {
                const DAY: i64 = Span::days(1).0;
                match time.0 {
                    ms if ms % DAY == 0 => write!(f, "{}d", ms / DAY)?,
                    _ => write!(f, "{}/move", Unit(time))?,
                }
                match vacation {
                    Span::ZERO => Ok(()),
                    vacation => write!(f, "+{}v", vacation.0 / DAY),
                }
            }
        }
    }
}

impl fmt::Display for ClockRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.first.fmt(f)?;
        if let Some(second) = self.second {
            write!(f, "|{second}")?;
        }
        match self.lag {
            Span::ZERO => Ok(()),
            lag => write!(f, " lag{}", Unit(lag)),
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
        read(&text, Source::Stored).map_err(|no| serde::de::Error::custom(no.text))
    }
}
