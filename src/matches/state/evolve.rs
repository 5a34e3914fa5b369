//! How events change a match: the fold that every replay repeats.

use std::collections::BTreeMap;

use super::{Match, Stage, misfit};
use crate::games::{Ask, Draw, Fact, Phase, Step};
use crate::kit::{Hash, MatchId, PersonId, Refusal, Seat, Secret, Span, Timestamp};
use crate::matches::away::Absences;
use crate::matches::case::{Case, Claim, Given};
use crate::matches::clock::Clock;
use crate::matches::dealer::Luck;
use crate::matches::event::{Event, Pause, Sealed, Standstill};
use crate::matches::manners;
use crate::matches::offer::OfferKind;
use crate::matches::teams::Team;
use crate::matches::terms::Terms;

/// The sides of a match between clans, as they were locked before.
fn locked_teams(terms: &Terms) -> Option<Box<Team>> {
    let fixture = terms.fixture().filter(|_| terms.parent().is_none())?;
    Some(Box::new(Team {
        rosters: fixture.rosters(),
        ..Team::default()
    }))
}

fn seed_of(sealed: &[Sealed]) -> Option<Secret<Hash>> {
    sealed.iter().find_map(|sealed| match sealed {
        Sealed::Seed(seed) => Some(seed.clone()),
        _ => None,
    })
}

impl Match {
    /// The first event of a match.
    pub fn begin(
        id: MatchId,
        at: Timestamp,
        event: &Event,
        sealed: &[Sealed],
    ) -> Result<Match, Refusal> {
        let (by, to, terms, commitment, salt, expires, stage) = match event {
            Event::Challenged {
                by,
                to,
                terms,
                commitment,
                salt,
                expires,
            } => {
                let (to, stage) = (Some(*to), Stage::Challenged);
                (*by, to, terms, *commitment, salt, *expires, stage)
            }
            Event::Opened {
                by,
                terms,
                commitment,
                salt,
                expires,
            } => (*by, None, terms, *commitment, salt, *expires, Stage::Open),
            Event::Paired {
                seats: [by, to],
                terms,
                commitment,
            } => (
                *by,
                Some(*to),
                terms,
                *commitment,
                &None,
                at,
                Stage::Challenged,
            ),
            _ => return Err(misfit("a match begins with a challenge or an open offer")),
        };
        let seed = seed_of(sealed);
        let salts = salt.iter().cloned().collect();
        Ok(Match {
            id,
            terms: terms.clone(),
            stage,
            by,
            to,
            seats: Vec::new(),
            clock: Clock::default(),
            luck: Luck {
                commitment,
                seed,
                salts,
                draws: 0,
                decks: Vec::new(),
            },
            chosen: BTreeMap::new(),
            offers: Vec::new(),
            asked: Vec::new(),
            case: Case::default(),
            acted: None,
            standstills: Vec::new(),
            team: locked_teams(terms),
            tally: None,
            absences: Absences::default(),
            evidence: Vec::new(),
            plays: 0,
            events: 1,
            created: at,
            expires,
            started: None,
            ended: None,
            verdict: None,
            reveal: None,
            promised: None,
            signature: None,
            watchers: Vec::new(),
            room: None,
            closed: false,
            left_room: None,
            node: None,
            held_back: Vec::new(),
            turns: Vec::new(),
            log: String::new(),
            table: None,
        })
    }

    /// Applies one event and returns what the game has to say about it.
    ///
    /// Fails only when the event cannot have happened here; then the match is not to be used any more.
    pub fn evolve(
        &mut self,
        at: Timestamp,
        event: &Event,
        sealed: &[Sealed],
    ) -> Result<Vec<Fact>, Refusal> {
        let (public, played) = (event.kind().is_some(), self.started.is_some());
        if public {
            self.events += 1;
        }
        let facts = self.take_in(at, event, sealed)?;
        if self.stage == Stage::Over {
            self.held_back.clear();
        } else if public && played && self.terms.delay.is_some() {
            self.hold_back(at);
        }
        Ok(facts)
    }

    fn take_in(
        &mut self,
        at: Timestamp,
        event: &Event,
        sealed: &[Sealed],
    ) -> Result<Vec<Fact>, Refusal> {
        match event {
            Event::Challenged { .. } | Event::Opened { .. } | Event::Paired { .. } => {
                return Err(misfit("a match begins only once"));
            }
            Event::Accepted { by, salt } => {
                self.to = Some(*by);
                self.luck.salts.extend(salt.clone());
                self.begin_gathering(at);
            }
            Event::Named { .. }
            | Event::Enlisted { .. }
            | Event::Unlisted { .. }
            | Event::Boarded { .. }
            | Event::BoardOver { .. }
            | Event::Proposed(_)
            | Event::Consented { .. }
            | Event::Allowed { .. }
            | Event::Kept { .. }
            | Event::Replaced { .. } => self.gather(at, event)?,
            Event::Started { seats } => return self.start(at, seats),
            Event::Drawn {
                draw, ask, outcome, ..
            } => return self.drawn(at, *draw, *ask, outcome.as_ref(), sealed),
            Event::Shown(_) => {}
            Event::Moved { seat, text, lag } => return self.moved(at, *seat, text, *lag),
            Event::Chose { seat, lag } => {
                self.clock.stop(self.terms.clock, *seat, at, *lag);
                self.clock.note_move(*seat);
                self.act(at);
                let text = sealed.iter().find_map(|sealed| match sealed {
                    Sealed::Choice {
                        seat: chooser,
                        text,
                    } if chooser == seat => Some(text.clone()),
                    _ => None,
                });
                self.chosen.insert(*seat, text);
                self.turns.retain(|turn| turn.seat != *seat);
            }
            Event::Revealed { choices } => return self.revealed(at, choices),
            Event::Flagged { seats } => {
                for seat in seats {
                    self.clock.empty(self.terms.clock, *seat);
                    // Where a first move cost the game, there is no second time for it.
                    self.clock.note_move(*seat);
                }
                return self.step(at, &Step::TimedOut(seats.clone()));
            }
            Event::Resigned { seat, series } => {
                if let Some(tally) = self.tally.as_mut().filter(|_| *series) {
                    tally.given_up = Some(*seat);
                }
                return self.step(at, &Step::Left(*seat));
            }
            Event::TakenBack { moves } => self.take_back(at, *moves)?,
            Event::Scored { verdict, .. } => self.scored(at, verdict)?,
            Event::Next { first, .. } => self.next_game(at, *first)?,
            Event::Over {
                verdict,
                reveal,
                key,
                by,
            } => {
                // An admin's end leaves nothing to rule on.
                self.case.open = self.case.open.take().filter(|_| by.is_none());
                self.case.reopened |= self.stage == Stage::Over;
                self.stage = Stage::Over;
                self.ended = Some(at);
                self.verdict = Some(verdict.clone());
                self.reveal = *reveal;
                (self.promised, self.signature) = (*key, None);
                self.offers.clear();
                self.standstills.clear();
                self.absences.clear(at);
                self.case.stalled = None;
                self.clock.run(&[], at);
            }
            other => self.evolve_around(at, other),
        }
        Ok(Vec::new())
    }

    /// Events that take no step in the game: offers, time, standstills, and what surrounds the match.
    fn evolve_around(&mut self, at: Timestamp, event: &Event) {
        match event {
            Event::Offered(offer) => {
                manners::note(&mut self.asked, offer, at);
                self.offers
                    .retain(|old| (old.seat, old.what) != (offer.seat, offer.what));
                self.offers.push(offer.clone());
            }
            Event::Credited { from, to } => {
                self.clock.credit(*from, *to);
                self.absences.credit(*from, *to);
            }
            Event::Absent { .. }
            | Event::Back { .. }
            | Event::GraceOver { .. }
            | Event::Claimable { .. }
            | Event::Waited { .. } => self.evolve_absence(at, event),
            Event::OnLeave { seat, from, to } => self.clock.grant(*seat, *from, *to),
            Event::LeaveEnded { seat } => self.clock.back(*seat, at),
            Event::Refused { seat, what, .. } => {
                manners::note_refusal(&mut self.asked, *seat, *what, at);
                self.offers
                    .retain(|offer| offer.seat == *seat || offer.what != *what);
            }
            Event::Paused { why, until, .. } => {
                self.standstills.retain(|held| held.why != *why);
                self.standstills.push(Standstill {
                    why: *why,
                    since: at,
                    until: *until,
                });
                self.offers.retain(|offer| !rests(offer.what));
                self.acted = Some(at);
                self.hold(at);
            }
            Event::Resumed { why } => {
                self.standstills.retain(|held| held.why != *why);
                if *why == Pause::Outage {
                    self.absences.outages_over(at);
                }
                self.offers.retain(|offer| !rests(offer.what));
                self.act(at);
                self.hold(at);
            }
            Event::Halted { .. } => {
                self.stage = Stage::Halted;
                self.absences.rest(at);
                self.clock.run(&[], at);
            }
            Event::Signed(signed) => {
                (self.promised, self.signature) = (None, Some(*signed));
            }
            Event::Evidence { seat, url } => self.evidence.push((*seat, url.clone())),
            Event::Watched { by } => {
                if let Err(place) = self.watchers.binary_search(by) {
                    self.watchers.insert(place, *by);
                }
            }
            Event::Unwatched { by } => self.watchers.retain(|watcher| watcher != by),
            Event::Housed { room } => self.room = Some(room.clone()),
            Event::Fed { node } => self.node = Some(node.clone()),
            Event::Released { upto } => self.release(*upto),
            Event::Reminded { seat } => {
                for turn in self.turns.iter_mut().filter(|turn| turn.seat == *seat) {
                    (turn.told, turn.reminded) = (at, turn.reminded.saturating_add(1));
                }
            }
            Event::Vacated => {
                self.left_room = self.room.take();
                self.closed = true;
            }
            Event::Unfed => self.node = None,
            other => self.evolve_case(at, other),
        }
    }

    /// Events of disputes and rulings.
    fn evolve_case(&mut self, at: Timestamp, event: &Event) {
        let claim = |seat: Seat, reason: &str, appeal: bool| Claim {
            seat,
            reason: reason.to_owned(),
            at,
            appeal,
        };
        match event {
            Event::Disputed { seat, reason } => {
                self.case.filed.push(*seat);
                self.case.open = Some(claim(*seat, reason, false));
                self.offers.clear();
            }
            Event::Appealed { seat, reason } => {
                self.case.appealed = true;
                self.case.open = Some(claim(*seat, reason, true));
                self.offers.clear();
            }
            Event::Ruled { by, ruling, reason } => {
                self.case.open = None;
                self.case.rulings.push(Given {
                    by: *by,
                    ruling: *ruling,
                    reason: reason.clone(),
                    at,
                });
                self.act(at);
            }
            Event::Granted { seat, time } => self.clock.give(self.terms.clock, *seat, *time),
            Event::Stalled { since } => self.case.stalled = Some(*since),
            _ => {}
        }
    }

    /// Somebody has done something.
    fn act(&mut self, at: Timestamp) {
        self.acted = Some(at);
        self.case.stalled = None;
    }

    fn start(&mut self, at: Timestamp, seats: &[PersonId]) -> Result<Vec<Fact>, Refusal> {
        let count = u8::try_from(seats.len()).map_err(|_| misfit("too many seats"))?;
        if self.terms.boards() == 0 {
            self.lay(count, false)?;
        }
        self.tally = self.terms.series().map(|_| Box::default());
        self.seats = seats.to_vec();
        self.seat_teams();
        self.stage = Stage::Started;
        self.started = Some(at);
        let clocks = if self.table.is_some() { count } else { 0 };
        self.clock = Clock::new(self.terms.clock, clocks);
        self.acted = Some(at);
        if self.terms.is_elsewhere() {
            (0..count).for_each(|seat| self.clock.note_move(Seat(seat)));
        }
        self.wind(at);
        Ok(Vec::new())
    }

    fn drawn(
        &mut self,
        at: Timestamp,
        draw: u32,
        ask: Ask,
        outcome: Option<&Draw>,
        sealed: &[Sealed],
    ) -> Result<Vec<Fact>, Refusal> {
        if draw != self.luck.draws {
            return Err(misfit("a draw is missing"));
        }
        self.luck.draws += 1;
        if self.table.is_none() {
            return Ok(Vec::new());
        }
        let answer = match (ask, outcome) {
            (Ask::Dice { .. }, Some(dice)) => dice.clone(),
            (Ask::Shuffle { .. }, _) => {
                let order = sealed.iter().find_map(|sealed| match sealed {
                    Sealed::Order {
                        draw: number,
                        order,
                    } if *number == draw => Some(order.clone()),
                    _ => None,
                });
                let order = order.ok_or_else(|| misfit("the sealed order of a deck is missing"))?;
                self.luck.decks.push((draw, order.clone()));
                Draw::Order(order.reveal().clone())
            }
            (Ask::Dice { .. }, None) => return Err(misfit("a throw is missing")),
        };
        self.step(at, &Step::Chance(answer))
    }

    fn moved(
        &mut self,
        at: Timestamp,
        seat: Seat,
        text: &str,
        lag: Option<Span>,
    ) -> Result<Vec<Fact>, Refusal> {
        self.log_move(seat, text);
        self.clock.stop(self.terms.clock, seat, at, lag);
        self.clock.note_move(seat);
        self.act(at);
        if let Some(Phase::Any(asked)) = self.phase() {
            self.clock.rest(&asked);
        }
        // A move answers the other's offer by silence, as it does over the board; an undo was meant for the move before.
        (self.offers).retain(|offer| offer.seat == seat && offer.what != OfferKind::Undo);
        self.step(at, &Step::Act(seat, text.to_owned()))
    }

    fn revealed(
        &mut self,
        at: Timestamp,
        choices: &[(Seat, String)],
    ) -> Result<Vec<Fact>, Refusal> {
        choices
            .iter()
            .for_each(|(seat, text)| self.log_move(*seat, text));
        self.chosen.clear();
        self.offers.clear();
        self.step(at, &Step::Together(choices.to_vec()))
    }

    fn log_move(&mut self, seat: Seat, text: &str) {
        self.plays += 1;
        self.log.push_str(&format!("{seat} {text}\n"));
    }

    fn step(&mut self, at: Timestamp, step: &Step<String>) -> Result<Vec<Fact>, Refusal> {
        let held = self
            .table
            .as_mut()
            .ok_or_else(|| misfit("a step before the start"))?;
        let mut facts = held.table.step(step)?;
        self.log_step(step);
        // A game counts its decks from 0; the match counts those of earlier games too.
        let earlier = self.tally.as_ref().map_or(0, |tally| tally.decks_before());
        for fact in &mut facts {
            if let Fact::Opened { deck, .. } = fact {
                *deck += earlier;
            }
        }
        if matches!(step, Step::TimedOut(_)) {
            self.chosen.clear();
        }
        self.wind(at);
        Ok(facts)
    }

    /// Stops the clocks while any cause for a standstill is left, and lets them go on after the last.
    fn hold(&mut self, at: Timestamp) {
        self.stage = match self.standstills.as_slice() {
            [] => Stage::Started,
            causes if causes.iter().any(|held| held.why.adjourns()) => Stage::Adjourned,
            _ => Stage::Paused,
        };
        if self.stage == Stage::Started {
            self.wind(at);
        } else {
            self.absences.rest(at);
            self.clock.pause(at);
            self.turns.clear();
        }
    }
}

/// Whether an offer is about standing still or going on, so that the next change of that settles it.
fn rests(what: OfferKind) -> bool {
    matches!(
        what,
        OfferKind::Pause | OfferKind::Adjourn | OfferKind::Resume
    )
}
