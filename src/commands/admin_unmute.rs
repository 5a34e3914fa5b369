//! `admin unmute`: gives somebody their voice back.

use super::card::{Ask, Card, Effect, Who};
use super::moderation::{REASON, WHO};
use super::reply::Reply;
use crate::engine::ServiceEvent;
use crate::kit::{Refusal, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-unmute",
    aliases: &[],
    title: "Admin: unmute",
    help: "Gives somebody their voice back; they are told why.",
    example: "admin unmute bob apologised",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[WHO, REASON],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let them = ask.target(&CARD)?;
    let (name, now) = (them.name, ask.desk.now());
    let muted = ask.desk.world().muted(them.who, now).map(|(who, _)| who);
    let Some(who) = muted else {
        return Err(refuse("people/not-muted", format!("{name} is not muted."))
            .hint(format!("Type `admin history {name}` to see what was done.")));
    };
    let reason = ask.reason(&CARD)?;
    let unmuted = ServiceEvent::Unmuted { who, reason };
    ask.desk.serve(Some(me), unmuted)?;
    Ok(
        Reply::line(format!("{name} may speak again and is told so."))
            .with("person", them.who.to_string()),
    )
}
