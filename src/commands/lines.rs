//! From a chat line to a command with fields.

use super::card::{Card, Field, Fields, WordsFor};
use crate::kit::{Refusal, clip, refuse};

/// The longest line that is read at all.
pub const MAX_LINE_CHARS: usize = 1000;
/// The longest text for a command that takes one as it is typed: a page with its title and what stands before it.
pub const MAX_VERBATIM_CHARS: usize = 2500;

/// Puts the words after a command's name into its fields: `name=value` by name, the others in order.
pub fn read_fields(card: &Card, words: &str) -> Result<Fields, Refusal> {
    let mut fields = Fields::default();
    let mut rest = words.trim_start();
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
        let taker = card.fields.iter().find(|field| match field.words {
            WordsFor::If(takes) => open(field.name) && takes(word),
            WordsFor::Next => open(field.name),
            WordsFor::Rest | WordsFor::Verbatim => true,
            WordsFor::Named | WordsFor::Following(_) => false,
        });
        let Some(field) = taker else {
            return Err(too_much(card, word));
        };
        if let WordsFor::Verbatim = field.words {
            fields.set(field.name, rest);
            break;
        }
        if let WordsFor::Rest = field.words {
            let value = match fields.get(field.name) {
                Some(before) => format!("{before} {word}"),
                None => word.to_owned(),
            };
            fields.set(field.name, &value);
        } else {
            fields.set(field.name, word);
        }
        rest = after;
    }
    Ok(fields)
}

fn too_much(card: &Card, word: &str) -> Refusal {
    refuse(
        "command/usage",
        format!(
            "I do not know what `{}` means for {}.",
            clip(word, 40),
            card.typed()
        ),
    )
    .hint(format!("Type for example `{}`.", card.example))
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
