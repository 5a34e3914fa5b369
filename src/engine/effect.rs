//! Effects: what the world is to be told after a record is durable, as data with stable ids.

use serde::{Deserialize, Serialize};

use crate::clans::Sees;
use crate::kit::{ClanTag, Hash, MatchId, PersonId, Seat, Timestamp, Words};

/// The id of an effect: record `v` of a stream, effect `k` of that record. It becomes the pubsub item id and the origin-id
/// of the message, so a repetition after a broken connection can be recognised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// `m42/17/0`
    pub id: String,
    /// Global number of the record.
    pub n: u64,
    /// What to do.
    pub act: Act,
}

/// What an effect does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Act {
    /// Write to a person.
    Tell(Note),
    /// Say something in a match's room.
    Announce {
        /// The match.
        game: MatchId,
        /// The room.
        room: String,
        /// What is said.
        words: Words,
        /// The same for programs.
        event: Option<EventOut>,
    },
    /// Say something in the lobby.
    Lobby {
        /// What is said.
        words: Words,
    },
    /// Make a room for a match and say when it is there.
    OpenRoom {
        /// The match.
        game: MatchId,
        /// The players, who have so many rooms at a time.
        #[serde(default)]
        people: Vec<PersonId>,
        /// Whether nobody may find its name who is not told.
        #[serde(default)]
        hidden: bool,
    },
    /// Let the players speak in the room, and tell them where it is.
    Admit {
        /// The match.
        game: MatchId,
        /// The room.
        room: String,
        /// The players.
        people: Vec<PersonId>,
    },
    /// Give voice in a match's room, or take it away.
    Voice {
        /// The match.
        game: MatchId,
        /// The room.
        room: String,
        /// Whose.
        people: Vec<PersonId>,
        /// Whether they have it from now on.
        on: bool,
    },
    /// Somebody may not speak any more, in the lobby, the rooms of clans and among the clients of a match (MUG), or may again.
    Mute {
        /// Who.
        who: PersonId,
        /// Whether they are muted from now on.
        on: bool,
    },
    /// Leave the room of a match for good, with a last word.
    CloseRoom {
        /// The room.
        room: String,
        /// The last word.
        words: Words,
    },
    /// Make a feed for a match and say when it is there.
    OpenFeed {
        /// The match.
        game: MatchId,
    },
    /// Delete the feed of a match.
    CloseFeed {
        /// The node.
        node: String,
    },
    /// Publish an item.
    Publish {
        /// The node.
        node: String,
        /// The item.
        item: Item,
    },
    /// Somebody was forgotten: no address of ours stays in their contact list.
    Part {
        /// The bare JIDs, which nothing else here knows any more.
        addresses: Vec<String>,
    },
    /// Offer members of a clan to one of them as contacts, or ask to take them off the list.
    Contacts {
        /// The clan.
        clan: ClanTag,
        /// The group in the list: the clan's name.
        group: String,
        /// To whom.
        to: PersonId,
        /// Whether they are to be added.
        add: bool,
        /// Who.
        who: Vec<PersonId>,
        /// Whether the person asked for it, and reads it.
        aloud: bool,
    },
    /// What a clan shows to its contacts may have changed.
    ClanStatus {
        /// The clan.
        clan: ClanTag,
    },
    /// See to a clan's rooms. What they should be like is asked when it is done, so that it is never out of date.
    Housekeep {
        /// The clan.
        clan: ClanTag,
    },
    /// Say something in a clan's room.
    InHall {
        /// The clan.
        clan: ClanTag,
        /// Whether it is the members' own.
        private: bool,
        /// The room.
        room: String,
        /// What is said.
        words: Words,
        /// The same for programs.
        event: Option<EventOut>,
    },
    /// Tell members where their clan's room is, once the room lets them in.
    Welcome {
        /// The clan.
        clan: ClanTag,
        /// The members' room.
        room: String,
        /// Who.
        people: Vec<PersonId>,
    },
    /// Bring the nodes of a clan in step with its roster and its pages.
    Nodes {
        /// The clan.
        clan: ClanTag,
    },
    /// Publish an item on the node of a clan for these readers.
    Post {
        /// The clan.
        clan: ClanTag,
        /// For whom.
        sees: Sees,
        /// The page it shows, if it shows one.
        page: Option<u32>,
        /// The item.
        item: Item,
    },
    /// Take a page's item back from there.
    Retract {
        /// The clan.
        clan: ClanTag,
        /// For whom it was.
        sees: Sees,
        /// The item's id.
        item: String,
    },
    /// The public status of a match changed: contacts may be shown the new one.
    Status {
        /// The match.
        game: MatchId,
    },
}

/// A message to one person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// To whom.
    pub to: PersonId,
    /// The match it is about.
    pub about: Option<MatchId>,
    /// The clan it is about.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clan: Option<ClanTag>,
    /// For people.
    pub words: Words,
    /// For programs.
    pub event: Option<EventOut>,
    /// When this asks somebody to act: the seat, and how many moves had been played. The state may overtake it.
    pub turn: Option<(Seat, u32)>,
}

/// An item of a feed: an Atom entry with our event in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// The item's id in its node, and the last part of the Atom id.
    pub id: String,
    /// When it happened.
    pub at: Timestamp,
    /// One line.
    pub title: String,
    /// The whole text.
    pub text: String,
    /// The same for programs.
    pub event: EventOut,
}

/// What an event is about: a match or a clan, each with an address of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum About {
    /// `m42@R`
    Match(MatchId),
    /// `clan-wolves@R`
    Clan(ClanTag),
}

impl About {
    /// The part of its address before the `@`.
    pub fn local(self) -> String {
        match self {
            About::Match(id) => id.to_string(),
            About::Clan(tag) => format!("clan-{tag}"),
        }
    }
}

/// An `<event xmlns='urn:x-referee:event:0'/>` as data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventOut {
    /// What it is about.
    pub about: About,
    /// The number of the public event, from 1.
    pub n: u32,
    /// The chain head after the record.
    pub hash: Hash,
    /// What happened.
    pub kind: String,
    /// When.
    pub at: Timestamp,
    /// For a turn that is told again: how often it was told again so far. It is the same turn, with the same number.
    #[serde(default, skip_serializing_if = "is_first")]
    pub again: u8,
    /// Details.
    pub parts: Vec<Part>,
}

fn is_first(again: &u8) -> bool {
    *again == 0
}

/// A child of an event: `<move seat='0'>e4</move>`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The element's name.
    pub name: String,
    /// Its attributes.
    pub attrs: Vec<(String, String)>,
    /// Its text.
    pub text: String,
}

impl Part {
    /// An element with a text.
    pub fn new(name: &str, text: impl Into<String>) -> Part {
        Part {
            name: name.to_owned(),
            attrs: Vec::new(),
            text: text.into(),
        }
    }

    /// Adds an attribute.
    pub fn with(mut self, name: &str, value: impl ToString) -> Part {
        self.attrs.push((name.to_owned(), value.to_string()));
        self
    }
}

/// An effect with the addresses of the people it goes to, ready for a door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sending {
    /// The effect.
    pub effect: Effect,
    /// To whom, in the order of the effect; people who were forgotten or rest in quiet hours are left out.
    pub to: Vec<Addressee>,
}

/// Where a person is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addressee {
    /// The bare JID.
    pub jid: String,
    /// Other bare JIDs of the same person, who may come from any of them.
    pub others: Vec<String>,
    /// The name others see.
    pub handle: String,
    /// Whether this note is about a match with a short clock that this person plays now.
    pub on_clock: bool,
    /// Whether this is a program, which is told from the match's own address and without a body.
    pub bot: bool,
    /// Whether this person wants an invitation into the room of each match.
    pub invitations: bool,
    /// Whether an admin muted this person, who then gets no voice.
    pub muted: bool,
}
