//! Values that must not be printed.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Holds a value that never shows in a log, an error or a debug print.
///
/// It serialises as the value itself, because the sealed half of a journal line is where secrets are kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a value.
    pub fn new(value: T) -> Self {
        Secret(value)
    }

    /// The value itself; the call is the mark that a reviewer looks for.
    pub fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}
