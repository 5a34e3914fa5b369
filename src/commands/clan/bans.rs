//! `clan bans`: lists who is kept out.

use super::CLAN;
use crate::clans::Permission;
use crate::commands::card::{Ask, Card, Effect, Who};
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
    fields: &[CLAN],
    run,
};

/// Lines that fit a phone's screen.
const PAGE: usize = 30;
const COLUMNS: &[(&str, &str)] = &[
    ("who", "Who"),
    ("by", "By"),
    ("until", "Until"),
    ("reason", "Reason"),
    ("appeal", "Appeal"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let tag = ask.clan()?;
    let me = ask.me()?;
    let clan = &ask.desk.clan(tag)?.clan;
    clan.require(me, Permission::Ban)?;
    let now = ask.desk.now();
    let mut words = Words::default();
    let mut rows = Vec::new();
    for (who, ban) in clan
        .bans
        .iter()
        .filter(|(who, _)| clan.ban_of(**who, now).is_some())
        .take(PAGE)
    {
        let (name, by) = (ask.name_of(*who), ask.name_of(ban.by));
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
    Ok(ask.with_clan(tag, words).with_rows(COLUMNS, rows))
}
