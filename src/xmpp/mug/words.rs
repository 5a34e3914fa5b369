//! The words of MUG: namespaces, the presence of a match and of its occupants, turns, and each game's way to write them.

use minidom::{Element, ElementBuilder};
use xmpp_parsers::ns;

use super::tictactoe;
use crate::commands::{Table, Turn};
use crate::kit::MatchId;
use crate::xmpp::stanza::{attribute, el, leaf};

/// The ProtoXEP's namespace.
pub const MUG: &str = "http://jabber.org/protocol/mug";
/// What occupants do.
pub const USER: &str = "http://jabber.org/protocol/mug#user";
/// What owners do.
pub const OWNER: &str = "http://jabber.org/protocol/mug#owner";
/// What we add: `docs/mug-additions.md`.
pub const OURS: &str = "urn:x-referee:mug:0";

/// The namespace of a game: the ProtoXEP's own for tic-tac-toe, the only game that has one; else ours with its id.
pub fn namespace(game: &str) -> String {
    if game == tictactoe::GAME {
        tictactoe::NAMESPACE.to_owned()
    } else {
        format!("{OURS}#{game}")
    }
}

/// The game of a namespace, by its id.
pub fn game_of(namespace: &str) -> Option<&str> {
    if namespace == tictactoe::NAMESPACE {
        return Some(tictactoe::GAME);
    }
    namespace
        .strip_prefix(OURS)?
        .strip_prefix('#')
        .filter(|game| *game != tictactoe::GAME)
}

/// A move as a client wrote it: the game's notation, and the move's number if it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// In the game's notation.
    pub text: String,
    /// The number of the move, from 1.
    pub id: Option<u32>,
}

/// Reads the content of a `<turn/>`; none when it is no move of this game.
pub fn read_turn(game: &str, turn: &Element) -> Option<Move> {
    let made = turn.get_child("move", namespace(game).as_str());
    let id = |made: &Element| match made.attr("id") {
        Some(id) => id.parse().ok().map(Some),
        None => Some(None),
    };
    match made {
        Some(made) if game == tictactoe::GAME => Some(Move {
            text: tictactoe::read(made)?,
            id: id(made)?,
        }),
        Some(made) => Some(Move {
            text: Some(made.text()).filter(|text| !text.trim().is_empty())?,
            id: id(made)?,
        }),
        None => None,
    }
}

/// A `<turn/>` with a move in it.
pub fn turn(game: &str, turn: &Turn) -> Element {
    let number = turn.number.to_string();
    let made = el("move", &namespace(game)).attr(attribute("id"), number);
    let made = match tictactoe::cell(&turn.text).filter(|_| game == tictactoe::GAME) {
        Some((row, col)) => made
            .attr(attribute("row"), row.to_string())
            .attr(attribute("col"), col.to_string())
            .build(),
        None => made
            .append(crate::xmpp::stanza::writable(&turn.text))
            .build(),
    };
    el("turn", USER).append(made).build()
}

/// The match's status as MUG knows it.
pub fn status(stage: &str) -> &'static str {
    match stage {
        "started" => "active",
        "paused" | "adjourned" => "paused",
        _ => "inactive",
    }
}

/// The presence of a match: its status, the position as the addressee may see it, and what we add.
pub fn room(from: &str, to: &str, id: MatchId, domain: &str, table: &Table) -> Element {
    let status = status(table.stage);
    let game = el("game", MUG)
        .append(leaf("status", MUG, status))
        .append(state(table));
    presence(from, to, None)
        .append(game.build())
        .append_all((status == "paused").then(|| Element::bare("pause", MUG)))
        .append(details(id, domain, table))
        .build()
}

/// The position, in the game's namespace.
fn state(table: &Table) -> Element {
    let namespace = namespace(table.game.id);
    let state = el("state", &namespace);
    let side = |seat: &usize| table.sides.get(*seat).copied().unwrap_or_default();
    let state = if table.game.id == tictactoe::GAME {
        tictactoe::state(state, table)
    } else {
        let picture = (!table.board.is_empty()).then(|| leaf("board", &namespace, &table.board));
        state
            .append_all(
                (!table.position.is_empty()).then(|| leaf("position", &namespace, &table.position)),
            )
            .append_all(picture)
            .append_all(
                table
                    .turn
                    .iter()
                    .map(|seat| leaf("next", &namespace, side(seat))),
            )
            .append_all(
                table
                    .chosen
                    .iter()
                    .map(|seat| leaf("chosen", &namespace, side(seat))),
            )
    };
    state.append_all(ending(table, &namespace)).build()
}

/// `<won/>` for each winner, `<draw/>` when nobody is before anybody, `<match-canceled/>` when there is no result.
fn ending(table: &Table, namespace: &str) -> Vec<Element> {
    let Some(ending) = &table.ending else {
        return Vec::new();
    };
    let Some(first) = ending.places.first() else {
        return vec![Element::bare("match-canceled", namespace.to_owned())];
    };
    if ending.places.iter().all(|place| place == first) {
        return vec![Element::bare("draw", namespace.to_owned())];
    }
    let winners = table.sides.iter().zip(&ending.places);
    winners
        .filter(|(_, place)| **place == 1)
        .map(|(side, _)| leaf("won", namespace, side))
        .collect()
}

/// What we add to the presence of a match, beside `<game/>`, where a client that does not know it passes it over.
fn details(id: MatchId, domain: &str, table: &Table) -> Element {
    let side = |seat: usize| table.sides.get(seat).copied().unwrap_or_default();
    let clocks = table.clocks.iter().enumerate().filter_map(|(seat, left)| {
        let clock = el("clock", OURS)
            .attr(attribute("role"), side(seat))
            .attr(attribute("left"), (*left)?.to_string());
        let runs = table.turn.contains(&seat).then_some("1");
        Some(clock.attr(attribute("runs"), runs).build())
    });
    let offers = table.offers.iter().map(|(seat, what)| {
        el("offer", OURS)
            .attr(attribute("role"), side(*seat))
            .attr(attribute("what"), *what)
            .build()
    });
    let result = table.ending.as_ref().map(|ending| {
        let places: Vec<String> = ending.places.iter().map(u8::to_string).collect();
        let places = Some(places.join(" ")).filter(|places| !places.is_empty());
        el("result", OURS)
            .attr(attribute("code"), ending.code.as_str())
            .attr(attribute("places"), places)
            .append(crate::xmpp::stanza::writable(&ending.text))
            .build()
    });
    el("match", OURS)
        .attr(attribute("jid"), format!("{id}@{domain}"))
        .attr(attribute("stage"), table.stage)
        .attr(attribute("version"), table.version.to_string())
        .attr(attribute("moves"), table.moves.to_string())
        .attr(attribute("hash"), table.hash.as_str())
        .attr(attribute("clock"), table.clock.as_str())
        .attr(attribute("rated"), if table.rated { "1" } else { "0" })
        .append_all(clocks)
        .append_all(offers)
        .append_all(result)
        .build()
}

/// Who an occupant is, as everybody in the room is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// `owner`, `member` or `none`.
    pub affiliation: &'static str,
    /// The role, or `none`.
    pub role: String,
    /// The handle, once the referee knows this person.
    pub handle: String,
}

/// The presence of an occupant; `nick` is the one that they change to.
pub fn occupant(
    from: &str,
    to: &str,
    kind: Option<&str>,
    shown: &Shown,
    nick: Option<&str>,
) -> ElementBuilder {
    let item = el("item", MUG)
        .attr(attribute("affiliation"), shown.affiliation)
        .attr(attribute("role"), shown.role.as_str())
        .attr(attribute("nick"), nick);
    let handle = (!shown.handle.is_empty()).then(|| {
        el("player", OURS)
            .attr(attribute("handle"), shown.handle.as_str())
            .build()
    });
    presence(from, to, kind)
        .append(el("game", MUG).append(item.build()).build())
        .append_all(handle)
}

/// Begins a presence.
pub fn presence(from: &str, to: &str, kind: Option<&str>) -> ElementBuilder {
    el("presence", ns::DEFAULT_NS)
        .attr(attribute("from"), from)
        .attr(attribute("to"), to)
        .attr(attribute("type"), kind)
}

/// Begins a message.
pub fn message(from: &str, to: &str, kind: Option<&str>, id: Option<&str>) -> ElementBuilder {
    el("message", ns::DEFAULT_NS)
        .attr(attribute("from"), from)
        .attr(attribute("to"), to)
        .attr(attribute("type"), kind)
        .attr(attribute("id"), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_read_back() {
        for game in ["chess", "kuhn-poker", "tic-tac-toe"] {
            assert_eq!(game_of(&namespace(game)), Some(game));
        }
        for none in [
            "urn:x-referee:mug:0",
            "urn:x-referee:mug:0#tic-tac-toe",
            "http://jabber.org/protocol/mug/chess",
        ] {
            assert_eq!(game_of(none), None, "{none}");
        }
    }

    #[test]
    fn turns_read_back() {
        let made = |text: &str| Turn {
            number: 7,
            seat: 0,
            text: text.to_owned(),
        };
        for (game, text) in [
            ("tic-tac-toe", "b3"),
            ("chess", "Nf3"),
            ("kuhn-poker", "bet"),
        ] {
            let read = read_turn(game, &turn(game, &made(text)));
            let id = Some(7);
            assert_eq!(
                read,
                Some(Move {
                    text: text.into(),
                    id
                }),
                "{game}"
            );
        }
        for bad in [
            "<turn xmlns='http://jabber.org/protocol/mug#user'/>",
            "<turn xmlns='http://jabber.org/protocol/mug#user'><move xmlns='urn:x'>e4</move></turn>",
            "<turn xmlns='http://jabber.org/protocol/mug#user'><move xmlns='urn:x-referee:mug:0#chess' id='x'>e4</move></turn>",
            "<turn xmlns='http://jabber.org/protocol/mug#user'><move xmlns='urn:x-referee:mug:0#chess'> </move></turn>",
        ] {
            assert_eq!(read_turn("chess", &bad.parse().unwrap()), None, "{bad}");
        }
    }
}
