//! Service discovery (XEP-0030) of `R`, `referee@R` and the matches, with paging (XEP-0059), software information
//! (XEP-0232), match forms (XEP-0128) and capabilities (XEP-0115).
//!
//! What is public and fixed is answered here; everything else is a look that the host answers, so that private and
//! missing addresses cannot be told apart.

use minidom::Element;
use xmpp_parsers::caps::{Caps, compute_disco, hash_caps};
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field};
use xmpp_parsers::disco::{DiscoInfoResult, DiscoItemsQuery, DiscoItemsResult, Identity, Item};
use xmpp_parsers::hashes::Algo;
use xmpp_parsers::jid::Jid;
use xmpp_parsers::ns;
use xmpp_parsers::rsm::{First, SetQuery, SetResult};

use super::adhoc::COMMANDS;
use super::forms;
use super::mug::discover as mug;
use super::stanza::{Condition, writable};
use crate::commands::{ClanInfo, KeyOut, Listing, MatchInfo, Page, Place, Sight, Value};
use crate::kit::ALGORITHM;

/// The FORM_TYPE of the form in a match's disco#info.
pub const MATCH_FORM: &str = "urn:x-referee:match:0";
/// The FORM_TYPE of the form in a clan's disco#info.
pub const CLAN_FORM: &str = "urn:x-referee:clan:0";
/// The FORM_TYPE of the form with the keys in the disco#info of `R`, and the namespace of a published key.
pub const KEYS: &str = "urn:x-referee:keys:0";
/// The FORM_TYPE of XEP-0232.
const SOFTWARE_FORM: &str = "urn:xmpp:dataforms:softwareinfo";
/// What the referee calls itself.
pub const NAME: &str = "Referee";
/// Its version.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
/// The node of its capabilities (XEP-0115), which has to be a URI.
const CAPS_NODE: &str = "urn:x-referee";

/// The nodes of `R` under which there is something.
pub const DIRECTORIES: [&str; 4] = ["clans", "games", "matches", "open"];

/// Served at every address.
const EVERYWHERE: [&str; 11] = [
    ns::DISCO_INFO,
    ns::DISCO_ITEMS,
    ns::PING,
    ns::VERSION,
    ns::TIME,
    ns::VCARD,
    ns::DATA_FORMS,
    ns::RECEIPTS,
    super::iqs::LAST,
    COMMANDS,
    "urn:xmpp:styling:0",
];

/// What a discovery request comes to.
#[derive(Debug)]
pub enum Disco {
    /// It is answered at once.
    Now(Element),
    /// The host has to look.
    Look(Sight, Shape),
    /// It is refused.
    Refused(Condition),
}

/// How what the host has seen is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// disco#info of `R`.
    Service,
    /// disco#info of a match.
    Match,
    /// disco#items of a match: its room and its feed.
    MatchItems,
    /// disco#info of a clan.
    Clan,
    /// disco#items of a clan: its public room and its feed.
    ClanItems,
    /// disco#items of a directory node.
    Items(Option<String>),
    /// disco#items of the node of commands.
    Commands,
    /// disco#info of the node of commands.
    CommandList,
    /// disco#info of a command; the flag says that it is a directory as well.
    Command(String, bool),
    /// disco#items of a command: nothing.
    Leaf(String),
}

/// Answers disco#info.
pub fn info(place: Place, node: Option<&str>) -> Disco {
    match (place, node.filter(|node| !node.is_empty())) {
        (Place::Match(_), None) => Disco::Look(Sight::Info, Shape::Match),
        (Place::Clan(_), None) => Disco::Look(Sight::Info, Shape::Clan),
        (Place::Service, None) => Disco::Look(Sight::Keys, Shape::Service),
        (_, None) => Disco::Now(contact().into()),
        (_, Some(COMMANDS)) => Disco::Look(Sight::Commands, Shape::CommandList),
        (Place::Contact, Some(node)) if Some(node) == caps_node().as_deref() => Disco::Now(
            DiscoInfoResult {
                node: Some(node.to_owned()),
                ..contact()
            }
            .into(),
        ),
        (place, Some(node)) => {
            let directory = place == Place::Service && is_directory(node);
            Disco::Look(
                Sight::Command(node.to_owned()),
                Shape::Command(node.to_owned(), directory),
            )
        }
    }
}

/// Answers disco#items.
pub fn items(place: Place, query: &Element) -> Disco {
    let Ok(query) = DiscoItemsQuery::try_from(query.clone()) else {
        return Disco::Refused(Condition::BadRequest);
    };
    let node = query.node.filter(|node| !node.is_empty());
    match (place, node.as_deref()) {
        (_, Some(COMMANDS)) => Disco::Look(Sight::Commands, Shape::Commands),
        (Place::Match(_), None) => Disco::Look(Sight::Info, Shape::MatchItems),
        (Place::Clan(_), None) => Disco::Look(Sight::Info, Shape::ClanItems),
        (Place::Service, name) if name.is_none_or(is_directory) => {
            let sight = Sight::Items {
                node: node.clone().unwrap_or_default(),
                page: page(query.rsm),
            };
            Disco::Look(sight, Shape::Items(node))
        }
        (_, Some(command)) => Disco::Look(
            Sight::Command(command.to_owned()),
            Shape::Leaf(command.to_owned()),
        ),
        (_, None) => Disco::Now(
            DiscoItemsResult {
                node: None,
                items: Vec::new(),
                rsm: None,
            }
            .into(),
        ),
    }
}

/// Whether there is something below a node of the service: its directories, and each game.
fn is_directory(node: &str) -> bool {
    DIRECTORIES.contains(&node) || !mug::seeks(node).is_empty()
}

/// A page that was asked for.
pub fn page(rsm: Option<SetQuery>) -> Page {
    rsm.map_or_else(Page::default, |rsm| Page {
        max: rsm.max,
        after: rsm.after,
        before: rsm.before,
        index: rsm.index,
    })
}

fn info_of(identity: Identity, more: &[&str]) -> DiscoInfoResult {
    let features = EVERYWHERE
        .iter()
        .chain(more)
        .map(|feature| (*feature).to_owned());
    DiscoInfoResult {
        node: None,
        identities: vec![identity],
        features: features.collect(),
        extensions: Vec::new(),
    }
}

/// Fields stand in the order of their names, as capabilities want it.
fn software() -> DataForm {
    let fields = vec![
        Field::text_single("software", NAME),
        Field::text_single("software_version", VERSION),
    ];
    DataForm::new(DataFormType::Result_, SOFTWARE_FORM, fields)
}

/// disco#info of `R`, with the keys that sign results; `node` is where they are published, once that is ours.
pub fn service(keys: &[KeyOut], node: Option<&str>) -> Element {
    let more = [ns::RSM, super::search::SEARCH, super::authority::NS];
    let forms = [keys_form(keys, node), Some(software())];
    let mut info = info_of(Identity::new("component", "generic", "en", NAME), &more);
    info.identities.push(mug::identity(NAME));
    info.features.extend(mug::service());
    info.extensions.extend(forms.into_iter().flatten());
    info.into()
}

fn keys_form(keys: &[KeyOut], node: Option<&str>) -> Option<DataForm> {
    let (signs, former) = keys.split_first()?;
    let text = |name: &str, value: String| Field::text_single(name, &value);
    let mut fields = vec![text("algorithm", ALGORITHM.to_owned())];
    if !former.is_empty() {
        let lines = former.iter().map(key_line);
        fields.push(forms::valued("former", &Value::List(lines.collect())));
    }
    fields.push(text("key", signs.key.id().to_string()));
    fields.extend(node.map(|node| text("node", node.to_owned())));
    fields.push(text("public", signs.key.to_string()));
    fields.push(text("since", signs.since.to_string()));
    Some(DataForm::new(DataFormType::Result_, KEYS, fields))
}

/// A former key as one line, as `referee key show` prints it.
fn key_line(out: &KeyOut) -> String {
    let until = out.until.map(|until| format!(" {until}"));
    let (id, until) = (out.key.id(), until.unwrap_or_default());
    format!("{id} {ALGORITHM} {} {}{until}", out.key, out.since)
}

fn contact() -> DiscoInfoResult {
    DiscoInfoResult {
        extensions: vec![software()],
        ..info_of(Identity::new("client", "bot", "en", NAME), &[ns::CAPS])
    }
}

fn capabilities() -> Option<Caps> {
    hash_caps(&compute_disco(&contact()), Algo::Sha_1)
        .ok()
        .map(|hash| Caps::new(CAPS_NODE, hash))
}

fn caps_node() -> Option<String> {
    capabilities().and_then(|caps| xmpp_parsers::caps::query_caps(caps).node)
}

/// The capabilities of `referee@R`, for its presence. A match has none: what it is changes with every move.
pub fn caps() -> Option<Element> {
    capabilities().map(Element::from)
}

/// disco#info of a match; `here` counts the clients in it, and those of them who play.
pub fn match_info(seen: &MatchInfo, address: &str, here: (usize, usize)) -> Element {
    let mut fields: Vec<_> = seen
        .form
        .iter()
        .map(|(name, value)| forms::valued(name, value))
        .collect();
    fields.sort_by(|a, b| a.var.cmp(&b.var));
    let form = DataForm::new(DataFormType::Result_, MATCH_FORM, fields);
    let identity = Identity::new("game", writable(&seen.game), "en", writable(&seen.name));
    let mut info = info_of(identity, &[]);
    info.identities.push(mug::identity(&seen.name));
    info.features.extend(mug::features(seen));
    info.extensions = vec![form, mug::form(seen, address, here)];
    info.into()
}

/// disco#info of a clan: it provides a shared group of contacts, as the registrar's `directory/group` does.
pub fn clan_info(seen: &ClanInfo) -> Element {
    let fields = seen.form.iter();
    let mut fields: Vec<_> = fields
        .map(|(name, value)| forms::valued(name, value))
        .collect();
    fields.sort_by(|a, b| a.var.cmp(&b.var));
    let identity = Identity::new("directory", "group", "en", writable(&seen.name));
    let mut info = info_of(identity, &[]);
    info.extensions = vec![DataForm::new(DataFormType::Result_, CLAN_FORM, fields)];
    info.into()
}

/// disco#items of a match or a clan: its room, and its feed.
pub fn own_items(room: Option<&str>, feed: Option<&str>, pubsub: Option<&str>) -> Element {
    let room = room.and_then(|room| item(room, None, "The room"));
    let feed = feed
        .zip(pubsub)
        .and_then(|(node, at)| item(at, Some(node.to_owned()), "The feed"));
    let items = room.into_iter().chain(feed).collect();
    DiscoItemsResult {
        node: None,
        items,
        rsm: None,
    }
    .into()
}

fn item(jid: &str, node: Option<String>, name: &str) -> Option<Item> {
    Some(Item {
        jid: Jid::new(jid).ok()?,
        node,
        name: Some(writable(name)).filter(|name| !name.is_empty()),
    })
}

/// A page of a directory.
pub fn listing(seen: &Listing, node: Option<String>, domain: &str) -> Element {
    let made = node.as_deref().map(mug::seeks).unwrap_or_default();
    let items = seen.items.iter().chain(&made).filter_map(|out| {
        let jid = if out.local.is_empty() {
            domain.to_owned()
        } else {
            format!("{}@{domain}", out.local)
        };
        item(&jid, out.node.clone(), &out.name)
    });
    DiscoItemsResult {
        node,
        items: items.collect(),
        rsm: seen.paged.then(|| set(seen)),
    }
    .into()
}

/// Which page this is.
pub fn set(seen: &Listing) -> SetResult {
    let first = seen.items.first().map(|item| First {
        index: Some(seen.first_index),
        item: item.key.clone(),
    });
    SetResult {
        first,
        last: seen.items.last().map(|item| item.key.clone()),
        count: Some(seen.count),
    }
}

/// The commands of an address, as items of it.
pub fn commands(seen: &[(String, String)], address: &str) -> Element {
    let items = seen
        .iter()
        .filter_map(|(node, name)| item(address, Some(node.clone()), name))
        .collect();
    DiscoItemsResult {
        node: Some(COMMANDS.to_owned()),
        items,
        rsm: None,
    }
    .into()
}

/// disco#info of the node of commands.
pub fn command_list() -> Element {
    node_info(
        COMMANDS,
        vec![Identity::new(
            "automation",
            "command-list",
            "en",
            "Commands",
        )],
        &[],
    )
}

/// disco#info of a command, of a directory, or of what is both; none when it is neither.
pub fn command(node: &str, name: Option<&str>, directory: bool) -> Option<Element> {
    let branch = directory.then(|| Identity::new("hierarchy", "branch", "en", node));
    let command =
        name.map(|name| Identity::new("automation", "command-node", "en", writable(name)));
    let identities: Vec<_> = branch.into_iter().chain(command).collect();
    let paged = directory.then_some(ns::RSM);
    let run = name.map(|_| [COMMANDS, ns::DATA_FORMS]);
    let features: Vec<_> = paged.into_iter().chain(run.into_iter().flatten()).collect();
    (!identities.is_empty()).then(|| node_info(node, identities, &features))
}

/// disco#items of a command.
pub fn leaf(node: &str) -> Element {
    DiscoItemsResult {
        node: Some(node.to_owned()),
        items: Vec::new(),
        rsm: None,
    }
    .into()
}

fn node_info(node: &str, identities: Vec<Identity>, more: &[&str]) -> Element {
    let features = [ns::DISCO_INFO, ns::DISCO_ITEMS]
        .iter()
        .chain(more)
        .map(|feature| (*feature).to_owned());
    let node = Some(node.to_owned());
    DiscoInfoResult {
        node,
        identities,
        features: features.collect(),
        extensions: Vec::new(),
    }
    .into()
}

#[cfg(test)]
mod tests;
