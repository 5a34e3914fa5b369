//! Who may what in a room: affiliations (XEP-0045 5.2), hats (XEP-0317), and the end of a room. No state.

use minidom::Element;
use xmpp_parsers::ns;

use super::{ADMIN, OWNER};
use crate::xmpp::stanza::{attribute, el, leaf};

const COMMANDS: &str = "http://jabber.org/protocol/commands";
/// The ad-hoc commands by which ejabberd gives and takes hats, to admins of a room.
const ADD_HAT: &str = "http://prosody.im/protocol/hats#add";
const REMOVE_HAT: &str = "http://prosody.im/protocol/hats#remove";
/// The room's option without which there are no hats.
pub const HATS: &str = "enable_hats";
/// Hats that we gave begin like this.
const HAT: &str = "urn:x-referee:hat:0#";

/// What somebody is to a room, whether in it or not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Affiliation {
    /// Nobody in particular.
    #[default]
    None,
    /// May not come in.
    Outcast,
    /// May come in.
    Member,
    /// Changes who is a member.
    Admin,
    /// Changes everything.
    Owner,
}

impl Affiliation {
    /// Those of which a room keeps a list.
    pub const LISTED: [Affiliation; 4] = [
        Affiliation::Owner,
        Affiliation::Admin,
        Affiliation::Member,
        Affiliation::Outcast,
    ];

    /// The word of the protocol.
    pub fn word(self) -> &'static str {
        match self {
            Affiliation::None => "none",
            Affiliation::Outcast => "outcast",
            Affiliation::Member => "member",
            Affiliation::Admin => "admin",
            Affiliation::Owner => "owner",
        }
    }

    /// For people, after "is": "a member".
    pub fn for_people(self) -> &'static str {
        match self {
            Affiliation::None => "no member",
            Affiliation::Outcast => "banned",
            Affiliation::Member => "a member",
            Affiliation::Admin => "an admin",
            Affiliation::Owner => "an owner",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Affiliation> {
        [Affiliation::None]
            .into_iter()
            .chain(Affiliation::LISTED)
            .find(|one| one.word() == word)
    }
}

/// Sets what somebody is to the room. One at a time: Prosody 0.12 reads only the first item.
pub fn affiliate(bare: &str, affiliation: Affiliation) -> Element {
    let item = el("item", ADMIN)
        .attr(attribute("affiliation"), affiliation.word())
        .attr(attribute("jid"), bare);
    el("query", ADMIN).append(item).build()
}

/// Asks for one of the lists.
pub fn list(affiliation: Affiliation) -> Element {
    let item = el("item", ADMIN).attr(attribute("affiliation"), affiliation.word());
    el("query", ADMIN).append(item).build()
}

/// The bare JIDs of a list in an answer.
pub fn read_list(iq: &Element, affiliation: Affiliation) -> Vec<String> {
    let query = iq.get_child("query", ADMIN).into_iter();
    let items = query.flat_map(|query| query.children());
    let fits = items.filter(|item| {
        item.attr("affiliation")
            .is_none_or(|word| word == affiliation.word())
    });
    fits.filter_map(|item| item.attr("jid"))
        .map(|jid| jid.split('/').next().unwrap_or_default().to_owned())
        .collect()
}

/// Ends the room for good.
pub fn destroy(reason: &str) -> Element {
    let end = el("destroy", OWNER).append(leaf("reason", OWNER, reason));
    el("query", OWNER).append(end).build()
}

/// Writes the room's subject.
pub fn subject(from: &str, room: &str, text: &str) -> Element {
    el("message", ns::DEFAULT_NS)
        .attr(attribute("from"), from)
        .attr(attribute("to"), room)
        .attr(attribute("type"), "groupchat")
        .append(leaf("subject", ns::DEFAULT_NS, text))
        .build()
}

/// The subject in a message from a room; one with a body is talk.
pub fn read_subject(message: &Element) -> Option<String> {
    if message.attr("type") != Some("groupchat") || message.has_child("body", ns::DEFAULT_NS) {
        return None;
    }
    let subject = message.get_child("subject", ns::DEFAULT_NS)?;
    Some(subject.text())
}

/// What a message from the room itself says of somebody who is not in it: bare JID and affiliation.
pub fn read_change(message: &Element) -> Option<(String, Affiliation)> {
    let item = message
        .get_child("x", ns::MUC_USER)?
        .children()
        .find(|child| child.name() == "item")?;
    let bare = item.attr("jid")?.split('/').next()?.to_owned();
    Some((bare, Affiliation::read(item.attr("affiliation")?)?))
}

/// Whether a message from the room says that its settings were changed (status 104).
pub fn says_changed(message: &Element) -> bool {
    let x = message.get_child("x", ns::MUC_USER);
    let mut children = x.into_iter().flat_map(|x| x.children());
    children.any(|child| child.attr("code") == Some("104"))
}

/// Puts a hat on somebody's head, under their bare JID.
pub fn give_hat(bare: &str, title: &str) -> Element {
    let fields = [
        ("jid", bare.to_owned()),
        ("hat_title", title.to_owned()),
        ("hat_uri", format!("{HAT}{title}")),
    ];
    hat_command(ADD_HAT, &fields)
}

/// Takes it off.
pub fn take_hat(bare: &str, title: &str) -> Element {
    let fields = [
        ("jid", bare.to_owned()),
        ("hat_uri", format!("{HAT}{title}")),
    ];
    hat_command(REMOVE_HAT, &fields)
}

/// The hats of ours in an occupant's presence, by what is written on them.
pub fn hats(presence: &Element) -> Vec<String> {
    let hats = presence
        .children()
        .find(|child| child.name() == "hats")
        .into_iter();
    let uris = hats.flat_map(|hats| hats.children().filter_map(|hat| hat.attr("uri")));
    uris.filter_map(|uri| uri.strip_prefix(HAT).map(str::to_owned))
        .collect()
}

fn hat_command(node: &str, fields: &[(&str, String)]) -> Element {
    let field = |(name, value): &(&str, String)| {
        el("field", ns::DATA_FORMS)
            .attr(attribute("var"), *name)
            .append(leaf("value", ns::DATA_FORMS, value))
    };
    let form = el("x", ns::DATA_FORMS)
        .attr(attribute("type"), "submit")
        .append_all(fields.iter().map(field));
    el("command", COMMANDS)
        .attr(attribute("node"), node)
        .attr(attribute("action"), "complete")
        .append(form)
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Element {
        text.parse().unwrap()
    }

    #[test]
    fn affiliations_read_back() {
        for one in Affiliation::LISTED.into_iter().chain([Affiliation::None]) {
            assert_eq!(Affiliation::read(one.word()), Some(one));
        }
        assert_eq!(Affiliation::read("captain"), None);
    }

    #[test]
    fn a_list_gives_bare_addresses_of_its_own_kind_only() {
        let iq = parse(
            "<iq xmlns='jabber:component:accept' type='result'><query xmlns='http://jabber.org/protocol/muc#admin'>\
             <item affiliation='member' jid='anna@x/phone'/><item affiliation='owner' jid='eve@x'/><item jid='bob@x'/>\
             <item affiliation='member' nick='x'/></query></iq>",
        );
        assert_eq!(read_list(&iq, Affiliation::Member), ["anna@x", "bob@x"]);
    }

    #[test]
    fn only_a_message_without_a_body_is_a_subject() {
        let said = |more: &str| {
            parse(&format!(
                "<message xmlns='jabber:component:accept' type='groupchat'><subject>training</subject>{more}</message>"
            ))
        };
        assert_eq!(read_subject(&said("")), Some("training".to_owned()));
        assert_eq!(read_subject(&said("<body>hi</body>")), None);
    }

    #[test]
    fn hats_of_others_are_not_ours() {
        let presence = parse(
            "<presence xmlns='jabber:component:accept'><hats xmlns='urn:xmpp:hats:0'>\
             <hat uri='urn:x-referee:hat:0#captain' title='captain'/><hat uri='urn:other' title='king'/></hats></presence>",
        );
        assert_eq!(hats(&presence), ["captain"]);
    }

    #[test]
    fn a_change_names_somebody_and_what_they_are_now() {
        let message = parse(
            "<message xmlns='jabber:component:accept'><x xmlns='http://jabber.org/protocol/muc#user'>\
             <item affiliation='admin' jid='eve@x' role='none'/></x></message>",
        );
        assert_eq!(
            read_change(&message),
            Some(("eve@x".to_owned(), Affiliation::Admin))
        );
        assert!(!says_changed(&message));
    }
}
