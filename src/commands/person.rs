//! `person`: what somebody lets others see.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::lines::missing;
use super::link::account_words;
use super::profile::rated;
use super::reply::Reply;
use crate::clans::day_of;
use crate::kit::{Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "person",
    aliases: &["whois"],
    title: "About somebody",
    help: "Shows what somebody lets others see: name, ratings, and the accounts they made public. Never an address.",
    example: "person bob",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[Field {
        name: "who",
        label: "Handle",
        kind: Kind::Person,
        default: "",
        required: true,
        words: WordsFor::Next,
    }],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let name = ask.field("who").ok_or_else(|| missing(&CARD, "somebody"))?;
    let today = day_of(ask.desk.now());
    let world = ask.desk.world();
    // By handle only: else anybody could find out who is behind an address.
    let person = world.people.by_handle(name).ok_or_else(|| {
        refuse(
            "people/unknown",
            format!("I do not know anybody called `{}`.", clip(name, 40)),
        )
        .hint("Give the name that others see, such as `person bob`.")
    })?;
    let what = if person.bot { "a bot" } else { "a person" };
    let standings: Vec<String> = (world.ratings.standings(person.id))
        .map(|(game, standing)| rated(&(game.to_owned(), standing)))
        .collect();
    let public = person.links.accounts.iter().filter(|one| one.public);
    let accounts: Vec<_> = public.collect();
    let words = Words::line(format!("{} is {what}.", person.handle));
    let words = match standings.as_slice() {
        [] => words.and("· no rating yet"),
        each => words.and(format!("· ratings: {}", each.join(", "))),
    };
    let lines = (accounts.iter()).map(|one| format!("· {}", account_words(person, one, today)));
    let words = lines.fold(words, Words::and);
    let rows = (accounts.iter())
        .map(|one| {
            let trust = person.trust(one, today).word().to_owned();
            vec![one.kind.clone(), one.name.clone(), trust]
        })
        .collect();
    let handle = person.handle.clone();
    Ok(
        Reply::words(words.and(format!("Type `challenge {handle}` and a game to play.")))
            .with("handle", handle)
            .with("bot", if person.bot { "1" } else { "0" })
            .with_list("ratings", standings)
            .with_rows(
                &[("kind", "Kind"), ("name", "Name"), ("trust", "Trust")],
                rows,
            ),
    )
}
