//! Commands: one file per card, and the host that carries them out through every door.
//!
//! A [`Card`] says what a command is called, who may use it, which fields it has and how it runs; chat words, ad-hoc
//! forms, help and `docs/COMMANDS.md` all come from it. The [`Host`] does what no card has to repeat: who somebody is,
//! permissions, bans, limits, sessions, reading words into fields, and guessing that a bare `e4` is a move.
//!
//! This room refuses to know stanzas and storage: it gets a [`Call`] and gives an [`Answer`]. Begin reading with `card.rs`,
//! then `resign.rs`, the smallest card; `host.rs` is where calls arrive.

mod call;
mod card;
mod directory;
mod disputes;
mod elsewhere;
mod format;
mod host;
mod levels;
mod limits;
mod lines;
mod look;
mod moderation;
mod paging;
mod proofs;
mod proposals;
mod questions;
mod rated;
mod regulars;
mod reply;
mod sessions;
mod shared;
mod terms;
mod typed;

mod abort;
mod absence;
mod accept;
mod adjourn;
mod admin_abort;
mod admin_announce;
mod admin_ban;
mod admin_flags;
mod admin_forget;
mod admin_founder;
mod admin_history;
mod admin_link;
mod admin_log;
mod admin_mute;
mod admin_note;
mod admin_policy;
mod admin_referee;
mod admin_service;
mod admin_status;
mod admin_unban;
mod admin_unmute;
mod app_password;
mod appeal;
mod audience;
mod authorise;
mod bot;
mod bots;
mod challenge;
mod claim;
mod clan;
mod clans;
mod clocks;
mod community;
mod confirm;
mod decline;
mod dispute;
mod draw;
mod evidence;
mod games;
mod handle;
mod help;
mod ignore;
mod join;
mod lineup;
mod link;
mod matches;
mod moves;
mod my;
mod open;
mod pause;
mod person;
mod pick;
mod profile;
mod profile_export;
mod profile_forget;
mod prove;
mod record;
mod rematch;
mod report;
mod resign;
mod result;
mod resume;
mod rule;
mod rules;
mod show;
mod substitute;
mod undo;
mod unwatch;
mod veto;
mod wait;
mod watch;
mod withdraw;

pub use crate::clans::Sees;
pub use crate::kit::{domain_of, is_home, registered};
pub use crate::matches::Leave;
pub use authorise::{Decision, Question};
pub use call::{
    Action, Call, Caller, Chat, Door, Flaw, Form, Look, News, Page, Place, Reaction, Sight,
};
pub use card::{Ask, Card, Effect, Field, Fields, Kind, Who, WordsFor};
pub use directory::{ClanRow, DirectoryAsk, DirectorySeen, PersonRow};
pub use host::{Host, HostConfig, too_fast};
pub use limits::{BOT, Limits, PERSON, Rate};
pub use look::{Ending, OptionInfo, Sitter, Table, TableGame, Turn, table_game, table_games};
pub use paging::{MAX_REPLY_BYTES, MAX_ROWS, PAGE_ROWS};
pub use regulars::{Regular, Regulars};
pub use reply::{
    Answer, ClanInfo, Clocked, FieldKind, FieldOut, FormOut, Halls, HallsOf, Inmate, ItemOut,
    KeyOut, Listing, MatchInfo, Reply, Rows, Seen, Standing, Status, Step, StepState, Stop, Value,
};

/// Every command, in alphabetical order.
pub static COMMANDS: &[&Card] = &[
    &abort::CARD,
    &absence::CARD,
    &accept::CARD,
    &adjourn::CARD,
    &admin_abort::CARD,
    &admin_announce::CARD,
    &admin_ban::CARD,
    &admin_flags::CARD,
    &admin_forget::CARD,
    &admin_founder::CARD,
    &admin_history::CARD,
    &admin_link::CARD,
    &admin_log::CARD,
    &admin_mute::CARD,
    &admin_note::CARD,
    &admin_policy::CARD,
    &admin_referee::CARD,
    &admin_service::CARD,
    &admin_status::CARD,
    &admin_unban::CARD,
    &admin_unmute::CARD,
    &app_password::CARD,
    &appeal::CARD,
    &authorise::CARD,
    &bot::CARD,
    &bots::CARD,
    &challenge::CARD,
    &claim::CARD,
    &clan::accept::CARD,
    &clan::admit::CARD,
    &clan::appeal::CARD,
    &clan::apply::CARD,
    &clan::attend::CARD,
    &clan::ban::CARD,
    &clan::bans::CARD,
    &clan::cancel::CARD,
    &clan::challenge::CARD,
    &clan::contacts::CARD,
    &clan::counter::CARD,
    &clan::create::CARD,
    &clan::decline::CARD,
    &clan::disband::CARD,
    &clan::edit::CARD,
    &clan::event::CARD,
    &clan::events::CARD,
    &clan::export::CARD,
    &clan::file::CARD,
    &clan::fix::CARD,
    &clan::fixtures::CARD,
    &clan::history::CARD,
    &clan::ical::CARD,
    &clan::invite::CARD,
    &clan::join::CARD,
    &clan::keep::CARD,
    &clan::kick::CARD,
    &clan::leave::CARD,
    &clan::lineup::CARD,
    &clan::log::CARD,
    &clan::news::CARD,
    &clan::note::CARD,
    &clan::pages::CARD,
    &clan::pick::CARD,
    &clan::propose::CARD,
    &clan::read::CARD,
    &clan::refuse::CARD,
    &clan::remove::CARD,
    &clan::rename::CARD,
    &clan::reschedule::CARD,
    &clan::role::CARD,
    &clan::role_drop::CARD,
    &clan::role_make::CARD,
    &clan::roles::CARD,
    &clan::set::CARD,
    &clan::show::CARD,
    &clan::standing::CARD,
    &clan::strategy::CARD,
    &clan::transfer::CARD,
    &clan::unban::CARD,
    &clan::uninvite::CARD,
    &clan::uphold::CARD,
    &clan::vote::CARD,
    &clan::who::CARD,
    &clans::CARD,
    &clocks::CARD,
    &community::CARD,
    &confirm::CARD,
    &decline::CARD,
    &dispute::CARD,
    &draw::CARD,
    &evidence::CARD,
    &games::CARD,
    &handle::CARD,
    &help::CARD,
    &ignore::CARD,
    &join::CARD,
    &lineup::CARD,
    &link::CARD,
    &matches::CARD,
    &moves::CARD,
    &my::CARD,
    &open::CARD,
    &pause::CARD,
    &person::CARD,
    &pick::CARD,
    &profile::CARD,
    &profile_export::CARD,
    &profile_forget::CARD,
    &prove::CARD,
    &record::CARD,
    &rematch::CARD,
    &report::CARD,
    &resign::CARD,
    &result::CARD,
    &resume::CARD,
    &rule::CARD,
    &rules::CARD,
    &show::CARD,
    &substitute::CARD,
    &undo::CARD,
    &unwatch::CARD,
    &veto::CARD,
    &wait::CARD,
    &watch::CARD,
    &withdraw::CARD,
];

/// A command by its name or one of its aliases, in any case.
pub fn find(word: &str) -> Option<&'static Card> {
    let word = word.to_lowercase();
    COMMANDS
        .iter()
        .find(|card| card.name == word || card.aliases.contains(&word.as_str()))
        .copied()
}
