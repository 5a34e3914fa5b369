//! The data folder, its lock and its modes; the heartbeat; luck.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use xmpp_referee::engine::ports::{Entropy, Fault, Pulse};
use xmpp_referee::kit::{Span, Timestamp};
use xmpp_referee::store::memory::{Memory, SeededEntropy};
use xmpp_referee::store::{DataFolder, FilePulse, OsEntropy};

use crate::kit::{NOW, batch, entries};

#[test]
fn a_folder_is_made_and_comes_back_with_everything_in_it() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("deep/data");
    let (folder, mut ports) = DataFolder::open(&path, NOW).unwrap();
    ports.journal.commit(&batch(0, 2)).unwrap();
    ports
        .views
        .apply(
            vec![(b"a".to_vec(), Some(b"1".to_vec()))],
            ports.journal.mark(),
        )
        .unwrap();
    ports
        .book
        .put(&[(xmpp_referee::kit::PersonId(1), "{}".to_owned())])
        .unwrap();
    ports.pulse.beat(NOW);
    assert_eq!(ports.pulse.last(), None);
    drop((ports, folder));
    let (_folder, mut ports) = DataFolder::open(&path, NOW + Span::seconds(1)).unwrap();
    assert_eq!(entries(&mut *ports.journal, None), batch(0, 2));
    assert_eq!(ports.views.mark().unwrap(), Some(ports.journal.mark()));
    assert_eq!(ports.book.load().unwrap().len(), 1);
    assert_eq!(ports.pulse.last(), Some(NOW));
}

#[test]
fn only_the_owner_may_read() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("data");
    let (folder, mut ports) = DataFolder::open(&path, NOW).unwrap();
    ports.journal.commit(&batch(0, 1)).unwrap();
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(
        (mode(&path), mode(&folder.journal()), mode(&folder.views())),
        (0o700, 0o700, 0o700)
    );
    let segment = folder.journal().join("0000000000000001.log");
    for file in [
        segment,
        folder.book(),
        path.join("lock"),
        path.join("pulse"),
    ] {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn a_second_opening_is_told_that_the_folder_is_in_use() {
    let parent = tempfile::tempdir().unwrap();
    let (folder, ports) = DataFolder::open(parent.path(), NOW).unwrap();
    let second = DataFolder::open(parent.path(), NOW)
        .map(|_| ())
        .unwrap_err();
    assert!(matches!(&second, Fault::Locked { path } if *path == parent.path().join("lock")));
    assert!(
        second.to_string().contains("in use by another referee"),
        "{second}"
    );
    drop((folder, ports));
    DataFolder::open(parent.path(), NOW).unwrap();
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let file = parent.path().join("file");
    fs::write(&file, "").unwrap();
    let fault = DataFolder::open(&file.join("data"), NOW)
        .map(|_| ())
        .unwrap_err();
    let why = std::error::Error::source(&fault).unwrap().to_string();
    assert!(
        fault
            .to_string()
            .starts_with("could not create the folder /"),
        "{fault}"
    );
    assert!(why.contains("exists") || why.contains("directory"), "{why}");
}

#[test]
fn a_torn_beat_counts_as_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pulse");
    let mut pulse = FilePulse::open(&path).unwrap();
    for n in 0..5 {
        pulse.beat(NOW + Span::millis(50 * n));
    }
    let beat = fs::read(&path).unwrap();
    assert_eq!(
        FilePulse::open(&path).unwrap().last(),
        Some(NOW + Span::millis(200))
    );
    for len in 0..beat.len() {
        fs::write(&path, &beat[..len]).unwrap();
        assert_eq!(FilePulse::open(&path).unwrap().last(), None, "{len} bytes");
    }
    let mut pulse = FilePulse::open(&path).unwrap();
    pulse.beat(Timestamp(7));
    assert_eq!(FilePulse::open(&path).unwrap().last(), Some(Timestamp(7)));
}

#[test]
fn a_machine_in_memory_restarts_and_loses_power_like_a_real_one() {
    let memory = Memory::new(1);
    let mut ports = memory.ports();
    ports.journal.commit(&batch(0, 1)).unwrap();
    ports.views.apply(vec![], ports.journal.mark()).unwrap();
    memory.views.sync();
    let synced = ports.journal.mark();
    ports.journal.commit(&batch(1, 1)).unwrap();
    ports.views.apply(vec![], ports.journal.mark()).unwrap();
    ports.pulse.beat(NOW);
    let after_kill = memory.restart();
    assert_eq!(after_kill.pulse.last(), Some(NOW));
    assert_eq!(
        after_kill.views.mark().unwrap(),
        Some(after_kill.journal.mark())
    );
    let after_cut = memory.power_cut();
    assert_eq!(after_cut.pulse.last(), None);
    assert_eq!(after_cut.views.mark().unwrap(), Some(synced));
    assert_eq!(after_cut.journal.mark().n, 2);
}

#[test]
fn luck_never_repeats_and_seeded_luck_always_does() {
    let mut drawn = BTreeSet::new();
    let mut system = OsEntropy::open().unwrap();
    let mut seeded = SeededEntropy::new(1);
    let mut shared = seeded.clone();
    for _ in 0..50 {
        assert!(drawn.insert(system.seed()) && drawn.insert(seeded.seed()));
        assert!(drawn.insert(shared.seed()), "clones draw from one sequence");
    }
    let (mut one, mut two) = (SeededEntropy::new(1), SeededEntropy::new(2));
    assert!(drawn.contains(&one.seed()) && !drawn.contains(&two.seed()));
}
