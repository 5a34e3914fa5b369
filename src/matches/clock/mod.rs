//! Time controls and the clocks that follow them.
//!
//! [`ClockRule`] is what two players agree on: one type with one text form, which the records keep. [`Clock`] is the clocks
//! of one match while they run. Neither knows what time it is. Begin reading with `rule.rs`, the kinds of clock and where
//! each comes from; `notation.rs` reads and prints them, `face.rs` reckons one seat's time, `clock.rs` runs them all,
//! `leave.rs` grants days of absence, `stretch.rs` measures time that does not count, `guide.rs` tells people.

// The running clocks are what this folder is named after.
#[allow(clippy::module_inception)]
mod clock;
mod face;
pub mod guide;
mod leave;
mod notation;
mod rule;
mod stretch;

#[cfg(test)]
mod tests;

pub use clock::{Clock, Overdue};
pub use face::Reading;
pub use rule::{ClockRule, Control};
