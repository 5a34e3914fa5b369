//! `clan decline`: says no to an invitation or to a match with another clan, or takes back what waits.

use super::fixture::FIXTURE;
use super::{CLAN, REASON};
use crate::clans::fixtures::Ask as Wish;
use crate::clans::{ClanAsk, Permission, authorise};
use crate::commands::card::{Ask, Card, Effect, Field, Who};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-decline",
    aliases: &[],
    title: "Clan: decline",
    help: "Says no to an invitation or takes your application back; with a match such as wolves/3, declines or calls it off, or leaves its line-up.",
    example: "clan decline wolves/3 sorry, we are ill",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        CLAN,
        FIXTURE,
        Field {
            label: "Why, if you like (the other clan reads it)",
            required: false,
            ..REASON
        },
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if ask.field("fixture").is_some() {
        return fixture(ask);
    }
    let tag = ask.waiting_clan()?;
    ask.ask_clan(tag, &ClanAsk::Decline)?;
    Ok(ask.about_clan(tag, "Done; nothing of yours waits there any more."))
}

/// Whoever speaks for the clan speaks of the match; a player, of their own place in it.
fn fixture(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    if ask.field("reason").is_some() {
        ask.desk.may_speak(me)?;
    }
    let (id, side, fixture) = ask.fixture(Permission::Speak, |_, _| true)?;
    let named = (fixture.lineup.as_ref()).is_some_and(|lineup| lineup.all().any(|who| who == me));
    let speaks = authorise(&ask.desk.clan(side)?.clan, me, Permission::Speak).allowed;
    let (wish, said) = match named && !speaks {
        true => (
            Wish::StepDown { fixture: id },
            format!("You are not in the line-up for {id} any more; whoever names it is told."),
        ),
        false => (
            Wish::End {
                fixture: id,
                side,
                reason: ask.field("reason").unwrap_or_default().to_owned(),
            },
            format!("{id} is off. I've told {}.", fixture.with),
        ),
    };
    ask.desk.act_in_fixture(me, side, wish, ask.req)?;
    let words = Words::line(format!("[{side}] {said}"));
    Ok(ask.about_fixture(id, side, words))
}
