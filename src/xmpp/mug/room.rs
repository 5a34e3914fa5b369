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
    /// What the others were shown of it last: all, and those who play.
    pub shown: [Shown; 2],
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
        let found = self.players.iter().find(|(_, one)| one.is(bare));
        found.map(|(seat, _)| *seat)
    }

    /// Whether this person plays, or would.
    pub fn is_party(&self, bare: &str) -> bool {
        if self.seats.is_empty() {
            self.owner.is(bare) || self.guest.as_ref().is_some_and(|guest| guest.is(bare))
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
    /// What is known of the match, for those who play it.
    pub facts: Facts,
    /// What everybody else knows of it: the same, but for a match that spectators see late.
    pub public: Facts,
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
        if self.facts.owner.is(bare) {
            return self.facts.owner_seat;
        }
        self.claimed(bare)
    }

    fn claimed(&self, bare: &str) -> Option<usize> {
        let claimed = self.claims.iter().find(|(_, by)| *by == bare);
        claimed.map(|(seat, _)| *seat)
    }

    /// The nick under which somebody who sits at the table is here, by whichever of their addresses.
    pub fn nick_of_sitter(&self, sitter: &Sitter) -> Option<&str> {
        let found = self.occupants.iter().find(|(_, one)| sitter.is(&one.bare));
        found.map(|(nick, _)| nick.as_str())
    }

    /// What everybody may know of an occupant now, or what those who play may.
    pub fn shows(&self, one: &Occupant, inner: bool) -> Shown {
        let facts = if inner { &self.facts } else { &self.public };
        let affiliation = match () {
            () if facts.owner.is(&one.bare) => "owner",
            () if facts.is_party(&one.bare) => "member",
            () => "none",
        };
        let seat = match facts.seats.is_empty() {
            false => facts.seat_of(&one.bare),
            true if facts.owner.is(&one.bare) => facts.owner_seat,
            true => self.claimed(&one.bare),
        };
        Shown {
            affiliation,
            role: seat.map_or("none", |seat| facts.side(seat)).to_owned(),
            handle: one.handle.clone(),
        }
    }

    /// Both: for all, and for those who play.
    pub fn shows_both(&self, one: &Occupant) -> [Shown; 2] {
        [self.shows(one, false), self.shows(one, true)]
    }

    /// Sends each client here a stanza of its own; `make` gets the room's address as that client knows it, the client's,
    /// and whether it is one of those who play.
    pub fn broadcast(&self, make: impl Fn(&Session, bool) -> Element) -> Vec<Out> {
        let sessions = self.occupants.values().flat_map(|one| {
            let inner = self.facts.is_party(&one.bare);
            one.sessions.iter().map(move |session| (session, inner))
        });
        sessions
            .map(|(session, inner)| Out::Send(make(session, inner)))
            .collect()
    }

    /// Shows everybody an occupant as it is now.
    pub fn announce(&mut self, nick: &str) -> Vec<Out> {
        let Some(one) = self.occupants.get(nick) else {
            return Vec::new();
        };
        let shown = self.shows_both(one);
        let outs = self.broadcast(|to, inner| {
            let shown = &shown[usize::from(inner)];
            words::occupant(&at(&to.address, nick), &to.full, None, shown, None).build()
        });
        if let Some(one) = self.occupants.get_mut(nick) {
            one.shown = shown;
        }
        outs
    }

    /// Shows everybody the occupants whose role or affiliation is another than they were last shown. What only those who
    /// play may know yet is told to them alone.
    pub fn announce_changes(&mut self) -> Vec<Out> {
        let mut outs = Vec::new();
        let nicks: Vec<String> = self.occupants.keys().cloned().collect();
        for nick in &nicks {
            let Some(one) = self.occupants.get(nick) else {
                continue;
            };
            let now = self.shows_both(one);
            if now == one.shown {
                continue;
            }
            let old = one.shown.clone();
            let told = |inner: bool| old[usize::from(inner)] != now[usize::from(inner)];
            for other in self.occupants.values() {
                let inner = self.facts.is_party(&other.bare);
                outs.extend(other.sessions.iter().filter(|_| told(inner)).map(|to| {
                    let shown = &now[usize::from(inner)];
                    let from = at(&to.address, nick);
                    Out::Send(words::occupant(&from, &to.full, None, shown, None).build())
                }));
            }
            if let Some(one) = self.occupants.get_mut(nick) {
                one.shown = now;
            }
        }
        outs
    }

    /// Takes in what is known now; what was known later stays.
    pub fn learn(&mut self, table: &Table) {
        // A table that a player may see says nothing about what the others may know of a match with a delay.
        let known = table.version >= self.public.version || self.occupants.is_empty();
        if known && (table.viewer.is_none() || !table.delayed) {
            self.public = Facts::of(table);
        }
        if table.version < self.facts.version && !self.occupants.is_empty() {
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
            ..self.shows(self.occupants.get(&nick)?, false)
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
