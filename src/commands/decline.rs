//! `decline`: says no to a challenge or an offer.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::shared::MATCH;
use crate::kit::{Refusal, Words, clip, refuse};
use crate::matches::{self, OfferKind};

/// The card.
pub const CARD: Card = Card {
    name: "decline",
    aliases: &["refuse"],
    title: "Decline",
    help: "Says no to a challenge, or to an offer of your opponent.",
    example: "decline m42",
    who: Who::Anyone,
    effect: Effect::Ends,
    fields: &[
        MATCH,
        Field {
            name: "offer",
            label: "Which offer, if there are several",
            kind: Kind::OneOf(&["draw", "abort", "undo", "pause", "adjourn", "resume"]),
            default: "",
            required: false,
            words: WordsFor::If(|word| OfferKind::read(word).is_some()),
        },
        Field {
            name: "reason",
            label: "Why, if you like (the other reads it)",
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
    let id = ask.game("asks anything of you", |game, me| {
        game.awaits_answer_of(me)
            || (game.in_play()
                && game
                    .seat_of(me)
                    .is_some_and(|seat| game.offers.iter().any(|offer| offer.seat != seat)))
    })?;
    ask.expected(id)?;
    let what = ask.field("offer").map(offer).transpose()?;
    let reason = ask.field("reason").map(str::to_owned);
    if reason.is_some() {
        ask.desk.may_speak(me)?;
    }
    ask.desk.act(
        Some(me),
        id,
        &matches::Ask::Decline { what, reason },
        ask.req,
    )?;
    Ok(ask.state_of(id, Words::line(format!("[{id}] You have declined."))))
}

fn offer(word: &str) -> Result<OfferKind, Refusal> {
    OfferKind::read(&word.to_lowercase()).ok_or_else(|| {
        let words: Vec<&str> = OfferKind::ALL.iter().map(|kind| kind.word()).collect();
        refuse(
            "match/unknown-offer",
            format!("`{}` is no offer.", clip(word, 20)),
        )
        .hint(format!("Choose {}.", words.join(", ")))
    })
}
