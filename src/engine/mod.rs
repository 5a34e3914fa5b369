//! The one writer: requests become decisions, decisions become durable, and only then is anybody told.
//!
//! [`Engine`] runs the cycle *begin, ask, commit*; [`Desk`] is what a command sees of it: everything known, and the verbs
//! that change it. [`World`] is the state in memory, [`ports`] what is asked of the world outside, [`story`] turns events
//! into sentences and effects, [`Outbox`] sends effects in confirmed windows, [`archive`] is what the views hold.
//!
//! This room refuses to know stanzas, commands and files, and how luck or time are made. Begin reading with `cycle.rs`.

pub mod accounts;
pub mod agenda;
pub mod archive;
pub mod aside;
mod behind;
mod boards;
pub mod budget;
mod canonical;
mod clan_desk;
mod clan_house;
mod clan_import;
mod clan_nodes;
mod clan_rules;
mod clans;
mod contacts;
mod crowd;
mod cycle;
mod decided;
mod desk;
mod effect;
pub mod fixtures;
mod gone;
mod guard;
pub mod guests;
mod halting;
mod handles;
mod lists;
mod missing;
mod moderating;
mod moderation;
mod outbox;
pub mod planted;
pub mod ports;
mod quiet;
pub mod rating;
mod reading;
pub mod record;
mod reminders;
mod replay;
mod roll;
pub mod ruling;
mod runner;
mod sending;
mod service;
mod shares;
pub mod signing;
pub mod story;
pub mod waiting;
mod world;

pub use behind::known_to_all;
pub use clan_desk::{MAX_CLANS, no_such_clan};
pub use clan_house::subject_of;
pub use clan_nodes::{ClanNode, ClanNodes};
pub use clans::{Clans, LiveClan};
pub use crowd::Crowds;
pub use cycle::Engine;
pub use decided::{Decided, What, read as read_decided};
pub use desk::{Desk, Found, MAX_BOT_MATCHES, MAX_MATCHES};
pub use effect::{About, Act, Addressee, Effect, EventOut, Item, Note, Part, Sending};
pub use gone::Gone;
pub use handles::{KEPT_FOR, MAX_KEPT_OF_ONE};
pub use missing::Accept;
pub use moderating::{muted_words, until_words};
pub use moderation::{Flag, Measure, MeasureKind, Moderation, Mute, RuleChange};
pub use outbox::WINDOW;
pub use roll::{Here, Roll};
pub use runner::{Answered, Clock, Handler, Inbound, MAX_BATCH, Outbound, Runner, STANDSTILL};
pub use service::{Ban, Contact, Service, ServiceEvent, ServiceSealed};
pub use world::{Live, World};
