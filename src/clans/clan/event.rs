//! What happens to a clan. Kinds and fields are only ever added.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Joining;
use super::origin::Chapter;
use super::roles::{Permission, RoleId};
use super::{house, mates};
use crate::clans::calendar;
use crate::clans::fixtures;
use crate::clans::pages::Event as PageEvent;
use crate::kit::{PersonId, Span, Timestamp};

/// Something that happened to a clan; who did it and when is in the record around it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum ClanEvent {
    /// It was founded.
    Founded {
        /// Its name.
        name: String,
        /// Who founded and owns it.
        owner: PersonId,
        /// How one becomes a member.
        joining: Joining,
    },
    /// Something about it was set.
    Set(Setting),
    /// Somebody was invited.
    Invited {
        /// Who.
        who: PersonId,
        /// With which role.
        role: RoleId,
        /// Until when the invitation may be accepted.
        until: Timestamp,
    },
    /// An invitation is no more.
    Uninvited {
        /// Who was invited.
        who: PersonId,
        /// What became of it.
        why: Why,
    },
    /// Somebody asks to become a member.
    Applied {
        /// Who.
        who: PersonId,
        /// What they say.
        text: String,
        /// Until when it may be answered.
        until: Timestamp,
    },
    /// An application is no more, and nobody joined.
    Turned {
        /// Who applied.
        who: PersonId,
        /// What became of it.
        why: Why,
        /// What the clan says to it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Somebody became a member.
    Joined {
        /// Who.
        who: PersonId,
        /// With which role.
        role: RoleId,
    },
    /// A member left.
    Left {
        /// Who.
        who: PersonId,
    },
    /// A member was put out.
    Kicked {
        /// Who.
        who: PersonId,
        /// Why.
        reason: String,
    },
    /// Somebody may not come back; a member is put out with it.
    Banned {
        /// Who.
        who: PersonId,
        /// Why.
        reason: String,
        /// Until when; for good when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Somebody who was banned says something against it.
    Appealed {
        /// Who.
        who: PersonId,
        /// What.
        text: String,
    },
    /// A ban stands in spite of an appeal.
    Upheld {
        /// Whose.
        who: PersonId,
        /// Why.
        reason: String,
    },
    /// A ban is no more.
    Unbanned {
        /// Whose.
        who: PersonId,
        /// Why, where somebody decided it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// A member got another role.
    Ranked {
        /// Who.
        who: PersonId,
        /// Which.
        role: RoleId,
    },
    /// A role was defined, or defined anew.
    RoleMade {
        /// Its name.
        role: RoleId,
        /// Its rank.
        rank: u8,
        /// What it allows.
        may: BTreeSet<Permission>,
        /// The role whose permissions it has too.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        like: Option<RoleId>,
    },
    /// A role was taken back; nobody had it.
    RoleGone {
        /// Its name.
        role: RoleId,
    },
    /// The clan has a new owner; the one before is a captain, if still a member.
    Owned {
        /// Who.
        who: PersonId,
        /// How it came.
        why: Change,
    },
    /// It is given up, and goes at this moment.
    Disbanding {
        /// When.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// It goes on after all.
    Kept,
    /// It is gone.
    Disbanded,
    /// Something about its rooms.
    House(house::Event),
    /// Something about who shares addresses.
    Mates(mates::Event),
    /// The owner was active on this day.
    Seen,
    /// Something happened in its calendar.
    Calendar(calendar::Event),
    /// Something about a match with another clan.
    Fixture(fixtures::Event),
    /// It came from another referee, with these lines of its record there.
    Imported(Chapter),
    /// Something about its pages.
    Page(PageEvent),
}

/// Something about a clan that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Setting {
    /// The name.
    Name(String),
    /// The colours, as `#rrggbb`.
    Colours(Vec<String>),
    /// What it says about itself.
    Description(String),
    /// The address of its picture, or none.
    Avatar(Option<String>),
    /// How one becomes a member.
    Joining(Joining),
    /// The role of whoever joins.
    Entry(RoleId),
    /// After how long without the owner there is a new one.
    Succession(Option<Span>),
}

impl Setting {
    /// The word people type.
    pub fn word(&self) -> &'static str {
        match self {
            Setting::Name(_) => "name",
            Setting::Colours(_) => "colours",
            Setting::Description(_) => "description",
            Setting::Avatar(_) => "avatar",
            Setting::Joining(_) => "joining",
            Setting::Entry(_) => "entry",
            Setting::Succession(_) => "succession",
        }
    }
}

/// What became of an invitation or an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Why {
    /// The other side said no.
    Declined,
    /// Whoever made it took it back.
    Withdrawn,
    /// Nobody answered in time.
    Expired,
}

/// How a clan comes to a new owner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Change {
    /// The owner gave it away.
    Transfer,
    /// The owner was not seen for the time the clan chose.
    Absence,
    /// The owner is gone for good.
    Gone,
}
