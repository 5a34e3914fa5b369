//! When somebody is to be told again of what waits for them. Nothing here is stored: a reminder is due by the match's turn
//! and the person's choice, a daily digest by the last one and the person's choice, and this is only the order of both.

use std::collections::{BTreeMap, BTreeSet};

use super::desk::Desk;
use super::planted::{self, Bug};
use super::service::{Service, ServiceEvent};
use super::waiting;
use super::world::Live;
use crate::clans::{People, Person, Remind};
use crate::kit::{MatchId, PersonId, Seat, Timestamp};
use crate::matches::{Ask, Match, Turn};

/// Due times in order.
#[derive(Clone, Default)]
pub struct Reminders {
    turns: BTreeSet<(Timestamp, MatchId)>,
    digests: BTreeSet<(Timestamp, PersonId)>,
    digest_of: BTreeMap<PersonId, Timestamp>,
}

impl Reminders {
    /// A match or the choice of one of its players has changed: `before` is when it was due.
    pub fn follow(&mut self, before: Option<Timestamp>, after: Option<Timestamp>, id: MatchId) {
        if before == after {
            return;
        }
        if let Some(old) = before {
            self.turns.remove(&(old, id));
        }
        if let Some(new) = after {
            self.turns.insert((new, id));
        }
    }

    /// The matches in which somebody is to be reminded, at most `limit`.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<MatchId> {
        let due = self.turns.iter().take_while(|(at, _)| *at <= now);
        due.take(limit).map(|(_, id)| *id).collect()
    }

    /// Nobody is to be reminded of this match.
    pub fn forget(&mut self, id: MatchId) {
        self.turns.retain(|(_, other)| *other != id);
    }

    /// A person's choice, or the last digest, has changed.
    pub fn plan_digest(&mut self, person: &Person, service: &Service) {
        if let Some(old) = self.digest_of.remove(&person.id) {
            self.digests.remove(&(old, person.id));
        }
        if let Some(due) = person.digest_due(service.digested.get(&person.id).copied()) {
            self.digests.insert((due, person.id));
            self.digest_of.insert(person.id, due);
        }
    }

    /// Everybody's choice, after a start.
    pub fn plan_digests(&mut self, people: &People, service: &Service) {
        let chosen = people.iter().filter(|person| person.digest.is_some());
        chosen.for_each(|person| self.plan_digest(person, service));
    }

    /// Whose digest is due, at most `limit`.
    pub fn due_digests(&self, now: Timestamp, limit: usize) -> Vec<PersonId> {
        let due = self.digests.iter().take_while(|(at, _)| *at <= now);
        due.take(limit).map(|(_, who)| *who).collect()
    }

    /// When the next of them is due.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let turn = self.turns.first().map(|(at, _)| *at);
        let digest = self.digests.first().map(|(at, _)| *at);
        [turn, digest].into_iter().flatten().min()
    }
}

/// When a match's first reminder is due, by the choices of its players.
pub fn next_reminder(game: &Match, people: &People) -> Option<Timestamp> {
    let turns = game.turns().iter();
    turns.filter_map(|turn| due(game, turn, people)).min()
}

/// The seats that are to be reminded now.
pub fn due_seats(live: &Live, people: &People, now: Timestamp) -> Vec<Seat> {
    let turns = live.game.turns().iter();
    let due = turns.filter(|turn| due(&live.game, turn, people).is_some_and(|at| at <= now));
    due.map(|turn| turn.seat).collect()
}

fn due(game: &Match, turn: &Turn, people: &People) -> Option<Timestamp> {
    let who = game.seats.get(turn.seat.index())?;
    let person = people.get(*who)?;
    if !turn.may_be_told_again() {
        return None;
    }
    match person.remind {
        Some(Remind::Off) => None,
        // What was held back over quiet hours was told when they ended: the time begins there.
        Some(Remind::After(span)) => Some(person.awake_from(turn.told) + span),
        // A program asks `my` itself.
        None if person.bot => None,
        None => game.usual_reminder(turn),
    }
}

impl Desk {
    /// Tells those who did not answer again that it is their turn.
    pub(super) fn remind(&mut self, id: MatchId) {
        let seats = (self.world.live(id))
            .map(|live| due_seats(live, &self.world.people, self.now))
            .unwrap_or_default();
        for seat in seats {
            if let Err(refusal) = self.act(None, id, &Ask::Remind { seat }, None) {
                tracing::debug!(%id, code = %refusal.code, "nobody is reminded any more");
            }
        }
        let due = |live: &Live| !due_seats(live, &self.world.people, self.now).is_empty();
        if self.world.live(id).is_some_and(due) {
            self.world.drop_reminder(id);
        }
    }

    /// Tells somebody everything that waits, where anything does.
    pub(super) fn digest(&mut self, who: PersonId) {
        assert!(!planted::is(Bug::DigestPanics), "planted");
        let waiting = waiting::waiting(&self.world, who, self.now);
        let about = waiting.iter().map(|one| one.game.id);
        let about = about.take(waiting::DIGEST_LINES).collect();
        let _ = self.serve(None, ServiceEvent::Digested { who, about });
    }
}
