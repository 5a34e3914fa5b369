//! Kuhn poker: three cards, one bet, and already everything that makes poker: luck, hidden cards and bluffs.
//!
//! Begin with the [`Rules`] below; `hand` deals and pays.

mod hand;

use super::rules::{
    Ask, Fact, Legal, Phase, Reveal, Rules, Spec, Step, Verdict, View, Viewer, unasked, unreadable,
};
use super::setup::{Choice, Opt, Setup};
use crate::kit::{Refusal, Seat, refuse};
use hand::{Decision, State};

/// Kuhn poker over an even number of hands, so that both deal equally often.
#[derive(Debug)]
pub struct KuhnPoker;

static SPEC: Spec = Spec {
    id: "kuhn-poker",
    aliases: &["kuhn", "poker3"],
    title: "Kuhn poker",
    version: 1,
    seats: (2, 2),
    sides: &["first", "second"],
    hidden: true,
    reveal: Reveal::PerCard,
    draws: true,
    draw_offers: true,
    undo: false,
    options: &[Opt {
        name: "hands",
        choice: Choice::Word(&["2", "4", "6", "8", "10", "12", "14", "16", "18", "20"]),
        default: "6",
        help: "How many hands are played.",
    }],
    // A hand is a deal and at most three decisions; one step more to give up.
    max_steps: 20 * 4 + 1,
    about: "Each hand, both players put in one chip and get one of three cards: jack, queen, king. In turn they check or \
            bet one chip; the other answers a bet by call or fold. Two checks or a call show both cards, and the higher \
            one wins the chips; a fold wins them unseen. The players take turns to act first. Who has more chips after \
            the last hand wins. Who runs out of time checks, or folds to a bet; who gives up loses the match.",
    how: "Type check, bet, call or fold.",
    notation: "`hand` is the number of this hand and of all; `chips` are what the seats have won, `pot` is what lies in the middle; `cards` are `J`, `Q`, `K`, `?` for one you may not see, or `-` before the deal; `bets` are those of this hand (`-` before). Moves are `check`, `bet`, `call` and `fold`.",
};

impl Rules for KuhnPoker {
    type State = State;
    type Action = Decision;

    fn spec(&self) -> &'static Spec {
        &SPEC
    }

    fn start(&self, setup: &Setup, _seats: u8) -> Result<State, Refusal> {
        let hands = u8::try_from(setup.number("hands")).unwrap_or(2);
        Ok(State {
            hands,
            played: 0,
            chips: 0,
            deck: None,
            bets: Vec::new(),
            over: None,
        })
    }

    fn phase(&self, state: &State) -> Phase {
        match (&state.over, state.deck) {
            (Some(verdict), _) => Phase::Over(verdict.clone()),
            (None, None) => Phase::Chance(Ask::Shuffle { cards: 3 }),
            (None, Some(_)) => Phase::Act(state.turn()),
        }
    }

    fn legal(&self, state: &State, seat: Seat) -> Legal<Decision> {
        let asked = self.phase(state) == Phase::Act(seat);
        Legal::All(if asked {
            state.allowed().to_vec()
        } else {
            Vec::new()
        })
    }

    fn step(&self, state: &State, step: &Step<Decision>) -> Result<(State, Vec<Fact>), Refusal> {
        match step {
            Step::Act(_, bet) if state.allowed().contains(bet) => Ok(state.bet(*bet)),
            Step::Act(_, bet) => {
                let [one, other] = state.allowed().map(Decision::word);
                Err(
                    refuse("game/illegal", format!("You cannot {} now.", bet.word()))
                        .hint(format!("Type {one} or {other}.")),
                )
            }
            Step::Chance(draw) => state.deal(draw),
            Step::TimedOut(_) => {
                let facing_a_bet = state.allowed().contains(&Decision::Fold);
                let (bet, what) = if facing_a_bet {
                    (Decision::Fold, "folds")
                } else {
                    (Decision::Check, "checks")
                };
                let slow = format!("{{{}}} is out of time and {what}.", state.turn());
                let (state, facts) = state.bet(bet);
                Ok((state, [vec![Fact::Public(slow)], facts].concat()))
            }
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
            Step::Together(_) => Err(unasked()),
        }
    }

    fn view(&self, state: &State, viewer: Viewer) -> View {
        let shown = |seat: Seat| match viewer {
            Viewer::Seat(own) if own == seat => state.card(seat),
            Viewer::Referee => state.card(seat),
            Viewer::Seat(_) | Viewer::Public => None,
        };
        let hidden = if state.deck.is_some() { '?' } else { '-' };
        let cards = [Seat(0), Seat(1)].map(|seat| shown(seat).map_or(hidden, |(_, letter)| letter));
        let chips = [state.chips, -state.chips];
        let bets: Vec<&str> = state.bets.iter().map(|bet| bet.word()).collect();
        let bets = if bets.is_empty() {
            "-".to_owned()
        } else {
            bets.join(",")
        };
        let hand = if state.played < state.hands {
            state.played + 1
        } else {
            state.hands
        };
        let board = format!(
            "hand {hand} of {}, pot {}\n       first second\nchips {:>+6} {:>+6}\ncard  {:>6} {:>6}\nbets  {bets}\n",
            state.hands,
            state.pot(),
            chips[0],
            chips[1],
            cards[0],
            cards[1],
        );
        let position = format!(
            "hand={hand}/{} chips={:+},{:+} pot={} cards={}{} bets={bets}",
            state.hands,
            chips[0],
            chips[1],
            state.pot(),
            cards[0],
            cards[1],
        );
        View { board, position }
    }

    fn parse(&self, _state: &State, _seat: Seat, text: &str) -> Result<Decision, Refusal> {
        let named = Decision::ALL.into_iter().find(|bet| bet.word() == text);
        named.ok_or_else(|| unreadable("bet", text, SPEC.how))
    }

    fn notate(&self, _state: &State, _seat: Seat, bet: &Decision) -> String {
        bet.word().to_owned()
    }

    /// Also in capitals, and by the first letter or two: `ch`, `b`, `ca`, `f`; a lone `c` is whichever is allowed.
    fn readings(&self, state: &State, _seat: Seat, text: &str) -> Result<Vec<Decision>, Refusal> {
        let text = text.trim().to_ascii_lowercase();
        let meant: Vec<Decision> = Decision::ALL
            .into_iter()
            .filter(|bet| !text.is_empty() && bet.word().starts_with(&text))
            .collect();
        let allowed: Vec<Decision> = meant
            .iter()
            .copied()
            .filter(|bet| state.allowed().contains(bet))
            .collect();
        match (meant.is_empty(), allowed.is_empty()) {
            (true, _) => Err(unreadable("bet", &text, SPEC.how)),
            (false, true) => Ok(meant),
            (false, false) => Ok(allowed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::erased::{Game, Table};
    use super::super::rules::Draw;
    use super::*;

    fn table(hands: &str) -> Box<dyn Table> {
        KuhnPoker
            .open(&Setup::read(SPEC.options, hands).unwrap(), 2)
            .unwrap()
    }

    fn hand(table: &mut dyn Table, deck: [u8; 3], bets: &str) -> Vec<Fact> {
        let mut facts = table
            .step(&Step::Chance(Draw::Order(deck.to_vec())))
            .unwrap();
        for bet in bets.split(' ') {
            let Phase::Act(seat) = table.phase() else {
                panic!("nobody to act")
            };
            facts = table.step(&Step::Act(seat, bet.to_owned())).unwrap();
        }
        facts
    }

    fn chips(table: &dyn Table) -> String {
        let position = table.view(Viewer::Public).position;
        position
            .split(' ')
            .find_map(|word| word.strip_prefix("chips="))
            .unwrap()
            .to_owned()
    }

    #[test]
    fn every_line_of_betting_pays_what_it_should() {
        // Seat 0 holds the queen against the jack, and acts first.
        for (bets, paid) in [
            ("check check", "+1,-1"),
            ("check bet fold", "-1,+1"),
            ("check bet call", "+2,-2"),
            ("bet fold", "+1,-1"),
            ("bet call", "+2,-2"),
        ] {
            let mut table = table("");
            hand(table.as_mut(), [1, 0, 2], bets);
            assert_eq!(chips(table.as_ref()), paid, "{bets}");
        }
    }

    #[test]
    fn a_folded_hand_is_never_opened() {
        let opened = |facts: &[Fact]| {
            facts
                .iter()
                .filter(|fact| matches!(fact, Fact::Opened { .. }))
                .count()
        };
        let mut table = table("");
        assert_eq!(opened(&hand(table.as_mut(), [1, 0, 2], "bet fold")), 0);
        assert_eq!(opened(&hand(table.as_mut(), [1, 0, 2], "bet call")), 2);
    }

    #[test]
    fn the_players_take_turns_and_equal_chips_are_a_tie() {
        let mut table = table("hands=2");
        hand(table.as_mut(), [2, 0, 1], "bet fold");
        hand(table.as_mut(), [0, 2, 1], "bet fold");
        let Phase::Over(verdict) = table.phase() else {
            panic!("still running")
        };
        assert_eq!(
            (verdict.code.as_str(), verdict.places),
            ("chips", vec![1, 1])
        );
        assert_eq!(chips(table.as_ref()), "+0,+0");
    }

    #[test]
    fn who_is_out_of_time_checks_or_folds() {
        let mut table = table("");
        table
            .step(&Step::Chance(Draw::Order(vec![2, 1, 0])))
            .unwrap();
        table.step(&Step::TimedOut(vec![Seat(0)])).unwrap();
        table.step(&Step::Act(Seat(1), "bet".to_owned())).unwrap();
        let facts = table.step(&Step::TimedOut(vec![Seat(0)])).unwrap();
        assert_eq!(
            facts[0],
            Fact::Public("{0} is out of time and folds.".to_owned())
        );
        assert_eq!(chips(table.as_ref()), "-1,+1");
    }

    #[test]
    fn each_seat_sees_its_own_card_only() {
        let mut table = table("");
        table
            .step(&Step::Chance(Draw::Order(vec![2, 0, 1])))
            .unwrap();
        let cards = |viewer| {
            let position = table.view(viewer).position;
            position
                .split(' ')
                .find_map(|word| word.strip_prefix("cards="))
                .unwrap()
                .to_owned()
        };
        let seen = [
            Viewer::Public,
            Viewer::Seat(Seat(0)),
            Viewer::Seat(Seat(1)),
            Viewer::Referee,
        ]
        .map(cards);
        assert_eq!(seen, ["??", "K?", "?J", "KJ"]);
    }

    #[test]
    fn short_words_are_understood() {
        let mut table = table("");
        table
            .step(&Step::Chance(Draw::Order(vec![2, 0, 1])))
            .unwrap();
        assert_eq!(
            table.read_loosely(Seat(0), " C"),
            Ok(vec!["check".to_owned()])
        );
        assert_eq!(table.read_loosely(Seat(0), "B"), Ok(vec!["bet".to_owned()]));
        assert_eq!(
            table.read_loosely(Seat(0), "raise").unwrap_err().code,
            "game/unreadable"
        );
        assert_eq!(
            table
                .step(&Step::Act(Seat(0), "fold".to_owned()))
                .unwrap_err()
                .code,
            "game/illegal"
        );
    }
}
