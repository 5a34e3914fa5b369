//! What the cards of offers share: proposing something to the other player, or agreeing to it, and saying which it was.

use super::card::{Ask, Field, Kind, WordsFor};
use super::reply::Reply;
use crate::games::Viewer;
use crate::kit::{MatchId, Refusal, Seat, Span, Words, clip, refuse};
use crate::matches::{self, OfferKind};

/// The longest number of a length of time.
const MAX_DIGITS: usize = 6;

/// The field with the length of a break.
pub const LENGTH: Field = Field {
    name: "length",
    label: "Length: 10m, 2h; 15m when empty",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(|word| word.starts_with(|c: char| c.is_ascii_digit())),
};

/// Reads a length of time: `90s`, `10m`, `2h`, `1d`; a bare number is minutes.
pub fn length(text: &str) -> Result<Span, Refusal> {
    let digits = text
        .trim()
        .trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text.trim()[digits.len()..];
    let number: Option<i64> = (digits.len() <= MAX_DIGITS)
        .then(|| digits.parse::<u32>().ok().map(i64::from))
        .flatten();
    match (number, unit.to_ascii_lowercase().as_str()) {
        (Some(n), "s" | "sec") => Ok(Span::seconds(n)),
        (Some(n), "" | "m" | "min") => Ok(Span::minutes(n)),
        (Some(n), "h") => Ok(Span::hours(n)),
        (Some(n), "d") => Ok(Span::days(n)),
        _ => Err(refuse(
            "command/length",
            format!("`{}` is no length of time.", clip(text, 20)),
        )
        .hint("Write 90s, 10m, 2h or 1d.")),
    }
}

impl Ask<'_> {
    /// Offers something in a match of the caller's, or agrees to what the other has offered.
    pub fn propose(&mut self, what: OfferKind, lasts: Option<Span>) -> Result<Reply, Refusal> {
        let me = self.me()?;
        let id = self.game("of yours is being played", |game, me| {
            game.in_play() && game.seat_of(me).is_some()
        })?;
        self.expected(id)?;
        let asked = match what {
            OfferKind::Draw => matches::Ask::Draw,
            OfferKind::Abort => matches::Ask::Abort,
            OfferKind::Resume => matches::Ask::Resume,
            _ => matches::Ask::Offer { what, lasts },
        };
        self.desk.act(Some(me), id, &asked, self.req)?;
        let seat = (self.desk.world().live(id)).and_then(|live| live.game.seat_of(me));
        let words = match seat.and_then(|seat| self.offered(id, seat, what)) {
            Some(words) => words,
            None => self.agreed(id, seat, what),
        };
        Ok(self.state_of(id, words))
    }

    /// What to say when this is now an offer of the caller's.
    fn offered(&self, id: MatchId, seat: Seat, what: OfferKind) -> Option<Words> {
        let game = &self.desk.world().live(id)?.game;
        let mut offers = game.offers.iter();
        let offer = offers.find(|offer| (offer.seat, offer.what) == (seat, what))?;
        let lasts = offer.lasts.map(|lasts| format!(" of {}", lasts.words()));
        let until = match what {
            OfferKind::Resume => "answers",
            _ => "answers or moves",
        };
        let said = match what {
            OfferKind::Undo => "asked to take back your own last move".to_owned(),
            _ => format!("offered {}{}", what.what(), lasts.unwrap_or_default()),
        };
        Some(Words::line(format!(
            "[{id}] You have {said}. It stands until your opponent {until}."
        )))
    }

    fn agreed(&self, id: MatchId, seat: Option<Seat>, what: OfferKind) -> Words {
        let said = match what {
            OfferKind::Draw => "You agree to the draw.".to_owned(),
            OfferKind::Abort => "The match is called off; there is no result.".to_owned(),
            OfferKind::Undo => "You agree to take the move back.".to_owned(),
            OfferKind::Pause => format!(
                "You agree to the break{}. Type `resume {id}` to go on sooner.",
                self.goes_on(id)
            ),
            OfferKind::Adjourn => {
                format!("You agree to go on another day. Type `resume {id}` when you want to.")
            }
            OfferKind::Resume => format!("The match goes on. Type `show {id}` to see it."),
        };
        let words = Words::line(format!("[{id}] {said}"));
        match (what, self.desk.world().live(id)) {
            (OfferKind::Draw, _) => self.and_what_came_of_it(words),
            (OfferKind::Undo, Some(live)) => words.board(
                live.game
                    .view(seat.map_or(Viewer::Public, Viewer::Seat))
                    .board,
            ),
            _ => words,
        }
    }

    /// When a break ends by itself, behind "You agree to the break".
    fn goes_on(&self, id: MatchId) -> String {
        let until = (self.desk.world().live(id)).and_then(|live| {
            live.game
                .standstills
                .iter()
                .filter_map(|held| held.until)
                .min()
        });
        until.map_or(String::new(), |until| {
            let left = (until - self.desk.now()).words();
            format!(": the match goes on by itself in {left}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_with_and_without_a_unit() {
        assert_eq!(length("10"), Ok(Span::minutes(10)));
        assert_eq!(length("90s"), Ok(Span::seconds(90)));
        assert_eq!(length(" 2H "), Ok(Span::hours(2)));
        assert_eq!(length("1d"), Ok(Span::days(1)));
        for bad in ["", "m", "1w", "9999999m", "-1m", "1.5h", "²m"] {
            assert!(length(bad).is_err(), "{bad}");
        }
    }
}
