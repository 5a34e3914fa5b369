//! One seat's time, reckoned move by move: what a turn may take, what it costs, and what the clock shows meanwhile.

use serde::{Deserialize, Serialize};

use super::rule::Control;
use crate::kit::Span;

/// One seat's clock between two moves.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Face {
    /// Main time left; in a Canadian period the time left in it.
    pub left: Span,
    /// Byo-yomi periods left, the one that runs included; moves still to be made in a Canadian period, and 0 before it.
    #[serde(default)]
    pub spare: u16,
    /// Used in the turn that is not over yet, before the clock last began to run; below zero for what was given back.
    #[serde(default)]
    pub spent: Span,
    /// Days of absence left.
    #[serde(default)]
    pub leave: Span,
    /// Whether the first move was made.
    pub moved: bool,
}

/// What a seat's clock shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    /// Main time left, or in overtime what is left of the period. Never below zero.
    pub left: Span,
    /// Whether the main time is used up.
    pub overtime: bool,
    /// With byo-yomi: periods left, in overtime the one that runs included.
    pub periods: Option<u16>,
    /// In a Canadian period: moves still to be made in it.
    pub moves: Option<u16>,
}

impl Reading {
    fn main(left: Span) -> Reading {
        Reading {
            left: Span(left.0.max(0)),
            ..Reading::default()
        }
    }

    /// What there is to say beside the time: `then 3 periods`, `last period`, `for 14 moves`; empty for most clocks.
    pub fn beside(self) -> String {
        let s = |n: u16| if n == 1 { "" } else { "s" };
        match (self.periods, self.moves) {
            (Some(1), _) if self.overtime => "last period".to_owned(),
            (Some(0), _) => "no period left".to_owned(),
            (Some(n), _) => {
                let more = n - u16::from(self.overtime);
                format!("then {more} period{}", s(more))
            }
            (None, Some(n)) => format!("for {n} move{}", s(n)),
            (None, None) => String::new(),
        }
    }
}

impl Face {
    /// At the start of a match.
    pub fn new(control: Control) -> Face {
        let mut face = Face::default();
        match control {
            Control::None => {}
            Control::Increment { base, .. }
            | Control::Delay { base, .. }
            | Control::Bronstein { base, .. }
            | Control::Hourglass { base } => face.left = base,
            Control::ByoYomi { base, periods, .. } => {
                (face.left, face.spare) = (base, u16::from(periods));
            }
            Control::Canadian {
                base: Span::ZERO,
                moves,
                length,
            } => (face.left, face.spare) = (length, moves),
            Control::Canadian { base, .. } => face.left = base,
            Control::PerMove { vacation, .. } => face.leave = vacation,
        }
        face
    }

    /// Nothing left at all: the flag has fallen.
    fn is_empty(&self) -> bool {
        self.left <= Span::ZERO && self.spare == 0
    }

    /// How long a turn may take before the flag falls; `None` for ever. First moves have their own deadline.
    pub fn budget(&self, control: Control) -> Option<Span> {
        Some(match control {
            Control::None => return None,
            Control::PerMove { time, .. } => time,
            _ if self.is_empty() => Span::ZERO,
            Control::Increment { .. } | Control::Bronstein { .. } | Control::Hourglass { .. } => {
                self.left
            }
            Control::Delay { delay, .. } => self.left + delay,
            Control::ByoYomi { length, .. } => self.left + times(length, self.spare),
            Control::Canadian { length, .. } if self.spare == 0 => self.left + length,
            Control::Canadian { .. } => self.left,
        })
    }

    /// Ends a turn that used so much, and begins what the rule gives for the next.
    pub fn charge(&mut self, control: Control, used: Span) {
        let rest = Span((self.left - used).0.max(0));
        match control {
            Control::None | Control::PerMove { .. } => {}
            Control::Increment { increment, .. } => self.left = rest + increment,
            Control::Delay { delay, .. } => {
                let waited = Span((used - delay).0.max(0));
                self.left = Span((self.left - waited).0.max(0));
            }
            Control::Bronstein { delay, .. } => self.left = rest + used.min(delay),
            Control::Hourglass { .. } => self.left = rest,
            Control::ByoYomi { length, .. } => {
                let over = used - self.left;
                if over >= Span::ZERO {
                    self.spare = self.spare.saturating_sub(whole(over, length));
                }
                self.left = rest;
            }
            Control::Canadian { moves, length, .. } => self.charge_canadian(moves, length, used),
        }
    }

    fn charge_canadian(&mut self, moves: u16, length: Span, used: Span) {
        let over = used - self.left;
        if self.spare == 0 && over < Span::ZERO {
            self.left = self.left - used;
            return;
        }
        if self.spare > 0 {
            (self.left, self.spare) = (Span((self.left - used).0.max(0)), self.spare - 1);
        } else if over > Span::ZERO {
            // This move went over into the period, and is the first of it.
            (self.left, self.spare) = (Span((length - over).0.max(0)), moves - 1);
        }
        if self.spare == 0 {
            (self.left, self.spare) = (length, moves);
        }
    }

    /// What the clock shows when so much of the turn is used; `None` without a clock.
    pub fn reading(&self, control: Control, used: Span) -> Option<Reading> {
        Some(match control {
            Control::None => return None,
            Control::PerMove { time, .. } => Reading::main(time - used),
            Control::Increment { .. } | Control::Bronstein { .. } | Control::Hourglass { .. } => {
                Reading::main(self.left - used)
            }
            Control::Delay { delay, .. } => {
                Reading::main(self.left - Span((used - delay).0.max(0)))
            }
            Control::ByoYomi { length, .. } => self.byo_yomi(length, used),
            Control::Canadian { moves, length, .. } => self.canadian(moves, length, used),
        })
    }

    fn byo_yomi(&self, length: Span, used: Span) -> Reading {
        let over = used - self.left;
        if over < Span::ZERO {
            return Reading {
                periods: Some(self.spare),
                ..Reading::main(self.left - used)
            };
        }
        let periods = self.spare.saturating_sub(whole(over, length));
        let left = match periods {
            0 => Span::ZERO,
            _ => length - Span(over.0 % length.0.max(1)),
        };
        Reading {
            left,
            overtime: true,
            periods: Some(periods),
            moves: None,
        }
    }

    fn canadian(&self, moves: u16, length: Span, used: Span) -> Reading {
        let over = used - self.left;
        let (left, moves) = match self.spare {
            _ if self.is_empty() => (Span::ZERO, moves),
            0 if over < Span::ZERO => return Reading::main(self.left - used),
            0 => (length - over, moves),
            spare => (self.left - used, spare),
        };
        Reading {
            overtime: true,
            moves: Some(moves),
            ..Reading::main(left)
        }
    }
}

/// So many times a length.
fn times(length: Span, n: u16) -> Span {
    Span(length.0.saturating_mul(i64::from(n)))
}

/// How many whole lengths lie in a span that is not below zero.
fn whole(span: Span, length: Span) -> u16 {
    u16::try_from(span.0 / length.0.max(1)).unwrap_or(u16::MAX)
}
