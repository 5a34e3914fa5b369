//! Files that are hurt between two lives, two processes on one folder, and a full disk.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::bot::{Bot, Fixture};
use crate::process::Home;
use crate::table::Table;
use crate::{CLOCKED, FAST, seed, told};

/// How long the bots play between two wounds.
const WHILE: Duration = Duration::from_millis(150);
/// The disk that is filled: room for the journal of a short play and for sled, soon full.
const DISK: &str = "size=8m";

fn few(seed: u64) -> Vec<Bot> {
    let poker = Fixture {
        game: "kuhn-poker",
        ..FAST
    };
    let pairs = [FAST, poker].into_iter().enumerate();
    pairs
        .flat_map(|(n, fixture)| Bot::pair(fixture, n, seed.wrapping_add(10 * n as u64)))
        .collect()
}

/// Plays for a while and ends: in order, so that the views are written.
async fn play_and_end(home: &Home, table: &mut Table) {
    let mut referee = table.start(home).await;
    assert!(table.play(Instant::now() + WHILE).await);
    assert_eq!(table.terminate(&mut referee).await, Some(0));
}

/// Plays for a while, a few moves at least, and is killed.
async fn play_and_die(home: &Home, table: &mut Table) -> String {
    let mut referee = table.start(home).await;
    let before = table.ledger.acknowledged();
    assert!(table.play(Instant::now() + WHILE).await);
    table
        .play_until("somebody has moved", |table| {
            table.ledger.acknowledged() > before + 2
        })
        .await;
    table.kill(&mut referee).await;
    referee.log()
}

/// Everything can be played to its end, and is in the record.
async fn all_is_well(home: &Home, table: &mut Table) {
    let mut referee = table.start(home).await;
    table.finish().await;
    table.audit(home).await;
    told(table);
    assert_eq!(table.terminate(&mut referee).await, Some(0));
    let (sound, said) = home.verify([home.data()]);
    assert!(sound, "{said}");
}

/// The file in which sled keeps its pages.
fn pages(home: &Home) -> PathBuf {
    let file = home.data().join("views").join("db");
    assert!(file.is_file(), "{}", file.display());
    file
}

/// Where the last byte lies that sled has written there.
fn used(home: &Home) -> usize {
    let bytes = fs::read(pages(home)).unwrap();
    bytes.iter().rposition(|byte| *byte != 0).unwrap()
}

fn flip(file: &Path, at: u64) {
    let file = OpenOptions::new()
        .read(true)
        .write(true)
        .open(file)
        .unwrap();
    let mut byte = [0];
    file.read_exact_at(&mut byte, at).unwrap();
    file.write_all_at(&[byte[0] ^ 0x10], at).unwrap();
}

#[tokio::test]
async fn hurt_views_are_rebuilt_aloud_and_play_goes_on() {
    let seed = seed();
    let (home, mut table) = (Home::new(), Table::new(few(seed)));
    type Wound = fn(&Home);
    let wounds: [(&str, Wound); 4] = [
        ("removed", |home| {
            fs::remove_dir_all(home.data().join("views")).unwrap()
        }),
        ("truncated", |home| {
            let file = OpenOptions::new().write(true).open(pages(home)).unwrap();
            file.set_len(used(home) as u64 / 2).unwrap();
        }),
        ("flipped", |home| {
            // Every page that is in use, so that the wound cannot lie where nothing is.
            let used = fs::read(pages(home)).unwrap();
            let places = used
                .iter()
                .enumerate()
                .filter(|(_, byte)| **byte != 0)
                .map(|(at, _)| at as u64);
            places.step_by(97).for_each(|at| flip(&pages(home), at));
        }),
        ("emptied", |home| fs::write(pages(home), "").unwrap()),
    ];
    for (what, wound) in wounds {
        play_and_end(&home, &mut table).await;
        play_and_die(&home, &mut table).await;
        wound(&home);
        let log = play_and_die(&home, &mut table).await;
        let aloud = log
            .lines()
            .any(|line| line.contains("WARN") && line.contains("views"));
        assert!(aloud, "{what}: {log}");
    }
    all_is_well(&home, &mut table).await;
}

#[tokio::test]
async fn a_torn_tail_is_cut() {
    let seed = seed();
    let (home, mut table) = (Home::new(), Table::new(few(seed)));
    for tail in [
        &b"{\"pub\":{\"torn"[..],
        b"\0\0\0\0\0\0\0\0",
        b"{\"commit\":{\"n\":1,",
    ] {
        play_and_die(&home, &mut table).await;
        let mut file = OpenOptions::new()
            .append(true)
            .open(home.segment())
            .unwrap();
        let sound = file.seek(SeekFrom::End(0)).unwrap();
        file.write_all(tail).unwrap();
        let log = play_and_die(&home, &mut table).await;
        assert!(
            log.lines()
                .any(|line| line.contains("WARN") && line.contains("cut")),
            "{log}"
        );
        let bytes = fs::read(home.segment()).unwrap();
        let after = &bytes[usize::try_from(sound).unwrap()..];
        assert!(
            after.starts_with(b"{\"pub\":{") && !after.starts_with(tail),
            "{sound}"
        );
    }
    all_is_well(&home, &mut table).await;
}

#[tokio::test]
async fn a_damaged_line_is_named_and_the_start_refused() {
    let seed = seed();
    let (home, mut table) = (Home::new(), Table::new(few(seed)));
    play_and_end(&home, &mut table).await;
    let segment = home.segment();
    let whole = fs::read(&segment).unwrap();
    // Somewhere in a record in the middle.
    let middle = whole.len() / 2;
    flip(&segment, middle as u64);
    let hurt = fs::read(&segment).unwrap();
    let mut referee = home.start("127.0.0.1:1");
    assert_eq!(referee.end(), Some(1), "{}", referee.log());
    let log = referee.log();
    let line = log
        .lines()
        .find(|line| line.starts_with("referee: "))
        .unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains(segment.to_str().unwrap()), "{line}");
    let offset = line
        .split("at byte ")
        .nth(1)
        .and_then(|rest| rest.split(':').next());
    let offset: usize = offset.unwrap_or_else(|| panic!("{line}")).parse().unwrap();
    assert!(offset <= middle, "the damage is at {middle}: {line}");
    assert_eq!(
        fs::read(&segment).unwrap(),
        hurt,
        "a refused start changes nothing"
    );
    let (sound, said) = home.verify([home.data()]);
    assert!(!sound && said.contains(segment.to_str().unwrap()), "{said}");
    fs::write(&segment, whole).unwrap();
    all_is_well(&home, &mut table).await;
}

#[tokio::test]
async fn a_second_process_is_turned_away() {
    let seed = seed();
    let (home, mut table) = (Home::new(), Table::new(few(seed)));
    let mut referee = table.start(&home).await;
    let mut second = home.start("127.0.0.1:1");
    assert_eq!(second.end(), Some(1));
    assert!(
        second.log().contains("in use by another referee"),
        "{}",
        second.log()
    );
    assert!(table.play(Instant::now() + WHILE).await);
    table.kill(&mut referee).await;
    all_is_well(&home, &mut table).await;
}

/// A small disk; unmounted when dropped.
struct Disk(PathBuf);

impl Disk {
    /// Mounts it; none, said past the test harness, where that is not allowed and such tests are left out by hand.
    fn mount(at: PathBuf) -> Option<Disk> {
        fs::create_dir(&at).unwrap();
        let mut mount = Command::new("mount");
        mount
            .args(["-t", "tmpfs", "-o", DISK, "tmpfs"])
            .arg(&at)
            .stderr(Stdio::null());
        if mount.status().is_ok_and(|status| status.success()) {
            return Some(Disk(at));
        }
        let why = "a full disk under the whole referee: mounting a tmpfs takes root";
        let asked = std::env::var_os("REFEREE_NO_MOUNTS").is_some();
        assert!(asked, "{why}; REFEREE_NO_MOUNTS=1 leaves such tests out");
        let _ = writeln!(std::io::stderr(), "SKIP: {why}");
        None
    }

    /// Takes all the space that is left.
    fn fill(&self) -> PathBuf {
        let path = self.0.join("filler");
        let mut file = fs::File::create(&path).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
        while file.write_all(&[0]).is_ok() {}
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_stops_the_clocks_and_play_goes_on_afterwards() {
    let seed = seed();
    let folder = tempfile::tempdir().unwrap();
    let Some(disk) = Disk::mount(folder.path().join("disk")) else {
        return;
    };
    let home = Home::with_data(disk.0.join("data"));
    let clocked = Bot::pair(CLOCKED, 7, seed);
    let mut table = Table::new(few(seed).into_iter().chain(clocked).collect());
    let mut referee = table.start(&home).await;
    for round in 1..=3 {
        let before = table.put_off;
        assert!(table.play(Instant::now() + 2 * WHILE).await);
        table.ledger.clocks.unsure();
        let filler = disk.fill();
        table
            .play_until("the disk is full", |table| table.put_off > before)
            .await;
        table.ledger.clocks.dead();
        let asked = Instant::now();
        for game in table.ledger.games.clone() {
            table
                .ask("show", &[("match", &game)])
                .await
                .expect("reads are answered");
        }
        assert!(table.play(Instant::now() + 4 * WHILE).await);
        assert!(asked.elapsed() > 4 * WHILE && table.put_off > before + round);
        let acknowledged = table.ledger.acknowledged();
        fs::remove_file(filler).unwrap();
        table.ledger.clocks.connected();
        table
            .play_until("play goes on", |table| {
                table.ledger.acknowledged() > acknowledged + 20
            })
            .await;
        table.ledger.clocks.ready();
    }
    assert_eq!(referee.ended(), None);
    assert!(
        referee.log().contains("the disk takes writes again"),
        "{}",
        referee.log()
    );
    table.kill(&mut referee).await;
    all_is_well(&home, &mut table).await;
}
