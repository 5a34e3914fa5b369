//! Every IQ that is asked of us, answered: at once, by a look of the host, by a command, or by an error.

use minidom::Element;
use xmpp_parsers::ns;

use super::adhoc::{self, COMMANDS};
use super::authority;
use super::disco::{self, Disco, NAME, Shape, VERSION};
use super::mug::discover;
use super::stanza::{Condition, Head, attribute, el, leaf, place_of};
use super::{search, vcard};
use crate::commands::{Answer, Place, Seen, Sight};
use crate::kit::Timestamp;

/// Last activity (XEP-0012).
pub const LAST: &str = "jabber:iq:last";

/// What an IQ asks.
#[derive(Debug)]
pub enum Asked {
    /// It has its answer.
    Now(Option<Element>),
    /// The host has to look, and this is how its answer is written.
    Look(Sight, Written),
    /// A step of a command.
    Command(adhoc::Request),
    /// It gets an error.
    Refused(Condition),
}

/// How an answer of the host is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// As service discovery.
    Disco(Shape),
    /// As the vCard of a match or a clan.
    Card,
    /// As search results.
    Found(search::Style),
    /// As a step of a command.
    Step,
    /// As what somebody may do.
    Authority,
}

/// What answers need to know of the process.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// Our domain.
    pub domain: &'a str,
    /// The server's pubsub service, when there is one.
    pub pubsub: Option<&'a str>,
    /// The node where the keys that sign results are published, once it is ours.
    pub keys: Option<&'a str>,
    /// Clients of the match that is asked about, and how many of them play (MUG).
    pub occupants: (usize, usize),
    /// When the process began.
    pub started: Timestamp,
    /// Now.
    pub now: Timestamp,
}

/// Reads a `get` or a `set`.
pub fn read(iq: &Element, head: &Head, here: &Here<'_>) -> Asked {
    let set = head.kind.as_deref() == Some("set");
    let mut children = iq.children();
    let (Some(asked), None) = (children.next(), children.next()) else {
        return Asked::Refused(Condition::BadRequest);
    };
    if !set && head.kind.as_deref() != Some("get") {
        return Asked::Refused(Condition::BadRequest);
    }
    let Some(place) = place_of(&head.to) else {
        return Asked::Refused(Condition::ItemNotFound);
    };
    let ns = asked.ns();
    match (asked.name(), ns.as_str()) {
        ("query", ns::DISCO_INFO) if !set => disco::info(place, asked.attr("node")).into(),
        ("query", ns::DISCO_ITEMS) if !set => disco::items(place, asked).into(),
        ("command", COMMANDS) if set => {
            adhoc::read(asked).map_or_else(Asked::Refused, Asked::Command)
        }
        ("query", search::SEARCH) if place == Place::Service => searched(asked, set),
        ("vCard", ns::VCARD) if !set => match place {
            Place::Match(_) | Place::Clan(_) => Asked::Look(Sight::Info, Written::Card),
            _ => Asked::Now(Some(vcard::own(&head.to.bare))),
        },
        ("authorise", authority::NS) if !set && place == Place::Service => {
            match authority::read(asked) {
                Some(sight) => Asked::Look(sight, Written::Authority),
                None => Asked::Refused(Condition::BadRequest),
            }
        }
        ("ping", ns::PING) if !set => Asked::Now(None),
        ("query", ns::VERSION) if !set => Asked::Now(Some(version())),
        ("query", LAST) if !set => Asked::Now(Some(last(here))),
        ("time", ns::TIME) if !set => Asked::Now(Some(time(here.now))),
        _ => Asked::Refused(Condition::ServiceUnavailable),
    }
}

impl From<Disco> for Asked {
    fn from(disco: Disco) -> Asked {
        match disco {
            Disco::Now(payload) => Asked::Now(Some(payload)),
            Disco::Look(sight, shape) => Asked::Look(sight, Written::Disco(shape)),
            Disco::Refused(condition) => Asked::Refused(condition),
        }
    }
}

fn searched(query: &Element, set: bool) -> Asked {
    if !set {
        return Asked::Now(Some(search::fields()));
    }
    match search::read(query) {
        Ok((sight, style)) => Asked::Look(sight, Written::Found(style)),
        Err(condition) => Asked::Refused(condition),
    }
}

fn version() -> Element {
    let query = el("query", ns::VERSION).append(leaf("name", ns::VERSION, NAME));
    query.append(leaf("version", ns::VERSION, VERSION)).build()
}

/// For a component this is how long it has been running.
fn last(here: &Here<'_>) -> Element {
    let seconds = (here.now - here.started).0.max(0) / 1000;
    el("query", LAST)
        .attr(attribute("seconds"), seconds.to_string())
        .build()
}

fn time(now: Timestamp) -> Element {
    let time = el("time", ns::TIME).append(leaf("tzo", ns::TIME, "+00:00"));
    time.append(leaf("utc", ns::TIME, &now.to_string())).build()
}

/// Writes the host's answer as the child of a result, or says which error it is and why. `address` is ours, as asked.
pub fn write(
    written: &Written,
    answer: &Answer,
    address: &str,
    here: &Here<'_>,
) -> Result<Element, (Condition, String)> {
    let nothing = || (Condition::ItemNotFound, String::new());
    match (written, answer) {
        (_, Answer::Stop(stop, text)) => Err(((*stop).into(), text.clone())),
        (_, Answer::Sorry) => Err((Condition::ResourceConstraint, super::chat::SORRY.to_owned())),
        (Written::Step, Answer::Step(step)) => Ok(adhoc::write(step)),
        // Somebody who is to get no answer gets one that says nothing: an IQ must not stay open.
        (Written::Step, _) => Err((Condition::ServiceUnavailable, String::new())),
        (Written::Card, Answer::Seen(Seen::Match(seen))) => {
            let link = discover::link(bare(address), &seen.game);
            let about = format!("A match that I referee. Play or watch it: {link}");
            Ok(vcard::card(address, &seen.name, &about))
        }
        (Written::Authority, Answer::Seen(Seen::Decision(asked, decided))) => match decided {
            Ok(decision) => Ok(authority::write(asked, decision)),
            Err(refusal) => Err((Condition::BadRequest, refusal.to_string())),
        },
        (Written::Card, Answer::Seen(Seen::Clan(seen))) => {
            let about = match seen.about.as_str() {
                "" => "A clan. Write `show` to it to see who belongs to it.",
                about => about,
            };
            Ok(vcard::card(bare(address), &seen.name, about))
        }
        (Written::Found(style), Answer::Seen(Seen::Found(rows, listing))) => {
            Ok(search::found(rows, listing, *style, here.domain))
        }
        (Written::Disco(Shape::Command(node, true)), Answer::Nothing) => {
            disco::command(node, None, true).ok_or_else(nothing)
        }
        (Written::Disco(shape), Answer::Seen(seen)) => {
            discovered(shape, seen, address, here).ok_or_else(nothing)
        }
        (Written::Card | Written::Found(_) | Written::Disco(_) | Written::Authority, _) => {
            Err(nothing())
        }
    }
}

/// An address without its resource.
fn bare(address: &str) -> &str {
    address.split('/').next().unwrap_or_default()
}

fn discovered(shape: &Shape, seen: &Seen, address: &str, here: &Here<'_>) -> Option<Element> {
    Some(match (shape, seen) {
        (Shape::Service, Seen::Keys(seen)) => disco::service(seen, here.keys),
        (Shape::Match, Seen::Match(seen)) => disco::match_info(seen, bare(address), here.occupants),
        (Shape::MatchItems, Seen::Match(seen)) => {
            disco::own_items(seen.room.as_deref(), seen.feed.as_deref(), here.pubsub)
        }
        (Shape::Clan, Seen::Clan(seen)) => disco::clan_info(seen),
        (Shape::ClanItems, Seen::Clan(seen)) => {
            disco::own_items(seen.room.as_deref(), seen.feed.as_deref(), here.pubsub)
        }
        (Shape::Items(node), Seen::Items(seen)) => disco::listing(seen, node.clone(), here.domain),
        (Shape::Commands, Seen::Commands(seen)) => disco::commands(seen, address),
        (Shape::CommandList, Seen::Commands(_)) => disco::command_list(),
        (Shape::Command(node, directory), Seen::Commands(seen)) => {
            let name = seen
                .iter()
                .find(|(name, _)| name == node)
                .map(|(_, title)| title.as_str());
            return disco::command(node, name, *directory);
        }
        (Shape::Leaf(node), Seen::Commands(_)) => disco::leaf(node),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::Stop;

    const HERE: Here<'_> = Here {
        domain: "r",
        pubsub: None,
        keys: None,
        occupants: (0, 0),
        started: Timestamp(1000),
        now: Timestamp(63_999),
    };

    fn asked(kind: &str, to: &str, inner: &str) -> Asked {
        let text = format!(
            "<iq xmlns='jabber:component:accept' type='{kind}' id='1' from='a@b/c' to='{to}'>{inner}</iq>"
        );
        let iq: Element = text.parse().unwrap();
        read(&iq, &Head::read(&iq).unwrap(), &HERE)
    }

    fn now(to: &str, inner: &str) -> String {
        match asked("get", to, inner) {
            Asked::Now(Some(answer)) => String::from(&answer),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn small_questions_have_their_answer() {
        assert!(matches!(
            asked("get", "m1@r", "<ping xmlns='urn:xmpp:ping'/>"),
            Asked::Now(None)
        ));
        assert!(now("r", "<query xmlns='jabber:iq:version'/>").contains(VERSION));
        assert!(now("r", "<query xmlns='jabber:iq:last'/>").contains("62"));
        let time = now("referee@r", "<time xmlns='urn:xmpp:time'/>");
        assert!(
            time.contains("1970-01-01T00:01:03.999Z") && time.contains("+00:00"),
            "{time}"
        );
        assert!(now("referee@r", "<vCard xmlns='vcard-temp'/>").contains("image/png"));
        assert!(matches!(
            asked("get", "m1@r", "<vCard xmlns='vcard-temp'/>"),
            Asked::Look(Sight::Info, Written::Card)
        ));
        assert!(now("r", "<query xmlns='jabber:iq:search'/>").contains("player"));
    }

    #[test]
    fn nothing_stays_unanswered() {
        let refused = |kind, to, inner| match asked(kind, to, inner) {
            Asked::Refused(condition) => condition,
            other => panic!("{other:?}"),
        };
        let ping = "<ping xmlns='urn:xmpp:ping'/>";
        assert_eq!(refused("get", "r", ""), Condition::BadRequest);
        assert_eq!(
            refused("get", "r", "<a xmlns='u'/><b xmlns='u'/>"),
            Condition::BadRequest
        );
        assert_eq!(refused("fetch", "r", ping), Condition::BadRequest);
        assert_eq!(refused("get", "nobody@r", ping), Condition::ItemNotFound);
        assert_eq!(refused("set", "r", ping), Condition::ServiceUnavailable);
        assert_eq!(
            refused("get", "r", "<query xmlns='jabber:iq:roster'/>"),
            Condition::ServiceUnavailable
        );
        assert_eq!(
            refused("get", "m1@r", "<query xmlns='jabber:iq:search'/>"),
            Condition::ServiceUnavailable
        );
    }

    #[test]
    fn private_and_missing_are_the_same_and_stops_say_why() {
        let nothing = Err((Condition::ItemNotFound, String::new()));
        for written in [
            Written::Card,
            Written::Disco(Shape::Match),
            Written::Disco(Shape::Command("move".into(), false)),
        ] {
            assert_eq!(
                write(&written, &Answer::Nothing, "m1@r", &HERE),
                nothing,
                "{written:?}"
            );
        }
        let stop = Answer::Stop(Stop::Forbidden, "You are banned.".into());
        let told = write(&Written::Step, &stop, "r", &HERE);
        assert_eq!(told, Err((Condition::Forbidden, "You are banned.".into())));
        assert!(matches!(
            write(&Written::Step, &Answer::Sorry, "r", &HERE),
            Err((Condition::ResourceConstraint, _))
        ));
    }
}
