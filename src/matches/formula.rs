//! Seek formulas: whom an open match is for, such as `rated and not bot and rating within 200`, as on the chess servers.
//!
//! A formula is judged on facts about the one who wants to join. Whoever gathers the facts is outside of this room; the
//! judgement is here, so that a record says by which formula somebody was let in.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::kit::{Refusal, clip, refuse};

/// The longest formula, in the one form in which it is written down.
pub const MAX_FORMULA_CHARS: usize = 200;
/// The longest text that is read as one: blanks and brackets that say nothing are not written down.
const MAX_TYPED_CHARS: usize = 1000;
/// Brackets and `not`s inside each other, as people may type them.
const MAX_DEPTH: u8 = 8;
/// The same in what is stored: no limit on people but on the stack, far beyond what was ever accepted.
const MAX_STORED_DEPTH: u8 = 200;

/// Whom a match is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Formula {
    /// One condition.
    Is(Condition),
    /// It does not hold.
    Not(Box<Formula>),
    /// All of these hold: two or more, none of them `And` itself.
    And(Vec<Formula>),
    /// One of these holds: two or more, none of them `Or` itself.
    Or(Vec<Formula>),
}

/// One condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `rated`: the match is.
    Rated,
    /// `bot`: the account is a program.
    Bot,
    /// `rating within 200` of the rating of whoever waits.
    Within(u16),
    /// `rating >= 1400`
    AtLeast(u16),
    /// `rating <= 1800`
    AtMost(u16),
    /// `games >= 10`: so many results in this game have counted.
    Games(u16),
    /// `handle = bob`
    Handle(String),
    /// `domain = example.org`
    Domain(String),
}

/// What is known about somebody who wants to join.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// Whether the match is rated.
    pub rated: bool,
    /// Whether the account is a program.
    pub bot: bool,
    /// The rating in the match's game.
    pub rating: i32,
    /// The rating of whoever waits.
    pub host: i32,
    /// Results in this game that have counted.
    pub games: u32,
    /// The handle.
    pub handle: &'a str,
    /// The server of the address.
    pub domain: &'a str,
}

impl Formula {
    /// Whether somebody fits.
    pub fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Formula::Is(condition) => condition.holds(facts),
            Formula::Not(inner) => !inner.holds(facts),
            Formula::And(parts) => parts.iter().all(|part| part.holds(facts)),
            Formula::Or(parts) => parts.iter().any(|part| part.holds(facts)),
        }
    }

    /// The part that keeps somebody out, as it is written; none when they fit.
    pub fn objection(&self, facts: &Facts<'_>) -> Option<String> {
        if self.holds(facts) {
            return None;
        }
        match self {
            Formula::And(parts) => parts.iter().find_map(|part| part.objection(facts)),
            other => Some(other.to_string()),
        }
    }
}

impl Condition {
    fn holds(&self, facts: &Facts<'_>) -> bool {
        match self {
            Condition::Rated => facts.rated,
            Condition::Bot => facts.bot,
            Condition::Within(points) => (facts.rating - facts.host).abs() <= i32::from(*points),
            Condition::AtLeast(rating) => facts.rating >= i32::from(*rating),
            Condition::AtMost(rating) => facts.rating <= i32::from(*rating),
            Condition::Games(games) => facts.games >= u32::from(*games),
            Condition::Handle(handle) => facts.handle.eq_ignore_ascii_case(handle),
            Condition::Domain(domain) => facts.domain.eq_ignore_ascii_case(domain),
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Rated => f.write_str("rated"),
            Condition::Bot => f.write_str("bot"),
            Condition::Within(points) => write!(f, "rating within {points}"),
            Condition::AtLeast(rating) => write!(f, "rating >= {rating}"),
            Condition::AtMost(rating) => write!(f, "rating <= {rating}"),
            Condition::Games(games) => write!(f, "games >= {games}"),
            Condition::Handle(handle) => write!(f, "handle = {handle}"),
            Condition::Domain(domain) => write!(f, "domain = {domain}"),
        }
    }
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (parts, word) = match self {
            Formula::Is(condition) => return write!(f, "{condition}"),
            Formula::Not(inner) => {
                return match **inner {
                    Formula::And(_) | Formula::Or(_) => write!(f, "not ({inner})"),
                    _ => write!(f, "not {inner}"),
                };
            }
            Formula::And(parts) => (parts, " and "),
            Formula::Or(parts) => (parts, " or "),
        };
        for (place, part) in parts.iter().enumerate() {
            f.write_str(if place > 0 { word } else { "" })?;
            match part {
                Formula::Or(_) => write!(f, "({part})")?,
                _ => write!(f, "{part}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Formula {
    type Err = Refusal;

    /// Reads what people type. What is measured is what will be written down.
    fn from_str(text: &str) -> Result<Formula, Refusal> {
        let short = |text: &str, most: usize| text.chars().count() <= most;
        if short(text, MAX_TYPED_CHARS) {
            let formula = Formula::read(text, MAX_DEPTH)?;
            if short(&formula.to_string(), MAX_FORMULA_CHARS) {
                return Ok(formula);
            }
        }
        Err(bad(&format!(
            "A formula has at most {MAX_FORMULA_CHARS} characters."
        )))
    }
}

impl Formula {
    /// Reads back what was written down: no limit that may change holds for it.
    fn from_stored(text: &str) -> Result<Formula, Refusal> {
        Formula::read(text, MAX_STORED_DEPTH)
    }

    fn read(text: &str, max_depth: u8) -> Result<Formula, Refusal> {
        let spaced = ["(", ")", ">=", "<="]
            .iter()
            .fold(text.to_owned(), |text, sign| {
                text.replace(sign, &format!(" {sign} "))
            });
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut reader = Reader {
            words: &words,
            max_depth,
        };
        let formula = reader.any(0)?;
        match reader.words.first() {
            None => Ok(formula),
            Some(word) => Err(bad(&format!(
                "I do not know what `{}` means there.",
                clip(word, 30)
            ))),
        }
    }
}

fn bad(said: &str) -> Refusal {
    refuse("match/formula", said).hint(
        "Write for example: for rated and not bot and rating within 200. Also: rating >= 1400, games >= 5, \
         handle = bob, domain = example.org, or, ( ).",
    )
}

struct Reader<'a> {
    words: &'a [&'a str],
    max_depth: u8,
}

impl<'a> Reader<'a> {
    fn takes(&mut self, wanted: &str) -> bool {
        match self.words.split_first() {
            Some((word, rest)) if word.eq_ignore_ascii_case(wanted) => {
                self.words = rest;
                true
            }
            _ => false,
        }
    }

    fn next(&mut self, wanted: &str) -> Result<&'a str, Refusal> {
        let (word, rest) = self
            .words
            .split_first()
            .ok_or_else(|| bad(&format!("The formula ends where {wanted} should be.")))?;
        self.words = rest;
        Ok(word)
    }

    fn any(&mut self, depth: u8) -> Result<Formula, Refusal> {
        let mut parts = Vec::new();
        loop {
            match self.all(depth)? {
                Formula::Or(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            if !self.takes("or") {
                return Ok(one_or(parts, Formula::Or));
            }
        }
    }

    fn all(&mut self, depth: u8) -> Result<Formula, Refusal> {
        let mut parts = Vec::new();
        loop {
            match self.one(depth)? {
                Formula::And(inner) => parts.extend(inner),
                part => parts.push(part),
            }
            if !self.takes("and") {
                return Ok(one_or(parts, Formula::And));
            }
        }
    }

    fn one(&mut self, depth: u8) -> Result<Formula, Refusal> {
        if depth > self.max_depth {
            return Err(bad("The formula has too many brackets inside each other."));
        }
        if self.takes("not") {
            return Ok(Formula::Not(Box::new(self.one(depth + 1)?)));
        }
        if self.takes("(") {
            let inner = self.any(depth + 1)?;
            return match self.takes(")") {
                true => Ok(inner),
                false => Err(bad("A bracket is not closed.")),
            };
        }
        Ok(Formula::Is(self.condition()?))
    }

    fn condition(&mut self) -> Result<Condition, Refusal> {
        let word = self.next("a condition")?;
        // `handle=bob` is one word as people type it.
        if let Some((name, value)) = word.split_once('=')
            && !name.is_empty()
            && !value.is_empty()
        {
            return self.named(name, value);
        }
        match word.to_ascii_lowercase().as_str() {
            "rated" => Ok(Condition::Rated),
            "bot" => Ok(Condition::Bot),
            "rating" => match self.next("`within`, `>=` or `<=`")? {
                "within" => self.number().map(Condition::Within),
                ">=" => self.number().map(Condition::AtLeast),
                "<=" => self.number().map(Condition::AtMost),
                other => Err(bad(&format!("`rating {}` says nothing.", clip(other, 30)))),
            },
            "games" if self.takes(">=") => self.number().map(Condition::Games),
            name @ ("handle" | "domain") if self.takes("=") => {
                let value = self.next("a name")?;
                self.named(name, value)
            }
            _ => Err(bad(&format!("`{}` is no condition.", clip(word, 30)))),
        }
    }

    fn named(&self, name: &str, value: &str) -> Result<Condition, Refusal> {
        let value = value.to_lowercase();
        match name.to_ascii_lowercase().as_str() {
            "handle" => Ok(Condition::Handle(value)),
            "domain" => Ok(Condition::Domain(value)),
            _ => Err(bad(&format!("`{}` is no condition.", clip(name, 30)))),
        }
    }

    fn number(&mut self) -> Result<u16, Refusal> {
        let word = self.next("a number")?;
        word.parse().map_err(|_| {
            bad(&format!(
                "`{}` is no number from 0 to 65535.",
                clip(word, 30)
            ))
        })
    }
}

fn one_or(mut parts: Vec<Formula>, many: fn(Vec<Formula>) -> Formula) -> Formula {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        many(parts)
    }
}

impl Serialize for Formula {
    fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Formula {
    fn deserialize<D: Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(d)?;
        Formula::from_stored(&text).map_err(|no| serde::de::Error::custom(no.text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const BOB: Facts<'_> = Facts {
        rated: true,
        bot: false,
        rating: 1612,
        host: 1500,
        games: 7,
        handle: "bob",
        domain: "example.org",
    };

    #[test]
    fn read_judged_and_written_canonically() {
        for (text, canonical, objection) in [
            ("rated and not bot and rating within 200", "", None),
            ("RATED  AND NOT  Bot", "rated and not bot", None),
            ("rating within 100", "", Some("rating within 100")),
            (
                "rated and rating>=1700",
                "rated and rating >= 1700",
                Some("rating >= 1700"),
            ),
            ("rating <= 1612", "", None),
            (
                "games >= 8 or handle = Bob",
                "games >= 8 or handle = bob",
                None,
            ),
            (
                "(games >= 8) and (rated and bot)",
                "games >= 8 and rated and bot",
                Some("games >= 8"),
            ),
            (
                "not (bot or domain=example.org)",
                "not (bot or domain = example.org)",
                Some("not (bot or domain = example.org)"),
            ),
            (
                "rated and (bot or games >= 9)",
                "",
                Some("bot or games >= 9"),
            ),
            ("rated or bot and games >= 9", "", None),
            ("not not bot", "", Some("not not bot")),
        ] {
            let formula: Formula = text.parse().unwrap();
            let canonical = if canonical.is_empty() {
                text
            } else {
                canonical
            };
            assert_eq!(formula.to_string(), canonical);
            assert_eq!(formula.objection(&BOB).as_deref(), objection, "{text}");
        }
    }

    #[test]
    fn what_says_nothing_is_refused_with_an_example() {
        let (deep, long) = ("(".repeat(20) + "bot", "bot or ".repeat(40) + "bot");
        for bad in [
            "",
            "and",
            "rated and",
            "rated bot",
            "(rated",
            "rated)",
            "rating",
            "rating about 5",
            "rating within x",
            "rating within 70000",
            "games <= 5",
            "elo >= 5",
            "colour=red",
            "not",
            &deep,
            &long,
        ] {
            let no = bad.parse::<Formula>().unwrap_err();
            assert_eq!(no.code, "match/formula", "{bad}");
            assert!(
                no.hint.is_some_and(|hint| hint.contains("for example")),
                "{bad}"
            );
        }
    }

    fn condition() -> impl Strategy<Value = Formula> {
        prop_oneof![
            Just(Condition::Rated),
            Just(Condition::Bot),
            any::<u16>().prop_map(Condition::Within),
            any::<u16>().prop_map(Condition::AtLeast),
            any::<u16>().prop_map(Condition::AtMost),
            any::<u16>().prop_map(Condition::Games),
            "[a-z]{1,8}".prop_map(Condition::Handle),
            "[a-z]{1,5}\\.[a-z]{2,3}".prop_map(Condition::Domain),
        ]
        .prop_map(Formula::Is)
    }

    fn formula() -> impl Strategy<Value = Formula> {
        condition().prop_recursive(3, 6, 2, |inner| {
            let flat = |parts: Vec<Formula>, and: bool| {
                let mut all = Vec::new();
                for part in parts {
                    match (part, and) {
                        (Formula::And(inner), true) | (Formula::Or(inner), false) => {
                            all.extend(inner)
                        }
                        (part, _) => all.push(part),
                    }
                }
                if and {
                    Formula::And(all)
                } else {
                    Formula::Or(all)
                }
            };
            prop_oneof![
                inner.clone().prop_map(|part| Formula::Not(Box::new(part))),
                prop::collection::vec(inner.clone(), 2).prop_map(move |parts| flat(parts, true)),
                prop::collection::vec(inner, 2).prop_map(move |parts| flat(parts, false)),
            ]
        })
    }

    /// What a person may type: the grammar's words in any order, some of them glued together, in any case.
    fn typed() -> impl Strategy<Value = String> {
        let word = prop_oneof![
            4 => prop::sample::select(vec![
                "rated", "bot", "not", "and", "or", "AND", "Or", "(", ")", "rating within 5", "rating>=1",
                "rating <= 9", "games>=1", "handle=a", "handle = B", "domain=x.org", "handle=İ", "handle=and",
                "handle = =", "domain=a=b",
            ]).prop_map(str::to_owned),
            1 => "[a-zA-Zß-ẞΑ-Ωİ=<>.-]{1,12}".prop_map(|name| format!("handle={name}")),
        ];
        (prop::collection::vec(word, 1..40), " {1,3}").prop_map(|(words, blank)| words.join(&blank))
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(formula in formula()) {
            let text = formula.to_string();
            let stored = serde_json::to_string(&formula).unwrap();
            prop_assert_eq!(serde_json::from_str::<Formula>(&stored).unwrap(), formula.clone());
            // Typed, it is read as the same, or refused for its length alone.
            match text.parse::<Formula>() {
                Ok(read) => prop_assert_eq!(read, formula),
                Err(no) => prop_assert!(text.chars().count() > MAX_FORMULA_CHARS, "{}", no.text),
            }
        }

        #[test]
        fn what_is_accepted_reads_back_and_keeps_the_limit(text in typed()) {
            if let Ok(formula) = text.parse::<Formula>() {
                let canonical = formula.to_string();
                prop_assert!(canonical.chars().count() <= MAX_FORMULA_CHARS);
                prop_assert_eq!(canonical.parse::<Formula>().unwrap(), formula.clone());
                let stored = serde_json::to_string(&formula).unwrap();
                prop_assert_eq!(serde_json::from_str::<Formula>(&stored).unwrap(), formula);
            }
        }
    }

    #[test]
    fn what_is_measured_is_what_is_written_down() {
        let many = |n: usize| vec!["handle=a"; n].join(" or ");
        // 200 characters typed, 234 written down: this one stopped every start for good.
        assert_eq!(
            many(17).parse::<Formula>().unwrap_err().code,
            "match/formula"
        );
        assert!(many(14).parse::<Formula>().is_ok());
        let blanks = format!("rated{}and bot", " ".repeat(300));
        assert_eq!(
            blanks.parse::<Formula>().unwrap().to_string(),
            "rated and bot"
        );
        assert!(" ".repeat(2000).parse::<Formula>().is_err());
        // What older versions accepted is read back all the same.
        let stored = format!("\"{}\"", vec!["handle = a"; 17].join(" or "));
        let read: Formula = serde_json::from_str(&stored).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), stored);
    }
}
