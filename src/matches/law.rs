//! The rules that hold for a match, in sentences: what `rules m42` shows, and the part of it that a challenge tells.

use super::clock::guide;
use super::series;
use super::terms::Terms;

/// One rule of a match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// One or two sentences.
    pub text: String,
    /// Whether somebody has to know it before accepting: the challenge tells it.
    pub brief: bool,
}

fn rule(text: impl Into<String>) -> Rule {
    Rule {
        text: text.into(),
        brief: false,
    }
}

/// All rules of a match with these terms, in the order in which they come up.
pub fn law(terms: &Terms) -> Vec<Rule> {
    let mut rules = Vec::new();
    if let Some(game) = terms.game() {
        let spec = game.spec();
        rules.push(rule(format!("{}: {}", spec.title, spec.about)));
    }
    rules.push(rule(format!("Clock: {}.", terms.clock_words())));
    rules.extend(guide::law(terms.clock).into_iter().map(rule));
    if let Some(first) = terms.clock.shortest_first_move() {
        rules.push(Rule {
            text: format!(
                "Your first move is not on the clock, but has to come within {}; else the match is called off.",
                first.words()
            ),
            brief: true,
        });
    }
    rules.extend(
        series::rules(terms)
            .into_iter()
            .map(|(text, brief)| Rule { text, brief }),
    );
    rules.push(rule(
        "Before both have moved either player may call the match off; later it takes both.",
    ));
    rules.push(rule(
        "Time in which I cannot be reached is nobody's: it is given back.",
    ));
    rules.extend(audience(terms));
    rules
}

/// Who else sees what, and when.
fn audience(terms: &Terms) -> Vec<Rule> {
    let mut rules = Vec::new();
    if let Some(delay) = terms.delay {
        rules.push(Rule {
            text: format!(
                "Spectators see everything {} later than you: write your moves to me alone. At the end they are told all at once.",
                delay.words()
            ),
            brief: true,
        });
    }
    match terms.spectators {
        Some(0) => rules.push(rule("Nobody may watch.")),
        Some(1) => rules.push(rule("One person may watch.")),
        Some(cap) => rules.push(rule(format!("At most {cap} people may watch."))),
        None => {}
    }
    rules
}
