//! The options of a match: read from people's text, checked against the game's list, stored as text.

use std::collections::BTreeMap;

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
        }
    }

    /// What is allowed, in words: `a number from 3 to 19`.
    pub fn describe(&self) -> String {
        match self {
            Choice::Number(least, most) => format!("a number from {least} to {most}"),
            Choice::Word(words) => format!("one of {}", words.join(", ")),
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
    ];

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
