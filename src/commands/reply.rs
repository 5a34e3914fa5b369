//! What commands answer, in words that know no stanza.

use std::collections::BTreeSet;

use super::authorise::{Decision, Question};
use super::directory::DirectorySeen;
use super::look::Table;
use crate::engine::{ClanNodes, Contact};
use crate::kit::{Block, ClanTag, MatchId, PublicKey, Refusal, Timestamp, Words};
use crate::matches::Leave;

/// The answer of a command that did what was asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// For people.
    pub words: Words,
    /// For programs: name and values, in the order of the result form.
    pub fields: Vec<(&'static str, Value)>,
    /// For programs: a table.
    pub rows: Option<Rows>,
}

/// A value in a result form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One line.
    Text(String),
    /// Several.
    List(Vec<String>),
}

/// A table: every row has one cell per column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rows {
    /// Name and label of each column.
    pub columns: &'static [(&'static str, &'static str)],
    /// The cells.
    pub rows: Vec<Vec<String>>,
}

impl Reply {
    /// An answer of one line.
    pub fn line(text: impl Into<String>) -> Reply {
        Reply {
            words: Words::line(text),
            ..Reply::default()
        }
    }

    /// The same where others read along: who is spoken to stands in front.
    pub fn said_to(mut self, handle: &str) -> Reply {
        if let Some(Block::Line(first)) = self.words.0.first_mut() {
            first.insert_str(0, &format!("{handle}: "));
        }
        self
    }

    /// An answer with words.
    pub fn words(words: Words) -> Reply {
        Reply {
            words,
            ..Reply::default()
        }
    }

    /// Adds a field.
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Reply {
        self.fields.push((name, Value::Text(value.into())));
        self
    }

    /// Adds a field with several values.
    pub fn with_list(mut self, name: &'static str, values: Vec<String>) -> Reply {
        self.fields.push((name, Value::List(values)));
        self
    }

    /// Adds a table.
    pub fn with_rows(
        mut self,
        columns: &'static [(&'static str, &'static str)],
        rows: Vec<Vec<String>>,
    ) -> Reply {
        self.rows = Some(Rows { columns, rows });
        self
    }
}

/// What a door is to do with a call.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Say nothing.
    Silence,
    /// Say this. In rooms it is said in the room, unless it is private.
    Say {
        /// What the command answered, or why not.
        result: Result<Reply, Refusal>,
        /// Send it to the person alone, although they asked in a room.
        private: bool,
    },
    /// A step of an ad-hoc command.
    Step(Step),
    /// An ad-hoc request that gets an error.
    Stop(Stop, String),
    /// What there is.
    Seen(Seen),
    /// There is nothing at this address, or nothing this person may know of.
    Nothing,
    /// The disk refuses, or something broke: try again later.
    Sorry,
}

/// The answer to one step of an ad-hoc command.
#[derive(Clone, Debug)]
pub struct Step {
    /// The node, echoed.
    pub node: String,
    /// The session, echoed or made.
    pub session: String,
    /// Where the command stands.
    pub state: StepState,
}

/// Where an ad-hoc command stands.
#[derive(Clone, Debug)]
pub enum StepState {
    /// A form is to be filled in.
    Asking(FormOut),
    /// It is done, or refused.
    Done(Result<Reply, Refusal>),
    /// It was given up.
    Cancelled,
}

/// A form to be filled in.
#[derive(Clone, Debug, Default)]
pub struct FormOut {
    /// Its title.
    pub title: String,
    /// What to do.
    pub instructions: String,
    /// Its fields.
    pub fields: Vec<FieldOut>,
    /// Why it comes back: what was filled in is still there, to be mended.
    pub refused: Option<Refusal>,
}

/// A field of a form.
#[derive(Clone, Debug)]
pub struct FieldOut {
    /// Its name.
    pub name: String,
    /// Its label.
    pub label: String,
    /// Its kind.
    pub kind: FieldKind,
    /// What stands in it.
    pub value: String,
    /// Whether it must be filled in.
    pub required: bool,
}

/// The kind of a form's field.
#[derive(Clone, Debug)]
pub enum FieldKind {
    /// `text-single`
    Text,
    /// `text-multi`
    Lines,
    /// `boolean`
    Flag,
    /// `list-single`, as value and label.
    Pick(Vec<(String, String)>),
}

/// Why an ad-hoc request gets an IQ error instead of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// This person may not use it.
    Forbidden,
    /// There is no such command here.
    Unknown,
    /// The session is not known, or has ended.
    BadSession,
    /// Too much at once.
    Overload,
}

/// What there is.
#[derive(Clone, Debug)]
pub enum Seen {
    /// A match.
    Match(MatchInfo),
    /// A page of a list.
    Items(Listing),
    /// Commands: node and name.
    Commands(Vec<(String, String)>),
    /// Search results.
    Found(Rows, Listing),
    /// What is shown beside a contact.
    Status(Status),
    /// A clan.
    Clan(ClanInfo),
    /// Clans whose contacts may have to be shown something new.
    Clans(Vec<ClanTag>),
    /// The keys that sign results: the one that signs now, then those before it, newest first.
    Keys(Vec<KeyOut>),
    /// What the rooms of a clan should be like.
    Halls(Box<Halls>),
    /// The nodes of a clan as they are to be.
    Nodes(ClanNodes),
    /// Everything a fresh connection has to make again.
    Standing(Standing),
    /// A match as a client draws it.
    Table(Box<Table>),
    /// Why somebody may not speak, if an admin has muted them.
    Muted(Option<String>),
    /// Somebody who may be invited: the bare JID, and whether they spoke to the referee before.
    Guest(String, bool),
    /// Whether somebody may do something, or that there is no such thing.
    Decision(Question, Result<Decision, Refusal>),
    /// What a directory shows.
    Directory(DirectorySeen),
}

/// What is shown beside a contact.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// The text, as the one who looks may read it.
    pub text: String,
    /// Matches that wait for the one who looks.
    pub waiting: usize,
    /// What it was about is over, and the contact may go.
    pub gone: bool,
    /// The contact's own name (XEP-0172).
    pub nick: Option<String>,
    /// What some who have the contact are shown instead: their bare JIDs, and the text.
    pub inside: Option<(BTreeSet<String>, String)>,
    /// Whether we want to see the presence of the one who looks, too.
    pub asks_back: bool,
}

/// A clan as service discovery shows it.
#[derive(Clone, Debug, Default)]
pub struct ClanInfo {
    /// Its name.
    pub name: String,
    /// What it says about itself.
    pub about: String,
    /// Its public room, while there is one.
    pub room: Option<String>,
    /// Its public feed, while there is one.
    pub feed: Option<String>,
    /// The details, as they stand in the form.
    pub form: Vec<(&'static str, Value)>,
}

/// A key that signs results, or has signed some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyOut {
    /// The key.
    pub key: PublicKey,
    /// Since when it signs.
    pub since: Timestamp,
    /// Until when it did; it still does when missing.
    pub until: Option<Timestamp>,
}

/// A match as service discovery shows it.
#[derive(Clone, Debug, Default)]
pub struct MatchInfo {
    /// The game's id.
    pub game: String,
    /// A readable name.
    pub name: String,
    /// The room, while there is one.
    pub room: Option<String>,
    /// The feed, while there is one.
    pub feed: Option<String>,
    /// Whether everybody may find it.
    pub public: bool,
    /// How many spectators it takes, if its players set a number.
    pub spectators: Option<usize>,
    /// The details, as they stand in the form.
    pub form: Vec<(&'static str, Value)>,
}

/// A page of a list.
#[derive(Clone, Debug, Default)]
pub struct Listing {
    /// The items.
    pub items: Vec<ItemOut>,
    /// The place of the first item in the whole list.
    pub first_index: usize,
    /// How many there are in all.
    pub count: usize,
    /// Whether the asker asked for pages, or has to be told that there are more.
    pub paged: bool,
}

/// One item of a list.
#[derive(Clone, Debug)]
pub struct ItemOut {
    /// The part before the `@` of our domain; empty for the domain itself.
    pub local: String,
    /// The node at that address.
    pub node: Option<String>,
    /// A readable name.
    pub name: String,
    /// The item's id for paging.
    pub key: String,
}

/// Somebody who plays with a short clock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clocked {
    /// The match.
    pub game: MatchId,
    /// The bare JID.
    pub jid: String,
    /// How they are away, as far as the match knows.
    pub away: Option<Leave>,
}

/// What the rooms of a clan should be like. It never leaves the process: the names are for people, the JIDs for the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Halls {
    /// The clan.
    pub tag: ClanTag,
    /// Its name.
    pub name: String,
    /// Whether it exists; else its rooms are to go.
    pub exists: bool,
    /// The members' room, if there is one.
    pub private: Option<String>,
    /// The public room, if there is one.
    pub public: Option<String>,
    /// The subjects of both, the members' first.
    pub subjects: [String; 2],
    /// The members.
    pub members: Vec<Inmate>,
    /// Whoever is banned.
    pub outcasts: Vec<Inmate>,
}

/// Somebody whom a clan's rooms have to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inmate {
    /// The bare JID.
    pub jid: String,
    /// The name others see.
    pub name: String,
    /// The role to be shown, of those who lead.
    pub badge: Option<String>,
}

/// A clan with its rooms: the members' own and the public one.
pub type HallsOf = (ClanTag, Option<String>, Option<String>);

/// What a fresh connection has to make again.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Rooms of matches, with the people who play in them.
    pub rooms: Vec<(MatchId, String, Vec<String>)>,
    /// Clans with the rooms they have, those included that are no more and whose rooms are still there.
    pub halls: Vec<HallsOf>,
    /// Whether anybody is muted.
    pub mutes: bool,
    /// The lobby, if it is ours already.
    pub lobby: Option<String>,
    /// The node of what is going on, if it is ours already.
    pub news: Option<String>,
    /// Clans that have nodes or are to have them.
    pub clans: Vec<ClanTag>,
    /// Feeds of matches.
    pub feeds: Vec<(MatchId, String)>,
    /// The keys that sign results, as in [`Seen::Keys`].
    pub keys: Vec<KeyOut>,
    /// Whoever plays with a short clock now.
    pub clocked: Vec<Clocked>,
    /// Bare JIDs and the address of ours they have in the contact list.
    pub contacts: Vec<(String, Contact)>,
}
