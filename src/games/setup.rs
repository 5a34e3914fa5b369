//! The options of a match: read from people's text, checked against the game's list, stored as text.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::kit::{Refusal, refuse};

/// One option a game offers.
#[derive(Debug)]
pub struct Opt {
    /// The name people type: `rows`.
    pub name: &'static str,
    /// What may be chosen.
    pub choice: Choice,
    /// What happens when nothing is chosen; must be allowed by `choice`.
    pub default: &'static str,
    /// One short sentence.
    pub help: &'static str,
}

/// What an option allows.
#[derive(Debug)]
pub enum Choice {
    /// A whole number from the first to the second, both included.
    Number(i64, i64),
    /// One of these words.
    Word(&'static [&'static str]),
    /// A word of the players' own, of at most so many letters, digits, `-` and `_`.
    Name(usize),
    /// So many of the players' own words at least and at most, all different, with `+` between them.
    Names(usize, usize),
}

/// The longest word in a list of the players' own: two of them fit side by side on a phone.
const MAX_NAME_CHARS: usize = 12;

/// A word of the players' own in small letters, if it is one.
fn name(text: &str, longest: usize) -> Option<String> {
    let fits = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let is_name = (1..=longest).contains(&text.len())
        && text.chars().all(fits)
        && text.starts_with(|c: char| c.is_ascii_alphabetic());
    is_name.then(|| text.to_ascii_lowercase())
}

impl Choice {
    fn read(&self, value: &str) -> Option<String> {
        match self {
            Choice::Number(least, most) => {
                let number = value.parse::<i64>().ok()?;
                (*least..=*most)
                    .contains(&number)
                    .then(|| number.to_string())
            }
            Choice::Word(words) => words
                .iter()
                .find(|word| word.eq_ignore_ascii_case(value))
                .map(|word| (*word).to_owned()),
            Choice::Name(longest) => name(value, *longest),
            Choice::Names(least, most) => {
                let names: Option<Vec<String>> = value
                    .split('+')
                    .map(|part| name(part, MAX_NAME_CHARS))
                    .collect();
                let names = names?;
                let different: BTreeSet<&String> = names.iter().collect();
                let fits =
                    (*least..=*most).contains(&names.len()) && different.len() == names.len();
                fits.then(|| names.join("+"))
            }
        }
    }

    /// Whether the players write what they like here, so that strangers are not shown it.
    pub fn is_free(&self) -> bool {
        matches!(self, Choice::Name(_) | Choice::Names(..))
    }

    /// What is allowed, in words: `a number from 3 to 19`.
    pub fn describe(&self) -> String {
        match self {
            Choice::Number(least, most) => format!("a number from {least} to {most}"),
            Choice::Word(words) => format!("one of {}", words.join(", ")),
            Choice::Name(longest) => format!(
                "a word of at most {longest} letters, digits, - and _ that begins with a letter"
            ),
            Choice::Names(least, most) => format!(
                "{least} to {most} different names with + between them, each of at most {MAX_NAME_CHARS} letters, \
                 digits, - and _ and beginning with a letter"
            ),
        }
    }
}

/// The chosen options of one match: every option of the game, the defaults filled in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Setup(BTreeMap<String, String>);

impl Setup {
    /// Reads `rows=5 cols=5` (commas or blanks between) against a game's list.
    ///
    /// Refuses unknown names, values out of range, and the same option given twice with two values.
    pub fn read(options: &[Opt], text: &str) -> Result<Setup, Refusal> {
        let mut chosen: BTreeMap<String, String> = BTreeMap::new();
        for part in text
            .split([' ', ',', ';', '\n'])
            .filter(|part| !part.is_empty())
        {
            let (name, value) = part
                .split_once('=')
                .ok_or_else(|| unreadable(options, part))?;
            let option = options
                .iter()
                .find(|option| option.name.eq_ignore_ascii_case(name))
                .ok_or_else(|| unreadable(options, name))?;
            let value = option.choice.read(value).ok_or_else(|| {
                refuse(
                    "setup/bad-value",
                    format!("{} must be {}.", option.name, option.choice.describe()),
                )
                .hint(format!(
                    "Write for example {}={}.",
                    option.name, option.default
                ))
            })?;
            let before = chosen.insert(option.name.to_owned(), value.clone());
            if before.is_some_and(|before| before != value) {
                return Err(refuse(
                    "setup/contradiction",
                    format!("{} is given twice.", option.name),
                )
                .hint(format!(
                    "Write it once, for example {}={}.",
                    option.name, option.default
                )));
            }
        }
        for option in options {
            chosen
                .entry(option.name.to_owned())
                .or_insert_with(|| option.default.to_owned());
        }
        Ok(Setup(chosen))
    }

    /// An option as a number; 0 if the game never declared it.
    pub fn number(&self, name: &str) -> i64 {
        self.0
            .get(name)
            .and_then(|value| value.parse().ok())
            .unwrap_or(0)
    }

    /// An option as a word; empty if the game never declared it.
    pub fn word(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// An option as a list of names; empty if the game never declared it.
    pub fn names(&self, name: &str) -> Vec<String> {
        let listed = self.word(name).split('+').filter(|name| !name.is_empty());
        listed.map(str::to_owned).collect()
    }

    /// As [`Setup::text`], without what the players wrote freely.
    pub fn text_for_strangers(&self, options: &[Opt]) -> String {
        let free = |name: &str| options.iter().any(|o| o.name == name && o.choice.is_free());
        let plain = self.0.iter().filter(|(name, _)| !free(name));
        Setup(
            plain
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
        )
        .text(options)
    }

    /// As people type it: `cols=3 rows=3`; only what differs from the defaults when they are given.
    pub fn text(&self, options: &[Opt]) -> String {
        let usual =
            |name: &str, value: &str| options.iter().any(|o| o.name == name && o.default == value);
        let parts = self.0.iter().filter(|(name, value)| !usual(name, value));
        parts
            .map(|(name, value)| format!("{name}={value}"))
            .collect::<Vec<_>>()
            .join(" ")
    }
}

fn unreadable(options: &[Opt], part: &str) -> Refusal {
    let known: Vec<&str> = options.iter().map(|option| option.name).collect();
    let refusal = refuse(
        "setup/unknown-option",
        format!("`{part}` is no option of this game."),
    );
    match known.as_slice() {
        [] => refusal.hint("This game has no options."),
        [first, ..] => {
            let default = options.first().map_or("", |option| option.default);
            refusal.hint(format!(
                "Options are {}; write for example {first}={default}.",
                known.join(", ")
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPTIONS: &[Opt] = &[
        Opt {
            name: "rows",
            choice: Choice::Number(3, 9),
            default: "3",
            help: "",
        },
        Opt {
            name: "wrap",
            choice: Choice::Word(&["yes", "no"]),
            default: "no",
            help: "",
        },
        Opt {
            name: "maps",
            choice: Choice::Names(1, 3),
            default: "dust2",
            help: "",
        },
        Opt {
            name: "title",
            choice: Choice::Name(8),
            default: "game",
            help: "",
        },
    ];

    #[test]
    fn names_of_the_players_own_are_bounded_and_hidden_from_strangers() {
        let setup = Setup::read(OPTIONS, "maps=Nuke+cs_italy title=golf rows=5").unwrap();
        assert_eq!(setup.names("maps"), ["nuke", "cs_italy"]);
        assert_eq!(setup.text_for_strangers(OPTIONS), "rows=5");
        for bad in [
            "maps=a+b+c+d",
            "maps=a+A",
            "maps=",
            "maps=a++b",
            "maps=1st",
            "maps=abcdefghijklm",
            "maps={0}",
            "title=tablefootball",
            "title=http://x",
        ] {
            let refusal = Setup::read(OPTIONS, bad).unwrap_err();
            assert_eq!(refusal.code, "setup/bad-value", "{bad}");
        }
    }

    #[test]
    fn defaults_fill_in_and_read_back() {
        let setup = Setup::read(OPTIONS, "rows=5, WRAP=Yes").unwrap();
        assert_eq!((setup.number("rows"), setup.word("wrap")), (5, "yes"));
        assert_eq!(setup.text(OPTIONS), "rows=5 wrap=yes");
        assert_eq!(Setup::read(OPTIONS, &setup.text(OPTIONS)).unwrap(), setup);
        assert_eq!(Setup::read(OPTIONS, "").unwrap().text(OPTIONS), "");
    }

    #[test]
    fn bad_options_say_what_to_type() {
        let code = |text| Setup::read(OPTIONS, text).unwrap_err().code.into_owned();
        assert_eq!(code("rows=99"), "setup/bad-value");
        assert_eq!(code("rows=5 rows=6"), "setup/contradiction");
        assert_eq!(code("colour=red"), "setup/unknown-option");
        assert_eq!(code("rows"), "setup/unknown-option");
    }
}
