//! Searches: which rows to ask the writer for, page by page, and which of them fit.
//!
//! The writer is asked for little at a time, so that no search keeps a player waiting; filters are tried here.

use std::time::Instant;

use ldap3_proto::proto::LdapSearchScope as Scope;

use super::entry::{self, Entry};
use super::filter::{Filter, Need};
use super::tree::{Node, Tree};
use crate::commands::{DirectoryAsk, DirectorySeen};
use crate::kit::{PersonId, person_of_uuid};

/// Entries of one answer; whoever wants more asks for pages (RFC 2696).
pub const MAX_ENTRIES: usize = 500;

/// Who knows the rows: the writer, or a test.
pub trait Directory: Clone + Send + Sync + 'static {
    /// Asks; `None` when there is no answer to be had now.
    fn ask(&self, ask: DirectoryAsk) -> impl Future<Output = Option<DirectorySeen>> + Send;

    /// Notes that somebody has logged in to a service.
    fn logged_in(&self, handle: &str, service: &str);
}

/// What is searched.
#[derive(Debug)]
pub struct Query<'a> {
    /// The base of all names.
    pub tree: &'a Tree,
    /// For which service.
    pub service: &'a str,
    /// Where.
    pub base: &'a Node,
    /// How far below.
    pub scope: &'a Scope,
    /// Which entries.
    pub filter: &'a Filter,
}

/// What was found.
#[derive(Debug, Default)]
pub struct Found {
    /// The entries.
    pub entries: Vec<Entry>,
    /// Where to go on, if that was not all.
    pub more: Option<Cookie>,
}

/// Why nothing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// There is no entry of the base's name.
    NoSuchObject,
    /// It took too long.
    TooLong,
    /// The writer does not answer.
    Unavailable,
    /// The cookie belongs to no such search.
    BadCookie,
}

/// Where a paged search goes on: the step of its plan, the row after which the writer is asked again, and how many entries of
/// that answer were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cookie {
    step: usize,
    skip: usize,
    after: String,
}

impl Cookie {
    /// As the client keeps it.
    pub fn write(&self) -> Vec<u8> {
        format!("{} {} {}", self.step, self.skip, self.after).into_bytes()
    }

    /// What a client brought back.
    pub fn read(bytes: &[u8]) -> Option<Cookie> {
        let text = std::str::from_utf8(bytes).ok()?;
        let mut words = text.splitn(3, ' ');
        Some(Cookie {
            step: words.next()?.parse().ok()?,
            skip: words.next()?.parse().ok()?,
            after: words.next()?.to_owned(),
        })
    }
}

/// One thing to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// An entry that is always there.
    Fixed(Node),
    /// Rows of the writer.
    Rows(DirectoryAsk),
}

impl Query<'_> {
    /// Looks, from the cookie on, for at most so many entries, until this moment.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn run(
        &self,
        directory: &impl Directory,
        from: Option<Cookie>,
        most: usize,
        until: Instant,
    ) -> Result<Found, Failure> {
        let steps = self.plan();
        let fresh = from.is_none();
        let mut at = from.unwrap_or_default();
        if at.step > steps.len() {
            return Err(Failure::BadCookie);
        }
        let mut found = Found::default();
        let mut base_seen = !matches!(
            self.base,
            Node::Person(_) | Node::Clan(_) | Node::Role(..) | Node::May(..)
        );
        while let Some(step) = steps.get(at.step) {
            if Instant::now() > until {
                return Err(Failure::TooLong);
            }
            let (entries, next) = self.entries(directory, step, &at.after).await?;
            base_seen |= entries.iter().any(|entry| entry.node.is(self.base));
            for (nth, entry) in entries.into_iter().enumerate().skip(at.skip) {
                if !self.reaches(&entry.node) || self.filter.holds(&entry) != Some(true) {
                    continue;
                }
                if found.entries.len() == most {
                    found.more = Some(Cookie { skip: nth, ..at });
                    return Ok(found);
                }
                found.entries.push(entry);
            }
            at = match next {
                Some(after) => Cookie {
                    step: at.step,
                    skip: 0,
                    after,
                },
                None => Cookie {
                    step: at.step + 1,
                    ..Cookie::default()
                },
            };
        }
        if fresh && !base_seen {
            return Err(Failure::NoSuchObject);
        }
        Ok(found)
    }

    /// The entry of the base itself.
    ///
    /// # Errors
    /// See [`Failure`].
    pub async fn base(&self, directory: &impl Directory) -> Result<Entry, Failure> {
        for step in self.plan() {
            let (entries, _) = self.entries(directory, &step, "").await?;
            let mut entries = entries.into_iter();
            if let Some(found) = entries.find(|entry| entry.node.is(self.base)) {
                return Ok(found);
            }
        }
        Err(Failure::NoSuchObject)
    }

    /// The entries of a step, and after which row there are more.
    async fn entries(
        &self,
        directory: &impl Directory,
        step: &Step,
        after: &str,
    ) -> Result<(Vec<Entry>, Option<String>), Failure> {
        let ask = match step {
            Step::Fixed(Node::Base) => {
                return Ok((vec![entry::base(self.tree, self.service)], None));
            }
            Step::Fixed(node) => return Ok((vec![entry::unit(node.clone())], None)),
            Step::Rows(DirectoryAsk::People(_)) if !after.is_empty() => {
                let id = after.parse().map_err(|_| Failure::BadCookie)?;
                DirectoryAsk::People(Some(PersonId(id)))
            }
            Step::Rows(DirectoryAsk::Clans(_)) if !after.is_empty() => {
                DirectoryAsk::Clans(Some(after.to_owned()))
            }
            Step::Rows(ask) => ask.clone(),
        };
        match directory.ask(ask).await {
            Some(DirectorySeen::People(rows, next)) => Ok((
                rows.iter().map(entry::person).collect(),
                next.map(|id| id.0.to_string()),
            )),
            Some(DirectorySeen::Clans(rows, next)) => {
                Ok((rows.iter().flat_map(entry::clan).collect(), next))
            }
            Some(DirectorySeen::May(found)) => {
                let entry = found.map(|(tag, may, people)| entry::may(&tag, &may, &people));
                Ok((entry.into_iter().collect(), None))
            }
            _ => Err(Failure::Unavailable),
        }
    }

    /// Whether an entry lies within the scope.
    fn reaches(&self, node: &Node) -> bool {
        let above = || std::iter::successors(node.parent(), Node::parent);
        match self.scope {
            Scope::Base => node.is(self.base),
            Scope::OneLevel => node.parent().is_some_and(|parent| parent.is(self.base)),
            Scope::Subtree => node.is(self.base) || above().any(|node| node.is(self.base)),
            Scope::Children => above().any(|node| node.is(self.base)),
        }
    }

    /// Everything that may fit, and as little else as is easily left out.
    fn plan(&self) -> Vec<Step> {
        let deep = *self.scope != Scope::Base;
        let deeper = matches!(self.scope, Scope::Subtree | Scope::Children);
        let fixed = |node: &Node| vec![Step::Fixed(node.clone())];
        match self.base {
            Node::Base => {
                let mut steps = fixed(self.base);
                if deep {
                    steps.push(Step::Fixed(Node::People));
                    steps.push(Step::Fixed(Node::Clans));
                }
                if deeper {
                    steps.extend(self.people());
                    steps.extend(self.clans());
                }
                steps
            }
            Node::People if deep => [fixed(self.base), self.people()].concat(),
            Node::Clans if deep => [fixed(self.base), self.clans()].concat(),
            Node::People | Node::Clans => fixed(self.base),
            Node::Person(handle) => vec![Step::Rows(DirectoryAsk::Person(handle.clone()))],
            Node::Clan(tag) | Node::Role(tag, _) => {
                vec![Step::Rows(DirectoryAsk::Clan(tag.clone()))]
            }
            Node::May(clan, permission) => vec![Step::Rows(DirectoryAsk::May {
                clan: clan.clone(),
                permission: permission.clone(),
            })],
            Node::Reader => Vec::new(),
        }
    }

    fn of_class(&self, classes: &[&str]) -> bool {
        match self.filter.needs("objectclass") {
            Some(Need::Text(class)) => classes.contains(&class),
            _ => true,
        }
    }

    /// The people who may fit.
    fn people(&self) -> Vec<Step> {
        if !self.of_class(&["top", "person", "organizationalperson", "inetorgperson"])
            || self.filter.needs("member").is_some()
        {
            return Vec::new();
        }
        let named = ["uid", "cn", "sn", "displayname", "entrydn"];
        let named = named.iter().find_map(|name| self.filter.needs(name));
        let numbered = match (
            self.filter.needs("entryuuid"),
            self.filter.needs("uidnumber"),
        ) {
            (Some(Need::Text(uuid)), _) => Some(person_of_uuid(uuid)),
            (_, Some(Need::Text(number))) => Some(entry::person_of_number(number)),
            _ => None,
        };
        if let Some(numbered) = numbered {
            let ask = numbered.map(DirectoryAsk::Numbered);
            return ask.map(Step::Rows).into_iter().collect();
        }
        let ask = match (named, self.filter.needs("memberof")) {
            (Some(Need::Text(handle)), _) => DirectoryAsk::Person(handle.to_owned()),
            (Some(Need::Name(Node::Person(handle))), _) => DirectoryAsk::Person(handle.clone()),
            (Some(Need::Name(_)), _) => return Vec::new(),
            (None, Some(Need::Name(Node::Clan(tag) | Node::Role(tag, _)))) => {
                DirectoryAsk::Members(tag.clone())
            }
            (None, Some(_)) => return Vec::new(),
            (None, None) => DirectoryAsk::People(None),
        };
        vec![Step::Rows(ask)]
    }

    /// The clans that may fit, or have roles that do.
    fn clans(&self) -> Vec<Step> {
        let about_people = ["uid", "uidnumber", "sn", "displayname", "memberof"];
        if !self.of_class(&["top", "groupofnames"])
            || about_people
                .iter()
                .any(|name| self.filter.needs(name).is_some())
        {
            return Vec::new();
        }
        let ask = match (self.filter.needs("entrydn"), self.filter.needs("member")) {
            (Some(Need::Name(Node::Clan(tag) | Node::Role(tag, _))), _) => {
                DirectoryAsk::Clan(tag.clone())
            }
            (Some(_), _) => return Vec::new(),
            (None, Some(Need::Name(Node::Person(handle)))) => DirectoryAsk::ClansOf(handle.clone()),
            (None, Some(_)) => return Vec::new(),
            (None, None) => DirectoryAsk::Clans(None),
        };
        vec![Step::Rows(ask)]
    }
}
