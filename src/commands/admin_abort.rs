//! `admin abort`: ends a match without a result, with a reason that is shown and recorded.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use super::shared::is_match_id;
use crate::kit::{MatchId, Refusal, Words, clean_line, refuse};
use crate::matches;

/// The card.
pub const CARD: Card = Card {
    name: "admin-abort",
    aliases: &[],
    title: "Admin: abort a match",
    help: "Ends a match without a result; the players are told the reason.",
    example: "admin abort m42 wrong game",
    who: Who::Admin,
    effect: Effect::Ends,
    fields: &[
        Field {
            name: "match",
            label: "Match",
            kind: Kind::AnyMatch,
            default: "",
            required: true,
            words: WordsFor::If(is_match_id),
        },
        Field {
            name: "reason",
            label: "Reason (the players see it)",
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
    let named = ask
        .field("match")
        .map(str::to_owned)
        .or(ask.place.game().map(|id| id.to_string()));
    let named = named.ok_or_else(|| missing(&CARD, "a match"))?;
    let id: MatchId = named.parse().map_err(|()| {
        refuse("match/bad-id", "That is no match.").hint("Matches are named m1, m2 and so on.")
    })?;
    let reason = clean_line(ask.field("reason").unwrap_or_default(), 200);
    if reason.is_empty() {
        return Err(missing(&CARD, "a reason"));
    }
    if ask.desk.find(id).is_none() {
        return Err(ask.desk.missing_match(id, Some(me)));
    }
    ask.desk
        .act(Some(me), id, &matches::Ask::AdminAbort { reason }, ask.req)?;
    Ok(ask.state_of(
        id,
        Words::line(format!(
            "Match {id} is ended without a result; the players are told why."
        )),
    ))
}
