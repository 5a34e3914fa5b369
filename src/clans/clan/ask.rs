//! What one may ask of a clan.

use super::event::Setting;
use super::roles::{Permission, RoleId};
use super::{house, mates};
use crate::clans::calendar;
use crate::clans::fixtures;
use crate::clans::pages::Ask as PageAsk;
use crate::kit::{PersonId, Span};

/// A wish. Who has it is said beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClanAsk {
    /// Set something.
    Set(Setting),
    /// Invite somebody, with a role if one is named.
    Invite {
        /// Who.
        who: PersonId,
        /// With which role.
        role: Option<RoleId>,
    },
    /// Take an invitation back.
    Uninvite {
        /// Whose.
        who: PersonId,
    },
    /// Join: by invitation, or where it is open.
    Join,
    /// Apply.
    Apply {
        /// What the applicant says.
        text: String,
    },
    /// Say no to an invitation, or take one's own application back.
    Decline,
    /// Let an applicant in.
    Admit {
        /// Who.
        who: PersonId,
    },
    /// Turn an applicant down.
    Refuse {
        /// Who.
        who: PersonId,
        /// Why.
        reason: String,
    },
    /// Leave.
    Leave,
    /// Put a member out.
    Kick {
        /// Who.
        who: PersonId,
        /// Why.
        reason: String,
    },
    /// Keep somebody out.
    Ban {
        /// Who.
        who: PersonId,
        /// Why.
        reason: String,
        /// For how long; for good when missing.
        span: Option<Span>,
    },
    /// Lift a ban.
    Unban {
        /// Whose.
        who: PersonId,
        /// Why.
        reason: String,
    },
    /// Say something against one's own ban.
    Appeal {
        /// What.
        text: String,
    },
    /// Let a ban stand in spite of an appeal.
    Uphold {
        /// Whose.
        who: PersonId,
        /// Why.
        reason: String,
    },
    /// Give a member another role.
    Rank {
        /// Who.
        who: PersonId,
        /// Which.
        role: RoleId,
    },
    /// Define a role.
    MakeRole {
        /// Its name.
        role: RoleId,
        /// Its rank.
        rank: u8,
        /// What it allows.
        may: Vec<Permission>,
        /// The role whose permissions it has too.
        like: Option<RoleId>,
    },
    /// Take a role back.
    DropRole {
        /// Its name.
        role: RoleId,
    },
    /// Give the clan to another member.
    Transfer {
        /// To whom.
        who: PersonId,
    },
    /// Give the clan up.
    Disband {
        /// Why.
        reason: String,
    },
    /// Keep it after all.
    Keep,
    /// The owner does something on this day. Nothing is said about it.
    Seen,
    /// Something about its pages.
    Page(PageAsk),
    /// Somebody is forgotten, and belongs nowhere any more. Never asked by a person.
    Forget {
        /// Who.
        who: PersonId,
    },
    /// Something about its rooms, also of a clan that is gone. Never asked by a person.
    House(house::Ask),
    /// Share one's address with the mates who share theirs, or no longer.
    Mates(mates::Ask),
    /// Something about its calendar.
    Calendar(calendar::Ask),
    /// Something about a match with another clan.
    Fixture(fixtures::Ask),
    /// See to what has fallen due. Never asked by a person.
    Wake,
}

/// What a clan has to know of the world around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    /// In how many clans whoever would become a member is already.
    pub memberships: usize,
    /// In how many clans one may be.
    pub max_memberships: usize,
    /// How many members a clan may have.
    pub max_members: usize,
    /// How many invitations may wait at a time.
    pub max_invitations: usize,
    /// How many applications may wait at a time.
    pub max_applications: usize,
    /// How long after leaving one cannot come back without an invitation.
    pub rejoin: Span,
    /// How long a clan that is given up stays.
    pub grace: Span,
}

impl Default for Context {
    fn default() -> Context {
        Context {
            memberships: 0,
            max_memberships: 3,
            max_members: 200,
            max_invitations: 50,
            max_applications: 100,
            rejoin: Span::ZERO,
            grace: Span::days(7),
        }
    }
}
