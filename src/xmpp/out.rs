//! What the sub-rooms of this room want done, as data. They are state machines that take events and return [`Out`]s;
//! only [`super::edge`] does IO.

use minidom::Element;

use crate::commands::Call;

/// Something to do, in the order given.
#[derive(Debug)]
pub enum Out {
    /// Send a whole stanza, `from` and `to` included.
    Send(Element),
    /// Ask an IQ and go on with its answer or its silence.
    Ask(Question),
    /// Ask the writer. The answer comes back with `then`; without it, nobody waits for one.
    Call(Call, Option<Then>),
}

/// An IQ that is to be asked.
#[derive(Debug)]
pub struct Question {
    /// Our address that asks: the domain, or `m42@R` and the like.
    pub from: String,
    /// Who is asked.
    pub to: String,
    /// Whether it is a `set`; else it is a `get`.
    pub set: bool,
    /// The child of the `iq`.
    pub payload: Element,
    /// Who goes on with the answer.
    pub then: Then,
}

/// How a question of ours ended.
#[derive(Debug)]
pub enum Heard {
    /// The whole `iq` of type `result`.
    Result(Element),
    /// The whole `iq` of type `error`.
    Error(Element),
    /// No answer in time, or the connection broke.
    Silence,
}

/// Who goes on with an answer, and with what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Then {
    /// The discovery of the server's services.
    Services(super::services::Asked),
    /// Whether people are at a domain: the registered one, and itself.
    Domain(String, String),
    /// Rooms.
    Rooms(super::rooms::Asked),
    /// Feeds.
    Feeds(super::feeds::Asked),
    /// The nodes of clans.
    Nodes(super::nodes::Asked),
    /// Whether somebody can be reached.
    Reach(super::reach::Asked),
    /// Contacts: the status of a match, asked of the writer.
    Presence(super::presence::Asked),
    /// Clan mates in contact lists.
    Rosters(super::rosters::Asked),
    /// Who is on: the clans that it concerns.
    Roll,
    /// Matches with clients around them (MUG).
    Mug(super::mug::Asked),
}
