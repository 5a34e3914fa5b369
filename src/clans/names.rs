//! The names of clans: which characters they may have, which nobody may take, and which would be taken for another's.
//!
//! A look-alike is judged by its skeleton (UTS 39) without spaces and punctuation: `Wolves`, `W0LVES` and `wol-ves` look
//! the same. What is merely ugly is not refused here; `words` finds it for the moderators.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_security::{RestrictionLevel, RestrictionLevelDetection};

use super::handle::skeleton;
use crate::kit::{Refusal, refuse};

/// The shortest name of a clan, in characters.
pub const MIN_NAME_CHARS: usize = 2;
/// The longest name of a clan, in characters.
pub const MAX_NAME_CHARS: usize = 40;
/// Accents and vowel signs that may sit on one letter: languages need two at most, pranks pile up dozens.
const MAX_MARKS: usize = 2;

/// Names that would make a clan look like part of the service, and words of our own commands.
const RESERVED: &[&str] = &[
    "admin",
    "administrator",
    "admins",
    "all",
    "anybody",
    "clan",
    "clans",
    "everybody",
    "lobby",
    "maybe",
    "me",
    "mine",
    "moderator",
    "moderators",
    "my",
    "no",
    "nobody",
    "none",
    "off",
    "official",
    "on",
    "private",
    "public",
    "referee",
    "referees",
    "root",
    "server",
    "service",
    "staff",
    "support",
    "system",
    "team",
    "yes",
    "you",
];

/// What other addresses and rooms of ours begin with: `ladder-chess@R`, `new-chess@R`.
const PREFIXES: &[&str] = &["clan-", "ladder-", "new-", "referee-", "tournament-"];

const TAG_ADVICE: &str = "Choose another tag, such as `clan create wolves The Wolves`.";
const NAME_ADVICE: &str =
    "Choose 2 to 40 letters, digits or spaces of one script, such as The Wolves.";

/// Checks the name of a clan and returns it in its normal form: Unicode NFKC, single spaces.
///
/// Letters and digits of one script (or one beside Latin, but for Cyrillic and Greek, which are taken for it), with spaces and
/// `- _ . ' ! & + #` between them, and at least one letter. Control and direction characters are refused, not dropped:
/// whoever sends them should see that it did not work.
///
/// # Errors
/// `clan/name-length`, `clan/name-characters`, `clan/name-scripts`, `clan/name-reserved`.
pub fn check_name(text: &str) -> Result<String, Refusal> {
    let name: String = text.trim().nfkc().collect();
    let name = name.split(' ').filter(|word| !word.is_empty());
    let name = name.collect::<Vec<_>>().join(" ");
    if !(MIN_NAME_CHARS..=MAX_NAME_CHARS).contains(&name.chars().count()) {
        let said =
            format!("The name of a clan has {MIN_NAME_CHARS} to {MAX_NAME_CHARS} characters.");
        return Err(refuse("clan/name-length", said).hint(NAME_ADVICE));
    }
    let inside = |c: char| {
        c.is_alphanumeric()
            || is_combining_mark(c)
            || matches!(c, ' ' | '-' | '_' | '.' | '\'')
            || matches!(c, '!' | '&' | '+' | '#')
    };
    let first = name.chars().next();
    let begins = first.is_some_and(|c| c.is_alphanumeric() && !is_combining_mark(c));
    let has_letter = name.chars().any(char::is_alphabetic);
    if !begins || !has_letter || !name.chars().all(inside) || marks_in_a_row(&name) > MAX_MARKS {
        return Err(refuse(
            "clan/name-characters",
            "That name has characters that names of clans cannot have, or no letter.",
        )
        .hint(NAME_ADVICE));
    }
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    if !belong_together(&letters) {
        return Err(refuse(
            "clan/name-scripts",
            "That name mixes scripts whose letters are taken for each other.",
        )
        .hint(NAME_ADVICE));
    }
    check_reserved(&name, std::iter::empty())?;
    Ok(name)
}

/// Whether the letters of a name belong together (UTS 39, moderately restrictive).
fn belong_together(letters: &str) -> bool {
    letters.check_restriction_level(RestrictionLevel::ModeratelyRestrictive)
}

fn marks_in_a_row(name: &str) -> usize {
    // Composed letters hide accents, so they are counted apart.
    let (mut most, mut run) = (0, 0);
    for c in name.nfd() {
        run = if is_combining_mark(c) { run + 1 } else { 0 };
        most = most.max(run);
    }
    most
}

/// Checks the tag of a clan, which has the characters of a tag already: reserved words, `also` (games, commands, what the
/// community reserves), the shape of other ids and addresses of ours.
///
/// # Errors
/// `clan/tag-reserved`.
pub fn check_tag<'a>(tag: &str, also: impl IntoIterator<Item = &'a str>) -> Result<(), Refusal> {
    let is_ours = looks_like_an_id(tag) || PREFIXES.iter().any(|prefix| tag.starts_with(prefix));
    if is_ours {
        return Err(refuse(
            "clan/tag-reserved",
            format!("`{tag}` looks like another address of the referee."),
        )
        .hint(TAG_ADVICE));
    }
    check_reserved(tag, also).map_err(|_| {
        refuse(
            "clan/tag-reserved",
            format!("`{tag}` is a word with a meaning of its own here."),
        )
        .hint(TAG_ADVICE)
    })
}

/// Checks that a name looks like none of the reserved words, ours and `also`.
///
/// # Errors
/// `clan/name-reserved`.
pub fn check_reserved<'a>(
    name: &str,
    also: impl IntoIterator<Item = &'a str>,
) -> Result<(), Refusal> {
    let mine = shapes(name);
    let mut words = RESERVED.iter().copied().chain(also);
    if !words.any(|word| !shapes(word).is_disjoint(&mine)) {
        return Ok(());
    }
    Err(refuse(
        "clan/name-reserved",
        "That name is kept for the referee itself or by the rules of this community.",
    )
    .hint(NAME_ADVICE))
}

/// `m42`, `p7`, `t3`: ids that people type where a tag may stand.
fn looks_like_an_id(tag: &str) -> bool {
    tag.strip_prefix(['m', 'p', 't'])
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
}

/// What a name looks like, written small and written as it is: a capital I is taken for an l, a small i is not.
pub fn shapes(name: &str) -> BTreeSet<String> {
    let letters: String = name
        .nfkc()
        .filter(|c| c.is_alphanumeric() || is_combining_mark(*c))
        .collect();
    let as_written: String = unicode_security::skeleton(&letters).collect();
    [skeleton(&letters), as_written.to_lowercase()]
        .map(|shape| shape.replace("vv", "w"))
        .into_iter()
        .filter(|shape| !shape.is_empty())
        .collect()
}

/// Which names are taken, by what they look like. `Owner` is the id of whoever has them.
#[derive(Clone, Debug)]
pub struct NameIndex<Owner> {
    of: BTreeMap<Owner, BTreeSet<String>>,
    by_shape: BTreeMap<String, BTreeSet<Owner>>,
}

impl<Owner: Copy + Ord> Default for NameIndex<Owner> {
    fn default() -> Self {
        NameIndex {
            of: BTreeMap::new(),
            by_shape: BTreeMap::new(),
        }
    }
}

impl<Owner: Copy + Ord> NameIndex<Owner> {
    /// Notes all the names somebody has, in place of those noted before.
    pub fn put<'a>(&mut self, owner: Owner, names: impl IntoIterator<Item = &'a str>) {
        for shape in self.of.remove(&owner).unwrap_or_default() {
            if let Some(owners) = self.by_shape.get_mut(&shape) {
                owners.remove(&owner);
                if owners.is_empty() {
                    self.by_shape.remove(&shape);
                }
            }
        }
        let shapes: BTreeSet<String> = names.into_iter().flat_map(shapes).collect();
        for shape in &shapes {
            let owners = self.by_shape.entry(shape.clone()).or_default();
            owners.insert(owner);
        }
        if !shapes.is_empty() {
            self.of.insert(owner, shapes);
        }
    }

    /// Somebody but `me` who has this name or one that looks like it.
    pub fn taken(&self, name: &str, me: Option<Owner>) -> Option<Owner> {
        shapes(name)
            .iter()
            .filter_map(|shape| self.by_shape.get(shape))
            .flatten()
            .copied()
            .find(|owner| Some(*owner) != me)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_what_it_looks_like() {
        let mut index = NameIndex::default();
        index.put(1, ["wolves", "The Wolves"]);
        index.put(2, ["elite", "Elite Lions"]);
        for (name, owner) in [
            ("Wolves", Some(1)),
            ("w0lves", Some(1)),
            ("VVolves", Some(1)),
            ("the-wolves", Some(1)),
            ("Тhе Wolves", Some(1)),
            ("EIite", Some(2)),
            ("Ｅlite", Some(2)),
            ("wolf", None),
            ("lions", None),
            ("", None),
        ] {
            assert_eq!(index.taken(name, None), owner, "{name}");
        }
        assert_eq!(index.taken("wolves", Some(1)), None, "one's own name");
        index.put(1, ["wolves", "Foxes"]);
        assert_eq!(index.taken("The Wolves", None), None, "given up");
        index.put(1, []);
        assert_eq!(index.taken("wolves", None), None);
        assert!(index.by_shape.len() == 2 && index.of.len() == 1);
    }
}
