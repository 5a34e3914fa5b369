//! A law of clans: no sequence of commands gives anyone a permission that nobody with that permission granted.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use xmpp_referee::clans::{
    Clan, ClanAsk, ClanEvent, Context, Joining, Permission, RoleId, Setting, authorise,
};
use xmpp_referee::kit::{ClanTag, PersonId, Span, Timestamp};

const PEOPLE: u64 = 5;
const ROLES: [&str; 9] = [
    "owner", "captain", "officer", "member", "recruit", "guest", "coach", "herald", "scribe",
];

type Rights = BTreeMap<PersonId, BTreeSet<Permission>>;

/// One random wish: who has it, what it is, and what it is about.
#[derive(Clone, Debug)]
struct Wish {
    by: u64,
    what: u8,
    who: u64,
    role: usize,
    like: Option<usize>,
    rank: u8,
    may: Vec<usize>,
    pause: i64,
}

fn wishes() -> impl Strategy<Value = Vec<Wish>> {
    let may = prop::collection::vec(0..Permission::ALL.len(), 0..4);
    let like = prop::option::of(0..ROLES.len());
    let pause = prop_oneof![6 => 0..2i64, 1 => 10..80i64];
    let wish = (
        1..=PEOPLE,
        0..18u8,
        1..=PEOPLE,
        0..ROLES.len(),
        like,
        0..=110u8,
        may,
        pause,
    );
    let wish = wish.prop_map(|(by, what, who, role, like, rank, may, pause)| Wish {
        by,
        what,
        who,
        role,
        like,
        rank,
        may,
        pause,
    });
    prop::collection::vec(wish, 1..80)
}

fn ask(wish: &Wish) -> ClanAsk {
    let who = PersonId(wish.who);
    let role = RoleId::read(ROLES[wish.role]).unwrap();
    let reason = "because".to_owned();
    match wish.what {
        0 | 1 => ClanAsk::Invite {
            who,
            role: wish.like.map(|_| role),
        },
        2..=4 => ClanAsk::Join,
        5 => ClanAsk::Apply {
            text: String::new(),
        },
        6 => ClanAsk::Admit { who },
        7 => ClanAsk::Leave,
        8 => ClanAsk::Kick { who, reason },
        9 => ClanAsk::Ban {
            who,
            reason,
            span: Some(Span::days(3)),
        },
        10 => ClanAsk::Unban { who, reason },
        11 | 12 => ClanAsk::Rank { who, role },
        13 | 14 => ClanAsk::MakeRole {
            role,
            rank: wish.rank,
            may: wish.may.iter().map(|at| Permission::ALL[*at]).collect(),
            like: wish.like.map(|at| RoleId::read(ROLES[at]).unwrap()),
        },
        15 => ClanAsk::Set(match wish.rank % 3 {
            0 => Setting::Entry(role),
            1 => Setting::Joining(Joining::Open),
            _ => Setting::Joining(Joining::Apply),
        }),
        16 => ClanAsk::Transfer { who },
        _ => ClanAsk::DropRole { role },
    }
}

/// What each person may, asked of the one function that decides.
fn rights(clan: &Clan) -> Rights {
    let may = |who| {
        let allowed = |one: &Permission| authorise(clan, who, *one).allowed;
        Permission::ALL.into_iter().filter(allowed).collect()
    };
    (1..=PEOPLE)
        .map(PersonId)
        .map(|who| (who, may(who)))
        .collect()
}

/// Whoever gained a permission got it from somebody who had it. A role that newcomers get counts as granted when it became
/// that: `entry` has what was granted with it.
fn check(
    before: &Rights,
    after: &Rights,
    by: Option<PersonId>,
    event: &ClanEvent,
    entry: &BTreeSet<Permission>,
    offers: &BTreeMap<PersonId, BTreeSet<Permission>>,
) {
    let of = |rights: &Rights, who: PersonId| rights.get(&who).cloned().unwrap_or_default();
    for (who, now) in after {
        let gained: BTreeSet<Permission> = now.difference(&of(before, *who)).copied().collect();
        if gained.is_empty() {
            continue;
        }
        let granted = match event {
            // The owner has everything, and chose that there is always an owner.
            ClanEvent::Owned { who: heir, .. } => *heir == *who,
            ClanEvent::Joined { who: comer, .. } => {
                let offered = offers.get(who).cloned().unwrap_or_default();
                *comer == *who
                    && gained
                        .iter()
                        .all(|one| entry.contains(one) || offered.contains(one))
            }
            _ => by.is_some_and(|by| gained.is_subset(&of(before, by))),
        };
        assert!(granted, "{event:?} by {by:?} gives {who} {gained:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn nobody_gets_what_nobody_could_grant(wishes in wishes()) {
        let tag: ClanTag = "wolves".parse().unwrap();
        let mut now = Timestamp(0);
        let first = Clan::found("Wolves".to_owned(), PersonId(1), Joining::Open);
        let mut clan = Clan::begin(tag, now, &first[0]).unwrap();
        let mut entry: BTreeSet<Permission> = [Permission::Read, Permission::Play].into();
        let mut offers: BTreeMap<PersonId, BTreeSet<Permission>> = BTreeMap::new();
        for wish in &wishes {
            now = now + Span::days(wish.pause);
            for (by, ask) in [(None, ClanAsk::Wake), (Some(PersonId(wish.by)), ask(wish))] {
                let Ok(events) = clan.decide(now, by, &ask, &Context::default()) else { continue };
                for event in &events {
                    let before = rights(&clan);
                    clan.evolve(now, by, event);
                    let after = rights(&clan);
                    check(&before, &after, by, event, &entry, &offers);
                    let mine = by.and_then(|by| before.get(&by)).cloned().unwrap_or_default();
                    match event {
                        // What is offered, or becomes what newcomers get, is what whoever did it has now.
                        ClanEvent::Set(Setting::Entry(_)) => entry = mine,
                        ClanEvent::RoleGone { .. } => entry.extend([Permission::Read, Permission::Play]),
                        // A definition reaches whoever gets the role later: it is a grant of its own.
                        ClanEvent::RoleMade { .. } => {
                            entry.extend(mine.iter().copied());
                            offers.values_mut().for_each(|offer| offer.extend(mine.iter().copied()));
                        }
                        ClanEvent::Invited { who, .. } => { offers.insert(*who, mine); }
                        _ => {}
                    }
                    prop_assert_eq!(clan.members.values().filter(|member| member.role == RoleId::owner()).count(), 1);
                }
            }
        }
    }
}
