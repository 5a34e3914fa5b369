//! What a game is: the trait an author implements, and the words it is written in.

use std::fmt::Debug;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::setup::{Opt, Setup};
use crate::kit::{Refusal, Seat, clean_line, refuse};

/// The rules of one game in one version. Pure: the same state and the same step give the same result, for ever.
///
/// Laws, all checked by the contract suite for every entry of [`super::GAMES`]:
/// - a step is accepted exactly when [`Rules::legal`] lists it (where it lists at all);
/// - a refused step changes nothing (by construction: `step` returns a new state);
/// - `parse(notate(a)) == a` for every legal action;
/// - a state survives serialisation, and replaying the same steps gives an equal state;
/// - every playout is over within [`Spec::max_steps`] steps;
/// - whatever a seat cannot see may be dealt again without changing one byte of what that seat is sent.
pub trait Rules: Send + Sync + 'static {
    /// Everything needed to go on, hidden information included. No `usize`, no floats, no maps without an order.
    type State: Clone + PartialEq + Debug + Serialize + DeserializeOwned + Send + 'static;
    /// One choice of one seat.
    type Action: Clone + PartialEq + Debug;

    /// The facts about the game that never change.
    fn spec(&self) -> &'static Spec;

    /// The position before the first step. `seats` lies within [`Spec::seats`]; the setup has been checked against
    /// [`Spec::options`] one by one, so only contradictions between options are left to refuse.
    fn start(&self, setup: &Setup, seats: u8) -> Result<Self::State, Refusal>;

    /// Whom or what the game waits for.
    fn phase(&self, state: &Self::State) -> Phase;

    /// What this seat may do now. Empty when it is not this seat's turn to choose.
    fn legal(&self, state: &Self::State, seat: Seat) -> Legal<Self::Action>;

    /// Applies one step, or says why it cannot be.
    ///
    /// The step fits the phase: [`super::Table`] refuses a seat that is not asked, a draw that is no answer and everything
    /// after the end. The referee announces moves and verdicts itself; facts are what else there is to tell.
    /// [`Step::TimedOut`] and [`Step::Left`] are never refused while the game runs: the rules say what they cost.
    fn step(
        &self,
        state: &Self::State,
        step: &Step<Self::Action>,
    ) -> Result<(Self::State, Vec<Fact>), Refusal>;

    /// What this viewer may see, built by listing what may be shown, never by hiding from the whole.
    fn view(&self, state: &Self::State, viewer: Viewer) -> View;

    /// Reads the game's own notation, from a seat that is asked. Only syntax and reference are judged here where that is
    /// enough to name an action; whether it is allowed is for [`Rules::step`].
    fn parse(&self, state: &Self::State, seat: Seat, text: &str) -> Result<Self::Action, Refusal>;

    /// Writes an action in the game's own notation, as it reads before the action is taken.
    fn notate(&self, state: &Self::State, seat: Seat, action: &Self::Action) -> String;

    /// All legal actions that a person may mean by a text typed in a hurry. More than one: the referee asks which.
    fn readings(
        &self,
        state: &Self::State,
        seat: Seat,
        text: &str,
    ) -> Result<Vec<Self::Action>, Refusal> {
        self.parse(state, seat, text).map(|action| vec![action])
    }

    /// Where this game is played.
    fn played(&self) -> Played {
        Played::Here
    }

    /// What a seat that is asked has to do now, where that is not the same at every turn.
    fn prompt(&self, state: &Self::State, seat: Seat) -> Option<Prompt> {
        let _ = (state, seat);
        None
    }

    /// A finished game in the field's own file format (PGN for chess), from the moves as they were notated.
    /// `tags` are name and value, such as `("White", "alice")`.
    fn transcript(
        &self,
        setup: &Setup,
        moves: &[(Seat, String)],
        tags: &[(&str, String)],
    ) -> Option<String> {
        let _ = (setup, moves, tags);
        None
    }
}

/// Facts about a game that hold for every match of it.
#[derive(Debug)]
pub struct Spec {
    /// The name in addresses, forms and records: lower case, `-` between words.
    pub id: &'static str,
    /// Other names people type.
    pub aliases: &'static [&'static str],
    /// The name for people.
    pub title: &'static str,
    /// The rules version. Same version, same meaning, for ever.
    pub version: u32,
    /// Fewest and most seats.
    pub seats: (u8, u8),
    /// What each seat is called, as in `white`, `black`. As many as the most seats.
    pub sides: &'static [&'static str],
    /// Whether any seat ever knows what another does not. Such choices are refused in rooms.
    pub hidden: bool,
    /// How luck is shown to have been fair.
    pub reveal: Reveal,
    /// Whether dice are thrown or cards are drawn in it.
    pub draws: bool,
    /// Whether the players may agree to a draw.
    pub draw_offers: bool,
    /// Whether a move may be taken back by agreement: only where neither luck nor hidden choices are part of the game.
    pub undo: bool,
    /// Options of the setup, in the order in which they are shown.
    pub options: &'static [Opt],
    /// No game is longer than this many steps.
    pub max_steps: u32,
    /// The rules in a few short sentences.
    pub about: &'static str,
    /// How to type a move, with an example: one sentence.
    pub how: &'static str,
    /// How programs read [`View::position`], and in which notation moves are: for `docs/GAMES.md`.
    pub notation: &'static str,
}

/// Where a game is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Played {
    /// In this referee, move by move.
    Here,
    /// Somewhere else: the players only agree on it here, and report how it ended. No clock runs while they play, only
    /// deadlines do; there is no first move that could fail to come; and the game itself tells each step in words.
    Elsewhere,
}

/// What a seat is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prompt {
    /// In lists, after the players' names: `confirm or dispute the result`.
    pub task: String,
    /// What to type, in whole sentences.
    pub how: String,
}

/// How luck is shown to have been fair, after play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reveal {
    /// The seed itself is published at the end, and anyone can recompute every draw.
    Whole,
    /// One commitment per deck position, opened only to whoever may see the card. The seed stays sealed, because it would
    /// show hands that were never shown.
    PerCard,
}

/// Whom or what the game waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Phase {
    /// One seat acts.
    Act(Seat),
    /// Any one of these seats acts, whoever comes first: either side may report a result. In the order of seats.
    Any(Vec<Seat>),
    /// These seats choose at the same time, unseen by each other.
    Together(Vec<Seat>),
    /// The dealer answers.
    Chance(Ask),
    /// The game is over.
    Over(Verdict),
}

/// A question to luck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ask {
    /// `count` dice of `sides` sides each. The throw is public at once.
    Dice {
        /// How many dice, at least 1.
        count: u8,
        /// Sides of each, at least 2.
        sides: u8,
    },
    /// A deck of so many cards, numbered from 0, in random order. The order is sealed.
    Shuffle {
        /// Cards in the deck, at least 1.
        cards: u8,
    },
}

impl Ask {
    /// Whether this draw answers the question: as many dice with faces in range, or every card exactly once.
    pub fn fits(self, draw: &Draw) -> bool {
        match (self, draw) {
            (Ask::Dice { count, sides }, Draw::Dice(faces)) => {
                faces.len() == usize::from(count)
                    && faces.iter().all(|face| (1..=sides).contains(face))
            }
            (Ask::Shuffle { cards }, Draw::Order(order)) => {
                let mut sorted = order.clone();
                sorted.sort_unstable();
                sorted.into_iter().eq(0..cards)
            }
            _ => false,
        }
    }
}

/// The dealer's answer to an [`Ask`] of the same kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Draw {
    /// The faces thrown, each from 1 to the number of sides.
    Dice(Vec<u8>),
    /// The card at each position of the deck.
    Order(Vec<u8>),
}

/// What this seat may do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Legal<A> {
    /// Every allowed action; empty when there is nothing to choose.
    All(Vec<A>),
    /// Too many to list. What reads as an action is one, and nothing else is.
    Described {
        /// What is allowed, in words.
        words: String,
        /// A few of them, for people to see, and for programs and tests to try.
        examples: Vec<A>,
    },
}

impl<A> Legal<A> {
    /// What can be shown of it: everything, or the examples.
    pub fn shown(self) -> Vec<A> {
        match self {
            Legal::All(list) => list,
            Legal::Described { examples, .. } => examples,
        }
    }
}

/// One step of a game.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step<A> {
    /// The seat whose turn it is acts, or one of those that may.
    Act(Seat, A),
    /// Everyone who was asked has chosen; in the order of seats.
    Together(Vec<(Seat, A)>),
    /// Luck has answered.
    Chance(Draw),
    /// The time of these seats is up.
    TimedOut(Vec<Seat>),
    /// The player of this seat gave up.
    Left(Seat),
}

/// What came of a step, for people and programs. Players are named `{0}`, `{1}`, … in every text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// A sentence for everybody.
    Public(String),
    /// A sentence for one seat, and what everybody else is told in its place: no secret without its public twin.
    Split {
        /// Who is told the secret.
        seat: Seat,
        /// What that seat is told.
        secret: String,
        /// What all others are told.
        public: String,
    },
    /// A card is opened: the referee adds the proof that it was dealt so from the start. Only with [`Reveal::PerCard`].
    Opened {
        /// Which shuffle of this match, from 0.
        deck: u32,
        /// The position in the deck, from 0.
        at: u8,
        /// Who may see it; everybody when empty.
        to: Option<Seat>,
    },
}

/// How a game ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// The place of each seat, from 1; equal places are a tie. Empty: there is no result.
    pub places: Vec<u8>,
    /// The stable reason code, such as `checkmate` or `time`.
    pub code: String,
    /// One sentence, with players as `{0}` and `{1}`.
    pub text: String,
}

impl Verdict {
    /// A tie of all seats.
    pub fn tie(seats: u8, code: &str, text: impl Into<String>) -> Verdict {
        Verdict {
            places: vec![1; usize::from(seats)],
            code: code.to_owned(),
            text: text.into(),
        }
    }

    /// No result.
    pub fn void(code: &str, text: impl Into<String>) -> Verdict {
        Verdict {
            places: Vec::new(),
            code: code.to_owned(),
            text: text.into(),
        }
    }

    /// One seat first, all others tied behind it.
    pub fn won_by(winner: Seat, seats: u8, code: &str, text: impl Into<String>) -> Verdict {
        let place = |seat| if seat == winner.0 { 1 } else { 2 };
        Verdict {
            places: (0..seats).map(place).collect(),
            code: code.to_owned(),
            text: text.into(),
        }
    }

    /// These seats lost, all others tied before them; `what` completes "alice …", as in `ran out of time`. All at once is
    /// a tie.
    pub fn lost_by(losers: &[Seat], seats: u8, code: &str, what: &str) -> Verdict {
        let lost = |seat: u8| losers.contains(&Seat(seat));
        let named = |keep: bool| {
            let names: Vec<String> = (0..seats)
                .filter(|n| lost(*n) == keep)
                .map(|n| format!("{{{n}}}"))
                .collect();
            names.join(" and ")
        };
        if (0..seats).all(lost) {
            return Verdict::tie(seats, code, format!("{} {what}.", named(true)));
        }
        let verb = if (0..seats).filter(|n| !lost(*n)).count() == 1 {
            "wins"
        } else {
            "win"
        };
        Verdict {
            places: (0..seats)
                .map(|seat| if lost(seat) { 2 } else { 1 })
                .collect(),
            code: code.to_owned(),
            text: format!("{} {what}; {} {verb}.", named(true), named(false)),
        }
    }

    /// The only seat in first place, if there is just one.
    pub fn winner(&self) -> Option<Seat> {
        let mut first = self
            .places
            .iter()
            .enumerate()
            .filter(|(_, place)| **place == 1);
        match (first.next(), first.next()) {
            (Some((seat, _)), None) => u8::try_from(seat).ok().map(Seat),
            _ => None,
        }
    }
}

/// Who looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Viewer {
    /// Spectators, feeds, rooms.
    Public,
    /// The player in this seat.
    Seat(Seat),
    /// The referee itself and the record's auditors: everything.
    Referee,
}

/// What a viewer may see of a position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// A preformatted picture, at most 30 columns so that a phone shows it; may be empty.
    pub board: String,
    /// One line that a program can read: FEN for chess, `XO./.../...` for tic-tac-toe.
    pub position: String,
}

/// The refusal of a step that the game did not wait for. Tables make it before a game sees the step.
pub fn unasked() -> Refusal {
    refuse("game/not-now", "The game does not wait for this now.")
        .hint("Type show to see what it waits for.")
}

/// The refusal of a text that names no action: `what` completes "is no …", `how` says what to type.
pub fn unreadable(what: &str, text: &str, how: &str) -> Refusal {
    /// Enough to recognise what was typed, and no more of a stranger's text than that.
    const SHOWN: usize = 24;
    let start: String = text.chars().take(2 * SHOWN).collect();
    refuse(
        "game/unreadable",
        format!("`{}` is no {what}.", clean_line(&start, SHOWN)),
    )
    // The first sentence is enough for somebody who has read the whole before.
    .hint(match how.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => how.to_owned(),
    })
}
