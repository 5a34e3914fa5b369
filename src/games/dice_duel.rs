//! A race with one die: throw again, or keep what you have before a one takes it away.

use serde::{Deserialize, Serialize};

use super::rules::{
    Ask, Draw, Fact, Legal, Phase, Reveal, Rules, Spec, Step, Verdict, View, Viewer, unasked,
    unreadable,
};
use super::setup::{Choice, Opt, Setup};
use crate::kit::{Refusal, Seat, refuse};

/// The jeopardy dice game also known as Pig, for two.
#[derive(Debug)]
pub struct DiceDuel;

/// After so many turns of each the score decides, so that no match is endless.
const MOST_TURNS: u8 = 30;
/// The highest target.
const HIGHEST_TARGET: u8 = 100;

static SPEC: Spec = Spec {
    id: "dice-duel",
    aliases: &["dice", "pig"],
    title: "Dice duel",
    version: 1,
    seats: (2, 2),
    sides: &["first", "second"],
    hidden: false,
    reveal: Reveal::Whole,
    draws: true,
    draw_offers: true,
    undo: false,
    options: &[Opt {
        name: "target",
        choice: Choice::Number(10, HIGHEST_TARGET as i64),
        default: "40",
        help: "Who first has so many points wins.",
    }],
    // A turn has at most target / 2 throws, each a decision and a die, and one decision to hold; one step to give up.
    max_steps: 2 * MOST_TURNS as u32 * (HIGHEST_TARGET as u32 + 1) + 1,
    about: "On your turn you throw a die as often as you like and add up the faces. A one loses the points of the turn and \
            ends it; when you hold, they are yours and the other goes on. Who first has enough points, those of the turn \
            included, wins at once; after 30 turns of each the higher score wins. Who runs out of time loses.",
    how: "Type roll to throw the die or hold to keep the points of this turn.",
    notation: "`score` is that of the first and the second seat, `turn` counts turns from 1, `points` are what this turn has gathered so far. Moves are `roll` and `hold`.",
};

/// A decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choose {
    /// Throw the die.
    Roll,
    /// Keep the points of this turn.
    Hold,
}

impl Choose {
    fn word(self) -> &'static str {
        match self {
            Choose::Roll => "roll",
            Choose::Hold => "hold",
        }
    }
}

/// The scores and the turn in play.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    target: u8,
    score: [u8; 2],
    /// Turns that are over, of both together; even: seat 0 is on turn.
    turns: u8,
    /// Points of the turn in play.
    pending: u8,
    /// Whether the die is in the air.
    rolling: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Verdict>,
}

impl State {
    fn turn(&self) -> Seat {
        Seat(self.turns % 2)
    }

    fn may(&self) -> &'static [Choose] {
        // Holding nothing would only hand the turn over.
        if self.pending == 0 {
            &[Choose::Roll]
        } else {
            &[Choose::Roll, Choose::Hold]
        }
    }

    fn landed(&self, face: u8) -> (State, Vec<Fact>) {
        let seat = self.turn();
        let mut state = State {
            rolling: false,
            ..self.clone()
        };
        if face == 1 {
            state.next_turn(0);
            return (
                state,
                vec![Fact::Public(format!(
                    "{{{seat}}} throws a 1 and loses the points of the turn."
                ))],
            );
        }
        state.pending = state.pending.saturating_add(face);
        let text = format!(
            "{{{seat}}} throws a {face}: {} points this turn.",
            state.pending
        );
        if state.score[seat.index()].saturating_add(state.pending) >= state.target {
            state.next_turn(state.pending);
        }
        (state, vec![Fact::Public(text)])
    }

    fn hold(&self) -> (State, Vec<Fact>) {
        let seat = self.turn();
        let mut state = self.clone();
        state.next_turn(self.pending);
        let total = state.score[seat.index()];
        (
            state,
            vec![Fact::Public(format!(
                "{{{seat}}} keeps {} points and has {total}.",
                self.pending
            ))],
        )
    }

    fn next_turn(&mut self, points: u8) {
        let seat = self.turn();
        let total = self.score[seat.index()].saturating_add(points);
        self.score[seat.index()] = total;
        self.pending = 0;
        self.turns += 1;
        let [first, second] = self.score;
        if total >= self.target {
            self.over = Some(Verdict::won_by(
                seat,
                2,
                "target",
                format!("{{{seat}}} has {total} points and wins."),
            ));
        } else if self.turns == 2 * MOST_TURNS && first == second {
            self.over = Some(Verdict::tie(
                2,
                "score",
                format!("After the last turn both have {first} points."),
            ));
        } else if self.turns == 2 * MOST_TURNS {
            let winner = Seat(u8::from(second > first));
            let text = format!("{{{winner}}} has more points after the last turn and wins.");
            self.over = Some(Verdict::won_by(winner, 2, "score", text));
        }
    }
}

impl Rules for DiceDuel {
    type State = State;
    type Action = Choose;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn start(&self, setup: &Setup, _seats: u8) -> Result<State, Refusal> {
        let target = u8::try_from(setup.number("target")).unwrap_or(HIGHEST_TARGET);
        Ok(State {
            target,
            score: [0, 0],
            turns: 0,
            pending: 0,
            rolling: false,
            over: None,
        })
    }

    fn phase(&self, state: &State) -> Phase {
        match &state.over {
            Some(verdict) => Phase::Over(verdict.clone()),
            None if state.rolling => Phase::Chance(Ask::Dice { count: 1, sides: 6 }),
            None => Phase::Act(state.turn()),
        }
    }

    fn legal(&self, state: &State, seat: Seat) -> Legal<Choose> {
        let asked = self.phase(state) == Phase::Act(seat);
        Legal::All(if asked {
            state.may().to_vec()
        } else {
            Vec::new()
        })
    }

    fn step(&self, state: &State, step: &Step<Choose>) -> Result<(State, Vec<Fact>), Refusal> {
        let verdict = match step {
            Step::Act(_, Choose::Roll) => {
                return Ok((
                    State {
                        rolling: true,
                        ..state.clone()
                    },
                    Vec::new(),
                ));
            }
            Step::Act(_, Choose::Hold) if state.pending > 0 => return Ok(state.hold()),
            Step::Act(_, Choose::Hold) => {
                return Err(
                    refuse("game/illegal", "There are no points to keep yet.").hint("Type roll.")
                );
            }
            Step::Chance(Draw::Dice(faces)) => {
                return faces
                    .first()
                    .map(|face| state.landed(*face))
                    .ok_or_else(unasked);
            }
            Step::TimedOut(seats) => Verdict::lost_by(seats, 2, "time", "ran out of time"),
            Step::Left(seat) => Verdict::lost_by(&[*seat], 2, "resigned", "gave up"),
            Step::Together(_) | Step::Chance(Draw::Order(_)) => return Err(unasked()),
        };
        Ok((
            State {
                over: Some(verdict),
                ..state.clone()
            },
            Vec::new(),
        ))
    }

    fn view(&self, state: &State, _viewer: Viewer) -> View {
        let [first, second] = state.score;
        let mark = |seat| {
            if state.over.is_none() && state.turn() == seat {
                state.pending.to_string()
            } else {
                "-".to_owned()
            }
        };
        let turn = [mark(Seat(0)), mark(Seat(1))];
        let board = format!(
            "race to {}\n       first second\nscore {first:>6} {second:>6}\nturn  {:>6} {:>6}\n",
            state.target, turn[0], turn[1]
        );
        let position = format!(
            "target={} score={first}-{second} turn={} points={}",
            state.target,
            state.turns + 1,
            state.pending
        );
        View { board, position }
    }

    fn parse(&self, _state: &State, _seat: Seat, text: &str) -> Result<Choose, Refusal> {
        let named = [Choose::Roll, Choose::Hold]
            .into_iter()
            .find(|choice| choice.word() == text);
        named.ok_or_else(|| unreadable("choice", text, SPEC.how))
    }

    fn notate(&self, _state: &State, _seat: Seat, choice: &Choose) -> String {
        choice.word().to_owned()
    }

    /// Also in capitals, and by the first letters; `throw` and `keep` mean the same.
    fn readings(&self, state: &State, seat: Seat, text: &str) -> Result<Vec<Choose>, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        let names = [
            ("roll", "roll"),
            ("throw", "roll"),
            ("hold", "hold"),
            ("keep", "hold"),
        ];
        let meant = names
            .iter()
            .find(|(name, _)| !text.is_empty() && name.starts_with(&text));
        self.parse(state, seat, meant.map_or(text.as_str(), |(_, word)| word))
            .map(|choice| vec![choice])
    }
}

#[cfg(test)]
mod tests {
    use super::super::erased::{Game, Table};
    use super::*;

    fn table(target: &str) -> Box<dyn Table> {
        DiceDuel
            .open(&Setup::read(SPEC.options, target).unwrap(), 2)
            .unwrap()
    }

    fn roll(table: &mut dyn Table, face: u8) -> Vec<Fact> {
        let Phase::Act(seat) = table.phase() else {
            panic!("nobody to act")
        };
        table.step(&Step::Act(seat, "roll".to_owned())).unwrap();
        table.step(&Step::Chance(Draw::Dice(vec![face]))).unwrap()
    }

    #[test]
    fn a_one_takes_the_points_of_the_turn_only() {
        let mut table = table("");
        roll(table.as_mut(), 6);
        table.step(&Step::Act(Seat(0), "hold".to_owned())).unwrap();
        roll(table.as_mut(), 1);
        roll(table.as_mut(), 5);
        assert_eq!(
            roll(table.as_mut(), 1),
            [Fact::Public(
                "{0} throws a 1 and loses the points of the turn.".to_owned()
            )]
        );
        assert_eq!(
            table.view(Viewer::Public).position,
            "target=40 score=6-0 turn=4 points=0"
        );
        assert_eq!(table.phase(), Phase::Act(Seat(1)));
    }

    #[test]
    fn the_target_wins_at_once() {
        let mut table = table("target=10");
        roll(table.as_mut(), 6);
        roll(table.as_mut(), 4);
        let Phase::Over(verdict) = table.phase() else {
            panic!("still running")
        };
        assert_eq!(
            (verdict.winner(), verdict.code.as_str()),
            (Some(Seat(0)), "target")
        );
    }

    #[test]
    fn the_score_decides_after_the_last_turn() {
        let mut level = table("");
        let mut ahead = table("");
        roll(ahead.as_mut(), 2);
        ahead.step(&Step::Act(Seat(0), "hold".to_owned())).unwrap();
        for n in 0..2 * MOST_TURNS {
            roll(level.as_mut(), 1);
            if n > 0 {
                roll(ahead.as_mut(), 1);
            }
        }
        let places = |phase| match phase {
            Phase::Over(verdict) => (verdict.code, verdict.places),
            _ => panic!("still running"),
        };
        assert_eq!(places(level.phase()), ("score".to_owned(), vec![1, 1]));
        assert_eq!(places(ahead.phase()), ("score".to_owned(), vec![1, 2]));
    }

    #[test]
    fn nothing_cannot_be_kept() {
        let mut table = table("");
        let refusal = table
            .step(&Step::Act(Seat(0), "hold".to_owned()))
            .unwrap_err();
        assert_eq!(refusal.code, "game/illegal");
        assert_eq!(table.legal(Seat(0)), Legal::All(vec!["roll".to_owned()]));
        assert_eq!(
            table.read_loosely(Seat(0), "R"),
            Ok(vec!["roll".to_owned()])
        );
    }
}
