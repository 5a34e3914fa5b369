//! The IQs of a match: its configuration, roles as the owner sets them, saving and loading.

use std::time::Instant;

use minidom::Element;

use super::enter::outside;
use super::errors::{self, Fault};
use super::play::{Deed, What};
use super::room::Room;
use super::words::{self, OWNER, USER};
use super::{Asked, LOADED_LASTS, MAX_LOADED, Mug};
use crate::commands::{Answer, Seen, Sight};
use crate::kit::MatchId;
use crate::xmpp::out::Out;
use crate::xmpp::stanza::{Address, Back, Condition, Head, attribute, el};

impl Mug {
    /// An IQ in the owner's namespace.
    pub(super) fn owner(
        &mut self,
        game: MatchId,
        head: &Head,
        stanza: &Element,
        asked: &Element,
    ) -> Vec<Out> {
        let back = Back::to(stanza);
        if asked.name() == "load" {
            // Nobody is in a saved match, so whoever asks is outside.
            let sight = Sight::Table {
                since: u32::MAX,
                nick: None,
            };
            let by = head.from.clone();
            return vec![self.look(&head.from.bare, game, sight, Asked::Load { game, by, back })];
        }
        let refuse = |no: &Fault| vec![Out::Send(back.error_with(no.element()))];
        let room = self.rooms.get_mut(&game);
        let Some(room) = room.filter(|room| room.session(&head.from.full).is_some()) else {
            return refuse(&outside(&head.to.bare));
        };
        match asked.name() {
            "save" => self.save(game, head, back),
            "query" => match query(room, head, asked) {
                Ok((payload, changed)) => {
                    let mut outs = vec![Out::Send(back.result(payload))];
                    outs.extend(changed);
                    outs
                }
                Err(no) => refuse(&no),
            },
            _ => refuse(&Fault::new(Condition::NotImplemented, "")),
        }
    }

    /// A player wants the match to be put away: it is, once the other agrees.
    fn save(&self, game: MatchId, head: &Head, back: Back) -> Vec<Out> {
        let (bare, full) = (&head.from.bare, &head.from.full);
        let deed = Box::new(Deed {
            game,
            what: What::Save,
            bare: bare.clone(),
            full: full.clone(),
            address: head.to.bare.clone(),
            id: None,
            echo: None,
            back: Some(back),
        });
        vec![self.command(
            (bare, full),
            Some(game),
            "adjourn",
            Vec::new(),
            Asked::Did(deed),
        )]
    }

    /// The writer has shown a match that somebody wants to load.
    pub(super) fn load(
        &mut self,
        game: MatchId,
        by: &Address,
        back: &Back,
        answer: &Answer,
        now: Instant,
    ) -> Vec<Out> {
        let refuse = |no: &Fault| vec![Out::Send(back.error_with(no.element()))];
        let Answer::Seen(Seen::Table(table)) = answer else {
            return refuse(&errors::fault(answer));
        };
        if table.viewer.is_none() {
            let text = "Only a player of this match can load it.";
            return refuse(&Fault::new(Condition::Forbidden, text));
        }
        if table.stage != "adjourned" {
            let text = "This match is not saved.";
            return refuse(&Fault::new(Condition::NotAllowed, text));
        }
        if self.loaded.len() >= MAX_LOADED && !self.loaded.contains_key(&game) {
            let text = "Too many matches are being loaded; try again later.";
            return refuse(&Fault::new(Condition::ResourceConstraint, text));
        }
        let fresh = self.loaded.insert(game, now + LOADED_LASTS).is_none();
        let mut outs = vec![Out::Send(back.result(None))];
        let from = self.address(&game.to_string());
        let players = table.players.iter().map(|(_, one)| one);
        let others = players.filter(|seat| fresh && !seat.is(&by.bare));
        outs.extend(others.filter(|seat| !seat.jid.is_empty()).map(|seat| {
            let invited = el("invited", USER)
                .attr(attribute("from"), from.as_str())
                .attr(attribute("var"), words::namespace(table.game.id))
                .build();
            let message = words::message(&from, &seat.jid, None, None);
            Out::Send(
                message
                    .append(el("game", USER).append(invited).build())
                    .build(),
            )
        }));
        outs
    }
}

type Answered = (Option<Element>, Vec<Out>);

/// What the owner may ask and set. Terms do not change once they are offered.
fn query(room: &mut Room, head: &Head, asked: &Element) -> Result<Answered, Fault> {
    let no = |condition, text: &str| Err(Fault::new(condition, text));
    let set = head.kind.as_deref() == Some("set");
    let items: Vec<&Element> = asked
        .children()
        .filter(|child| child.is("item", OWNER))
        .collect();
    if items.iter().any(|item| item.attr("affiliation").is_some()) {
        return no(
            Condition::NotImplemented,
            "Who owns a match and who may enter it is settled when it is made.",
        );
    }
    if !room.facts.owner.is(&head.from.bare) {
        return no(Condition::Forbidden, "Only the challenger may do that.");
    }
    let query = || el("query", OWNER);
    match (items.as_slice(), set) {
        ([], false) => Ok((
            Some(query().append(Element::bare("options", OWNER)).build()),
            Vec::new(),
        )),
        ([], true) => no(
            Condition::NotAllowed,
            "The terms of a match do not change once they are offered. Withdraw it and make another.",
        ),
        ([item], false) if item.attr("role") == Some("all") => {
            let roles = room.occupants.iter().map(|(nick, one)| {
                el("item", OWNER)
                    .attr(attribute("role"), room.shows(one, true).role)
                    .attr(attribute("nick"), nick.as_str())
                    .build()
            });
            Ok((Some(query().append_all(roles).build()), Vec::new()))
        }
        (_, false) => no(Condition::BadRequest, ""),
        (items, true) => set_roles(room, items).map(|outs| (None, outs)),
    }
}

/// Gives free roles to occupants, or takes claims away: before play only, and nobody plays who does not start.
fn set_roles(room: &mut Room, items: &[&Element]) -> Result<Vec<Out>, Fault> {
    let no = |condition, text: &str| Err(Fault::new(condition, text));
    if !room.facts.is_waiting() {
        return no(
            Condition::NotAllowed,
            "Roles do not change once play has begun.",
        );
    }
    let mut claims = room.claims.clone();
    for item in items {
        let (Some(role), Some(nick)) = (item.attr("role"), item.attr("nick")) else {
            return no(Condition::BadRequest, "");
        };
        let Some(one) = room.occupants.get(nick) else {
            return no(Condition::ItemNotFound, "");
        };
        let sides = room.facts.sides.clone();
        let side = sides
            .iter()
            .position(|side| side.eq_ignore_ascii_case(role));
        let free = side.is_none_or(|side| {
            room.facts.owner_seat.is_some_and(|owner| owner != side)
                && claims.get(&side).is_none_or(|by| *by == one.bare)
        });
        let may = room.facts.stage == "open" || room.facts.is_party(&one.bare);
        if (side.is_none() && role != "none") || (side.is_some() && !may) {
            return no(
                Condition::NotAcceptable,
                "This role is not for this occupant.",
            );
        }
        if !free || room.facts.owner.is(&one.bare) {
            return no(Condition::Conflict, "That role is taken.");
        }
        claims.retain(|_, by| *by != one.bare);
        claims.extend(side.map(|side| (side, one.bare.clone())));
    }
    room.claims = claims;
    room.ready.clear();
    Ok(room.announce_changes())
}
