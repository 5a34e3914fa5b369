//! Somebody is forgotten: what is left of them in the files of a data folder.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;
use xmpp_referee::cli::records::Records;
use xmpp_referee::commands::{Answer, Call, Chat, Host, HostConfig, Place, Value};
use xmpp_referee::engine::{Engine, Handler};
use xmpp_referee::kit::{Span, Timestamp};
use xmpp_referee::store::DataFolder;

use crate::kit::NOW;

const DOMAIN: &str = "referee.example.org";
const ANNA: &str = "annabella@home.example";
const MOVED: &str = "annabella@moved.example";
const BOB: &str = "bob@example.org";
/// What says who she is: her addresses, her name, her name elsewhere.
const TRACES: &[&str] = &["annabella", "home.example", "moved.example", "Zorblatt"];

#[derive(Parser)]
struct Line {
    #[command(subcommand)]
    records: Records,
}

/// A referee on real files.
struct Running {
    engine: Engine,
    host: Host,
    now: Timestamp,
    _folder: DataFolder,
}

impl Running {
    fn start(data: &Path, now: Timestamp) -> Running {
        let (folder, ports) = DataFolder::open(data, now).expect("the folder opens");
        let mut engine = Engine::open(DOMAIN, ports, now).expect("the journal folds");
        engine.begin(now);
        engine.link_up(false);
        engine.open_outbox();
        let admins = Vec::new();
        Running {
            engine,
            host: Host::new(HostConfig {
                admins,
                ..HostConfig::default()
            }),
            now,
            _folder: folder,
        }
    }

    /// Says a line, in a batch of its own, with everything delivered; what the answer says and its code, if it has one.
    fn say(&mut self, bare: &str, text: &str) -> (String, String) {
        self.now = self.now + Span::seconds(1);
        self.engine.begin(self.now);
        let chat = Chat {
            bare: bare.to_owned(),
            full: format!("{bare}/phone"),
            place: Place::Contact,
            text: text.to_owned(),
            flaw: None,
            lag: None,
            id: None,
        };
        let answer = self.host.answer(self.engine.desk(), Call::Chat(chat));
        self.engine.commit().expect("the disk takes it");
        loop {
            let window = self.engine.next_window();
            if window.is_empty() {
                break;
            }
            self.engine.confirmed(window.len());
        }
        self.engine.rest();
        self.engine.commit().expect("the disk takes it");
        let Answer::Say { result, .. } = answer else {
            panic!("{text}: {answer:?}");
        };
        let reply = result.unwrap_or_else(|no| panic!("{text}: {no}"));
        let code = reply.fields.iter().find_map(|(name, value)| match value {
            Value::Text(code) if *name == "code" => Some(code.clone()),
            _ => None,
        });
        (reply.words.plain(), code.unwrap_or_default())
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(folder).expect("a folder") {
        let path = item.expect("an entry").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// The files in which one of these texts stands, with the text.
fn found(folder: &Path, texts: &[&str]) -> Vec<(PathBuf, String)> {
    let mut hits = Vec::new();
    for path in files(folder) {
        let bytes = fs::read(&path).expect("a file");
        for text in texts {
            if bytes
                .windows(text.len())
                .any(|part| part == text.as_bytes())
            {
                hits.push((path.clone(), (*text).to_owned()));
            }
        }
    }
    hits
}

/// A life here: two addresses, an account elsewhere, a password, a contact, a match that is lost.
fn live(running: &mut Running) {
    running.say(BOB, "my");
    let (_, code) = running.say(ANNA, &format!("link jid {MOVED}"));
    running.say(MOVED, &format!("prove {code}"));
    running.say(ANNA, "link steam Zorblatt");
    running.say(ANNA, "link show steam Zorblatt");
    running.say(ANNA, "app-password add forum");
    running.say(ANNA, "profile zone=Europe/Vienna quiet=22:00-07:30");
    running.say(BOB, "ignore annabella");
    running.say(BOB, "ignore annabella off");
    running.say(ANNA, "challenge bob tic-tac-toe");
    running.say(BOB, "accept");
    running.say(MOVED, "resign yes");
}

#[test]
fn nothing_says_who_somebody_was_and_every_chain_stands() {
    let parent = tempfile::tempdir().unwrap();
    let data = parent.path().join("data");
    let mut running = Running::start(&data, NOW);
    live(&mut running);
    let book = data.join("people.jsonl");
    let known = found(&data, TRACES);
    for trace in TRACES {
        assert!(
            known
                .iter()
                .any(|(path, text)| *path == book && text == trace),
            "{trace} was not written at all: is this test blind?"
        );
    }
    running.say(ANNA, "profile forget yes");
    running.engine.checkpoint();
    drop(running);
    let views = data.join("views");
    let left = found(&data, TRACES);
    let left: Vec<_> = left
        .iter()
        .filter(|(path, _)| !path.starts_with(&views))
        .collect();
    assert!(left.is_empty(), "{left:?}");

    // Sled overwrites its own files in its own time; without them nothing is lost.
    fs::remove_dir_all(&views).unwrap();
    let mut running = Running::start(&data, NOW + Span::hours(1));
    let (result, _) = running.say(BOB, "result m1");
    assert!(
        result.contains("bob wins") && result.contains("p2"),
        "{result}"
    );
    let (again, _) = running.say(ANNA, "profile");
    // The address that proved itself was p3 until then.
    assert!(again.contains("in which you are p4"), "{again}");
    running.say(ANNA, "profile forget yes");
    running.engine.checkpoint();
    drop(running);
    assert_eq!(found(&data, TRACES), [], "not even where sled began anew");

    let line = ["referee", "verify", data.to_str().unwrap()];
    Line::parse_from(line).records.run().unwrap();
}
