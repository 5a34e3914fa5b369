//! `docs/COMMANDS.md` is what the cards say, `docs/GAMES.md` what the games say, and no command can be mistaken for a move.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use xmpp_referee::commands::{COMMANDS, Card, Effect, Kind, Who, WordsFor};
use xmpp_referee::games::{Choice, GAMES, Phase, Setup, Step, Viewer};
use xmpp_referee::kit::Seat;
use xmpp_referee::matches::guide;

const HEAD: &str = "\
# Commands

<!-- Made from the command cards: `UPDATE=1 cargo test --test commands_doc` rewrites this page. -->

Write a command to `referee@R` or to a match's own address (`m42@R`), with or without `!` or `/` in front. In the room of a
match put `!` or the referee's nick in front. A legal move alone is a move. `m42 resign` is `resign m42`.

Every command is also an ad-hoc command (XEP-0050) of the same name on `R`, `referee@R` and `m42@R`; its form has the fields
below. A form that is submitted with the first request runs at once; the result form holds the fields for programs, and
`code` when the command was refused. The word `admin` and a verb, as in `admin status`, means the command `admin-status`.

";

fn who(card: &Card) -> &'static str {
    match card.who {
        Who::Anyone => "everybody",
        Who::Admin => "admins",
        Who::Referee => "human referees and admins",
        Who::Service => "services that the config trusts",
    }
}

fn effect(card: &Card) -> &'static str {
    match card.effect {
        Effect::Reads => "reads",
        Effect::Changes => "changes",
        Effect::Ends => "ends; an empty form asks first",
        Effect::Final => "ends for good; chat and an empty form ask first",
    }
}

/// A cell of a table: a bar would end it.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn page() -> String {
    let mut page = HEAD.to_owned();
    page.push_str("| command | also | what it does | who | effect |\n|---|---|---|---|---|\n");
    for card in COMMANDS {
        let also: Vec<String> = card
            .aliases
            .iter()
            .map(|word| format!("`{word}`"))
            .collect();
        writeln!(
            page,
            "| [`{0}`](#{0}) | {1} | {2} | {3} | {4} |",
            card.name,
            also.join(" "),
            cell(card.help),
            who(card),
            effect(card)
        )
        .unwrap();
    }
    for card in COMMANDS {
        write!(
            page,
            "\n## {}\n\n{}\n\n```text\n{}\n```\n",
            card.name, card.help, card.example
        )
        .unwrap();
        if card.fields.is_empty() {
            continue;
        }
        page.push_str("\n| field | value | in chat | what |\n|---|---|---|---|\n");
        for field in card.fields {
            let kind = match field.kind {
                Kind::Text | Kind::Kept(_) => "text".to_owned(),
                Kind::Program => "text, for programs".to_owned(),
                Kind::OneOf(words) => format!("one of {}", words.join(", ")),
                Kind::Lines => "lines of text".to_owned(),
                Kind::Person => "handle or JID".to_owned(),
                Kind::Clan | Kind::AnyClan => "clan".to_owned(),
                Kind::Match | Kind::AnyMatch => "match".to_owned(),
                Kind::Flag | Kind::FlagFor(_) => "yes or no".to_owned(),
                Kind::Pick(_) => "one of a list".to_owned(),
            };
            let chat = match field.words {
                WordsFor::If(_) => "a word that fits",
                WordsFor::Next => "the next word",
                WordsFor::Phrase(_) => "a word or words that fit",
                WordsFor::Each(_) => "every word that fits",
                WordsFor::Following(_) => "everything after the word `name`",
                WordsFor::Rest => "the other words",
                WordsFor::Named => "`name=value` only",
                WordsFor::Verbatim => "the rest of the line, and the lines after it",
            };
            let needed = if field.required { ", needed" } else { "" };
            let usual = match field.default {
                "" => String::new(),
                usual => format!(", usually `{usual}`"),
            };
            writeln!(
                page,
                "| `{}` | {kind}{needed}{usual} | {} | {} |",
                field.name,
                chat.replace("name", field.name),
                cell(field.label)
            )
            .unwrap();
        }
    }
    page
}

const GAMES_HEAD: &str = "\
# Games

<!-- Made from the games: `UPDATE=1 cargo test --test commands_doc` rewrites this page. -->

What the referee judges, for people and for the authors of bots: how a move is written, and what the field `position` of
`show` and `move` and the text of `<state>` in an [event](PROTOCOL.md#events) mean. `legal` lists the moves of whoever asks where
they can be listed; any of them may be sent back as it stands. Seats count from 0, in the order of the sides. A new game is one
file: [ADD-A-GAME.md](ADD-A-GAME.md).
";

fn games() -> String {
    let mut page = GAMES_HEAD.to_owned();
    for game in GAMES {
        let spec = game.spec();
        let table = game.open(&Setup::read(spec.options, "").unwrap(), spec.seats.0);
        let start = table.unwrap().view(Viewer::Public).position;
        let also = spec.aliases.join("`, `");
        let also = match also.as_str() {
            "" => String::new(),
            also => format!(" (also `{also}`)"),
        };
        write!(
            page,
            "\n## {}\n\n`{}`{also}, rules version {}; sides: {}.\n\n{}\n\n- **A move**: {}\n- **The position**, at first `{start}`: {}\n",
            spec.title,
            spec.id,
            spec.version,
            spec.sides.join(", "),
            spec.about,
            spec.how,
            spec.notation
        )
        .unwrap();
        for option in spec.options {
            let choice = match &option.choice {
                Choice::Number(from, to) => format!("{from} to {to}"),
                Choice::Word(words) => words.join(", "),
                Choice::Name(most) => format!("a word of at most {most} characters"),
                Choice::Names(few, many) => format!("{few} to {many} words with `+` between them"),
            };
            let usual = match option.default {
                "" => String::new(),
                usual => format!("; usually {usual}"),
            };
            writeln!(
                page,
                "- Option `{}` ({choice}{usual}): {}",
                option.name, option.help
            )
            .unwrap();
        }
    }
    page
}

#[test]
fn the_pages_are_what_the_cards_and_the_games_say() {
    for (name, page) in [("COMMANDS", page()), ("GAMES", games())] {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("docs/{name}.md"));
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            written == page,
            "docs/{name}.md differs from the code; UPDATE=1 rewrites it"
        );
    }
}

/// Where a position is written as names and values, the page explains each name.
#[test]
fn the_page_of_games_knows_every_part_of_a_position() {
    for game in GAMES {
        let spec = game.spec();
        let table = game.open(&Setup::read(spec.options, "").unwrap(), spec.seats.0);
        let position = table.unwrap().view(Viewer::Public).position;
        let named = position.split(' ').filter_map(|part| part.split_once('='));
        for (name, _) in named {
            let option = spec
                .options
                .iter()
                .any(|option| option.name.replace('-', "_") == name.replace('-', "_"));
            let told = option
                || spec.notation.contains(&format!("`{name}`"))
                || spec.notation.starts_with("As of every reported game");
            assert!(told, "{}: `{name}` of {position}", spec.id);
        }
    }
}

#[test]
fn no_two_commands_share_a_word() {
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for card in COMMANDS {
        for word in [card.name].iter().chain(card.aliases) {
            assert_eq!(
                seen.insert(word, card.name),
                None,
                "`{word}` of {} means something already",
                card.name
            );
        }
    }
}

#[test]
fn examples_name_their_own_command() {
    for card in COMMANDS {
        let spoken = card.typed();
        assert!(
            card.example.starts_with(&spoken),
            "{}: the example is `{}`",
            card.name,
            card.example
        );
        assert!(
            card.help.ends_with('.'),
            "{}: help is a sentence",
            card.name
        );
    }
}

/// What a person types as a move must never be taken for a command. Tried on everything legal along one line of play.
#[test]
fn no_move_of_any_game_is_a_command() {
    let words: Vec<&str> = COMMANDS
        .iter()
        .flat_map(|card| [card.name].into_iter().chain(card.aliases.iter().copied()))
        .collect();
    for game in GAMES {
        let spec = game.spec();
        let setup = Setup::read(spec.options, "").unwrap();
        let mut table = game.open(&setup, spec.seats.0).unwrap();
        for _ in 0..40 {
            let seats: Vec<Seat> = match table.phase() {
                Phase::Act(seat) => vec![seat],
                Phase::Any(seats) | Phase::Together(seats) => seats,
                Phase::Chance(_) | Phase::Over(_) => break,
            };
            let mut first = Vec::new();
            for seat in seats {
                for word in &words {
                    let read = table.read_loosely(seat, word).unwrap_or_default();
                    assert!(read.is_empty(), "{}: `{word}` is read as {read:?}", spec.id);
                }
                let moves = table.legal(seat).shown();
                first.extend(moves.into_iter().next().map(|text| (seat, text)));
            }
            let step = match (table.phase(), first.as_slice()) {
                (Phase::Act(_) | Phase::Any(_), [(seat, text), ..]) => {
                    Step::Act(*seat, text.clone())
                }
                (Phase::Together(_), choices) if !choices.is_empty() => {
                    Step::Together(choices.to_vec())
                }
                _ => break,
            };
            table.step(&step).unwrap();
        }
    }
}

/// The page for programs knows every kind of clock that people are taught.
#[test]
fn the_protocol_knows_every_clock() {
    let page = std::fs::read_to_string("docs/PROTOCOL.md").unwrap();
    let table = page.split("<!-- notation").nth(1).unwrap();
    let rows: Vec<&str> = table
        .lines()
        .skip(4)
        .take_while(|line| line.starts_with('|'))
        .filter_map(|row| row.split('`').nth(1))
        .collect();
    let taught: Vec<String> = guide::NOTATION
        .iter()
        .map(|(example, _)| example.replace('|', "\\|"))
        .collect();
    assert_eq!(rows, taught);
}
