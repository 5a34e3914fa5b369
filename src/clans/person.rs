//! One person, as the address book keeps them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::kit::{PersonId, Span, Timestamp};

/// Everything that is held about a person and can be forgotten.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The id the journal knows.
    pub id: PersonId,
    /// The bare JID.
    pub jid: String,
    /// The unique name others see.
    pub handle: String,
    /// When the referee first met this person.
    pub since: Timestamp,
    /// Whether this account is a program.
    #[serde(default)]
    pub bot: bool,
    /// Whether this person ever wrote to the referee, rather than only being named by somebody.
    #[serde(default)]
    pub spoke: bool,
    /// Time zone by its IANA name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// Language by its BCP 47 tag.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lang: Option<String>,
    /// When not to be written to, unless it is about a match with a running clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quiet: Option<QuietHours>,
    /// Whether search may find this person.
    #[serde(default)]
    pub listed: bool,
    /// Whose challenges are not wanted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ignores: BTreeSet<PersonId>,
    /// The servers whose people's challenges are not wanted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ignored_domains: BTreeSet<String>,
}

impl Person {
    /// The server of this person's JID.
    pub fn domain(&self) -> &str {
        self.jid.rsplit('@').next().unwrap_or_default()
    }

    /// Whether this person wants nothing from that one.
    pub fn ignores(&self, other: &Person) -> bool {
        self.ignores.contains(&other.id) || self.ignored_domains.contains(other.domain())
    }

    /// When this person's quiet time ends, while it is quiet time. Without a known zone the hours are UTC.
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        let quiet = self.quiet?;
        let zone = self
            .zone
            .as_deref()
            .and_then(|name| jiff::tz::TimeZone::get(name).ok());
        let local = now.jiff().to_zoned(zone.unwrap_or(jiff::tz::TimeZone::UTC));
        let minute =
            u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).ok()?;
        quiet.covers(minute).then(|| now + quiet.left(minute))
    }
}

/// A stretch of the day, in minutes after midnight; it may run over midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// From this minute of the day.
    pub from: u16,
    /// Until before this minute of the day.
    pub to: u16,
}

impl QuietHours {
    /// Reads `22:00-07:30`.
    pub fn read(text: &str) -> Option<QuietHours> {
        let (from, to) = text.trim().split_once('-')?;
        let minute = |text: &str| {
            let (hours, minutes) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
            let (hours, minutes) = (hours.parse::<u16>().ok()?, minutes.parse::<u16>().ok()?);
            (hours < 24 && minutes < 60).then_some(hours * 60 + minutes)
        };
        let quiet = QuietHours {
            from: minute(from)?,
            to: minute(to)?,
        };
        (quiet.from != quiet.to).then_some(quiet)
    }

    /// The time left at a minute that is covered.
    fn left(self, minute: u16) -> Span {
        const DAY: u16 = 24 * 60;
        Span::minutes(i64::from((self.to + DAY - minute) % DAY))
    }

    fn covers(self, minute: u16) -> bool {
        if self.from < self.to {
            (self.from..self.to).contains(&minute)
        } else {
            minute >= self.from || minute < self.to
        }
    }
}

impl std::fmt::Display for QuietHours {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "{:02}:{:02}-{:02}:{:02}",
            self.from / 60,
            self.from % 60,
            self.to / 60,
            self.to % 60
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_hours_cross_midnight() {
        let quiet = QuietHours::read("22-7:30").unwrap();
        assert_eq!(quiet.to_string(), "22:00-07:30");
        assert!(quiet.covers(23 * 60) && quiet.covers(0) && quiet.covers(7 * 60 + 29));
        assert!(!quiet.covers(7 * 60 + 30) && !quiet.covers(12 * 60));
        assert_eq!(quiet.left(23 * 60), Span::minutes(8 * 60 + 30));
        for bad in ["22", "24-1", "1-1", "a-b", "1:60-2"] {
            assert_eq!(QuietHours::read(bad), None, "{bad}");
        }
    }
}
