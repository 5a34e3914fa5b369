//! Sides of several people: who is named, who accepts, and what comes of the boards.

use super::{Draft, Event, PersonId, Refusal, Seat, Stage, misfit, refuse};
use crate::kit::MatchId;
use crate::matches::teams::{MAX_SUBS, Roster};

impl Draft {
    /// A captain names a line-up, or allies.
    pub(super) fn name(
        &mut self,
        by: PersonId,
        people: &[PersonId],
        subs: &[PersonId],
    ) -> Result<(), Refusal> {
        let (boards, allies) = (self.game.terms.boards(), self.game.terms.allies());
        let id = self.game.id;
        if boards == 0 && allies == 0 {
            return Err(refuse("team/none", "This match is played one against one.")
                .hint("Challenge with allies=2 for consultation, or boards=4 for a team match."));
        }
        let side = (self.game.captained_by(by)).ok_or_else(|| {
            refuse("team/captain", "Only the two captains name players.")
                .hint(format!("Type `show {id}` to see who they are."))
        })?;
        self.may_still_name(boards)?;
        self.check_named(by, side, people, subs)?;
        let side = Seat(u8::try_from(side).map_err(|_| misfit("too many sides"))?);
        self.emit(Event::Named {
            side,
            people: people.to_vec(),
            subs: subs.to_vec(),
        })?;
        self.begin_if_ready()
    }

    fn may_still_name(&self, boards: u8) -> Result<(), Refusal> {
        let id = self.game.id;
        if self.game.terms.fixture().is_some() {
            return Err(refuse(
                "team/locked",
                "The line-ups of both clans were locked before play began.",
            )
            .hint("`substitute` and a name replaces a player."));
        }
        let waiting = match self.game.stage {
            Stage::Over | Stage::Halted => return Err(self.too_late()),
            Stage::Challenged | Stage::Open | Stage::Gathering => true,
            _ => boards == 0 && !self.game.clock.all_moved() && !self.game.is_later_game(),
        };
        let full = |roster: &Roster| roster.people.len() == usize::from(boards);
        let locked = boards > 0
            && (self.game.team.as_ref()).is_some_and(|team| team.rosters.iter().all(full));
        if waiting && !locked {
            return Ok(());
        }
        Err(if boards > 0 {
            refuse("team/locked", "Both line-ups are in, and locked.").hint(
                "When the boards have begun, `substitute` and a board's name replaces a player.",
            )
        } else {
            refuse("team/locked", "Both have moved: the sides are complete.")
                .hint(format!("Type `show {id}` to see the position."))
        })
    }

    fn check_named(
        &self,
        by: PersonId,
        side: usize,
        people: &[PersonId],
        subs: &[PersonId],
    ) -> Result<(), Refusal> {
        let (boards, allies) = (self.game.terms.boards(), self.game.terms.allies());
        if boards > 0 && people.len() != usize::from(boards) {
            return Err(refuse(
                "team/count",
                format!("This match has {boards} boards: name {boards} players, in their order."),
            )
            .hint("You may be one of them. Substitutes come behind, as in subs=gina."));
        }
        if boards == 0 && (people.is_empty() || people.len() > usize::from(allies)) {
            return Err(refuse(
                "team/count",
                format!("Name 1 to {allies} allies besides yourself."),
            )
            .hint(format!("Type for example `team {} carol`.", self.game.id)));
        }
        if subs.len() > MAX_SUBS || (boards == 0 && !subs.is_empty()) {
            return Err(refuse(
                "team/subs",
                format!("A line-up has at most {MAX_SUBS} substitutes, and allies have none."),
            )
            .hint("Leave some out."));
        }
        let all: Vec<PersonId> = people.iter().chain(subs).copied().collect();
        let twice = |place: usize| all.iter().skip(place + 1).any(|other| *other == all[place]);
        let captains = self.game.names();
        let foreign = |person: &PersonId| {
            let team = self.game.team.as_ref();
            let others = team.and_then(|team| team.rosters.get(1 - side.min(1)));
            let own = *person == by && boards > 0;
            (captains.contains(person) && !own)
                || others.is_some_and(|roster| roster.names(*person))
        };
        if (0..all.len()).any(twice) || all.iter().any(foreign) {
            return Err(refuse(
                "team/twice",
                "Somebody is named twice, or belongs to the other side.",
            )
            .hint("Name each player once."));
        }
        Ok(())
    }

    /// Somebody who was named accepts.
    pub(super) fn enlist(&mut self, by: PersonId) -> Result<(), Refusal> {
        self.emit(Event::Enlisted { by })?;
        self.begin_if_ready()
    }

    /// A team match begins when both line-ups are in and everybody in them has accepted.
    pub(super) fn begin_if_ready(&mut self) -> Result<(), Refusal> {
        let boards = self.game.terms.boards();
        let ready = self.game.stage == Stage::Gathering
            && (self.game.team.as_ref())
                .is_some_and(|team| team.rosters.iter().all(|roster| roster.is_ready(boards)));
        if ready { self.seat_and_start() } else { Ok(()) }
    }

    /// The line-ups are due.
    pub(super) fn no_lineup(&mut self) -> Result<(), Refusal> {
        let boards = usize::from(self.game.terms.boards());
        let team = self.game.team.clone().unwrap_or_default();
        let missing = |place: usize| team.rosters[place].people.len() < boards;
        let text = match (missing(0), missing(1)) {
            (true, true) => {
                "Neither {0} nor {1} had a full line-up in time; the match is called off."
            }
            (true, false) => "{0} had no full line-up in time; the match is called off.",
            (false, true) => "{1} had no full line-up in time; the match is called off.",
            (false, false) => "Not everybody named accepted in time; the match is called off.",
        };
        self.end_without_result("no-lineup", text, None)
    }

    /// A board of this team match is there.
    pub(super) fn board(&mut self, board: u8, game: MatchId) -> Result<(), Refusal> {
        let known = self.game.team.as_ref().map_or(0, |team| team.boards.len());
        if self.game.stage != Stage::Started || usize::from(board) != known + 1 {
            return Ok(());
        }
        self.emit(Event::Boarded { board, game })
    }

    /// A board of this team match is over. Told twice, it counts once.
    pub(super) fn board_over(
        &mut self,
        board: u8,
        places: &[u8],
        code: &str,
    ) -> Result<(), Refusal> {
        let team = self.game.team.as_ref();
        let known = team.and_then(|team| team.boards.get(usize::from(board).wrapping_sub(1)));
        if self.game.stage != Stage::Started || known.is_none_or(|known| known.over.is_some()) {
            return Ok(());
        }
        self.emit(Event::BoardOver {
            board,
            places: places.to_vec(),
            code: code.to_owned(),
        })?;
        let boards = self.game.terms.boards();
        let team = self.game.team.as_ref();
        match team.and_then(|team| team.verdict(boards)) {
            Some(verdict) => self.end(verdict, None),
            None => Ok(()),
        }
    }
}
