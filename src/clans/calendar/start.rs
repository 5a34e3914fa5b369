//! A start: the local time people agreed on, the zone it was said in, and the moment that was when it was said.

use jiff::civil::{Date, DateTime};
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use serde::{Deserialize, Serialize};

use super::words::{day_and_time, hour_and_minute};
use crate::clans::zones::zone;
use crate::kit::{Refusal, Span, Timestamp, clip, refuse};

/// When something begins. The local time is what counts: should the rules of a zone change, it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// What clocks in the zone show then, to the minute.
    pub local: DateTime,
    /// The zone by its IANA name.
    pub zone: String,
    /// The moment this was when it was said; it counts where this machine does not know the zone.
    pub at: Timestamp,
}

/// A start as it was read, and whether its local time comes twice that night.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadStart {
    /// The start; of two moments with the same local time it is the first.
    pub start: Start,
    /// Whether clocks show this time twice.
    pub twice: bool,
}

impl Start {
    /// A local time in a zone. Refused when no such zone is known, or when a change of daylight saving leaves the time
    /// out; the refusal names the nearest times that exist.
    pub fn read(local: DateTime, zone: &str) -> Result<ReadStart, Refusal> {
        let known = known_zone(zone)?;
        let asked = known.to_ambiguous_timestamp(local);
        if let AmbiguousOffset::Gap { .. } = asked.offset() {
            return Err(left_out(&known, local));
        }
        let twice = matches!(asked.offset(), AmbiguousOffset::Fold { .. });
        let at = asked.compatible().map_err(|_| {
            refuse(
                "calendar/no-such-time",
                "That is no time I can reckon with.",
            )
            .hint("Write it as `2026-12-24 20:00`.")
        })?;
        Ok(ReadStart {
            start: Start {
                local,
                zone: name_of(&known, zone),
                at: Timestamp(at.as_millisecond()),
            },
            twice,
        })
    }

    /// The moment at which this begins.
    pub fn moment(&self) -> Timestamp {
        self.moment_on(self.local.date())
    }

    /// The moment at which clocks in this zone show this time of the day on a date. A time that does not exist that night
    /// comes as much later as clocks are put forward, and of two the first counts, as RFC 5545 (3.3.5) has it.
    pub fn moment_on(&self, date: Date) -> Timestamp {
        let local = date.to_datetime(self.local.time());
        let there = self.time_zone().to_ambiguous_timestamp(local).compatible();
        there.map_or(self.at, |at| Timestamp(at.as_millisecond()))
    }

    /// The same time of the day in the same zone on another date.
    pub fn on(&self, date: Date) -> Start {
        Start {
            local: date.to_datetime(self.local.time()),
            zone: self.zone.clone(),
            at: self.moment_on(date),
        }
    }

    /// For people: `Sat 2026-12-26 20:00 Europe/Vienna`, in the reader's zone where it is known, else in its own.
    pub fn shown(&self, reader: Option<&str>) -> String {
        let theirs = reader.and_then(|name| Some((name, known_zone(name).ok()?)));
        let (zone, there) = match &theirs {
            Some((name, zone)) => (*name, zone.to_datetime(self.moment().jiff())),
            None => (
                self.zone.as_str(),
                self.time_zone().to_datetime(self.moment().jiff()),
            ),
        };
        format!("{} {zone}", there.strftime("%a %Y-%m-%d %H:%M"))
    }

    /// Another moment, in the same zone.
    pub fn at_moment(&self, at: Timestamp) -> Start {
        Start {
            local: self.time_zone().to_datetime(at.jiff()),
            zone: self.zone.clone(),
            at,
        }
    }

    /// The date in this zone at a moment.
    pub fn date_at(&self, at: Timestamp) -> Date {
        at.jiff().to_zoned(self.time_zone()).date()
    }

    /// The zone; where this machine does not know it, the offset that was in force at this start.
    pub fn time_zone(&self) -> TimeZone {
        zone(&self.zone).unwrap_or_else(|| {
            let as_utc = TimeZone::UTC
                .to_timestamp(self.local)
                .unwrap_or(self.at.jiff());
            let ahead = as_utc.as_millisecond().saturating_sub(self.at.0) / 1000;
            let offset = i32::try_from(ahead)
                .ok()
                .and_then(|ahead| Offset::from_seconds(ahead).ok());
            offset.map_or(TimeZone::UTC, TimeZone::fixed)
        })
    }
}

/// A moment for people: in the reader's zone where it is known, else in UTC, which is said.
pub fn shown_in(at: Timestamp, reader: Option<&str>) -> String {
    let start = Start {
        local: TimeZone::UTC.to_datetime(at.jiff()),
        zone: "UTC".to_owned(),
        at,
    };
    start.shown(reader)
}

/// A zone by its IANA name, in any case.
pub fn known_zone(name: &str) -> Result<TimeZone, Refusal> {
    let unknown = || {
        refuse(
            "profile/bad-zone",
            format!("I know no time zone `{}`.", clip(name, 40)),
        )
        .hint("Zones are named like Europe/Vienna or America/New_York.")
    };
    // Names of zones are short, and none leads out of the folder of zones.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '_' | '-' | '+');
    if name.len() > 40 || !name.chars().all(plain) {
        return Err(unknown());
    }
    zone(name).ok_or_else(unknown)
}

fn name_of(zone: &TimeZone, asked: &str) -> String {
    zone.iana_name().unwrap_or(asked).to_owned()
}

/// The refusal of a time that clocks jump over, with the last minute before the jump and the first after it.
fn left_out(zone: &TimeZone, local: DateTime) -> Refusal {
    let later = zone
        .to_ambiguous_timestamp(local)
        .later()
        .unwrap_or_default();
    let jump = zone
        .preceding(later)
        .next()
        .map_or(later, |jump| jump.timestamp());
    let before = Timestamp(jump.as_millisecond()) + Span::minutes(-1);
    let (before, after) = (zone.to_datetime(before.jiff()), zone.to_datetime(jump));
    let at = |local: DateTime| local.strftime("%H:%M").to_string();
    refuse(
        "calendar/no-such-time",
        format!(
            "There is no {} on {} in {}: clocks are put forward from {} to {} then.",
            at(local),
            local.date(),
            name_of(zone, "that zone"),
            before
                .checked_add(jiff::Span::new().minutes(1))
                .map_or(String::new(), at),
            at(after),
        ),
    )
    .hint(format!(
        "The nearest times that exist are {before_date}{} and {after_date}{}.",
        at(before),
        at(after),
        before_date = other_day(before, local),
        after_date = other_day(after, local),
    ))
}

fn other_day(time: DateTime, than: DateTime) -> String {
    match time.date() == than.date() {
        true => String::new(),
        false => format!("{} ", time.date()),
    }
}

/// A day and a time as people type them, in a zone: `2026-12-24 20:00`, `sat 8pm`, `tomorrow 20:00`. The name of a day
/// means the next such day on which that time is still to come.
pub fn read_start(day: &str, time: &str, zone: &str, now: Timestamp) -> Result<ReadStart, Refusal> {
    let time = hour_and_minute(time).ok_or_else(|| bad_time(time))?;
    let known = known_zone(zone)?;
    let today = known.to_datetime(now.jiff()).date();
    let local = day_and_time(day, time, today, |local| {
        let at = known.to_ambiguous_timestamp(local).compatible();
        at.is_ok_and(|at| at.as_millisecond() > now.0)
    });
    let local = local.ok_or_else(|| bad_day(day))?;
    Start::read(local, zone)
}

fn bad_time(text: &str) -> Refusal {
    refuse(
        "calendar/bad-time",
        format!("I cannot read the time `{}`.", clip(text, 40)),
    )
    .hint("Write it as 20:00 or 8pm.")
}

fn bad_day(text: &str) -> Refusal {
    refuse(
        "calendar/bad-day",
        format!("There is no day `{}`.", clip(text, 40)),
    )
    .hint("Write it as 2026-12-24, sat, today or tomorrow.")
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIENNA: &str = "Europe/Vienna";

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn read(day: &str, time: &str) -> Result<ReadStart, Refusal> {
        read_start(day, time, VIENNA, at("2026-03-26T18:30:00Z"))
    }

    #[test]
    fn days_and_times_read_as_people_type_them() {
        for (day, time, local) in [
            ("2026-12-24", "20:00", "2026-12-24T20:00:00"),
            ("today", "20:00", "2026-03-26T20:00:00"),
            ("tomorrow", "8pm", "2026-03-27T20:00:00"),
            ("Sat", "8:30PM", "2026-03-28T20:30:00"),
            // 19:30 is now: of a Thursday's two times one is over.
            ("thu", "20:00", "2026-03-26T20:00:00"),
            ("thursday", "19:00", "2026-04-02T19:00:00"),
            ("fri", "12am", "2026-03-27T00:00:00"),
            ("fri", "12pm", "2026-03-27T12:00:00"),
        ] {
            assert_eq!(
                read(day, time).unwrap().start.local.to_string(),
                local,
                "{day} {time}"
            );
        }
        for (day, time) in [
            ("2026-02-30", "20:00"),
            ("someday", "20:00"),
            ("sat", "25:00"),
            ("sat", "13pm"),
            ("sat", "8"),
        ] {
            assert!(read(day, time).is_err(), "{day} {time}");
        }
    }

    #[test]
    fn a_time_that_is_left_out_is_refused_with_the_nearest_that_exist() {
        let refusal = read("2026-03-29", "02:30").unwrap_err();
        assert_eq!(refusal.code, "calendar/no-such-time");
        assert_eq!(
            refusal.to_string(),
            "There is no 02:30 on 2026-03-29 in Europe/Vienna: clocks are put forward from 02:00 to 03:00 then. \
             The nearest times that exist are 01:59 and 03:00."
        );
    }

    #[test]
    fn of_a_time_that_comes_twice_the_first_counts() {
        let read = read("2026-10-25", "02:30").unwrap();
        assert!(read.twice);
        assert_eq!(read.start.at, at("2026-10-25T00:30:00Z"));
        assert_eq!(read.start.moment(), at("2026-10-25T00:30:00Z"));
    }

    #[test]
    fn a_zone_that_is_not_known_here_keeps_its_offset() {
        let mut start = read("2026-12-24", "20:00").unwrap().start;
        start.zone = "Mars/Olympus".to_owned();
        assert_eq!(start.moment(), at("2026-12-24T19:00:00Z"));
        assert!(known_zone("../passwd").is_err());
    }
}
