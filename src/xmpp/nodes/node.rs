//! One node of a clan as we know it.

use std::collections::{BTreeSet, VecDeque};

use crate::engine::Item;

/// What waits for a node that is not in step.
const MAX_HELD: usize = 256;

/// Where a node stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stage {
    Creating,
    Checking,
    Configuring,
    /// Both lists are being read.
    Reading(Found),
    /// Subscriptions are being ended; then these lose the right to read, and these get it.
    PuttingOut(Vec<String>, Vec<String>),
    Granting,
    Comparing,
    Ready,
    /// The roster has changed since it was ready.
    Stale,
    /// Left alone until it is tried again.
    Failed,
}

/// Something to do on a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    Post(Box<Item>),
    Retract(String),
}

impl Deed {
    /// The id of the item it is about.
    pub fn item(&self) -> &str {
        match self {
            Deed::Post(item) => &item.id,
            Deed::Retract(id) => id,
        }
    }

    /// Whether it makes an earlier one needless: what was taken back is not published for a moment first.
    pub fn replaces(&self, earlier: &Deed) -> bool {
        self.item() == earlier.item()
    }
}

/// A node.
pub struct Node {
    pub name: String,
    pub stage: Stage,
    /// The writer does not know its name yet.
    pub untold: bool,
    /// Bare JIDs of those who may read it, where not everybody may.
    pub readers: BTreeSet<String>,
    /// The items of pages that belong there.
    pub pages: BTreeSet<String>,
    /// Those to be published where they are missing.
    pub items: Vec<Item>,
    /// What is there is to be compared with what should be.
    pub compare: bool,
    pub held: VecDeque<Deed>,
    /// It is to be deleted.
    pub doomed: bool,
    /// It was said aloud that it does not follow the roster.
    pub astray: bool,
    /// How often its lists were set.
    pub rounds: u8,
    /// Names tried.
    pub tries: u8,
}

impl Node {
    pub fn new(name: String, untold: bool) -> Node {
        Node {
            name,
            stage: if untold {
                Stage::Creating
            } else {
                Stage::Checking
            },
            untold,
            readers: BTreeSet::new(),
            pages: BTreeSet::new(),
            items: Vec::new(),
            compare: false,
            held: VecDeque::new(),
            doomed: false,
            astray: false,
            rounds: 0,
            tries: 0,
        }
    }

    /// Whether an answer of the service is waited for.
    pub fn is_under_way(&self) -> bool {
        !matches!(self.stage, Stage::Ready | Stage::Stale | Stage::Failed)
    }

    pub fn hold(&mut self, deed: Deed) {
        self.held.retain(|earlier| !deed.replaces(earlier));
        if self.held.len() >= MAX_HELD {
            self.held.pop_front();
        }
        self.held.push_back(deed);
    }

    pub fn holds(&self, item: &str) -> bool {
        self.held.iter().any(|deed| deed.item() == item)
    }

    /// Left alone until it is tried again.
    pub fn give_up(&mut self) {
        self.stage = Stage::Failed;
        self.compare = true;
    }
}

/// Who may read a node and who does, as far as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// JID and affiliation.
    pub affiliations: Option<Vec<(String, String)>>,
    /// JID, which may be a full one, and subscription id.
    pub subscriptions: Option<Vec<(String, Option<String>)>>,
}

/// What is to be changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// Subscriptions to end.
    pub out: Vec<(String, Option<String>)>,
    /// Who may not read any more.
    pub revoked: Vec<String>,
    /// Who may from now on.
    pub granted: Vec<String>,
}

impl Change {
    pub fn is_empty(&self) -> bool {
        *self == Change::default()
    }
}

impl Found {
    /// What is to be changed so that exactly these may read; none before both lists are there. We ourselves stay.
    pub fn change(&self, readers: &BTreeSet<String>, domain: &str) -> Option<Change> {
        let (affiliations, subscriptions) =
            (self.affiliations.as_ref()?, self.subscriptions.as_ref()?);
        let bare = |jid: &str| jid.split('/').next().unwrap_or_default().to_owned();
        let may = |jid: &str| jid == domain || readers.contains(&bare(jid));
        let can_read = |word: &str| !matches!(word, "none" | "outcast" | "publish-only");
        let out = subscriptions.iter().filter(|(jid, _)| !may(jid));
        let revoked = affiliations
            .iter()
            .filter(|(jid, word)| can_read(word) && !may(jid));
        let there: BTreeSet<&str> = affiliations
            .iter()
            .filter(|(_, word)| can_read(word))
            .map(|(jid, _)| jid.as_str())
            .collect();
        let granted = readers.iter().filter(|jid| !there.contains(jid.as_str()));
        Some(Change {
            out: out.cloned().collect(),
            revoked: revoked.map(|(jid, _)| jid.clone()).collect(),
            granted: granted.cloned().collect(),
        })
    }
}
