//! How a clan changes hands and ends, and what falls due.

use super::text_of;
use crate::clans::clan::ask::Context;
use crate::clans::clan::event::{Change, ClanEvent, Why};
use crate::clans::clan::roles::Permission;
use crate::clans::clan::{Clan, ClanStage};
use crate::kit::{PersonId, Refusal, Span, Timestamp, refuse};

/// The owner's presence is noted once in so long.
const SEEN_EVERY: Span = Span::days(1);

impl Clan {
    pub(super) fn transfer(&self, by: PersonId, who: PersonId) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Disband)?;
        self.require_mate(who)?;
        if self.owner() != Some(by) {
            return Err(refuse("clan/owner", "Only the owner gives a clan away.")
                .hint(format!("Type `clan show {}` to see who that is.", self.tag)));
        }
        if who == by {
            return Err(
                refuse("clan/unchanged", format!("You own {} already.", self.tag))
                    .hint("Name another member."),
            );
        }
        Ok(vec![ClanEvent::Owned {
            who,
            why: Change::Transfer,
        }])
    }

    pub(super) fn disband(
        &self,
        now: Timestamp,
        by: PersonId,
        reason: &str,
        context: &Context,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Disband)?;
        if let ClanStage::Disbanding { until } = self.stage {
            return Err(refuse(
                "clan/disbanding",
                format!(
                    "{} is given up already, and ends on {}.",
                    self.tag,
                    until.moment()
                ),
            )
            .hint(format!("Type `clan keep {}` to keep it.", self.tag)));
        }
        let reason = text_of(reason, "reason")?;
        Ok(vec![ClanEvent::Disbanding {
            until: now + context.grace,
            reason,
        }])
    }

    pub(super) fn keep(&self, by: PersonId) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Disband)?;
        match self.stage {
            ClanStage::Disbanding { .. } => Ok(vec![ClanEvent::Kept]),
            _ => Err(refuse(
                "clan/unchanged",
                format!("{} is not being given up.", self.tag),
            )
            .hint(format!("Type `clan show {}` to see it.", self.tag))),
        }
    }

    pub(super) fn seen(&self, now: Timestamp, by: PersonId) -> Vec<ClanEvent> {
        let due = self.owner() == Some(by) && now - self.owner_seen >= SEEN_EVERY;
        if due {
            vec![ClanEvent::Seen]
        } else {
            Vec::new()
        }
    }

    /// Somebody is forgotten: they belong nowhere, nothing of theirs waits, and what they wrote about themselves goes.
    pub(super) fn forget(&self, who: PersonId) -> Vec<ClanEvent> {
        let mut events = Vec::new();
        if self.invitations.contains_key(&who) {
            events.push(ClanEvent::Uninvited {
                who,
                why: Why::Declined,
            });
        }
        if self.applications.contains_key(&who) {
            events.push(ClanEvent::Turned {
                who,
                why: Why::Withdrawn,
                reason: None,
            });
        }
        if self.owner() == Some(who) {
            events.push(match self.heir() {
                Some(heir) => ClanEvent::Owned {
                    who: heir,
                    why: Change::Gone,
                },
                None => ClanEvent::Disbanded,
            });
        } else if self.is_member(who) {
            events.push(ClanEvent::Left { who });
        }
        events
    }

    /// Everything that has fallen due.
    pub(super) fn wake(&self, now: Timestamp) -> Vec<ClanEvent> {
        if matches!(self.stage, ClanStage::Disbanding { until } if until <= now) {
            return vec![ClanEvent::Disbanded];
        }
        let mut events = Vec::new();
        let invitations = self.invitations.iter().filter(|(_, one)| one.until <= now);
        events.extend(invitations.map(|(who, _)| ClanEvent::Uninvited {
            who: *who,
            why: Why::Expired,
        }));
        let applications = self.applications.iter().filter(|(_, one)| one.until <= now);
        events.extend(applications.map(|(who, _)| ClanEvent::Turned {
            who: *who,
            why: Why::Expired,
            reason: None,
        }));
        let bans = self
            .bans
            .iter()
            .filter(|(_, ban)| ban.until.is_some_and(|until| until <= now));
        events.extend(bans.map(|(who, _)| ClanEvent::Unbanned {
            who: *who,
            reason: None,
        }));
        let absent = self
            .succession
            .is_some_and(|span| self.owner_seen + span <= now);
        if let Some(who) = self.successor().filter(|_| absent) {
            events.push(ClanEvent::Owned {
                who,
                why: Change::Absence,
            });
        }
        events.extend(self.wake_fixtures(now).into_iter().map(ClanEvent::Fixture));
        // One thing in the calendar at a time: whoever asks for what is due asks until nothing is.
        if events.is_empty() {
            events.extend(self.calendar.wake(now).map(ClanEvent::Calendar));
        }
        events
    }
}
