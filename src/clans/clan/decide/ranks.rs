//! Roles: who gets which, and which there are.

use std::collections::BTreeSet;

use crate::clans::clan::authority::permissions;
use crate::clans::clan::event::ClanEvent;
use crate::clans::clan::roles::{BUILT_IN, MAX_ROLES, Permission, Role, RoleId};
use crate::clans::clan::{Clan, rank_of};
use crate::kit::{PersonId, Refusal, refuse};

impl Clan {
    pub(super) fn give_role(
        &self,
        by: PersonId,
        who: PersonId,
        role: &RoleId,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Roles)?;
        self.require_mate(who)?;
        self.require_grant(by, role)?;
        self.require_above(by, who)?;
        if self
            .members
            .get(&who)
            .is_some_and(|member| member.role == *role)
        {
            return Err(
                refuse("clan/unchanged", format!("That member is {role} already."))
                    .hint(format!("Type `clan show {}` to see who is who.", self.tag)),
            );
        }
        Ok(vec![ClanEvent::Ranked {
            who,
            role: role.clone(),
        }])
    }

    pub(super) fn make_role(
        &self,
        by: PersonId,
        id: &RoleId,
        rank: u8,
        may: &[Permission],
        like: Option<&RoleId>,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Roles)?;
        if BUILT_IN.contains(&id.as_str()) {
            return Err(refuse(
                "clan/built-in",
                format!("Every clan has the role {id}, and it stays as it is."),
            )
            .hint("Choose another name for yours."));
        }
        let own = rank_of(self, by);
        if rank == 0 || rank >= own {
            return Err(refuse(
                "clan/bad-rank",
                format!(
                    "The rank of a role you define is between 1 and {}.",
                    own.saturating_sub(1)
                ),
            )
            .hint("A member has 40, an officer 60, a captain 80."));
        }
        let fresh = !self.roles.contains_key(id);
        if fresh && self.roles.len() >= MAX_ROLES {
            return Err(refuse(
                "clan/too-many-roles",
                format!("A clan defines at most {MAX_ROLES} roles."),
            )
            .hint("Type `clan role-drop` and a name to make room."));
        }
        if !fresh {
            self.require_grant(by, id)?;
        }
        if let Some(like) = like {
            self.require_grant(by, like)?;
        }
        let role = Role {
            rank,
            may: may.iter().copied().collect(),
            like: like.cloned(),
        };
        if self.loops(id, &role) {
            return Err(refuse(
                "clan/role-loop",
                format!("The role {id} would be like itself."),
            )
            .hint(format!(
                "Type `clan roles {}` to see which role is like which.",
                self.tag
            )));
        }
        self.check_grants(by, id, &role)?;
        Ok(vec![ClanEvent::RoleMade {
            role: id.clone(),
            rank,
            may: role.may,
            like: role.like,
        }])
    }

    /// A role that others are like, or that is given to others already, hands on what it gets: so nobody puts into one what they
    /// do not have.
    fn check_grants(&self, by: PersonId, id: &RoleId, role: &Role) -> Result<(), Refusal> {
        let mine = self
            .members
            .get(&by)
            .map(|member| permissions(self, &member.role))
            .unwrap_or_default();
        let mut all: BTreeSet<Permission> = role.may.clone();
        all.extend(role.like.iter().flat_map(|like| permissions(self, like)));
        if let Some(missing) = all.iter().find(|one| !mine.contains(one)) {
            return Err(refuse(
                "clan/grant",
                format!(
                    "Nobody gives what they do not have: you may not {}.",
                    missing.deed()
                ),
            )
            .hint(format!("Leave {} out of the role {id}.", missing.word())));
        }
        // A role whose bearers stand as high as I do gets nothing from me, also not through another.
        let above = self.roles.iter().find(|(other, made)| {
            made.rank >= rank_of(self, by) && *other != id && self.is_like(other, id)
        });
        match above {
            Some((other, _)) => Err(refuse(
                "clan/rank",
                format!("The role {other} is like {id} and stands above you."),
            )
            .hint("Define another role, or ask the owner.")),
            None => Ok(()),
        }
    }

    /// Whether a role gets what another has, straight or through others.
    fn is_like(&self, role: &RoleId, other: &RoleId) -> bool {
        let mut at = role;
        // No chain is longer than there are roles, also where it went in a circle.
        for _ in 0..=MAX_ROLES {
            match self.roles.get(at).and_then(|made| made.like.as_ref()) {
                Some(like) if like == other => return true,
                Some(like) => at = like,
                None => return false,
            }
        }
        false
    }

    pub(super) fn drop_role(&self, by: PersonId, id: &RoleId) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Roles)?;
        if !self.roles.contains_key(id) {
            return Err(refuse(
                "clan/no-role",
                format!("{} defines no role {id}.", self.tag),
            )
            .hint(format!(
                "Type `clan roles {}` to see them; those of every clan stay.",
                self.tag
            )));
        }
        self.require_grant(by, id)?;
        let bearers = self.with_role(id).count();
        let offered = self
            .invitations
            .values()
            .filter(|one| one.role == *id)
            .count();
        let like = self
            .roles
            .values()
            .filter(|role| role.like.as_ref() == Some(id))
            .count();
        if bearers + offered + like > 0 {
            let used = format!("{bearers} × given, {offered} × offered, {like} × in another role");
            return Err(refuse(
                "clan/role-in-use",
                format!("The role {id} is in use: {used}."),
            )
            .hint(format!(
                "Give its members another role first; `clan show {}` says who they are.",
                self.tag
            )));
        }
        Ok(vec![ClanEvent::RoleGone { role: id.clone() }])
    }
}
