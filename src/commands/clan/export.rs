//! `clan export`: the whole record of a clan, for another referee or for the drawer.

use super::CLAN;
use crate::clans::Permission;
use crate::commands::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use crate::commands::paging::part_of;
use crate::commands::reply::Reply;
use crate::engine::record;
use crate::kit::{Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-export",
    aliases: &[],
    title: "Export a clan",
    help: "Gives programs the hash-chained record of your clan, with everything that was decided in it; another referee can take it in.",
    example: "clan export wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        Field {
            words: WordsFor::Next,
            ..CLAN
        },
        Field {
            name: "from",
            label: "First line of the record (for long ones)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Named,
        },
    ],
    run,
};

/// Lines of the record that are read for one answer.
const MAX_LINES: usize = 200;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if ask.place.is_room() {
        return Err(
            refuse("room/private", "A clan's record is nothing for a room.")
                .hint("Write `clan export` to me in private."),
        );
    }
    let me = ask.me()?;
    let tag = ask.clan()?;
    ask.desk.clan(tag)?.clan.require(me, Permission::Export)?;
    let from: usize = match ask.field("from") {
        None => 0,
        Some(text) => text.parse().map_err(|_| {
            refuse("command/number", "The field from takes a number of a line.")
                .hint(format!("Type `clan export {tag}` for the first part."))
        })?,
    };
    let lines = ask.desk.clan_lines(tag, from, MAX_LINES).map_err(|fault| {
        tracing::error!(%fault, clan = %tag, "a record cannot be read");
        refuse(
            "record/unreadable",
            "The record cannot be read at the moment; the admins have been told.",
        )
        .hint("Try again later.")
    })?;
    let part = part_of(lines.iter().filter_map(|line| record::open_half(line).ok()));
    let next = from.saturating_add(part.len());
    let live = ask.desk.clan(tag)?;
    let (head, all) = (live.head, live.recorded());
    let words = Words::line(format!(
        "[{tag}] The record has {all} lines; its last hash is {head}."
    ))
    .and("The form of this command holds the lines. Save them and check them with `referee verify FILE`; the admins of another referee take them in with `referee import --owner`.");
    let reply = Reply::words(words)
        .with("clan", tag.to_string())
        .with("lines", all.to_string())
        .with("hash", head.to_string())
        .with_list("record", part);
    Ok(reply.with_next((next < all).then(|| next.to_string())))
}
