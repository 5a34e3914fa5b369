//! What happens in a clan, for those it concerns.

use crate::clans::{Change, Clan, ClanEvent, Permission, Setting, Why};
use crate::engine::clans::LiveClan;
use crate::engine::decided::Decided;
use crate::engine::effect::{About, Act, EventOut, Note, Part};
use crate::engine::world::World;
use crate::kit::{PersonId, Timestamp, Words};

/// A moment for people.
pub(super) fn moment(at: Timestamp) -> String {
    format!("{} UTC", at.jiff().strftime("%Y-%m-%d %H:%M"))
}

/// One record of one clan, about to be told.
pub(super) struct ClanStory<'a> {
    pub(super) world: &'a World,
    pub(super) live: &'a LiveClan,
    pub(super) decided: &'a Decided,
}

/// The effects of a clan's record.
pub(super) fn clan_acts(
    world: &World,
    live: &LiveClan,
    decided: &Decided,
    events: &[ClanEvent],
) -> Vec<Act> {
    let story = ClanStory {
        world,
        live,
        decided,
    };
    events.iter().flat_map(|event| story.tell(event)).collect()
}

impl ClanStory<'_> {
    pub(super) fn clan(&self) -> &Clan {
        &self.live.clan
    }

    /// The name to show for a person.
    pub(super) fn name(&self, person: PersonId) -> String {
        self.world.people.name(person)
    }

    /// Who did it, as the beginning of a sentence.
    pub(super) fn doer(&self) -> String {
        self.decided
            .by
            .map_or_else(|| "The referee".to_owned(), |by| self.name(by))
    }

    /// A message to one person about this clan: `[wolves] …`.
    pub(super) fn note(&self, to: PersonId, kind: &str, parts: Vec<Part>, text: String) -> Act {
        let words = Words::line(format!("[{}] {text}", self.clan().tag));
        Act::Tell(Note {
            to,
            about: None,
            clan: Some(self.clan().tag),
            words,
            event: Some(self.event(kind, parts)),
            turn: None,
        })
    }

    /// The same for programs.
    pub(super) fn event(&self, kind: &str, parts: Vec<Part>) -> EventOut {
        EventOut {
            about: About::Clan(self.clan().tag),
            n: self.clan().events,
            hash: self.decided.hash,
            kind: kind.to_owned(),
            at: self.decided.at,
            again: 0,
            parts,
        }
    }

    /// The same message to everybody who may do something, but for whoever did this.
    pub(super) fn to_those_who_may(
        &self,
        permission: Permission,
        kind: &str,
        parts: &[Part],
        text: &str,
    ) -> Vec<Act> {
        let others = self
            .clan()
            .those_who_may(permission)
            .filter(|person| Some(*person) != self.decided.by);
        others
            .map(|person| self.note(person, kind, parts.to_vec(), text.to_owned()))
            .collect()
    }

    /// The same message to every member but whoever did this.
    pub(super) fn to_members(&self, kind: &str, parts: &[Part], text: &str) -> Vec<Act> {
        let others = self
            .clan()
            .members
            .keys()
            .copied()
            .filter(|person| Some(*person) != self.decided.by);
        others
            .map(|person| self.note(person, kind, parts.to_vec(), text.to_owned()))
            .collect()
    }

    fn tell(&self, event: &ClanEvent) -> Vec<Act> {
        let (tag, kind) = (self.clan().tag, event.word());
        let who = event.who();
        let parts = self.parts(event);
        let to_who = |text: String| {
            who.filter(|who| self.decided.by != Some(*who))
                .map(|who| self.note(who, kind, parts.clone(), text))
        };
        let name = who.map(|who| self.name(who)).unwrap_or_default();
        let by = self.doer();
        match event {
            ClanEvent::Invited { who, role, until } => {
                self.invited(*who, kind, &parts, role.as_str(), *until)
            }
            ClanEvent::Uninvited {
                why: Why::Withdrawn,
                ..
            } => to_who("The invitation to this clan is taken back.".to_owned())
                .into_iter()
                .collect(),
            ClanEvent::Uninvited { why, .. } => {
                let how = if *why == Why::Declined {
                    "declined the invitation"
                } else {
                    "did not answer the invitation"
                };
                self.to_those_who_may(Permission::Invite, kind, &parts, &format!("{name} {how}."))
            }
            ClanEvent::Applied { text, .. } => {
                let said = if text.is_empty() {
                    String::new()
                } else {
                    format!(": \"{text}\"")
                };
                let text = format!(
                    "{name} wants to join{said}. Type `clan admit {tag} {name}`, or `clan refuse {tag} {name}` and a reason."
                );
                self.to_those_who_may(Permission::Recruit, kind, &parts, &text)
            }
            ClanEvent::Turned {
                why: Why::Declined,
                reason,
                ..
            } => {
                let why = reason.as_deref().unwrap_or_default();
                to_who(format!("Your application was turned down: {why}"))
                    .into_iter()
                    .collect()
            }
            ClanEvent::Turned {
                why: Why::Expired, ..
            } => to_who(format!(
                "Nobody answered your application in time. Type `clan apply {tag}` to try again."
            ))
            .into_iter()
            .collect(),
            ClanEvent::Turned { .. } => Vec::new(),
            ClanEvent::Joined { role, .. } => {
                let text = format!(
                    "You are a {role} of {} now. Type `clan show {tag}` to see who is who.",
                    self.clan().name
                );
                let mut acts: Vec<Act> = to_who(text).into_iter().collect();
                acts.extend(
                    self.to_those_who_may(
                        Permission::Recruit,
                        kind,
                        &parts,
                        &format!("{name} joined as {role}."),
                    )
                    .into_iter()
                    .filter(|act| !is_to(act, who)),
                );
                acts
            }
            ClanEvent::Left { .. } => self.to_those_who_may(
                Permission::Recruit,
                kind,
                &parts,
                &format!("{name} left the clan."),
            ),
            ClanEvent::Kicked { reason, .. } => {
                let mut acts: Vec<Act> = to_who(format!("{by} put you out of the clan: {reason}"))
                    .into_iter()
                    .collect();
                acts.extend(self.to_those_who_may(
                    Permission::Kick,
                    kind,
                    &parts,
                    &format!("{by} put {name} out: {reason}"),
                ));
                acts
            }
            ClanEvent::Banned { reason, until, .. } => {
                let until = until.map_or("for good".to_owned(), |until| {
                    format!("until {}", moment(until))
                });
                let text = format!(
                    "{by} bans you from this clan {until}: {reason} If you disagree, type `clan appeal {tag}` and say why."
                );
                let mut acts: Vec<Act> = to_who(text).into_iter().collect();
                acts.extend(self.to_those_who_may(
                    Permission::Ban,
                    kind,
                    &parts,
                    &format!("{by} banned {name} {until}: {reason}"),
                ));
                acts
            }
            ClanEvent::Appealed { text, .. } => {
                let text = format!(
                    "{name} appeals against the ban: \"{text}\" Type `clan unban {tag} {name}` and a reason to lift it, or `clan uphold {tag} {name}` and a reason."
                );
                self.to_those_who_may(Permission::Ban, kind, &parts, &text)
            }
            ClanEvent::Upheld { reason, .. } => to_who(format!(
                "Your appeal was heard by {by}, and the ban stands: {reason}"
            ))
            .into_iter()
            .collect(),
            ClanEvent::Unbanned { reason, .. } => {
                let why = reason.as_deref().unwrap_or("the time is over");
                to_who(format!("You are not banned from this clan any more: {why}"))
                    .into_iter()
                    .collect()
            }
            ClanEvent::Ranked { role, .. } => to_who(format!(
                "{by} made you {role}. Type `clan roles {tag}` to see what a {role} may."
            ))
            .into_iter()
            .collect(),
            ClanEvent::Owned { why, .. } => self.owned(kind, &parts, &name, *why),
            ClanEvent::Disbanding { until, reason } => {
                let text = format!(
                    "{by} gives the clan up: {reason} It goes on {}, unless the owner types `clan keep {tag}`.",
                    moment(*until)
                );
                self.to_members(kind, &parts, &text)
            }
            ClanEvent::Kept => {
                self.to_members(kind, &parts, &format!("{by} keeps the clan after all."))
            }
            ClanEvent::Disbanded => {
                self.to_members(kind, &parts, "The clan is disbanded. Its results stay.")
            }
            ClanEvent::Set(Setting::Name(name)) => {
                self.to_members(kind, &parts, &format!("The clan is called {name} now."))
            }
            ClanEvent::Founded { .. }
            | ClanEvent::Set(_)
            | ClanEvent::RoleMade { .. }
            | ClanEvent::RoleGone { .. }
            | ClanEvent::House(_)
            | ClanEvent::Seen => Vec::new(),
            ClanEvent::Calendar(event) => self.tell_calendar(event),
        }
    }

    /// Somebody who never spoke to us reads nothing that a stranger wrote: the clan's tag, not its name.
    fn invited(
        &self,
        who: PersonId,
        kind: &str,
        parts: &[Part],
        role: &str,
        until: Timestamp,
    ) -> Vec<Act> {
        let (by, tag) = (self.doer(), self.clan().tag);
        let known = self
            .world
            .people
            .get(who)
            .is_some_and(|person| person.spoke);
        let clan = if known {
            format!("{} ({tag})", self.clan().name)
        } else {
            tag.to_string()
        };
        let text = format!(
            "{by} invites you to the clan {clan} as {role}. Type `clan join {tag}` to accept or `clan decline {tag}` to say no; the invitation waits until {}.",
            moment(until)
        );
        vec![self.note(who, kind, parts.to_vec(), text)]
    }

    fn owned(&self, kind: &str, parts: &[Part], name: &str, why: Change) -> Vec<Act> {
        let tag = self.clan().tag;
        let how = match why {
            Change::Transfer => format!("{} gave the clan to {name}.", self.doer()),
            Change::Absence => {
                format!("The owner was not seen for a long time, so {name} owns the clan now.")
            }
            Change::Gone => format!("The owner is gone, so {name} owns the clan now."),
        };
        self.to_members(
            kind,
            parts,
            &format!("{how} Type `clan show {tag}` to see who is who."),
        )
    }

    /// What programs are told.
    fn parts(&self, event: &ClanEvent) -> Vec<Part> {
        let mut parts: Vec<Part> = event
            .who()
            .into_iter()
            .map(|who| Part::new("person", self.name(who)))
            .collect();
        match event {
            ClanEvent::Invited { role, until, .. } => {
                parts.push(Part::new("role", role.as_str()));
                parts.push(Part::new("until", until.to_string()));
            }
            ClanEvent::Joined { role, .. } | ClanEvent::Ranked { role, .. } => {
                parts.push(Part::new("role", role.as_str()))
            }
            ClanEvent::Kicked { reason, .. } | ClanEvent::Upheld { reason, .. } => {
                parts.push(Part::new("reason", reason.clone()))
            }
            ClanEvent::Banned { reason, until, .. } => {
                parts.push(Part::new("reason", reason.clone()));
                parts.extend(until.map(|until| Part::new("until", until.to_string())));
            }
            ClanEvent::Disbanding { until, .. } => {
                parts.push(Part::new("until", until.to_string()))
            }
            ClanEvent::Set(Setting::Name(name)) => parts.push(Part::new("name", name.clone())),
            _ => {}
        }
        parts
    }
}

/// Whether this is a message to that person.
fn is_to(act: &Act, who: Option<PersonId>) -> bool {
    matches!(act, Act::Tell(note) if Some(note.to) == who)
}
