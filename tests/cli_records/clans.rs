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
