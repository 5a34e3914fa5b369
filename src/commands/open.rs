//! `open`: waits for anybody to play.

use super::audience::{DELAY, SPECTATORS};
use super::card::{Ask, Card, Effect, Who};
use super::format::{ALLIES, BEST, BOARDS, CARRY, DRAWS, FOR};
use super::reply::Reply;
use super::shared::SALT;
use super::terms::{CLOCK, GAME, LAG, OPTIONS, RATED, ROOM, SIDE, VISIBILITY, agreed};
use crate::kit::{MatchId, PersonId, Refusal, Words};
use crate::matches::Stage;

/// The card.
pub const CARD: Card = Card {
    name: "open",
    aliases: &["seek"],
    title: "Wait for an opponent",
    help: "Opens a match that anybody may join, or only those for whom what follows the word `for` holds.",
    example: "open tic-tac-toe 5+3",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        GAME, CLOCK, LAG, SIDE, RATED, ROOM, VISIBILITY, DELAY, SPECTATORS, BEST, DRAWS, CARRY,
        BOARDS, ALLIES, FOR, SALT, OPTIONS,
    ],
    run,
};

/// Open matches that are looked through for one that waits already.
const LOOKED_AT: usize = 100;

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let terms = ask.terms(me, None)?;
    ask.may_make(me)?;
    let salt = ask.field("salt").map(str::to_owned);
    let id = ask.desk.create(me, None, terms, salt, ask.req)?;
    let mut words = Words::line(format!(
        "[{id}] Waiting for an opponent, who types `join {id}`."
    ))
    .and(agreed(ask, id, me));
    words = words.and(match waits_already(ask, id, me) {
        Some((other, name)) => {
            format!("{name} waits for this game too: type `join {other}` to play at once.")
        }
        None => format!("Type `withdraw {id}` to stop waiting."),
    });
    Ok(ask.state_of(id, words))
}

/// Somebody else who waits for the same game with the same clock, among the newest matches.
fn waits_already(ask: &Ask<'_>, id: MatchId, me: PersonId) -> Option<(MatchId, String)> {
    let world = ask.desk.world();
    let mine = &world.live(id)?.game;
    let open = world.open_matches().take(LOOKED_AT);
    let mut games = open.map(|live| &live.game);
    let other = games.find(|game| {
        game.stage == Stage::Open
            && game.by != me
            && game.terms.game == mine.terms.game
            && game.terms.clock == mine.terms.clock
            && game.terms.rated == mine.terms.rated
    })?;
    Some((other.id, world.people.name(other.by)))
}
