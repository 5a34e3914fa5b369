//! The law in tables: given what happened, when somebody asks something, then these events or this refusal.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "tables/absence.rs"]
mod absence;
#[path = "tables/accounts.rs"]
mod accounts;
#[path = "tables/aside.rs"]
mod aside;
#[path = "tables/authority.rs"]
mod authority;
#[path = "tables/calendar.rs"]
mod calendar;
#[path = "tables/clans.rs"]
mod clans;
#[path = "tables/clocks.rs"]
mod clocks;
#[path = "tables/commit.rs"]
mod commit;
#[path = "tables/disputes.rs"]
mod disputes;
#[path = "tables/matches.rs"]
mod matches;
#[path = "tables/moderation.rs"]
mod moderation;
#[path = "tables/names.rs"]
mod names;
#[path = "tables/offers.rs"]
mod offers;
#[path = "tables/pages.rs"]
mod pages;
#[path = "tables/people.rs"]
mod people;
#[path = "tables/planner.rs"]
mod planner;
#[path = "tables/policy.rs"]
mod policy;
#[path = "tables/properties.rs"]
mod properties;
#[path = "tables/recurrence.rs"]
mod recurrence;
#[path = "tables/reported.rs"]
mod reported;
#[path = "tables/series.rs"]
mod series;
#[path = "tables/service.rs"]
mod service;
#[path = "tables/stage.rs"]
mod stage;
