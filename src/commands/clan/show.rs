//! `clan show`: what a clan is, who belongs to it, and what waits there.

use super::{ANY_CLAN, span_text};
use crate::clans::{Clan, ClanStage, Joining, Permission, RoleId, authorise};
use crate::commands::card::{Ask, Card, Effect, Who};
use crate::commands::paging::{PAGE, PAGE_ROWS};
use crate::commands::reply::Reply;
use crate::commands::shared::moment;
use crate::kit::{PersonId, Refusal, Words};

/// The card.
pub const CARD: Card = Card {
    name: "clan-show",
    aliases: &["clan-info"],
    title: "Clan: show",
    help: "Shows a clan: its name, its roster by role, how one joins, and what waits for you there.",
    example: "clan show wolves",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[ANY_CLAN, PAGE],
    run,
};

/// Names shown of each role.
const NAMES: usize = 20;
const COLUMNS: &[(&str, &str)] = &[("member", "Member"), ("role", "Role"), ("since", "Since")];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let (tag, page) = (ask.clan()?, ask.page(PAGE_ROWS)?);
    let clan = ask.desk.clan(tag)?.clan.clone();
    let mut words = Words::line(format!(
        "[{tag}] {}: {}, founded {}.",
        clan.name,
        members(clan.members.len()),
        moment(clan.founded)
    ));
    if !clan.description.is_empty() {
        words = words.and(clan.description.clone());
    }
    for (role, _) in clan.all_roles() {
        words = roster_line(ask, &clan, &role)
            .into_iter()
            .fold(words, Words::and);
    }
    if let ClanStage::Disbanding { until } = clan.stage {
        words = words.and(format!(
            "It is being given up and ends on {}.",
            moment(until)
        ));
    }
    words = words.and(joining(&clan));
    for line in waiting(ask, &clan) {
        words = words.and(line);
    }
    let rows = clan
        .members
        .iter()
        .skip(page.skip())
        .take(page.size)
        .map(|(who, member)| {
            vec![
                ask.name_of(*who),
                member.role.to_string(),
                member.since.to_string(),
            ]
        });
    let rows = rows.collect();
    let reply = ask
        .with_clan(tag, words)
        .with("name", clan.name.clone())
        .with("members", clan.members.len().to_string());
    Ok(reply
        .with("joining", clan.joining.word())
        .with("description", clan.description.clone())
        .with_list("colours", clan.colours.clone())
        .paged(page, clan.members.len())
        .with_rows(COLUMNS, rows))
}

/// "3 members".
pub fn members(count: usize) -> String {
    if count == 1 {
        "1 member".to_owned()
    } else {
        format!("{count} members")
    }
}

fn roster_line(ask: &Ask<'_>, clan: &Clan, role: &RoleId) -> Option<String> {
    let people: Vec<PersonId> = clan.with_role(role).collect();
    let names: Vec<String> = people
        .iter()
        .take(NAMES)
        .map(|person| ask.name_of(*person))
        .collect();
    let more = people.len().saturating_sub(NAMES);
    let more = if more > 0 {
        format!(" and {more} more")
    } else {
        String::new()
    };
    (!people.is_empty()).then(|| format!("{role}: {}{more}.", names.join(", ")))
}

fn joining(clan: &Clan) -> String {
    let tag = clan.tag;
    match clan.joining {
        Joining::Open => format!("Anybody may join: `clan join {tag}`."),
        Joining::Apply => format!("One applies: `clan apply {tag}` and a few words."),
        Joining::Invite => "One joins by invitation.".to_owned(),
    }
}

/// What waits for whoever reads this, and what only members see. Never where others read along.
fn waiting(ask: &Ask<'_>, clan: &Clan) -> Vec<String> {
    let (Some(me), tag) = (ask.reader(), clan.tag) else {
        return Vec::new();
    };
    let mut lines = Vec::new();
    let may = |permission| authorise(clan, me, permission).allowed;
    let names = |people: Vec<&PersonId>| {
        people
            .into_iter()
            .take(NAMES)
            .map(|person| ask.name_of(*person))
            .collect::<Vec<_>>()
            .join(", ")
    };
    if clan.invitations.contains_key(&me) {
        lines.push(format!(
            "You are invited: `clan join {tag}` or `clan decline {tag}`."
        ));
    }
    if clan.applications.contains_key(&me) {
        lines.push(format!(
            "Your application waits; `clan decline {tag}` takes it back."
        ));
    }
    if may(Permission::Recruit) && !clan.applications.is_empty() {
        lines.push(format!(
            "Have applied: {}. `clan admit {tag}` or `clan refuse {tag}` and a name.",
            names(clan.applications.keys().collect())
        ));
    }
    if may(Permission::Invite) && !clan.invitations.is_empty() {
        lines.push(format!(
            "Invited: {}.",
            names(clan.invitations.keys().collect())
        ));
    }
    if may(Permission::Ban) {
        let appeals = clan
            .bans
            .iter()
            .filter(|(_, ban)| ban.appeal.is_some() && ban.upheld.is_none())
            .map(|(who, _)| who);
        let appeals: Vec<&PersonId> = appeals.collect();
        if !appeals.is_empty() {
            lines.push(format!(
                "Appeal against a ban: {}. `clan bans {tag}` shows why.",
                names(appeals)
            ));
        }
    }
    if clan.is_member(me) {
        let after = clan.succession.map_or("never".to_owned(), |span| {
            format!("after {}", span_text(span))
        });
        lines.push(format!(
            "If the owner is not seen, the clan gets a new one: {after}."
        ));
    }
    lines
}
