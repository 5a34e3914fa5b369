//! `admin unban`: lets a person or a server in again, with a reason.

use super::admin_ban;
use super::card::{Ask, Card, Effect, Field, Who};
use super::moderation::{REASON, WHO};
use super::reply::Reply;
use crate::kit::Refusal;

/// The card.
pub const CARD: Card = Card {
    name: "admin-unban",
    aliases: &[],
    title: "Admin: unban",
    help: "Lets a person or a whole @server in again; the person is told.",
    example: "admin unban bob@example.org apologised",
    who: Who::Admin,
    effect: Effect::Changes,
    fields: &[
        Field {
            label: "Handle, JID, or @server",
            ..WHO
        },
        REASON,
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let whom = admin_ban::whom(ask)?;
    let reason = ask.reason(&CARD)?;
    admin_ban::lift(ask, me, whom, &reason)
}
