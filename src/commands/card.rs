//! The command card: one definition from which the chat command, the ad-hoc form, the help text and the table in
//! `docs/COMMANDS.md` all come.

use std::collections::BTreeMap;

use super::call::{Caller, Door, Place};
use super::levels::Finished;
use super::limits::Limits;
use super::proofs::Proofs;
use super::reply::Reply;
use crate::engine::Desk;
use crate::kit::{Refusal, refuse};

/// One command.
pub struct Card {
    /// The word people type, and the ad-hoc node.
    pub name: &'static str,
    /// Other words for it.
    pub aliases: &'static [&'static str],
    /// The name in lists of commands.
    pub title: &'static str,
    /// What it does: one sentence.
    pub help: &'static str,
    /// A line one could type.
    pub example: &'static str,
    /// Who may use it. Whoever may not does not see it either.
    pub who: Who,
    /// What it may change.
    pub effect: Effect,
    /// Its fields, in the order in which words fill them.
    pub fields: &'static [Field],
    /// Carries it out.
    pub run: fn(&mut Ask<'_>) -> Result<Reply, Refusal>,
}

/// First words of commands that have two: `admin ban` is the command `admin-ban`.
pub const FAMILIES: [&str; 2] = ["admin", "clan"];

impl Card {
    /// The name as people type it: `profile-export` is two words in a chat.
    pub fn typed(&self) -> String {
        let families = ["admin-", "clan-", "profile-"];
        match families.iter().any(|family| self.name.starts_with(family)) {
            true => self.name.replacen('-', " ", 1),
            false => self.name.to_owned(),
        }
    }
}

/// Who may use a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody who is not banned.
    Anyone,
    /// The admins of the config. Never through a room.
    Admin,
    /// People whom an admin has made human referees, and admins.
    Referee,
    /// Other services and bots that the config trusts. Never through a room.
    Service,
}

/// What a command may change, which decides where it may be used and whether it asks back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing: it may be used in rooms that are not ours.
    Reads,
    /// Something.
    Changes,
    /// It ends or gives up something: a form that was not filled in asks for confirmation first.
    Ends,
    /// The same, and nothing brings it back: in a chat the card asks for a `yes`, too ([`Ask::sure`]).
    Final,
}

impl Effect {
    /// Whether a form that was not filled in asks first.
    pub fn asks_back(self) -> bool {
        matches!(self, Effect::Ends | Effect::Final)
    }
}

/// One field of a command.
pub struct Field {
    /// The name in forms, and before `=` in chat.
    pub name: &'static str,
    /// The label in forms.
    pub label: &'static str,
    /// What kind of value it takes.
    pub kind: Kind,
    /// What stands in the form at first.
    pub default: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// Which words of a chat line fill it.
    pub words: WordsFor,
}

/// The kind of a field, for forms.
#[derive(Clone, Copy)]
pub enum Kind {
    /// One line of text.
    Text,
    /// A JID or a handle.
    Person,
    /// A match's id: forms list one's own.
    Match,
    /// A match's id, of anybody's match.
    AnyMatch,
    /// A clan's tag: forms list one's own.
    Clan,
    /// A clan's tag, of any clan.
    AnyClan,
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// One line of text that a form shows as it stands now.
    Kept(fn(&Desk, &Caller) -> Option<String>),
    /// What programs send; the forms that people fill in leave it out.
    Program,
    /// Several lines of text.
    Lines,
    /// Yes or no.
    Flag,
    /// The same, where it depends on who asks what a form shows at first: a box that looks unticked is sent as a no.
    FlagFor(fn(&Desk, &Caller) -> bool),
    /// One of these, as value and label.
    Pick(fn(&Desk, &Caller, Place) -> Vec<(String, String)>),
}

/// Which words of a chat line fill a field.
#[derive(Clone, Copy)]
pub enum WordsFor {
    /// The next word that this function takes for it.
    If(fn(&str) -> bool),
    /// The next word, whatever it is.
    Next,
    /// Words that belong together, such as `rock paper scissors` or `5 min`: this function is given what is left of the line
    /// and says which value its first words are, and how many words that is.
    Phrase(fn(&str) -> Option<(String, usize)>),
    /// Every word that this function takes for one.
    Each(fn(&str) -> bool),
    /// Everything that follows this word.
    Following(&'static str),
    /// Everything that is left.
    Rest,
    /// The same as it was typed, line breaks and all.
    Verbatim,
    /// None: only `name=value`.
    Named,
}

/// The values of a command's fields.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(BTreeMap<String, String>);

impl Fields {
    /// Sets a value; blank ones count as not given.
    pub fn set(&mut self, name: &str, value: &str) {
        if value.trim().is_empty() {
            self.0.remove(name);
        } else {
            self.0.insert(name.to_owned(), value.trim().to_owned());
        }
    }

    /// A value, if it was given.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// All values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// A command being carried out: who asks, where, and with which values.
pub struct Ask<'a> {
    /// What is known, and the verbs that change it.
    pub desk: &'a mut Desk,
    /// Who asks.
    pub caller: &'a Caller,
    /// Where.
    pub place: Place,
    /// Through which door.
    pub door: Door,
    /// With which values.
    pub fields: &'a Fields,
    /// The id of the stanza that asked.
    pub req: Option<&'a str>,
    /// How much more may be asked of others.
    pub limits: &'a mut Limits,
    /// How many matches bots have finished.
    pub finished: &'a mut Finished,
    /// Whether what cannot be taken back was asked for with a `yes`.
    pub sure: bool,
    /// The codes that wait to be sent back.
    pub proofs: &'a mut Proofs,
    /// The commands there are, for those that tell about commands.
    pub cards: &'static [&'static Card],
}

/// The code of the question whether somebody is sure.
const SURE: &str = "command/sure";

impl Ask<'_> {
    /// Asks back in a chat before something that cannot be taken back, unless the line ended with `yes`. A form has its own
    /// way of asking: one that was filled in and sent means it.
    ///
    /// # Errors
    /// `command/sure`, with what would happen and the line that does it.
    pub fn sure(&self, line: &str, consequence: impl Into<String>) -> Result<(), Refusal> {
        if self.sure || self.door == Door::Form {
            return Ok(());
        }
        Err(refuse(SURE, consequence).hint(format!("{BEFORE}{line} yes{AFTER}")))
    }
}

const BEFORE: &str = "Sure? Type `";
const AFTER: &str = "`.";

/// The line that a question whether somebody is sure asks for; nothing for any other refusal.
pub fn sure_line(refusal: &Refusal) -> Option<&str> {
    let hint = refusal.hint.as_deref().filter(|_| refusal.code == SURE)?;
    hint.strip_prefix(BEFORE)?.strip_suffix(AFTER)
}
