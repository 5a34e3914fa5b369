//! `rules`: the rules that hold for a match, before and while it is played; with the name of a game, those of the game.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::games;
use super::reply::Reply;
use super::shared::ANY_MATCH;
use crate::engine::Found;
use crate::kit::{Refusal, Words};
use crate::matches::law;

/// The card.
pub const CARD: Card = Card {
    name: "rules",
    aliases: &["law"],
    title: "Rules of a match",
    help: "Shows every rule that holds for a match: the game, the clock, absence, offers and rulings.",
    example: "rules m42",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[
        ANY_MATCH,
        Field {
            name: "game",
            label: "Or a game, for its rules alone",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if let (None, Some(name)) = (ask.field("match"), ask.field("game")) {
        return games::one(name);
    }
    let id = ask.game_or_last()?;
    let terms = match ask.desk.find(id) {
        Some(Found::Live(live)) => live.game.terms.clone(),
        Some(Found::Finished(finished)) => finished.terms.clone(),
        None => return Err(super::shared::no_such_match(id)),
    };
    let rules = law(&terms);
    let words = rules.iter().fold(
        Words::line(format!("[{id}] The rules of this match:")),
        |words, rule| words.and(format!("- {}", rule.text)),
    );
    let list = rules.into_iter().map(|rule| rule.text).collect();
    Ok(ask.state_of(id, words).with_list("rules", list))
}
