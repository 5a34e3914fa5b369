//! `admin mute`: somebody goes on playing, and says nothing to others through the referee for a time.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::moderation::{REASON, WHO};
use super::reply::Reply;
use crate::engine::{ServiceEvent, until_words};
use crate::kit::{Refusal, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "admin-mute",
    aliases: &[],
    title: "Admin: mute",
    help: "Takes somebody's voice for a time: no challenges, invitations, talk in match rooms or new texts; they may play on, and are told why.",
    example: "admin mute bob 7d insults in rooms",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        WHO,
        Field {
            name: "time",
            label: "How long: 30m, 12h, 7d or forever",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Next,
        },
        REASON,
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let them = ask.target(&CARD)?;
    if them.who == me {
        return Err(refuse("people/self", "You cannot mute yourself.").hint(
            "Name somebody else; `admin history` and a name shows what was done about them.",
        ));
    }
    let (until, reason) = (ask.until(&CARD)?, ask.reason(&CARD)?);
    let muted = ServiceEvent::Muted {
        who: them.who,
        tags: ask.desk.world().tags_of(them.who),
        reason,
        until,
    };
    ask.desk.serve(Some(me), muted)?;
    let (name, until) = (them.name, until_words(until));
    Ok(Reply::line(format!(
        "{name} is muted {until} and is told why. Type `admin unmute {name} reason` to lift it."
    ))
    .with("person", them.who.to_string()))
}
