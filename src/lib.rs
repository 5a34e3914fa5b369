//! Referee: an XMPP component that referees games. This page is the map.
//!
//! A stanza becomes a request at a door, a request becomes events in the pure rooms, events become lines of a journal,
//! and only after those are on disk is anybody told:
//!
//! ```text
//! xmpp ──► commands ──► engine ──► matches ──► games
//!                         │           (pure: decide, evolve, next_wake)
//!                         └─► store   (journal, views, address book)
//! ```
//!
//! - [`kit`]: value types; imports nothing
//! - [`games`]: rules of play, pure; one file per game
//! - [`matches`]: one match: clocks, luck, offers, verdicts; pure
//! - [`clans`]: people; pure
//! - [`leagues`]: ratings; pure
//! - [`engine`]: the one writer, and the ports it asks the world for
//! - [`commands`]: one file per command card; chat and ad-hoc forms from the same card
//! - [`store`]: journal files, sled views, address book
//! - [`xmpp`]: the only room that knows stanzas
//! - `ldap`: a read-only LDAP face, built with the feature of that name
//! - [`cli`]: serve, init, check, verify and the rest
//!
//! `docs/ARCHITECTURE.md` has the reasons.

pub mod clans;
pub mod cli;
pub mod commands;
pub mod engine;
pub mod games;
pub mod kit;
#[cfg(feature = "ldap")]
pub mod ldap;
pub mod leagues;
pub mod matches;
pub mod store;
pub mod xmpp;

/// Moves are short-lived strings and trees: with this allocator a move costs two thirds of what it costs with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
