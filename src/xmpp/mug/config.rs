//! The form of a match in the making: the ProtoXEP's fields as far as they mean something here, the game's options, and
//! what we add (opponent, clock, rated, salt).

use minidom::Element;
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field, FieldType, Option_};
use xmpp_parsers::ns;

use super::draft::Draft;
use super::errors::Fault;
use super::words::{self, OURS, OWNER};
use super::{MAX_OCCUPANTS, tictactoe};
use crate::commands::TableGame;
use crate::xmpp::forms::{self, Filled};
use crate::xmpp::stanza::{Condition, el};

const ROOM_FORM: &str = "http://jabber.org/protocol/mug#roomconfig";
const INSTRUCTIONS: &str = "Choose how you want to play. Without an opponent the match waits for anybody. Your own role is the \
                            one that you take before you send this; luck decides without one.";

/// A command that makes a match, with its fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Made {
    /// `open` or `challenge`.
    pub node: &'static str,
    /// Its fields.
    pub fields: Vec<(&'static str, String)>,
}

/// The prefix of a game's own fields: `mug/tictactoe#config_`.
fn prefix(game: &TableGame) -> String {
    let name = if game.id == tictactoe::GAME {
        "tictactoe"
    } else {
        game.id
    };
    format!("mug/{name}#config_")
}

fn game_form(game: &TableGame) -> String {
    let name = if game.id == tictactoe::GAME {
        "tictactoe"
    } else {
        "game"
    };
    format!(
        "{}#{name}config",
        words::namespace(game.id).replace('#', "/")
    )
}

/// The form, as the answer to a query of the owner's.
pub fn form(game: &TableGame) -> Element {
    let room = vec![
        only(
            "mug#roomconfig_roompolicy",
            "Policy",
            "unmoderated",
            "The referee moderates; the maker does not",
        ),
        flag("mug#roomconfig_publicroom", "Listed and searchable?", true),
        flag(
            "mug#roomconfig_membersonly",
            "Private, for the two players alone?",
            false,
        ),
        only(
            "mug#roomconfig_anonymity",
            "Anonymity",
            "fully-anonymous",
            "No address is shown to anybody",
        ),
        flag(
            "mug#roomconfig_passwordprotectedroom",
            "Password required?",
            false,
        ),
        only(
            "mug#roomconfig_maxusers",
            "Clients at most",
            &MAX_OCCUPANTS.to_string(),
            "Players always fit",
        ),
        text(
            "opponent",
            "Opponent (handle or JID; anybody when empty)",
            "",
        ),
        text("clock", "Clock, such as 5+3, 2d or none", "none"),
        flag(&ours("rated"), "Rated?", false),
        text("salt", "Your own addition to the luck", ""),
    ];
    let mut form = DataForm::new(DataFormType::Form, ROOM_FORM, room);
    form.title = Some(format!("A match of {}", game.title));
    form.instructions = Some(INSTRUCTIONS.to_owned());
    let namespace = words::namespace(game.id);
    let own = (!game.options.is_empty()).then(|| {
        let fields = game.options.iter().map(|option| {
            let name = format!("{}{}", prefix(game), option.name);
            list(&name, option.help, option.default, &option.values)
        });
        let first = (game.id == tictactoe::GAME).then(|| {
            let name = format!("{}first", prefix(game));
            list(
                &name,
                "The role that starts the game",
                "x",
                &["x".to_owned()],
            )
        });
        let mut form = DataForm::new(
            DataFormType::Form,
            &game_form(game),
            fields.chain(first).collect(),
        );
        form.title = Some(format!("Options of {}", game.title));
        el("options", &namespace)
            .append(Element::from(form))
            .build()
    });
    let options = el("options", OWNER)
        .append(Element::from(form))
        .append_all(own);
    el("query", OWNER).append(options.build()).build()
}

fn ours(name: &str) -> String {
    format!("{OURS}#{name}")
}

fn labelled(name: &str, label: &str, kind: FieldType, value: &str) -> Field {
    let mut field = Field::new(name, kind);
    field.label = Some(label.to_owned());
    field.values = vec![value.to_owned()];
    field.values.retain(|value| !value.is_empty());
    field
}

fn text(name: &str, label: &str, value: &str) -> Field {
    labelled(&ours(name), label, FieldType::TextSingle, value)
}

fn flag(name: &str, label: &str, value: bool) -> Field {
    labelled(
        name,
        label,
        FieldType::Boolean,
        if value { "1" } else { "0" },
    )
}

fn list(name: &str, label: &str, value: &str, values: &[String]) -> Field {
    // Without a list to choose from, the maker writes what they like.
    let kind = if values.is_empty() {
        FieldType::TextSingle
    } else {
        FieldType::ListSingle
    };
    let mut field = labelled(name, label, kind, value);
    let option = |value: &String| Option_ {
        label: Some(value.clone()),
        value: value.clone(),
    };
    field.options = values.iter().map(option).collect();
    field
}

/// A choice with one possibility: a client that shows it tells the truth.
fn only(name: &str, label: &str, value: &str, meaning: &str) -> Field {
    let mut field = list(name, label, value, &[value.to_owned()]);
    if let Some(option) = field.options.first_mut() {
        option.label = Some(meaning.to_owned());
    }
    field
}

/// Reads the form that came back; none when the maker gave up.
pub fn read(draft: &Draft, query: &Element) -> Result<Option<Made>, Fault> {
    let no = |text: &str| Err(Fault::new(Condition::NotAcceptable, text));
    let read = |of: &Element| match of.get_child("x", ns::DATA_FORMS).map(forms::read) {
        Some(Ok(filled)) => Ok(Some(filled)),
        Some(Err(condition)) => Err(Fault::new(condition, "")),
        None => Ok(None),
    };
    let options = query.get_child("options", OWNER);
    let room = match options {
        Some(options) => read(options)?,
        None => read(query)?,
    };
    let namespace = words::namespace(draft.game.id);
    if query.has_child("state", namespace.as_str()) {
        return no("A match begins from the beginning; a state of your own is not taken.");
    }
    let own = options.and_then(|options| options.get_child("options", namespace.as_str()));
    let own = own.map(read).transpose()?.flatten();
    let (room, own) = match (room, own) {
        (Some(Filled::Cancelled), _) => return Ok(None),
        (None, None) => return Err(Fault::new(Condition::BadRequest, "")),
        (room, own) => (
            room.and_then(Filled::fields).unwrap_or_default(),
            own.and_then(Filled::fields).unwrap_or_default(),
        ),
    };
    let first = |fields: &[(String, Vec<String>)], name: &str| {
        let found = fields.iter().find(|(field, _)| field == name)?;
        let value = found.1.first()?.trim().to_owned();
        (!value.is_empty()).then_some(value)
    };
    let room = |name: &str| first(&room, name);
    let on = |name: &str| room(name).map(|value| matches!(value.as_str(), "1" | "true"));
    let other = |name: &str, served: &str| room(name).is_some_and(|value| value != served);
    if other("mug#roomconfig_roompolicy", "unmoderated")
        || other("mug#roomconfig_anonymity", "fully-anonymous")
    {
        return no("Matches are unmoderated and fully anonymous here.");
    }
    if on("mug#roomconfig_passwordprotectedroom") == Some(true)
        || room("mug#roomconfig_roomsecret").is_some()
    {
        return no("There are no passwords here; make the match private instead.");
    }
    let opponent = room(&ours("opponent"));
    let private = on("mug#roomconfig_membersonly") == Some(true);
    if private && opponent.is_none() {
        return no("A private match needs an opponent.");
    }
    let mut fields = vec![("game", draft.game.id.to_owned())];
    let visibility = match (private, on("mug#roomconfig_publicroom")) {
        (true, _) => "private",
        (false, Some(false)) => "unlisted",
        (false, _) => "public",
    };
    fields.push(("visibility", visibility.to_owned()));
    let side = draft.seat.and_then(|seat| draft.game.sides.get(seat));
    fields.extend(side.map(|side| ("side", (*side).to_owned())));
    for name in ["clock", "rated", "salt"] {
        fields.extend(room(&ours(name)).map(|value| (name, value)));
    }
    if first(&own, &format!("{}first", prefix(&draft.game))).is_some_and(|side| side != "x") {
        return no("x always starts here.");
    }
    let chosen = draft.game.options.iter().filter_map(|option| {
        let value = first(&own, &format!("{}{}", prefix(&draft.game), option.name))?;
        Some(format!("{}={value}", option.name))
    });
    let chosen: Vec<String> = chosen.collect();
    fields.push(("options", chosen.join(" ")));
    let node = if opponent.is_some() {
        "challenge"
    } else {
        "open"
    };
    fields.extend(opponent.map(|opponent| ("opponent", opponent)));
    Ok(Some(Made { node, fields }))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;
    use crate::commands::table_game;
    use crate::xmpp::stanza::Address;

    fn draft(game: &str) -> Draft {
        Draft {
            nick: "a".into(),
            from: Address::read("a@b/c").unwrap(),
            game: table_game(game).unwrap(),
            seat: Some(1),
            until: Instant::now(),
        }
    }

    fn read_one(game: &str, room: &str, own: &str) -> Result<Option<Made>, Fault> {
        let fields = |text: &str| -> String {
            text.split_whitespace()
                .map(|pair| pair.split_once('=').unwrap())
                .map(|(name, value)| format!("<field var='{name}'><value>{value}</value></field>"))
                .collect()
        };
        let namespace = words::namespace(table_game(game).unwrap().id);
        let query = format!(
            "<query xmlns='{OWNER}'><options><x xmlns='jabber:x:data' type='submit'>{}</x>\
             <options xmlns='{namespace}'><x xmlns='jabber:x:data' type='submit'>{}</x></options></options></query>",
            fields(room),
            fields(own)
        );
        read(&draft(game), &query.parse().unwrap())
    }

    fn made(game: &str, room: &str, own: &str) -> String {
        let made = read_one(game, room, own).unwrap().unwrap();
        let fields: Vec<String> = made
            .fields
            .iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect();
        format!("{} {}", made.node, fields.join(","))
    }

    #[test]
    fn an_instant_room_has_the_defaults() {
        assert_eq!(
            made("chess", "", ""),
            "open game=chess,visibility=public,side=black,options="
        );
    }

    #[test]
    fn everything_that_can_be_chosen_arrives() {
        assert_eq!(
            made(
                "tictactoe",
                "mug#roomconfig_publicroom=0 urn:x-referee:mug:0#clock=5+3 urn:x-referee:mug:0#rated=1 urn:x-referee:mug:0#opponent=bob",
                "mug/tictactoe#config_rows=4 mug/tictactoe#config_cols=5 mug/tictactoe#config_first=x"
            ),
            "challenge game=tic-tac-toe,visibility=unlisted,side=o,clock=5+3,rated=1,options=rows=4 cols=5,opponent=bob"
        );
        let hidden = "mug#roomconfig_membersonly=1 urn:x-referee:mug:0#opponent=bob";
        assert!(made("kuhn-poker", hidden, "").contains("visibility=private"));
    }

    #[test]
    fn what_is_not_served_is_refused() {
        for room in [
            "mug#roomconfig_roompolicy=moderated",
            "mug#roomconfig_anonymity=non-anonymous",
            "mug#roomconfig_passwordprotectedroom=1",
            "mug#roomconfig_roomsecret=x",
            "mug#roomconfig_membersonly=1",
        ] {
            let no = read_one("chess", room, "").unwrap_err();
            assert_eq!(no.condition, Condition::NotAcceptable, "{room}");
        }
        assert!(read_one("tictactoe", "", "mug/tictactoe#config_first=o").is_err());
        let state = format!(
            "<query xmlns='{OWNER}'><options><x xmlns='jabber:x:data' type='submit'/></options><state xmlns='urn:x-referee:mug:0#chess'/></query>"
        );
        assert!(read(&draft("chess"), &state.parse().unwrap()).is_err());
    }

    #[test]
    fn the_form_that_is_shown_reads_back() {
        for game in ["chess", "kuhn-poker", "tictactoe"] {
            let shown = String::from(&form(&table_game(game).unwrap()));
            let back = shown
                .replace("type='form'", "type='submit'")
                .replace("type=\"form\"", "type=\"submit\"");
            let made = read(&draft(game), &back.parse().unwrap()).unwrap().unwrap();
            assert_eq!(made.node, "open", "{made:?}");
        }
        let cancel =
            format!("<query xmlns='{OWNER}'><x xmlns='jabber:x:data' type='cancel'/></query>");
        assert_eq!(read(&draft("chess"), &cancel.parse().unwrap()), Ok(None));
    }
}
