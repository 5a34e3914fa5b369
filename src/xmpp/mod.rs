//! The Jabber edge: the only room that knows stanzas.
//!
//! The lower half ([`link`] and what it is made of) keeps one component stream (XEP-0114) to the server up, whatever
//! strangers send, and knows nothing of games or people; [`calls`] remembers who was asked what. The upper half
//! answers what arrives: [`edge`] is its loop and does all IO, [`chat`], [`adhoc`], [`disco`] and [`iqs`] are the doors
//! for people and programs, [`mug`] the one for clients that draw a board, and [`delivery`] turns effects into messages, rooms, feeds and presence. Apart from the loop
//! everything is a function or a state machine that gives back what is to be done as data ([`out`]).
//!
//! This room refuses to know rules of play, files and disks. Begin with [`edge`].

pub mod adhoc;
pub mod atom;
mod authority;
mod backoff;
mod broken;
pub mod calls;
pub mod chat;
pub mod check;
pub mod delivery;
pub mod disco;
pub mod edge;
pub mod event;
pub mod feeds;
mod filter;
pub mod forms;
mod frames;
pub mod iqs;
pub mod link;
pub mod muc;
pub mod mug;
pub mod nodes;
pub mod out;
mod plain;
pub mod presence;
mod pulse;
pub mod reach;
mod roll;
pub mod rooms;
pub mod rosters;
pub mod search;
pub mod services;
mod sieve;
mod socket;
mod sound;
pub mod stanza;
mod stream;
pub mod vcard;
mod writer;
