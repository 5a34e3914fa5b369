//! People and clans: who they are to each other, apart from any match.
//!
//! A person is an id in the journal and a [`Person`] in the address book; nothing but the address book knows a JID. This
//! room refuses to know matches, storage and stanzas. Begin reading with [`Person`] and [`People`], then [`Clan`].

#![deny(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::float_arithmetic
)]

mod app_password;
pub mod calendar;
mod clan;
pub mod fixtures;
mod handle;
mod links;
mod names;
mod nudging;
mod pages;
mod people;
mod person;
mod policy;
mod words;
mod zones;

pub use app_password::{
    AppPassword, LANES, MAX_APP_PASSWORDS, MEMORY_KIB, PASSES, PASSWORD_CHARS, app_password_text,
    check_app_password, check_service, make_app_password, nobodys_hash, spell,
};
pub use clan::{
    Application, Authority, BUILT_IN, Change, Chapter, Clan, ClanAsk, ClanBan, ClanEvent,
    ClanStage, Context, Invitation, Joining, MAX_ROLES, MAX_TEXT_CHARS, Member, Origin, Permission,
    Role, RoleId, SUCCESSION, Setting, Why, authorise, built_in, house, mates, may_grant, rank_of,
};
pub use handle::{check_handle, skeleton};
pub use links::{
    Account, KINDS, Links, MAX_ACCOUNT_CHARS, MAX_ACCOUNTS, MAX_OTHER_ADDRESSES, STALE_DAYS, Seen,
    Trust, check_account, check_kind, day_of, too_many_addresses,
};
pub use names::{
    MAX_NAME_CHARS, MIN_NAME_CHARS, NameIndex, check_name, check_reserved, check_tag, shapes,
};
pub use nudging::{Daily, Remind, minute_of_day, time_of_day};
pub use pages::{
    Ask as PageAsk, Event as PageEvent, FileKind, FileLink, MAX_PAGE_CHARS, MAX_PAGE_TITLE_CHARS,
    MAX_PAGES, Page, PageKind, Pages, Sees,
};
pub use people::{MAX_PEOPLE, People, bare_jid, server_name};
pub use person::{MAX_IGNORED, MAX_REMARK_CHARS, MAX_REMARKS, Person, QuietHours, Remark};
pub use policy::{
    Configured, Creators, MAX_WORDS, Policy, PolicyRule, RULES, no_such_rule, policy_rule,
    read_time, show_time,
};
pub use words::{MAX_WORD_CHARS, check_word, flagged};
pub use zones::{read_zones, zone};
