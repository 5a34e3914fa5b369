//! `community`: the rules of this community, for everybody; and whether they were applied to oneself.

use super::card::{Ask, Card, Effect, Who};
use super::reply::Reply;
use crate::clans::{Creators, RULES};
use crate::engine::muted_words;
use crate::kit::{Refusal, Span, Words};

/// The card.
pub const CARD: Card = Card {
    name: "community",
    aliases: &[],
    title: "Rules of the community",
    help: "Shows what this community allows: who may found clans, how large they may be, and whom to write to.",
    example: "community",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let world = ask.desk.world();
    let policy = world.policy();
    let creators = match policy.creators {
        Creators::Anyone => "Anybody may found a clan",
        Creators::Listed => "Those whom an admin has named may found a clan",
        Creators::Admins => "Only admins found clans",
    };
    let again = match policy.founding {
        Span::ZERO => "as often as they like".to_owned(),
        span => format!("at most {} in {}", policy.clans, span.words()),
    };
    let clans = match policy.clans {
        1 => "one clan".to_owned(),
        n => format!("{n} clans"),
    };
    let back = match policy.rejoin {
        Span::ZERO => "at once".to_owned(),
        span => format!("after {}", span.words()),
    };
    let mut words = Words::line(format!("{creators}, {again}."))
        .and(format!(
            "You may be in {clans}; a clan has at most {} members, {} open invitations, {} open applications and {} events ahead.",
            policy.members, policy.invitations, policy.applications, policy.events
        ))
        .and(format!(
            "Whoever leaves a clan may come back {back}; a clan that is disbanded can be brought back for {}.",
            policy.grace.words()
        ))
        .and(format!("About a ban or a mute write to {}.", policy.contact));
    let mute = ask
        .reader()
        .and_then(|me| world.mute_of(me, ask.desk.now()));
    if let Some(mute) = mute {
        words = words.and(format!("You are {}", muted_words(mute)));
    }
    let public = RULES.iter().filter(|rule| !rule.is_private());
    Ok(public.fold(Reply::words(words), |reply, rule| {
        reply.with(rule.name, rule.show(policy))
    }))
}
