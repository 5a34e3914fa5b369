//! One person, as the address book keeps them.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::app_password::AppPassword;
use super::links::Links;
use super::nudging::{
    Daily, Remind, day_after, local_minute, minute_of_day, next_local, time_of_day,
};
use crate::kit::{PersonId, Timestamp};

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
    /// The games this bot plays, by their ids; every game when empty.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub plays: Vec<String>,
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
    /// When an unanswered turn is told again; without a choice the referee's usual way, which depends on the clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remind: Option<Remind>,
    /// When to be told once a day of everything that waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<Daily>,
    /// Whose challenges are wanted, as a formula; anybody's when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Whether search may find this person.
    #[serde(default)]
    pub listed: bool,
    /// Whether the room of each match is sent as an invitation (XEP-0249), which many clients open as a dialog, and not only as text.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invitations: bool,
    /// Whose challenges are not wanted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ignores: BTreeSet<PersonId>,
    /// The same for those who were named by their address, whose handles are not to be learnt from that.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ignores_unnamed: BTreeSet<PersonId>,
    /// The servers whose people's challenges are not wanted.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub ignored_domains: BTreeSet<String>,
    /// What admins noted about this person, for each other; the person finds it in the export.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<Remark>,
    /// Passwords for other services, at most [`super::MAX_APP_PASSWORDS`], each service once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub app_passwords: Vec<AppPassword>,
    /// Other addresses, and accounts at other services.
    #[serde(default, skip_serializing_if = "Links::is_empty")]
    pub links: Links,
    /// The day, in UTC, on which this person last wrote to the referee from the main address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<jiff::civil::Date>,
    /// Whether nothing is known of this person but that they were there: no record names them, nobody else's entry does, and
    /// they chose nothing. Guests are not kept for ever.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub guest: bool,
}

/// People and servers one person ignores.
pub const MAX_IGNORED: usize = 200;
/// The most notes of admins about one person, who still fits into the address book with them.
pub const MAX_REMARKS: usize = 20;
/// The longest of them, in characters.
pub const MAX_REMARK_CHARS: usize = 300;

/// A note of an admin about somebody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: PersonId,
    /// What.
    pub text: String,
}

impl Person {
    /// The server of this person's JID.
    pub fn domain(&self) -> &str {
        self.jid.rsplit('@').next().unwrap_or_default()
    }

    /// Whether this person wants nothing from whoever has, or had, this number.
    pub fn ignores_number(&self, number: PersonId) -> bool {
        self.ignores.contains(&number) || self.ignores_unnamed.contains(&number)
    }

    /// Whether there is anybody from whom this person wants nothing.
    pub fn ignores_anybody(&self) -> bool {
        !self.ignores.is_empty() || !self.ignores_unnamed.is_empty()
    }

    /// Whether what differs from how it was is more than a sign of life.
    pub fn chose_something(&self, was: &Person) -> bool {
        let mut same = was.clone();
        (same.seen, same.spoke, same.guest) = (self.seen, self.spoke, self.guest);
        same != *self
    }

    /// Whether this person wants nothing from that one.
    pub fn ignores(&self, other: &Person) -> bool {
        self.ignores_number(other.id) || self.ignored_domains.contains(other.domain())
    }

    /// When this person's quiet time ends, while it is quiet time. Without a known zone the hours are UTC.
    pub fn quiet_until(&self, now: Timestamp) -> Option<Timestamp> {
        let quiet = self.quiet?;
        let minute = local_minute(self.zone.as_deref(), now)?;
        let covered = quiet.covers(minute);
        covered
            .then(|| next_local(self.zone.as_deref(), quiet.to, now))
            .flatten()
    }

    /// When a day of the calendar is over where this person lives.
    pub fn end_of_day(&self, day: jiff::civil::Date) -> Option<Timestamp> {
        day_after(self.zone.as_deref(), day)
    }

    /// The password for a service, if there is one.
    pub fn app_password(&self, service: &str) -> Option<&AppPassword> {
        (self.app_passwords.iter()).find(|known| known.service == service)
    }

    /// The first moment from this one on at which this person may be written to.
    pub fn awake_from(&self, at: Timestamp) -> Timestamp {
        self.quiet_until(at).unwrap_or(at)
    }

    /// When the daily digest is due next, if the last one came at this moment.
    pub fn digest_due(&self, last: Option<Timestamp>) -> Option<Timestamp> {
        let daily = self.digest?;
        let after = last.map_or(daily.since, |last| last.max(daily.since));
        next_local(self.zone.as_deref(), daily.minute, after)
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
        let quiet = QuietHours {
            from: minute_of_day(from)?,
            to: minute_of_day(to)?,
        };
        (quiet.from != quiet.to).then_some(quiet)
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
        write!(f, "{}-{}", time_of_day(self.from), time_of_day(self.to))
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
        for bad in ["22", "24-1", "1-1", "a-b", "1:60-2"] {
            assert_eq!(QuietHours::read(bad), None, "{bad}");
        }
    }
}
