//! One room as we know it.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use minidom::Element;

use super::NICK;
use super::roster::Roster;
use crate::commands::Place;
use crate::kit::{ClanTag, MatchId};
use crate::xmpp::muc::Setup;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Purpose {
    Match(MatchId),
    /// A clan's; whether it is the members' own.
    Clan(ClanTag, bool),
    Lobby,
}

/// By what right a room is ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// None yet: our join must create it.
    New,
    /// We created it in this run; the writer has not been told.
    Made,
    /// It is journaled.
    Ours,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Queued,
    Joining(Instant),
    Checking,
    Configuring,
    Open,
    Away(Instant),
}

pub struct Room {
    pub purpose: Purpose,
    /// Whether its name is one that nobody can guess; what is not known to be everybody's has such a one.
    pub hidden: bool,
    pub claim: Claim,
    pub stage: Stage,
    pub setup: Option<Setup>,
    pub nick: String,
    /// Bare JIDs that have voice.
    pub people: Vec<String>,
    /// Bare JIDs of the players it was made for, who have so many rooms at a time.
    pub owed_to: Vec<String>,
    /// Nobody but bots plays in it.
    pub of_bots: bool,
    /// Whether the room has yet to hear who has voice.
    pub grants_due: bool,
    /// Real full JIDs by nickname.
    pub occupants: BTreeMap<String, String>,
    /// Nicknames of those whose voice was taken, and why.
    pub silent: BTreeMap<String, String>,
    /// Whether the room lets people speak who have no voice.
    pub heedless: bool,
    /// Whether the writer was told of anybody who came in on this connection.
    pub counted: bool,
    pub held: VecDeque<Element>,
    /// The last thing we said, for the case that the room did not know us any more.
    pub said: Option<Element>,
    /// Said when we are in, and then we leave for good.
    pub last_word: Option<Element>,
    pub tries: u8,
    /// The lists of a clan's room; empty for others.
    pub roster: Roster,
}

impl Room {
    pub fn new(purpose: Purpose, claim: Claim) -> Room {
        let lobby = Setup {
            title: "Referee: the lobby".to_owned(),
            listed: true,
            open: true,
            moderated: false,
            bans: false,
            most: None,
            hats: false,
        };
        Room {
            purpose,
            hidden: !matches!(purpose, Purpose::Lobby | Purpose::Clan(_, false)),
            claim,
            stage: Stage::Queued,
            setup: (purpose == Purpose::Lobby).then_some(lobby),
            nick: NICK.to_owned(),
            people: Vec::new(),
            owed_to: Vec::new(),
            of_bots: false,
            grants_due: false,
            occupants: BTreeMap::new(),
            silent: BTreeMap::new(),
            heedless: false,
            counted: false,
            held: VecDeque::new(),
            said: None,
            last_word: None,
            tries: 0,
            roster: Roster::default(),
        }
    }

    /// We are not in, or not yet: nobody is known to sit there.
    pub fn empty(&mut self) {
        self.occupants.clear();
        self.silent.clear();
    }

    pub fn is_on_the_way(&self) -> bool {
        !matches!(self.stage, Stage::Open | Stage::Away(_))
    }

    pub fn place(&self) -> Place {
        match self.purpose {
            Purpose::Match(id) => Place::Room(id),
            Purpose::Clan(tag, private) => Place::ClanRoom(tag, private),
            Purpose::Lobby => Place::Lobby,
        }
    }
}
