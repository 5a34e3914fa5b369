//! `admin link`: a code for somebody whose known address is gone, so that a new one becomes theirs.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::reply::Reply;
use crate::engine::accounts::ADDRESS;
use crate::kit::{Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-link",
    aliases: &[],
    title: "Admin: link an address",
    help: "Gives you a code with which a new address becomes somebody's whose old server is gone; make sure that it is them.",
    example: "admin link anna anna@new.example",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        Field {
            name: "who",
            label: "Handle, or the old JID",
            kind: Kind::Person,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        Field {
            name: "jid",
            label: "The new address",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let name = ask.field("who").ok_or_else(|| missing(&CARD, "somebody"))?;
    let name = name.to_owned();
    let jid = ask.field("jid").map(str::to_owned);
    let jid = jid.ok_or_else(|| missing(&CARD, "the new address"))?;
    let them = ask.acquaintance(&name)?.ok_or_else(|| {
        refuse("people/unknown", "Nobody is known by that name.")
            .hint("Give the handle or the whole old JID.")
    })?;
    let (address, code) = ask.address_code(them, &jid)?;
    tracing::info!(person = %them, "an admin was given a code that links an address");
    let world = ask.desk.world();
    let (handle, domain) = (world.people.name(them), &world.domain);
    Ok(Reply::words(
        Words::line(format!(
            "If you are sure that {address} is {handle}, let them send referee@{domain} this line from there within 10 minutes:"
        ))
        .board(format!("prove {code}"))
        .and(format!(
            "{handle} types `link main {address}` next, to get messages there."
        )),
    )
    .with("kind", ADDRESS)
    .with("name", address)
    .with("code", code))
}
