//! Stanzas of multi-user chat (XEP-0045) and direct invitations (XEP-0249), made and read. No state.

mod admin;

use minidom::Element;
use xmpp_parsers::ns;

pub use admin::{
    Affiliation, HATS, affiliate, destroy, give_hat, hats, list, read_change, read_list,
    read_subject, says_changed, subject, take_hat,
};

use super::event;
use super::stanza::{attribute, el, leaf, writable};
use crate::engine::EventOut;
use crate::kit::Words;

/// The namespace of the muc#admin protocol.
pub const ADMIN: &str = "http://jabber.org/protocol/muc#admin";
/// The namespace of the muc#owner protocol.
pub const OWNER: &str = "http://jabber.org/protocol/muc#owner";
/// The field that makes a room outlive its last occupant.
pub const PERSISTENT: &str = "muc#roomconfig_persistentroom";
const FORM: &str = "http://jabber.org/protocol/muc#roomconfig";
const INVITE: &str = "jabber:x:conference";
/// The namespace of styling hints (XEP-0393).
pub const STYLING: &str = "urn:xmpp:styling:0";

/// How a room of ours is set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Its title.
    pub title: String,
    /// Whether the service lists it.
    pub listed: bool,
    /// Whether anybody may come in; else only members may.
    pub open: bool,
    /// Whether only those with voice may speak.
    pub moderated: bool,
    /// Whether somebody may be banned from it. Then it is never moderated: ejabberd remembers roles in a moderated room, and lets
    /// in whoever had one, a ban or not.
    pub bans: bool,
    /// How many may be in it, if that is limited.
    pub most: Option<usize>,
    /// Whether those who lead wear hats there, where the server has hats.
    pub hats: bool,
}

/// The fields that a room of ours cannot do without: if they are not as we set them, somebody changed them.
const ESSENTIAL: [&str; 5] = [
    PERSISTENT,
    "muc#roomconfig_membersonly",
    "muc#roomconfig_moderatedroom",
    "muc#roomconfig_passwordprotectedroom",
    "muc#roomconfig_whois",
];

impl Setup {
    /// The fields of the configuration form. What a server's form does not have, it is not sent.
    fn fields(&self, iq: &Element) -> Vec<(&'static str, String)> {
        let moderated = self.open && !self.bans && (self.moderated || speaks_by_default(iq));
        let flag = |on: bool| if on { "1" } else { "0" }.to_owned();
        let mut fields = vec![
            ("muc#roomconfig_roomname", self.title.clone()),
            // It must outlive a referee who restarts.
            (PERSISTENT, flag(true)),
            ("muc#roomconfig_publicroom", flag(self.listed)),
            ("muc#roomconfig_membersonly", flag(!self.open)),
            // ejabberd remembers roles in a moderated room and would let former members in, so never both.
            ("muc#roomconfig_moderatedroom", flag(moderated)),
            ("muc#roomconfig_passwordprotectedroom", flag(false)),
            ("muc#roomconfig_whois", "moderators".to_owned()),
            ("muc#roomconfig_changesubject", flag(false)),
            // ejabberd: who comes in without being a member has no voice in a moderated room, and cannot ask for it.
            ("members_by_default", flag(!self.moderated)),
            ("muc#roomconfig_allowvoicerequests", flag(false)),
        ];
        if self.hats {
            fields.push((HATS, flag(true)));
        }
        if !self.listed {
            // ejabberd: whoever is not in it does not learn who is.
            fields.push(("public_list", flag(false)));
        }
        if !self.open {
            // A member's invitation would let in whoever is invited; ejabberd's field and those of Prosody.
            fields.extend([
                ("muc#roomconfig_allowinvites", flag(false)),
                (
                    "{http://prosody.im/protocol/muc}roomconfig_allowmemberinvites",
                    flag(false),
                ),
            ]);
        }
        if self.moderated {
            // Nor may they whisper to players: ejabberd's own field, and the one of newer servers. Prosody 0.12 has neither.
            fields.extend([
                (
                    "allow_private_messages_from_visitors",
                    "moderators".to_owned(),
                ),
                ("muc#roomconfig_allowpm", "participants".to_owned()),
            ]);
        }
        fields.extend((self.most).map(|most| ("muc#roomconfig_maxusers", most.to_string())));
        fields
    }

    /// Whether the form that the server sent shows settings that we did not make.
    pub fn differs(&self, iq: &Element) -> bool {
        let fields = self.fields(iq).into_iter();
        // Rooms that older versions made were not moderated.
        let either = speaks_by_default(iq) && !self.moderated && !self.bans;
        let mut essential = fields.filter(|(name, _)| {
            ESSENTIAL.contains(name) && !(either && *name == "muc#roomconfig_moderatedroom")
        });
        essential.any(|(name, ours)| {
            let plain = |value: &str| match value {
                "true" => "1".to_owned(),
                "false" => "0".to_owned(),
                other => other.to_owned(),
            };
            shown(iq, name).is_some_and(|theirs| plain(&theirs) != ours)
        })
    }

    /// The filled-in form for the one that the server sent.
    pub fn fill(&self, iq: &Element) -> Element {
        submit(
            self.fields(iq)
                .into_iter()
                .filter(|(name, _)| offers(iq, name)),
        )
    }
}

/// Whether a moderated room can give voice to everybody who comes in. Only in such a one ejabberd keeps somebody silent whose voice
/// was taken; Prosody does so in any.
fn speaks_by_default(iq: &Element) -> bool {
    offers(iq, "members_by_default")
}

/// Whether the configuration form in this answer has a field.
pub fn offers(iq: &Element, name: &str) -> bool {
    field(iq, name).is_some()
}

fn field<'a>(iq: &'a Element, name: &str) -> Option<&'a Element> {
    let form = iq
        .get_child("query", OWNER)?
        .get_child("x", ns::DATA_FORMS)?;
    form.children()
        .find(|field| field.attr("var") == Some(name))
}

/// The value that a field of the form has. Prosody leaves out the value of a boolean that is off.
fn shown(iq: &Element, name: &str) -> Option<String> {
    let field = field(iq, name)?;
    let off = (field.attr("type") == Some("boolean")).then(|| "0".to_owned());
    let value = field.get_child("value", ns::DATA_FORMS).map(Element::text);
    value.or(off)
}

/// The form that makes a room vanish with its last occupant.
pub fn let_go() -> Element {
    submit([(PERSISTENT, "0".to_owned())].into_iter())
}

fn submit(fields: impl Iterator<Item = (&'static str, String)>) -> Element {
    let field = |name: &str, value: String| {
        el("field", ns::DATA_FORMS)
            .attr(attribute("var"), name)
            .append(leaf("value", ns::DATA_FORMS, &value))
    };
    let form = el("x", ns::DATA_FORMS)
        .attr(attribute("type"), "submit")
        .append(field("FORM_TYPE", FORM.to_owned()))
        .append_all(fields.map(|(name, value)| field(name, value)));
    el("query", OWNER).append(form).build()
}

/// Asks to come in, without the room's history.
pub fn join(from: &str, room: &str, nick: &str) -> Element {
    let history = el("history", ns::MUC).attr(attribute("maxstanzas"), "0");
    presence(from, room, nick)
        .append(el("x", ns::MUC).append(history))
        .build()
}

/// Takes another name in a room that we are in.
pub fn rename(from: &str, room: &str, nick: &str) -> Element {
    presence(from, room, nick).build()
}

/// Leaves.
pub fn leave(from: &str, room: &str, nick: &str) -> Element {
    presence(from, room, nick)
        .attr(attribute("type"), "unavailable")
        .build()
}

fn presence(from: &str, room: &str, nick: &str) -> minidom::ElementBuilder {
    el("presence", ns::DEFAULT_NS)
        .attr(attribute("from"), from)
        .attr(attribute("to"), format!("{room}/{nick}"))
}

/// What is said to a whole room.
pub fn say(from: &str, room: &str, id: &str, words: &Words, event: Option<&EventOut>) -> Element {
    let unstyled = (!words.has_board()).then(|| Element::bare("unstyled", STYLING));
    el("message", ns::DEFAULT_NS)
        .attr(attribute("from"), from)
        .attr(attribute("to"), room)
        .attr(attribute("type"), "groupchat")
        .attr(attribute("id"), id)
        .append(leaf("body", ns::DEFAULT_NS, &words.body()))
        .append_all(event.map(event::element))
        .append_all(unstyled)
        .append(origin_id(id))
        .build()
}

/// The id that a message keeps however often it is sent (XEP-0359).
pub fn origin_id(id: &str) -> Element {
    el("origin-id", ns::SID).attr(attribute("id"), id).build()
}

/// The invitation of XEP-0249, for a message.
pub fn invitation(room: &str, reason: &str) -> Element {
    el("x", INVITE)
        .attr(attribute("jid"), room)
        .attr(attribute("reason"), writable(reason))
        .build()
}

/// Makes somebody a member. One at a time: Prosody 0.12 reads only the first item.
pub fn grant(bare: &str) -> Element {
    let item = el("item", ADMIN)
        .attr(attribute("affiliation"), "member")
        .attr(attribute("jid"), bare);
    el("query", ADMIN).append(item).build()
}

/// Takes somebody's voice: whoever is no member of a moderated room only listens.
pub fn withdraw(bare: &str) -> Element {
    let item = el("item", ADMIN)
        .attr(attribute("affiliation"), "none")
        .attr(attribute("jid"), bare);
    el("query", ADMIN).append(item).build()
}

/// Takes the voice of an occupant who is in the room.
pub fn silence(nick: &str) -> Element {
    let item = el("item", ADMIN)
        .attr(attribute("nick"), nick)
        .attr(attribute("role"), "visitor");
    el("query", ADMIN).append(item).build()
}

/// Gives voice to an occupant who is in the room.
pub fn give_voice(nick: &str) -> Element {
    let item = el("item", ADMIN)
        .attr(attribute("nick"), nick)
        .attr(attribute("role"), "participant");
    el("query", ADMIN).append(item).build()
}

/// Puts an occupant out of the room, with a word why.
pub fn put_out(nick: &str, why: &str) -> Element {
    let item = el("item", ADMIN)
        .attr(attribute("nick"), nick)
        .attr(attribute("role"), "none")
        .append(leaf("reason", ADMIN, why));
    el("query", ADMIN).append(item).build()
}

/// Asks who owns the room.
pub fn owners() -> Element {
    let item = el("item", ADMIN).attr(attribute("affiliation"), "owner");
    el("query", ADMIN).append(item).build()
}

/// The owners in an answer.
pub fn read_owners(iq: &Element) -> Vec<&str> {
    let items = iq
        .get_child("query", ADMIN)
        .into_iter()
        .flat_map(|query| query.children());
    let owning = items.filter(|item| {
        item.attr("affiliation")
            .is_none_or(|affiliation| affiliation == "owner")
    });
    owning.filter_map(|item| item.attr("jid")).collect()
}

/// A presence from a room.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen<'a> {
    /// The room.
    pub room: &'a str,
    /// The occupant's name there.
    pub nick: &'a str,
    /// Its type; none for being there.
    pub kind: Option<&'a str>,
    /// The real full JID, which moderators are shown.
    pub real: Option<&'a str>,
    /// What the occupant is to the room.
    pub affiliation: Option<Affiliation>,
    /// Status codes.
    pub codes: Vec<u16>,
    /// The room is no more.
    pub destroyed: bool,
    /// The condition of an error.
    pub condition: Option<String>,
}

impl Seen<'_> {
    /// Whether it has this status code.
    pub fn has(&self, code: u16) -> bool {
        self.codes.contains(&code)
    }
}

/// Reads a presence from a room; the typed parser refuses bare JIDs in `item`, which servers send.
pub fn read(presence: &Element) -> Option<Seen<'_>> {
    let (room, nick) = presence.attr("from")?.split_once('/')?;
    let x = presence.get_child("x", ns::MUC_USER);
    let children = || x.into_iter().flat_map(|x| x.children());
    let item = || children().find(|child| child.name() == "item");
    let code = |child: &Element| child.attr("code").and_then(|code| code.parse().ok());
    Some(Seen {
        room,
        nick,
        kind: presence.attr("type"),
        real: item().and_then(|item| item.attr("jid")),
        affiliation: item()
            .and_then(|item| item.attr("affiliation"))
            .and_then(Affiliation::read),
        codes: children()
            .filter(|child| child.name() == "status")
            .filter_map(code)
            .collect(),
        destroyed: children().any(|child| child.name() == "destroy"),
        condition: condition(presence),
    })
}

/// The condition of a stanza of type `error` (RFC 6120 8.3.3).
pub fn condition(stanza: &Element) -> Option<String> {
    let error = stanza.children().find(|child| child.name() == "error")?;
    let named = error
        .children()
        .find(|child| child.ns() == ns::XMPP_STANZAS && child.name() != "text");
    named.map(|condition| condition.name().to_owned())
}
