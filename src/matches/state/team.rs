//! Who belongs to which side, and how line-ups, boards and substitutions change that.

use super::{Match, Stage, misfit};
use crate::kit::{ClanTag, PersonId, Refusal, Seat, Timestamp};
use crate::matches::event::Event;
use crate::matches::teams::{Board, LINEUP_LASTS, Proposal, Team, place_of};

impl Match {
    /// Where a person sits, as the player or as an ally who has accepted.
    pub fn seat_of(&self, person: PersonId) -> Option<Seat> {
        let place = self.seats.iter().position(|sitting| *sitting == person);
        let place = place.or_else(|| {
            let team = self.team.as_ref().filter(|_| self.is_allied())?;
            let mut rosters = team.rosters.iter();
            rosters.position(|roster| roster.agreed.contains(&person))
        });
        u8::try_from(place?).ok().map(Seat)
    }

    fn is_allied(&self) -> bool {
        !self.seats.is_empty() && self.terms.allies() > 0
    }

    /// Everybody who plays, with the seat: the players, and the allies who have accepted.
    pub fn players(&self) -> Vec<(Seat, PersonId)> {
        let seats = (0..).map(Seat);
        let mut players: Vec<_> = seats.zip(self.names()).collect();
        if let (true, Some(team)) = (self.is_allied(), &self.team) {
            for (seat, roster) in (0..).map(Seat).zip(&team.rosters) {
                players.extend(roster.agreed.iter().map(|person| (seat, *person)));
            }
        }
        players
    }

    /// Everybody who has to do with this match: who plays, was named, is to come in, or may answer for a board.
    pub fn people(&self) -> Vec<PersonId> {
        let mut people = self.names();
        if let Some(team) = &self.team {
            for roster in &team.rosters {
                people.extend(roster.people.iter().chain(&roster.subs));
            }
            people.extend(team.proposal.as_ref().map(|proposal| proposal.who));
        }
        if let Some(parent) = self.terms.parent() {
            people.extend(parent.captains);
        }
        people.sort();
        people.dedup();
        people
    }

    /// Whether an answer of this person to being named or proposed is awaited.
    pub fn awaits_answer_of(&self, person: PersonId) -> bool {
        let challenged = self.stage == Stage::Challenged && self.to == Some(person);
        challenged || self.awaits_member(person) || self.awaits_consent_of(person)
    }

    /// Whether this person was named for a side and has not answered.
    pub fn awaits_member(&self, person: PersonId) -> bool {
        self.stage != Stage::Over
            && self.team.as_ref().is_some_and(|team| {
                let mut rosters = team.rosters.iter();
                rosters.any(|roster| roster.names(person) && !roster.agreed.contains(&person))
            })
    }

    /// Whether a substitution waits for this person's consent.
    pub fn awaits_consent_of(&self, person: PersonId) -> bool {
        self.proposal().is_some_and(|proposal| {
            (!proposal.opponent && self.answers_for(person, proposal.seat.other()))
                || (!proposal.substitute && proposal.who == person)
        })
    }

    /// The substitution that waits for consent.
    pub fn proposal(&self) -> Option<&Proposal> {
        let team = self.team.as_ref().filter(|_| self.stage != Stage::Over)?;
        team.proposal.as_ref()
    }

    /// Whether a person may agree to things for a seat: the player, or the captain of a team match's board.
    pub fn answers_for(&self, person: PersonId, seat: Seat) -> bool {
        let player = self.seats.get(seat.index()) == Some(&person);
        let captain = (self.terms.parent())
            .is_some_and(|parent| parent.captains.get(seat.index()) == Some(&person));
        player || captain
    }

    /// The clan a seat plays for, in a match between clans.
    pub fn clan_of(&self, seat: Seat) -> Option<ClanTag> {
        let place = place_of(self.by, &self.seats, self.team.as_deref(), seat);
        self.terms.fixture()?.clans.get(place).copied()
    }

    /// The place of the side this person is captain of: 0 the challenger's, 1 the other's; from the start on the seat.
    pub fn captained_by(&self, person: PersonId) -> Option<usize> {
        self.names().iter().position(|captain| *captain == person)
    }

    /// Applies what happens to sides.
    pub(super) fn gather(&mut self, at: Timestamp, event: &Event) -> Result<(), Refusal> {
        if let Event::Replaced { seat, who, .. } = event {
            let sitting = self.seats.get_mut(seat.index());
            *sitting.ok_or_else(|| misfit("a seat that is not there"))? = *who;
        }
        let team = self.team.get_or_insert_default();
        match event {
            Event::Named { side, people, subs } => {
                let roster = team
                    .rosters
                    .get_mut(side.index())
                    .ok_or_else(|| misfit("a side that is not there"))?;
                roster.people.clone_from(people);
                roster.subs.clone_from(subs);
                let named = |person: &PersonId| people.contains(person) || subs.contains(person);
                roster.agreed.retain(named);
                if let Some(captain) = self.names().get(side.index()) {
                    self.enlist(*captain);
                }
            }
            Event::Enlisted { by } => self.enlist(*by),
            Event::Unlisted { by } => {
                for roster in &mut team.rosters {
                    for list in [&mut roster.people, &mut roster.subs, &mut roster.agreed] {
                        list.retain(|person| person != by);
                    }
                }
            }
            Event::Boarded { game, .. } => team.boards.push(Board {
                game: *game,
                over: None,
            }),
            Event::BoardOver {
                board,
                places,
                code,
            } => {
                let board = team.boards.get_mut(usize::from(*board).wrapping_sub(1));
                board
                    .ok_or_else(|| misfit("a board that is not there"))?
                    .over = Some((places.clone(), code.clone()));
            }
            Event::Proposed(proposal) => team.proposal = Some(proposal.clone()),
            Event::Consented { by } => self.consent(*by),
            Event::Allowed { .. } => {
                if let Some(proposal) = &mut team.proposal {
                    proposal.opponent = true;
                }
            }
            Event::Kept { .. } => team.proposal = None,
            Event::Replaced { seat, was, who } => {
                team.proposal = None;
                team.replaced.push((*seat, *was));
                if self.terms.allies() > 0
                    && let Some(roster) = team.rosters.get_mut(seat.index())
                {
                    roster.people.retain(|person| person != who);
                    roster.agreed.retain(|person| person != who);
                }
                self.turns.retain(|turn| turn.seat != *seat);
                self.wind(at);
            }
            _ => {}
        }
        Ok(())
    }

    fn enlist(&mut self, person: PersonId) {
        for roster in self.team.iter_mut().flat_map(|team| &mut team.rosters) {
            if roster.names(person) && !roster.agreed.contains(&person) {
                roster.agreed.push(person);
            }
        }
    }

    fn consent(&mut self, by: PersonId) {
        let Some(mut proposal) = self.proposal().cloned() else {
            return;
        };
        proposal.opponent |= self.answers_for(by, proposal.seat.other());
        proposal.substitute |= proposal.who == by;
        if let Some(team) = &mut self.team {
            team.proposal = Some(proposal);
        }
    }

    /// The challenge to a team match was accepted: now the captains name their line-ups.
    pub(super) fn begin_gathering(&mut self, at: Timestamp) {
        if self.terms.boards() > 0 {
            self.stage = Stage::Gathering;
            self.expires = at + LINEUP_LASTS;
        }
    }

    /// From the start on sides are counted by seats.
    pub(super) fn seat_teams(&mut self) {
        let exchanged = self.seats.first() != Some(&self.by);
        if let Some(team) = self.team.as_mut().filter(|_| exchanged) {
            team.rosters.swap(0, 1);
        }
        if self.terms.boards() > 0 {
            self.team.get_or_insert_with(Box::<Team>::default);
        }
    }
}
