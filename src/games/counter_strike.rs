//! Counter-Strike, played on a server elsewhere: bans and picks, scores per map, and what the sides say about them.

use super::reported::{BEST_OF, Counting, MAX_POOL, MAX_STEPS, Reported, State};
use super::rules::{Reveal, Spec};
use super::setup::{Choice, Opt};

/// Counter-Strike 2 and its elders.
pub static GAME: Reported = Reported {
    spec: &SPEC,
    begin: |setup| {
        let half = if setup.word("length") == "mr15" {
            15
        } else {
            12
        };
        let overtime = setup.word("overtime") == "yes";
        let state = State::new(setup, Counting::Rounds { half, overtime });
        state.with_veto(setup.names("maps"), setup.word("sides") == "yes")
    },
};

static SPEC: Spec = Spec {
    id: "counter-strike",
    aliases: &["cs", "cs2", "csgo"],
    title: "Counter-Strike",
    version: 1,
    seats: (2, 2),
    sides: &["first", "second"],
    hidden: false,
    reveal: Reveal::Whole,
    draws: false,
    draw_offers: false,
    undo: false,
    options: &[
        BEST_OF,
        Opt {
            name: "maps",
            choice: Choice::Names(1, MAX_POOL),
            default: "ancient+dust2+inferno+mirage+nuke+overpass+train",
            help: "The pool, with + between the maps.",
        },
        Opt {
            name: "sides",
            choice: Choice::Word(&["yes", "no"]),
            default: "no",
            help: "Whether the side that did not pick a map chooses where to start on it.",
        },
        Opt {
            name: "length",
            choice: Choice::Word(&["mr12", "mr15"]),
            default: "mr12",
            help: "Rounds of one half.",
        },
        Opt {
            name: "overtime",
            choice: Choice::Word(&["yes", "no"]),
            default: "yes",
            help: "Whether level maps go to overtime; else they are drawn.",
        },
    ],
    max_steps: MAX_STEPS,
    about: "You play on a server of your own; here you agree on the maps and on the result. Two bans, the picks, then bans \
            until the last map is left; with bo=1 only bans. Who is silent in the veto has the first map left taken for \
            them. After play either side reports the rounds of each map, its own first; the other confirms, or reports its \
            own; silence until the deadline confirms. If the reports differ, nobody wins before one side gives in or a human \
            referee rules. If nobody reports in time, there is no result.",
    how: "Type ban or pick and a map; after play report 13-7 16-14, your own rounds first; the other side types confirm.",
    notation: "As of every reported game, and while maps are chosen `maps` (with the side the other team starts on), `banned` and `left`. Moves are `ban mirage`, `pick inferno`, `side ct`, `report 13-7 16-14` and `confirm`.",
};
