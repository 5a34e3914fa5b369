//! The laws of [`xmpp_referee::games::Rules`], each as a function that tries one game.

use std::collections::BTreeSet;

use xmpp_referee::games::{Fact, Game, Legal, Phase, Played, Setup, Step, Table, Viewer};
use xmpp_referee::kit::Seat;

use super::playout::{Luck, Playout, asked, chosen, listed, playouts};
use super::strangers::{hostile, misfits, mutated};

/// Words that commands have; no move may look like one, for in a chat a legal move alone is a move.
const COMMAND_WORDS: &str = "
    help games matches my show challenge open accept decline withdraw join watch unwatch move draw resign undo pause
    resume abort claim wait result record profile handle bot ignore confirm dispute rule absence rematch clan ladder
    adjourn appeal ban evidence lineup pick report substitute veto
    tournament admin cancel yes no start stop quit leave ";

fn is_command(text: &str) -> bool {
    COMMAND_WORDS
        .split_whitespace()
        .any(|word| word.eq_ignore_ascii_case(text))
}

/// Walks through all playouts of a game and stops at some positions of each: about `stops` of them, and the first.
fn visit(
    game: &'static dyn Game,
    stops: usize,
    mut look: impl FnMut(&Playout, &dyn Table, &mut Luck),
) {
    for playout in playouts(game) {
        let mut luck = Luck(!playout.seed);
        let mut table = playout.open(game);
        look(playout, table.as_ref(), &mut luck);
        for step in &playout.steps {
            table.step(step).unwrap();
            if luck.below(playout.steps.len()) < stops {
                look(playout, table.as_ref(), &mut luck);
            }
        }
    }
}

/// Everything written about a game is usable: ids, sides, options with their defaults, aliases.
pub fn the_spec_is_well_formed(game: &'static dyn Game) {
    let spec = game.spec();
    let word = |text: &str| {
        !text.is_empty()
            && text
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c))
    };
    for name in spec.aliases.iter().chain([&spec.id]).chain(spec.sides) {
        assert!(
            word(name) && !is_command(name),
            "{}: `{name}` is no usable name",
            spec.id
        );
    }
    let (least, most) = spec.seats;
    assert!(
        1 <= least && least <= most,
        "{}: seats from {least} to {most}",
        spec.id
    );
    assert_eq!(
        spec.sides.len(),
        usize::from(most),
        "{}: one side for each seat",
        spec.id
    );
    assert!(spec.version >= 1 && spec.max_steps >= 1, "{}", spec.id);
    for text in [spec.title, spec.about, spec.how] {
        assert!(
            !text.is_empty() && text.chars().all(|c| !c.is_control()),
            "{}: `{text}`",
            spec.id
        );
    }
    assert!(
        spec.about.ends_with('.') && spec.how.ends_with('.'),
        "{}: whole sentences",
        spec.id
    );
    let names: BTreeSet<&str> = spec.options.iter().map(|option| option.name).collect();
    assert_eq!(
        names.len(),
        spec.options.len(),
        "{}: an option is named twice",
        spec.id
    );
    for option in spec.options {
        assert!(word(option.name), "{}: option `{}`", spec.id, option.name);
        let given = format!("{}={}", option.name, option.default);
        assert!(
            Setup::read(spec.options, &given).is_ok(),
            "{}: the default {given} is not allowed",
            spec.id
        );
    }
    let usual = Setup::read(spec.options, "").unwrap();
    for seats in 0..=most + 1 {
        assert_eq!(
            game.open(&usual, seats).is_ok(),
            (least..=most).contains(&seats),
            "{}: {seats} seats",
            spec.id
        );
    }
}

/// Every playout comes to an end, and after the end nothing more is accepted.
pub fn playouts_end(game: &'static dyn Game) {
    for playout in playouts(game) {
        let mut table = playout.open(game);
        for step in &playout.steps {
            table.step(step).unwrap();
        }
        let Phase::Over(verdict) = table.phase() else {
            panic!("seed {} does not end", playout.seed)
        };
        let places = &verdict.places;
        let result = places.len() == usize::from(playout.seats)
            && places.contains(&1)
            && places
                .iter()
                .all(|place| (1..=playout.seats).contains(place));
        assert!(
            result || (places.is_empty() && game.played() == Played::Elsewhere),
            "seed {}: {verdict:?}",
            playout.seed
        );
        assert!(
            !verdict.code.is_empty() && sentence(&verdict.text, playout.seats),
            "{verdict:?}"
        );
        let saved = table.save();
        for seat in (0..playout.seats).map(Seat) {
            assert!(listed(table.as_ref(), seat).is_empty());
            assert!(
                table.step(&Step::Left(seat)).is_err()
                    && table.step(&Step::TimedOut(vec![seat])).is_err()
            );
        }
        assert!(
            playout
                .steps
                .last()
                .is_some_and(|step| table.step(step).is_err())
        );
        assert_eq!(table.save(), saved);
    }
}

/// Playing the same steps again, from the start or from a saved position, gives the same facts, views and states.
pub fn saves_and_replays_agree(game: &'static dyn Game) {
    for playout in playouts(game) {
        let (mut table, mut again) = (playout.open(game), playout.open(game));
        for (n, step) in playout.steps.iter().enumerate() {
            let saved = table.save();
            let mut restored = game.restore(&saved).unwrap();
            assert_eq!(restored.save(), saved, "seed {} step {n}", playout.seed);
            let (facts, same) = (table.step(step).unwrap(), again.step(step).unwrap());
            assert_eq!(facts, same);
            assert_eq!(
                restored.step(step).unwrap(),
                facts,
                "seed {} step {n}",
                playout.seed
            );
            assert_eq!(
                restored.save(),
                table.save(),
                "seed {} step {n}",
                playout.seed
            );
            assert_eq!(restored.phase(), table.phase());
            assert_eq!(restored.view(Viewer::Referee), table.view(Viewer::Referee));
        }
        assert_eq!(again.save(), table.save());
    }
}

/// A text is accepted exactly when it names something listed, or anything at all where there is too much to list; refused, it leaves the state as it was.
pub fn listed_is_accepted_and_nothing_else(game: &'static dyn Game) {
    let mut universe: BTreeSet<String> = BTreeSet::new();
    visit(game, 2, |playout, table, _| {
        universe.extend((0..playout.seats).flat_map(|seat| listed(table, Seat(seat))));
    });
    let universe: Vec<String> = universe.into_iter().collect();
    visit(game, 1, |playout, table, luck| {
        let mut texts = hostile();
        for n in 0..80 {
            let text = &universe[luck.below(universe.len())];
            texts.push(if n % 4 == 0 {
                mutated(text, luck)
            } else {
                text.clone()
            });
        }
        let saved = table.save();
        let mut table = table.copy();
        for seat in (0..playout.seats).map(Seat) {
            let listable = matches!(table.legal(seat), Legal::All(_));
            let list = listed(table.as_ref(), seat);
            // Everything is tried where it may be accepted; where nothing may, some is enough.
            let (tried_texts, tried_list) = if list.is_empty() {
                (20, 0)
            } else {
                (texts.len(), 30)
            };
            for text in texts
                .iter()
                .take(tried_texts)
                .chain(list.iter().take(tried_list))
            {
                let named = table.read_exact(seat, text).ok();
                let wanted = named.is_some_and(|notation| !listable || list.contains(&notation));
                let mut tried = table.copy();
                let accepted = tried.step(&with_others(table.as_ref(), seat, text)).is_ok();
                assert_eq!(
                    accepted,
                    wanted,
                    "{} seed {}: seat {seat}, `{text}`",
                    game.spec().id,
                    playout.seed
                );
                assert!(
                    accepted || tried.save() == saved,
                    "a refused step changed the state"
                );
                let loosely = table.read_loosely(seat, text).unwrap_or_default();
                assert!(
                    loosely
                        .iter()
                        .all(|notation| table.read_exact(seat, notation).is_ok()),
                    "`{text}`: {loosely:?}"
                );
            }
        }
        for misfit in misfits(&table.phase(), playout.seats) {
            assert!(
                table.step(&misfit).is_err(),
                "{} seed {}: {misfit:?}",
                game.spec().id,
                playout.seed
            );
            assert_eq!(table.save(), saved);
        }
    });
}

/// Each notation is unique, means itself, is one of its own loose readings, and looks like no command.
pub fn notations_read_back(game: &'static dyn Game) {
    visit(game, 6, |playout, table, _| {
        for seat in asked(&table.phase()) {
            let list = listed(table, seat);
            assert_eq!(
                list.iter().collect::<BTreeSet<_>>().len(),
                list.len(),
                "seed {}: {list:?}",
                playout.seed
            );
            for notation in &list {
                assert_eq!(table.read_exact(seat, notation).as_ref(), Ok(notation));
                assert!(
                    table
                        .read_loosely(seat, notation)
                        .unwrap()
                        .contains(notation),
                    "`{notation}`"
                );
                assert!(!is_command(notation), "`{notation}` is a command");
                assert!(
                    notation.len() <= 40 && notation.chars().all(|c| !c.is_control() && c != ' '),
                    "`{notation}`"
                );
            }
        }
    });
}

/// Whoever is asked may be late, and anybody may leave, at any time; and who is always late ends the game.
pub fn lateness_and_leaving_lead_on(game: &'static dyn Game) {
    visit(game, 2, |playout, table, luck| {
        let asked_now = asked(&table.phase());
        let everybody: Vec<Seat> = (0..playout.seats).map(Seat).collect();
        let running = !matches!(table.phase(), Phase::Over(_));
        let late = asked_now
            .iter()
            .map(|seat| vec![*seat])
            .chain([asked_now.clone()])
            .filter(|late| !late.is_empty());
        let steps = late
            .map(Step::TimedOut)
            .chain(everybody.into_iter().filter(|_| running).map(Step::Left));
        for step in steps.collect::<Vec<_>>() {
            let mut after = table.copy();
            after
                .step(&step)
                .unwrap_or_else(|why| panic!("seed {}: {step:?} is refused: {why}", playout.seed));
            assert_ne!(
                after.save(),
                table.save(),
                "seed {}: {step:?} changes nothing",
                playout.seed
            );
            let mut more = 0;
            while !matches!(after.phase(), Phase::Over(_)) {
                let late = asked(&after.phase());
                let step = if late.is_empty() {
                    chosen(after.as_ref(), &after.phase(), luck)
                } else {
                    Step::TimedOut(late)
                };
                after.step(&step).unwrap();
                more += 1;
                assert!(
                    more <= game.spec().max_steps,
                    "seed {}: lateness without end",
                    playout.seed
                );
            }
        }
    });
}

/// Boards fit a phone, positions are one line, texts name seats that exist, and without secrets all see the same.
pub fn views_fit_and_texts_are_clean(game: &'static dyn Game) {
    /// What a phone shows of a preformatted line.
    const COLUMNS: usize = 30;
    for playout in playouts(game) {
        let mut table = playout.open(game);
        for step in &playout.steps {
            for fact in table.step(step).unwrap() {
                let texts = match fact {
                    Fact::Public(text) => vec![text],
                    Fact::Split { secret, public, .. } => vec![secret, public],
                    Fact::Opened { .. } => Vec::new(),
                };
                assert!(
                    texts.iter().all(|text| sentence(text, playout.seats)),
                    "{texts:?}"
                );
            }
        }
    }
    visit(game, 6, |playout, table, _| {
        let public = table.view(Viewer::Public);
        let seats = (0..playout.seats).map(|seat| Viewer::Seat(Seat(seat)));
        for viewer in seats.chain([Viewer::Public, Viewer::Referee]) {
            let view = table.view(viewer);
            let widest = view
                .board
                .lines()
                .map(|line| line.chars().count())
                .max()
                .unwrap_or(0);
            assert!(
                widest <= COLUMNS,
                "{} seed {}: {widest} columns\n{}",
                game.spec().id,
                playout.seed,
                view.board
            );
            assert!(
                !view.position.is_empty() && view.position.chars().all(|c| !c.is_control()),
                "{}",
                view.position
            );
            assert!(
                game.spec().hidden || view.position == public.position,
                "{viewer:?} sees more"
            );
        }
    });
}

/// A text for people: not empty, one line, ending as a sentence does, naming only seats that exist.
fn sentence(text: &str, seats: u8) -> bool {
    let named = text
        .split('{')
        .skip(1)
        .map(|rest| rest.split_once('}').and_then(|(n, _)| n.parse::<u8>().ok()));
    text.ends_with(['.', '!', '?'])
        && text.chars().all(|c| !c.is_control())
        && named.into_iter().all(|n| n.is_some_and(|n| n < seats))
}

/// The step in which this seat does what the text says, and everybody else who is asked does something allowed.
fn with_others(table: &dyn Table, seat: Seat, text: &str) -> Step<String> {
    let Phase::Together(seats) = table.phase() else {
        return Step::Act(seat, text.to_owned());
    };
    let choice = |who: &Seat| {
        if *who == seat {
            text.to_owned()
        } else {
            listed(table, *who).swap_remove(0)
        }
    };
    Step::Together(seats.iter().map(|who| (*who, choice(who))).collect())
}
