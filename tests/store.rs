//! The store: one conformance suite over the disk and the memory kinds, then what disks do to files.
//!
//! Some tests need root (small and loop-mounted file systems) and fail without; `REFEREE_NO_MOUNTS=1` leaves them out.

#![allow(clippy::unwrap_used)]

#[path = "store/book.rs"]
mod book;
#[path = "store/child.rs"]
mod child;
#[path = "store/damage.rs"]
mod damage;
#[path = "store/folder.rs"]
mod folder;
#[path = "store/forget.rs"]
mod forget;
#[path = "store/journal.rs"]
mod journal;
#[path = "store/kit.rs"]
mod kit;
#[path = "store/mounts.rs"]
mod mounts;
#[path = "store/record.rs"]
mod record;
#[path = "store/views.rs"]
mod views;
