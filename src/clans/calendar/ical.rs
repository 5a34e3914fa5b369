//! Events as iCalendar (RFC 5545), for calendars on phones and desks.
//!
//! Written here and not with a crate: `icalendar` 0.17 knows no VTIMEZONE, gives components of its own making a DTSTAMP
//! from the machine's clock, and would bring a second library of time into a pure room.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::civil::DateTime;
use jiff::tz::{Dst, Offset, TimeZone};

use super::Entry;
use super::event::Occasion;
use super::repeat::{Ends, Every, Repeat};
use super::start::Start;
use crate::clans::zones::zone;
use crate::kit::{Span, Timestamp};

/// The longest line in octets, its end not counted (RFC 5545, 3.1).
const LINE: usize = 75;
/// Changes of the clock that are told of one zone.
const MAX_CHANGES: usize = 16;

/// Occurrences of one event that were moved, and are told one by one.
const MAX_MOVED: usize = 40;

/// A calendar with these events; `stem` with an event's number and `domain` make its UID.
pub fn whole(entries: &[&Entry], name: &str, stem: &str, domain: &str) -> String {
    let mut text = Text::default();
    text.line("BEGIN", "VCALENDAR");
    text.line("VERSION", "2.0");
    text.line("PRODID", "-//Referee//Clans//EN");
    text.line("CALSCALE", "GREGORIAN");
    text.line("METHOD", "PUBLISH");
    text.line("X-WR-CALNAME", &escaped(name));
    zones(&mut text, entries);
    for entry in entries {
        text.0.push_str(&component(entry, stem, domain));
    }
    text.line("END", "VCALENDAR");
    text.0
}

/// One event as a VEVENT, and one more for each of its occurrences that was moved.
pub fn component(entry: &Entry, stem: &str, domain: &str) -> String {
    let mut text = Text::default();
    let uid = format!("{stem}-{}@{domain}", entry.n);
    event(
        &mut text,
        entry,
        &uid,
        &entry.start,
        entry.plan.length,
        None,
    );
    let moved = entry.days.iter().filter(|(_, day)| day.cancelled.is_none());
    let moved = moved.filter_map(|(on, day)| Some((on, day.moved.as_ref()?)));
    for (on, (start, length)) in moved.take(MAX_MOVED) {
        let was = entry.start.on(*on);
        event(&mut text, entry, &uid, start, *length, Some(&was));
    }
    text.0
}

fn event(
    text: &mut Text,
    entry: &Entry,
    uid: &str,
    start: &Start,
    length: Span,
    was: Option<&Start>,
) {
    // Of an event that does not repeat there is only one occurrence: once moved, it is the event.
    let whole = entry.repeat.is_none();
    if whole && was.is_none() && entry.moved(start.local.date()).is_some() {
        return;
    }
    let plan = &entry.plan;
    text.line("BEGIN", "VEVENT");
    text.line("UID", uid);
    text.line("DTSTAMP", &utc(entry.changed));
    text.line("LAST-MODIFIED", &utc(entry.changed));
    text.line("SEQUENCE", &entry.sequence.to_string());
    if let Some(was) = was.filter(|_| !whole) {
        text.moment("RECURRENCE-ID", was);
    }
    text.moment("DTSTART", start);
    text.line("DURATION", &duration(length));
    if let (Some(repeat), None) = (&entry.repeat, was) {
        text.line("RRULE", &rule(repeat, &entry.start));
        for (on, _) in entry.days.iter().filter(|(_, day)| day.cancelled.is_some()) {
            text.moment("EXDATE", &entry.start.on(*on));
        }
    }
    text.line("SUMMARY", &escaped(&plan.title));
    if !plan.place.is_empty() {
        text.line("LOCATION", &escaped(&plan.place));
    }
    text.line("CATEGORIES", category(plan.what));
    text.line("CLASS", if plan.public { "PUBLIC" } else { "PRIVATE" });
    text.line(
        "STATUS",
        if entry.cancelled.is_some() {
            "CANCELLED"
        } else {
            "CONFIRMED"
        },
    );
    text.line("END", "VEVENT");
}

fn category(what: Occasion) -> &'static str {
    match what {
        Occasion::Match => "MATCH",
        Occasion::Training => "TRAINING",
        Occasion::Meeting => "MEETING",
    }
}

fn rule(repeat: &Repeat, start: &Start) -> String {
    let (frequency, interval) = match repeat.every {
        Every::Days(n) => ("DAILY", n),
        Every::Weeks(n) => ("WEEKLY", n),
        Every::Months(n) => ("MONTHLY", n),
    };
    let mut rule = format!("FREQ={frequency}");
    if interval > 1 {
        let _ = write!(rule, ";INTERVAL={interval}");
    }
    match repeat.ends {
        Ends::Count(count) => {
            let _ = write!(rule, ";COUNT={count}");
        }
        // With a DTSTART in a zone the end has to be in UTC (3.3.10).
        Ends::Until(until) => {
            let _ = write!(rule, ";UNTIL={}", utc(start.moment_on(until)));
        }
    }
    rule
}

fn duration(length: Span) -> String {
    let minutes = length.0 / Span::minutes(1).0;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("PT{minutes}M"),
        (hours, 0) => format!("PT{hours}H"),
        (hours, minutes) => format!("PT{hours}H{minutes}M"),
    }
}

/// The zones of these events, with the changes of the clock that matter to them.
fn zones(text: &mut Text, entries: &[&Entry]) {
    let mut spans: BTreeMap<&str, (Timestamp, Timestamp)> = BTreeMap::new();
    for entry in entries {
        let last = match &entry.repeat {
            None => entry.start.moment(),
            Some(repeat) => entry.start.moment_on(repeat.last(entry.start.local.date())),
        };
        let moved = entry.days.values().filter_map(|day| day.moved.as_ref());
        let starts = [(&entry.start.zone, entry.start.moment(), last)];
        let moved = moved.map(|(start, _)| (&start.zone, start.moment(), start.moment()));
        for (zone, from, to) in starts.into_iter().chain(moved) {
            let span = spans.entry(zone).or_insert((from, to));
            *span = (span.0.min(from), span.1.max(to));
        }
    }
    for (name, (from, to)) in spans {
        if let Some(zone) = zone(name).filter(|_| !is_utc(name)) {
            write_zone(text, name, &zone, from, to);
        }
    }
}

fn write_zone(text: &mut Text, name: &str, zone: &TimeZone, from: Timestamp, to: Timestamp) {
    text.line("BEGIN", "VTIMEZONE");
    text.line("TZID", name);
    // The change that was in force at the first event, and those until after the last.
    let before = zone.preceding(from.jiff()).next();
    let first = match &before {
        Some(change) => change.timestamp(),
        None => jiff::Timestamp::UNIX_EPOCH,
    };
    let just_before = |at: jiff::Timestamp| Timestamp(at.as_millisecond() - 1).jiff();
    let mut changes = vec![(
        first,
        zone.to_offset(just_before(first)),
        zone.to_offset_info(first),
    )];
    for change in zone.following(first).take(MAX_CHANGES) {
        let at = change.timestamp();
        if Timestamp(at.as_millisecond()) > to {
            break;
        }
        changes.push((at, zone.to_offset(just_before(at)), zone.to_offset_info(at)));
    }
    for (at, was, info) in changes {
        let kind = match info.dst() {
            Dst::Yes => "DAYLIGHT",
            Dst::No => "STANDARD",
        };
        text.line("BEGIN", kind);
        // The local time at which it begins, by the clocks as they were until then (3.6.5).
        text.line("DTSTART", &local(was.to_datetime(at)));
        text.line("TZOFFSETFROM", &offset(was));
        text.line("TZOFFSETTO", &offset(info.offset()));
        text.line("TZNAME", info.abbreviation());
        text.line("END", kind);
    }
    text.line("END", "VTIMEZONE");
}

fn offset(offset: Offset) -> String {
    let seconds = offset.seconds();
    let (sign, seconds) = (if seconds < 0 { '-' } else { '+' }, seconds.abs());
    let short = format!("{sign}{:02}{:02}", seconds / 3600, seconds / 60 % 60);
    match seconds % 60 {
        0 => short,
        rest => format!("{short}{rest:02}"),
    }
}

fn is_utc(zone: &str) -> bool {
    matches!(zone, "UTC" | "Etc/UTC" | "GMT" | "Etc/GMT")
}

fn local(at: DateTime) -> String {
    at.strftime("%Y%m%dT%H%M%S").to_string()
}

fn utc(at: Timestamp) -> String {
    at.jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// A text value (3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ';' | ',' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// Lines that end in CRLF and are folded.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, name: &str, value: &str) {
        let mut width = 0;
        for c in name.chars().chain([':']).chain(value.chars()) {
            // Folded between characters, never within one.
            if width + c.len_utf8() > LINE {
                self.0.push_str("\r\n ");
                width = 1;
            }
            self.0.push(c);
            width += c.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A moment in its zone: `DTSTART;TZID=Europe/Vienna:20261224T200000`.
    fn moment(&mut self, name: &str, start: &Start) {
        let known = zone(&start.zone).is_some();
        if is_utc(&start.zone) || !known {
            return self.line(name, &utc(start.moment()));
        }
        // A time that does not exist is told as the time that stands for it.
        let there = start.time_zone().to_datetime(start.moment().jiff());
        let name = format!("{name};TZID={}", start.zone);
        self.line(&name, &local(there));
    }
}
