//! What discovery and search say of MUG: features, the match form, the places where matches are made, and search fields.

use minidom::Element;
use xmpp_parsers::data_forms::{DataForm, DataFormType, Field, FieldType, Option_};
use xmpp_parsers::disco::{DiscoInfoResult, Identity};
use xmpp_parsers::ns;

use super::MAX_OCCUPANTS;
use super::draft::PREFIX;
use super::words::{self, MUG, OURS};
use crate::commands::{ItemOut, MatchInfo, Rows, TableGame, Value, table_games};
use crate::xmpp::stanza::writable;

const MATCH_FORM: &str = "http://jabber.org/protocol/mug#matchinfo";
/// Games that are no board games, with what they are; the word in search results.
const CATEGORIES: &[(&str, &str)] = &[
    ("dice-duel", "dice"),
    ("kuhn-poker", "cards"),
    ("rock-paper-scissors", "other"),
];

/// The identity of the service and of each match, beside what else they are.
pub fn identity(name: &str) -> Identity {
    Identity::new("game", "multi-user", "en", writable(name))
}

/// The features of the service: MUG, what we add, and every game.
pub fn service() -> Vec<String> {
    let games = table_games()
        .into_iter()
        .map(|game| words::namespace(game.id));
    [MUG.to_owned(), OURS.to_owned()]
        .into_iter()
        .chain(games)
        .collect()
}

/// The features of a match.
pub fn features(seen: &MatchInfo) -> Vec<String> {
    let visibility = seen.form.iter().find_map(|(name, value)| match value {
        Value::Text(text) if *name == "visibility" => Some(text.as_str()),
        _ => None,
    });
    let entry = match visibility {
        Some("private") => ["mug_membersonly", "mug_hidden"],
        Some("unlisted") => ["mug_open", "mug_hidden"],
        _ => ["mug_open", "mug_public"],
    };
    let game = words::namespace(&seen.game);
    let fixed = [
        MUG,
        OURS,
        "mug_unmoderated",
        "mug_unsecured",
        "mug_fullyanonymous",
    ];
    let features = fixed.into_iter().chain(entry).map(str::to_owned);
    features.chain([game]).collect()
}

/// The link (XEP-0147) with which a MUG client enters a match.
pub fn link(address: &str, game: &str) -> String {
    format!("xmpp:{address}?play;game={}", words::namespace(game))
}

/// The form in the disco#info of a match; `here` counts occupants, and those of them who play.
pub fn form(seen: &MatchInfo, address: &str, here: (usize, usize)) -> DataForm {
    let hidden = |name: &str, value: &str| {
        let mut field = Field::new(name, FieldType::Hidden);
        field.values.push(value.to_owned());
        field
    };
    let mut fields = vec![
        hidden("mug#game", &words::namespace(&seen.game)),
        Field::text_single("mug#match_description", &writable(&seen.name)),
        Field::text_single("mug#match_maxoccupants", &MAX_OCCUPANTS.to_string()),
        Field::text_single("mug#match_occupants", &here.0.to_string()),
        Field::text_single("mug#match_players", &here.1.to_string()),
        Field::text_single(&format!("{OURS}#play"), &link(address, &seen.game)),
    ];
    if let Some(room) = &seen.room {
        let chat = format!("xmpp:{room}?join");
        fields.push(Field::text_single("mug#match_chat", &writable(&chat)));
    }
    fields.sort_by(|a, b| a.var.cmp(&b.var));
    DataForm::new(DataFormType::Result_, MATCH_FORM, fields)
}

/// disco#info of the place where matches of a game are made.
pub fn info(game: &TableGame) -> Element {
    let features = [ns::DISCO_INFO, ns::DISCO_ITEMS, MUG, OURS].map(str::to_owned);
    DiscoInfoResult {
        node: None,
        identities: vec![identity(&format!("New match of {}", game.title))],
        features: features
            .into_iter()
            .chain([words::namespace(game.id)])
            .collect(),
        extensions: Vec::new(),
    }
    .into()
}

/// The place where matches of a game are made, as an item under the game's node.
pub fn seeks(node: &str) -> Vec<ItemOut> {
    let games = table_games().into_iter();
    let named = games.filter(|game| node.strip_prefix("games/") == Some(game.id));
    named
        .map(|game| ItemOut {
            local: format!("{PREFIX}{}", game.id),
            node: None,
            name: format!("New match of {}", game.title),
            key: format!("{PREFIX}{}", game.id),
        })
        .collect()
}

/// The search fields of the ProtoXEP that mean something here.
pub fn search_fields() -> Vec<Field> {
    let list = |name: &str, label: &str, options: Vec<(String, String)>| {
        let mut field = Field::new(name, FieldType::ListSingle);
        field.label = Some(label.to_owned());
        let options = options.into_iter();
        field.options = options
            .map(|(value, label)| Option_ {
                label: Some(label),
                value,
            })
            .collect();
        field
    };
    let games = table_games().into_iter();
    let games = games.map(|game| (words::namespace(game.id), game.title.to_owned()));
    let mut saved = Field::new("mug#roomsearch_saved", FieldType::Boolean);
    saved.label = Some("Saved matches".to_owned());
    vec![
        saved,
        list(
            "mug#roomsearch_roles",
            "Free roles",
            vec![("1".to_owned(), "1".to_owned())],
        ),
        list(
            "mug#roomsearch_game",
            "Game of a MUG client",
            games.collect(),
        ),
    ]
}

/// A search as a MUG client sends it, in our own fields; none when it is no such search.
pub fn search(filled: &[(String, String)]) -> Option<Vec<(String, String)>> {
    let mut asked = false;
    let mut fields = Vec::new();
    for (name, value) in filled {
        let own = match (name.as_str(), value.as_str()) {
            ("mug#roomsearch_game" | "game", namespace) => {
                words::game_of(namespace).map(|game| ("game", game))
            }
            ("mug#roomsearch_name", player) => Some(("player", player)),
            ("mug#roomsearch_saved", "1" | "true") => Some(("state", "adjourned")),
            ("mug#roomsearch_roles", free) if free != "0" => Some(("state", "open")),
            ("status", "active") => Some(("state", "started")),
            ("status", "inactive") => Some(("state", "open")),
            ("status", "paused") => Some(("state", "paused")),
            _ => None,
        };
        match own {
            Some((own, value)) => {
                asked = true;
                fields.push((own.to_owned(), value.to_owned()));
            }
            None if name.starts_with("mug#") || name == "status" => asked = true,
            None => fields.push((name.clone(), value.clone())),
        }
    }
    asked.then_some(fields)
}

/// What was found, as a MUG client reads it.
pub fn found(rows: &Rows) -> Rows {
    const COLUMNS: &[(&str, &str)] = &[
        ("status", "Match Status"),
        ("category", "Game Category"),
        ("game", "Game NS"),
        ("jid", "Jabber ID"),
    ];
    let place = |name: &str| rows.columns.iter().position(|(column, _)| *column == name);
    let (jid, game, state) = (place("jid"), place("game"), place("state"));
    let cell = |row: &[String], at: Option<usize>| -> String {
        at.and_then(|at| row.get(at)).cloned().unwrap_or_default()
    };
    let matches = rows.rows.iter().filter(|row| !cell(row, game).is_empty());
    let rows = matches.map(|row| {
        let id = cell(row, game);
        let category = CATEGORIES.iter().find(|(game, _)| *game == id);
        vec![
            words::status(&cell(row, state)).to_owned(),
            category
                .map_or("board", |(_, category)| category)
                .to_owned(),
            words::namespace(&id),
            cell(row, jid),
        ]
    });
    Rows {
        columns: COLUMNS,
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tictactoe;
    use super::*;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn a_search_of_a_mug_client_becomes_ours() {
        let asked = [
            pair("mug#roomsearch_game", tictactoe::NAMESPACE),
            pair("status", "active"),
            pair("mug#roomsearch_max_occupants", "5"),
        ];
        let want = vec![pair("game", "tic-tac-toe"), pair("state", "started")];
        assert_eq!(search(&asked), Some(want));
        assert_eq!(search(&[pair("game", "chess")]), None);
        assert_eq!(
            search(&[pair("mug#roomsearch_saved", "0")]),
            Some(Vec::new())
        );
    }

    #[test]
    fn what_is_found_has_the_columns_of_the_protoxep() {
        const OURS: &[(&str, &str)] = &[("jid", ""), ("game", ""), ("state", "")];
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let rows = Rows {
            columns: OURS,
            rows: vec![
                row(["m1@r", "tic-tac-toe", "started"]),
                row(["referee@r", "", ""]),
            ],
        };
        let found = found(&rows);
        assert_eq!(
            found.rows,
            [["active", "board", tictactoe::NAMESPACE, "m1@r"].map(str::to_owned)]
        );
    }
}
