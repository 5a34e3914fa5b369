//! `rematch`: asks the last opponent for another match with the sides swapped; who asks second agrees.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::SALT;
use super::terms::agreed;
use crate::kit::{MatchId, PersonId, Refusal, Words};
use crate::matches::{self, Side, Stage, Terms};

/// The card.
pub const CARD: Card = Card {
    name: "rematch",
    aliases: &["again"],
    title: "Rematch",
    help: "Asks your last opponent for the same match with the sides swapped; when they have asked already, it begins.",
    example: "rematch",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[SALT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let (opponent, terms) = ask.rematch_terms(me)?;
    let Some(id) = asked_already(ask, me, opponent, &terms) else {
        return ask.challenge_to(me, opponent, terms);
    };
    let salt = ask.field("salt").map(str::to_owned);
    ask.desk
        .act(Some(me), id, &matches::Ask::Accept { salt }, ask.req)?;
    let words = Words::line(format!(
        "[{id}] You both want a rematch. {}",
        agreed(ask, id, me)
    ));
    Ok(ask.state_of(id, words))
}

/// The challenge of the opponent to the same match, if there is one.
fn asked_already(
    ask: &Ask<'_>,
    me: PersonId,
    opponent: PersonId,
    terms: &Terms,
) -> Option<MatchId> {
    let same = |theirs: &Terms| {
        let side = Side::Luck;
        let plain = |terms: &Terms| Terms {
            side,
            law: 0,
            ..terms.clone()
        };
        plain(theirs) == plain(terms)
    };
    let mut mine = ask.desk.world().matches_of(me).map(|live| &live.game);
    let fits = mine.find(|game| {
        game.stage == Stage::Challenged
            && (game.by, game.to) == (opponent, Some(me))
            && same(&game.terms)
    });
    fits.map(|game| game.id)
}
