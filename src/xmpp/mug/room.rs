//! One match with clients around it: who is there, under which nick, with which role, and what each has been told.
//!
//! Nothing here is kept: the match is the engine's, and whoever comes back is told everything again.

use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;

use super::words::{self, Shown};
use crate::commands::{Sitter, Table, TableGame};
use crate::xmpp::out::Out;

/// One client of an occupant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The client's full JID.
    pub full: String,
    /// The address by which it knows the match: `m43@R`, or the one it was made at.
    pub address: String,
}

/// A person in the room, with one client or several.
#[derive(Clone, Debug)]
pub struct Occupant {
    /// Who that is, as the server stamped it.
    pub bare: String,
    /// The name in the referee's book; empty for somebody who is not in it.
    pub handle: String,
    /// Its clients, at least one.
    pub sessions: Vec<Session>,
    /// Moves it has been told of.
    pub moves: u32,
    /// The version of the match that it was shown last.
    pub version: u64,
    /// What the others were shown of it last.
    pub shown: Shown,
}

/// What the room itself has to know of its match: nothing of the position, so that nothing of it can leak here.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The game.
    pub game: TableGame,
    /// Records so far.
    pub version: u64,
    /// The word for how far it has come.
    pub stage: &'static str,
    /// The challenger.
    pub owner: Sitter,
    /// The challenged, or whoever joined.
    pub guest: Option<Sitter>,
    /// The challenger's seat, unless luck decides.
    pub owner_seat: Option<usize>,
    /// Who sits where, once play has begun.
    pub seats: Vec<Sitter>,
    /// Everybody who plays, with the seat.
    pub players: Vec<(usize, Sitter)>,
    /// What each seat plays now.
    pub sides: Vec<&'static str>,
    /// What is played now stays sealed.
    pub sealed: bool,
    /// Some seats know what others do not.
    pub hidden: bool,
}

impl Facts {
    /// What of a table is the same for everybody.
    pub fn of(table: &Table) -> Facts {
        Facts {
            game: table.game.clone(),
            version: table.version,
            stage: table.stage,
            owner: table.owner.clone(),
            guest: table.guest.clone(),
            owner_seat: table.owner_seat,
            seats: table.seats.clone(),
            players: table.players.clone(),
            sides: table.sides.clone(),
            sealed: table.sealed,
            hidden: table.hidden,
        }
    }

    /// Whether it has not begun.
    pub fn is_waiting(&self) -> bool {
        matches!(self.stage, "challenged" | "open")
    }

    /// Whether it has begun and is not over.
    pub fn is_running(&self) -> bool {
        matches!(self.stage, "started" | "paused" | "adjourned")
    }

    /// The seat of somebody, once play has begun.
    pub fn seat_of(&self, bare: &str) -> Option<usize> {
        let found = self.players.iter().find(|(_, one)| one.jid == bare);
        found.map(|(seat, _)| *seat)
    }

    /// Whether this person plays, or would.
    pub fn is_party(&self, bare: &str) -> bool {
        if self.seats.is_empty() {
            self.owner.jid == bare || self.guest.as_ref().is_some_and(|guest| guest.jid == bare)
        } else {
            self.seat_of(bare).is_some()
        }
    }

    /// What a seat is called.
    pub fn side(&self, seat: usize) -> &'static str {
        self.sides.get(seat).copied().unwrap_or("none")
    }
}

/// An invitation that was sent, so that a refusal finds its way back.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// Whoever invited, by bare JID.
    pub by: String,
    /// Whoever was invited, by bare JID.
    pub to: String,
    /// As the inviter wrote it.
    pub written: String,
}

/// What is being asked of the writer for a room's occupants.
#[derive(Clone, Debug, Default)]
pub struct Refresh {
    /// Questions that are out.
    pub out: usize,
    /// Something happened since they were asked.
    pub again: bool,
    /// Who sat where when they were asked.
    pub players: Vec<(usize, Sitter)>,
}

/// A match with clients around it.
#[derive(Clone, Debug, Default)]
pub struct Room {
    /// What is known of the match.
    pub facts: Facts,
    /// By nick.
    pub occupants: BTreeMap<String, Occupant>,
    /// Seats that somebody wants before play begins, by bare JID.
    pub claims: BTreeMap<usize, String>,
    /// Who wants to start: bare JID and the client that said so.
    pub ready: BTreeMap<String, String>,
    /// Invitations that were sent.
    pub invitations: Vec<Invitation>,
    /// What is being asked.
    pub refresh: Refresh,
}

impl Room {
    /// The nick of somebody who is here.
    pub fn nick_of(&self, bare: &str) -> Option<&str> {
        let found = self.occupants.iter().find(|(_, one)| one.bare == bare);
        found.map(|(nick, _)| nick.as_str())
    }

    /// The nick and the address of a client that is here.
    pub fn session(&self, full: &str) -> Option<(&str, &Session)> {
        self.occupants.iter().find_map(|(nick, one)| {
            let session = one.sessions.iter().find(|session| session.full == full)?;
            Some((nick.as_str(), session))
        })
    }

    /// How many clients are here.
    pub fn sessions(&self) -> usize {
        self.occupants.values().map(|one| one.sessions.len()).sum()
    }

    /// How many occupants play.
    pub fn players(&self) -> usize {
        let playing = |one: &&Occupant| self.role_of(&one.bare).is_some();
        self.occupants.values().filter(playing).count()
    }

    /// The seat somebody has, or is to have.
    pub fn role_of(&self, bare: &str) -> Option<usize> {
        if !self.facts.seats.is_empty() {
            return self.facts.seat_of(bare);
        }
        if self.facts.owner.jid == bare {
            return self.facts.owner_seat;
        }
        let claimed = self.claims.iter().find(|(_, by)| *by == bare);
        claimed.map(|(seat, _)| *seat)
    }

    /// What everybody may know of an occupant now.
    pub fn shows(&self, one: &Occupant) -> Shown {
        let affiliation = match () {
            () if self.facts.owner.jid == one.bare => "owner",
            () if self.facts.is_party(&one.bare) => "member",
            () => "none",
        };
        Shown {
            affiliation,
            role: self
                .role_of(&one.bare)
                .map_or("none", |seat| self.facts.side(seat))
                .to_owned(),
            handle: one.handle.clone(),
        }
    }

    /// Sends each client here a stanza of its own; `make` gets the room's address as that client knows it, and the
    /// client's.
    pub fn broadcast(&self, make: impl Fn(&Session) -> Element) -> Vec<Out> {
        let sessions = self.occupants.values().flat_map(|one| &one.sessions);
        sessions.map(|session| Out::Send(make(session))).collect()
    }

    /// Shows everybody an occupant as it is now.
    pub fn announce(&mut self, nick: &str) -> Vec<Out> {
        let Some(one) = self.occupants.get(nick) else {
            return Vec::new();
        };
        let shown = self.shows(one);
        let outs = self.broadcast(|to| {
            words::occupant(&at(&to.address, nick), &to.full, None, &shown, None).build()
        });
        if let Some(one) = self.occupants.get_mut(nick) {
            one.shown = shown;
        }
        outs
    }

    /// Shows everybody the occupants whose role or affiliation is another than they were last shown.
    pub fn announce_changes(&mut self) -> Vec<Out> {
        let changed: Vec<String> = self
            .occupants
            .iter()
            .filter(|(_, one)| one.shown != self.shows(one))
            .map(|(nick, _)| nick.clone())
            .collect();
        changed
            .iter()
            .flat_map(|nick| self.announce(nick))
            .collect()
    }

    /// Takes in what is known now; what was known later stays.
    pub fn learn(&mut self, table: &Table) {
        if table.version < self.facts.version {
            return;
        }
        self.facts = Facts::of(table);
        if !self.facts.is_waiting() {
            self.claims.clear();
        }
        if self.facts.stage == "started" {
            self.ready.clear();
        }
    }

    /// Takes a client out; none when it is not here. The flag says that it was the occupant's last.
    pub fn remove(&mut self, full: &str) -> Option<Left> {
        let nick = self.session(full)?.0.to_owned();
        let shown = Shown {
            role: "none".to_owned(),
            ..self.shows(self.occupants.get(&nick)?)
        };
        let one = self.occupants.get_mut(&nick)?;
        let place = one
            .sessions
            .iter()
            .position(|session| session.full == full)?;
        let session = one.sessions.remove(place);
        let bare = one.bare.clone();
        let last = one.sessions.is_empty();
        if last {
            self.occupants.remove(&nick);
            self.claims.retain(|_, by| *by != bare);
            self.ready.remove(&bare);
        }
        Some(Left {
            nick,
            bare,
            session,
            shown,
            last,
        })
    }

    /// Bare JIDs of those who are here.
    pub fn people(&self) -> BTreeSet<&str> {
        self.occupants
            .values()
            .map(|one| one.bare.as_str())
            .collect()
    }
}

/// A client that was taken out.
#[derive(Debug)]
pub struct Left {
    /// The occupant's nick.
    pub nick: String,
    /// The occupant's bare JID.
    pub bare: String,
    /// The client.
    pub session: Session,
    /// How the others are shown it last.
    pub shown: Shown,
    /// It was the occupant's last client.
    pub last: bool,
}

/// An occupant's address.
pub fn at(address: &str, nick: &str) -> String {
    format!("{address}/{nick}")
}
