//! Replacing a player: a seat is not a person.

use super::{Draft, Event, PersonId, Refusal, Seat, Stage, misfit, refuse};
use crate::matches::teams::Proposal;

impl Draft {
    /// Somebody is to take over a seat; `was` may be left out by the player who leaves it.
    pub(super) fn substitute(
        &mut self,
        by: PersonId,
        who: PersonId,
        was: Option<PersonId>,
    ) -> Result<(), Refusal> {
        let was = was.unwrap_or(by);
        let seat = self.replaceable(was)?;
        if !self.game.answers_for(by, seat) {
            return Err(refuse(
                "team/captain",
                "Only the player, or the captain of the side, proposes a substitute.",
            )
            .hint("Ask your captain."));
        }
        self.propose(seat, by, who, was)
    }

    /// The same by somebody who speaks for the clan of that side, where it plays for one.
    pub(super) fn relieve(
        &mut self,
        by: PersonId,
        who: PersonId,
        was: PersonId,
    ) -> Result<(), Refusal> {
        let seat = self.replaceable(was)?;
        if self.game.terms.fixture().is_none() {
            return Err(misfit("a side that plays for no clan"));
        }
        self.propose(seat, by, who, was)
    }

    /// The seat of somebody who can be replaced now.
    fn replaceable(&self, was: PersonId) -> Result<Seat, Refusal> {
        let id = self.game.id;
        match self.game.stage {
            Stage::Started | Stage::Paused | Stage::Adjourned if self.game.terms.boards() == 0 => {}
            Stage::Over | Stage::Halted => return Err(self.too_late()),
            _ => {
                return Err(refuse("team/not-started", "Nobody plays here yet.")
                    .hint("Players are replaced on the boards, once play has begun."));
            }
        }
        (self.game.seats.iter())
            .position(|sitting| *sitting == was)
            .and_then(|place| u8::try_from(place).ok())
            .map(Seat)
            .ok_or_else(|| {
                refuse(
                    "team/not-seated",
                    "That person does not play in this match.",
                )
                .hint(format!(
                    "Type for example `substitute {id} gina for dave`; `show {id}` tells who plays."
                ))
            })
    }

    fn propose(
        &mut self,
        seat: Seat,
        by: PersonId,
        who: PersonId,
        was: PersonId,
    ) -> Result<(), Refusal> {
        let ours = self.game.seat_of(who).is_some() || self.game.people().contains(&who);
        // An ally may become the captain of a clan's side, where play goes on by the same people.
        let ally = self.game.terms.fixture().is_some()
            && self.game.seat_of(who) == Some(seat)
            && who != was;
        let ours = ours && !ally;
        if ours && !self.is_sub(seat, who) {
            return Err(refuse(
                "team/twice",
                "That person already has a part in this match.",
            )
            .hint("Name somebody else."));
        }
        let listed = self.is_sub(seat, who);
        if listed && self.game.plays == 0 && self.game.chosen.is_empty() {
            return self.emit(Event::Replaced { seat, who, was });
        }
        if (self.game.proposal()).is_some_and(|standing| standing.expires > self.at) {
            return Err(refuse(
                "team/proposed",
                "A substitution is already waiting for an answer.",
            )
            .hint("Wait until it is answered or has lapsed."));
        }
        let expires = self.at + self.game.terms.clock.offer_lasts();
        self.emit(Event::Proposed(Proposal {
            seat,
            who,
            was,
            expires,
            opponent: false,
            // Whoever comes in their own place has agreed by asking.
            substitute: listed || who == by,
        }))
    }

    /// Whether somebody stands as a substitute of this side's line-up.
    fn is_sub(&self, seat: Seat, who: PersonId) -> bool {
        let parent = self.game.terms.parent();
        parent
            .and_then(|parent| parent.subs.get(seat.index()))
            .is_some_and(|subs| subs.contains(&who))
    }

    /// The other side, or the substitute, agrees; with the last of them the seat changes hands.
    pub(super) fn consent(&mut self, by: PersonId) -> Result<(), Refusal> {
        self.agreed(Event::Consented { by })
    }

    /// A human referee agrees in the opponent's place; the substitute still has to want it.
    pub(super) fn allow(&mut self, by: PersonId) -> Result<(), Refusal> {
        self.game.may_be_ruled_by(by)?;
        self.agreed(Event::Allowed { by })
    }

    fn agreed(&mut self, event: Event) -> Result<(), Refusal> {
        let lapsed = || {
            refuse("match/no-offer", "Nothing waits for your answer any more.")
                .hint("A substitution that lapsed may be proposed again.")
        };
        let standing = self.game.proposal().cloned().ok_or_else(lapsed)?;
        if standing.expires <= self.at {
            return Err(lapsed());
        }
        self.emit(event)?;
        match self.game.proposal() {
            Some(now) if now.opponent && now.substitute => {
                let (seat, who, was) = (now.seat, now.who, now.was);
                self.emit(Event::Replaced { seat, who, was })
            }
            _ => Ok(()),
        }
    }
}
