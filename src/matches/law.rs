//! The rules that hold for a match, in sentences: what `rules m42` shows, and the part of it that a challenge tells.

use super::away::{WAIT, grace};
use super::case::{APPEAL_LASTS, MAX_DISPUTES, RESTS_AFTER, STALLS_AFTER};
use super::clock::guide;
use super::decide::{ADJOURNED_FOR, OUTAGE_LASTS};
use super::manners::{self, AGAIN_AFTER_MOVES, MAX_PAUSE, PAUSE_LASTS};
use super::offer::OfferKind;
use super::series;
use super::teams;
use super::terms::{MAX_RATED_A_DAY, MIN_RATED_MOVES, RATED_WINDOW, Terms, Visibility};
use crate::kit::Seat;

/// One rule of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// One or two sentences.
    pub text: String,
    /// Whether somebody has to know it before accepting: the challenge tells it.
    pub brief: bool,
}

fn rule(text: impl Into<String>) -> Rule {
    Rule {
        text: text.into(),
        brief: false,
    }
}

/// What absence means, where players sit and wait for each other.
fn absence(terms: &Terms) -> Vec<Rule> {
    let Some(grace) = grace(terms.clock, Seat(0)).filter(|_| !terms.is_elsewhere()) else {
        return Vec::new();
    };
    let (grace, wait) = (grace.words(), WAIT.words());
    let later = "after that the clock runs on and the other may claim the win";
    vec![
        Rule {
            text: format!(
                "A broken connection stops that clock for up to {grace} in the match; {later}."
            ),
            brief: true,
        },
        rule(format!(
            "Whoever logs out has no such grace: the clock runs, and the other may claim the win after {grace}."
        )),
        rule(format!(
            "`claim` wins only after that time and while the match waits for the one who is away; `wait` gives {wait} more."
        )),
        rule(format!(
            "If all players are away, the match is adjourned and no clock runs: `resume` it within {}, or it is called off.",
            ADJOURNED_FOR.words()
        )),
        rule(format!(
            "If a player's whole server cannot be reached, no clock runs, for at most {} in the match; after that the clock runs on and the other may claim the win.",
            OUTAGE_LASTS.words()
        )),
    ]
}

/// What the players may agree on, and how often they may ask.
fn offers(terms: &Terms) -> Vec<Rule> {
    let spec = terms.game().map(|game| game.spec());
    let mut kinds = vec![OfferKind::Abort, OfferKind::Pause, OfferKind::Adjourn];
    if spec.is_some_and(|spec| spec.undo) {
        kinds.insert(0, OfferKind::Undo);
    }
    if spec.is_some_and(|spec| spec.draw_offers) {
        kinds.insert(0, OfferKind::Draw);
    }
    let limits: Vec<String> = (kinds.iter())
        .map(|kind| format!("{} {}", kind.word(), manners::most(*kind)))
        .collect();
    let again = manners::again_after(terms.clock, OfferKind::Draw).words();
    vec![
        rule(format!(
            "You may offer each other {}: whoever types the same word agrees. An offer stands for {}, or until the other moves.",
            kinds
                .iter()
                .map(|kind| kind.word())
                .collect::<Vec<_>>()
                .join(", "),
            terms.clock.offer_lasts().words()
        )),
        rule(format!(
            "The same offer may come again after {AGAIN_AFTER_MOVES} moves or {again}, whichever is first, and at most so often in a game: {}.",
            limits.join(", ")
        )),
        rule(format!(
            "A pause lasts {} unless you name a time up to {}, and ends by itself. After adjourn, both type resume.",
            PAUSE_LASTS.words(),
            MAX_PAUSE.words()
        )),
    ]
}

/// Human referees: how they are called, and how long a result can be contested.
fn disputes(terms: &Terms) -> Vec<Rule> {
    let late = if terms.lingers() {
        format!("also for {} after the end", terms.dispute_lasts().words())
    } else {
        "but not after the end, because the match has no room".to_owned()
    };
    let mut rules = vec![
        rule(format!(
            "Either player may call a human referee up to {MAX_DISPUTES} times, {late}: the match stands still until the ruling."
        )),
        rule(format!(
            "A ruling comes with a name and a reason. Within {} each match has one appeal, to another referee.",
            APPEAL_LASTS.words()
        )),
    ];
    let idle = match terms.clock.is_none() {
        true => format!(
            "nobody moves for {}, or it stands still for {}",
            STALLS_AFTER.words(),
            RESTS_AFTER.words()
        ),
        false => format!("the match stands still for {}", RESTS_AFTER.words()),
    };
    rules.push(rule(format!("When {idle}, the human referees are told.")));
    if terms.visibility == Visibility::Private {
        rules.push(rule(
            "Whoever calls a referee to a private match lets the referees see it.",
        ));
    }
    rules
}

/// All rules of a match with these terms, in the order in which they come up.
pub fn law(terms: &Terms) -> Vec<Rule> {
    let mut rules = Vec::new();
    if let Some(game) = terms.game() {
        let spec = game.spec();
        rules.push(rule(format!("{}: {}", spec.title, spec.about)));
    }
    rules.push(rule(format!("Clock: {}.", terms.clock_words())));
    rules.extend(guide::law(terms.clock).into_iter().map(rule));
    if terms.is_elsewhere() {
        rules.push(silence(terms));
        rules.push(rule(format!(
            "Each side may show up to {} links as evidence; they are public.",
            super::MAX_EVIDENCE
        )));
    } else if let Some(first) = terms.clock.shortest_first_move() {
        rules.push(Rule {
            text: format!(
                "Your first move is not on the clock, but has to come within {}; else the match is called off.",
                first.words()
            ),
            brief: true,
        });
    }
    rules.extend(
        series::rules(terms)
            .into_iter()
            .chain(teams::rules(terms))
            .map(|(text, brief)| Rule { text, brief }),
    );
    rules.extend(absence(terms));
    if let Some(wanted) = terms.wanted() {
        rules.push(rule(format!(
            "Only those may join for whom this holds: {wanted}."
        )));
    }
    rules.extend(rated(terms));
    rules.push(rule(if terms.is_elsewhere() {
        "It takes both players to call the match off."
    } else {
        "Before both have moved either player may call the match off; later it takes both."
    }));
    if terms.has_luck() && terms.rated {
        rules.push(rule(
            "Once cards are dealt or dice are rolled in this rated match, calling it off takes both, and whoever never makes a first move loses.",
        ));
    }
    rules.extend(offers(terms));
    rules.extend(disputes(terms));
    rules.push(rule(
        "Time in which I cannot be reached is nobody's: it is given back.",
    ));
    rules.extend(audience(terms));
    rules
}

/// When the result counts for the ratings.
fn rated(terms: &Terms) -> Option<Rule> {
    let played = match terms.is_elsewhere() {
        true => String::new(),
        false => format!(", once {MIN_RATED_MOVES} moves are played"),
    };
    terms.rated.then(|| {
        rule(format!(
            "The result counts for the ratings{played}; between the same two people at most {MAX_RATED_A_DAY} results count within {}.",
            RATED_WINDOW.words()
        ))
    })
}

/// Who else sees what, and when.
fn audience(terms: &Terms) -> Vec<Rule> {
    let mut rules = Vec::new();
    if let Some(delay) = terms.delay {
        rules.push(Rule {
            text: format!(
                "Spectators see everything {} later than you: write your moves to me alone. At the end they are told all at once.",
                delay.words()
            ),
            brief: true,
        });
    }
    let text = match terms.spectators {
        Some(0) => "Nobody else may be in its room or be told move by move.".to_owned(),
        Some(1) => "One spectator may be in its room or be told move by move.".to_owned(),
        Some(cap) => {
            format!("At most {cap} spectators may be in its room or be told move by move.")
        }
        None => return rules,
    };
    rules.push(Rule { text, brief: true });
    rules
}

/// What silence means where the game is played elsewhere.
fn silence(terms: &Terms) -> Rule {
    let text = if terms.clock.is_none() {
        "There is no deadline, so silence decides nothing."
    } else {
        "When the time for a step is up: in the veto the first map that is left is taken; a report counts as confirmed; without \
         any report there is no result."
    };
    Rule {
        text: text.to_owned(),
        brief: true,
    }
}
