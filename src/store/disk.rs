//! The few things the store does to a file system, each with its reason named in the error.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use crate::engine::budget::Space;
use crate::engine::ports::Fault;

/// Nobody but the owner may read: records hold sealed cards, the book holds addresses.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// Turns a system error into a [`Fault`] that says what was attempted, as `map_err` wants it.
pub(super) fn failed(what: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Fault {
    let path = path.to_owned();
    move |source| Fault::Io { what, path, source }
}

/// A [`Fault::Damaged`] at a byte of a file.
pub(super) fn damaged(path: &Path, offset: u64, why: impl Into<String>) -> Fault {
    Fault::Damaged {
        path: path.to_owned(),
        offset,
        why: why.into(),
    }
}

/// What is free for us on the disk that a folder is on; none where the system does not say.
pub(super) fn space(folder: &Path) -> Option<Space> {
    let found = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
    Some(Space {
        free: bytes(found.f_bavail),
        total: bytes(found.f_blocks),
    })
}

/// Makes a folder, its missing parents included, and makes their names durable. One that is there is left as it is.
pub(super) fn make_folder(path: &Path) -> Result<(), Fault> {
    if path.is_dir() {
        return Ok(());
    }
    let parent = parent(path);
    make_folder(&parent)?;
    match DirBuilder::new().mode(FOLDER_MODE).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists || !path.is_dir() => {
            Err(failed("create the folder", path)(error))
        }
        _ => sync_folder(&parent),
    }
}

/// Makes the names in a folder durable: created, renamed and removed files.
pub(super) fn sync_folder(path: &Path) -> Result<(), Fault> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync the folder", path))
}

/// Opens a file for reading and writing, creating it when it is missing.
pub(super) fn open(path: &Path) -> Result<File, Fault> {
    writable()
        .create(true)
        .open(path)
        .map_err(failed("open", path))
}

/// Creates a file that must not be there yet.
pub(super) fn create(path: &Path) -> Result<File, Fault> {
    writable()
        .create_new(true)
        .open(path)
        .map_err(failed("create", path))
}

/// Removes a file; that it is gone already is no fault.
pub(super) fn remove(path: &Path) -> Result<(), Fault> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

/// The folder a path lies in; the current one for a bare name.
pub(super) fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn writable() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).mode(FILE_MODE);
    options
}
