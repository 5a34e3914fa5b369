//! The law of a match: which requests become which events.
//!
//! A decision is worked out on a copy of the match that evolves along, so that every event fits the one before it; the
//! match itself changes only when the engine applies the events. Begin reading with [`Match::decide`]; `answers` is the law
//! of challenges, `absence` of players who are away, `play` of moves and sealed choices, `offers` of what
//! players agree on, `endings` of what else ends a match, `series` of what comes after a game, `disputes` of human referees.

mod absence;
mod answers;
mod disputes;
mod endings;
mod evidence;
mod leave;
mod offers;
mod pauses;
mod play;
mod series;
mod substitutes;
mod teams;

use serde::{Deserialize, Serialize};

use super::away::Leave;
use super::case::Ruling;
use super::dealer::Luck;
use super::event::{Event, Sealed};
use super::offer::{Offer, OfferKind};
use super::state::{Match, Stage, misfit};
use super::terms::{LUCK_BINDS, Side, Terms};
use crate::games::{Ask as Question, Draw, Fact, Phase, Verdict};
use crate::kit::{Hash, MatchId, PersonId, Refusal, Seat, Secret, Span, Timestamp, refuse};

pub(super) use absence::{ADJOURNED_FOR, OUTAGE_LASTS};
pub use evidence::{MAX_EVIDENCE, link};

/// The longest salt.
pub const MAX_SALT_CHARS: usize = 64;
/// How long a challenge waits for an answer.
const CHALLENGE_LASTS: Span = Span::days(1);
/// How long an open match waits for somebody.
const OPEN_LASTS: Span = Span::hours(6);

/// What is asked of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Accept a challenge or join an open match, with a salt perhaps.
    Accept {
        /// The opponent's addition to the luck.
        salt: Option<String>,
    },
    /// Turn a challenge down; or an offer, once play has begun.
    Decline {
        /// Which offer, where several stand.
        what: Option<OfferKind>,
        /// Why, in the player's words.
        reason: Option<String>,
    },
    /// Take back one's own challenge or open match.
    Withdraw,
    /// Move, or make a sealed choice.
    Play {
        /// In the game's exact notation.
        text: String,
        /// How many moves the player believes to have been played.
        expect: Option<u32>,
        /// How long the move was on its way, as far as the door could measure it.
        lag: Option<Span>,
    },
    /// Show a link for what one says.
    Evidence {
        /// The link, as typed.
        link: String,
    },
    /// Give up the game.
    Resign,
    /// Give up the match: a whole series.
    Concede,
    /// Name a line-up, or allies.
    Name {
        /// Who plays, in the order of boards; or the allies.
        people: Vec<PersonId>,
        /// Substitutes.
        subs: Vec<PersonId>,
    },
    /// Put another person on a seat, if those who have to agree do.
    Substitute {
        /// Who comes.
        who: PersonId,
        /// Who goes; the one who asks when missing.
        was: Option<PersonId>,
    },
    /// Somebody who speaks for the clan of a side puts another person on its seat, if those who have to agree do. The caller
    /// has judged the role.
    Relieve {
        /// Who comes.
        who: PersonId,
        /// Who goes.
        was: PersonId,
    },
    /// A human referee agrees to a substitution in the opponent's place. The caller has judged the role.
    Allow,
    /// The referee's own: a board of this team match has begun.
    Board {
        /// Its number, from 1.
        board: u8,
        /// The match that is played on it.
        game: MatchId,
    },
    /// The referee's own: a board of this team match is over.
    BoardOver {
        /// Its number, from 1.
        board: u8,
        /// The places by the seats of this match; empty for no result.
        places: Vec<u8>,
        /// How it ended.
        code: String,
    },
    /// Offer a draw, or take the one that is offered.
    Draw,
    /// Call the match off: alone before both have moved, else by agreement.
    Abort,
    /// Propose something else, or agree to what the other has proposed.
    Offer {
        /// What.
        what: OfferKind,
        /// How long a break is to last.
        lasts: Option<Span>,
    },
    /// Call a human referee.
    Dispute {
        /// Why, in the player's words.
        reason: String,
    },
    /// Ask for a second ruling by another human referee.
    Appeal {
        /// Why, in the player's words.
        reason: String,
    },
    /// Rule, as a human referee. Whoever asks this has been found to have that role.
    Rule {
        /// What.
        ruling: Ruling,
        /// Time that is given to players.
        grants: Vec<(Seat, Span)>,
        /// Why.
        reason: String,
    },
    /// Be told how it goes.
    Watch,
    /// No longer be told.
    Unwatch,
    /// An admin ends it without a result.
    AdminAbort {
        /// The reason, which is shown.
        reason: String,
    },
    /// This referee failed on the match.
    Halt {
        /// What went wrong.
        why: String,
    },
    /// A room is ready.
    House {
        /// Its address.
        room: String,
    },
    /// A feed is ready.
    Feed {
        /// Its node.
        node: String,
    },
    /// A player who chose so is told again that it is their turn.
    Remind {
        /// Whose turn it is.
        seat: Seat,
    },
    /// The door has noticed that a player went away.
    Gone {
        /// Who.
        seat: Seat,
        /// How.
        why: Leave,
    },
    /// The door has seen a player again.
    Back {
        /// Who.
        seat: Seat,
    },
    /// Go on with a match that stands still.
    Resume,
    /// Take days of absence, from now on.
    Leave {
        /// Until when.
        to: Timestamp,
    },
    /// Be back before the days of absence are over.
    EndLeave,
    /// Win, because the opponent has been away for too long.
    Claim,
    /// Give an opponent who is away more time.
    Wait,
    /// The time has come that [`Match::next_wake`] named.
    Wake,
}

/// What was decided: events, and the secrets that go with them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Decision {
    /// What happened, in order.
    pub events: Vec<Event>,
    /// What only the referee may know of it.
    pub sealed: Vec<Sealed>,
}

/// Makes a match: a challenge to `to`, or an open offer to anybody.
pub fn challenge(
    at: Timestamp,
    by: PersonId,
    to: Option<PersonId>,
    mut terms: Terms,
    salt: Option<String>,
    seed: Hash,
) -> Result<Decision, Refusal> {
    terms.law = if terms.rated { LUCK_BINDS } else { 0 };
    if to == Some(by) {
        return Err(refuse("match/self", "You cannot challenge yourself.")
            .hint("Name somebody else, or type `open` and the game to wait for anybody."));
    }
    let salt = checked_salt(salt)?;
    let game = terms.game().ok_or_else(|| misfit("unknown rules"))?;
    terms.fit_elsewhere()?;
    // Opening a table once finds contradictory options before anybody is asked to accept them.
    let table = game.open(&terms.setup, game.spec().seats.0)?;
    let at_once = matches!(table.phase(), Phase::Together(_));
    terms.clock.fits(game.spec().seats, at_once)?;
    let commitment = Luck::new(seed).commitment;
    let event = match to {
        Some(to) => Event::Challenged {
            by,
            to,
            terms,
            commitment,
            salt,
            expires: at + CHALLENGE_LASTS,
        },
        None => Event::Opened {
            by,
            terms,
            commitment,
            salt,
            expires: at + OPEN_LASTS,
        },
    };
    Ok(Decision {
        events: vec![event],
        sealed: vec![Sealed::Seed(Secret::new(seed))],
    })
}

/// Sets a board of a team match up, or a match between two clans: it begins at once, for everybody has accepted the line-up
/// they are in. The seats of a board are as given; those of clans follow what was agreed about sides.
///
/// # Errors
/// `match/misfit` when this referee does not know the rules that the terms name.
pub fn pair(
    id: MatchId,
    at: Timestamp,
    seats: [PersonId; 2],
    terms: Terms,
    seed: Hash,
) -> Result<Decision, Refusal> {
    let commitment = Luck::new(seed).commitment;
    let first = Event::Paired {
        seats,
        terms,
        commitment,
    };
    let sealed = vec![Sealed::Seed(Secret::new(seed))];
    let game = Match::begin(id, at, &first, &sealed)?;
    let mut draft = Draft {
        at,
        game,
        made: Decision {
            events: vec![first],
            sealed,
        },
    };
    if draft.game.terms.parent().is_none() {
        draft.seat_and_start()?;
        return Ok(draft.made);
    }
    draft.emit(Event::Started {
        seats: seats.to_vec(),
    })?;
    draft.settle()?;
    Ok(draft.made)
}

fn checked_salt(salt: Option<String>) -> Result<Option<String>, Refusal> {
    match salt
        .map(|salt| salt.trim().to_owned())
        .filter(|salt| !salt.is_empty())
    {
        Some(salt) if salt.chars().count() > MAX_SALT_CHARS => Err(refuse(
            "match/long-salt",
            format!("A salt has at most {MAX_SALT_CHARS} characters."),
        )
        .hint("Type any short word you like, or leave it out.")),
        salt => Ok(salt),
    }
}

/// A decision in the making.
struct Draft {
    at: Timestamp,
    game: Match,
    made: Decision,
}

impl Match {
    /// Turns a request into events, or says why not. `by` is nobody for timers and the referee's own housekeeping.
    pub fn decide(
        &self,
        at: Timestamp,
        by: Option<PersonId>,
        ask: &Ask,
    ) -> Result<Decision, Refusal> {
        let mut draft = Draft {
            at,
            game: self.clone(),
            made: Decision::default(),
        };
        if self.is_done() {
            return Err(match ask {
                Ask::Dispute { .. } | Ask::Appeal { .. } | Ask::Rule { .. } => {
                    draft.result_stands()
                }
                _ => draft.too_late(),
            });
        }
        draft.credit()?;
        draft.appear(by)?;
        match (ask, by) {
            (Ask::Wake, _) => draft.wake()?,
            (Ask::House { room }, _) => draft.emit(Event::Housed { room: room.clone() })?,
            (Ask::Feed { node }, _) => draft.emit(Event::Fed { node: node.clone() })?,
            (Ask::Halt { why }, _) => draft.emit(Event::Halted { why: why.clone() })?,
            (Ask::AdminAbort { reason }, by) => draft.admin_abort(by, reason)?,
            (Ask::Remind { seat }, _) => draft.remind(*seat)?,
            (Ask::Board { board, game }, _) => draft.board(*board, *game)?,
            (
                Ask::BoardOver {
                    board,
                    places,
                    code,
                },
                _,
            ) => draft.board_over(*board, places, code)?,
            (Ask::Name { people, subs }, Some(by)) => draft.name(by, people, subs)?,
            (Ask::Substitute { who, was }, Some(by)) => draft.substitute(by, *who, *was)?,
            (Ask::Relieve { who, was }, Some(by)) => draft.relieve(by, *who, *was)?,
            (Ask::Allow, Some(by)) => draft.allow(by)?,
            (Ask::Watch, Some(by)) => draft.emit(Event::Watched { by })?,
            (Ask::Unwatch, Some(by)) => draft.unwatch(by)?,
            (Ask::Accept { salt }, Some(by)) => draft.accept(by, salt.clone())?,
            (Ask::Decline { what, reason }, Some(by)) => {
                draft.decline(by, *what, reason.as_deref())?
            }
            (Ask::Withdraw, Some(by)) => draft.withdraw(by)?,
            (Ask::Play { text, expect, lag }, Some(by)) => draft.play(by, text, *expect, *lag)?,
            (Ask::Evidence { link }, Some(by)) => draft.evidence(by, link)?,
            (Ask::Resign, Some(by)) => draft.resign(by, false)?,
            (Ask::Concede, Some(by)) => draft.resign(by, true)?,
            (Ask::Draw, Some(by)) => draft.offer(by, OfferKind::Draw, None)?,
            (Ask::Offer { what, lasts }, Some(by)) => draft.offer(by, *what, *lasts)?,
            (Ask::Dispute { reason }, Some(by)) => draft.dispute(by, reason)?,
            (Ask::Appeal { reason }, Some(by)) => draft.appeal(by, reason)?,
            (
                Ask::Rule {
                    ruling,
                    grants,
                    reason,
                },
                Some(by),
            ) => draft.rule(by, *ruling, grants, reason)?,
            (Ask::Abort, Some(by)) => draft.abort(by)?,
            (Ask::Gone { seat, why }, _) => draft.gone(*seat, *why)?,
            (Ask::Back { seat }, _) => draft.back(*seat)?,
            (Ask::Claim, Some(by)) => draft.claim(by)?,
            (Ask::Resume, Some(by)) => draft.resume(by)?,
            (Ask::Leave { to }, Some(by)) => draft.take_leave(by, *to)?,
            (Ask::EndLeave, Some(by)) => draft.end_leave(by)?,
            (Ask::Wait, Some(by)) => draft.wait_for_them(by)?,
            (_, None) => return Err(misfit("a player's request without a player")),
        }
        draft.adjourn_if_deserted()?;
        draft.release()?;
        Ok(draft.made)
    }
}

impl Draft {
    fn emit(&mut self, event: Event) -> Result<(), Refusal> {
        let facts = self.game.evolve(self.at, &event, &self.made.sealed)?;
        self.made.events.push(event);
        for fact in facts {
            if let Fact::Opened { deck, at, to: None } = fact {
                let opening = self.game.luck.open(self.game.id, deck, at);
                self.emit(Event::Shown(
                    opening.ok_or_else(|| misfit("a card that was never dealt"))?,
                ))?;
            }
        }
        Ok(())
    }

    /// What spectators may know by now becomes part of the record, so that they are told of it once.
    fn release(&mut self) -> Result<(), Refusal> {
        match self.game.releasable(self.at) {
            Some(upto) => self.emit(Event::Released { upto }),
            None => Ok(()),
        }
    }

    /// Time owed for the referee's absence becomes part of the record before anything that depends on a clock.
    fn credit(&mut self) -> Result<(), Refusal> {
        for (from, to) in self.game.owed() {
            self.emit(Event::Credited { from, to })?;
        }
        Ok(())
    }

    /// Lets luck answer until the game waits for a player, and ends the match when the game is over.
    fn settle(&mut self) -> Result<(), Refusal> {
        while self.game.stage == Stage::Started {
            match self.game.phase() {
                Some(Phase::Chance(ask)) => self.draw(ask)?,
                Some(Phase::Over(verdict)) => self.finish(verdict)?,
                Some(Phase::Act(_) | Phase::Any(_) | Phase::Together(_)) | None => return Ok(()),
            }
        }
        Ok(())
    }

    fn draw(&mut self, ask: Question) -> Result<(), Refusal> {
        let draw = self.game.luck.draws;
        let dealer = self
            .game
            .luck
            .dealer(self.game.id)
            .ok_or_else(|| misfit("the seed is missing"))?;
        let (outcome, cards) = match dealer.draw(draw, ask) {
            Draw::Order(order) => {
                let cards = dealer.commit_cards(draw, &order);
                self.made.sealed.push(Sealed::Order {
                    draw,
                    order: Secret::new(order),
                });
                (None, cards)
            }
            dice @ Draw::Dice(_) => (Some(dice), Vec::new()),
        };
        self.emit(Event::Drawn {
            draw,
            ask,
            outcome,
            cards,
        })
    }

    fn end(&mut self, verdict: Verdict, by: Option<PersonId>) -> Result<(), Refusal> {
        let mode = self.game.terms.game().map(|game| game.spec().reveal);
        // Nothing was drawn before the start, so an unanswered challenge has no luck to show.
        let reveal = mode
            .filter(|_| self.game.luck.draws > 0)
            .and_then(|mode| self.game.luck.reveal(mode));
        self.emit(Event::Over {
            verdict,
            reveal,
            by,
            key: None,
        })
    }

    fn end_without_result(
        &mut self,
        code: &str,
        text: impl Into<String>,
        by: Option<PersonId>,
    ) -> Result<(), Refusal> {
        self.end(
            Verdict {
                places: Vec::new(),
                code: code.to_owned(),
                text: text.into(),
            },
            by,
        )
    }

    fn too_late(&self) -> Refusal {
        let id = self.game.id;
        match self.game.stage {
            Stage::Over => refuse("match/over", format!("Match {id} is over."))
                .hint(format!("Type `result {id}` to see how it ended.")),
            Stage::Halted => refuse(
                "match/halted",
                format!("Match {id} was stopped by a fault; the admins know."),
            ),
            _ => refuse("match/started", format!("Match {id} has already begun."))
                .hint(format!("Type `show {id}` to see it.")),
        }
    }

    /// The seat of somebody who wants to act in a running match.
    fn seat(&self, by: PersonId) -> Result<Seat, Refusal> {
        match self.game.stage {
            Stage::Started => {}
            Stage::Challenged if self.game.to == Some(by) => {
                return Err(refuse(
                    "match/not-started",
                    "The match has not begun: you have not accepted it yet.",
                )
                .hint(format!("Type `accept {}` first.", self.game.id)));
            }
            Stage::Gathering => {
                return Err(refuse(
                    "match/not-started",
                    "The match has not begun: it waits for line-ups and for everybody named.",
                )
                .hint(format!(
                    "Type `show {}` to see what is missing.",
                    self.game.id
                )));
            }
            Stage::Challenged | Stage::Open => {
                return Err(refuse(
                    "match/not-started",
                    "The match has not begun: nobody has accepted it yet.",
                ));
            }
            Stage::Paused | Stage::Adjourned => return Err(self.game.standing_still()),
            Stage::Over | Stage::Halted => return Err(self.too_late()),
        }
        if self.game.terms.boards() > 0 {
            return Err(refuse(
                "team/boards",
                "This is a team match: it is played on its boards.",
            )
            .hint(format!("Type `show {}` to see them.", self.game.id)));
        }
        self.game.seat_of(by).ok_or_else(|| {
            refuse("match/not-a-player", "You do not play in this match.").hint(format!(
                "Type `watch {}` to be told how it goes.",
                self.game.id
            ))
        })
    }

    /// The seat of somebody who wants to bind a side: allies may move, and only the captain may do more.
    fn own_seat(&self, by: PersonId) -> Result<Seat, Refusal> {
        let seat = self.seat(by)?;
        if self.game.seats.get(seat.index()) == Some(&by) {
            return Ok(seat);
        }
        Err(refuse(
            "team/captain",
            "Only your captain may do that; you may move.",
        )
        .hint("Ask your captain."))
    }

    /// The same, also while the match stands still by the players' own will.
    fn resting_seat(&self, by: PersonId) -> Result<Seat, Refusal> {
        let held = &self.game.standstills;
        let resting = matches!(self.game.stage, Stage::Paused | Stage::Adjourned)
            && held.iter().all(|held| held.why.is_the_players());
        match self.game.seat_of(by) {
            Some(seat) if resting && self.game.seats.get(seat.index()) == Some(&by) => Ok(seat),
            _ => self.own_seat(by),
        }
    }

    fn unwatch(&mut self, by: PersonId) -> Result<(), Refusal> {
        if !self.game.watchers.contains(&by) {
            return Err(
                refuse("match/not-watching", "You do not watch this match.").hint(format!(
                    "Type `watch {}` to be told how it goes.",
                    self.game.id
                )),
            );
        }
        self.emit(Event::Unwatched { by })
    }
}
