//! Follows `docs/ADD-A-GAME.md` step by step: the file it shows is compiled as it stands, obeys every law of the contract
//! suite, and is played to its end.

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

/// Stands for the referee's own `src/kit`, so that the shown file compiles here as it would there.
mod kit {
    pub use xmpp_referee::kit::*;
}

/// Stands for the referee's own `src/games/mod.rs`, with the two lines the guide adds.
#[path = "add_a_game"]
mod games {
    pub use xmpp_referee::games::*;

    mod nim;

    pub static GAMES: &[&dyn Game] = &[&nim::Nim];
}

use std::path::Path;

use games::{GAMES, Phase, Setup, Step, Viewer};
use kit::Seat;

const GUIDE: &str = include_str!("../docs/ADD-A-GAME.md");
const NIM: &str = include_str!("add_a_game/nim.rs");
const PLAYTHROUGH: &str = include_str!("add_a_game/nim.txt");

#[test]
fn the_guide_shows_the_very_file_that_is_tested() {
    let blocks: Vec<&str> = GUIDE.split("```").skip(1).step_by(2).collect();
    let rust = blocks.iter().find_map(|block| {
        block
            .strip_prefix("rust\n//!")
            .map(|rest| format!("//!{rest}"))
    });
    assert_eq!(
        rust.as_deref(),
        Some(NIM),
        "the code block of docs/ADD-A-GAME.md is not tests/add_a_game/nim.rs"
    );
    let excerpt = blocks
        .iter()
        .find_map(|block| block.strip_prefix("text\n"))
        .unwrap();
    assert!(
        PLAYTHROUGH.starts_with(excerpt),
        "the playthrough in docs/ADD-A-GAME.md is not how the game begins"
    );
}

#[test]
fn the_guide_names_what_exists() {
    for line in ["mod nim;", "&nim::Nim,"] {
        assert!(GUIDE.contains(line), "{line}");
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let quoted = GUIDE.split('`').skip(1).step_by(2);
    let paths: Vec<&str> = quoted
        .filter(|word| word.starts_with("src/") || word.starts_with("tests/"))
        .collect();
    assert!(paths.len() > 5, "{paths:?}");
    for path in paths.iter().filter(|path| !path.contains("nim")) {
        assert!(
            here.join(path).exists(),
            "the guide names {path}, which does not exist"
        );
    }
}

#[test]
fn the_new_game_obeys_every_law() {
    let game = GAMES[0];
    laws::the_spec_is_well_formed(game);
    laws::playouts_end(game);
    laws::saves_and_replays_agree(game);
    laws::listed_is_accepted_and_nothing_else(game);
    laws::notations_read_back(game);
    laws::lateness_and_leaving_lead_on(game);
    laws::views_fit_and_texts_are_clean(game);
    assert_eq!(redeal::hidden_cards_leave_no_trace(game), 0);
    assert!(redeal::all_see_the_same(game) >= 1_000);
    assert_eq!(redeal::choices_made_together(game), 0);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/add_a_game/nim.txt");
    playthrough::check(game, &file).unwrap();
}

#[test]
fn the_new_game_is_played_to_its_end() {
    let setup = Setup::read(GAMES[0].spec().options, "smallest=1").unwrap();
    let mut table = GAMES[0].open(&setup, 2).unwrap();
    for (seat, text) in [(0, "c3"), (1, "b1"), (0, "a1"), (1, "b1")] {
        assert_eq!(table.phase(), Phase::Act(Seat(seat)));
        assert!(table.step(&Step::Act(Seat(seat), "d1".to_owned())).is_err());
        table.step(&Step::Act(Seat(seat), text.to_owned())).unwrap();
    }
    let Phase::Over(verdict) = table.phase() else {
        panic!("still running")
    };
    assert_eq!(
        (
            verdict.winner(),
            table.view(Viewer::Public).position.as_str()
        ),
        (Some(Seat(1)), "0,0,0")
    );
}
