//! What comes of a wish: events, or a refusal that says why and what to type next.

mod end;
mod members;
mod order;
mod ranks;
mod settings;

use super::ask::{ClanAsk, Context};
use super::event::ClanEvent;
use super::{Clan, ClanStage, Joining, MAX_TEXT_CHARS};
use crate::kit::{PersonId, Refusal, Timestamp, clean_line, refuse};

impl Clan {
    /// The events that found a clan with this owner. The name has been checked.
    pub fn found(name: String, owner: PersonId, joining: Joining) -> Vec<ClanEvent> {
        vec![ClanEvent::Founded {
            name,
            owner,
            joining,
        }]
    }

    /// What comes of a wish at this time. Nothing changes here; what fell due before is to be asked first, by
    /// [`ClanAsk::Wake`] without a person.
    ///
    /// # Errors
    /// The person may not have this, or it makes no sense now.
    pub fn decide(
        &self,
        now: Timestamp,
        by: Option<PersonId>,
        ask: &ClanAsk,
        context: &Context,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        let mut events = self.decide_alone(now, by, ask, context)?;
        events.extend(self.follows(now, by, &events));
        events.extend(self.mates.leaving(self, &events));
        let gaps = self.gaps(now, &events);
        Ok(gaps.into_iter().chain(events).collect())
    }

    /// Whoever goes leaves a gap in each line-up, which is told before they are gone.
    fn gaps(&self, now: Timestamp, events: &[ClanEvent]) -> Vec<ClanEvent> {
        let gone = events.iter().filter_map(|event| match event {
            ClanEvent::Left { who }
            | ClanEvent::Kicked { who, .. }
            | ClanEvent::Banned { who, .. } => Some(*who),
            _ => None,
        });
        let gaps = gone.flat_map(|who| self.calendar.gaps(now, who));
        gaps.map(ClanEvent::Calendar).collect()
    }

    /// What the parts of a clan make of what was just decided.
    fn follows(
        &self,
        now: Timestamp,
        by: Option<PersonId>,
        events: &[ClanEvent],
    ) -> Vec<ClanEvent> {
        if events.is_empty() || self.fixtures.open.is_empty() {
            return Vec::new();
        }
        let mut after = self.clone();
        events.iter().for_each(|event| after.evolve(now, by, event));
        let fixtures = self.fixtures_after(&after);
        let decided = events.iter().filter_map(|event| match event {
            ClanEvent::Fixture(event) => Some(event),
            _ => None,
        });
        let dates: Vec<ClanEvent> = decided
            .chain(&fixtures)
            .filter_map(|event| self.date_of(now, event))
            .map(ClanEvent::Calendar)
            .collect();
        let fixtures = fixtures.into_iter().map(ClanEvent::Fixture);
        fixtures.chain(dates).collect()
    }

    fn decide_alone(
        &self,
        now: Timestamp,
        by: Option<PersonId>,
        ask: &ClanAsk,
        context: &Context,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        if let (ClanAsk::House(ask), None) = (ask, by) {
            let events = self.house.decide(ask).into_iter();
            return Ok(events.map(ClanEvent::House).collect());
        }
        if self.stage == ClanStage::Disbanded {
            return Err(refuse(
                "clan/disbanded",
                format!("The clan {} is disbanded.", self.tag),
            )
            .hint("Type `clans` to see the others."));
        }
        if let ClanAsk::Fixture(ask) = ask {
            let events = self.decide_fixture(now, by, ask)?;
            return Ok(events.into_iter().map(ClanEvent::Fixture).collect());
        }
        let Some(by) = by else {
            return Ok(match ask {
                ClanAsk::Wake => self.wake(now),
                ClanAsk::Forget { who } => self.forget(*who),
                _ => Vec::new(),
            });
        };
        match ask {
            ClanAsk::Set(setting) => self.change(by, setting),
            ClanAsk::Invite { who, role } => self.invite(now, by, *who, role.as_ref(), context),
            ClanAsk::Uninvite { who } => self.uninvite(by, *who),
            ClanAsk::Join => self.join(now, by, context),
            ClanAsk::Apply { text } => self.apply(now, by, text, context),
            ClanAsk::Decline => self.decline(by),
            ClanAsk::Admit { who } => self.admit(now, by, *who, context),
            ClanAsk::Refuse { who, reason } => self.turn_down(by, *who, reason),
            ClanAsk::Leave => self.leave(by),
            ClanAsk::Kick { who, reason } => self.kick(by, *who, reason),
            ClanAsk::Ban { who, reason, span } => self.ban(now, by, *who, reason, *span),
            ClanAsk::Unban { who, reason } => self.unban(now, by, *who, reason),
            ClanAsk::Appeal { text } => self.appeal(now, by, text),
            ClanAsk::Uphold { who, reason } => self.uphold(now, by, *who, reason),
            ClanAsk::Rank { who, role } => self.give_role(by, *who, role),
            ClanAsk::MakeRole {
                role,
                rank,
                may,
                like,
            } => self.make_role(by, role, *rank, may, like.as_ref()),
            ClanAsk::DropRole { role } => self.drop_role(by, role),
            ClanAsk::Transfer { who } => self.transfer(by, *who),
            ClanAsk::Disband { reason } => self.disband(now, by, reason, context),
            ClanAsk::Keep => self.keep(by),
            ClanAsk::Seen => Ok(self.seen(now, by)),
            ClanAsk::Mates(ask) => self.mates.decide(self, by, *ask),
            ClanAsk::Calendar(ask) => {
                let came = self.calendar.decide(now, Some(by), ask, self)?;
                Ok(came.into_iter().map(ClanEvent::Calendar).collect())
            }
            ClanAsk::Fixture(_) | ClanAsk::Forget { .. } | ClanAsk::House(_) | ClanAsk::Wake => {
                Ok(Vec::new())
            }
            ClanAsk::Page(ask) => self.decide_page(by, ask),
        }
    }

    /// Refuses whoever is not a member.
    pub(super) fn require_member(&self, person: PersonId) -> Result<(), Refusal> {
        if self.is_member(person) {
            return Ok(());
        }
        Err(refuse(
            "clan/not-a-member",
            format!("You do not belong to {}.", self.tag),
        )
        .hint(format!("Type `clan show {}` to see how to join.", self.tag)))
    }

    /// Refuses to act on somebody who is not a member.
    pub(super) fn require_mate(&self, person: PersonId) -> Result<(), Refusal> {
        if self.is_member(person) {
            return Ok(());
        }
        Err(refuse(
            "clan/no-member",
            format!("That person does not belong to {}.", self.tag),
        )
        .hint(format!("Type `clan show {}` to see who does.", self.tag)))
    }
}

/// A text of people in one line.
///
/// # Errors
/// It is longer than [`MAX_TEXT_CHARS`], or empty where there has to be one.
pub(super) fn text_of(text: &str, what: &str) -> Result<String, Refusal> {
    let text = clean_line(text, 2 * MAX_TEXT_CHARS);
    let text = text.trim();
    if text.is_empty() {
        return Err(refuse("clan/no-reason", format!("There is no {what}."))
            .hint("Say why, at the end of the line: whoever is concerned is told."));
    }
    within(text, what)
}

/// As [`text_of`], for what may be left out.
pub(super) fn within(text: &str, what: &str) -> Result<String, Refusal> {
    if text.chars().count() > MAX_TEXT_CHARS {
        return Err(refuse(
            "clan/long",
            format!("The {what} is longer than {MAX_TEXT_CHARS} characters."),
        )
        .hint("Say it shorter, or give a link."));
    }
    Ok(text.to_owned())
}
