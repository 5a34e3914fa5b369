//! `clan ical`: what is planned, as iCalendar text.

use super::ANY_CLAN;
use super::agenda::EVENT;
use crate::clans::calendar::{Entry, component, whole};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-ical",
    aliases: &["clan-ics", "clan-export-calendar"],
    title: "Clan: iCalendar",
    help: "Gives what is planned as iCalendar text (RFC 5545), for the calendar of your phone or desk: save it as a file whose name ends in .ics.",
    example: "clan ical wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[ANY_CLAN, EVENT],
    run,
};

/// The longest text in octets: servers cut off stanzas of more than 64 KiB.
const MAX_TEXT: usize = 40_000;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let wanted = ask.event_number()?;
    let clan = &ask.desk.clan(tag)?.clan;
    let (reads, domain) = (ask.reads_calendar(clan), ask.desk.world().domain.clone());
    let stem = format!("clan-{tag}");
    let mut room = MAX_TEXT;
    let entries = clan
        .calendar
        .entries()
        .filter(|entry| reads || entry.plan.public);
    let entries = entries.filter(|entry| wanted.is_none_or(|n| entry.n == n));
    let all: Vec<&Entry> = entries.collect();
    let fits = |entry: &&Entry| {
        let size = component(entry, &stem, &domain).len();
        room = room.saturating_sub(size);
        room > 0
    };
    let some: Vec<&Entry> = all.iter().copied().filter(fits).collect();
    if some.is_empty() {
        let line = format!(
            "[{tag}] Nothing is planned there that you may see. `clan events {tag}` shows what is."
        );
        return Ok(ask.with_clan(tag, Words::line(line)));
    }
    let text = whole(&some, &clan.name, &stem, &domain);
    let left = match all.len() - some.len() {
        0 => String::new(),
        more => format!(
            " {more} events do not fit; `clan ical {tag} {}` gives one alone.",
            all[0].n
        ),
    };
    let words = Words::line(format!(
        "[{tag}] Save this as {tag}.ics and open it with your calendar.{left}"
    ));
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let words = words.board(lines.join("\n"));
    Ok(ask.with_clan(tag, words).with_list("ical", lines))
}
