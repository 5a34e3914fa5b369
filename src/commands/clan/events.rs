//! `clan events`: what is planned, in the asker's own time zone.

use super::ANY_CLAN;
use super::agenda::{choices, titled};
use crate::clans::Clan;
use crate::clans::calendar::{Entry, Occurrence};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::paging::PAGE;
use crate::commands::reply::Reply;
use crate::kit::{ClanTag, Refusal, Span, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-events",
    aliases: &["clan-agenda", "clan-calendar"],
    title: "Clan: events",
    help: "Shows what is planned in a clan, or in all of yours, in your own time zone, and what you said to it.",
    example: "clan events wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[ANY_CLAN, PAGE],
    run,
};

/// Events on one page: what fits a phone's screen.
const LINES: usize = 10;
/// The most pages that are made.
const MAX_PAGES: usize = 40;
/// How far ahead the agenda looks.
const AHEAD: Span = Span::days(92);
const COLUMNS: &[(&str, &str)] = &[
    ("clan", "Clan"),
    ("event", "Number"),
    ("title", "Title"),
    ("kind", "Kind"),
    ("date", "Date"),
    ("begins", "Begins"),
    ("ends", "Ends"),
    ("place", "Place"),
    ("answer", "Your answer"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let tags: Vec<ClanTag> = match ask.field("clan").is_some() || ask.place.clan().is_some() {
        true => vec![ask.clan()?],
        false => ask
            .desk
            .world()
            .clans
            .of(me)
            .map(|live| live.clan.tag)
            .collect(),
    };
    if tags.is_empty() {
        ask.clan()?;
    }
    let page = ask.page(LINES)?;
    let now = ask.desk.now();
    let mut found: Vec<(&Clan, &Entry, Occurrence)> = Vec::new();
    let mut proposals = Vec::new();
    let zone = ask.own_zone();
    for tag in &tags {
        let clan = &ask.desk.clan(*tag)?.clan;
        let reads = ask.reads_calendar(clan);
        for one in clan.calendar.between(now, now + AHEAD, LINES * MAX_PAGES) {
            let entry = clan
                .calendar
                .entry(one.n)
                .filter(|entry| reads || entry.plan.public);
            found.extend(entry.map(|entry| (clan, entry, one)));
        }
        for proposal in clan.calendar.proposals().filter(|_| reads) {
            proposals.push(format!(
                "[{tag}] {}: which time? `clan vote {tag} {} 1 2`",
                titled(proposal.n, &proposal.plan),
                proposal.n
            ));
            proposals.extend(choices(ask, proposal, zone.as_deref()));
        }
    }
    found.sort_by_key(|(clan, _, one)| (one.begins, clan.tag, one.n));
    let pages = found.len().div_ceil(page.size).max(1);
    let shown = page.of(&found);
    let mut words = Words::line(heading(&tags, found.len(), page.number, pages));
    for (clan, entry, one) in shown {
        let answer = entry.answer(one.on, me);
        words = words.and(line(
            clan,
            entry,
            one,
            zone.as_deref(),
            answer.map_or("no answer", |answer| answer.word()),
        ));
    }
    words = proposals.iter().cloned().fold(words, Words::and);
    let next = match (page.next(found.len()), shown.first()) {
        (Some(next), _) => format!("`clan events page={next}` shows more."),
        (None, Some((clan, entry, _))) => format!(
            "`clan event {0} {1}` shows who comes, `clan attend {0} {1} yes` says that you do.",
            clan.tag, entry.n
        ),
        (None, None) if !proposals.is_empty() => {
            "Type `clan vote`, the number behind the # and the numbers of the times that suit you."
                .to_owned()
        }
        (None, None) => "`help clan event` shows how to plan something.".to_owned(),
    };
    let rows = shown.iter().map(|(clan, entry, one)| {
        vec![
            clan.tag.to_string(),
            entry.n.to_string(),
            entry.plan.title.clone(),
            entry.plan.what.word().to_owned(),
            one.on.to_string(),
            one.begins.to_string(),
            one.ends.to_string(),
            entry.plan.place.clone(),
            entry
                .answer(one.on, me)
                .map_or(String::new(), |answer| answer.word().to_owned()),
        ]
    });
    let rows = rows.collect();
    Ok(Reply::words(words.and(next))
        .with("pages", pages.to_string())
        .paged(page, found.len())
        .with_rows(COLUMNS, rows))
}

fn heading(tags: &[ClanTag], count: usize, page: usize, pages: usize) -> String {
    let whose = match tags {
        [only] => format!("[{only}]"),
        _ => "Your clans:".to_owned(),
    };
    let what = match count {
        0 => "Nothing is planned for the next three months that you may see".to_owned(),
        1 => "1 event is planned".to_owned(),
        n => format!("{n} events are planned"),
    };
    match pages {
        1 => format!("{whose} {what}."),
        _ => format!("{whose} {what}, page {page} of {pages}."),
    }
}

fn line(clan: &Clan, entry: &Entry, one: &Occurrence, zone: Option<&str>, answer: &str) -> String {
    let place = match entry.plan.place.as_str() {
        "" => String::new(),
        place => format!(", at {place}"),
    };
    // Of an event that repeats an occurrence is known by its date, also where it was moved.
    let moved = match one.on == one.start.local.date() {
        true => String::new(),
        false => format!(", instead of {}", one.on),
    };
    format!(
        "[{}] {} {}{place}{moved}: {answer}",
        clan.tag,
        one.start.shown(zone),
        titled(entry.n, &entry.plan)
    )
}
