//! One line about an event, as a captain types it: `Aim practice sat 20:00 2h weekly until 2027-03-01 at cs.example.org`.

use jiff::civil::Date;

use super::HORIZON_DAYS;
use super::repeat::{Ends, Every, Repeat};
use super::start::{ReadStart, known_zone, read_start};
use super::words::{date, hour_and_minute, is_day, length, looks_like_time, number};
use crate::kit::{Refusal, Span, Timestamp, clip, refuse};

/// What a line says of an event, apart from its title.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// When: one time, or several to choose from.
    pub starts: Vec<ReadStart>,
    /// How long, if it says so.
    pub length: Option<Span>,
    /// How often, if it repeats.
    pub every: Option<Every>,
    /// Until when, if it says so.
    pub ends: Option<Ends>,
    /// Until when votes are taken, if it says so.
    pub by: Option<ReadStart>,
    /// Where, if it says so.
    pub place: Option<String>,
    /// Whether everybody may know.
    pub public: bool,
    /// Whether the line names the zone.
    pub zoned: bool,
}

impl Wish {
    /// How it repeats: where no end is said, as far as the calendar goes. An end without a beat is refused.
    pub fn repeat(&self) -> Result<Option<Repeat>, Refusal> {
        let Some(every) = self.every else {
            return match self.ends {
                None => Ok(None),
                Some(_) => Err(refuse("calendar/repeat", "How often does it repeat?")
                    .hint("Add daily, weekly, every 2 weeks or monthly.")),
            };
        };
        let first = self.starts.first().map(|read| read.start.local.date());
        let horizon = jiff::Span::new().days(HORIZON_DAYS);
        let last = first.and_then(|first| first.checked_add(horizon).ok());
        let ends = self.ends.unwrap_or(Ends::Until(last.unwrap_or(Date::MAX)));
        Ok(Some(Repeat { every, ends }))
    }
}

/// Cuts a line into the title and what follows it, which begins with the first day that has a time behind it.
pub fn split_title(line: &str) -> Option<(String, String)> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let at = (0..words.len()).find(|at| day_and_time(&words[*at..]).is_some())?;
    // `next saturday` is the coming one, as `saturday` alone is; the answer says which day that was.
    let title = match &words[..at] {
        [title @ .., "on", "this" | "next" | "coming"] => title,
        [title @ .., "on" | "this" | "next" | "coming"] => title,
        title => title,
    };
    Some((title.join(" "), words[at..].join(" ")))
}

/// A day and a time at the beginning of these words, and how many words they are.
fn day_and_time<'a>(words: &[&'a str]) -> Option<(&'a str, &'a str, usize)> {
    fn bare(word: &str) -> &str {
        word.trim_end_matches(',')
    }
    // `25:00` is one too, so that it can be refused as such.
    let is_time = |word: &str| hour_and_minute(bare(word)).is_some() || looks_like_time(bare(word));
    match words {
        [day, "at", time, ..] if is_day(day) && is_time(time) => Some((day, bare(time), 3)),
        [day, time, ..] if is_day(day) && is_time(time) => Some((day, bare(time), 2)),
        [both, ..] => {
            let (day, time) = bare(both).split_once(['T', 't'])?;
            (date(day).is_some() && is_time(time)).then_some((day, time, 1))
        }
        [] => None,
    }
}

/// Reads what follows a title. Times are in this zone, unless the line names another.
pub fn read_tail(tail: &str, zone: &str, now: Timestamp) -> Result<Wish, Refusal> {
    let words: Vec<&str> = tail.split_whitespace().collect();
    let mut wish = Wish::default();
    let (mut zone, mut starts, mut by) = (zone.to_owned(), Vec::new(), None);
    let mut rest = words.as_slice();
    while let [word, after @ ..] = rest {
        if let Some((day, time, taken)) = day_and_time(rest) {
            starts.push((day, time));
            rest = &rest[taken..];
            continue;
        }
        rest = after;
        match (word.to_ascii_lowercase().trim_end_matches(','), after) {
            ("" | "or" | "on" | "for", _) => {}
            ("at", [_, ..]) => {
                wish.place = Some(after.join(" "));
                break;
            }
            ("by", [..]) => {
                let (day, time, taken) = day_and_time(after).ok_or_else(|| unknown("by"))?;
                by = Some((day, time));
                rest = &after[taken..];
            }
            ("until", [day, after @ ..]) => {
                wish.ends = Some(Ends::Until(date(day).ok_or_else(|| unknown(day))?));
                rest = after;
            }
            ("every", _) => {
                let (every, taken) = read_every(after).ok_or_else(|| unknown("every"))?;
                wish.every = Some(every);
                rest = &after[taken..];
            }
            ("daily", _) => wish.every = Some(Every::Days(1)),
            ("weekly", _) => wish.every = Some(Every::Weeks(1)),
            ("fortnightly", _) => wish.every = Some(Every::Weeks(2)),
            ("monthly", _) => wish.every = Some(Every::Months(1)),
            ("public", _) => wish.public = true,
            ("private", _) => wish.public = false,
            (count, ["times" | "times,", after @ ..]) => {
                let count = number(count).and_then(|count| u16::try_from(count).ok());
                wish.ends = Some(Ends::Count(count.ok_or_else(|| unknown(word))?));
                rest = after;
            }
            (text, _) => match length(text) {
                Some(span) => wish.length = Some(span),
                None if text.contains('/') || text == "utc" => {
                    zone = named(word)?;
                    wish.zoned = true;
                }
                None => return Err(unknown(word)),
            },
        }
    }
    for (day, time) in starts {
        wish.starts.push(read_start(day, time, &zone, now)?);
    }
    wish.by = by
        .map(|(day, time)| read_start(day, time, &zone, now))
        .transpose()?;
    Ok(wish)
}

fn named(word: &str) -> Result<String, Refusal> {
    let word = word.trim_end_matches(',');
    let zone = known_zone(word)?;
    Ok(zone.iana_name().unwrap_or(word).to_owned())
}

/// `week`, `2 weeks`; and how many words that is.
fn read_every(words: &[&str]) -> Option<(Every, usize)> {
    let (n, unit, taken) = match words {
        [n, unit, ..] if number(n).is_some() => (u8::try_from(number(n)?).ok()?, unit, 2),
        [unit, ..] => (1, unit, 1),
        [] => return None,
    };
    let unit = unit.trim_end_matches(',').to_ascii_lowercase();
    let every = match unit.trim_end_matches('s') {
        "day" => Every::Days(n),
        "week" => Every::Weeks(n),
        "month" => Every::Months(n),
        _ => return None,
    };
    Some((every, taken))
}

fn unknown(word: &str) -> Refusal {
    refuse(
        "calendar/unread",
        format!("I do not know what `{}` means there.", clip(word, 40)),
    )
    .hint("Say title, day and time, and then for example `2h`, `weekly until 2027-03-01`, `Europe/Vienna` or `at` and the place.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(tail: &str) -> Result<Wish, Refusal> {
        read_tail(
            tail,
            "Europe/Vienna",
            "2026-11-20T12:00:00Z".parse().unwrap(),
        )
    }

    #[test]
    fn a_title_ends_where_a_day_and_a_time_begin() {
        for (line, title, tail) in [
            ("Aim practice sat 20:00 2h", "Aim practice", "sat 20:00 2h"),
            ("Sun cup on sun at 18:00", "Sun cup", "sun at 18:00"),
            (
                "training next saturday at 8pm",
                "training",
                "saturday at 8pm",
            ),
            (
                "Aim practice on this sat 20:00",
                "Aim practice",
                "sat 20:00",
            ),
            (
                "Attack on titan 2026-12-24T20:00",
                "Attack on titan",
                "2026-12-24T20:00",
            ),
            ("tomorrow 8pm", "", "tomorrow 8pm"),
        ] {
            let split = split_title(line).unwrap();
            assert_eq!(split, (title.to_owned(), tail.to_owned()), "{line}");
        }
        assert_eq!(split_title("Aim practice saturday evening"), None);
    }

    #[test]
    fn the_rest_of_a_line_is_read_exactly_or_refused() {
        let wish = read("sat 20:00 America/New_York 1h30 every 2 weeks until 2027-03-01 public at Hall 1, Main St").unwrap();
        assert_eq!(
            wish.starts[0].start.at.to_string(),
            "2026-11-22T01:00:00.000Z"
        );
        assert_eq!(wish.length, Some(Span::minutes(90)));
        assert_eq!(wish.every, Some(Every::Weeks(2)));
        assert_eq!(wish.ends, Some(Ends::Until("2027-03-01".parse().unwrap())));
        assert_eq!(wish.place.as_deref(), Some("Hall 1, Main St"));
        assert!(wish.public);
        let wish = read("sat 20:00, sun at 18:00 or mon 21:00 for 2h by fri 18:00").unwrap();
        assert_eq!(wish.starts.len(), 3);
        assert_eq!(
            wish.by.unwrap().start.local.to_string(),
            "2026-11-20T18:00:00"
        );
        let wish = read("sat 20:00 weekly 8 times").unwrap();
        assert_eq!(
            wish.repeat().unwrap().unwrap().words(),
            "every week, 8 times"
        );
        for bad in [
            "sat 20:00 CET",
            "sat 20:00 until soon",
            "sat 20:00 by noon",
            "sat 20:00 every 300 weeks",
            "sat 20:00 Mars/Olympus",
            "at",
        ] {
            assert!(read(bad).is_err(), "{bad}");
        }
        assert!(
            read("sat 20:00 until 2027-01-01")
                .unwrap()
                .repeat()
                .is_err()
        );
    }
}
