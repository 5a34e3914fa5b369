//! What the commands of moderators share: who it is about, why, and until when.

use super::card::{Ask, Card, Field, Kind, WordsFor};
use super::lines::missing;
use crate::clans::read_time;
use crate::engine::{Measure, until_words};
use crate::kit::{PersonId, Refusal, Span, Timestamp, clean_line, clip, refuse};

/// The longest reason of a measure, in characters.
const MAX_REASON_CHARS: usize = 200;
/// The longest time of a measure: more is for good.
const LONGEST: Span = Span::days(3650);

/// Who it is about.
pub(super) const WHO: Field = Field {
    name: "who",
    label: "Handle or JID",
    kind: Kind::Person,
    default: "",
    required: true,
    words: WordsFor::Next,
};

/// Why, where the person is told.
pub(super) const REASON: Field = Field {
    name: "reason",
    label: "Reason (they see it)",
    kind: Kind::Text,
    default: "",
    required: true,
    words: WordsFor::Rest,
};

/// A reason in one clean line; none when nothing is left of it.
pub(super) fn clean_reason(text: &str) -> Option<String> {
    Some(clean_line(text, MAX_REASON_CHARS)).filter(|reason| !reason.is_empty())
}

/// Somebody a measure is about.
pub(super) struct Target {
    pub who: PersonId,
    /// The name others see.
    pub name: String,
}

impl Ask<'_> {
    /// Whom the field `who` names.
    pub(super) fn target(&mut self, card: &Card) -> Result<Target, Refusal> {
        let named = self.field("who").map(str::to_owned);
        let named = named.ok_or_else(|| missing(card, "somebody"))?;
        let who = self.somebody(&named)?;
        let world = self.desk.world();
        Ok(Target {
            who,
            name: world.people.name(who),
        })
    }

    /// The field `reason`, which may not be empty: whoever it is about, and later admins, should know why.
    pub(super) fn reason(&self, card: &Card) -> Result<String, Refusal> {
        clean_reason(self.field("reason").unwrap_or_default())
            .ok_or_else(|| missing(card, "a reason"))
    }

    /// The end of a measure from the field `time`: `7d`, `12h`, or `forever`.
    pub(super) fn until(&self, card: &Card) -> Result<Option<Timestamp>, Refusal> {
        let text = self.field("time").ok_or_else(|| missing(card, "a time"))?;
        if text.eq_ignore_ascii_case("forever") {
            return Ok(None);
        }
        let span = read_time(text).filter(|span| (Span::minutes(1)..=LONGEST).contains(span));
        let span = span.ok_or_else(|| {
            refuse(
                "command/time",
                format!("`{}` is no time from 1m to 3650d.", clip(text, 20)),
            )
            .hint(format!(
                "Write 30m, 12h, 7d or forever, as in `{}`.",
                card.example
            ))
        })?;
        Ok(Some(self.desk.now() + span))
    }
}

/// One line of somebody's history: `2026-01-01 12:00 UTC: muted by admin until …: insults`.
pub(super) fn measure_line(ask: &Ask<'_>, measure: &Measure) -> String {
    let by = measure.by.map_or("the referee".to_owned(), |by| {
        ask.desk.world().people.name(by)
    });
    let until = measure.until.map_or(String::new(), |until| {
        format!(" {}", until_words(Some(until)))
    });
    let reason = match measure.reason.as_str() {
        "" => ".".to_owned(),
        reason => format!(": {reason}"),
    };
    let clan = measure
        .clan
        .map_or(String::new(), |tag| format!(" from {tag}"));
    let (at, what) = (super::shared::moment(measure.at), measure.what.word());
    format!("{at}: {what}{clan} by {by}{until}{reason}")
}
