//! One clan: who belongs to it, with which roles, and what it decided about itself.
//!
//! [`Clan::decide`] says what comes of a wish, [`Clan::evolve`] applies what happened; nothing here knows a clock, a disk or a
//! stanza. [`authorise`] is the one function that says who may do what. Begin reading with `event.rs`, then `decide/mod.rs`.

mod ask;
mod authority;
mod decide;
mod event;
mod evolve;
pub mod house;
mod left;
pub mod mates;
mod origin;
mod roles;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use ask::{ClanAsk, Context};
pub use authority::{Authority, authorise, may_grant, rank_of};
pub use event::{Change, ClanEvent, Setting, Why};
pub use origin::{Chapter, Origin};
pub use roles::{BUILT_IN, MAX_ROLES, Permission, Role, RoleId, built_in};

use crate::clans::calendar::Calendar;
use crate::clans::fixtures::Fixtures;
use crate::clans::pages::Pages;
use crate::kit::{ClanTag, PersonId, Span, Timestamp};

/// The longest description, reason or application, in characters.
pub const MAX_TEXT_CHARS: usize = 500;
/// The most colours.
pub const MAX_COLOURS: usize = 4;
/// How long an invitation or an application waits.
pub const WAITING: Span = Span::days(14);
/// The most applications that wait at a time, and the most bans that are kept.
pub const MAX_WAITING: usize = 100;
/// The most bans that are kept.
pub const MAX_BANS: usize = 500;
/// After how long without a sign of the owner the clan gets a new one, if it chose nothing else.
pub const SUCCESSION: Span = Span::days(60);

/// Whether a clan exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum ClanStage {
    /// It does.
    Active,
    /// It is given up, and goes at this moment unless somebody who may changes it.
    Disbanding {
        /// When.
        until: Timestamp,
    },
    /// It is gone; the tag is never given out again.
    Disbanded,
}

/// How one becomes a member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Joining {
    /// Anybody may join.
    Open,
    /// Anybody may apply, and somebody of the clan answers.
    Apply,
    /// By invitation alone.
    #[default]
    Invite,
}

impl Joining {
    /// The word people type.
    pub fn word(self) -> &'static str {
        match self {
            Joining::Open => "open",
            Joining::Apply => "apply",
            Joining::Invite => "invite",
        }
    }

    /// Reads the word.
    pub fn read(text: &str) -> Option<Joining> {
        [Joining::Open, Joining::Apply, Joining::Invite]
            .into_iter()
            .find(|one| one.word().eq_ignore_ascii_case(text.trim()))
    }
}

/// A member.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// The role.
    pub role: RoleId,
    /// Since when.
    pub since: Timestamp,
    /// Owned the clan and was not seen for too long; until they do something there again.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub passed: bool,
}

/// An invitation that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Who invited.
    pub by: PersonId,
    /// The role that was offered.
    pub role: RoleId,
    /// Until when it may be accepted.
    pub until: Timestamp,
}

/// An application that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Application {
    /// What the applicant says.
    pub text: String,
    /// Until when it may be answered.
    pub until: Timestamp,
}

/// Somebody who may not come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClanBan {
    /// Who decided it.
    pub by: PersonId,
    /// How high they stood then: nobody below undoes it.
    #[serde(default)]
    pub rank: u8,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// Until when; for good when missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
    /// What the person has to say against it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub appeal: Option<String>,
    /// Why it stands all the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub upheld: Option<String>,
}

/// A clan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clan {
    /// The tag, which is its id.
    pub tag: ClanTag,
    /// The name.
    pub name: String,
    /// Whether it exists.
    pub stage: ClanStage,
    /// When it was founded.
    pub founded: Timestamp,
    /// Who founded it.
    pub founder: PersonId,
    /// Its colours, as `#rrggbb`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub colours: Vec<String>,
    /// What it says about itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// The address of its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<String>,
    /// How one becomes a member.
    pub joining: Joining,
    /// The role of whoever joins without a word about it.
    pub entry: RoleId,
    /// After how long without a sign of the owner the clan gets a new one; never when missing.
    pub succession: Option<Span>,
    /// The last day on which the owner was seen.
    pub owner_seen: Timestamp,
    /// The members.
    pub members: BTreeMap<PersonId, Member>,
    /// The roles this clan defined; the built-in ones are in [`BUILT_IN`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub roles: BTreeMap<RoleId, Role>,
    /// Invitations that wait.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub invitations: BTreeMap<PersonId, Invitation>,
    /// Applications that wait.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub applications: BTreeMap<PersonId, Application>,
    /// Who may not come back.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub bans: BTreeMap<PersonId, ClanBan>,
    /// When those who went did so.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub left: BTreeMap<PersonId, Timestamp>,
    /// What it has on the server that is ours.
    #[serde(default, skip_serializing_if = "house::House::is_empty")]
    pub house: house::House,
    /// Who shares addresses with the others who do.
    #[serde(default, skip_serializing_if = "mates::Mates::is_empty")]
    pub mates: mates::Mates,
    /// What it has planned.
    #[serde(default, skip_serializing_if = "Calendar::is_empty")]
    pub calendar: Calendar,
    /// Its matches with other clans.
    #[serde(default, skip_serializing_if = "Fixtures::is_empty")]
    pub fixtures: Fixtures,
    /// Its record on another referee, if it came from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// Its pages and files.
    #[serde(default, skip_serializing_if = "Pages::is_empty")]
    pub pages: Pages,
    /// Public events so far; `n` of an `<event/>`.
    pub events: u32,
}

impl Clan {
    /// Whether it goes on: it exists, and is not being given up for good.
    pub fn is_alive(&self) -> bool {
        self.stage != ClanStage::Disbanded
    }

    /// The name with the tag behind it, where that is not the same: `Wolves of Vienna (wolves)`.
    pub fn full_name(&self) -> String {
        match self.name.eq_ignore_ascii_case(self.tag.as_str()) {
            true => self.name.clone(),
            false => format!("{} ({})", self.name, self.tag),
        }
    }

    /// The owner; every clan that exists has exactly one.
    pub fn owner(&self) -> Option<PersonId> {
        self.with_role(&RoleId::owner()).next()
    }

    /// Whether somebody belongs to it.
    pub fn is_member(&self, person: PersonId) -> bool {
        self.members.contains_key(&person)
    }

    /// The members of one role.
    pub fn with_role<'a>(&'a self, role: &'a RoleId) -> impl Iterator<Item = PersonId> + 'a {
        let fits =
            move |(person, member): (&PersonId, &Member)| (member.role == *role).then_some(*person);
        self.members.iter().filter_map(fits)
    }

    /// The members who may do something, in the order of their ids.
    pub fn those_who_may(&self, permission: Permission) -> impl Iterator<Item = PersonId> + '_ {
        let may = move |person: &PersonId| authorise(self, *person, permission).allowed;
        self.members.keys().copied().filter(may)
    }

    /// A role by its name, the clan's own or built in.
    pub fn role(&self, id: &RoleId) -> Option<Role> {
        self.roles.get(id).cloned().or_else(|| built_in(id))
    }

    /// All roles, the highest first.
    pub fn all_roles(&self) -> Vec<(RoleId, Role)> {
        let own = self
            .roles
            .iter()
            .map(|(id, role)| (id.clone(), role.clone()));
        let mut all: Vec<(RoleId, Role)> = BUILT_IN
            .iter()
            .map(|id| RoleId::of(id))
            .filter_map(|id| Some((id.clone(), built_in(&id)?)))
            .chain(own)
            .collect();
        all.sort_by(|(one, a), (two, b)| b.rank.cmp(&a.rank).then(one.cmp(two)));
        all
    }

    /// The ban that holds for somebody now.
    pub fn ban_of(&self, person: PersonId, now: Timestamp) -> Option<&ClanBan> {
        self.bans
            .get(&person)
            .filter(|ban| ban.until.is_none_or(|until| until > now))
    }

    /// Who becomes the owner when there is none: the highest role, of those whoever has belonged longest; never a guest.
    pub fn heir(&self) -> Option<PersonId> {
        self.heir_among(|_| true)
    }

    /// Who follows an owner who is not seen: nobody who was passed over for the same reason, so that an abandoned clan
    /// comes to rest.
    fn successor(&self) -> Option<PersonId> {
        self.heir_among(|member| !member.passed)
    }

    fn heir_among(&self, may: impl Fn(&Member) -> bool) -> Option<PersonId> {
        let fits = self.members.iter().filter(|(_, member)| {
            let may = may(member);
            may && member.role != RoleId::owner()
                && self
                    .role(&member.role)
                    .is_some_and(|role| role.rank >= Role::MEMBER_RANK)
        });
        let rank = |member: &Member| self.role(&member.role).map_or(0, |role| role.rank);
        fits.min_by_key(|(person, member)| {
            (std::cmp::Reverse(rank(member)), member.since, **person)
        })
        .map(|(person, _)| *person)
    }

    /// When something falls due if nothing happens before.
    pub fn next_wake(&self) -> Option<Timestamp> {
        if !self.is_alive() {
            return None;
        }
        let end = match self.stage {
            ClanStage::Disbanding { until } => Some(until),
            _ => None,
        };
        let succession = self
            .succession
            .filter(|_| self.successor().is_some())
            .map(|span| self.owner_seen + span);
        let invitations = self.invitations.values().map(|one| one.until).min();
        let applications = self.applications.values().map(|one| one.until).min();
        let bans = self.bans.values().filter_map(|ban| ban.until).min();
        let calendar = self.calendar.next_wake();
        let fixtures = self.fixtures.next_wake(self.tag);
        [
            end,
            succession,
            invitations,
            applications,
            bans,
            calendar,
            fixtures,
        ]
        .into_iter()
        .flatten()
        .min()
    }
}
