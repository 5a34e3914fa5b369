//! Our rooms: made, entered again after a break, spoken in, left.
//!
//! A room is ours if our own join created it (status 201), or if the journal says so and nobody else owns or administers it; in a
//! clan's room others who do lose that at once (`halls.rs`). Its settings are made sure of each time, before a word is said there.
//! Whatever else we find under a name is left at once, and another name is taken. Real addresses count in our rooms only, on our own service only,
//! and only while we are in.

mod enter;
mod halls;
mod mute;
mod register;
mod room;
mod roster;

use std::collections::{BTreeSet, VecDeque};
use std::time::Instant;

use minidom::Element;

use self::enter::JOIN_PATIENCE;
use self::register::{Register, server_of};
use self::room::{Claim, Purpose, Room, Stage};
use super::muc::{self, Affiliation};
use super::out::Out;
use crate::commands::{Call, HallsOf, News, Place};
use crate::engine::EventOut;
use crate::kit::{ClanTag, MatchId, Words};

/// Our name in every room, and the resource from which we are there.
pub const NICK: &str = "referee";
/// Rooms at once; a room costs some kilobytes here and much more on the server.
const MAX_ROOMS: usize = 2000;
/// Of those, rooms in which nobody but bots plays.
const MAX_OF_BOTS: usize = 500;
/// Rooms in which one person plays, who may have that many matches.
const MAX_OF_PERSON: usize = 60;
/// Rooms in which people of one other server play, both sides counted.
const MAX_OF_SERVER: usize = 800;
/// Occupants whose addresses are kept, per room: who comes later may watch but give no commands.
const MAX_OCCUPANTS: usize = 500;
/// What is to be said in a room that we are not in yet.
const MAX_HELD: usize = 64;
/// Joins at once after a reconnect, so that a thousand rooms do not flood the service.
const JOINS_AT_ONCE: usize = 32;
/// A question of this sub-room, with the room it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The writer: what the match is called, and whether strangers may know of it.
    Face(String),
    /// The room: its configuration form.
    Form(String),
    /// The room: to take the configuration.
    Setup(String),
    /// The room: who owns it.
    Owners(String),
    /// The room: who else may change it.
    Admins(String),
    /// The room: to put out whoever has our name there.
    Nick(String),
    /// The room: something that changes nothing for us if it fails.
    Favour(String),
    /// The writer: whether there is a place for somebody who came in, by room and nickname.
    Guest(String, String),
    /// The writer: whether somebody who came in is muted, by room and nickname.
    Voice(String, String),
    /// The writer: what the rooms of a clan should be like.
    Halls(ClanTag),
    /// A clan's room: one of its lists.
    List(String, Affiliation),
    /// A clan's room: to take a change about this bare JID.
    Affiliation(String, String),
    /// A clan's room: its configuration form once more; whether we mean to change something.
    Reform(String, bool),
    /// A clan's room: to take the configuration once more.
    Reformed(String),
    /// A clan's room: to end for good.
    Razed(ClanTag, bool, String),
}

impl Asked {
    /// The room it is about.
    fn room(&self) -> Option<&String> {
        match self {
            Asked::Face(room)
            | Asked::Form(room)
            | Asked::Setup(room)
            | Asked::Owners(room)
            | Asked::Admins(room)
            | Asked::Nick(room)
            | Asked::Favour(room)
            | Asked::Guest(room, _)
            | Asked::Voice(room, _)
            | Asked::List(room, _)
            | Asked::Affiliation(room, _)
            | Asked::Reform(room, _)
            | Asked::Reformed(room)
            | Asked::Razed(_, _, room) => Some(room),
            Asked::Halls(_) => None,
        }
    }
}

/// Who spoke in a room of ours.
#[derive(Debug, PartialEq, Eq)]
pub struct Author<'a> {
    /// The real full JID.
    pub full: &'a str,
    /// Which room.
    pub place: Place,
    /// The room's address.
    pub room: &'a str,
    /// Our own name there: a line that begins with it is a command.
    pub our_nick: &'a str,
}

/// All rooms of ours.
pub struct Rooms {
    domain: String,
    lobby: String,
    service: Option<String>,
    rooms: Register,
    queue: VecDeque<String>,
    /// Clans whose rooms have yet to be seen to.
    unseen: BTreeSet<ClanTag>,
    up: bool,
    /// Whether anybody is muted.
    mutes: bool,
    /// Whether the log has been told that rooms may not be created.
    told: bool,
}

impl Rooms {
    /// No rooms yet. `lobby` is the lobby's name on the service.
    pub fn new(domain: &str, lobby: &str) -> Rooms {
        Rooms {
            domain: domain.to_owned(),
            lobby: lobby.to_owned(),
            service: None,
            rooms: Register::default(),
            queue: VecDeque::new(),
            unseen: BTreeSet::new(),
            up: false,
            mutes: false,
            told: false,
        }
    }

    /// A connection is there, and the service is known: enters everything that stands in the journal, and the lobby.
    pub fn stand(
        &mut self,
        service: Option<&str>,
        rooms: &[(MatchId, String, Vec<String>)],
        lobby: Option<&str>,
        halls: &[HallsOf],
        now: Instant,
    ) -> Vec<Out> {
        self.up = true;
        self.told = false;
        self.service = service.map(str::to_owned);
        self.queue.clear();
        let Some(service) = service else {
            self.rooms.clear();
            return Vec::new();
        };
        let here = |name: &str| {
            name.split_once('@')
                .is_some_and(|(_, domain)| domain == service)
        };
        self.rooms.retain(here);
        self.stand_halls(halls, service);
        for (id, name, people) in rooms
            .iter()
            .filter(|(_, name, _)| here(name))
            .take(MAX_ROOMS)
        {
            if !self.rooms.contains_key(name) {
                let room = Room::new(Purpose::Match(*id), Claim::Ours);
                self.rooms.insert(name.clone(), room);
            }
            if let Some(room) = self.rooms.get_mut(name) {
                room.claim = Claim::Ours;
                room.people.clone_from(people);
                room.owed_to.clone_from(people);
            }
        }
        let journaled = lobby.filter(|name| here(name) && name.starts_with(&self.lobby));
        if self.rooms.of(Purpose::Lobby).is_none() {
            let claim = if journaled.is_some() {
                Claim::Ours
            } else {
                Claim::New
            };
            let name = journaled.map_or_else(|| format!("{}@{service}", self.lobby), str::to_owned);
            self.rooms.insert(name, Room::new(Purpose::Lobby, claim));
        }
        for (name, room) in self.rooms.iter_mut() {
            room.stage = Stage::Queued;
            room.empty();
            room.tries = 0;
            room.roster.forget();
            self.queue.push_back(name.clone());
        }
        // Clocks run in matches: their rooms come first.
        let is_hall = |name: &String| matches!(self.rooms[name].purpose, Purpose::Clan(..));
        self.queue.make_contiguous().sort_by_key(is_hall);
        self.admit_queue(now)
    }

    /// The connection is gone: nobody's address counts until we are in again.
    pub fn down(&mut self) {
        self.up = false;
        self.queue.clear();
        for (_, room) in self.rooms.iter_mut() {
            room.stage = Stage::Queued;
            room.empty();
            room.roster.forget();
            // The writer forgets all crowds with the connection.
            room.counted = false;
        }
    }

    /// Whether this is the domain of our rooms: an address there is never a person.
    pub fn is_service(&self, domain: &str) -> bool {
        self.service.as_deref() == Some(domain)
    }

    /// Whether something that an effect asked for is still under way. The lobby is no effect's affair.
    pub fn is_busy(&self) -> bool {
        self.up && self.rooms.is_busy()
    }

    /// Makes a room for a match between these people, by bare JID; `bots` when none of them is at a keyboard,
    /// `hidden` when nobody may guess its name.
    pub fn open(
        &mut self,
        game: MatchId,
        players: &[String],
        bots: bool,
        hidden: bool,
        now: Instant,
    ) -> Vec<Out> {
        let Some(service) = &self.service else {
            return Vec::new();
        };
        let existing = self.rooms.of(Purpose::Match(game));
        if let Some(name) = existing {
            return if self.rooms[&name].stage == Stage::Open {
                vec![ready(&name, Purpose::Match(game))]
            } else {
                Vec::new()
            };
        }
        if let Some(why) = self.has_no_place(players, bots) {
            tracing::info!(%game, "no room for this match: {why}");
            return Vec::new();
        }
        let name = self.new_name(Purpose::Match(game), hidden, service);
        let room = Room {
            hidden,
            owed_to: players.to_vec(),
            of_bots: bots,
            ..Room::new(Purpose::Match(game), Claim::New)
        };
        self.rooms.insert(name.clone(), room);
        self.queue.push_back(name);
        self.admit_queue(now)
    }

    /// Whether no more rooms of matches are made. Those of clans are counted apart.
    fn is_full(&self) -> bool {
        self.rooms.others() >= MAX_ROOMS
    }

    /// Why a match gets no room. Nobody uses up what others need: bots leave most places to people, one person and one
    /// other server have a share.
    fn has_no_place(&self, players: &[String], bots: bool) -> Option<&'static str> {
        let home = |server: &str| self.domain.ends_with(&format!(".{server}"));
        let servers = players.iter().map(|bare| server_of(bare));
        let mut guests = servers.filter(|server| !home(server));
        if self.is_full() {
            Some("all rooms are open")
        } else if bots && self.rooms.of_bots() >= MAX_OF_BOTS {
            Some("bots have as many as they may")
        } else if (players.iter()).any(|bare| self.rooms.of_person(bare) >= MAX_OF_PERSON) {
            Some("a player is in as many as one may")
        } else if guests.any(|server| self.rooms.of_server(server) >= MAX_OF_SERVER) {
            Some("people of one server are in as many as they may")
        } else {
            None
        }
    }

    /// Gives people voice in a room.
    pub fn admit(&mut self, name: &str, people: impl Iterator<Item = String>) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        for bare in people {
            if !room.people.contains(&bare) {
                room.people.push(bare);
            }
        }
        room.grants_due = true;
        if room.stage == Stage::Open {
            self.grant(name)
        } else {
            Vec::new()
        }
    }

    /// Takes the voice of people in a room: of those who sit there at once, and of the others when they come.
    pub fn hush(&mut self, name: &str, people: impl Iterator<Item = String>) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        let mut asks = Vec::new();
        for bare in people {
            room.people.retain(|one| *one != bare);
            asks.push(muc::withdraw(&bare));
            let theirs = room.occupants.iter();
            let nicks = theirs.filter(|(_, full)| full.split('/').next() == Some(&bare));
            asks.extend(nicks.map(|(nick, _)| muc::silence(nick)));
        }
        asks.into_iter()
            .map(|query| self.ask(name, true, query, Asked::Favour(name.to_owned())))
            .collect()
    }

    /// Says something in a room; if we are not in yet, as soon as we are.
    pub fn say(
        &mut self,
        name: &str,
        id: &str,
        words: &Words,
        event: Option<&EventOut>,
    ) -> Vec<Out> {
        let said = muc::say(&self.own(name), name, id, words, event);
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        if room.stage == Stage::Open {
            room.said = Some(said.clone());
            return vec![Out::Send(said)];
        }
        if room.held.len() >= MAX_HELD {
            room.held.pop_front();
        }
        room.held.push_back(said);
        Vec::new()
    }

    /// Says something in the lobby.
    pub fn say_in_lobby(&mut self, id: &str, words: &Words) -> Vec<Out> {
        match self.lobby_name() {
            Some(name) => self.say(&name, id, words, None),
            None => Vec::new(),
        }
    }

    fn lobby_name(&self) -> Option<String> {
        self.rooms.of(Purpose::Lobby)
    }

    /// Says the last word and leaves; the room then goes with its last occupant. A journaled room that we are not in is
    /// entered once more for it.
    pub fn close(&mut self, name: &str, id: &str, words: &Words, now: Instant) -> Vec<Out> {
        let here = name
            .split_once('@')
            .is_some_and(|(_, domain)| self.is_service(domain));
        let game = name.split(['-', '@']).next().and_then(|id| id.parse().ok());
        let known = self.rooms.get(name).map(|room| room.purpose);
        let purpose = known.or(game.map(Purpose::Match)).unwrap_or(Purpose::Lobby);
        let word = muc::say(&self.occupant(purpose), name, id, words, None);
        if let Some(room) = self.rooms.get_mut(name) {
            room.last_word = Some(word);
            return if room.stage == Stage::Open {
                self.part(name)
            } else {
                Vec::new()
            };
        }
        // The match is not known any more; nothing is told to the writer about this room.
        let (true, Some(game)) = (here && !self.is_full(), game) else {
            return Vec::new();
        };
        let room = Room {
            last_word: Some(word),
            ..Room::new(Purpose::Match(game), Claim::Ours)
        };
        self.rooms.insert(name.to_owned(), room);
        self.queue.push_back(name.to_owned());
        self.admit_queue(now)
    }

    /// The process ends: tells the rooms of matches that nobody's clock runs meanwhile.
    pub fn farewell(&mut self) -> Vec<Out> {
        let words = Words::line("The referee restarts. No clock runs until it is back.");
        let open: Vec<_> = self
            .rooms
            .iter()
            .filter(|(_, room)| room.stage == Stage::Open)
            .collect();
        let mut outs = Vec::new();
        for (name, room) in open {
            let own = self.occupant(room.purpose);
            if matches!(room.purpose, Purpose::Match(_)) {
                outs.push(Out::Send(muc::say(
                    &own,
                    name,
                    &format!("restart-{}", tail()),
                    &words,
                    None,
                )));
            }
            outs.push(Out::Send(muc::leave(&own, name, &room.nick)));
        }
        outs
    }

    /// When something is due.
    pub fn next_wake(&self) -> Option<Instant> {
        self.rooms.next_due()
    }

    /// Sees to rooms that kept silent, and returns to those whose time has come.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        let mut outs = Vec::new();
        for name in self.rooms.due(now) {
            match self.rooms.get_mut(&name) {
                Some(room) if room.stage == Stage::Open => {
                    outs.extend(self.check(&name, true, now));
                }
                Some(room) if matches!(room.stage, Stage::Away(_)) => {
                    room.stage = Stage::Queued;
                    self.queue.push_back(name);
                }
                _ => self.stay_away(&name, now),
            }
        }
        outs.extend(self.admit_queue(now));
        outs
    }

    /// As whom we sit in a room: as the match or the clan itself, because ejabberd lets one address into a hundred rooms only
    /// (`max_user_conferences`); in the lobby as the one contact.
    fn occupant(&self, purpose: Purpose) -> String {
        match purpose {
            Purpose::Match(id) => format!("{id}@{}/{NICK}", self.domain),
            Purpose::Clan(tag, _) => format!("clan-{tag}@{}/{NICK}", self.domain),
            Purpose::Lobby => format!("{NICK}@{}/{NICK}", self.domain),
        }
    }

    /// As whom we sit in a room by its name.
    fn own(&self, name: &str) -> String {
        let purpose = self.rooms.get(name).map(|room| room.purpose);
        self.occupant(purpose.unwrap_or(Purpose::Lobby))
    }

    fn admit_queue(&mut self, now: Instant) -> Vec<Out> {
        if self.queue.is_empty() && self.unseen.is_empty() {
            return Vec::new();
        }
        let mut outs = Vec::new();
        let mut free = JOINS_AT_ONCE.saturating_sub(self.rooms.entering());
        while self.up && free > 0 {
            let Some(name) = self.queue.pop_front() else {
                break;
            };
            let own = self.own(&name);
            if let Some(room) = self
                .rooms
                .get_mut(&name)
                .filter(|room| room.stage == Stage::Queued)
            {
                room.stage = Stage::Joining(now + JOIN_PATIENCE);
                room.empty();
                outs.extend(emptied(room));
                outs.push(Out::Send(muc::join(&own, &name, &room.nick)));
                free -= 1;
            }
        }
        while self.up && self.service.is_some() && free > 0 {
            let Some(clan) = self.unseen.pop_first() else {
                break;
            };
            outs.push(self.ask_halls(clan));
            free -= 1;
        }
        outs
    }

    /// Who wrote this groupchat message: a real address, or nothing. What a room repeats from its history, what we said
    /// ourselves and what comes from rooms that are not ours counts for nothing.
    pub fn author<'a>(&'a self, message: &'a Element) -> Option<Author<'a>> {
        let (name, nick) = message.attr("from")?.split_once('/')?;
        let (name, room) = self.rooms.get_key_value(name)?;
        let live = message.attr("type") == Some("groupchat")
            && !message.children().any(|child| child.name() == "delay");
        if !live || room.stage != Stage::Open || nick == room.nick {
            return None;
        }
        let full = room.occupants.get(nick)?;
        Some(Author {
            full,
            place: room.place(),
            room: name,
            our_nick: &room.nick,
        })
    }
}

/// Nobody is known to sit in a match's room.
fn emptied(room: &mut Room) -> Option<Out> {
    let Purpose::Match(id) = room.purpose else {
        return None;
    };
    std::mem::take(&mut room.counted).then(|| Out::Call(Call::News(News::Emptied(id)), None))
}

fn ready(name: &str, purpose: Purpose) -> Out {
    let news = match purpose {
        Purpose::Match(id) => News::RoomReady(id, name.to_owned()),
        Purpose::Clan(tag, private) => News::HallReady(tag, private, name.to_owned()),
        Purpose::Lobby => News::LobbyReady(name.to_owned()),
    };
    Out::Call(Call::News(news), None)
}

/// Four random characters that nobody can guess in advance, though they can be found by trying.
pub fn tail() -> String {
    tail_of(4)
}

/// Eighty random bits, which nobody finds by trying: for rooms whose name is told to some people alone.
fn long_tail() -> String {
    tail_of(16)
}

fn tail_of(length: u32) -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let bits: u128 = rand::random();
    (0..length)
        .map(|n| char::from(LETTERS[(bits >> (5 * n) & 31) as usize]))
        .collect()
}

#[cfg(test)]
mod tests;
