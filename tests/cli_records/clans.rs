//! The record of a clan: exported, verified, forged, and taken along to other referees.

use std::fs;
use std::path::{Path, PathBuf};

use xmpp_referee::clans::{ClanAsk, Joining, RoleId, Setting};
use xmpp_referee::cli::audit::{ClanReport, audit_clan};
use xmpp_referee::engine::{Desk, Engine};
use xmpp_referee::kit::{ClanTag, PersonId, Timestamp};
use xmpp_referee::store::DataFolder;

use super::folder::{run, text};

const NOW: Timestamp = Timestamp(1_767_268_800_000);

fn tag() -> ClanTag {
    "wolves".parse().expect("a tag")
}

/// Works on a data folder as a referee of this domain.
fn at(data: &Path, domain: &str, work: impl FnOnce(&mut Desk)) {
    let (_folder, ports) = DataFolder::open(data, NOW).expect("the folder opens");
    let mut engine = Engine::open(domain, ports, NOW).expect("the journal folds");
    engine.begin(NOW);
    work(engine.desk());
    engine.commit().expect("the disk takes it");
}

fn meet(desk: &mut Desk, name: &str) -> PersonId {
    desk.meet(&format!("{name}@example.org"), true)
        .expect("there is room in the book")
}

/// A clan with some history, and its record in a file.
fn wolves(folder: &Path) -> (PathBuf, String) {
    let data = folder.join("old");
    at(&data, "referee.old.example", |desk| {
        let (anna, bob, carol) = (meet(desk, "anna"), meet(desk, "bob"), meet(desk, "carol"));
        let act = |desk: &mut Desk, by, ask: ClanAsk| {
            desk.act_in_clan(Some(by), tag(), &ask, None)
                .unwrap_or_else(|no| panic!("{ask:?}: {no}"));
        };
        desk.found_clan(anna, tag(), "Wolves", Joining::Open, None)
            .expect("it is free");
        act(desk, bob, ClanAsk::Join);
        act(desk, carol, ClanAsk::Join);
        let role = RoleId::read("captain").expect("a role");
        act(desk, anna, ClanAsk::Rank { who: bob, role });
        let reason = "insults".to_owned();
        act(desk, bob, ClanAsk::Kick { who: carol, reason });
        let colours = vec!["#112233".to_owned()];
        act(desk, anna, ClanAsk::Set(Setting::Colours(colours)));
    });
    let file = folder.join("wolves.record");
    let line = [
        "export",
        "--data",
        text(&data),
        "--clan",
        "wolves",
        "-o",
        text(&file),
    ];
    run(&line).expect("there is such a clan");
    (data, fs::read_to_string(file).expect("a file"))
}

fn audited(record: &str) -> Result<ClanReport, String> {
    let lines: Vec<&str> = record.lines().collect();
    audit_clan(&lines).map_err(|bad| bad.to_string())
}

#[test]
fn a_clans_record_is_verified_alone() {
    let folder = tempfile::tempdir().unwrap();
    let (data, record) = wolves(folder.path());
    let report = audited(&record).unwrap();
    assert_eq!((report.name.as_str(), report.members), ("Wolves", 2));
    assert_eq!((report.lines, report.origin), (6, None));
    let file = folder.path().join("wolves.record");
    let head = report.head.to_string();
    run(&["verify", "--head", &head, text(&file)]).unwrap();
    run(&["verify", text(&data)]).unwrap();
    let cut: Vec<&str> = record.lines().take(5).collect();
    fs::write(&file, cut.join("\n")).unwrap();
    assert!(run(&["verify", "--head", &head, text(&file)]).is_err());
    let none = ["export", "--data", text(&data), "--clan", "lions"];
    assert!(run(&none).unwrap_err().contains("no clan lions"));
}

#[test]
fn no_line_of_a_clans_record_can_be_changed() {
    let folder = tempfile::tempdir().unwrap();
    let (_, record) = wolves(folder.path());
    let lines: Vec<&str> = record.lines().collect();
    let without = |n: usize| [&lines[..n], &lines[n + 1..]].concat().join("\n");
    for (forged, why) in [
        (without(1), "a line is missing"),
        (without(0), "a line is missing"),
        (record.replace("insults", "manners"), "not a record line"),
        (
            record.replace("captain", "officer"),
            "not the hash of the line before",
        ),
        (record.replace("old.example", "new.example"), "not the hash"),
        (String::new(), "it is empty"),
    ] {
        let objection = audited(&forged).map(|_| ()).unwrap_err();
        // The last word of a line is not covered by the next line's hash alone.
        assert!(
            objection.contains(why) || objection.contains("not the hash"),
            "{objection} instead of {why}"
        );
    }
}

#[test]
fn a_deed_without_the_right_to_it_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let (_, record) = wolves(folder.path());
    // The whole record again, as a referee would write it that let a recruit put the captain out.
    let lines: Vec<&str> = record.lines().collect();
    let forged = lines[4]
        .replace("\"by\":\"p2\"", "\"by\":\"p3\"")
        .replace("\"who\":\"p3\"", "\"who\":\"p2\"");
    let changed = [&lines[..4], &[forged.as_str()]].concat();
    let objection = audit_clan(&changed).unwrap_err();
    assert_eq!(objection.line, 5);
    assert!(
        objection.why.contains("p3 had no right to this"),
        "{objection}"
    );
}

fn import(data: &Path, file: &Path, more: &[&str]) -> Result<(), String> {
    let line = ["import", "--data", text(data)];
    run(&[&line, more, &[text(file)]].concat())
}

#[test]
fn a_clan_moves_to_another_referee_with_its_history() {
    let folder = tempfile::tempdir().unwrap();
    let (old, record) = wolves(folder.path());
    let file = folder.path().join("wolves.record");
    let (new, third) = (folder.path().join("new"), folder.path().join("third"));
    let owner = ["--owner", "anna@new.example"];
    assert!(
        import(&new, &file, &owner)
            .unwrap_err()
            .contains("start the referee once")
    );
    at(&new, "referee.new.example", |desk| {
        meet(desk, "zoe");
    });
    assert!(
        import(&new, &file, &["--owner", "anna"])
            .unwrap_err()
            .contains("--owner")
    );
    import(&new, &file, &owner).unwrap();
    assert!(import(&new, &file, &owner).unwrap_err().contains("taken"));
    assert!(import(&old, &file, &owner).unwrap_err().contains("itself"));
    run(&["verify", text(&new)]).unwrap();
    at(&new, "referee.new.example", |desk| {
        let clan = &desk.clan(tag()).unwrap().clan;
        let owner = clan.owner().unwrap();
        assert_eq!(clan.members.len(), 1, "nobody comes along unasked");
        assert_eq!((clan.name.as_str(), clan.colours.len()), ("Wolves", 1));
        assert_eq!(clan.joining, Joining::Open);
        let origin = clan.origin.clone().unwrap();
        assert_eq!(origin.stream, "clan-wolves@referee.old.example");
        assert_eq!(origin.lines, 6);
        assert_eq!(origin.head, audited(&record).unwrap().head);
        let people = &desk.world().people;
        assert_eq!(people.get(owner).unwrap().jid, "anna@new.example");
    });
    // On it goes, with the history of both.
    let onward = folder.path().join("onward.record");
    let line = [
        "export",
        "--data",
        text(&new),
        "--clan",
        "wolves",
        "-o",
        text(&onward),
    ];
    run(&line).unwrap();
    run(&["verify", text(&onward)]).unwrap();
    let report = audited(&fs::read_to_string(&onward).unwrap()).unwrap();
    assert_eq!(report.origin.unwrap().lines, 6);
    at(&third, "referee.third.example", |desk| {
        meet(desk, "zoe");
    });
    import(
        &third,
        &onward,
        &["--owner", "anna@third.example", "--tag", "old-wolves"],
    )
    .unwrap();
    run(&["verify", text(&third)]).unwrap();

    let forged = fs::read_to_string(&onward)
        .unwrap()
        .replace("insults", "manners");
    fs::write(&onward, forged).unwrap();
    let objection = import(
        &third,
        &onward,
        &["--owner", "eve@third.example", "--tag", "lions"],
    );
    assert!(
        objection.unwrap_err().contains("line"),
        "a changed history is not taken in"
    );
}

/// The record with one more line, as a forger would write it who can make a chain fit but is not the clan.
fn with_line(record: &str, by: Option<&str>, events: &str) -> Vec<String> {
    let mut lines: Vec<String> = record.lines().map(str::to_owned).collect();
    let (n, v) = (900 + lines.len(), lines.len() + 1);
    let by = by.map_or(String::new(), |by| format!("\"by\":\"{by}\","));
    let (zeros, stream) = ("0".repeat(64), "clan-wolves@referee.old.example");
    let at = "2026-01-02T12:00:00.000Z";
    lines.push(format!(
        "{{\"pub\":{{\"n\":{n},\"s\":\"{stream}\",\"v\":{v},\"at\":\"{at}\",{by}\"prev\":\"{zeros}\",\"ev\":{events}}}}}"
    ));
    super::forged::rechain(&mut lines);
    lines
}

fn judged(lines: &[String]) -> Result<ClanReport, String> {
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    audit_clan(&lines).map_err(|bad| bad.to_string())
}

/// Anna (p1) owns the clan, bob (p2) is a captain, carol (p3) was put out, and p4 is a stranger.
const FORGED: &[(Option<&str>, &str, &str)] = &[
    (
        None,
        r#"{"kicked":{"who":"p2","reason":"x"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"banned":{"who":"p2","reason":"x"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"unbanned":{"who":"p2","reason":"x"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"joined":{"who":"p4","role":"captain"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"invited":{"who":"p4","role":"member","until":"2026-02-01T00:00:00.000Z"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"uninvited":{"who":"p4","why":"expired"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"ranked":{"who":"p2","role":"guest"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"role-made":{"role":"boss","rank":99,"may":["disband"]}}"#,
        "nobody is named",
    ),
    (None, r#"{"set":{"name":"Lambs"}}"#, "nobody is named"),
    (
        None,
        r#"{"owned":{"who":"p2","why":"transfer"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"owned":{"who":"p2","why":"absence"}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"disbanding":{"until":"2026-02-01T00:00:00.000Z","reason":"x"}}"#,
        "nobody is named",
    ),
    (None, r#""disbanded""#, "nobody is named"),
    (None, r#""kept""#, "nobody is named"),
    (None, r#""seen""#, "nobody is named"),
    (
        None,
        r#"{"mates":{"shared":{"who":"p2"}}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"page":{"written":{"page":1,"kind":"news","sees":"public","title":"x"}}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"calendar":{"answered":{"n":1,"who":"p2","answer":"no"}}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"calendar":{"passed":{"n":1,"on":"2026-01-01"}}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"fixture":{"result":{"fixture":"wolves/1","outcome":"won","score":"9-0"}}}"#,
        "nobody is named",
    ),
    (
        None,
        r#"{"imported":{"origin":"clan-x@y","from":1,"head":"HEAD","lines":["x"]}}"#,
        "nobody is named",
    ),
    (Some("p2"), r#"{"left":{"who":"p1"}}"#, "somebody else"),
    (Some("p1"), r#"{"left":{"who":"p1"}}"#, "owns the clan"),
    (
        Some("p2"),
        r#"{"kicked":{"who":"p1","reason":"x"}}"#,
        "higher rank",
    ),
    (
        Some("p2"),
        r#"{"banned":{"who":"p1","reason":"x"}}"#,
        "higher rank",
    ),
    (
        Some("p2"),
        r#"{"ranked":{"who":"p2","role":"officer"}}"#,
        "higher rank",
    ),
    (
        Some("p2"),
        r#"{"ranked":{"who":"p1","role":"officer"}}"#,
        "higher rank",
    ),
    (
        Some("p1"),
        r#"{"ranked":{"who":"p2","role":"owner"}}"#,
        "stands above",
    ),
    (
        Some("p1"),
        r#"{"ranked":{"who":"p4","role":"member"}}"#,
        "no member",
    ),
    (
        Some("p2"),
        r#"{"role-made":{"role":"boss","rank":80,"may":["read"]}}"#,
        "as high as its maker",
    ),
    (
        Some("p2"),
        r#"{"role-made":{"role":"boss","rank":70,"may":["disband"]}}"#,
        "may more than its maker",
    ),
    (
        Some("p1"),
        r#"{"role-made":{"role":"captain","rank":70,"may":["read"]}}"#,
        "every clan has",
    ),
    (
        Some("p1"),
        r#"{"role-made":{"role":"boss","rank":100,"may":["read"]}}"#,
        "as high as its maker",
    ),
    (
        Some("p2"),
        r#"{"role-made":{"role":"boss","rank":70,"may":["read"],"like":"owner"}}"#,
        "is like one",
    ),
    (
        Some("p1"),
        r#"{"role-gone":{"role":"boss"}}"#,
        "stands above",
    ),
    (
        Some("p2"),
        r#"{"owned":{"who":"p2","why":"transfer"}}"#,
        "no right",
    ),
    (
        Some("p1"),
        r#"{"owned":{"who":"p4","why":"transfer"}}"#,
        "went to no member",
    ),
    (
        Some("p1"),
        r#"{"owned":{"who":"p2","why":"gone"}}"#,
        "not the owner's to give",
    ),
    (
        Some("p2"),
        r#"{"set":{"succession":604800000}}"#,
        "no right",
    ),
    (Some("p2"), r#"{"set":{"entry":"captain"}}"#, "stands above"),
    (
        Some("p4"),
        r#"{"joined":{"who":"p4","role":"captain"}}"#,
        "not invited",
    ),
    (
        Some("p2"),
        r#"{"joined":{"who":"p4","role":"member"}}"#,
        "had not applied",
    ),
    (
        Some("p2"),
        r#"{"joined":{"who":"p1","role":"member"}}"#,
        "a member",
    ),
    (
        Some("p4"),
        r#"{"appealed":{"who":"p4","text":"x"}}"#,
        "no ban",
    ),
    (
        Some("p4"),
        r#"{"applied":{"who":"p2","text":"x","until":"2026-02-01T00:00:00.000Z"}}"#,
        "somebody else",
    ),
    (
        Some("p1"),
        r#"{"founded":{"name":"W","owner":"p1","joining":"open"}}"#,
        "founded once",
    ),
    (
        Some("p1"),
        r#"{"house":{"housed":{"hall":"private","room":"r@c"}}}"#,
        "by itself",
    ),
    (
        Some("p1"),
        r#"{"imported":{"origin":"clan-x@y","from":1,"head":"HEAD","lines":["x"]}}"#,
        "by itself",
    ),
    (Some("p1"), r#""disbanded""#, "by itself"),
    (Some("p1"), r#""kept""#, "not being given up"),
    (Some("p2"), r#""seen""#, "for the owner"),
    (
        Some("p2"),
        r#"{"mates":{"shared":{"who":"p1"}}}"#,
        "somebody else",
    ),
    (
        Some("p2"),
        r#"{"mates":{"unshared":{"who":["p1"]}}}"#,
        "somebody else",
    ),
    (
        Some("p4"),
        r#"{"page":{"written":{"page":1,"kind":"news","sees":"public","title":"x"}}}"#,
        "no right",
    ),
    (
        Some("p1"),
        r#"{"page":{"written":{"page":7,"kind":"news","sees":"public","title":"x"}}}"#,
        "another number",
    ),
    (
        Some("p1"),
        r#"{"page":{"removed":{"page":7,"sees":"public"}}}"#,
        "not there",
    ),
    (
        Some("p1"),
        r#"{"calendar":{"passed":{"n":1,"on":"2026-01-01"}}}"#,
        "by itself",
    ),
    (
        Some("p4"),
        r#"{"calendar":{"cancelled":{"n":1,"title":"x","why":"x"}}}"#,
        "no right",
    ),
    (
        Some("p1"),
        r#"{"fixture":{"begun":{"fixture":"wolves/1","game":"m1"}}}"#,
        "by itself",
    ),
    (
        Some("p1"),
        r#"{"kicked":{"who":"p2","reason":"x","bribe":9}}"#,
        "unknown here",
    ),
    (
        Some("p1"),
        r#"{"kicked":{"who":"p2","reason":"x","reason":"y"}}"#,
        "not written as records are",
    ),
];

#[test]
fn no_deed_gets_into_a_clans_record_that_nobody_could_have_done() {
    let folder = tempfile::tempdir().unwrap();
    let (_, record) = wolves(folder.path());
    let zeros = "0".repeat(64);
    for (by, event, why) in FORGED {
        let lines = with_line(
            &record,
            *by,
            &format!("[{}]", event.replace("HEAD", &zeros)),
        );
        let said = judged(&lines).expect_err(&format!("{by:?} {event} passes"));
        assert!(
            said.contains(why) && said.starts_with("line 7"),
            "{event}: {said}"
        );
    }
    let somebody = record.replacen("\"by\":\"p1\"", "\"by\":\"p4\"", 1);
    assert!(
        audited(&somebody)
            .unwrap_err()
            .contains("somebody else founded it")
    );
}

#[test]
fn what_the_referee_does_by_itself_needs_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let (_, record) = wolves(folder.path());
    for event in [
        r#"[{"left":{"who":"p2"}}]"#,
        r#"[{"owned":{"who":"p2","why":"gone"}}]"#,
        r#"[{"house":{"housed":{"hall":"private","room":"r@c"}}}]"#,
        r#"[{"page":{"node":{"sees":"public","node":"r/clan/wolves"}}}]"#,
    ] {
        judged(&with_line(&record, None, event)).unwrap_or_else(|why| panic!("{event}: {why}"));
    }
    // Whoever is forgotten comes back as somebody else.
    let gone = with_line(&record, None, r#"[{"left":{"who":"p2"}}]"#).join("\n");
    let back = r#"[{"joined":{"who":"p2","role":"member"}}]"#;
    let why = judged(&with_line(&gone, Some("p2"), back)).unwrap_err();
    assert!(why.contains("p2 was forgotten"), "{why}");
}

#[test]
fn a_clans_record_is_never_good_by_a_key() {
    let folder = tempfile::tempdir().unwrap();
    wolves(folder.path());
    let file = folder.path().join("wolves.record");
    let key = super::play::golden_key();
    let key = xmpp_referee::engine::ports::Signer::key(&key).to_string();
    let why = run(&["verify", "--key", &key, text(&file)]).unwrap_err();
    assert!(why.contains("not signed, key not checked"), "{why}");
}

/// A record elsewhere in which the owner did all this at once, whether it could be or not.
fn elsewhere(events: &str) -> Vec<String> {
    let founded = r#"[{"founded":{"name":"Wolves","owner":"p1","joining":"open"}}]"#;
    let first = with_line("", Some("p1"), founded);
    with_line(&first.join("\n"), Some("p1"), events)
}

#[test]
fn an_import_decides_everything_anew() {
    let many: Vec<String> = (0..30)
        .map(|n| format!(r#"{{"role-made":{{"role":"r{n}","rank":5,"may":["read"]}}}}"#))
        .collect();
    let many = format!("[{}]", many.join(","));
    let long = format!(r#"[{{"set":{{"description":"{}"}}}}]"#, "x".repeat(100_000));
    let all = r#""may":["invite","kick","ban","roles","settings","export","disband"]"#;
    let over = format!(
        r#"[{{"role-made":{{"role":"god","rank":255,{all}}}}},{{"set":{{"entry":"god"}}}}]"#
    );
    let built_in = format!(r#"[{{"role-made":{{"role":"member","rank":99,{all}}}}}]"#);
    let hidden = "[{\"set\":{\"description\":\"a\\u0000\\u0007\u{202e}b\u{85}c\"}}]".to_owned();
    let looped = r#"[{"role-made":{"role":"a","rank":5,"may":[],"like":"b"}},{"role-made":{"role":"b","rank":5,"may":[],"like":"a"}}]"#;
    for (events, left) in [
        (over.as_str(), "entry: whoever joins is a member here"),
        (built_in.as_str(), "the role member"),
        (many.as_str(), "at most 20 roles"),
        (looped, "the role a: it has no fit name"),
        (
            r#"[{"role-made":{"role":"a\u0007b","rank":5,"may":[]}}]"#,
            "it has no fit name",
        ),
        (
            r#"[{"role-made":{"role":"","rank":0,"may":[]}}]"#,
            "it has no fit name",
        ),
        (r#"[{"set":{"entry":"owner"}}]"#, "entry: whoever joins"),
        (
            r#"[{"set":{"entry":"nobody-there"}}]"#,
            "entry: whoever joins",
        ),
        (long.as_str(), "description: The description is longer"),
        (
            r#"[{"set":{"avatar":"javascript:alert(1)"}}]"#,
            "avatar: A picture",
        ),
        (
            r##"[{"set":{"colours":["#123456","red","\u001b[31m"]}}]"##,
            "colours: A clan has up to",
        ),
        (
            r#"[{"set":{"succession":1}}]"#,
            "succession: An owner counts",
        ),
        (hidden.as_str(), ""),
    ] {
        let folder = tempfile::tempdir().unwrap();
        at(folder.path(), "referee.new.example", |desk| {
            let owner = meet(desk, "anna");
            let told = desk.import_clan(owner, tag(), &elsewhere(events)).unwrap();
            let fits = told.iter().any(|what| what.contains(left)) || left.is_empty();
            assert!(fits, "{events}: {told:?}");
            assert!(!told.iter().any(|what| what.chars().any(char::is_control)));
            let clan = &desk.clan(tag()).unwrap().clan;
            assert!(clan.roles.values().all(|role| role.rank < 100) && clan.roles.len() <= 20);
            assert!(
                clan.roles
                    .keys()
                    .all(|id| RoleId::read(id.as_str()).as_ref() == Some(id))
            );
            assert_eq!(
                (&clan.entry, clan.avatar.is_none()),
                (&RoleId::member(), true)
            );
            assert!(clan.description.chars().count() <= 500);
            let plain = |c: char| !c.is_control() && c != '\u{202e}';
            assert!(
                clan.description.chars().all(plain),
                "{:?}",
                clan.description
            );
        });
        // What was decided anew, the auditor finds decided; what it came from, the auditor refuses where it could not be.
        let line = [
            "export",
            "--data",
            text(folder.path()),
            "--clan",
            "wolves",
            "-o",
        ];
        let file = folder.path().join("anew.record");
        run(&[&line[..], &[text(&file)]].concat()).unwrap();
        let why = audited(&fs::read_to_string(&file).unwrap()).map(|_| ());
        let sound = [long.as_str(), hidden.as_str()];
        if let Err(why) = why {
            assert!(why.contains("on another referee"), "{events}: {why}");
            assert!(!sound.contains(&events), "{events}: {why}");
        }
    }
}

#[test]
fn an_import_takes_what_the_clan_was() {
    let events = r##"[{"role-made":{"role":"scout","rank":20,"may":["read"]}},{"role-made":{"role":"aide","rank":30,"may":["invite"],"like":"scout"}},{"set":{"entry":"scout"}},{"set":{"colours":["#112233"]}},{"set":{"description":"Howl."}},{"set":{"succession":null}}]"##;
    let folder = tempfile::tempdir().unwrap();
    at(folder.path(), "referee.new.example", |desk| {
        let owner = meet(desk, "anna");
        let left = desk.import_clan(owner, tag(), &elsewhere(events)).unwrap();
        assert_eq!(left, Vec::<String>::new());
        let clan = &desk.clan(tag()).unwrap().clan;
        assert_eq!(clan.roles.len(), 2);
        assert_eq!((clan.entry.as_str(), clan.succession), ("scout", None));
        assert_eq!(
            (clan.description.as_str(), clan.colours.len()),
            ("Howl.", 1)
        );
    });
    run(&["verify", text(folder.path())]).unwrap();
}
