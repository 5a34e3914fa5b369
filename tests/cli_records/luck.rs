//! The chapter on luck in `docs/RECORD.md`: its numbers are what the code computes.

use xmpp_referee::games::{Ask, Draw, Reveal};
use xmpp_referee::kit::{MatchId, sha256};
use xmpp_referee::matches::{Luck, card_commitments, draw_from_keys};

#[test]
fn the_golden_numbers_are_those_of_the_page() {
    let seed = sha256(&[b"golden"]);
    let luck = Luck::new(seed);
    let keys = luck.reveal(Reveal::Whole).unwrap();
    let (open, cards) = (keys.open_key, keys.card_key.unwrap());
    let (id, salts) = (MatchId(42), ["rain".to_owned()]);
    let dice = draw_from_keys(&open, id, &salts, 0, Ask::Dice { count: 6, sides: 6 });
    let order = draw_from_keys(&cards, id, &salts, 1, Ask::Shuffle { cards: 10 });
    let (Draw::Dice(faces), Draw::Order(order)) = (dice, order) else {
        panic!("luck answers another question");
    };
    let committed = card_commitments(&cards, id, &salts, 1, &order);
    let spaced = |numbers: &[u8]| {
        numbers
            .iter()
            .map(u8::to_string)
            .collect::<Vec<_>>()
            .join(" ")
    };
    let lines = [
        ("seed", seed.to_string()),
        ("open key", open.to_string()),
        ("card key", cards.to_string()),
        ("commitment", luck.commitment.to_string()),
        ("draw 0", spaced(&faces)),
        ("draw 1", spaced(&order)),
        ("position 0", committed[0].to_string()),
    ];
    let block: String = lines
        .iter()
        .map(|(name, value)| format!("{name:<11}{value}\n"))
        .collect();
    let page = include_str!("../../docs/RECORD.md");
    assert!(
        page.contains(&format!("```text luck\n{block}```")),
        "the page should have\n{block}"
    );
}
