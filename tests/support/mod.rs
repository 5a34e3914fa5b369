//! What several test files share.

// Each test file compiles this for itself and uses a part of it; and clippy lets only test functions unwrap.
#![allow(dead_code, clippy::unwrap_used)]

pub mod referee;
pub mod wire;
