//! Clan mates in contact lists: offered by message (XEP-0144), or put there where a server lets us (XEP-0356).
//!
//! Only those are offered who share their addresses with whoever is told. A server says by itself, of its own accounts, that
//! we may change contact lists (`urn:xmpp:privilege:1` and `:2` alike); then entries between two accounts of that server are
//! set, and all others are offered. What a person had before is left alone. Begin reading with [`Rosters::contacts`].

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use minidom::{Element, ElementBuilder};
use xmpp_parsers::ns;

use super::muc;
use super::out::{Heard, Out, Question, Then};
use super::stanza::{Head, address, attribute, el, leaf};
use crate::engine::{About, Addressee};
use crate::kit::ClanTag;

/// The namespace of items that are offered.
pub const ROSTERX: &str = "http://jabber.org/protocol/rosterx";
/// How servers tell what a component may do: ejabberd 23.01 the first, XEP-0356 since 0.3 the second.
const PRIVILEGES: [&str; 2] = ["urn:xmpp:privilege:1", "urn:xmpp:privilege:2"];
/// Servers whose word is remembered; our own is the first to tell.
const MAX_SERVERS: usize = 32;
/// Contact lists that are changed at once.
const AT_ONCE: usize = 8;
/// Lists that wait to be changed; beyond it mates are offered by message.
const MAX_JOBS: usize = 10_000;

/// Contacts to be put into somebody's list, or taken off it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    clan: ClanTag,
    /// The group: the clan's name.
    group: String,
    add: bool,
    /// Whose list, by bare JID.
    to: String,
    /// Address and name of each.
    who: Vec<(String, String)>,
    /// The id of the message, if one is to be sent.
    id: String,
}

/// A question that is out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// What is in the list?
    List(Job),
    /// One entry is to be set; should that be refused, it is offered.
    Entry(Job),
}

/// An entry of somebody's list.
struct Entry {
    name: Option<String>,
    subscription: String,
    groups: BTreeSet<String>,
}

/// What is known of servers, and the lists that are being changed.
pub struct Rosters {
    domain: String,
    /// Servers that let us read and change the lists of their accounts.
    granted: BTreeSet<String>,
    jobs: VecDeque<Job>,
    busy: usize,
}

impl Rosters {
    /// No server has said anything yet.
    pub fn new(domain: &str) -> Rosters {
        Rosters {
            domain: domain.to_owned(),
            granted: BTreeSet::new(),
            jobs: VecDeque::new(),
            busy: 0,
        }
    }

    /// The connection is gone; what a server grants is told anew on the next.
    pub fn down(&mut self) {
        *self = Rosters::new(&self.domain);
    }

    /// Reads what a server lets us do; false when the message is not about that. A server speaks for its own accounts.
    pub fn privileges(&mut self, message: &Element, head: &Head) -> bool {
        let told = PRIVILEGES
            .iter()
            .find_map(|ns| message.get_child("privilege", *ns));
        let server = head.from.local.is_none() && head.from.resource().is_none();
        let Some(told) = told.filter(|_| server && head.to.bare == self.domain) else {
            return false;
        };
        let both = told.children().any(|perm| {
            perm.name() == "perm"
                && perm.attr("access") == Some("roster")
                && perm.attr("type") == Some("both")
        });
        let fits = self.granted.len() < MAX_SERVERS || self.granted.contains(&head.from.domain);
        if both && fits {
            tracing::info!(
                server = head.from.domain,
                "the server lets clans keep a group in contact lists"
            );
            self.granted.insert(head.from.domain.clone());
        } else if self.granted.remove(&head.from.domain) {
            tracing::info!(
                server = head.from.domain,
                "the server lets us change contact lists no longer"
            );
        }
        true
    }

    /// Offers these people to one, or puts them into the list. `to` begins with whoever is told.
    pub fn contacts(
        &mut self,
        (clan, group): (ClanTag, &str),
        add: bool,
        aloud: bool,
        to: &[Addressee],
        id: &str,
    ) -> Vec<Out> {
        let Some((to, who)) = to.split_first() else {
            return Vec::new();
        };
        let home = domain_of(&to.jid);
        let full = self.jobs.len() >= MAX_JOBS;
        let local =
            |one: &&Addressee| !full && self.granted.contains(home) && domain_of(&one.jid) == home;
        let (set, offered): (Vec<_>, Vec<_>) = who.iter().partition(local);
        let job = |who: Vec<&Addressee>| Job {
            clan,
            group: group.to_owned(),
            add,
            to: to.jid.clone(),
            who: (who.iter())
                .map(|one| (one.jid.clone(), one.handle.clone()))
                .collect(),
            id: id.to_owned(),
        };
        let mut outs = Vec::new();
        if !offered.is_empty() || (aloud && !who.is_empty()) {
            let body = aloud.then(|| body(clan, &job(who.iter().collect())));
            outs.push(self.offer(&job(offered), body));
        }
        if !set.is_empty() {
            self.jobs.push_back(job(set));
        }
        outs.extend(self.next());
        outs
    }

    /// A list, or the change of an entry, has been answered.
    pub fn heard(&mut self, asked: Asked, heard: &Heard) -> Vec<Out> {
        self.busy = self.busy.saturating_sub(1);
        let mut outs = match (asked, heard) {
            (Asked::List(job), Heard::Result(iq)) => {
                let changes = changes(&job, &read(iq));
                self.busy += changes.len();
                let set = changes.into_iter().map(|(item, job)| {
                    let payload = el("query", ns::ROSTER).append(item).build();
                    self.ask(true, payload, job.to.clone(), Asked::Entry(job))
                });
                set.collect()
            }
            (Asked::Entry(_), Heard::Result(_)) => Vec::new(),
            (Asked::List(job) | Asked::Entry(job), Heard::Error(_) | Heard::Silence) => {
                tracing::debug!(to = job.to, "a contact list was not changed");
                vec![self.offer(&job, None)]
            }
        };
        outs.extend(self.next());
        outs
    }

    /// Begins with as many lists as is fit.
    fn next(&mut self) -> Vec<Out> {
        let mut outs = Vec::new();
        while self.busy < AT_ONCE
            && let Some(job) = self.jobs.pop_front()
        {
            self.busy += 1;
            let query = Element::bare("query", ns::ROSTER);
            outs.push(self.ask(false, query, job.to.clone(), Asked::List(job)));
        }
        outs
    }

    fn ask(&self, set: bool, payload: Element, to: String, asked: Asked) -> Out {
        Out::Ask(Question {
            from: self.domain.clone(),
            to,
            set,
            payload,
            then: Then::Rosters(asked),
        })
    }

    /// The message that offers contacts. Without a text it lies in nobody's chat window.
    fn offer(&self, job: &Job, body: Option<String>) -> Out {
        let action = if job.add { "add" } else { "delete" };
        let items = job.who.iter().map(|(jid, name)| {
            entry("item", ROSTERX, jid, Some(name))
                .attr(attribute("action"), action)
                .append(leaf("group", ROSTERX, &job.group))
                .build()
        });
        let items: Vec<Element> = items.collect();
        let kind = if body.is_some() { "chat" } else { "normal" };
        let from = format!("{}@{}", About::Clan(job.clan).local(), self.domain);
        let body = body.map(|text| leaf("body", ns::DEFAULT_NS, &text));
        let offered = (!items.is_empty()).then(|| el("x", ROSTERX).append_all(items).build());
        let message = address("message", &from, &job.to, Some(&job.id), kind)
            .append(muc::origin_id(&job.id))
            .append_all(body)
            .append_all(offered);
        Out::Send(message.build())
    }
}

/// What somebody reads who asked for it: apps that know nothing of offers show addresses as links.
fn body(clan: ClanTag, job: &Job) -> String {
    let mut text = format!(
        "[{clan}] These members share their addresses with you. If your app does not ask whether to add them, do it yourself:"
    );
    for (jid, name) in &job.who {
        text.push_str(&format!("\n{name}: xmpp:{jid}"));
    }
    text
}

/// The entries to be set so that a list is as it should be, each with what is offered should it be refused.
fn changes(job: &Job, list: &BTreeMap<String, Entry>) -> Vec<(Element, Job)> {
    let mut changes = Vec::new();
    for (jid, name) in &job.who {
        let item = match (list.get(jid), job.add) {
            (None, true) => entry("item", ns::ROSTER, jid, Some(name))
                .attr(attribute("subscription"), "both")
                .append(leaf("group", ns::ROSTER, &job.group)),
            (Some(known), false) if known.groups.contains(&job.group) => {
                let others: Vec<&String> = known
                    .groups
                    .iter()
                    .filter(|group| **group != job.group)
                    .collect();
                // An entry in our group alone is one that we made: whatever was there before was left as it was.
                if others.is_empty() {
                    entry("item", ns::ROSTER, jid, None).attr(attribute("subscription"), "remove")
                } else {
                    entry("item", ns::ROSTER, jid, known.name.as_deref())
                        .attr(attribute("subscription"), known.subscription.as_str())
                        .append_all(others.iter().map(|group| leaf("group", ns::ROSTER, group)))
                }
            }
            _ => continue,
        };
        let alone = Job {
            who: vec![(jid.clone(), name.clone())],
            ..job.clone()
        };
        changes.push((item.build(), alone));
    }
    changes
}

fn entry(name: &str, namespace: &str, jid: &str, shown: Option<&str>) -> ElementBuilder {
    el(name, namespace)
        .attr(attribute("jid"), jid)
        .attr(attribute("name"), shown)
}

/// The entries of a list, by address.
fn read(iq: &Element) -> BTreeMap<String, Entry> {
    let items = iq
        .get_child("query", ns::ROSTER)
        .into_iter()
        .flat_map(Element::children);
    let entry = |item: &Element| {
        let groups = item.children().filter(|child| child.name() == "group");
        let entry = Entry {
            name: item.attr("name").map(str::to_owned),
            subscription: item.attr("subscription").unwrap_or("none").to_owned(),
            groups: groups.map(Element::text).collect(),
        };
        Some((item.attr("jid")?.to_owned(), entry))
    };
    items.filter_map(entry).collect()
}

fn domain_of(bare: &str) -> &str {
    bare.rsplit('@').next().unwrap_or_default()
}

#[cfg(test)]
mod tests;
