//! Invitations, refusals of them, private messages, and what occupants say to all: plain text, to people who are here.

use std::time::Instant;

use minidom::Element;
use xmpp_parsers::ns;

use super::enter::outside;
use super::errors::{self, Fault};
use super::room::{Invitation, Room, Session, at};
use super::words::{self, USER};
use super::{Asked, MAX_INVITATIONS, MAX_INVITED_AT_ONCE, MAX_TALK, Mug, error};
use crate::commands::{Answer, Seen, Sight};
use crate::kit::MatchId;
use crate::xmpp::out::Out;
use crate::xmpp::stanza::{Address, Condition, Head, attribute, el, leaf, writable};

/// Somebody invites somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inviting {
    /// The match.
    pub game: MatchId,
    /// Bare JID of the inviter.
    pub bare: String,
    /// The inviter's client.
    pub full: String,
    /// The address by which it knows the match.
    pub address: String,
    /// The id of its message.
    pub id: Option<String>,
    /// The invited, as written.
    pub written: String,
    /// Why.
    pub reason: String,
}

impl Mug {
    /// Invitations and refusals of them.
    pub(super) fn invitations(
        &mut self,
        game: MatchId,
        head: &Head,
        stanza: &Element,
        element: &Element,
    ) -> Vec<Out> {
        let named = |name| element.children().filter(move |child| child.is(name, USER));
        if let Some(decline) = named("decline").next() {
            return self.declined(game, head, decline);
        }
        let refuse = |no: &Fault| {
            let back = (head.to.bare.as_str(), head.from.full.as_str());
            let echo: Vec<&Element> = stanza.children().collect();
            vec![error("message", back, head.id.as_deref(), &echo, no)]
        };
        let room = self.rooms.get(&game);
        if room.is_none_or(|room| room.session(&head.from.full).is_none()) {
            return refuse(&outside(&head.to.bare));
        }
        let invites: Vec<&Element> = named("invite").collect();
        if invites.is_empty() || invites.len() > MAX_INVITED_AT_ONCE {
            let text = format!("Invite 1 to {MAX_INVITED_AT_ONCE} people at a time.");
            return refuse(&Fault::new(Condition::BadRequest, &text));
        }
        let invite = |invite: &&Element| {
            let written = invite.attr("to")?.to_owned();
            let to = self.real(&written)?;
            let inviting = Box::new(Inviting {
                game,
                bare: head.from.bare.clone(),
                full: head.from.full.clone(),
                address: head.to.bare.clone(),
                id: head.id.clone(),
                written,
                reason: reason(invite),
            });
            Some(self.look(
                &head.from.bare,
                game,
                Sight::Invite(to),
                Asked::Invite(inviting),
            ))
        };
        match invites.iter().map(invite).collect::<Option<Vec<Out>>>() {
            Some(outs) => outs,
            None => refuse(&Fault::new(Condition::ItemNotFound, "")),
        }
    }

    /// The person behind an address, which may be that of an occupant here or in another match.
    fn real(&self, written: &str) -> Option<String> {
        let address = Address::read(written)?;
        if address.domain != self.domain {
            return Some(address.bare);
        }
        let game: MatchId = address.local.as_deref()?.parse().ok()?;
        let one = self.rooms.get(&game)?.occupants.get(address.resource()?)?;
        Some(one.bare.clone())
    }

    /// The writer has said whether somebody may be invited.
    pub(super) fn invited(&mut self, inviting: &Inviting, answer: &Answer) -> Vec<Out> {
        let head = (inviting.address.as_str(), inviting.full.as_str());
        let Answer::Seen(Seen::Guest(jid, spoke)) = answer else {
            let echo = el("game", USER)
                .append(
                    el("invite", USER)
                        .attr(attribute("to"), inviting.written.as_str())
                        .build(),
                )
                .build();
            let no = errors::fault(answer);
            return vec![error(
                "message",
                head,
                inviting.id.as_deref(),
                &[&echo],
                &no,
            )];
        };
        let from = self.address(&inviting.game.to_string());
        let Some(room) = self.rooms.get_mut(&inviting.game) else {
            return Vec::new();
        };
        let Some(nick) = room.nick_of(&inviting.bare).map(str::to_owned) else {
            return Vec::new();
        };
        if room.invitations.len() >= MAX_INVITATIONS {
            room.invitations.remove(0);
        }
        room.invitations.push(Invitation {
            by: inviting.bare.clone(),
            to: jid.clone(),
            written: inviting.written.clone(),
        });
        let namespace = words::namespace(room.facts.game.id);
        // Nothing that the inviter chose freely goes to somebody who never spoke to the referee.
        let by = if *spoke {
            at(&from, &nick)
        } else {
            inviting.bare.clone()
        };
        let why = Some(inviting.reason.as_str()).filter(|why| *spoke && !why.is_empty());
        let invited = el("invited", USER)
            .attr(attribute("from"), by.as_str())
            .attr(attribute("var"), namespace.as_str())
            .append_all(why.map(|why| leaf("reason", USER, why)))
            .build();
        let name = if *spoke { &nick } else { &inviting.bare };
        let title = room.facts.game.title;
        let body = format!("{name} invites you to {title}: xmpp:{from}?play;game={namespace}");
        let message = words::message(&from, jid, None, None)
            .append(el("game", USER).append(invited).build())
            .append(leaf("body", ns::DEFAULT_NS, &body));
        vec![Out::Send(message.build())]
    }

    /// Somebody does not come; the inviter is told, if there was an invitation.
    fn declined(&mut self, game: MatchId, head: &Head, decline: &Element) -> Vec<Out> {
        let Some(room) = self.rooms.get_mut(&game) else {
            return Vec::new();
        };
        let sent = room
            .invitations
            .iter()
            .rposition(|one| one.to == head.from.bare);
        let Some(invitation) = sent.map(|place| room.invitations.remove(place)) else {
            return Vec::new();
        };
        let Some(one) = room
            .nick_of(&invitation.by)
            .and_then(|nick| room.occupants.get(nick))
        else {
            return Vec::new();
        };
        let why = reason(decline);
        let declined = el("declined", USER)
            .attr(attribute("from"), invitation.written)
            .append_all((!why.is_empty()).then(|| leaf("reason", USER, &why)))
            .build();
        let game = el("game", USER).append(declined).build();
        let tell = |to: &Session| {
            let message = words::message(&to.address, &to.full, None, None);
            Out::Send(message.append(game.clone()).build())
        };
        one.sessions.iter().map(tell).collect()
    }

    /// Whether anybody is muted.
    pub fn mutes(&mut self, any: bool) {
        self.mutes = any;
    }

    /// The writer has said whether somebody may say what they say.
    pub(super) fn may_talk(
        &mut self,
        game: MatchId,
        said: &Element,
        answer: &Answer,
        now: Instant,
    ) -> Vec<Out> {
        let Some(head) = Head::read(said) else {
            return Vec::new();
        };
        let no = match answer {
            Answer::Seen(Seen::Muted(None)) => {
                let heard = self.talk(game, &head, said, true, now);
                return heard.unwrap_or_default();
            }
            Answer::Seen(Seen::Muted(Some(why))) => Fault::new(Condition::Forbidden, why),
            other => errors::fault(other),
        };
        let back = (head.to.full.as_str(), head.from.full.as_str());
        vec![error("message", back, head.id.as_deref(), &[], &no)]
    }

    /// What somebody says, to one or to all, `may` once it is known that they are not muted; none when it is no talk of a match's occupants.
    pub(super) fn talk(
        &mut self,
        game: MatchId,
        head: &Head,
        stanza: &Element,
        may: bool,
        now: Instant,
    ) -> Option<Vec<Out>> {
        let to_all = head.kind.as_deref() == Some("groupchat");
        let nick = head.to.resource();
        let room = self.rooms.get(&game);
        // Without clients around it a match hears commands alone, at whichever of its addresses.
        if !to_all && (nick.is_none() || room.is_none()) {
            return None;
        }
        let body = stanza.get_child("body", ns::DEFAULT_NS).map(Element::text);
        let body = body.filter(|body| !body.trim().is_empty());
        let refuse = |no: &Fault| {
            let back = (head.to.full.as_str(), head.from.full.as_str());
            Some(vec![error("message", back, head.id.as_deref(), &[], no)])
        };
        let Some((own, _)) = room.and_then(|room| room.session(&head.from.full)) else {
            return refuse(&outside(&head.to.bare));
        };
        let (Some(room), Some(body)) = (room, body) else {
            return Some(Vec::new());
        };
        if body.len() > MAX_TALK {
            return refuse(&Fault::new(
                Condition::NotAcceptable,
                "That is too long to be passed on.",
            ));
        }
        let hear = match nick {
            Some(nick) if !to_all => private(room, &head.from.bare, nick),
            _ => Ok(audience(room, &head.from.bare)),
        };
        let hear = match hear {
            Ok(hear) => hear,
            Err(no) => return refuse(&no),
        };
        if !self.talk.may(&head.from.bare, now) {
            let text = "You are talking too fast; wait a moment.";
            return refuse(&Fault::new(Condition::ResourceConstraint, text));
        }
        if self.mutes && !may {
            let said = Asked::Talk(game, Box::new(stanza.clone()));
            return Some(vec![self.look(&head.from.bare, game, Sight::Muted, said)]);
        }
        let kind = if to_all { "groupchat" } else { "chat" };
        let outs = hear.iter().map(|to| {
            let message = words::message(
                &at(&to.address, own),
                &to.full,
                Some(kind),
                head.id.as_deref(),
            );
            Out::Send(
                message
                    .append(leaf("body", ns::DEFAULT_NS, &writable(&body)))
                    .build(),
            )
        });
        let outs: Vec<Out> = outs.collect();
        if let Err(no) = self.paced(game, &head.from.bare, usize::from(to_all), now) {
            return refuse(&no);
        }
        self.talk.spend(&head.from.bare, 1, now);
        Some(outs)
    }
}

fn reason(of: &Element) -> String {
    let text = of
        .get_child("reason", USER)
        .map(Element::text)
        .unwrap_or_default();
    let text = text.trim();
    if text.len() > MAX_TALK {
        String::new()
    } else {
        text.to_owned()
    }
}

/// Who hears what somebody says to all: while a match is played, spectators are heard by spectators alone.
fn audience<'a>(room: &'a Room, bare: &str) -> Vec<&'a Session> {
    let aside = room.facts.is_running() && room.facts.seat_of(bare).is_none();
    let hears = room
        .occupants
        .values()
        .filter(|one| !aside || room.facts.seat_of(&one.bare).is_none());
    hears.flat_map(|one| &one.sessions).collect()
}

/// Who hears a private message.
fn private<'a>(room: &'a Room, bare: &str, nick: &str) -> Result<Vec<&'a Session>, Fault> {
    let Some(one) = room.occupants.get(nick) else {
        let text = "Nobody of that name is here.";
        return Err(Fault::new(Condition::ItemNotFound, text));
    };
    let facts = &room.facts;
    let plays = |bare: &str| facts.seat_of(bare).is_some();
    if facts.hidden && facts.is_running() && (plays(bare) || plays(&one.bare)) {
        let text = "While this game is played its players have no private messages here.";
        return Err(Fault::new(Condition::NotAllowed, text));
    }
    if facts.is_running() && plays(&one.bare) && !plays(bare) {
        let text = "Players do not hear spectators while they play.";
        return Err(Fault::new(Condition::NotAllowed, text));
    }
    Ok(one.sessions.iter().collect())
}
