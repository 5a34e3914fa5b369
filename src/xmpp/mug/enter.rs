//! Coming and going: entering by presence, nicks, more clients of one person, leaving.

use std::time::Instant;

use minidom::Element;
use xmpp_parsers::ns;

use super::errors::Fault;
use super::room::{Facts, Left, Occupant, Room, Session, at};
use super::words::{self, MUG, Shown};
use super::{
    Asked, LOADED_LASTS, MAX_NICK, MAX_OCCUPANTS, MAX_OF_PERSON, MAX_SESSIONS, Mug, Target, error,
};
use crate::commands::{Answer, Call, News, Sight, Table};
use crate::kit::MatchId;
use crate::xmpp::out::{Out, Then};
use crate::xmpp::stanza::{Address, Condition, Head, leaf};

/// Somebody at the door.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The match.
    pub game: MatchId,
    /// The client.
    pub from: Address,
    /// The address by which the client knows the match.
    pub address: String,
    /// The nick it wants.
    pub nick: String,
    /// The game it believes to find here, as a namespace.
    pub var: Option<String>,
    /// The id of its presence.
    pub id: Option<String>,
}

impl Entry {
    /// The error that turns it away.
    pub fn refused(&self, no: &Fault) -> Vec<Out> {
        let game = Element::bare("game", MUG);
        let head = (self.address.as_str(), self.from.full.as_str());
        vec![error("presence", head, self.id.as_deref(), &[&game], no)]
    }
}

/// A nick that may stand in an address and on a screen; else why not.
pub(super) fn check_nick(nick: &str) -> Result<(), Fault> {
    let plain = |c: char| {
        c.is_alphanumeric() || matches!(c, ' ' | '-' | '_' | '.' | '!' | '\'' | '(' | ')' | '+')
    };
    let fits = (1..=MAX_NICK).contains(&nick.chars().count())
        && nick.trim() == nick
        && nick.chars().all(plain)
        && nick.chars().any(char::is_alphanumeric);
    if fits {
        return Ok(());
    }
    let text = format!(
        "A nick has 1 to {MAX_NICK} letters, digits, blanks and simple signs, such as anna-k."
    );
    Err(Fault::new(Condition::NotAcceptable, &text))
}

/// What a client that is not in the room is told.
pub(super) fn outside(address: &str) -> Fault {
    let text = format!("You are not in this match. Join it first, as {address}/your-nick.");
    Fault::new(Condition::NotAcceptable, &text)
}

impl Mug {
    /// Somebody wants to come in, or to have another nick: the writer says whether there is such a match for them.
    pub(super) fn enter(
        &mut self,
        game: MatchId,
        head: &Head,
        element: &Element,
        now: Instant,
    ) -> Vec<Out> {
        let entry = Entry {
            game,
            from: head.from.clone(),
            address: head.to.bare.clone(),
            nick: head.to.resource().unwrap_or_default().to_owned(),
            var: element.attr("var").map(str::to_owned),
            id: head.id.clone(),
        };
        if let Err(no) = check_nick(&entry.nick) {
            return entry.refused(&no);
        }
        let known = self.rooms.get(&game);
        if known.is_none_or(|room| room.session(&head.from.full).is_none())
            && let Err(no) = self.has_place(&head.from.bare)
        {
            return entry.refused(&no);
        }
        // It is shown everybody, and everybody is shown it.
        if let Err(no) = self.paced(game, &head.from.bare, 2, now) {
            return entry.refused(&no);
        }
        vec![self.ask_to_enter(entry, false)]
    }

    pub(super) fn ask_to_enter(&self, entry: Entry, made: bool) -> Out {
        let (bare, game) = (entry.from.bare.clone(), entry.game);
        let sight = Sight::Table {
            since: u32::MAX,
            nick: Some(entry.nick.clone()),
        };
        let entry = Box::new(entry);
        let asked = if made {
            Asked::Made(entry)
        } else {
            Asked::Enter(entry)
        };
        self.look(&bare, game, sight, asked)
    }

    /// Whether one more client of this person fits.
    pub(super) fn has_place(&self, bare: &str) -> Result<(), Fault> {
        let mine = self.of_person.get(bare).copied().unwrap_or(0);
        if mine < MAX_OF_PERSON && self.sessions < MAX_SESSIONS {
            return Ok(());
        }
        Err(Fault::new(
            Condition::ResourceConstraint,
            "Too many matches are open in clients at the moment; leave one first.",
        ))
    }

    /// The writer has shown the match: whoever may enter it does. `made`: from a draft of this client.
    pub(super) fn entered(
        &mut self,
        entry: &Entry,
        table: &Table,
        made: bool,
        now: Instant,
    ) -> Vec<Out> {
        if let Err(no) = self.may_enter(entry, table, made) {
            return entry.refused(&no);
        }
        if table.stage == "adjourned" {
            // A player who comes in loads it: nobody who was thrown off a line has to know more than to join again.
            self.loaded.insert(entry.game, now + LOADED_LASTS);
        }
        let mut nick = entry.nick.clone();
        let room = self.rooms.entry(entry.game).or_default();
        let mut outs = Vec::new();
        room.learn(table);
        outs.extend(room.announce_changes());
        if made && (table.nick_taken || room.occupants.contains_key(&nick)) {
            // A match is not lost because of its maker's nick: the handle is free by its nature.
            outs.push(renamed(
                &entry.address,
                &entry.from.full,
                &nick,
                &table.handle,
            ));
            nick.clone_from(&table.handle);
        }
        let own = room
            .session(&entry.from.full)
            .map(|(own, _)| own.to_owned());
        match own {
            Some(own) if own == nick => outs.extend(show_all(
                room,
                &nick,
                &entry.from.full,
                table,
                self.domain.as_str(),
                entry.game,
            )),
            Some(own) => outs.extend(rename(room, &own, &nick)),
            None => {
                let session = Session {
                    full: entry.from.full.clone(),
                    address: entry.address.clone(),
                };
                self.sessions += 1;
                *self.of_person.entry(entry.from.bare.clone()).or_default() += 1;
                if entry.address != self.address(&entry.game.to_string())
                    && let Some((local, _)) = entry.address.split_once('@')
                {
                    let key = (entry.from.full.clone(), local.to_owned());
                    self.aliases.insert(key, entry.game);
                }
                outs.extend(self.admit(entry, &nick, session, table));
                let asked = Asked::Came {
                    game: entry.game,
                    client: entry.from.full.clone(),
                };
                let came = Call::News(News::Came(entry.game, entry.from.bare.clone()));
                outs.push(Out::Call(came, Some(Then::Mug(asked))));
            }
        }
        outs
    }

    fn may_enter(&self, entry: &Entry, table: &Table, made: bool) -> Result<(), Fault> {
        let no = |condition, text: &str| Err(Fault::new(condition, text));
        let saved = table.stage == "adjourned" && !self.loaded.contains_key(&entry.game);
        if saved && table.viewer.is_none() {
            return no(
                Condition::NotAllowed,
                "This match is saved. One of its players has to load it first.",
            );
        }
        let namespace = words::namespace(table.game.id);
        if entry.var.as_ref().is_some_and(|var| *var != namespace) {
            let text = format!("This is a match of {}, {namespace}.", table.game.title);
            return no(Condition::NotAcceptable, &text);
        }
        if made {
            return Ok(());
        }
        if table.nick_taken {
            return no(
                Condition::Conflict,
                "That nick is somebody else's name, or looks like it.",
            );
        }
        let bare = &entry.from.bare;
        let empty = Room::default();
        let room = self.rooms.get(&entry.game).unwrap_or(&empty);
        if room
            .occupants
            .get(&entry.nick)
            .is_some_and(|one| one.bare != *bare)
        {
            return no(Condition::Conflict, "That nick is taken in this match.");
        }
        if room.session(&entry.from.full).is_some() {
            return Ok(());
        }
        if let Some(nick) = room.nick_of(bare).filter(|nick| *nick != entry.nick) {
            let text = format!("You are here already, as {nick}.");
            return no(Condition::Conflict, &text);
        }
        let party = Facts::of(table).is_party(bare);
        if table.full {
            return no(
                Condition::Full,
                "As many people watch this match as its players allow.",
            );
        }
        if room.sessions() >= MAX_OCCUPANTS && !party {
            return no(
                Condition::Full,
                "No more spectators fit in; try again later.",
            );
        }
        Ok(())
    }

    /// A new client: it is shown everybody, and if it is its person's first, everybody is shown that person.
    fn admit(&mut self, entry: &Entry, nick: &str, session: Session, table: &Table) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(&entry.game) else {
            return Vec::new();
        };
        let full = session.full.clone();
        if let Some(one) = room.occupants.get_mut(nick) {
            one.sessions.push(session);
            return show_all(room, nick, &full, table, &self.domain, entry.game);
        }
        let one = Occupant {
            bare: entry.from.bare.clone(),
            handle: table.handle.clone(),
            sessions: vec![session],
            moves: table.moves,
            version: table.version,
            shown: Default::default(),
        };
        room.occupants.insert(nick.to_owned(), one);
        sit_down(room, &entry.from.bare);
        let mut outs = show_all(room, nick, &full, table, &self.domain, entry.game);
        // Its own client has had it with the rest, as the last.
        let news = room.announce(nick).into_iter();
        outs.extend(news.filter(|out| !is_to(out, &full)));
        outs
    }

    /// A client has left, or cannot be reached: nothing but that.
    pub(super) fn gone(&mut self, head: &Head, target: &Target) -> Option<Vec<Out>> {
        match target {
            Target::New(local) => self.drop_draft(&(head.from.full.clone(), local.clone()), None),
            Target::Match(id) => {
                let room = self.rooms.get(id)?;
                let clients: Vec<String> = match head.from.resource() {
                    Some(_) => vec![head.from.full.clone()],
                    None => {
                        let one = room
                            .nick_of(&head.from.bare)
                            .and_then(|nick| room.occupants.get(nick))?;
                        one.sessions
                            .iter()
                            .map(|session| session.full.clone())
                            .collect()
                    }
                };
                room.session(clients.first()?)?;
                let left = clients.iter().flat_map(|full| self.leave(*id, full));
                Some(left.collect())
            }
        }
    }

    /// Takes a client out of a room and tells whom it concerns.
    pub(super) fn leave(&mut self, game: MatchId, full: &str) -> Vec<Out> {
        self.leave_with(game, full, None)
    }

    /// The same, with a child for the client that leaves.
    pub(super) fn leave_with(
        &mut self,
        game: MatchId,
        full: &str,
        why: Option<&Element>,
    ) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(&game) else {
            return Vec::new();
        };
        let Some(left) = room.remove(full) else {
            return Vec::new();
        };
        let Left {
            nick,
            bare,
            session,
            shown,
            last,
        } = left;
        let gone = |to: &Session, shown: &Shown, why: Option<&Element>| {
            words::occupant(
                &at(&to.address, &nick),
                &to.full,
                Some("unavailable"),
                shown,
                None,
            )
            .append_all(why.cloned())
            .build()
        };
        let mut outs = vec![Out::Send(gone(&session, &shown, why))];
        if last {
            outs.extend(room.broadcast(|to, _| gone(to, &shown, why)));
            outs.extend(room.announce_changes());
        }
        if room.occupants.is_empty() {
            self.rooms.remove(&game);
        }
        self.aliases
            .retain(|(client, _), id| *id != game || client != full);
        self.uncount(&bare);
        self.sessions -= 1;
        outs.push(Out::Call(Call::News(News::Left(game, bare)), None));
        outs
    }

    /// The writer has counted a client that came in: there may be one too many.
    pub(super) fn counted(&mut self, game: MatchId, client: &str, answer: &Answer) -> Vec<Out> {
        match answer {
            Answer::Say {
                result: Err(no), ..
            } => {
                let why = leaf("status", ns::DEFAULT_NS, &no.text);
                self.leave_with(game, client, Some(&why))
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn uncount(&mut self, bare: &str) {
        if let Some(count) = self.of_person.get_mut(bare) {
            *count -= 1;
            if *count == 0 {
                self.of_person.remove(bare);
            }
        }
    }
}

/// The challenged gets the seat that is left for them; others choose.
fn sit_down(room: &mut Room, bare: &str) {
    let facts = &room.facts;
    let challenged =
        facts.stage == "challenged" && facts.guest.as_ref().is_some_and(|guest| guest.is(bare));
    let free = facts
        .owner_seat
        .and_then(|owner| (0..facts.sides.len()).find(|seat| *seat != owner));
    if let Some(seat) = free.filter(|_| challenged) {
        room.claims.insert(seat, bare.to_owned());
    }
}

/// The match, everybody else, and at last the client's own occupant, so that it knows when it has everybody.
fn show_all(
    room: &Room,
    nick: &str,
    full: &str,
    table: &Table,
    domain: &str,
    game: MatchId,
) -> Vec<Out> {
    let Some((_, to)) = room.session(full) else {
        return Vec::new();
    };
    let inner = (room.occupants.get(nick)).is_some_and(|one| room.facts.is_party(&one.bare));
    let others = room.occupants.iter().filter(|(other, _)| *other != nick);
    let own = room.occupants.get_key_value(nick);
    let one = |(nick, one): (&String, &Occupant)| {
        let shown = room.shows(one, inner);
        Out::Send(words::occupant(&at(&to.address, nick), full, None, &shown, None).build())
    };
    let table = Out::Send(words::room(&to.address, full, game, domain, table));
    [table]
        .into_iter()
        .chain(others.map(one))
        .chain(own.map(one))
        .collect()
}

fn is_to(out: &Out, full: &str) -> bool {
    matches!(out, Out::Send(stanza) if stanza.attr("to") == Some(full))
}

fn renamed(address: &str, full: &str, nick: &str, new: &str) -> Out {
    let shown = Shown {
        affiliation: "owner",
        role: "none".to_owned(),
        handle: new.to_owned(),
    };
    Out::Send(words::occupant(&at(address, nick), full, None, &shown, Some(new)).build())
}

/// An occupant goes by another nick, with all its clients.
fn rename(room: &mut Room, old: &str, new: &str) -> Vec<Out> {
    let Some(one) = room.occupants.remove(old) else {
        return Vec::new();
    };
    let shown = room.shows_both(&one);
    room.occupants.insert(new.to_owned(), one);
    room.broadcast(|to, inner| {
        let shown = &shown[usize::from(inner)];
        words::occupant(&at(&to.address, old), &to.full, None, shown, Some(new)).build()
    })
}
