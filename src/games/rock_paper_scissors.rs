//! Rock, paper, scissors: both choose unseen, at the same time.

use serde::{Deserialize, Serialize};

use super::rules::{
    Fact, Legal, Phase, Reveal, Rules, Spec, Step, Verdict, View, Viewer, unasked, unreadable,
};
use super::setup::{Choice, Opt, Setup};
use crate::kit::{Refusal, Seat};

/// Rock, paper, scissors, best of an odd number of rounds.
#[derive(Debug)]
pub struct RockPaperScissors;

/// After so many rounds without a winner the score decides, so that no match is endless.
const MOST_DRAWN: u8 = 20;

static SPEC: Spec = Spec {
    id: "rock-paper-scissors",
    aliases: &["rps", "roshambo"],
    title: "Rock, paper, scissors",
    version: 1,
    seats: (2, 2),
    sides: &["left", "right"],
    hidden: true,
    reveal: Reveal::Whole,
    draws: false,
    draw_offers: true,
    undo: false,
    options: &[Opt {
        name: "best_of",
        choice: Choice::Word(&["1", "3", "5", "7", "9"]),
        default: "3",
        help: "Who wins more than half of so many rounds wins.",
    }],
    // Nine rounds with a winner, those without, and one step to give up.
    max_steps: 9 + MOST_DRAWN as u32 + 1,
    about: "Both choose rock, paper or scissors, unseen by each other. Rock beats scissors, scissors beat paper, paper \
            beats rock; equal choices are played again. Who wins more than half of the rounds wins; after 20 equal rounds \
            the score decides. Who has not chosen in time loses the round, and when neither has, it counts as equal. Who \
            gives up loses the match.",
    how: "Type rock, paper or scissors; it stays hidden until both have chosen.",
    notation: "`score` is that of the left and the right seat, `drawn` counts draws that were played again, `last` is what both showed (`-` before). Moves are `rock`, `paper` and `scissors`.",
};

/// What a hand shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Hand {
    /// Beats scissors.
    Rock,
    /// Beats rock.
    Paper,
    /// Beat paper.
    Scissors,
}

impl Hand {
    const ALL: [Hand; 3] = [Hand::Rock, Hand::Paper, Hand::Scissors];

    fn word(self) -> &'static str {
        match self {
            Hand::Rock => "rock",
            Hand::Paper => "paper",
            Hand::Scissors => "scissors",
        }
    }

    fn beats(self, other: Hand) -> bool {
        matches!(
            (self, other),
            (Hand::Rock, Hand::Scissors)
                | (Hand::Scissors, Hand::Paper)
                | (Hand::Paper, Hand::Rock)
        )
    }
}

/// The score and the last round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    best_of: u8,
    score: [u8; 2],
    drawn: u8,
    /// What was shown last; nothing when somebody was too slow.
    last: Option<[Hand; 2]>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Verdict>,
}

impl State {
    /// Both have shown their hands.
    fn shown(&self, hands: [Hand; 2]) -> (State, Vec<Fact>) {
        let [left, right] = hands;
        let winner = match (left.beats(right), right.beats(left)) {
            (true, _) => Some(Seat(0)),
            (_, true) => Some(Seat(1)),
            _ => None,
        };
        let text = format!("{{0}} shows {}, {{1}} {}.", left.word(), right.word());
        self.scored(winner, Some(hands), &text)
    }

    /// These seats have not chosen in time. What the other chose stays sealed: it need not be better than nothing.
    fn too_slow(&self, late: &[Seat]) -> (State, Vec<Fact>) {
        match late {
            [seat] => self.scored(
                Some(seat.other()),
                None,
                &format!("{{{seat}}} has not chosen in time."),
            ),
            _ => self.scored(None, None, "Neither has chosen in time."),
        }
    }

    fn scored(
        &self,
        winner: Option<Seat>,
        last: Option<[Hand; 2]>,
        what: &str,
    ) -> (State, Vec<Fact>) {
        let mut state = State {
            last,
            ..self.clone()
        };
        let outcome = match winner {
            Some(seat) => {
                state.score[usize::from(seat != Seat(0))] += 1;
                format!("{{{seat}}} wins the round")
            }
            None => {
                state.drawn += 1;
                "Nobody wins the round".to_owned()
            }
        };
        state.over = state.result();
        let [left, right] = state.score;
        (
            state,
            vec![Fact::Public(format!(
                "{what} {outcome}: {left} to {right}."
            ))],
        )
    }

    fn result(&self) -> Option<Verdict> {
        let [left, right] = self.score;
        let decided = left.max(right) > self.best_of / 2;
        if !decided && self.drawn < MOST_DRAWN {
            return None;
        }
        if left == right {
            return Some(Verdict::tie(
                2,
                "score",
                format!("The score is {left} to {right}."),
            ));
        }
        let winner = Seat(u8::from(right > left));
        let text = format!(
            "{{{winner}}} wins by {} to {}.",
            left.max(right),
            left.min(right)
        );
        Some(Verdict::won_by(winner, 2, "score", text))
    }
}

impl Rules for RockPaperScissors {
    type State = State;
    type Action = Hand;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn start(&self, setup: &Setup, _seats: u8) -> Result<State, Refusal> {
        let best_of = u8::try_from(setup.number("best_of")).unwrap_or(1);
        Ok(State {
            best_of,
            score: [0, 0],
            drawn: 0,
            last: None,
            over: None,
        })
    }

    fn phase(&self, state: &State) -> Phase {
        match &state.over {
            Some(verdict) => Phase::Over(verdict.clone()),
            None => Phase::Together(vec![Seat(0), Seat(1)]),
        }
    }

    fn legal(&self, state: &State, seat: Seat) -> Legal<Hand> {
        let asked = state.over.is_none() && seat.0 < 2;
        Legal::All(if asked {
            Hand::ALL.to_vec()
        } else {
            Vec::new()
        })
    }

    fn step(&self, state: &State, step: &Step<Hand>) -> Result<(State, Vec<Fact>), Refusal> {
        match step {
            Step::Together(chosen) => {
                let [(_, left), (_, right)] = chosen.as_slice() else {
                    return Err(unasked());
                };
                Ok(state.shown([*left, *right]))
            }
            Step::TimedOut(late) => Ok(state.too_slow(late)),
            Step::Left(seat) => {
                let verdict = Verdict::lost_by(&[*seat], 2, "resigned", "gave up");
                Ok((
                    State {
                        over: Some(verdict),
                        ..state.clone()
                    },
                    Vec::new(),
                ))
            }
            Step::Act(..) | Step::Chance(_) => Err(unasked()),
        }
    }

    fn view(&self, state: &State, _viewer: Viewer) -> View {
        let [left, right] = state.score;
        let shown = state.last.map_or(["-"; 2], |hands| hands.map(Hand::word));
        let board = format!(
            "best of {}\n      {:>8} {:>8}\nscore {left:>8} {right:>8}\nlast  {:>8} {:>8}\n",
            state.best_of, "left", "right", shown[0], shown[1]
        );
        let position = format!(
            "best_of={} score={left}-{right} drawn={} last={},{}",
            state.best_of, state.drawn, shown[0], shown[1]
        );
        View { board, position }
    }

    fn parse(&self, _state: &State, _seat: Seat, text: &str) -> Result<Hand, Refusal> {
        let named = Hand::ALL.into_iter().find(|hand| hand.word() == text);
        named.ok_or_else(|| unreadable("choice", text, SPEC.how))
    }

    fn notate(&self, _state: &State, _seat: Seat, hand: &Hand) -> String {
        hand.word().to_owned()
    }

    /// Also in capitals, and by the first letters: `r`, `pap`, `S`.
    fn readings(&self, _state: &State, _seat: Seat, text: &str) -> Result<Vec<Hand>, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        let meant = Hand::ALL
            .into_iter()
            .find(|hand| !text.is_empty() && hand.word().starts_with(&text));
        meant
            .map(|hand| vec![hand])
            .ok_or_else(|| unreadable("choice", &text, SPEC.how))
    }
}

#[cfg(test)]
mod tests {
    use super::super::erased::{Game, Table};
    use super::*;

    fn table(best_of: &str) -> Box<dyn Table> {
        RockPaperScissors
            .open(&Setup::read(SPEC.options, best_of).unwrap(), 2)
            .unwrap()
    }

    fn show(table: &mut dyn Table, left: &str, right: &str) -> Vec<Fact> {
        let chosen = vec![(Seat(0), left.to_owned()), (Seat(1), right.to_owned())];
        table.step(&Step::Together(chosen)).unwrap()
    }

    fn verdict(table: &dyn Table) -> Option<Verdict> {
        match table.phase() {
            Phase::Over(verdict) => Some(verdict),
            _ => None,
        }
    }

    #[test]
    fn each_hand_beats_one_and_loses_to_one() {
        let wins = |one: Hand| {
            Hand::ALL
                .into_iter()
                .filter(|other| one.beats(*other))
                .collect::<Vec<_>>()
        };
        assert_eq!(wins(Hand::Rock), [Hand::Scissors]);
        assert_eq!(wins(Hand::Paper), [Hand::Rock]);
        assert_eq!(wins(Hand::Scissors), [Hand::Paper]);
    }

    #[test]
    fn more_than_half_of_the_rounds_win() {
        let mut table = table("best_of=3");
        let facts = show(table.as_mut(), "rock", "scissors");
        let told = "{0} shows rock, {1} scissors. {0} wins the round: 1 to 0.";
        assert_eq!(facts, [Fact::Public(told.to_owned())]);
        show(table.as_mut(), "rock", "rock");
        show(table.as_mut(), "rock", "paper");
        assert_eq!(verdict(table.as_ref()), None);
        show(table.as_mut(), "scissors", "rock");
        assert_eq!(verdict(table.as_ref()).unwrap().winner(), Some(Seat(1)));
    }

    #[test]
    fn endless_draws_end() {
        let mut level = table("best_of=1");
        let mut ahead = table("best_of=9");
        show(ahead.as_mut(), "paper", "rock");
        for _ in 0..MOST_DRAWN {
            assert_eq!(
                (verdict(level.as_ref()), verdict(ahead.as_ref())),
                (None, None)
            );
            show(level.as_mut(), "rock", "rock");
            show(ahead.as_mut(), "rock", "rock");
        }
        assert_eq!(verdict(level.as_ref()).unwrap().places, [1, 1]);
        assert_eq!(verdict(ahead.as_ref()).unwrap().winner(), Some(Seat(0)));
    }

    #[test]
    fn who_is_too_slow_loses_the_round_only() {
        let mut table = table("best_of=3");
        table.step(&Step::TimedOut(vec![Seat(0)])).unwrap();
        table.step(&Step::TimedOut(vec![Seat(0), Seat(1)])).unwrap();
        let position = "best_of=3 score=0-1 drawn=1 last=-,-";
        assert_eq!(
            (
                table.view(Viewer::Public).position.as_str(),
                verdict(table.as_ref())
            ),
            (position, None)
        );
        assert_eq!(
            table.read_loosely(Seat(0), " SC"),
            Ok(vec!["scissors".to_owned()])
        );
    }
}
