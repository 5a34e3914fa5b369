//! How what happened changes a clan.

use super::authority::rank_of;
use super::event::{Change, ClanEvent, Setting};
use super::origin::Origin;
use super::roles::{Role, RoleId};
use super::{Application, Clan, ClanBan, ClanStage, Invitation, Member, SUCCESSION};
use crate::kit::{ClanTag, PersonId, Refusal, Timestamp, refuse};

impl Clan {
    /// The clan after its first event.
    ///
    /// # Errors
    /// The first event of a clan is its foundation.
    pub fn begin(tag: ClanTag, at: Timestamp, first: &ClanEvent) -> Result<Clan, Refusal> {
        let ClanEvent::Founded {
            name,
            owner,
            joining,
        } = first
        else {
            return Err(refuse(
                "clan/unfounded",
                "A clan begins with its foundation.",
            ));
        };
        Ok(Clan {
            tag,
            name: name.clone(),
            stage: ClanStage::Active,
            founded: at,
            founder: *owner,
            colours: Vec::new(),
            description: String::new(),
            avatar: None,
            joining: *joining,
            entry: RoleId::member(),
            succession: Some(SUCCESSION),
            owner_seen: at,
            members: [(
                *owner,
                Member {
                    role: RoleId::owner(),
                    since: at,
                    passed: false,
                },
            )]
            .into(),
            roles: Default::default(),
            invitations: Default::default(),
            applications: Default::default(),
            bans: Default::default(),
            left: Default::default(),
            house: Default::default(),
            mates: Default::default(),
            calendar: Default::default(),
            fixtures: Default::default(),
            origin: None,
            pages: Default::default(),
            events: 0,
        })
    }

    /// Applies one event.
    pub fn evolve(&mut self, at: Timestamp, by: Option<PersonId>, event: &ClanEvent) {
        if event.kind().is_some() {
            self.events += 1;
        }
        self.note_leaving(at, event);
        if let Some(member) = by.and_then(|by| self.members.get_mut(&by)) {
            member.passed = false;
        }
        match event {
            ClanEvent::Founded { .. } => {}
            ClanEvent::Set(setting) => self.set(setting),
            ClanEvent::Invited { who, role, until } => {
                let by = by.unwrap_or(self.founder);
                let invitation = Invitation {
                    by,
                    role: role.clone(),
                    until: *until,
                };
                self.invitations.insert(*who, invitation);
            }
            ClanEvent::Uninvited { who, .. } => {
                self.invitations.remove(who);
            }
            ClanEvent::Applied { who, text, until } => {
                let application = Application {
                    text: text.clone(),
                    until: *until,
                };
                self.applications.insert(*who, application);
            }
            ClanEvent::Turned { who, .. } => {
                self.applications.remove(who);
            }
            ClanEvent::Joined { who, role } => self.welcome(*who, role, at),
            ClanEvent::Left { who } | ClanEvent::Kicked { who, .. } => {
                self.members.remove(who);
                self.calendar.forget(*who);
            }
            ClanEvent::Banned { who, reason, until } => {
                let judge = by.unwrap_or(self.founder);
                let ban = ClanBan {
                    by: judge,
                    rank: rank_of(self, judge),
                    reason: reason.clone(),
                    at,
                    until: *until,
                    appeal: None,
                    upheld: None,
                };
                self.shut_out(*who, ban);
            }
            ClanEvent::Appealed { who, text } => {
                if let Some(ban) = self.bans.get_mut(who) {
                    ban.appeal = Some(text.clone());
                }
            }
            ClanEvent::Upheld { who, reason } => {
                if let Some(ban) = self.bans.get_mut(who) {
                    ban.upheld = Some(reason.clone());
                }
            }
            ClanEvent::Unbanned { who, .. } => {
                self.bans.remove(who);
            }
            ClanEvent::Ranked { who, role } => self.rank(*who, role),
            ClanEvent::RoleMade { .. } | ClanEvent::RoleGone { .. } => self.define(event),
            ClanEvent::Owned { who, why } => self.own(*who, *why, at),
            ClanEvent::Disbanding { until, .. } => {
                self.stage = ClanStage::Disbanding { until: *until }
            }
            ClanEvent::Kept => self.stage = ClanStage::Active,
            ClanEvent::Disbanded => self.end(),
            ClanEvent::Calendar(event) => self.calendar.evolve(at, by, event),
            ClanEvent::Fixture(event) => self.fixtures.evolve(self.tag, at, event),
            ClanEvent::Page(event) => self.pages.evolve(at, by.unwrap_or(self.founder), event),
            ClanEvent::House(event) => self.house.evolve(event),
            ClanEvent::Mates(event) => self.mates.evolve(event),
            ClanEvent::Seen => self.owner_seen = at,
            ClanEvent::Imported(chapter) => self.origin = Some(Origin::after(chapter)),
        }
    }

    fn define(&mut self, event: &ClanEvent) {
        match event {
            ClanEvent::RoleMade {
                role,
                rank,
                may,
                like,
            } => {
                let made = Role {
                    rank: *rank,
                    may: may.clone(),
                    like: like.clone(),
                };
                self.roles.insert(role.clone(), made);
            }
            ClanEvent::RoleGone { role } => {
                self.roles.remove(role);
                if self.entry == *role {
                    self.entry = RoleId::member();
                }
            }
            _ => {}
        }
    }

    /// The members stay on record; they belong to nothing that acts.
    fn end(&mut self) {
        self.stage = ClanStage::Disbanded;
        self.invitations.clear();
        self.applications.clear();
    }

    fn welcome(&mut self, who: PersonId, role: &RoleId, since: Timestamp) {
        self.invitations.remove(&who);
        self.applications.remove(&who);
        let role = role.clone();
        let passed = false;
        self.members.insert(
            who,
            Member {
                role,
                since,
                passed,
            },
        );
    }

    fn shut_out(&mut self, who: PersonId, ban: ClanBan) {
        self.members.remove(&who);
        self.calendar.forget(who);
        self.invitations.remove(&who);
        self.applications.remove(&who);
        self.bans.insert(who, ban);
    }

    fn set(&mut self, setting: &Setting) {
        match setting {
            Setting::Name(name) => self.name = name.clone(),
            Setting::Colours(colours) => self.colours = colours.clone(),
            Setting::Description(text) => self.description = text.clone(),
            Setting::Avatar(url) => self.avatar = url.clone(),
            Setting::Joining(joining) => self.joining = *joining,
            Setting::Entry(role) => self.entry = role.clone(),
            Setting::Succession(span) => self.succession = *span,
        }
    }

    fn rank(&mut self, who: PersonId, role: &RoleId) {
        if let Some(member) = self.members.get_mut(&who) {
            member.role = role.clone();
        }
    }

    fn own(&mut self, who: PersonId, why: Change, at: Timestamp) {
        if let Some(before) = self.owner() {
            self.rank(before, &RoleId::of("captain"));
            if let Some(member) = self.members.get_mut(&before) {
                member.passed = why == Change::Absence;
            }
            if why == Change::Gone {
                self.members.remove(&before);
                self.calendar.forget(before);
            }
        }
        self.rank(who, &RoleId::owner());
        self.owner_seen = at;
    }
}

impl ClanEvent {
    /// Whom it concerns.
    pub fn who(&self) -> Option<PersonId> {
        match self {
            ClanEvent::Invited { who, .. }
            | ClanEvent::Uninvited { who, .. }
            | ClanEvent::Applied { who, .. }
            | ClanEvent::Turned { who, .. }
            | ClanEvent::Joined { who, .. }
            | ClanEvent::Left { who }
            | ClanEvent::Kicked { who, .. }
            | ClanEvent::Banned { who, .. }
            | ClanEvent::Appealed { who, .. }
            | ClanEvent::Upheld { who, .. }
            | ClanEvent::Unbanned { who, .. }
            | ClanEvent::Ranked { who, .. }
            | ClanEvent::Owned { who, .. } => Some(*who),
            ClanEvent::Founded { owner, .. } => Some(*owner),
            _ => None,
        }
    }

    /// Why it happened, where somebody said so.
    pub fn reason(&self) -> Option<&str> {
        match self {
            ClanEvent::Kicked { reason, .. }
            | ClanEvent::Banned { reason, .. }
            | ClanEvent::Upheld { reason, .. }
            | ClanEvent::Disbanding { reason, .. } => Some(reason),
            ClanEvent::Turned { reason, .. } | ClanEvent::Unbanned { reason, .. } => {
                reason.as_deref()
            }
            ClanEvent::Applied { text, .. } | ClanEvent::Appealed { text, .. } => Some(text),
            ClanEvent::Ranked { role, .. } | ClanEvent::Joined { role, .. } => Some(role.as_str()),
            _ => None,
        }
    }

    /// The word for it in messages to programs.
    pub fn word(&self) -> &'static str {
        match self {
            ClanEvent::Founded { .. } => "founded",
            ClanEvent::Set(Setting::Name(_)) => "renamed",
            ClanEvent::Set(_) => "set",
            ClanEvent::Invited { .. } => "invited",
            ClanEvent::Uninvited { .. } => "uninvited",
            ClanEvent::Applied { .. } => "applied",
            ClanEvent::Turned { .. } => "turned",
            ClanEvent::Joined { .. } => "joined",
            ClanEvent::Left { .. } => "left",
            ClanEvent::Kicked { .. } => "kicked",
            ClanEvent::Banned { .. } => "banned",
            ClanEvent::Appealed { .. } => "appealed",
            ClanEvent::Upheld { .. } => "upheld",
            ClanEvent::Unbanned { .. } => "unbanned",
            ClanEvent::Ranked { .. } => "ranked",
            ClanEvent::RoleMade { .. } => "role-made",
            ClanEvent::RoleGone { .. } => "role-gone",
            ClanEvent::Owned { .. } => "owned",
            ClanEvent::Disbanding { .. } => "disbanding",
            ClanEvent::Kept => "kept",
            ClanEvent::Disbanded => "disbanded",
            ClanEvent::House(_) => "housed",
            ClanEvent::Mates(_) => "mates",
            ClanEvent::Seen => "seen",
            ClanEvent::Imported(_) => "imported",
            ClanEvent::Calendar(event) => event.kind(),
            ClanEvent::Fixture(event) => event.word(),
            ClanEvent::Page(event) => event.word(),
        }
    }

    /// The kind in an `<event/>`, for what everybody may know; `None` for what is the clan's own affair.
    pub fn kind(&self) -> Option<&'static str> {
        match self {
            ClanEvent::Founded { .. } => Some("founded"),
            ClanEvent::Set(Setting::Name(_)) => Some("renamed"),
            ClanEvent::Joined { .. } => Some("joined"),
            // Who was put out, and why, is told to that person and to the clan.
            ClanEvent::Left { .. } | ClanEvent::Kicked { .. } => Some("left"),
            ClanEvent::Owned { .. } => Some("owned"),
            ClanEvent::Disbanding { .. } => Some("disbanding"),
            ClanEvent::Kept => Some("kept"),
            ClanEvent::Disbanded => Some("disbanded"),
            ClanEvent::Calendar(event) if event.is_public() => Some(event.kind()),
            ClanEvent::Fixture(event) => event.kind(),
            ClanEvent::Page(event) => event.kind(),
            _ => None,
        }
    }
}
