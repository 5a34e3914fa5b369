//! One match: who sits where, whose time runs, what was offered, what luck said and how it ended.
//!
//! Everything is a fold over [`Event`]s: [`Match::decide`] turns a request into events or a [`Refusal`](crate::kit::Refusal),
//! [`Match::evolve`] applies events, and [`Match::next_wake`] says when the match wants to be looked at. This room refuses
//! to know a clock (it is told the time), a source of luck (it is given a seed), people's names, storage and stanzas.
//!
//! Begin reading with `event.rs`, the vocabulary of a match; then `decide.rs`, the law; `state.rs` only carries it out.
//! `clock` measures time, `away.rs` how long it waits for somebody, `dealer.rs` answers the games' questions to luck.

#![deny(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::float_arithmetic
)]

mod away;
mod case;
mod clock;
mod dealer;
mod decide;
mod event;
mod formula;
mod law;
mod manners;
mod offer;
mod series;
mod spectators;
mod state;
mod teams;
mod terms;
mod turns;

pub use away::{Absences, Leave, UNSEEN_LASTS, WAIT, grace};
pub use case::{APPEAL_LASTS, Case, Claim, Given, MAX_DISPUTES, MAX_REASON_CHARS, Ruling};
pub use clock::{Clock, ClockRule, Control, Reading, guide};
pub use dealer::{
    Dealer, Luck, Opening, Reveal, card_commitment, card_commitments, commitment, draw_from_keys,
};
pub use decide::{Ask, Decision, MAX_EVIDENCE, MAX_SALT_CHARS, challenge, link, pair};
pub use event::{Event, Pause, Sealed, Signed, Standstill};
pub use formula::{Condition, Facts, Formula, MAX_FORMULA_CHARS};
pub use law::{Rule, law};
pub use offer::{Offer, OfferKind};
pub use series::{Draws, GameOver, MAX_BEST, Series, Tally, points};
pub use spectators::{Delay, MAX_SPECTATORS};
pub use state::{FORFEIT, Match, Stage};
pub use teams::{
    Board, Fixture, MAX_ALLIES, MAX_BOARDS, MAX_SUBS, Parent, Proposal, Roster, Team, place_of,
};
pub use terms::{Format, Side, Terms, Visibility};
pub use terms::{MAX_RATED_A_DAY, MIN_RATED_MOVES, RATED_WINDOW};
pub use turns::{MAX_REMINDERS, Turn};
