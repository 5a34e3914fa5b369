//! Whose addresses and accounts are whose: linking, forgetting, and bans that hold for all addresses of one person.
//!
//! The address book holds what can be forgotten, so nothing here writes an address into the journal: an event says that a
//! person linked something, not what.

use super::archive;
use super::desk::Desk;
use super::ports::PERSON_MAX;
use super::service::{Ban, Contact, ServiceEvent};
use super::world::{Live, World};
use crate::clans::{ClanAsk, ClanStage, Person, day_of};
use crate::kit::{
    ClanTag, Hash, MatchId, PersonId, Refusal, Secret, Timestamp, domain_of, is_home, refuse,
};
use crate::matches::{Ask, Event, Stage};

/// What a link of an address is called in the journal; accounts are called by their kind.
pub const ADDRESS: &str = "jid";
/// Matches named where somebody is told what to finish first.
const MAX_NAMED: usize = 10;

impl World {
    /// The matches in memory that somebody watches.
    pub fn watched_by(&self, person: PersonId) -> impl Iterator<Item = MatchId> {
        let all = (person, MatchId(0))..=(person, MatchId(u64::MAX));
        self.watching.range(all).map(|(_, id)| *id)
    }

    /// Who is told about a match without playing in it.
    pub fn is_watching(&self, id: MatchId, person: PersonId) -> bool {
        self.live
            .get(&id)
            .is_some_and(|live| live.game.watchers.contains(&person))
    }

    pub(super) fn note_watchers(&mut self, id: MatchId, events: &[Event]) {
        for event in events {
            match event {
                Event::Watched { by } => drop(self.watching.insert((*by, id))),
                Event::Unwatched { by } => drop(self.watching.remove(&(*by, id))),
                _ => {}
            }
        }
    }

    /// The ban that holds for whoever writes from a bare JID: of that address, of its server, or of any other address
    /// that is the same person's.
    pub fn ban_of(&self, bare: &str, now: Timestamp) -> Option<&Ban> {
        let own = self.service.ban_of(bare, now);
        own.or_else(|| {
            let person = self.people.by_jid(bare)?;
            (person.addresses()).find_map(|address| self.service.ban_of(address, now))
        })
    }
}

impl Desk {
    /// Somebody by bare JID, who becomes known with this call if need be.
    pub fn meet(&mut self, bare: &str, spoke: bool) -> Result<PersonId, Refusal> {
        let known = self
            .world
            .people
            .by_jid(bare)
            .map(|person| (person.id, person.spoke));
        if let Some((id, has_spoken)) = known {
            if spoke && !has_spoken {
                self.change_person(id, |person| person.spoke = true)?;
            }
            return Ok(id);
        }
        self.check_writable()?;
        self.check_space()?;
        let id = PersonId(self.world.last_person.max(self.world.people.last_id().0) + 1);
        if !is_home(domain_of(bare), &self.world.domain) && !self.world.people.has_room_for_others()
        {
            return Err(refuse(
                "people/full",
                "This referee knows as many people of other servers as it can.",
            )
            .hint("Try again in an hour."));
        }
        let kept = |handle: &str| self.world.waits_for_another(handle, bare, self.now);
        let mut person = self.world.people.introduce(id, bare, kept, self.now)?;
        person.spoke = spoke;
        self.put_person(person)?;
        Ok(id)
    }

    /// Changes what is held about a person.
    ///
    /// # Errors
    /// `people/unknown`; `profile/full` where the address book has no room for more about one person.
    pub fn change_person(
        &mut self,
        id: PersonId,
        change: impl FnOnce(&mut Person),
    ) -> Result<(), Refusal> {
        self.check_writable()?;
        let Some(person) = self.world.people.get(id) else {
            return Err(unknown());
        };
        let mut person = person.clone();
        change(&mut person);
        person.guest &= !person.chose_something(self.world.people.get(id).unwrap_or(&person));
        self.put_person(person)
    }

    /// What the book would not take is refused here, to the one who asked: at the commit it would be everybody's fault.
    pub(super) fn put_person(&mut self, person: Person) -> Result<(), Refusal> {
        let text = serde_json::to_string(&person).map_err(|error| {
            tracing::error!(person = %person.id, %error, "an entry of the address book could not be made");
            refuse(
                "service/fault",
                "Something went wrong inside the referee; nothing has changed.",
            )
        })?;
        if text.len() > PERSON_MAX {
            return Err(refuse(
                "profile/full",
                "That does not fit: the address book has no more room for one person.",
            )
            .hint("Take something away first: type `ignore` and `profile` to see what there is."));
        }
        let id = person.id;
        let guest = person.guest;
        self.world.last_person = self.world.last_person.max(id.0);
        self.world.people.put(person);
        if !guest {
            self.keep_named(&text);
        }
        self.changed.insert(id, text);
        self.world.replan(id);
        Ok(())
    }

    /// 32 bytes that nobody can guess, for a code or a password.
    pub fn luck(&mut self) -> Secret<[u8; 32]> {
        Secret::new(self.ports.entropy.seed())
    }

    /// The numbers of somebody's newest finished matches, before one of them.
    pub fn finished_ids_of(
        &self,
        person: PersonId,
        before: Option<MatchId>,
        limit: usize,
    ) -> Vec<MatchId> {
        let archived = archive::finished_of(&*self.ports.views, person, before, limit);
        let ended = self.world.recently_ended().filter(|live| {
            let id = live.game.id;
            before.is_none_or(|before| id < before) && live.game.people().contains(&person)
        });
        let mut ids = archived.unwrap_or_default();
        ids.extend(ended.map(|live| live.game.id).take(limit));
        ids.sort_by_key(|id| std::cmp::Reverse(*id));
        ids.dedup();
        ids.truncate(limit);
        ids
    }

    /// Notes the day on which somebody wrote to the referee, at most once a day: in the address book, and in the clans
    /// that would get another owner if this one stayed away.
    pub fn note_seen(&mut self, bare: &str) {
        let today = day_of(self.now);
        let acting = self.world.people.acting(bare).map(|person| person.id);
        if let Some(id) = acting {
            self.world.people.heard(id, self.now);
        }
        let known = self.world.people.acting(bare).cloned();
        if let Some(mut person) = known
            && person.note_seen(bare, today)
        {
            let id = person.id;
            // While the disk takes no writes this is not worth a word: it is noted with the next line.
            if self.change_person(id, |old| *old = person).is_ok() {
                self.see_owner(id);
            }
        }
    }

    /// Whether anything here depends on that person: matches, ratings, a role.
    pub fn has_history(&self, id: PersonId) -> bool {
        let (world, service) = (&self.world, &self.world.service);
        world.matches_of(id).next().is_some()
            || world.ratings.standings(id).next().is_some()
            || world
                .clans
                .of(id)
                .chain(world.clans.waiting_for(id))
                .next()
                .is_some()
            || service.referees.contains(&id)
            || service.provers.iter().any(|(_, who)| *who == id)
            || !self.finished_ids_of(id, None, 1).is_empty()
    }

    /// Makes a proven address one of somebody's. Whoever was known by it and never did anything is the same person from now
    /// on; anybody else stays who they are, and the address is refused.
    pub fn link_address(&mut self, who: PersonId, bare: &str) -> Result<(), Refusal> {
        let today = day_of(self.now);
        let Some(mut person) = self.world.people.get(who).cloned() else {
            return Err(unknown());
        };
        let stale = self.world.people.acting(bare).is_none();
        let other = (self.world.people.by_jid(bare)).filter(|other| other.id != who);
        let other = other.map(|other| (other.id, other.jid == bare, other.handle.clone()));
        // Judged before anything is changed: an address too many must not cost somebody the book entry they had.
        person.take_address(bare, today)?;
        match other {
            None => {}
            // It was somebody's once, who has not been there for a year: whoever has it now is another.
            Some((id, false, _)) if stale => self.change_person(id, |old| {
                old.links.addresses.remove(bare);
            })?,
            Some((id, true, _)) if !self.has_history(id) && self.has_one_address(id) => {
                for to in self.drop_contacts(id)? {
                    self.serve(Some(who), ServiceEvent::Subscribed { who, to })?;
                }
                self.erase(who, id, Some(who))?;
            }
            Some((_, _, handle)) => return Err(taken(bare, &handle)),
        }
        self.change_person(who, |old| *old = person)?;
        let what = ADDRESS.to_owned();
        self.serve(Some(who), ServiceEvent::Linked { who, what })
    }

    fn has_one_address(&self, id: PersonId) -> bool {
        let person = self.world.people.get(id);
        person.is_some_and(|person| person.links.addresses.is_empty())
    }

    /// What somebody has to finish before they can be forgotten: the matches they play in or have offered.
    pub fn unfinished(&self, id: PersonId) -> Vec<MatchId> {
        let unfinished =
            |live: &&Live| live.game.stage != Stage::Over || live.game.waits_for_ruling();
        let mine = self.world.matches_of(id).filter(unfinished);
        mine.map(|live| live.game.id).take(MAX_NAMED).collect()
    }

    /// The clans that would need another owner if somebody were forgotten; those that are being given up need none.
    pub fn owned_clans(&self, id: PersonId) -> Vec<ClanTag> {
        let clans = self.world.clans.of(id).map(|live| &live.clan);
        let owned =
            clans.filter(|clan| clan.owner() == Some(id) && clan.stage == ClanStage::Active);
        owned.map(|clan| clan.tag).collect()
    }

    /// Forgets somebody: the address book lets go of every byte about them, contacts and roles end, and the feeds of their
    /// finished matches go now instead of in some days. Records keep the id alone. A ban stays, for each of the addresses.
    pub fn forget_person(&mut self, by: PersonId, id: PersonId) -> Result<(), Refusal> {
        if self.world.people.get(id).is_none() {
            return Err(unknown());
        }
        self.spread_ban(by, id)?;
        self.spread_mute(by, id)?;
        let clans = &self.world.clans;
        let clans = clans.of(id).chain(clans.waiting_for(id));
        for tag in clans.map(|live| live.clan.tag).collect::<Vec<_>>() {
            self.act_in_clan(None, tag, &ClanAsk::Forget { who: id }, None)?;
        }
        self.drop_contacts(id)?;
        self.drop_roles(by, id)?;
        for game in self.world.watched_by(id).collect::<Vec<_>>() {
            // One that cannot be left any more is over soon, and tells nobody who is not in the book.
            let _ = self.act(Some(id), game, &Ask::Unwatch, None);
        }
        for (game, node) in self.lingering_of(id) {
            self.serve(None, ServiceEvent::Swept { game, node })?;
        }
        self.erase(by, id, None)
    }

    /// The feeds of somebody's finished matches that still stand. Looks at no more than this person's newest matches.
    fn lingering_of(&self, id: PersonId) -> Vec<(MatchId, String)> {
        const PAGE: usize = 100;
        let lingering = &self.world.service.lingering;
        let Some(oldest) = lingering.keys().next().copied() else {
            return Vec::new();
        };
        let (mut feeds, mut before) = (Vec::new(), None);
        loop {
            let page = self.finished_ids_of(id, before, PAGE);
            let some = page.iter().filter_map(|game| {
                let (_, node) = lingering.get(game)?;
                Some((*game, node.clone()))
            });
            feeds.extend(some);
            match page.last() {
                Some(last) if page.len() == PAGE && *last > oldest => before = Some(*last),
                _ => return feeds,
            }
        }
    }

    /// A ban of one address holds for all of them while they are known to be one person's: it has to be written for each
    /// before nobody knows that any more.
    fn spread_ban(&mut self, by: PersonId, id: PersonId) -> Result<(), Refusal> {
        let Some(person) = self.world.people.get(id) else {
            return Ok(());
        };
        let service = &self.world.service;
        let holds = |tag: Hash| {
            let ban = service.bans.get(&tag)?;
            let lasts = ban.until.is_none_or(|until| until > self.now);
            lasts.then(|| ban.clone())
        };
        let tags = person
            .addresses()
            .filter_map(|address| service.ban_tag(address));
        let (mut held, mut free) = (None, Vec::new());
        for tag in tags {
            match holds(tag) {
                Some(ban) => held = Some(ban),
                None => free.push(tag),
            }
        }
        let Some(ban) = held else {
            return Ok(());
        };
        for tag in free {
            let Ban { reason, until } = ban.clone();
            let banned = ServiceEvent::Banned {
                tag,
                reason,
                until,
                // Nobody is to be told again, and the history has it already.
                who: None,
            };
            self.serve(Some(by), banned)?;
        }
        Ok(())
    }

    /// Ends somebody's contacts, and says which they were.
    fn drop_contacts(&mut self, id: PersonId) -> Result<Vec<Contact>, Refusal> {
        let mine: Vec<Contact> = self.world.service.contacts.of_person(id).collect();
        for to in &mine {
            let (who, to) = (id, *to);
            self.serve(Some(id), ServiceEvent::Unsubscribed { who, to })?;
        }
        Ok(mine)
    }

    fn drop_roles(&mut self, by: PersonId, id: PersonId) -> Result<(), Refusal> {
        let service = &self.world.service;
        let referee = service.referees.contains(&id);
        let provers = service.provers.iter().filter(|(_, who)| *who == id);
        let kinds: Vec<String> = provers.map(|(kind, _)| kind.clone()).collect();
        if referee {
            let (who, on) = (id, false);
            self.serve(Some(by), ServiceEvent::Referee { who, on })?;
        }
        for kind in kinds {
            let (who, on) = (id, false);
            self.serve(Some(by), ServiceEvent::Prover { who, kind, on })?;
        }
        Ok(())
    }

    /// Takes somebody out of the book; `into` says whose address book entry goes on in their place.
    fn erase(&mut self, by: PersonId, id: PersonId, into: Option<PersonId>) -> Result<(), Refusal> {
        self.keep_handle_of(id, into)?;
        // What is due to them is planned by what is in the book.
        self.change_person(id, |person| (person.digest, person.quiet) = (None, None))?;
        self.serve(Some(by), ServiceEvent::Forgotten { who: id, into })?;
        self.world.people.forget(id);
        self.changed.remove(&id);
        self.leaving.insert(id);
        Ok(())
    }
}

fn unknown() -> Refusal {
    refuse("people/unknown", "The referee does not know that person.")
        .hint("Type `help` to see what you can do.")
}

fn taken(bare: &str, handle: &str) -> Refusal {
    refuse(
        "link/known",
        format!("{bare} is {handle} here already, and two people are never made one."),
    )
    .hint("If both are you: type `profile forget` at the one you give up, then link it again.")
}
