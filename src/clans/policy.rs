//! What a community allows: the numbers and lists that admins choose, in the configuration and while the referee runs.
//!
//! A rule is known by its name, and its value is text: so the configuration file, the command, the journal and the page
//! for admins all speak of the same thing. A limit that is lowered takes nothing from anybody: it only refuses more.

use std::collections::BTreeSet;
use std::fmt;

use super::names::MAX_NAME_CHARS;
use super::words::check_word;
use crate::kit::{Refusal, Span, clean_line, clip, refuse};

/// The most entries of the word filter, and of the reserved names: each text is compared with each.
pub const MAX_WORDS: usize = 200;
/// The longest text about whom to write to.
const MAX_CONTACT_CHARS: usize = 120;

/// Who may found a clan. Admins always may.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Creators {
    /// Anybody.
    #[default]
    Anyone,
    /// Those whom an admin has named.
    Listed,
    /// Admins alone.
    Admins,
}

impl fmt::Display for Creators {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Creators::Anyone => "anyone",
            Creators::Listed => "listed",
            Creators::Admins => "admins",
        })
    }
}

/// The rules of a community.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Who may found a clan.
    pub creators: Creators,
    /// Clans one person may be in.
    pub clans: u32,
    /// Members a clan may have, guests included.
    pub members: u32,
    /// Invitations of one clan that may be open.
    pub invitations: u32,
    /// Applications to one clan that may be open.
    pub applications: u32,
    /// Calendar events and proposals of one clan that may lie ahead.
    pub events: u32,
    /// How long after leaving a clan one cannot come back to it without an invitation.
    pub rejoin: Span,
    /// In how long a time one person founds at most as many clans as one may be in.
    pub founding: Span,
    /// How long a disbanded clan can be brought back.
    pub grace: Span,
    /// The word filter: texts with one of these are told to the admins.
    pub words: Vec<String>,
    /// Names and tags that no clan may take.
    pub reserved: Vec<String>,
    /// Whom to write to about a ban or a mute, in words.
    pub contact: String,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            creators: Creators::Anyone,
            clans: 3,
            members: 200,
            invitations: 50,
            applications: 100,
            events: 64,
            rejoin: Span::days(1),
            founding: Span::days(7),
            grace: Span::days(7),
            words: Vec::new(),
            reserved: Vec::new(),
            contact: "the admins of this server".to_owned(),
        }
    }
}

/// One rule: its name, what it is about, and how its text is read and written.
pub struct PolicyRule {
    /// The name in the configuration and in commands.
    pub name: &'static str,
    /// What it limits, for whoever reads the list.
    pub help: &'static str,
    value: Value,
}

enum Value {
    Creators,
    Number(fn(&mut Policy) -> &mut u32, u32, u32),
    Time(fn(&mut Policy) -> &mut Span, Span, Span),
    Words,
    Reserved,
    Contact,
}

/// Every rule, in alphabetical order.
pub const RULES: &[PolicyRule] = &[
    PolicyRule {
        name: "applications",
        help: "open applications to one clan",
        value: Value::Number(|policy| &mut policy.applications, 0, 100),
    },
    PolicyRule {
        name: "clans",
        help: "clans one person may be in",
        value: Value::Number(|policy| &mut policy.clans, 1, 50),
    },
    PolicyRule {
        name: "contact",
        help: "whom to write to about a ban or a mute",
        value: Value::Contact,
    },
    PolicyRule {
        name: "creators",
        help: "who may found clans: anyone, listed or admins",
        value: Value::Creators,
    },
    PolicyRule {
        name: "events",
        help: "calendar events and proposals of one clan that lie ahead",
        value: Value::Number(|policy| &mut policy.events, 0, 64),
    },
    PolicyRule {
        name: "founding",
        help: "time in which one person founds at most as many clans as one may be in",
        value: Value::Time(|policy| &mut policy.founding, Span::ZERO, Span::days(365)),
    },
    PolicyRule {
        name: "grace",
        help: "time in which a disbanded clan can be brought back",
        value: Value::Time(|policy| &mut policy.grace, Span::hours(1), Span::days(90)),
    },
    PolicyRule {
        name: "invitations",
        help: "open invitations of one clan",
        value: Value::Number(|policy| &mut policy.invitations, 0, 500),
    },
    PolicyRule {
        name: "members",
        help: "members of one clan",
        value: Value::Number(|policy| &mut policy.members, 1, 1000),
    },
    PolicyRule {
        name: "rejoin",
        help: "time after leaving a clan before one may come back without an invitation",
        value: Value::Time(|policy| &mut policy.rejoin, Span::ZERO, Span::days(365)),
    },
    PolicyRule {
        name: "reserved",
        help: "names and tags that no clan may take",
        value: Value::Reserved,
    },
    PolicyRule {
        name: "words",
        help: "words that are told to the admins",
        value: Value::Words,
    },
];

/// A rule by its name.
pub fn policy_rule(name: &str) -> Option<&'static PolicyRule> {
    RULES.iter().find(|rule| rule.name == name)
}

impl PolicyRule {
    /// Whether only admins see its value: who knows the words of a filter knows how to get around it.
    pub fn is_private(&self) -> bool {
        matches!(self.value, Value::Words)
    }

    /// Whether it says how many of something there may be.
    pub fn is_limit(&self) -> bool {
        matches!(self.value, Value::Number(..))
    }

    /// Sets the rule from text. Lists are separated by commas; an entry with `+` or `-` in front is added or taken out.
    ///
    /// # Errors
    /// `policy/value` or `policy/word`, with what would be right; the policy is as it was.
    pub fn set(&self, policy: &mut Policy, text: &str) -> Result<(), Refusal> {
        let text = text.trim();
        match &self.value {
            Value::Creators => {
                policy.creators = match text.to_lowercase().as_str() {
                    "anyone" => Creators::Anyone,
                    "listed" => Creators::Listed,
                    "admins" => Creators::Admins,
                    _ => return Err(self.wrong(text, "anyone, listed or admins")),
                }
            }
            Value::Number(field, least, most) => {
                let read = text.parse().ok().filter(|n| (least..=most).contains(&n));
                let wanted = format!("a number from {least} to {most}");
                *field(policy) = read.ok_or_else(|| self.wrong(text, &wanted))?;
            }
            Value::Time(field, least, most) => {
                let read = read_time(text).filter(|span| (least..=most).contains(&span));
                let least = show_time(*least);
                let wanted = format!("a time from {least} to {}, such as 12h", show_time(*most));
                *field(policy) = read.ok_or_else(|| self.wrong(text, &wanted))?;
            }
            Value::Words => policy.words = self.edited(&policy.words, text, check_word)?,
            Value::Reserved => {
                policy.reserved = self.edited(&policy.reserved, text, reserved_name)?;
            }
            Value::Contact => {
                let contact = clean_line(text, MAX_CONTACT_CHARS);
                if contact.is_empty() {
                    return Err(self.wrong(text, "whom to write to, such as admin@example.org"));
                }
                policy.contact = contact;
            }
        }
        Ok(())
    }

    /// The value as [`PolicyRule::set`] reads it.
    pub fn show(&self, policy: &Policy) -> String {
        let mut policy = policy.clone();
        match &self.value {
            Value::Creators => policy.creators.to_string(),
            Value::Number(field, ..) => field(&mut policy).to_string(),
            Value::Time(field, ..) => show_time(*field(&mut policy)),
            Value::Words => shown_list(&policy.words),
            Value::Reserved => shown_list(&policy.reserved),
            Value::Contact => policy.contact,
        }
    }

    fn wrong(&self, text: &str, wanted: &str) -> Refusal {
        let said = match text {
            "" => format!("The rule {} needs a value.", self.name),
            text => format!(
                "`{}` is no value for the rule {}.",
                clip(text, 40),
                self.name
            ),
        };
        refuse("policy/value", said).hint(format!("It takes {wanted}."))
    }

    fn edited(
        &self,
        old: &[String],
        text: &str,
        check: fn(&str) -> Result<String, Refusal>,
    ) -> Result<Vec<String>, Refusal> {
        let entries: Vec<&str> = (text.split(','))
            .map(str::trim)
            .filter(|entry| !entry.is_empty())
            .collect();
        if entries.is_empty() {
            return Err(self.wrong(text, "words with commas between them, or none"));
        }
        let edits = entries.iter().all(|entry| entry.starts_with(['+', '-']));
        let mut list: BTreeSet<String> = match edits {
            true => old.iter().cloned().collect(),
            false => BTreeSet::new(),
        };
        if entries != ["none"] {
            for entry in entries {
                match entry.strip_prefix('-').filter(|_| edits) {
                    Some(gone) => list.remove(&check(gone)?),
                    None => list.insert(check(entry.trim_start_matches('+'))?),
                };
            }
        }
        if list.len() > MAX_WORDS {
            return Err(self.wrong(text, &format!("at most {MAX_WORDS} entries")));
        }
        Ok(list.into_iter().collect())
    }
}

fn reserved_name(text: &str) -> Result<String, Refusal> {
    let name = clean_line(text, MAX_NAME_CHARS + 1).to_lowercase();
    if (2..=MAX_NAME_CHARS).contains(&name.chars().count()) && !name.contains('…') {
        return Ok(name);
    }
    let said = format!("`{}` is no name that could be reserved.", clip(text, 40));
    Err(refuse("policy/word", said).hint(format!("Names have 2 to {MAX_NAME_CHARS} characters.")))
}

fn shown_list(list: &[String]) -> String {
    match list {
        [] => "none".to_owned(),
        words => words.join(", "),
    }
}

/// Reads a length of time: `0`, `45m`, `12h`, `7d`, `2w`.
pub fn read_time(text: &str) -> Option<Span> {
    let text = text.trim().to_ascii_lowercase();
    if text == "0" {
        return Some(Span::ZERO);
    }
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let plain = number.len() <= 5 && number.bytes().all(|byte| byte.is_ascii_digit());
    let number: i64 = number.parse().ok().filter(|_| plain)?;
    match unit {
        "m" => Some(Span::minutes(number)),
        "h" => Some(Span::hours(number)),
        "d" => Some(Span::days(number)),
        "w" => Some(Span::days(number * 7)),
        _ => None,
    }
}

/// Writes a length of time as [`read_time`] reads it, to the minute.
pub fn show_time(span: Span) -> String {
    let minutes = span.0 / Span::minutes(1).0;
    match minutes {
        0 => "0".to_owned(),
        days if days % (24 * 60) == 0 => format!("{}d", days / (24 * 60)),
        hours if hours % 60 == 0 => format!("{}h", hours / 60),
        minutes => format!("{minutes}m"),
    }
}

/// What the configuration says of the rules.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configured {
    /// The rules, with the defaults where it says nothing.
    pub policy: Policy,
    /// The names of those it speaks of.
    pub named: BTreeSet<&'static str>,
}

impl Configured {
    /// Takes in one line of the configuration.
    ///
    /// # Errors
    /// `policy/unknown` for a name that is no rule; else as [`PolicyRule::set`].
    pub fn take(&mut self, name: &str, text: &str) -> Result<(), Refusal> {
        let rule = policy_rule(name).ok_or_else(|| no_such_rule(name))?;
        rule.set(&mut self.policy, text)?;
        self.named.insert(rule.name);
        Ok(())
    }
}

/// The refusal for a name that is no rule.
pub fn no_such_rule(name: &str) -> Refusal {
    let names: Vec<&str> = RULES.iter().map(|rule| rule.name).collect();
    refuse(
        "policy/unknown",
        format!("There is no rule `{}`.", clip(name, 40)),
    )
    .hint(format!("The rules are {}.", names.join(", ")))
}
