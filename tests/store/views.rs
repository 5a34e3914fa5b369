//! The laws of views, for both kinds, and what damage does to sled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use xmpp_referee::engine::ports::{Change, Fault, Mark, Place, Row, Views};
use xmpp_referee::kit::{Hash, Span};
use xmpp_referee::store::SledViews;
use xmpp_referee::store::memory::MemoryViews;

use crate::kit::NOW;

fn mark(n: u64) -> Mark {
    Mark {
        n,
        chain: Hash([n as u8; 32]),
        next: Place(n * 100),
    }
}

fn put(key: &[u8], value: &[u8]) -> Change {
    (key.to_vec(), Some(value.to_vec()))
}

fn keys(rows: Vec<Row>) -> Vec<String> {
    rows.into_iter()
        .map(|(key, _)| String::from_utf8(key).unwrap())
        .collect()
}

/// Runs a law on each kind, every time on empty views.
fn on_each_kind(law: fn(&mut dyn Views)) {
    law(&mut MemoryViews::default());
    let folder = tempfile::tempdir().unwrap();
    law(&mut SledViews::open(&folder.path().join("views"), NOW).unwrap());
}

#[test]
fn changes_and_mark_come_together() {
    on_each_kind(|views| {
        assert_eq!(views.mark().unwrap(), None);
        assert_eq!(views.scan(b"", None, false, 9).unwrap(), []);
        views
            .apply(
                vec![put(b"a", b"1"), put(b"b", b"2"), put(b"a", b"3")],
                mark(1),
            )
            .unwrap();
        assert_eq!(views.get(b"a").unwrap(), Some(b"3".to_vec()));
        views
            .apply(vec![(b"a".to_vec(), None), put(b"", b"empty key")], mark(2))
            .unwrap();
        assert_eq!(views.mark().unwrap(), Some(mark(2)));
        assert_eq!(views.get(b"a").unwrap(), None);
        assert_eq!(views.get(b"m").unwrap(), None, "the mark is no row");
        assert_eq!(keys(views.scan(b"", None, false, 9).unwrap()), ["", "b"]);
    });
}

#[test]
fn pages_go_both_ways_and_stay_under_their_prefix() {
    on_each_kind(|views| {
        let rows = ["a1", "b1", "b2", "b3", "b4", "c1"];
        views
            .apply(
                rows.iter().map(|key| put(key.as_bytes(), b"")).collect(),
                mark(1),
            )
            .unwrap();
        let page = |from: Option<&str>, backwards, limit| {
            keys(
                views
                    .scan(b"b", from.map(str::as_bytes), backwards, limit)
                    .unwrap(),
            )
        };
        assert_eq!(page(None, false, 2), ["b1", "b2"]);
        assert_eq!(page(Some("b2"), false, 9), ["b3", "b4"]);
        assert_eq!(page(None, true, 2), ["b4", "b3"]);
        assert_eq!(page(Some("b3"), true, 9), ["b2", "b1"]);
        assert_eq!(page(Some("a"), false, 9), ["b1", "b2", "b3", "b4"]);
        assert_eq!(page(Some("c"), true, 9), ["b4", "b3", "b2", "b1"]);
        assert!(page(Some("c"), false, 9).is_empty());
        assert!(page(Some("a"), true, 9).is_empty());
        assert!(page(None, false, 0).is_empty());
    });
}

#[test]
fn a_reset_leaves_nothing() {
    on_each_kind(|views| {
        for round in 0..4 {
            views.apply(vec![put(b"a", b"1")], mark(round)).unwrap();
            views.reset(NOW).unwrap();
            assert_eq!(views.mark().unwrap(), None);
            assert_eq!(views.get(b"a").unwrap(), None);
        }
    });
}

#[test]
fn a_reset_keeps_only_the_newest_damaged_ones() {
    let folder = tempfile::tempdir().unwrap();
    let mut views = SledViews::open(&folder.path().join("views"), NOW).unwrap();
    for seconds in [0, 1, 2, 3, 3] {
        views.reset(NOW + Span::seconds(seconds)).unwrap();
    }
    let mut names: Vec<String> = fs::read_dir(folder.path())
        .unwrap()
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let aside = "views.damaged-20231114T221323.000Z";
    let newest = format!("{aside}-2");
    assert_eq!(names, ["views", aside, &newest]);
}

#[test]
fn faults_in_memory_strike_once_or_until_a_reset() {
    let memory = MemoryViews::default();
    let mut views = memory.clone();
    views.apply(vec![put(b"a", b"1")], mark(1)).unwrap();
    memory.fail_next();
    assert!(matches!(
        views.apply(vec![put(b"b", b"2")], mark(2)),
        Err(Fault::Io { .. })
    ));
    assert_eq!(
        (views.mark().unwrap(), views.get(b"b").unwrap()),
        (Some(mark(1)), None)
    );
    views.apply(vec![put(b"b", b"2")], mark(2)).unwrap();
    memory.damage();
    assert!(matches!(views.get(b"a"), Err(Fault::Views(_))));
    assert!(matches!(views.apply(vec![], mark(3)), Err(Fault::Views(_))));
    views.reset(NOW).unwrap();
    assert_eq!((views.mark().unwrap(), memory.resets()), (None, 1));
    views.apply(vec![put(b"a", b"1")], mark(1)).unwrap();
}

#[test]
fn views_come_back_as_they_were_closed() {
    let folder = tempfile::tempdir().unwrap();
    for n in 0..5u8 {
        let mut views = SledViews::open(folder.path(), NOW).unwrap();
        assert_eq!(views.mark().unwrap(), (n > 0).then(|| mark(n.into())));
        views
            .apply(vec![put(&[n], &[n; 5000])], mark(u64::from(n) + 1))
            .unwrap();
        assert_eq!(
            views.scan(b"", None, false, 99).unwrap().len(),
            usize::from(n) + 1
        );
    }
}

/// What can happen to views.
#[derive(Clone, Debug)]
enum Step {
    Apply(Vec<Change>),
    Scan {
        prefix: Vec<u8>,
        from: Option<Vec<u8>>,
        backwards: bool,
        limit: usize,
    },
    Reset,
}

/// Few different keys, so that changes meet; the highest byte among them, where prefixes end.
fn key() -> impl Strategy<Value = Vec<u8>> {
    prop::collection::vec(
        prop_oneof![Just(0u8), Just(b'a'), Just(b'b'), Just(255)],
        0..4,
    )
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let value = prop::option::weighted(0.7, prop::collection::vec(any::<u8>(), 0..40));
    let from = prop::option::of(key());
    let step = prop_oneof![
        4 => prop::collection::vec((key(), value), 0..6).prop_map(Step::Apply),
        8 => (key(), from, any::<bool>(), 0..5usize).prop_map(
            |(prefix, from, backwards, limit)| Step::Scan { prefix, from, backwards, limit }
        ),
        1 => Just(Step::Reset),
    ];
    prop::collection::vec(step, 1..60)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sled_and_memory_agree_at_every_step(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let mut sled = SledViews::open(&folder.path().join("views"), NOW).unwrap();
        let mut memory = MemoryViews::default();
        for (n, step) in (1..).zip(steps) {
            match step {
                Step::Apply(changes) => {
                    sled.apply(changes.clone(), mark(n)).unwrap();
                    memory.apply(changes, mark(n)).unwrap();
                }
                Step::Scan { prefix, from, backwards, limit } => {
                    let from = from.as_deref();
                    let found = sled.scan(&prefix, from, backwards, limit).unwrap();
                    prop_assert_eq!(&found, &memory.scan(&prefix, from, backwards, limit).unwrap());
                    for (key, value) in found {
                        prop_assert_eq!(sled.get(&key).unwrap(), Some(value));
                    }
                }
                Step::Reset => {
                    sled.reset(NOW).unwrap();
                    memory.reset(NOW).unwrap();
                }
            }
            prop_assert_eq!(sled.mark().unwrap(), memory.mark().unwrap());
        }
    }
}

/// Fills views over several openings, so that there is a snapshot and more than one segment.
fn filled(path: &Path) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut rows = BTreeMap::new();
    for round in 0..3u64 {
        let mut views = SledViews::open(path, NOW).unwrap();
        let changes = (0..700u64).map(|i| {
            let key = (round * 1000 + i).to_be_bytes();
            rows.insert(key.to_vec(), vec![i as u8; 600]);
            put(&key, &[i as u8; 600])
        });
        views.apply(changes.collect(), mark(round + 1)).unwrap();
    }
    rows
}

fn files(path: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = fs::read_dir(path)
        .unwrap()
        .map(|item| item.unwrap().path())
        .collect();
    found.retain(|path| path.is_file());
    found.sort();
    found
}

fn restore(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for file in files(from) {
        fs::copy(&file, to.join(file.file_name().unwrap())).unwrap();
    }
}

/// Opens views that were harmed as the engine does: what they say is right or refused, and a reset always helps.
fn usable(path: &Path, rows: &BTreeMap<Vec<u8>, Vec<u8>>, harm: &str) -> &'static str {
    let mut views = SledViews::open(path, NOW).unwrap_or_else(|fault| panic!("{harm}: {fault}"));
    let all = views
        .mark()
        .and_then(|mark| Ok((mark, views.scan(b"", None, false, usize::MAX)?)));
    let outcome = match all {
        Ok((Some(found), all)) if found == mark(3) => {
            assert!(
                all.into_iter().eq(rows.clone()),
                "{harm}: full mark, other rows"
            );
            "unharmed"
        }
        Ok((None, all)) => {
            assert_eq!(all, [], "{harm}: rows without a mark");
            "empty"
        }
        Ok((Some(_), _)) => "older",
        Err(Fault::Views(_)) => "refused",
        Err(fault) => panic!("{harm}: {fault}"),
    };
    views.reset(NOW).unwrap();
    views.apply(vec![put(b"a", b"1")], mark(9)).unwrap();
    assert_eq!(views.get(b"a").unwrap(), Some(b"1".to_vec()));
    assert_eq!(views.mark().unwrap(), Some(mark(9)));
    outcome
}

#[test]
fn damaged_sled_always_ends_in_usable_views() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole");
    let rows = filled(&whole);
    let mut outcomes = BTreeMap::<&str, u32>::new();
    let mut trial = 0;
    let mut harmed = |name: &str, harm: &dyn Fn(&Path)| {
        trial += 1;
        let path = folder.path().join(format!("{trial}")).join("views");
        restore(&whole, &path);
        harm(&path);
        let outcome = usable(&path, &rows, name);
        // sled can do without its snapshot, so nothing needs to be rebuilt for it.
        assert!(
            outcome == "unharmed" || !name.starts_with("snap."),
            "{name}: {outcome}"
        );
        *outcomes.entry(outcome).or_default() += 1;
    };
    harmed("nothing", &|_| {});
    for file in files(&whole) {
        let name = file.file_name().unwrap().to_owned();
        let len = fs::metadata(&file).unwrap().len();
        let said = name.to_string_lossy().into_owned();
        harmed(&format!("{said} removed"), &|path| {
            fs::remove_file(path.join(&name)).unwrap()
        });
        for keep in [
            0,
            1,
            len / 3,
            len / 2,
            len.saturating_sub(4096),
            len.saturating_sub(1),
        ] {
            harmed(&format!("{said} cut to {keep}"), &|path| {
                let file = fs::OpenOptions::new()
                    .write(true)
                    .open(path.join(&name))
                    .unwrap();
                file.set_len(keep).unwrap();
            });
        }
        for i in 0..6 {
            harmed(&format!("{said} flipped in part {i}"), &|path| {
                let mut bytes = fs::read(path.join(&name)).unwrap();
                let at = (bytes.len() * i / 6 + 17).min(bytes.len() - 1);
                bytes[at] ^= 1 << i;
                fs::write(path.join(&name), bytes).unwrap();
            });
        }
    }
    harmed("all zeroed", &|path| {
        for file in files(path) {
            fs::write(&file, vec![0; fs::metadata(&file).unwrap().len() as usize]).unwrap();
        }
    });
    println!("damaged sled: {outcomes:?}");
    assert!(outcomes["unharmed"] >= 1);
    assert!(
        outcomes.values().sum::<u32>() > outcomes["unharmed"],
        "no harm did any harm"
    );
}
