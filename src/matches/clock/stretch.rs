//! Stretches of time that do not count: the referee's absence, and days of absence that a player was granted.

use crate::kit::{Span, Timestamp};

/// From a moment to a later one.
pub(super) type Stretch = (Timestamp, Timestamp);

/// How much of `from..to` lies in any of the stretches; where several overlap it counts once.
pub(super) fn covered(stretches: &[Stretch], from: Timestamp, to: Timestamp) -> Span {
    let (mut sum, mut reached) = (Span::ZERO, from);
    for (begin, end) in sorted(stretches) {
        let (begin, end) = (begin.max(reached), end.min(to));
        if begin < end {
            sum = sum + (end - begin);
            reached = end;
        }
    }
    sum
}

/// When so much time that counts has passed since `from`.
pub(super) fn reach(stretches: &[Stretch], from: Timestamp, mut needed: Span) -> Timestamp {
    let mut at = from;
    for (begin, end) in sorted(stretches) {
        let before = begin.max(at) - at;
        if before >= needed {
            break;
        }
        if end > at {
            needed = needed - before;
            at = end;
        }
    }
    at + needed
}

fn sorted(stretches: &[Stretch]) -> Vec<Stretch> {
    let mut sorted = stretches.to_vec();
    sorted.sort_unstable();
    sorted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(n: i64) -> Timestamp {
        Timestamp(n)
    }

    #[test]
    fn overlaps_count_once_and_ends_are_exact() {
        let stretches = [(at(20), at(30)), (at(5), at(8)), (at(25), at(40))];
        assert_eq!(covered(&stretches, at(0), at(100)), Span(23));
        assert_eq!(covered(&stretches, at(7), at(22)), Span(3));
        assert_eq!(covered(&[], at(0), at(9)), Span::ZERO);
        for (needed, due) in [(4, 4), (5, 5), (6, 9), (17, 20), (18, 41)] {
            assert_eq!(reach(&stretches, at(0), Span(needed)), at(due), "{needed}");
        }
        // What was reached has been counted, and nothing more.
        for needed in 1..60 {
            let due = reach(&stretches, at(0), Span(needed));
            let counted = (due - at(0)) - covered(&stretches, at(0), due);
            assert_eq!(counted, Span(needed));
        }
    }
}
