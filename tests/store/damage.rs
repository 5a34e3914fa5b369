//! Torn tails are cut, damage is refused by name.

use std::fs;
use std::path::{Path, PathBuf};

use xmpp_referee::engine::ports::{Fault, Journal};
use xmpp_referee::store::{FileJournal, inspect};

use crate::kit::{batch, entries, entry};

/// So small that each batch fills a segment.
const FULL_AT_ONCE: u64 = 400;

/// A journal of so many batches of two; returns the end of each batch as a global offset.
fn written(path: &Path, batches: u64, segment_bytes: u64) -> Vec<u64> {
    let mut journal = FileJournal::open_with(path, segment_bytes).unwrap();
    let mut ends = vec![0];
    for i in 0..batches {
        journal.commit(&batch(2 * i, 2)).unwrap();
        ends.push(journal.mark().next.0);
    }
    ends
}

fn segments(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(path)
        .unwrap()
        .map(|item| item.unwrap().path())
        .collect();
    found.sort();
    found
}

/// Opens a journal that ends after record `n`, writes on, and reads everything back.
fn goes_on_after(path: &Path, n: u64, segment_bytes: u64) {
    let mut journal = FileJournal::open_with(path, segment_bytes).unwrap();
    assert_eq!(journal.mark().n, n);
    journal.commit(&[entry(n + 1, "after the crash")]).unwrap();
    drop(journal);
    let mut journal = FileJournal::open_with(path, segment_bytes).unwrap();
    let mut expected = batch(0, n);
    expected.push(entry(n + 1, "after the crash"));
    assert_eq!(entries(&mut journal, None), expected);
    assert_eq!(inspect(path, &mut |_, _| Ok(())).unwrap().unsealed, 0);
}

#[test]
fn a_tail_torn_at_any_byte_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let ends = written(folder.path(), 3, 1 << 20);
    let file = &segments(folder.path())[0];
    let whole = fs::read(file).unwrap();
    for len in ends[2]..ends[3] {
        fs::write(file, &whole[..len as usize]).unwrap();
        let looked_at = inspect(folder.path(), &mut |_, _| Ok(())).unwrap();
        assert_eq!((looked_at.mark.n, looked_at.unsealed), (4, len - ends[2]));
        goes_on_after(folder.path(), 4, 1 << 20);
    }
}

#[test]
fn a_new_segment_torn_at_any_byte_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let ends = written(folder.path(), 3, FULL_AT_ONCE);
    let files = segments(folder.path());
    assert_eq!(files.len(), 3, "each batch fills a segment: {ends:?}");
    let whole = fs::read(&files[2]).unwrap();
    for len in 0..whole.len() {
        fs::write(&files[2], &whole[..len]).unwrap();
        goes_on_after(folder.path(), 4, FULL_AT_ONCE);
    }
}

#[test]
fn a_tail_of_lost_pages_is_cut() {
    // The file has its full length and the commit line is there, but pages before it never reached the disk.
    let folder = tempfile::tempdir().unwrap();
    let ends = written(folder.path(), 3, 1 << 20);
    let file = &segments(folder.path())[0];
    let whole = fs::read(file).unwrap();
    let (start, end) = (ends[2] as usize, ends[3] as usize);
    for (from, to) in [(start, start + 100), (start + 50, end - 300), (start, end)] {
        let mut holed = whole.clone();
        holed[from..to].fill(0);
        fs::write(file, &holed).unwrap();
        goes_on_after(folder.path(), 4, 1 << 20);
    }
}

#[test]
fn a_flipped_bit_in_an_earlier_batch_is_refused_by_name() {
    for segment_bytes in [1 << 20, FULL_AT_ONCE] {
        let folder = tempfile::tempdir().unwrap();
        let ends = written(folder.path(), 4, segment_bytes);
        let files = segments(folder.path());
        let mut base = 0;
        for file in &files {
            let whole = fs::read(file).unwrap();
            for at in 0..whole.len() {
                let global = base + at as u64;
                if global >= ends[3] {
                    break;
                }
                let mut flipped = whole.clone();
                flipped[at] ^= 1 << (at % 8);
                fs::write(file, &flipped).unwrap();
                let found = refused(folder.path(), segment_bytes);
                let batch = ends.iter().rposition(|end| *end <= global).unwrap();
                let (path, offset, _) = found.unwrap_or_else(|| panic!("byte {at} of {file:?}"));
                // Where segments join, it is the join that is named; else the batch, by its file and offset.
                if files.len() == 1 {
                    assert_eq!((&path, offset), (file, ends[batch]), "byte {at}");
                }
            }
            fs::write(file, &whole).unwrap();
            base += whole.len() as u64;
        }
        goes_on_after(folder.path(), 8, segment_bytes);
    }
}

/// Where opening, or else a check of everything, finds damage, and what it says.
fn refused(path: &Path, segment_bytes: u64) -> Option<(PathBuf, u64, String)> {
    let before: Vec<Vec<u8>> = segments(path)
        .iter()
        .map(|file| fs::read(file).unwrap())
        .collect();
    let opened =
        FileJournal::open_with(path, segment_bytes).and_then(|_| inspect(path, &mut |_, _| Ok(())));
    let after: Vec<Vec<u8>> = segments(path)
        .iter()
        .map(|file| fs::read(file).unwrap())
        .collect();
    assert!(before == after, "a damaged journal is left as it is");
    match opened {
        Err(Fault::Damaged { path, offset, why }) => Some((path, offset, why)),
        _ => None,
    }
}

/// What is done to the segments, under which name, and what has to be said about it.
type Harm<'a> = (&'a str, &'a str, &'a dyn Fn(&[PathBuf]));

#[test]
fn lost_bytes_segments_and_names_are_refused() {
    let rewrite = |file: &PathBuf, change: fn(String) -> String| {
        fs::write(file, change(fs::read_to_string(file).unwrap())).unwrap();
    };
    let harms: [Harm<'_>; 7] = [
        (
            "the first is missing",
            "goes on with record 3 here, not with 1",
            &|files| {
                fs::remove_file(&files[0]).unwrap();
            },
        ),
        (
            "the middle one is missing",
            "goes on with record 5 here, not with 3",
            &|files| {
                fs::remove_file(&files[1]).unwrap();
            },
        ),
        ("the middle one is cut", "has lost its end", &|files| {
            rewrite(&files[1], |text| text[..text.len() - 1].to_owned());
        }),
        ("the middle one is longer", "has lost its end", &|files| {
            rewrite(&files[1], |text| text + "x");
        }),
        (
            "one is renamed",
            "goes on with record 6 here, not with 5",
            &|files| {
                fs::rename(&files[2], files[2].with_file_name("0000000000000006.log")).unwrap();
            },
        ),
        (
            "one stands for another",
            "does not follow the one before",
            &|files| {
                fs::copy(&files[1], &files[2]).unwrap();
            },
        ),
        (
            "the format is newer",
            "a format this version does not know",
            &|files| {
                rewrite(&files[2], |text| {
                    text.replacen("\"format\":1", "\"format\":2", 1)
                });
            },
        ),
    ];
    for (name, expected, harm) in harms {
        let folder = tempfile::tempdir().unwrap();
        written(folder.path(), 3, FULL_AT_ONCE);
        harm(&segments(folder.path()));
        let found = refused(folder.path(), FULL_AT_ONCE).expect(name);
        assert!(found.2.contains(expected), "{name}: {}", found.2);
    }
}

#[test]
fn a_batch_cut_out_of_the_middle_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let ends = written(folder.path(), 3, 1 << 20);
    let file = &segments(folder.path())[0];
    let whole = fs::read(file).unwrap();
    let cut = [&whole[..ends[1] as usize], &whole[ends[2] as usize..]].concat();
    fs::write(file, cut).unwrap();
    let (path, offset, why) = refused(folder.path(), 1 << 20).unwrap();
    assert_eq!((&path, offset), (file, ends[1]));
    assert!(why.contains("does not follow what lies before it"), "{why}");
}

#[test]
fn what_a_failed_sync_left_behind_does_not_rise_from_the_dead() {
    // In the middle of a segment, and as the first batch of a new one.
    for segment_bytes in [1 << 20, FULL_AT_ONCE] {
        let [folder, other] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let mut journal = FileJournal::open_with(folder.path(), segment_bytes).unwrap();
        let mut twin = FileJournal::open_with(other.path(), segment_bytes).unwrap();
        journal.commit(&batch(0, 2)).unwrap();
        twin.commit(&batch(0, 2)).unwrap();
        // The twin's files are those of the journal after a write that was complete, had the sync not failed.
        twin.commit(&[entry(3, "refused")]).unwrap();
        for file in segments(other.path()) {
            fs::copy(&file, folder.path().join(file.file_name().unwrap())).unwrap();
        }
        assert!(journal.commit(&batch(77, 1)).is_err());
        assert_eq!(journal.recover().unwrap().n, 2);
        drop(journal);
        goes_on_after(folder.path(), 2, segment_bytes);
    }
}

#[test]
fn recovery_finds_that_acknowledged_records_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = FileJournal::open(folder.path()).unwrap();
    journal.commit(&batch(0, 2)).unwrap();
    let file = &segments(folder.path())[0];
    let whole = fs::read(file).unwrap();
    fs::write(file, &whole[..whole.len() - 5]).unwrap();
    assert!(matches!(journal.recover(), Err(Fault::Damaged { .. })));
    assert!(journal.commit(&batch(2, 1)).is_err(), "it stays closed");
    fs::write(file, &whole).unwrap();
    journal.recover().unwrap();
    journal.commit(&batch(2, 1)).unwrap();
    assert_eq!(entries(&mut journal, None), batch(0, 3));
}
