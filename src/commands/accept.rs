//! `accept`: takes up a challenge.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{MATCH, SALT};
use crate::engine::ruling::may_rule;
use crate::kit::{Refusal, Words};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "accept",
    aliases: &["ok"],
    title: "Accept a challenge",
    help: "Accepts a challenge, and the match begins at once; or a place in a line-up, or a substitution.",
    example: "accept m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[MATCH, SALT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("waits for your answer", |game, me| {
        game.awaits_answer_of(me)
    })?;
    let before = ask.desk.world().live(id).map(|live| &live.game);
    let joined = before.is_some_and(|game| game.awaits_member(me));
    let agreed = before.is_some_and(|game| game.awaits_consent_of(me));
    let has_part = before.is_some_and(|game| game.people().contains(&me));
    let judges = (ask.caller.referee || ask.caller.admin) && !agreed && !has_part;
    let allows = judges && before.is_some_and(|game| game.proposal().is_some());
    if allows {
        before.map_or(Ok(()), |game| may_rule(ask.desk.world(), me, game))?;
    }
    let asked = match allows {
        true => matches::Ask::Allow,
        false => matches::Ask::Accept {
            salt: ask.field("salt").map(str::to_owned),
        },
    };
    ask.desk.act(Some(me), id, &asked, ask.req)?;
    let game = ask.desk.world().live(id).map(|live| &live.game);
    let said = match game {
        Some(game) if game.stage == Stage::Gathering && game.captained_by(me).is_some() => format!(
            "Accepted. Now name your line-up: `lineup {id}` and {} names, in the order of boards.",
            game.terms.boards()
        ),
        Some(game) if game.stage == Stage::Gathering => {
            "You are in. You will be told when the boards begin.".to_owned()
        }
        _ if joined => format!("You are in. Type `show {id}` to see how it stands."),
        _ if allows => {
            "You have allowed the substitution; it takes place when the substitute agrees."
                .to_owned()
        }
        _ if agreed => format!("You have agreed. Type `show {id}` to see how it stands."),
        _ => format!("Challenge accepted. {}", super::terms::agreed(ask, id, me)),
    };
    Ok(ask.state_of(id, Words::line(format!("[{id}] {said}"))))
}
