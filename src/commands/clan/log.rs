//! `clan log`: what happened in a clan, who did it, when and why.

use super::CLAN;
use crate::clans::{ClanEvent, PageEvent, Permission};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::commands::shared::moment;
use crate::engine::Decided;
use crate::kit::{Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-log",
    aliases: &[],
    title: "Clan: log",
    help: "Shows what happened in your clan: who did what, when and why, the newest last.",
    example: "clan log wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        CLAN,
        Field {
            name: "before",
            label: "Before this number (empty: the newest)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

/// Records of one page.
const PAGE: usize = 15;
const COLUMNS: &[(&str, &str)] = &[
    ("number", "Number"),
    ("at", "When"),
    ("by", "By"),
    ("kind", "What"),
    ("who", "Whom"),
    ("reason", "Reason"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let tag = ask.clan()?;
    let live = ask.desk.clan(tag)?;
    live.clan.require(me, Permission::Read)?;
    let before = match ask.field("before") {
        Some(number) => number.parse().map_err(|_| {
            refuse("command/number", "That is no number.")
                .hint(format!("Type `clan log {tag}` for the newest."))
        })?,
        None => u64::MAX,
    };
    let page = ask.desk.clan_log(tag, before, PAGE)?;
    let first = page.first().map_or(1, |one| one.v);
    let mut words = Words::default();
    let mut rows = Vec::new();
    for (decided, events) in page
        .iter()
        .filter_map(|one| Some((one, one.clan_events()?)))
    {
        for event in events.iter().filter(|event| !is_housekeeping(event)) {
            let row = row(ask, decided, event);
            let [number, at, by, kind, who, reason] = &row;
            let reason = if reason.is_empty() {
                String::new()
            } else {
                format!(": {reason}")
            };
            words = words.and(
                format!("{number}. {at} {by}: {kind} {who}{reason}")
                    .replace("  ", " ")
                    .trim_end()
                    .to_owned(),
            );
            rows.push(row.to_vec());
        }
    }
    if first > 1 {
        words = words.and(format!(
            "Type `clan log {tag} {first}` for what was before."
        ));
    }
    let next = (first > 1).then(|| first.to_string());
    let reply = ask.with_clan(tag, words).with_next(next);
    Ok(reply.with_rows(COLUMNS, rows))
}

/// What the referee notes for itself.
fn is_housekeeping(event: &ClanEvent) -> bool {
    matches!(
        event,
        ClanEvent::Seen | ClanEvent::Page(PageEvent::Node { .. })
    )
}

fn row(ask: &Ask<'_>, decided: &Decided, event: &ClanEvent) -> [String; 6] {
    [
        decided.v.to_string(),
        moment(decided.at),
        decided
            .by
            .map_or("referee".to_owned(), |by| ask.name_of(by)),
        event.word().to_owned(),
        event.who().map(|who| ask.name_of(who)).unwrap_or_default(),
        event.reason().unwrap_or_default().to_owned(),
    ]
}
