//! Full disks and power cuts, on file systems mounted for the purpose; root only.

use std::ffi::OsStr;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use xmpp_referee::engine::ports::{Book, Fault, Journal, Mark, Place, Views};
use xmpp_referee::kit::{Hash, PersonId};
use xmpp_referee::store::{FileBook, FileJournal, SledViews};

use crate::child::{Acks, Child};
use crate::kit::{NOW, batch, entries, entry};

/// A mounted file system; unmounted when dropped.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = run("umount", [&self.0]);
    }
}

/// Runs a program; whether it succeeded.
fn run<S: AsRef<OsStr>>(program: &str, args: impl IntoIterator<Item = S>) -> bool {
    let command = Command::new(program)
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    command.is_ok_and(|status| status.success())
}

/// Mounts something on a new folder. Where that is not allowed the test fails, unless whoever runs it has left these tests
/// out by hand.
fn mount(at: PathBuf, args: &[&str]) -> Option<Mounted> {
    fs::create_dir_all(&at).unwrap();
    let at_arg = at.to_str().unwrap();
    if run("mount", args.iter().copied().chain([at_arg])) {
        return Some(Mounted(at));
    }
    let what = format!("mount {}", args.join(" "));
    left_out(&format!("{what} is not possible here (it takes root)"));
    None
}

/// Says aloud that a test is left out: past the test harness, which keeps what passing tests print to itself. It fails where
/// nobody has asked for that.
fn left_out(why: &str) {
    let asked = std::env::var_os("REFEREE_NO_MOUNTS").is_some();
    assert!(asked, "{why}; REFEREE_NO_MOUNTS=1 leaves such tests out");
    let _ = writeln!(std::io::stderr(), "SKIP: {why}");
}

fn full(fault: &Fault) -> bool {
    matches!(fault, Fault::Io { source, .. } if source.kind() == ErrorKind::StorageFull)
}

/// Leaves so many bytes free.
fn fill(folder: &Path, free: usize) -> PathBuf {
    let path = folder.join("filler");
    let mut size = 0;
    let chunk = vec![0u8; 4096];
    let file = fs::File::create(&path).unwrap();
    while std::os::unix::fs::FileExt::write_all_at(&file, &chunk, size).is_ok() {
        size += chunk.len() as u64;
    }
    file.set_len(size - free as u64).unwrap();
    path
}

#[test]
fn a_full_disk_is_an_error_that_passes() {
    let temporary = tempfile::tempdir().unwrap();
    let small = ["-t", "tmpfs", "-o", "size=2m", "tmpfs"];
    let Some(mounted) = mount(temporary.path().join("small"), &small) else {
        return;
    };
    let path = mounted.0.join("journal");
    // Segments of two sizes: the disk is full in the middle of one, and when a new one starts.
    for segment_bytes in [1 << 20, 5000] {
        let mut journal = FileJournal::open_with(&path, segment_bytes).unwrap();
        let mut acked = journal.mark().n;
        journal.commit(&batch(acked, 3)).unwrap();
        acked += 3;
        let filler = fill(&mounted.0, 64 << 10);
        let fault = loop {
            match journal.commit(&batch(acked, 7)) {
                Ok(_) => acked += 7,
                Err(fault) => break fault,
            }
        };
        assert!(full(&fault), "{fault:?}");
        for _ in 0..3 {
            assert_eq!(journal.recover().unwrap().n, acked);
            assert_eq!(
                entries(&mut journal, None),
                batch(0, acked),
                "reading goes on"
            );
            let refused: Vec<_> = (1..=40)
                .map(|i| entry(acked + i, &"refused".repeat(30)))
                .collect();
            assert!(full(&journal.commit(&refused).unwrap_err()));
        }
        fs::remove_file(filler).unwrap();
        assert_eq!(journal.recover().unwrap().n, acked);
        journal.commit(&batch(acked, 5)).unwrap();
        drop(journal);
        let mut journal = FileJournal::open_with(&path, segment_bytes).unwrap();
        assert_eq!(entries(&mut journal, None), batch(0, acked + 5));
    }
}

#[test]
fn a_process_that_dies_on_a_full_disk_leaves_a_journal_that_opens() {
    let temporary = tempfile::tempdir().unwrap();
    let small = ["-t", "tmpfs", "-o", "size=2m", "tmpfs"];
    let Some(mounted) = mount(temporary.path().join("small"), &small) else {
        return;
    };
    let mut journal = FileJournal::open(&mounted.0.join("journal")).unwrap();
    journal.commit(&batch(0, 3)).unwrap();
    fill(&mounted.0, 8 << 10);
    let large: Vec<_> = (4..60).map(|n| entry(n, &"refused".repeat(60))).collect();
    assert!(full(&journal.commit(&large).unwrap_err()));
    drop(journal);
    let mut journal = FileJournal::open(&mounted.0.join("journal")).unwrap();
    assert_eq!(entries(&mut journal, None), batch(0, 3));
}

#[test]
fn a_book_on_a_full_disk_keeps_what_it_has() {
    let temporary = tempfile::tempdir().unwrap();
    let small = ["-t", "tmpfs", "-o", "size=2m", "tmpfs"];
    let Some(mounted) = mount(temporary.path().join("small"), &small) else {
        return;
    };
    let path = mounted.0.join("people.jsonl");
    let mut book = FileBook::open(&path).unwrap();
    let person = |id: u64, size: usize| (PersonId(id), format!("\"{}\"", "x".repeat(size)));
    book.put(&[person(1, 3000), person(2, 3000)]).unwrap();
    let filler = fill(&mounted.0, 0);
    assert!(full(&book.put(&[person(3, 30_000)]).unwrap_err()));
    assert_eq!(book.load().unwrap(), [person(1, 3000), person(2, 3000)]);
    // The file ends in the middle of a block, which is all the room that forgetting takes.
    book.forget(&[PersonId(1)]).unwrap();
    assert_eq!(book.load().unwrap(), [person(2, 3000)]);
    assert!(full(&book.put(&[person(3, 30_000)]).unwrap_err()));
    fs::remove_file(filler).unwrap();
    book.put(&[person(4, 100)]).unwrap();
    drop(book);
    let found = FileBook::open(&path).unwrap().load().unwrap();
    assert_eq!(found, [person(2, 3000), person(4, 100)]);
}

#[test]
fn views_on_a_full_disk_are_not_taken_for_damaged() {
    let temporary = tempfile::tempdir().unwrap();
    let small = ["-t", "tmpfs", "-o", "size=8m", "tmpfs"];
    let Some(mounted) = mount(temporary.path().join("small"), &small) else {
        return;
    };
    let path = mounted.0.join("views");
    let mut views = SledViews::open(&path, NOW).unwrap();
    let mut journal = FileJournal::open(&temporary.path().join("journal")).unwrap();
    let mut write = |views: &mut SledViews| {
        let n = journal.mark().n;
        journal.commit(&batch(n, 1)).unwrap();
        let key = n.to_be_bytes().to_vec();
        views.apply(vec![(key, Some(vec![n as u8; 3000]))], journal.mark())
    };
    write(&mut views).unwrap();
    let filler = fill(&mounted.0, 0);
    let fault = (0..100_000)
        .find_map(|_| write(&mut views).err())
        .expect("the disk is full");
    assert!(full(&fault), "{fault:?}");
    // What was refused is closed and opened again, which may leave a block or two: they are filled up too.
    let again = (0..100_000)
        .find_map(|_| write(&mut views).err())
        .expect("the disk is still full");
    assert!(full(&again), "{again:?}");
    // Nothing helps as long as the disk is full, and nothing makes it worse.
    assert!(full(&views.reset(NOW).unwrap_err()));
    assert!(full(&SledViews::open(&path, NOW).unwrap_err()));
    assert!(full(&views.get(b"a").unwrap_err()));
    fs::remove_file(filler).unwrap();
    write(&mut views).unwrap();
    let mark = views.mark().unwrap();
    let rows = views.scan(b"", None, false, usize::MAX).unwrap();
    drop(views);
    let views = SledViews::open(&path, NOW).unwrap();
    assert_eq!(views.mark().unwrap(), mark);
    assert!(views.scan(b"", None, false, usize::MAX).unwrap() == rows);
    assert!(!fs::read_dir(&mounted.0).unwrap().any(|item| {
        item.unwrap()
            .file_name()
            .to_string_lossy()
            .contains("damaged")
    }));
}

#[test]
fn views_that_went_back_on_a_full_disk_are_not_written_on() {
    let temporary = tempfile::tempdir().unwrap();
    let small = ["-t", "tmpfs", "-o", "size=8m", "tmpfs"];
    let Some(mounted) = mount(temporary.path().join("small"), &small) else {
        return;
    };
    let (path, older) = (mounted.0.join("views"), temporary.path().join("older"));
    let mark = |n: u64| Mark {
        n,
        chain: Hash::ZERO,
        next: Place(n),
    };
    let row = |n: u64| vec![(n.to_be_bytes().to_vec(), Some(vec![n as u8; 3000]))];
    let mut views = SledViews::open(&path, NOW).unwrap();
    views.apply(row(1), mark(1)).unwrap();
    drop(views);
    assert!(run(
        "cp",
        [OsStr::new("-r"), path.as_os_str(), older.as_os_str()]
    ));
    let mut views = SledViews::open(&path, NOW).unwrap();
    views.apply(row(2), mark(2)).unwrap();
    let filler = fill(&mounted.0, 0);
    (3..100_000)
        .find_map(|n| views.apply(row(n), mark(n)).err())
        .expect("the disk is full");
    fs::remove_file(filler).unwrap();
    fs::remove_dir_all(&path).unwrap();
    assert!(run(
        "cp",
        [OsStr::new("-r"), older.as_os_str(), path.as_os_str()]
    ));
    let refused = views.apply(row(100_001), mark(100_001));
    assert!(matches!(refused, Err(Fault::Views(_))), "{refused:?}");
    assert_eq!(views.mark().unwrap(), Some(mark(1)), "now the engine knows");
    views.apply(row(2), mark(2)).unwrap();
    assert_eq!(views.scan(b"", None, false, 9).unwrap().len(), 2);
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    const CUTS: u64 = 20;
    let temporary = tempfile::tempdir().unwrap();
    let image = temporary.path().join("disk.img");
    fs::File::create(&image)
        .unwrap()
        .set_len(192 << 20)
        .unwrap();
    if !run("mkfs.ext4", [OsStr::new("-q"), image.as_os_str()]) {
        left_out("there is no mkfs.ext4 here");
        return;
    }
    let loop_mount = ["-o", "loop", image.to_str().unwrap()];
    let Some(mounted) = mount(temporary.path().join("disk"), &loop_mount) else {
        return;
    };
    let mut acks = Acks::default();
    let mut child = Child::start(&mounted.0.join("data"));
    let mut unsealed = 0;
    for cut in 0..CUTS {
        child.listen(&mut acks, 2, Duration::from_millis(cut * 53 % 71));
        // The image holds what reached the disk; nothing may be added to it while it is copied.
        let copy = temporary.path().join("copy.img");
        let pid = child.id().to_string();
        assert!(run("kill", ["-STOP", &pid]));
        assert!(run(
            "cp",
            [
                OsStr::new("--sparse=always"),
                image.as_os_str(),
                copy.as_os_str()
            ]
        ));
        let copy_mount = ["-o", "loop", copy.to_str().unwrap()];
        let after = mount(temporary.path().join("copy"), &copy_mount).expect("the copy mounts too");
        let journal = after.0.join("data/journal");
        let looked_at = xmpp_referee::store::inspect(&journal, &mut |_, _| Ok(())).unwrap();
        unsealed += u64::from(looked_at.unsealed > 0);
        acks.check(&after.0.join("data"));
        assert!(run("kill", ["-CONT", &pid]));
    }
    child.kill(&mut acks);
    acks.check(&mounted.0.join("data"));
    println!(
        "{CUTS} power cuts, {} acknowledged batches, {unsealed} torn tails",
        acks.marks.len()
    );
}
