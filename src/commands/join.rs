//! `join`: takes up an open match.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use super::shared::{ANY_MATCH, SALT, no_such_match};
use super::terms::agreed;
use crate::kit::{MatchId, PersonId, Refusal, Words, refuse};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "join",
    aliases: &["play"],
    title: "Join an open match",
    help: "Takes up an open match; it begins at once.",
    example: "join m42",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[ANY_MATCH, SALT],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = match (ask.field("match"), ask.place.game()) {
        (None, None) => ask.only_open(me)?,
        _ => ask.game("is open", |_, _| false)?,
    };
    ask.check_not_ignored(id, me)?;
    ask.check_terms(id, me)?;
    let salt = ask.field("salt").map(str::to_owned);
    ask.desk
        .act(Some(me), id, &matches::Ask::Accept { salt }, ask.req)?;
    Ok(ask.state_of(
        id,
        Words::line(format!("[{id}] You joined. {}", agreed(ask, id, me))),
    ))
}

impl Ask<'_> {
    /// The only open match of somebody else, for those who do not name one.
    fn only_open(&self, me: PersonId) -> Result<MatchId, Refusal> {
        let open = self
            .desk
            .world()
            .open_matches()
            .filter(|live| live.game.by != me)
            .map(|live| live.game.id);
        match open.take(2).collect::<Vec<_>>().as_slice() {
            [] => Err(refuse("match/none", "No match is open at the moment.")
                .hint("Type `open` and the name of a game to wait for an opponent yourself.")),
            [only] => Ok(*only),
            [first, ..] => Err(
                refuse("match/which", "Several matches are open.").hint(format!(
                    "Type `matches open` to see them, then for example `join {first}`."
                )),
            ),
        }
    }

    fn check_terms(&self, id: MatchId, me: PersonId) -> Result<(), Refusal> {
        let host = self
            .desk
            .world()
            .live(id)
            .filter(|live| live.game.stage == Stage::Open);
        match host {
            Some(live) if live.game.by != me => {
                self.may_join(&live.game.terms, live.game.by, me)?;
                self.may_be_rated(&live.game.terms, live.game.by, me)
            }
            _ => Ok(()),
        }
    }

    fn check_not_ignored(&self, id: MatchId, me: PersonId) -> Result<(), Refusal> {
        let people = &self.desk.world().people;
        let host = self
            .desk
            .world()
            .live(id)
            .and_then(|live| people.get(live.game.by));
        match (host, people.get(me)) {
            (Some(host), Some(me)) if self.desk.world().ignores(host, me) => Err(no_such_match(id)),
            _ => Ok(()),
        }
    }
}
