//! `games`: the games there are, and the rules of each.

use super::card::{Ask, Card, Effect, Field, Kind, Who, WordsFor};
use super::reply::Reply;
use crate::games::{self, GAMES, Game, Spec};
use crate::kit::{Refusal, Words, clip, refuse};

/// The card.
pub const CARD: Card = Card {
    name: "games",
    aliases: &["game"],
    title: "Games",
    help: "Lists the games, or tells the rules and options of one.",
    example: "games chess",
    who: Who::Anyone,
    effect: Effect::Reads,
    fields: &[Field {
        name: "filter",
        label: "Game (empty for all)",
        kind: Kind::Text,
        default: "",
        required: false,
        words: WordsFor::Next,
    }],
    run,
};

const COLUMNS: &[(&str, &str)] = &[
    ("game", "Game"),
    ("title", "Title"),
    ("version", "Rules version"),
    ("options", "Options"),
    ("about", "Rules"),
];

fn run(ask: &mut Ask<'_>) -> Result<Reply, Refusal> {
    if let Some(name) = ask.field("filter") {
        return one(name);
    }
    let mut words = Words::line("Games:");
    for game in GAMES {
        words = words.and(format!("· {} — {}", game.spec().id, game.spec().title));
    }
    words = words.and("Type `games chess` for rules and options, `challenge bob chess` to play.");
    let rows = GAMES.iter().map(|game| row(game.spec())).collect();
    Ok(Reply::words(words).with_rows(COLUMNS, rows))
}

/// The rules and options of one game.
pub(super) fn one(name: &str) -> Result<Reply, Refusal> {
    games::find(name).map(rules).ok_or_else(|| {
        refuse(
            "match/unknown-game",
            format!("I do not know the game `{}`.", clip(name, 30)),
        )
        .hint("Type `games` to see all.")
    })
}

fn row(spec: &Spec) -> Vec<String> {
    let options: Vec<String> = spec
        .options
        .iter()
        .map(|option| format!("{}={}", option.name, option.default))
        .collect();
    vec![
        spec.id.to_owned(),
        spec.title.to_owned(),
        spec.version.to_string(),
        options.join(" "),
        spec.about.to_owned(),
    ]
}

fn rules(game: &dyn Game) -> Reply {
    let spec = game.spec();
    let mut words = Words::line(format!("{} ({})", spec.title, spec.id))
        .and(spec.about)
        .and(spec.how);
    for option in spec.options {
        let choice = option.choice.describe();
        words = words.and(format!(
            "· {}: {} ({choice}; usually {})",
            option.name,
            option.help.trim_end_matches('.'),
            option.default
        ));
    }
    words = words.and(
        "Clocks: 5+3 is 5 minutes and 3 seconds per move, 2d two days per move, none no clock; type `clocks` for all kinds.",
    );
    Reply::words(words).with_rows(COLUMNS, vec![row(spec)])
}
