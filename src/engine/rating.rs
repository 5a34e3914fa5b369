//! Results become ratings: each rated match that is over is counted once, by an event in the referee's own stream.
//!
//! What waits to be counted follows from the matches' events, so a crash in between loses nothing: it is counted at the next
//! start.

use super::decided::What;
use super::desk::Desk;
use super::effect::Note;
use super::planted::{self, Bug};
use super::service::ServiceEvent;
use super::world::{Live, World};
use crate::kit::{MatchId, PersonId, Span, Words};
use crate::leagues::{Limits, NotRated, Played, Rated};
use crate::matches::{Event, FORFEIT, MAX_RATED_A_DAY, MIN_RATED_MOVES, RATED_WINDOW};

/// How results count here.
pub const LIMITS: Limits = Limits {
    least_moves: MIN_RATED_MOVES,
    most_of_pair: MAX_RATED_A_DAY,
    within: RATED_WINDOW,
};

/// The result of a match for the ratings, where these events end a rated one.
pub(super) fn ended(live: &Live, events: &[Event]) -> Option<(MatchId, Played)> {
    let game = &live.game;
    let over = |event: &Event| matches!(event, Event::Over { .. });
    if !game.terms.rated || game.started.is_none() || !events.iter().any(over) {
        return None;
    }
    // What was counted once stays counted: a later ruling changes the result, not the ratings of others since.
    if game.case.reopened {
        return None;
    }
    let verdict = game.verdict.as_ref()?;
    let played = Played {
        game: game.terms.game.clone(),
        people: game.seats.clone(),
        places: verdict.places.clone(),
        // What was played elsewhere has no moves here; and who never begins is not to be better off than who resigns.
        moves: match game.terms.is_elsewhere() || verdict.code == FORFEIT {
            true => game.plays.max(MIN_RATED_MOVES),
            false => game.plays,
        },
    };
    Some((game.id, played))
}

impl Desk {
    /// Counts the results that wait.
    pub(super) fn rate(&mut self) {
        while let Some(id) = self.world.ratings.next_due() {
            assert!(!planted::is(Bug::RatingPanics), "planted");
            let Some(rated) = self.world.ratings.decide(id, self.now, &LIMITS) else {
                return;
            };
            let events = vec![ServiceEvent::Rated(rated)];
            let sealed = Vec::new();
            // A disk that takes no writes: counted later.
            if self.stalled.is_some() {
                return;
            }
            if let Err(no) = self.stage(None, None, What::Service { events, sealed }) {
                // It must not hold back the others; a rebuild from the journal tries again.
                tracing::error!(%id, code = %no.code, "a result could not be counted");
                self.world.ratings.pass_over(id);
            }
        }
    }

    /// Whether one more rated match between two people would count, with those that they are playing.
    pub fn would_count(&self, one: PersonId, other: PersonId) -> bool {
        let since = self.now + (Span::ZERO - LIMITS.within);
        let counted = self.world.ratings.between(one, other, since);
        let running = self
            .world
            .matches_of(one)
            .filter(|live| live.game.terms.rated && live.game.names().contains(&other));
        counted + running.count() < LIMITS.most_of_pair
    }
}

/// What the two who played are told; bots ask for their ratings when they want them.
pub(super) fn notes(world: &World, rated: &Rated) -> Vec<Note> {
    let id = rated.about;
    let mut words = match rated.why {
        None => Words::line(format!("[{id}] Ratings: {}.", changes(world, rated))),
        Some(why) => Words::line(format!("[{id}] Not rated: {}", reason(why))),
    };
    if rated.why.is_some() && !rated.people.is_empty() {
        words = words.and(format!("Ratings are now {}.", changes(world, rated)));
    }
    let Some(live) = world
        .live(id)
        .filter(|_| rated.why != Some(NotRated::NoResult))
    else {
        return Vec::new();
    };
    let people = live.game.seats.iter().filter(|id| {
        let person = world.people.get(**id);
        person.is_some_and(|person| !person.bot)
    });
    let note = |to: &PersonId| Note {
        to: *to,
        about: Some(id),
        clan: None,
        words: words.clone(),
        event: None,
        turn: None,
    };
    people.map(note).collect()
}

/// `alice 1500 → 1520, bob 1500 → 1480`
fn changes(world: &World, rated: &Rated) -> String {
    let one = |change: &crate::leagues::Change| {
        let name = world.people.name(change.who);
        format!("{name} {} → {}", change.before, change.after)
    };
    rated.people.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// Why a result does not count, as a sentence.
fn reason(why: NotRated) -> String {
    match why {
        NotRated::NoResult => "there is no result.".to_owned(),
        NotRated::NotOfTwo => "only matches between two people are.".to_owned(),
        NotRated::TooShort => format!("fewer than {MIN_RATED_MOVES} moves were played."),
        NotRated::TooOften => format!(
            "you two had {MAX_RATED_A_DAY} results counted within {}.",
            RATED_WINDOW.words()
        ),
    }
}
