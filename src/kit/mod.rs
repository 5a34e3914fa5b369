//! Value types that every other room speaks: ids, time, hashes, refusals, secrets and text layout.
//!
//! This room refuses to know anything of the project: no matches, no people, no stanzas, and it imports no other
//! room. Begin with [`Refusal`], the word for "you cannot have this", then [`MatchId`] and [`Timestamp`].

#![deny(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    clippy::float_arithmetic
)]

mod domains;
mod fixture;
mod hash;
mod ids;
mod keys;
mod link;
mod ranked;
mod refusal;
mod secret;
mod tag;
mod text;
mod time;
mod uuid;

pub use domains::{domain_of, is_home, registered};
pub use fixture::FixtureId;
pub use hash::{Hash, sha256};
pub use ids::{MatchId, PersonId, Seat, Stream};
pub use keys::{ALGORITHM, KeyId, PublicKey, Signature};
pub use link::{MAX_LINK_CHARS, read_link};
pub use ranked::Ranked;
pub use refusal::{Refusal, refuse};
pub use secret::Secret;
pub use tag::{ClanTag, MAX_TAG_CHARS};
pub use text::{Block, Words, clean_line, clip};
pub use time::{Span, Timestamp};
pub use uuid::{clan_uuid, person_of_uuid, person_uuid};
