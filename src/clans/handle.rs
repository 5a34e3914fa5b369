//! Handles: the names by which people are shown to each other.

use unicode_normalization::UnicodeNormalization;

use crate::kit::{Refusal, refuse};

const MIN_CHARS: usize = 2;
const MAX_CHARS: usize = 24;

/// Names that would make a person look like part of the service, and the shapes of our own ids.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "nobody",
    "referee",
    "system",
    "moderator",
    "root",
    "you",
    "me",
    "white",
    "black",
];

/// Checks a handle and returns it in its normal form (Unicode NFKC).
///
/// Letters and digits of any one's language, with `-`, `_` and `.` between them; never a control or direction character,
/// never the shape of an id such as `m42`.
pub fn check_handle(text: &str) -> Result<String, Refusal> {
    let handle: String = text.trim().nfkc().collect();
    let chars = handle.chars().count();
    let advice =
        "Choose 2 to 24 letters or digits, with - _ . between them, such as `handle anna-k`.";
    if !(MIN_CHARS..=MAX_CHARS).contains(&chars) {
        return Err(refuse(
            "handle/length",
            format!("A handle has {MIN_CHARS} to {MAX_CHARS} characters."),
        )
        .hint(advice));
    }
    let edge = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let inside = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if !handle.chars().all(inside) || !edge(handle.chars().next()) || !edge(handle.chars().last()) {
        return Err(refuse(
            "handle/characters",
            "That handle has characters that handles cannot have.",
        )
        .hint(advice));
    }
    let plain = skeleton(&handle);
    if RESERVED.iter().any(|word| skeleton(word) == plain) || looks_like_an_id(&handle) {
        return Err(refuse(
            "handle/reserved",
            "That handle is kept for the referee itself.",
        )
        .hint(advice));
    }
    Ok(handle)
}

fn looks_like_an_id(handle: &str) -> bool {
    let lower = handle.to_lowercase();
    let mut chars = lower.chars();
    matches!(chars.next(), Some('m' | 'p' | 't')) && chars.all(|c| c.is_ascii_digit())
}

/// What a handle looks like: two handles with the same skeleton (UTS 39) are taken for each other by people.
pub fn skeleton(handle: &str) -> String {
    let folded: String = handle.nfkc().collect::<String>().to_lowercase();
    unicode_security::skeleton(&folded)
        .filter(|c| !matches!(c, '-' | '_' | '.'))
        .collect::<String>()
        .to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_share_a_skeleton() {
        assert_eq!(
            skeleton("alice"),
            skeleton("АLICE".to_lowercase().as_str()).replace('а', "a")
        );
        assert_eq!(skeleton("paypal"), skeleton("pаypаl"));
        assert_eq!(skeleton("al-ice"), skeleton("Alice"));
        assert_ne!(skeleton("alice"), skeleton("alicia"));
    }

    #[test]
    fn bad_handles_are_refused_with_advice() {
        let code = |text| check_handle(text).unwrap_err().code.into_owned();
        assert_eq!(code("a"), "handle/length");
        assert_eq!(code("-ab"), "handle/characters");
        assert_eq!(code("a\u{202e}b"), "handle/characters");
        assert_eq!(code("m42"), "handle/reserved");
        assert_eq!(code("Referee"), "handle/reserved");
        assert_eq!(check_handle(" Ａnna "), Ok("Anna".to_owned()));
        assert_eq!(check_handle("Ωmega"), Ok("Ωmega".to_owned()));
    }
}
