//! Which event may follow which: the law of a match, read from the outside.

use std::collections::VecDeque;

use super::absence;
use super::rulings::{self, needs_more};
use super::teams;
use crate::engine::Decided;
use crate::games::{Ask, Draw, Phase, Reveal, Verdict};
use crate::kit::{PersonId, Seat, Span, Timestamp};
use crate::matches::{
    Event, FORFEIT, Match, Offer, OfferKind, Ruling, Side, Stage, commitment, link,
};

/// How luck decides who sits where.
const SEAT_DRAW: Ask = Ask::Dice { count: 1, sides: 2 };

/// What has been promised by earlier events.
#[derive(Default)]
pub(super) struct Law {
    /// Cards that must be opened now: deck and position.
    owed: VecDeque<(u32, u8)>,
    /// Who sits at the first seat, as luck has it: the challenger or not.
    challenger_first: Option<bool>,
    accepted: bool,
    /// What a human referee has ruled in this record, until it is carried out.
    pub(super) ruled: Option<Ruling>,
}

pub(super) type Verdicts = Result<(), String>;
/// Who acted, and the lag that was forgiven.
type Acted = (Seat, Option<Span>);

pub(super) fn must(holds: bool, why: &str) -> Verdicts {
    if holds { Ok(()) } else { Err(why.to_owned()) }
}

/// Whether a match may begin so.
pub(super) fn first(decided: &Decided, event: &Event) -> Verdicts {
    match event {
        Event::Challenged { by, to, .. } => must(
            decided.by == Some(*by) && by != to,
            "the challenge is not the challenger's",
        ),
        Event::Opened { by, .. } => must(decided.by == Some(*by), "it was opened by somebody else"),
        Event::Paired { seats, terms, .. } => must(
            decided.by.is_none()
                && seats[0] != seats[1]
                && (terms.parent().is_some() || terms.fixture().is_some()),
            "a match is set up by somebody, or neither for a team match nor between clans",
        ),
        _ => Err("a match begins with a challenge or an open offer".to_owned()),
    }
}

impl Law {
    /// Notes cards that the rules open to everybody.
    pub fn owes(&mut self, openings: impl Iterator<Item = (u32, u8)>) {
        self.owed.extend(openings);
    }

    /// Whether a record may end here: luck has answered, cards are open, a finished game is closed.
    pub fn ends_well(&mut self, game: &Match) -> Verdicts {
        absence::within_budget(game)?;
        must(
            self.owed.is_empty(),
            "a card that the rules open is not opened",
        )?;
        let between = game.tally.as_ref().is_some_and(|tally| tally.between);
        must(
            !between || game.stage == Stage::Over,
            "a game of the series is over and nothing follows",
        )?;
        must(
            !self.ruled.take().is_some_and(needs_more),
            "what was ruled is not carried out",
        )?;
        match game.phase().filter(|_| game.stage == Stage::Started) {
            Some(Phase::Chance(_)) => Err("luck was asked and has not answered".to_owned()),
            Some(Phase::Over(_)) => Err("the game is over and no verdict follows".to_owned()),
            _ => Ok(()),
        }
    }

    /// Whether this event may come now. What it does to the position is for the rules to judge afterwards.
    pub fn may_follow(&mut self, game: &Match, decided: &Decided, event: &Event) -> Verdicts {
        let by = decided.by;
        if let Event::Shown(opening) = event {
            let due = self.owed.pop_front();
            return must(
                due == Some((opening.deck, opening.at)),
                "a card is opened that the rules do not open",
            );
        }
        must(
            self.owed.is_empty(),
            "a card that the rules open is not opened",
        )?;
        let late = is_signature(event) || self.may_come_late(event);
        if game.stage == Stage::Over && event.kind().is_some() && !late {
            return Err("something happens after the end".to_owned());
        }
        if let Some(verdict) = teams::may_follow(game, decided, event) {
            return verdict;
        }
        match event {
            Event::Accepted { by: who, .. } => self.accepted(game, decided, *who),
            Event::Drawn {
                ask,
                outcome,
                cards,
                ..
            } => self.drawn(game, *ask, outcome.as_ref(), cards.len()),
            Event::Started { seats } => self.started(game, seats),
            Event::Moved { seat, text, lag } => self.moved(game, decided, (*seat, *lag), text),
            Event::Chose { seat, lag } => self.chose(game, decided, (*seat, *lag)),
            Event::Revealed { choices } => revealed(game, choices),
            Event::Flagged { seats } => {
                let overdue = game.overdue(decided.at);
                must(
                    overdue.flags == *seats,
                    "the clocks do not say that this flag fell",
                )
            }
            Event::Resigned { seat, .. } => {
                must(sits(game, by, *seat), "somebody else resigns for this seat")
            }
            Event::Scored { game: n, verdict } => self.scored(game, decided, *n, verdict),
            Event::Next { game: n, first } => next(game, *n, *first),
            Event::Offered(offer) => offered(game, decided, offer),
            Event::Refused { seat, what, .. } => {
                must(sits(game, by, *seat), "somebody else answers for this seat")?;
                must(stands(game, *seat, *what, decided), "nothing was offered")
            }
            Event::Evidence { seat, url } => evidenced(game, by, *seat, url),
            Event::Credited { from, to } => credited(decided, *from, *to),
            Event::Paused { why, until, .. } => rulings::may_pause(game, decided, *why, *until),
            Event::Resumed { why } => rulings::may_resume(game, decided, *why),
            Event::TakenBack { .. }
            | Event::Disputed { .. }
            | Event::Appealed { .. }
            | Event::Ruled { .. }
            | Event::Granted { .. }
            | Event::Stalled { .. } => self.of_a_case(game, decided, event),
            Event::Over { verdict, .. } => self.over(game, decided, event, verdict),
            Event::Challenged { .. } | Event::Opened { .. } | Event::Paired { .. } => {
                Err("a match begins only once".to_owned())
            }
            Event::Absent { .. }
            | Event::Back { .. }
            | Event::GraceOver { .. }
            | Event::Claimable { .. }
            | Event::Waited { .. }
            | Event::OnLeave { .. }
            | Event::LeaveEnded { .. } => absence::may_follow(game, decided, event),
            Event::Released { upto } => must(
                game.releasable(decided.at) == Some(*upto),
                "spectators are told at another time than was agreed",
            ),
            Event::Reminded { seat } => reminded(game, *seat),
            // What surrounds a match binds nobody; sides were judged above.
            _ => Ok(()),
        }
    }

    fn moved(&mut self, game: &Match, decided: &Decided, by: Acted, text: &str) -> Verdicts {
        let seat = by.0;
        let asked = match game.phase() {
            Some(Phase::Act(turn)) => turn == seat,
            Some(Phase::Any(seats)) => seats.contains(&seat),
            _ => false,
        };
        must(asked, "it is not this seat's turn")?;
        self.played(game, decided, by)?;
        let table = game.table().ok_or("no game has begun")?;
        let read = table.read_exact(seat, text).map_err(|no| no.text)?;
        must(read == text, "the move is not in the game's exact notation")
    }

    fn chose(&mut self, game: &Match, decided: &Decided, by: Acted) -> Verdicts {
        let seat = by.0;
        let asked = matches!(game.phase(), Some(Phase::Together(seats)) if seats.contains(&seat));
        must(asked, "this seat has nothing to choose")?;
        self.played(game, decided, by)
    }

    fn accepted(&mut self, game: &Match, decided: &Decided, who: PersonId) -> Verdicts {
        must(decided.by == Some(who), "somebody else accepts")?;
        must(decided.at < game.expires, "the challenge had lapsed")?;
        let fits = match game.stage {
            Stage::Challenged => game.to == Some(who),
            Stage::Open => game.by != who,
            _ => false,
        };
        must(
            fits && !self.accepted,
            "this challenge was not for this person to accept",
        )?;
        self.accepted = true;
        Ok(())
    }

    /// Whether both sides want to play: clans agreed to that in their own records.
    fn may_begin(&self, game: &Match) -> bool {
        self.accepted || game.terms.fixture().is_some()
    }

    fn drawn(&mut self, game: &Match, ask: Ask, outcome: Option<&Draw>, cards: usize) -> Verdicts {
        let expected = match game.phase() {
            None if self.may_begin(game) && game.terms.side == Side::Luck => SEAT_DRAW,
            Some(Phase::Chance(ask)) => ask,
            _ => return Err("nothing was asked of luck".to_owned()),
        };
        must(ask == expected, "luck was asked something else")?;
        match ask {
            Ask::Dice { .. } => {
                let outcome = outcome.ok_or("the throw is missing")?;
                must(ask.fits(outcome), "these dice do not exist")?;
                if game.phase().is_none() {
                    self.challenger_first = Some(*outcome == Draw::Dice(vec![1]));
                }
                Ok(())
            }
            Ask::Shuffle { cards: deck } => {
                must(outcome.is_none(), "the order of a deck is told")?;
                must(
                    cards == usize::from(deck),
                    "the commitments to the cards are missing",
                )
            }
        }
    }

    fn started(&self, game: &Match, seats: &[PersonId]) -> Verdicts {
        let paired = game.terms.parent().is_some();
        let (Some(to), true) = (game.to, self.may_begin(game) || paired) else {
            return Err("nobody has accepted".to_owned());
        };
        let challenger_first = match game.terms.side {
            Side::Seat(seat) => seat == Seat(0),
            Side::Luck => self
                .challenger_first
                .ok_or("nobody has drawn for the seats")?,
        };
        let wanted = if challenger_first {
            [game.by, to]
        } else {
            [to, game.by]
        };
        must(
            seats == wanted,
            "the seats are not those that were agreed or drawn",
        )
    }

    /// Whether a player acted in time, and for the own seat.
    fn played(&self, game: &Match, decided: &Decided, (seat, lag): Acted) -> Verdicts {
        must(
            sits(game, decided.by, seat),
            "somebody else plays for this seat",
        )?;
        let overdue = game.overdue(decided.at);
        must(
            overdue.flags.is_empty() && overdue.no_shows.is_empty(),
            "a flag had fallen before",
        )?;
        let (clock, rule) = (&game.clock, game.terms.clock);
        must(
            clock.forgives(rule, seat, lag) == lag,
            "more lag is forgiven than the clock allows",
        )?;
        let late = rule.lag > Span::ZERO && clock.is_too_late(rule, seat, decided.at, lag);
        must(!late, "the time was up before this came")
    }

    /// Whether a game of a series ended so: by its rules, or by agreement.
    fn scored(&self, game: &Match, decided: &Decided, number: u32, verdict: &Verdict) -> Verdicts {
        let tally = game.tally.as_ref().ok_or("this is no series")?;
        must(
            number == tally.number() && !tally.between,
            "another game of the series was being played",
        )?;
        match game.phase() {
            Some(Phase::Over(ruled)) => must(ruled == *verdict, "the game did not end so"),
            _ => must(
                verdict.code == "agreement" && may_end_so(game, decided, verdict),
                "neither rules nor players ended the game so",
            ),
        }
    }

    fn over(
        &mut self,
        game: &Match,
        decided: &Decided,
        event: &Event,
        verdict: &Verdict,
    ) -> Verdicts {
        if verdict.code == "ruled" {
            self.as_ruled(game, verdict)?;
        } else if let Some(tally) = game.tally.as_ref().filter(|tally| tally.between) {
            let ruled = game.terms.series().and_then(|series| tally.verdict(series));
            must(
                ruled.as_ref() == Some(verdict),
                "by the score the series does not end so",
            )?;
        } else if let Some(Phase::Over(ruled)) = game.phase().filter(|_| game.in_play()) {
            must(
                ruled == *verdict,
                &format!(
                    "by the rules the verdict is: {} ({})",
                    ruled.text, ruled.code
                ),
            )?;
        } else {
            must(
                may_end_so(game, decided, verdict),
                "neither rules nor players ended the match so",
            )?;
        }
        let Event::Over { reveal, .. } = event else {
            return Ok(());
        };
        let whole = game
            .terms
            .game()
            .is_some_and(|game| game.spec().reveal == Reveal::Whole);
        match reveal {
            None => must(game.luck.draws == 0, "the luck is not revealed"),
            Some(reveal) => {
                must(
                    commitment(reveal) == Some(game.luck.commitment),
                    "what is revealed of the luck does not fit the commitment made before play",
                )?;
                must(
                    reveal.card_key.is_some() == whole,
                    "another part of the luck is revealed than this game reveals",
                )
            }
        }
    }
}

/// Whether the next game of a series begins as it should.
fn next(game: &Match, number: u32, first: Seat) -> Verdicts {
    let tally = game.tally.as_ref().ok_or("this is no series")?;
    let decided = game.terms.series().and_then(|series| tally.verdict(series));
    must(
        tally.between && decided.is_none(),
        "no other game was due in this series",
    )?;
    must(
        number == tally.number() + 1 && first == Seat(u8::from(number.is_multiple_of(2))),
        "the sides do not alternate",
    )
}

/// Whether this signs the end. Whether that is due, and good, is judged in `signature`.
fn is_signature(event: &Event) -> bool {
    matches!(event, Event::Signed(_))
}

/// Whether this person sits there.
pub(super) fn sits(game: &Match, who: Option<PersonId>, seat: Seat) -> bool {
    who.is_some_and(|who| game.seat_of(who) == Some(seat))
}

/// Whether somebody has offered this seat such a thing, and it stands.
pub(super) fn stands(game: &Match, seat: Seat, what: OfferKind, decided: &Decided) -> bool {
    let mut offers = game.offers.iter();
    offers.any(|offer| offer.seat != seat && offer.what == what && offer.expires > decided.at)
}

/// Ends that are not the game's own.
fn may_end_so(game: &Match, decided: &Decided, verdict: &Verdict) -> bool {
    let by = decided.by;
    let player = by.and_then(|by| game.seat_of(by));
    let waits = matches!(game.stage, Stage::Challenged | Stage::Open);
    let agreed = |what| player.is_some_and(|seat| stands(game, seat, what, decided));
    let fits = match verdict.code.as_str() {
        "agreement" => {
            let tie = verdict.places == vec![1; game.seats.len()];
            return tie && game.in_play() && agreed(OfferKind::Draw);
        }
        "no-lineup" => game.stage == Stage::Gathering && game.expires <= decided.at,
        "team" | "team-tie" | "team-void" => {
            let boards = game.terms.boards();
            let team = game.team.as_ref();
            return boards > 0
                && team.and_then(|team| team.verdict(boards)).as_ref() == Some(verdict);
        }
        "expired" => waits && game.expires <= decided.at,
        "declined" => game.stage == Stage::Challenged && by == game.to,
        "withdrawn" => waits && by == Some(game.by),
        FORFEIT => {
            let overdue = game.overdue(decided.at);
            let late = overdue.no_shows.iter();
            let ruled = late.filter_map(|seat| game.forfeited(*seat));
            return game.stage == Stage::Started
                && ruled.into_iter().any(|ruled| ruled == *verdict);
        }
        "no-first-move" => {
            let overdue = game.overdue(decided.at);
            game.stage == Stage::Started && !overdue.no_shows.is_empty()
        }
        "aborted" => {
            let gathering = game.stage == Stage::Gathering;
            let captain = by.is_some_and(|by| game.captained_by(by).is_some());
            (gathering && captain)
                || (player.is_some() && (game.may_abort_alone() || agreed(OfferKind::Abort)))
        }
        // Who the admins are is not part of a record; that one did it is.
        "admin" => by.is_some(),
        _ => return absence::may_end_so(game, decided, verdict),
    };
    fits && verdict.places.is_empty()
}

fn revealed(game: &Match, choices: &[(Seat, String)]) -> Verdicts {
    let seats: Vec<Seat> = choices.iter().map(|(seat, _)| *seat).collect();
    must(
        game.phase() == Some(Phase::Together(seats)),
        "other seats had to choose",
    )?;
    let all = choices
        .iter()
        .all(|(seat, _)| game.chosen.contains_key(seat));
    must(all, "it is opened before all have chosen")
}

fn evidenced(game: &Match, by: Option<PersonId>, seat: Seat, url: &str) -> Verdicts {
    must(sits(game, by, seat), "somebody else shows it for this seat")?;
    must(link(url).is_ok_and(|same| same == url), "it is no link")?;
    game.takes_evidence(seat, url).map_err(|no| no.text)
}

fn reminded(game: &Match, seat: Seat) -> Verdicts {
    let mut turns = game.turns().iter();
    let due = turns.any(|turn| turn.seat == seat && turn.may_be_told_again());
    must(due, "somebody is reminded of a turn that is not theirs")
}

fn credited(decided: &Decided, from: Timestamp, to: Timestamp) -> Verdicts {
    must(
        from < to && to <= decided.at,
        "time is given back that has not passed",
    )
}

fn offered(game: &Match, decided: &Decided, offer: &Offer) -> Verdicts {
    must(
        sits(game, decided.by, offer.seat),
        "somebody else offers for this seat",
    )?;
    let expires = decided.at + game.terms.clock.offer_lasts();
    must(
        offer.expires == expires,
        "the offer does not stand as long as it should",
    )?;
    rulings::may_offer(game, offer)
}
