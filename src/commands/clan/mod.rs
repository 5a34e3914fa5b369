//! The commands of clans, one file per card, and what they share: which clan is meant, who in it, and how it is shown.
//!
//! Every one of them asks the clan itself ([`crate::clans::Clan::decide`]); nothing here decides who may do what.

pub mod accept;
pub mod admit;
pub mod agenda;
pub mod appeal;
pub mod apply;
pub mod attend;
pub mod ban;
pub mod bans;
pub mod cancel;
pub mod challenge;
pub mod contacts;
pub mod counter;
pub mod create;
pub mod decline;
pub mod disband;
pub mod edit;
pub mod event;
pub mod events;
pub mod export;
pub mod file;
pub mod fix;
mod fixture;
pub mod fixtures;
pub mod history;
pub mod ical;
pub mod invite;
pub mod join;
pub mod keep;
pub mod kick;
pub mod leave;
pub mod lineup;
pub mod log;
pub mod news;
pub mod note;
pub mod pages;
pub mod pick;
pub mod propose;
pub mod read;
pub mod refuse;
pub mod remove;
pub mod rename;
pub mod reschedule;
pub mod role;
pub mod role_drop;
pub mod role_make;
pub mod roles;
pub mod set;
pub mod show;
pub mod standing;
pub mod strategy;
pub mod transfer;
pub mod unban;
pub mod uninvite;
pub mod uphold;
pub mod vote;
pub mod who;
pub mod writing;

use super::card::{Ask, Field, Kind, WordsFor};
use super::reply::Reply;
use crate::clans::{Clan, ClanAsk, RoleId};
use crate::engine::no_such_clan;
use crate::kit::{ClanTag, PersonId, Refusal, Span, Words, clip, refuse};

/// The field that says which clan is meant; without it the one of this address, or the only one of the person.
pub const CLAN: Field = Field {
    name: "clan",
    label: "Clan (its tag; empty for yours)",
    kind: Kind::Clan,
    default: "",
    required: false,
    words: WordsFor::Named,
};

/// The same for commands that are about anybody's clan.
pub const ANY_CLAN: Field = Field {
    kind: Kind::AnyClan,
    ..CLAN
};

/// The field that names a person.
pub const WHO: Field = Field {
    name: "who",
    label: "Who (handle or JID)",
    kind: Kind::Person,
    default: "",
    required: true,
    words: WordsFor::Next,
};

/// The field for a reason, which whoever is concerned reads.
pub const REASON: Field = Field {
    name: "reason",
    label: "Reason (they see it)",
    kind: Kind::Text,
    default: "",
    required: true,
    words: WordsFor::Rest,
};

/// Reads a tag as people write it: `wolves`, `clan-wolves` or `clan-wolves@referee.example.org`.
pub fn read_tag(text: &str) -> Option<ClanTag> {
    let local = text
        .trim()
        .trim_start_matches("xmpp:")
        .split('@')
        .next()?
        .to_ascii_lowercase();
    local.strip_prefix("clan-").unwrap_or(&local).parse().ok()
}

impl Ask<'_> {
    /// The clan that is meant: the one that was named, the one of this address, or the only one the person belongs to.
    ///
    /// # Errors
    /// There is no such clan, or none or several could be meant.
    pub fn clan(&mut self) -> Result<ClanTag, Refusal> {
        let me = self.me()?;
        self.clan_among(|ask| {
            ask.desk
                .world()
                .clans
                .of(me)
                .map(|live| live.clan.tag)
                .collect()
        })
    }

    /// As [`Ask::clan`], where the only one that waits for the person's answer is meant.
    ///
    /// # Errors
    /// There is no such clan, or none or several could be meant.
    pub fn waiting_clan(&mut self) -> Result<ClanTag, Refusal> {
        let me = self.me()?;
        self.clan_among(|ask| {
            ask.desk
                .world()
                .clans
                .waiting_for(me)
                .map(|live| live.clan.tag)
                .collect()
        })
    }

    fn clan_among(&self, choices: impl Fn(&Ask<'_>) -> Vec<ClanTag>) -> Result<ClanTag, Refusal> {
        if let Some(named) = self.field("clan") {
            let tag = read_tag(named).ok_or_else(|| no_such_clan(named))?;
            return self.desk.clan(tag).map(|live| live.clan.tag);
        }
        if let Some(tag) = self.place.clan() {
            return self.desk.clan(tag).map(|live| live.clan.tag);
        }
        let choices = choices(self);
        match choices.as_slice() {
            [] => Err(refuse("clan/none", "Say which clan you mean.").hint(
                "Put its tag behind the command; `clans` lists them, `clan create` founds one.",
            )),
            [only] => Ok(*only),
            several => {
                let tags: Vec<String> = several.iter().take(10).map(ToString::to_string).collect();
                Err(refuse(
                    "clan/which",
                    format!("Which clan do you mean: {}?", tags.join(", ")),
                )
                .hint(format!("Say it as in `clan show {}`.", tags[0])))
            }
        }
    }

    /// Somebody the referee knows already: a member, an applicant, somebody who is banned.
    ///
    /// # Errors
    /// Nobody has that name.
    pub fn clan_person(&self) -> Result<PersonId, Refusal> {
        let named = self.field("who").unwrap_or_default();
        self.acquaintance(named)?.ok_or_else(|| {
            refuse(
                "people/unknown",
                format!("I do not know anybody called `{}`.", clip(named, 40)),
            )
            .hint("Type `clan show` to see who is who.")
        })
    }

    /// Asks the clan, in the caller's name.
    ///
    /// # Errors
    /// Whatever the clan refuses.
    pub fn ask_clan(&mut self, tag: ClanTag, wish: &ClanAsk) -> Result<(), Refusal> {
        let me = self.me()?;
        self.desk.act_in_clan(Some(me), tag, wish, self.req)
    }

    /// The answer of a command about a clan.
    pub fn about_clan(&self, tag: ClanTag, text: impl Into<String>) -> Reply {
        self.with_clan(tag, Words::line(format!("[{tag}] {}", text.into())))
    }

    /// The same with words of several lines.
    pub fn with_clan(&self, tag: ClanTag, words: Words) -> Reply {
        let reply = Reply::words(words).with("clan", tag.to_string());
        let Some(live) = self.desk.world().clans.get(tag) else {
            return reply;
        };
        let role = self.caller.person.and_then(|me| live.clan.members.get(&me));
        reply
            .with("version", live.v.to_string())
            .with("state", stage_word(&live.clan))
            .with(
                "role",
                role.map_or(String::new(), |member| member.role.to_string()),
            )
    }

    /// A person's name.
    pub fn name_of(&self, person: PersonId) -> String {
        self.desk.world().people.name(person)
    }
}

/// The state of a clan for programs.
pub fn stage_word(clan: &Clan) -> &'static str {
    match clan.stage {
        crate::clans::ClanStage::Active => "active",
        crate::clans::ClanStage::Disbanding { .. } => "disbanding",
        crate::clans::ClanStage::Disbanded => "disbanded",
    }
}

/// Reads a role's name.
///
/// # Errors
/// `clan/bad-role`.
pub fn read_role(text: &str) -> Result<RoleId, Refusal> {
    RoleId::read(text).ok_or_else(|| {
        refuse("clan/bad-role", format!("`{}` is no name of a role.", clip(text, 30))).hint("Roles have names of letters, digits and hyphens, such as captain; `clan roles` lists them.")
    })
}

/// Reads a time such as `30m`, `12h`, `7d` or `2w`.
///
/// # Errors
/// `clan/bad-span`.
pub fn read_span(text: &str) -> Result<Span, Refusal> {
    let text = text.trim().to_ascii_lowercase();
    let read = || {
        let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
        let short = !number.is_empty()
            && number.len() <= 5
            && number.bytes().all(|byte| byte.is_ascii_digit());
        let number: i64 = number.parse().ok().filter(|_| short)?;
        match unit {
            "m" => Some(Span::minutes(number)),
            "h" => Some(Span::hours(number)),
            "d" => Some(Span::days(number)),
            "w" => Some(Span::days(7 * number)),
            _ => None,
        }
    };
    read().filter(|span| span.0 > 0).ok_or_else(|| {
        refuse(
            "clan/bad-span",
            format!("`{}` is no time.", clip(&text, 30)),
        )
        .hint("Write it as 30m, 12h, 7d or 2w.")
    })
}

/// Whether a word looks like a time, for fields that take one.
pub fn is_span(word: &str) -> bool {
    read_span(word).is_ok()
}

/// A time in the shortest unit that fits: `60d`.
pub fn span_text(span: Span) -> String {
    let units = [
        (Span::days(1), "d"),
        (Span::hours(1), "h"),
        (Span::minutes(1), "m"),
    ];
    let fits = units.iter().find(|(unit, _)| span.0 % unit.0 == 0);
    fits.map_or_else(
        || span.words(),
        |(unit, letter)| format!("{}{letter}", span.0 / unit.0),
    )
}
