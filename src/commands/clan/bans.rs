//! `clan bans`: lists who is kept out.

use super::CLAN;
use crate::clans::Permission;
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::paging::PAGE;
use crate::commands::reply::Reply;
use crate::commands::shared::moment;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-bans",
    aliases: &[],
    title: "Clan: who is banned",
    help: "Lists who is banned, why, until when, and which appeals wait.",
    example: "clan bans wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[CLAN, PAGE],
    run,
};

/// Lines that fit a phone's screen.
const LINES: usize = 30;
const COLUMNS: &[(&str, &str)] = &[
    ("who", "Who"),
    ("by", "By"),
    ("until", "Until"),
    ("reason", "Reason"),
    ("appeal", "Appeal"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let (me, page) = (ask.me()?, ask.page(LINES)?);
    let clan = &ask.desk.clan(tag)?.clan;
    clan.require(me, Permission::Ban)?;
    let now = ask.desk.now();
    let mut words = Words::default();
    let mut rows = Vec::new();
    let standing = clan.bans.iter();
    let standing: Vec<_> = standing
        .filter(|(who, _)| clan.ban_of(**who, now).is_some())
        .collect();
    for (who, ban) in page.of(&standing) {
        let (name, by) = (ask.name_of(**who), ask.name_of(ban.by));
        let until = ban.until.map_or("for good".to_owned(), |until| {
            format!("until {}", moment(until))
        });
        let appeal = match (&ban.appeal, &ban.upheld) {
            (Some(_), Some(why)) => format!(" Appeal heard: {why}"),
            (Some(text), None) => format!(" Appeals: \"{text}\""),
            _ => String::new(),
        };
        words = words.and(format!("{name}, {until}, by {by}: {}{appeal}", ban.reason));
        rows.push(vec![
            name,
            by,
            until,
            ban.reason.clone(),
            ban.appeal.clone().unwrap_or_default(),
        ]);
    }
    if rows.is_empty() {
        words = words.and(format!("[{tag}] Nobody is banned."));
    }
    if let Some(next) = page.next(standing.len()) {
        words = words.and(format!("Type `clan bans {tag} {next}` for more."));
    }
    let all = standing.len();
    let reply = ask.with_clan(tag, words).paged(page, all);
    Ok(reply.with_rows(COLUMNS, rows))
}
