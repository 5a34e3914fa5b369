//! From a chat line to a command with fields.

use super::card::{Card, Field, Fields, WordsFor};
use super::typed;
use crate::games::GAMES;
use crate::kit::{Refusal, clip, refuse};

/// The longest line that is read at all.
pub const MAX_LINE_CHARS: usize = 1000;
/// The longest text for a command that takes one as it is typed: a page with its title and what stands before it.
pub const MAX_VERBATIM_CHARS: usize = 2500;

/// Puts the words after a command's name into its fields: `name=value` by name, the others in order.
pub fn read_fields(card: &Card, words: &str) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    let joined = match card.fields.iter().any(|field| field.name == "clock") {
        true => clocks_joined(words),
        false => words.to_owned(),
    };
    let mut rest = joined.trim_start();
    while !rest.is_empty() {
        let (word, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        let after = after.trim_start();
        if let Some((name, value)) = word.split_once('=')
            && let Some(field) = card
                .fields
                .iter()
                .find(|field| field.name.eq_ignore_ascii_case(name))
        {
            if let WordsFor::Following(_) = field.words {
                fields.set(field.name, &format!("{value} {after}"));
                break;
            }
            fields.set(field.name, value);
            rest = after;
            continue;
        }
        let follows = |field: &&Field| match field.words {
            WordsFor::Following(before) => before.eq_ignore_ascii_case(word),
            _ => false,
        };
        if let Some(field) = card.fields.iter().find(follows) {
            if after.is_empty() {
                return Err(missing(card, &format!("something after `{word}`")));
            }
            fields.set(field.name, after);
            break;
        }
        let open = |name: &str| fields.get(name).is_none();
        if let Some((field, value, words)) = phrase(card, &open, rest).filter(|found| found.2 > 1) {
            fields.set(field.name, &value);
            rest = behind(rest, words);
            continue;
        }
        let Some((field, word)) = taker(card, &open, word) else {
            if typed::is_courtesy(word) || FILLERS.contains(&typed::plain(word).as_str()) {
                rest = after;
                continue;
            }
            return Err(too_much(card, word, &fields, after));
        };
        if let WordsFor::Verbatim = field.words {
            fields.set(field.name, rest);
            break;
        }
        if let WordsFor::Rest | WordsFor::Each(_) = field.words {
            let value = match fields.get(field.name) {
                Some(before) => format!("{before} {word}"),
                None => word,
            };
            fields.set(field.name, &value);
        } else {
            fields.set(field.name, &word);
        }
        rest = after;
    }
    Ok(fields)
}

/// Words between others that change nothing: "challenge bob to a game of chess with 5+3 as white".
const FILLERS: [&str; 19] = [
    "to", "a", "an", "the", "game", "of", "at", "as", "with", "and", "in", "on", "play", "playing",
    "match", "my", "me", "it", "for",
];

/// Whether a word only stands between others.
pub fn is_filler(word: &str) -> bool {
    FILLERS.contains(&typed::plain(word).as_str())
}

/// What is left of a line behind so many words.
fn behind(line: &str, words: usize) -> &str {
    (0..words).fold(line.trim_start(), |line, _| {
        let (_, after) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        after.trim_start()
    })
}

/// The field that takes the first words of what is left together, with the value they are and how many they are.
fn phrase(
    card: &Card,
    open: &impl Fn(&str) -> bool,
    rest: &str,
) -> Option<(&'static Field, String, usize)> {
    card.fields.iter().find_map(|field| match field.words {
        WordsFor::Phrase(reads) if open(field.name) => {
            reads(rest).map(|(value, words)| (field, value, words))
        }
        _ => None,
    })
}

/// The field that takes a word, and the word as it takes it: as it was typed, else without quotes, full stops and smileys.
/// `5 + 3` and `5 | 3` as one word each, which people write with blanks.
fn clocks_joined(words: &str) -> String {
    let mut joined = words.to_owned();
    for sign in ["+", "|"] {
        let apart = format!(" {sign} ");
        let mut from = 0;
        while let Some(at) = joined[from..].find(&apart).map(|at| from + at) {
            let before = joined[..at].ends_with(|c: char| c.is_ascii_digit());
            let behind = joined[at + apart.len()..].starts_with(|c: char| c.is_ascii_digit());
            match before && behind {
                true => joined.replace_range(at..at + apart.len(), sign),
                false => from = at + apart.len(),
            }
        }
    }
    joined
}

fn taker(
    card: &Card,
    open: &impl Fn(&str) -> bool,
    word: &str,
) -> Option<(&'static Field, String)> {
    let plain = typed::plain(word);
    let chosen = |word: &str| {
        card.fields.iter().find(|field| match field.words {
            WordsFor::If(takes) => open(field.name) && takes(word),
            WordsFor::Each(takes) => takes(word),
            _ => false,
        })
    };
    let read = |field: &Field| match field.words {
        WordsFor::Phrase(reads) if open(field.name) => reads(word),
        _ => None,
    };
    let exact = card.fields.iter().find(|field| match field.words {
        WordsFor::If(takes) => open(field.name) && takes(word),
        WordsFor::Each(takes) => takes(word),
        WordsFor::Phrase(_) => read(field).is_some(),
        WordsFor::Next => open(field.name),
        WordsFor::Rest => chosen(&plain).is_none(),
        WordsFor::Verbatim => true,
        WordsFor::Named | WordsFor::Following(_) => false,
    });
    match exact {
        Some(field) => Some((
            field,
            read(field).map_or(word.to_owned(), |(value, _)| value),
        )),
        None => chosen(&plain).map(|field| (field, plain.clone())),
    }
}

/// Words that commands know besides the names of games.
const KNOWN: [&str; 20] = [
    "rated", "unrated", "casual", "white", "black", "first", "second", "random", "public",
    "unlisted", "private", "room", "no-room", "draw", "abort", "undo", "pause", "adjourn",
    "resume", "match",
];

/// The refusal of a word that no field takes. Where no game is named yet it was probably meant for one.
fn too_much(card: &Card, word: &str, fields: &Fields, after: &str) -> Refusal {
    let takes_game = card.fields.iter().any(|field| field.name == "game");
    let open = |name: &str| name == "game";
    let later = |line: &str| {
        let words = line.split_whitespace().count();
        (0..words).any(|n| phrase(card, &open, behind(line, n)).is_some())
    };
    let games = GAMES.iter().map(|game| game.spec());
    if takes_game && fields.get("game").is_none() && !later(after) {
        let refusal = refuse(
            "match/unknown-game",
            format!("I don't know the game `{}`.", clip(word, 30)),
        );
        let names = games
            .clone()
            .flat_map(|spec| [spec.id].into_iter().chain(spec.aliases.iter().copied()));
        let ids: Vec<&str> = games.map(|spec| spec.id).collect();
        let known = names.chain(
            KNOWN
                .into_iter()
                .filter(|known| taker(card, &|_| true, known).is_some()),
        );
        return refusal.hint(match typed::nearest(word, known) {
            Some(near) => format!("Did you mean `{near}`? I know {}.", ids.join(", ")),
            None => format!("I know {}.", ids.join(", ")),
        });
    }
    let refusal = refuse(
        "command/usage",
        format!(
            "I don't know what `{}` means in `{}`.",
            clip(word, 40),
            card.typed()
        ),
    );
    let fits = |known: &&'static str| taker(card, &|_| true, known).is_some();
    match typed::nearest(word, KNOWN.into_iter().filter(fits)) {
        Some(near) => refusal.hint(format!(
            "Did you mean `{near}`? For example `{}`.",
            card.example
        )),
        None => refusal.hint(format!("Type for example `{}`.", card.example)),
    }
}

/// The name of a field with its article: "an opponent", "scores".
pub fn a(name: &str) -> String {
    match name.chars().next() {
        _ if name.ends_with('s') => name.to_owned(),
        Some('a' | 'e' | 'i' | 'o' | 'u') => format!("an {name}"),
        _ => format!("a {name}"),
    }
}

/// The refusal for a required field that is missing, named as in "a match".
pub fn missing(card: &Card, field: &str) -> Refusal {
    let name = card.typed();
    refuse("command/missing", format!("`{name}` needs {field}."))
        .hint(format!("Type for example `{}`.", card.example))
}
