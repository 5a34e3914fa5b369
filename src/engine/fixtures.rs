//! Matches between clans: kept in step in the streams of both, set up when they are due, and counted when they are over.
//!
//! No record spans two streams. The clan that challenged decides what both decide together; what the other stream lacks, the
//! match that is to be played, and its result follow from what the streams say, step by step ([`Desk::tend_fixture`]). Each
//! step counts once however often it is asked for, so it is simply looked for again after a crash.

use super::clans::LiveClan;
use super::decided::What;
use super::desk::{Desk, Found};
use crate::clans::fixtures::{
    Ask, Event, Fixture as Agreed, FixtureStage, LineUp, MAX_OPEN_ALL, Off, Outcome,
    no_such_fixture,
};
use crate::clans::{Clan, ClanAsk, ClanStage, Permission};
use crate::games::Verdict;
use crate::kit::{ClanTag, FixtureId, Hash, MatchId, PersonId, Refusal, Seat, refuse};
use crate::matches::{self, Fixture, Tally, Team, Terms, place_of, points};

/// Steps of one match between clans that are made at a time; it never needs as many.
const MAX_STEPS: usize = 16;

/// What a match between clans lacks.
enum Step {
    /// Something in the stream of a clan.
    In(ClanTag, Ask),
    /// The match itself.
    Play,
}

impl Desk {
    /// Asks something about a match between clans for one of its sides. What both decide together goes to the clan that
    /// challenged; that the person may speak for the side is judged here, where both are known.
    ///
    /// # Errors
    /// Whatever the clan refuses; `fixture/unknown` for a match of other clans.
    pub fn act_in_fixture(
        &mut self,
        by: PersonId,
        side: ClanTag,
        ask: Ask,
        req: Option<&str>,
    ) -> Result<FixtureId, Refusal> {
        let (stream, known) = match &ask {
            Ask::Call { to, .. } => {
                self.check_called(*to)?;
                (side, None)
            }
            Ask::Counter { fixture, .. }
            | Ask::Agree { fixture, .. }
            | Ask::End { fixture, .. } => {
                self.clan(side)?.clan.require(by, Permission::Speak)?;
                (fixture.home, Some(*fixture))
            }
            Ask::Name { fixture, lineup } => {
                self.check_other_side(*fixture, side, lineup)?;
                (side, Some(*fixture))
            }
            Ask::StepDown { fixture } => (side, Some(*fixture)),
            _ => return Err(refuse("fixture/misfit", "That is for the referee itself.")),
        };
        if let Some(fixture) = known {
            // What is due in either stream counts before whatever is asked now.
            self.clan(stream).map_err(|_| no_such_fixture(fixture))?;
            self.wake_clan(fixture.home);
            self.tend_fixture(fixture, None);
        }
        self.act_in_clan(Some(by), stream, &ClanAsk::Fixture(ask), req)?;
        let newest = || {
            self.world
                .clans
                .get(stream)
                .map(|live| live.clan.fixtures.newest(stream))
        };
        let id = known
            .or_else(newest)
            .ok_or_else(|| super::no_such_clan(stream.as_str()))?;
        self.tend_fixture(id, Some(by));
        Ok(id)
    }

    fn check_called(&self, to: ClanTag) -> Result<(), Refusal> {
        let clan = &self.clan(to)?.clan;
        if clan.stage != ClanStage::Active {
            return Err(
                refuse("clan/disbanding", format!("{to} is being given up."))
                    .hint("Type `clans` to see the others."),
            );
        }
        if clan.fixtures.open.len() >= MAX_OPEN_ALL {
            return Err(refuse(
                "fixture/too-many",
                format!("{to} has many matches to answer or to play."),
            )
            .hint("Ask again when some of them are over."));
        }
        Ok(())
    }

    /// Nobody plays for both sides.
    fn check_other_side(
        &self,
        id: FixtureId,
        side: ClanTag,
        lineup: &LineUp,
    ) -> Result<(), Refusal> {
        let own = self.clan(side)?.clan.fixtures.open.get(&id);
        let other = own.and_then(|own| self.world.clans.get(own.with));
        let theirs = other.and_then(|other| other.clan.fixtures.open.get(&id)?.lineup.as_ref());
        let both = |who: PersonId| theirs.is_some_and(|theirs| theirs.all().any(|one| one == who));
        match lineup.all().find(|who| both(*who)) {
            None => Ok(()),
            Some(who) => Err(refuse(
                "fixture/both-sides",
                format!(
                    "{} is in the line-up of the other clan.",
                    self.world.people.name(who)
                ),
            )
            .hint("Name somebody else.")),
        }
    }

    /// Gives a match between clans what it lacks in either stream. What follows from what somebody has just decided is
    /// recorded as theirs.
    pub(super) fn tend_fixture(&mut self, id: FixtureId, by: Option<PersonId>) {
        for _ in 0..MAX_STEPS {
            let done = match self.next_step(id) {
                None => return,
                Some(Step::In(tag, ask)) => {
                    let theirs = matches!(ask, Ask::Follow(_) | Ask::CallOff { .. });
                    let by = by.filter(|_| theirs);
                    self.go_on_in_clan(by, tag, &ClanAsk::Fixture(ask), None)
                }
                Some(Step::Play) => self.play(id),
            };
            if let Err(refusal) = done {
                tracing::error!(fixture = %id, code = %refusal.code, "a match between clans could not be brought up to date");
                return;
            }
        }
    }

    fn living(&self, tag: ClanTag) -> Option<&LiveClan> {
        self.world
            .clans
            .get(tag)
            .filter(|live| live.clan.is_alive())
    }

    fn next_step(&self, id: FixtureId) -> Option<Step> {
        let home = &self.world.clans.get(id.home)?.clan;
        if let Some(ended) = home.fixtures.ended(id) {
            let other = self.living(ended.with)?;
            let (why, side) = (ended.why, ended.side);
            let ask = Ask::CallOff {
                fixture: id,
                why,
                side,
            };
            return (other.clan.fixtures.open.contains_key(&id))
                .then_some(Step::In(ended.with, ask));
        }
        let here = home.fixtures.open.get(&id);
        let played = home
            .fixtures
            .played(id)
            .map(|played| (played.id, played.with));
        let playing = here.and_then(|here| match here.stage {
            FixtureStage::Playing { game } => Some((game, here.with)),
            _ => None,
        });
        match (playing.or(played), here) {
            (Some((game, with)), _) => self.next_result(id, game, with),
            (None, Some(here)) => self.next_before(id, here),
            (None, None) => None,
        }
    }

    /// Before it has begun.
    fn next_before(&self, id: FixtureId, here: &Agreed) -> Option<Step> {
        let home = |ask: Ask| Some(Step::In(id.home, ask));
        let away = |ask: Ask| Some(Step::In(here.with, ask));
        let follow = |event: Event| away(Ask::Follow(Box::new(event)));
        let Some(other) = self.living(here.with) else {
            return home(Ask::CallOff {
                fixture: id,
                why: Off::Disbanded,
                side: Some(here.with),
            });
        };
        let (fixture, offer) = (id, here.offer.clone());
        let until = match here.stage {
            FixtureStage::Talking { until } => until,
            _ => self.now,
        };
        let Some(there) = other.clan.fixtures.open.get(&id) else {
            let with = id.home;
            return follow(Event::Called {
                fixture,
                with,
                offer,
                until,
            });
        };
        let talking = matches!(there.stage, FixtureStage::Talking { .. });
        if talking && there.round < here.round {
            let round = here.round;
            return follow(Event::Countered {
                fixture,
                offer,
                round,
                until,
            });
        }
        match (here.stage, here.captains) {
            (FixtureStage::Agreed { lock }, Some(captains)) if talking => follow(Event::Agreed {
                fixture,
                captains,
                lock,
            }),
            (FixtureStage::Agreed { .. }, _) => {
                let both_in = here.offer.at.is_none() && here.is_full() && there.is_full();
                if !here.locked && (both_in || there.locked) {
                    return home(Ask::Lock { fixture });
                }
                (here.locked && !there.locked).then_some(Step::In(here.with, Ask::Lock { fixture }))
            }
            (FixtureStage::Due, _) if !there.locked => away(Ask::Lock { fixture }),
            (FixtureStage::Due, _) => match [(here, id.home), (there, here.with)]
                .into_iter()
                .find(|(one, _)| !one.is_full())
            {
                None => Some(Step::Play),
                Some((_, side)) => home(Ask::CallOff {
                    fixture,
                    why: Off::NoLineup,
                    side: Some(side),
                }),
            },
            _ => None,
        }
    }

    /// Once it has begun: what came of it, in both streams.
    fn next_result(&self, id: FixtureId, game: MatchId, with: ClanTag) -> Option<Step> {
        let now = self.result_of(game)?;
        for (tag, turned) in [(id.home, false), (with, true)] {
            let Some(live) = self.living(tag) else {
                continue;
            };
            let fixtures = &live.clan.fixtures;
            let open = fixtures.open.get(&id).map(|open| open.stage);
            if open.is_some_and(|stage| stage != FixtureStage::Playing { game }) {
                return Some(Step::In(tag, Ask::Begin { fixture: id, game }));
            }
            let known = fixtures
                .played(id)
                .map(|played| (played.outcome, &played.score));
            if open.is_none() && known.is_none() {
                continue;
            }
            let (outcome, score) = match (&now, turned) {
                (None, _) => (None, String::new()),
                (Some(now), false) => (Some(now.outcome), now.score(0)),
                (Some(now), true) => (Some(now.outcome.turned()), now.score(1)),
            };
            let lacks = match known {
                None => outcome.is_some(),
                Some(known) => known != (outcome, &score),
            };
            if lacks {
                let ask = Ask::Count {
                    fixture: id,
                    outcome,
                    score,
                };
                return Some(Step::In(tag, ask));
            }
        }
        None
    }

    /// Sets the match up, by what was agreed and with the line-ups as they were locked.
    fn play(&mut self, id: FixtureId) -> Result<(), Refusal> {
        let game = match self.world.match_of(id) {
            Some(game) => game,
            None => match self.set_up_fixture(id) {
                Ok(game) => game,
                Err(refusal) if Desk::passes(&refusal) => return Err(refusal),
                Err(refusal) => {
                    tracing::warn!(fixture = %id, code = %refusal.code, "a match between clans could not be set up");
                    let (why, side) = (Off::Misfit, None);
                    let ask = Ask::CallOff {
                        fixture: id,
                        why,
                        side,
                    };
                    return self.act_in_clan(None, id.home, &ClanAsk::Fixture(ask), None);
                }
            },
        };
        let ask = Ask::Begin { fixture: id, game };
        self.act_in_clan(None, id.home, &ClanAsk::Fixture(ask), None)
    }

    fn set_up_fixture(&mut self, id: FixtureId) -> Result<MatchId, Refusal> {
        self.check_writable()?;
        let (seats, terms) = self.fixture_terms(id).ok_or_else(|| {
            refuse(
                "fixture/misfit",
                "The line-ups or the terms do not fit any more.",
            )
        })?;
        let game = MatchId(self.world.last_match + 1);
        let seed = Hash(self.ports.entropy.seed());
        let made = matches::pair(game, self.now, seats, terms, seed)?;
        self.stage(None, None, What::Match { id: game, made })?;
        Ok(game)
    }

    /// The captains of both sides and the terms with their line-ups; nothing when somebody would play on both sides.
    fn fixture_terms(&self, id: FixtureId) -> Option<([PersonId; 2], Terms)> {
        let home = &self.world.clans.get(id.home)?.clan;
        let here = home.fixtures.open.get(&id)?;
        let away = &self.world.clans.get(here.with)?.clan;
        let there = away.fixtures.open.get(&id)?;
        let mut terms: Terms = serde_json::from_value(here.offer.terms.clone()).ok()?;
        let (one, other) = (
            side(home, id, here, &terms)?,
            side(away, id, there, &terms)?,
        );
        let everybody = |side: &SideOf| -> Vec<PersonId> {
            let named = side.people.iter().chain(&side.subs).copied();
            named.chain([side.captain]).collect()
        };
        let theirs = everybody(&other);
        if everybody(&one).iter().any(|who| theirs.contains(who)) {
            return None;
        }
        let captains = [one.captain, other.captain];
        let mut format = terms.format.take().unwrap_or_default();
        format.fixture = Some(Fixture {
            id,
            clans: [id.home, here.with],
            people: [one.people, other.people],
            subs: [one.subs, other.subs],
        });
        terms.format = Some(format);
        Some((captains, terms))
    }

    /// What came of a match between clans, by the places of its sides; `None` inside while it is not over, and `None` for a
    /// match that cannot be read.
    fn result_of(&self, game: MatchId) -> Option<Option<Outcomes>> {
        Some(match self.find(game)? {
            Found::Live(live) => {
                let game = &live.game;
                let verdict = game.verdict.as_ref();
                let moves = || {
                    game.moves()
                        .map(|(seat, text)| (seat, text.to_owned()))
                        .collect()
                };
                verdict.map(|verdict| {
                    let over = Over {
                        terms: &game.terms,
                        verdict,
                        tally: game.tally.as_deref(),
                        team: game.team.as_deref(),
                        moves: moves(),
                    };
                    over.outcome(place_of(
                        game.by,
                        &game.seats,
                        game.team.as_deref(),
                        Seat(0),
                    ))
                })
            }
            Found::Finished(over) => {
                let first = place_of(over.by, &over.seats, over.team.as_deref(), Seat(0));
                let told = Over {
                    terms: &over.terms,
                    verdict: &over.verdict,
                    tally: over.tally.as_deref(),
                    team: over.team.as_deref(),
                    moves: over.moves.clone(),
                };
                Some(told.outcome(first))
            }
        })
    }
}

/// One side as it plays.
struct SideOf {
    captain: PersonId,
    people: Vec<PersonId>,
    subs: Vec<PersonId>,
}

fn side(clan: &Clan, id: FixtureId, fixture: &Agreed, terms: &Terms) -> Option<SideOf> {
    let lineup = fixture.lineup.as_ref()?;
    let (first, rest) = lineup.people.split_first()?;
    Some(if terms.boards() > 0 {
        SideOf {
            captain: clan.captain_of(id, fixture).unwrap_or(*first),
            people: lineup.people.clone(),
            subs: lineup.subs.clone(),
        }
    } else {
        SideOf {
            captain: *first,
            people: rest.to_vec(),
            subs: Vec::new(),
        }
    })
}

/// A match that is over.
struct Over<'a> {
    terms: &'a Terms,
    verdict: &'a Verdict,
    tally: Option<&'a Tally>,
    team: Option<&'a Team>,
    moves: Vec<(Seat, String)>,
}

/// What came of a match between clans, by the places of its sides.
struct Outcomes {
    /// From the side of the clan that challenged.
    outcome: Outcome,
    /// The points of both.
    scores: Option<[String; 2]>,
}

impl Outcomes {
    /// The score with one side's first.
    fn score(&self, place: usize) -> String {
        let scores = self.scores.as_ref();
        scores.map_or_else(String::new, |scores| {
            format!("{}–{}", scores[place], scores[1 - place])
        })
    }
}

impl Over<'_> {
    /// `first` is the place of the side that sits first.
    fn outcome(&self, first: usize) -> Outcomes {
        let by_place = |[one, two]: [String; 2]| if first == 0 { [one, two] } else { [two, one] };
        let outcome = match self.verdict.places.as_slice() {
            [one, two] if one == two => Outcome::Drawn,
            [1, _] if first == 0 => Outcome::Won,
            [_, 1] if first == 1 => Outcome::Won,
            [_, _] => Outcome::Lost,
            _ => Outcome::Void,
        };
        let scores = (outcome != Outcome::Void).then(|| by_place(self.scores()));
        Outcomes { outcome, scores }
    }

    /// The points by seats: of boards, of the games of a series, of maps; else of the one game.
    fn scores(&self) -> [String; 2] {
        let seats = [Seat(0), Seat(1)];
        if let Some(team) = self.team.filter(|_| self.terms.boards() > 0) {
            return seats.map(|seat| points(team.halves(seat)));
        }
        if let Some(tally) = self.tally {
            return seats.map(|seat| points(tally.halves(seat)));
        }
        if let Some(maps) = self.maps().filter(|_| self.terms.is_elsewhere()) {
            return maps;
        }
        match self.verdict.places.as_slice() {
            [one, two] if one == two => seats.map(|_| "½".to_owned()),
            [1, _] => ["1".to_owned(), "0".to_owned()],
            _ => ["0".to_owned(), "1".to_owned()],
        }
    }

    /// The maps each has won by the report that counted, or the rounds of the only map; nothing where a human ruled.
    fn maps(&self) -> Option<[String; 2]> {
        if self.verdict.code == "ruled" {
            return None;
        }
        let read = |text: &String| -> Option<Vec<(u32, u32)>> {
            let one = |map: &str| {
                let (own, their) = map.split_once('-')?;
                Some((own.parse().ok()?, their.parse().ok()?))
            };
            text.split(',').map(one).collect()
        };
        let last = |(seat, text): &(Seat, String)| Some((*seat, read(text)?));
        let (reporter, maps) = self.moves.iter().rev().find_map(last)?;
        let (own, their) = match maps.as_slice() {
            [only] => *only,
            maps => (
                u32::try_from(maps.iter().filter(|(own, their)| own > their).count()).ok()?,
                u32::try_from(maps.iter().filter(|(own, their)| own < their).count()).ok()?,
            ),
        };
        Some(match reporter {
            Seat(0) => [own.to_string(), their.to_string()],
            _ => [their.to_string(), own.to_string()],
        })
    }
}
