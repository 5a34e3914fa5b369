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

/// What one person did, with the clan as the events before it in the line left it.
struct Act<'a> {
    deed: &'a Deed<'a>,
    now: &'a Clan,
    by: PersonId,
}

impl Act<'_> {
    fn may(&self, permission: Permission) -> Verdicts {
        let authority = authorise(self.deed.clan, self.by, permission);
        match authority.allowed {
            true => Ok(()),
            false => Err(format!(
                "{} had no right to this: {}",
                self.by, authority.because
            )),
        }
    }

    fn own(&self, who: PersonId) -> Verdicts {
        must(who == self.by, "somebody else did what each does alone")
    }

    fn above(&self, who: PersonId) -> Verdicts {
        let clan = self.deed.clan;
        must(
            who != self.by && rank_of(clan, self.by) > rank_of(clan, who),
            "it was done to somebody of the same or a higher rank",
        )
    }

    fn grants(&self, role: &RoleId) -> Verdicts {
        must(
            *role != RoleId::owner() && may_grant(self.now, self.by, role),
            "a role was given that stands above the giver, or may more",
        )
    }

    fn is_member(&self, who: PersonId) -> Verdicts {
        must(
            self.now.is_member(who),
            "it was done to somebody who is no member",
        )
    }

    fn is_banned(&self, who: PersonId) -> Verdicts {
        let ban = self.now.ban_of(who, self.deed.at);
        must(ban.is_some(), "there was no ban")
    }

    /// Whether somebody may come at all.
    fn comes(&self, who: PersonId) -> Verdicts {
        must(
            !self.now.is_member(who) && self.now.ban_of(who, self.deed.at).is_none(),
            "a member, or somebody who is banned, came to the clan",
        )
    }

    fn judge(&self, event: &ClanEvent) -> Verdicts {
        use ClanEvent as E;
        match event {
            E::Founded { .. } => Err("a clan is founded once".to_owned()),
            E::Invited { .. }
            | E::Uninvited { .. }
            | E::Applied { .. }
            | E::Turned { .. }
            | E::Joined { .. }
            | E::Left { .. } => self.comings(event),
            E::Kicked { .. }
            | E::Banned { .. }
            | E::Appealed { .. }
            | E::Upheld { .. }
            | E::Unbanned { .. } => self.order(event),
            E::Set(_)
            | E::Ranked { .. }
            | E::RoleMade { .. }
            | E::RoleGone { .. }
            | E::Owned { .. }
            | E::Disbanding { .. }
            | E::Kept
            | E::Seen => self.government(event),
            E::Mates(event) => self.mates(event),
            E::Page(event) => self.page(event),
            E::Calendar(event) => match event.needs(self.by) {
                // The date of a match between clans comes and goes with the match, whoever of either side agreed.
                Some(Permission::Schedule) if self.deed.has_fixture() => Ok(()),
                Some(needed) => self.may(needed),
                None => must(
                    matches!(event, calendar::Event::Answered { dropped: true, .. }),
                    "somebody did what the calendar does by itself",
                ),
            },
            E::Fixture(event) => self.fixture(event),
            E::Disbanded | E::House(_) | E::Imported(_) => {
                Err("somebody did what the referee does by itself".to_owned())
            }
        }
    }

    fn comings(&self, event: &ClanEvent) -> Verdicts {
        let now = self.now;
        match event {
            ClanEvent::Invited { who, role, until } => {
                self.may(Permission::Invite)?;
                must(
                    !now.is_member(*who) && *until > self.deed.at,
                    "a member was invited, or for no time",
                )?;
                if *role == now.entry {
                    Ok(())
                } else {
                    self.grants(role)
                }
            }
            ClanEvent::Uninvited { who, why } => {
                let known = now.invitations.contains_key(who);
                must(known, "nobody had invited that person")?;
                match why {
                    Why::Declined => self.own(*who),
                    Why::Withdrawn => self.may(Permission::Invite),
                    Why::Expired => Err("an invitation ended before its time".to_owned()),
                }
            }
            ClanEvent::Applied { who, .. } => {
                self.own(*who)?;
                self.comes(*who)
            }
            ClanEvent::Turned { who, why, .. } => {
                let known = now.applications.contains_key(who);
                must(known, "that person had not applied")?;
                match why {
                    Why::Declined => self.may(Permission::Recruit),
                    Why::Withdrawn => self.own(*who),
                    Why::Expired => Err("an application ended before its time".to_owned()),
                }
            }
            ClanEvent::Joined { who, role } => self.joined(*who, role),
            ClanEvent::Left { who } => {
                self.own(*who)?;
                self.is_member(*who)?;
                must(now.owner() != Some(*who), "somebody left who owns the clan")
            }
            _ => Ok(()),
        }
    }

    fn joined(&self, who: PersonId, role: &RoleId) -> Verdicts {
        let now = self.now;
        self.comes(who)?;
        if who != self.by {
            self.may(Permission::Recruit)?;
            return must(
                now.applications.contains_key(&who) && *role == now.entry,
                "somebody was let in who had not applied, or with another role",
            );
        }
        let invited = now.invitations.get(&who);
        match invited.filter(|one| one.until > self.deed.at) {
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

    fn order(&self, event: &ClanEvent) -> Verdicts {
        match event {
            ClanEvent::Kicked { who, .. } => {
                self.may(Permission::Kick)?;
                self.is_member(*who)?;
                self.above(*who)
            }
            ClanEvent::Banned { who, .. } => {
                self.may(Permission::Ban)?;
                self.above(*who)
            }
            ClanEvent::Appealed { who, .. } => {
                self.own(*who)?;
                self.is_banned(*who)
            }
            ClanEvent::Upheld { who, .. } => {
                self.may(Permission::Ban)?;
                let ban = self.now.ban_of(*who, self.deed.at);
                must(
                    ban.is_some_and(|ban| ban.appeal.is_some() && ban.upheld.is_none()),
                    "no appeal waited",
                )
            }
            ClanEvent::Unbanned { who, .. } => {
                self.may(Permission::Ban)?;
                self.is_banned(*who)
            }
            _ => Ok(()),
        }
    }

    fn government(&self, event: &ClanEvent) -> Verdicts {
        let now = self.now;
        match event {
            ClanEvent::Set(setting) => {
                self.may(Permission::Settings)?;
                match setting {
                    Setting::Entry(role) => self.grants(role),
                    Setting::Succession(_) => self.may(Permission::Disband),
                    _ => Ok(()),
                }
            }
            ClanEvent::Ranked { who, role } => {
                self.may(Permission::Roles)?;
                self.is_member(*who)?;
                self.grants(role)?;
                self.above(*who)
            }
            ClanEvent::RoleMade {
                role,
                rank,
                may,
                like,
            } => {
                self.may(Permission::Roles)?;
                let made = Role {
                    rank: *rank,
                    may: may.clone(),
                    like: like.clone(),
                };
                made_by(now, self.by, role, &made)
            }
            ClanEvent::RoleGone { role } => {
                self.may(Permission::Roles)?;
                self.grants(role)?;
                must(
                    now.roles.contains_key(role) && now.with_role(role).next().is_none(),
                    "a role was taken back that is in use, or is none of this clan's own",
                )
            }
            ClanEvent::Owned { who, why } => {
                self.may(Permission::Disband)?;
                let given = *why == Change::Transfer && now.owner() == Some(self.by);
                must(
                    given && *who != self.by && now.is_member(*who),
                    "the clan was not the owner's to give, or went to no member",
                )
            }
            ClanEvent::Disbanding { until, .. } => {
                self.may(Permission::Disband)?;
                must(
                    now.stage == ClanStage::Active && *until >= self.deed.at,
                    "it was being given up already",
                )
            }
            ClanEvent::Kept => {
                self.may(Permission::Disband)?;
                let going = matches!(now.stage, ClanStage::Disbanding { .. });
                must(going, "it was not being given up")
            }
            ClanEvent::Seen => must(now.owner() == Some(self.by), "that is for the owner"),
            _ => Ok(()),
        }
    }

    fn mates(&self, event: &mates::Event) -> Verdicts {
        match event {
            mates::Event::Shared { who, .. } => {
                self.own(*who)?;
                self.may(Permission::Read)
            }
            mates::Event::Unshared { who } => {
                let mut gone: BTreeSet<PersonId> = self.deed.leaving().collect();
                gone.insert(self.by);
                must(
                    who.is_subset(&gone),
                    "somebody else did what each does alone",
                )
            }
        }
    }

    fn page(&self, event: &PageEvent) -> Verdicts {
        self.may(Permission::EditPages)?;
        let sees = match event {
            PageEvent::Written { page, sees, .. } => {
                let next = *page == self.now.pages.last + 1;
                must(next, "a page has another number")?;
                *sees
            }
            PageEvent::Edited { page, sees, .. } | PageEvent::Removed { page, sees } => {
                must(
                    self.now.page_for(Some(self.by), *page).is_ok(),
                    "a page was changed that is not there, or that its changer may not read",
                )?;
                *sees
            }
            PageEvent::Node { .. } => {
                return Err("somebody did what the referee does by itself".to_owned());
            }
        };
        sees.needs().map_or(Ok(()), |needed| self.may(needed))
    }

    /// What both clans decide together is decided by the clan that challenged; in the other's stream it follows, so there
    /// whose it was cannot be judged.
    fn fixture(&self, event: &fixtures::Event) -> Verdicts {
        use fixtures::{Drop, Event as E, Off};
        let tag = self.now.tag;
        let follows = event.fixture().home != tag;
        let speaks = |side| {
            if side == tag {
                self.may(Permission::Speak)
            } else {
                Ok(())
            }
        };
        match event {
            E::Named { .. } => self.may(Permission::Lineup),
            E::Dropped {
                who,
                why: Drop::SaidNo,
                ..
            } => self.own(*who),
            E::Locked { .. } | E::Due { .. } | E::Begun { .. } | E::Result { .. } => {
                Err("somebody did what the referee does by itself".to_owned())
            }
            _ if follows => Ok(()),
            E::Called { .. } => self.may(Permission::Speak),
            E::Countered { offer, .. } => speaks(offer.side),
            E::Agreed { fixture, .. } => {
                let open = self.now.fixtures.open.get(fixture);
                let open = open.ok_or("a match was agreed that nobody proposed")?;
                speaks(open.answers(tag))
            }
            E::Off {
                why: Off::Declined | Off::Withdrawn | Off::CalledOff,
                side: Some(side),
                ..
            } => speaks(*side),
            E::Off { .. }
            | E::Dropped {
                why: Drop::Gone, ..
            } => Ok(()),
        }
    }
}

impl Deed<'_> {
    /// Whether a person may have done this. `now` is the clan as the events before this one in the line left it.
    pub fn may(&self, now: &Clan, by: PersonId, event: &ClanEvent) -> Verdicts {
        let deed = self;
        Act { deed, now, by }.judge(event)
    }

    fn has_fixture(&self) -> bool {
        let mut events = self.events.iter();
        events.any(|event| matches!(event, ClanEvent::Fixture(_)))
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

fn made_by(clan: &Clan, by: PersonId, id: &RoleId, role: &Role) -> Verdicts {
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

/// Whether this may be the date of a match between clans, as it comes or goes.
fn is_date(event: &ClanEvent) -> bool {
    use calendar::Event as E;
    matches!(
        event,
        ClanEvent::Calendar(E::Planned { .. } | E::Cancelled { .. })
    )
}
