//! `help`: what one can do here, made from the cards.

use super::call::Caller;
use super::card::{Ask, Card, Effect, FAMILIES, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use super::terms::game_at;
use super::typed;
use crate::engine::Desk;
use crate::engine::waiting::waiting;
use crate::games;
use crate::kit::{Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "help",
    aliases: &["?", "commands", "hilfe"],
    title: "Help",
    help: "Tells what you can do, or how one command is used.",
    example: "help challenge",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[Field {
        name: "filter",
        label: "Command (empty for all)",
        kind: Kind::Text,
        default: "",
        required: false,
        words: WordsFor::Rest,
    }],
    run,
};

/// What there is, by what it is for.
const OVERVIEW: &[(&str, &[&str])] = &[
    (
        "Play",
        &[
            "games",
            "clocks",
            "challenge bob chess 5+3",
            "open chess",
            "join",
            "accept",
            "decline",
        ],
    ),
    (
        "In a match",
        &[
            "e4 (just type the move)",
            "show",
            "draw",
            "resign",
            "undo",
            "pause",
            "dispute",
        ],
    ),
    (
        "Played elsewhere",
        &[
            "veto mirage",
            "pick inferno",
            "report 13-7",
            "confirm",
            "evidence",
        ],
    ),
    (
        "Look",
        &["my", "matches", "watch m42", "result m42", "record m42"],
    ),
    ("You", &["profile", "handle anna", "bot on", "ignore bob"]),
    (
        "Clans",
        &[
            "clan create wolves",
            "clan join wolves",
            "clan show",
            "help clan",
        ],
    ),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let seen = |card: &&&Card| ask.caller.may_use(card);
    if let Some(word) = ask.field("filter") {
        let word = typed::polite(word).to_lowercase().replace(' ', "-");
        if matches!(word.as_str(), "" | "me" | "all" | "please") {
            return overview(ask);
        }
        let here = ask.place.clan().map(|_| format!("clan-{word}"));
        let named = |card: &&&Card| {
            card.name == word
                || card.aliases.contains(&word.as_str())
                || here.as_deref() == Some(card.name)
        };
        return match ask.cards.iter().filter(seen).find(named) {
            Some(card) => Ok(Reply::words(about(card))),
            None if FAMILIES.contains(&word.as_str()) => Ok(family(ask, &word)),
            None => match game_at(&word.replace('-', " ")) {
                Some((game, _)) => Ok(about_game(&game)),
                None => Err(no_such(ask, &word)),
            },
        };
    }
    if ask.place.clan().is_some() {
        return Ok(family(ask, "clan"));
    }
    overview(ask)
}

fn no_such(ask: &Ask<'_>, word: &str) -> Refusal {
    let refusal = refuse(
        "command/unknown",
        format!("There is no command `{}`.", clip(word, 30)),
    );
    let seen = ask.cards.iter().filter(|card| ask.caller.may_use(card));
    refusal.hint(match typed::nearest(word, seen.map(|card| card.name)) {
        Some(near) => format!("Did you mean `help {near}`?"),
        None => "Type `help` to see all.".to_owned(),
    })
}

/// How a game is played here: what to type to start it, and in it.
fn about_game(id: &str) -> Reply {
    let Some(game) = games::find(id) else {
        return Reply::default();
    };
    let spec = game.spec();
    let mut words = Words::line(format!("{}: {}", spec.title, spec.about)).and(spec.how);
    for option in spec.options {
        words = words.and(format!(
            "Option {}: {} ({})",
            option.name,
            option.help,
            option.choice.describe()
        ));
    }
    Reply::words(words.and(format!(
        "Type `challenge bob {id}` to play bob, or `open {id}` to wait for anybody."
    )))
}

/// The answer to a greeting: one first step.
pub fn greeting(desk: &Desk, caller: &Caller) -> Reply {
    let world = desk.world();
    let waiting = caller
        .person
        .map_or(0, |me| waiting(world, me, desk.clock_time()).len());
    Reply::line(match waiting {
        0 => "Hi! I referee games. Type `games` to see what you can play, `challenge bob chess` to ask somebody, or `help`.".to_owned(),
        1 => "Hi! 1 match waits for you. Type `my` to see it, or `help`.".to_owned(),
        n => format!("Hi! {n} matches wait for you. Type `my` to see them, or `help`."),
    })
}

fn overview(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    let seen = |card: &&&Card| ask.caller.may_use(card);
    let mut words = Words::line("I referee games between people and bots on this network.");
    for (what, commands) in OVERVIEW {
        words = words.and(format!("{what}: {}", commands.join(" · ")));
    }
    if ask.caller.referee || ask.caller.admin {
        words = words.and("Human referee: rule m42 win alice and why · my");
    }
    if ask.caller.admin {
        let admin: Vec<String> = ask
            .cards
            .iter()
            .filter(|card| card.who == Who::Admin)
            .map(|card| card.typed())
            .collect();
        words = words.and(format!("Admin: {}", admin.join(" · ")));
    }
    words = words.and("Type `help challenge` for one command. In rooms, put ! in front: !help.");
    let rows = ask
        .cards
        .iter()
        .filter(seen)
        .map(|card| vec![card.name.to_owned(), card.help.to_owned()])
        .collect();
    Ok(Reply::words(words).with_rows(&[("command", "Command"), ("help", "What it does")], rows))
}

/// What a clan can do, by what it is for; every command of clans is in it.
const CLANS: &[(&str, &[&str])] = &[
    (
        "Come and go",
        &["create", "join", "apply", "decline", "leave", "show", "who"],
    ),
    (
        "Let in and out",
        &[
            "invite", "uninvite", "admit", "refuse", "kick", "ban", "bans", "unban", "appeal",
            "uphold",
        ],
    ),
    (
        "Roles and settings",
        &[
            "role",
            "roles",
            "role-make",
            "role-drop",
            "set",
            "rename",
            "transfer",
            "disband",
            "keep",
            "log",
            "export",
        ],
    ),
    (
        "Calendar",
        &[
            "event", "events", "attend", "propose", "vote", "fix", "pick", "move", "cancel", "ical",
        ],
    ),
    (
        "Matches",
        &[
            "challenge",
            "counter",
            "accept",
            "fixtures",
            "lineup",
            "history",
            "standing",
        ],
    ),
    (
        "Pages and people",
        &[
            "news", "note", "strategy", "file", "pages", "read", "edit", "remove", "contacts",
        ],
    ),
];

/// The commands of one family.
fn family(ask: &Ask<'_>, family: &str) -> Reply {
    let seen = |card: &&&Card| ask.caller.may_use(card);
    let of = |card: &&&Card| card.typed().starts_with(&format!("{family} "));
    let cards: Vec<&Card> = ask.cards.iter().filter(seen).filter(of).copied().collect();
    let spoken: Vec<String> = cards.iter().map(|card| card.typed()).collect();
    let mut words = Words::line(match family {
        "clan" => {
            "Commands of clans; type `clan` in front, but at a clan's own address:".to_owned()
        }
        _ => format!("Commands: {}.", spoken.join(" · ")),
    });
    for (what, verbs) in CLANS.iter().filter(|_| family == "clan") {
        words = words.and(format!("{what}: {}", verbs.join(" · ")));
    }
    let first = spoken.first().map_or("", String::as_str);
    let words = words.and(format!("Type for example `help {first}` for one of them."));
    let row = |card: &&Card| vec![card.name.to_owned(), card.help.to_owned()];
    let rows = cards.iter().map(row).collect();
    Reply::words(words).with_rows(&[("command", "Command"), ("help", "What it does")], rows)
}

/// How one command is used.
pub fn about(card: &Card) -> Words {
    let mut words = Words::line(format!("{}: {}", card.typed(), card.help))
        .and(format!("Type for example `{}`.", card.example));
    if !card.aliases.is_empty() {
        words = words.and(format!("Also: {}.", card.aliases.join(", ")));
    }
    for field in card.fields {
        let must = if field.required { " (needed)" } else { "" };
        words = words.and(format!("· {}{must}{}", field.name, without_name(field)));
    }
    words
}

/// What a label says beyond the field's name, which stands before it.
fn without_name(field: &Field) -> String {
    let named = field.label.to_lowercase().starts_with(field.name);
    let rest = if named {
        &field.label[field.name.len()..]
    } else {
        field.label
    };
    match rest.trim_start_matches(':').trim() {
        "" => String::new(),
        rest if rest.starts_with('(') => format!(" {rest}"),
        rest => format!(": {rest}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::COMMANDS;

    #[test]
    fn every_command_of_clans_is_told() {
        let told: Vec<String> = (CLANS.iter().flat_map(|(_, verbs)| *verbs))
            .map(|verb| format!("clan-{verb}"))
            .collect();
        let cards = COMMANDS
            .iter()
            .filter(|card| card.name.starts_with("clan-"));
        let mut names: Vec<&str> = cards.map(|card| card.name).collect();
        let mut told: Vec<&str> = told.iter().map(String::as_str).collect();
        names.sort_unstable();
        told.sort_unstable();
        assert_eq!(names, told);
    }
}
