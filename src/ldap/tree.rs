//! The tree: which names there are, read and written as RFC 4514 says.
//!
//! ```text
//! dc=referee,dc=example,dc=org                 the base
//! ├─ ou=people     uid=anna,ou=people,…        a person
//! ├─ ou=clans      cn=wolves,ou=clans,…        a clan with all its members
//! │                ├─ cn=captain,cn=wolves,…   its members of one role
//! │                └─ cn=kick,ou=may,cn=wolves,…   those who may do something, found by this name alone
//! └─ o=forum       the same once more, for the service forum: binds below it take the passwords made for it
//! ```
//!
//! So a service is told its own base, and the names it finds, compares and binds with are all below that base.

use std::fmt::Write;

use crate::clans::check_service;

/// Bytes of a name that are read.
pub const MAX_NAME_BYTES: usize = 1024;
/// Parts of a name that are read.
const MAX_PARTS: usize = 32;
/// The service whose passwords count directly below the base.
pub const OWN_SERVICE: &str = "ldap";

/// A name that cannot be read: `invalidDNSyntax`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no distinguished name")]
pub struct BadName;

/// An entry of the tree, and for which service it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The service, [`OWN_SERVICE`] directly below the base.
    pub service: String,
    /// Which entry.
    pub node: Node,
}

/// An entry of the tree. Names are in lower case, except where they came from the writer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// The base, or the base of a service.
    Base,
    /// `ou=people`
    People,
    /// `uid=anna,ou=people`
    Person(String),
    /// `ou=clans`
    Clans,
    /// `cn=wolves,ou=clans`
    Clan(String),
    /// `cn=captain,cn=wolves,ou=clans`: the clan, then the role.
    Role(String, String),
    /// `cn=kick,ou=may,cn=wolves,ou=clans`: the clan, then the permission.
    May(String, String),
    /// `cn=reader`: a service that reads with a password of the configuration.
    Reader,
}

impl Node {
    /// Whether two names are those of the same entry: case does not matter.
    pub fn is(&self, other: &Node) -> bool {
        let same = |a: &str, b: &str| a.to_lowercase() == b.to_lowercase();
        match (self, other) {
            (Node::Person(a), Node::Person(b)) | (Node::Clan(a), Node::Clan(b)) => same(a, b),
            (Node::Role(a, x), Node::Role(b, y)) | (Node::May(a, x), Node::May(b, y)) => {
                same(a, b) && same(x, y)
            }
            _ => self == other,
        }
    }

    /// The entry right above, within one base.
    pub fn parent(&self) -> Option<Node> {
        Some(match self {
            Node::Base => return None,
            Node::People | Node::Clans | Node::Reader => Node::Base,
            Node::Person(_) => Node::People,
            Node::Clan(_) => Node::Clans,
            Node::Role(clan, _) | Node::May(clan, _) => Node::Clan(clan.clone()),
        })
    }
}

/// One part of a name, `cn=wolves`: type and value in lower case.
type Part = (String, String);

/// The base of all names.
#[derive(Clone, Debug)]
pub struct Tree {
    base: String,
    parts: Vec<Part>,
}

impl Tree {
    /// A tree with this base.
    ///
    /// # Errors
    /// The base is no name, or empty.
    pub fn new(base: &str) -> Result<Tree, BadName> {
        let parts = parts(base)?;
        if parts.is_empty() {
            return Err(BadName);
        }
        Ok(Tree {
            base: base.trim().to_owned(),
            parts,
        })
    }

    /// The usual base of a domain: `dc=example,dc=org`.
    pub fn base_of(domain: &str) -> String {
        let parts: Vec<String> = domain
            .split('.')
            .map(|part| format!("dc={}", escaped(part)))
            .collect();
        parts.join(",")
    }

    /// The base, as it was given.
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Type and value of the base's first part.
    pub fn first(&self) -> (&str, &str) {
        let first = self.parts.first();
        first.map_or(("dc", ""), |(kind, value)| (kind, value))
    }

    /// Reads a name; `Ok(None)` is one that cannot be in this tree.
    pub fn read(&self, name: &str) -> Result<Option<Place>, BadName> {
        let parts = parts(name)?;
        let Some(below) = parts.strip_suffix(self.parts.as_slice()) else {
            return Ok(None);
        };
        let (service, below) = match below {
            [below @ .., (kind, value)] if is(kind, &["o", "organizationname"]) => {
                (value.clone(), below)
            }
            _ => (OWN_SERVICE.to_owned(), below),
        };
        if !is_service(&service) {
            return Ok(None);
        }
        let node = node(below);
        Ok(node.map(|node| Place { service, node }))
    }

    /// Writes the name of an entry.
    pub fn write(&self, place: &Place) -> String {
        let mut name = match &place.node {
            Node::Base => String::new(),
            Node::People => "ou=people,".to_owned(),
            Node::Person(handle) => format!("uid={},ou=people,", escaped(handle)),
            Node::Clans => "ou=clans,".to_owned(),
            Node::Clan(tag) => format!("cn={},ou=clans,", escaped(tag)),
            Node::Role(tag, role) => format!("cn={},cn={},ou=clans,", escaped(role), escaped(tag)),
            Node::May(tag, may) => {
                format!("cn={},ou=may,cn={},ou=clans,", escaped(may), escaped(tag))
            }
            Node::Reader => "cn=reader,".to_owned(),
        };
        if place.service != OWN_SERVICE {
            let _ = write!(name, "o={},", escaped(&place.service));
        }
        name + &self.base
    }
}

/// Whether this can be the name of a service with passwords of its own.
pub fn is_service(name: &str) -> bool {
    check_service(name).is_ok_and(|good| good == name)
}

fn is(kind: &str, names: &[&str]) -> bool {
    names.contains(&kind)
}

fn node(parts: &[Part]) -> Option<Node> {
    const UNIT: &[&str] = &["ou", "organizationalunitname"];
    const COMMON: &[&str] = &["cn", "commonname"];
    const UID: &[&str] = &["uid", "userid"];
    Some(match parts {
        [] => Node::Base,
        [(kind, value)] if is(kind, COMMON) && value == "reader" => Node::Reader,
        [above @ .., (kind, value)] if is(kind, UNIT) && value == "people" => match above {
            [] => Node::People,
            [(kind, handle)] if is(kind, UID) => Node::Person(handle.clone()),
            _ => return None,
        },
        [above @ .., (kind, value)] if is(kind, UNIT) && value == "clans" => match above {
            [] => Node::Clans,
            [(kind, tag)] if is(kind, COMMON) => Node::Clan(tag.clone()),
            [(one, role), (two, tag)] if is(one, COMMON) && is(two, COMMON) => {
                Node::Role(tag.clone(), role.clone())
            }
            [(one, may), (two, unit), (three, tag)]
                if is(one, COMMON) && is(two, UNIT) && unit == "may" && is(three, COMMON) =>
            {
                Node::May(tag.clone(), may.clone())
            }
            _ => return None,
        },
        _ => return None,
    })
}

/// Cuts a name into its parts, the most special one first.
fn parts(name: &str) -> Result<Vec<Part>, BadName> {
    if name.len() > MAX_NAME_BYTES {
        return Err(BadName);
    }
    if name.trim().is_empty() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for text in cut(name) {
        if found.len() == MAX_PARTS {
            return Err(BadName);
        }
        let (kind, value) = text.split_once('=').ok_or(BadName)?;
        let kind = kind.trim().to_lowercase();
        let known = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.');
        if kind.is_empty() || !kind.chars().all(known) {
            return Err(BadName);
        }
        found.push((kind, value_of(value)?.to_lowercase()));
    }
    Ok(found)
}

/// Cuts at the commas that no backslash protects.
fn cut(name: &str) -> Vec<&str> {
    let (mut found, mut from, mut escaped) = (Vec::new(), 0, false);
    for (at, c) in name.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                found.push(&name[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    found.push(&name[from..]);
    found
}

/// A value without its escapes. Values in hexadecimal and parts of several values are not in this tree, and not read.
fn value_of(text: &str) -> Result<String, BadName> {
    let text = text.trim_start();
    if text.is_empty() || text.starts_with('#') {
        return Err(BadName);
    }
    let mut bytes = Vec::with_capacity(text.len());
    // Blanks at the end do not count, unless they are escaped.
    let mut kept = 0;
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        if matches!(c, '+' | '"' | '<' | '>' | ';' | '\0') {
            return Err(BadName);
        }
        if c != '\\' {
            bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            if c != ' ' {
                kept = bytes.len();
            }
            continue;
        }
        let first = rest.next().ok_or(BadName)?;
        match first.to_digit(16) {
            Some(high) => {
                let low = rest.next().and_then(|c| c.to_digit(16)).ok_or(BadName)?;
                bytes.push(u8::try_from(high * 16 + low).map_err(|_| BadName)?);
            }
            None if matches!(
                first,
                ' ' | '"' | '#' | '+' | ',' | ';' | '<' | '=' | '>' | '\\'
            ) =>
            {
                bytes.extend_from_slice(first.encode_utf8(&mut [0; 4]).as_bytes());
            }
            None => return Err(BadName),
        }
        kept = bytes.len();
    }
    bytes.truncate(kept);
    String::from_utf8(bytes).map_err(|_| BadName)
}

/// A value with the escapes that it needs in a name.
fn escaped(value: &str) -> String {
    let last = value.chars().count().saturating_sub(1);
    let mut text = String::with_capacity(value.len());
    for (at, c) in value.chars().enumerate() {
        let special = matches!(c, ',' | '+' | '"' | '\\' | '<' | '>' | ';' | '=')
            || (at == 0 && matches!(c, '#' | ' '))
            || (at == last && c == ' ');
        match c {
            '\0' => text.push_str("\\00"),
            _ if special => text.extend(['\\', c]),
            _ => text.push(c),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree {
        Tree::new("dc=Referee,dc=example").unwrap()
    }

    fn read(name: &str) -> Option<Place> {
        tree().read(name).unwrap()
    }

    fn place(service: &str, node: Node) -> Place {
        Place {
            service: service.to_owned(),
            node,
        }
    }

    #[test]
    fn every_entry_has_a_name_that_reads_back() {
        let person = || Node::Person("anna,=k".to_owned());
        for (name, entry) in [
            ("dc=Referee,dc=example", place("ldap", Node::Base)),
            ("o=forum,dc=Referee,dc=example", place("forum", Node::Base)),
            (
                "ou=people,dc=Referee,dc=example",
                place("ldap", Node::People),
            ),
            (
                "uid=anna\\,\\=k,ou=people,dc=Referee,dc=example",
                place("ldap", person()),
            ),
            (
                "uid=anna\\,\\=k,ou=people,o=forum,dc=Referee,dc=example",
                place("forum", person()),
            ),
            (
                "cn=wolves,ou=clans,dc=Referee,dc=example",
                place("ldap", Node::Clan("wolves".to_owned())),
            ),
            (
                "cn=captain,cn=wolves,ou=clans,o=ftp,dc=Referee,dc=example",
                place("ftp", Node::Role("wolves".to_owned(), "captain".to_owned())),
            ),
            (
                "cn=line-up,ou=may,cn=wolves,ou=clans,dc=Referee,dc=example",
                place("ldap", Node::May("wolves".to_owned(), "line-up".to_owned())),
            ),
            (
                "cn=reader,o=ftp,dc=Referee,dc=example",
                place("ftp", Node::Reader),
            ),
        ] {
            assert_eq!(tree().write(&entry), name);
            assert_eq!(read(name), Some(entry), "{name}");
        }
    }

    #[test]
    fn names_are_read_as_people_and_programs_write_them() {
        let anna = Some(place("ldap", Node::Person("anna".to_owned())));
        for name in [
            "UID=Anna,OU=People,DC=referee,DC=EXAMPLE",
            " uid = anna , ou = people , dc = referee , dc = example ",
            "userid=\\61nna,ou=people,dc=referee,dc=example",
        ] {
            assert_eq!(read(name), anna, "{name}");
        }
        for elsewhere in [
            "",
            "dc=example",
            "uid=anna,dc=referee,dc=example",
            "uid=anna,ou=people,dc=referee,dc=example,dc=org",
            "uid=a,uid=b,ou=people,dc=referee,dc=example",
            "cn=a,cn=b,cn=c,ou=clans,dc=referee,dc=example",
            "ou=people,o=Not A Service,dc=referee,dc=example",
        ] {
            assert_eq!(read(elsewhere), None, "{elsewhere}");
        }
    }

    #[test]
    fn what_is_no_name_is_said_to_be_none() {
        let long = format!("uid={},dc=example", "a".repeat(MAX_NAME_BYTES));
        let deep = "ou=a,".repeat(MAX_PARTS) + "dc=example";
        for bad in [
            "anna",
            "uid=",
            "=anna",
            "u d=anna",
            "uid=a\\",
            "uid=a\\6",
            "uid=\\ff",
            "uid=a+cn=b",
            "uid=\"a\"",
            "uid=#04",
            ",",
            "uid=a,,dc=example",
            &long,
            &deep,
        ] {
            assert_eq!(tree().read(bad), Err(BadName), "{bad}");
        }
        assert_eq!(Tree::new(" ").unwrap_err(), BadName);
        assert_eq!(Tree::base_of("referee.example"), "dc=referee,dc=example");
    }

    #[test]
    fn entries_are_the_same_in_any_case() {
        let role = |clan: &str, role: &str| Node::Role(clan.to_owned(), role.to_owned());
        assert!(Node::Person("Anna".to_owned()).is(&Node::Person("anna".to_owned())));
        assert!(role("wolves", "Captain").is(&role("wolves", "captain")));
        assert!(!role("wolves", "captain").is(&Node::Clan("wolves".to_owned())));
        assert_eq!(role("w", "c").parent(), Some(Node::Clan("w".to_owned())));
    }
}
