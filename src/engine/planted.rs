//! Bugs on demand: each suite that claims to catch a kind of bug is shown one (`tests/planted.rs`).
//!
//! Without the cargo feature `planted` every question here is a constant `false` and nothing of it is compiled in.

/// A bug that can be switched on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// Answers go out before the batch is durable.
    ReplyBeforeFsync,
    /// A confirmation moves the delivery cursor behind what had been sent.
    SkippedCursor,
    /// A live event is applied twice.
    DoubleEvolve,
    /// A seat is told what another seat alone may know.
    LeakedView,
    /// Time in which nobody could reach the referee is charged to the players.
    ChargedDowntime,
    /// A deadline is not entered in the timers.
    LostWakeUp,
    /// Telling that a flag fell panics.
    FlagPanics,
    /// The same, and telling that a match is halted panics too.
    HaltPanics,
    /// What time brings to a clan panics.
    ClanPanics,
    /// A daily digest panics.
    DigestPanics,
    /// Addressing a message panics.
    AddressPanics,
    /// Counting a result panics.
    RatingPanics,
}

#[cfg(feature = "planted")]
mod switch {
    use std::cell::Cell;

    use super::Bug;

    thread_local! {
        /// One simulation runs on one thread, so tests side by side do not disturb each other.
        static ON: Cell<Option<Bug>> = const { Cell::new(None) };
    }

    /// Switches a bug on for this thread, or all of them off.
    pub fn plant(bug: Option<Bug>) {
        ON.set(bug);
    }

    /// Whether this bug is switched on.
    pub fn is(bug: Bug) -> bool {
        ON.get() == Some(bug)
    }
}

#[cfg(feature = "planted")]
pub use switch::{is, plant};

/// Whether this bug is switched on: never, in a build without the feature.
#[cfg(not(feature = "planted"))]
pub const fn is(_: Bug) -> bool {
    false
}
