//! How something repeats: by the calendar of the zone it was made in, so that its local time stays over changes of
//! daylight saving.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::HORIZON_DAYS;

/// How often, and until when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// How often.
    pub every: Every,
    /// Until when.
    pub ends: Ends,
}

/// How often something repeats; each counts from the first date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Every {
    /// Every so many days.
    Days(u8),
    /// Every so many weeks.
    Weeks(u8),
    /// Every so many months on the same day of the month; months without that day are left out (RFC 5545, 3.3.10).
    Months(u8),
}

/// Until when something repeats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ends {
    /// The last date on which it may be.
    Until(Date),
    /// So many times.
    Count(u16),
}

impl Every {
    /// The date so many steps after the first; `None` for a month that lacks it, and beyond the calendar.
    fn step(self, first: Date, steps: i64) -> Option<Date> {
        let days = |each: i64| {
            first
                .checked_add(jiff::Span::new().try_days(each * steps).ok()?)
                .ok()
        };
        match self {
            Every::Days(n) => days(i64::from(n)),
            Every::Weeks(n) => days(7 * i64::from(n)),
            Every::Months(n) => {
                let months = jiff::Span::new().try_months(i64::from(n) * steps).ok()?;
                let there = first.checked_add(months).ok()?;
                (there.day() == first.day()).then_some(there)
            }
        }
    }

    /// In words: `every week`, `every 2 months`.
    pub fn words(self) -> String {
        let (n, unit) = match self {
            Every::Days(n) => (n, "day"),
            Every::Weeks(n) => (n, "week"),
            Every::Months(n) => (n, "month"),
        };
        match n {
            1 => format!("every {unit}"),
            n => format!("every {n} {unit}s"),
        }
    }
}

impl Repeat {
    /// The dates not before `from`, in order: at most one a day, none beyond [`HORIZON_DAYS`] after the first.
    pub fn dates(&self, first: Date, from: Date) -> impl Iterator<Item = Date> + use<> {
        let (every, ends) = (self.every, self.ends);
        let horizon = jiff::Span::new().days(HORIZON_DAYS);
        let last = first.checked_add(horizon).unwrap_or(Date::MAX);
        let (last, most) = match ends {
            Ends::Until(until) => (last.min(until), u16::MAX),
            Ends::Count(count) => (last, count),
        };
        // Months are few and may be left out, which the count has to see: they are all walked through.
        let passed = match every {
            Every::Days(n) => steps_before(first, from, i64::from(n)),
            Every::Weeks(n) => steps_before(first, from, 7 * i64::from(n)),
            Every::Months(_) => 0,
        };
        let left = i64::from(most).saturating_sub(passed).max(0);
        let steps = (passed..=HORIZON_DAYS).map_while(move |step| match every.step(first, step) {
            None => Some(None),
            Some(date) => (date <= last).then_some(Some(date)),
        });
        let dates = steps.flatten().take(usize::try_from(left).unwrap_or(0));
        dates.skip_while(move |date| *date < from)
    }

    /// The last date of all.
    pub fn last(&self, first: Date) -> Date {
        self.dates(first, first).last().unwrap_or(first)
    }

    /// In words: `every week until 2027-03-01`, `every day, 5 times`.
    pub fn words(&self) -> String {
        match self.ends {
            Ends::Until(until) => format!("{} until {until}", self.every.words()),
            Ends::Count(1) => format!("{}, once", self.every.words()),
            Ends::Count(count) => format!("{}, {count} times", self.every.words()),
        }
    }
}

/// How many steps of so many days lie wholly before a date.
fn steps_before(first: Date, from: Date, days: i64) -> i64 {
    let between = first
        .until(from)
        .map_or(0, |span| i64::from(span.get_days()));
    (between.max(0) + days - 1) / days.max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dates(first: &str, every: Every, ends: Ends) -> Vec<String> {
        let repeat = Repeat { every, ends };
        let first = first.parse().unwrap();
        let dates = repeat.dates(first, first);
        dates.map(|date| date.to_string()).collect()
    }

    #[test]
    fn repeats_end_by_date_or_by_count() {
        assert_eq!(
            dates("2026-12-24", Every::Weeks(2), Ends::Count(3)),
            ["2026-12-24", "2027-01-07", "2027-01-21"]
        );
        assert_eq!(
            dates(
                "2026-12-30",
                Every::Days(1),
                Ends::Until("2027-01-01".parse().unwrap())
            ),
            ["2026-12-30", "2026-12-31", "2027-01-01"]
        );
        assert_eq!(
            dates("2026-12-24", Every::Days(1), Ends::Count(u16::MAX)).len(),
            367
        );
    }

    #[test]
    fn asking_from_a_date_on_gives_the_rest_of_the_same_dates() {
        let first: Date = "2026-01-31".parse().unwrap();
        for every in [
            Every::Days(1),
            Every::Days(3),
            Every::Weeks(1),
            Every::Weeks(5),
            Every::Months(1),
        ] {
            for ends in [Ends::Count(5), Ends::Until("2026-06-01".parse().unwrap())] {
                let repeat = Repeat { every, ends };
                for ahead in -2..140 {
                    let from = first.checked_add(jiff::Span::new().days(ahead)).unwrap();
                    let all = repeat.dates(first, first).filter(|date| *date >= from);
                    assert_eq!(
                        repeat.dates(first, from).collect::<Vec<_>>(),
                        all.collect::<Vec<_>>()
                    );
                }
            }
        }
    }

    #[test]
    fn months_without_the_day_are_left_out_and_not_counted() {
        assert_eq!(
            dates("2026-01-31", Every::Months(1), Ends::Count(4)),
            ["2026-01-31", "2026-03-31", "2026-05-31", "2026-07-31"]
        );
        assert_eq!(
            dates("2028-02-29", Every::Months(12), Ends::Count(9)),
            ["2028-02-29"]
        );
    }
}
