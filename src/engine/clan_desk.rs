//! The verbs that change clans.

use super::clans::LiveClan;
use super::decided::{self, Decided, What};
use super::desk::Desk;
use super::guard::Chore;
use super::planted::{self, Bug};
use crate::clans::{Clan, ClanAsk, Context, Joining};
use crate::kit::{ClanTag, PersonId, Refusal, refuse};

/// The most clans one referee keeps, those included that are no more: at a few kilobytes each they fit in memory.
pub const MAX_CLANS: usize = 50_000;

/// Records that one member makes in a clan on one day: a captain who enters a season by hand stays far below.
const MAX_OF_MEMBER: u32 = 500;
/// Records that all members make in it on one day; those who made few may still make some.
const MAX_OF_CLAN: u32 = 5000;
const FEW: u32 = 20;

/// Records that time alone brings to one clan at once; more come with the next batch.
const MAX_DUE: usize = 256;

impl Desk {
    /// A clan that exists.
    ///
    /// # Errors
    /// `clan/unknown`, also for a clan that is disbanded.
    pub fn clan(&self, tag: ClanTag) -> Result<&LiveClan, Refusal> {
        self.not_aside(crate::kit::Stream::Clan(tag))?;
        let known = self.world.clans.get(tag);
        known
            .filter(|live| live.clan.is_alive())
            .ok_or_else(|| no_such_clan(tag.as_str()))
    }

    /// Founds a clan. The caller has judged whether this person may.
    ///
    /// # Errors
    /// The community does not let this person found one, the tag or the name is taken or looks like another, or the person
    /// belongs to too many clans.
    pub fn found_clan(
        &mut self,
        by: PersonId,
        tag: ClanTag,
        name: &str,
        joining: Joining,
        req: Option<&str>,
    ) -> Result<(), Refusal> {
        self.check_new(by)?;
        self.may_found_clan(by, tag, name)?;
        self.found(by, tag, name, joining, req)?;
        self.screen(by, "clan tag", Some(tag), tag.as_str());
        self.screen(by, "clan name", Some(tag), name);
        Ok(())
    }

    /// The same where somebody who runs the referee founds it in that person's name.
    pub(super) fn found(
        &mut self,
        by: PersonId,
        tag: ClanTag,
        name: &str,
        joining: Joining,
        req: Option<&str>,
    ) -> Result<(), Refusal> {
        let context = self.clan_context(Some(by));
        if context.memberships >= context.max_memberships {
            return Err(refuse(
                "clan/too-many-clans",
                format!(
                    "You belong to {} clans, which is the limit here.",
                    context.memberships
                ),
            )
            .hint("Type `clan leave` and the tag of one to make room."));
        }
        if self.world.clans.all_count() >= MAX_CLANS {
            return Err(refuse(
                "clan/too-many",
                "This referee keeps as many clans as it can.",
            )
            .hint("Ask its admins."));
        }
        self.check_clan_name(tag.as_str(), None)?;
        self.check_clan_name(name, None)?;
        let events = Clan::found(name.to_owned(), by, joining);
        self.stage(Some(by), req, What::Clan { tag, events })
    }

    /// Refuses a tag or a name that looks like another clan's.
    pub fn check_clan_name(&self, text: &str, own: Option<ClanTag>) -> Result<(), Refusal> {
        match self.world.clans.looking_like(text, own) {
            Some(other) => Err(refuse(
                "clan/taken",
                format!("`{text}` is taken by the clan {other}, or looks like it."),
            )
            .hint("Choose another: people must not mistake one clan for another.")),
            None => Ok(()),
        }
    }

    /// Asks something of a clan.
    ///
    /// # Errors
    /// Whatever the clan refuses.
    pub fn act_in_clan(
        &mut self,
        by: Option<PersonId>,
        tag: ClanTag,
        ask: &ClanAsk,
        req: Option<&str>,
    ) -> Result<(), Refusal> {
        // Nobody is kept in a clan because too much was written.
        if let (Some(by), false) = (by, matches!(ask, ClanAsk::Leave)) {
            self.check_clan_budget(by, tag)?;
        }
        self.go_on_in_clan(by, tag, ask, req)
    }

    /// The same of what follows from something that was judged already.
    pub(super) fn go_on_in_clan(
        &mut self,
        by: Option<PersonId>,
        tag: ClanTag,
        ask: &ClanAsk,
        req: Option<&str>,
    ) -> Result<(), Refusal> {
        self.check_writable()?;
        self.heard.clear();
        self.at_work_on(Chore::Clan(tag), |desk| desk.ask_clan(by, tag, ask, req))
    }

    fn ask_clan(
        &mut self,
        by: Option<PersonId>,
        tag: ClanTag,
        ask: &ClanAsk,
        req: Option<&str>,
    ) -> Result<(), Refusal> {
        self.run_clan_timer(tag)?;
        if let Some(by) = by {
            self.may_ask_clan(by, tag, ask)?;
        }
        let clan = &self.clan(tag)?.clan;
        let comer = match ask {
            ClanAsk::Admit { who } | ClanAsk::Invite { who, .. } => Some(*who),
            _ => by,
        };
        let context = self.clan_context(comer);
        let events = clan.decide(self.now, by, ask, &context)?;
        if events.is_empty() {
            return Ok(());
        }
        if let Some(by) = by {
            let (mine, all) = self.clan(tag)?.day.counted(self.now, by);
            if mine >= MAX_OF_MEMBER || (all >= MAX_OF_CLAN && mine >= FEW) {
                return Err(refuse(
                    "clan/chatter",
                    format!("Too much was changed in {tag} today."),
                )
                .hint("Go on tomorrow (UTC); what was done stays."));
            }
        }
        let filtered = !self.world.policy().words.is_empty();
        let said = by.filter(|_| filtered).map(|by| (by, events.clone()));
        self.stage(by, req, What::Clan { tag, events })?;
        if let Some((by, events)) = said {
            self.screen_clan(by, tag, &events);
        }
        Ok(())
    }

    /// The newest records of a clan before one of them, in their order. It costs what a page costs.
    ///
    /// # Errors
    /// `clan/unknown`, or the journal cannot be read.
    pub fn clan_log(
        &mut self,
        tag: ClanTag,
        before: u64,
        page: usize,
    ) -> Result<Vec<Decided>, Refusal> {
        let live = self.clan(tag)?;
        let upto = usize::try_from(before.saturating_sub(1)).unwrap_or(usize::MAX);
        let upto = upto.min(live.recorded());
        let from = upto.saturating_sub(page);
        let lines = self.clan_lines(tag, from, upto - from).map_err(|fault| {
            tracing::error!(%fault, clan = %tag, "the record of a clan cannot be read");
            refuse("service/fault", "The record cannot be read at the moment.")
                .hint("Try again in a minute.")
        })?;
        Ok(lines
            .iter()
            .filter_map(|line| decided::read(line, 0).ok())
            .map(|(decided, _)| decided)
            .collect())
    }

    /// Notes that a person is active, for the clans they own. At most once a day per clan.
    pub fn see_owner(&mut self, person: PersonId) {
        let due = |live: &&LiveClan| live.clan.owner() == Some(person);
        let owned: Vec<ClanTag> = self
            .world
            .clans
            .of(person)
            .filter(due)
            .map(|live| live.clan.tag)
            .collect();
        for tag in owned {
            // A disk that takes no writes is no reason not to serve; tomorrow is another day.
            let _ = self.act_in_clan(Some(person), tag, &ClanAsk::Seen, None);
        }
    }

    /// What has fallen due counts before whatever is asked now.
    fn run_clan_timer(&mut self, tag: ClanTag) -> Result<(), Refusal> {
        for _ in 0..MAX_DUE {
            let Some(live) = self.world.clans.get(tag) else {
                return Ok(());
            };
            if live.clan.next_wake().is_none_or(|due| due > self.now) {
                return Ok(());
            }
            let events = live
                .clan
                .decide(self.now, None, &ClanAsk::Wake, &Context::default())?;
            if events.is_empty() {
                return Ok(());
            }
            self.stage(None, None, What::Clan { tag, events })?;
        }
        Ok(())
    }

    pub(super) fn wake_clan(&mut self, tag: ClanTag) {
        assert!(!planted::is(Bug::ClanPanics), "planted");
        if let Err(refusal) = self.run_clan_timer(tag) {
            tracing::error!(clan = %tag, code = %refusal.code, "a timer was refused");
        }
    }
}

/// The refusal for a clan that does not exist.
pub fn no_such_clan(tag: &str) -> Refusal {
    refuse(
        "clan/unknown",
        format!("There is no clan {}.", crate::kit::clip(tag, 40)),
    )
    .hint("Type `clans` to see the clans, or `clan create` to found one.")
}
