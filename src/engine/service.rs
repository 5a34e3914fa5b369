//! The referee's own stream: what the journal must hold although it belongs to no match.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::aside::ToldAside;
use super::contacts::Contacts;
use super::gone::Gone;
use super::handles::KeptHandles;
use super::moderation::{Flag, Moderation};
use crate::kit::{ClanTag, Hash, KeyId, MatchId, PersonId, PublicKey, Secret, Timestamp};
use crate::leagues::Rated;

/// An address of ours that somebody has in the contact list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Contact {
    /// `referee@R`
    Referee,
    /// `m42@R`
    Match(MatchId),
    /// `clan-wolves@R`
    Clan(ClanTag),
}

/// Something that happened to the referee itself. Kinds and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum ServiceEvent {
    /// The journal begins; the key for bans is sealed with it.
    Born,
    /// The referee could not be reached; no clock runs over such a stretch.
    Down {
        /// From when.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// From now on results are signed with this key.
    Key {
        /// Its short name.
        id: KeyId,
        /// The key.
        public: PublicKey,
        /// Since when.
        from: Timestamp,
    },
    /// A rated match was counted, or its result changed.
    Rated(Rated),
    /// Every effect of every record up to this number has reached the server.
    Confirmed {
        /// A record's global number.
        upto: u64,
    },
    /// Somebody added an address of ours to the contact list.
    Subscribed {
        /// Who.
        who: PersonId,
        /// Which address.
        to: Contact,
    },
    /// Somebody removed it again.
    Unsubscribed {
        /// Who.
        who: PersonId,
        /// Which address.
        to: Contact,
    },
    /// The lobby room is ours.
    Lobby {
        /// Its address.
        room: String,
    },
    /// The node of what is going on is ours.
    News {
        /// The node.
        node: String,
    },
    /// The feed of a match that is over stays until then.
    Lingers {
        /// The match.
        game: MatchId,
        /// Its node.
        node: String,
        /// Until when.
        until: Timestamp,
    },
    /// The feed of a match was deleted.
    Swept {
        /// The match.
        game: MatchId,
        /// Its node.
        node: String,
    },
    /// Somebody may no longer use the referee.
    Banned {
        /// HMAC of the bare JID, or of a domain: it outlives forgetting.
        tag: Hash,
        /// The reason, which the person is told.
        reason: String,
        /// Until when; for good when missing.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until: Option<Timestamp>,
        /// Who, where it is a person and not a domain.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        who: Option<PersonId>,
    },
    /// A ban was lifted.
    Unbanned {
        /// The same HMAC.
        tag: Hash,
        /// Who, where it is a person and not a domain.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        who: Option<PersonId>,
        /// Why.
        #[serde(skip_serializing_if = "String::is_empty", default)]
        reason: String,
    },
    /// Somebody may go on playing, and say nothing to others through the referee.
    Muted {
        /// Who.
        who: PersonId,
        /// HMAC of each of their bare JIDs: it outlives forgetting.
        tags: BTreeSet<Hash>,
        /// The reason, which the person is told.
        reason: String,
        /// Until when; until it is lifted when missing.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until: Option<Timestamp>,
    },
    /// A mute was lifted, or its time is over.
    Unmuted {
        /// Who.
        who: PersonId,
        /// Why; empty when the time is over.
        #[serde(skip_serializing_if = "String::is_empty", default)]
        reason: String,
    },
    /// An admin changed a rule of the community, or gave it back to the configuration.
    Policy {
        /// The rule's name.
        rule: String,
        /// Its value as text; the configuration's when missing.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        value: Option<String>,
        /// Why.
        reason: String,
    },
    /// An admin allowed somebody to found clans, or took that away.
    Founder {
        /// Who.
        who: PersonId,
        /// Whether they may from now on.
        on: bool,
        /// Why.
        reason: String,
    },
    /// The word filter found something.
    Flagged {
        /// The flag's number, from 1.
        number: u64,
        /// What was found, and where.
        flag: Flag,
        /// The admins who are told at once.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        tell: Vec<PersonId>,
    },
    /// An admin has seen to a flag.
    Unflagged {
        /// Its number.
        number: u64,
        /// What came of it.
        reason: String,
    },
    /// An admin made somebody a human referee, or took the role away.
    Referee {
        /// Who.
        who: PersonId,
        /// Whether they are one from now on.
        on: bool,
    },
    /// Somebody proved that another address, or an account at another service, is theirs.
    Linked {
        /// Who.
        who: PersonId,
        /// `jid`, or the kind of the account; never an address or a name.
        what: String,
    },
    /// Somebody let go of one.
    Unlinked {
        /// Who.
        who: PersonId,
        /// `jid`, or the kind of the account.
        what: String,
    },
    /// An admin let a program confirm accounts of a kind, or no longer.
    Prover {
        /// Who.
        who: PersonId,
        /// The kind of account.
        kind: String,
        /// Whether they may from now on.
        on: bool,
    },
    /// Somebody's entry in the address book is gone; records go on to name them by id.
    Forgotten {
        /// Who.
        who: PersonId,
        /// Whose address theirs is now, where they had never done anything.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        into: Option<PersonId>,
    },
    /// Somebody let go of a handle, or other services were told of it: it waits for nobody else.
    HandleKept {
        /// HMAC of the handle, in the form in which look-alikes are one.
        tag: Hash,
        /// Whose it is.
        who: PersonId,
        /// HMAC of each of their bare JIDs: it outlives forgetting.
        owners: BTreeSet<Hash>,
        /// Until when; for good when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        until: Option<Timestamp>,
    },
    /// Somebody's quiet hours are over, and these matches have something to tell.
    Rested {
        /// Who.
        who: PersonId,
        /// The matches.
        about: Vec<MatchId>,
        /// Clans that have something to tell.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        clans: Vec<ClanTag>,
    },
    /// It was time for somebody's daily digest; when nothing waited they were told nothing.
    Digested {
        /// Who.
        who: PersonId,
        /// The matches that waited.
        about: Vec<MatchId>,
    },
    /// An admin told everybody something.
    Announced {
        /// What.
        text: String,
    },
    /// The record of a match or a clan could not be read or applied: it is set aside until it can be. Or a record of this
    /// very stream was left out for that reason.
    SetAside {
        /// `m5`, `clan-wolves`, or `service`.
        stream: String,
        /// The number of the first record that could not be read.
        record: u64,
        /// Who has to do with it.
        people: Vec<PersonId>,
        /// The admins who were told.
        tell: Vec<PersonId>,
    },
    /// What was set aside can be read again. A match's clocks stood since.
    Returned {
        /// `m5`, `clan-wolves`, or `service`.
        stream: String,
        /// When it was set aside.
        since: Timestamp,
        /// Who was told that it was set aside.
        people: Vec<PersonId>,
        /// The admins who were told.
        tell: Vec<PersonId>,
    },
}

/// The secret that goes with a service event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ServiceSealed {
    /// The key of the bans' HMAC.
    BanKey(Secret<Hash>),
}

/// Why and how long somebody is banned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Ban {
    /// The reason, which the person is told.
    pub reason: String,
    /// Until when; for good when missing.
    pub until: Option<Timestamp>,
}

/// The state of the referee's own stream.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Service {
    /// Records in the stream so far.
    pub v: u64,
    /// Hash of the stream's last record.
    pub head: Option<Hash>,
    /// The key of the bans' HMAC.
    pub ban_key: Option<Secret<Hash>>,
    /// Everything up to this record has reached the server.
    pub confirmed: u64,
    /// Who has which of our addresses in the contact list.
    pub contacts: Contacts,
    /// The lobby room, once it is ours.
    pub lobby: Option<String>,
    /// The node of what is going on, once it is ours.
    pub news: Option<String>,
    /// Feeds of finished matches, with the moment at which they go.
    pub lingering: BTreeMap<MatchId, (Timestamp, String)>,
    /// The same by moment, so that no batch has to look through all of them.
    sweeps: BTreeSet<(Timestamp, MatchId)>,
    /// When somebody's daily digest was last due and seen to.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub digested: BTreeMap<PersonId, Timestamp>,
    /// The keys that signed, in the order of their use; the last one signs.
    #[serde(default)]
    pub keys: Vec<(PublicKey, Timestamp)>,
    /// Who is banned.
    #[serde(with = "as_list")]
    pub bans: BTreeMap<Hash, Ban>,
    /// Handles that wait for their old owners.
    #[serde(skip_serializing_if = "KeptHandles::is_empty", default)]
    pub handles: KeptHandles,
    /// The human referees.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub referees: BTreeSet<PersonId>,
    /// The programs that confirm accounts at other services, with the kind of account.
    #[serde(skip_serializing_if = "BTreeSet::is_empty", default)]
    pub provers: BTreeSet<(String, PersonId)>,
    /// The streams of which it was told that they are set aside.
    #[serde(skip_serializing_if = "BTreeMap::is_empty", default)]
    pub aside: BTreeMap<String, ToldAside>,
    /// The numbers of those who were forgotten.
    #[serde(default)]
    pub gone: Gone,
    /// What admins did about people, and the rules they changed.
    #[serde(skip_serializing_if = "Moderation::is_empty", default)]
    pub moderation: Moderation,
}

/// JSON has no maps with keys that are no text; hashes are, but a list reads the same in every language.
mod as_list {
    use super::{BTreeMap, Ban, Hash};
    use serde::{Deserialize, Deserializer, Serializer};

    pub fn serialize<S: Serializer>(map: &BTreeMap<Hash, Ban>, s: S) -> Result<S::Ok, S::Error> {
        s.collect_seq(map)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(d: D) -> Result<BTreeMap<Hash, Ban>, D::Error> {
        Ok(Vec::<(Hash, Ban)>::deserialize(d)?.into_iter().collect())
    }
}

impl Service {
    /// Applies one event that happened at this time.
    pub fn evolve(&mut self, at: Timestamp, event: &ServiceEvent, sealed: &[ServiceSealed]) {
        match event {
            ServiceEvent::Born => {
                self.ban_key = sealed
                    .iter()
                    .map(|ServiceSealed::BanKey(key)| key.clone())
                    .next();
            }
            ServiceEvent::Key { public, from, .. } => self.keys.push((*public, *from)),
            ServiceEvent::Down { .. }
            | ServiceEvent::Rated(_)
            | ServiceEvent::Announced { .. }
            | ServiceEvent::Linked { .. }
            | ServiceEvent::Unlinked { .. }
            | ServiceEvent::Rested { .. } => {}
            // `Moderation` keeps these; it has to know by whom.
            ServiceEvent::Muted { .. }
            | ServiceEvent::Unmuted { .. }
            | ServiceEvent::Policy { .. }
            | ServiceEvent::Founder { .. }
            | ServiceEvent::Flagged { .. }
            | ServiceEvent::Unflagged { .. } => {}
            ServiceEvent::Forgotten { who, .. } => {
                self.gone.insert(*who);
                self.digested.remove(who);
            }
            ServiceEvent::HandleKept { .. } => self.handles.evolve(at, event),
            ServiceEvent::Digested { who, .. } => {
                self.digested.insert(*who, at);
            }
            ServiceEvent::SetAside { stream, people, .. } => {
                let (since, people) = (at, people.clone());
                self.aside
                    .insert(stream.clone(), ToldAside { since, people });
            }
            ServiceEvent::Returned { stream, .. } => {
                self.aside.remove(stream);
            }
            ServiceEvent::Confirmed { upto } => self.confirmed = self.confirmed.max(*upto),
            ServiceEvent::Subscribed { who, to } => {
                self.contacts.insert(*to, *who);
            }
            ServiceEvent::Unsubscribed { who, to } => {
                self.contacts.remove(*to, *who);
            }
            ServiceEvent::Lobby { room } => self.lobby = Some(room.clone()),
            ServiceEvent::News { node } => self.news = Some(node.clone()),
            ServiceEvent::Lingers { game, node, until } => {
                self.lingering.insert(*game, (*until, node.clone()));
                self.sweeps.insert((*until, *game));
            }
            ServiceEvent::Swept { game, .. } => {
                if let Some((until, _)) = self.lingering.remove(game) {
                    self.sweeps.remove(&(until, *game));
                }
            }
            ServiceEvent::Banned {
                tag, reason, until, ..
            } => {
                self.bans.insert(
                    *tag,
                    Ban {
                        reason: reason.clone(),
                        until: *until,
                    },
                );
            }
            ServiceEvent::Unbanned { tag, .. } => {
                self.bans.remove(tag);
            }
            ServiceEvent::Referee { who, on: true } => {
                self.referees.insert(*who);
            }
            ServiceEvent::Referee { who, on: false } => {
                self.referees.remove(who);
            }
            ServiceEvent::Prover { who, kind, on } => {
                let prover = (kind.clone(), *who);
                if *on {
                    self.provers.insert(prover);
                } else {
                    self.provers.remove(&prover);
                }
            }
        }
    }

    /// The tag under which a bare JID or a domain is banned: HMAC-SHA-256 (RFC 2104) under the sealed key.
    pub fn ban_tag(&self, name: &str) -> Option<Hash> {
        use hmac::{Hmac, KeyInit, Mac};
        let key = self.ban_key.as_ref()?;
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&key.reveal().0).ok()?;
        mac.update(name.as_bytes());
        Some(Hash(mac.finalize().into_bytes().into()))
    }

    /// The ban that holds for a bare JID now, of the person or of the whole domain.
    pub fn ban_of(&self, bare: &str, now: Timestamp) -> Option<&Ban> {
        if self.bans.is_empty() {
            return None;
        }
        let domain = bare.rsplit('@').next().unwrap_or_default();
        [bare, domain].iter().find_map(|name| {
            let ban = self.bans.get(&self.ban_tag(name)?)?;
            ban.until.is_none_or(|until| until > now).then_some(ban)
        })
    }

    /// Who has an address of ours in the contact list.
    pub fn contacts_of(&self, contact: Contact) -> impl Iterator<Item = PersonId> + '_ {
        self.contacts.of(contact)
    }

    /// The feeds that are due to go, at most `limit`.
    pub fn due_feeds(&self, now: Timestamp, limit: usize) -> Vec<(MatchId, String)> {
        let due = self.sweeps.iter().take_while(|(until, _)| *until <= now);
        due.take(limit)
            .filter_map(|(_, game)| Some((*game, self.lingering.get(game)?.1.clone())))
            .collect()
    }

    /// When the next feed of a finished match is due to go, or a mute is over.
    pub fn next_wake(&self) -> Option<Timestamp> {
        let sweep = self.sweeps.first().map(|(until, _)| *until);
        [sweep, self.moderation.next_wake()]
            .into_iter()
            .flatten()
            .min()
    }
}
