//! `clan accept`: accepts what another clan proposes.

use super::fixture::{FIXTURE, needs};
use crate::clans::Permission;
use crate::clans::calendar::shown_in;
use crate::clans::fixtures::{Ask as Wish, FixtureStage};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::reply::Reply;
use crate::kit::{Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-accept",
    aliases: &[],
    title: "Clan: accept a challenge",
    help: "Accepts the match that another clan proposes; then both clans name their line-ups.",
    example: "clan accept wolves/3",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[FIXTURE],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let (id, side, _) = ask.fixture(Permission::Speak, |fixture, tag| {
        matches!(fixture.stage, FixtureStage::Talking { .. }) && fixture.answers(tag) == tag
    })?;
    let wish = Wish::Agree { fixture: id, side };
    ask.desk.act_in_fixture(me, side, wish, ask.req)?;
    let live = ask.desk.world().clans.get(side);
    let zone = ask.own_zone();
    let agreed = live.and_then(|live| live.clan.fixtures.open.get(&id));
    let mut words = Words::line(format!("[{side}] {id} is agreed."));
    if let Some((fixture, lock)) = agreed.and_then(|one| Some((one, one.lock()?))) {
        words = words.and(format!("{}.", needs(fixture, zone.as_deref()))).and(format!(
            "Name your line-up with `clan lineup {id}` and their names; line-ups are locked {}{}.",
            shown_in(lock, zone.as_deref()),
            if fixture.offer.at.is_none() {
                " at the latest"
            } else {
                ""
            }
        ));
    }
    Ok(ask.about_fixture(id, side, words))
}
