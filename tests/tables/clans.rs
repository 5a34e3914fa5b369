//! Given, when, then: who belongs to a clan, with which role, and how it changes hands and ends.
//!
//! Alice founds the clan at 0d. `2d bob joins` is a wish two days later; what fell due before counts first, as in the
//! engine. Then come the events in the order of their happening, or the code of the refusal.

use xmpp_referee::clans::{
    Clan, ClanAsk, ClanEvent, Context, Joining, Permission, RoleId, Setting,
};
use xmpp_referee::kit::{ClanTag, PersonId, Span, Timestamp};

const PEOPLE: [&str; 5] = ["alice", "bob", "carol", "dave", "eve"];
const OPEN: &str = "0d alice sets joining open";
const THREE: &str =
    "0d alice sets joining open; 0d bob joins; 0d carol joins; 0d alice ranks bob captain";

const COMING: &[(&str, &str, &str)] = &[
    ("", "1d bob joins", "no: clan/invite-only"),
    ("", "1d bob applies", "no: clan/invite-only"),
    ("", "1d bob invites carol", "no: clan/not-allowed"),
    ("", "1d alice invites alice", "no: clan/member"),
    ("", "1d alice invites bob", "invited bob"),
    ("", "1d alice invites bob officer", "invited bob"),
    ("", "1d alice invites bob owner", "no: clan/owner"),
    ("", "1d alice invites bob juggler", "no: clan/no-role"),
    (
        "1d alice invites bob",
        "2d alice invites bob",
        "no: clan/invited",
    ),
    ("1d alice invites bob", "2d bob joins", "joined bob member"),
    (
        "1d alice invites bob officer",
        "2d bob joins",
        "joined bob officer",
    ),
    ("1d alice invites bob", "2d bob declines", "uninvited bob"),
    (
        "1d alice invites bob",
        "2d carol declines",
        "no: clan/nothing-waits",
    ),
    (
        "1d alice invites bob",
        "2d alice uninvites bob",
        "uninvited bob",
    ),
    (
        "1d alice invites bob; 2d alice uninvites bob",
        "2d bob joins",
        "no: clan/invite-only",
    ),
    (
        "1d alice invites bob",
        "16d bob joins",
        "uninvited bob, no: clan/invite-only",
    ),
    (OPEN, "1d bob joins", "joined bob member"),
    (OPEN, "1d bob applies", "joined bob member"),
    (
        "0d alice sets joining apply",
        "1d bob joins",
        "no: clan/apply",
    ),
    (
        "0d alice sets joining apply",
        "1d bob applies",
        "applied bob",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "2d bob applies",
        "no: clan/applied",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "2d alice admits bob",
        "joined bob member",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "2d alice invites bob",
        "joined bob member",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "2d alice refuses bob full",
        "turned bob",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "2d alice refuses bob",
        "no: clan/no-reason",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "2d carol admits bob",
        "no: clan/not-allowed",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "2d bob declines",
        "turned bob",
    ),
    (
        "0d alice sets joining apply; 1d bob applies",
        "20d alice admits bob",
        "turned bob, no: clan/no-application",
    ),
    (
        "0d alice sets entry recruit; 0d alice sets joining open",
        "1d bob joins",
        "joined bob recruit",
    ),
    // Whoever invited may not give that role any more.
    (
        "0d alice sets joining open; 0d bob joins; 0d alice ranks bob captain; 1d bob invites carol officer; 2d alice ranks bob member",
        "3d carol joins",
        "joined carol member",
    ),
];

const GOING: &[(&str, &str, &str)] = &[
    (THREE, "1d carol leaves", "left carol"),
    (THREE, "1d dave leaves", "no: clan/not-a-member"),
    (THREE, "1d alice leaves", "no: clan/owner-leaves"),
    (THREE, "1d carol kicks bob why", "no: clan/not-allowed"),
    (THREE, "1d bob kicks alice why", "no: clan/rank"),
    (THREE, "1d bob kicks bob why", "no: clan/rank"),
    (THREE, "1d bob kicks dave why", "no: clan/no-member"),
    (THREE, "1d bob kicks carol", "no: clan/no-reason"),
    (THREE, "1d bob kicks carol why", "kicked carol"),
    (THREE, "1d bob bans carol 7d why", "banned carol"),
    (THREE, "1d bob bans alice 7d why", "no: clan/rank"),
    (THREE, "1d bob bans dave 7d why", "banned dave"),
    (
        "+1d bob bans carol 7d why",
        "2d carol joins",
        "no: clan/banned",
    ),
    (
        "+1d bob bans carol 7d why",
        "2d alice invites carol",
        "no: clan/banned",
    ),
    ("+1d bob bans carol 7d why", "8d wake", "unbanned carol"),
    (
        "+1d bob bans carol 7d why",
        "9d carol joins",
        "unbanned carol, joined carol member",
    ),
    (
        "+1d bob bans carol 7d why",
        "2d carol appeals sorry",
        "appealed carol",
    ),
    (
        "+1d bob bans carol 7d why",
        "2d dave appeals sorry",
        "no: clan/no-ban",
    ),
    (
        "+1d bob bans carol 7d why",
        "2d alice upholds carol why",
        "no: clan/no-appeal",
    ),
    (
        "+1d bob bans carol 7d why; 2d carol appeals sorry",
        "3d carol appeals again",
        "no: clan/appealed",
    ),
    (
        "+1d bob bans carol 7d why; 2d carol appeals sorry",
        "3d bob upholds carol why",
        "no: clan/own-ban",
    ),
    (
        "+1d bob bans carol 7d why; 2d carol appeals sorry",
        "3d alice upholds carol why",
        "upheld carol",
    ),
    (
        "+1d bob bans carol 7d why; 2d carol appeals sorry",
        "3d alice unbans carol why",
        "unbanned carol",
    ),
    (
        "+1d bob bans carol 7d why; 2d carol appeals sorry; 3d alice upholds carol why",
        "4d carol appeals again",
        "no: clan/upheld",
    ),
    (
        "+1d alice bans carol 7d why; 2d carol appeals sorry; 2d alice ranks bob member",
        "3d alice upholds carol why",
        "upheld carol",
    ),
];

const RANKS: &[(&str, &str, &str)] = &[
    (THREE, "1d bob ranks carol officer", "ranked carol officer"),
    (THREE, "1d bob ranks carol captain", "no: clan/grant"),
    (THREE, "1d bob ranks carol owner", "no: clan/owner"),
    (THREE, "1d bob ranks bob officer", "no: clan/rank"),
    (THREE, "1d bob ranks alice officer", "no: clan/rank"),
    (THREE, "1d carol ranks bob guest", "no: clan/not-allowed"),
    (THREE, "1d alice ranks carol member", "no: clan/unchanged"),
    (THREE, "1d bob makes coach 50 line-up", "role-made"),
    (THREE, "1d bob makes coach 80 line-up", "no: clan/bad-rank"),
    (THREE, "1d bob makes coach 50 export", "no: clan/grant"),
    (
        THREE,
        "1d bob makes officer 50 line-up",
        "no: clan/built-in",
    ),
    (
        THREE,
        "1d bob makes coach 50 like=coach",
        "no: clan/no-role",
    ),
    (
        "+1d alice makes coach 50 like=member; 1d alice makes trainer 50 like=coach",
        "2d alice makes coach 50 like=trainer",
        "no: clan/role-loop",
    ),
    (
        "+1d alice makes coach 50 export",
        "2d bob ranks carol coach",
        "no: clan/grant",
    ),
    (
        "+1d alice makes coach 50 export",
        "2d bob makes coach 50 line-up",
        "no: clan/grant",
    ),
    (
        "+1d alice makes coach 50 line-up; 1d alice ranks carol coach",
        "2d alice drops coach",
        "no: clan/role-in-use",
    ),
    (
        "+1d alice makes coach 50 line-up",
        "2d alice drops coach",
        "role-gone",
    ),
    (
        "+1d alice makes coach 50 line-up; 1d alice sets entry coach; 2d alice drops coach",
        "3d dave joins",
        "joined dave member",
    ),
    (THREE, "1d alice drops officer", "no: clan/no-role"),
    (THREE, "1d carol sets joining apply", "no: clan/not-allowed"),
    (THREE, "1d bob sets joining apply", "set"),
    (THREE, "1d bob sets succession 10d", "no: clan/not-allowed"),
    (THREE, "1d alice sets succession 3d", "no: clan/bad-span"),
    (THREE, "1d bob sets entry captain", "no: clan/grant"),
];

const HANDS: &[(&str, &str, &str)] = &[
    (THREE, "1d bob transfers carol", "no: clan/not-allowed"),
    (THREE, "1d alice transfers alice", "no: clan/unchanged"),
    (THREE, "1d alice transfers dave", "no: clan/no-member"),
    (THREE, "1d alice transfers carol", "owned carol"),
    ("+1d alice transfers carol", "2d alice leaves", "left alice"),
    (
        "+1d alice transfers carol",
        "2d alice disbands why",
        "no: clan/not-allowed",
    ),
    (THREE, "59d wake", "nothing"),
    (THREE, "60d wake", "owned bob"),
    ("+60d wake", "120d wake", "owned carol"),
    ("+60d wake; 120d wake", "900d wake", "nothing"),
    (
        "+60d wake; 120d wake; 130d alice leaves",
        "180d wake",
        "nothing",
    ),
    (
        "+60d wake; 61d alice kicks carol why",
        "121d wake",
        "owned alice",
    ),
    ("+50d alice sees", "60d wake", "nothing"),
    ("+50d alice sees", "110d wake", "owned bob"),
    ("+50d bob sees", "60d wake", "owned bob"),
    ("+0d alice sets succession never", "900d wake", "nothing"),
    ("0d alice sets joining open", "900d wake", "nothing"),
    (THREE, "1d forget carol", "left carol"),
    (THREE, "1d forget alice", "owned bob"),
    ("", "1d forget alice", "disbanded"),
    ("1d alice invites bob", "2d forget bob", "uninvited bob"),
    (THREE, "1d bob disbands why", "no: clan/not-allowed"),
    (THREE, "1d alice disbands", "no: clan/no-reason"),
    (THREE, "1d alice disbands why", "disbanding"),
    (
        "+1d alice disbands why",
        "2d alice disbands why",
        "no: clan/disbanding",
    ),
    ("+1d alice disbands why", "2d alice keeps", "kept"),
    (THREE, "2d alice keeps", "no: clan/unchanged"),
    ("+1d alice disbands why", "7d wake", "nothing"),
    ("+1d alice disbands why", "8d wake", "disbanded"),
    (
        "+1d alice disbands why",
        "9d dave joins",
        "disbanded, no: clan/disbanded",
    ),
];

fn person(name: &str) -> PersonId {
    let place = PEOPLE.iter().position(|known| *known == name);
    PersonId(place.unwrap_or_else(|| panic!("who is {name}?")) as u64 + 1)
}

fn days(text: &str) -> Span {
    Span::days(text.trim_end_matches('d').parse().expect("days"))
}

fn setting(what: &str, value: &str) -> Setting {
    match what {
        "joining" => Setting::Joining(Joining::read(value).expect("a way to join")),
        "entry" => Setting::Entry(role(value)),
        "succession" if value == "never" => Setting::Succession(None),
        "succession" => Setting::Succession(Some(days(value))),
        other => panic!("what is {other}?"),
    }
}

fn role(name: &str) -> RoleId {
    RoleId::read(name).expect("a role")
}

fn made(name: &str, rank: &str, words: &[&str]) -> ClanAsk {
    let like = words
        .iter()
        .find_map(|word| word.strip_prefix("like="))
        .map(role);
    let may = words.iter().filter(|word| !word.starts_with("like="));
    ClanAsk::MakeRole {
        role: role(name),
        rank: rank.parse().expect("a rank"),
        may: may
            .map(|word| Permission::read(word).expect("a permission"))
            .collect(),
        like,
    }
}

fn wish(words: &[&str]) -> (Option<PersonId>, ClanAsk) {
    let text = |words: &[&str]| words.join(" ");
    match words {
        ["wake"] => (None, ClanAsk::Wake),
        ["forget", who] => (None, ClanAsk::Forget { who: person(who) }),
        [by, rest @ ..] => {
            let ask = match rest {
                ["invites", who] => ClanAsk::Invite {
                    who: person(who),
                    role: None,
                },
                ["invites", who, named] => ClanAsk::Invite {
                    who: person(who),
                    role: Some(role(named)),
                },
                ["uninvites", who] => ClanAsk::Uninvite { who: person(who) },
                ["joins"] => ClanAsk::Join,
                ["applies"] => ClanAsk::Apply {
                    text: String::new(),
                },
                ["declines"] => ClanAsk::Decline,
                ["admits", who] => ClanAsk::Admit { who: person(who) },
                ["refuses", who, why @ ..] => ClanAsk::Refuse {
                    who: person(who),
                    reason: text(why),
                },
                ["leaves"] => ClanAsk::Leave,
                ["kicks", who, why @ ..] => ClanAsk::Kick {
                    who: person(who),
                    reason: text(why),
                },
                ["bans", who, span, why @ ..] => ClanAsk::Ban {
                    who: person(who),
                    reason: text(why),
                    span: Some(days(span)),
                },
                ["unbans", who, why @ ..] => ClanAsk::Unban {
                    who: person(who),
                    reason: text(why),
                },
                ["appeals", why @ ..] => ClanAsk::Appeal { text: text(why) },
                ["upholds", who, why @ ..] => ClanAsk::Uphold {
                    who: person(who),
                    reason: text(why),
                },
                ["ranks", who, named] => ClanAsk::Rank {
                    who: person(who),
                    role: role(named),
                },
                ["makes", named, rank, may @ ..] => made(named, rank, may),
                ["drops", named] => ClanAsk::DropRole { role: role(named) },
                ["sets", what, value] => ClanAsk::Set(setting(what, value)),
                ["transfers", who] => ClanAsk::Transfer { who: person(who) },
                ["disbands", why @ ..] => ClanAsk::Disband { reason: text(why) },
                ["keeps"] => ClanAsk::Keep,
                ["sees"] => ClanAsk::Seen,
                other => panic!("what is {other:?}?"),
            };
            (Some(person(by)), ask)
        }
        [] => panic!("nobody does nothing"),
    }
}

fn told(event: &ClanEvent) -> String {
    let who = event
        .who()
        .map(|who| format!(" {}", PEOPLE[who.0 as usize - 1]));
    let role = match event {
        ClanEvent::Joined { role, .. } | ClanEvent::Ranked { role, .. } => format!(" {role}"),
        _ => String::new(),
    };
    format!("{}{}{role}", event.word(), who.unwrap_or_default())
}

/// Carries out one line: what fell due before, then the wish. Gives what happened, in words.
fn step(clan: &mut Clan, line: &str) -> Vec<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let now = Timestamp(0) + days(words[0]);
    let (by, ask) = wish(&words[1..]);
    let mut said = Vec::new();
    let mut take =
        |clan: &mut Clan, by, ask: &ClanAsk| match clan.decide(now, by, ask, &Context::default()) {
            Ok(events) => events.iter().for_each(|event| {
                clan.evolve(now, by, event);
                said.push(told(event));
            }),
            Err(refusal) => said.push(format!("no: {}", refusal.code)),
        };
    if ask != ClanAsk::Wake && clan.next_wake().is_some_and(|due| due <= now) {
        take(clan, None, &ClanAsk::Wake);
    }
    take(clan, by, &ask);
    said
}

fn check(rows: &[(&str, &str, &str)]) {
    let mut wrong = Vec::new();
    for (given, when, then) in rows {
        let given = match given.strip_prefix('+') {
            Some(more) => format!("{THREE}; {more}"),
            None => (*given).to_owned(),
        };
        let tag: ClanTag = "wolves".parse().unwrap();
        let first = Clan::found("Wolves".to_owned(), person("alice"), Joining::Invite);
        let mut clan = Clan::begin(tag, Timestamp(0), &first[0]).unwrap();
        for line in given
            .split(';')
            .map(str::trim)
            .filter(|line| !line.is_empty())
        {
            let said = step(&mut clan, line);
            assert!(
                !said.iter().any(|one| one.starts_with("no:")),
                "{line}: {said:?}"
            );
        }
        let said = step(&mut clan, when).join(", ");
        let said = if said.is_empty() {
            "nothing".to_owned()
        } else {
            said
        };
        if said != *then {
            wrong.push(format!("{given} / {when}: {said}, not {then}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn how_people_come() {
    check(COMING);
}

#[test]
fn how_people_go() {
    check(GOING);
}

#[test]
fn who_gets_which_rank() {
    check(RANKS);
}

#[test]
fn how_a_clan_changes_hands_and_ends() {
    check(HANDS);
}
