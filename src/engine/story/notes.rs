//! What people are told: players of turns, offers and endings, watchers of every public fact.

use super::sentences::turn_line;
use super::{Act, Event, Fact, Story, Viewer, Words};
use crate::engine::effect::Note;
use crate::kit::{PersonId, Seat};
use crate::matches::{Match, OfferKind, Pause, Side, Stage, WAIT, law};

/// Lines of one note, the last ones: what fits a phone's screen beside a board.
const MAX_LINES: usize = 12;

impl Story<'_> {
    pub(super) fn tell_players(&self, acts: &mut Vec<Act>) {
        let game = self.game();
        let waiting = game.waits_for();
        for (seat, person) in game.players() {
            let seated = !game.seats.is_empty();
            let turn = waiting.contains(&seat) && self.turns(seat, person);
            let told = (turn || self.concerns(seat, person)) && self.may_be_told(person);
            if !told {
                continue;
            }
            let viewer = if seated {
                Viewer::Seat(seat)
            } else {
                Viewer::Public
            };
            acts.push(Act::Tell(self.note(person, viewer, turn.then_some(seat))));
        }
    }

    /// Those who are no players, or not yet: who is named and has to answer, who comes in or goes, captains of a board,
    /// and in the end everybody of a team.
    pub(super) fn tell_team(&self, acts: &mut Vec<Act>) {
        let game = self.game();
        let players: Vec<PersonId> = game.players().into_iter().map(|(_, who)| who).collect();
        let told = |person: PersonId| {
            self.events.iter().any(|event| match event {
                Event::Named { people, subs, .. } => {
                    (people.contains(&person) || subs.contains(&person))
                        && game.awaits_member(person)
                }
                Event::Proposed(_) => game.awaits_consent_of(person),
                Event::Replaced { who, was, .. } => *who == person || *was == person,
                Event::Over { .. } | Event::Started { .. } => game.terms.boards() > 0,
                _ => false,
            })
        };
        let mut people = game.people();
        for event in self.events {
            if let Event::Replaced { was, .. } = event {
                people.push(*was);
            }
        }
        for person in people {
            let own = self.decided.by == Some(person);
            if !players.contains(&person) && !own && told(person) && self.may_be_told(person) {
                acts.push(Act::Tell(self.note(person, Viewer::Public, None)));
            }
        }
    }

    /// Whether this record made it a seat's turn; whoever asked for the record sees that in the answer.
    pub(super) fn turns(&self, seat: Seat, person: PersonId) -> bool {
        let acted = |event: &Event| {
            matches!(
                event,
                Event::Started { .. }
                    | Event::Moved { .. }
                    | Event::Revealed { .. }
                    | Event::Flagged { .. }
                    | Event::Drawn { .. }
                    | Event::Next { .. }
                    | Event::Resumed { .. }
                    | Event::TakenBack { .. }
            )
        };
        // Whoever came in for another is told like anybody whose turn has begun.
        let came = |event: &Event| {
            matches!(event, Event::Replaced { seat: theirs, who, .. }
                if *theirs == seat && *who == person)
        };
        if self.events.iter().any(came) {
            return true;
        }
        let own = self.decided.by == Some(person);
        let began = |event: &Event| {
            matches!(
                event,
                Event::Started { .. } | Event::Next { .. } | Event::Resumed { .. }
            )
        };
        self.has(acted) && (!own || self.has(began))
    }

    /// Whether a player is told of this record even when it is not that player's turn.
    ///
    /// The answer has told people what their own request came to; a program gets the event besides.
    pub(super) fn concerns(&self, seat: Seat, person: PersonId) -> bool {
        let own = self.decided.by == Some(person);
        let answered = own && !self.is_bot(person);
        let secret = |fact: &Fact| {
            matches!(fact, Fact::Split { seat: to, .. } if *to == seat)
                || matches!(fact, Fact::Opened { to: Some(to), .. } if *to == seat)
        };
        let news = self.events.iter().any(|event| match event {
            Event::Started { .. } | Event::Next { .. } | Event::Halted { .. } => true,
            Event::Accepted { .. } => self.game().terms.boards() > 0 && !answered,
            Event::Paused { .. } | Event::Resumed { .. } | Event::TakenBack { .. } => !answered,
            Event::Disputed { .. } | Event::Appealed { .. } => !answered,
            Event::Ruled { .. } | Event::Stalled { .. } => true,
            Event::Over { verdict, .. } => {
                !answered && (!own || !matches!(verdict.code.as_str(), "withdrawn" | "declined"))
            }
            Event::Challenged { to, .. } => *to == person,
            // What one of a side does concerns the others of it, who did not see it in an answer.
            Event::Moved { seat: mover, .. } | Event::Chose { seat: mover, .. } => {
                *mover == seat && !own
            }
            Event::Named { .. } | Event::Enlisted { .. } | Event::Unlisted { .. } => !own,
            Event::BoardOver { .. }
            | Event::Proposed(_)
            | Event::Allowed { .. }
            | Event::Kept { .. } => !own,
            Event::Replaced { .. } => !answered,
            Event::Offered(offer) => offer.seat != seat,
            Event::Refused { seat: refuser, .. } => *refuser != seat,
            // People find it in the record.
            Event::Signed(_) => self.is_bot(person),
            // Whoever is away is told by what waits when they come back.
            Event::Absent { seat: gone, .. }
            | Event::Back { seat: gone }
            | Event::GraceOver { seat: gone }
            | Event::OnLeave { seat: gone, .. }
            | Event::LeaveEnded { seat: gone }
            | Event::Claimable { seat: gone } => *gone != seat,
            Event::Waited { by, .. } => *by != seat && !answered,
            Event::Evidence { seat: by, .. } => *by != seat,
            _ => false,
        });
        news || (!answered && self.facts.iter().flatten().any(secret))
    }

    /// Whoever never spoke to us is told of a challenge, and of nothing that becomes of it.
    fn may_be_told(&self, person: PersonId) -> bool {
        self.people.get(person).is_none_or(|person| person.spoke)
            || self.has(|event| matches!(event, Event::Challenged { .. }))
            || self.game().awaits_member(person)
    }

    pub(super) fn is_bot(&self, person: PersonId) -> bool {
        self.people.get(person).is_some_and(|person| person.bot)
    }

    pub(super) fn note(&self, to: PersonId, viewer: Viewer, turn: Option<Seat>) -> Note {
        let game = self.game();
        // A program reads the event alone, so its note needs no sentences.
        let words = if self.is_bot(to) {
            Words::default()
        } else {
            self.words(to, viewer, turn)
        };
        Note {
            to,
            about: Some(game.id),
            clan: None,
            words,
            event: self.event_out(viewer, turn.is_some()),
            turn: turn.map(|seat| (seat, game.plays)),
        }
    }

    pub(super) fn words(&self, to: PersonId, viewer: Viewer, turn: Option<Seat>) -> Words {
        let game = self.game();
        if self.has(|event| matches!(event, Event::Challenged { .. })) {
            return self.challenge_words(to);
        }
        // The answer has told whoever ended a game how; what is news is that the next one begins.
        let own = self.decided.by == Some(to);
        let next = |event: &Event| matches!(event, Event::Next { .. });
        let known = self.events.iter().position(next).filter(|_| own);
        let mut words = self.spoken(viewer, known.unwrap_or(0));
        if self.changes_the_board() {
            words = words.board(game.view(viewer).board);
        }
        let draws = game.terms.game().is_some_and(|game| game.spec().draws);
        if self.has(|event| matches!(event, Event::Started { .. })) && draws {
            let sealed = game.luck.commitment.to_string();
            words = words.and(format!(
                "The luck of this match is fixed already. Proof {}…; check it after the match.",
                &sealed[..16]
            ));
        }
        if let Some(seat) = turn {
            words = words.and(turn_line(game, seat, self.decided.at));
        }
        words = self.and_team(to, words);
        for event in self.events {
            words = match self.what_next(event, viewer) {
                Some(line) => words.and(line),
                None => words,
            };
        }
        words = self.absence_words(words, viewer);
        if let Some(verdict) = &game.verdict
            && !verdict.places.is_empty()
        {
            if game.terms.is_elsewhere() && game.case.is_empty() {
                words = words.and(format!(
                    "Is that wrong? Type `dispute {}` and why, within {}.",
                    game.id,
                    game.terms.dispute_lasts().words()
                ));
            }
            words = words.and(format!(
                "Type `record {}` for the record, or `rematch` to play again.",
                game.id
            ));
        }
        words
    }

    /// What a player may type after an offer of the other or a ruling.
    fn what_next(&self, event: &Event, viewer: Viewer) -> Option<String> {
        let (game, id) = (self.game(), self.game().id);
        match event {
            Event::Offered(offer) if Viewer::Seat(offer.seat) != viewer => {
                let what = offer.what.word();
                Some(match offer.what {
                    OfferKind::Resume => {
                        format!("Type `{what} {id}` to agree or `decline {id}` to refuse.")
                    }
                    _ => format!(
                        "Type `{what} {id}` to agree, `decline {id}` to refuse, or simply move."
                    ),
                })
            }
            Event::Ruled { .. } => {
                let until = game.case.appeal_until()?;
                let left = (until - self.decided.at).words();
                Some(format!(
                    "Type `appeal {id}` and a reason if another referee should look at it, within {left}."
                ))
            }
            _ => None,
        }
    }

    /// Tells the human referees, once, that a match waits for them.
    pub(super) fn call_referees(&self, acts: &mut Vec<Act>) {
        let game = self.game();
        for referee in &self.referees {
            let id = game.id;
            let words = self
                .spoken(Viewer::Public, 0)
                .and(format!(
                    "It waits for a ruling: look with `show {id}` and `record {id}`."
                ))
                .and(format!(
                    "Then type `rule {id}`, what you rule (win and a player, draw, void, continue, or back and a move) and why."
                ));
            acts.push(Act::Tell(Note {
                to: *referee,
                about: Some(id),
                clan: None,
                words,
                event: self.event_out(Viewer::Public, false),
                turn: None,
            }));
        }
    }

    /// What a player may type about an opponent who is away, or was.
    fn absence_words(&self, words: Words, viewer: Viewer) -> Words {
        let id = self.game().id;
        let adjourned = (self.game().standstills.iter()).any(|held| held.why == Pause::Absent);
        let here = self.game().absences.iter().next().is_none();
        let line = |event: &Event| match event {
            Event::Claimable { seat } if viewer != Viewer::Seat(*seat) => Some(format!(
                "Type `claim {id}` to win, `wait {id}` to give {} more, or just let the clock run.",
                WAIT.words()
            )),
            Event::Back { .. } if adjourned && here => {
                Some(format!("Type `resume {id}` to play on."))
            }
            _ => None,
        };
        let lines = self.events.iter().filter_map(line);
        lines.fold(words, Words::and)
    }

    /// The lines of this record from an event on, the first under the match's name. A move ends its line, so that it can be
    /// copied.
    fn spoken(&self, viewer: Viewer, from: usize) -> Words {
        let lines = self.lines(viewer, from);
        let mut lines = lines
            .iter()
            .skip(lines.len().saturating_sub(MAX_LINES))
            .cloned();
        let first = lines.next().unwrap_or_default();
        let words = Words::line(format!("[{}] {first}", self.game().id));
        lines.fold(words, Words::and)
    }

    /// Whether there is a new position to look at.
    fn changes_the_board(&self) -> bool {
        let moved = |event: &Event| {
            matches!(
                event,
                Event::Started { .. }
                    | Event::Next { .. }
                    | Event::Replaced { .. }
                    | Event::Moved { .. }
                    | Event::Revealed { .. }
                    | Event::Flagged { .. }
                    | Event::TakenBack { .. }
            )
        };
        let drawn = |event: &Event| matches!(event, Event::Drawn { .. });
        self.has(moved)
            || self.has_result()
            || (self.game().stage == Stage::Started && self.has(drawn))
    }

    /// A challenge, told without a word that the challenger chose freely unless this person has spoken to us before.
    pub(super) fn challenge_words(&self, to: PersonId) -> Words {
        let game = self.game();
        let people = &self.people;
        let spoke = people.get(to).is_some_and(|person| person.spoke);
        let by = people.get(game.by);
        let who = match by {
            Some(by) if spoke => format!("{} ({})", by.handle, by.jid),
            Some(by) => by.jid.clone(),
            None => "Somebody".to_owned(),
        };
        let bot = if by.is_some_and(|by| by.bot) {
            ", a bot,"
        } else {
            ""
        };
        let (id, title) = (
            game.id,
            game.terms.game().map_or("a game", |game| game.spec().title),
        );
        let mut words = Words::line(format!(
            "[{id}] {who}{bot} challenges you to {title}: {}, {}, {}.",
            game.terms.clock_words(),
            if game.terms.rated { "rated" } else { "casual" },
            game.terms.visibility.word()
        ));
        let options = game
            .terms
            .game()
            .map(|game| game.spec().options)
            .unwrap_or_default();
        let setup = if spoke {
            game.terms.setup.text(options)
        } else {
            game.terms.setup.text_for_strangers(options)
        };
        if !setup.is_empty() {
            words = words.and(format!("Options: {setup}."));
        }
        if let Some(sides) = sides_line(game) {
            words = words.and(sides);
        }
        for rule in law(&game.terms).iter().filter(|rule| rule.brief) {
            words = words.and(rule.text.as_str());
        }
        words = words.and(format!("Type `accept {id}` to play, `decline {id}` to say no, `ignore` to hear no more of them."));
        if spoke {
            words
        } else {
            words.and("I referee games between people and bots; type `help` to learn more.")
        }
    }

    pub(super) fn tell_watchers(&self, acts: &mut Vec<Act>) {
        let game = self.game();
        if !self.has_public_news()
            || self.is_signature()
            || self.has(|event| matches!(event, Event::Challenged { .. } | Event::Opened { .. }))
        {
            return;
        }
        let players: Vec<PersonId> = game.players().into_iter().map(|(_, who)| who).collect();
        for watcher in game
            .watchers
            .iter()
            .filter(|watcher| !players.contains(watcher))
        {
            let mut words = self.spoken(Viewer::Public, 0);
            if self.changes_the_board() {
                words = words.board(game.view(Viewer::Public).board);
            }
            let event = self.event_out(Viewer::Public, false);
            acts.push(Act::Tell(Note {
                to: *watcher,
                about: Some(game.id),
                clan: None,
                words,
                event,
                turn: None,
            }));
        }
    }
}

impl Story<'_> {
    /// What somebody who was named, or is asked about a substitution, can type.
    fn and_team(&self, to: PersonId, words: Words) -> Words {
        let game = self.game();
        let id = game.id;
        let named = |event: &Event| matches!(event, Event::Named { .. } | Event::Proposed(_));
        if self.has(named) && (game.awaits_member(to) || game.awaits_consent_of(to)) {
            return words.and(format!(
                "Type `accept {id}` to agree, `decline {id}` to refuse, `rules {id}` for the rules."
            ));
        }
        let boards = game.terms.boards();
        let accepted = |event: &Event| matches!(event, Event::Accepted { .. });
        if boards > 0 && self.has(accepted) && game.captained_by(to).is_some() {
            return words.and(format!(
                "Name your line-up of {boards} in the order of boards: `lineup {id}` and their names, subs=… for substitutes."
            ));
        }
        words
    }
}

/// Which side the challenged would play, in games of two.
fn sides_line(game: &Match) -> Option<String> {
    if !game.terms.has_sides() {
        return None;
    }
    let sides = game.terms.game()?.spec().sides;
    match game.terms.side {
        Side::Luck => Some(format!("Luck decides who plays {}.", sides.first()?)),
        Side::Seat(seat) if sides.len() == 2 => Some(format!(
            "You would play {}.",
            sides.get(seat.other().index())?
        )),
        Side::Seat(_) => None,
    }
}
