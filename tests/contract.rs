//! The contract suite: every law of `games::Rules`, tried on every game and version the referee knows.
//!
//! The author of a game writes none of this; see `docs/ADD-A-GAME.md`. The laws themselves are in `contract/laws.rs`.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on stops")]

#[path = "contract/laws.rs"]
mod laws;
#[path = "contract/playout.rs"]
mod playout;
#[path = "contract/playthrough.rs"]
mod playthrough;
#[path = "contract/redeal.rs"]
mod redeal;
#[path = "contract/strangers.rs"]
mod strangers;

use std::collections::BTreeSet;
use std::path::Path;

use xmpp_referee::games::{GAMES, Game, Reveal, find, find_version};

fn every_game(law: fn(&'static dyn Game)) {
    for game in GAMES {
        law(*game);
    }
}

#[test]
fn the_spec_is_well_formed() {
    every_game(laws::the_spec_is_well_formed);
}

#[test]
fn playouts_end() {
    every_game(laws::playouts_end);
}

#[test]
fn saves_and_replays_agree() {
    every_game(laws::saves_and_replays_agree);
}

#[test]
fn listed_is_accepted_and_nothing_else() {
    every_game(laws::listed_is_accepted_and_nothing_else);
}

#[test]
fn notations_read_back() {
    every_game(laws::notations_read_back);
}

#[test]
fn lateness_and_leaving_lead_on() {
    every_game(laws::lateness_and_leaving_lead_on);
}

#[test]
fn views_fit_and_texts_are_clean() {
    every_game(laws::views_fit_and_texts_are_clean);
}

#[test]
fn hidden_cards_leave_no_trace() {
    for game in GAMES {
        // Without cards nobody knows more than the others: choices made at the same time the referee keeps until all are in.
        let (compared, what) = match game.spec().reveal {
            Reveal::PerCard => (redeal::hidden_cards_leave_no_trace(*game), "other deals"),
            Reveal::Whole => (redeal::all_see_the_same(*game), "views"),
        };
        let name = game.spec().id;
        assert!(
            compared >= 1_000,
            "{name}: only {compared} {what} were compared"
        );
        let chosen = redeal::choices_made_together(*game);
        let hides_choices = game.spec().hidden && game.spec().reveal == Reveal::Whole;
        assert!(
            !hides_choices || chosen >= 100,
            "{name} hides something, and only {chosen} hidden choices were made"
        );
        assert!(
            game.spec().hidden || chosen == 0,
            "{name} has hidden choices and says that it hides nothing"
        );
    }
}

#[test]
fn the_registry_is_in_order_and_finds_every_game() {
    let ids: Vec<(&str, u32)> = GAMES
        .iter()
        .map(|game| (game.spec().id, game.spec().version))
        .collect();
    assert!(
        ids.windows(2).all(|pair| pair[0] < pair[1]),
        "{ids:?} are not in order, or one is there twice"
    );
    let mut names = BTreeSet::new();
    for game in GAMES {
        let spec = game.spec();
        assert_eq!(
            find_version(spec.id, spec.version).map(|game| game.spec().id),
            Some(spec.id)
        );
        for name in spec.aliases.iter().chain([&spec.id]) {
            assert_eq!(
                find(&format!(" {} ", name.to_uppercase())).map(|game| game.spec().id),
                Some(spec.id)
            );
            assert!(
                names.insert((*name, spec.version)),
                "two games are called {name}"
            );
        }
    }
    assert!(find("hopscotch").is_none() && find_version("chess", 0).is_none());
}

#[test]
fn golden_playthroughs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/playthroughs");
    let file = |game: &dyn Game| match game.spec().version {
        1 => format!("{}.txt", game.spec().id),
        version => format!("{}-{version}.txt", game.spec().id),
    };
    for game in GAMES {
        playthrough::check(*game, &folder.join(file(*game))).unwrap();
    }
    let known: BTreeSet<String> = GAMES.iter().map(|game| file(*game)).collect();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(known.contains(&name), "{name} belongs to no game");
    }
}

#[test]
fn a_changed_playthrough_is_noticed() {
    if std::env::var("UPDATE").is_ok() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("changed.txt");
    for game in GAMES {
        let golden = playthrough::playthrough(*game);
        std::fs::write(&file, &golden).unwrap();
        assert_eq!(playthrough::check(*game, &file), Ok(()));
        for changed in [
            golden.replacen("== 3", "== 4", 1),
            golden[..golden.len() - 1].to_owned(),
            String::new(),
        ] {
            std::fs::write(&file, changed).unwrap();
            assert!(playthrough::check(*game, &file).is_err());
        }
    }
}
