//! Matches in the making: whoever joins `new-tic-tac-toe@R` is in a draft of their own, until its form comes back.

use std::time::Instant;

use minidom::Element;
use xmpp_parsers::ns;

use super::enter::{Entry, check_nick, outside};
use super::errors::{self, Done, Fault};
use super::room::at;
use super::words::{self, MUG, OWNER, Shown, USER};
use super::{
    Asked, DRAFT_LASTS, MAX_DRAFTS, MAX_DRAFTS_OF_PERSON, MAX_DRAFTS_OF_SERVER, Mug, config,
    discover, error,
};
use crate::commands::{Answer, TableGame, Value, table_game};
use crate::xmpp::out::Out;
use crate::xmpp::stanza::{Address, Back, Condition, Head, el, leaf};

/// Where drafts of a game begin: this and the game's name are the local part of the address.
pub const PREFIX: &str = "new-";

/// A match in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The maker's nick.
    pub nick: String,
    /// The maker.
    pub from: Address,
    /// The game.
    pub game: TableGame,
    /// The seat the maker wants; luck decides without one.
    pub seat: Option<usize>,
    /// When it is forgotten.
    pub until: Instant,
}

/// The game that is begun at a local part, with or without a word of the client's own behind it, so that it can be in
/// several matches at a time; none when it is no such place.
pub fn game(local: &str) -> Option<TableGame> {
    let named = local.strip_prefix(PREFIX)?;
    let short = || table_game(named.rsplit_once('-')?.0);
    table_game(named).or_else(short)
}

/// A client and the local part of the address at which it makes a match.
type Key = (String, String);

impl Mug {
    /// A presence to the place where matches of a game are made.
    pub(super) fn draft(
        &mut self,
        local: &str,
        head: &Head,
        element: Option<&Element>,
        now: Instant,
    ) -> Vec<Out> {
        let refuse = |no: &Fault| {
            let game = Element::bare("game", MUG);
            let back = (head.to.bare.as_str(), head.from.full.as_str());
            vec![error("presence", back, head.id.as_deref(), &[&game], no)]
        };
        let key = (head.from.full.clone(), local.to_owned());
        match (element, head.to.resource()) {
            (Some(element), Some(nick)) => match self.begin_draft(&key, head, element, nick, now) {
                Ok(outs) => outs,
                Err(no) => refuse(&no),
            },
            (Some(element), None) => {
                let role = element
                    .get_child("item", MUG)
                    .and_then(|item| item.attr("role"));
                let Some(draft) = self.drafts.get_mut(&key) else {
                    return refuse(&outside(&head.to.bare));
                };
                let named = |role: &str| {
                    let mut sides = draft.game.sides.iter();
                    sides.position(|side| side.eq_ignore_ascii_case(role))
                };
                draft.seat = match role.map(|role| (role, named(role))) {
                    Some((_, Some(seat))) => Some(seat),
                    Some(("none", None)) => None,
                    _ => {
                        let text = "This game has no such role.";
                        return refuse(&Fault::new(Condition::NotAcceptable, text));
                    }
                };
                vec![Out::Send(self.own_presence(&key, None, None))]
            }
            (None, Some(_)) if !self.drafts.contains_key(&key) => refuse(&Fault::new(
                Condition::BadRequest,
                "Say which game with a game element.",
            )),
            (None, _) => Vec::new(),
        }
    }

    fn begin_draft(
        &mut self,
        key: &Key,
        head: &Head,
        element: &Element,
        nick: &str,
        now: Instant,
    ) -> Result<Vec<Out>, Fault> {
        let no = |condition, text: &str| Err(Fault::new(condition, text));
        let Some(game) = game(&key.1) else {
            return no(Condition::ItemNotFound, "");
        };
        let namespace = words::namespace(game.id);
        match element.attr("var") {
            None => {
                return no(
                    Condition::BadRequest,
                    "Say which game with the attribute var.",
                );
            }
            Some(var) if var != namespace => {
                let text = format!("Matches of {}, {namespace}, are made here.", game.title);
                return no(Condition::NotAcceptable, &text);
            }
            Some(_) => check_nick(nick)?,
        }
        if let Some(draft) = self.drafts.get_mut(key) {
            draft.nick = nick.to_owned();
        } else {
            self.has_place(&head.from.bare)?;
            let of = |fits: &dyn Fn(&Address) -> bool| {
                let drafts = self.drafts.values();
                drafts.filter(|draft| fits(&draft.from)).count()
            };
            if of(&|from| from.bare == head.from.bare) >= MAX_DRAFTS_OF_PERSON {
                let text = "You are making several matches already; finish or cancel one.";
                return no(Condition::ResourceConstraint, text);
            }
            let of_server = of(&|from| from.domain == head.from.domain);
            if of_server >= MAX_DRAFTS_OF_SERVER || self.drafts.len() >= MAX_DRAFTS {
                let text = "Too many matches are being made; try again later.";
                return no(Condition::ResourceConstraint, text);
            }
            *self.of_person.entry(head.from.bare.clone()).or_default() += 1;
            let draft = Draft {
                nick: nick.to_owned(),
                from: head.from.clone(),
                game,
                seat: None,
                until: now + DRAFT_LASTS,
            };
            self.drafts.insert(key.clone(), draft);
        }
        let created = el("game", MUG)
            .append(leaf("status", MUG, "created"))
            .build();
        let room = words::presence(&head.to.bare, &head.from.full, None).append(created);
        Ok(vec![
            Out::Send(room.build()),
            Out::Send(self.own_presence(key, None, None)),
        ])
    }

    fn own_presence(&self, key: &Key, kind: Option<&str>, why: Option<Element>) -> Element {
        let draft = self.drafts.get(key);
        let role = draft
            .and_then(|draft| draft.game.sides.get(draft.seat?).copied())
            .unwrap_or("none");
        let shown = Shown {
            affiliation: "owner",
            role: role.to_owned(),
            handle: String::new(),
        };
        let nick = draft.map_or("", |draft| draft.nick.as_str());
        let from = at(&self.address(&key.1), nick);
        words::occupant(&from, &key.0, kind, &shown, None)
            .append_all(why)
            .build()
    }

    /// Forgets a draft, and tells its maker; none when there is none.
    pub(super) fn drop_draft(&mut self, key: &Key, why: Option<&str>) -> Option<Vec<Out>> {
        self.drafts.get(key)?;
        let why = why.map(|why| leaf("status", ns::DEFAULT_NS, why));
        let bye = self.own_presence(key, Some("unavailable"), why);
        self.forget_draft(key);
        Some(vec![Out::Send(bye)])
    }

    fn forget_draft(&mut self, key: &Key) -> Option<Draft> {
        let draft = self.drafts.remove(key)?;
        self.uncount(&draft.from.bare);
        Some(draft)
    }

    pub(super) fn drop_old_drafts(&mut self, now: Instant) -> Vec<Out> {
        let old = self.drafts.iter().filter(|(_, draft)| draft.until <= now);
        let old: Vec<Key> = old.map(|(key, _)| key.clone()).collect();
        let why = Some("The form did not come back in time.");
        old.iter()
            .filter_map(|key| self.drop_draft(key, why))
            .flatten()
            .collect()
    }

    /// Nothing is played and nobody is told anything before the form is back.
    pub(super) fn message_to_draft(&mut self, stanza: &Element, head: &Head) -> Option<Vec<Out>> {
        let ours = |child: &&Element| child.ns() == USER;
        let echo: Vec<&Element> = stanza.children().filter(ours).collect();
        let text = "This match is not made yet: send its configuration first.";
        let no = Fault::new(Condition::NotAllowed, text);
        let back = (head.to.bare.as_str(), head.from.full.as_str());
        Some(vec![error("message", back, head.id.as_deref(), &echo, &no)])
    }

    /// An IQ to the place where matches of a game are made.
    pub(super) fn iq_to_draft(
        &mut self,
        local: &str,
        head: &Head,
        stanza: &Element,
        asked: &Element,
        now: Instant,
    ) -> Vec<Out> {
        let back = Back::to(stanza);
        let set = head.kind.as_deref() == Some("set");
        let key = (head.from.full.clone(), local.to_owned());
        let game = game(local).unwrap_or_default();
        let answer = match (asked.name(), asked.ns().as_str(), set) {
            ("query", ns::DISCO_INFO, false) => Ok(discover::info(&game)),
            ("query", ns::DISCO_ITEMS, false) => Ok(Element::bare("query", ns::DISCO_ITEMS)),
            ("query", OWNER, _) => return self.configure(&key, head, &back, asked, now),
            _ => Err(Fault::new(Condition::ServiceUnavailable, "")),
        };
        vec![Out::Send(match answer {
            Ok(payload) => back.result(payload),
            Err(no) => back.error_with(no.element()),
        })]
    }

    fn configure(
        &mut self,
        key: &Key,
        head: &Head,
        back: &Back,
        query: &Element,
        now: Instant,
    ) -> Vec<Out> {
        let refuse = |no: &Fault| vec![Out::Send(back.error_with(no.element()))];
        let Some(draft) = self.drafts.get_mut(key) else {
            return refuse(&outside(&head.to.bare));
        };
        draft.until = now + DRAFT_LASTS;
        if head.kind.as_deref() != Some("set") {
            return vec![Out::Send(back.result(config::form(&draft.game)))];
        }
        match config::read(draft, query) {
            Ok(None) => {
                let mut outs = vec![Out::Send(back.result(None))];
                outs.extend(self.drop_draft(key, None).unwrap_or_default());
                outs
            }
            Ok(Some(made)) => {
                let asked = Asked::Make {
                    key: key.clone(),
                    back: back.clone(),
                };
                let by = (head.from.bare.as_str(), head.from.full.as_str());
                vec![self.command(by, None, made.node, made.fields, asked)]
            }
            Err(no) => refuse(&no),
        }
    }

    /// The writer has made the match, or not.
    pub(super) fn made(&mut self, key: &Key, back: &Back, answer: &Answer) -> Vec<Out> {
        let reply = match errors::done(answer) {
            Done::Yes(reply) => reply,
            Done::No(no) => return vec![Out::Send(back.error_with(no.element()))],
        };
        let mut outs = vec![Out::Send(back.result(None))];
        let made = reply.fields.iter().find_map(|(name, value)| match value {
            Value::Text(id) if *name == "match" => id.parse().ok(),
            _ => None,
        });
        // A client that left meanwhile has its match all the same, as whoever asks by chat.
        if let (Some(game), Some(draft)) = (made, self.forget_draft(key)) {
            let entry = Entry {
                game,
                address: self.address(&key.1),
                from: draft.from,
                nick: draft.nick,
                var: None,
                id: None,
            };
            outs.push(self.ask_to_enter(entry, true));
        }
        outs
    }
}
