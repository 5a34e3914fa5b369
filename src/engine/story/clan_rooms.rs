//! What is done and said in the rooms of clans.

use super::clans::ClanStory;
use super::full_stop;
use crate::clans::house::{self, Hall};
use crate::clans::{ClanEvent, Setting};
use crate::engine::effect::Act;
use crate::kit::{PersonId, Words};

impl ClanStory<'_> {
    /// The rooms are seen to before anybody is told where they are.
    pub(super) fn rooms(&self, events: &[ClanEvent]) -> Vec<Act> {
        let clan = self.clan();
        let mut acts = Vec::new();
        if events.iter().any(concerns_rooms) {
            acts.push(Act::Housekeep { clan: clan.tag });
        }
        for event in events {
            for hall in Hall::ALL {
                acts.extend(self.said_in(hall, event));
            }
            acts.extend(self.welcomed(event));
        }
        acts
    }

    /// Where the members' room is: told to whoever joins, and to everybody who is awake when it was made.
    fn welcomed(&self, event: &ClanEvent) -> Option<Act> {
        let clan = self.clan();
        let awake = |person: &PersonId| {
            let known = self.world.people.get(*person);
            known.is_some_and(|person| person.quiet_until(self.decided.at).is_none())
        };
        let people: Vec<PersonId> = match event {
            ClanEvent::Joined { who, .. } => vec![*who],
            ClanEvent::House(house::Event::Housed {
                hall: Hall::Private,
                ..
            }) => clan.members.keys().copied().filter(awake).collect(),
            _ => return None,
        };
        let room = clan.house.private.clone().filter(|_| clan.is_alive())?;
        (!people.is_empty()).then_some(Act::Welcome {
            clan: clan.tag,
            room,
            people,
        })
    }

    fn said_in(&self, hall: Hall, event: &ClanEvent) -> Option<Act> {
        let room = self.clan().house.room(hall)?.to_owned();
        let text = match hall {
            Hall::Private => self.for_members(event),
            Hall::Public => self.for_everybody(event),
        }?;
        // Programs read what everybody may know, in the public room.
        let kind = event.kind().filter(|_| hall == Hall::Public);
        Some(Act::InHall {
            clan: self.clan().tag,
            private: hall.is_private(),
            room,
            words: Words::line(text),
            event: kind.map(|kind| self.event(kind, self.parts(event))),
        })
    }

    /// What a record says in the members' room.
    fn for_members(&self, event: &ClanEvent) -> Option<String> {
        let tag = self.clan().tag;
        let name = event.who().map(|who| self.name(who)).unwrap_or_default();
        let by = self.doer();
        Some(match event {
            ClanEvent::Joined { role, .. } => format!("{name} joined the clan as {role}."),
            ClanEvent::Kicked { reason, .. } => format!("{by} put {name} out: {reason}"),
            ClanEvent::Banned { reason, until, .. } => {
                let until = until.map_or("for good".to_owned(), |until| {
                    format!("until {}", until.moment())
                });
                format!("{by} banned {name} {until}: {reason}")
            }
            ClanEvent::Unbanned { .. } => format!("{name} is not banned any more."),
            ClanEvent::Ranked { role, .. } => format!("{by} made {name} {role}."),
            ClanEvent::Disbanding { until, reason } => format!(
                "{by} gives the clan up: {} It ends on {}, unless the owner types `clan keep {tag}`.",
                full_stop(reason),
                until.moment()
            ),
            _ => return self.for_everybody(event),
        })
    }

    /// What a record says in the public room.
    fn for_everybody(&self, event: &ClanEvent) -> Option<String> {
        let name = event.who().map(|who| self.name(who)).unwrap_or_default();
        Some(match event {
            ClanEvent::Joined { .. } => format!("{name} joined the clan."),
            // Who was put out, and why, is the clan's own affair.
            ClanEvent::Left { .. } | ClanEvent::Kicked { .. } => format!("{name} left the clan."),
            ClanEvent::Owned { .. } => format!("{name} owns the clan now."),
            ClanEvent::Set(Setting::Name(name)) => format!("The clan is called {name} now."),
            ClanEvent::Disbanding { until, .. } => {
                format!("The clan is given up, and ends on {}.", until.moment())
            }
            ClanEvent::Kept => "The clan goes on after all.".to_owned(),
            _ => return None,
        })
    }
}

/// Whether the rooms have to be looked at: who is in the clan, with which role, its name, and what comes next.
fn concerns_rooms(event: &ClanEvent) -> bool {
    !matches!(
        event,
        ClanEvent::Seen
            | ClanEvent::House(_)
            | ClanEvent::Mates(_)
            | ClanEvent::Invited { .. }
            | ClanEvent::Uninvited { .. }
            | ClanEvent::Applied { .. }
            | ClanEvent::Turned { .. }
            | ClanEvent::Appealed { .. }
            | ClanEvent::Upheld { .. }
    )
}
