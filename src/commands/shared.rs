//! What several commands need: which match is meant, and how a match is shown.

use super::card::{Ask, Field, Kind, WordsFor};
use super::disputes::history;
use super::reply::Reply;
use crate::clans::People;
use crate::engine::{Desk, Found, Live, archive, story};
use crate::games::Viewer;
use crate::kit::{MatchId, PersonId, Refusal, Seat, Timestamp, Words, refuse};
use crate::matches::{Match, Reading, Roster, Stage, Team, Terms, points};

/// The field that says which match is meant; without it the only one that fits is.
pub const MATCH: Field = Field {
    name: "match",
    label: "Match",
    kind: Kind::Match,
    default: "",
    required: false,
    words: WordsFor::If(is_match_id),
};
/// The same for commands that are about anybody's match.
pub const ANY_MATCH: Field = Field {
    kind: Kind::AnyMatch,
    ..MATCH
};
/// The field that makes a repeated request safe.
pub const EXPECT: Field = Field {
    name: "expect",
    label: "Moves played so far (makes a repeated request safe)",
    kind: Kind::Program,
    default: "",
    required: false,
    words: WordsFor::Named,
};
/// The field with a player's own addition to the luck.
pub const SALT: Field = Field {
    name: "salt",
    label: "Your own addition to the luck (any short text)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::Named,
};

/// The refusal for matches that do not exist and for those one may not know of: the same, to the letter.
pub fn no_such_match(id: MatchId) -> Refusal {
    refuse("match/unknown", format!("There is no match {id}."))
        .hint("Type `my` for your matches or `matches` for all.")
}

/// Whether a word is a match's id, for fields that take one.
pub fn is_match_id(word: &str) -> bool {
    word.parse::<MatchId>().is_ok()
}

impl Ask<'_> {
    /// Who asks, met for the first time if need be.
    pub fn me(&mut self) -> Result<PersonId, Refusal> {
        self.desk.meet(&self.caller.bare, true)
    }

    /// A field's value.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name)
    }

    /// The match that is meant: the one that was named, the one of this address, or the only one that fits.
    ///
    /// `fits` chooses among the caller's own matches; `what` names such a match in the refusal, as in "waits for you".
    pub fn game(
        &mut self,
        what: &str,
        fits: impl Fn(&Match, PersonId) -> bool,
    ) -> Result<MatchId, Refusal> {
        if let Some(named) = self.field("match") {
            let id = named.parse().map_err(|()| {
                refuse(
                    "match/bad-id",
                    format!("`{}` is no match.", crate::kit::clip(named, 40)),
                )
                .hint("Matches are named m1, m2 and so on; type `my` for yours.")
            })?;
            return self.visible(id);
        }
        if let Some(id) = self.place.game() {
            return self.visible(id);
        }
        let Some(me) = self.caller.person else {
            return Err(none(what));
        };
        let mine: Vec<MatchId> = self
            .desk
            .world()
            .matches_of(me)
            .filter(|live| live.game.visible_to(self.reader()) && fits(&live.game, me))
            .map(|live| live.game.id)
            .collect();
        match mine.as_slice() {
            [] => Err(none(what)),
            [only] => Ok(*only),
            several => {
                let ids: Vec<String> = several.iter().take(10).map(ToString::to_string).collect();
                Err(refuse(
                    "match/which",
                    format!("Which match do you mean: {}?", ids.join(", ")),
                )
                .hint(format!("Add its name, such as `{}`.", ids[0])))
            }
        }
    }

    /// As [`Ask::game`], for those who only want to look: without a running match of theirs, the last that ended.
    pub fn game_or_last(&mut self) -> Result<MatchId, Refusal> {
        match self.game("of yours is being played", |_, _| true) {
            Err(no) if no.code == "match/none" => self.last_over().ok_or(no),
            other => other,
        }
    }

    /// The caller's match that ended last.
    pub fn last_over(&self) -> Option<MatchId> {
        self.desk.last_over(self.reader()?).map(|last| last.id)
    }

    /// Adds what the last decision came to, as the answer to whoever asked for it.
    pub fn and_what_came_of_it(&self, words: Words) -> Words {
        self.desk.heard().iter().cloned().fold(words, Words::and)
    }

    /// Who reads the answer, as far as secrets go: nobody in particular where others read along.
    pub fn reader(&self) -> Option<PersonId> {
        self.caller.person.filter(|_| !self.place.is_room())
    }

    fn visible(&self, id: MatchId) -> Result<MatchId, Refusal> {
        let visible = match self.desk.find(id) {
            Some(Found::Live(live)) => {
                // Whoever calls a referee to a private match shows it to them.
                let rules = (self.caller.referee || self.caller.admin) && !self.place.is_room();
                live.game.visible_to(self.reader()) || (rules && live.game.waits_for_ruling())
            }
            Some(Found::Finished(finished)) => archive::visible_to(&finished, self.reader()),
            None => false,
        };
        if visible {
            Ok(id)
        } else {
            Err(self.desk.missing_match(id, self.reader()))
        }
    }

    /// A match as its result form shows it, with these words.
    pub fn state_of(&self, id: MatchId, words: Words) -> Reply {
        let reply = Reply::words(words).with("match", id.to_string());
        match self.desk.find(id) {
            Some(Found::Live(live)) => reply
                .with("version", live.seen_by(self.reader()).v.to_string())
                .with("state", live.seen_by(self.reader()).game.stage.word()),
            Some(Found::Finished(finished)) => reply
                .with("version", finished.v.to_string())
                .with("state", Stage::Over.word()),
            None => reply,
        }
    }
}

fn none(what: &str) -> Refusal {
    refuse("match/none", format!("No match {what}."))
        .hint("Type `my` for your matches or `matches` for all.")
}

/// A moment for people: `2026-01-02 12:00 UTC`.
pub fn moment(at: Timestamp) -> String {
    at.moment()
}

/// A player's name with what others have to know: that it is a bot's, and the rating where that is at stake.
pub fn titled(desk: &Desk, person: PersonId, terms: &Terms) -> String {
    let world = desk.world();
    let name = world.people.name(person);
    let bot = world.people.get(person).is_some_and(|person| person.bot);
    let rating = terms.rated.then(|| {
        world
            .ratings
            .standing(person, &terms.game)
            .rating
            .to_string()
    });
    let marks: Vec<String> = bot
        .then(|| "bot".to_owned())
        .into_iter()
        .chain(rating)
        .collect();
    match marks.as_slice() {
        [] => name,
        marks => format!("{name} ({})", marks.join(", ")),
    }
}

/// A match in a few words: what is played, and who plays.
pub fn outline(desk: &Desk, game: &Match) -> String {
    let title = game
        .terms
        .game()
        .map_or(game.terms.game.as_str(), |game| game.spec().title);
    let people = &desk.world().people;
    let names: Vec<_> = game
        .names()
        .into_iter()
        .map(|person| people.name(person))
        .collect();
    format!("{title}, {}", names.join("–"))
}

/// One line about a match, for lists.
pub fn headline(ask: &Ask<'_>, game: &Match) -> String {
    let title = game
        .terms
        .game()
        .map_or(game.terms.game.as_str(), |game| game.spec().title);
    let people = &ask.desk.world().people;
    let names: Vec<String> = game
        .names()
        .into_iter()
        .map(|person| titled(ask.desk, person, &game.terms))
        .collect();
    let names = if names.len() == 1 {
        format!("{} waits", names[0])
    } else {
        names.join("–")
    };
    let turn = match game.waits_for().as_slice() {
        [seat] => game
            .seats
            .get(seat.index())
            .map(|person| format!(", {} to move", people.name(*person))),
        _ => None,
    };
    let waits = ask.elsewhere_waits(game);
    let (turn, stage) = match (game.stage, waits, &game.tally) {
        (Stage::Started, ..) if game.terms.boards() > 0 => {
            (None, format!("{} boards", game.terms.boards()))
        }
        (Stage::Started, Some(told), _) => (None, told.trim_end_matches('.').to_owned()),
        (Stage::Started, None, Some(tally)) => {
            let (number, score) = (tally.number(), tally.score());
            let plays = game.plays - game.moves_before() + 1;
            (turn, format!("game {number} ({score}), move {plays}"))
        }
        (Stage::Started, None, None) => (turn, format!("move {}", game.plays + 1)),
        (Stage::Gathering, ..) => (None, "waiting for line-ups".to_owned()),
        (other, ..) => (turn, other.word().to_owned()),
    };
    let clock = match game.terms.clock {
        clock if clock.is_none() => "no clock".to_owned(),
        clock => clock.to_string(),
    };
    let wanted = game.terms.wanted().filter(|_| game.stage == Stage::Open);
    let wanted = wanted.map(|formula| format!(" for {formula}"));
    format!(
        "{} {title}: {names}, {clock}, {stage}{}{}",
        game.id,
        turn.unwrap_or_default(),
        wanted.unwrap_or_default()
    )
}

/// Line-ups, boards and a substitution that waits.
fn team_lines(ask: &Ask<'_>, game: &Match) -> Vec<String> {
    let Some(team) = &game.team else {
        return Vec::new();
    };
    let people = &ask.desk.world().people;
    let mut lines = Vec::new();
    let rosters = game.names().into_iter().zip(&team.rosters);
    let named = |roster: &Roster| game.terms.boards() > 0 || !roster.people.is_empty();
    for (captain, roster) in rosters.filter(|(_, roster)| named(roster)) {
        let one = |person: &PersonId| {
            let name = people.name(*person);
            if roster.agreed.contains(person) {
                name
            } else {
                format!("{name} (has not accepted)")
            }
        };
        let names = |list: &[PersonId]| list.iter().map(one).collect::<Vec<_>>().join(", ");
        let subs = if roster.subs.is_empty() {
            String::new()
        } else {
            format!("; substitutes {}", names(&roster.subs))
        };
        let captain = people.name(captain);
        lines.push(if roster.people.is_empty() && game.terms.boards() > 0 {
            format!("{captain} has named no line-up.")
        } else {
            format!("With {captain}: {}{subs}.", names(&roster.people))
        });
    }
    lines.extend(board_lines(ask, &game.seats, team));
    if let Some(proposal) = game.proposal() {
        lines.push(format!(
            "{} is to play for {}; not everybody has agreed.",
            people.name(proposal.who),
            people.name(proposal.was)
        ));
    }
    lines
}

/// One line for each board of a team match.
pub fn board_lines(ask: &Ask<'_>, seats: &[PersonId], team: &Team) -> Vec<String> {
    let people = &ask.desk.world().people;
    let mut lines = Vec::new();
    for (number, board) in (1..).zip(&team.boards) {
        let how = match &board.over {
            None => "being played".to_owned(),
            Some((places, code)) => match places.as_slice() {
                [] => format!("called off ({code})"),
                [first, second] if first == second => format!("drawn ({code})"),
                places => {
                    let winner = usize::from(places.first() != Some(&1));
                    let side = seats.get(winner).map(|captain| people.name(*captain));
                    format!("{}'s side ({code})", side.unwrap_or_default())
                }
            },
        };
        lines.push(format!("Board {number}, {}: {how}.", board.game));
    }
    lines
}

/// The clans that play, and the match between them that this is.
pub fn fixture_line(terms: &Terms) -> Option<String> {
    let fixture = terms.fixture()?;
    let [one, other] = fixture.clans;
    Some(format!("{one} against {other}, {}.", fixture.id))
}

/// The score of a series: "Game 2, best of 3: alice 1, bob 0."
pub fn score_line(ask: &Ask<'_>, game: &Match) -> Option<String> {
    let (tally, series) = (game.tally.as_ref()?, game.terms.series()?);
    let people = &ask.desk.world().people;
    let scores = game.seats.iter().zip(0..).map(|(person, seat)| {
        let points = points(tally.halves(Seat(seat)));
        format!("{} {points}", people.name(*person))
    });
    let scores: Vec<String> = scores.collect();
    Some(format!(
        "Game {}, best of {}: {}.",
        tally.number(),
        series.best,
        scores.join(", ")
    ))
}

impl Reply {
    /// In a series: which game is played, from which move on, with which score, and the reader's side in it.
    fn with_side(self, game: &Match, seat: Option<Seat>) -> Reply {
        let Some(tally) = &game.tally else {
            return self;
        };
        let side = seat.and_then(|seat| game.side_of(seat)).unwrap_or_default();
        self.with("number", tally.number().to_string())
            .with("score", tally.score())
            .with("before", game.moves_before().to_string())
            .with("side", side)
    }
}

/// Says how many watch, where anybody does.
fn audience(words: Words, spectators: usize) -> Words {
    match spectators {
        0 => words,
        1 => words.and("1 person watches."),
        n => words.and(format!("{n} people watch.")),
    }
}

/// What each clock shows, with the name of whose it is.
fn clock_words(ask: &Ask<'_>, game: &Match, readings: &[Reading]) -> Vec<String> {
    let people = &ask.desk.world().people;
    let shown = |(person, reading): (&PersonId, &Reading)| {
        let beside = match reading.beside() {
            beside if beside.is_empty() => beside,
            beside => format!(" ({beside})"),
        };
        format!("{} {}{beside}", people.name(*person), reading.left.clock())
    };
    game.seats.iter().zip(readings).map(shown).collect()
}

/// The links that the sides have shown.
fn with_evidence(ask: &Ask<'_>, game: &Match, words: Words) -> Words {
    let people = &ask.desk.world().people;
    let by = |seat: &Seat| game.seats.get(seat.index()).map(|id| people.name(*id));
    game.evidence.iter().fold(words, |words, (seat, url)| {
        words.and(format!(
            "Evidence by {}: {url}",
            by(seat).unwrap_or_default()
        ))
    })
}

/// What is offered, and what human referees have to do with a match.
fn standing(people: &People, game: &Match, mut words: Words) -> Words {
    for offer in &game.offers {
        let by = game
            .seats
            .get(offer.seat.index())
            .map(|person| people.name(*person))
            .unwrap_or_default();
        words = words.and(format!("{by} offers: {}.", offer.what.word()));
    }
    let over = game.stage == Stage::Over;
    for line in history(people, &game.names(), &game.case, over) {
        words = words.and(line);
    }
    words
}

/// The whole position of a live match as one viewer may see it. Where others read along that is what everybody sees.
pub fn position(ask: &Ask<'_>, live: &Live) -> Reply {
    let now = live.clock_time(ask.reader(), ask.desk.clock_time());
    let spectators = ask.desk.spectators(live);
    let live = live.seen_by(ask.reader());
    let game = &live.game;
    let people = &ask.desk.world().people;
    let seat = ask.reader().and_then(|me| game.seat_of(me));
    let viewer = seat.map_or(Viewer::Public, Viewer::Seat);
    let view = game.view(viewer);
    let waiting = game.waits_for();
    let mut words = Words::line(headline(ask, game));
    words = fixture_line(&game.terms)
        .into_iter()
        .fold(words, Words::and);
    words = score_line(ask, game).into_iter().fold(words, Words::and);
    words = team_lines(ask, game).into_iter().fold(words, Words::and);
    words = words.board(view.board);
    let readings = game.readings(now);
    let clocks = clock_words(ask, game, &readings);
    if !clocks.is_empty() {
        words = words.and(format!("Clocks: {}.", clocks.join(", ")));
    }
    let mut legal = Vec::new();
    if let Some(seat) = seat.filter(|seat| waiting.contains(seat)) {
        words = words.and(story::turn_line(game, seat, now));
        let how = game.terms.game().map_or("", |game| game.spec().how);
        if !game.terms.is_elsewhere() && game.moves().any(|(mover, _)| mover == seat) {
            words = words.and(how);
        }
        legal = (game.table()).map_or(Vec::new(), |table| table.legal(seat).shown());
    }
    if game.stage == Stage::Challenged && game.to == ask.caller.person {
        words = words.and(format!(
            "Type `accept {}` to play or `decline {}` to say no.",
            game.id, game.id
        ));
    }
    words = standing(people, game, words);
    words = with_evidence(ask, game, words);
    words = audience(words, spectators);
    if let Some(room) = &game.room {
        words = words.and(format!("Room: xmpp:{room}?join"));
    }
    let turn: Vec<String> = waiting
        .iter()
        .filter_map(|seat| game.seats.get(seat.index()))
        .map(|person| people.name(*person))
        .collect();
    let left = readings.iter().map(|reading| reading.left.0.to_string());
    let reply = ask
        .state_of(game.id, words)
        .with("turn", turn.join(" "))
        .with(
            "seat",
            seat.map(|seat| seat.to_string()).unwrap_or_default(),
        )
        .with_side(game, seat)
        .with("position", view.position)
        .with_list("legal", legal)
        .with_list(
            "moves",
            game.moves().map(|(_, text)| text.to_owned()).collect(),
        )
        .with_list("clocks", left.collect())
        .with("hash", live.head.to_string())
        .with("spectators", spectators.to_string())
        .with("room", game.room.clone().unwrap_or_default())
        .with("feed", game.node.clone().unwrap_or_default());
    // Byo-yomi periods left, or moves to be made in the running period of Canadian overtime.
    let overtime: Vec<Option<u16>> = (readings.iter())
        .map(|reading| reading.periods.or(reading.moves))
        .collect();
    if overtime.iter().all(Option::is_none) {
        return reply;
    }
    let overtime = overtime.iter().map(|n| n.unwrap_or(0).to_string());
    reply.with_list("periods", overtime.collect())
}
