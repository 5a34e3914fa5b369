//! The rooms of clans: made, kept in step with the roster, ended with the clan.
//!
//! We are the only owner and everybody else is at most a member, so that nobody but a server's admin can change the lists,
//! and then the roster wins, aloud.

use std::collections::BTreeSet;
use std::time::Instant;

use minidom::Element;

use super::enter::MAX_TRIES;
use super::room::{Claim, Purpose, Room, Stage};
use super::roster::Wanted;
use super::{Asked, Rooms, long_tail, tail};
use crate::commands::{Answer, Call, Halls, HallsOf, Look, News, Place, Seen, Sight};
use crate::kit::{ClanTag, Words};
use crate::xmpp::muc::{self, Affiliation, Seen as RoomPresence, Setup};
use crate::xmpp::out::{Heard, Out, Then};

/// Rooms of clans at once: two for each of five thousand clans.
const MAX_HALLS: usize = 10_000;

/// What is said where the settings were not ours.
pub(super) const SETTINGS_CHANGED: &str =
    "This room's settings were changed by hand, and I set them back.";

/// How a clan's room is set up.
fn setup_of(halls: &Halls, private: bool) -> Setup {
    let which = if private { ", members" } else { "" };
    Setup {
        title: format!("{} ({}{which})", halls.name, halls.tag),
        listed: !private,
        open: !private,
        moderated: false,
        bans: true,
        most: None,
        hats: true,
    }
}

impl Rooms {
    /// A clan's rooms are to be seen to: the writer is asked what they should be like.
    pub fn housekeep(&mut self, clan: ClanTag) -> Vec<Out> {
        if self.service.is_none() {
            // Another time, when there is a room service.
            self.unseen.insert(clan);
            return Vec::new();
        }
        vec![self.ask_halls(clan)]
    }

    pub(super) fn ask_halls(&self, clan: ClanTag) -> Out {
        let look = Look {
            bare: self.domain.clone(),
            place: Place::Clan(clan),
            at: Sight::Halls,
        };
        Out::Call(Call::Look(look), Some(Then::Rooms(Asked::Halls(clan))))
    }

    /// A connection is there: the rooms that stand in the journal are entered again, and missing ones made.
    pub(super) fn stand_halls(&mut self, halls: &[HallsOf], service: &str) {
        let known: BTreeSet<Purpose> = self.rooms.iter().map(|(_, room)| room.purpose).collect();
        for (tag, private, public) in halls {
            for (is_private, room) in [(true, private), (false, public)] {
                let purpose = Purpose::Clan(*tag, is_private);
                let here = |name: &&String| name.ends_with(&format!("@{service}"));
                match room.as_ref().filter(here) {
                    _ if known.contains(&purpose) => {}
                    Some(name) => {
                        self.rooms
                            .insert(name.clone(), Room::new(purpose, Claim::Ours));
                    }
                    None => {
                        self.unseen.insert(*tag);
                    }
                }
            }
        }
    }

    /// The writer has said what a clan's rooms should be like.
    pub(super) fn furnish(&mut self, clan: ClanTag, answer: &Answer, now: Instant) -> Vec<Out> {
        let halls = match answer {
            Answer::Seen(Seen::Halls(halls)) => halls,
            Answer::Sorry => {
                self.unseen.insert(clan);
                return Vec::new();
            }
            _ => return Vec::new(),
        };
        let mut outs = Vec::new();
        for (private, journaled) in [(true, &halls.private), (false, &halls.public)] {
            let purpose = Purpose::Clan(clan, private);
            let known = self.rooms.of(purpose);
            let Some(service) = self.service.clone() else {
                break;
            };
            let here = |name: &String| name.ends_with(&format!("@{service}"));
            let journaled = journaled.clone().filter(here);
            match (halls.exists, known.or(journaled.clone())) {
                (false, Some(name)) => outs.extend(self.raze(&name, clan, private)),
                (false, None) => {}
                (true, name) => {
                    let claim = name.as_ref().map_or(Claim::New, |_| Claim::Ours);
                    let name = name.unwrap_or_else(|| self.new_name(purpose, private, &service));
                    if !self.rooms.contains_key(&name) && !self.admit_hall(&name, purpose, claim) {
                        continue;
                    }
                    outs.extend(self.refurnish(&name, halls, private));
                }
            }
        }
        outs.extend(self.admit_queue(now));
        outs
    }

    /// A name that no room of ours has.
    pub(super) fn new_name(&self, purpose: Purpose, hidden: bool, service: &str) -> String {
        let tail = if hidden { long_tail } else { tail };
        let local = match purpose {
            Purpose::Match(id) => id.to_string(),
            Purpose::Lobby => self.lobby.clone(),
            Purpose::Clan(tag, true) => format!("clan-{tag}"),
            Purpose::Clan(tag, false) => format!("clan-{tag}-pub"),
        };
        let mut names = std::iter::repeat_with(|| format!("{local}-{}@{service}", tail()));
        let free = names.find(|name| !self.rooms.contains_key(name));
        free.unwrap_or_default()
    }

    fn admit_hall(&mut self, name: &str, purpose: Purpose, claim: Claim) -> bool {
        if self.rooms.halls() >= MAX_HALLS {
            tracing::warn!(
                room = name,
                "no room for this clan: as many rooms of clans are open as there may be"
            );
            return false;
        }
        self.rooms
            .insert(name.to_owned(), Room::new(purpose, claim));
        self.queue.push_back(name.to_owned());
        true
    }

    /// What a room should be like may have changed.
    fn refurnish(&mut self, name: &str, halls: &Halls, private: bool) -> Vec<Out> {
        let own = self.own_bare(name);
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        let members = halls.members.iter();
        room.people = members.map(|one| one.jid.clone()).collect();
        room.roster.want(Wanted::of(halls, private, &own));
        let setup = setup_of(halls, private);
        let before = room.setup.replace(setup.clone());
        let form = || Element::bare("query", muc::OWNER);
        match (room.stage, before) {
            (Stage::Configuring, None) => {
                vec![self.ask(name, false, form(), Asked::Form(name.to_owned()))]
            }
            (Stage::Open, before) => {
                let mut outs = self.keep_step(name);
                if before.is_some_and(|before| before != setup) {
                    let asked = Asked::Reform(name.to_owned(), true);
                    outs.push(self.ask(name, false, form(), asked));
                }
                outs
            }
            _ => Vec::new(),
        }
    }

    fn own_bare(&self, name: &str) -> String {
        let own = self.own(name);
        own.split('/').next().unwrap_or_default().to_owned()
    }

    /// Members are told where their room is, as soon as it lets them in.
    pub fn welcome(&mut self, name: &str, invitations: Vec<(String, Element)>) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            // Nothing is known of the room, so nothing can be waited for.
            let all = invitations.into_iter();
            return all.map(|(_, invitation)| Out::Send(invitation)).collect();
        };
        for (bare, invitation) in invitations {
            room.roster.welcome(bare, invitation);
        }
        self.keep_step(name)
    }

    /// Reads the lists of a room, and its settings if it is not we who just made them.
    pub(super) fn check(&mut self, name: &str, settings: bool, now: Instant) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        if !room.roster.begin_reading(now) {
            return Vec::new();
        }
        let purpose = room.purpose;
        let list = |one: Affiliation| {
            let asked = Asked::List(name.to_owned(), one);
            self.ask(name, false, muc::list(one), asked)
        };
        let mut outs: Vec<Out> = Affiliation::LISTED.into_iter().map(list).collect();
        if settings {
            let form = Element::bare("query", muc::OWNER);
            let asked = Asked::Reform(name.to_owned(), false);
            outs.push(self.ask(name, false, form, asked));
            if let Purpose::Clan(tag, true) = purpose {
                outs.push(self.ask_halls(tag));
            }
        }
        outs
    }

    /// Sends what is due once the lists are known: changes of them, hats, the subject, invitations.
    fn keep_step(&mut self, name: &str) -> Vec<Out> {
        let own = self.own(name);
        let open = |room: &&mut Room| room.stage == Stage::Open && room.roster.is_read();
        let Some(room) = self.rooms.get_mut(name).filter(open) else {
            return Vec::new();
        };
        let roster = &mut room.roster;
        roster.plan();
        let mut asks = Vec::new();
        while let Some((bare, affiliation)) = roster.next_mend() {
            let asked = Asked::Affiliation(name.to_owned(), bare.clone());
            asks.push((muc::affiliate(&bare, affiliation), asked));
        }
        for (give, bare, title) in roster.next_hats() {
            let change = match give {
                true => muc::give_hat(&bare, &title),
                false => muc::take_hat(&bare, &title),
            };
            asks.push((change, Asked::Favour(name.to_owned())));
        }
        let subject = roster.next_subject();
        let subject = subject.map(|text| Out::Send(muc::subject(&own, name, &text)));
        let welcomes = roster.take_welcomes();
        asks.into_iter()
            .map(|(payload, asked)| self.ask(name, true, payload, asked))
            .chain(subject)
            .chain(welcomes.into_iter().map(Out::Send))
            .collect()
    }

    /// A room of a clan has answered, or never will.
    pub(super) fn hall_heard(&mut self, asked: &Asked, heard: &Heard) -> Vec<Out> {
        match (asked, heard) {
            (Asked::Razed(tag, private, name), Heard::Result(_) | Heard::Error(_)) => {
                if let Heard::Error(iq) = heard {
                    tracing::warn!(
                        room = name,
                        condition = muc::condition(iq),
                        "a clan's room could not be ended, and is left"
                    );
                }
                let gone = News::HallGone(*tag, *private, name.clone());
                vec![Out::Call(Call::News(gone), None)]
            }
            (Asked::List(name, one), Heard::Result(iq)) => {
                self.listed(name, *one, muc::read_list(iq, *one))
            }
            (Asked::List(name, _), _) => {
                if let Some(room) = self.rooms.get_mut(name) {
                    room.roster.not_listed();
                }
                Vec::new()
            }
            (Asked::Affiliation(name, bare), _) => {
                if let Heard::Error(iq) = heard {
                    tracing::warn!(
                        room = name,
                        condition = muc::condition(iq),
                        "a room of ours refused a change"
                    );
                }
                if let Some(room) = self.rooms.get_mut(name) {
                    let taken = matches!(heard, Heard::Result(_));
                    room.roster.mended(bare, taken);
                }
                self.keep_step(name)
            }
            (Asked::Reform(name, ours), Heard::Result(iq)) => self.reform(name, *ours, iq),
            (Asked::Reformed(name), _) => {
                if let Some(room) = self.rooms.get_mut(name) {
                    room.roster.reforming = false;
                }
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    fn listed(&mut self, name: &str, one: Affiliation, people: Vec<String>) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        let Some(by_hand) = room.roster.listed(one, people) else {
            return Vec::new();
        };
        let nick_of = |bare: &str| {
            let sits = |full: &String| full.split('/').next() == Some(bare);
            let found = room.occupants.iter().find(|(_, full)| sits(full));
            found.map(|(nick, _)| nick.clone())
        };
        let line = room.roster.set_back(&by_hand, nick_of);
        let mut outs = self.keep_step(name);
        if let Some(line) = line {
            tracing::warn!(
                room = name,
                changes = by_hand.len(),
                "the lists of a clan's room differ from its roster, and are set back"
            );
            outs.extend(self.say_aloud(name, line));
        }
        outs
    }

    fn say_aloud(&mut self, name: &str, line: String) -> Vec<Out> {
        let id = format!("house-{:016x}", rand::random::<u64>());
        self.say(name, &id, &Words::line(line), None)
    }

    /// The settings as the room has them: ours are set again where they differ, or where the clan's name did.
    fn reform(&mut self, name: &str, ours: bool, iq: &Element) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(name) else {
            return Vec::new();
        };
        let Some(setup) = &room.setup else {
            return Vec::new();
        };
        let by_hand = setup.differs(iq);
        if !ours && !by_hand {
            return Vec::new();
        }
        let form = setup.fill(iq);
        room.roster.reforming = true;
        let mut outs = vec![self.ask(name, true, form, Asked::Reformed(name.to_owned()))];
        if by_hand {
            tracing::warn!(
                room = name,
                "the settings of a clan's room were changed by hand, and are set back"
            );
            outs.extend(self.say_aloud(name, SETTINGS_CHANGED.to_owned()));
        }
        outs
    }

    /// Somebody is in a clan's room, or is shown with something new.
    pub(super) fn in_hall(
        &mut self,
        seen: &RoomPresence<'_>,
        bare: &str,
        hats: Vec<String>,
        is_new: bool,
        now: Instant,
    ) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(seen.room) else {
            return Vec::new();
        };
        let open = room.stage == Stage::Open;
        let roster = &mut room.roster;
        let affiliation = seen.affiliation.filter(|_| open);
        if affiliation.is_some_and(|affiliation| roster.doubts(bare, affiliation)) {
            roster.check_soon(now);
        }
        let hats_changed = roster.noted_hats(bare, hats);
        let line = (open && is_new)
            .then(|| roster.introduce(bare, seen.nick, now))
            .flatten();
        let mut outs = Vec::new();
        if open && hats_changed {
            outs.extend(self.keep_step(seen.room));
        }
        if let Some(line) = line {
            outs.extend(self.say_aloud(seen.room, line));
        }
        outs
    }

    /// Somebody is in a clan's room no more; how they went may be by hand.
    pub(super) fn out_of_hall(&mut self, seen: &RoomPresence<'_>, bare: &str, now: Instant) {
        let Some(room) = self.rooms.get_mut(seen.room) else {
            return;
        };
        let said = seen.affiliation.filter(|_| room.stage == Stage::Open);
        if said.is_some_and(|affiliation| room.roster.doubts(bare, affiliation)) {
            room.roster.check_soon(now);
        }
    }

    /// What a room says of itself in a message: its subject, who became what, that its settings were changed.
    pub fn heed(&mut self, message: &Element, now: Instant) {
        let from = message.attr("from").unwrap_or_default();
        let (name, nick) = from.split_once('/').unwrap_or((from, ""));
        let Some(room) = self.rooms.get_mut(name) else {
            return;
        };
        if !matches!(room.purpose, Purpose::Clan(..)) {
            return;
        }
        let open = room.stage == Stage::Open;
        if let Some(subject) = muc::read_subject(message)
            && room.roster.heard_subject(subject)
            && open
        {
            room.roster.check_soon(now);
        }
        if !open || !nick.is_empty() {
            return;
        }
        if let Some((bare, affiliation)) = muc::read_change(message)
            && room.roster.doubts(&bare, affiliation)
        {
            room.roster.check_soon(now);
        }
        if muc::says_changed(message) && !room.roster.reforming {
            room.roster.check_soon(now);
        }
    }

    /// The clan is no more: its room ends, now or as soon as we are in.
    pub(super) fn raze(&mut self, name: &str, clan: ClanTag, private: bool) -> Vec<Out> {
        let purpose = Purpose::Clan(clan, private);
        let Some(room) = self.rooms.get_mut(name) else {
            if self.admit_hall(name, purpose, Claim::Ours)
                && let Some(room) = self.rooms.get_mut(name)
            {
                room.roster.ends = true;
            }
            return Vec::new();
        };
        // While it is being configured we are in, and know that we own it.
        if !matches!(room.stage, Stage::Open | Stage::Configuring) {
            room.roster.ends = true;
            return Vec::new();
        }
        let id = format!("house-{:016x}", rand::random::<u64>());
        let words = Words::line("The clan is disbanded, and this room ends.");
        let word = muc::say(&self.occupant(purpose), name, &id, &words, None);
        let asked = Asked::Razed(clan, private, name.to_owned());
        let end = self.ask(name, true, muc::destroy("The clan is disbanded."), asked);
        self.rooms.remove(name);
        vec![Out::Send(word), end]
    }

    /// Whether enough was tried; the rooms of clans are never given up.
    pub(super) fn is_given_up(room: &Room) -> bool {
        room.tries >= MAX_TRIES && !matches!(room.purpose, Purpose::Clan(..))
    }
}
