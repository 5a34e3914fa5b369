//! What there is: the answers behind service discovery, search and presence. Nothing is changed here.
//!
//! Begin reading with [`Host::look`]; `pages` lists, `details` describes one match, `table` shows it to a client
//! that draws it, `search` searches.

mod clan;
mod details;
mod halls;
mod menu;
mod pages;
mod search;
mod table;

pub(super) use clan::next_line;
use details::{info, match_name};
use pages::items;
use search::search;
pub use table::{Ending, OptionInfo, Sitter, Table, TableGame, Turn, table_game, table_games};

use super::authorise::{self, FOR_SERVICES};
use super::call::{Caller, Look, Page, Place, Sight};
use super::card::{Card, Effect, Kind, Who};
use super::directory;
use super::elsewhere::{Doing, choices, takes_evidence};
use super::find;
use super::host::{Host, banned};
use super::limits::{SEARCHES, SEARCHES_OF_ALL, SEARCHES_OF_SERVER};
use super::my::waits_for;
use super::reply::{
    Answer, Clocked, ItemOut, KeyOut, Listing, MatchInfo, Rows, Seen, Standing, Status, Stop, Value,
};
use crate::engine::archive::{self, Finished};
use crate::engine::ruling::may_rule;
use crate::engine::{Desk, Found, Live, World};
use crate::games::GAMES;
use crate::kit::{MatchId, PersonId, Seat, Timestamp, domain_of, registered};
use crate::matches::{Match, Stage};

/// Keys that are told; those before them are in the journal.
const MAX_KEYS: usize = 20;

impl Host {
    /// Answers a question about what there is.
    pub(super) fn look(&mut self, desk: &mut Desk, look: &Look) -> Answer {
        let me = desk
            .world()
            .people
            .acting(&look.bare)
            .map(|person| person.id);
        // What a person asks for is refused like their commands; what our own door asks of its own is not.
        let asks = matches!(
            look.at,
            Sight::Info
                | Sight::Items { .. }
                | Sight::Commands
                | Sight::Command(_)
                | Sight::Search { .. }
        );
        if asks && let Some(refusal) = banned(desk, &look.bare) {
            return Answer::Stop(Stop::Forbidden, refusal.to_string());
        }
        if asks && me.is_some() {
            self.note_regular(desk, &look.bare);
        }
        match &look.at {
            Sight::Info => match look.place {
                Place::Clan(tag) => clan::info(desk, tag),
                _ => info(desk, look.place, me),
            },
            Sight::Items { node, page } => items(desk, look.place, node, page, me),
            Sight::Commands => {
                let caller = self.who_looks(desk, look);
                if !stands(desk, look.place, me) {
                    return Answer::Nothing;
                }
                let shown = menu::menu(desk, &caller, look.place);
                Answer::Seen(Seen::Commands(
                    shown
                        .into_iter()
                        .map(|card| (card.name.to_owned(), card.title.to_owned()))
                        .collect(),
                ))
            }
            // A command at a match that one may not know of is missing like the match itself.
            Sight::Command(_) if !stands(desk, look.place, me) => Answer::Nothing,
            Sight::Command(node) => {
                let caller = self.who_looks(desk, look);
                match find(node)
                    .filter(|card| card.name == node && fits(desk, &caller, card, look.place))
                {
                    Some(card) => Answer::Seen(Seen::Commands(vec![(
                        card.name.to_owned(),
                        card.title.to_owned(),
                    )])),
                    None => Answer::Nothing,
                }
            }
            Sight::Search { .. } if !self.may_search(&look.bare, desk.now()) => Answer::Sorry,
            Sight::Search { fields, page } => search(desk, fields, page),
            Sight::Status => status(desk, look.place, me),
            Sight::Keys => Answer::Seen(Seen::Keys(keys(desk))),
            Sight::Table { since, nick } => table::table(desk, look, *since, nick.as_deref()),
            Sight::Muted => {
                let no = me.and_then(|me| desk.may_speak(me).err());
                Answer::Seen(Seen::Muted(no.map(|no| no.text)))
            }
            Sight::Invite(to) => self.guest(desk, look, to),
            Sight::Halls => halls::halls(desk, look.place),
            Sight::Nodes(with_items) => {
                let tag = look.place.clan();
                let nodes =
                    tag.and_then(|tag| desk.world().clan_nodes(tag, *with_items, desk.now()));
                nodes.map_or(Answer::Nothing, |nodes| Answer::Seen(Seen::Nodes(nodes)))
            }
            Sight::Standing => {
                self.note_players(desk);
                Answer::Seen(Seen::Standing(standing(desk)))
            }
            Sight::Authorise(_) if !self.who_looks(desk, look).service => {
                Answer::Stop(Stop::Forbidden, FOR_SERVICES.to_owned())
            }
            Sight::Authorise(asked) => {
                let decided = authorise::decide(desk, &look.bare, asked);
                Answer::Seen(Seen::Decision(asked.clone(), decided))
            }
            Sight::Directory(ask) => directory::seen(desk, ask),
        }
    }

    /// A fresh connection has to know at once who plays, because they come first, and which services may ask.
    fn note_players(&self, desk: &Desk) {
        self.note_trusted(desk);
        let world = desk.world();
        let games = world.all_live().map(|live| &live.game);
        let players = games.flat_map(|game| game.people());
        for person in players.filter_map(|id| world.people.get(id)) {
            person
                .addresses()
                .for_each(|bare| self.note_regular(desk, bare));
        }
    }

    /// A search looks through much, and whoever waits for a move waits for it.
    fn may_search(&mut self, bare: &str, now: Timestamp) -> bool {
        let server = registered(domain_of(bare));
        self.limits.take(bare, SEARCHES, now)
            && (self.limits).take_share(server, SEARCHES_OF_SERVER, SEARCHES_OF_ALL, now)
    }

    fn who_looks(&self, desk: &Desk, look: &Look) -> Caller {
        self.caller(desk, &look.bare, &look.bare, look.place)
    }
}

/// Whether there is anything at an address that this person may know of.
fn stands(desk: &Desk, place: Place, me: Option<PersonId>) -> bool {
    match (place.game(), place.clan()) {
        (Some(id), _) => exists(desk, id, me),
        (_, Some(tag)) => desk.clan(tag).is_ok(),
        _ => true,
    }
}

fn exists(desk: &Desk, id: MatchId, me: Option<PersonId>) -> bool {
    match desk.find(id) {
        Some(Found::Live(live)) => live.game.visible_to(me),
        Some(Found::Finished(finished)) => archive::visible_to(&finished, me),
        None => false,
    }
}

/// Whether a command is for this caller, here and now: what cannot be used is not shown.
fn fits(desk: &Desk, caller: &Caller, card: &Card, place: Place) -> bool {
    if !caller.may_use(card) {
        return false;
    }
    if let Some(live) = place.clan().and_then(|tag| desk.world().clans.get(tag)) {
        return clan::fits(&live.clan, caller.person, card);
    }
    let takes_match = card
        .fields
        .iter()
        .any(|field| matches!(field.kind, Kind::Match | Kind::AnyMatch));
    let Some(id) = place.game() else { return true };
    if !takes_match {
        return matches!(card.name, "help" | "my");
    }
    let Some(live) = desk.world().live(id) else {
        return card.effect == Effect::Reads;
    };
    let game = &live.game;
    let seat = caller.person.and_then(|me| game.seat_of(me));
    let spec = game.terms.game().map(|game| game.spec());
    let mine = |person: Option<PersonId>| person.is_some() && person == caller.person;
    let may = |game: &Match, doing| {
        caller
            .person
            .is_some_and(|me| !choices(game, me, doing).is_empty())
    };
    match (card.name, game.stage) {
        ("show" | "record" | "admin-log", _) => true,
        ("result", stage) => stage == Stage::Over,
        ("accept" | "decline", _) if caller.person.is_some_and(|me| game.awaits_answer_of(me)) => {
            true
        }
        ("accept", _) if game.proposal().is_some() && (caller.referee || caller.admin) => {
            (caller.person).is_some_and(|me| may_rule(desk.world(), me, game).is_ok())
        }
        ("lineup", stage) => {
            let takes = game.terms.boards() > 0 || game.terms.allies() > 0;
            let captain = (caller.person).is_some_and(|me| game.captained_by(me).is_some());
            takes && captain && stage != Stage::Over
        }
        ("substitute", Stage::Started) => (caller.person).is_some_and(|me| {
            let mut seats = (0..).map(Seat).take(game.seats.len());
            seats.any(|seat| game.answers_for(me, seat))
        }),
        ("join", Stage::Open) => !mine(Some(game.by)),
        ("withdraw", Stage::Challenged | Stage::Open) => mine(Some(game.by)),
        ("move", Stage::Started) => seat.is_some_and(|seat| game.waits_for().contains(&seat)),
        ("veto", Stage::Started) => may(game, Doing::Ban),
        ("pick", Stage::Started) => may(game, Doing::Pick),
        ("report", Stage::Started) => may(game, Doing::Report),
        ("confirm", Stage::Started) => may(game, Doing::Confirm),
        ("evidence", _) => caller.person.is_some_and(|me| takes_evidence(game, me)),
        ("claim" | "wait", Stage::Started) => seat.is_some_and(|seat| {
            let mut away = game.absences.iter();
            away.any(|(gone, _)| gone != seat && game.absences.claim_from(gone).is_some())
        }),
        ("pause" | "adjourn", Stage::Started) => seat.is_some(),
        ("resume", Stage::Paused | Stage::Adjourned) => seat.is_some(),
        ("resign" | "abort", _) if game.in_play() => seat.is_some(),
        ("draw", _) if game.in_play() => seat.is_some() && spec.is_some_and(|it| it.draw_offers),
        ("undo", Stage::Started) => {
            seat.is_some_and(|seat| game.since_last_move_of(seat).is_some())
                && spec.is_some_and(|it| it.undo)
        }
        ("decline", _) if game.in_play() => {
            seat.is_some_and(|seat| game.offers.iter().any(|offer| offer.seat != seat))
        }
        ("dispute", _) => seat.is_some() && game.case.open.is_none(),
        ("appeal", _) => seat.is_some() && game.case.appeal_until().is_some(),
        ("rule", _) => {
            let judges = |me| may_rule(desk.world(), me, game).is_ok();
            game.waits_for_ruling() && caller.person.is_some_and(judges)
        }
        ("watch", stage) => {
            stage != Stage::Over && seat.is_none() && !watching(game, caller.person)
        }
        ("unwatch", _) => watching(game, caller.person),
        (_, stage) => card.who == Who::Admin && stage != Stage::Over,
    }
}

fn watching(game: &Match, me: Option<PersonId>) -> bool {
    me.is_some_and(|me| game.watchers.contains(&me))
}

fn status(desk: &Desk, place: Place, me: Option<PersonId>) -> Answer {
    let world = desk.world();
    let seen = |text: String, waiting, gone| {
        Answer::Seen(Seen::Status(Status {
            text,
            waiting,
            gone,
            asks_back: place == Place::Contact,
            ..Status::default()
        }))
    };
    if let Some(tag) = place.clan() {
        return clan::status(desk, tag, me);
    }
    let Some(id) = place.game() else {
        let waiting = me.map_or(0, |me| {
            world
                .matches_of(me)
                .filter(|live| waits_for(&live.game, me))
                .count()
        });
        let text = match waiting {
            0 => "Nothing waits for you. Write `help` to me.".to_owned(),
            1 => "1 match waits for you".to_owned(),
            n => format!("{n} matches wait for you"),
        };
        return seen(text, waiting, false);
    };
    match desk.find(id) {
        Some(Found::Live(live)) if live.game.visible_to(me) => {
            let waits = me.is_some_and(|me| waits_for(&live.game, me));
            // One look serves all who have this contact, whoever of them is named: so nobody's is better.
            let game = &live.seen_by(None).game;
            let names: Vec<String> = game
                .names()
                .into_iter()
                .map(|id| world.people.name(id))
                .collect();
            let stage = match game.waits_for().as_slice() {
                [seat] => {
                    let side = game.side_of(*seat);
                    format!(
                        "move {}, {} to move",
                        game.plays + 1,
                        side.unwrap_or("next")
                    )
                }
                _ => game.stage.word().to_owned(),
            };
            let text = format!("{}: {}, {stage}", game.terms.game, names.join("–"));
            seen(text, usize::from(waits), game.stage == Stage::Over)
        }
        Some(Found::Finished(finished)) if archive::visible_to(&finished, me) => seen(
            format!(
                "{}: over, {}",
                match_name(desk, &finished.terms, &finished.names()),
                finished.verdict.code
            ),
            0,
            true,
        ),
        _ => Answer::Nothing,
    }
}

fn keys(desk: &Desk) -> Vec<KeyOut> {
    let mut until = None;
    let newest_first = desk.world().service.keys.iter().rev().take(MAX_KEYS);
    let spans = newest_first.map(|(key, since)| KeyOut {
        key: *key,
        since: *since,
        until: until.replace(*since),
    });
    spans.collect()
}

/// The players of a match that is played by people who sit and wait for each other, for the door to look after.
fn clocked<'a>(world: &'a World, live: &'a Live) -> impl Iterator<Item = Clocked> + 'a {
    let game = &live.game;
    let timed = world.is_timed(game.id);
    let seats = game.seats.iter().zip(0..).filter(move |_| timed);
    seats.filter_map(move |(person, seat)| {
        Some(Clocked {
            game: game.id,
            jid: (world.people.told_at(world.people.get(*person)?))
                .next()?
                .to_owned(),
            away: game.absences.of(Seat(seat)).map(|away| away.why),
        })
    })
}

fn standing(desk: &Desk) -> Standing {
    let world = desk.world();
    let mut standing = Standing {
        lobby: world.service.lobby.clone(),
        mutes: world.service.moderation.has_mutes(),
        news: world.service.news.clone(),
        keys: keys(desk),
        halls: halls::standing(world),
        clans: world.clans.with_nodes().collect(),
        ..Standing::default()
    };
    for live in world.all_live() {
        let game = &live.game;
        if let Some(room) = &game.room {
            let players = game.players().into_iter();
            let jids = players
                .filter(|(_, id)| world.mute_of(*id, desk.now()).is_none())
                .filter_map(|(_, id)| world.people.get(id))
                .flat_map(|person| person.addresses().map(str::to_owned));
            standing.rooms.push((game.id, room.clone(), jids.collect()));
        }
        standing.clocked.extend(clocked(world, live));
        if let Some(node) = &game.node {
            standing.feeds.push((game.id, node.clone()));
        }
    }
    // Which of somebody's addresses asked for it is not in the journal: all of them are shown it.
    let contacts = world.service.contacts.iter();
    let known = contacts.filter_map(|(to, who)| Some((*to, world.people.get(*who)?)));
    let each = known.flat_map(|(to, person)| {
        let addresses = person.addresses();
        addresses.map(move |address| (address.to_owned(), to))
    });
    standing.contacts = each.collect();
    standing
}
