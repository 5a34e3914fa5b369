//! Moves and sealed choices.

use super::{Draft, Event, PersonId, Phase, Refusal, Sealed, Seat, Secret, Span, misfit, refuse};

/// The longest text that can be a move.
const MAX_MOVE_CHARS: usize = 200;

impl Draft {
    pub(super) fn play(
        &mut self,
        by: PersonId,
        text: &str,
        expect: Option<u32>,
        lag: Option<Span>,
    ) -> Result<(), Refusal> {
        let seat = self.seat(by)?;
        let id = self.game.id;
        if text.chars().count() > MAX_MOVE_CHARS {
            return Err(refuse("match/long-move", "That is too long to be a move.")
                .hint(format!("Type `show {id}` for the legal moves.")));
        }
        if let Some(expect) = expect
            && expect != self.game.plays
        {
            return self.stale(seat, text, expect);
        }
        match self.game.phase() {
            Some(Phase::Act(turn)) if turn == seat => self.act(seat, text, lag),
            Some(Phase::Any(seats)) if seats.contains(&seat) => self.act(seat, text, lag),
            Some(Phase::Together(seats)) if seats.contains(&seat) => {
                let text = self.notation(seat, text)?;
                let lag = self.in_time(seat, lag)?;
                self.choose(seat, text, lag, &seats)
            }
            _ => Err(
                refuse("match/not-your-turn", "It is not your turn.").hint(format!(
                    "You will be told when it is; type `show {id}` to see the position."
                )),
            ),
        }
    }

    fn act(&mut self, seat: Seat, text: &str, lag: Option<Span>) -> Result<(), Refusal> {
        let text = self.notation(seat, text)?;
        let lag = self.in_time(seat, lag)?;
        self.emit(Event::Moved { seat, text, lag })?;
        self.settle()
    }

    pub(super) fn notation(&self, seat: Seat, text: &str) -> Result<String, Refusal> {
        self.game
            .table()
            .ok_or_else(|| misfit("no table"))?
            .read_exact(seat, text)
    }

    /// The lag that is forgiven for a move made now; refused when the time was up even so, for which the flag falls soon.
    fn in_time(&self, seat: Seat, lag: Option<Span>) -> Result<Option<Span>, Refusal> {
        let (clock, rule) = (&self.game.clock, self.game.terms.clock);
        if rule.lag > Span::ZERO && clock.is_too_late(rule, seat, self.at, lag) {
            return Err(
                refuse("match/too-late", "Your time was up before this came.").hint(format!(
                    "The flag falls in a moment; type `result {}` then.",
                    self.game.id
                )),
            );
        }
        Ok(clock.forgives(rule, seat, lag))
    }

    pub(super) fn choose(
        &mut self,
        seat: Seat,
        text: String,
        lag: Option<Span>,
        all: &[Seat],
    ) -> Result<(), Refusal> {
        // The game judges the choice now, alone, so that a bad one is refused to the one who made it.
        self.made.sealed.push(Sealed::Choice {
            seat,
            text: Secret::new(text),
        });
        self.emit(Event::Chose { seat, lag })?;
        let mut choices = Vec::new();
        for seat in all {
            match self.game.chosen.get(seat) {
                Some(Some(text)) => choices.push((*seat, text.reveal().clone())),
                Some(None) => return Err(misfit("a sealed choice is missing")),
                None => return Ok(()),
            }
        }
        self.emit(Event::Revealed { choices })?;
        self.settle()
    }

    /// A move made against another count of moves: harmless if it is the one just played, else refused.
    pub(super) fn stale(&self, seat: Seat, text: &str, expect: u32) -> Result<(), Refusal> {
        let (id, plays) = (self.game.id, self.game.plays);
        let last = self.game.moves().last();
        let retried = expect.checked_add(1) == Some(plays)
            && last.is_some_and(|(mover, played)| {
                mover == seat
                    && played.trim_end_matches(['+', '#']) == text.trim_end_matches(['+', '#'])
            });
        if retried {
            return Ok(());
        }
        Err(refuse(
            "match/stale",
            format!("You expected {expect} moves, but {plays} have been played."),
        )
        .hint(format!("Type `show {id}` to see the position.")))
    }

    /// Tells a turn again, where there still is one and it was not told often enough.
    pub(super) fn remind(&mut self, seat: Seat) -> Result<(), Refusal> {
        let mut turns = self.game.turns().iter();
        match turns.find(|turn| turn.seat == seat) {
            Some(turn) if turn.may_be_told_again() => self.emit(Event::Reminded { seat }),
            _ => Ok(()),
        }
    }
}
