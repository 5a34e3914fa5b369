//! The law of clans, read from the outside: who may have done what at each step, and what the referee does by itself.
//!
//! What no person did is the referee's own: something fell due, somebody was forgotten, a room or a node was made, a match
//! between clans goes its way. Each of these is checked against the clan as it was; nothing else comes without a person.

use std::collections::BTreeSet;

use super::law::{Verdicts, must};
use crate::clans::{
    BUILT_IN, Change, Clan, ClanAsk, ClanEvent, ClanStage, Context, Joining, MAX_ROLES, PageEvent,
    Permission, Role, RoleId, Setting, Why, authorise, calendar, fixtures, mates, may_grant,
    rank_of,
};
use crate::kit::{PersonId, Timestamp};

/// One line of a clan's record, with the clan as it was before it.
pub(super) struct Deed<'a> {
    pub clan: &'a Clan,
    pub at: Timestamp,
    pub events: &'a [ClanEvent],
}

impl Deed<'_> {
    /// Whether a person may have done this. `now` is the clan as the events before this one in the line left it.
    pub fn may(&self, now: &Clan, by: PersonId, event: &ClanEvent) -> Verdicts {
        let may = |permission| {
            let authority = authorise(self.clan, by, permission);
            match authority.allowed {
                true => Ok(()),
                false => Err(format!("{by} had no right to this: {}", authority.because)),
            }
        };
        let own = |who: PersonId| must(who == by, "somebody else did what each does alone");
        let above = |who: PersonId| {
            must(
                who != by && rank_of(self.clan, by) > rank_of(self.clan, who),
                "it was done to somebody of the same or a higher rank",
            )
        };
        let grants = |role: &RoleId| {
            must(
                *role != RoleId::owner() && may_grant(self.clan, by, role),
                "a role was given that stands above the giver, or may more",
            )
        };
        match event {
            ClanEvent::Founded { .. } => Err("a clan is founded once".to_owned()),
            ClanEvent::Set(setting) => {
                may(Permission::Settings)?;
                match setting {
                    Setting::Entry(role) => grants(role),
                    Setting::Succession(_) => may(Permission::Disband),
                    _ => Ok(()),
                }
            }
            ClanEvent::Invited { who, role, until } => {
                may(Permission::Invite)?;
                must(
                    !now.is_member(*who) && *until > self.at,
                    "a member was invited, or for no time",
                )?;
                if *role == now.entry {
                    Ok(())
                } else {
                    grants(role)
                }
            }
            ClanEvent::Uninvited { who, why } => {
                must(
                    now.invitations.contains_key(who),
                    "nobody had invited that person",
                )?;
                match why {
                    Why::Declined => own(*who),
                    Why::Withdrawn => may(Permission::Invite),
                    Why::Expired => Err("an invitation ended before its time".to_owned()),
                }
            }
            ClanEvent::Applied { who, .. } => {
                own(*who)?;
                self.comes(now, *who)
            }
            ClanEvent::Turned { who, why, .. } => {
                must(
                    now.applications.contains_key(who),
                    "that person had not applied",
                )?;
                match why {
                    Why::Declined => may(Permission::Recruit),
                    Why::Withdrawn => own(*who),
                    Why::Expired => Err("an application ended before its time".to_owned()),
                }
            }
            ClanEvent::Joined { who, role } => self.joined(now, by, *who, role, may),
            ClanEvent::Left { who } => {
                own(*who)?;
                must(
                    now.is_member(*who) && now.owner() != Some(*who),
                    "somebody left who is no member, or owns the clan",
                )
            }
            ClanEvent::Kicked { who, .. } => {
                may(Permission::Kick)?;
                must(now.is_member(*who), "somebody was put out who is no member")?;
                above(*who)
            }
            ClanEvent::Banned { who, .. } => {
                may(Permission::Ban)?;
                above(*who)
            }
            ClanEvent::Appealed { who, .. } => {
                own(*who)?;
                must(now.ban_of(*who, self.at).is_some(), "there was no ban")
            }
            ClanEvent::Upheld { who, .. } => {
                may(Permission::Ban)?;
                let ban = now.ban_of(*who, self.at);
                must(
                    ban.is_some_and(|ban| ban.appeal.is_some() && ban.upheld.is_none()),
                    "no appeal waited",
                )
            }
            ClanEvent::Unbanned { who, .. } => {
                may(Permission::Ban)?;
                must(now.ban_of(*who, self.at).is_some(), "there was no ban")
            }
            ClanEvent::Ranked { who, role } => {
                may(Permission::Roles)?;
                must(
                    now.is_member(*who),
                    "a role was given to somebody who is no member",
                )?;
                grants(role)?;
                above(*who)
            }
            ClanEvent::RoleMade {
                role,
                rank,
                may: what,
                like,
            } => {
                may(Permission::Roles)?;
                let made = Role {
                    rank: *rank,
                    may: what.clone(),
                    like: like.clone(),
                };
                self.made(by, role, &made)
            }
            ClanEvent::RoleGone { role } => {
                may(Permission::Roles)?;
                grants(role)?;
                must(
                    now.roles.contains_key(role) && now.with_role(role).next().is_none(),
                    "a role was taken back that is in use, or is none of this clan's own",
                )
            }
            ClanEvent::Owned { who, why } => {
                may(Permission::Disband)?;
                must(
                    *why == Change::Transfer
                        && now.owner() == Some(by)
                        && *who != by
                        && now.is_member(*who),
                    "the clan was not the owner's to give, or went to no member",
                )
            }
            ClanEvent::Disbanding { until, .. } => {
                may(Permission::Disband)?;
                must(
                    now.stage == ClanStage::Active && *until >= self.at,
                    "it was being given up already",
                )
            }
            ClanEvent::Kept => {
                may(Permission::Disband)?;
                must(
                    matches!(now.stage, ClanStage::Disbanding { .. }),
                    "it was not being given up",
                )
            }
            ClanEvent::Seen => must(now.owner() == Some(by), "that is for the owner"),
            ClanEvent::Mates(event) => self.mates(by, event, may),
            ClanEvent::Page(event) => page(now, by, event, may),
            ClanEvent::Calendar(event) => match event.needs(by) {
                // The date of a match between clans comes and goes with the match, whoever of either side agreed.
                Some(Permission::Schedule) if self.has_fixture() => Ok(()),
                Some(needed) => may(needed),
                None => must(
                    matches!(event, calendar::Event::Answered { dropped: true, .. }),
                    "somebody did what the calendar does by itself",
                ),
            },
            ClanEvent::Fixture(event) => self.fixture(now, by, event, may),
            ClanEvent::Disbanded | ClanEvent::House(_) | ClanEvent::Imported(_) => {
                Err("somebody did what the referee does by itself".to_owned())
            }
        }
    }

    fn has_fixture(&self) -> bool {
        let mut events = self.events.iter();
        events.any(|event| matches!(event, ClanEvent::Fixture(_)))
    }

    /// Whether somebody may come at all.
    fn comes(&self, now: &Clan, who: PersonId) -> Verdicts {
        must(
            !now.is_member(who) && now.ban_of(who, self.at).is_none(),
            "a member, or somebody who is banned, came to the clan",
        )
    }

    fn joined(
        &self,
        now: &Clan,
        by: PersonId,
        who: PersonId,
        role: &RoleId,
        may: impl Fn(Permission) -> Verdicts,
    ) -> Verdicts {
        self.comes(now, who)?;
        if who != by {
            may(Permission::Recruit)?;
            return must(
                now.applications.contains_key(&who) && *role == now.entry,
                "somebody was let in who had not applied, or with another role",
            );
        }
        let invited = now.invitations.get(&who);
        match invited.filter(|one| one.until > self.at) {
            Some(invited) => must(
                *role == now.entry || (*role == invited.role && may_grant(now, invited.by, role)),
                "somebody joined with another role than was offered",
            ),
            None => must(
                now.joining == Joining::Open && *role == now.entry,
                "somebody joined who was not invited",
            ),
        }
    }

    fn made(&self, by: PersonId, id: &RoleId, role: &Role) -> Verdicts {
        let clan = self.clan;
        let rank = rank_of(clan, by);
        must(
            role.rank > 0 && role.rank < rank && role.rank < Role::OWNER_RANK,
            "a role was made that stands as high as its maker",
        )?;
        must(
            !BUILT_IN.contains(&id.as_str()),
            "a role that every clan has was made anew",
        )?;
        let known = clan.roles.contains_key(id);
        must(
            known || clan.roles.len() < MAX_ROLES,
            "a clan has too many roles",
        )?;
        must(
            !known || may_grant(clan, by, id),
            "a role was made anew that stands above its maker",
        )?;
        let liked = role.like.as_ref();
        must(
            liked.is_none_or(|like| like != id && may_grant(clan, by, like)),
            "a role is like one that stands above its maker",
        )?;
        let mine = |one: &Permission| authorise(clan, by, *one).allowed;
        must(
            role.may.iter().all(mine),
            "a role was made that may more than its maker",
        )
    }

    fn mates(
        &self,
        by: PersonId,
        event: &mates::Event,
        may: impl Fn(Permission) -> Verdicts,
    ) -> Verdicts {
        match event {
            mates::Event::Shared { who, .. } => {
                must(*who == by, "somebody else shares an address")?;
                may(Permission::Read)
            }
            mates::Event::Unshared { who } => {
                let mut gone: BTreeSet<PersonId> = self.leaving().collect();
                gone.insert(by);
                must(
                    who.is_subset(&gone),
                    "somebody else shares an address no longer",
                )
            }
        }
    }

    /// Those who go with this line.
    fn leaving(&self) -> impl Iterator<Item = PersonId> + '_ {
        self.events.iter().filter_map(|event| match event {
            ClanEvent::Left { who }
            | ClanEvent::Kicked { who, .. }
            | ClanEvent::Banned { who, .. } => Some(*who),
            _ => None,
        })
    }

    /// What both clans decide together is decided by the clan that challenged; in the other's stream it follows, so there
    /// whose it was cannot be judged.
    fn fixture(
        &self,
        now: &Clan,
        by: PersonId,
        event: &fixtures::Event,
        may: impl Fn(Permission) -> Verdicts,
    ) -> Verdicts {
        use fixtures::{Drop, Event as E};
        let follows = event.fixture().home != now.tag;
        let speaks = |side| {
            if side == now.tag {
                may(Permission::Speak)
            } else {
                Ok(())
            }
        };
        let open = now.fixtures.open.get(&event.fixture());
        match event {
            E::Named { .. } => may(Permission::Lineup),
            E::Dropped {
                who,
                why: Drop::SaidNo,
                ..
            } => must(*who == by, "somebody else does not play"),
            E::Dropped {
                why: Drop::Gone, ..
            } => Ok(()),
            _ if follows && matches!(event, E::Called { .. } | E::Countered { .. }) => Ok(()),
            E::Called { .. } => may(Permission::Speak),
            E::Countered { offer, .. } => speaks(offer.side),
            E::Agreed { .. } | E::Off { .. } if follows => Ok(()),
            E::Agreed { .. } => open.map_or_else(
                || Err("a match was agreed that nobody proposed".to_owned()),
                |open| speaks(open.answers(now.tag)),
            ),
            E::Off { why, side, .. } => match (why, side) {
                (
                    fixtures::Off::Declined | fixtures::Off::Withdrawn | fixtures::Off::CalledOff,
                    Some(side),
                ) => speaks(*side),
                _ => Ok(()),
            },
            E::Locked { .. } | E::Due { .. } | E::Begun { .. } | E::Result { .. } => {
                Err("somebody did what the referee does by itself".to_owned())
            }
        }
    }

    /// Whether this line may be the referee's own: nobody's wish.
    pub fn is_the_referees(&self) -> Verdicts {
        let fits = match self.events.first() {
            None => true,
            Some(ClanEvent::House(_) | ClanEvent::Page(PageEvent::Node { .. })) => {
                (self.events.iter()).all(|event| {
                    matches!(
                        event,
                        ClanEvent::House(_) | ClanEvent::Page(PageEvent::Node { .. })
                    )
                })
            }
            Some(_) => {
                self.is_calendars_own()
                    || self.is_fixtures_own()
                    || self.follows_from(&ClanAsk::Wake)
                    || self.forgotten().is_some()
            }
        };
        must(
            fits,
            "nobody is named who did it, and it is nothing that the referee does by itself",
        )
    }

    /// Who is forgotten with this line, if somebody is.
    pub fn forgotten(&self) -> Option<PersonId> {
        let mut people: BTreeSet<PersonId> =
            self.events.iter().filter_map(ClanEvent::who).collect();
        people.extend(self.clan.owner());
        let mut people = people.into_iter();
        people.find(|who| self.follows_from(&ClanAsk::Forget { who: *who }))
    }

    /// Whether exactly this comes of what the referee asks. Dates of matches between clans have words, and words change.
    fn follows_from(&self, ask: &ClanAsk) -> bool {
        let context = Context::default();
        let Ok(wanted) = self.clan.decide(self.at, None, ask, &context) else {
            return false;
        };
        let told = |event: &&ClanEvent| !is_date(event);
        let found: Vec<&ClanEvent> = self.events.iter().filter(told).collect();
        let dates = found.len() < self.events.len();
        wanted.iter().filter(told).eq(found.iter().copied())
            && !found.is_empty()
            && (!dates || self.has_fixture())
    }

    /// What time alone brings to the calendar. When local time comes is the time zones' affair, which change by law.
    fn is_calendars_own(&self) -> bool {
        use calendar::Event as E;
        let calendar = &self.clan.calendar;
        self.events.iter().all(|event| match event {
            ClanEvent::Calendar(E::Fixed { n, .. }) => {
                let open = calendar.open_proposal(*n).ok();
                open.is_some_and(|open| open.decide.is_some_and(|due| due <= self.at))
            }
            ClanEvent::Calendar(E::Lapsed { n, .. }) => calendar.open_proposal(*n).is_ok(),
            ClanEvent::Calendar(E::Reminded { n, .. } | E::Passed { n, .. }) => {
                calendar.entry(*n).is_some()
            }
            _ => false,
        })
    }

    /// A match between clans going its way: it follows the stream of the clan that challenged, or the match itself.
    fn is_fixtures_own(&self) -> bool {
        use fixtures::{Event as E, Off};
        let clan = self.clan;
        let mut any = false;
        let fits = self.events.iter().all(|event| {
            let ClanEvent::Fixture(event) = event else {
                return is_date(event);
            };
            any = true;
            let follows = event.fixture().home != clan.tag;
            let open = clan.fixtures.open.contains_key(&event.fixture());
            match event {
                E::Called { .. } => follows && !open,
                E::Countered { .. } | E::Agreed { .. } => follows && open,
                E::Off { why, .. } => {
                    let own = matches!(why, Off::NoLineup | Off::Disbanded | Off::Misfit);
                    open && (follows || own)
                }
                E::Locked { .. } | E::Due { .. } | E::Begun { .. } => open,
                E::Result { fixture, .. } => open || clan.fixtures.played(*fixture).is_some(),
                E::Named { .. } | E::Dropped { .. } => false,
            }
        });
        any && fits
    }
}

/// Whether this may be the date of a match between clans, as it comes or goes.
fn is_date(event: &ClanEvent) -> bool {
    use calendar::Event as E;
    matches!(
        event,
        ClanEvent::Calendar(E::Planned { .. } | E::Cancelled { .. })
    )
}

fn page(
    now: &Clan,
    by: PersonId,
    event: &PageEvent,
    may: impl Fn(Permission) -> Verdicts,
) -> Verdicts {
    may(Permission::EditPages)?;
    let sees = match event {
        PageEvent::Written { page, sees, .. } => {
            must(*page == now.pages.last + 1, "a page has another number")?;
            *sees
        }
        PageEvent::Edited { page, sees, .. } | PageEvent::Removed { page, sees } => {
            must(
                now.page_for(Some(by), *page).is_ok(),
                "a page was changed that is not there, or that its changer may not read",
            )?;
            *sees
        }
        PageEvent::Node { .. } => {
            return Err("somebody did what the referee does by itself".to_owned());
        }
    };
    sees.needs().map_or(Ok(()), may)
}
