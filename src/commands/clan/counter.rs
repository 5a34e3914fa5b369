//! `clan counter`: proposes another time or other rules for a match between clans.

use super::fixture::{FIXTURE, TERMS};
use crate::clans::Permission;
use crate::clans::fixtures::{Ask as Wish, FixtureStage};
use crate::commands::card::{Ask, Card, Effect, Field, Who};
use crate::commands::reply::Reply;
use crate::engine::story::offer_words;
use crate::kit::{Refusal, Words, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "clan-counter",
    aliases: &[],
    title: "Clan: propose something else",
    help: "Answers a challenge with another time or other rules; what you leave out stays as it was proposed.",
    example: "clan counter wolves/3 sun 19:00 bo5",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &FIELDS,
    run,
};

const FIELDS: [Field; 17] = {
    let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = TERMS;
    [FIXTURE, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p]
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let (id, side, fixture) = ask.fixture(Permission::Speak, |fixture, tag| {
        matches!(fixture.stage, FixtureStage::Talking { .. }) && fixture.answers(tag) == tag
    })?;
    ask.desk.clan(side)?.clan.require(me, Permission::Speak)?;
    let offer = ask.offer(me, side, Some(&fixture.offer))?;
    if (&offer.terms, offer.at) == (&fixture.offer.terms, fixture.offer.at) {
        return Err(refuse("fixture/unchanged", "That is what they propose already.")
            .hint(format!("Type `clan accept {id}`, or name another time, such as `clan counter {id} sun 19:00`.")));
    }
    let words = offer_words(&offer, ask.own_zone().as_deref());
    let wish = Wish::Counter { fixture: id, offer };
    ask.desk.act_in_fixture(me, side, wish, ask.req)?;
    let words = Words::line(format!(
        "[{side}] Proposed to {}, {id}: {words}.",
        fixture.with
    ))
    .and("I'll tell you when they answer.");
    Ok(ask.about_fixture(id, side, words))
}
