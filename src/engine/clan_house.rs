//! The rooms of clans: what the door has made, and what is written over their doors.

use super::clan_desk::no_such_clan;
use super::clans::LiveClan;
use super::decided::What;
use super::desk::Desk;
use crate::clans::house::{Ask, Hall};
use crate::clans::{ClanAsk, Context};
use crate::kit::{ClanTag, Refusal, Span, Timestamp};

impl Desk {
    /// A room of a clan was made, and is ours.
    ///
    /// # Errors
    /// `clan/unknown`, or the disk takes no writes.
    pub fn hall_is_ready(
        &mut self,
        tag: ClanTag,
        private: bool,
        room: String,
    ) -> Result<(), Refusal> {
        let hall = Hall::of(private);
        self.house(tag, Ask::Housed { hall, room })
    }

    /// A room of a clan is gone for good.
    ///
    /// # Errors
    /// `clan/unknown`, or the disk takes no writes.
    pub fn hall_is_gone(
        &mut self,
        tag: ClanTag,
        private: bool,
        room: String,
    ) -> Result<(), Refusal> {
        let hall = Hall::of(private);
        self.house(tag, Ask::Vacated { hall, room })
    }

    /// Also for a clan that is no more: its rooms outlive it by a moment.
    fn house(&mut self, tag: ClanTag, ask: Ask) -> Result<(), Refusal> {
        self.check_writable()?;
        let known = self.world.clans.get(tag);
        let clan = &known.ok_or_else(|| no_such_clan(tag.as_str()))?.clan;
        let ask = ClanAsk::House(ask);
        let events = clan.decide(self.now, None, &ask, &Context::default())?;
        if events.is_empty() {
            return Ok(());
        }
        self.stage(None, None, What::Clan { tag, events })
    }
}

/// How far ahead the subject of a public room looks, and at how many occurrences.
const AHEAD: (Span, usize) = (Span::days(60), 50);

/// What is written over a clan's room at this time: its name, and what comes next. The public room is told of public events
/// only.
pub fn subject_of(live: &LiveClan, private: bool, now: Timestamp) -> String {
    let clan = &live.clan;
    let calendar = &clan.calendar;
    let next = match private {
        true => calendar.next(now),
        false => calendar
            .between(now, now + AHEAD.0, AHEAD.1)
            .into_iter()
            .find(|one| {
                let entry = calendar.entry(one.n);
                entry.is_some_and(|entry| entry.plan.public)
            }),
    };
    let title = next
        .as_ref()
        .and_then(|one| calendar.entry(one.n))
        .map(|entry| entry.plan.title.as_str());
    match (&next, title) {
        (Some(next), Some(title)) => format!(
            "{} ({}), next: {title}, {} {}",
            clan.name,
            clan.tag,
            next.start.local.strftime("%Y-%m-%d %H:%M"),
            next.start.zone
        ),
        _ if private => format!("{} ({}): the members' room", clan.name, clan.tag),
        _ => format!(
            "{} ({}). Type `!clan show {}` to see who is who and how to join.",
            clan.name, clan.tag, clan.tag
        ),
    }
}
