//! Windows of effects become stanzas here.
//!
//! Messages go out at once; what belongs into a room or a feed goes through [`Rooms`] and [`Feeds`], which hold it until
//! the place is known to be ours. A window is done when nothing of it is held, or when a slow service has been waited for
//! long enough: refereeing never waits for a feed.

mod notice;

use std::time::{Duration, Instant};

use minidom::{Element, ElementBuilder};
use xmpp_parsers::ns;

use super::event;
use super::feeds::Feeds;
use super::muc;
use super::mug::Mug;
use super::nodes::Nodes;
use super::out::{Heard, Out, Then};
use super::presence::Presence;
use super::reach::Reach;
use super::roll::Roll;
use super::rooms::{Author, Rooms};
use super::rosters::Rosters;
use super::services::{Service, Services};
use super::stanza::{CONTACT, Head, address, leaf};
use crate::commands::{Answer, Regulars, Seen, Standing};
use crate::engine::{About, Act, Addressee, Contact, Note, Sending};
use crate::kit::{ClanTag, MatchId};

/// How long a window waits for rooms and feeds.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is known of the world before the first connection.
pub struct Setup {
    /// Our domain.
    pub domain: String,
    /// The MUC service, if the config names one.
    pub muc: Option<String>,
    /// The pubsub service, if the config names one.
    pub pubsub: Option<String>,
    /// The name of the lobby on the MUC service.
    pub lobby: String,
    /// What rides on every presence of `referee@R`.
    pub face: Vec<Element>,
    /// Whether an invalid turn puts a MUG client out of its match.
    pub kick: bool,
    /// Who is no stranger.
    pub regulars: Regulars,
}

/// Everything that goes out to rooms, feeds, contacts and people.
pub struct Delivery {
    domain: String,
    services: Services,
    rooms: Rooms,
    feeds: Feeds,
    nodes: Nodes,
    presence: Presence,
    mug: Mug,
    reach: Reach,
    roll: Roll,
    rosters: Rosters,
    /// What the journal holds; none until the writer has told it on this connection.
    standing: Option<Standing>,
    /// What is for rooms and feeds, until the services are found or given up.
    held: Vec<Sending>,
    /// The services for which rooms and feeds were last entered.
    stood: Option<(Service, Service)>,
    /// When the window's patience ends.
    until: Option<Instant>,
}

impl Delivery {
    /// Nothing is sent before [`Delivery::up`].
    pub fn new(setup: Setup) -> Delivery {
        Delivery {
            services: Services::new(&setup.domain, setup.muc, setup.pubsub),
            rooms: Rooms::new(&setup.domain, &setup.lobby),
            feeds: Feeds::new(&setup.domain),
            nodes: Nodes::new(&setup.domain),
            presence: Presence::new(&setup.domain, setup.face, setup.regulars),
            mug: Mug::new(&setup.domain, setup.kick),
            reach: Reach::new(&setup.domain),
            roll: Roll::new(&setup.domain),
            rosters: Rosters::new(&setup.domain),
            domain: setup.domain,
            standing: None,
            held: Vec::new(),
            stood: None,
            until: None,
        }
    }

    /// A connection is there. Ask the writer for what stands, and give that to [`Delivery::stand`].
    pub fn up(&mut self) -> Vec<Out> {
        self.down();
        self.services.begin()
    }

    /// The connection is gone, and with it the window.
    pub fn down(&mut self) {
        self.standing = None;
        self.held.clear();
        self.stood = None;
        self.until = None;
        self.rooms.down();
        self.reach.down();
        self.feeds.down();
        self.nodes.down();
        self.presence.down();
        self.mug.down();
        self.roll.down();
        self.rosters.down();
    }

    /// What the journal holds: contacts are told at once, rooms and feeds as soon as their services are known.
    pub fn stand(&mut self, standing: Standing, now: Instant) -> Vec<Out> {
        let mut outs = self.presence.stand(&standing.contacts, now);
        outs.extend(self.reach.stand(&standing.clocked, now));
        let seen = standing.contacts.iter();
        let seen = seen.filter(|(_, contact)| !matches!(contact, Contact::Match(_)));
        self.roll.stand(seen.map(|(bare, _)| bare.clone()), now);
        self.rooms.mutes(standing.mutes);
        self.mug.mutes(standing.mutes);
        outs.extend(self.mug.up());
        self.standing = Some(standing);
        outs.extend(self.settle(now));
        outs
    }

    /// Goes on once both the journal and the services are known, and again when a missing service has been found.
    fn settle(&mut self, now: Instant) -> Vec<Out> {
        let found = (self.services.muc().clone(), self.services.pubsub().clone());
        let sought = found.0 == Service::Sought || found.1 == Service::Sought;
        let Some(standing) = self
            .standing
            .as_ref()
            .filter(|_| !sought && self.stood.as_ref() != Some(&found))
        else {
            return Vec::new();
        };
        let before = self.stood.replace(found.clone());
        let mut outs = Vec::new();
        if before.as_ref().is_none_or(|before| before.0 != found.0) {
            outs.extend(self.rooms.stand(
                found.0.address(),
                &standing.rooms,
                standing.lobby.as_deref(),
                &standing.halls,
                now,
            ));
        }
        if before.as_ref().is_none_or(|before| before.1 != found.1) {
            outs.extend(
                self.feeds
                    .stand(found.1.address(), standing.news.as_deref()),
            );
            outs.extend(self.feeds.stand_keys(&standing.keys));
            outs.extend(self.nodes.stand(found.1.address(), &standing.clans, now));
        }
        for sending in std::mem::take(&mut self.held) {
            outs.extend(self.place(sending, now));
        }
        outs
    }

    /// Whether windows may come: the journal is known. Nobody's message waits for a service.
    pub fn stands(&self) -> bool {
        self.standing.is_some()
    }

    /// Whether the services are found or missing, too.
    pub fn is_settled(&self) -> bool {
        self.stood.is_some()
    }

    /// From now on, unconfirmed effects wait for rooms and feeds that are being made, but not for ever.
    pub fn wait(&mut self, now: Instant) {
        self.until = Some(now + PATIENCE);
    }

    /// Effects to send. They may be confirmed once everything that was given [is done](Delivery::is_done).
    pub fn window(&mut self, window: Vec<Sending>, now: Instant) -> Vec<Out> {
        window
            .into_iter()
            .flat_map(|sending| self.send(sending, now))
            .collect()
    }

    /// Whether everything of the window has been given to the link, as far as waiting for it is worth while.
    pub fn is_done(&self, now: Instant) -> bool {
        let places = self.rooms.is_busy() || self.feeds.is_busy() || self.nodes.is_busy();
        let held = places || !self.held.is_empty();
        !held || self.until.is_none_or(|until| until <= now)
    }

    /// The server's pubsub service, when there is one.
    pub fn pubsub(&self) -> Option<&str> {
        self.services.pubsub().address()
    }

    /// The node where the keys are published, once it is ours.
    pub fn keys_node(&self) -> Option<&str> {
        self.feeds.keys_node()
    }

    fn send(&mut self, sending: Sending, now: Instant) -> Vec<Out> {
        if let Act::Mute { on: true, .. } = &sending.effect.act {
            self.mug.mutes(true);
        }
        match &sending.effect.act {
            Act::Tell(note) => {
                let stanzas = sending
                    .to
                    .iter()
                    .filter_map(|to| tell(&self.domain, &sending.effect.id, note, to));
                let mut outs: Vec<Out> = stanzas.map(Out::Send).collect();
                sending
                    .to
                    .iter()
                    .flat_map(|to| to.others.iter().chain([&to.jid]))
                    .for_each(|address| self.presence.stir(address, now));
                for to in sending.to.iter().filter(|to| to.on_clock) {
                    outs.extend(self.reach.expect(&to.jid, note.turn.is_some(), now));
                }
                outs
            }
            Act::Status { game } => {
                self.presence.changed(*game, now);
                self.mug.changed(*game)
            }
            Act::Part { addresses } => {
                let each = addresses.iter();
                each.flat_map(|bare| self.presence.part(bare)).collect()
            }
            Act::Contacts {
                clan,
                group,
                add,
                aloud,
                ..
            } => {
                let id = &sending.effect.id;
                self.rosters
                    .contacts((*clan, group), *add, *aloud, &sending.to, id)
            }
            Act::ClanStatus { clan } => {
                self.presence.clan_changed(*clan, now);
                Vec::new()
            }
            _ if self.stands() && !self.is_settled() => {
                self.held.push(sending);
                Vec::new()
            }
            _ => self.place(sending, now),
        }
    }

    /// What belongs into a room or a feed.
    fn place(&mut self, sending: Sending, now: Instant) -> Vec<Out> {
        let id = sending.effect.id.as_str();
        match &sending.effect.act {
            Act::Announce {
                room, words, event, ..
            } => self.rooms.say(room, id, words, event.as_ref()),
            Act::Lobby { words } => self.rooms.say_in_lobby(id, words),
            Act::OpenRoom { game, hidden, .. } => {
                let players: Vec<String> = sending.to.iter().map(|to| to.jid.clone()).collect();
                let bots = !players.is_empty() && sending.to.iter().all(|to| to.bot);
                self.rooms.open(*game, &players, bots, *hidden, now)
            }
            Act::Admit { game, room, .. } => {
                let mut outs = (self.rooms).admit(room, heard_in_rooms(&sending.to));
                let people = sending.to.iter().filter(|to| !to.bot);
                outs.extend(people.map(|to| Out::Send(lead(&self.domain, id, *game, room, to))));
                outs
            }
            Act::Voice { room, on: true, .. } => {
                self.rooms.admit(room, heard_in_rooms(&sending.to))
            }
            Act::Voice { room, .. } => self.rooms.hush(room, sending.to.iter().flat_map(addresses)),
            Act::Mute { on, .. } => {
                let addresses: Vec<String> = sending.to.iter().flat_map(addresses).collect();
                self.rooms.mute(&addresses, *on)
            }
            Act::Housekeep { clan } => self.rooms.housekeep(*clan),
            Act::InHall {
                room, words, event, ..
            } => self.rooms.say(room, id, words, event.as_ref()),
            Act::Welcome { clan, room, .. } => {
                let people = sending.to.iter().filter(|to| !to.bot);
                let invitation = |to: &Addressee| {
                    let stanza = welcome(&self.domain, id, *clan, room, &to.jid);
                    (to.jid.clone(), stanza)
                };
                let invitations = people.map(invitation).collect();
                self.rooms.welcome(room, invitations)
            }
            Act::CloseRoom { room, words } => self.rooms.close(room, id, words, now),
            Act::OpenFeed { game } => self.feeds.open(*game),
            Act::CloseFeed { node } => self.feeds.close(node),
            Act::Publish { node, item } => self.feeds.publish(node, item),
            Act::Tell(_)
            | Act::Status { .. }
            | Act::ClanStatus { .. }
            | Act::Contacts { .. }
            | Act::Part { .. } => Vec::new(),
            Act::Nodes { clan } => self.nodes.changed(*clan),
            Act::Post {
                clan, sees, item, ..
            } => self.nodes.post(*clan, *sees, item),
            Act::Retract { clan, sees, item } => self.nodes.retract(*clan, *sees, item),
        }
    }
}

/// The addresses of the people who get voice: an admin may have muted some.
fn heard_in_rooms(people: &[Addressee]) -> impl Iterator<Item = String> {
    people.iter().filter(|to| !to.muted).flat_map(addresses)
}

fn addresses(to: &Addressee) -> Vec<String> {
    [vec![to.jid.clone()], to.others.clone()].concat()
}

/// What arrives.
impl Delivery {
    /// A presence, from a room of ours or about contacts.
    pub fn presence(&mut self, stanza: &Element, now: Instant) -> Vec<Out> {
        if stanza
            .attr("from")
            .is_some_and(|from| self.is_service(from))
        {
            return self.rooms.presence(stanza, now);
        }
        match self.mug.presence(stanza, now) {
            Some(outs) => outs,
            None => {
                let mut outs = self.presence.presence(stanza);
                outs.extend(self.seen(stanza, now));
                outs
            }
        }
    }

    /// What a presence says of somebody who has an address of ours as a contact.
    fn seen(&mut self, stanza: &Element, now: Instant) -> Vec<Out> {
        match Head::read(stanza) {
            Some(head) if self.presence.is_contact(&head.from.bare) => {
                self.roll.presence(stanza, &head, now)
            }
            Some(head) => self.roll.forget(&head.from.bare, now),
            None => Vec::new(),
        }
    }

    /// A message that may be one of a MUG client; none when it is for another door.
    pub fn mug_message(&mut self, stanza: &Element, now: Instant) -> Option<Vec<Out>> {
        let from = stanza.attr("from")?;
        let outs = (!self.is_service(from)).then(|| self.mug.message(stanza, now))??;
        Some(self.with_lag(outs))
    }

    /// A message that came back from somebody who may have had a MUG client.
    pub fn mug_bounced(&mut self, stanza: &Element) -> Vec<Out> {
        self.mug.bounced(stanza)
    }

    /// An IQ that may be one of a MUG client; none when it is for another door.
    pub fn mug_iq(&mut self, stanza: &Element, now: Instant) -> Option<Vec<Out>> {
        let from = stanza.attr("from")?;
        (!self.is_service(from)).then(|| self.mug.iq(stanza, now))?
    }

    /// Clients in a match, and how many of them play.
    pub fn occupants(&self, game: MatchId) -> (usize, usize) {
        self.mug.occupants(game)
    }

    /// What a room says of itself.
    pub fn heed(&mut self, stanza: &Element, now: Instant) -> Vec<Out> {
        self.rooms.heed(stanza, now);
        self.rooms.overhear(stanza)
    }

    /// A message in which a server says what it lets us do; false when it is for another door.
    pub fn privileges(&mut self, message: &Element, head: &Head) -> bool {
        self.rosters.privileges(message, head)
    }

    /// A message of type `error`.
    pub fn message_error(&mut self, stanza: &Element, now: Instant) {
        self.rooms.message_error(stanza, now);
    }

    /// Who wrote a groupchat message, if it came from a room of ours and a real address is known.
    pub fn author<'a>(&'a self, message: &'a Element) -> Option<Author<'a>> {
        self.rooms.author(message)
    }

    /// Whether an address is on the service that holds our rooms or our feeds: nobody there is a person.
    pub fn is_service(&self, address: &str) -> bool {
        let bare = address.split('/').next().unwrap_or_default();
        let domain = bare.rsplit('@').next().unwrap_or_default();
        self.rooms.is_service(domain) || self.feeds.is_service(domain)
    }

    /// A question has been answered, or never will be.
    pub fn heard(&mut self, then: Then, heard: &Heard, now: Instant) -> Vec<Out> {
        match then {
            Then::Services(asked) => {
                let mut outs = self.services.heard(asked, heard, now);
                outs.extend(self.settle(now));
                outs
            }
            Then::Rooms(asked) => self.rooms.heard(&asked, heard, now),
            Then::Feeds(asked) => self.feeds.heard(asked, heard),
            Then::Nodes(asked) => self.nodes.heard(asked, heard, now),
            Then::Reach(asked) => self.reach.heard(asked, heard, now),
            Then::Rosters(asked) => self.rosters.heard(asked, heard),
            Then::Domain(..) | Then::Presence(_) | Then::Mug(_) | Then::Roll => Vec::new(),
        }
    }

    /// The writer has answered.
    pub fn answered(&mut self, then: &Then, answer: &Answer, now: Instant) -> Vec<Out> {
        match then {
            Then::Rooms(asked) => self.rooms.answered(asked, answer, now),
            Then::Feeds(asked) => self.feeds.answered(asked, answer),
            Then::Nodes(asked) => self.nodes.answered(asked, answer, now),
            Then::Presence(asked) => self.presence.answered(asked, answer, now),
            Then::Mug(asked) => self.mug.answered(asked, answer, now),
            Then::Roll => {
                if let Answer::Seen(Seen::Clans(tags)) = answer {
                    (tags.iter()).for_each(|tag| self.presence.clan_changed(*tag, now));
                }
                Vec::new()
            }
            Then::Domain(..) | Then::Services(_) | Then::Reach(_) | Then::Rosters(_) => Vec::new(),
        }
    }

    /// This person did something: what waits for them may have changed.
    pub fn stir(&mut self, bare: &str, now: Instant) {
        self.presence.stir(bare, now);
    }

    /// When [`Delivery::tick`] is next needed.
    pub fn next_wake(&self) -> Option<Instant> {
        let wakes = [
            self.services.next_wake(),
            self.rooms.next_wake(),
            self.nodes.next_wake(),
            self.presence.next_wake(),
            self.mug.next_wake(),
            self.reach.next_wake(),
            self.roll.next_wake(),
            self.until,
        ];
        wakes.into_iter().flatten().min()
    }

    /// Sees to what is due.
    pub fn tick(&mut self, now: Instant) -> Vec<Out> {
        if self.until.is_some_and(|until| until <= now) {
            self.until = None;
        }
        let mut outs = self.services.tick(now);
        outs.extend(self.rooms.tick(now));
        outs.extend(self.nodes.tick(now));
        outs.extend(self.presence.tick(now));
        outs.extend(self.mug.tick(now));
        outs.extend(self.reach.tick(now));
        outs.extend(self.roll.tick(now));
        outs
    }

    /// The process ends in order: rooms and contacts are told.
    pub fn farewell(&mut self) -> Vec<Out> {
        let mut outs = self.rooms.farewell();
        outs.extend(self.presence.farewell());
        outs.extend(self.mug.farewell());
        outs
    }
}

/// A message to one addressee; none when there is nothing for a program to read.
fn tell(domain: &str, id: &str, note: &Note, to: &Addressee) -> Option<Element> {
    if to.bot {
        return hint(domain, id, note, to);
    }
    if note.words.0.is_empty() {
        return None;
    }
    let message = message(&format!("{CONTACT}@{domain}"), &to.jid, id, "chat")
        .append(leaf("body", ns::DEFAULT_NS, &note.words.body()))
        .append_all(thread(note).map(|thread| leaf("thread", ns::DEFAULT_NS, &thread)))
        .append_all(note.event.as_ref().map(event::element))
        .append_all((!note.words.has_board()).then(|| Element::bare("unstyled", muc::STYLING)))
        // A turn must be found later on another device, however the archive is set up.
        .append_all(note.turn.map(|_| Element::bare("store", HINTS)));
    Some(message.build())
}

/// Messages about one match, or one clan, belong together.
fn thread(note: &Note) -> Option<String> {
    let clan = note.clan.map(|tag| About::Clan(tag).local());
    note.about.map(|game| game.to_string()).or(clan)
}

/// To a program: the event alone, from the address of what it is about, for nobody's archive.
fn hint(domain: &str, id: &str, note: &Note, to: &Addressee) -> Option<Element> {
    let event = note.event.as_ref()?;
    let from = format!("{}@{domain}", event.about.local());
    let message = message(&from, &to.jid, id, "headline")
        .append(event::element(event))
        .append(Element::bare("no-store", HINTS))
        .append(Element::bare("no-permanent-store", HINTS));
    Some(message.build())
}

/// Where the members' room of a clan is, as a text and as an invitation. Nobody can write into others' bookmarks.
fn welcome(domain: &str, id: &str, clan: ClanTag, room: &str, to: &str) -> Element {
    let text = format!(
        "[{clan}] The members' room is {room}. Open xmpp:{room}?join and bookmark it, so that your client comes back to it by itself."
    );
    message(&format!("{CONTACT}@{domain}"), to, id, "chat")
        .append(leaf("body", ns::DEFAULT_NS, &text))
        .append(leaf("thread", ns::DEFAULT_NS, &About::Clan(clan).local()))
        .append(muc::invitation(room, &format!("clan {clan}")))
        .append(Element::bare("unstyled", muc::STYLING))
        .build()
}

/// Where the room is, as a text; as an invitation too for whoever wants that, since clients show one as a dialog over the board.
fn lead(domain: &str, id: &str, game: MatchId, room: &str, to: &Addressee) -> Element {
    let text = format!("[{game}] Others may watch in the match's room: xmpp:{room}?join");
    let invitation = muc::invitation(room, &format!("match {game}"));
    message(&format!("{CONTACT}@{domain}"), &to.jid, id, "chat")
        .append(leaf("body", ns::DEFAULT_NS, &text))
        .append(leaf("thread", ns::DEFAULT_NS, &game.to_string()))
        .append_all(to.invitations.then_some(invitation))
        .append(Element::bare("unstyled", muc::STYLING))
        .build()
}

const HINTS: &str = "urn:xmpp:hints";

fn message(from: &str, to: &str, id: &str, kind: &str) -> ElementBuilder {
    address("message", from, to, Some(id), kind).append(muc::origin_id(id))
}

#[cfg(test)]
mod tests;
