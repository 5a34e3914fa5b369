//! When somebody wants to hear of what waits: reminders, the daily digest, and the hours of the day in their time zone.

use serde::{Deserialize, Serialize};

use crate::kit::{Span, Timestamp};

/// The shortest and the longest time after which a reminder may be asked for.
const SHORTEST: Span = Span::minutes(5);
const LONGEST: Span = Span::days(14);

/// After which time an unanswered turn is told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Remind {
    /// Never.
    Off,
    /// Each time that so much time has passed.
    After(Span),
}

impl Remind {
    /// Reads `2h`, `45m`, `1d` or `off`; nothing shorter than five minutes or longer than two weeks.
    pub fn read(text: &str) -> Option<Remind> {
        let text = text.trim().to_ascii_lowercase();
        if matches!(text.as_str(), "off" | "no" | "none" | "never") {
            return Some(Remind::Off);
        }
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let short = number.len() <= 5 && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: i64 = number.parse().ok().filter(|_| short)?;
        let span = match unit {
            "m" => Span::minutes(number),
            "h" => Span::hours(number),
            "d" => Span::days(number),
            _ => return None,
        };
        (SHORTEST..=LONGEST)
            .contains(&span)
            .then_some(Remind::After(span))
    }
}

impl std::fmt::Display for Remind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Remind::Off => f.write_str("off"),
            Remind::After(span) if span.0 % Span::days(1).0 == 0 => {
                write!(f, "{}d", span.0 / Span::days(1).0)
            }
            Remind::After(span) if span.0 % Span::hours(1).0 == 0 => {
                write!(f, "{}h", span.0 / Span::hours(1).0)
            }
            Remind::After(span) => write!(f, "{}m", span.0 / Span::minutes(1).0),
        }
    }
}

/// A digest of everything that waits, once a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Daily {
    /// The minute of the day, in the person's time zone.
    pub minute: u16,
    /// When it was asked for: the first digest comes after that.
    pub since: Timestamp,
}

/// Reads a time of day, such as `08:00` or `8`, as a minute of the day.
pub fn minute_of_day(text: &str) -> Option<u16> {
    let text = text.trim();
    let (hours, minutes) = text.split_once(':').unwrap_or((text, "0"));
    let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
    (hours < 24 && minutes < 60).then(|| hours * 60 + minutes)
}

/// Writes a minute of the day as `08:00`.
pub fn time_of_day(minute: u16) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// The time zone of this name; UTC without one, or when this machine does not know it.
fn zone_of(name: Option<&str>) -> jiff::tz::TimeZone {
    name.and_then(super::zones::zone)
        .unwrap_or(jiff::tz::TimeZone::UTC)
}

/// The beginning of the day after this one, in a zone.
pub(super) fn day_after(zone: Option<&str>, day: jiff::civil::Date) -> Option<Timestamp> {
    let midnight = day.tomorrow().ok()?.at(0, 0, 0, 0);
    let there = midnight.to_zoned(zone_of(zone)).ok()?;
    Some(Timestamp(there.timestamp().as_millisecond()))
}

/// The minute of the day that clocks in a zone show.
pub(super) fn local_minute(zone: Option<&str>, at: Timestamp) -> Option<u16> {
    let local = at.jiff().to_zoned(zone_of(zone));
    u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).ok()
}

/// The next moment after this one at which clocks in a zone show this minute of the day. A minute that a change of
/// daylight saving leaves out comes when the clocks have been put forward; one that comes twice counts the first time.
pub(super) fn next_local(zone: Option<&str>, minute: u16, after: Timestamp) -> Option<Timestamp> {
    let zone = zone_of(zone);
    let today = after.jiff().to_zoned(zone.clone()).date();
    let (hour, minute) = (
        i8::try_from(minute / 60).ok()?,
        i8::try_from(minute % 60).ok()?,
    );
    let mut day = today;
    for _ in 0..3 {
        let there = day.at(hour, minute, 0, 0).to_zoned(zone.clone()).ok()?;
        let at = Timestamp(there.timestamp().as_millisecond());
        if at > after {
            return Some(at);
        }
        day = day.tomorrow().ok()?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn reminders_read_and_print() {
        for (text, printed) in [
            ("2h", "2h"),
            ("120m", "2h"),
            ("48h", "2d"),
            ("45M", "45m"),
            ("never", "off"),
        ] {
            let read = Remind::read(text).unwrap();
            assert_eq!(read.to_string(), printed);
            assert_eq!(Remind::read(printed), Some(read));
        }
        for bad in ["", "2", "h", "4m", "15d", "-2h", "2 h", "é", "999999h"] {
            assert_eq!(Remind::read(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_local_time_follows_daylight_saving() {
        let vienna = Some("Europe/Vienna");
        let eight = minute_of_day("8").unwrap();
        let next = |after| next_local(vienna, eight, at(after)).unwrap().to_string();
        // In winter 08:00 there is 07:00 UTC; from 29 March 2026 on it is 06:00 UTC.
        assert_eq!(next("2026-03-28T06:00:00Z"), "2026-03-28T07:00:00.000Z");
        assert_eq!(next("2026-03-28T07:00:00Z"), "2026-03-29T06:00:00.000Z");
        assert_eq!(next("2026-10-24T06:00:00Z"), "2026-10-25T07:00:00.000Z");
    }

    #[test]
    fn a_minute_that_is_left_out_or_comes_twice_counts_once() {
        let vienna = Some("Europe/Vienna");
        let half_past_two = minute_of_day("02:30").unwrap();
        let next = |after| next_local(vienna, half_past_two, after).unwrap();
        let spring = next(at("2026-03-28T12:00:00Z"));
        assert_eq!(spring.to_string(), "2026-03-29T01:30:00.000Z");
        let autumn = next(at("2026-10-24T12:00:00Z"));
        assert_eq!(autumn.to_string(), "2026-10-25T00:30:00.000Z");
        assert_eq!(next(autumn).to_string(), "2026-10-26T01:30:00.000Z");
    }
}
