//! Golden records of what is more than one game from the first move to the last: a series, a team match, a result that was
//! reported, moves taken back, a ruling and an appeal, and a key that changed meanwhile. All of it is typed, as people do.
//!
//! `tests/live/test_verify.py` holds both verifiers against the same files.

use std::path::Path;

use xmpp_referee::cli::audit::{Signing, audit};
use xmpp_referee::commands::{Answer, Call, Chat, Host, HostConfig, Place};
use xmpp_referee::engine::Handler;
use xmpp_referee::engine::ports::Signer;
use xmpp_referee::engine::record;
use xmpp_referee::kit::{MatchId, Secret, sha256};
use xmpp_referee::store::Ed25519Signer;

use super::play::{Referee, data, golden_key};

const ADMIN: &str = "admin@example.org";

/// A name, what is typed on a folder of its own, and the matches whose records are kept, with what each has to contain.
struct Story {
    typed: &'static [&'static str],
    kept: &'static [(&'static str, u64, &'static [&'static str])],
}

/// The key is changed, and the referee started again.
const ROTATE: &str = "-- the key is changed";

const STORIES: &[Story] = &[
    Story {
        typed: &[
            "alice: challenge bob rps left best=3 no-room",
            "bob: accept",
            "alice: rock",
            "bob: rock",
            "alice: rock",
            "bob: scissors",
            "alice: paper",
            "bob: scissors",
            "alice: rock",
            "bob: paper",
            "alice: rock",
            "bob: scissors",
            "alice: rock",
            "bob: scissors",
            "alice: paper",
            "bob: rock",
            "alice: rock",
            "bob: scissors",
        ],
        kept: &[(
            "series",
            1,
            &["\"scored\":{\"game\":1", "\"next\":{\"game\":2"],
        )],
    },
    Story {
        typed: &[
            "alice: challenge bob ttt 5+3 x boards=2 no-room",
            "bob: accept",
            "alice: lineup m1 carol dave",
            "bob: lineup m1 me frank",
            "carol: accept m1",
            "dave: accept m1",
            "frank: accept m1",
            "carol: m2 a1",
            "bob: m2 b1",
            "carol: m2 a2",
            "bob: m2 b2",
            "carol: m2 a3",
            "frank: m3 a1",
            "dave: m3 b1",
            "frank: resign m3 yes",
        ],
        kept: &[
            (
                "team",
                1,
                &["\"named\"", "\"enlisted\"", "\"boarded\"", "\"board-over\""],
            ),
            ("team-board", 2, &["\"paired\""]),
        ],
    },
    Story {
        typed: &[
            "alice: challenge bob cs first no-room bo=1 maps=inferno+mirage+nuke",
            "bob: accept",
            "alice: ban mirage",
            "bob: veto m1 nuke",
            "alice: report m1 16-14",
            "bob: report m1 14-16",
        ],
        kept: &[(
            "reported",
            1,
            &["\"ban-mirage\"", "\"text\":\"16-14\"", "\"over\""],
        )],
    },
    Story {
        typed: &[
            "alice: challenge bob chess 5+3 white no-room",
            "bob: accept",
            "alice: e4",
            "bob: e5",
            "alice: Nf3",
            "bob: undo",
            "alice: undo",
            "bob: d6",
            "alice: resign m1 yes",
        ],
        kept: &[("undo", 1, &["\"taken-back\":{\"moves\":2}"])],
    },
    Story {
        typed: &[
            "admin: admin referee carol",
            "admin: admin referee dave",
            "alice: challenge bob chess 5+3 white no-room",
            "bob: accept",
            "alice: e4",
            "bob: e5",
            "alice: Nf3",
            "alice: dispute m1 his move came late",
            "carol: rule m1 back 2 it did",
            "alice: Nc3",
            "bob: resign m1 yes",
            "bob: appeal m1 it came in time",
            "dave: rule m1 draw nobody can say",
        ],
        kept: &[(
            "ruling",
            1,
            &[
                "\"disputed\"",
                "\"ruled\"",
                "\"appealed\"",
                "\"taken-back\"",
            ],
        )],
    },
    Story {
        typed: &[
            "admin: admin referee carol",
            "alice: challenge bob ttt 5+3 x",
            "bob: accept",
            "alice: a1",
            "bob: resign m1 yes",
            ROTATE,
            "bob: dispute m1 my phone did that",
            "carol: rule m1 draw it did",
            "alice: challenge bob ttt 5+3 x no-room",
            "bob: accept",
            "alice: a1",
            "bob: resign m2 yes",
        ],
        kept: &[
            ("rotated", 1, &["\"disputed\"", "\"ruled\"", "\"signed\""]),
            ("after-rotation", 2, &["\"signed\""]),
        ],
    },
];

fn new_key() -> Ed25519Signer {
    Ed25519Signer::new(&Secret::new(sha256(&[b"golden key after"]).0))
}

fn host() -> Host {
    Host::new(HostConfig {
        admins: vec![ADMIN.to_owned()],
        ..HostConfig::default()
    })
}

fn address(name: &str) -> String {
    let domain = if name == "bob" {
        "example.net"
    } else {
        "example.org"
    };
    format!("{name}@{domain}")
}

fn type_line(referee: &mut Referee, host: &mut Host, number: usize, line: &str) {
    let (name, text) = line.split_once(": ").expect("a name and what is typed");
    let bare = address(name);
    let call = Call::Chat(Chat {
        full: format!("{bare}/phone"),
        bare,
        place: Place::Contact,
        text: text.to_owned(),
        flaw: None,
        lag: None,
        id: Some(format!("q{number}")),
    });
    let answer = referee.batch(|referee| host.answer(referee.engine.desk(), call));
    let done = matches!(&answer, Answer::Say { result: Ok(_), .. });
    assert!(done, "{line}: {answer:?}");
    // What follows of itself, such as the boards of a team match.
    referee.batch(|_| ());
}

/// The public records that a story leaves.
fn told(story: &Story) -> Vec<(&'static str, Vec<String>)> {
    let folder = tempfile::tempdir().unwrap();
    let data = data(&folder);
    let mut referee = Referee::open_with(&data, Some(golden_key()));
    let mut host = host();
    for name in ["admin", "carol", "dave", "frank"] {
        referee.batch(|referee| referee.engine.desk().meet(&address(name), true).unwrap());
    }
    for (number, line) in story.typed.iter().enumerate() {
        if *line == ROTATE {
            referee = reopened(referee, &data);
        } else {
            type_line(&mut referee, &mut host, number, line);
        }
    }
    let mut record = |id| {
        let lines = referee.engine.desk().record_lines(MatchId(id), 0, 999);
        let open = |line: &String| record::open_half(line).unwrap();
        lines.unwrap().iter().map(open).collect()
    };
    let kept = story.kept.iter();
    kept.map(|(name, id, _)| (*name, record(*id))).collect()
}

fn reopened(referee: Referee, data: &Path) -> Referee {
    let now = referee.now;
    drop(referee);
    let mut again = Referee::open_with(data, Some(new_key()));
    again.now = now;
    again
}

#[test]
fn golden_stories_are_sound_and_stay_as_they_are() {
    let mut names = 0;
    for story in STORIES {
        for ((name, lines), (_, _, signs)) in told(story).into_iter().zip(story.kept) {
            super::signed::golden("stories", &format!("{name}.record"), &lines);
            let text = lines.join("\n");
            for sign in *signs {
                assert!(text.contains(sign), "{name} has no {sign}");
            }
            let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
            let report = audit(&lines).unwrap_or_else(|bad| panic!("{name}: {bad}"));
            let key = match name {
                "rotated" | "after-rotation" => new_key().key(),
                _ => golden_key().key(),
            };
            assert_eq!(report.signing, Signing::By(key), "{name}");
            names += 1;
        }
    }
    let folder = std::fs::read_dir("tests/records/stories").unwrap();
    assert_eq!(folder.count(), names, "a record there belongs to no story");
}

/// Each line of a story that play or a ruling left is looked at: taken away, or put in another's mouth, it is noticed.
#[test]
fn no_line_of_a_story_is_there_in_vain() {
    let mut tried = 0;
    for (name, lines) in STORIES.iter().flat_map(told) {
        for line in 0..lines.len() - 1 {
            let mut fewer = lines.clone();
            fewer.remove(line);
            super::forged::rechain(&mut fewer);
            let fewer: Vec<&str> = fewer.iter().map(String::as_str).collect();
            assert!(audit(&fewer).is_err(), "{name} without line {}", line + 1);
            tried += 1;
        }
    }
    assert!(tried > 60, "only {tried} lines were left out");
}

/// The end that was signed before the key changed is signed by the old key, what was ruled afterwards by the new one.
#[test]
fn a_record_over_a_change_of_key_is_signed_with_both() {
    let rotated = STORIES
        .iter()
        .flat_map(told)
        .find(|(name, _)| *name == "rotated");
    let lines = rotated.unwrap().1;
    let signed: Vec<usize> = (0..lines.len())
        .filter(|at| lines[*at].contains("\"signed\":{"))
        .collect();
    assert_eq!(signed.len(), 2);
    for (at, key) in signed.iter().zip([golden_key(), new_key()]) {
        assert!(
            lines[*at].contains(&key.key().to_string()),
            "{}",
            lines[*at]
        );
        let lines: Vec<&str> = lines[..=*at].iter().map(String::as_str).collect();
        assert_eq!(audit(&lines).unwrap().signing, Signing::By(key.key()));
    }
}
