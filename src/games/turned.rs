//! A game of two in which the players have changed places, as in the later games of a series.
//!
//! Outside, seats stay what they are for the whole match, so that nobody's clock, offer or secret can end up with the other
//! player; inside, the rules see them exchanged. This wrapper refuses to know why they were.

use super::erased::Table;
use super::rules::{Fact, Legal, Phase, Prompt, Step, Verdict, View, Viewer};
use crate::kit::{Refusal, Seat};

/// The same table with the two seats exchanged.
pub fn turned(table: Box<dyn Table>) -> Box<dyn Table> {
    Box::new(Turned(table))
}

struct Turned(Box<dyn Table>);

impl Table for Turned {
    fn phase(&self) -> Phase {
        match self.0.phase() {
            Phase::Act(seat) => Phase::Act(seat.other()),
            Phase::Any(seats) => Phase::Any(turned_seats(&seats)),
            Phase::Together(seats) => Phase::Together(turned_seats(&seats)),
            Phase::Chance(ask) => Phase::Chance(ask),
            Phase::Over(verdict) => Phase::Over(turned_verdict(verdict)),
        }
    }

    fn legal(&self, seat: Seat) -> Legal<String> {
        self.0.legal(seat.other())
    }

    fn prompt(&self, seat: Seat) -> Option<Prompt> {
        let prompt = self.0.prompt(seat.other())?;
        Some(Prompt {
            task: turned_text(&prompt.task),
            how: turned_text(&prompt.how),
        })
    }

    fn read_exact(&self, seat: Seat, text: &str) -> Result<String, Refusal> {
        self.0.read_exact(seat.other(), text)
    }

    fn read_loosely(&self, seat: Seat, text: &str) -> Result<Vec<String>, Refusal> {
        self.0.read_loosely(seat.other(), text)
    }

    fn step(&mut self, step: &Step<String>) -> Result<Vec<Fact>, Refusal> {
        let facts = self.0.step(&turned_step(step))?;
        Ok(facts.into_iter().map(turned_fact).collect())
    }

    fn view(&self, viewer: Viewer) -> View {
        self.0.view(match viewer {
            Viewer::Seat(seat) => Viewer::Seat(seat.other()),
            other => other,
        })
    }

    fn save(&self) -> String {
        self.0.save()
    }

    fn copy(&self) -> Box<dyn Table> {
        turned(self.0.copy())
    }
}

fn turned_seats(seats: &[Seat]) -> Vec<Seat> {
    let mut seats: Vec<Seat> = seats.iter().map(|seat| seat.other()).collect();
    seats.sort();
    seats
}

fn turned_step(step: &Step<String>) -> Step<String> {
    match step {
        Step::Act(seat, text) => Step::Act(seat.other(), text.clone()),
        Step::Together(chosen) => {
            let turned = chosen
                .iter()
                .map(|(seat, text)| (seat.other(), text.clone()));
            let mut chosen: Vec<(Seat, String)> = turned.collect();
            chosen.sort_by_key(|(seat, _)| *seat);
            Step::Together(chosen)
        }
        Step::Chance(draw) => Step::Chance(draw.clone()),
        Step::TimedOut(seats) => Step::TimedOut(turned_seats(seats)),
        Step::Left(seat) => Step::Left(seat.other()),
    }
}

fn turned_fact(fact: Fact) -> Fact {
    match fact {
        Fact::Public(text) => Fact::Public(turned_text(&text)),
        Fact::Split {
            seat,
            secret,
            public,
        } => Fact::Split {
            seat: seat.other(),
            secret: turned_text(&secret),
            public: turned_text(&public),
        },
        Fact::Opened { deck, at, to } => Fact::Opened {
            deck,
            at,
            to: to.map(Seat::other),
        },
    }
}

/// The same verdict for seats that are counted the other way round.
pub fn turned_verdict(mut verdict: Verdict) -> Verdict {
    verdict.places.reverse();
    verdict.text = turned_text(&verdict.text);
    verdict
}

/// `{0}` becomes `{1}`, and the other way round.
fn turned_text(text: &str) -> String {
    let mut parts = text.split("{0}").map(|part| part.replace("{1}", "{0}"));
    let first = parts.next().unwrap_or_default();
    parts.fold(first, |text, part| text + "{1}" + &part)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::games::{Setup, find};

    #[test]
    fn names_are_exchanged() {
        assert_eq!(
            turned_text("{0} beats {1}; {0} wins."),
            "{1} beats {0}; {1} wins."
        );
        assert_eq!(turned_text("{1}"), "{0}");
        assert_eq!(turned_text("Both."), "Both.");
    }

    #[test]
    fn the_second_seat_begins_and_wins_as_itself() {
        let game = find("tic-tac-toe").unwrap();
        let setup = Setup::read(game.spec().options, "").unwrap();
        let mut table = turned(game.open(&setup, 2).unwrap());
        let mut seat = Seat(1);
        for cell in ["a1", "b1", "a2", "b2", "a3"] {
            assert_eq!(table.phase(), Phase::Act(seat));
            table.step(&Step::Act(seat, cell.to_owned())).unwrap();
            seat = seat.other();
        }
        let Phase::Over(verdict) = table.phase() else {
            panic!("three in a row")
        };
        assert_eq!(verdict.places, [2, 1]);
        assert!(verdict.text.starts_with("{1}"), "{}", verdict.text);
    }

    #[test]
    fn secrets_go_to_the_seat_that_plays_the_other_side() {
        let game = find("kuhn-poker").unwrap();
        let setup = Setup::read(game.spec().options, "").unwrap();
        let mut plain = game.open(&setup, 2).unwrap();
        let mut other = turned(game.open(&setup, 2).unwrap());
        let deal = Step::Chance(crate::games::Draw::Order(vec![2, 0, 1]));
        plain.step(&deal).unwrap();
        other.step(&deal).unwrap();
        for seat in [Seat(0), Seat(1)] {
            let (mine, theirs) = (Viewer::Seat(seat), Viewer::Seat(seat.other()));
            assert_eq!(plain.view(mine), other.view(theirs));
        }
        assert_eq!(plain.view(Viewer::Public), other.view(Viewer::Public));
    }
}
