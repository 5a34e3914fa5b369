//! What the rules of the community have to say about clans, beside what each clan decides itself: who may found one and
//! how often, reserved names, what somebody who is muted may not do there, and which texts the word filter looks at.

use super::desk::Desk;
use super::moderation::{Measure, MeasureKind};
use crate::clans::{
    ClanAsk, ClanEvent, Context, PageAsk, PageEvent, Sees, Setting, calendar, check_name,
    check_reserved, check_tag, fixtures,
};
use crate::games::GAMES;
use crate::kit::{ClanTag, PersonId, Refusal, Timestamp, refuse};

impl Desk {
    /// What a clan has to know of the rules when this person would become a member.
    pub(super) fn clan_context(&self, comer: Option<PersonId>) -> Context {
        let policy = self.world.policy();
        let most = |limit: u32| usize::try_from(limit).unwrap_or(usize::MAX);
        Context {
            memberships: comer.map_or(0, |who| self.world.clans.of(who).count()),
            max_memberships: most(policy.clans),
            max_members: most(policy.members),
            max_invitations: most(policy.invitations),
            max_applications: most(policy.applications),
            rejoin: policy.rejoin,
            grace: policy.grace,
        }
    }

    /// Whether this person may found this clan now.
    ///
    /// # Errors
    /// They are muted or no founder, founded many clans lately, or the community reserves the tag or the name.
    pub(super) fn may_found_clan(
        &self,
        by: PersonId,
        tag: ClanTag,
        name: &str,
    ) -> Result<(), Refusal> {
        self.may_speak(by)?;
        self.may_found(by)?;
        self.check_names(tag, name)?;
        let policy = self.world.policy();
        // A tag is never given out again, so nobody may use them up.
        let most = usize::try_from(policy.clans).unwrap_or(usize::MAX);
        let recent = self.world.clans.founded_by(by, self.now, policy.founding);
        match recent.as_slice() {
            [first, ..] if recent.len() >= most => {
                let free = *first + policy.founding;
                let said = format!(
                    "You founded enough clans for now: {most} in {} is the limit.",
                    policy.founding.words()
                );
                Err(refuse("clan/founding", said).hint(format!(
                    "You can found another from {} on; `clans` lists those there are.",
                    free.moment()
                )))
            }
            _ => Ok(()),
        }
    }

    /// Checks the tag and the name of a new clan, but for those of other clans.
    ///
    /// # Errors
    /// They have no fit shape, or mean something else here.
    pub(super) fn check_names(&self, tag: ClanTag, name: &str) -> Result<(), Refusal> {
        let reserved = &self.world.policy().reserved;
        let reserved = || reserved.iter().map(String::as_str);
        let games = GAMES.iter().map(|game| game.spec().id);
        check_tag(tag.as_str(), games.chain(reserved()))?;
        check_name(name)?;
        check_reserved(name, reserved())
    }

    /// Whether the rules of the community let somebody ask this of a clan at all.
    ///
    /// # Errors
    /// They are muted and would speak to others; the name is reserved or another clan's; the calendar is full.
    pub(super) fn may_ask_clan(
        &self,
        by: PersonId,
        tag: ClanTag,
        ask: &ClanAsk,
    ) -> Result<(), Refusal> {
        if speaks(ask) {
            self.may_speak(by)?;
        }
        self.check_numbers_before(by, tag, ask)?;
        match ask {
            ClanAsk::Set(Setting::Name(name)) => {
                let reserved = &self.world.policy().reserved;
                check_reserved(name, reserved.iter().map(String::as_str))?;
                self.check_clan_name(name, Some(tag))
            }
            ClanAsk::Calendar(calendar::Ask::Plan { .. } | calendar::Ask::Propose { .. }) => {
                self.check_calendar(tag)
            }
            _ => Ok(()),
        }
    }

    /// Whoever was forgotten and came back is held to what was decided about them before.
    fn check_numbers_before(
        &self,
        by: PersonId,
        tag: ClanTag,
        ask: &ClanAsk,
    ) -> Result<(), Refusal> {
        let comer = match ask {
            ClanAsk::Join | ClanAsk::Apply { .. } => by,
            ClanAsk::Admit { who } | ClanAsk::Invite { who, .. } => *who,
            _ => return Ok(()),
        };
        let clan = &self.clan(tag)?.clan;
        let invited = clan.invitations.contains_key(&comer);
        for number in self.world.numbers_before(comer) {
            if clan.ban_of(number, self.now).is_some() {
                return Err(refuse(
                    "clan/banned",
                    format!("Whoever has this address was banned from {tag} as {number}."),
                )
                .hint(format!(
                    "Somebody who may ban there can lift it: `clan unban {tag} {number} reason`."
                )));
            }
            if comer == by && !invited {
                clan.may_return(self.now, number, self.world.policy().rejoin)?;
            }
        }
        Ok(())
    }

    fn check_calendar(&self, tag: ClanTag) -> Result<(), Refusal> {
        let calendar = &self.clan(tag)?.clan.calendar;
        let ahead = calendar.entries().filter(|entry| !entry.is_over(self.now));
        let ahead = ahead.count() + calendar.proposals().count();
        let most = self.world.policy().events;
        if u32::try_from(ahead).unwrap_or(u32::MAX) < most {
            return Ok(());
        }
        Err(refuse(
            "calendar/full",
            format!("A clan here has at most {most} events ahead."),
        )
        .hint("Type `clan events` to see them; cancel some first."))
    }

    /// Shows what somebody wrote for a clan to the word filter.
    pub(super) fn screen_clan(&mut self, by: PersonId, tag: ClanTag, events: &[ClanEvent]) {
        for (about, text) in events.iter().filter_map(text_of) {
            self.screen(by, about, Some(tag), &text);
        }
    }
}

/// Whether a wish brings somebody's words, or an invitation, to others.
fn speaks(ask: &ClanAsk) -> bool {
    match ask {
        ClanAsk::Set(setting) => matches!(
            setting,
            Setting::Name(_) | Setting::Description(_) | Setting::Avatar(Some(_))
        ),
        ClanAsk::Invite { .. } | ClanAsk::Apply { .. } | ClanAsk::MakeRole { .. } => true,
        ClanAsk::Page(ask) => !matches!(ask, PageAsk::Remove { .. }),
        ClanAsk::Fixture(ask) => matches!(ask, fixtures::Ask::Call { .. }),
        ClanAsk::Calendar(ask) => matches!(
            ask,
            calendar::Ask::Plan { .. } | calendar::Ask::Propose { .. }
        ),
        _ => false,
    }
}

/// A text that everybody may read, with the kind of it. What is for members or officers alone is none of the admins'
/// business.
fn text_of(event: &ClanEvent) -> Option<(&'static str, String)> {
    let (about, text) = match event {
        ClanEvent::Set(Setting::Name(name)) => ("clan name", name.clone()),
        ClanEvent::Set(Setting::Description(text)) => ("clan description", text.clone()),
        ClanEvent::RoleMade { role, .. } => ("role name", role.to_string()),
        ClanEvent::Calendar(
            calendar::Event::Planned { plan, .. } | calendar::Event::Proposed { plan, .. },
        ) if plan.public => ("event title", plan.title.clone()),
        ClanEvent::Page(
            PageEvent::Written {
                sees: Sees::Public,
                title,
                text,
                ..
            }
            | PageEvent::Edited {
                sees: Sees::Public,
                title,
                text,
                ..
            },
        ) => ("clan page", format!("{title} {text}")),
        _ => return None,
    };
    Some((about, text))
}

/// What a clan did about somebody, for the history that admins see.
pub(super) fn measure_of(
    at: Timestamp,
    by: Option<PersonId>,
    tag: ClanTag,
    event: &ClanEvent,
) -> Option<(PersonId, Measure)> {
    let (who, what, reason, until) = match event {
        ClanEvent::Kicked { who, reason } => (*who, MeasureKind::ClanKicked, reason.clone(), None),
        ClanEvent::Banned { who, reason, until } => {
            (*who, MeasureKind::ClanBanned, reason.clone(), *until)
        }
        ClanEvent::Unbanned { who, reason } => {
            let reason = reason.clone().unwrap_or_default();
            (*who, MeasureKind::ClanUnbanned, reason, None)
        }
        _ => return None,
    };
    let measure = Measure {
        at,
        by,
        what,
        clan: Some(tag),
        reason,
        until,
    };
    Some((who, measure))
}
