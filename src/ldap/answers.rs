//! The answers to searches and comparisons.

use std::time::{Duration, Instant};

use ldap3_proto::control::LdapControl;
use ldap3_proto::proto::{
    LdapOp, LdapPartialAttribute, LdapResultCode as Code, LdapSearchRequest, LdapSearchResultEntry,
    LdapSearchScope as Scope, OID_WHOAMI,
};

use super::entry::{Entry, written};
use super::filter::{self, Filter};
use super::search::{Cookie, Directory, Failure, Found, MAX_ENTRIES, Query};
use super::session::{Reply, Session, Shared, failed, result};
use super::tree::{Place, Tree};
use crate::engine::Clock;

/// How long one search may take.
const MAX_SEARCH: Duration = Duration::from_secs(5);
/// The control of pages (RFC 2696).
const PAGED: &str = "1.2.840.113556.1.4.319";

/// Searches; `paged` is the page's size and cookie.
pub(super) async fn search<D: Directory, C: Clock + Sync + 'static>(
    session: &mut Session<'_, D, C>,
    asked: &LdapSearchRequest,
    paged: Option<(usize, Vec<u8>)>,
) -> Reply {
    let tree = &session.shared.tree;
    let done = |res| Reply::Say(vec![LdapOp::SearchResultDone(res)], Vec::new());
    if asked.base.is_empty() && asked.scope == Scope::Base {
        let ops = vec![
            LdapOp::SearchResultEntry(root(tree, asked)),
            LdapOp::SearchResultDone(result(Code::Success, "")),
        ];
        return Reply::Say(ops, Vec::new());
    }
    let place = match session.may_see(&asked.base).await {
        Ok(place) => place,
        Err(refused) => return done(refused),
    };
    let filter = match filter::read(&asked.filter, tree, &place.service) {
        Ok(filter) => filter,
        Err(long) => return done(result(Code::AdminLimitExceeded, &long.to_string())),
    };
    let cookie = match &paged {
        Some((_, cookie)) if !cookie.is_empty() => match Cookie::read(cookie) {
            Some(cookie) => Some(cookie),
            None => return done(failed(Failure::BadCookie)),
        },
        _ => None,
    };
    let query = Query {
        tree,
        service: &place.service,
        base: &place.node,
        scope: &asked.scope,
        filter: &filter,
    };
    let limit = usize::try_from(asked.sizelimit).unwrap_or(0);
    let limit = if limit == 0 {
        MAX_ENTRIES
    } else {
        limit.min(MAX_ENTRIES)
    };
    let page = paged.as_ref().map(|(size, _)| *size);
    let most = page.map_or(limit, |size| size.min(limit));
    let patience = match u64::try_from(asked.timelimit) {
        Ok(seconds @ 1..) => MAX_SEARCH.min(Duration::from_secs(seconds)),
        _ => MAX_SEARCH,
    };
    // A page of no size gives up a search (RFC 2696, 3).
    let found = match page {
        Some(0) => Ok(Found::default()),
        _ => {
            query
                .run(
                    &session.shared.directory,
                    cookie,
                    most,
                    Instant::now() + patience,
                )
                .await
        }
    };
    match found {
        Ok(found) => say(found, asked, &place, tree, page.is_some()),
        Err(failure) => done(failed(failure)),
    }
}

fn say(found: Found, asked: &LdapSearchRequest, place: &Place, tree: &Tree, paged: bool) -> Reply {
    let entries = found.entries.iter();
    let mut ops: Vec<LdapOp> = entries
        .map(|entry| LdapOp::SearchResultEntry(shown(entry, asked, &place.service, tree)))
        .collect();
    let cut = found.more.is_some() && !paged;
    ops.push(LdapOp::SearchResultDone(match cut {
        true => result(Code::SizeLimitExceeded, "There are more; ask for pages."),
        false => result(Code::Success, ""),
    }));
    let cookie = found.more.map_or(Vec::new(), |cookie| cookie.write());
    let page = LdapControl::SimplePagedResults { size: 0, cookie };
    Reply::Say(ops, paged.then_some(page).into_iter().collect())
}

/// Whether an attribute is wanted. Without a list all are, but those that describe the entry itself have to be named.
fn wants(asked: &LdapSearchRequest, name: &str) -> bool {
    let describes = matches!(name, "entryDN" | "entryUUID");
    let mut wanted = asked.attrs.iter();
    match asked.attrs.as_slice() {
        [] => !describes,
        _ => wanted.any(|one| match one.as_str() {
            "*" => !describes,
            "+" => describes,
            one => one.eq_ignore_ascii_case(name),
        }),
    }
}

/// An entry with what was asked for.
fn shown(
    entry: &Entry,
    asked: &LdapSearchRequest,
    service: &str,
    tree: &Tree,
) -> LdapSearchResultEntry {
    let attributes = entry.attributes.iter();
    let wanted = attributes.filter(|(name, _)| wants(asked, name));
    let attributes = wanted.map(|(name, values)| LdapPartialAttribute {
        atype: (*name).to_owned(),
        vals: match asked.typesonly {
            true => Vec::new(),
            false => values
                .iter()
                .map(|value| written(value, tree, service).into_bytes())
                .collect(),
        },
    });
    LdapSearchResultEntry {
        dn: tree.write(&Place {
            service: service.to_owned(),
            node: entry.node.clone(),
        }),
        attributes: attributes.collect(),
    }
}

/// What anybody may know: what this server can do (RFC 4512, 5.1).
fn root(tree: &Tree, asked: &LdapSearchRequest) -> LdapSearchResultEntry {
    let all = [
        ("objectClass", "top"),
        ("namingContexts", tree.base()),
        ("supportedLDAPVersion", "3"),
        ("supportedExtension", OID_WHOAMI),
        ("supportedControl", PAGED),
        ("vendorName", "Referee"),
        ("vendorVersion", env!("CARGO_PKG_VERSION")),
    ];
    // Programs ask for `*` and `+`, or for nothing, and want to see it all.
    let listed = |name: &str| {
        asked.attrs.is_empty()
            || asked
                .attrs
                .iter()
                .any(|one| matches!(one.as_str(), "*" | "+") || one.eq_ignore_ascii_case(name))
    };
    let shown = all.into_iter().filter(|(name, _)| listed(name));
    let attribute = |(name, value): (&str, &str)| LdapPartialAttribute {
        atype: name.to_owned(),
        vals: match asked.typesonly {
            true => Vec::new(),
            false => vec![value.as_bytes().to_vec()],
        },
    };
    LdapSearchResultEntry {
        dn: String::new(),
        attributes: shown.map(attribute).collect(),
    }
}

/// Whether an entry's attribute has this value; `None` when it has no such attribute.
pub(super) async fn compare<D: Directory, C>(
    shared: &Shared<D, C>,
    place: &Place,
    name: &str,
    value: &str,
) -> Result<Option<bool>, Failure> {
    let query = Query {
        tree: &shared.tree,
        service: &place.service,
        base: &place.node,
        scope: &Scope::Base,
        filter: &Filter::Unknown,
    };
    let entry = query.base(&shared.directory).await?;
    Ok(filter::compare(
        &entry,
        name,
        value,
        &shared.tree,
        &place.service,
    ))
}
