//! Who is put out or kept out, with a reason that the person is told, and how it is appealed.

use super::text_of;
use crate::clans::clan::authority::rank_of;
use crate::clans::clan::event::ClanEvent;
use crate::clans::clan::roles::Permission;
use crate::clans::clan::{Clan, ClanBan, MAX_BANS};
use crate::kit::{PersonId, Refusal, Span, Timestamp, refuse};

/// The longest ban that ends by itself.
const MAX_BAN: Span = Span::days(3660);

impl Clan {
    pub(super) fn kick(
        &self,
        by: PersonId,
        who: PersonId,
        reason: &str,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Kick)?;
        self.require_mate(who)?;
        self.require_above(by, who)?;
        Ok(vec![ClanEvent::Kicked {
            who,
            reason: text_of(reason, "reason")?,
        }])
    }

    pub(super) fn ban(
        &self,
        now: Timestamp,
        by: PersonId,
        who: PersonId,
        reason: &str,
        span: Option<Span>,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Ban)?;
        self.require_above(by, who)?;
        self.require_judge(now, by, who)?;
        // Those whose time is over, or who are nobody any more, keep nobody from being banned.
        let banned = self
            .bans
            .keys()
            .filter(|one| self.ban_of(**one, now).is_some());
        if banned.count() >= MAX_BANS && !self.bans.contains_key(&who) {
            return Err(refuse(
                "clan/too-many-bans",
                format!("{MAX_BANS} people are banned already, which is the limit."),
            )
            .hint("Lift some with `clan unban`."));
        }
        if span.is_some_and(|span| span.0 <= 0 || span > MAX_BAN) {
            return Err(refuse(
                "clan/bad-span",
                "A ban lasts between a minute and ten years, or for good.",
            )
            .hint("Write the time as `7d`, `12h` or `30m`."));
        }
        let reason = text_of(reason, "reason")?;
        Ok(vec![ClanEvent::Banned {
            who,
            reason,
            until: span.map(|span| now + span),
        }])
    }

    pub(super) fn unban(
        &self,
        now: Timestamp,
        by: PersonId,
        who: PersonId,
        reason: &str,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Ban)?;
        self.require_ban(now, who)?;
        self.require_judge(now, by, who)?;
        Ok(vec![ClanEvent::Unbanned {
            who,
            reason: Some(text_of(reason, "reason")?),
        }])
    }

    pub(super) fn appeal(
        &self,
        now: Timestamp,
        by: PersonId,
        text: &str,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        let Some(ban) = self.ban_of(by, now) else {
            return Err(refuse(
                "clan/no-ban",
                format!("You are not banned from {}.", self.tag),
            )
            .hint(format!("Type `clan show {}` to see how to join.", self.tag)));
        };
        if let Some(why) = &ban.upheld {
            return Err(refuse(
                "clan/upheld",
                format!("Your appeal was heard, and the ban stands: {why}"),
            )
            .hint("The admins of this referee hear complaints about clans."));
        }
        if ban.appeal.is_some() {
            return Err(refuse("clan/appealed", "Your appeal waits already.")
                .hint("You are told what comes of it."));
        }
        Ok(vec![ClanEvent::Appealed {
            who: by,
            text: text_of(text, "appeal")?,
        }])
    }

    pub(super) fn uphold(
        &self,
        now: Timestamp,
        by: PersonId,
        who: PersonId,
        reason: &str,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        self.require(by, Permission::Ban)?;
        let ban = self.require_ban(now, who)?;
        if ban.appeal.is_none() || ban.upheld.is_some() {
            return Err(refuse("clan/no-appeal", "No appeal of that person waits.")
                .hint("`clan unban` lifts a ban without one."));
        }
        // A second pair of eyes hears an appeal wherever there is one.
        let others = self.those_who_may(Permission::Ban).any(|other| other != by);
        if ban.by == by && others {
            return Err(refuse(
                "clan/own-ban",
                "Whoever banned somebody does not hear the appeal.",
            )
            .hint(format!(
                "Ask another who may ban; `clan show {}` says who.",
                self.tag
            )));
        }
        Ok(vec![ClanEvent::Upheld {
            who,
            reason: text_of(reason, "reason")?,
        }])
    }

    /// A ban is lifted, or put in the place of another, by whoever decided it and by those who stand as high.
    fn require_judge(&self, now: Timestamp, by: PersonId, who: PersonId) -> Result<(), Refusal> {
        let above = |ban: &&ClanBan| {
            let rank = ban.rank.max(rank_of(self, ban.by));
            ban.by != by && rank > rank_of(self, by)
        };
        match self.ban_of(who, now).filter(above) {
            None => Ok(()),
            Some(_) => Err(
                refuse("clan/rank", "Somebody of higher rank banned that person.").hint(format!(
                    "Ask whoever did: `clan bans {}` says who.",
                    self.tag
                )),
            ),
        }
    }

    fn require_ban(&self, now: Timestamp, who: PersonId) -> Result<&ClanBan, Refusal> {
        self.ban_of(who, now).ok_or_else(|| {
            refuse(
                "clan/no-ban",
                format!("That person is not banned from {}.", self.tag),
            )
            .hint(format!("Type `clan bans {}` to see who is.", self.tag))
        })
    }
}
