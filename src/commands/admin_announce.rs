//! `admin announce`: tells the lobby something.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use crate::engine::ServiceEvent;
use crate::kit::{Refusal, clean_line};

/// The card.
pub const CARD: Card = Card {
    name: "admin-announce",
    aliases: &["announce"],
    title: "Admin: announce",
    help: "Says something in the lobby.",
    example: "admin announce The cup begins at eight.",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[Field {
        name: "text",
        label: "What to say",
        kind: Kind::Text,
        default: "",
        required: true,
        words: WordsFor::Rest,
    }],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let text = clean_line(ask.field("text").unwrap_or_default(), 500);
    if text.is_empty() {
        return Err(missing(&CARD, "a text"));
    }
    let lobby = ask.desk.world().service.lobby.clone();
    ask.desk.serve(Some(me), ServiceEvent::Announced { text })?;
    Ok(Reply::line(match lobby {
        Some(room) => format!("Announced in {room}."),
        None => "Noted, but there is no lobby to say it in: this server gave the referee no rooms."
            .to_owned(),
    }))
}
