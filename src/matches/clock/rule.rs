//! What two players agree on about time.

use crate::kit::{Refusal, Seat, Span, refuse};

/// How long a player may take for the first move of a game with a short clock.
const FIRST_MOVE: Span = Span::minutes(10);
/// How long an offer stands when nobody answers it, unless a move takes longer than that.
const OFFER_LASTS: Span = Span::minutes(10);
/// Without a clock, offers stand so long.
const TIMELESS_OFFER_LASTS: Span = Span::days(7);
/// Time per move from here on is for people who look in now and then, not for people who sit and wait.
const UNHURRIED: Span = Span::hours(1);

/// How one player's time is measured. Every kind has its own way to lose on time; none charges a first move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// No clock.
    None,
    /// `5+0` sudden death, `5+3` with an increment: the time is added after each move and may pile up (FIDE Laws of Chess,
    /// article 6.3.1 and glossary, "increment").
    Increment {
        /// Time on the clock at the start.
        base: Span,
        /// Added after each move; zero is sudden death.
        increment: Span,
    },
    /// `15d10`: the clock waits so long at each move before it runs; nothing piles up (simple or US delay; FIDE Laws of
    /// Chess, article 6.3.2; US Chess rules 5 and 42).
    Delay {
        /// Time on the clock at the start.
        base: Span,
        /// How long the clock waits at each move.
        delay: Span,
    },
    /// `15b10`: the clock runs at once, and after each move what it took is given back, up to so much (Bronstein
    /// mode; FIDE Laws of Chess, glossary).
    Bronstein {
        /// Time on the clock at the start.
        base: Span,
        /// Given back at most after each move.
        delay: Span,
    },
    /// `30+3x30s`: after the main time so many periods; a move within a period costs nothing, a period that runs out is
    /// gone, and the flag falls with the last (Japanese byo-yomi; AGA and British Go Association tournament rules).
    ByoYomi {
        /// Main time; may be zero.
        base: Span,
        /// Periods of overtime.
        periods: u8,
        /// The length of each.
        length: Span,
    },
    /// `30+25/10m`: after the main time so many moves have to be made in each period; then a fresh one begins, and what was
    /// left of the old one is lost (Canadian overtime; British Go Association tournament rules).
    Canadian {
        /// Main time; may be zero.
        base: Span,
        /// Moves to be made in each period.
        moves: u16,
        /// The length of a period.
        length: Span,
    },
    /// `hg5`: what one player uses the other gains (sand clock). For two seats.
    Hourglass {
        /// Time of each player at the start.
        base: Span,
    },
    /// `2d`, `3h/move`, `45s/move`: so much for each decision, always afresh; `2d+14v` with days of absence (as in ICCF
    /// correspondence play, where leave stops the clock).
    PerMove {
        /// Time for each decision.
        time: Span,
        /// Absence during which the clock stands still, for the whole match.
        vacation: Span,
    },
}

impl Control {
    /// Whether time runs out for the whole game, and not decision by decision.
    fn is_budget(self) -> bool {
        !matches!(self, Control::None | Control::PerMove { .. })
    }

    fn first_move(self) -> Option<Span> {
        match self {
            Control::None => None,
            Control::PerMove { time, .. } => Some(time.max(FIRST_MOVE)),
            _ => Some(FIRST_MOVE),
        }
    }

    fn offer_lasts(self) -> Span {
        match self {
            Control::None => TIMELESS_OFFER_LASTS,
            Control::PerMove { time, .. } => time.max(OFFER_LASTS),
            _ => OFFER_LASTS,
        }
    }

    /// In words; with odds `side` is whose clock it is, as in `5 minutes for white`.
    fn words(self, side: Option<&str>) -> String {
        let own = side.map_or(String::new(), |side| format!(" for {side}"));
        let each = if side.is_some() { &own } else { " each" };
        let after = |base: Span, overtime: String| match base {
            Span::ZERO => format!("{overtime}{own}"),
            base => format!("{}{each}, then {overtime}", base.words()),
        };
        let s = |n: u16| if n == 1 { "" } else { "s" };
        match self {
            Control::None => "no clock".to_owned(),
            Control::Increment {
                base,
                increment: Span::ZERO,
            } => format!("{}{each}", base.words()),
            Control::Increment { base, increment } => format!(
                "{}{each}, {} added per move",
                base.words(),
                increment.words()
            ),
            Control::Delay { base, delay } => format!(
                "{}{each}, the clock waits {} at each move",
                base.words(),
                delay.words()
            ),
            Control::Bronstein { base, delay } => format!(
                "{}{each}, up to {} given back per move",
                base.words(),
                delay.words()
            ),
            Control::ByoYomi {
                base,
                periods,
                length,
            } => {
                let s = s(u16::from(periods));
                after(base, format!("{periods} period{s} of {}", length.words()))
            }
            Control::Canadian {
                base,
                moves,
                length,
            } => after(
                base,
                format!("{moves} move{} in every {}", s(moves), length.words()),
            ),
            Control::Hourglass { base } => {
                format!("an hourglass with {}{each}", base.words())
            }
            Control::PerMove {
                time,
                vacation: Span::ZERO,
            } => format!("{} per move{own}", time.words()),
            Control::PerMove { time, vacation } => format!(
                "{} per move{own}, {} of absence{each}",
                time.words(),
                vacation.words()
            ),
        }
    }
}

/// A time control for a whole match: for both players the same or one each, and how much lag is forgiven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockRule {
    /// Of the first seat, and of all others that have none of their own.
    pub first: Control,
    /// Of the second seat, where the players gave odds of time: `5+3|3+0`.
    pub second: Option<Control>,
    /// How much of the measured lag is forgiven at each move, at most; zero is none: `5+3 lag1s`.
    pub lag: Span,
}

impl ClockRule {
    /// No clock at all.
    pub const NONE: ClockRule = ClockRule::same(Control::None);

    /// The same for every seat, and no lag forgiven.
    pub const fn same(control: Control) -> ClockRule {
        ClockRule {
            first: control,
            second: None,
            lag: Span::ZERO,
        }
    }

    /// How this seat's time is measured.
    pub fn of(self, seat: Seat) -> Control {
        match self.second {
            Some(second) if seat == Seat(1) => second,
            _ => self.first,
        }
    }

    /// Whether nobody's time runs.
    pub fn is_none(self) -> bool {
        self.first == Control::None
    }

    /// Whether this is a deadline for each step, or nothing, rather than time to think for a whole game.
    pub fn is_deadline(self) -> bool {
        !self.first.is_budget()
    }

    /// Whether the players sit and wait for each other, so that they are told of moves at any hour.
    pub fn is_fast(self) -> bool {
        match self.first {
            Control::None => false,
            Control::PerMove { time, .. } => time < UNHURRIED,
            _ => true,
        }
    }

    /// Whether days of absence were agreed for a seat.
    pub fn allows_leave(self, seat: Seat) -> bool {
        matches!(self.of(seat), Control::PerMove { vacation, .. } if vacation > Span::ZERO)
    }

    /// How long a seat's first move may take before the match is called off; `None` means for ever.
    pub fn first_move(self, seat: Seat) -> Option<Span> {
        self.of(seat).first_move()
    }

    /// The shorter of the two players' times for a first move.
    pub fn shortest_first_move(self) -> Option<Span> {
        self.first_move(Seat(0)).min(self.first_move(Seat(1)))
    }

    /// How long an offer stands.
    pub fn offer_lasts(self) -> Span {
        let second = self.second.unwrap_or(self.first);
        self.first.offer_lasts().max(second.offer_lasts())
    }

    /// The same with the seats swapped: odds stay with the players when they change sides.
    #[must_use]
    pub fn swapped(self) -> ClockRule {
        match self.second {
            Some(second) => ClockRule {
                first: second,
                second: Some(self.first),
                ..self
            },
            None => self,
        }
    }

    /// In words: `5 minutes each, 3 seconds added per move`. `sides` are the names of the seats, for odds.
    pub fn words(self, sides: &[&str]) -> String {
        let clock = match self.second {
            None => self.first.words(None),
            Some(second) => {
                let side = |seat: usize, name| Some(sides.get(seat).copied().unwrap_or(name));
                let first = self.first.words(side(0, "the first seat"));
                format!("{first}; {}", second.words(side(1, "the second seat")))
            }
        };
        match self.lag {
            Span::ZERO => clock,
            lag => format!("{clock}, up to {} of lag forgiven per move", lag.words()),
        }
    }

    /// Refuses a clock that contradicts itself.
    pub(super) fn consistent(self) -> Result<ClockRule, Refusal> {
        let second = self.second.unwrap_or(self.first);
        let is_sand = |control| matches!(control, Control::Hourglass { .. });
        if self.first.is_budget() != second.is_budget()
            || is_sand(self.first) != is_sand(second)
            || (self.second.is_some() && self.is_none())
        {
            return Err(refuse(
                "clock/contradiction",
                "These two clocks cannot run against each other.",
            )
            .hint("Give odds with two clocks of one kind, such as 5+3|3+0 or 3d|1d."));
        }
        if self.lag > Span::ZERO && !self.is_fast() {
            return Err(refuse(
                "clock/contradiction",
                "Lag is forgiven only where the clock is short.",
            )
            .hint("Leave lag out, or choose a short clock: 5+3 lag1s."));
        }
        // The same on both sides is no odds, and has one way to be written.
        let second = self.second.filter(|second| *second != self.first);
        Ok(ClockRule { second, ..self })
    }

    /// Refuses a clock that is not for games of so many seats, or in which all act at once.
    pub fn fits(self, seats: (u8, u8), at_once: bool) -> Result<(), Refusal> {
        let two = seats == (2, 2);
        if matches!(self.first, Control::Hourglass { .. }) && (at_once || !two) {
            return Err(refuse(
                "clock/seats",
                "An hourglass is for games in which exactly two play in turn.",
            )
            .hint("Choose another clock, such as 5+3."));
        }
        if self.second.is_some() && !two {
            return Err(refuse(
                "clock/seats",
                "Odds of time are for two players, and this game is not for exactly two.",
            )
            .hint("Choose one clock for all, such as 5+3."));
        }
        Ok(())
    }
}
