//! The limits of what is planned: texts, lengths, starts and repeats.

use jiff::civil::Date;

use super::event::Plan;
use super::repeat::{Ends, Repeat};
use super::start::Start;
use super::{HORIZON_DAYS, LENGTHS, MAX_PLACE, MAX_TITLE};
use crate::kit::{Refusal, Span, Timestamp, clean_line, refuse};

/// A plan whose texts are clean and within their limits.
pub(super) fn checked(plan: &Plan) -> Result<Plan, Refusal> {
    check_length(plan.length)?;
    let title = text("title", &plan.title, MAX_TITLE)?;
    if title.is_empty() {
        return Err(refuse("calendar/no-title", "An event needs a title.")
            .hint("Type for example `clan event training Aim practice sat 20:00`."));
    }
    Ok(Plan {
        title,
        place: text("place", &plan.place, MAX_PLACE)?,
        ..plan.clone()
    })
}

fn text(what: &str, text: &str, max: usize) -> Result<String, Refusal> {
    let clean = clean_line(text, max + 1);
    match clean.chars().count() > max {
        false => Ok(clean),
        true => Err(refuse(
            "calendar/long",
            format!("The {what} is too long: {max} characters are the limit."),
        )
        .hint("Say it shorter; details fit into the clan's news.")),
    }
}

pub(super) fn check_length(length: Span) -> Result<(), Refusal> {
    let (shortest, longest) = LENGTHS;
    if (shortest..=longest).contains(&length) {
        return Ok(());
    }
    Err(refuse(
        "calendar/length",
        format!(
            "An event takes {} to {}.",
            shortest.words(),
            longest.words()
        ),
    )
    .hint("Write for example 90m or 2h."))
}

pub(super) fn check_start(now: Timestamp, start: &Start) -> Result<(), Refusal> {
    let at = start.moment();
    if at <= now {
        return Err(refuse(
            "calendar/past",
            format!(
                "{} ({}) is over.",
                start.local.strftime("%Y-%m-%d %H:%M"),
                start.zone
            ),
        )
        .hint("Name a time that is still to come."));
    }
    if at > now + Span::days(HORIZON_DAYS) {
        return Err(refuse(
            "calendar/far",
            format!("That is more than {HORIZON_DAYS} days ahead."),
        )
        .hint("Name an earlier time."));
    }
    Ok(())
}

pub(super) fn check_repeat(start: &Start, repeat: &Repeat, length: Span) -> Result<(), Refusal> {
    let first = start.local.date();
    if let Ends::Until(until) = repeat.ends {
        let horizon = first
            .checked_add(jiff::Span::new().days(HORIZON_DAYS))
            .unwrap_or(Date::MAX);
        if until < first || until > horizon {
            return Err(refuse(
                "calendar/repeat",
                format!("It can repeat until {horizon} at most, and not until before it begins."),
            )
            .hint("Write for example `until 2027-03-01` or `8 times`."));
        }
    }
    let mut dates = repeat.dates(first, first);
    let (one, two) = (dates.next(), dates.next());
    let Some((one, two)) = one.zip(two) else {
        return Err(
            refuse("calendar/repeat", "Like this it takes place only once.")
                .hint("Leave the repeating out, or name a later end."),
        );
    };
    if start.moment_on(one) + length > start.moment_on(two) {
        return Err(
            refuse("calendar/repeat", "It would begin again before it ends.")
                .hint("Make it shorter."),
        );
    }
    Ok(())
}
