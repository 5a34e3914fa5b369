//! How we come into a room, make sure that it is ours, and leave: each step follows from what the room answers.

use std::time::{Duration, Instant};

use minidom::Element;

use super::halls::SETTINGS_CHANGED;
use super::room::{Claim, Purpose, Room, Stage};
use super::{Asked, MAX_OCCUPANTS, NICK, Rooms, emptied, ready};
use crate::commands::{Answer, Call, Look, News, Place, Seen, Sight};
use crate::kit::Words;
use crate::xmpp::muc::{self, Affiliation, Seen as RoomPresence, Setup};
use crate::xmpp::out::{Heard, Out, Question, Then};
use crate::xmpp::stanza::attribute;

/// How long a room may take to let us in; presences have no answer of their own.
pub(super) const JOIN_PATIENCE: Duration = Duration::from_secs(10);
/// How long we stay away from a room that did not let us in, or threw us out.
const AWAY: Duration = Duration::from_secs(10);
/// The same after it was destroyed.
const DESTROYED: Duration = Duration::from_secs(1);
/// Tries that make the next one later; a room of a clan is tried every five minutes in the end, for ever.
const MAX_PATIENCE: u8 = 30;
/// Names, nicknames and returns tried before a room is given up until the next connection.
pub(super) const MAX_TRIES: u8 = 5;

/// Places in a room besides those of spectators: the referee, the players with several clients each, and whoever comes
/// in too many and is put out again.
const SPARE: usize = 20;

impl Rooms {
    /// A presence from a room's address. Only rooms that we are in, or enter, are heard.
    pub fn presence(&mut self, presence: &Element, now: Instant) -> Vec<Out> {
        let mut outs = self.seen(presence, now);
        outs.extend(self.admit_queue(now));
        outs
    }

    fn seen(&mut self, presence: &Element, now: Instant) -> Vec<Out> {
        let Some(seen) = muc::read(presence) else {
            return Vec::new();
        };
        let Some(room) = self.rooms.get_mut(seen.room) else {
            return Vec::new();
        };
        let hall = matches!(room.purpose, Purpose::Clan(..));
        let own = seen.has(110) || seen.nick == room.nick;
        match (seen.kind, room.stage) {
            (Some("error"), Stage::Joining(_)) => self.refused(&seen, now),
            (None, Stage::Joining(_)) if own => self.entered(&seen),
            (None, _) if !own => {
                let Some(real) = seen.real else {
                    return Vec::new();
                };
                // A crowd that came first does not keep the players from commanding.
                let bare = real.split('/').next().unwrap_or_default();
                let plays = room.people.iter().any(|person| person == bare);
                if !plays && room.occupants.len() >= MAX_OCCUPANTS {
                    return Vec::new();
                }
                let before = room.occupants.insert(seen.nick.to_owned(), real.to_owned());
                match (room.purpose, before) {
                    (Purpose::Match(id), None) => {
                        room.counted = true;
                        let asked = Asked::Guest(seen.room.to_owned(), seen.nick.to_owned());
                        let news = Call::News(News::Came(id, bare.to_owned()));
                        vec![Out::Call(news, Some(Then::Rooms(asked)))]
                    }
                    (Purpose::Clan(..), before) => {
                        let hats = muc::hats(presence);
                        let mut outs = self.in_hall(&seen, bare, hats, before.is_none(), now);
                        if before.is_none() {
                            outs.extend(self.ask_voice(seen.room, seen.nick));
                        }
                        outs
                    }
                    (Purpose::Lobby, None) => self.ask_voice(seen.room, seen.nick),
                    _ => Vec::new(),
                }
            }
            (Some("unavailable"), Stage::Queued | Stage::Away(_)) => Vec::new(),
            // We only have another name from now on.
            (Some("unavailable"), _) if own && seen.has(303) => {
                room.nick = NICK.to_owned();
                Vec::new()
            }
            (Some("unavailable"), _) if own => {
                tracing::warn!(room = seen.room, codes = ?seen.codes, destroyed = seen.destroyed, "put out of a room");
                self.stay_away(seen.room, now);
                if hall && seen.destroyed {
                    self.back_soon(seen.room, now);
                }
                Vec::new()
            }
            (Some("unavailable"), _) => {
                let gone = room.occupants.remove(seen.nick);
                room.silent.remove(seen.nick);
                match (room.purpose, gone) {
                    (Purpose::Match(id), Some(real)) => {
                        let bare = real.split('/').next().unwrap_or_default().to_owned();
                        vec![Out::Call(Call::News(News::Left(id, bare)), None)]
                    }
                    (Purpose::Clan(..), Some(real)) => {
                        let bare = real.split('/').next().unwrap_or_default();
                        self.out_of_hall(&seen, bare, now);
                        Vec::new()
                    }
                    _ => Vec::new(),
                }
            }
            _ => Vec::new(),
        }
    }

    /// A message of type `error` from a room: if it does not know us any more, we come back and say it again.
    pub fn message_error(&mut self, message: &Element, now: Instant) {
        let from = message.attr("from").unwrap_or_default();
        let name = from.split('/').next().unwrap_or_default();
        let Some(room) = self
            .rooms
            .get_mut(name)
            .filter(|room| room.stage == Stage::Open)
        else {
            return;
        };
        if muc::condition(message).as_deref() != Some("not-acceptable") {
            return;
        }
        if let Some(said) = room
            .said
            .take()
            .filter(|said| said.attr("id") == message.attr("id"))
        {
            room.held.push_front(said);
        }
        room.stage = Stage::Away(now);
        room.empty();
    }

    /// The writer has said what a match is called.
    pub fn answered(&mut self, asked: &Asked, answer: &Answer, now: Instant) -> Vec<Out> {
        let name = match asked {
            Asked::Face(name) => name,
            Asked::Guest(name, nick) => return self.show_out(name, nick, answer),
            Asked::Voice(name, nick) => return self.voice_told(name, nick, answer),
            Asked::Halls(clan) => return self.furnish(*clan, answer, now),
            _ => return Vec::new(),
        };
        let Some(room) = self
            .rooms
            .get_mut(name)
            .filter(|room| room.stage == Stage::Configuring)
        else {
            return Vec::new();
        };
        let Purpose::Match(id) = room.purpose else {
            return Vec::new();
        };
        room.setup = Some(match answer {
            Answer::Seen(Seen::Match(info)) => Setup {
                title: format!("{id} {}", info.name),
                listed: info.spectators != Some(0) && info.public,
                open: info.spectators != Some(0),
                moderated: true,
                bans: false,
                most: info.spectators.map(|cap| cap + SPARE),
                hats: false,
            },
            // Strangers may not know of it.
            Answer::Nothing => Setup {
                title: id.to_string(),
                listed: false,
                open: false,
                moderated: true,
                bans: false,
                most: None,
                hats: false,
            },
            _ => {
                self.stay_away(name, now);
                return Vec::new();
            }
        });
        vec![self.ask(
            name,
            false,
            Element::bare("query", muc::OWNER),
            Asked::Form(name.clone()),
        )]
    }

    /// There is no place for somebody: they are told why, and put out.
    fn show_out(&self, name: &str, nick: &str, answer: &Answer) -> Vec<Out> {
        let Answer::Say {
            result: Err(refusal),
            ..
        } = answer
        else {
            return Vec::new();
        };
        let there = |room: &Room| room.occupants.contains_key(nick);
        if !self.rooms.get(name).is_some_and(there) {
            return Vec::new();
        }
        let out = muc::put_out(nick, &refusal.text);
        vec![self.ask(name, true, out, Asked::Favour(name.to_owned()))]
    }

    /// A room has answered, or never will.
    pub fn heard(&mut self, asked: &Asked, heard: &Heard, now: Instant) -> Vec<Out> {
        let mut outs = match asked {
            Asked::List(..)
            | Asked::Affiliation(..)
            | Asked::Reform(..)
            | Asked::Reformed(_)
            | Asked::Razed(..) => self.hall_heard(asked, heard),
            _ => self.follow(asked, heard, now),
        };
        outs.extend(self.admit_queue(now));
        outs
    }

    fn follow(&mut self, asked: &Asked, heard: &Heard, now: Instant) -> Vec<Out> {
        let Some(name) = asked.room() else {
            return Vec::new();
        };
        if let (Asked::Favour(_), Heard::Error(iq)) = (asked, heard) {
            tracing::warn!(
                room = name,
                condition = muc::condition(iq),
                "a room of ours refused a change"
            );
        }
        let own = self.own(name);
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        match (asked, heard, room.stage) {
            (Asked::Owners(_), Heard::Result(iq), Stage::Checking) => {
                let bare = own.split('/').next().unwrap_or_default();
                let (owners, hall) = (
                    muc::read_owners(iq),
                    matches!(room.purpose, Purpose::Clan(..)),
                );
                // Whoever owns a clan's room beside us loses that.
                match (hall, owners.contains(&bare), owners.len()) {
                    (true, true, _) => self.settle(name),
                    (false, true, 1) => {
                        let (list, asked) = (muc::list(Affiliation::Admin), name.clone());
                        vec![self.ask(name, false, list, Asked::Admins(asked))]
                    }
                    _ => self.not_ours(name),
                }
            }
            (Asked::Admins(_), Heard::Result(iq), Stage::Checking) => {
                match muc::read_list(iq, Affiliation::Admin).is_empty() {
                    true => self.settle(name),
                    false => self.not_ours(name),
                }
            }
            (Asked::Owners(_) | Asked::Admins(_), Heard::Error(_), Stage::Checking) => {
                self.not_ours(name)
            }
            (Asked::Nick(_), Heard::Result(_), _) => {
                vec![Out::Send(muc::rename(&own, name, NICK))]
            }
            (Asked::Nick(_), Heard::Error(iq), _) => {
                tracing::warn!(
                    room = name,
                    condition = muc::condition(iq),
                    nick = room.nick,
                    "somebody else has our name in a room of ours, and cannot be put out"
                );
                Vec::new()
            }
            (Asked::Form(_), Heard::Result(iq), Stage::Configuring) => {
                let Some(setup) = &room.setup else {
                    return Vec::new();
                };
                let form = setup.fill(iq);
                let hall = matches!(room.purpose, Purpose::Clan(..));
                if hall && room.claim == Claim::Ours && setup.differs(iq) {
                    let line = Words::line(SETTINGS_CHANGED);
                    let id = format!("house-{:016x}", rand::random::<u64>());
                    room.held.push_back(muc::say(&own, name, &id, &line, None));
                }
                room.roster.has_hats = setup.hats && muc::offers(iq, muc::HATS);
                vec![self.ask(name, true, form, Asked::Setup(name.clone()))]
            }
            (Asked::Setup(_), Heard::Result(_), Stage::Configuring) => self.opened(name, now),
            (Asked::Form(_) | Asked::Setup(_), Heard::Error(iq), Stage::Configuring) => {
                tracing::warn!(
                    room = name,
                    condition = muc::condition(iq),
                    "a new room could not be configured, and is left"
                );
                self.drop_room(name)
            }
            (Asked::Favour(_), ..) => Vec::new(),
            (_, Heard::Silence, Stage::Checking | Stage::Configuring) => {
                self.stay_away(name, now);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    pub(super) fn ask(&self, name: &str, set: bool, payload: Element, asked: Asked) -> Out {
        Out::Ask(Question {
            from: self.own(name),
            to: name.to_owned(),
            set,
            payload,
            then: Then::Rooms(asked),
        })
    }

    /// Our own presence has come back: we are in.
    fn entered(&mut self, seen: &RoomPresence<'_>) -> Vec<Out> {
        let name = seen.room.to_owned();
        let Some(room) = self.rooms.get_mut(&name) else {
            return Vec::new();
        };
        room.nick = seen.nick.to_owned();
        let hall = matches!(room.purpose, Purpose::Clan(..));
        if seen.has(201) {
            // A clan's room that is made once more is told of once more: its members have to come back.
            if room.claim == Claim::New || hall {
                room.claim = Claim::Made;
            }
            room.grants_due = !room.people.is_empty() && !hall;
            room.roster.fresh = true;
            return self.configure(&name);
        }
        if room.claim == Claim::New {
            return self.drop_name(&name);
        }
        room.stage = Stage::Checking;
        vec![self.ask(&name, false, muc::owners(), Asked::Owners(name.clone()))]
    }

    /// The room is ours beyond doubt. Whoever has our name there has to go before we speak, and whatever was set is set anew.
    fn settle(&mut self, name: &str) -> Vec<Out> {
        let renamed = self.rooms.get(name).is_some_and(|room| room.nick != NICK);
        let mut outs = Vec::new();
        if renamed {
            tracing::warn!(
                room = name,
                "somebody had our name in a room of ours, and is put out"
            );
            let out = muc::put_out(NICK, "That name is the referee's.");
            outs.push(self.ask(name, true, out, Asked::Nick(name.to_owned())));
        }
        outs.extend(self.configure(name));
        outs
    }

    fn configure(&mut self, name: &str) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        room.stage = Stage::Configuring;
        match (&room.setup, room.purpose) {
            (None, Purpose::Match(id)) => {
                let look = Look {
                    bare: self.domain.clone(),
                    place: Place::Match(id),
                    at: Sight::Info,
                };
                vec![Out::Call(
                    Call::Look(look),
                    Some(Then::Rooms(Asked::Face(name.to_owned()))),
                )]
            }
            (None, Purpose::Clan(tag, _)) => vec![self.ask_halls(tag)],
            _ => vec![self.ask(
                name,
                false,
                Element::bare("query", muc::OWNER),
                Asked::Form(name.to_owned()),
            )],
        }
    }

    /// The room is ours and ready.
    fn opened(&mut self, name: &str, now: Instant) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        room.stage = Stage::Open;
        room.tries = 0;
        let mut outs = Vec::new();
        if room.claim == Claim::Made {
            room.claim = Claim::Ours;
            outs.push(ready(name, room.purpose));
        }
        room.said = room.held.back().cloned();
        let held: Vec<Out> = room.held.drain(..).map(Out::Send).collect();
        let (grants_due, leaves) = (room.grants_due, room.last_word.is_some());
        if let Purpose::Clan(clan, private) = room.purpose {
            outs.extend(held);
            outs.extend(match room.roster.ends {
                true => self.raze(name, clan, private),
                false => self.check(name, false, now),
            });
            outs.extend(self.ask_voices(name));
            return outs;
        }
        if grants_due {
            outs.extend(self.grant(name));
        }
        outs.extend(held);
        outs.extend(self.ask_voices(name));
        if leaves {
            outs.extend(self.part(name));
        }
        outs
    }

    /// Gives voice to everybody who has to have it.
    pub(super) fn grant(&mut self, name: &str) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        room.grants_due = false;
        let people = room.people.clone();
        let asks = people
            .iter()
            .map(|bare| self.ask(name, true, muc::grant(bare), Asked::Favour(name.to_owned())));
        asks.collect()
    }

    /// The last word, and out.
    pub(super) fn part(&mut self, name: &str) -> Vec<Out> {
        let favour = self.ask(name, true, muc::let_go(), Asked::Favour(name.to_owned()));
        let Some(mut room) = self.rooms.remove(name) else {
            return Vec::new();
        };
        let own = self.occupant(room.purpose);
        let known = emptied(&mut room);
        let mut outs: Vec<Out> = room.last_word.map(Out::Send).into_iter().collect();
        outs.push(favour);
        outs.push(Out::Send(muc::leave(&own, name, &room.nick)));
        outs.extend(known);
        outs
    }

    /// Leaves a room and forgets it.
    fn drop_room(&mut self, name: &str) -> Vec<Out> {
        match self.rooms.remove(name) {
            Some(mut room) => {
                let own = self.occupant(room.purpose);
                let left = Out::Send(muc::leave(&own, name, &room.nick));
                [left].into_iter().chain(emptied(&mut room)).collect()
            }
            None => Vec::new(),
        }
    }

    /// Leaves a room that somebody else made, and queues another name for the same purpose.
    fn drop_name(&mut self, name: &str) -> Vec<Out> {
        let (own, service) = (self.own(name), self.service.clone().unwrap_or_default());
        let Some(mut room) = self.rooms.remove(name) else {
            return Vec::new();
        };
        let outs = vec![Out::Send(muc::leave(&own, name, &room.nick))];
        room.tries += 1;
        if room.tries >= MAX_TRIES {
            tracing::warn!(
                room = name,
                "somebody else's room under every name that was tried; giving up"
            );
            return outs;
        }
        let next = self.new_name(room.purpose, room.hidden, &service);
        room.roster.forget();
        tracing::warn!(
            room = name,
            next,
            "a room that somebody else made has this name; taking another"
        );
        (room.claim, room.stage, room.nick) = (Claim::New, Stage::Queued, NICK.to_owned());
        room.empty();
        // What waits to be said is said in the new room, and never to whoever has the old name.
        room.said = None;
        for waiting in room.held.iter_mut().chain(&mut room.last_word) {
            *waiting = readdressed(waiting, &next);
        }
        self.rooms.insert(next.clone(), room);
        self.queue.push_back(next);
        outs
    }

    /// A room that was ours is somebody else's now: another is made, and those it is for are told. For a last word none is.
    fn not_ours(&mut self, name: &str) -> Vec<Out> {
        let room = self.rooms.get(name);
        if room.is_some_and(|room| room.last_word.is_some()) {
            tracing::warn!(room = name, "somebody else owns this room now; leaving it");
            return self.drop_room(name);
        }
        self.drop_name(name)
    }

    /// A room did not let us in.
    fn refused(&mut self, seen: &RoomPresence<'_>, now: Instant) -> Vec<Out> {
        let name = seen.room.to_owned();
        let Some(room) = self.rooms.get_mut(&name) else {
            return Vec::new();
        };
        let condition = seen.condition.as_deref().unwrap_or_default();
        let closed = matches!(
            condition,
            // Prosody keeps the names of destroyed rooms for a month: those are `gone`.
            "forbidden" | "registration-required" | "not-authorized" | "gone"
        );
        match (condition, room.claim) {
            ("not-allowed", Claim::New) => {
                if !self.told {
                    tracing::warn!(
                        room = name,
                        "the server lets us create no rooms, so matches get none; for ejabberd set mod_muc's \
                         `access_create: referee_rooms`, for Prosody see restrict_room_creation in referee.cfg.lua"
                    );
                }
                self.told = true;
                self.rooms.remove(&name);
                Vec::new()
            }
            ("conflict", Claim::New) => self.renamed(&name),
            (_, Claim::New) if closed => self.renamed(&name),
            ("conflict", _) if room.tries < MAX_TRIES => {
                room.tries += 1;
                room.nick = format!("{NICK}-{}", room.tries + 1);
                room.stage = Stage::Queued;
                self.queue.push_back(name);
                Vec::new()
            }
            _ if closed => self.not_ours(&name),
            _ => {
                self.stay_away(&name, now);
                Vec::new()
            }
        }
    }

    fn renamed(&mut self, name: &str) -> Vec<Out> {
        // We never were in, so there is nothing to leave.
        self.drop_name(name);
        Vec::new()
    }

    /// A room that was destroyed is made again before others think of it; not at once, because servers take a moment.
    fn back_soon(&mut self, name: &str, now: Instant) {
        if let Some(room) = self.rooms.get_mut(name) {
            room.stage = Stage::Away(now + DESTROYED);
        }
    }

    /// Comes back later, a few times.
    pub(super) fn stay_away(&mut self, name: &str, now: Instant) {
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        room.tries = room.tries.saturating_add(1).min(MAX_PATIENCE);
        room.empty();
        room.roster.forget();
        room.stage = Stage::Away(now + AWAY * u32::from(room.tries));
        if Rooms::is_given_up(room) {
            tracing::warn!(
                room = name,
                "a room does not let us in; giving it up until the next connection"
            );
            self.rooms.remove(name);
        }
    }
}

/// The same stanza for another room.
fn readdressed(stanza: &Element, to: &str) -> Element {
    let mut stanza = stanza.clone();
    stanza.set_attr(minidom::rxml::Namespace::NONE, attribute("to"), to);
    stanza
}
