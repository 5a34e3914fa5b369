//! What strangers send: text that names nothing, text that nearly names something, and steps nobody asked for.

use xmpp_referee::games::{Draw, Phase, Step};
use xmpp_referee::kit::Seat;

use super::playout::Luck;

/// Text from strangers that means no harm at best.
pub fn hostile() -> Vec<String> {
    let fixed = [
        "",
        " ",
        "\0",
        "\u{1f600}",
        "é",
        "-",
        "+",
        "=",
        "{0}",
        "a\u{0301}1",
        "\u{202e}e4",
        "0",
        "-1",
        "a0",
    ];
    let long = [
        "x".repeat(10_000),
        "9".repeat(10_000),
        "\u{1f600}".repeat(2_500),
        "=+#-".repeat(2_500),
    ];
    fixed
        .iter()
        .map(|text| (*text).to_owned())
        .chain(long)
        .collect()
}

/// Steps that no position in this phase waits for.
pub fn misfits(phase: &Phase, seats: u8) -> Vec<Step<String>> {
    let nobody = Seat(seats);
    let mut steps = vec![
        Step::TimedOut(Vec::new()),
        Step::TimedOut(vec![nobody]),
        Step::Left(nobody),
        Step::Together(Vec::new()),
        Step::Act(nobody, "x".to_owned()),
    ];
    let ask = match phase {
        Phase::Chance(ask) => Some(*ask),
        _ => None,
    };
    let draws = [
        Draw::Dice(Vec::new()),
        Draw::Dice(vec![0]),
        Draw::Dice(vec![6]),
        Draw::Dice(vec![255]),
    ];
    let orders = [
        Draw::Order(Vec::new()),
        Draw::Order(vec![0, 1, 1]),
        Draw::Order(vec![0, 1, 2]),
    ];
    let wrong = draws
        .into_iter()
        .chain(orders)
        .filter(|draw| !ask.is_some_and(|ask| ask.fits(draw)));
    steps.extend(wrong.map(Step::Chance));
    steps
}

/// A notation with one letter changed, doubled, dropped, or in the other case.
pub fn mutated(text: &str, luck: &mut Luck) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    let at = luck.below(letters.len());
    match luck.below(4) {
        0 => letters[at] = ['a', 'b', '1', '8', 'x', 'Q', '=', '\u{1f600}'][luck.below(8)],
        1 => letters.insert(at, letters[at]),
        2 => drop(letters.remove(at)),
        _ => {
            letters[at] = if letters[at].is_lowercase() {
                letters[at].to_ascii_uppercase()
            } else {
                letters[at].to_ascii_lowercase()
            }
        }
    }
    letters.into_iter().collect()
}
