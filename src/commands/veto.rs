//! `veto`: takes a map out of the pool of a match that is played elsewhere.

use super::call::{Caller, Place};
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::elsewhere::{self, Doing};
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use super::typed;
use crate::engine::Desk;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "veto",
    aliases: &["ban"],
    title: "Ban a map",
    help: "Takes a map out of the pool, when it is your turn to ban one.",
    example: "veto mirage",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "map",
            label: "Map",
            kind: Kind::Pick(maps),
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
        EXPECT,
    ],
    run,
};

fn maps(desk: &Desk, caller: &Caller, place: Place) -> Vec<(String, String)> {
    elsewhere::names(desk, caller, place, Doing::Ban)
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    // `dust 2` is dust2.
    let map = typed::polite(ask.field("map").unwrap_or_default());
    let map = map.to_lowercase().replace(' ', "");
    let id = ask.game_elsewhere("waits for you to ban a map", Doing::Ban)?;
    ask.play_elsewhere(id, &format!("ban {map}"), &format!("ban-{map}"))
}
