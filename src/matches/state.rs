//! The state of a match, and how events change it. Nothing is decided here.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::away::Absences;
use super::case::{Case, RESTS_AFTER, STALLS_AFTER};
use super::clock::{Clock, Reading};
use super::dealer::{Luck, Reveal};
use super::event::{Pause, Signed, Standstill};
use super::manners::Asked;
use super::offer::Offer;
use super::series::Tally;
use super::spectators::HeldBack;
use super::teams::Team;
use super::terms::{Terms, Visibility};
use super::turns::Turn;
use crate::games::{
    Phase, Prompt, Table, Verdict, View, Viewer, find_version, turned as turned_table,
};
use crate::kit::{KeyId, MatchId, PersonId, Refusal, Seat, Secret, Span, Timestamp, refuse};

mod absent;
mod evolve;
mod games;
mod rebuild;
mod team;

pub use absent::FORFEIT;

/// How long the referee stays in the room of a match that is over; so long its result may be disputed.
pub const ROOM_LINGERS: Span = Span::minutes(15);

/// How far a match has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// Somebody was challenged and has not answered.
    Challenged,
    /// Waiting for anybody.
    Open,
    /// A team match that was accepted and waits for line-ups.
    Gathering,
    /// Being played.
    Started,
    /// Standing still for a moment: [`Match::standstills`] says why.
    Paused,
    /// Put away to go on later.
    Adjourned,
    /// Stopped by a fault; an admin has to look.
    Halted,
    /// Ended, with or without a result.
    Over,
}

impl Stage {
    /// The word in forms and feeds: one of `challenged open started paused adjourned over`.
    pub fn word(self) -> &'static str {
        match self {
            Stage::Challenged | Stage::Gathering => "challenged",
            Stage::Open => "open",
            Stage::Started => "started",
            Stage::Paused | Stage::Halted => "paused",
            Stage::Adjourned => "adjourned",
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
    /// What was offered so far, and when last.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub asked: Vec<Asked>,
    /// What human referees had to do with the match.
    #[serde(skip_serializing_if = "Case::is_empty", default)]
    pub case: Case,
    /// When a player last brought the match forward, or it began to stand still.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub acted: Option<Timestamp>,
    /// Why the match stands still: empty unless [`Stage::Paused`] or [`Stage::Adjourned`].
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub standstills: Vec<Standstill>,
    /// Those who play besides, line-ups, boards and substitutions.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub team: Option<Box<Team>>,
    /// The score, in a series.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tally: Option<Box<Tally>>,
    /// Who is away, and what was used of their grace.
    #[serde(skip_serializing_if = "Absences::is_empty", default)]
    pub absences: Absences,
    /// Links that the sides have shown, in the order of their coming.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub evidence: Vec<(Seat, String)>,
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
    /// The key whose signature under the end is to follow.
    #[serde(default)]
    pub promised: Option<KeyId>,
    /// The signature under the end.
    #[serde(default)]
    pub signature: Option<Signed>,
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
    /// What spectators have not been told.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) held_back: Vec<HeldBack>,
    /// Who is waited for, since when.
    #[serde(default)]
    pub(super) turns: Vec<Turn>,
    /// One line `seat move` per move: compact, because most of a match's memory is here.
    log: String,
    table: Option<Held>,
}

/// A table with the name of its rules, so that it can be stored.
struct Held {
    game: String,
    rules: u32,
    /// Whether the players have changed sides.
    turned: bool,
    table: Box<dyn Table>,
}

#[derive(Serialize, Deserialize)]
struct Stored {
    game: String,
    rules: u32,
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    turned: bool,
    state: String,
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        Stored {
            game: self.game.clone(),
            rules: self.rules,
            turned: self.turned,
            state: self.table.save(),
        }
        .serialize(s)
    }
}

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let Stored {
            game,
            rules,
            turned,
            state,
        } = Stored::deserialize(d)?;
        let known = find_version(&game, rules).ok_or_else(|| {
            serde::de::Error::custom(format!("this referee does not know {game} version {rules}"))
        })?;
        let table = known.restore(&state).map_err(serde::de::Error::custom)?;
        Ok(Held {
            game,
            rules,
            turned,
            table: if turned { turned_table(table) } else { table },
        })
    }
}

impl Clone for Match {
    fn clone(&self) -> Match {
        let table = self.table.as_ref().map(|held| Held {
            game: held.game.clone(),
            rules: held.rules,
            turned: held.turned,
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
            asked: self.asked.clone(),
            case: self.case.clone(),
            acted: self.acted,
            standstills: self.standstills.clone(),
            team: self.team.clone(),
            tally: self.tally.clone(),
            absences: self.absences.clone(),
            evidence: self.evidence.clone(),
            plays: self.plays,
            events: self.events,
            created: self.created,
            expires: self.expires,
            started: self.started,
            ended: self.ended,
            verdict: self.verdict.clone(),
            reveal: self.reveal,
            promised: self.promised,
            signature: self.signature,
            watchers: self.watchers.clone(),
            room: self.room.clone(),
            closed: self.closed,
            left_room: self.left_room.clone(),
            node: self.node.clone(),
            held_back: self.held_back.clone(),
            turns: self.turns.clone(),
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
    /// The seats that must act now.
    pub fn waits_for(&self) -> Vec<Seat> {
        if self.stage != Stage::Started {
            return Vec::new();
        }
        match self.phase() {
            Some(Phase::Act(seat)) => vec![seat],
            Some(Phase::Any(seats)) => seats,
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

    /// What a seat that is asked has to do, where the game has words for it.
    pub fn prompt(&self, seat: Seat) -> Option<Prompt> {
        self.table()?.prompt(seat)
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
            || person.is_some_and(|person| self.people().contains(&person))
    }

    /// Whether the match is being played, or stands still to be played on.
    pub fn in_play(&self) -> bool {
        matches!(
            self.stage,
            Stage::Started | Stage::Paused | Stage::Adjourned
        )
    }

    /// Whether either player may call the match off alone: before both have moved; in a rated match whose luck was
    /// seen, never, so that nobody walks away from a bad hand.
    pub fn may_abort_alone(&self) -> bool {
        let alone = !self.is_later_game() && self.terms.parent().is_none();
        alone && !self.clock.all_moved() && !self.luck_was_seen()
    }

    /// Whether the match is over and nobody has called a referee about its result.
    pub fn is_settled(&self) -> bool {
        self.stage == Stage::Over && self.case.open.is_none()
    }

    /// Whether a human referee may rule now: somebody called one, nobody has moved for long, or a fault stopped the match.
    pub fn waits_for_ruling(&self) -> bool {
        self.case.open.is_some()
            || (self.stage != Stage::Over && self.case.stalled.is_some())
            || self.stage == Stage::Halted
    }

    /// Whether the referee looks after this match for a while once it is over: because of its room, because only its players
    /// know that it was played, because silence may have confirmed its report, or because of a dispute.
    pub fn lingers(&self) -> bool {
        self.started.is_some() && (self.terms.lingers() || !self.case.is_empty())
    }

    /// Until when players may dispute or appeal after the end; `None` when the result stands already, or while a ruling on
    /// it is awaited.
    pub fn contestable_until(&self) -> Option<Timestamp> {
        let ended = self.ended.filter(|_| self.lingers() && !self.closed)?;
        let last = self.case.rulings.last().map_or(ended, |last| last.at);
        let until = last.max(ended) + self.terms.dispute_lasts();
        self.is_settled()
            .then(|| self.case.appeal_until().map_or(until, |at| at.max(until)))
    }

    /// Whether nothing can happen to this match any more, so that it may leave memory: it is over and signed, if somebody
    /// signs, and its room, its feed and the time for disputes, if it ever could have them, have been looked after.
    pub fn is_done(&self) -> bool {
        self.is_settled() && self.promised.is_none() && (self.closed || !self.lingers())
    }

    /// When this match wants to be looked at, whatever happens.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let due = match self.stage {
            Stage::Challenged | Stage::Open | Stage::Gathering => Some(self.expires),
            Stage::Started => (self.clock.next_flag(self.terms.clock).into_iter())
                .chain(self.absences.next().map(|(at, _)| at))
                .chain(self.stalls_at())
                .min(),
            Stage::Paused | Stage::Adjourned => (self.standstills.iter())
                .filter_map(|held| held.until)
                .chain(self.stalls_at())
                .min(),
            // Room and feed outlive the match a little; then the referee says its last word and leaves.
            Stage::Over => self.contestable_until(),
            Stage::Halted => None,
        };
        [due, self.next_release()].into_iter().flatten().min()
    }

    /// Whether some player's time runs: a clock, or the grace of somebody who is away.
    pub fn time_runs(&self) -> bool {
        let flag = self.clock.next_flag(self.terms.clock);
        self.stage == Stage::Started && (flag.is_some() || self.absences.next().is_some())
    }

    /// When human referees are to be told that nobody does anything any more; `None` when they know, or when a clock or
    /// the end of a standstill sees to it.
    pub fn stalls_at(&self) -> Option<Timestamp> {
        let told = self.case.stalled.is_some() || self.case.open.is_some();
        // A team match has no table of its own: its boards are matches.
        if told || self.table.is_none() {
            return None;
        }
        let since = self.acted?;
        match self.stage {
            Stage::Started if self.terms.clock.is_none() => Some(since + STALLS_AFTER),
            Stage::Paused | Stage::Adjourned => {
                let endless =
                    |held: &Standstill| held.until.is_none() && held.why != Pause::Dispute;
                (self.standstills.iter().any(endless)).then_some(since + RESTS_AFTER)
            }
            _ => None,
        }
    }

    /// How long nobody has done anything when the referees are told.
    pub fn stalls_after(&self) -> Span {
        if self.standstills.is_empty() {
            STALLS_AFTER
        } else {
            RESTS_AFTER
        }
    }

    /// What a seat's clock shows; `None` without a clock.
    pub fn reading(&self, seat: Seat, now: Timestamp) -> Option<Reading> {
        self.clock.shows(self.terms.clock, seat, now)
    }

    /// What the clocks of all seats show, in their order; empty without a clock.
    pub fn readings(&self, now: Timestamp) -> Vec<Reading> {
        let seats = (0..).map(Seat).take(self.seats.len());
        seats.filter_map(|seat| self.reading(seat, now)).collect()
    }

    /// The time on a seat's clock, in overtime that of the period; `None` without a clock.
    pub fn time_left(&self, seat: Seat, now: Timestamp) -> Option<Span> {
        self.reading(seat, now).map(|reading| reading.left)
    }
}
