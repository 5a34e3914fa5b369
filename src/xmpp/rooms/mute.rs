//! Whoever an admin has muted says nothing in the lobby and in the rooms of clans. In the room of a match they have no voice, as
//! nobody has there who was not given it.
//!
//! Who is muted the writer knows; it is asked when somebody comes in, while any mute stands. A room that lets somebody speak whose
//! voice was taken (a clan's room of ejabberd does) puts out whoever speaks all the same, and from then on whoever is muted.

use minidom::Element;
use xmpp_parsers::ns;

use super::room::{Purpose, Stage};
use super::{Asked, Rooms};
use crate::commands::{Answer, Call, Look, Seen, Sight};
use crate::xmpp::muc;
use crate::xmpp::out::{Out, Then};

impl Rooms {
    /// Whether anybody is muted at all.
    pub fn mutes(&mut self, any: bool) {
        self.mutes = any;
    }

    /// Somebody, by their bare JIDs, may not speak from now on, or may again.
    pub fn mute(&mut self, addresses: &[String], on: bool) -> Vec<Out> {
        self.mutes |= on;
        let mut there = Vec::new();
        for (name, room) in self.rooms.iter() {
            let talks = !matches!(room.purpose, Purpose::Match(_)) && room.stage == Stage::Open;
            let theirs = room.occupants.iter().filter(|(_, full)| {
                let bare = full.split('/').next().unwrap_or_default();
                addresses.iter().any(|one| one == bare)
            });
            let nicks = theirs.map(|(nick, _)| (name.clone(), nick.clone()));
            there.extend(nicks.filter(|_| talks));
        }
        there
            .into_iter()
            .flat_map(|(name, nick)| match on {
                true => self.take_voice(&name, &nick, "You are muted."),
                false => self.give_voice(&name, &nick),
            })
            .collect()
    }

    /// Asks whether somebody who sits in a room may speak there; nobody is asked while nobody is muted.
    pub(super) fn ask_voice(&self, name: &str, nick: &str) -> Vec<Out> {
        let Some(room) = self.rooms.get(name).filter(|room| {
            self.mutes && room.stage == Stage::Open && !matches!(room.purpose, Purpose::Match(_))
        }) else {
            return Vec::new();
        };
        let Some(full) = room.occupants.get(nick) else {
            return Vec::new();
        };
        let look = Look {
            bare: full.split('/').next().unwrap_or_default().to_owned(),
            place: room.place(),
            at: Sight::Muted,
        };
        let asked = Asked::Voice(name.to_owned(), nick.to_owned());
        vec![Out::Call(Call::Look(look), Some(Then::Rooms(asked)))]
    }

    /// The same of everybody who was there before we were.
    pub(super) fn ask_voices(&self, name: &str) -> Vec<Out> {
        let room = self.rooms.get(name);
        let nicks = room.into_iter().flat_map(|room| room.occupants.keys());
        nicks.flat_map(|nick| self.ask_voice(name, nick)).collect()
    }

    /// The writer has said whether somebody is muted.
    pub(super) fn voice_told(&mut self, name: &str, nick: &str, answer: &Answer) -> Vec<Out> {
        let there = |room: &super::Room| room.occupants.contains_key(nick);
        match answer {
            _ if !self.rooms.get(name).is_some_and(there) => Vec::new(),
            Answer::Seen(Seen::Muted(Some(why))) => self.take_voice(name, nick, why),
            // ejabberd remembers for how long somebody was silent there, which need not be how long they were muted.
            Answer::Seen(Seen::Muted(None)) => self.give_voice(name, nick),
            _ => Vec::new(),
        }
    }

    fn take_voice(&mut self, name: &str, nick: &str, why: &str) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        room.silent.insert(nick.to_owned(), why.to_owned());
        let change = match room.heedless {
            true => muc::put_out(nick, why),
            false => muc::silence(nick),
        };
        vec![self.ask(name, true, change, Asked::Favour(name.to_owned()))]
    }

    fn give_voice(&mut self, name: &str, nick: &str) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        room.silent.remove(nick);
        let voice = muc::give_voice(nick);
        vec![self.ask(name, true, voice, Asked::Favour(name.to_owned()))]
    }

    /// Somebody says something in a room that took their voice.
    pub fn overhear(&mut self, message: &Element) -> Vec<Out> {
        let from = message.attr("from").unwrap_or_default();
        let said = message.attr("type") == Some("groupchat")
            && message.has_child("body", ns::DEFAULT_NS)
            && !message.has_child("delay", ns::DELAY);
        let Some((name, nick)) = from.split_once('/').filter(|_| said) else {
            return Vec::new();
        };
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        let Some(why) = room.silent.get(nick).cloned() else {
            return Vec::new();
        };
        room.heedless = true;
        let out = muc::put_out(nick, &why);
        vec![self.ask(name, true, out, Asked::Favour(name.to_owned()))]
    }
}
