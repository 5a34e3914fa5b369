//! What two players agree on before they play.

use serde::{Deserialize, Serialize};

use super::clock::ClockRule;
use super::formula::Formula;
use super::series::Series;
use super::spectators::Delay;
use super::state::ROOM_LINGERS;
use super::teams::{Fixture, Parent};
use crate::games::{self, Game, Legal, Phase, Played, Setup, Step};
use crate::kit::{Refusal, Seat, Span, refuse};

/// How long a result that was only reported may be disputed.
const ELSEWHERE_CONTESTED: Span = Span::days(1);

/// The terms of a match: part of the challenge, shown before it is accepted, and never changed afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// The game's id.
    pub game: String,
    /// The rules version.
    pub rules: u32,
    /// The game's options.
    #[serde(default)]
    pub setup: Setup,
    /// The time control.
    pub clock: ClockRule,
    /// Where the challenger sits.
    pub side: Side,
    /// Whether the result counts for ratings.
    pub rated: bool,
    /// Who finds the match.
    pub visibility: Visibility,
    /// Whether the match gets a room and a move-by-move feed.
    pub room: bool,
    /// How much later than the players everybody else sees the position; at once when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay: Option<Delay>,
    /// How many may watch; as many as the referee looks after when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spectators: Option<u16>,
    /// Which laws of the referee hold, where newer ones differ: those of before [`LUCK_BINDS`] when missing.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub law: u8,
    /// What goes beyond one game between two people.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub format: Option<Box<Format>>,
}

/// From this law on, whoever has seen the luck of a rated match cannot leave it alone, nor by never beginning. It stands in
/// the terms of rated matches only.
pub const LUCK_BINDS: u8 = 1;
/// A rated result after fewer moves does not count: nobody gives away points by resigning at once.
pub const MIN_RATED_MOVES: u32 = 4;
/// Results between the same two people that count within [`RATED_WINDOW`], whatever they play.
pub const MAX_RATED_A_DAY: usize = 10;
/// The time over which they are counted.
pub const RATED_WINDOW: Span = Span::days(1);

/// What goes beyond one game between two people. Boxed and mostly absent, so that plain matches stay small.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Format {
    /// Several games in a row.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub series: Option<Series>,
    /// Boards of a team match; 0 for a match of two.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub boards: u8,
    /// How many allies each captain may name.
    #[serde(skip_serializing_if = "is_zero", default)]
    pub allies: u8,
    /// Whom an open match is for; anybody when missing.
    #[serde(rename = "for", skip_serializing_if = "Option::is_none", default)]
    pub wanted: Option<Formula>,
    /// The team match whose board this is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<Parent>,
    /// The match between two clans that this is, or belongs to.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub fixture: Option<Fixture>,
}

fn is_zero(n: &u8) -> bool {
    *n == 0
}

impl Terms {
    /// Whether something is left to luck: from the start, or by what the first player may do.
    pub fn has_luck(&self) -> bool {
        let game = self.game();
        let table = game.and_then(|game| game.open(&self.setup, game.spec().seats.0).ok());
        let Some(table) = table else {
            return false;
        };
        let is_chance = |phase| matches!(phase, Phase::Chance(_));
        let leads_there = |seat, action: &String| {
            let mut next = table.copy();
            let stepped = next.step(&Step::Act(seat, action.clone()));
            stepped.is_ok() && is_chance(next.phase())
        };
        match table.phase() {
            Phase::Act(seat) => match table.legal(seat) {
                Legal::All(actions) => actions.iter().any(|action| leads_there(seat, action)),
                Legal::Described { .. } => false,
            },
            phase => is_chance(phase),
        }
    }

    /// Whom an open match is for, if not for anybody.
    pub fn wanted(&self) -> Option<&Formula> {
        self.format.as_ref()?.wanted.as_ref()
    }

    /// What was agreed about a series, if it is one.
    pub fn series(&self) -> Option<Series> {
        // A team match is played on its boards, and so is its series.
        let format = self.format.as_ref().filter(|format| format.boards == 0)?;
        format.series
    }

    /// Boards of a team match; 0 for a match of two.
    pub fn boards(&self) -> u8 {
        self.format.as_ref().map_or(0, |format| format.boards)
    }

    /// How many allies each captain may name.
    pub fn allies(&self) -> u8 {
        self.format.as_ref().map_or(0, |format| format.allies)
    }

    /// The team match whose board this is.
    pub fn parent(&self) -> Option<&Parent> {
        self.format.as_ref()?.parent.as_ref()
    }

    /// The match between two clans that this is, or belongs to.
    pub fn fixture(&self) -> Option<&Fixture> {
        self.format.as_ref()?.fixture.as_ref()
    }

    /// Whether the game is played somewhere else, and only reported here.
    pub fn is_elsewhere(&self) -> bool {
        self.game()
            .is_some_and(|game| game.played() == Played::Elsewhere)
    }

    /// How long after its end a result may be disputed, where it may at all: longer where a report that nobody answered
    /// counts as confirmed.
    pub fn dispute_lasts(&self) -> Span {
        if self.is_elsewhere() {
            ELSEWHERE_CONTESTED
        } else {
            ROOM_LINGERS
        }
    }

    /// Whether its result may be disputed after the end: the referee still looks after the match then.
    pub fn lingers(&self) -> bool {
        self.room || self.visibility == Visibility::Private || self.is_elsewhere()
    }

    /// Refuses what makes no sense where the game is played elsewhere: time to think, and a series of what counts its own
    /// maps.
    pub(super) fn fit_elsewhere(&self) -> Result<(), Refusal> {
        let Some(spec) = self.game().map(|game| game.spec()) else {
            return Ok(());
        };
        if self.is_elsewhere() && !self.clock.is_deadline() {
            let text = format!(
                "{} is played elsewhere, so I cannot run a clock of {} for it.",
                spec.title, self.clock
            );
            return Err(refuse("match/clock", text)
                .hint("Choose 2d or 3h/phase for a deadline at each step, or none."));
        }
        if self.is_elsewhere() && self.series().is_some() {
            let text = format!("{} counts its maps or games itself.", spec.title);
            return Err(refuse("match/series", text)
                .hint("Leave the series out, and write bo=3 for the best of three."));
        }
        Ok(())
    }

    /// The rules these terms name; `None` when this referee no longer has them.
    pub fn game(&self) -> Option<&'static dyn Game> {
        games::find_version(&self.game, self.rules)
    }

    /// Whether one player begins, so that it matters who sits where.
    pub fn has_sides(&self) -> bool {
        let game = self.game();
        let table = game.and_then(|game| Some((game, game.open(&self.setup, 2).ok()?)));
        table.is_some_and(|(game, table)| {
            game.played() == Played::Here && !matches!(table.phase(), games::Phase::Together(_))
        })
    }

    /// The time control in words, with the game's names for the seats; in a series sides alternate and clocks do not.
    pub fn clock_words(&self) -> String {
        let sides = self.game().map_or(&[][..], |game| game.spec().sides);
        if self.series().is_none() || self.clock.second.is_none() {
            return self.clock.words(sides);
        }
        let sides: Vec<String> = (sides.iter())
            .map(|side| format!("who starts as {side}"))
            .collect();
        let sides: Vec<&str> = sides.iter().map(String::as_str).collect();
        self.clock.words(&sides)
    }
}

/// Where the challenger sits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Side {
    /// Luck decides, as it does for colours in chess.
    Luck,
    /// The challenger chose this seat.
    Seat(Seat),
}

/// Who finds a match.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Visibility {
    /// Listed, searchable, in the public feed.
    #[default]
    Public,
    /// Whoever knows the id may watch.
    Unlisted,
    /// Only the players know that it exists.
    Private,
}

impl Visibility {
    /// The word in forms: `public`, `unlisted`, `private`.
    pub fn word(self) -> &'static str {
        match self {
            Visibility::Public => "public",
            Visibility::Unlisted => "unlisted",
            Visibility::Private => "private",
        }
    }
}
