//! What occupants are told when their match changes: new turns, and the position as each may see it.
//!
//! The writer is asked as each player who is here, and once as one of the others. Who sits where may have changed with the
//! very record that is told, so an answer goes by the seat that it was made for, never by the seat that was expected.

use minidom::Element;

use super::room::{Occupant, Refresh, Room, at};
use super::words::{self, MUG};
use super::{Asked, Mug};
use crate::commands::{Answer, Seen, Sight, Table, Turn};
use crate::kit::MatchId;
use crate::xmpp::out::Out;

const HINTS: &str = "urn:xmpp:hints";

impl Mug {
    /// The match changed: asks what its occupants are to be shown, or remembers to ask once the last answer is in.
    pub(super) fn refresh(&mut self, game: MatchId) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(&game) else {
            return Vec::new();
        };
        if room.refresh.out > 0 {
            room.refresh.again = true;
            return Vec::new();
        }
        self.ask_for(game)
    }

    /// Asks as each occupant who plays or may, and once as one of the others.
    fn ask_for(&mut self, game: MatchId) -> Vec<Out> {
        let Some(room) = self.rooms.get(&game) else {
            return Vec::new();
        };
        let wanted = || room.occupants.values();
        let own = |one: &&Occupant| {
            room.facts.is_party(&one.bare)
                || room.role_of(&one.bare).is_some()
                || room.ready.contains_key(&one.bare)
        };
        let mut lookers: Vec<(String, u32)> = wanted()
            .filter(own)
            .map(|one| (one.bare.clone(), one.moves))
            .collect();
        let others = || wanted().filter(|one| !own(one));
        let least = others().map(|one| one.moves).min();
        lookers.extend(others().next().map(|one| one.bare.clone()).zip(least));
        let ask = |(looker, since): &(String, u32)| {
            let looker = looker.clone();
            let sight = Sight::Table {
                since: *since,
                nick: None,
            };
            self.look(&looker.clone(), game, sight, Asked::Table { game, looker })
        };
        let outs: Vec<Out> = lookers.iter().map(ask).collect();
        if let Some(room) = self.rooms.get_mut(&game) {
            room.refresh = Refresh {
                out: outs.len(),
                again: false,
                players: room.facts.players.clone(),
            };
        }
        outs
    }

    /// The writer has shown the match as one looker may see it.
    pub(super) fn told(&mut self, game: MatchId, looker: &str, answer: &Answer) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(&game) else {
            return Vec::new();
        };
        room.refresh.out = room.refresh.out.saturating_sub(1);
        let mut outs = match answer {
            Answer::Seen(Seen::Table(table)) => {
                room.learn(table);
                if table.stage == "adjourned" && !self.loaded.contains_key(&game) {
                    return self.put_away(game);
                }
                if table.stage != "adjourned" {
                    self.loaded.remove(&game);
                }
                let mut outs = room.announce_changes();
                outs.extend(show(room, looker, table, &self.domain, game));
                outs
            }
            // The disk refuses: the next change tells.
            Answer::Sorry => Vec::new(),
            _ => self.expel(game, looker),
        };
        let Some(room) = self.rooms.get(&game).filter(|room| room.refresh.out == 0) else {
            return outs;
        };
        // Somebody was asked as who turned out to sit somewhere else: then others were left out.
        let reseated = room.refresh.players != room.facts.players;
        if room.refresh.again || reseated {
            outs.extend(self.ask_for(game));
        }
        outs
    }

    /// The match is saved: everybody is out until a player loads it.
    fn put_away(&mut self, game: MatchId) -> Vec<Out> {
        let saved = Element::bare("saved", MUG);
        let here = self.rooms.get(&game);
        let clients: Vec<String> = here
            .into_iter()
            .flat_map(|room| room.occupants.values())
            .flat_map(|one| one.sessions.iter().map(|session| session.full.clone()))
            .collect();
        // Each is told of its own leaving alone: all the others leave too.
        let own = clients.iter().flat_map(|full| {
            let left = self.leave_with(game, full, Some(&saved)).into_iter();
            left.filter(|out| match out {
                Out::Send(stanza) => stanza.attr("to") == Some(full),
                _ => true,
            })
            .collect::<Vec<_>>()
        });
        own.collect()
    }

    /// There is no such match any more for this person.
    fn expel(&mut self, game: MatchId, looker: &str) -> Vec<Out> {
        let room = self.rooms.get(&game);
        let one = room.and_then(|room| room.occupants.values().find(|one| one.bare == looker));
        let clients: Vec<String> = one
            .into_iter()
            .flat_map(|one| one.sessions.iter().map(|session| session.full.clone()))
            .collect();
        let left = clients.iter().flat_map(|full| self.leave(game, full));
        left.collect()
    }
}

/// Shows a table to those whose eyes it was made for and who have not seen as much: a seat's own player, or all who have
/// no seat.
fn show(room: &mut Room, looker: &str, table: &Table, domain: &str, game: MatchId) -> Vec<Out> {
    let facts = &room.facts;
    let nick_of_seat = |seat: usize| {
        let sitter = facts.seats.get(seat);
        let here = sitter.and_then(|sitter| room.nick_of_sitter(sitter));
        here.or(sitter.map(|sitter| sitter.handle.as_str()))
            .unwrap_or("nobody")
    };
    let meant = |one: &Occupant| match table.viewer {
        Some(_) => one.bare == looker,
        None => facts.seat_of(&one.bare).is_none(),
    };
    let mut outs = Vec::new();
    let mut seen = Vec::new();
    for (nick, one) in &room.occupants {
        if !meant(one) || one.version >= table.version {
            continue;
        }
        seen.push(nick.clone());
        for session in &one.sessions {
            let news = table.news.iter().filter(|turn| turn.number > one.moves);
            outs.extend(news.map(|turn| {
                let from = at(&session.address, nick_of_seat(turn.seat));
                Out::Send(reflected(&from, &session.full, table.game.id, turn))
            }));
            let state = words::room(&session.address, &session.full, game, domain, table);
            outs.push(Out::Send(state));
        }
    }
    for nick in seen {
        if let Some(one) = room.occupants.get_mut(&nick) {
            one.version = table.version;
            one.moves = table.moves;
        }
    }
    outs
}

fn reflected(from: &str, to: &str, game: &str, turn: &Turn) -> Element {
    words::message(from, to, Some("chat"), None)
        .append(words::turn(game, turn))
        // A board is drawn by the client that is here, not by an archive or another device.
        .append(Element::bare("no-store", HINTS))
        .append(Element::bare("no-copy", HINTS))
        .build()
}
