//! `clan ical`: what is planned, as iCalendar text.

use super::ANY_CLAN;
use super::agenda::EVENT;
use crate::clans::calendar::{Entry, component, whole};
use crate::commands::card::{Ask, Card, Effect, Field, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-ical",
    aliases: &["clan-ics", "clan-export-calendar"],
    title: "Clan: iCalendar",
    help: "Gives what is planned as iCalendar text (RFC 5545), for the calendar of your phone or desk: save it as a file whose name ends in .ics.",
    example: "clan ical wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        ANY_CLAN,
        EVENT,
        Field {
            name: "from",
            label: "From this number on (for long calendars)",
            words: WordsFor::Named,
            ..EVENT
        },
    ],
    run,
};

/// The text that one answer gives, in octets; one event is always given.
const MAX_TEXT: usize = 30_000;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let wanted = ask.event_number()?;
    let from = match ask.field("from") {
        None => 0,
        Some(text) => text.parse().map_err(|_| {
            refuse(
                "command/number",
                "The field from takes a number of an event.",
            )
            .hint(format!("Type `clan ical {tag}` for the first part."))
        })?,
    };
    let clan = &ask.desk.clan(tag)?.clan;
    let (reads, domain) = (ask.reads_calendar(clan), ask.desk.world().domain.clone());
    let stem = format!("clan-{tag}");
    let mut room = MAX_TEXT;
    let entries = clan
        .calendar
        .entries()
        .filter(|entry| reads || entry.plan.public);
    let entries = entries.filter(|entry| wanted.is_none_or(|n| entry.n == n) && entry.n >= from);
    let all: Vec<&Entry> = entries.collect();
    let fits = |entry: &&Entry| {
        room = room.saturating_sub(component(entry, &stem, &domain).len());
        room > 0
    };
    let most = all.iter().copied().take_while(fits).count().max(1);
    let mut some = all.get(..most).unwrap_or(&all);
    if some.is_empty() {
        let line = format!(
            "[{tag}] Nothing is planned there that you may see. `clan events {tag}` shows what is."
        );
        return Ok(ask.with_clan(tag, Words::line(line)));
    }
    let mut text = whole(some, &clan.name, &stem, &domain);
    // The time zones of the events come on top.
    while text.len() > MAX_TEXT && some.len() > 1 {
        some = &some[..some.len() / 2];
        text = whole(some, &clan.name, &stem, &domain);
    }
    let next = all.get(some.len()).map(|entry| entry.n);
    let left = match next {
        None => String::new(),
        Some(n) => format!(
            " {} events do not fit in here: `clan ical {tag} from={n}` gives the rest.",
            all.len() - some.len()
        ),
    };
    let words = Words::line(format!(
        "[{tag}] Save this as {tag}.ics and open it with your calendar.{left}"
    ));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let words = words.board(lines.join("\n"));
    let reply = ask.with_clan(tag, words).with_list("ical", lines);
    Ok(reply.with_next(next.map(|n| n.to_string())))
}
