//! What is said to the service about a clan's node, and how its lists read (XEP-0060, sections 8 and 5.5).

use std::collections::BTreeSet;

use minidom::Element;
use xmpp_parsers::ns;

use crate::commands::Sees;
use crate::engine::Item;
use crate::kit::ClanTag;
use crate::xmpp::atom;
use crate::xmpp::feeds::config;
use crate::xmpp::stanza::{attribute, el};

/// Items that the public node keeps, pages and events together; Prosody allows 256 and not more.
const KEPT_PUBLIC: &str = "250";
/// Items that another node keeps: every page that a clan may have fits.
const KEPT_PRIVATE: &str = "100";

/// The name a node gets unless somebody else has it: `R/clan/wolves`, `R/clan/wolves/members`.
pub fn name_of(domain: &str, tag: ClanTag, sees: Sees) -> String {
    match sees {
        Sees::Public => format!("{domain}/clan/{tag}"),
        sees => format!("{domain}/clan/{tag}/{}", sees.word()),
    }
}

/// What the ids of the items of pages begin with.
pub fn page_prefix(tag: ClanTag) -> String {
    format!("clan-{tag}/page/")
}

fn form(tag: ClanTag, sees: Sees) -> Element {
    let (access, kept) = match sees {
        Sees::Public => ("open", KEPT_PUBLIC),
        Sees::Members | Sees::Officers => ("whitelist", KEPT_PRIVATE),
    };
    config(
        &format!("Referee: clan {tag}, {}", sees.word()),
        access,
        kept,
    )
}

fn of_node(kind: &str, namespace: &str, name: &str, inside: Option<Element>) -> Element {
    let child = el(kind, namespace)
        .attr(attribute("node"), name)
        .append_all(inside);
    el("pubsub", namespace).append(child).build()
}

/// With its whole configuration, so that it is never open for a moment.
pub fn to_create(name: &str, tag: ClanTag, sees: Sees) -> Element {
    let create = el("create", ns::PUBSUB).attr(attribute("node"), name);
    let configure = el("configure", ns::PUBSUB).append(form(tag, sees));
    el("pubsub", ns::PUBSUB)
        .append(create)
        .append(configure)
        .build()
}

pub fn to_configure(name: &str, tag: ClanTag, sees: Sees) -> Element {
    of_node("configure", ns::PUBSUB_OWNER, name, Some(form(tag, sees)))
}

pub fn to_delete(name: &str) -> Element {
    of_node("delete", ns::PUBSUB_OWNER, name, None)
}

pub fn affiliations(name: &str) -> Element {
    of_node("affiliations", ns::PUBSUB_OWNER, name, None)
}

pub fn subscriptions(name: &str) -> Element {
    of_node("subscriptions", ns::PUBSUB_OWNER, name, None)
}

/// The ids of what is there (5.5): without the items themselves.
pub fn items_there(name: &str) -> Element {
    el("query", ns::DISCO_ITEMS)
        .attr(attribute("node"), name)
        .build()
}

pub fn to_put_out(name: &str, out: &[(String, Option<String>)]) -> Element {
    let entries = out.iter().map(|(jid, id)| {
        el("subscription", ns::PUBSUB_OWNER)
            .attr(attribute("jid"), jid.as_str())
            .attr(attribute("subid"), id.as_deref())
            .attr(attribute("subscription"), "none")
            .build()
    });
    let child = el("subscriptions", ns::PUBSUB_OWNER)
        .attr(attribute("node"), name)
        .append_all(entries);
    el("pubsub", ns::PUBSUB_OWNER).append(child).build()
}

pub fn to_grant(name: &str, revoked: &[String], granted: &[String]) -> Element {
    let entry = |jid: &String, word: &str| {
        el("affiliation", ns::PUBSUB_OWNER)
            .attr(attribute("jid"), jid.as_str())
            .attr(attribute("affiliation"), word)
            .build()
    };
    let out = revoked.iter().map(|jid| entry(jid, "none"));
    let entries = out.chain(granted.iter().map(|jid| entry(jid, "member")));
    let child = el("affiliations", ns::PUBSUB_OWNER)
        .attr(attribute("node"), name)
        .append_all(entries);
    el("pubsub", ns::PUBSUB_OWNER).append(child).build()
}

pub fn to_post(domain: &str, name: &str, item: &Item) -> Element {
    let element = el("item", ns::PUBSUB)
        .attr(attribute("id"), item.id.as_str())
        .append(atom::entry(domain, item));
    of_node("publish", ns::PUBSUB, name, Some(element.build()))
}

/// Subscribers are told, so that their clients take it away, too.
pub fn to_retract(name: &str, id: &str) -> Element {
    let item = el("item", ns::PUBSUB).attr(attribute("id"), id);
    let retract = el("retract", ns::PUBSUB)
        .attr(attribute("node"), name)
        .attr(attribute("notify"), "true")
        .append(item);
    el("pubsub", ns::PUBSUB).append(retract).build()
}

fn entries<'a>(iq: &'a Element, list: &str) -> Vec<&'a Element> {
    let list = iq
        .get_child("pubsub", ns::PUBSUB_OWNER)
        .and_then(|pubsub| pubsub.get_child(list, ns::PUBSUB_OWNER));
    list.map(|list| list.children().collect())
        .unwrap_or_default()
}

/// Who may do what: JID and affiliation.
pub fn read_affiliations(iq: &Element) -> Vec<(String, String)> {
    let both = |entry: &&Element| {
        let (jid, word) = (entry.attr("jid")?, entry.attr("affiliation")?);
        Some((jid.to_owned(), word.to_owned()))
    };
    entries(iq, "affiliations")
        .iter()
        .filter_map(both)
        .collect()
}

/// Who reads: JID and subscription id, without those whose subscription has ended.
pub fn read_subscriptions(iq: &Element) -> Vec<(String, Option<String>)> {
    let all = entries(iq, "subscriptions");
    let reads = all
        .iter()
        .filter(|entry| entry.attr("subscription") != Some("none"));
    reads
        .filter_map(|entry| {
            Some((
                entry.attr("jid")?.to_owned(),
                entry.attr("subid").map(str::to_owned),
            ))
        })
        .collect()
}

/// The ids of the items that are there.
pub fn read_items(iq: &Element) -> BTreeSet<String> {
    let query = iq.get_child("query", ns::DISCO_ITEMS);
    let items = query.into_iter().flat_map(Element::children);
    items
        .filter_map(|item| item.attr("name").map(str::to_owned))
        .collect()
}
