//! Time as a value: who reads a clock is somebody else's affair.

use std::fmt;
use std::ops::{Add, Sub};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A length of time in milliseconds. It may be negative, as in "late by".
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Span(pub i64);

impl Span {
    /// No time at all.
    pub const ZERO: Span = Span(0);

    /// So many milliseconds.
    pub const fn millis(n: i64) -> Span {
        Span(n)
    }
    /// So many seconds.
    pub const fn seconds(n: i64) -> Span {
        Span(n.saturating_mul(1000))
    }
    /// So many minutes.
    pub const fn minutes(n: i64) -> Span {
        Span(n.saturating_mul(60_000))
    }
    /// So many hours.
    pub const fn hours(n: i64) -> Span {
        Span(n.saturating_mul(3_600_000))
    }
    /// So many days of 24 hours.
    pub const fn days(n: i64) -> Span {
        Span(n.saturating_mul(86_400_000))
    }

    /// As a chess clock shows it: `0:20`, `1:05:00`, `2 days 4:00:00`; tenths below ten seconds (`0:03.4`).
    pub fn clock(self) -> String {
        let ms = self.0.max(0);
        let (days, hours) = (ms / 86_400_000, ms / 3_600_000 % 24);
        let (minutes, seconds) = (ms / 60_000 % 60, ms / 1000 % 60);
        let time = if days > 0 || hours > 0 {
            format!("{hours}:{minutes:02}:{seconds:02}")
        } else if ms < 10_000 {
            format!("0:{seconds:02}.{}", ms / 100 % 10)
        } else {
            format!("{minutes}:{seconds:02}")
        };
        match days {
            0 => time,
            1 => format!("1 day {time}"),
            n => format!("{n} days {time}"),
        }
    }

    /// In words, with the two largest units: `1 minute`, `2 hours 5 minutes`, `3 days`.
    pub fn words(self) -> String {
        let ms = self.0.max(0);
        let units = [
            (86_400_000, "day"),
            (3_600_000, "hour"),
            (60_000, "minute"),
            (1000, "second"),
        ];
        let mut rest = ms;
        let mut said = Vec::new();
        for (size, name) in units {
            let n = rest / size;
            rest %= size;
            if n > 0 {
                said.push(format!("{n} {name}{}", if n == 1 { "" } else { "s" }));
            }
            if said.len() == 2 || (!said.is_empty() && n == 0) {
                break;
            }
        }
        if said.is_empty() {
            "a moment".to_owned()
        } else {
            said.join(" ")
        }
    }
}

impl Add for Span {
    type Output = Span;
    fn add(self, other: Span) -> Span {
        Span(self.0.saturating_add(other.0))
    }
}

impl Sub for Span {
    type Output = Span;
    fn sub(self, other: Span) -> Span {
        Span(self.0.saturating_sub(other.0))
    }
}

/// A moment: milliseconds since 1970-01-01 00:00 UTC. Written as RFC 3339 with milliseconds, as XEP-0082 asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// As jiff knows it, for calendars and time zones; moments outside jiff's range are clamped to it.
    pub fn jiff(self) -> jiff::Timestamp {
        let nearest = match self.0 < 0 {
            true => jiff::Timestamp::MIN,
            false => jiff::Timestamp::MAX,
        };
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(nearest)
    }

    /// This moment, or the first or last that can be written down.
    fn writable(self) -> Timestamp {
        Timestamp(self.jiff().as_millisecond())
    }
}

impl Timestamp {
    /// For people: `2026-01-02 12:00 UTC`.
    pub fn moment(self) -> String {
        format!("{} UTC", self.jiff().strftime("%Y-%m-%d %H:%M"))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.jiff())
    }
}

impl std::str::FromStr for Timestamp {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        text.parse::<jiff::Timestamp>()
            .map(|t| Timestamp(t.as_millisecond()))
            .map_err(|_| ())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        text.parse()
            .map_err(|()| serde::de::Error::custom(format!("`{text}` is no RFC 3339 time")))
    }
}

impl Add<Span> for Timestamp {
    type Output = Timestamp;
    fn add(self, span: Span) -> Timestamp {
        // What is reckoned here is written down, and has to read back as the same.
        Timestamp(self.0.saturating_add(span.0)).writable()
    }
}

impl Sub for Timestamp {
    type Output = Span;
    fn sub(self, earlier: Timestamp) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_reckoned_reads_back_as_it_was_written() {
        let last = jiff::Timestamp::MAX.as_millisecond();
        let first = jiff::Timestamp::MIN.as_millisecond();
        for ms in [
            0,
            1,
            last - 1,
            last,
            last + 1,
            first,
            first - 1,
            i64::MAX,
            i64::MIN,
        ] {
            for start in [Timestamp(0), Timestamp(1_700_000_000_000), Timestamp(last)] {
                let at = start + Span(ms);
                assert_eq!(at.to_string().parse(), Ok(at), "{start} + {ms}");
            }
        }
        assert!(Timestamp(0) + Span(i64::MIN) < Timestamp(0));
        assert_eq!(Timestamp(i64::MIN).jiff(), jiff::Timestamp::MIN);
    }

    #[test]
    fn clocks_and_words() {
        assert_eq!(Span::millis(3_449).clock(), "0:03.4");
        assert_eq!(Span::seconds(20).clock(), "0:20");
        assert_eq!(Span::minutes(65).clock(), "1:05:00");
        assert_eq!(Span::hours(52).clock(), "2 days 4:00:00");
        assert_eq!(Span::seconds(60).words(), "1 minute");
        assert_eq!(Span::seconds(7_500).words(), "2 hours 5 minutes");
        assert_eq!(Span::days(3).words(), "3 days");
        assert_eq!(Span::millis(12).words(), "a moment");
    }

    #[test]
    fn moments_read_back() {
        let t = Timestamp(1_700_000_000_120);
        assert_eq!(t.to_string(), "2023-11-14T22:13:20.120Z");
        assert_eq!("2023-11-14T22:13:20.120Z".parse(), Ok(t));
        assert_eq!(
            serde_json::to_string(&t).unwrap(),
            "\"2023-11-14T22:13:20.120Z\""
        );
    }
}
