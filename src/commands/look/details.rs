//! One match as service discovery shows it.

use crate::commands::shared::titled;
use crate::matches::Visibility;

use super::{
    Answer, Desk, Finished, Found, Live, MatchInfo, PersonId, Place, Seat, Seen, Stage, Value,
    archive,
};

pub(super) fn info(desk: &Desk, place: Place, me: Option<PersonId>) -> Answer {
    let Some(id) = place.game() else {
        return Answer::Nothing;
    };
    let shown = match desk.find(id) {
        Some(Found::Live(live)) if live.game.visible_to(me) => live_info(desk, live, me),
        Some(Found::Finished(finished)) if archive::visible_to(&finished, me) => {
            finished_info(desk, &finished)
        }
        _ => return Answer::Nothing,
    };
    Answer::Seen(Seen::Match(shown))
}

fn live_info(desk: &Desk, live: &Live, me: Option<PersonId>) -> MatchInfo {
    let now = live.clock_time(me, desk.clock_time());
    let spectators = desk.spectators(live);
    let live = live.seen_by(me);
    let game = &live.game;
    let people = &desk.world().people;
    let name = |person: &PersonId| people.name(*person);
    let text = |text: String| Value::Text(text);
    let turn: Vec<String> = game
        .waits_for()
        .iter()
        .filter_map(|seat| game.seats.get(seat.index()))
        .map(name)
        .collect();
    let clocks = (0..game.seats.len())
        .filter_map(|seat| game.time_left(Seat(u8::try_from(seat).ok()?), now))
        .map(|left| left.0.to_string())
        .collect();
    let mut form = common_form(
        desk,
        &game.terms,
        &game.names(),
        game.stage,
        live.head.to_string(),
    );
    form.push(("turn", text(turn.join(" "))));
    form.push(("clocks", Value::List(clocks)));
    form.push(("moves", text(game.plays.to_string())));
    form.push((
        "position",
        text(game.view(crate::games::Viewer::Public).position),
    ));
    form.push(("spectators", text(spectators.to_string())));
    let (cap, delay) = (game.terms.spectators, game.terms.delay);
    form.extend(cap.map(|cap| ("spectators-max", text(cap.to_string()))));
    form.extend(delay.map(|delay| ("delay", text(delay.to_string()))));
    form.push(("room", text(game.room.clone().unwrap_or_default())));
    form.push(("feed", text(game.node.clone().unwrap_or_default())));
    form.push((
        "result",
        text(
            game.verdict
                .as_ref()
                .map(|verdict| verdict.code.clone())
                .unwrap_or_default(),
        ),
    ));
    MatchInfo {
        game: game.terms.game.clone(),
        name: match_name(desk, &game.terms, &game.names()),
        room: game.room.clone(),
        feed: game.node.clone(),
        public: game.terms.visibility == Visibility::Public,
        spectators: cap.map(usize::from),
        form,
    }
}

fn finished_info(desk: &Desk, finished: &Finished) -> MatchInfo {
    let text = |text: String| Value::Text(text);
    let mut form = common_form(
        desk,
        &finished.terms,
        &finished.names(),
        Stage::Over,
        finished.head.to_string(),
    );
    let places: Vec<String> = finished.verdict.places.iter().map(u8::to_string).collect();
    form.push(("turn", text(String::new())));
    form.push(("moves", text(finished.plays.to_string())));
    form.push(("position", text(finished.view.position.clone())));
    form.push(("result", text(finished.verdict.code.clone())));
    form.push(("places", text(places.join(" "))));
    let feed = desk
        .world()
        .service
        .lingering
        .get(&finished.id)
        .map(|(_, node)| node.clone());
    form.push(("feed", text(feed.clone().unwrap_or_default())));
    MatchInfo {
        game: finished.terms.game.clone(),
        name: match_name(desk, &finished.terms, &finished.names()),
        room: None,
        feed,
        public: finished.terms.visibility == Visibility::Public,
        spectators: finished.terms.spectators.map(usize::from),
        form,
    }
}

fn common_form(
    desk: &Desk,
    terms: &crate::matches::Terms,
    names: &[PersonId],
    stage: Stage,
    hash: String,
) -> Vec<(&'static str, Value)> {
    let players = names
        .iter()
        .map(|person| desk.world().people.name(*person))
        .collect();
    let world = desk.world();
    let bots = names
        .iter()
        .filter_map(|id| world.people.get(*id).filter(|person| person.bot))
        .map(|person| person.handle.clone());
    let ratings = names
        .iter()
        .filter(|_| terms.rated)
        .map(|id| world.ratings.standing(*id, &terms.game).rating.to_string());
    let seats = terms.game().map_or(0, |game| game.spec().seats.1);
    let fixture = terms.fixture().map(|fixture| {
        let clans = fixture.clans.iter().map(ToString::to_string).collect();
        [
            ("fixture", Value::Text(fixture.id.to_string())),
            ("clans", Value::List(clans)),
        ]
    });
    let mut form = vec![
        ("game", Value::Text(terms.game.clone())),
        ("rules", Value::Text(terms.rules.to_string())),
        ("options", Value::Text(terms.setup.text(&[]))),
        ("state", Value::Text(stage.word().to_owned())),
        ("seats", Value::Text(seats.to_string())),
        ("players", Value::List(players)),
        ("clock", Value::Text(terms.clock.to_string())),
        (
            "rated",
            Value::Text(if terms.rated { "1" } else { "0" }.to_owned()),
        ),
        (
            "for",
            Value::Text(terms.wanted().map(ToString::to_string).unwrap_or_default()),
        ),
        ("bots", Value::List(bots.collect())),
        ("ratings", Value::List(ratings.collect())),
        (
            "visibility",
            Value::Text(terms.visibility.word().to_owned()),
        ),
        ("hash", Value::Text(hash)),
    ];
    form.extend(fixture.into_iter().flatten());
    form
}

pub(super) fn match_name(desk: &Desk, terms: &crate::matches::Terms, names: &[PersonId]) -> String {
    let title = terms
        .game()
        .map_or(terms.game.as_str(), |game| game.spec().title);
    let names: Vec<String> = names
        .iter()
        .map(|person| titled(desk, *person, terms))
        .collect();
    format!("{title}: {}", names.join("–"))
}
