//! Ratings: what a result does to the numbers of the two who played, and whether it counts at all.
//!
//! Everything is integers and a fold over [`Rated`]: [`Ratings::decide`] works out what a finished match comes to, and
//! [`Ratings::evolve`] applies it. The numbers are worked out once and written into the event, so that a later version with
//! other formulas changes no past. This room refuses to know matches, names, time and storage; it knows people by id.
//!
//! Begin reading with `rating.rs`, the arithmetic; then `ratings.rs`.

#![deny(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::float_arithmetic
)]

mod rating;
mod ratings;

pub use rating::{INITIAL, LOWEST, Standing, change, expected};
pub use ratings::{Change, Limits, NotRated, Played, Rated, Ratings};
