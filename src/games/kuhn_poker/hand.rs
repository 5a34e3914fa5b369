//! One hand of Kuhn poker: the deal, the bets, and who wins the chips.

use serde::{Deserialize, Serialize};

use super::super::rules::{Draw, Fact, Verdict, unasked};
use crate::kit::{Refusal, Seat};

/// Jack, queen and king. Seat n is dealt position n of the deck; the last card stays unseen.
const CARDS: [(&str, char); 3] = [("jack", 'J'), ("queen", 'Q'), ("king", 'K')];

/// A decision at the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Stay in for nothing.
    Check,
    /// Put in one chip.
    Bet,
    /// Put in one chip too and see the cards.
    Call,
    /// Give the hand up, unseen.
    Fold,
}

impl Decision {
    /// In the order in which they are listed.
    pub const ALL: [Decision; 4] = [
        Decision::Check,
        Decision::Bet,
        Decision::Call,
        Decision::Fold,
    ];

    /// As people type it.
    pub fn word(self) -> &'static str {
        match self {
            Decision::Check => "check",
            Decision::Bet => "bet",
            Decision::Call => "call",
            Decision::Fold => "fold",
        }
    }
}

/// The hand in play and the chips won so far.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct State {
    /// Hands of the match.
    pub hands: u8,
    /// Hands played to their end.
    pub played: u8,
    /// What seat 0 has won from seat 1, in chips.
    pub chips: i16,
    /// The card at each position of the deck; `None` before the deal.
    pub deck: Option<[u8; 3]>,
    /// What was decided in this hand.
    pub bets: Vec<Decision>,
    /// How the match ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub over: Option<Verdict>,
}

impl State {
    /// Whose decision it is; the players take turns to act first.
    pub fn turn(&self) -> Seat {
        let first = Seat(self.played % 2);
        if self.bets.len().is_multiple_of(2) {
            first
        } else {
            first.other()
        }
    }

    /// The two decisions there are.
    pub fn allowed(&self) -> [Decision; 2] {
        if self.bets.last() == Some(&Decision::Bet) {
            [Decision::Call, Decision::Fold]
        } else {
            [Decision::Check, Decision::Bet]
        }
    }

    /// Chips on the table.
    pub fn pot(&self) -> i16 {
        let put_in = self
            .bets
            .iter()
            .filter(|bet| matches!(bet, Decision::Bet | Decision::Call))
            .count();
        if self.deck.is_none() {
            0
        } else {
            2 + i16::from(put_in > 0) + i16::from(put_in > 1)
        }
    }

    /// The name and the letter of a seat's card; nobody has one before the deal.
    pub fn card(&self, seat: Seat) -> Option<(&'static str, char)> {
        let card = self.deck?.get(seat.index()).copied()?;
        CARDS.get(usize::from(card)).copied()
    }

    /// Deals a hand, and tells each seat its card.
    pub fn deal(&self, draw: &Draw) -> Result<(State, Vec<Fact>), Refusal> {
        let Draw::Order(order) = draw else {
            return Err(unasked());
        };
        let deck = <[u8; 3]>::try_from(order.as_slice()).map_err(|_| unasked())?;
        let state = State {
            deck: Some(deck),
            ..self.clone()
        };
        let mut facts = vec![Fact::Public(format!(
            "Hand {} of {} is dealt.",
            self.played + 1,
            self.hands
        ))];
        for seat in [Seat(0), Seat(1)] {
            let (name, _) = state.card(seat).ok_or_else(unasked)?;
            facts.push(Fact::Opened {
                deck: u32::from(self.played),
                at: seat.0,
                to: Some(seat),
            });
            facts.push(Fact::Split {
                seat,
                secret: format!("You hold the {name}."),
                public: format!("{{{seat}}} gets a card."),
            });
        }
        Ok((state, facts))
    }

    /// Takes a decision, and ends the hand where that ends it.
    pub fn bet(&self, bet: Decision) -> (State, Vec<Fact>) {
        let actor = self.turn();
        let mut state = self.clone();
        state.bets.push(bet);
        let showdown = match bet {
            Decision::Bet => return (state, Vec::new()),
            Decision::Check if state.bets.len() < 2 => return (state, Vec::new()),
            Decision::Check | Decision::Call => true,
            Decision::Fold => false,
        };
        let mut facts = Vec::new();
        let mut winner = actor.other();
        if showdown {
            let cards = state.deck.unwrap_or_default();
            winner = if cards[0] > cards[1] {
                Seat(0)
            } else {
                Seat(1)
            };
            for seat in [Seat(0), Seat(1)] {
                facts.push(Fact::Opened {
                    deck: u32::from(self.played),
                    at: seat.0,
                    to: None,
                });
            }
            let name = |seat| state.card(seat).map_or("", |(name, _)| name);
            facts.push(Fact::Public(format!(
                "{{0}} shows the {}, {{1}} the {}.",
                name(Seat(0)),
                name(Seat(1))
            )));
        }
        // The winner gains what the loser put in: of a called bet both halves of the pot are equal, and a bet that was
        // not called goes back.
        let gain = if bet == Decision::Call { 2 } else { 1 };
        facts.push(Fact::Public(format!(
            "{{{winner}}} wins {gain} {}.",
            if gain == 1 { "chip" } else { "chips" }
        )));
        state.chips += if winner.0 == 0 { gain } else { -gain };
        state.played += 1;
        state.deck = None;
        state.bets.clear();
        if state.played == state.hands {
            state.over = Some(state.result());
        }
        (state, facts)
    }

    fn result(&self) -> Verdict {
        if self.chips == 0 {
            return Verdict::tie(2, "chips", "After the last hand both have the same chips.");
        }
        let winner = Seat(u8::from(self.chips < 0));
        let text = format!(
            "{{{winner}}} wins with {} chips more than at the start.",
            self.chips.abs()
        );
        Verdict::won_by(winner, 2, "chips", text)
    }
}
