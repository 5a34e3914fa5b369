//! Nim: three heaps; take as many as you like from one of them; who takes the last one wins.

use serde::{Deserialize, Serialize};

use super::{
    Choice, Fact, Legal, Opt, Phase, Reveal, Rules, Setup, Spec, Step, Verdict, View, Viewer,
    unasked, unreadable,
};
use crate::kit::{Refusal, Seat, refuse};

/// Nim with heaps of n, n + 1 and n + 2 stones.
#[derive(Debug)]
pub struct Nim;

static SPEC: Spec = Spec {
    id: "nim",
    aliases: &["heaps"],
    title: "Nim",
    version: 1,
    seats: (2, 2),
    sides: &["first", "second"],
    hidden: false,
    reveal: Reveal::Whole,
    draws: false,
    draw_offers: false,
    undo: true,
    options: &[Opt {
        name: "smallest",
        choice: Choice::Number(1, 7),
        default: "3",
        help: "Stones in the smallest heap; the others have one and two more.",
    }],
    // Every move takes a stone, and nobody has more than 7 + 8 + 9; one step more to give up.
    max_steps: 25,
    about: "Take as many stones as you like from one heap. Who takes the last stone wins. Who runs out of time loses.",
    how: "Type the heap and how many to take, for example b2.",
    notation: "The stones left in the heaps a, b and c. A move is a heap and a number: b2.",
};

/// Stones left in the heaps a, b and c; and, once there is one, the verdict.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    heaps: [u8; 3],
    turn: Seat,
    over: Option<Verdict>,
}

/// So many stones from this heap, counted from 0.
#[derive(Clone, Debug, PartialEq)]
pub struct Take {
    heap: u8,
    stones: u8,
}

impl Rules for Nim {
    type State = State;
    type Action = Take;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn start(&self, setup: &Setup, _seats: u8) -> Result<State, Refusal> {
        let n = u8::try_from(setup.number("smallest")).unwrap_or(1);
        Ok(State {
            heaps: [n, n + 1, n + 2],
            turn: Seat(0),
            over: None,
        })
    }

    fn phase(&self, state: &State) -> Phase {
        match &state.over {
            Some(verdict) => Phase::Over(verdict.clone()),
            None => Phase::Act(state.turn),
        }
    }

    fn legal(&self, state: &State, seat: Seat) -> Legal<Take> {
        if self.phase(state) != Phase::Act(seat) {
            return Legal::All(Vec::new());
        }
        let of = |heap: u8, most: u8| (1..=most).map(move |stones| Take { heap, stones });
        let [a, b, c] = state.heaps;
        Legal::All(of(0, a).chain(of(1, b)).chain(of(2, c)).collect())
    }

    fn step(&self, state: &State, step: &Step<Take>) -> Result<(State, Vec<Fact>), Refusal> {
        let mut next = state.clone();
        match step {
            Step::Act(seat, take) => {
                let heap = next
                    .heaps
                    .get_mut(usize::from(take.heap))
                    .ok_or_else(unasked)?;
                *heap = heap.checked_sub(take.stones).ok_or_else(|| {
                    refuse("game/illegal", "That heap has fewer stones.").hint(SPEC.how)
                })?;
                next.turn = seat.other();
                if next.heaps == [0, 0, 0] {
                    let text = format!("{{{seat}}} takes the last stone and wins.");
                    next.over = Some(Verdict::won_by(*seat, 2, "last-stone", text));
                }
            }
            Step::TimedOut(seats) => {
                next.over = Some(Verdict::lost_by(seats, 2, "time", "ran out of time"))
            }
            Step::Left(seat) => {
                next.over = Some(Verdict::lost_by(&[*seat], 2, "resigned", "gave up"))
            }
            Step::Together(_) | Step::Chance(_) => return Err(unasked()),
        }
        Ok((next, Vec::new()))
    }

    fn view(&self, state: &State, _viewer: Viewer) -> View {
        let [a, b, c] = state.heaps;
        let row = |name: char, stones: u8| format!("{name} {}\n", "o".repeat(usize::from(stones)));
        View {
            board: [row('a', a), row('b', b), row('c', c)].concat(),
            position: format!("{a},{b},{c}"),
        }
    }

    fn parse(&self, state: &State, seat: Seat, text: &str) -> Result<Take, Refusal> {
        // Every move can be listed, so the list is the grammar.
        let Legal::All(all) = self.legal(state, seat) else {
            return Err(unasked());
        };
        let named = all
            .into_iter()
            .find(|take| self.notate(state, seat, take) == text);
        named.ok_or_else(|| unreadable("move here", text, SPEC.how))
    }

    fn notate(&self, _state: &State, _seat: Seat, take: &Take) -> String {
        format!("{}{}", char::from(b'a' + take.heap), take.stones)
    }
}
