//! What happens in a clan, for those it concerns.

use super::full_stop;
use crate::clans::{Change, Clan, ClanEvent, Permission, RoleId, Setting, Why};
use crate::engine::clans::LiveClan;
use crate::engine::decided::Decided;
use crate::engine::effect::{About, Act, EventOut, Note, Part};
use crate::engine::service::Contact;
use crate::engine::world::World;
use crate::kit::{PersonId, Timestamp, Words};

/// Who of a clan is told something.
enum Audience {
    /// Those who may do something.
    May(Permission),
    /// All members.
    Members,
}

fn until_when(until: Option<Timestamp>) -> String {
    until.map_or("for good".to_owned(), |until| {
        format!("until {}", until.moment())
    })
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
    // Whoever may not read any more is put out of the nodes before anything else is said.
    let mut acts = story.publish(events);
    acts.extend(events.iter().flat_map(|event| story.tell(event)));
    let contact = Contact::Clan(live.clan.tag);
    if world.service.contacts_of(contact).next().is_some() {
        let clan = live.clan.tag;
        acts.push(Act::ClanStatus { clan });
    }
    acts.extend(story.rooms(events));
    acts
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
        match event {
            ClanEvent::Calendar(event) => return self.tell_calendar(event),
            ClanEvent::Mates(event) => return self.tell_mates(event),
            _ => {}
        }
        if let ClanEvent::Fixture(event) = event {
            return self.tell_fixture(event);
        }
        if let ClanEvent::Page(event) = event {
            return self.tell_page(event);
        }
        let (kind, parts) = (event.word(), self.parts(event));
        let who = event.who().filter(|who| Some(*who) != self.decided.by);
        let told = who.zip(self.to_the_person(event));
        let told = told.map(|(who, text)| self.note(who, kind, parts.clone(), text));
        let person = told.as_ref().and(who);
        let others = match self.to_the_others(event) {
            Some((Audience::May(permission), text)) => {
                self.to_those_who_may(permission, kind, &parts, &text)
            }
            Some((Audience::Members, text)) => self.to_members(kind, &parts, &text),
            None => Vec::new(),
        };
        let others = others.into_iter().filter(|act| !is_to(act, person));
        told.into_iter().chain(others).collect()
    }

    /// What the person concerned is told, unless they did it themselves.
    fn to_the_person(&self, event: &ClanEvent) -> Option<String> {
        let (tag, by) = (self.clan().tag, self.doer());
        Some(match event {
            ClanEvent::Invited { who, role, until } => self.invitation(*who, role, *until),
            ClanEvent::Uninvited {
                why: Why::Withdrawn,
                ..
            } => "The invitation to this clan is taken back.".to_owned(),
            ClanEvent::Turned {
                why: Why::Declined,
                reason,
                ..
            } => {
                let why = reason.as_deref().unwrap_or_default();
                format!("Your application was turned down: {why}")
            }
            ClanEvent::Turned {
                why: Why::Expired, ..
            } => format!(
                "Nobody answered your application in time. Type `clan apply {tag}` to try again."
            ),
            ClanEvent::Joined { role, .. } => format!(
                "You are {} of {} now. Type `clan show {tag}` to see who is who.",
                role.with_article(),
                self.clan().name
            ),
            ClanEvent::Kicked { reason, .. } => format!("{by} put you out of the clan: {reason}"),
            ClanEvent::Banned { reason, until, .. } => format!(
                "{by} bans you from this clan {}: {} If you disagree, type `clan appeal {tag}` and say why.",
                until_when(*until),
                full_stop(reason)
            ),
            ClanEvent::Upheld { reason, .. } => {
                format!("Your appeal was heard by {by}, and the ban stands: {reason}")
            }
            ClanEvent::Unbanned { reason, .. } => format!(
                "You are not banned from this clan any more: {}",
                full_stop(reason.as_deref().unwrap_or("the time is over"))
            ),
            ClanEvent::Ranked { role, .. } => {
                format!("{by} made you {role}. Type `clan roles {tag}` to see what you may.")
            }
            _ => return None,
        })
    }

    /// What others of the clan are told, but for whoever did it.
    fn to_the_others(&self, event: &ClanEvent) -> Option<(Audience, String)> {
        let (tag, by) = (self.clan().tag, self.doer());
        let name = event.who().map(|who| self.name(who)).unwrap_or_default();
        let to = |permission, text| Some((Audience::May(permission), text));
        let all = |text| Some((Audience::Members, text));
        match event {
            ClanEvent::Uninvited {
                why: Why::Declined, ..
            } => to(
                Permission::Invite,
                format!("{name} declined the invitation."),
            ),
            ClanEvent::Uninvited {
                why: Why::Expired, ..
            } => to(
                Permission::Invite,
                format!("{name} did not answer the invitation."),
            ),
            ClanEvent::Applied { text, .. } => {
                let said = match text.as_str() {
                    "" => String::new(),
                    text => format!(": \"{text}\""),
                };
                to(
                    Permission::Recruit,
                    format!(
                        "{name} wants to join{said}. Type `clan admit {tag} {name}`, or `clan refuse {tag} {name}` and a reason."
                    ),
                )
            }
            ClanEvent::Joined { role, .. } => to(
                Permission::Recruit,
                format!("{name} joined as {}.", role.with_article()),
            ),
            ClanEvent::Left { .. } => to(Permission::Recruit, format!("{name} left the clan.")),
            ClanEvent::Kicked { reason, .. } => {
                to(Permission::Kick, format!("{by} put {name} out: {reason}"))
            }
            ClanEvent::Banned { reason, until, .. } => {
                let until = until_when(*until);
                to(
                    Permission::Ban,
                    format!("{by} banned {name} {until}: {reason}"),
                )
            }
            ClanEvent::Appealed { text, .. } => to(
                Permission::Ban,
                format!(
                    "{name} appeals against the ban: \"{text}\" Type `clan unban {tag} {name}` and a reason to lift it, or `clan uphold {tag} {name}` and a reason."
                ),
            ),
            ClanEvent::Owned { why, .. } => all(format!(
                "{} Type `clan show {tag}` to see who is who.",
                self.new_owner(&name, *why)
            )),
            ClanEvent::Disbanding { until, reason } => all(format!(
                "{by} gives the clan up: {} It ends on {}, unless the owner types `clan keep {tag}`.",
                full_stop(reason),
                until.moment()
            )),
            ClanEvent::Kept => all(format!("{by} keeps the clan after all.")),
            ClanEvent::Disbanded => all("The clan is disbanded. Its results stay.".to_owned()),
            ClanEvent::Set(Setting::Name(name)) => all(format!("The clan is called {name} now.")),
            _ => None,
        }
    }

    /// Somebody who never spoke to us reads nothing that a stranger wrote: the clan's tag, not its name.
    fn invitation(&self, who: PersonId, role: &RoleId, until: Timestamp) -> String {
        let (by, tag) = (self.doer(), self.clan().tag);
        let known = self.world.people.get(who).is_some_and(|who| who.spoke);
        let clan = match known {
            true => self.clan().full_name(),
            false => tag.to_string(),
        };
        format!(
            "{by} invites you to the clan {clan} as {role}. Type `clan join {tag}` to accept or `clan decline {tag}` to say no; the invitation waits until {}.",
            until.moment()
        )
    }

    fn new_owner(&self, name: &str, why: Change) -> String {
        match why {
            Change::Transfer => format!("{} gave the clan to {name}.", self.doer()),
            Change::Absence => {
                format!("The owner was not seen for a long time, so {name} owns the clan now.")
            }
            Change::Gone => format!("The owner is gone, so {name} owns the clan now."),
        }
    }

    /// What programs are told.
    pub(super) fn parts(&self, event: &ClanEvent) -> Vec<Part> {
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
