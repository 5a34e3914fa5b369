//! The boards of team matches: set up when a team match has begun, and counted in it when they are over.
//!
//! No record spans two streams. What a team match still lacks follows from what both streams say, is asked for with a
//! request of its own, and counts once however often it is asked: so it is simply looked for again after a crash.

use super::decided::What;
use super::desk::{Desk, Found};
use crate::games::Verdict;
use crate::kit::{Hash, MatchId, PersonId, Refusal, Seat};
use crate::matches::{self, Ask, Fixture, Format, Match, Parent, Side, Stage, Terms};

/// A board that is to be set up.
struct Setting {
    seats: [PersonId; 2],
    terms: Terms,
}

impl Desk {
    /// Gives a team match what it lacks: boards that are not there, and results it has not heard of.
    pub(super) fn tend(&mut self, id: MatchId) {
        if let Err(refusal) = self.tend_boards(id) {
            tracing::error!(%id, code = %refusal.code, "a team match could not be brought up to date");
        }
    }

    fn tend_boards(&mut self, id: MatchId) -> Result<(), Refusal> {
        let boards = match self.world.live(id) {
            Some(live) if live.game.stage == Stage::Started => live.game.terms.boards(),
            _ => return Ok(()),
        };
        for board in 1..=boards {
            let known = self.world.live(id).and_then(|live| {
                let team = live.game.team.as_ref()?;
                team.boards.get(usize::from(board) - 1).cloned()
            });
            match known {
                None => {
                    let game = match self.world.board_of(id, board) {
                        Some(game) => game,
                        None => self.set_up(id, board)?,
                    };
                    self.act(None, id, &Ask::Board { board, game }, None)?;
                }
                Some(known) if known.over.is_none() => {
                    if let Some(verdict) = self.verdict_of(known.game) {
                        let ask = board_over(board, verdict);
                        self.act(None, id, &ask, None)?;
                    }
                }
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn set_up(&mut self, id: MatchId, board: u8) -> Result<MatchId, Refusal> {
        let live = self.world.live(id);
        let setting = live.and_then(|live| setting(&live.game, board));
        let setting = setting.ok_or_else(|| super::desk::no_such_match(id))?;
        let game = MatchId(self.world.last_match + 1);
        let seed = Hash(self.ports.entropy.seed());
        let made = matches::pair(game, self.now, setting.seats, setting.terms, seed)?;
        self.stage(None, None, What::Match { id: game, made })?;
        Ok(game)
    }

    fn verdict_of(&self, id: MatchId) -> Option<Verdict> {
        match self.find(id)? {
            Found::Live(live) => live.game.verdict.clone(),
            Found::Finished(finished) => Some(finished.verdict),
        }
    }
}

/// On even boards the sides are exchanged.
fn setting(game: &Match, board: u8) -> Option<Setting> {
    let team = game.team.as_ref()?;
    let place = usize::from(board).checked_sub(1)?;
    let exchanged = board.is_multiple_of(2);
    let order = |pair: [usize; 2]| if exchanged { [pair[1], pair[0]] } else { pair };
    let [first, second] = order([0, 1]);
    let player = |side: usize| team.rosters.get(side)?.people.get(place).copied();
    let subs = |side: usize| {
        let roster = &team.rosters[side];
        let agreed = |person: &&PersonId| roster.agreed.contains(person);
        roster.subs.iter().filter(agreed).copied().collect()
    };
    let parent = Parent {
        game: game.id,
        board,
        captains: [*game.seats.get(first)?, *game.seats.get(second)?],
        subs: [subs(first), subs(second)],
    };
    let agreed = game.terms.format.as_ref()?;
    // The line-ups stand in the team match.
    let seat = |place: usize| u8::try_from(place).ok().map(Seat);
    let clan = |place: usize| game.clan_of(seat(place)?);
    let clans = clan(first).zip(clan(second));
    let fixture = clans
        .zip(agreed.fixture.as_ref())
        .map(|(clans, fixture)| Fixture {
            id: fixture.id,
            clans: clans.into(),
            people: Default::default(),
            subs: Default::default(),
        });
    Some(Setting {
        seats: [player(first)?, player(second)?],
        terms: Terms {
            side: Side::Seat(Seat(0)),
            format: Some(Box::new(Format {
                series: agreed.series,
                wanted: None,
                parent: Some(parent),
                fixture,
                ..Format::default()
            })),
            ..game.terms.clone()
        },
    })
}

fn board_over(board: u8, verdict: Verdict) -> Ask {
    let mut places = verdict.places;
    if board.is_multiple_of(2) {
        places.reverse();
    }
    Ask::BoardOver {
        board,
        places,
        code: verdict.code,
    }
}
