//! `my`: the matches that wait for whoever asks. A bot calls it after every login; messages are only hints.

use super::card::{Ask, Card, Effect, Who};
use super::matches::{COLUMNS, row};
use super::reply::Reply;
use super::shared::headline;
use crate::kit::{PersonId, Refusal, Words};
use crate::matches::{Match, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "my",
    aliases: &["mine", "waiting"],
    title: "My matches",
    help: "Lists your matches, those that wait for you first.",
    example: "my",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[],
    run,
};

/// Lines that fit a phone's screen.
const PAGE: usize = 15;

/// Whether a match waits for this person: to move, or to answer a challenge.
pub fn waits_for(game: &Match, me: PersonId) -> bool {
    match game.stage {
        Stage::Challenged => game.to == Some(me),
        Stage::Started => game
            .seat_of(me)
            .is_some_and(|seat| game.waits_for().contains(&seat)),
        _ => false,
    }
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let (mut waiting, others): (Vec<&Match>, Vec<&Match>) = ask
        .desk
        .world()
        .matches_of(me)
        .map(|live| &live.game)
        .partition(|game| waits_for(game, me));
    // A clock may run where it is somebody's turn; challenges can wait below.
    waiting.sort_by_key(|game| game.stage == Stage::Challenged);
    let mut words = Words::line(match waiting.len() {
        0 => "No match waits for you.".to_owned(),
        1 => "1 match waits for you:".to_owned(),
        n => format!("{n} matches wait for you:"),
    });
    for game in waiting.iter().take(PAGE) {
        words = words.and(headline(ask, game));
    }
    if waiting.len() > PAGE {
        words = words.and(format!("… and {} more.", waiting.len() - PAGE));
    }
    if !others.is_empty() {
        words = words.and("Others:");
        for game in others
            .iter()
            .take(PAGE.saturating_sub(waiting.len()).max(3))
        {
            words = words.and(headline(ask, game));
        }
    }
    let next = match waiting.first() {
        Some(game) if game.stage == Stage::Challenged => {
            format!("Type `accept {}` or `decline {}`.", game.id, game.id)
        }
        Some(game) => format!("Type `show {}` to see the position.", game.id),
        None => "Type `challenge` and a name, or `open` and a game.".to_owned(),
    };
    let rows = waiting.iter().map(|game| row(ask, game)).collect();
    Ok(Reply::words(words.and(next)).with_rows(COLUMNS, rows))
}
