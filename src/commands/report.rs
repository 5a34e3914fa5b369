//! `report`: says how a match ended that was played elsewhere.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::elsewhere::Doing;
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use crate::kit::{MatchId, PersonId, Refusal};

/// The card.
pub const CARD: Card = Card {
    name: "report",
    aliases: &[],
    title: "Report a result",
    help: "Says how a match ended that you played elsewhere: one score per map in their order, yours first; w-f for a map \
           the other side did not play. The other side confirms it. A player's name in front says whose score comes first.",
    example: "report 13-7 16-14",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "scores",
            label: "Scores, one per map, yours first: 13-7 16-14",
            kind: Kind::Text,
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
        EXPECT,
    ],
    run,
};

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let scores = ask.field("scores").unwrap_or_default().to_owned();
    let id = ask.game_elsewhere("waits for a report of yours", Doing::Report)?;
    let scores = ask.for_whom(id, me, &scores);
    let exact: Vec<&str> = scores
        .split([' ', ','])
        .filter(|word| !word.is_empty())
        .collect();
    ask.play_elsewhere(id, &format!("report {scores}"), &exact.join(","))
}

impl Ask<'_> {
    /// The scores with `me` or `them` in the place of a player's name in front of them.
    fn for_whom(&self, id: MatchId, me: PersonId, scores: &str) -> String {
        let (first, rest) = scores
            .split_once(char::is_whitespace)
            .unwrap_or((scores, ""));
        let people = &self.desk.world().people;
        let Some(live) = self.desk.world().live(id) else {
            return scores.to_owned();
        };
        let named = live
            .game
            .seats
            .iter()
            .find(|person| people.name(**person).eq_ignore_ascii_case(first));
        match named {
            Some(person) if *person == me => format!("me {rest}"),
            Some(_) => format!("them {rest}"),
            None => scores.to_owned(),
        }
    }
}
