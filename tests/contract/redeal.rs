//! The law of hidden cards: what a viewer may not see leaves no trace in anything it is sent.

use xmpp_referee::games::{Draw, Fact, Game, Step, Viewer};
use xmpp_referee::kit::Seat;

use super::playout::{Luck, Playout, playouts, told};

/// Deals again whatever a viewer has not been shown: until a card that differs is opened to it, every byte it is sent is
/// the same, in the same order and number. Returns how many other deals were compared.
pub fn hidden_cards_leave_no_trace(game: &'static dyn Game) -> usize {
    let mut compared = 0;
    for playout in playouts(game) {
        let mut luck = Luck(playout.seed ^ 0x5eed);
        let draws = playout.steps.iter().enumerate();
        let shuffles =
            draws.filter(|(_, step)| matches!(step, Step::Chance(draw) if is_order(draw)));
        for (deck, (at, _)) in shuffles.enumerate() {
            for other in other_orders(&playout.steps[at], &mut luck) {
                let viewers = (0..playout.seats)
                    .map(|seat| Viewer::Seat(Seat(seat)))
                    .chain([Viewer::Public]);
                compared += viewers
                    .filter(|viewer| same_for(game, playout, *viewer, (deck, at), &other))
                    .count();
            }
        }
    }
    compared
}

/// In a game without cards of one's own each viewer sees and is told the same after each step, and nobody is shown a card.
/// Returns how many views were compared.
pub fn all_see_the_same(game: &'static dyn Game) -> usize {
    let mut compared = 0;
    for playout in playouts(game) {
        let mut table = playout.open(game);
        for (n, step) in playout.steps.iter().enumerate() {
            let facts = table.step(step).unwrap();
            let place = format!("{} seed {} step {n}", game.spec().id, playout.seed);
            let opened = facts.iter().any(|fact| matches!(fact, Fact::Opened { .. }));
            assert!(!opened, "{place}: a card is opened");
            // A board may be turned towards its player, so the picture is compared by what is in it.
            let seen = |viewer| {
                let view = table.view(viewer);
                let mut board: Vec<char> = view.board.chars().collect();
                board.sort_unstable();
                (told(&facts, viewer), view.position, board)
            };
            let by_all = seen(Viewer::Public);
            for viewer in (0..playout.seats).map(|seat| Viewer::Seat(Seat(seat))) {
                assert_eq!(seen(viewer), by_all, "{place}, {viewer:?}");
                compared += 1;
            }
        }
    }
    compared
}

/// How often several seats chose at the same time, unseen by each other.
pub fn choices_made_together(game: &'static dyn Game) -> usize {
    let steps = playouts(game).iter().flat_map(|playout| &playout.steps);
    steps
        .filter(|step| matches!(step, Step::Together(_)))
        .count()
}

fn is_order(draw: &Draw) -> bool {
    matches!(draw, Draw::Order(_))
}

/// All other orders of a small deck, some of a large one.
fn other_orders(step: &Step<String>, luck: &mut Luck) -> Vec<Vec<u8>> {
    const SMALL: usize = 4;
    const SOME: usize = 30;
    let Step::Chance(Draw::Order(order)) = step else {
        return Vec::new();
    };
    let mut others: Vec<Vec<u8>> = vec![Vec::new()];
    if order.len() <= SMALL {
        for _ in order {
            let longer = |some: Vec<u8>| {
                let rest: Vec<u8> = order
                    .iter()
                    .copied()
                    .filter(|card| !some.contains(card))
                    .collect();
                rest.into_iter()
                    .map(move |card| [some.as_slice(), &[card]].concat())
            };
            others = others.into_iter().flat_map(longer).collect();
        }
    } else {
        let swap = |luck: &mut Luck| {
            let mut other = order.clone();
            let (one, two) = (luck.below(order.len()), luck.below(order.len()));
            other.swap(one, two);
            other
        };
        others = (0..SOME).map(|_| swap(luck)).collect();
    }
    others.retain(|other| other != order);
    others
}

/// Whether more than the deal itself could be compared; panics at the first difference.
fn same_for(
    game: &'static dyn Game,
    playout: &Playout,
    viewer: Viewer,
    (deck, at): (usize, usize),
    other: &[u8],
) -> bool {
    let Step::Chance(Draw::Order(order)) = &playout.steps[at] else {
        return false;
    };
    let (mut real, mut twin) = (playout.open(game), playout.open(game));
    for step in &playout.steps[..at] {
        real.step(step).unwrap();
        twin.step(step).unwrap();
    }
    for (n, step) in playout.steps.iter().enumerate().skip(at) {
        let twin_step = if n == at {
            Step::Chance(Draw::Order(other.to_vec()))
        } else {
            step.clone()
        };
        let facts = real.step(step).unwrap();
        let shown = |fact: &Fact| match fact {
            Fact::Opened {
                deck: which,
                at,
                to,
            } => {
                let at = usize::from(*at);
                let open = to.is_none_or(|seat| viewer == Viewer::Seat(seat));
                open && *which as usize == deck && order[at] != other[at]
            }
            _ => false,
        };
        if facts.iter().any(shown) {
            return n > at;
        }
        // A move that the other cards do not allow tells what cards there are: that is the game's own affair.
        let Ok(twin_facts) = twin.step(&twin_step) else {
            return n > at;
        };
        let place = format!(
            "{} seed {} step {n}, {order:?} or {other:?}, {viewer:?}",
            game.spec().id,
            playout.seed
        );
        assert_eq!(told(&twin_facts, viewer), told(&facts, viewer), "{place}");
        assert_eq!(twin.view(viewer), real.view(viewer), "{place}");
        assert_eq!(twin.phase(), real.phase(), "{place}");
        if let Viewer::Seat(seat) = viewer {
            assert_eq!(twin.legal(seat), real.legal(seat), "{place}");
        }
    }
    true
}
