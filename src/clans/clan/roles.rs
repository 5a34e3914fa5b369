//! Roles: named sets of permissions with a rank. Who stands lower never acts on who stands higher.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The most roles a clan defines for itself.
pub const MAX_ROLES: usize = 20;
/// The longest name of a role, in characters.
const MAX_ROLE_CHARS: usize = 20;

/// Something one may do in a clan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permission {
    /// Bring in people by invitation.
    Invite,
    /// Answer applications.
    Recruit,
    /// Put out members of lower rank.
    Kick,
    /// Keep people out, and hear their appeals.
    Ban,
    /// Choose who plays.
    Lineup,
    /// Make, move and call off events.
    Schedule,
    /// Speak for the clan: challenge and accept in its name.
    Speak,
    /// Write the clan's pages and list its files.
    EditPages,
    /// Read what is for officers.
    Confidential,
    /// Read what is for members.
    Read,
    /// Take part: be picked, vote, attend.
    Play,
    /// Give roles and define them.
    Roles,
    /// Change the name, the colours, the description and how one joins.
    Settings,
    /// Take the whole record along.
    Export,
    /// Give the clan up, and give it to somebody else.
    Disband,
}

impl Permission {
    /// Every permission, in the order in which they are shown.
    pub const ALL: [Permission; 15] = [
        Permission::Invite,
        Permission::Recruit,
        Permission::Kick,
        Permission::Ban,
        Permission::Lineup,
        Permission::Schedule,
        Permission::Speak,
        Permission::EditPages,
        Permission::Confidential,
        Permission::Read,
        Permission::Play,
        Permission::Roles,
        Permission::Settings,
        Permission::Export,
        Permission::Disband,
    ];

    /// The word people type.
    pub fn word(self) -> &'static str {
        match self {
            Permission::Invite => "invite",
            Permission::Recruit => "recruit",
            Permission::Kick => "kick",
            Permission::Ban => "ban",
            Permission::Lineup => "line-up",
            Permission::Schedule => "schedule",
            Permission::Speak => "speak",
            Permission::EditPages => "edit-pages",
            Permission::Confidential => "confidential",
            Permission::Read => "read",
            Permission::Play => "play",
            Permission::Roles => "roles",
            Permission::Settings => "settings",
            Permission::Export => "export",
            Permission::Disband => "disband",
        }
    }

    /// Reads the word, with or without hyphens.
    pub fn read(text: &str) -> Option<Permission> {
        let plain = |text: &str| text.replace(['-', '_'], "").to_ascii_lowercase();
        let wanted = plain(text.trim());
        Permission::ALL
            .into_iter()
            .find(|one| plain(one.word()) == wanted)
    }

    /// What it allows, after "may": "put out members of lower rank".
    pub fn deed(self) -> &'static str {
        match self {
            Permission::Invite => "invite people",
            Permission::Recruit => "answer applications",
            Permission::Kick => "put members out",
            Permission::Ban => "keep people out",
            Permission::Lineup => "choose who plays",
            Permission::Schedule => "make and change events",
            Permission::Speak => "speak for the clan",
            Permission::EditPages => "write the clan's pages",
            Permission::Confidential => "read what is for officers",
            Permission::Read => "read what is for members",
            Permission::Play => "take part in events",
            Permission::Roles => "give and define roles",
            Permission::Settings => "change the clan's settings",
            Permission::Export => "export the clan",
            Permission::Disband => "give the clan up or away",
        }
    }
}

/// The name of a role: `captain`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RoleId(String);

impl RoleId {
    /// Reads a role's name: up to 20 of `a-z`, `0-9` and hyphens, beginning with a letter. Any case is taken.
    pub fn read(text: &str) -> Option<RoleId> {
        let text = text.trim().to_ascii_lowercase();
        let inside = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
        let fits = !text.is_empty() && text.len() <= MAX_ROLE_CHARS && text.bytes().all(inside);
        (fits && text.starts_with(|first: char| first.is_ascii_lowercase())).then_some(RoleId(text))
    }

    /// A built-in role.
    pub(super) fn of(name: &str) -> RoleId {
        RoleId(name.to_owned())
    }

    /// The owner's.
    pub fn owner() -> RoleId {
        RoleId::of("owner")
    }

    /// An ordinary member's.
    pub fn member() -> RoleId {
        RoleId::of("member")
    }

    /// "an officer".
    pub fn with_article(&self) -> String {
        let vowel = self.0.starts_with(['a', 'e', 'i', 'o', 'u']);
        format!("{} {self}", if vowel { "an" } else { "a" })
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RoleId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoleId({})", self.0)
    }
}

/// A set of permissions and a rank.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// From 1 to 99; the owner alone has 100.
    pub rank: u8,
    /// What it allows of itself.
    pub may: BTreeSet<Permission>,
    /// The role whose permissions it has too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub like: Option<RoleId>,
}

impl Role {
    /// The owner's rank.
    pub const OWNER_RANK: u8 = 100;
    /// An ordinary member's.
    pub const MEMBER_RANK: u8 = 40;
}

/// The roles every clan has, the highest first.
pub const BUILT_IN: [&str; 6] = ["owner", "captain", "officer", "member", "recruit", "guest"];

/// A role that every clan has, by its name.
pub fn built_in(id: &RoleId) -> Option<Role> {
    use Permission as P;
    let (rank, may): (u8, &[P]) = match id.as_str() {
        "owner" => (Role::OWNER_RANK, &P::ALL),
        "captain" => (
            80,
            &[
                P::Invite,
                P::Recruit,
                P::Kick,
                P::Ban,
                P::Lineup,
                P::Schedule,
                P::Speak,
                P::EditPages,
                P::Confidential,
                P::Read,
                P::Play,
                P::Roles,
                P::Settings,
            ],
        ),
        "officer" => (
            60,
            &[
                P::Invite,
                P::Recruit,
                P::Kick,
                P::Lineup,
                P::Schedule,
                P::EditPages,
                P::Confidential,
                P::Read,
                P::Play,
            ],
        ),
        "member" => (Role::MEMBER_RANK, &[P::Read, P::Play]),
        "recruit" => (20, &[P::Read, P::Play]),
        "guest" => (10, &[P::Read]),
        _ => return None,
    };
    Some(Role {
        rank,
        may: may.iter().copied().collect(),
        like: None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_reads_back() {
        for one in Permission::ALL {
            assert_eq!(Permission::read(one.word()), Some(one));
        }
        assert_eq!(Permission::read("Edit Pages"), None);
        assert_eq!(Permission::read("LINEUP"), Some(Permission::Lineup));
    }

    #[test]
    fn a_higher_role_may_all_that_a_lower_one_may() {
        let roles: Vec<Role> = BUILT_IN
            .iter()
            .filter_map(|name| built_in(&RoleId::of(name)))
            .collect();
        assert_eq!(roles.len(), BUILT_IN.len());
        for pair in roles.windows(2) {
            assert!(pair[0].rank > pair[1].rank && pair[0].may.is_superset(&pair[1].may));
        }
    }

    #[test]
    fn names_of_roles_are_words() {
        assert_eq!(
            RoleId::read(" Coach ").map(|id| id.to_string()),
            Some("coach".to_owned())
        );
        for bad in ["", "2nd", "very-long-name-of-a-role", "a b", "é"] {
            assert_eq!(RoleId::read(bad), None, "{bad}");
        }
    }
}
