//! `evidence`: shows a link for what one says about a match.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::elsewhere::takes_evidence;
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{Refusal, Words};
use crate::matches::{self, MAX_EVIDENCE};

/// The card.
pub const CARD: Card = Card {
    name: "evidence",
    aliases: &["proof"],
    title: "Show evidence",
    help: "Puts a link into the record of a match that is played elsewhere or disputed: a screenshot, a demo. Everybody sees it.",
    example: "evidence https://example.org/demo/1",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "link",
            label: "Link (http or https)",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let link = ask.field("link").unwrap_or_default().to_owned();
    let id = ask.game("of yours takes evidence", takes_evidence)?;
    ask.desk
        .act(Some(me), id, &matches::Ask::Evidence { link }, ask.req)?;
    let given = ask.desk.world().live(id).map_or(0, |live| {
        let seat = live.game.seat_of(me);
        let mine = live
            .game
            .evidence
            .iter()
            .filter(|(by, _)| Some(*by) == seat);
        mine.count()
    });
    let words = Words::line(format!(
        "[{id}] Your link is in the record, {given} of {MAX_EVIDENCE}. Everybody sees it: type `show {id}`."
    ));
    Ok(ask.state_of(id, words))
}
