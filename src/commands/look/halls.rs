//! What the rooms of clans should be like, for our own door: the roster as JIDs, which nobody else is shown.

use crate::clans::{Clan, RoleId};
use crate::commands::call::Place;
use crate::commands::reply::{Answer, Halls, HallsOf, Inmate, Seen};
use crate::engine::{Desk, World, subject_of};
use crate::kit::PersonId;

/// From this rank on a role is shown in the rooms: those who lead.
const SHOWN_RANK: u8 = 80;

/// What the rooms of a clan should be like now; nothing when there never was such a clan.
pub(super) fn halls(desk: &Desk, place: Place) -> Answer {
    let (world, now) = (desk.world(), desk.now());
    let Some(live) = place.clan().and_then(|tag| world.clans.get(tag)) else {
        return Answer::Nothing;
    };
    let clan = &live.clan;
    // A person may come from any address that is still theirs beyond doubt.
    let inmates = |person: PersonId, badge: Option<String>| {
        let known = world.people.get(person);
        let all = known.into_iter().flat_map(|known| {
            let jids = world.people.told_at(known);
            jids.map(|jid| (jid.to_owned(), known.handle.clone()))
        });
        let one = move |(jid, name)| Inmate {
            jid,
            name,
            badge: badge.clone(),
        };
        all.map(one).collect::<Vec<_>>()
    };
    let members = clan
        .members
        .iter()
        .filter(|_| clan.is_alive())
        .flat_map(|(person, member)| inmates(*person, badge(clan, &member.role)));
    let banned = clan
        .bans
        .keys()
        .filter(|person| clan.ban_of(**person, now).is_some());
    Answer::Seen(Seen::Halls(Box::new(Halls {
        tag: clan.tag,
        name: clan.name.clone(),
        exists: clan.is_alive(),
        private: clan.house.private.clone(),
        public: clan.house.public.clone(),
        subjects: [true, false].map(|private| subject_of(live, private, now)),
        members: members.collect(),
        outcasts: banned.flat_map(|person| inmates(*person, None)).collect(),
    })))
}

fn badge(clan: &Clan, role: &RoleId) -> Option<String> {
    let shown = clan.role(role)?.rank >= SHOWN_RANK;
    shown.then(|| role.to_string())
}

/// The clans whose rooms a fresh connection has to see to.
pub(super) fn standing(world: &World) -> Vec<HallsOf> {
    let due = world.clans.all().filter(|live| {
        let clan = &live.clan;
        clan.is_alive() || clan.house.private.is_some() || clan.house.public.is_some()
    });
    let one = due.map(|live| {
        let house = &live.clan.house;
        (live.clan.tag, house.private.clone(), house.public.clone())
    });
    one.collect()
}
