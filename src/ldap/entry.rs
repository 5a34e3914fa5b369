//! Entries: what a person, a clan and a role look like in LDAP. Never with an address.

use super::tree::{Node, Place, Tree};
use crate::commands::{ClanRow, PersonRow};
use crate::kit::PersonId;

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Text, compared without regard to case and to blanks at its ends.
    Text(String),
    /// The name of another entry of the same base.
    Name(Node),
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Which one.
    pub node: Node,
    /// Attributes in the order in which they are sent; one with several values comes once.
    pub attributes: Vec<(&'static str, Vec<Value>)>,
}

/// Attributes that entries can have. About others nothing can be said: a filter on them is neither true nor false.
pub const ATTRIBUTES: &[&str] = &[
    "cn",
    "dc",
    "description",
    "displayName",
    "entryDN",
    "entryUUID",
    "member",
    "memberOf",
    "o",
    "objectClass",
    "ou",
    "sn",
    "uid",
    "uidNumber",
];

/// Roles whose groups are shown: as many as a clan can have.
const MAX_ROLES: usize = 64;

fn texts(values: &[&str]) -> Vec<Value> {
    let text = |value: &&str| Value::Text((*value).to_owned());
    values.iter().map(text).collect()
}

impl Entry {
    fn new(node: Node, classes: &[&str]) -> Entry {
        let attributes = vec![
            ("objectClass", texts(classes)),
            ("entryDN", vec![Value::Name(node.clone())]),
        ];
        Entry { node, attributes }
    }

    fn with(mut self, name: &'static str, values: Vec<Value>) -> Entry {
        if !values.is_empty() {
            self.attributes.push((name, values));
        }
        self
    }

    /// The values of an attribute, in any case.
    pub fn get(&self, name: &str) -> Option<&[Value]> {
        let mut found = self.attributes.iter();
        found
            .find(|(has, _)| has.eq_ignore_ascii_case(name))
            .map(|(_, values)| values.as_slice())
    }
}

/// The entry of the base, of our own or of a service.
pub fn base(tree: &Tree, service: &str) -> Entry {
    let (kind, value) = tree.first();
    match service {
        super::tree::OWN_SERVICE if kind == "dc" => {
            Entry::new(Node::Base, &["top", "dcObject", "organization"])
                .with("dc", texts(&[value]))
                .with("o", texts(&[value]))
        }
        super::tree::OWN_SERVICE => {
            Entry::new(Node::Base, &["top", "organization"]).with("o", texts(&[value]))
        }
        service => Entry::new(Node::Base, &["top", "organization"]).with("o", texts(&[service])),
    }
}

/// `ou=people` or `ou=clans`.
pub fn unit(node: Node) -> Entry {
    let name = if node == Node::People {
        "people"
    } else {
        "clans"
    };
    Entry::new(node, &["top", "organizationalUnit"]).with("ou", texts(&[name]))
}

/// What is added to a person's number: below it are the accounts of a machine itself.
pub const FIRST_UID_NUMBER: u64 = 1_000_000;

fn uid_number(id: PersonId) -> String {
    (FIRST_UID_NUMBER.saturating_add(id.0)).to_string()
}

/// The person of a `uidNumber`.
pub fn person_of_number(text: &str) -> Option<PersonId> {
    let number: u64 = text.parse().ok()?;
    number.checked_sub(FIRST_UID_NUMBER).map(PersonId)
}

/// A person, with the clans and roles that they have.
pub fn person(row: &PersonRow) -> Entry {
    let groups = row.groups.iter().flat_map(|(tag, role)| {
        [
            Value::Name(Node::Clan(tag.clone())),
            Value::Name(Node::Role(tag.clone(), role.clone())),
        ]
    });
    let classes = ["top", "person", "organizationalPerson", "inetOrgPerson"];
    Entry::new(Node::Person(row.handle.clone()), &classes)
        .with("entryUUID", texts(&[&row.uuid]))
        .with("uid", texts(&[&row.handle]))
        .with("uidNumber", texts(&[&uid_number(row.id)]))
        .with("cn", texts(&[&row.handle]))
        .with("sn", texts(&[&row.handle]))
        .with("displayName", texts(&[&row.handle]))
        .with("memberOf", groups.collect())
}

/// A clan with all its members, then one group for each role that somebody has, in alphabetical order.
pub fn clan(row: &ClanRow) -> Vec<Entry> {
    let people = |role: Option<&str>| -> Vec<Value> {
        let members = row.members.iter();
        let fits = members.filter(|(_, has)| role.is_none_or(|role| role == has));
        fits.map(|(handle, _)| Value::Name(Node::Person(handle.clone())))
            .collect()
    };
    let group = |node, name: &str, role: Option<&str>| {
        Entry::new(node, &["top", "groupOfNames"])
            .with("cn", texts(&[name]))
            .with("member", people(role))
    };
    let mut entries = vec![
        group(Node::Clan(row.tag.clone()), &row.tag, None)
            .with("entryUUID", texts(&[&row.uuid]))
            .with("description", texts(&[&row.name])),
    ];
    let mut roles: Vec<&str> = row.members.iter().map(|(_, role)| role.as_str()).collect();
    roles.sort_unstable();
    roles.dedup();
    entries.extend(roles.into_iter().take(MAX_ROLES).map(|role| {
        let node = Node::Role(row.tag.clone(), role.to_owned());
        group(node, role, Some(role))
    }));
    entries
}

/// Those who may do something in a clan.
pub fn may(tag: &str, permission: &str, handles: &[String]) -> Entry {
    let node = Node::May(tag.to_owned(), permission.to_owned());
    let people = handles.iter().cloned();
    Entry::new(node, &["top", "groupOfNames"])
        .with("cn", texts(&[permission]))
        .with(
            "member",
            people
                .map(|handle| Value::Name(Node::Person(handle)))
                .collect(),
        )
}

/// A value as it is sent.
pub fn written(value: &Value, tree: &Tree, service: &str) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Name(node) => tree.write(&Place {
            service: service.to_owned(),
            node: node.clone(),
        }),
    }
}
