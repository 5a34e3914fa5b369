//! `clans`: which clans there are, page by page.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use crate::clans::{Clan, ClanStage, Joining};
use crate::kit::{ClanTag, Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clans",
    aliases: &["clan-list"],
    title: "Clans",
    help: "Lists clans: all, those that take new members (recruiting), or those with a word in tag or name.",
    example: "clans recruiting",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        Field {
            name: "after",
            label: "After this tag (empty: from the first on)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Following("after"),
        },
        Field {
            name: "filter",
            label: "recruiting, or a part of a tag or name (empty: all)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

/// Lines that fit a phone's screen.
const LINES: usize = 12;
/// Clans looked through for a filter; the next page goes on behind them.
const MAX_LOOKED_AT: usize = 5000;
const COLUMNS: &[(&str, &str)] = &[
    ("clan", "Tag"),
    ("name", "Name"),
    ("members", "Members"),
    ("joining", "Joining"),
    ("recruiting", "Recruiting"),
];

/// Whether a clan takes new members: anybody who joins, or whoever applies.
pub fn is_recruiting(clan: &Clan) -> bool {
    clan.stage == ClanStage::Active && clan.joining != Joining::Invite
}

/// Whether a clan has this text, in small letters, in its tag or its name.
pub fn is_called(clan: &Clan, text: &str) -> bool {
    clan.tag.as_str().contains(text) || clan.name.to_lowercase().contains(text)
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let after = ask.field("after").map(read_after).transpose()?;
    let filter = ask.field("filter").map(str::to_lowercase);
    let fits = |clan: &Clan| match filter.as_deref() {
        None => true,
        Some("recruiting") => is_recruiting(clan),
        Some(text) => is_called(clan, text),
    };
    let size = ask.page_size(LINES);
    let clans = &ask.desk.world().clans;
    let mut found = Vec::new();
    // The last one that was looked at: where the next page begins.
    let mut upto = None;
    let mut looked_at = clans.after(after).map(|live| &live.clan);
    for clan in looked_at.by_ref().take(MAX_LOOKED_AT) {
        if found.len() == size {
            break;
        }
        upto = Some(clan.tag);
        if fits(clan) {
            found.push(clan);
        }
    }
    let more = upto.filter(|upto| clans.tags().last() != Some(upto));
    let mut words = found
        .iter()
        .map(|clan| line(clan))
        .fold(Words::default(), Words::and);
    if found.is_empty() {
        words = words.and(match (&filter, more) {
            (_, Some(_)) => "None so far.",
            (None, None) if after.is_none() => {
                "There is no clan yet. Type `clan create` and a tag to found one."
            }
            _ => "No such clan. Type `clans` for all, or `clan create` and a tag to found one.",
        });
    }
    if let Some(next) = more {
        let filter = filter.as_deref().unwrap_or_default();
        let again = format!("clans {filter}");
        words = words.and(format!(
            "There are {} clans. Type `{} after {next}` for more.",
            clans.count(),
            clip(again.trim_end(), 40)
        ));
    } else if !found.is_empty() {
        words = words.and("Type `clan show` and a tag to see one, `clan join` and a tag to join.");
    }
    let rows = found.iter().map(|clan| row(clan)).collect();
    let reply = Reply::words(words)
        .with("count", clans.count().to_string())
        .with("next", more.map_or(String::new(), |next| next.to_string()));
    Ok(reply.with_rows(COLUMNS, rows))
}

fn line(clan: &Clan) -> String {
    let members = clan.members.len();
    let people = if members == 1 { "member" } else { "members" };
    let how = match clan.joining {
        _ if clan.stage != ClanStage::Active => "is being given up",
        Joining::Open => "anybody may join",
        Joining::Apply => "takes applications",
        Joining::Invite => "by invitation",
    };
    let standing = clan.fixtures.standing;
    let record = match standing.played() {
        0 => String::new(),
        _ => format!(", {}–{}–{}", standing.won, standing.drawn, standing.lost),
    };
    format!(
        "{}: {}, {members} {people}, {how}{record}",
        clan.tag, clan.name
    )
}

fn row(clan: &Clan) -> Vec<String> {
    let recruiting = if is_recruiting(clan) { "1" } else { "0" };
    vec![
        clan.tag.to_string(),
        clan.name.clone(),
        clan.members.len().to_string(),
        clan.joining.word().to_owned(),
        recruiting.to_owned(),
    ]
}

fn read_after(text: &str) -> Result<ClanTag, Refusal> {
    text.parse().map_err(|()| {
        refuse(
            "clans/after",
            format!("`{}` is no tag of a clan.", clip(text, 30)),
        )
        .hint("Type `clans after` and the last tag you saw, or `clans` to begin anew.")
    })
}
