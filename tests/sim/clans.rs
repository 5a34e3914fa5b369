//! Clans in the simulation: people found them, come, go, are put out and change rank in the middle of their matches; and
//! what must be true of each clan by its record.

use xmpp_referee::clans::{Clan, ClanEvent, ClanStage, RoleId};
use xmpp_referee::engine::{LiveClan, World};
use xmpp_referee::kit::{ClanTag, PersonId};

use super::crowd::Want;
use super::luck::Luck;
use super::tally::Tally;

/// The tags they fight over; a tag whose clan is gone is never given out again.
const TAGS: [&str; 6] = ["wolves", "lions", "bears", "eagles", "otters", "ravens"];
/// Clans that live at a time.
const ENOUGH: usize = 2;
const ROLES: [&str; 6] = ["captain", "officer", "member", "recruit", "guest", "coach"];

fn command(node: &'static str, fields: Vec<(&'static str, String)>) -> Want {
    Want::Command {
        node,
        fields,
        records: true,
    }
}

/// What somebody wants of a clan.
pub fn wish(luck: &mut Luck, world: &World, me: PersonId, others: &[PersonId]) -> Option<Want> {
    let clans: Vec<&LiveClan> = world.clans.after(None).collect();
    if clans.len() < ENOUGH && luck.percent(50) {
        let free = |tag: &&&str| world.clans.get(tag.parse().unwrap()).is_none();
        let tag = TAGS.iter().find(free)?;
        let joining = ["open", "apply", "invite"][luck.below(3)].to_owned();
        let fields = vec![("tag", (*tag).to_owned()), ("joining", joining)];
        return Some(command("clan-create", fields));
    }
    let clan = &luck.pick(&clans)?.clan;
    let own = ("clan", clan.tag.to_string());
    if !clan.is_member(me) {
        let node = if luck.percent(60) {
            "clan-join"
        } else {
            "clan-apply"
        };
        return Some(command(node, vec![own]));
    }
    let name = |who: &PersonId| ("who", world.people.name(*who));
    let applicant = clan.applications.keys().next();
    if let Some(who) = applicant.filter(|_| luck.percent(60)) {
        return Some(command("clan-admit", vec![own, name(who)]));
    }
    let mates: Vec<PersonId> = clan.members.keys().copied().collect();
    let near = luck.percent(70);
    let who = luck.pick(if near { &mates } else { others })?;
    let why = ("reason", "the clan wants it".to_owned());
    Some(match luck.below(14) {
        0 | 1 => command("clan-leave", vec![own]),
        2 | 3 => command("clan-kick", vec![own, name(who), why]),
        4 => command(
            "clan-ban",
            vec![own, name(who), ("time", "1h".to_owned()), why],
        ),
        5 => command("clan-unban", vec![own, name(who), why]),
        6..=8 => command("clan-invite", vec![own, name(who)]),
        9 | 10 => {
            let role = ("role", ROLES[luck.below(ROLES.len())].to_owned());
            command("clan-role", vec![own, name(who), role])
        }
        11 => command("clan-transfer", vec![own, name(who)]),
        12 if luck.percent(30) => command("clan-disband", vec![own, why]),
        12 => command("clan-keep", vec![own]),
        _ => {
            let may = ("may", "invite kick".to_owned());
            let fields = vec![
                own,
                ("role", "coach".to_owned()),
                ("rank", "50".to_owned()),
                may,
            ];
            command("clan-role-make", fields)
        }
    })
}

/// Counts what happened to a clan, and checks what has to be true of it afterwards.
pub fn follow(clan: &Clan, events: &[ClanEvent], tally: &mut Tally) -> Result<(), String> {
    for event in events {
        match event {
            ClanEvent::Founded { .. } => tally.hit("clan founded"),
            ClanEvent::Joined { .. } => tally.hit("clan joined"),
            ClanEvent::Left { .. } => tally.hit("clan left"),
            ClanEvent::Kicked { .. } | ClanEvent::Banned { .. } => tally.hit("put out of a clan"),
            ClanEvent::Owned { .. } => tally.hit("clan changed hands"),
            _ => {}
        }
    }
    let tag = clan.tag;
    let owners = clan.with_role(&RoleId::owner()).count();
    if clan.stage != ClanStage::Disbanded && owners != 1 {
        return Err(format!("{tag} has {owners} owners"));
    }
    let member = |who: &&PersonId| clan.is_member(**who);
    if let Some(who) = clan.bans.keys().find(member) {
        return Err(format!("{who} is banned from {tag} and belongs to it"));
    }
    let waiting = clan.invitations.keys().chain(clan.applications.keys());
    if let Some(who) = waiting.into_iter().find(|who| clan.is_member(**who)) {
        return Err(format!("{who} belongs to {tag} and waits to come in"));
    }
    Ok(())
}

/// Compares the clans in memory with the fold of the record.
pub fn compare(process: &World, record: &World) -> Result<(), String> {
    let json = |world: &World, tag: ClanTag| {
        let live = world.clans.get(tag);
        live.map(|live| serde_json::to_string(live).unwrap())
    };
    for tag in TAGS {
        let tag: ClanTag = tag.parse().unwrap();
        let (mine, theirs) = (json(record, tag), json(process, tag));
        if mine != theirs {
            return Err(format!(
                "{tag} in memory is not the fold of its record:\n{theirs:?}\n{mine:?}"
            ));
        }
    }
    for person in process.people.iter() {
        let of = |world: &World| -> Vec<ClanTag> {
            world
                .clans
                .of(person.id)
                .map(|live| live.clan.tag)
                .collect()
        };
        if of(process) != of(record) {
            return Err(format!("the clans of {} differ", person.id));
        }
    }
    Ok(())
}
