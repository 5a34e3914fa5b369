//! What becomes of a match on which the referee itself failed: it is stopped and left to people; one that is over stays over.

use super::decided::What;
use super::desk::Desk;
use crate::kit::{MatchId, Refusal, refuse};
use crate::matches::{Decision, Event, Stage};

impl Desk {
    pub(super) fn wake_halted(&mut self, id: MatchId) {
        if self.world.live(id).is_some() {
            let _ = self.halt(id);
        }
    }

    /// Stops a match, and gives the refusal for whoever asked something of it. What is over has its result: the referee only
    /// lets go of its room and feed, so that nothing of it falls due again.
    pub(super) fn halt(&mut self, id: MatchId) -> Result<(), Refusal> {
        let live = self.world.live(id);
        if live.is_some_and(|live| live.game.stage == Stage::Over) {
            return self.close(id);
        }
        tracing::error!(%id, "the rules of this match failed; the match is stopped");
        let why = "the rules of the game failed".to_owned();
        self.stage_alone(id, vec![Event::Halted { why }])?;
        Err(refuse(
            "match/halted",
            format!("The referee failed on match {id} and stopped it; the admins have been told."),
        )
        .hint("Your other matches go on."))
    }

    fn close(&mut self, id: MatchId) -> Result<(), Refusal> {
        tracing::error!(%id, "the referee failed on a match that is over; its result stands, and it is closed");
        let game = self.world.live(id).map(|live| &live.game);
        let fed = game.is_some_and(|game| game.node.is_some());
        let open = game.is_some_and(|game| !game.closed);
        let mut events = Vec::new();
        events.extend(open.then_some(Event::Vacated));
        events.extend(fed.then_some(Event::Unfed));
        if !events.is_empty() {
            let made = Decision {
                events: events.clone(),
                sealed: Vec::new(),
            };
            let left = self.lingering_feed(id, &made);
            self.stage_alone(id, events)?;
            left.map_or(Ok(()), |event| self.serve(None, event))?;
        }
        Err(refuse(
            "match/closed",
            format!("The referee failed on match {id}. It is over, and its result stands."),
        )
        .hint("Your other matches go on."))
    }

    fn stage_alone(&mut self, id: MatchId, events: Vec<Event>) -> Result<(), Refusal> {
        let sealed = Vec::new();
        let made = Decision { events, sealed };
        self.stage(None, None, What::Match { id, made })
    }
}
