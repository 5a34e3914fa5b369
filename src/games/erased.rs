//! Games without their types: what the rest of the referee holds.
//!
//! Authors write [`Rules`]; the one blanket implementation here turns every game into a [`Game`] that opens [`Table`]s,
//! speaking notation text instead of typed actions.

use super::rules::{Fact, Legal, Phase, Played, Prompt, Rules, Spec, Step, View, Viewer, unasked};
use super::setup::Setup;
use crate::kit::{Refusal, Seat, refuse};

/// A game in one rules version.
pub trait Game: Send + Sync {
    /// The facts about the game.
    fn spec(&self) -> &'static Spec;
    /// Sits down: the position before the first step. Refuses contradictory options and a wrong number of seats.
    fn open(&'static self, setup: &Setup, seats: u8) -> Result<Box<dyn Table>, Refusal>;
    /// A position from [`Table::save`] of the same game and version.
    fn restore(&'static self, saved: &str) -> Result<Box<dyn Table>, serde_json::Error>;
    /// See [`Rules::played`].
    fn played(&self) -> Played;
    /// See [`Rules::transcript`].
    fn transcript(
        &self,
        setup: &Setup,
        moves: &[(Seat, String)],
        tags: &[(&str, String)],
    ) -> Option<String>;
}

/// A position of some game, with the rules to go on.
pub trait Table: Send {
    /// Whom or what the game waits for.
    fn phase(&self) -> Phase;
    /// What this seat may do, in notation.
    fn legal(&self, seat: Seat) -> Legal<String>;
    /// What a seat that is asked has to do now, where the game says so; see [`Rules::prompt`].
    fn prompt(&self, seat: Seat) -> Option<Prompt>;
    /// The one action this text names, in canonical notation: what programs send. Refused while the seat is not asked.
    fn read_exact(&self, seat: Seat, text: &str) -> Result<String, Refusal>;
    /// All actions a person may mean by this text, in canonical notation.
    fn read_loosely(&self, seat: Seat, text: &str) -> Result<Vec<String>, Refusal>;
    /// Applies a step whose actions are canonical notation. Refused: nothing changes.
    fn step(&mut self, step: &Step<String>) -> Result<Vec<Fact>, Refusal>;
    /// What this viewer may see.
    fn view(&self, viewer: Viewer) -> View;
    /// The whole state as JSON text, hidden information included.
    fn save(&self) -> String;
    /// A copy to try things on.
    fn copy(&self) -> Box<dyn Table>;
}

impl<R: Rules> Game for R {
    fn spec(&self) -> &'static Spec {
        Rules::spec(self)
    }

    fn open(&'static self, setup: &Setup, seats: u8) -> Result<Box<dyn Table>, Refusal> {
        let (least, most) = Rules::spec(self).seats;
        if !(least..=most).contains(&seats) {
            return Err(refuse(
                "setup/seats",
                format!(
                    "{} is played by {least} to {most}.",
                    Rules::spec(self).title
                ),
            ));
        }
        let state = self.start(setup, seats)?;
        Ok(Box::new(Position { rules: self, state }))
    }

    fn restore(&'static self, saved: &str) -> Result<Box<dyn Table>, serde_json::Error> {
        let state = serde_json::from_str(saved)?;
        Ok(Box::new(Position { rules: self, state }))
    }

    fn played(&self) -> Played {
        Rules::played(self)
    }

    fn transcript(
        &self,
        setup: &Setup,
        moves: &[(Seat, String)],
        tags: &[(&str, String)],
    ) -> Option<String> {
        Rules::transcript(self, setup, moves, tags)
    }
}

struct Position<R: Rules> {
    rules: &'static R,
    state: R::State,
}

impl<R: Rules> Table for Position<R> {
    fn phase(&self) -> Phase {
        self.rules.phase(&self.state)
    }

    fn legal(&self, seat: Seat) -> Legal<String> {
        let notate = |action: &R::Action| self.rules.notate(&self.state, seat, action);
        match self.rules.legal(&self.state, seat) {
            Legal::Described { words, examples } => Legal::Described {
                words,
                examples: examples.iter().map(notate).collect(),
            },
            Legal::All(actions) => Legal::All(actions.iter().map(notate).collect()),
        }
    }

    fn prompt(&self, seat: Seat) -> Option<Prompt> {
        asked(&self.phase(), seat).ok()?;
        self.rules.prompt(&self.state, seat)
    }

    fn read_exact(&self, seat: Seat, text: &str) -> Result<String, Refusal> {
        asked(&self.phase(), seat)?;
        let action = self.rules.parse(&self.state, seat, text)?;
        Ok(self.rules.notate(&self.state, seat, &action))
    }

    fn read_loosely(&self, seat: Seat, text: &str) -> Result<Vec<String>, Refusal> {
        asked(&self.phase(), seat)?;
        let mut notations = Vec::new();
        for action in self.rules.readings(&self.state, seat, text)? {
            let notation = self.rules.notate(&self.state, seat, &action);
            if !notations.contains(&notation) {
                notations.push(notation);
            }
        }
        Ok(notations)
    }

    fn step(&mut self, step: &Step<String>) -> Result<Vec<Fact>, Refusal> {
        fits(&self.phase(), step, Rules::spec(self.rules).seats.1)?;
        let read = |seat: Seat, text: &str| self.rules.parse(&self.state, seat, text);
        let typed = match step {
            Step::Act(seat, text) => Step::Act(*seat, read(*seat, text)?),
            Step::Together(chosen) => {
                let all = chosen
                    .iter()
                    .map(|(seat, text)| Ok((*seat, read(*seat, text)?)));
                Step::Together(all.collect::<Result<_, Refusal>>()?)
            }
            Step::Chance(draw) => Step::Chance(draw.clone()),
            Step::TimedOut(seats) => Step::TimedOut(seats.clone()),
            Step::Left(seat) => Step::Left(*seat),
        };
        let (state, facts) = self.rules.step(&self.state, &typed)?;
        self.state = state;
        Ok(facts)
    }

    fn view(&self, viewer: Viewer) -> View {
        self.rules.view(&self.state, viewer)
    }

    fn save(&self) -> String {
        // A state is plain data: serde_json fails only on maps with keys that are no text, which the contract suite finds.
        serde_json::to_string(&self.state).unwrap_or_default()
    }

    fn copy(&self) -> Box<dyn Table> {
        Box::new(Position {
            rules: self.rules,
            state: self.state.clone(),
        })
    }
}

/// Refuses a text from a seat that nothing is asked of.
fn asked(phase: &Phase, seat: Seat) -> Result<(), Refusal> {
    match phase {
        Phase::Act(asked) if *asked == seat => Ok(()),
        Phase::Any(asked) | Phase::Together(asked) if asked.contains(&seat) => Ok(()),
        Phase::Over(_) => Err(refuse("game/over", "The game is over.")),
        Phase::Act(_) | Phase::Any(_) | Phase::Together(_) => {
            Err(refuse("game/not-your-turn", "It is another player's turn."))
        }
        Phase::Chance(_) => Err(unasked()),
    }
}

/// Refuses a step that this phase does not wait for, so that no game has to.
fn fits<A>(phase: &Phase, step: &Step<A>, seats: u8) -> Result<(), Refusal> {
    let fits = match (phase, step) {
        (Phase::Over(_), _) => return Err(refuse("game/over", "The game is over.")),
        (Phase::Act(_) | Phase::Any(_), Step::Act(seat, _)) => return asked(phase, *seat),
        (Phase::Together(asked), Step::Together(chosen)) => {
            asked.iter().eq(chosen.iter().map(|(seat, _)| seat))
        }
        (Phase::Chance(ask), Step::Chance(draw)) => ask.fits(draw),
        (_, Step::TimedOut(late)) => {
            !late.is_empty() && late.iter().all(|seat| asked(phase, *seat).is_ok())
        }
        (_, Step::Left(seat)) => seat.0 < seats,
        (_, Step::Act(..) | Step::Together(_) | Step::Chance(_)) => false,
    };
    if fits { Ok(()) } else { Err(unasked()) }
}
