//! What the commands for matches that are played elsewhere share: `veto`, `pick`, `report`, `confirm` and `evidence`.
//!
//! Each is a move in the words of its own; what a move means, and whether it may be made, is for the game.

use super::call::{Caller, Place};
use super::card::Ask;
use super::reply::Reply;
use crate::engine::{Desk, waiting};
use crate::kit::{MatchId, PersonId, Refusal, Seat, Words, refuse};
use crate::matches::{self, Match, Pause, Stage};

/// What somebody may do in a match that is played elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Ban a map.
    Ban,
    /// Pick a map, or a side.
    Pick,
    /// Report scores.
    Report,
    /// Confirm what the other side reported.
    Confirm,
}

impl Doing {
    /// Whether this notation is such a move.
    fn is(self, notation: &str) -> bool {
        let is_pick = notation.starts_with("pick-") || matches!(notation, "ct" | "t");
        match self {
            Doing::Ban => notation.starts_with("ban-"),
            Doing::Pick => is_pick,
            Doing::Confirm => notation == "confirmed",
            Doing::Report => !is_pick && !notation.starts_with("ban-") && notation != "confirmed",
        }
    }
}

/// What this person may do so in this match, in notation; nothing when it is not for them to do.
pub fn choices(game: &Match, me: PersonId, doing: Doing) -> Vec<String> {
    let seat = game
        .seat_of(me)
        .filter(|seat| game.terms.is_elsewhere() && game.waits_for().contains(seat));
    let legal = seat.and_then(|seat| Some(game.table()?.legal(seat).shown()));
    let mut legal = legal.unwrap_or_default();
    legal.retain(|notation| doing.is(notation));
    legal
}

/// The maps or sides to choose from, for forms: value and label.
pub fn names(desk: &Desk, caller: &Caller, place: Place, doing: Doing) -> Vec<(String, String)> {
    let Some(me) = caller.person else {
        return Vec::new();
    };
    let asked = |game: &Match| choices(game, me, doing);
    let found = match place.game() {
        Some(id) => desk.world().live(id).map(|live| asked(&live.game)),
        None => desk
            .world()
            .matches_of(me)
            .map(|live| asked(&live.game))
            .find(|found| !found.is_empty()),
    };
    let name = |notation: String| {
        let name = notation
            .split_once('-')
            .map_or(notation.as_str(), |(_, name)| name);
        (name.to_owned(), name.to_owned())
    };
    found.unwrap_or_default().into_iter().map(name).collect()
}

/// Whether this person may show links in this match.
pub fn takes_evidence(game: &Match, me: PersonId) -> bool {
    let disputed = game
        .standstills
        .iter()
        .any(|held| held.why == Pause::Dispute);
    let runs = matches!(
        game.stage,
        Stage::Started | Stage::Paused | Stage::Adjourned
    );
    game.seat_of(me).is_some() && runs && (game.terms.is_elsewhere() || disputed)
}

impl Ask<'_> {
    /// The match in which the caller does this: the one that was named, or the only one that waits for it; without any, the
    /// only one that is played elsewhere, so that the answer can say what it waits for.
    pub fn game_elsewhere(&mut self, what: &str, doing: Doing) -> Result<MatchId, Refusal> {
        match self.game(what, |game, me| !choices(game, me, doing).is_empty()) {
            Err(no) if no.code == "match/none" => {
                let ours = |game: &Match, me| {
                    game.terms.is_elsewhere() && game.in_play() && game.seat_of(me).is_some()
                };
                self.game(what, ours).map_err(|_| no)
            }
            other => other,
        }
    }

    /// Does something in a match that is played elsewhere. `text` is read as people type it; `exact` is its notation, as far
    /// as that is known without the game.
    pub fn play_elsewhere(
        &mut self,
        id: MatchId,
        text: &str,
        exact: &str,
    ) -> Result<Reply, Refusal> {
        let me = self.me()?;
        let expect = self.expect()?;
        let game = self.desk.world().live(id).map(|live| &live.game);
        if let Some(game) = game.filter(|game| game.stage == Stage::Started) {
            not_elsewhere(game)?;
            if expect.is_none() {
                self.answered_by_other(game, me)?;
            }
        }
        let read = game.and_then(|game| {
            let seat = game.seat_of(me)?;
            let asked = game.waits_for().contains(&seat);
            asked.then(|| game.table().map(|table| table.read_loosely(seat, text)))?
        });
        let text = match read {
            // A request that is repeated is judged by its number before its text.
            Some(Err(no)) if expect.is_none() => return Err(no),
            Some(Ok(found)) => found.into_iter().next().unwrap_or(exact.to_owned()),
            _ => exact.to_owned(),
        };
        let play = matches::Ask::Play {
            text: text.clone(),
            expect,
            // No clock runs in seconds here.
            lag: None,
        };
        self.desk.act(Some(me), id, &play, self.req)?;
        Ok(self.played(id, me, &text))
    }

    /// Refuses when the match waits for the other side, and says for what.
    fn answered_by_other(&self, game: &Match, me: PersonId) -> Result<(), Refusal> {
        let waiting = game.waits_for();
        let Some(seat) = game.seat_of(me).filter(|seat| !waiting.contains(seat)) else {
            return Ok(());
        };
        let told = self.elsewhere_waits(game);
        let refusal = refuse("match/not-your-turn", told.unwrap_or_default());
        let reported = game
            .moves()
            .last()
            .is_some_and(|(mover, text)| mover == seat && Doing::Report.is(text));
        Err(refusal.hint(if reported {
            "If you mistyped your report, ask the other side to report the right scores: then you can confirm those."
                .to_owned()
        } else {
            format!("You will be told when it is your turn; type `show {}` to see how far it is.", game.id)
        }))
    }

    /// Whom a match waits for and for what, for the middle of a line: `bob has to ban a map, 2 days left.`
    pub fn elsewhere_waits(&self, game: &Match) -> Option<String> {
        let now = self.desk.clock_time();
        let seats = game.waits_for();
        let first = seats.first()?;
        let task = game.prompt(*first)?.task;
        let left = game.time_left(*first, now).map_or(String::new(), |left| {
            format!(", {} left", waiting::left_words(left))
        });
        let name = self
            .desk
            .world()
            .people
            .name(*game.seats.get(first.index())?);
        Some(if seats.len() > 1 {
            format!("both have to {task}{left}.")
        } else {
            format!("{name} has to {task}{left}.")
        })
    }
}

/// These commands are for matches that are played elsewhere.
fn not_elsewhere(game: &Match) -> Result<(), Refusal> {
    if game.terms.is_elsewhere() {
        return Ok(());
    }
    Err(refuse(
        "report/played-here",
        format!(
            "{} is played here, move by move: nothing is reported.",
            game.id
        ),
    )
    .hint(format!("Type your move, or `show {}`.", game.id)))
}

/// How to go on after words about a match that waits for the other side.
pub fn and_who_is_next(ask: &Ask<'_>, game: &Match, me: Option<Seat>, words: Words) -> Words {
    let others = me.is_none_or(|me| !game.waits_for().contains(&me));
    match ask.elsewhere_waits(game).filter(|_| others) {
        Some(told) => words.and(told.replacen("both have", "Both have", 1)),
        None => words,
    }
}
