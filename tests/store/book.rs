//! The laws of an address book, for both kinds, and what crashes do to its file.

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use xmpp_referee::engine::ports::{Book, Fault};
use xmpp_referee::kit::PersonId;
use xmpp_referee::store::memory::MemoryBook;
use xmpp_referee::store::{FileBook, PERSON_MAX};

fn person(id: u64, name: &str) -> (PersonId, String) {
    (
        PersonId(id),
        format!(r#"{{"handle":"{name}","jid":"{name}@example.org"}}"#),
    )
}

fn people(names: &[(u64, &str)]) -> Vec<(PersonId, String)> {
    names.iter().map(|(id, name)| person(*id, name)).collect()
}

fn on_each_kind(law: fn(&dyn Fn() -> Box<dyn Book>)) {
    let memory = MemoryBook::default();
    law(&|| Box::new(memory.clone()));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    law(&|| Box::new(FileBook::open(&path).unwrap()));
}

#[test]
fn the_last_word_about_a_person_counts() {
    on_each_kind(|open| {
        let mut book = open();
        assert_eq!(book.load().unwrap(), []);
        book.put(&people(&[(2, "bob"), (1, "alice")])).unwrap();
        book.put(&people(&[(2, "bobby")])).unwrap();
        book.put(&[]).unwrap();
        let expected = people(&[(1, "alice"), (2, "bobby")]);
        assert_eq!(book.load().unwrap(), expected);
        drop(book);
        assert_eq!(open().load().unwrap(), expected);
    });
}

#[test]
fn a_forgotten_person_is_gone_and_may_come_again() {
    on_each_kind(|open| {
        let mut book = open();
        book.put(&people(&[(1, "alice"), (2, "bob"), (3, "carol")]))
            .unwrap();
        book.forget(&[PersonId(1), PersonId(3), PersonId(77)])
            .unwrap();
        assert_eq!(open().load().unwrap(), people(&[(2, "bob")]));
        book.put(&people(&[(1, "alison")])).unwrap();
        drop(book);
        assert_eq!(open().load().unwrap(), people(&[(1, "alison"), (2, "bob")]));
    });
}

#[test]
fn what_is_no_json_line_is_refused_whole() {
    on_each_kind(|open| {
        let mut book = open();
        let long = format!("\"{}\"", "x".repeat(PERSON_MAX));
        for bad in ["", "{", "{\n}", "1 2", &long] {
            let refused = book.put(&[person(1, "alice"), (PersonId(2), bad.to_owned())]);
            assert!(
                matches!(refused, Err(Fault::Io { .. })),
                "{bad:.20}: {refused:?}"
            );
            assert_eq!(book.load().unwrap(), []);
        }
    });
}

#[test]
fn a_fault_in_memory_keeps_nothing() {
    let memory = MemoryBook::default();
    let mut book = memory.clone();
    memory.fail_next();
    assert!(book.put(&people(&[(1, "alice")])).is_err());
    assert_eq!((book.load().unwrap(), memory.hits()), (vec![], 1));
    book.put(&people(&[(1, "alice")])).unwrap();
}

#[test]
fn no_byte_of_a_forgotten_person_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    let mut book = FileBook::open(&path).unwrap();
    book.put(&people(&[(1, "alice"), (2, "bob")])).unwrap();
    book.put(&people(&[(1, "malice")])).unwrap();
    book.forget(&[PersonId(1)]).unwrap();
    for item in fs::read_dir(folder.path()).unwrap() {
        let text = fs::read_to_string(item.unwrap().path()).unwrap();
        assert!(!text.contains("alice") && !text.contains("p1"), "{text}");
    }
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        1,
        "no draft is left"
    );
}

#[test]
fn a_book_that_is_mostly_out_of_date_is_rewritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    let mut book = FileBook::open(&path).unwrap();
    let profile = |i: u64| format!("\"{}\"", "x".repeat(900 + i as usize % 7));
    let mut longest = 0;
    for i in 0..500 {
        book.put(&[(PersonId(i % 10), profile(i))]).unwrap();
        longest = longest.max(fs::metadata(&path).unwrap().len());
    }
    assert!(
        longest > 60_000 && longest < 70_000,
        "the file grew to {longest} bytes"
    );
    let expected: Vec<_> = (490..500).map(|i| (PersonId(i % 10), profile(i))).collect();
    assert_eq!(book.load().unwrap(), expected);
    drop(book);
    assert_eq!(FileBook::open(&path).unwrap().load().unwrap(), expected);
}

#[test]
fn a_last_line_torn_at_any_byte_is_cut() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    FileBook::open(&path)
        .unwrap()
        .put(&people(&[(1, "alice")]))
        .unwrap();
    let before = fs::metadata(&path).unwrap().len() as usize;
    FileBook::open(&path)
        .unwrap()
        .put(&people(&[(2, "bob")]))
        .unwrap();
    let whole = fs::read(&path).unwrap();
    for len in before..whole.len() {
        fs::write(&path, &whole[..len]).unwrap();
        let mut book = FileBook::open(&path).unwrap();
        assert_eq!(book.load().unwrap(), people(&[(1, "alice")]));
        book.put(&people(&[(3, "carol")])).unwrap();
        drop(book);
        let found = FileBook::open(&path).unwrap().load().unwrap();
        assert_eq!(found, people(&[(1, "alice"), (3, "carol")]));
    }
}

#[test]
fn a_flipped_bit_in_the_middle_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    FileBook::open(&path)
        .unwrap()
        .put(&people(&[(1, "alice"), (2, "bob"), (3, "carol")]))
        .unwrap();
    let whole = fs::read(&path).unwrap();
    let starts: Vec<usize> = std::iter::once(0)
        .chain((1..whole.len()).filter(|at| whole[at - 1] == b'\n'))
        .collect();
    for at in 0..whole.len() - 1 {
        let mut flipped = whole.clone();
        flipped[at] ^= 1 << (at % 8);
        fs::write(&path, &flipped).unwrap();
        let line = starts.iter().rposition(|start| *start <= at).unwrap();
        match FileBook::open(&path) {
            Err(Fault::Damaged {
                path: named,
                offset,
                ..
            }) => {
                assert_eq!(
                    (named.as_path(), offset),
                    (path.as_path(), starts[line] as u64)
                );
            }
            opened => panic!("byte {at}: {opened:?}"),
        }
        assert!(
            fs::read(&path).unwrap() == flipped,
            "a damaged book is left as it is"
        );
    }
}

#[test]
fn a_draft_of_an_interrupted_rewrite_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    FileBook::open(&path)
        .unwrap()
        .put(&people(&[(1, "alice")]))
        .unwrap();
    fs::write(folder.path().join("people.draft"), "half a b").unwrap();
    assert_eq!(
        FileBook::open(&path).unwrap().load().unwrap(),
        people(&[(1, "alice")])
    );
    assert!(!Path::exists(&folder.path().join("people.draft")));
}

/// What can happen to a book.
#[derive(Clone, Debug)]
enum Step {
    Put(Vec<(u64, usize)>),
    Forget(Vec<u64>),
    Reopen,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => prop::collection::vec((0..6u64, 0..30_000usize), 0..4).prop_map(Step::Put),
        1 => prop::collection::vec(0..8u64, 0..3).prop_map(Step::Forget),
        1 => Just(Step::Reopen),
    ];
    prop::collection::vec(step, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn file_and_memory_agree_at_every_step(steps in steps()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.jsonl");
        let (mut file, mut memory) = (FileBook::open(&path).unwrap(), MemoryBook::default());
        for step in steps {
            match step {
                Step::Put(people) => {
                    let text = |size: usize| format!("\"{}\"", "é".repeat(size));
                    let people: Vec<_> =
                        people.into_iter().map(|(id, size)| (PersonId(id), text(size))).collect();
                    file.put(&people).unwrap();
                    memory.put(&people).unwrap();
                }
                Step::Forget(ids) => {
                    let ids: Vec<_> = ids.into_iter().map(PersonId).collect();
                    file.forget(&ids).unwrap();
                    memory.forget(&ids).unwrap();
                }
                Step::Reopen => file = FileBook::open(&path).unwrap(),
            }
            prop_assert!(file.load().unwrap() == memory.load().unwrap());
        }
    }
}

#[test]
fn forgetting_costs_what_one_person_wrote_however_many_others_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    let mut book = FileBook::open(&path).unwrap();
    let many: Vec<_> = (2..5000).map(|id| person(id, "somebody")).collect();
    book.put(&people(&[(1, "alice")])).unwrap();
    book.put(&many).unwrap();
    book.put(&people(&[(1, "malice")])).unwrap();
    let inode = |path: &Path| std::os::unix::fs::MetadataExt::ino(&fs::metadata(path).unwrap());
    let (before, file) = (fs::metadata(&path).unwrap().len(), inode(&path));
    book.forget(&[PersonId(1)]).unwrap();
    let grown = fs::metadata(&path).unwrap().len() - before;
    assert!(grown < 200, "{grown} bytes were written");
    assert_eq!(inode(&path), file, "it is the same file");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!text.contains("alice") && !text.contains("\"p1\""));
    drop(book);
    assert_eq!(FileBook::open(&path).unwrap().load().unwrap(), many);
}

#[test]
fn a_crash_at_each_byte_of_forgetting_ends_before_or_after_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("people.jsonl");
    let mut book = FileBook::open(&path).unwrap();
    book.put(&people(&[(1, "alice"), (2, "bob")])).unwrap();
    book.put(&people(&[(1, "malice"), (3, "carol")])).unwrap();
    let before = fs::read(&path).unwrap();
    book.forget(&[PersonId(1)]).unwrap();
    let after = fs::read(&path).unwrap();
    drop(book);
    let all = people(&[(1, "malice"), (2, "bob"), (3, "carol")]);
    let rest = people(&[(2, "bob"), (3, "carol")]);
    // The line that says what goes is torn: nothing has happened.
    let mut torn = before.clone();
    for byte in &after[before.len()..after.len() - 1] {
        fs::write(&path, &torn).unwrap();
        assert_eq!(FileBook::open(&path).unwrap().load().unwrap(), all);
        torn.push(*byte);
    }
    // It is whole, and any part of the blanks is there: the next opening finishes the work.
    let changed: Vec<usize> = (0..before.len())
        .filter(|at| before[*at] != after[*at])
        .collect();
    assert!(changed.len() > 80);
    for from_the_end in [false, true] {
        for blanked in 0..changed.len() {
            let mut bytes = after.clone();
            bytes[..before.len()].copy_from_slice(&before);
            for k in 0..blanked {
                let at = if from_the_end {
                    changed.len() - 1 - k
                } else {
                    k
                };
                bytes[changed[at]] = b' ';
            }
            fs::write(&path, &bytes).unwrap();
            let mut book = FileBook::open(&path).unwrap();
            assert_eq!(book.load().unwrap(), rest, "{blanked} blanks");
            assert_eq!(fs::read(&path).unwrap(), after, "no byte stays");
        }
    }
}
