//! `pick`: takes a map into a match that is played elsewhere, or chooses the side to start on.

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
    name: "pick",
    aliases: &[],
    title: "Pick a map or a side",
    help: "Picks a map that will be played, or the side you start on, when it is your turn to.",
    example: "pick inferno",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "map",
            label: "Map or side",
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
    elsewhere::names(desk, caller, place, Doing::Pick)
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    // `dust 2` is dust2.
    let map = typed::polite(ask.field("map").unwrap_or_default());
    let map = map.to_lowercase().replace(' ', "");
    let id = ask.game_elsewhere("waits for you to pick a map", Doing::Pick)?;
    let exact = match map.as_str() {
        "ct" | "t" => map.clone(),
        map => format!("pick-{map}"),
    };
    ask.play_elsewhere(id, &format!("pick {map}"), &exact)
}
