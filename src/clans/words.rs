//! The word filter: it finds what moderators want to hear of. It never drops anything, because filters are wrong too often.
//!
//! An entry is a whole word, in any spelling that looks like it: `b4d`, `B-A-D` and `baaad` are `bad`. With `*` at an end
//! it is found inside of words too: `bad*`, `*bad`, `*bad*`.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::handle::skeleton;
use crate::kit::{Refusal, clip, refuse};

/// The longest entry of the filter, in characters.
pub const MAX_WORD_CHARS: usize = 40;
/// Characters of a text that are looked at: no text of a clan is longer than a page.
const MAX_TEXT_CHARS: usize = 20_000;

/// Checks an entry of the filter and returns it in small letters.
///
/// # Errors
/// `policy/word` when it is too long or nothing is left of it to look for.
pub fn check_word(text: &str) -> Result<String, Refusal> {
    let word: String = text.trim().nfkc().collect::<String>().to_lowercase();
    let core = word.trim_matches('*');
    let plain = core
        .chars()
        .all(|c| c.is_alphanumeric() || is_combining_mark(c));
    if !plain || core.chars().count() < 2 || word.chars().count() > MAX_WORD_CHARS {
        return Err(refuse(
            "policy/word",
            format!("`{}` is no word that could be looked for.", clip(text, 40)),
        )
        .hint(
            "Write 2 to 40 letters or digits; a * at an end stands for any letters, as in `bad*`.",
        ));
    }
    Ok(word)
}

/// The first entry of the filter that a text contains.
pub fn flagged<'w>(text: &str, words: &'w [String]) -> Option<&'w str> {
    if words.is_empty() {
        return None;
    }
    let tokens = tokens(text);
    let found = words.iter().find(|entry| {
        let core = fold(entry.trim_matches('*'));
        let (open_left, open_right) = (entry.starts_with('*'), entry.ends_with('*'));
        tokens.iter().any(|token| match (open_left, open_right) {
            (false, false) => *token == core,
            (false, true) => token.starts_with(&core),
            (true, false) => token.ends_with(&core),
            (true, true) => token.contains(&core),
        })
    });
    found.map(String::as_str)
}

/// The words of a text as they are compared: each alone, letters that stand apart joined, and the whole of a short text.
fn tokens(text: &str) -> Vec<String> {
    let text: String = text.nfkc().take(MAX_TEXT_CHARS).collect();
    let chars: Vec<char> = text.chars().collect();
    let mut parts: Vec<String> = vec![String::new()];
    for (place, c) in chars.iter().enumerate() {
        let before_letter = chars
            .get(place + 1)
            .is_some_and(|next| next.is_alphanumeric());
        match stands_for(*c) {
            Some(letter) if before_letter => push(&mut parts, letter),
            _ if c.is_alphanumeric() || is_combining_mark(*c) => push(&mut parts, *c),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.is_empty());
    let mut joined = Vec::new();
    let mut run = String::new();
    for part in &parts {
        if part.chars().count() == 1 {
            run.push_str(part);
        } else {
            joined.push(std::mem::take(&mut run));
        }
    }
    joined.extend([run, parts.concat()]);
    parts.extend(joined);
    parts
        .iter()
        .map(|part| fold(part))
        .filter(|part| !part.is_empty())
        .collect()
}

fn push(parts: &mut [String], c: char) {
    if let Some(last) = parts.last_mut() {
        last.push(c);
    }
}

/// Signs that people write for letters inside of words.
fn stands_for(c: char) -> Option<char> {
    match c {
        '@' => Some('a'),
        '$' => Some('s'),
        '!' | '|' => Some('i'),
        _ => None,
    }
}

/// A word without what spellings of it differ in: case, look-alikes, digits for letters, letters that are repeated.
fn fold(word: &str) -> String {
    let mut folded = String::new();
    for c in skeleton(word).chars() {
        let c = match c {
            '3' => 'e',
            '4' => 'a',
            '5' => 's',
            '7' => 't',
            // A skeleton has l for 1 and for a capital I already.
            'i' => 'l',
            other => other,
        };
        if !folded.ends_with(c) {
            folded.push(c);
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_words_with_open_ends() {
        for (text, read) in [
            ("Bad", Some("bad")),
            (" *bad* ", Some("*bad*")),
            ("ｂad", Some("bad")),
        ] {
            assert_eq!(check_word(text).ok().as_deref(), read, "{text}");
        }
        for bad in [
            "",
            "*",
            "a",
            "*a*",
            "two words",
            "b*d",
            &"x".repeat(41),
            "a\u{202e}b",
        ] {
            let code = check_word(bad).unwrap_err().code;
            assert_eq!(code, "policy/word", "{bad}");
        }
    }

    #[test]
    fn spellings_of_a_word_are_found_and_other_words_are_not() {
        let words = ["bad".to_owned(), "evil*".to_owned(), "*grim*".to_owned()];
        for (text, found) in [
            ("The Bad Wolves", Some("bad")),
            ("b4d", Some("bad")),
            ("B-A-D boys", Some("bad")),
            ("b a d", Some("bad")),
            ("baaaad!", Some("bad")),
            ("ba-d", Some("bad")),
            ("bаd", Some("bad")),
            ("b@d", Some("bad")),
            ("badge", None),
            ("Evildoers", Some("evil*")),
            ("medieval", None),
            ("Pilgrims", Some("*grim*")),
            ("ev!l", Some("evil*")),
            ("Wolves", None),
            ("", None),
        ] {
            assert_eq!(flagged(text, &words), found, "{text}");
        }
        assert_eq!(flagged("bad", &[]), None);
    }
}
