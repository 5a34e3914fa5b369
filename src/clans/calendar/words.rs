//! Days, times and lengths as people type them.

use jiff::civil::{Date, DateTime, Time, Weekday};

use crate::kit::Span;

/// Names of days, from Monday.
const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

fn weekday(word: &str) -> Option<Weekday> {
    let word = word.to_ascii_lowercase();
    let named = |name: &str| name == word || (word.len() >= 3 && name[..3] == word);
    DAYS.into_iter()
        .find(|(name, _)| named(name))
        .map(|(_, day)| day)
}

/// A date written as `2026-12-24`, and nothing else.
pub fn date(word: &str) -> Option<Date> {
    let digits = |at: std::ops::Range<usize>| {
        let part = word.get(at)?;
        part.bytes()
            .all(|byte| byte.is_ascii_digit())
            .then(|| part.parse::<i16>().ok())?
    };
    if word.len() != 10 || word.as_bytes()[4] != b'-' || word.as_bytes()[7] != b'-' {
        return None;
    }
    let (month, day) = (
        i8::try_from(digits(5..7)?).ok()?,
        i8::try_from(digits(8..10)?).ok()?,
    );
    Date::new(digits(0..4)?, month, day).ok()
}

/// Whether a word says a day: `2026-12-24`, `sat`, `saturday`, `today`, `tomorrow`. A date that no calendar has is one
/// too, so that it can be refused as such.
pub fn is_day(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    let shape = |(at, byte): (usize, u8)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    if word.len() == 10 && word.bytes().enumerate().all(shape) {
        return true;
    }
    matches!(word.as_str(), "today" | "tomorrow") || weekday(&word).is_some()
}

/// A day's time of the day; the name of a day means the next one for which `to_come` holds.
pub(super) fn day_and_time(
    day: &str,
    time: Time,
    today: Date,
    to_come: impl Fn(DateTime) -> bool,
) -> Option<DateTime> {
    let day = day.to_ascii_lowercase();
    let date = match day.as_str() {
        "today" => today,
        "tomorrow" => today.tomorrow().ok()?,
        word => match weekday(word) {
            Some(wanted) => {
                let ahead = today.weekday().until(wanted);
                let next = today.checked_add(jiff::Span::new().days(ahead)).ok()?;
                match to_come(next.to_datetime(time)) {
                    true => next,
                    false => next.checked_add(jiff::Span::new().days(7)).ok()?,
                }
            }
            None => self::date(word)?,
        },
    };
    Some(date.to_datetime(time))
}

/// Reads `20:00`, `8pm` or `8:30pm`.
pub fn hour_and_minute(word: &str) -> Option<Time> {
    let word = word.to_ascii_lowercase();
    let (clock, half) = match (word.strip_suffix("am"), word.strip_suffix("pm")) {
        (Some(clock), _) => (clock, Some(0)),
        (_, Some(clock)) => (clock, Some(12)),
        _ => (word.as_str(), None),
    };
    let (hour, minute) = match clock.split_once(':') {
        Some((hour, minute)) if minute.len() == 2 => (hour, small(minute)?),
        None if half.is_some() => (clock, 0),
        _ => return None,
    };
    let hour = match (small(hour)?, half) {
        (hour @ 1..=12, Some(half)) => hour % 12 + half,
        (_, Some(_)) => return None,
        (hour, None) => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}

/// Whether a word has the shape of a time: one or two digits, a colon and two digits.
pub(super) fn looks_like_time(word: &str) -> bool {
    let parts = word.split_once(':');
    parts.is_some_and(|(hour, minute)| small(hour).is_some() && small(minute).is_some())
}

/// A number of one or two digits.
fn small(text: &str) -> Option<i8> {
    let plain = matches!(text.len(), 1 | 2) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| plain)
}

/// Reads a length: `90m`, `2h` or `1h30`.
pub fn length(word: &str) -> Option<Span> {
    let word = word.to_ascii_lowercase();
    if let Some(minutes) = word.strip_suffix('m').filter(|rest| !rest.contains('h')) {
        return number(minutes).map(Span::minutes);
    }
    let (hours, minutes) = word.split_once('h')?;
    let minutes = match minutes.strip_suffix('m').unwrap_or(minutes) {
        "" => 0,
        minutes => number(minutes)?,
    };
    Some(Span::hours(number(hours)?) + Span::minutes(minutes))
}

/// A number of at most four digits, at least 1.
pub(super) fn number(text: &str) -> Option<i64> {
    let plain = matches!(text.len(), 1..=4) && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| plain && *number > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_dates_read_or_do_not() {
        for (text, minutes) in [("90m", 90), ("2h", 120), ("1h30", 90), ("1H30m", 90)] {
            assert_eq!(length(text), Some(Span::minutes(minutes)), "{text}");
        }
        for bad in ["", "h", "m", "2", "-2h", "2h-5", "99999m", "é"] {
            assert_eq!(length(bad), None, "{bad}");
        }
        assert_eq!(date("2026-12-24").unwrap().to_string(), "2026-12-24");
        for bad in [
            "2026-2-24",
            "2026-13-01",
            "20261224",
            "2026-12-24T",
            "é026-12-2",
        ] {
            assert_eq!(date(bad), None, "{bad}");
        }
        assert!(is_day("Sun") && is_day("sunday") && !is_day("su") && !is_day("sund"));
    }
}
