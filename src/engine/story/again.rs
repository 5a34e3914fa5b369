//! What is told again: a turn that was not answered, and everything that waits.

use super::sentences::capital;
use super::{Act, Event, Story, Viewer, Words, World};
use crate::engine::effect::Note;
use crate::engine::{agenda, waiting};
use crate::games::Prompt;
use crate::kit::{ClanTag, MatchId, PersonId, Seat, Timestamp};

impl Story<'_> {
    /// The turn of everybody who is reminded by this record, with the number that it had before.
    pub(super) fn tell_again(&self, acts: &mut Vec<Act>) {
        for event in self.events {
            if let Event::Reminded { seat } = event
                && let Some(person) = self.game().seats.get(seat.index())
            {
                acts.push(Act::Tell(self.reminder(*person, *seat)));
            }
        }
    }

    fn reminder(&self, to: PersonId, seat: Seat) -> Note {
        let game = self.game();
        let others = game.seats.iter().filter(|person| **person != to);
        let others: Vec<String> = others.map(|person| self.people.name(*person)).collect();
        let turn = game.turns().iter().find(|turn| turn.seat == seat);
        let left = turn
            .and_then(|turn| game.answer_by(turn))
            .map(|by| format!(", {} left", waiting::left_words(by - self.decided.at)));
        // A program reads the event alone.
        let words = if self.is_bot(to) {
            Words::default()
        } else {
            Words::line(format!(
                "[{}] Your match against {} still waits for you.",
                game.id,
                others.join(", ")
            ))
            .board(game.view(Viewer::Seat(seat)).board)
            .and(match game.prompt(seat) {
                Some(prompt) => turn_said(&prompt, &left.unwrap_or_default()),
                None => format!(
                    "It is your turn{}. Type your move, or `show {}` for the ways to move.",
                    left.unwrap_or_default(),
                    game.id
                ),
            })
        };
        let again = turn.map_or(1, |turn| turn.reminded);
        let event = self.event_out(Viewer::Seat(seat), true);
        Note {
            to,
            about: Some(game.id),
            clan: None,
            words,
            event: event.map(|event| crate::engine::EventOut { again, ..event }),
            turn: Some((seat, game.plays)),
        }
    }
}

/// What the game asks for, with the time that is left.
fn turn_said(prompt: &Prompt, left: &str) -> String {
    format!("{}{left}. {}", capital(&prompt.task), prompt.how)
}

/// One message after quiet hours: where something happened, and what waits now.
pub(super) fn rested(
    world: &World,
    who: PersonId,
    about: &[MatchId],
    clans: &[ClanTag],
    at: Timestamp,
) -> Option<Act> {
    let soon = agenda::soon(world, who, clans, at);
    let matches = about.iter().map(ToString::to_string);
    let clans = clans.iter().map(|tag| format!("clan {tag}"));
    let ids: Vec<String> = matches.chain(clans).collect();
    let words = Words::line(format!(
        "While it was quiet, something happened in {}.",
        ids.join(", ")
    ));
    let words = soon.into_iter().fold(words, Words::and);
    Some(Act::Tell(note(world, who, at, words)))
}

/// The daily digest; nothing when nothing waited.
pub(super) fn digested(
    world: &World,
    who: PersonId,
    about: &[MatchId],
    at: Timestamp,
) -> Option<Act> {
    let waits = !about.is_empty();
    waits.then(|| Act::Tell(note(world, who, at, Words::default())))
}

fn note(world: &World, who: PersonId, at: Timestamp, lead: Words) -> Note {
    let words = waiting::digest(world, who, at, lead);
    Note {
        to: who,
        about: None,
        clan: None,
        words: words.and("Type `my` to see everything that waits for you."),
        event: None,
        turn: None,
    }
}
