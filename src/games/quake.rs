//! Quake duels, played on a server elsewhere: bans and picks, frags per map, and what the players say about them.

use super::reported::{BEST_OF, Counting, MAX_POOL, MAX_STEPS, Reported, State};
use super::rules::{Reveal, Spec};
use super::setup::{Choice, Opt};

/// A duel in any Quake.
pub static GAME: Reported = Reported {
    spec: &SPEC,
    begin: |setup| State::new(setup, Counting::Frags).with_veto(setup.names("maps"), false),
};

static SPEC: Spec = Spec {
    id: "quake",
    aliases: &["quake-duel", "ql"],
    title: "Quake duel",
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
            default: "aerowalk+battleforged+bloodrun+campgrounds+cure+lostworld+toxicity",
            help: "The pool, with + between the maps.",
        },
    ],
    max_steps: MAX_STEPS,
    about: "You play on a server of your own; here you agree on the maps and on the result. Two bans, the picks, then bans \
            until the last map is left; with bo=1 only bans. Who is silent in the veto has the first map left taken for \
            them. After play either player reports the frags of each map, their own first; the other confirms, or reports \
            theirs; silence until the deadline confirms. If the reports differ, nobody wins before one gives in or a human \
            referee rules. If nobody reports in time, there is no result.",
    how: "Type ban or pick and a map; after play report 21-9 17-16, your own frags first; the other player types confirm.",
    notation: "As of every reported game, and while maps are chosen `maps`, `banned` and `left`. Moves are `ban`, `pick` and a map, `report 21-9 17-16` and `confirm`.",
};
