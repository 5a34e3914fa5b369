//! No answer outgrows its limit, whatever there is to tell, and nothing is read that is not told.

use xmpp_referee::commands::{
    Action, Answer, COMMANDS, Call, Chat, Effect, Form, MAX_REPLY_BYTES, MAX_ROWS, Place, Reply,
    StepState, Value,
};
use xmpp_referee::kit::{MatchId, PersonId, Span};

use super::app::App;
use super::{code, say};

/// The result of a command that is filled in at once; none when it was refused.
fn run(app: &mut App, bare: &str, node: &str, fields: &[(&str, &str)]) -> Option<Reply> {
    let fields = fields
        .iter()
        .map(|(name, value)| ((*name).to_owned(), vec![(*value).to_owned()]));
    let answer = app.call(Call::Form(Form {
        bare: bare.to_owned(),
        full: format!("{bare}/home"),
        place: Place::Service,
        node: node.to_owned(),
        action: Action::Complete,
        session: None,
        fields: Some(fields.collect()),
        lag: None,
        id: None,
    }));
    match answer {
        Answer::Step(step) => match step.state {
            StepState::Done(result) => result.ok(),
            _ => None,
        },
        _ => None,
    }
}

fn said(app: &mut App, bare: &str, text: &str) -> Option<Reply> {
    let answer = app.call(Call::Chat(Chat {
        bare: bare.to_owned(),
        full: format!("{bare}/home"),
        place: Place::Contact,
        text: text.to_owned(),
        flaw: None,
        lag: None,
        id: None,
    }));
    match answer {
        Answer::Say { result, .. } => result.ok(),
        _ => None,
    }
}

fn field(reply: &Reply, name: &str) -> Option<String> {
    reply.fields.iter().find_map(|(known, value)| match value {
        Value::Text(text) if *known == name && !text.is_empty() => Some(text.clone()),
        _ => None,
    })
}

const EVE: &str = "eve@evil.example";
const MATE: &str = "mate@evil.example";
const ADMIN: &str = "admin@example.org";

/// A bot with as many matches as it may have, a clan with a long record, a full calendar and many bans.
fn crowded() -> App {
    let mut app = App::new();
    for who in [EVE, MATE] {
        say(&mut app, who, "bot on");
    }
    for n in 1..=480 {
        say(&mut app, EVE, "challenge mate chess no-room side=white");
        say(&mut app, MATE, &format!("accept m{n}"));
        app.wait(Span::millis(200));
    }
    let kings = "y".repeat(60);
    say(&mut app, EVE, "clan create wolves");
    for n in 0..64 {
        let zone = ["Europe/Vienna", "Asia/Tokyo", "America/New_York"][n % 3];
        say(&mut app, EVE, &format!("profile zone {zone}"));
        let event = format!(
            "clan event wolves training {kings} sat 20:00 weekly 50 times at {}",
            "ü".repeat(119)
        );
        say(&mut app, EVE, &event);
        app.wait(Span::seconds(1));
    }
    for n in 0..110 {
        say(&mut app, &format!("p{n}@p.example"), "my");
        say(
            &mut app,
            EVE,
            &format!("clan ban wolves p{n} {}", "z".repeat(400)),
        );
        app.wait(Span::seconds(2));
    }
    for n in 0..300 {
        say(
            &mut app,
            EVE,
            &format!("clan set wolves description {n} {}", "d".repeat(400)),
        );
        app.wait(Span::seconds(1));
    }
    app.wait(Span::minutes(2));
    app
}

#[test]
fn no_answer_is_longer_than_its_limit_whatever_there_is_to_tell() {
    let mut app = crowded();
    let fields = [
        ("match", "m1"),
        ("clan", "wolves"),
        ("person", "mate"),
        ("game", "chess"),
    ];
    let mut answered = 0;
    for card in COMMANDS.iter().filter(|card| card.effect == Effect::Reads) {
        for who in [EVE, ADMIN] {
            let known = |name: &str| card.fields.iter().any(|field| field.name == name);
            let mut given: Vec<(&str, String)> = fields
                .iter()
                .filter(|(name, _)| known(name))
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect();
            for _ in 0..40 {
                let filled: Vec<(&str, &str)> = given
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                let Some(reply) = run(&mut app, who, card.name, &filled) else {
                    break;
                };
                answered += 1;
                let rows = reply.rows.as_ref().map_or(0, |rows| rows.rows.len());
                assert!(
                    reply.bytes() <= MAX_REPLY_BYTES && rows <= MAX_ROWS,
                    "{}: {} bytes, {rows} rows",
                    card.name,
                    reply.bytes()
                );
                assert_eq!(field(&reply, "cut"), None, "{} does not page", card.name);
                app.wait(Span::seconds(30));
                // Reading on is always possible with the field that the card has for it.
                let Some(next) = field(&reply, "next") else {
                    break;
                };
                let cursor = ["page", "after", "before", "from"]
                    .into_iter()
                    .find(|name| known(name));
                let cursor = cursor.unwrap_or_else(|| panic!("{} cannot be read on", card.name));
                given.retain(|(name, _)| *name != cursor);
                given.push((cursor, next));
            }
        }
    }
    assert!(answered > 60, "{answered} answers");
}

#[test]
fn a_bot_reads_all_that_waits_for_it_page_by_page() {
    let mut app = crowded();
    let (mut page, mut seen) = (Some("1".to_owned()), Vec::new());
    while let Some(number) = page {
        let reply = run(&mut app, EVE, "my", &[("page", &number)]).unwrap();
        assert!(reply.bytes() < 40_000, "{} bytes", reply.bytes());
        seen.extend(
            reply
                .rows
                .clone()
                .unwrap()
                .rows
                .into_iter()
                .map(|row| row[0].clone()),
        );
        page = field(&reply, "next");
        app.wait(Span::seconds(1));
    }
    assert_eq!(seen.len(), 480);
    seen.sort();
    seen.dedup();
    assert_eq!(seen.len(), 480);
}

#[test]
fn a_page_of_a_record_reads_that_page_alone() {
    let mut app = crowded();
    let lines = app
        .engine()
        .desk()
        .world()
        .clans
        .get("wolves".parse().unwrap())
        .unwrap()
        .v;
    assert!(lines > 300, "{lines}");
    let read = |app: &mut App, node: &str, fields: &[(&str, &str)]| {
        app.engine().desk().take_bill();
        let reply = run(app, EVE, node, fields).unwrap();
        app.wait(Span::seconds(30));
        reply
    };
    // The host has billed what was read: `last_bill` keeps it for whoever counts.
    for (node, most) in [("clan-export", 200), ("clan-log", 15)] {
        read(&mut app, node, &[("clan", "wolves")]);
        let billed = app.engine().desk().last_bill();
        assert!((1..=most).contains(&billed), "{node} read {billed} lines");
    }
    // The whole record comes out, part by part, and is the one that a file of it would have.
    let (mut from, mut all) = (Some("0".to_owned()), Vec::new());
    while let Some(at) = from {
        let reply = read(
            &mut app,
            "clan-export",
            &[("clan", "wolves"), ("from", &at)],
        );
        let part = reply.fields.iter().find_map(|(name, value)| match value {
            Value::List(lines) if *name == "record" => Some(lines.clone()),
            _ => None,
        });
        all.extend(part.unwrap());
        from = field(&reply, "next");
    }
    assert_eq!(all.len() as u64, lines);
    let numbers: Vec<String> = (1..=lines).map(|n| format!("\"v\":{n},")).collect();
    assert!(
        all.iter()
            .zip(&numbers)
            .all(|(line, number)| line.contains(number.as_str()))
    );
}

#[test]
fn a_line_that_is_no_command_is_tried_in_few_matches() {
    let mut app = crowded();
    for line in ["xyzzy", "e4", "yes"] {
        assert!(said(&mut app, EVE, line).is_none());
        let tried = app.engine().desk().last_bill();
        assert!(tried <= 20, "{line} was tried in {tried} matches");
    }
    assert_eq!(code(say(&mut app, EVE, "xyzzy")), "match/which");
    assert_eq!(code(say(&mut app, EVE, "m7 e4")), "done");
}

#[test]
fn a_clans_record_grows_by_so_much_a_day() {
    let mut app = App::new();
    say(&mut app, EVE, "bot on");
    say(&mut app, EVE, "clan create wolves");
    let mut last = String::new();
    for n in 0..600 {
        last = code(say(
            &mut app,
            EVE,
            &format!("clan set wolves description {n}"),
        ));
        app.wait(Span::millis(100));
    }
    assert_eq!(last, "clan/chatter");
    let tag = "wolves".parse().unwrap();
    let lines = app.engine().desk().world().clans.get(tag).unwrap().v;
    assert!(lines < 520, "{lines} lines");
    app.wait(Span::hours(24));
    assert_eq!(
        code(say(&mut app, EVE, "clan set wolves description later")),
        "done"
    );
}

#[test]
fn a_clan_of_many_records_is_small_in_memory_and_survives_a_restart() {
    let mut app = App::new();
    say(&mut app, EVE, "clan create wolves");
    for n in 0..1200 {
        say(&mut app, EVE, &format!("clan set wolves description {n}"));
        app.wait(Span::minutes(10));
    }
    let tag = "wolves".parse().unwrap();
    let placed = |app: &mut App| {
        let desk = app.engine().desk();
        let live = desk.world().clans.get(tag).unwrap();
        (live.in_memory(), live.recorded(), live.v as usize)
    };
    app.engine().checkpoint();
    let (held, recorded, v) = placed(&mut app);
    assert!(
        held < 256 && recorded == v && v > 1100,
        "{held} of {recorded} of {v}"
    );
    let whole = |app: &mut App| app.engine().desk().clan_lines(tag, 0, usize::MAX).unwrap();
    let before = whole(&mut app);
    assert_eq!(before.len(), v);
    for power_cut in [false, true] {
        app.crash();
        app.restart(power_cut).unwrap();
        assert_eq!(whole(&mut app), before);
        let part = app.engine().desk().clan_lines(tag, 250, 20).unwrap();
        assert_eq!(part, before[250..270]);
    }
}

#[test]
fn a_bots_measure_grows_with_the_matches_it_has_finished() {
    let heard = |app: &mut App, n: usize| {
        (0..n)
            .filter(|_| say(app, EVE, "help move").is_some())
            .count()
    };
    let mut app = App::new();
    say(&mut app, EVE, "my");
    let person = heard(&mut app, 3000);
    say(&mut app, EVE, "bot on");
    app.wait(Span::minutes(1));
    say(&mut app, EVE, "bot on");
    app.wait(Span::minutes(1));
    let new = heard(&mut app, 3000);
    assert!(
        person < 100 && new > 8 * person,
        "{person} as a person, {new} as a new bot"
    );
    app.wait(Span::minutes(1));
    say(&mut app, MATE, "bot on");
    for n in 1..=460 {
        say(&mut app, EVE, "challenge mate ttt no-room");
        say(&mut app, MATE, &format!("accept m{n}"));
        say(&mut app, EVE, &format!("resign m{n} yes"));
        app.wait(Span::seconds(1));
    }
    app.engine().checkpoint();
    assert_eq!(app.engine().desk().finished_count(PersonId(1), 1000), 460);
    assert!(app.engine().desk().world().live(MatchId(1)).is_none());
    app.wait(Span::minutes(1));
    heard(&mut app, 3000);
    app.wait(Span::minutes(1));
    let grown = heard(&mut app, 3000);
    assert!(
        grown >= 2000,
        "{new} as a new bot, {grown} after its matches"
    );
}

#[test]
fn bots_leave_rooms_and_nodes_to_people() {
    let mut app = App::new();
    for who in [EVE, MATE] {
        say(&mut app, who, "bot on");
    }
    say(&mut app, "paul@p.example", "my");
    let mut roomed = 0;
    for n in 1..=200 {
        say(&mut app, EVE, "challenge mate ttt room");
        say(&mut app, MATE, &format!("accept m{n}"));
        let world = app.engine().desk().world();
        roomed += usize::from(world.live(MatchId(n)).unwrap().game.terms.room);
        say(&mut app, EVE, &format!("resign m{n} yes"));
        app.wait(Span::millis(300));
    }
    // Two bots have some rooms a quarter of an hour, and a match with a person always one.
    assert!((20..=40).contains(&roomed), "{roomed} rooms in a minute");
    assert_eq!(code(say(&mut app, EVE, "challenge paul ttt room")), "done");
    let world = app.engine().desk().world();
    assert!(world.live(MatchId(201)).unwrap().game.terms.room);
}

#[test]
fn nobody_uses_up_the_tags_of_clans() {
    let mut app = App::new();
    let found = |app: &mut App, who: &str, n: usize| {
        app.wait(Span::seconds(1));
        say(app, who, "my");
        code(say(app, who, &format!("clan create x{n}y"))) == "done"
    };
    let crowd = |app: &mut App, server: &str, from: usize| {
        let who = |n: usize| format!("e{n}@{server}");
        (from..from + 60)
            .filter(|n| found(app, &who(*n), *n))
            .count()
    };
    let first = crowd(&mut app, "evil.example", 0);
    assert!((1..=10).contains(&first), "{first} clans of one server");
    let others: usize = (1..20)
        .map(|k| crowd(&mut app, &format!("evil{k}.example"), 100 * k))
        .sum();
    assert!(others <= 210, "{others} clans of all other servers");
    // Our own people do not notice.
    app.wait(Span::minutes(1));
    assert!(found(&mut app, "alice@example.org", 9001));
}

/// Whoever asks for long answers without a pause has few of them: what they cost is a debt.
#[test]
fn long_answers_use_up_what_one_may_ask() {
    let mut app = crowded();
    let mut bytes = 0;
    for _ in 0..10 {
        for _ in 0..60 {
            let answer = run(&mut app, EVE, "clan-export", &[("clan", "wolves")]);
            bytes += answer.map_or(0, |reply| reply.bytes());
        }
        app.wait(Span::seconds(1));
    }
    // At once what 600 permits are for, and then 100 a second.
    assert!((1_000_000..3_500_000).contains(&bytes), "{bytes}");
}
