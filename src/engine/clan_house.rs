//! The rooms of clans: what the door has made, and what is written over their doors.

use super::clan_desk::no_such_clan;
use super::clans::LiveClan;
use super::decided::What;
use super::desk::Desk;
use crate::clans::house::{Ask, Hall};
use crate::clans::{ClanAsk, Context};
use crate::kit::{ClanTag, Refusal, Timestamp};

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

/// What is written over a clan's room at this time: its name, and for members what comes next.
pub fn subject_of(live: &LiveClan, private: bool, _now: Timestamp) -> String {
    let clan = &live.clan;
    match private {
        true => format!("{} ({}): the members' room", clan.name, clan.tag),
        false => format!(
            "{} ({}). Type `!clan show {}` to see who is who and how to join.",
            clan.name, clan.tag, clan.tag
        ),
    }
}
