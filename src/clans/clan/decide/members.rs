//! How people come and go.

use super::{text_of, within};
use crate::clans::clan::ask::Context;
use crate::clans::clan::event::{ClanEvent, Why};
use crate::clans::clan::roles::{Permission, RoleId};
use crate::clans::clan::{Clan, Joining, MAX_TEXT_CHARS, MAX_WAITING, WAITING, may_grant};
use crate::kit::{PersonId, Refusal, Timestamp, clean_line, refuse};

impl Clan {
    pub(super) fn invite(
        &self,
        now: Timestamp,
        by: PersonId,
        who: PersonId,
        role: Option<&RoleId>,
        context: &Context,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Invite)?;
        if self.is_member(who) {
            return Err(already(self));
        }
        if self.ban_of(who, now).is_some() {
            return Err(refuse(
                "clan/banned",
                format!("That person is banned from {}.", self.tag),
            )
            .hint(format!(
                "Somebody who may ban can lift it: `clan unban {} NAME reason`.",
                self.tag
            )));
        }
        if let Some(invitation) = self.invitations.get(&who) {
            return Err(
                refuse("clan/invited", "That person is invited already.").hint(format!(
                    "The invitation waits until {}; `clan uninvite` takes it back.",
                    invitation.until.moment()
                )),
            );
        }
        if self.invitations.len() >= context.max_invitations {
            return Err(refuse(
                "clan/too-many-invitations",
                format!(
                    "{} open invitations are the limit of a clan here.",
                    context.max_invitations
                ),
            )
            .hint("Type `clan uninvite` and a name to take one back."));
        }
        if self.applications.contains_key(&who) {
            return self.admit(now, by, who, context);
        }
        self.require_space(context)?;
        let role = match role {
            Some(role) => {
                self.require_grant(by, role)?;
                role.clone()
            }
            None => self.entry.clone(),
        };
        Ok(vec![ClanEvent::Invited {
            who,
            role,
            until: now + WAITING,
        }])
    }

    pub(super) fn uninvite(&self, by: PersonId, who: PersonId) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Invite)?;
        if !self.invitations.contains_key(&who) {
            return Err(refuse("clan/no-invitation", "That person is not invited.")
                .hint(format!("Type `clan show {}` to see who is.", self.tag)));
        }
        Ok(vec![ClanEvent::Uninvited {
            who,
            why: Why::Withdrawn,
        }])
    }

    pub(super) fn join(
        &self,
        now: Timestamp,
        by: PersonId,
        context: &Context,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.may_come(now, by, context)?;
        if let Some(invitation) = self.invitations.get(&by).filter(|one| one.until > now) {
            // Whoever invited may have lost the right to give that role since then.
            let granted =
                invitation.role == self.entry || may_grant(self, invitation.by, &invitation.role);
            let role = if granted {
                invitation.role.clone()
            } else {
                self.entry.clone()
            };
            return Ok(vec![ClanEvent::Joined { who: by, role }]);
        }
        match self.joining {
            Joining::Open => {
                self.may_return(now, by, context.rejoin)?;
                let role = self.entry.clone();
                Ok(vec![ClanEvent::Joined { who: by, role }])
            }
            Joining::Apply => Err(refuse(
                "clan/apply",
                format!("{} wants to hear from you first.", self.name),
            )
            .hint(format!(
                "Type `clan apply {}` and a few words about yourself.",
                self.tag
            ))),
            Joining::Invite => Err(refuse(
                "clan/invite-only",
                format!("One becomes a member of {} by invitation.", self.name),
            )
            .hint(format!(
                "Ask somebody of the clan; `clan show {}` says who may invite.",
                self.tag
            ))),
        }
    }

    pub(super) fn apply(
        &self,
        now: Timestamp,
        by: PersonId,
        text: &str,
        context: &Context,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.may_come(now, by, context)?;
        let invited = self.invitations.get(&by).is_some_and(|one| one.until > now);
        if invited || self.joining == Joining::Open {
            return self.join(now, by, context);
        }
        if self.joining == Joining::Invite {
            return Err(refuse(
                "clan/invite-only",
                format!("{} takes no applications.", self.name),
            )
            .hint(format!(
                "Ask somebody of the clan; `clan show {}` says who may invite.",
                self.tag
            )));
        }
        if self.applications.contains_key(&by) {
            return Err(refuse("clan/applied", "Your application waits already.")
                .hint(format!("Type `clan decline {}` to take it back.", self.tag)));
        }
        self.may_return(now, by, context.rejoin)?;
        if self.applications.len() >= context.max_applications.min(MAX_WAITING) {
            return Err(refuse(
                "clan/too-many-applications",
                "Too many applications wait there already.",
            )
            .hint("Try again in a few days."));
        }
        let text = within(clean_line(text, 2 * MAX_TEXT_CHARS).trim(), "application")?;
        Ok(vec![ClanEvent::Applied {
            who: by,
            text,
            until: now + WAITING,
        }])
    }

    pub(super) fn decline(&self, by: PersonId) -> Result<Vec<ClanEvent>, Refusal> {
        if self.invitations.contains_key(&by) {
            return Ok(vec![ClanEvent::Uninvited {
                who: by,
                why: Why::Declined,
            }]);
        }
        if self.applications.contains_key(&by) {
            return Ok(vec![ClanEvent::Turned {
                who: by,
                why: Why::Withdrawn,
                reason: None,
            }]);
        }
        Err(refuse(
            "clan/nothing-waits",
            format!(
                "No invitation and no application of yours waits at {}.",
                self.tag
            ),
        )
        .hint("Type `clans` to see the clans."))
    }

    pub(super) fn admit(
        &self,
        now: Timestamp,
        by: PersonId,
        who: PersonId,
        context: &Context,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Recruit)?;
        self.require_application(who)?;
        self.may_come(now, who, context)?;
        Ok(vec![ClanEvent::Joined {
            who,
            role: self.entry.clone(),
        }])
    }

    pub(super) fn turn_down(
        &self,
        by: PersonId,
        who: PersonId,
        reason: &str,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Recruit)?;
        self.require_application(who)?;
        let reason = Some(text_of(reason, "reason")?);
        Ok(vec![ClanEvent::Turned {
            who,
            why: Why::Declined,
            reason,
        }])
    }

    fn require_application(&self, who: PersonId) -> Result<(), Refusal> {
        if self.is_member(who) {
            return Err(already(self));
        }
        if self.applications.contains_key(&who) {
            return Ok(());
        }
        Err(refuse(
            "clan/no-application",
            "No application of that person waits.",
        )
        .hint(format!(
            "Type `clan show {}` to see what waits, or `clan invite` with the name.",
            self.tag
        )))
    }

    /// Refuses whoever cannot become a member now, however they come.
    fn may_come(&self, now: Timestamp, who: PersonId, context: &Context) -> Result<(), Refusal> {
        if self.is_member(who) {
            return Err(already(self));
        }
        if let Some(ban) = self.ban_of(who, now) {
            let until = ban.until.map_or("for good".to_owned(), |until| {
                format!("until {}", until.moment())
            });
            return Err(refuse(
                "clan/banned",
                format!("{} does not let you in, {until}: {}", self.name, ban.reason),
            )
            .hint(format!(
                "If you disagree, type `clan appeal {}` and say why.",
                self.tag
            )));
        }
        if context.memberships >= context.max_memberships {
            let limit = context.max_memberships;
            let clans = if limit == 1 {
                "one clan".to_owned()
            } else {
                format!("{limit} clans")
            };
            return Err(refuse(
                "clan/too-many-clans",
                format!("A person belongs to at most {clans} here."),
            )
            .hint("Type `clan leave` and the tag of one to make room."));
        }
        self.require_space(context)
    }

    fn require_space(&self, context: &Context) -> Result<(), Refusal> {
        if self.members.len() < context.max_members {
            return Ok(());
        }
        Err(refuse(
            "clan/full",
            format!(
                "{} has {} members, which is the limit.",
                self.name,
                self.members.len()
            ),
        )
        .hint("Ask the admins of this referee for more, or come later."))
    }

    pub(super) fn leave(&self, by: PersonId) -> Result<Vec<ClanEvent>, Refusal> {
        self.require_member(by)?;
        if self.owner() == Some(by) {
            let tag = self.tag;
            let how = match self.heir() {
                Some(_) => format!(
                    "Type `clan transfer {tag}` and a name to give it to somebody first, or `clan disband {tag}` and a reason."
                ),
                None => format!("Type `clan disband {tag}` and a reason to give it up."),
            };
            return Err(refuse(
                "clan/owner-leaves",
                format!("You own {tag}, and a clan is never without an owner."),
            )
            .hint(how));
        }
        Ok(vec![ClanEvent::Left { who: by }])
    }
}

fn already(clan: &Clan) -> Refusal {
    refuse(
        "clan/member",
        format!("That is a member of {} already.", clan.tag),
    )
    .hint(format!("Type `clan show {}` to see everybody.", clan.tag))
}
