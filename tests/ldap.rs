//! The LDAP face over a real port, asked by a client of its own: what it tells, what it refuses, and what it survives.
//!
//! `cargo test --features ldap --test ldap`

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "ldap/binds.rs"]
mod binds;
#[path = "ldap/hostile.rs"]
mod hostile;
#[path = "ldap/house.rs"]
mod house;
#[path = "ldap/searches.rs"]
mod searches;
#[path = "ldap/writer.rs"]
mod writer;
