//! Games that are played elsewhere: which maps, who says how it ended, and what counts when they do not agree.
//!
//! Counter-Strike, Quake and anything else are one machine with different options. A match goes through veto, play and
//! report: the maps are banned and picked in turn; then either side reports the scores; the other confirms them, or
//! reports its own. Silence is never luck and never a draw: in the veto it takes the first map that is left, after a report
//! it confirms, and without any report there is no result. This room refuses to know servers and demos: what happened
//! in the game is what both sides say. Begin reading with [`State`]; `veto` knows the turns, `score` the scores that are
//! possible, `words` how it all is told.

mod score;
mod veto;
mod words;

use serde::{Deserialize, Serialize};

use super::rules::{
    Fact, Legal, Phase, Played, Prompt, Reveal, Rules, Spec, Step, Verdict, View, Viewer, unasked,
};
use super::setup::{Choice, Opt, Setup};
use crate::kit::{Refusal, Seat, refuse};
pub(super) use score::Counting;
use score::Score;
use veto::{Chosen, Turn, Veto};

/// How often one side may report in one match.
const MAX_REPORTS: u8 = 3;
/// Nine maps take eight turns and four sides at most; then reports, confirmations, and each side late once before each.
pub(super) const MAX_STEPS: u32 = 40;
/// The most maps a pool has.
pub(super) const MAX_POOL: usize = 9;

/// The option for how many maps or games decide.
pub(super) const BEST_OF: Opt = Opt {
    name: "bo",
    choice: Choice::Word(&["1", "3", "5"]),
    default: "3",
    help: "Best of so many maps.",
};

/// A game that is played elsewhere.
pub struct Reported {
    pub(super) spec: &'static Spec,
    /// The position before the veto, from the options.
    pub(super) begin: fn(&Setup) -> Result<State, Refusal>,
}

/// Anything that two can play and count.
pub static GAME: Reported = Reported {
    spec: &SPEC,
    begin: |setup| {
        let draws = setup.word("level") == "yes";
        let mut state = State::new(setup, Counting::Points { draws });
        state.title = setup.word("title").to_owned();
        Ok(state)
    },
};

static SPEC: Spec = Spec {
    id: "reported",
    aliases: &["anything", "elsewhere"],
    title: "Reported match",
    version: 1,
    seats: (2, 2),
    sides: &["first", "second"],
    hidden: false,
    reveal: Reveal::Whole,
    draws: false,
    draw_offers: false,
    undo: false,
    options: &[
        Opt {
            name: "title",
            choice: Choice::Name(24),
            default: "anything",
            help: "What you play, such as table-football.",
        },
        Opt {
            name: "bo",
            choice: Choice::Word(&["1", "3", "5"]),
            default: "1",
            help: "Best of so many games.",
        },
        Opt {
            name: "level",
            choice: Choice::Word(&["yes", "no"]),
            default: "no",
            help: "Whether a game may end level.",
        },
    ],
    max_steps: MAX_STEPS,
    about: "Anything you play elsewhere and count in points. Either side reports the scores, its own first; the other \
            confirms, or reports its own; silence until the deadline confirms. If the reports differ, nobody wins before one \
            side gives in or a human referee rules. If nobody reports in time, there is no result.",
    how: "After play type report and the scores, yours first, for example report 3-1; the other side types confirm.",
    notation: "`phase` is `ban`, `pick`, `side`, `play`, `reported`, `disputed` or `over`; `best-of` says of how many maps or games; `first` and `second` are what the seats reported, from the first seat's side (`-` before). Moves are `report 3-1` and `confirm`.",
};

/// How far a reported match has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// What is played, where the players named it; else empty.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    title: String,
    best_of: u8,
    counting: Counting,
    /// Which maps; nothing where games have no maps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    veto: Option<Veto>,
    /// What each side says, in the order of seats.
    #[serde(default)]
    reports: [Option<Vec<Score>>; 2],
    /// How often each side has reported.
    #[serde(default)]
    times: [u8; 2],
    /// Who let the deadline pass since the last step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    late: Vec<Seat>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    over: Option<Verdict>,
}

/// What a seat does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Bans or picks a map, or chooses a side.
    Choose(Chosen),
    /// Says how it ended, in the order of seats.
    Report(Vec<Score>),
    /// Agrees with what the other side says.
    Confirm,
}

impl State {
    /// Nothing chosen, nothing played.
    pub(super) fn new(setup: &Setup, counting: Counting) -> State {
        State {
            title: String::new(),
            best_of: setup.word("bo").parse().unwrap_or(1),
            counting,
            veto: None,
            reports: [None, None],
            times: [0, 0],
            late: Vec::new(),
            over: None,
        }
    }

    /// The same with a veto over this pool.
    pub(super) fn with_veto(mut self, pool: Vec<String>, sides: bool) -> Result<State, Refusal> {
        self.veto = Some(Veto::new(pool, self.best_of, sides)?);
        Ok(self)
    }

    fn turn(&self) -> Option<Turn> {
        self.veto.as_ref()?.turn()
    }

    fn report_of(&self, seat: Seat) -> Option<&Vec<Score>> {
        self.reports.get(seat.index())?.as_ref()
    }

    /// The only side that has reported.
    fn reporter(&self) -> Option<Seat> {
        match (&self.reports[0], &self.reports[1]) {
            (Some(_), None) => Some(Seat(0)),
            (None, Some(_)) => Some(Seat(1)),
            _ => None,
        }
    }

    fn is_disputed(&self) -> bool {
        self.reports.iter().all(Option::is_some) && self.reports[0] != self.reports[1]
    }

    fn phase(&self) -> Phase {
        if let Some(verdict) = &self.over {
            return Phase::Over(verdict.clone());
        }
        match (self.turn(), self.reporter()) {
            (Some(turn), _) => Phase::Act(turn.seat()),
            (None, Some(reporter)) => Phase::Act(reporter.other()),
            (None, None) => Phase::Any(
                [Seat(0), Seat(1)]
                    .into_iter()
                    .filter(|seat| !self.late.contains(seat))
                    .collect(),
            ),
        }
    }

    fn is_asked(&self, seat: Seat) -> bool {
        match self.phase() {
            Phase::Act(asked) => asked == seat,
            Phase::Any(asked) => asked.contains(&seat),
            _ => false,
        }
    }

    /// How many maps or games are needed to win.
    fn needed(&self) -> usize {
        usize::from(self.best_of / 2 + 1)
    }

    /// Maps won by each side.
    fn tally(scores: &[Score]) -> [usize; 2] {
        let won = |seat| {
            let mine = scores.iter().filter(|score| score.winner() == Some(seat));
            mine.count()
        };
        [won(Seat(0)), won(Seat(1))]
    }

    /// Who won by these scores; nobody: a draw.
    fn winner(scores: &[Score]) -> Option<Seat> {
        let [first, second] = State::tally(scores);
        match first.cmp(&second) {
            std::cmp::Ordering::Greater => Some(Seat(0)),
            std::cmp::Ordering::Less => Some(Seat(1)),
            std::cmp::Ordering::Equal => None,
        }
    }

    /// Whether a match can have ended with these scores, map by map.
    fn judge(&self, scores: &[Score]) -> Result<(), Refusal> {
        let (unit, most) = (self.unit(), usize::from(self.best_of));
        let count = |text: String| {
            refuse("report/maps", text).hint(format!(
                "Type one score for each {unit} that was played, in their order, yours first."
            ))
        };
        if scores.len() > most {
            let text = format!(
                "A best of {most} has at most {most} {unit}s, and you gave {} scores.",
                scores.len()
            );
            return Err(count(text));
        }
        for (n, score) in scores.iter().enumerate() {
            if State::tally(&scores[..n]).contains(&self.needed()) {
                return Err(count(format!(
                    "The match was decided after {n} {unit}s, and you gave {} scores.",
                    scores.len()
                )));
            }
            self.counting.allows(*score)?;
        }
        let decided = State::tally(scores).contains(&self.needed());
        if decided || scores.len() == most {
            return Ok(());
        }
        Err(count(format!(
            "Nobody has won yet by these scores: a best of {most} takes {} {unit}s.",
            self.needed()
        )))
    }

    /// Whether this seat, which is asked, may do this now.
    fn admit(&self, seat: Seat, deed: &Deed) -> Result<(), Refusal> {
        match (deed, self.turn()) {
            (Deed::Choose(chosen), Some(turn)) => {
                let open = self.veto.as_ref().map(|veto| veto.choices(turn));
                let is_open = open.is_some_and(|open| open.contains(chosen));
                is_open.then_some(()).ok_or_else(unasked)
            }
            (Deed::Choose(_), None) => Err(unasked()),
            (Deed::Report(_) | Deed::Confirm, Some(turn)) => Err(refuse(
                "report/too-soon",
                "The maps come first; nothing has been played yet.",
            )
            .hint(self.how_to_choose(turn))),
            (Deed::Confirm, None) if self.report_of(seat.other()).is_some() => Ok(()),
            (Deed::Confirm, None) => Err(refuse(
                "report/nothing",
                "Nothing has been reported that you could confirm.",
            )
            .hint("Type report and the scores, yours first.")),
            (Deed::Report(_), None) if self.times[seat.index()] >= MAX_REPORTS => Err(refuse(
                "report/often",
                format!("You have reported {MAX_REPORTS} times."),
            )
            .hint("Type confirm to accept the other report, or dispute to call a human referee.")),
            (Deed::Report(scores), None) if self.report_of(seat) == Some(scores) => Err(refuse(
                "report/same",
                "That is what you have reported already.",
            )
            .hint("Type confirm to accept the other report, or dispute to call a human referee.")),
            (Deed::Report(scores), None) => self.judge(scores),
        }
    }

    fn end(&mut self, verdict: Verdict) {
        self.over = Some(verdict);
    }

    /// Both say the same, or one side says nothing: the report counts.
    fn settle(&mut self, scores: &[Score], code: &str, because: &str) {
        let text = format!("{because}{}.", self.outcome(scores));
        self.end(match State::winner(scores) {
            Some(winner) => Verdict::won_by(winner, 2, code, text),
            None => Verdict::tie(2, code, text),
        });
    }

    fn choose(&mut self, chosen: Chosen, silent: bool) -> Vec<Fact> {
        let Some(turn) = self.turn() else {
            return Vec::new();
        };
        let mut facts = vec![self.told_choice(turn, chosen, silent)];
        if let Some(veto) = &mut self.veto {
            veto.choose(chosen);
        }
        if self.turn().is_none() {
            facts.extend(self.told_maps());
        }
        facts
    }

    fn report(&mut self, seat: Seat, scores: &[Score]) -> Vec<Fact> {
        let told = Fact::Public(format!("{{{seat}}} reports: {}.", self.outcome(scores)));
        self.times[seat.index()] += 1;
        self.reports[seat.index()] = Some(scores.to_vec());
        match self.report_of(seat.other()) {
            None => vec![told],
            Some(other) if other == scores => {
                self.settle(scores, "confirmed", "Both report the same: ");
                Vec::new()
            }
            Some(_) => vec![
                told,
                Fact::Public(
                    "The reports differ, so nobody has won: one side gives in, or a human referee rules."
                        .to_owned(),
                ),
            ],
        }
    }

    fn confirm(&mut self, seat: Seat) -> Vec<Fact> {
        let Some(scores) = self.report_of(seat.other()).cloned() else {
            return Vec::new();
        };
        self.reports[seat.index()] = Some(scores.clone());
        self.settle(&scores, "confirmed", "");
        vec![Fact::Public(format!("{{{seat}}} confirms the report."))]
    }

    /// The time of these seats is up.
    fn silence(&mut self, seats: &[Seat]) -> Vec<Fact> {
        if let Some(turn) = self.turn() {
            let first = self
                .veto
                .as_ref()
                .and_then(|veto| veto.choices(turn).first().copied());
            return first.map_or(Vec::new(), |first| self.choose(first, true));
        }
        if let Some(reporter) = self.reporter() {
            let scores = self.report_of(reporter).cloned().unwrap_or_default();
            let because = format!(
                "{{{}}} did not answer in time, so the report stands: ",
                reporter.other()
            );
            self.settle(&scores, "confirmed-by-silence", &because);
            return Vec::new();
        }
        self.late.extend(seats);
        if [Seat(0), Seat(1)]
            .iter()
            .all(|seat| self.late.contains(seat))
        {
            self.end(if self.is_disputed() {
                Verdict::void(
                    "disputed",
                    "The reports differ, and nobody settled it in time.",
                )
            } else {
                Verdict::void("unreported", "Nobody reported in time how it ended.")
            });
            return Vec::new();
        }
        let told = |seat: &Seat| {
            Fact::Public(format!(
                "{{{seat}}} said nothing in time; {{{}}} still may.",
                seat.other()
            ))
        };
        seats.iter().map(told).collect()
    }
}

impl Rules for Reported {
    type State = State;
    type Action = Deed;

    fn spec(&self) -> &'static Spec {
        self.spec
    }

    fn played(&self) -> Played {
        Played::Elsewhere
    }

    fn start(&self, setup: &Setup, _seats: u8) -> Result<State, Refusal> {
        (self.begin)(setup)
    }

    fn phase(&self, state: &State) -> Phase {
        state.phase()
    }

    fn legal(&self, state: &State, seat: Seat) -> Legal<Deed> {
        if !state.is_asked(seat) {
            return Legal::All(Vec::new());
        }
        if let (Some(turn), Some(veto)) = (state.turn(), &state.veto) {
            return Legal::All(veto.choices(turn).into_iter().map(Deed::Choose).collect());
        }
        if state.times[seat.index()] >= MAX_REPORTS {
            return Legal::All(vec![Deed::Confirm]);
        }
        let mut examples = state.examples(seat);
        if state.report_of(seat.other()).is_some() {
            examples.insert(0, Deed::Confirm);
        }
        Legal::Described {
            words: self.spec.how.to_owned(),
            examples,
        }
    }

    fn step(&self, state: &State, step: &Step<Deed>) -> Result<(State, Vec<Fact>), Refusal> {
        let mut next = state.clone();
        let facts = match step {
            Step::Act(seat, deed) => {
                state.admit(*seat, deed)?;
                next.late.clear();
                match deed {
                    Deed::Choose(chosen) => next.choose(*chosen, false),
                    Deed::Report(scores) => next.report(*seat, scores),
                    Deed::Confirm => next.confirm(*seat),
                }
            }
            Step::TimedOut(seats) => next.silence(seats),
            Step::Left(seat) => {
                next.end(Verdict::lost_by(&[*seat], 2, "resigned", "gave up"));
                Vec::new()
            }
            Step::Together(_) | Step::Chance(_) => return Err(unasked()),
        };
        Ok((next, facts))
    }

    fn view(&self, state: &State, _viewer: Viewer) -> View {
        View {
            board: state.board(self.spec.sides),
            position: state.position(),
        }
    }

    fn prompt(&self, state: &State, seat: Seat) -> Option<Prompt> {
        Some(state.prompt(seat))
    }

    /// `ban-mirage`, `pick-nuke`, `ct`, `confirmed`, and scores with commas between them, the own first: `13-7,16-14`.
    fn parse(&self, state: &State, seat: Seat, text: &str) -> Result<Deed, Refusal> {
        let deed = state.read(seat, text)?;
        state.admit(seat, &deed)?;
        Ok(deed)
    }

    fn notate(&self, state: &State, seat: Seat, deed: &Deed) -> String {
        state.notation(seat, deed)
    }

    /// Also with the word of the command in front and blanks between, `report 13-7 16-14` or `ban mirage`; and with a word
    /// for whose scores come first and how it ended: `report them 7-13`, `report won 13-7`.
    fn readings(&self, state: &State, seat: Seat, text: &str) -> Result<Vec<Deed>, Refusal> {
        let deed = state.read_loosely(seat, text)?;
        state.admit(seat, &deed)?;
        Ok(vec![deed])
    }
}
