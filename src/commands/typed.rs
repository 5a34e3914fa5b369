//! How people type: quotes, full stops and smileys around what they mean, courtesies, yes and no, and words that were
//! nearly hit. Whatever is read as it stands is never touched; this is for what was not.

/// Words that are only polite.
const COURTESIES: [&str; 11] = [
    "pls", "plz", "please", "bitte", "thanks", "thank", "thx", "ty", "you", "now", "sir",
];
/// Words that say hello.
const GREETINGS: [&str; 14] = [
    "hello",
    "hi",
    "hey",
    "hallo",
    "hiya",
    "howdy",
    "hola",
    "ciao",
    "moin",
    "servus",
    "salut",
    "yo",
    "good",
    "greetings",
];
/// Signs that say hello.
const WAVES: [char; 2] = ['👋', '🙋'];
/// Words of the longest greeting.
const MAX_GREETING: usize = 3;
/// Words that say yes to a question of ours.
const YES: [&str; 15] = [
    "yes", "y", "yep", "yeah", "yup", "ok", "okay", "sure", "accept", "agree", "agreed", "ja",
    "👍", "✅", "✔",
];
/// Words that say no.
const NO: [&str; 9] = ["no", "n", "nope", "nah", "decline", "nein", "👎", "❌", "✖"];
/// Words behind those that add nothing.
const WITH_YES: [&str; 8] = [
    "of", "course", "thing", "it", "that", "go", "fine", "gladly",
];

/// Whether a sign only decorates what stands beside it: a quotation mark, a full stop, a smiley.
fn decorates(c: char) -> bool {
    c.is_whitespace()
        || matches!(
            c,
            '"' | '\'' | '`' | '.' | ',' | ';' | ':' | '!' | '?' | '(' | ')' | '*' | '_'
        )
        || (!c.is_ascii() && !c.is_alphanumeric())
}

/// A text without what decorates it at both ends. Empty where nothing else is there.
pub fn bare(text: &str) -> &str {
    text.trim_matches(decorates)
}

/// A word without decoration, in small letters; the word itself where nothing would be left of it.
pub fn plain(word: &str) -> String {
    let kept = match bare(word) {
        "" => word.trim(),
        kept => kept,
    };
    kept.to_lowercase()
}

/// Whether a word is a courtesy or nothing but decoration.
pub fn is_courtesy(word: &str) -> bool {
    let kept = bare(word);
    kept.is_empty()
        || COURTESIES
            .iter()
            .any(|known| kept.eq_ignore_ascii_case(known))
}

/// A line without courtesies and decoration at its end, and without decoration at its beginning: `“Nf6” pls 👍` is `Nf6`.
/// A number of the move in front goes, too: `4. Nf6`.
pub fn polite(line: &str) -> &str {
    let mut kept = bare(line);
    while let Some((before, last)) = kept.rsplit_once(char::is_whitespace) {
        if !is_courtesy(last) {
            break;
        }
        kept = bare(before);
    }
    let digits = kept.trim_start_matches(|c: char| c.is_ascii_digit());
    match digits.strip_prefix('.') {
        Some(text) if digits.len() < kept.len() => bare(text),
        _ => kept,
    }
}

/// Whether somebody only says hello.
pub fn is_greeting(text: &str) -> bool {
    let waves = text.trim().starts_with(WAVES) && bare(text).is_empty();
    let words: Vec<String> = text.split_whitespace().map(plain).collect();
    let greets = words
        .first()
        .is_some_and(|word| GREETINGS.contains(&word.as_str()));
    waves || (greets && words.len() <= MAX_GREETING && words != ["good"])
}

/// What somebody says to a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Yes.
    Yes,
    /// No.
    No,
}

/// Yes or no at the beginning of a line, and the words behind it.
pub fn yes_or_no(line: &str) -> Option<(Word, &str)> {
    let line = line.trim();
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    // Skin tones and the like follow the sign.
    let sign = |known: &[&str]| {
        known
            .iter()
            .filter(|sign| !sign.is_ascii())
            .any(|sign| word.starts_with(sign))
    };
    let said = plain(word);
    let (yes, no) = (
        YES.contains(&said.as_str()) || sign(&YES),
        NO.contains(&said.as_str()) || sign(&NO),
    );
    let said = match (yes, no) {
        (true, false) => Word::Yes,
        (false, true) => Word::No,
        _ => return None,
    };
    Some((said, rest.trim_start_matches(decorates)))
}

/// Whether words behind a yes add nothing to it.
pub fn adds_nothing(words: &str) -> bool {
    words
        .split_whitespace()
        .all(|word| is_courtesy(word) || WITH_YES.contains(&plain(word).as_str()))
}

/// How many letters have to be put in, left out, changed or swapped with the next to make one word of another.
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows = vec![(0..=other.len()).collect::<Vec<usize>>()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let changed = rows[i][j] + usize::from(a != b);
            let mut least = changed.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

/// The longest word that is compared with others.
const MAX_COMPARED: usize = 24;
/// Words shorter than this are not guessed at.
const MIN_COMPARED: usize = 3;

/// The known word that was probably meant: at most one letter is wrong, or two in a long word. Nothing where two are as near.
pub fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let word = plain(word);
    let length = word.chars().count();
    if !(MIN_COMPARED..=MAX_COMPARED).contains(&length) {
        return None;
    }
    let most = if length < 6 { 1 } else { 2 };
    let near = known.filter_map(|known| {
        let apart = distance(&word, known);
        (apart <= most).then_some((apart, known))
    });
    let mut near: Vec<(usize, &str)> = near.collect();
    near.sort_unstable();
    near.dedup();
    match near.as_slice() {
        [(_, only)] => Some(only),
        [(first, word), (second, _), ..] if first < second => Some(word),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoration_goes_and_nothing_else() {
        for (typed, meant) in [
            ("Nc6 👍", "Nc6"),
            ("Bc5...", "Bc5"),
            ("“Nf6”", "Nf6"),
            ("\"Nf6\"", "Nf6"),
            ("a1.", "a1"),
            ("e4!", "e4"),
            ("e8=Q+", "e8=Q+"),
            ("Qxf7#", "Qxf7#"),
            ("Nf6 pls", "Nf6"),
            ("Nf6, please! :)", "Nf6"),
            ("4. Nf6", "Nf6"),
            ("1...Nf6", "Nf6"),
            ("13-7", "13-7"),
            ("1", "1"),
            ("👍🏽", ""),
        ] {
            assert_eq!(polite(typed), meant, "{typed}");
        }
    }

    #[test]
    fn greetings_are_short() {
        for hello in [
            "hello",
            "Hi!",
            "👋",
            "hallo",
            "Hey referee",
            "good morning",
            "👋🏽",
        ] {
            assert!(is_greeting(hello), "{hello}");
        }
        for other in ["hello I want to play chess", "good", "help", "", "👍"] {
            assert!(!is_greeting(other), "{other}");
        }
    }

    #[test]
    fn yes_and_no_are_read_with_what_follows() {
        assert_eq!(yes_or_no("OK!"), Some((Word::Yes, "")));
        assert_eq!(yes_or_no("👍🏽"), Some((Word::Yes, "")));
        assert_eq!(yes_or_no("no, I am ill"), Some((Word::No, "I am ill")));
        assert_eq!(yes_or_no("Accept bob"), Some((Word::Yes, "bob")));
        assert_eq!(yes_or_no("yesterday"), None);
        assert_eq!(yes_or_no("Nf3"), None);
        assert!(adds_nothing("please, of course!"));
        assert!(!adds_nothing("bob"));
    }

    #[test]
    fn the_nearest_word_is_near_and_alone() {
        let known = ["challenge", "resign", "rematch", "chess", "clans", "claim"];
        assert_eq!(nearest("chalenge", known.into_iter()), Some("challenge"));
        assert_eq!(nearest("resing", known.into_iter()), Some("resign"));
        assert_eq!(nearest("ches", known.into_iter()), Some("chess"));
        assert_eq!(nearest("xyzzy", known.into_iter()), None);
        assert_eq!(nearest("cla", known.into_iter()), None);
        assert_eq!(nearest(&"x".repeat(500), known.into_iter()), None);
    }
}
