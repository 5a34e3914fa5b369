//! What people are told of what admins do about them, and admins of what the word filter finds.

use super::super::moderating::until_words;
use super::super::moderation::Flag;
use super::{Act, Note, PersonId, ServiceEvent, Words, World};
use crate::kit::clip;
use crate::matches::Match;

/// The effects of an event of moderation; none for others.
pub(super) fn acts(world: &World, event: &ServiceEvent) -> Vec<Act> {
    let contact = &world.policy().contact;
    let disagree = format!("Write to {contact} if you disagree.");
    match event {
        ServiceEvent::Banned {
            who: Some(who),
            reason,
            until,
            ..
        } => {
            let until = match until {
                Some(_) => until_words(*until),
                None => "for good".to_owned(),
            };
            let said = format!(
                "You are banned from this referee {until}: {}.",
                stop(reason)
            );
            tell(world, *who, Words::line(said).and(disagree))
        }
        ServiceEvent::Unbanned { who: Some(who), .. } => {
            tell(world, *who, Words::line("You may use the referee again."))
        }
        ServiceEvent::Muted {
            who, reason, until, ..
        } => {
            let said = format!("You are muted {}: {}.", until_words(*until), stop(reason));
            let words = Words::line(said)
                .and("You can go on playing your matches by writing to me. You cannot challenge or invite others, speak in rooms of mine, or publish anything until then.")
                .and(disagree);
            [tell(world, *who, words), voices(world, *who, false)].concat()
        }
        ServiceEvent::Unmuted { who, reason, .. } => {
            let words = Words::line(match reason.as_str() {
                "" => "You are not muted any more: the time is over.".to_owned(),
                reason => format!("You are not muted any more: {}.", stop(reason)),
            });
            [tell(world, *who, words), voices(world, *who, true)].concat()
        }
        ServiceEvent::Founder { who, on: true, .. } => {
            let words = Words::line("You may found clans here now.");
            tell(
                world,
                *who,
                words.and("Type `help clan-create` to see how."),
            )
        }
        ServiceEvent::Founder { who, on: false, .. } => tell(
            world,
            *who,
            Words::line("You may not found clans here any more."),
        ),
        ServiceEvent::Flagged {
            number,
            flag,
            tell: admins,
        } => {
            let words = flag_words(world, *number, flag);
            let notes = admins.iter().map(|admin| note(*admin, words.clone()));
            notes.collect()
        }
        _ => Vec::new(),
    }
}

fn stop(reason: &str) -> &str {
    reason.trim_end_matches('.')
}

/// Only those who ever wrote to the referee are written to.
fn tell(world: &World, who: PersonId, words: Words) -> Vec<Act> {
    let spoke = world.people.get(who).is_some_and(|person| person.spoke);
    spoke.then(|| note(who, words)).into_iter().collect()
}

fn note(to: PersonId, words: Words) -> Act {
    Act::Tell(Note {
        to,
        about: None,
        clan: None,
        words,
        event: None,
        turn: None,
    })
}

/// Gives or takes voice: in the rooms of the matches that somebody plays, and wherever everybody may speak.
fn voices(world: &World, who: PersonId, on: bool) -> Vec<Act> {
    let plays = |game: &&Match| game.players().iter().any(|(_, person)| *person == who);
    let games = world.matches_of(who).map(|live| &live.game).filter(plays);
    let rooms = games.filter_map(|game| Some((game.id, game.room.clone()?)));
    let voices = rooms.map(|(game, room)| Act::Voice {
        game,
        room,
        people: vec![who],
        on,
    });
    voices.chain([Act::Mute { who, on: !on }]).collect()
}

/// What admins are told of a flag, with what to type next.
fn flag_words(world: &World, number: u64, flag: &Flag) -> Words {
    let name = world.people.name(flag.who);
    let of = flag
        .clan
        .as_ref()
        .map_or(String::new(), |tag| format!(" of {tag}"));
    let text = match flag.text.as_str() {
        "" => String::new(),
        text => format!(": {}", clip(text, 100)),
    };
    Words::line(format!(
        "The word filter ({}) found something in a {}{of} by {name}{text}",
        flag.word, flag.about
    ))
    .and(format!(
        "Nothing was refused. Type `admin flags done={number} reason` when you have seen to it, or `admin history {name}`."
    ))
}
