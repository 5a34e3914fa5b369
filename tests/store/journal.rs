//! The laws of a journal, for every kind of it.

use std::path::Path;

use proptest::prelude::*;
use xmpp_referee::engine::ports::{Entry, Fault, Journal, Mark, Place};
use xmpp_referee::kit::Hash;
use xmpp_referee::store::memory::{CommitFault, MemoryJournal};
use xmpp_referee::store::{BATCH_MAX, FileJournal, LINE_MAX, inspect};

use crate::kit::{batch, entries, entry, replayed};

/// A kind of journal, and how a new process opens it.
type Open<'a> = &'a dyn Fn() -> Box<dyn Journal>;

/// Runs a law on each kind, every time on an empty journal.
fn on_each_kind(law: fn(Open<'_>)) {
    let memory = MemoryJournal::default();
    law(&|| {
        memory.restart(false);
        Box::new(memory.clone())
    });
    for segment_bytes in [1 << 20, 700] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        law(&|| Box::new(FileJournal::open_with(&path, segment_bytes).unwrap()));
    }
}

#[test]
fn an_empty_journal_has_nothing_and_takes_nothing() {
    on_each_kind(|open| {
        let mut journal = open();
        assert_eq!(
            journal.mark(),
            Mark {
                n: 0,
                chain: Hash::ZERO,
                next: Place(0)
            }
        );
        assert_eq!(journal.commit(&[]).unwrap(), []);
        assert_eq!(replayed(&mut *journal, None), []);
        assert_eq!(replayed(&mut *journal, Some(open().mark())), []);
    });
}

#[test]
fn what_is_committed_is_there_for_ever() {
    on_each_kind(|open| {
        let mut journal = open();
        let mut expected = Vec::new();
        let mut marks = vec![journal.mark()];
        for count in [1, 3, 1, 8, 2] {
            let batch = batch(journal.mark().n, count);
            let places = journal.commit(&batch).unwrap();
            expected.extend(batch.into_iter().zip(places));
            marks.push(journal.mark());
        }
        let mut other = open();
        assert_eq!(other.mark(), *marks.last().unwrap());
        assert_eq!(replayed(&mut *other, None), expected);
        for mark in marks {
            let rest = &expected[mark.n as usize..];
            assert_eq!(replayed(&mut *journal, Some(mark)), rest, "after {mark:?}");
            assert_eq!(replayed(&mut *other, Some(mark)), rest, "after {mark:?}");
        }
        let backwards: Vec<Place> = expected.iter().rev().map(|(_, place)| *place).collect();
        let texts: Vec<String> = expected
            .iter()
            .rev()
            .map(|(entry, _)| entry.text.clone())
            .collect();
        assert_eq!(other.read(&backwards).unwrap(), texts);
    });
}

#[test]
fn a_replay_stops_at_the_readers_error() {
    on_each_kind(|open| {
        let mut journal = open();
        journal.commit(&batch(0, 5)).unwrap();
        let mut seen = 0;
        let stopped = journal.replay(None, &mut |entry, _| {
            seen += 1;
            if seen < 3 {
                return Ok(());
            }
            Err(Fault::Fold {
                n: entry.n,
                why: "enough".to_owned(),
            })
        });
        assert!(matches!(stopped, Err(Fault::Fold { n: 3, .. })));
        assert_eq!(seen, 3);
    });
}

#[test]
fn what_cannot_be_read_back_is_refused_and_leaves_no_trace() {
    let broken = Entry {
        text: format!("{} \n", entry(3, "x").text),
        ..entry(3, "x")
    };
    let stranger = Entry {
        stream: entry(1, "x").stream,
        ..entry(3, "x")
    };
    let no_record = Entry {
        text: "{}".to_owned(),
        ..entry(3, "x")
    };
    let long = entry(3, &"x".repeat(LINE_MAX));
    for bad in [
        entry(2, "x"),
        entry(4, "x"),
        broken,
        stranger,
        no_record,
        long,
    ] {
        let memory = MemoryJournal::default();
        let folder = tempfile::tempdir().unwrap();
        let file = FileJournal::open(folder.path()).unwrap();
        for journal in [&mut memory.clone() as &mut dyn Journal, &mut { file }] {
            journal.commit(&batch(0, 1)).unwrap();
            let mark = journal.mark();
            let refused = journal.commit(&[entry(2, "fine"), bad.clone()]);
            assert!(matches!(refused, Err(Fault::Fold { .. })), "{refused:?}");
            assert!(
                journal.commit(&batch(1, 1)).is_err(),
                "nothing is taken before recovery"
            );
            assert_eq!(journal.recover().unwrap(), mark);
            journal.commit(&batch(1, 1)).unwrap();
            assert_eq!(entries(journal, None), batch(0, 2));
        }
    }
}

#[test]
fn a_batch_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let mut journal = FileJournal::open(folder.path()).unwrap();
    let text = "x".repeat(LINE_MAX - 400);
    let large: Vec<Entry> = (1..=BATCH_MAX / LINE_MAX + 2)
        .map(|n| entry(n as u64, &text))
        .collect();
    assert!(matches!(journal.commit(&large), Err(Fault::Fold { .. })));
    assert_eq!(journal.recover().unwrap().n, 0);
    journal.commit(&large[..8]).unwrap();
    assert_eq!(entries(&mut journal, None), large[..8]);
}

#[test]
fn a_mark_of_another_journal_is_refused() {
    on_each_kind(|open| {
        let mut journal = open();
        for n in 0..6 {
            journal.commit(&batch(n, 1)).unwrap();
        }
        let end = journal.mark();
        journal.commit(&batch(6, 3)).unwrap();
        let last = journal.mark();
        let foreign = [
            Mark {
                chain: Hash([7; 32]),
                ..end
            },
            Mark {
                chain: Hash([7; 32]),
                ..last
            },
            Mark {
                n: end.n + 1,
                ..end
            },
            Mark {
                n: end.n - 1,
                ..end
            },
            Mark {
                next: Place(end.next.0 - 1),
                ..end
            },
            Mark {
                next: Place(0),
                ..end
            },
            Mark { n: 0, ..end },
            Mark {
                n: last.n + 1,
                ..last
            },
            Mark {
                next: Place(last.next.0 + 1),
                ..last
            },
            Mark {
                n: u64::MAX,
                chain: last.chain,
                next: Place(u64::MAX),
            },
        ];
        for mark in foreign {
            let found = journal.replay(Some(mark), &mut |_, _| Ok(())).unwrap_err();
            assert!(
                matches!(&found, Fault::Damaged { why, .. } if why.contains("the mark")),
                "{mark:?}: {found:?}"
            );
        }
    });
}

#[test]
fn a_place_where_no_record_starts_is_refused() {
    on_each_kind(|open| {
        let mut journal = open();
        let mut places = Vec::new();
        for n in 0..4 {
            places.extend(journal.commit(&batch(n, 1)).unwrap());
        }
        for wrong in [
            journal.mark().next,
            Place(u64::MAX),
            Place(journal.mark().next.0 + 9),
        ] {
            let found = journal.read(&[places[0], wrong]);
            assert!(
                matches!(found, Err(Fault::Damaged { .. })),
                "{wrong:?}: {found:?}"
            );
        }
    });
}

#[test]
fn a_refused_record_does_not_rise_from_the_dead() {
    let memory = MemoryJournal::default();
    let mut journal = memory.clone();
    journal.commit(&batch(0, 2)).unwrap();
    for fault in [CommitFault::BeforeWrite, CommitFault::AfterWrite] {
        memory.fail_next(fault);
        assert!(matches!(
            journal.commit(&[entry(3, "refused")]),
            Err(Fault::Io { .. })
        ));
        assert_eq!(journal.recover().unwrap().n, 2);
    }
    memory.restart(false);
    journal.commit(&[entry(3, "taken")]).unwrap();
    assert_eq!(entries(&mut journal, None)[2], entry(3, "taken"));
    let hits = memory.hits();
    assert_eq!(
        (
            hits.before_write,
            hits.after_write,
            hits.recoveries,
            hits.risen
        ),
        (1, 1, 2, 0)
    );
}

#[test]
fn an_unacknowledged_batch_survives_a_kill_and_not_a_power_cut() {
    for power_cut in [false, true] {
        let memory = MemoryJournal::default();
        let mut journal = memory.clone();
        memory.fail_next(CommitFault::AfterWrite);
        assert!(journal.commit(&batch(0, 2)).is_err());
        assert_eq!(journal.mark().n, 0);
        memory.restart(power_cut);
        assert_eq!(journal.mark().n, if power_cut { 0 } else { 2 });
        let hits = memory.hits();
        assert_eq!(
            (hits.lost, hits.risen),
            if power_cut { (1, 0) } else { (0, 1) }
        );
    }
}

#[test]
fn a_full_disk_in_memory_takes_again_when_there_is_space() {
    let memory = MemoryJournal::default();
    let mut journal = memory.clone();
    memory.set_full(true);
    for _ in 0..3 {
        assert!(journal.commit(&batch(0, 1)).is_err());
        journal.recover().unwrap();
    }
    memory.set_full(false);
    journal.commit(&batch(0, 1)).unwrap();
    assert_eq!(memory.hits().full, 3);
}

/// What can happen to a journal.
#[derive(Clone, Debug)]
enum Step {
    Commit(Vec<usize>),
    Misfit,
    Reopen,
    Replay(prop::sample::Index),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => prop::collection::vec(0..400usize, 1..6).prop_map(Step::Commit),
        1 => Just(Step::Misfit),
        1 => Just(Step::Reopen),
        1 => any::<prop::sample::Index>().prop_map(Step::Replay),
    ];
    prop::collection::vec(step, 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn file_and_memory_agree_at_every_step(steps in steps(), segment_bytes in 200..4000u64) {
        let folder = tempfile::tempdir().unwrap();
        let open = |path: &Path| FileJournal::open_with(path, segment_bytes).unwrap();
        let (mut file, mut memory) = (open(folder.path()), MemoryJournal::default());
        let mut marks = vec![(file.mark(), memory.mark())];
        for step in steps {
            match step {
                Step::Commit(sizes) => {
                    let n = memory.mark().n;
                    let batch: Vec<Entry> =
                        (n + 1..).zip(sizes).map(|(n, size)| entry(n, &"é".repeat(size))).collect();
                    let places = (file.commit(&batch).unwrap(), memory.commit(&batch).unwrap());
                    prop_assert_eq!(file.read(&places.0).unwrap(), memory.read(&places.1).unwrap());
                    marks.push((file.mark(), memory.mark()));
                }
                Step::Misfit => {
                    prop_assert!(file.commit(&batch(1_000_000, 1)).is_err());
                    prop_assert!(memory.commit(&batch(1_000_000, 1)).is_err());
                    prop_assert_eq!(file.recover().unwrap().chain, memory.recover().unwrap().chain);
                }
                Step::Reopen => file = open(folder.path()),
                Step::Replay(index) => {
                    let (in_file, in_memory) = index.get(&marks);
                    prop_assert_eq!(
                        entries(&mut file, Some(*in_file)),
                        entries(&mut memory, Some(*in_memory))
                    );
                }
            }
            prop_assert_eq!((file.mark().n, file.mark().chain), (memory.mark().n, memory.mark().chain));
        }
        let looked_at = inspect(folder.path(), &mut |_, _| Ok(())).unwrap();
        prop_assert_eq!((looked_at.mark, looked_at.unsealed), (file.mark(), 0));
    }
}

#[test]
fn a_journal_says_what_is_free_on_its_disk() {
    let folder = tempfile::tempdir().unwrap();
    let journal = FileJournal::open(&folder.path().join("journal")).unwrap();
    let space = journal.space().unwrap();
    assert!(0 < space.free && space.free <= space.total, "{space:?}");
}
