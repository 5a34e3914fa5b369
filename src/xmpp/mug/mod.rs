//! Multi-user gaming (the 2009 ProtoXEP, `inbox/multi-user_gaming.xml` in xsf/xeps): a door for clients that draw a board.
//!
//! A match `m42@R` is a MUG room while clients are in it. This folder turns presence, messages and IQs into the same
//! commands that people type (`accept join move resign adjourn resume open challenge`), and what the writer then shows
//! into presence and turns. It never decides about play. What we add to the ProtoXEP, and where we depart from it, is
//! `docs/mug-additions.md`.
//!
//! - **Rooms are transient.** [`Room`] knows who is there and what each was told; everything else is asked of the writer
//!   (`Sight::Table`), as the very person who gets the answer, so that a position is made for one pair of eyes. After a break
//!   of the connection occupants are told that they are out; whoever comes back is told everything.
//! - **A record's effect is the signal.** `Act::Status` says that a match changed. For each player who is here, and once for
//!   all spectators, the writer is asked for the table (`refresh`): new moves become `<turn/>`s, then follows the new
//!   `<state/>`. Nothing is said before it is durable, because looks are not.
//! - **Making a match** is joining `new-tic-tac-toe@R`: a draft that only its maker sees, status `created`, until the form
//!   comes back; then it is `m43@R` for all others, and stays at the address the maker knows it by (`draft`). So nobody
//!   takes a name under our domain, and a plain client needs no redirection.
//! - **Roles before play** are claims that bind nobody. `<start/>` of the one who is not the challenger is `accept` or
//!   `join`; it waits for the challenger's `<start/>` while the challenger is here.
//! - **Leaving is no move.** An unavailable presence takes a client out of the room and nothing else; clocks and the law of
//!   absence go on as for everybody. Role `none` is `resign`. Save and load are `adjourn` and `resume`, by agreement.
//! - **Errors** come from one table (`errors`). An invalid turn gets its error and, unless the config says so
//!   (`[mug] kick_on_illegal_turn`), no kick; a kick never resigns.
//! - **Talk** is relayed as plain text only. Spectators are not heard by players while a match is played, and players of a
//!   game with hidden information have no private messages there: what is said past the table could not be shown later, and
//!   a referee does not carry it.
//! - **Hostile input**: every list has a cap below; a nick that is or resembles somebody else's handle is a conflict; JIDs of
//!   occupants are shown to nobody.
//!
//! Begin reading with [`Mug`]; `enter` has coming and going, `play` start, turn and resignation, `refresh` what occupants are
//! told, `draft` and `config` the making of matches, `owner` its IQs, `talk` invitations and messages, `words` the stanzas.

mod config;
pub mod discover;
mod draft;
mod enter;
mod errors;
mod owner;
mod pace;
mod play;
mod refresh;
mod room;
mod talk;
mod tictactoe;
mod words;

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use minidom::Element;

use self::draft::Draft;
use self::errors::Fault;
use self::room::{Room, at};
use self::words::MUG;
use super::out::{Out, Then};
use super::stanza::{Address, Back, Condition, Head, attribute};
use crate::commands::{Action, Answer, Call, Form, Look, Place, Seen, Sight};
use crate::kit::MatchId;

/// Clients in one match; its players always fit.
pub const MAX_OCCUPANTS: usize = 100;
/// Clients in all matches together.
pub const MAX_SESSIONS: usize = 10_000;
/// Matches and drafts that one person is in at a time, each client counted.
pub const MAX_OF_PERSON: usize = 50;
/// Drafts of all people together, of one server and of one person, so that none uses up what the others need.
const MAX_DRAFTS: usize = 1000;
const MAX_DRAFTS_OF_SERVER: usize = 200;
const MAX_DRAFTS_OF_PERSON: usize = 5;
/// Longest nick, in characters.
pub const MAX_NICK: usize = 32;
/// Longest text that is relayed, in bytes.
pub const MAX_TALK: usize = 2048;
/// Texts that one person may have relayed at once; one more each second.
const TALK: (u32, Duration) = (10, Duration::from_secs(1));
/// What somebody is told who has too much sent to others.
const PACED: &str = "That is too much at once; wait a few seconds.";
/// Invitations of one match that are remembered.
const MAX_INVITATIONS: usize = 50;
/// Invitations in one message.
const MAX_INVITED_AT_ONCE: usize = 5;
/// A longer stanza is not repeated in the error that answers it, in bytes.
const MAX_ECHO: usize = 2048;
/// How long a draft waits for its form.
const DRAFT_LASTS: Duration = Duration::from_secs(600);
/// How long a saved match that was loaded waits for its players.
const LOADED_LASTS: Duration = Duration::from_secs(3600);
/// Loaded matches that wait at a time.
const MAX_LOADED: usize = 1000;

/// What was asked of the writer, and for whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// Somebody wants to enter.
    Enter(Box<enter::Entry>),
    /// A match was made from a draft, and its maker goes over to it.
    Made(Box<enter::Entry>),
    /// A client that came in is counted.
    Came {
        /// The match.
        game: MatchId,
        /// The client.
        client: String,
    },
    /// What an occupant, or all spectators, are to be shown.
    Table {
        /// The match.
        game: MatchId,
        /// As whom the writer was asked.
        looker: String,
    },
    /// A match is made of a draft.
    Make {
        /// The draft's client and address.
        key: (String, String),
        /// Where the answer goes.
        back: Back,
    },
    /// Somebody wants to load a saved match.
    Load {
        /// The match.
        game: MatchId,
        /// The client.
        by: Address,
        /// Where the answer goes.
        back: Back,
    },
    /// Somebody says something, and may be muted.
    Talk(MatchId, Box<Element>),
    /// Somebody invites.
    Invite(Box<talk::Inviting>),
    /// Something was done in a match, or refused.
    Did(Box<play::Deed>),
}

/// All matches with clients around them.
pub struct Mug {
    domain: String,
    /// Whether an invalid turn puts its client out of the room.
    kick: bool,
    rooms: BTreeMap<MatchId, Room>,
    /// Matches in the making, by client and address.
    drafts: BTreeMap<(String, String), Draft>,
    /// Where a client knows a match by the address it was made at.
    aliases: BTreeMap<(String, String), MatchId>,
    /// Saved matches that may be entered, and until when.
    loaded: BTreeMap<MatchId, Instant>,
    /// Clients and drafts of each person.
    of_person: BTreeMap<String, usize>,
    sessions: usize,
    /// Whether anybody is muted.
    mutes: bool,
    talk: pace::Pace,
    paces: pace::Paces,
    /// Who was here when the connection broke: occupant address and client.
    lost: VecDeque<(String, String)>,
}

/// What an address of ours is to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Target {
    /// A match.
    Match(MatchId),
    /// A draft of this client, or the place to begin one.
    New(String),
}

impl Mug {
    /// Nobody is here. `kick` puts the client of an invalid turn out of the room.
    pub fn new(domain: &str, kick: bool) -> Mug {
        Mug {
            domain: domain.to_owned(),
            kick,
            rooms: BTreeMap::new(),
            drafts: BTreeMap::new(),
            aliases: BTreeMap::new(),
            loaded: BTreeMap::new(),
            of_person: BTreeMap::new(),
            sessions: 0,
            mutes: false,
            talk: pace::Pace::new(TALK),
            paces: pace::Paces::default(),
            lost: VecDeque::new(),
        }
    }

    /// A presence to an address of ours; none when it does not concern this door.
    pub fn presence(&mut self, stanza: &Element, now: Instant) -> Option<Vec<Out>> {
        let head = Head::read(stanza)?;
        let game = stanza.get_child("game", MUG);
        let target = self.target(&head)?;
        match (head.kind.as_deref(), target) {
            (Some("unavailable" | "error"), target) => {
                let outs = self.gone(&head, &target);
                if let (Target::Match(id), Some(_)) = (target, &outs) {
                    self.spend(id, &head.from.bare, 1, now);
                }
                outs
            }
            (None, Target::Match(id)) => match (head.to.resource(), game) {
                (Some(_), Some(game)) => Some(self.enter(id, &head, game, now)),
                (None, Some(game)) => Some(self.take_role(id, &head, game, now)),
                // An occupant's own presence changes: nobody here is shown it.
                _ => self
                    .rooms
                    .get(&id)?
                    .session(&head.from.full)
                    .map(|_| Vec::new()),
            },
            (None, Target::New(name)) => Some(self.draft(&name, &head, game, now)),
            _ => None,
        }
    }

    /// A message to an address of ours; none when it is for another door.
    pub fn message(&mut self, stanza: &Element, now: Instant) -> Option<Vec<Out>> {
        let head = Head::read(stanza)?;
        if matches!(head.kind.as_deref(), Some("error" | "headline")) {
            return None;
        }
        let Target::Match(id) = self.target(&head)? else {
            return self.message_to_draft(stanza, &head);
        };
        let child = |name| stanza.get_child(name, words::USER);
        if let Some(turn) = child("turn") {
            return Some(self.turn(id, &head, stanza, turn));
        }
        if child("start").is_some() {
            return Some(self.start(id, &head, now));
        }
        if let Some(game) = child("game") {
            return Some(self.invitations(id, &head, stanza, game));
        }
        self.talk(id, &head, stanza, false, now)
    }

    /// A message that came back: a client that is not there any more is out.
    pub fn bounced(&mut self, stanza: &Element) -> Vec<Out> {
        let gone = |error: &Element| {
            error.children().any(|child| {
                matches!(
                    child.name(),
                    "gone"
                        | "item-not-found"
                        | "recipient-unavailable"
                        | "remote-server-not-found"
                        | "remote-server-timeout"
                        | "service-unavailable"
                )
            })
        };
        let error = stanza.get_child("error", xmpp_parsers::ns::DEFAULT_NS);
        let head = Head::read(stanza).filter(|_| error.is_some_and(gone));
        match head
            .as_ref()
            .and_then(|head| self.target(head).zip(Some(head)))
        {
            Some((Target::Match(id), head)) => self.leave(id, &head.from.full),
            _ => Vec::new(),
        }
    }

    /// An IQ `get` or `set` to an address of ours; none when it is for another door.
    pub fn iq(&mut self, stanza: &Element, now: Instant) -> Option<Vec<Out>> {
        let head = Head::read(stanza)?;
        let asked = stanza.children().next()?;
        match self.target(&head)? {
            Target::Match(id) if asked.ns() == words::OWNER => {
                Some(self.owner(id, &head, stanza, asked))
            }
            Target::Match(_) => None,
            Target::New(name) => Some(self.iq_to_draft(&name, &head, stanza, asked, now)),
        }
    }

    /// The public status of a match changed.
    pub fn changed(&mut self, game: MatchId) -> Vec<Out> {
        self.refresh(game)
    }

    /// The writer has answered.
    pub fn answered(&mut self, asked: &Asked, answer: &Answer, now: Instant) -> Vec<Out> {
        match (asked, answer) {
            (Asked::Enter(entry) | Asked::Made(entry), Answer::Seen(Seen::Table(table))) => {
                let made = matches!(asked, Asked::Made(_));
                self.entered(entry, table, made, now)
            }
            (Asked::Enter(entry) | Asked::Made(entry), other) => {
                entry.refused(&errors::fault(other))
            }
            (Asked::Came { game, client }, other) => self.counted(*game, client, other),
            (Asked::Table { game, looker }, other) => self.told(*game, looker, other),
            (Asked::Make { key, back }, other) => self.made(key, back, other),
            (Asked::Load { game, by, back }, other) => self.load(*game, by, back, other, now),
            (Asked::Talk(game, said), other) => self.may_talk(*game, said, other, now),
            (Asked::Invite(inviting), other) => self.invited(inviting, other),
            (Asked::Did(deed), other) => self.did(deed, other),
        }
    }

    /// How many clients are in a match, and how many occupants play in it.
    pub fn occupants(&self, game: MatchId) -> (usize, usize) {
        self.rooms
            .get(&game)
            .map_or((0, 0), |room| (room.occupants.len(), room.players()))
    }

    /// The connection is gone: who was here is not here any more, and will be told.
    pub fn down(&mut self) {
        let here = self.everybody();
        self.lost.extend(here);
        self.lost.truncate(MAX_SESSIONS);
        self.rooms.clear();
        self.drafts.clear();
        self.aliases.clear();
        self.of_person.clear();
        self.sessions = 0;
    }

    /// A connection is there: tells those who were here that they have to come in again.
    pub fn up(&mut self) -> Vec<Out> {
        let lost = std::mem::take(&mut self.lost);
        let why = "The connection was interrupted. Join again: the match is as it was.";
        lost.iter().map(|(from, to)| bye(from, to, why)).collect()
    }

    /// The process ends.
    pub fn farewell(&mut self) -> Vec<Out> {
        let why = "The referee stops for a while. Join again later: the match is kept.";
        let here = self.everybody();
        here.iter().map(|(from, to)| bye(from, to, why)).collect()
    }

    fn everybody(&self) -> Vec<(String, String)> {
        let rooms = self.rooms.values().flat_map(|room| &room.occupants);
        let sessions = rooms.flat_map(|(nick, one)| {
            let address =
                |session: &room::Session| (at(&session.address, nick), session.full.clone());
            one.sessions.iter().map(address).collect::<Vec<_>>()
        });
        let drafts = self
            .drafts
            .iter()
            .map(|((full, local), draft)| (at(&self.address(local), &draft.nick), full.clone()));
        sessions.chain(drafts).collect()
    }

    /// When something is due.
    pub fn next_wake(&self) -> Option<Instant> {
        let drafts = self.drafts.values().map(|draft| draft.until);
        drafts.chain(self.loaded.values().copied()).min()
    }

    /// Sees to what is due: drafts nobody finished, and matches that were loaded for nobody.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        self.loaded.retain(|_, until| *until > now);
        self.drop_old_drafts(now)
    }

    fn address(&self, local: &str) -> String {
        format!("{local}@{}", self.domain)
    }

    /// What the address that a stanza goes to is to its sender. Only people from outside have dealings here.
    fn target(&self, head: &Head) -> Option<Target> {
        head.from.local.as_ref()?;
        if head.from.domain == self.domain {
            return None;
        }
        let local = head.to.local.as_deref()?;
        if let Ok(id) = local.parse() {
            return Some(Target::Match(id));
        }
        let key = (head.from.full.clone(), local.to_owned());
        match self.aliases.get(&key) {
            Some(id) => Some(Target::Match(*id)),
            None => draft::game(local).map(|_| Target::New(local.to_owned())),
        }
    }

    /// A command of this person in a match, or at the service.
    fn command(
        &self,
        by: (&str, &str),
        game: Option<MatchId>,
        node: &str,
        fields: Vec<(&str, String)>,
        asked: Asked,
    ) -> Out {
        let (bare, full) = by;
        let fields = fields.into_iter();
        let form = Form {
            bare: bare.to_owned(),
            full: full.to_owned(),
            place: game.map_or(Place::Service, Place::Match),
            node: node.to_owned(),
            action: Action::Complete,
            session: None,
            fields: Some(
                fields
                    .map(|(name, value)| (name.to_owned(), vec![value]))
                    .collect(),
            ),
            lag: None,
            id: None,
        };
        Out::Call(Call::Form(form), Some(Then::Mug(asked)))
    }

    fn look(&self, bare: &str, game: MatchId, at: Sight, asked: Asked) -> Out {
        let look = Look {
            bare: bare.to_owned(),
            place: Place::Match(game),
            at,
        };
        Out::Call(Call::Look(look), Some(Then::Mug(asked)))
    }
}

/// Whether a stanza asks something that the writer would have to answer: then it waits while too much is asked.
pub fn concerns(stanza: &Element) -> bool {
    let kind = stanza.attr("type");
    let asks = !matches!(kind, Some("error" | "unavailable" | "result"));
    asks && stanza
        .children()
        .any(|child| matches!(child.ns().as_str(), MUG | words::USER | words::OWNER))
}

/// The error for such a stanza while too much is asked.
pub fn too_busy(stanza: &Element) -> Option<Element> {
    refused(stanza, Condition::ResourceConstraint, super::chat::SORRY)
}

/// The error for such a stanza.
pub fn refused(stanza: &Element, condition: Condition, text: &str) -> Option<Element> {
    let head = Head::read(stanza)?;
    let no = Fault::new(condition, text);
    if stanza.name() == "iq" {
        return Some(Back::to(stanza).error_with(no.element()));
    }
    let back = (head.to.full.as_str(), head.from.full.as_str());
    match error(stanza.name(), back, head.id.as_deref(), &[], &no) {
        Out::Send(told) => Some(told),
        _ => None,
    }
}

/// An unavailable presence that says why.
fn bye(from: &str, to: &str, why: &str) -> Out {
    let status = super::stanza::leaf("status", xmpp_parsers::ns::DEFAULT_NS, why);
    Out::Send(
        words::presence(from, to, Some("unavailable"))
            .append(status)
            .build(),
    )
}

/// The error that answers a stanza, which is repeated in it as far as it is short: first what was meant, then the error.
fn error(name: &str, head: (&str, &str), id: Option<&str>, echo: &[&Element], no: &Fault) -> Out {
    let (from, to) = head;
    let short = |child: &&&Element| String::from(**child).len() <= MAX_ECHO;
    let stanza = match name {
        "presence" => words::presence(from, to, Some("error")),
        _ => words::message(from, to, Some("error"), None),
    };
    let echoed = echo.iter().filter(short).map(|child| (**child).clone());
    Out::Send(
        stanza
            .attr(attribute("id"), id)
            .append_all(echoed)
            .append(no.element())
            .build(),
    )
}

#[cfg(test)]
mod tests;
