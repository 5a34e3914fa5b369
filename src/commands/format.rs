//! The fields of `challenge` and `open` for what goes beyond one game between two people.

use super::call::{Caller, Place};
use super::card::{Ask, Field, Kind, WordsFor};
use crate::engine::Desk;
use crate::games::{Game, Played};
use crate::kit::{Refusal, clip, refuse};
use crate::matches::{Draws, Format, MAX_ALLIES, MAX_BOARDS, Series};

pub(super) const BEST: Field = Field {
    name: "best",
    label: "A series, best of so many games: 3, 5, 7 … (one game when empty)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(is_series),
};
pub(super) const DRAWS: Field = Field {
    name: "draws",
    label: "In a series, a drawn game is half a point each, or replayed",
    kind: Kind::Pick(draws),
    default: "",
    required: false,
    words: WordsFor::Named,
};
pub(super) const CARRY: Field = Field {
    name: "carry",
    label: "In a series, time left is added to the next game",
    kind: Kind::Pick(carries),
    default: "",
    required: false,
    words: WordsFor::Named,
};

pub(super) const BOARDS: Field = Field {
    name: "boards",
    label: "A team match on so many boards",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Named,
};
pub(super) const ALLIES: Field = Field {
    name: "allies",
    label: "How many allies each of you may name (consultation)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Named,
};

pub(super) const FOR: Field = Field {
    name: "for",
    label: "Only for those who fit: rated and not bot and rating within 200",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Following("for"),
};

/// A formula without the quotation marks that people put round it.
pub(super) fn unquoted(text: &str) -> &str {
    text.trim().trim_matches(['"', '\'', '“', '”', '„']).trim()
}

/// Whether `bo3` is an option of the game itself, as of rock, paper, scissors, and no series of it.
fn is_own_best(game: &dyn Game, best: &str) -> bool {
    is_series(best)
        && game
            .spec()
            .options
            .iter()
            .any(|option| option.name == "best_of")
}

/// Whether a word such as `bo3` means a series.
pub(super) fn is_series(word: &str) -> bool {
    let word = word.to_ascii_lowercase();
    word.strip_prefix("bo").is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    })
}

fn draws(_: &Desk, _: &Caller, _: Place) -> Vec<(String, String)> {
    [("half", "half a point each"), ("replay", "played again")]
        .map(|(word, label)| (word.to_owned(), label.to_owned()))
        .to_vec()
}

fn carries(_: &Desk, _: &Caller, _: Place) -> Vec<(String, String)> {
    [("none", "no"), ("clock", "yes")]
        .map(|(word, label)| (word.to_owned(), label.to_owned()))
        .to_vec()
}

impl Ask<'_> {
    /// What goes beyond one game between two people, from the fields.
    pub(super) fn format(&self, game: &dyn Game) -> Result<Option<Box<Format>>, Refusal> {
        let series = self.series(game)?;
        let boards = self.count("boards", MAX_BOARDS)?;
        let allies = self.count("allies", MAX_ALLIES)?;
        if boards > 0 && allies > 0 {
            return Err(refuse(
                "team/contradiction",
                "A team match has boards or allies, not both.",
            )
            .hint("Write boards=4, or allies=2."));
        }
        if boards > 0 || allies > 0 {
            self.check_game(game)?;
        }
        let format = Format {
            series,
            boards,
            allies,
            wanted: self
                .field("for")
                .map(unquoted)
                .map(str::parse)
                .transpose()?,
            parent: None,
            fixture: None,
        };
        Ok((format != Format::default()).then(|| Box::new(format)))
    }

    /// The options of the game. Where it is played elsewhere, `bo3` is one of them, and no series.
    pub(super) fn options(&self, game: &dyn Game) -> String {
        let options = self.field("options").unwrap_or_default();
        match self.field("best") {
            Some(best) if game.played() == Played::Elsewhere => {
                let best = best.to_ascii_lowercase();
                format!("{options} bo={}", best.trim_start_matches("bo"))
            }
            Some(best) if is_own_best(game, best) => {
                format!("{options} best_of={}", &best[2..])
            }
            _ => options.to_owned(),
        }
    }

    fn series(&self, game: &dyn Game) -> Result<Option<Series>, Refusal> {
        let draws = match self.field("draws") {
            None | Some("half") => Draws::Half,
            Some("replay" | "replayed") => Draws::Replay,
            Some(other) => {
                return Err(refuse(
                    "series/draws",
                    format!("`{}` says nothing about draws.", clip(other, 20)),
                )
                .hint("Write draws=half or draws=replay."));
            }
        };
        let carry = match self.field("carry") {
            None | Some("none" | "no") => false,
            Some("clock" | "yes" | "1" | "true") => true,
            Some(other) => {
                return Err(refuse(
                    "series/carry",
                    format!("`{}` cannot be carried over.", clip(other, 20)),
                )
                .hint("Write carry=clock, or leave it out."));
            }
        };
        let best = match self.field("best") {
            // One game is what every match is; what is played elsewhere counts its maps itself.
            None | Some("1") => None,
            Some(_) if game.played() == Played::Elsewhere => None,
            Some(text) if is_own_best(game, text) => None,
            Some(text) => Some(Series::best_of(text)?),
        };
        let Some(best) = best else {
            if carry || draws == Draws::Replay {
                return Err(refuse(
                    "series/alone",
                    "Draws are replayed and time is carried over in a series only.",
                )
                .hint("Add for example best=3."));
            }
            return Ok(None);
        };
        self.check_game(game)?;
        Ok(Some(Series { best, draws, carry }))
    }

    fn check_game(&self, game: &dyn Game) -> Result<(), Refusal> {
        if game.spec().seats.1 == 2 {
            return Ok(());
        }
        Err(refuse(
            "series/game",
            format!(
                "{} is played neither in a series nor by teams.",
                game.spec().title
            ),
        )
        .hint("Leave best, boards and allies out; `games` shows the options of the game."))
    }

    /// A number of boards or allies; 0 when it was not given.
    fn count(&self, name: &str, most: u8) -> Result<u8, Refusal> {
        let Some(text) = self.field(name) else {
            return Ok(0);
        };
        let least = if name == "boards" { 2 } else { 1 };
        let count = text.parse::<u8>().ok();
        let count = count.filter(|count| *count == 0 || (least..=most).contains(count));
        count.ok_or_else(|| {
            refuse(
                "team/number",
                format!("{name} is a number from {least} to {most}."),
            )
            .hint(format!("Write for example {name}={least}."))
        })
    }
}
