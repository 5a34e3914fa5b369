//! Filters (RFC 4511, 4.5.1.7): read once, then asked of each entry. A filter is true, false, or nothing can be said.

use ldap3_proto::proto::{LdapFilter, LdapSubstringFilter};

use super::entry::{ATTRIBUTES, Entry, Value};
use super::tree::{Node, Place, Tree};

/// Terms of one filter; more are refused.
pub const MAX_TERMS: usize = 64;

/// A filter that is ready to be asked.
#[derive(Clone, Debug)]
pub enum Filter {
    /// All of these.
    All(Vec<Filter>),
    /// One of these.
    Any(Vec<Filter>),
    /// Not this one.
    Not(Box<Filter>),
    /// The attribute has a value.
    Has(String),
    /// The attribute has this text.
    Is(String, String),
    /// The attribute names this entry.
    Names(String, Node),
    /// The attribute has a text with these parts in this order.
    Like(String, Like),
    /// False: there can be no such value.
    Never,
    /// Nothing can be said.
    Unknown,
}

/// Parts of a text.
#[derive(Clone, Debug)]
pub struct Like {
    start: String,
    within: Vec<String>,
    end: String,
}

/// The filter has more than [`MAX_TERMS`] terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter has more than {MAX_TERMS} terms")]
pub struct TooLong;

/// Reads a filter for the entries of this service's base.
pub fn read(filter: &LdapFilter, tree: &Tree, service: &str) -> Result<Filter, TooLong> {
    let mut left = MAX_TERMS;
    term(filter, tree, service, &mut left)
}

fn term(
    filter: &LdapFilter,
    tree: &Tree,
    service: &str,
    left: &mut usize,
) -> Result<Filter, TooLong> {
    *left = left.checked_sub(1).ok_or(TooLong)?;
    let mut terms = |list: &[LdapFilter]| -> Result<Vec<Filter>, TooLong> {
        let terms = list.iter().map(|one| term(one, tree, service, left));
        terms.collect()
    };
    Ok(match filter {
        LdapFilter::And(list) => Filter::All(terms(list)?),
        LdapFilter::Or(list) => Filter::Any(terms(list)?),
        LdapFilter::Not(one) => Filter::Not(Box::new(term(one, tree, service, left)?)),
        LdapFilter::Present(name) => known(name).map_or(Filter::Unknown, Filter::Has),
        LdapFilter::Equality(name, value) | LdapFilter::Approx(name, value) => match known(name) {
            None => Filter::Unknown,
            Some(name) if is_name(&name) => match tree.read(value) {
                Ok(Some(place)) if place.service == service => Filter::Names(name, place.node),
                Ok(_) => Filter::Never,
                Err(_) => Filter::Unknown,
            },
            Some(name) => Filter::Is(name, folded(value)),
        },
        LdapFilter::Substring(name, like) => match known(name) {
            Some(name) if !is_name(&name) => Filter::Like(name, parts(like)),
            _ => Filter::Unknown,
        },
        // None of our attributes has an order or other rules.
        LdapFilter::GreaterOrEqual(..)
        | LdapFilter::LessOrEqual(..)
        | LdapFilter::Extensible(_) => Filter::Unknown,
    })
}

/// The attribute's name without options, in lower case, if there is such an attribute.
fn known(name: &str) -> Option<String> {
    let found = ATTRIBUTES.iter().find(|one| one.eq_ignore_ascii_case(name));
    found.map(|one| one.to_lowercase())
}

fn is_name(name: &str) -> bool {
    matches!(name, "member" | "memberof" | "entrydn")
}

/// Texts are compared in lower case, with single blanks.
fn folded(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ").to_lowercase()
}

fn parts(like: &LdapSubstringFilter) -> Like {
    let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
    Like {
        start: lower(&like.initial),
        within: like.any.iter().map(|part| part.to_lowercase()).collect(),
        end: lower(&like.final_),
    }
}

impl Like {
    fn fits(&self, text: &str) -> bool {
        let text = folded(text);
        let Some(mut rest) = text.strip_prefix(&self.start) else {
            return false;
        };
        for part in &self.within {
            let Some(at) = rest.find(part) else {
                return false;
            };
            rest = &rest[at + part.len()..];
        }
        rest.ends_with(&self.end)
    }
}

impl Filter {
    /// Whether the filter is true of an entry; `None` when nothing can be said, which is no match.
    pub fn holds(&self, entry: &Entry) -> Option<bool> {
        let any = |name: &str, fits: &dyn Fn(&Value) -> bool| {
            let values = entry.get(name).unwrap_or_default();
            Some(values.iter().any(fits))
        };
        match self {
            Filter::All(terms) => {
                let mut all = Some(true);
                for term in terms {
                    match term.holds(entry) {
                        Some(false) => return Some(false),
                        None => all = None,
                        Some(true) => {}
                    }
                }
                all
            }
            Filter::Any(terms) => {
                let mut any = Some(false);
                for term in terms {
                    match term.holds(entry) {
                        Some(true) => return Some(true),
                        None => any = None,
                        Some(false) => {}
                    }
                }
                any
            }
            Filter::Not(term) => term.holds(entry).map(|holds| !holds),
            Filter::Has(name) => Some(entry.get(name).is_some()),
            Filter::Is(name, wanted) => any(
                name,
                &|value| matches!(value, Value::Text(text) if folded(text) == *wanted),
            ),
            Filter::Names(name, wanted) => any(
                name,
                &|value| matches!(value, Value::Name(node) if node.is(wanted)),
            ),
            Filter::Like(name, like) => any(
                name,
                &|value| matches!(value, Value::Text(text) if like.fits(text)),
            ),
            Filter::Never => Some(false),
            Filter::Unknown => None,
        }
    }

    /// What an entry must have for the filter to be true, as far as it is easily seen: so that nobody else is looked at.
    pub fn needs(&self, name: &str) -> Option<Need<'_>> {
        match self {
            Filter::All(terms) => terms.iter().find_map(|term| term.needs(name)),
            Filter::Any(terms) if terms.len() == 1 => terms[0].needs(name),
            Filter::Is(has, text) if has == name => Some(Need::Text(text)),
            Filter::Names(has, node) if has == name => Some(Need::Name(node)),
            _ => None,
        }
    }
}

/// A value that an entry must have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need<'a> {
    /// This text.
    Text(&'a str),
    /// The name of this entry.
    Name(&'a Node),
}

/// Whether an attribute of an entry has a value, for `compare` (RFC 4511, 4.10); `None` when there is no such attribute.
pub fn compare(entry: &Entry, name: &str, value: &str, tree: &Tree, service: &str) -> Option<bool> {
    let name = known(name)?;
    entry.get(&name)?;
    let filter = if is_name(&name) {
        match tree.read(value) {
            Ok(Some(Place { service: of, node })) if of == service => Filter::Names(name, node),
            _ => Filter::Never,
        }
    } else {
        Filter::Is(name, folded(value))
    };
    filter.holds(entry)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::{ClanRow, PersonRow};
    use crate::kit::PersonId;
    use crate::ldap::entry;
    use ldap3_proto::parse_ldap_filter_str as parse;

    fn tree() -> Tree {
        Tree::new("dc=r").unwrap()
    }

    fn anna() -> Entry {
        entry::person(&PersonRow {
            id: PersonId(1),
            uuid: "u-1".to_owned(),
            handle: "Anna-K".to_owned(),
            groups: vec![("wolves".to_owned(), "captain".to_owned())],
        })
    }

    fn holds(entry: &Entry, text: &str) -> Option<bool> {
        let filter = parse(text).expect(text);
        read(&filter, &tree(), "forum").unwrap().holds(entry)
    }

    #[test]
    fn filters_of_every_kind() {
        let anna = anna();
        for (text, wanted) in [
            ("(uid=anna-k)", Some(true)),
            ("(UID= ANNA-K )", Some(true)),
            ("(uid~=anna-k)", Some(true)),
            ("(uid=anna)", Some(false)),
            ("(uid=*)", Some(true)),
            ("(member=*)", Some(false)),
            ("(uid=a*)", Some(true)),
            ("(uid=*K)", Some(true)),
            ("(uid=a*n*k)", Some(true)),
            ("(uid=*nn*-*)", Some(true)),
            ("(uid=*k*a)", Some(false)),
            ("(uid=anna-k*anna-k)", Some(false)),
            ("(objectClass=inetOrgPerson)", Some(true)),
            ("(&(objectclass=person)(uid=anna-k))", Some(true)),
            ("(&(objectclass=person)(uid=bob))", Some(false)),
            ("(|(uid=bob)(cn=anna-k))", Some(true)),
            ("(!(uid=bob))", Some(true)),
            ("(!(uid=anna-k))", Some(false)),
            // Nothing can be said of what we do not know, nor of its opposite.
            ("(mail=anna*)", None),
            ("(!(mail=anna*))", None),
            ("(|(mail=x)(uid=anna-k))", Some(true)),
            ("(&(mail=x)(uid=bob))", Some(false)),
            ("(&(mail=x)(uid=anna-k))", None),
            ("(uid>=a)", None),
            ("(memberOf=\"cn=w*\")", None),
            ("(memberOf=nonsense)", None),
        ] {
            assert_eq!(holds(&anna, text), wanted, "{text}");
        }
    }

    #[test]
    fn names_are_compared_as_names_and_of_one_base_only() {
        let anna = anna();
        let is = |name: &str| {
            let filter = LdapFilter::Equality("memberOf".to_owned(), name.to_owned());
            read(&filter, &tree(), "forum").unwrap().holds(&anna)
        };
        assert_eq!(is("CN=Wolves, ou=clans, o=forum, dc=R"), Some(true));
        assert_eq!(is("cn=captain,cn=wolves,ou=clans,o=forum,dc=r"), Some(true));
        assert_eq!(
            is("cn=officer,cn=wolves,ou=clans,o=forum,dc=r"),
            Some(false)
        );
        assert_eq!(is("cn=wolves,ou=clans,dc=r"), Some(false));
        assert_eq!(is("cn=wolves,dc=elsewhere"), Some(false));
    }

    #[test]
    fn a_comparison_says_yes_no_or_that_there_is_no_such_attribute() {
        let wolves = &entry::clan(&ClanRow {
            tag: "wolves".to_owned(),
            uuid: "u-w".to_owned(),
            name: "The Wolves".to_owned(),
            members: vec![("anna".to_owned(), "captain".to_owned())],
        })[0];
        let is = |name, value| compare(wolves, name, value, &tree(), "forum");
        assert_eq!(is("member", "uid=Anna,ou=people,o=forum,dc=r"), Some(true));
        assert_eq!(is("member", "uid=bob,ou=people,o=forum,dc=r"), Some(false));
        assert_eq!(is("member", "nonsense"), Some(false));
        assert_eq!(is("description", "the  wolves"), Some(true));
        assert_eq!(is("uid", "anna"), None);
        assert_eq!(is("uniqueMember", "anna"), None);
    }

    #[test]
    fn long_filters_are_refused() {
        let term = || LdapFilter::Present("cn".to_owned());
        let many = |n: usize| LdapFilter::Or((0..n).map(|_| term()).collect());
        assert!(read(&many(MAX_TERMS - 1), &tree(), "ldap").is_ok());
        assert_eq!(read(&many(MAX_TERMS), &tree(), "ldap").err(), Some(TooLong));
    }

    #[test]
    fn what_a_filter_needs_is_seen() {
        let needs = |text: &str, name: &str| {
            let filter = read(&parse(text).expect(text), &tree(), "ldap").unwrap();
            filter.needs(name).map(|need| format!("{need:?}"))
        };
        let anna = Some("Text(\"anna\")".to_owned());
        assert_eq!(needs("(&(objectClass=person)(uid=Anna))", "uid"), anna);
        assert_eq!(needs("(|(uid=anna))", "uid"), anna);
        assert_eq!(needs("(|(uid=anna)(uid=bob))", "uid"), None);
        assert_eq!(needs("(!(uid=anna))", "uid"), None);
    }
}
