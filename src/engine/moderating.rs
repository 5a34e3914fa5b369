//! Moderation at the desk: whether somebody may speak to others, what the word filter finds, and the rules that hold.

use std::collections::BTreeSet;

use super::desk::Desk;
use super::moderation::{Flag, MAX_FLAGS_OF_ONE, Mute};
use super::service::ServiceEvent;
use super::world::World;
use crate::clans::{Configured, Person, Policy, flagged, policy_rule};
use crate::kit::{ClanTag, Hash, PersonId, Refusal, Timestamp, clip, refuse};

/// The longest part of a flagged text that is kept, in characters.
const MAX_FLAGGED_CHARS: usize = 200;
/// Admins who are told of a flag at once; all see it in `admin flags`.
const MAX_TOLD: usize = 20;

impl World {
    /// The mute of a person that holds now.
    pub fn mute_of(&self, who: PersonId, now: Timestamp) -> Option<&Mute> {
        self.muted(who, now).map(|(_, mute)| mute)
    }

    /// The same, with the id under which it is kept.
    pub fn muted(&self, who: PersonId, now: Timestamp) -> Option<(PersonId, &Mute)> {
        let moderation = &self.service.moderation;
        if !moderation.has_mutes() {
            return None;
        }
        moderation.mute_of(who, || self.tags_of(who).into_iter().collect(), now)
    }

    /// The keyed hashes of somebody's addresses.
    pub fn tags_of(&self, who: PersonId) -> BTreeSet<Hash> {
        let person = self.people.get(who);
        let addresses = person.into_iter().flat_map(Person::addresses);
        addresses
            .filter_map(|one| self.service.ban_tag(one))
            .collect()
    }

    /// The rules of the community: what an admin chose while the referee ran, else the configuration, else the default.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// What the configuration says of them.
    pub fn configured(&self) -> &Configured {
        &self.configured
    }

    /// Takes over what the configuration says of the rules.
    pub(super) fn govern(&mut self, configured: Configured) {
        self.configured = configured;
        self.reckon_policy();
    }

    /// The rules anew, after one has changed. A value that this version does not take any more is passed over.
    pub(super) fn reckon_policy(&mut self) {
        let mut policy = self.configured.policy.clone();
        for (name, change) in self.service.moderation.rules() {
            if let Some(rule) = policy_rule(name) {
                // `set` leaves the policy alone when it refuses.
                let _ = rule.set(&mut policy, &change.value);
            }
        }
        self.policy = policy;
    }
}

impl Desk {
    /// Whether somebody may speak to others through the referee: invite, challenge, publish, take another name.
    ///
    /// # Errors
    /// `people/muted`, with the reason, the end, and how to appeal.
    pub fn may_speak(&self, who: PersonId) -> Result<(), Refusal> {
        match self.world.mute_of(who, self.now) {
            None => Ok(()),
            Some(mute) => Err(
                refuse("people/muted", format!("You are {}", muted_words(mute))).hint(format!(
                    "You can go on playing your matches. Write to {} if you disagree.",
                    self.world.policy().contact
                )),
            ),
        }
    }

    /// Whether somebody may found a clan, as far as the rules of the community go; admins always may.
    ///
    /// # Errors
    /// `clan/not-a-founder`.
    pub fn may_found(&self, who: PersonId) -> Result<(), Refusal> {
        use crate::clans::Creators;
        let listed = self.world.service.moderation.is_founder(who);
        let allowed = match self.world.policy().creators {
            Creators::Anyone => true,
            Creators::Listed => listed || self.is_admin(who),
            Creators::Admins => self.is_admin(who),
        };
        if allowed {
            return Ok(());
        }
        Err(refuse(
            "clan/not-a-founder",
            "Not everybody may found a clan in this community.",
        )
        .hint(format!(
            "Write to {} to be allowed, or type `clans` and join one.",
            self.world.policy().contact
        )))
    }

    /// Whether the configuration names this person as an admin.
    pub fn is_admin(&self, who: PersonId) -> bool {
        let person = self.world.people.get(who);
        person.is_some_and(|person| self.world.admins.contains(&person.jid))
    }

    /// Looks for words of the filter in a text of somebody; what is found is told to the admins, and nothing is refused.
    /// `about` names the kind of text, as in "clan name"; `clan` is the clan it belongs to. A handle is not kept
    /// in the journal: its flag has no text.
    pub fn screen(&mut self, who: PersonId, about: &str, clan: Option<ClanTag>, text: &str) {
        let Some(word) = flagged(text, &self.world.policy().words).map(str::to_owned) else {
            return;
        };
        let text = match about {
            "handle" => String::new(),
            _ => clip(text, MAX_FLAGGED_CHARS),
        };
        let flags = self.world.service.moderation.flags();
        let known = |flag: &&Flag| {
            flag.who == who && flag.about == about && flag.clan == clan && flag.text == text
        };
        let mine = flags.values().filter(|flag| flag.who == who).count();
        if flags.values().any(|flag| known(&flag)) || mine >= MAX_FLAGS_OF_ONE {
            return;
        }
        let people = self
            .world
            .admins
            .iter()
            .filter_map(|jid| self.world.people.acting(jid));
        let tell = people.map(|admin| admin.id).take(MAX_TOLD).collect();
        let flag = Flag {
            at: self.now,
            who,
            about: about.to_owned(),
            clan,
            word,
            text,
        };
        let number = self.world.service.moderation.next_flag();
        // What the text was part of is still to be answered.
        let heard = std::mem::take(&mut self.heard);
        let _ = self.serve(None, ServiceEvent::Flagged { number, flag, tell });
        self.heard = heard;
    }

    /// Before somebody is forgotten: a mute has to know all of their addresses, also those that came later.
    pub(super) fn spread_mute(&mut self, by: PersonId, who: PersonId) -> Result<(), Refusal> {
        let tags = self.world.tags_of(who);
        let mute = self.world.mute_of(who, self.now);
        let Some(mute) = mute.filter(|mute| !mute.tags.is_superset(&tags)) else {
            return Ok(());
        };
        let (reason, until) = (mute.reason.clone(), mute.until);
        let tags = tags.union(&mute.tags).copied().collect();
        let muted = ServiceEvent::Muted {
            who,
            tags,
            reason,
            until,
        };
        self.serve(Some(by), muted)
    }

    /// Ends the mutes whose time is over.
    pub(super) fn end_mutes(&mut self, limit: usize) {
        for who in self.world.service.moderation.due(self.now, limit) {
            let reason = String::new();
            let _ = self.serve(None, ServiceEvent::Unmuted { who, reason });
        }
    }
}

/// How long and why, to complete "You are …".
pub fn muted_words(mute: &Mute) -> String {
    format!(
        "muted {}: {}.",
        until_words(mute.until),
        mute.reason.trim_end_matches('.')
    )
}

/// The end of a measure in words: `until 2026-01-02 12:00 UTC`, or `until further notice`.
pub fn until_words(until: Option<Timestamp>) -> String {
    match until {
        Some(until) => format!("until {} UTC", until.jiff().strftime("%Y-%m-%d %H:%M")),
        None => "until further notice".to_owned(),
    }
}
