//! `substitute`: puts another person on a seat.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use super::shared::MATCH;
use crate::clans::{Permission, authorise};
use crate::kit::{MatchId, PersonId, Refusal, Seat, Words, refuse};
use crate::matches::{self, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "substitute",
    aliases: &["replace"],
    title: "Replace a player",
    help: "Proposes that somebody takes over a seat; the substitute and the opponent, or a human referee, have to agree.",
    example: "substitute m51 gina for dave",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "player",
            label: "Who comes in (handle or JID)",
            kind: Kind::Person,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "for",
            label: "Who is replaced (you, when empty)",
            kind: Kind::Text,
            default: "",
            required: false,
            words: WordsFor::Rest,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let id = ask.game("of yours is being played", |game, me| {
        game.stage == Stage::Started
            && (0..)
                .map(crate::kit::Seat)
                .take(game.seats.len())
                .any(|seat| game.answers_for(me, seat))
    })?;
    let player = ask.field("player").map(str::to_owned);
    let player = player.ok_or_else(|| missing(&CARD, "a player"))?;
    let was = ask
        .field("for")
        .map(|text| text.trim_start_matches("for ").to_owned());
    let was = match was {
        None => None,
        Some(name) => Some(ask.acquaintance(&name)?.ok_or_else(|| {
            refuse(
                "team/not-seated",
                "That person does not play in this match.",
            )
            .hint(format!("Type `show {id}` to see who does."))
        })?),
    };
    let who = match player.as_str() {
        "me" => me,
        player => ask.somebody(player)?,
    };
    let what = match was.filter(|was| speaks_for(ask, id, me, *was)) {
        Some(was) => matches::Ask::Relieve { who, was },
        None => matches::Ask::Substitute { who, was },
    };
    ask.desk.act(Some(me), id, &what, ask.req)?;
    let waits = (ask.desk.world().live(id)).is_some_and(|live| live.game.proposal().is_some());
    let words = Words::line(if waits && who == me {
        format!("[{id}] Your opponent is asked; play goes on meanwhile.")
    } else if waits {
        format!("[{id}] Your opponent and the substitute are asked; play goes on meanwhile.")
    } else {
        format!("[{id}] Done: the substitute plays from now on.")
    });
    Ok(ask.state_of(id, words))
}

/// Whether somebody who does not answer for a seat speaks for the clan that it plays for.
fn speaks_for(ask: &Ask<'_>, id: MatchId, me: PersonId, was: PersonId) -> bool {
    let world = ask.desk.world();
    let Some(game) = world.live(id).map(|live| &live.game) else {
        return false;
    };
    let place = game.seats.iter().position(|sitting| *sitting == was);
    let seat = place.and_then(|place| u8::try_from(place).ok()).map(Seat);
    seat.filter(|seat| !game.answers_for(me, *seat))
        .and_then(|seat| world.clans.get(game.clan_of(seat)?))
        .is_some_and(|live| authorise(&live.clan, me, Permission::Speak).allowed)
}
