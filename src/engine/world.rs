//! Everything the referee knows, in memory, and how a record changes it.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::aside::Asides;
use super::behind::{Behind, Told};
use super::clan_rules;
use super::clans::Clans;
use super::decided::{Decided, What};
use super::lists::keep_ranked;
use super::planted::{self, Bug};
use super::ports::{Fault, Place};
use super::rating;
use super::reminders::{self, Reminders};
use super::service::{Service, ServiceEvent};
use super::shares::Shares;
use crate::clans::{ClanEvent, Configured, People, Policy};
use crate::games::Fact;
use crate::kit::{FixtureId, Hash, MatchId, PersonId, Ranked, Seat, Span, Stream, Timestamp};
use crate::leagues::Ratings;
use crate::matches::{Event, Match, Stage, Visibility, grace};

/// Matches looked through for one that has just ended; older ones are in the archive.
const RECENT: usize = 2000;
/// Downtime shorter than this matters to nobody who has days for a move: such matches are not asked to give it back, for
/// there may be a hundred thousand of them.
const NO_MATTER_TO_DAYS: Span = Span::seconds(1);

/// A match in memory, with its place in the journal.
#[derive(Clone, Serialize, Deserialize)]
pub struct Live {
    /// The match itself.
    pub game: Match,
    /// Records in its stream so far.
    pub v: u64,
    /// Hash of its last record.
    pub head: Hash,
    /// Where its records lie in the journal.
    pub places: Vec<Place>,
    /// As spectators see it, where they see it late.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) behind: Option<Box<Behind>>,
    /// The wake-up that is in the timers.
    wake: Option<Timestamp>,
    /// When a player is to be told again, as it stands among the reminders.
    #[serde(skip)]
    again: Option<Timestamp>,
}

/// All live state. Changed by [`World::apply`] alone (people apart, whose book is not the journal).
#[derive(Clone, Default)]
pub struct World {
    /// The component's domain.
    pub domain: String,
    /// The address book.
    pub people: People,
    /// The referee's own affairs.
    pub service: Service,
    /// Everybody's ratings, and the results that wait to be counted.
    pub ratings: Ratings,
    /// The clans.
    pub clans: Clans,
    /// Matches that are not archived.
    pub(super) live: BTreeMap<MatchId, Live>,
    pub(super) by_person: BTreeMap<PersonId, BTreeSet<MatchId>>,
    /// What counts for the limits of people.
    pub(super) shares: Shares,
    pub(super) listed: Ranked<MatchId>,
    pub(super) open: Ranked<MatchId>,
    /// Matches that wait for a human referee.
    pub(super) cases: BTreeSet<MatchId>,
    /// Who watches which match.
    pub(super) watching: BTreeSet<(PersonId, MatchId)>,
    /// Over, and not archived yet.
    pub(super) over: BTreeSet<MatchId>,
    /// Which match is played on which board of a team match.
    boards: BTreeMap<(MatchId, u8), MatchId>,
    /// Team matches of which something may be due: a board that is not there, a result not heard of.
    pub(super) stirred: BTreeSet<MatchId>,
    /// Which match is played for a match between clans, while it is in memory.
    fixtures: BTreeMap<FixtureId, MatchId>,
    pub(super) timers: BTreeSet<(Timestamp, MatchId)>,
    /// Who is to be told again of what waits, and when.
    pub(super) reminders: Reminders,
    /// Matches in which some clock runs.
    pub(super) ticking: BTreeSet<MatchId>,
    /// Matches in play whose players sit and wait for each other.
    pub(super) timed: BTreeSet<MatchId>,
    /// The highest match number given out.
    pub last_match: u64,
    /// Global number of the last applied record.
    pub n: u64,
    /// When the last record was decided.
    pub at: Timestamp,
    /// The highest person number that any record names: ids are never reused, even when people were forgotten.
    pub last_person: u64,
    /// Matches changed since the last checkpoint.
    pub dirty: BTreeSet<MatchId>,
    /// Matches and clans whose record cannot be read.
    pub aside: Asides,
    /// Bare JIDs of the admins.
    pub(super) admins: BTreeSet<String>,
    /// What the configuration says of the rules of the community.
    pub(super) configured: Configured,
    /// The rules that hold.
    pub(super) policy: Policy,
}

/// What the events of one record had to say, event by event.
pub type Facts = Vec<Vec<Fact>>;

/// What came of a record.
#[derive(Default)]
pub struct Applied {
    /// What its events had to say to the players.
    pub facts: Facts,
    /// What spectators are told now, where that is not the same at the same time.
    pub told: Option<Vec<Told>>,
}

impl World {
    /// A world without history.
    pub fn new(domain: &str) -> World {
        World {
            domain: domain.to_owned(),
            ..World::default()
        }
    }

    /// A match that is not archived yet.
    pub fn live(&self, id: MatchId) -> Option<&Live> {
        self.live.get(&id)
    }

    /// The matches a person takes part in, that are not over.
    pub fn matches_of(&self, person: PersonId) -> impl DoubleEndedIterator<Item = &Live> {
        self.by_person
            .get(&person)
            .into_iter()
            .flatten()
            .filter_map(|id| self.live.get(id))
    }

    /// The match of a person that ended last and is not archived yet.
    pub fn recently_over(&self, person: PersonId) -> Option<&Live> {
        let recent = self.recently_ended().take(RECENT);
        let mine = recent.filter(|live| live.game.seat_of(person).is_some());
        mine.max_by_key(|live| (live.game.ended, live.game.id))
    }

    /// The matches that are over and not archived yet, newest first.
    pub fn recently_ended(&self) -> impl Iterator<Item = &Live> {
        self.over.iter().rev().filter_map(|id| self.live.get(id))
    }

    /// Matches in play whose players sit and wait for each other.
    pub fn timed_matches(&self) -> impl Iterator<Item = &Live> {
        self.timed.iter().filter_map(|id| self.live.get(id))
    }

    /// Whether a match is one of [`World::timed_matches`].
    pub fn is_timed(&self, id: MatchId) -> bool {
        self.timed.contains(&id)
    }

    /// Matches that wait for a ruling, in order of ids.
    pub fn cases(&self) -> impl Iterator<Item = &Live> {
        self.cases.iter().filter_map(|id| self.live.get(id))
    }

    /// All matches in memory.
    pub fn all_live(&self) -> impl Iterator<Item = &Live> {
        self.live.values()
    }

    /// The next moment at which some match or the service wants to be looked at.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let game = self.timers.first().map(|(at, _)| *at);
        let stirs = !self.stirred.is_empty() || self.clans.has_stirred();
        let stirred = stirs.then_some(self.at);
        [
            game,
            stirred,
            self.service.next_wake(),
            self.clans.next_wake(),
            self.reminders.next_wake(),
        ]
        .into_iter()
        .flatten()
        .min()
    }

    /// The matches whose time has come, at most `limit`.
    pub fn due(&self, now: Timestamp, limit: usize) -> Vec<MatchId> {
        let due = self.timers.iter().take_while(|(at, _)| *at <= now);
        due.take(limit).map(|(_, id)| *id).collect()
    }

    /// Whether any clock runs.
    pub fn any_clock_runs(&self) -> bool {
        !self.ticking.is_empty()
    }

    /// Applies a record. Fails only for records that cannot have been written by this referee's rules.
    pub fn apply(
        &mut self,
        decided: &Decided,
        prev: Hash,
        place: Option<Place>,
    ) -> Result<Applied, Fault> {
        let fold = |why: String| Fault::Fold { n: decided.n, why };
        if decided.n != self.n + 1 {
            return Err(fold(format!("record {} was expected", self.n + 1)));
        }
        let applied = match &decided.what {
            What::Service { events, sealed } => {
                if prev != self.service.head.unwrap_or(Hash::ZERO)
                    || decided.v != self.service.v + 1
                {
                    return Err(fold("the service chain is broken".to_owned()));
                }
                for event in events {
                    self.service.evolve(decided.at, event, sealed);
                    let moderation = &mut self.service.moderation;
                    moderation.evolve(decided.at, decided.by, event);
                    match event {
                        ServiceEvent::Down { from, to } => self.owe(*from, *to),
                        ServiceEvent::Returned { stream, since, .. } => {
                            if let Ok(Stream::Match(id)) = stream.parse() {
                                self.owe_to(id, *since, decided.at);
                            }
                        }
                        ServiceEvent::Digested { who, .. } => self.replan(*who),
                        ServiceEvent::Rated(rated) => self.ratings.evolve(rated),
                        // No record may name somebody who was forgotten and came again by the number of another.
                        ServiceEvent::Forgotten { who, .. }
                        | ServiceEvent::HandleKept { who, .. } => {
                            self.last_person = self.last_person.max(who.0);
                        }
                        ServiceEvent::Policy { .. } => self.reckon_policy(),
                        _ => {}
                    }
                }
                self.service.v = decided.v;
                self.service.head = Some(decided.hash);
                Applied::default()
            }
            What::Clan { tag, events } => {
                self.clans
                    .apply(decided, *tag, events, prev, place)
                    .map_err(fold)?;
                for event in events {
                    let done = clan_rules::measure_of(decided.at, decided.by, *tag, event);
                    if let Some((who, measure)) = done {
                        self.service.moderation.measure(who, measure);
                    }
                }
                let named = events.iter().filter_map(ClanEvent::who).chain(decided.by);
                self.last_person = named.fold(self.last_person, |last, who| last.max(who.0));
                Applied::default()
            }
            What::Match { id, made } => {
                let parts = |event: &Event| {
                    matches!(event, Event::Named { .. } | Event::Unlisted { .. })
                        || matches!(event, Event::Kept { .. } | Event::Replaced { .. })
                };
                let known = (self.live.get(id)).filter(|_| made.events.iter().any(parts));
                let before = known.map_or_else(Vec::new, |live| live.game.people());
                let told = self
                    .apply_to_match(decided, *id, prev, place, made)
                    .map_err(fold)?;
                let live = self.live.get(id);
                if let Some((id, played)) = live.and_then(|live| rating::ended(live, &made.events))
                {
                    self.ratings.over(id, played);
                }
                self.reindex(*id);
                self.part(*id, &before);
                self.note_watchers(*id, &made.events);
                told
            }
        };
        self.n = decided.n;
        self.at = self.at.max(decided.at);
        Ok(applied)
    }

    fn apply_to_match(
        &mut self,
        decided: &Decided,
        id: MatchId,
        prev: Hash,
        place: Option<Place>,
        made: &crate::matches::Decision,
    ) -> Result<Applied, String> {
        let mut facts = Facts::new();
        let mut events = made.events.as_slice();
        let live = match self.live.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(free) => {
                let (first, rest) = events.split_first().ok_or("an empty first record")?;
                let game =
                    Match::begin(id, decided.at, first, &made.sealed).map_err(|no| no.text)?;
                self.last_match = self.last_match.max(id.0);
                facts.push(Vec::new());
                events = rest;
                let live = free.insert(Live {
                    game,
                    v: 0,
                    head: Hash::ZERO,
                    places: Vec::new(),
                    behind: None,
                    wake: None,
                    again: None,
                });
                live.behind = live.is_held_back().then(|| Box::new(Behind::of(live)));
                live
            }
        };
        if prev != live.head || decided.v != live.v + 1 {
            return Err(format!("the chain of {id} is broken"));
        }
        for event in events {
            facts.push(
                live.game
                    .evolve(decided.at, event, &made.sealed)
                    .map_err(|no| no.text)?,
            );
            if planted::is(Bug::DoubleEvolve) && place.is_none() {
                let _ = live.game.evolve(decided.at, event, &made.sealed);
            }
        }
        live.v = decided.v;
        live.head = decided.hash;
        live.places.extend(place);
        let begun = made.events.len() - events.len();
        let told = match live.behind.as_mut() {
            Some(behind) => Some(
                behind
                    .follow(decided, begun, live.game.told())
                    .map_err(|no| no.text)?,
            ),
            None => None,
        };
        if !live.is_held_back() {
            live.behind = None;
        }
        Ok(Applied { facts, told })
    }

    /// Notes where the newest record of a stream lies, once the journal knows.
    pub fn set_place(&mut self, stream: Stream, place: Place) {
        match stream {
            Stream::Service => {}
            Stream::Clan(tag) => self.clans.set_place(tag, place),
            Stream::Match(id) => {
                if let Some(live) = self.live.get_mut(&id) {
                    live.places.push(place);
                }
            }
        }
    }

    fn owe(&mut self, from: Timestamp, to: Timestamp) {
        let ids: Vec<MatchId> = match to - from < NO_MATTER_TO_DAYS {
            true => self.timed.iter().copied().collect(),
            false => self.live.keys().copied().collect(),
        };
        ids.into_iter().for_each(|id| self.owe_to(id, from, to));
    }

    fn owe_to(&mut self, id: MatchId, from: Timestamp, to: Timestamp) {
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        if live.game.stage == Stage::Started && !live.game.terms.clock.is_none() {
            live.game.owe(from, to);
            if let Some(behind) = live.behind.as_mut() {
                behind.shown.game.owe(from, to);
            }
            self.reindex(id);
        }
    }

    fn reindex(&mut self, id: MatchId) {
        self.dirty.insert(id);
        let Some(live) = self.live.get_mut(&id) else {
            return;
        };
        let wake = live.game.next_wake();
        if wake != live.wake {
            if let Some(old) = live.wake {
                self.timers.remove(&(old, id));
            }
            if let Some(new) = wake
                && !planted::is(Bug::LostWakeUp)
            {
                self.timers.insert((new, id));
            }
            live.wake = wake;
        }
        let again = reminders::next_reminder(&live.game, &self.people);
        self.reminders.follow(live.again, again, id);
        live.again = again;
        let game = &live.game;
        let over = game.stage == Stage::Over;
        if game.terms.boards() > 0 {
            keep(&mut self.stirred, id, game.stage == Stage::Started);
        }
        if let Some(parent) = game.terms.parent() {
            self.boards.insert((parent.game, parent.board), id);
            if over {
                self.stirred.insert(parent.game);
            }
        }
        if let Some(fixture) = game
            .terms
            .fixture()
            .filter(|_| game.terms.parent().is_none())
        {
            self.fixtures.insert(fixture.id, id);
            if over || game.case.reopened {
                self.clans.stir(fixture.id);
            }
        }
        let settled = game.is_settled();
        self.shares.follow(game);
        for person in game.people() {
            self.last_person = self.last_person.max(person.0);
            let mine = self.by_person.entry(person).or_default();
            if settled {
                mine.remove(&id)
            } else {
                mine.insert(id)
            };
            if mine.is_empty() {
                self.by_person.remove(&person);
            }
        }
        let public = game.terms.visibility == Visibility::Public;
        let ticks = game.time_runs();
        keep(&mut self.ticking, id, ticks);
        let plays = matches!(
            game.stage,
            Stage::Started | Stage::Paused | Stage::Adjourned
        );
        let timed = plays && grace(game.terms.clock, Seat(0)).is_some();
        keep(&mut self.timed, id, timed);
        keep_ranked(&mut self.listed, id, public && !over);
        keep_ranked(&mut self.open, id, public && game.stage == Stage::Open);
        keep(&mut self.over, id, over);
        keep(&mut self.cases, id, game.waits_for_ruling());
    }

    /// The match that is played on a board of a team match, while it is in memory.
    pub fn board_of(&self, team: MatchId, board: u8) -> Option<MatchId> {
        self.boards.get(&(team, board)).copied()
    }

    /// The match that is played for a match between clans, while it is in memory.
    pub fn match_of(&self, fixture: FixtureId) -> Option<MatchId> {
        self.fixtures.get(&fixture).copied()
    }

    /// The team matches to be brought up to date; each is named once.
    pub fn take_stirred(&mut self, limit: usize) -> Vec<MatchId> {
        let stirred: Vec<MatchId> = self.stirred.iter().take(limit).copied().collect();
        stirred.iter().for_each(|id| {
            self.stirred.remove(id);
        });
        stirred
    }

    /// Lets go of those who have no more to do with a match than anybody else.
    fn part(&mut self, id: MatchId, before: &[PersonId]) {
        let after = self.live.get(&id).map(|live| live.game.people());
        for person in before {
            if after.as_ref().is_none_or(|after| !after.contains(person)) {
                self.shares.part(*person, id);
                if let Some(mine) = self.by_person.get_mut(person) {
                    mine.remove(&id);
                }
            }
        }
    }

    /// Puts a match from a snapshot in place.
    pub fn restore(&mut self, mut live: Live) {
        let id = live.game.id;
        (live.wake, live.again) = (None, None);
        self.last_match = self.last_match.max(id.0);
        let watchers = live.game.watchers.iter();
        self.watching.extend(watchers.map(|who| (*who, id)));
        self.live.insert(id, live);
        self.reindex(id);
        self.dirty.remove(&id);
    }

    /// Lets go of a match that is over and needs nothing more.
    pub fn archive(&mut self, id: MatchId) {
        self.over.remove(&id);
        let Some(live) = self.live.remove(&id) else {
            return;
        };
        for person in live.game.people() {
            self.shares.part(person, id);
        }
        for who in &live.game.watchers {
            self.watching.remove(&(*who, id));
        }
        if let Some(parent) = live.game.terms.parent() {
            self.boards.remove(&(parent.game, parent.board));
        } else if let Some(fixture) = live.game.terms.fixture() {
            self.fixtures.remove(&fixture.id);
        }
        if let Some(wake) = live.wake {
            self.timers.remove(&(wake, id));
        }
    }

    /// A person's choices have changed: when they are to be told again of what waits, and of everything once a day.
    pub(super) fn replan(&mut self, who: PersonId) {
        let Some(person) = self.people.get(who) else {
            return;
        };
        self.reminders.plan_digest(person, &self.service);
        let mine: Vec<MatchId> = self
            .by_person
            .get(&who)
            .into_iter()
            .flatten()
            .copied()
            .collect();
        for id in mine {
            if let Some(live) = self.live.get_mut(&id) {
                let again = reminders::next_reminder(&live.game, &self.people);
                self.reminders.follow(live.again, again, id);
                live.again = again;
            }
        }
    }

    /// A reminder that cannot be given is dropped, so that it does not wake the writer for ever.
    pub(super) fn drop_reminder(&mut self, id: MatchId) {
        if let Some(live) = self.live.get_mut(&id) {
            self.reminders.follow(live.again.take(), None, id);
        }
    }
}

fn keep(set: &mut BTreeSet<MatchId>, id: MatchId, wanted: bool) {
    if wanted {
        set.insert(id);
    } else {
        set.remove(&id);
    }
}

/// Whether an event concerns the people outside the match at all.
pub fn is_news(event: &Event) -> bool {
    matches!(
        event,
        Event::Opened { .. } | Event::Started { .. } | Event::Over { .. }
    )
}
