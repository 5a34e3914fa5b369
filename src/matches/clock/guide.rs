//! Clocks for people: how to write one, and what the law of each is.

use super::rule::{ClockRule, Control};
use crate::kit::Span;

/// One line per kind: an example, and what it means.
pub const NOTATION: &[(&str, &str)] = &[
    ("none", "no clock"),
    ("10+0", "10 minutes each for the whole game"),
    ("5+3", "5 minutes, and 3 seconds added after each move"),
    (
        "15d10",
        "15 minutes; at each move the clock waits 10 seconds before it runs",
    ),
    (
        "15b10",
        "15 minutes; after each move what it took is given back, up to 10 seconds (Bronstein)",
    ),
    (
        "30+3x30s",
        "30 minutes, then 3 periods of 30 seconds: a period is lost only when it runs out (byo-yomi)",
    ),
    (
        "30+25/10m",
        "30 minutes, then 25 moves in every 10 minutes (Canadian)",
    ),
    (
        "hg5",
        "an hourglass of 5 minutes: what one uses the other gains",
    ),
    ("45s/move", "45 seconds for each move; 3h/phase is the same"),
    ("2d", "2 days for each move"),
    (
        "2d+14v",
        "2 days for each move, and 14 days of absence in the match",
    ),
    ("5+3|3+0", "odds: the first seat's clock, then the second's"),
    (
        "5+3 lag1s",
        "up to 1 second of measured lag forgiven at each move",
    ),
];

/// What holds for all of them: how times are written, and the limits.
pub const NOTES: &[&str] = &[
    "Main times are in minutes, others in seconds; s, m and h say otherwise: 30s+1, 1h+30.",
    "At most 24 hours of main time, 1 hour per increment, delay or byo-yomi period, 99 periods, 300 moves per Canadian period, \
     30 days per move, 60 days of absence, 10 seconds of lag.",
    "First moves are never on the clock, but have a deadline. Days and deadlines start afresh at each move.",
];

/// The law of a clock in sentences, beyond what its words say. Empty where there is nothing to add.
pub fn law(rule: ClockRule) -> Vec<String> {
    let mut laws = of_control(rule.first);
    for law in rule.second.map(of_control).unwrap_or_default() {
        if !laws.contains(&law) {
            laws.push(law);
        }
    }
    if rule.lag > Span::ZERO {
        laws.push(format!(
            "Up to {} of measured lag is forgiven at each move, and noted in the record. Flags fall that much later, because a move may be on its way; one that was sent too late does not count.",
            rule.lag.words()
        ));
    }
    laws
}

fn of_control(control: Control) -> Vec<String> {
    let laws: &[&str] = match control {
        Control::None | Control::Increment { .. } => &[],
        Control::Delay { .. } => {
            &["The clock waits at each move before it runs; what is not used of the wait is lost."]
        }
        Control::Bronstein { .. } => &[
            "The clock runs at once; after the move what it took is given back up to the limit, so time never piles up.",
        ],
        Control::ByoYomi { .. } => &[
            "In overtime a move within its period costs nothing. A period that runs out is gone, and the flag falls with the last one.",
        ],
        Control::Canadian { .. } => &[
            "In overtime so many moves have to be made in each period. Then a fresh one begins, and what was left of the old one is lost.",
        ],
        Control::Hourglass { .. } => &["Whatever time one player uses, the other gains."],
        Control::PerMove {
            vacation: Span::ZERO,
            ..
        } => &["Each decision has its full time afresh; what is not used is lost."],
        Control::PerMove { .. } => &[
            "Each decision has its full time afresh; what is not used is lost.",
            "Days of absence are told in advance with `absence`. The clock stands still over them, within the allowance and no longer; they count by the calendar, whoever's turn it is.",
        ],
    };
    laws.iter().map(|law| (*law).to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::super::ClockRule;
    use super::*;

    #[test]
    fn what_the_guide_teaches_is_understood() {
        for (example, _) in NOTATION {
            let read: ClockRule = example.parse().unwrap();
            assert_eq!(read.to_string(), *example);
        }
    }
}
