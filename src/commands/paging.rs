//! Pages: no answer is longer than every server passes and a queue may hold, whatever there is to tell.
//!
//! A card that lists has the field [`PAGE`] (or a key to read on behind, such as `after`), takes the items of
//! [`Ask::page`] alone, and says with [`Reply::paged`] how to read on. Behind all cards stands [`Reply::within_limits`],
//! so that no card can forget it.

use super::call::Door;
use super::card::{Ask, Field, Kind, WordsFor};
use super::reply::{Reply, Value};
use crate::kit::{Block, Refusal, Words, refuse};

/// Items of a list that a program gets on one page.
pub const PAGE_ROWS: usize = 50;
/// Rows of any table: what has no end is paged, what is a part of the program (such as the commands in `help`) is not.
pub const MAX_ROWS: usize = 200;
/// Bytes that a form takes around each cell of a table.
const CELL_BYTES: usize = 40;
/// Bytes of one answer: words, fields and rows. Servers pass it, and a thousand of them fit into memory.
pub const MAX_REPLY_BYTES: usize = 100_000;
/// Bytes of a record or another text for programs in one answer.
pub const MAX_PART_BYTES: usize = 60_000;
/// Bytes of an answer for one permit more.
const BYTES_A_PERMIT: usize = 2048;
/// So many of them come with the request itself.
const FREE: usize = 2;
/// Pages of a list that are counted.
const MAX_PAGE: usize = 10_000;

/// The field that says which page is wanted.
pub const PAGE: Field = Field {
    name: "page",
    label: "Page (empty: the first)",
    kind: Kind::Text,
    default: "",
    required: false,
    words: WordsFor::If(is_number),
};

fn is_number(word: &str) -> bool {
    word.len() <= 6 && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// Which items of a list are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// The page, from 1.
    pub number: usize,
    /// Items on each.
    pub size: usize,
}

impl Page {
    /// Items before it.
    pub fn skip(self) -> usize {
        (self.number - 1) * self.size
    }

    /// Its items.
    pub fn of<T>(self, all: &[T]) -> &[T] {
        let rest = all.get(self.skip()..).unwrap_or_default();
        rest.get(..self.size).unwrap_or(rest)
    }

    /// The next page of a list of so many items.
    pub fn next(self, all: usize) -> Option<usize> {
        (self.skip() + self.size < all && self.number < MAX_PAGE).then_some(self.number + 1)
    }
}

/// As many of these lines as one answer takes; one is always given.
pub fn part_of(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut bytes = 0;
    let fits = |line: &String| {
        let first = bytes == 0;
        bytes += line.len();
        first || bytes <= MAX_PART_BYTES
    };
    lines.take_while(fits).collect()
}

impl Ask<'_> {
    /// Items in one answer: as many lines as fit a phone's screen, or what a program takes at a time.
    pub fn page_size(&self, lines: usize) -> usize {
        match self.door {
            Door::Chat => lines,
            Door::Form => PAGE_ROWS,
        }
    }

    /// The page that is wanted; `lines` fit a phone's screen.
    ///
    /// # Errors
    /// `command/page`.
    pub fn page(&self, lines: usize) -> Result<Page, Refusal> {
        let size = self.page_size(lines);
        let number = match self.field(PAGE.name) {
            None => Some(1),
            Some(text) => text.parse().ok(),
        };
        match number.filter(|number| (1..=MAX_PAGE).contains(number)) {
            Some(number) => Ok(Page { number, size }),
            None => Err(refuse("command/page", "A page is a number from 1.")
                .hint("Leave `page` out for the first one.")),
        }
    }
}

impl Reply {
    /// Says how many items there are in all, and which page comes next.
    pub fn paged(self, page: Page, all: usize) -> Reply {
        let counted = match self.fields.iter().any(|(name, _)| *name == "count") {
            true => self,
            false => self.with("count", all.to_string()),
        };
        counted.with_next(page.next(all).map(|next| next.to_string()))
    }

    /// Says how to read on, if there is more.
    pub fn with_next(self, next: Option<String>) -> Reply {
        match next {
            Some(next) => self.with("next", next),
            None => self,
        }
    }

    /// How many bytes it has.
    pub fn bytes(&self) -> usize {
        let words = self.words.0.iter().map(|block| match block {
            Block::Line(text) | Block::Board(text) => text.len(),
        });
        let fields = self.fields.iter().map(|(_, value)| match value {
            Value::Text(text) => text.len(),
            Value::List(values) => values.iter().map(String::len).sum(),
        });
        let rows = self.rows.iter().flat_map(|rows| &rows.rows).flatten();
        words.chain(fields).sum::<usize>() + rows.map(|cell| cell.len() + CELL_BYTES).sum::<usize>()
    }

    /// What it costs whoever asked, beyond the permit that every request takes. A form says the words twice, and every value
    /// has its wrapping.
    pub fn weight(&self) -> i64 {
        let words = self.words.0.iter().map(|block| match block {
            Block::Line(text) | Block::Board(text) => text.len(),
        });
        let values = self.fields.iter().map(|(_, value)| match value {
            Value::Text(_) => 1,
            Value::List(values) => values.len(),
        });
        let wrapping = CELL_BYTES * values.sum::<usize>();
        let bytes = self.bytes() + words.sum::<usize>() + wrapping;
        // The answer to a move costs no more than the request.
        let paid = (bytes / BYTES_A_PERMIT).saturating_sub(FREE);
        i64::try_from(paid).unwrap_or(i64::MAX)
    }

    /// The wall behind all cards: what is too long is cut, and says so with the field `cut`. A card that pages never
    /// gets here.
    pub fn within_limits(mut self) -> Reply {
        let rows = self.rows.as_ref().map_or(0, |rows| rows.rows.len());
        let bytes = self.bytes();
        if rows <= MAX_ROWS && bytes <= MAX_REPLY_BYTES {
            return self;
        }
        tracing::warn!(rows, bytes, "an answer was too long and is cut");
        if let Some(rows) = &mut self.rows {
            rows.rows.truncate(MAX_ROWS);
        }
        let mut left = MAX_REPLY_BYTES;
        let mut take = |text: &String| {
            let fits = text.len() <= left;
            left = if fits { left - text.len() } else { 0 };
            fits
        };
        self.words = Words(
            (self.words.0.into_iter())
                .take_while(|block| match block {
                    Block::Line(text) | Block::Board(text) => take(text),
                })
                .collect(),
        );
        for (_, value) in &mut self.fields {
            match value {
                Value::Text(text) if !take(text) => text.clear(),
                Value::Text(_) => {}
                Value::List(values) => {
                    let fit = values.iter().take_while(|text| take(text)).count();
                    values.truncate(fit);
                }
            }
        }
        if let Some(rows) = &mut self.rows {
            let mut cells = |row: &&Vec<String>| {
                let size: usize = row.iter().map(|cell| cell.len() + CELL_BYTES).sum();
                let fits = size <= left;
                left = if fits { left - size } else { 0 };
                fits
            };
            let fit = rows.rows.iter().take_while(&mut cells).count();
            rows.rows.truncate(fit);
        }
        self.with("cut", "1")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wall_holds_for_any_answer_and_lets_the_usual_ones_alone() {
        let usual = Reply::line("done").with("match", "m1");
        assert_eq!(usual.clone().within_limits(), usual);
        let row = || vec!["x".repeat(3000), String::new()];
        let columns: &[(&str, &str)] = &[("a", "A"), ("b", "B")];
        let text = "y".repeat(MAX_REPLY_BYTES / 2);
        for long in [
            Reply::default().with_rows(columns, vec![row(); 45]),
            Reply::default().with_rows(columns, vec![vec![String::new(); 2]; 400]),
            Reply::line(text.clone())
                .with("a", text.clone())
                .with("b", text.clone()),
            Reply::default().with_list("a", vec![text.clone(); 9]),
            Reply::words(Words::line("a").board(text.repeat(3))),
        ] {
            let cut = long.within_limits();
            assert!(cut.bytes() <= MAX_REPLY_BYTES + 1, "{} bytes", cut.bytes());
            assert!(
                cut.rows
                    .as_ref()
                    .is_none_or(|rows| rows.rows.len() <= MAX_ROWS)
            );
            assert!(cut.fields.iter().any(|(name, _)| *name == "cut"));
        }
    }

    #[test]
    fn pages_follow_each_other_without_a_gap() {
        let all: Vec<usize> = (0..23).collect();
        let (mut page, mut seen) = (Some(1), Vec::new());
        while let Some(number) = page {
            let one = Page { number, size: 10 };
            seen.extend_from_slice(one.of(&all));
            page = one.next(all.len());
        }
        assert_eq!(seen, all);
        assert!(
            Page {
                number: 9,
                size: 10
            }
            .of(&all)
            .is_empty()
        );
    }
}
