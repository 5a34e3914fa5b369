//! Text for people: paragraphs and preformatted boards, and the cleaning of text that came from strangers.

/// What is said to a person, as blocks; each door decides how a block looks.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Words(pub Vec<Block>);

/// One block of [`Words`].
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Block {
    /// One line of prose.
    Line(String),
    /// A preformatted picture such as a board or a table; its lines must keep their columns.
    Board(String),
}

impl Words {
    /// Words of one line.
    pub fn line(text: impl Into<String>) -> Words {
        Words(vec![Block::Line(text.into())])
    }

    /// Adds a line.
    pub fn and(mut self, text: impl Into<String>) -> Words {
        self.0.push(Block::Line(text.into()));
        self
    }

    /// Adds a preformatted block; an empty one is left out.
    pub fn board(mut self, picture: impl Into<String>) -> Words {
        let picture = picture.into();
        if !picture.is_empty() {
            self.0.push(Block::Board(picture));
        }
        self
    }

    /// Whether any block is preformatted.
    pub fn has_board(&self) -> bool {
        self.0.iter().any(|block| matches!(block, Block::Board(_)))
    }

    /// As a message body: boards stand in XEP-0393 preformatted fences.
    pub fn body(&self) -> String {
        let mut body = String::new();
        for block in &self.0 {
            if !body.is_empty() {
                body.push('\n');
            }
            match block {
                Block::Line(line) => body.push_str(line),
                Block::Board(board) => {
                    body.push_str("```\n");
                    body.push_str(board.trim_end_matches('\n'));
                    body.push_str("\n```");
                }
            }
        }
        body
    }

    /// Without fences, for forms and feeds.
    pub fn plain(&self) -> String {
        let lines = self.0.iter().map(|block| match block {
            Block::Line(line) => line.as_str(),
            Block::Board(board) => board.trim_end_matches('\n'),
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}

/// One safe line of a stranger's text: control and bidirectional-override characters go, white space is folded, and at
/// most `max` characters stay.
pub fn clean_line(text: &str, max: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    let visible: String = text
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !hidden(*c))
        .collect();
    clip(
        visible
            .split(' ')
            .filter(|word| !word.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
            .as_str(),
        max,
    )
}

/// At most `max` characters of a text, with `…` for what was cut.
pub fn clip(text: &str, max: usize) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    text.chars()
        .take(max.saturating_sub(1))
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_text_is_one_clean_line() {
        assert_eq!(clean_line(" a\u{202e}b\n\tc\0 ", 10), "ab c");
        assert_eq!(clean_line("abcdef", 4), "abc…");
    }

    #[test]
    fn boards_are_fenced_in_bodies_only() {
        let words = Words::line("Your turn.").board("a b\nc d\n");
        assert_eq!(words.body(), "Your turn.\n```\na b\nc d\n```");
        assert_eq!(words.plain(), "Your turn.\na b\nc d");
    }
}
