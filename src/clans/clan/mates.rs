//! Who of a clan shares addresses with the others who do: each is offered as a contact to all the others.
//!
//! Addresses themselves are not known here. Whoever takes part both gives and gets, and nobody is part of it without having
//! said so; who leaves the clan leaves this too.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::Clan;
use super::event::{Change, ClanEvent};
use super::roles::Permission;
use crate::kit::{PersonId, Refusal, refuse};

/// The members who share their addresses with each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mates {
    sharing: BTreeSet<PersonId>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// Somebody shares from now on, or wants to hear once more who else does.
    Shared {
        /// Who.
        who: PersonId,
        /// Whether they did already.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        again: bool,
    },
    /// These do not any more, of their own will or because they left.
    Unshared {
        /// Who.
        who: BTreeSet<PersonId>,
    },
}

/// What somebody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// To share, or to hear once more who else does.
    Share,
    /// To share no longer.
    Unshare,
}

impl Mates {
    /// Whether somebody shares.
    pub fn shares(&self, person: PersonId) -> bool {
        self.sharing.contains(&person)
    }

    /// Everybody who shares.
    pub fn sharing(&self) -> impl ExactSizeIterator<Item = PersonId> + '_ {
        self.sharing.iter().copied()
    }

    /// Whether nobody does.
    pub fn is_empty(&self) -> bool {
        self.sharing.is_empty()
    }

    /// What comes of a wish.
    ///
    /// # Errors
    /// `clan/not-allowed` for whoever may not read what is for members, `clan/unchanged`.
    pub(super) fn decide(
        &self,
        clan: &Clan,
        by: PersonId,
        ask: Ask,
    ) -> Result<Vec<ClanEvent>, Refusal> {
        let event = match ask {
            Ask::Share => {
                clan.require(by, Permission::Read)?;
                let again = self.shares(by);
                Event::Shared { who: by, again }
            }
            Ask::Unshare if self.shares(by) => Event::Unshared {
                who: [by].into_iter().collect(),
            },
            Ask::Unshare => {
                let text = format!("You do not share your address in {}.", clan.tag);
                let hint = format!("Type `clan contacts {} on` to share it.", clan.tag);
                return Err(refuse("clan/unchanged", text).hint(hint));
            }
        };
        Ok(vec![ClanEvent::Mates(event)])
    }

    /// Who shares no longer because of these events of the clan.
    pub(super) fn leaving(&self, clan: &Clan, events: &[ClanEvent]) -> Option<ClanEvent> {
        if self.is_empty() {
            return None;
        }
        let mut who = BTreeSet::new();
        for event in events {
            match event {
                ClanEvent::Left { who: one }
                | ClanEvent::Kicked { who: one, .. }
                | ClanEvent::Banned { who: one, .. } => {
                    who.insert(*one);
                }
                ClanEvent::Owned {
                    why: Change::Gone, ..
                } => who.extend(clan.owner()),
                ClanEvent::Disbanded => who.extend(self.sharing()),
                _ => {}
            }
        }
        who.retain(|one| self.shares(*one));
        (!who.is_empty()).then_some(ClanEvent::Mates(Event::Unshared { who }))
    }

    /// Applies what happened.
    pub(super) fn evolve(&mut self, event: &Event) {
        match event {
            Event::Shared { who, .. } => {
                self.sharing.insert(*who);
            }
            Event::Unshared { who } => self.sharing.retain(|one| !who.contains(one)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{ClanAsk, Context, Joining};
    use super::*;
    use crate::kit::Timestamp;

    const NOW: Timestamp = Timestamp(1_767_268_800_000);

    fn founded() -> Clan {
        let tag = "wolves".parse().expect("a tag");
        let events = Clan::found("Wolves".to_owned(), PersonId(1), Joining::Open);
        Clan::begin(tag, NOW, &events[0]).expect("a clan")
    }

    fn act(clan: &mut Clan, by: u64, ask: &ClanAsk) -> Result<Vec<ClanEvent>, String> {
        let by = Some(PersonId(by));
        let events = clan.decide(NOW, by, ask, &Context::default());
        let events = events.map_err(|no| no.code.into_owned())?;
        for event in &events {
            clan.evolve(NOW, by, event);
        }
        Ok(events)
    }

    const SHARE: ClanAsk = ClanAsk::Mates(Ask::Share);

    #[test]
    fn only_members_share_and_say_so_themselves() {
        let mut clan = founded();
        assert_eq!(act(&mut clan, 2, &SHARE), Err("clan/not-allowed".into()));
        act(&mut clan, 2, &ClanAsk::Join).unwrap();
        assert!(clan.mates.is_empty());
        act(&mut clan, 2, &SHARE).unwrap();
        let again = act(&mut clan, 2, &SHARE).unwrap();
        let event = |again| Event::Shared {
            who: PersonId(2),
            again,
        };
        assert_eq!(again, [ClanEvent::Mates(event(true))]);
        let unshare = ClanAsk::Mates(Ask::Unshare);
        act(&mut clan, 2, &unshare).unwrap();
        assert_eq!(act(&mut clan, 2, &unshare), Err("clan/unchanged".into()));
        assert!(clan.mates.is_empty());
    }

    #[test]
    fn whoever_goes_shares_no_longer() {
        let mut clan = founded();
        for person in [2, 3, 4] {
            act(&mut clan, person, &ClanAsk::Join).unwrap();
        }
        for person in [1, 2, 3] {
            act(&mut clan, person, &SHARE).unwrap();
        }
        assert_eq!(
            act(&mut clan, 4, &ClanAsk::Leave).unwrap().len(),
            1,
            "did not share"
        );
        act(&mut clan, 2, &ClanAsk::Leave).unwrap();
        let reason = "rude".to_owned();
        act(
            &mut clan,
            1,
            &ClanAsk::Kick {
                who: PersonId(3),
                reason,
            },
        )
        .unwrap();
        assert_eq!(clan.mates.sharing().collect::<Vec<_>>(), [PersonId(1)]);
        let gone = clan.mates.leaving(&clan, &[ClanEvent::Disbanded]);
        let who = [PersonId(1)].into_iter().collect();
        assert_eq!(gone, Some(ClanEvent::Mates(Event::Unshared { who })));
    }
}
