//! What doors ask, in words that know no stanza. `xmpp` makes these from stanzas; the talk tests from lines of text.

use super::authorise::Question;
use super::directory::DirectoryAsk;
use crate::clans::Sees;
use crate::engine::{Contact, Here};
use crate::kit::{ClanTag, MatchId, PersonId, Span};
use crate::matches::Leave;

/// Where something was said: the address it was said to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `referee@R`
    Contact,
    /// `R` itself.
    Service,
    /// `m42@R`
    Match(MatchId),
    /// The room of a match, made by us.
    Room(MatchId),
    /// `clan-wolves@R`
    Clan(ClanTag),
    /// A room of a clan, made by us: the members' own, or the public one.
    ClanRoom(ClanTag, bool),
    /// The lobby, made by us.
    Lobby,
}

impl Place {
    /// Whether others read what is said here.
    pub fn is_room(self) -> bool {
        matches!(self, Place::Room(_) | Place::ClanRoom(..) | Place::Lobby)
    }

    /// The match this address is about.
    pub fn game(self) -> Option<MatchId> {
        match self {
            Place::Match(id) | Place::Room(id) => Some(id),
            _ => None,
        }
    }

    /// The clan this address is about.
    pub fn clan(self) -> Option<ClanTag> {
        match self {
            Place::Clan(tag) | Place::ClanRoom(tag, _) => Some(tag),
            _ => None,
        }
    }
}

/// Through which door a request came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    /// Words in a chat or a room.
    Chat,
    /// An ad-hoc command.
    Form,
}

/// Who asks. Filled from the server-stamped `from` alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The bare JID.
    pub bare: String,
    /// The full JID.
    pub full: String,
    /// Who that is, if the referee knows.
    pub person: Option<PersonId>,
    /// Whether the config names this JID as an admin, and the door is one admins may use.
    pub admin: bool,
    /// How long what they send is on its way to us, where the door has measured it.
    pub lag: Option<Span>,
    /// Whether an admin has made this person a human referee.
    pub referee: bool,
    /// Whether the config trusts this JID as a service, and the door is one services may use.
    pub service: bool,
}

/// One request from a door.
#[derive(Clone, Debug)]
pub enum Call {
    /// Words.
    Chat(Chat),
    /// A short line of talk in a match's room, which may have been meant as a move.
    Overheard(Chat),
    /// A sign put to one of our messages.
    Reaction(Reaction),
    /// A step of an ad-hoc command.
    Form(Form),
    /// A question about what there is; nothing is changed by it.
    Look(Look),
    /// Something happened at the door.
    News(News),
}

/// Words somebody wrote.
#[derive(Clone, Debug)]
pub struct Chat {
    /// The writer's bare JID.
    pub bare: String,
    /// The writer's full JID; in rooms the real one.
    pub full: String,
    /// Where.
    pub place: Place,
    /// The text; in rooms already without `!` or our nick.
    pub text: String,
    /// What makes the message unfit to be acted on.
    pub flaw: Option<Flaw>,
    /// How long it was on its way, where the door has measured it.
    pub lag: Option<Span>,
    /// The stanza's id.
    pub id: Option<String>,
}

/// Signs that somebody put to one of our messages.
#[derive(Clone, Debug)]
pub struct Reaction {
    /// The bare JID.
    pub bare: String,
    /// The full JID.
    pub full: String,
    /// The address of ours that was told.
    pub place: Place,
    /// The id of the message it is put to.
    pub to: String,
    /// The signs, instead of those before.
    pub signs: Vec<String>,
    /// What makes it unfit to be acted on.
    pub flaw: Option<Flaw>,
    /// The stanza's id.
    pub id: Option<String>,
}

/// Why a message is refused aloud instead of being acted on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// It lay somewhere and came late (XEP-0203).
    Delayed,
    /// It changes an earlier one (XEP-0308).
    Corrected,
    /// It is encrypted (XEP-0384 and others).
    Encrypted,
}

/// A step of an ad-hoc command (XEP-0050).
#[derive(Clone, Debug)]
pub struct Form {
    /// Who.
    pub bare: String,
    /// Who, in full.
    pub full: String,
    /// Where.
    pub place: Place,
    /// The command's node.
    pub node: String,
    /// What the client wants.
    pub action: Action,
    /// The session it belongs to.
    pub session: Option<String>,
    /// The submitted form's fields; `None` when there was no form.
    pub fields: Option<Vec<(String, Vec<String>)>>,
    /// How long it was on its way, where the door has measured it.
    pub lag: Option<Span>,
    /// The stanza's id.
    pub id: Option<String>,
}

/// The action of an ad-hoc request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Begin, or go on in the usual way.
    Execute,
    /// The next step.
    Next,
    /// The step before.
    Prev,
    /// Finish with what is there.
    Complete,
    /// Give up.
    Cancel,
}

/// A question about what there is.
#[derive(Clone, Debug)]
pub struct Look {
    /// Who asks.
    pub bare: String,
    /// Which address is asked.
    pub place: Place,
    /// What is asked.
    pub at: Sight,
}

/// What is looked at.
#[derive(Clone, Debug)]
pub enum Sight {
    /// What an address is: a match, for the details of which a form is made (disco#info).
    Info,
    /// What there is below a directory node (disco#items).
    Items {
        /// The node: `matches`, `open`, `clans`, `games`; empty for the top.
        node: String,
        /// Which page.
        page: Page,
    },
    /// The commands this person may use here.
    Commands,
    /// One command.
    Command(String),
    /// Matches and people by field (XEP-0055).
    Search {
        /// The fields of the search form that were filled in.
        fields: Vec<(String, String)>,
        /// Which page.
        page: Page,
    },
    /// What a contact is shown: a status text, and whether something waits for the one who looks.
    Status,
    /// The keys that sign results.
    Keys,
    /// A match as a client draws it (MUG), as the one who looks may see it.
    Table {
        /// Moves that the one who looks knows already, counted from the first.
        since: u32,
        /// A nick that the one who looks wants to have there.
        nick: Option<String>,
    },
    /// Whether an admin has muted the one who looks; asked by our own door alone.
    Muted,
    /// Whether the one who looks may invite somebody here, by handle or JID. It uses up a permit.
    Invite(String),
    /// What the rooms of a clan should be like; asked by our own door alone.
    Halls,
    /// The nodes of a clan as they are to be, with or without the items that belong there. For the door alone.
    Nodes(bool),
    /// Everything a fresh connection has to make again: rooms, contacts.
    Standing,
    /// Whether somebody may do something in a clan; for services that the config trusts.
    Authorise(Question),
    /// What a directory such as LDAP shows.
    Directory(DirectoryAsk),
}

/// A page of a long list (XEP-0059).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// At most so many.
    pub max: Option<usize>,
    /// After this item.
    pub after: Option<String>,
    /// Before this item; empty for the last page.
    pub before: Option<String>,
    /// From this place in the list.
    pub index: Option<usize>,
}

/// Something that happened at the door and has to be kept.
#[derive(Clone, Debug)]
pub enum News {
    /// A match's room is there, and ours.
    RoomReady(MatchId, String),
    /// Somebody, by bare JID, came into a match's room. The answer is a refusal when there is no place for them.
    Came(MatchId, String),
    /// Somebody left it.
    Left(MatchId, String),
    /// Who sits in a match's room is not known any more.
    Emptied(MatchId),
    /// A match's feed is there, and ours.
    FeedReady(MatchId, String),
    /// A clan's room was made and is ours; whether it is the members' own.
    HallReady(ClanTag, bool, String),
    /// A clan's room is gone for good.
    HallGone(ClanTag, bool, String),
    /// The lobby is there, and ours.
    LobbyReady(String),
    /// The node of what is going on is there, and ours.
    NewsReady(String),
    /// A clan's node is there, and ours.
    NodeReady(ClanTag, Sees, String),
    /// A clan's node is deleted.
    NodeGone(ClanTag, Sees),
    /// Whether somebody reads a clan's node who may not, in spite of all that was tried.
    NodeAstray(ClanTag, Sees, bool),
    /// Somebody added an address of ours to the contact list, by bare JID.
    Subscribed(String, Contact),
    /// Somebody removed it.
    Unsubscribed(String, Contact),
    /// Somebody, by bare JID, is not there any more.
    Gone(String, Leave),
    /// Somebody, by bare JID, is there again.
    Back(String),
    /// Somebody, by bare JID, is on, away, or off. Nothing of it is kept; the answer names the clans that it concerns.
    Here(String, Option<Here>),
    /// A whole server cannot be reached.
    ServerDown(String),
    /// Somebody, by handle, has logged in to this service with the app-password for it.
    LoggedIn(String, String),
    /// It can be reached again.
    ServerBack(String),
}
