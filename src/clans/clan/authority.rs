//! Who may do what: the one function that decides, and what follows from it for roles.

use std::collections::BTreeSet;

use super::roles::{MAX_ROLES, Permission, Role, RoleId};
use super::{Clan, ClanStage};
use crate::kit::{PersonId, Refusal, refuse};

/// What [`authorise`] decided, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// Whether the person may.
    pub allowed: bool,
    /// The role the person has in the clan.
    pub role: Option<RoleId>,
    /// Why, as a clause for people: "captains may put members out".
    pub because: String,
}

/// Whether a person may do something in a clan. Everything that wants to know asks this.
pub fn authorise(clan: &Clan, person: PersonId, permission: Permission) -> Authority {
    let role = clan.members.get(&person).map(|member| member.role.clone());
    let (allowed, because) = match &role {
        _ if clan.stage == ClanStage::Disbanded => {
            (false, format!("the clan {} is disbanded", clan.tag))
        }
        None => (
            false,
            format!("only members of {} may {}", clan.tag, permission.deed()),
        ),
        Some(role) if permissions(clan, role).contains(&permission) => {
            (true, format!("the role {role} may {}", permission.deed()))
        }
        Some(role) => (
            false,
            format!("the role {role} may not {}", permission.deed()),
        ),
    };
    Authority {
        allowed,
        role,
        because,
    }
}

/// What a role allows, with all it takes from others.
pub fn permissions(clan: &Clan, id: &RoleId) -> BTreeSet<Permission> {
    let mut may = BTreeSet::new();
    let mut next = clan.role(id);
    // Loops are refused when a role is made; a bound costs nothing.
    for _ in 0..=MAX_ROLES {
        let Some(role) = next else { break };
        may.extend(role.may);
        next = role.like.and_then(|like| clan.role(&like));
    }
    may
}

/// The rank of a person in a clan; 0 for strangers.
pub fn rank_of(clan: &Clan, person: PersonId) -> u8 {
    let member = clan.members.get(&person);
    member
        .and_then(|member| clan.role(&member.role))
        .map_or(0, |role| role.rank)
}

/// Whether a person may give a role: it stands below their own, and allows nothing that they may not do themselves.
pub fn may_grant(clan: &Clan, person: PersonId, id: &RoleId) -> bool {
    let Some(role) = clan.role(id) else {
        return false;
    };
    let mine = clan
        .members
        .get(&person)
        .map(|member| permissions(clan, &member.role))
        .unwrap_or_default();
    role.rank < rank_of(clan, person) && permissions(clan, id).is_subset(&mine)
}

impl Clan {
    /// Refuses what a person may not do, with the reason.
    pub fn require(&self, person: PersonId, permission: Permission) -> Result<(), Refusal> {
        let authority = authorise(self, person, permission);
        if authority.allowed {
            return Ok(());
        }
        let who: Vec<String> = self
            .all_roles()
            .iter()
            .filter(|(id, _)| permissions(self, id).contains(&permission))
            .map(|(id, _)| id.to_string())
            .collect();
        let mut because = authority.because;
        if let Some(first) = because.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        Err(
            refuse("clan/not-allowed", format!("{because}.")).hint(format!(
                "Ask somebody who may ({}), or type `clan show {}` to see who is who.",
                who.join(", "),
                self.tag
            )),
        )
    }

    /// Refuses to let somebody act on a member of the same or a higher rank.
    pub(super) fn require_above(&self, by: PersonId, on: PersonId) -> Result<(), Refusal> {
        if by != on && rank_of(self, by) > rank_of(self, on) {
            return Ok(());
        }
        let role = self.members.get(&on).map_or_else(
            || "a stranger".to_owned(),
            |member| member.role.with_article(),
        );
        let text = match by == on {
            true => "You cannot do that to yourself.".to_owned(),
            false => format!("That is for somebody of higher rank than {role}."),
        };
        Err(refuse("clan/rank", text)
            .hint(format!("Type `clan show {}` to see who is who.", self.tag)))
    }

    /// The refusal for a role that a person may not give, or `Ok`.
    pub(super) fn require_grant(&self, by: PersonId, role: &RoleId) -> Result<(), Refusal> {
        if self.role(role).is_none() {
            let all: Vec<String> = self
                .all_roles()
                .iter()
                .map(|(id, _)| id.to_string())
                .collect();
            return Err(refuse(
                "clan/no-role",
                format!("The clan {} has no role {role}.", self.tag),
            )
            .hint(format!(
                "Its roles are {}; `clan roles {}` shows what they may.",
                all.join(", "),
                self.tag
            )));
        }
        if *role == RoleId::owner() {
            return Err(refuse("clan/owner", "A clan has one owner.").hint(format!(
                "Type `clan transfer` with a name to give {} away.",
                self.tag
            )));
        }
        if may_grant(self, by, role) {
            return Ok(());
        }
        Err(refuse(
            "clan/grant",
            format!("Nobody gives what they do not have: the role {role} stands above you or may more than you."),
        )
        .hint(format!("Type `clan roles {}` to see what each role may.", self.tag)))
    }

    /// Whether a role that is like another would be like itself.
    pub(super) fn loops(&self, id: &RoleId, role: &Role) -> bool {
        let mut next = role.like.clone();
        for _ in 0..=MAX_ROLES {
            match next {
                None => return false,
                Some(like) if like == *id => return true,
                Some(like) => next = self.role(&like).and_then(|role| role.like),
            }
        }
        true
    }
}
