//! `clan pages`: lists the pages of a clan that the asker may read.

use super::ANY_CLAN;
use super::writing::page_line;
use crate::clans::{Page, PageKind, Sees};
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-pages",
    aliases: &["clan-files"],
    title: "Clan: pages",
    help: "Lists a clan's news, notes, strategies and files that you may read, the newest first.",
    example: "clan pages wolves news",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        ANY_CLAN,
        Field {
            name: "kind",
            label: "Kind of page (empty: all)",
            kind: Kind::OneOf(&["news", "notes", "strategies", "files"]),
            default: "",
            required: false,
            words: WordsFor::If(is_kind),
        },
        Field {
            name: "before",
            label: "Before this number (empty: the newest)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Following("before"),
        },
    ],
    run,
};

/// Lines that fit a phone's screen.
const LINES: usize = 12;
const COLUMNS: &[(&str, &str)] = &[
    ("page", "Page"),
    ("kind", "Kind"),
    ("for", "For"),
    ("title", "Title"),
    ("by", "By"),
    ("at", "When"),
    ("link", "Link"),
];

fn is_kind(word: &str) -> bool {
    PageKind::read(word).is_some()
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let clan = &ask.desk.clan(tag)?.clan;
    let kind = ask.field("kind").and_then(PageKind::read);
    let before = ask.field("before").and_then(|text| text.parse().ok());
    let me = ask.caller.person;
    let fits = |(number, page): &(u32, &Page)| {
        kind.is_none_or(|kind| page.kind == kind) && before.is_none_or(|before| *number < before)
    };
    let mut found: Vec<(u32, &Page)> = clan.pages_for(me).filter(fits).take(LINES + 1).collect();
    let more = found.len() > LINES;
    found.truncate(LINES);
    let mut words = Words::line(match (found.is_empty(), before) {
        (false, _) => format!("[{tag}] Pages, the newest first:"),
        (true, Some(before)) => format!("[{tag}] No page before {before} that you may read."),
        (true, None) => format!("[{tag}] No such page that you may read."),
    });
    for (number, page) in &found {
        words = words.and(page_line(*number, page));
    }
    if let Some((last, _)) = found.last() {
        words = words.and(format!("Type `clan read {tag} {last}` to read one."));
        if more {
            let kind = kind.map_or(String::new(), |kind| format!("{} ", kind.word()));
            words = words.and(format!(
                "Type `clan pages {tag} {kind}before {last}` for more."
            ));
        }
    } else if before.is_none() {
        words = words.and(format!(
            "Those who may write use `clan news {tag}`, `clan note`, `clan strategy` and `clan file`."
        ));
    }
    let row = |(number, page): &(u32, &Page)| {
        let file = page.file.as_ref().map(|file| file.url.clone());
        vec![
            number.to_string(),
            page.kind.word().to_owned(),
            page.sees.word().to_owned(),
            page.title.clone(),
            ask.name_of(page.by),
            page.changed().to_string(),
            file.unwrap_or_default(),
        ]
    };
    let rows = found.iter().map(row).collect();
    let next = found.last().filter(|_| more);
    let next = next.map(|(last, _)| last.to_string());
    let mut reply = ask.with_clan(tag, words).with_next(next);
    for (name, sees) in [
        ("feed", Sees::Public),
        ("feed-members", Sees::Members),
        ("feed-officers", Sees::Officers),
    ] {
        let node = clan.pages.nodes.get(&sees);
        if let Some(node) = node.filter(|_| clan.may_read(me, sees)) {
            reply = reply.with(name, node.clone());
        }
    }
    Ok(reply.with_rows(COLUMNS, rows))
}
