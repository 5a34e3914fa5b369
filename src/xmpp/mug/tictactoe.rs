//! Tic-tac-toe as its own ProtoXEP writes it (`tictactoe-mug.xml`): rows and columns by number, marks as fields.

use minidom::{Element, ElementBuilder};

use crate::commands::Table;
use crate::xmpp::stanza::{attribute, el, leaf};

/// The game's id here.
pub const GAME: &str = "tic-tac-toe";
/// The ProtoXEP's namespace.
pub const NAMESPACE: &str = "http://jabber.org/protocol/mug/tictactoe";

/// The cell of a `<move row='3' col='2'/>` in the game's notation, `b3`; none when it is no cell. Rows count from the top.
pub fn read(made: &Element) -> Option<String> {
    let number = |name| made.attr(name)?.parse::<u8>().ok().filter(|n| *n > 0);
    let (row, col) = (number("row")?, number("col")?);
    let letter = b'a'.checked_add(col - 1).filter(u8::is_ascii_lowercase)?;
    Some(format!("{}{row}", char::from(letter)))
}

/// Row and column of a cell in the game's notation, both from 1.
pub fn cell(text: &str) -> Option<(u8, u8)> {
    let letter = text.bytes().next().filter(u8::is_ascii_lowercase)?;
    let row = text.get(1..)?.parse().ok()?;
    Some((row, letter - b'a' + 1))
}

/// The children of a `<state/>`.
pub fn state(state: ElementBuilder, table: &Table) -> ElementBuilder {
    let option = |name: &str| {
        let found = table.options.iter().find(|(option, _)| *option == name);
        leaf(name, NAMESPACE, found.map_or("3", |(_, value)| value))
    };
    // Before the start and after the end, the one who would begin.
    let next = table.turn.first().copied().unwrap_or(0);
    let side = table.sides.get(next).copied().unwrap_or("x");
    state
        .append(option("rows"))
        .append(option("cols"))
        .append(option("strike"))
        .append(leaf("next", NAMESPACE, side))
        .append(
            el("board", NAMESPACE)
                .append_all(fields(&table.position))
                .build(),
        )
}

/// One `<field/>` for each mark of a position such as `XO./.X./..O`.
fn fields(position: &str) -> Vec<Element> {
    let mut fields = Vec::new();
    for (row, line) in position.split('/').enumerate() {
        for (col, mark) in line.chars().enumerate() {
            let side = match mark {
                'X' => "x",
                'O' => "o",
                _ => continue,
            };
            let field = el("field", NAMESPACE)
                .attr(attribute("row"), (row + 1).to_string())
                .attr(attribute("col"), (col + 1).to_string());
            fields.push(field.append(side).build());
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(attributes: &str) -> Option<String> {
        let text = format!("<move xmlns='{NAMESPACE}' {attributes}/>");
        read(&text.parse().unwrap())
    }

    #[test]
    fn cells_are_read_and_written() {
        assert_eq!(made("row='3' col='2' id='7'").as_deref(), Some("b3"));
        assert_eq!(made("row='19' col='19'").as_deref(), Some("s19"));
        assert_eq!(cell("b3"), Some((3, 2)));
        assert_eq!(cell("s19"), Some((19, 19)));
        for bad in [
            "row='3'",
            "row='0' col='1'",
            "row='1' col='27'",
            "row='-1' col='x'",
            "row='300' col='1'",
        ] {
            assert_eq!(made(bad), None, "{bad}");
        }
        assert_eq!(
            (cell(""), cell("B3"), cell("bb"), cell("é3")),
            (None, None, None, None)
        );
    }

    #[test]
    fn a_board_lists_its_marks() {
        let seen: Vec<_> = fields("X.O/.../.X.")
            .iter()
            .map(|field| {
                let at = |name| field.attr(name).unwrap().to_owned();
                (at("row"), at("col"), field.text())
            })
            .collect();
        let want = |row: &str, col: &str, mark: &str| (row.into(), col.into(), mark.into());
        assert_eq!(
            seen,
            [
                want("1", "1", "x"),
                want("1", "3", "o"),
                want("3", "2", "x")
            ]
        );
        assert!(fields("").is_empty());
    }
}
