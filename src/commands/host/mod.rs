//! The host of commands: what no card has to do itself. Begin reading with [`Host::answer`]; `understand` reads lines of
//! chat, `forms` carries ad-hoc commands from step to step.
//!
//! Who somebody is, whether they are banned or too fast, which card they mean, which values they give, the steps of a
//! form, and where the answer goes.

mod admit;
mod answers;
mod forms;
mod reach;
mod repeats;
mod signs;
mod understand;

use std::collections::{BTreeMap, BTreeSet};

use super::call::{Call, Caller, Chat, Door, News, Place};
use super::card::{Ask, Card, Effect, Fields, Kind, Who, sure_line};
use super::levels::{self, Finished};
use super::limits::Limits;
use super::lines::{self, MAX_LINE_CHARS, MAX_VERBATIM_CHARS};
use super::proofs::Proofs;
use super::regulars::Regulars;
use super::reply::{Answer, Reply, Seen};
use super::sessions::Sessions;
use super::{COMMANDS, directory, help, moves, prove};
use crate::engine::{About, Contact, Desk, Handler, ServiceEvent};
use crate::kit::{MatchId, Refusal, clip, refuse, sha256};
use crate::matches;
use admit::Refused;
pub(super) use admit::banned;
pub use admit::too_fast;
use answers::{Unsure, is_sure};
use repeats::Helped;
use understand::{
    Meant, flawed, is_personal, only_waiting, takes_pages, understand, without_quotes,
};

/// Digits of the mark of a request.
const MARK_DIGITS: usize = 16;

/// People whose last help text is remembered.
const MAX_HELPED: usize = 10_000;

/// What the host is told at the start.
#[derive(Clone, Debug, Default)]
pub struct HostConfig {
    /// Bare JIDs of the admins.
    pub admins: Vec<String>,
    /// Domains and bare JIDs of services that may ask who may do what.
    pub trusted: Vec<String>,
    /// Where it is noted who is no stranger, for the doors.
    pub regulars: Regulars,
}

/// The host. It answers calls on the writer's thread.
pub struct Host {
    admins: BTreeSet<String>,
    trusted: BTreeSet<String>,
    regulars: Regulars,
    pub(super) limits: Limits,
    sessions: Sessions,
    proofs: Proofs,
    helped: BTreeMap<String, Helped>,
    /// Who was asked which of two readings they mean, in which match after how many moves.
    asked: BTreeMap<String, (MatchId, u32)>,
    /// How many matches bots have finished.
    finished: Finished,
    /// What people were asked whether they are sure of.
    unsure: BTreeMap<String, Unsure>,
    /// Whether the line that is carried out ends with the `yes` that what cannot be taken back asks for.
    sure: bool,
}

impl Caller {
    /// Whether a command is for this caller at all.
    pub fn may_use(&self, card: &Card) -> bool {
        match card.who {
            Who::Anyone => true,
            Who::Admin => self.admin,
            Who::Referee => self.referee || self.admin,
            Who::Service => self.service,
        }
    }
}

impl Handler for Host {
    type Call = Call;
    type Answer = Answer;

    fn answer(&mut self, desk: &mut Desk, call: Call) -> Answer {
        let bare = match &call {
            Call::Chat(chat) => Some(chat.bare.clone()),
            Call::Overheard(_) => None,
            Call::Form(form) => Some(form.bare.clone()),
            Call::Reaction(reaction) => Some(reaction.bare.clone()),
            Call::Look(_) | Call::News(_) => None,
        };
        let answer = self.answer_one(desk, call);
        if let Some(bare) = bare {
            self.note_regular(desk, &bare);
        }
        answer
    }

    fn apologise(&self) -> Answer {
        Answer::Sorry
    }
}

impl Host {
    fn answer_one(&mut self, desk: &mut Desk, call: Call) -> Answer {
        // What was read for somebody else is not billed to this one.
        desk.take_bill();
        match call {
            Call::Chat(chat) => self.chat(desk, &chat),
            Call::Overheard(chat) => self.overheard(desk, &chat),
            Call::Reaction(reaction) => self.reaction(desk, &reaction),
            Call::Form(form) => self.form(desk, form),
            Call::Look(look) => self.look(desk, &look),
            Call::News(News::Subscribed(bare, _)) if !self.keeps_contact(desk, &bare) => {
                tracing::debug!(bare, "a contact is not kept");
                Answer::Silence
            }
            Call::News(News::Came(id, bare)) => came(desk, id, &bare),
            Call::News(News::Here(bare, here)) => {
                Answer::Seen(Seen::Clans(desk.note_here(&bare, here)))
            }
            Call::News(news) => {
                if let Err(refusal) = note(desk, news) {
                    tracing::warn!(code = %refusal.code, "what the door had to tell was refused");
                }
                Answer::Silence
            }
        }
    }
}

/// Somebody came into the room of a match; there may be no place for them.
fn came(desk: &mut Desk, id: MatchId, bare: &str) -> Answer {
    let full = match desk.world().live(id) {
        Some(live) => desk.check_audience(live, bare),
        None => return Answer::Silence,
    };
    desk.crowds().came(id, bare);
    match full {
        Ok(()) => Answer::Silence,
        Err(refusal) => Answer::Say {
            result: Err(refusal),
            private: true,
        },
    }
}

/// Keeps what happened at the door.
fn note(desk: &mut Desk, news: News) -> Result<(), Refusal> {
    if let Some(told) = reach::noted(desk, &news) {
        return told;
    }
    match news {
        News::RoomReady(id, room) => desk.act(None, id, &matches::Ask::House { room }, None),
        News::FeedReady(id, node) => desk.act(None, id, &matches::Ask::Feed { node }, None),
        News::Came(..) => Ok(()),
        News::Left(id, bare) => {
            desk.crowds().left(id, &bare);
            Ok(())
        }
        News::Emptied(id) => {
            desk.crowds().forget(id);
            Ok(())
        }
        News::HallReady(tag, private, room) => desk.hall_is_ready(tag, private, room),
        News::HallGone(tag, private, room) => desk.hall_is_gone(tag, private, room),
        News::LobbyReady(room) if desk.world().service.lobby.as_ref() == Some(&room) => Ok(()),
        News::LobbyReady(room) => desk.serve(None, ServiceEvent::Lobby { room }),
        News::NewsReady(node) if desk.world().service.news.as_ref() == Some(&node) => Ok(()),
        News::NewsReady(node) => desk.serve(None, ServiceEvent::News { node }),
        News::NodeReady(tag, sees, node) => desk.note_clan_node(tag, sees, Some(node)),
        News::NodeGone(tag, sees) => desk.note_clan_node(tag, sees, None),
        News::NodeAstray(tag, sees, astray) => {
            desk.note_astray(tag, sees, astray);
            Ok(())
        }
        News::Subscribed(bare, to) => subscribe(desk, &bare, to),
        News::Unsubscribed(bare, to) => {
            // The journal knows contacts of people: one of several addresses ends nothing for the others.
            let person = desk.world().people.by_jid(&bare);
            let Some(who) = person
                .filter(|person| person.jid == bare)
                .map(|person| person.id)
            else {
                return Ok(());
            };
            if !desk.world().service.contacts.contains(&(to, who)) {
                return Ok(());
            }
            desk.serve(Some(who), ServiceEvent::Unsubscribed { who, to })
        }
        News::LoggedIn(handle, service) => directory::logged_in(desk, &handle, &service),
        News::Gone(..)
        | News::Back(_)
        | News::Here(..)
        | News::ServerDown(_)
        | News::ServerBack(_) => Ok(()),
    }
}

/// Addresses of ours one person may have in the contact list.
const MAX_CONTACTS: usize = 100;

fn subscribe(desk: &mut Desk, bare: &str, to: Contact) -> Result<(), Refusal> {
    let who = desk.meet(bare, true)?;
    let contacts = &desk.world().service.contacts;
    if contacts.contains(&(to, who)) || contacts.count_of(who) >= MAX_CONTACTS {
        return Ok(());
    }
    desk.check_new(who)?;
    desk.serve(Some(who), ServiceEvent::Subscribed { who, to })
}

impl Host {
    /// A host without sessions.
    pub fn new(config: HostConfig) -> Host {
        Host {
            admins: config.admins.into_iter().collect(),
            trusted: config.trusted.into_iter().collect(),
            regulars: config.regulars,
            limits: Limits::default(),
            sessions: Sessions::default(),
            proofs: Proofs::default(),
            helped: BTreeMap::new(),
            asked: BTreeMap::new(),
            finished: Finished::default(),
            unsure: BTreeMap::new(),
            sure: false,
        }
    }

    pub(super) fn caller(&self, desk: &Desk, bare: &str, full: &str, place: Place) -> Caller {
        let person = desk.world().people.acting(bare).map(|person| person.id);
        let referees = &desk.world().service.referees;
        Caller {
            bare: bare.to_owned(),
            full: full.to_owned(),
            person,
            admin: self.admins.contains(bare) && !place.is_room(),
            lag: None,
            service: self.trusted.contains(bare) && !place.is_room(),
            referee: person.is_some_and(|person| referees.contains(&person)),
        }
    }

    fn chat(&mut self, desk: &mut Desk, chat: &Chat) -> Answer {
        match self.admit(desk, &chat.bare) {
            Ok(()) => {}
            Err(Refused::TooFast) => return self.too_fast(desk, chat),
            Err(Refused::Stale(_)) if prove::is_proof(&chat.text) => {}
            Err(Refused::Banned(refusal) | Refused::Stale(refusal)) => {
                return self.once_a_minute(desk, chat, refusal);
            }
        }
        if let Some(flaw) = chat.flaw {
            return Answer::Say {
                result: Err(flawed(flaw)),
                private: true,
            };
        }
        // Whoever speaks to us is known from then on, whatever it was that they said.
        let _ = desk.meet(&chat.bare, true);
        let chat = &Chat {
            text: without_quotes(&chat.text).to_owned(),
            ..chat.clone()
        };
        let limit = match takes_pages(&chat.text) {
            true => MAX_VERBATIM_CHARS,
            false => MAX_LINE_CHARS,
        };
        if chat.text.chars().count() > limit {
            let refusal = refuse(
                "chat/long",
                format!("Lines of more than {limit} characters are not read."),
            );
            return Answer::Say {
                result: Err(refusal.hint("Type `help` to see what you can do.")),
                private: true,
            };
        }
        let mut caller = self.caller(desk, &chat.bare, &chat.full, chat.place);
        caller.lag = chat.lag;
        match self.answered(desk, &caller, chat) {
            Some(Meant::Line(text)) => {
                let chat = Chat {
                    text,
                    ..chat.clone()
                };
                let meant = understand(desk, &caller, &chat);
                self.charge(desk, &chat.bare);
                self.carry_out(desk, &caller, &chat, meant)
            }
            Some(meant) => self.carry_out(desk, &caller, chat, meant),
            None => {
                let meant = understand(desk, &caller, chat);
                self.charge(desk, &chat.bare);
                self.carry_out(desk, &caller, chat, meant)
            }
        }
    }

    fn carry_out(
        &mut self,
        desk: &mut Desk,
        caller: &Caller,
        chat: &Chat,
        meant: Meant<'_>,
    ) -> Answer {
        let say = |result: Result<Reply, Refusal>, private: bool| Answer::Say { result, private };
        match meant {
            Meant::Command(card, words, about) => {
                self.run_words(desk, caller, chat, card, words, about)
            }
            Meant::MoveIn(id, text) => self.run_move(desk, caller, chat, id, &text),
            Meant::Which(ids) => {
                let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
                let refusal = refuse(
                    "match/which",
                    format!("That is a move in {}.", ids.join(" and in ")),
                )
                .hint(format!(
                    "Type for example `move {} {}`.",
                    ids[0],
                    clip(&chat.text, 20)
                ));
                say(Err(refusal), true)
            }
            Meant::Instead(text) => say(Ok(Reply::line(text)), true),
            Meant::Greeting => say(Ok(help::greeting(desk, caller)), true),
            Meant::Nothing(refusal) if chat.place.is_room() => {
                self.once_a_minute(desk, chat, refusal)
            }
            Meant::Nothing(refusal) => self.unless_repeated(desk, chat, refusal),
            Meant::Refused(refusal) => say(Err(refusal), false),
            // An answer is a line of its own, and answers nothing in turn.
            Meant::Line(_) => Answer::Silence,
        }
    }

    fn run_words(
        &mut self,
        desk: &mut Desk,
        caller: &Caller,
        chat: &Chat,
        card: &'static Card,
        words: &str,
        about: Option<About>,
    ) -> Answer {
        let (words, sure) = match words.trim_end().rsplit_once(char::is_whitespace) {
            Some((before, last)) if card.effect == Effect::Final && is_sure(last) => (before, true),
            None if card.effect == Effect::Final && is_sure(words) => ("", true),
            _ => (words, false),
        };
        let read = lines::read_fields(card, words).map(|mut fields| {
            match about {
                Some(About::Match(id)) if fields.get("match").is_none() => {
                    fields.set("match", &id.to_string());
                }
                Some(About::Clan(tag)) => fields.set("clan", tag.as_str()),
                _ => {}
            }
            fields
        });
        if let Ok(fields) = &read
            && let Some((id, text)) = plain_move(desk, caller, chat.place, card, fields)
        {
            return self.run_move(desk, caller, chat, id, text);
        }
        self.sure = sure;
        let result = read.and_then(|fields| {
            self.run_card(
                desk,
                caller,
                chat.place,
                Door::Chat,
                card,
                &fields,
                chat.id.as_deref(),
            )
        });
        self.sure = false;
        if let Err(refusal) = &result
            && let Some(line) = sure_line(refusal)
        {
            self.remember_unsure(desk, &chat.bare, line, &refusal.text);
        }
        let private = is_personal(card)
            || (chat.place.is_room() && matches!(&result, Err(no) if no.code == "room/private"));
        // In its own room a move is told by the announcement; saying it twice would be noise.
        let announced =
            matches!(chat.place, Place::Room(_)) && card.effect != Effect::Reads && result.is_ok();
        if announced && !private {
            return Answer::Silence;
        }
        // Where others read along they must see who it is that "you" did something.
        let shared = matches!(chat.place, Place::Lobby | Place::ClanRoom(..));
        let result = match caller.person.and_then(|me| desk.world().people.get(me)) {
            Some(me) if shared && !private && card.effect != Effect::Reads => {
                result.map(|reply| reply.said_to(&me.handle))
            }
            _ => result,
        };
        Answer::Say { result, private }
    }

    fn run_move(
        &mut self,
        desk: &mut Desk,
        caller: &Caller,
        chat: &Chat,
        id: MatchId,
        text: &str,
    ) -> Answer {
        let mut fields = Fields::default();
        fields.set("match", &id.to_string());
        fields.set("move", text);
        // Who was just asked which of two readings they mean may answer with either, exactly as it was shown.
        let live = desk.world().live(id);
        let plays = live.map_or(0, |live| live.game.plays);
        let exact = live.zip(caller.person).is_some_and(|(live, me)| {
            moves::readings(&live.game, me, text)
                .is_ok_and(|found| found.iter().any(|one| one == text))
        });
        if self.asked.remove(&chat.bare) == Some((id, plays)) && exact {
            fields.set("expect", &plays.to_string());
        }
        let result = self.run_card(
            desk,
            caller,
            chat.place,
            Door::Chat,
            &moves::CARD,
            &fields,
            chat.id.as_deref(),
        );
        if matches!(&result, Err(no) if no.code == "match/ambiguous") {
            self.remember_question(&chat.bare, id, plays);
        }
        let private = matches!(&result, Err(no) if no.code == "room/private");
        if result.is_ok() && matches!(chat.place, Place::Room(_)) {
            return Answer::Silence;
        }
        Answer::Say { result, private }
    }

    fn remember_question(&mut self, bare: &str, id: MatchId, plays: u32) {
        if self.asked.len() >= MAX_HELPED {
            self.asked.clear();
        }
        self.asked.insert(bare.to_owned(), (id, plays));
    }

    #[allow(clippy::too_many_arguments)]
    fn run_card(
        &mut self,
        desk: &mut Desk,
        caller: &Caller,
        place: Place,
        door: Door,
        card: &'static Card,
        fields: &Fields,
        req: Option<&str>,
    ) -> Result<Reply, Refusal> {
        if let Some(field) = card
            .fields
            .iter()
            .find(|field| field.required && fields.get(field.name).is_none())
        {
            let from_address = match field.kind {
                Kind::Match | Kind::AnyMatch => place.game().is_some(),
                Kind::Clan | Kind::AnyClan => place.clan().is_some(),
                _ => false,
            };
            if !from_address {
                let what = match field.kind {
                    Kind::Person => "somebody".to_owned(),
                    _ => lines::a(field.name),
                };
                return Err(lines::missing(card, &what));
            }
        }
        let span = tracing::debug_span!("command", name = card.name, from = %caller.bare);
        let _inside = span.enter();
        if let Some(person) = caller.person {
            desk.see_owner(person);
        }
        let rate = self.rate(desk, &caller.bare, false);
        let mark = req.map(mark_of);
        let done = (card.run)(&mut Ask {
            desk,
            caller,
            place,
            door,
            fields,
            req: mark.as_deref(),
            limits: &mut self.limits,
            finished: &mut self.finished,
            sure: self.sure,
            proofs: &mut self.proofs,
            cards: COMMANDS,
        });
        let done = done.map(Reply::within_limits);
        let reply = done.as_ref().ok();
        levels::charge(&mut self.limits, desk, &caller.bare, rate, reply);
        match &done {
            Ok(_) => tracing::debug!("done"),
            Err(refusal) => tracing::debug!(code = %refusal.code, "refused"),
        }
        done
    }
}

/// What the record keeps of a stanza's id. Whoever sent it can show that it was theirs; as text it would be a way into the
/// public record that no moderation sees.
fn mark_of(req: &str) -> String {
    let mut hash = sha256(&[b"referee:req:1", req.as_bytes()]).to_string();
    hash.truncate(MARK_DIGITS);
    hash
}

/// The match and the text of a `move` typed in full, which is taken as `m42 e4` and `e4` are.
fn plain_move<'a>(
    desk: &Desk,
    caller: &Caller,
    place: Place,
    card: &Card,
    fields: &'a Fields,
) -> Option<(MatchId, &'a str)> {
    if card.name != moves::CARD.name || fields.get("expect").is_some() {
        return None;
    }
    let id = match fields.get("match") {
        Some(named) => named.parse().ok()?,
        None => only_waiting(desk, caller, place)?,
    };
    Some((id, fields.get("move")?))
}
