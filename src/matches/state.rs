//! The state of a match, and how events change it. Nothing is decided here.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::clock::Clock;
use super::dealer::{Luck, Reveal};
use super::event::{Event, Offer, Sealed};
use super::terms::{Terms, Visibility};
use crate::games::{Ask, Draw, Fact, Phase, Step, Table, Verdict, View, Viewer, find_version};
use crate::kit::{MatchId, PersonId, Refusal, Seat, Secret, Span, Timestamp, refuse};

/// How long the referee stays in the room of a match that is over.
const ROOM_LINGERS: Span = Span::minutes(15);

/// How far a match has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Somebody was challenged and has not answered.
    Challenged,
    /// Waiting for anybody.
    Open,
    /// Being played.
    Started,
    /// Stopped by a fault; an admin has to look.
    Halted,
    /// Ended, with or without a result.
    Over,
}

impl Stage {
    /// The word in forms and feeds: one of `challenged open started paused over`.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Challenged => "challenged",
            Stage::Open => "open",
            Stage::Started => "started",
            Stage::Halted => "paused",
            Stage::Over => "over",
        }
    }
}

/// One match. Equal histories give equal matches.
#[derive(Serialize, Deserialize)]
pub struct Match {
    /// Its id.
    pub id: MatchId,
    /// What was agreed.
    pub terms: Terms,
    /// How far it has come.
    pub stage: Stage,
    /// Who challenged or opened.
    pub by: PersonId,
    /// Who was challenged, or who joined.
    pub to: Option<PersonId>,
    /// Who sits where; empty before the start.
    pub seats: Vec<PersonId>,
    /// The clocks.
    pub clock: Clock,
    /// The luck.
    pub luck: Luck,
    /// Sealed choices of the round; the text is missing where only the public record is at hand.
    pub chosen: BTreeMap<Seat, Option<Secret<String>>>,
    /// Offers that stand.
    pub offers: Vec<Offer>,
    /// Moves so far; in an opened round every choice counts as one.
    pub plays: u32,
    /// Public events so far.
    pub events: u32,
    /// When it was made.
    pub created: Timestamp,
    /// When a challenge lapses.
    pub expires: Timestamp,
    /// When play began.
    pub started: Option<Timestamp>,
    /// When it ended.
    pub ended: Option<Timestamp>,
    /// How it ended.
    pub verdict: Option<Verdict>,
    /// What was published of the seed.
    pub reveal: Option<Reveal>,
    /// Who is told how it goes, in order of ids.
    pub watchers: Vec<PersonId>,
    /// Its room.
    pub room: Option<String>,
    /// Whether the referee has done with room and feed.
    pub closed: bool,
    /// The room the referee has left, for its last word.
    pub left_room: Option<String>,
    /// Its feed.
    pub node: Option<String>,
    /// One line `seat move` per move: compact, because most of a match's memory is here.
    log: String,
    table: Option<Held>,
}

/// A table with the name of its rules, so that it can be stored.
struct Held {
    game: String,
    rules: u32,
    table: Box<dyn Table>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    game: String,
    rules: u32,
    state: String,
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        Stored {
            game: self.game.clone(),
            rules: self.rules,
            state: self.table.save(),
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Stored { game, rules, state } = Stored::deserialize(d)?;
        let known = find_version(&game, rules).ok_or_else(|| {
            serde::de::Error::custom(format!("this referee does not know {game} version {rules}"))
        })?;
        let table = known.restore(&state).map_err(serde::de::Error::custom)?;
        Ok(Held { game, rules, table })
    }
}

impl Clone for Match {
    fn clone(&self) -> Match {
        let table = self.table.as_ref().map(|held| Held {
            game: held.game.clone(),
            rules: held.rules,
            table: held.table.copy(),
        });
        Match {
            id: self.id,
            terms: self.terms.clone(),
            stage: self.stage,
            by: self.by,
            to: self.to,
            seats: self.seats.clone(),
            clock: self.clock.clone(),
            luck: self.luck.clone(),
            chosen: self.chosen.clone(),
            offers: self.offers.clone(),
            plays: self.plays,
            events: self.events,
            created: self.created,
            expires: self.expires,
            started: self.started,
            ended: self.ended,
            verdict: self.verdict.clone(),
            reveal: self.reveal,
            watchers: self.watchers.clone(),
            room: self.room.clone(),
            closed: self.closed,
            left_room: self.left_room.clone(),
            node: self.node.clone(),
            log: self.log.clone(),
            table,
        }
    }
}

/// The event does not fit the state: a damaged record or a bug, never a person's mistake.
pub(super) fn misfit(what: &str) -> Refusal {
    refuse("match/misfit", format!("The record does not fit: {what}."))
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
            } => (
                *by,
                Some(*to),
                terms,
                *commitment,
                salt,
                *expires,
                Stage::Challenged,
            ),
            Event::Opened {
                by,
                terms,
                commitment,
                salt,
                expires,
            } => (*by, None, terms, *commitment, salt, *expires, Stage::Open),
            _ => return Err(misfit("a match begins with a challenge or an open offer")),
        };
        let seed = sealed.iter().find_map(|sealed| match sealed {
            Sealed::Seed(seed) => Some(seed.clone()),
            _ => None,
        });
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
            plays: 0,
            events: 1,
            created: at,
            expires,
            started: None,
            ended: None,
            verdict: None,
            reveal: None,
            watchers: Vec::new(),
            room: None,
            closed: false,
            left_room: None,
            node: None,
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
        if event.kind().is_some() {
            self.events += 1;
        }
        match event {
            Event::Challenged { .. } | Event::Opened { .. } => {
                return Err(misfit("a match begins only once"));
            }
            Event::Accepted { by, salt } => {
                self.to = Some(*by);
                self.luck.salts.extend(salt.clone());
            }
            Event::Started { seats } => return self.start(at, seats),
            Event::Drawn {
                draw, ask, outcome, ..
            } => return self.drawn(at, *draw, *ask, outcome.as_ref(), sealed),
            Event::Shown(_) => {}
            Event::Moved { seat, text } => return self.moved(at, *seat, text),
            Event::Chose { seat } => {
                self.clock.stop(self.terms.clock, *seat, at);
                self.clock.note_move(*seat);
                let text = sealed.iter().find_map(|sealed| match sealed {
                    Sealed::Choice {
                        seat: chooser,
                        text,
                    } if chooser == seat => Some(text.clone()),
                    _ => None,
                });
                self.chosen.insert(*seat, text);
            }
            Event::Revealed { choices } => return self.revealed(at, choices),
            Event::Flagged { seats } => {
                seats
                    .iter()
                    .for_each(|seat| self.clock.empty(self.terms.clock, *seat));
                return self.step(at, &Step::TimedOut(seats.clone()));
            }
            Event::Resigned { seat } => return self.step(at, &Step::Left(*seat)),
            Event::Offered(offer) => {
                self.offers
                    .retain(|old| (old.seat, old.what) != (offer.seat, offer.what));
                self.offers.push(offer.clone());
            }
            Event::Refused { seat, what } => self
                .offers
                .retain(|offer| offer.seat == *seat || offer.what != *what),
            Event::Credited { from, to } => self.clock.credit(*from, *to),
            Event::Halted { .. } => {
                self.stage = Stage::Halted;
                self.clock.run(&[], at);
            }
            Event::Over {
                verdict, reveal, ..
            } => {
                self.stage = Stage::Over;
                self.ended = Some(at);
                self.verdict = Some(verdict.clone());
                self.reveal = *reveal;
                self.offers.clear();
                self.clock.run(&[], at);
            }
            Event::Watched { by } => {
                if let Err(place) = self.watchers.binary_search(by) {
                    self.watchers.insert(place, *by);
                }
            }
            Event::Unwatched { by } => self.watchers.retain(|watcher| watcher != by),
            Event::Housed { room } => self.room = Some(room.clone()),
            Event::Fed { node } => self.node = Some(node.clone()),
            Event::Vacated => {
                self.left_room = self.room.take();
                self.closed = true;
            }
            Event::Unfed => self.node = None,
        }
        Ok(Vec::new())
    }

    fn start(&mut self, at: Timestamp, seats: &[PersonId]) -> Result<Vec<Fact>, Refusal> {
        let game = self.terms.game().ok_or_else(|| misfit("unknown rules"))?;
        let count = u8::try_from(seats.len()).map_err(|_| misfit("too many seats"))?;
        let table = game.open(&self.terms.setup, count)?;
        self.table = Some(Held {
            game: self.terms.game.clone(),
            rules: self.terms.rules,
            table,
        });
        self.seats = seats.to_vec();
        self.stage = Stage::Started;
        self.started = Some(at);
        self.clock = Clock::new(self.terms.clock, count);
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

    fn moved(&mut self, at: Timestamp, seat: Seat, text: &str) -> Result<Vec<Fact>, Refusal> {
        self.log_move(seat, text);
        self.clock.stop(self.terms.clock, seat, at);
        self.clock.note_move(seat);
        // A move answers the other's offer by silence, as it does over the board.
        self.offers.retain(|offer| offer.seat == seat);
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
        let facts = held.table.step(step)?;
        if matches!(step, Step::TimedOut(_)) {
            self.chosen.clear();
        }
        self.wind(at);
        Ok(facts)
    }

    /// Makes the clocks run of those the game waits for.
    fn wind(&mut self, at: Timestamp) {
        let waiting = self.waits_for();
        self.clock.run(&waiting, at);
    }

    /// The seats that must act now.
    pub fn waits_for(&self) -> Vec<Seat> {
        if self.stage != Stage::Started {
            return Vec::new();
        }
        match self.phase() {
            Some(Phase::Act(seat)) => vec![seat],
            Some(Phase::Together(seats)) => seats
                .into_iter()
                .filter(|seat| !self.chosen.contains_key(seat))
                .collect(),
            _ => Vec::new(),
        }
    }

    /// Whom or what the game waits for; `None` before the start.
    pub fn phase(&self) -> Option<Phase> {
        self.table.as_ref().map(|held| held.table.phase())
    }

    /// The table, for notation and legal moves; `None` before the start.
    pub fn table(&self) -> Option<&dyn Table> {
        self.table.as_ref().map(|held| &*held.table)
    }

    /// Whether what a player does now is not for everybody's eyes.
    pub fn hides_choices(&self) -> bool {
        self.terms.game().is_some_and(|game| game.spec().hidden)
            || matches!(self.phase(), Some(Phase::Together(_)))
    }

    /// What a viewer may see of the position; empty before the start.
    pub fn view(&self, viewer: Viewer) -> View {
        self.table()
            .map(|table| table.view(viewer))
            .unwrap_or_default()
    }

    /// Where a person sits.
    pub fn seat_of(&self, person: PersonId) -> Option<Seat> {
        let at = self.seats.iter().position(|sitting| *sitting == person)?;
        u8::try_from(at).ok().map(Seat)
    }

    /// The people `{0}`, `{1}`, … stand for: the seats, and before the start the challenger and the challenged.
    pub fn names(&self) -> Vec<PersonId> {
        if self.seats.is_empty() {
            [self.by].into_iter().chain(self.to).collect()
        } else {
            self.seats.clone()
        }
    }

    /// The moves so far, in the game's notation.
    pub fn moves(&self) -> impl Iterator<Item = (Seat, &str)> {
        self.log.lines().filter_map(|line| {
            let (seat, text) = line.split_once(' ')?;
            Some((Seat(seat.parse().ok()?), text))
        })
    }

    /// Whether this person may know that the match exists.
    pub fn visible_to(&self, person: Option<PersonId>) -> bool {
        self.terms.visibility != Visibility::Private
            || person.is_some_and(|person| self.names().contains(&person))
    }

    /// Whether nothing can happen to this match any more, so that it may leave memory: it is over, and its room and feed,
    /// if it ever could have them, have been looked after.
    pub fn is_done(&self) -> bool {
        let housed = self.terms.room && self.started.is_some();
        self.stage == Stage::Over && (self.closed || !housed)
    }

    /// When this match wants to be looked at, whatever happens.
    pub fn next_wake(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Challenged | Stage::Open => Some(self.expires),
            Stage::Started => self.clock.next_flag(self.terms.clock),
            // Room and feed outlive the match a little; then the referee says its last word and leaves.
            Stage::Over if !self.is_done() => self.ended.map(|ended| ended + ROOM_LINGERS),
            Stage::Halted | Stage::Over => None,
        }
    }

    /// What a seat's clock shows; `None` without a clock.
    pub fn time_left(&self, seat: Seat, now: Timestamp) -> Option<Span> {
        self.clock.shows(seat, now)
    }
}
