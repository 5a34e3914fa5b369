//! A read-only LDAP face (RFC 4511): forums, file servers and web servers ask it who somebody is and in which clans.
//!
//! A person binds with an app-password that they made for one service, and a service finds people and clans with their
//! members and roles. This room refuses to decide who is a member: it asks the writer, as the XMPP edge does, and shows what
//! it hears. It changes nothing, and knows no JID. Its connections have a thread of their own, so that whatever is sent to
//! the LDAP port costs no player anything.
//!
//! Begin reading with [`Tree`], the shape of what there is, then `session.rs`, one connection. Built with the feature
//! `ldap` only.

mod answers;
mod binding;
mod codec;
mod entry;
mod filter;
mod guesses;
mod lanes;
mod room;
mod search;
mod server;
mod session;
mod tree;
mod way;

pub use guesses::{
    GUESSES_OF_PERSON, GUESSES_OF_SOURCE, Guesses, LOCK_OF_PERSON, LOCK_OF_SOURCE, MAX_WATCHED,
};
pub use lanes::{MAX_SLOW, MAX_SLOW_OF_NAME, SLOW_PAUSE};
pub use room::{MAX_CONNECTIONS, MAX_OF_SOURCE};
pub use search::{Directory, MAX_ENTRIES};
pub use server::{Server, ServerConfig};
pub use session::{IDLE_BOUND, IDLE_UNBOUND, MAX_MESSAGE_BYTES};
pub use tree::{BadName, Node, Place, Tree};
pub use way::Way;
