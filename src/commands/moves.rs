//! `move`: makes a move, or a sealed choice.

use super::call::{Caller, Door, Place};
use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::elsewhere::and_who_is_next;
use super::reply::Reply;
use super::shared::{EXPECT, MATCH};
use super::typed;
use crate::engine::story::turn_line;
use crate::engine::waiting::left_words;
use crate::engine::{Desk, Live};
use crate::games::{Legal, Viewer};
use crate::kit::{MatchId, PersonId, Refusal, Seat, Words, clip, refuse};
use crate::matches::{self, Match, Stage};

/// The card.
pub const CARD: Card = Card {
    name: "move",
    aliases: &["m"],
    title: "Move",
    help: "Makes a move, or a choice that stays sealed until all have chosen.",
    example: "move e4",
    who: Who::Anyone,
    effect: Effect::Changes,
    fields: &[
        MATCH,
        Field {
            name: "move",
            label: "Move",
            kind: Kind::Pick(legal_moves),
            default: "",
            required: true,
            words: WordsFor::Rest,
        },
        EXPECT,
    ],
    run,
};

/// The legal moves, when they can be listed.
fn legal_moves(desk: &Desk, caller: &Caller, place: Place) -> Vec<(String, String)> {
    let Some(me) = caller.person else {
        return Vec::new();
    };
    let mine = |live: &&Live| {
        live.game
            .seat_of(me)
            .is_some_and(|seat| live.game.waits_for().contains(&seat))
    };
    let live = match place.game() {
        Some(id) => desk.world().live(id).filter(mine),
        None => desk.world().matches_of(me).find(mine),
    };
    let Some(live) = live else { return Vec::new() };
    let seat = live.game.seat_of(me).unwrap_or(crate::kit::Seat(0));
    match live.game.table().map(|table| table.legal(seat)) {
        // Examples are no list to choose from.
        Some(Legal::All(moves)) => moves.into_iter().map(|text| (text.clone(), text)).collect(),
        _ => Vec::new(),
    }
}

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let me = ask.me()?;
    let turn = |game: &Match, me| {
        game.seat_of(me)
            .is_some_and(|seat| game.waits_for().contains(&seat))
    };
    let id = match ask.game("waits for your move", turn) {
        // Two matches may wait while the text is a legal move in one of them only.
        Err(refusal) if refusal.code == "match/which" && ask.door == Door::Chat => {
            ask.only_reading(me).ok_or(refusal)?
        }
        other => other?,
    };
    // Before the text is read: even the refusal of a hidden choice could tell something.
    ask.no_secrets_in_rooms(id, me)?;
    let text = ask.field("move").unwrap_or_default().to_owned();
    let expect = ask.expect()?;
    let text = match (ask.door, expect) {
        (Door::Chat, None) => ask.one_reading(id, me, &text)?,
        _ => text,
    };
    ask.desk.act(
        Some(me),
        id,
        &matches::Ask::Play {
            text: text.clone(),
            expect,
            lag: ask.caller.lag,
        },
        ask.req,
    )?;
    Ok(ask.played(id, me, &text))
}

impl Ask<'_> {
    /// The number of moves the sender believes to have been played.
    pub fn expect(&self) -> Result<Option<u32>, Refusal> {
        let Some(text) = self.field("expect") else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            refuse(
                "command/expect",
                "The field expect takes the number of moves played so far.",
            )
            .hint("Take it from the list `moves` of `show`, or leave it out.")
        })
    }

    /// Refuses when another number of moves has been played than the sender believes.
    pub fn expected(&self, id: MatchId) -> Result<(), Refusal> {
        let Some(expect) = self.expect()? else {
            return Ok(());
        };
        let plays = self
            .desk
            .world()
            .live(id)
            .map_or(expect, |live| live.seen_by(self.reader()).game.plays);
        if plays == expect {
            return Ok(());
        }
        Err(refuse(
            "match/stale",
            format!("You expected {expect} moves, but {plays} have been played."),
        )
        .hint(format!("Type `show {id}` to see the position.")))
    }

    /// The one of the caller's waiting matches in which the text is a move.
    fn only_reading(&self, me: PersonId) -> Option<MatchId> {
        let text = self.field("move")?;
        let reads =
            |live: &&Live| readings(&live.game, me, text).is_ok_and(|found| !found.is_empty());
        let mut fitting = self
            .desk
            .world()
            .matches_of(me)
            .filter(reads)
            .map(|live| live.game.id);
        match (fitting.next(), fitting.next()) {
            (Some(only), None) => Some(only),
            _ => None,
        }
    }

    /// What a person means by a text: the only legal reading, or a question back.
    fn one_reading(&self, id: MatchId, me: PersonId, text: &str) -> Result<String, Refusal> {
        let Some(live) = self.desk.world().live(id) else {
            return Ok(text.to_owned());
        };
        if live
            .game
            .seat_of(me)
            .is_none_or(|seat| !live.game.waits_for().contains(&seat))
        {
            return Ok(text.to_owned());
        }
        let mut found = readings(&live.game, me, text)?;
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Ok(text.to_owned()),
            _ => Err(refuse(
                "match/ambiguous",
                format!(
                    "`{}` can be read as {}.",
                    clip(text, 20),
                    found.join(" or ")
                ),
            )
            .hint("Type the one you mean, exactly so.")),
        }
    }

    /// What others must not see yet is not typed where they read along.
    fn no_secrets_in_rooms(&self, id: MatchId, me: PersonId) -> Result<(), Refusal> {
        let Some(live) = self.desk.world().live(id) else {
            return Ok(());
        };
        let secret = live.game.plays_in_private();
        let plays = live.game.seat_of(me).is_some();
        if self.place.is_room() && secret && plays {
            return Err(refuse(
                "room/private",
                format!("Not here: others read along, so nothing was recorded in {id}."),
            )
            .hint(format!(
                "Write your choice to me in private: `move {id}` and what you play."
            )));
        }
        Ok(())
    }

    /// The answer to a move: what it was, what came of it, the position, and who is next.
    pub(super) fn played(&self, id: MatchId, me: PersonId, text: &str) -> Reply {
        let Some(live) = self.desk.world().live(id) else {
            return Reply::default();
        };
        let game = &live.game;
        let seat = game.seat_of(me);
        let chosen = seat.is_some_and(|seat| game.chosen.contains_key(&seat));
        let mine = game
            .moves()
            .filter(|(mover, _)| Some(*mover) == seat)
            .last()
            .map(|(_, text)| text.to_owned());
        let shown = if chosen {
            text.to_owned()
        } else {
            mine.unwrap_or_else(|| text.to_owned())
        };
        let mut heard = self.desk.heard().iter().cloned();
        let elsewhere = game.terms.is_elsewhere();
        let mut words = Words::line(if elsewhere {
            // A request that was repeated has nothing new to tell.
            let told = heard.next().unwrap_or(format!("You played {shown}"));
            format!("[{id}] {told}")
        } else if chosen {
            format!(
                "[{id}] Your choice is sealed: {shown}. You may change it until the other has chosen."
            )
        } else {
            format!("[{id}] You played {shown}")
        });
        words = heard.fold(words, Words::and);
        // The next game of a series has a message of its own, with its board.
        if !chosen && game.is_later_game() && game.plays == game.moves_before() {
            return self.state_of(id, words).with("move", shown);
        }
        words = words.board(game.view(seat.map_or(Viewer::Public, Viewer::Seat)).board);
        match seat.filter(|seat| game.waits_for().contains(seat)) {
            Some(seat) => words = words.and(turn_line(game, seat, self.desk.now())),
            None => {
                words = own_clock(self, game, seat)
                    .into_iter()
                    .fold(words, Words::and)
            }
        }
        if game.stage == Stage::Over && !elsewhere {
            words = words.and("Type `rematch` to play again.");
        }
        if elsewhere {
            words = and_who_is_next(self, game, seat, words);
        }
        self.state_of(id, words).with("move", shown)
    }
}

/// What the mover's own clock shows, while the other's runs.
fn own_clock(ask: &Ask<'_>, game: &Match, seat: Option<Seat>) -> Option<String> {
    let seat = seat.filter(|_| game.stage == Stage::Started && !game.terms.clock.is_deadline())?;
    let reading = game.reading(seat, ask.desk.now())?;
    Some(format!("Your clock: {}.", left_words(reading.left)))
}

/// All legal readings of a text in a match that waits for this person.
pub fn readings(game: &Match, me: PersonId, text: &str) -> Result<Vec<String>, Refusal> {
    let waiting = game
        .seat_of(me)
        .filter(|seat| game.waits_for().contains(seat) || game.chosen.contains_key(seat));
    match (waiting, game.table()) {
        (Some(seat), Some(table)) => match table.read_loosely(seat, text) {
            Ok(found) if !found.is_empty() => Ok(found),
            // Without quotes, full stops, smileys and courtesies it may be a move.
            exact => match table.read_loosely(seat, typed::polite(text)) {
                Ok(found) if !found.is_empty() => Ok(found),
                _ => exact,
            },
        },
        _ => Ok(Vec::new()),
    }
}
