//! Yes and no: which open question they answer, and the line that says it whole.

use std::collections::BTreeSet;

use super::understand::{Meant, is_move, line, one_of_each, waiting_for};
use super::{Host, MAX_HELPED};
use crate::commands::call::{Caller, Chat};
use crate::commands::questions::{Question, names_a_match, open_questions};
use crate::commands::typed::{self, Word};
use crate::commands::{find, levels};
use crate::engine::Desk;
use crate::kit::{Refusal, Span, Timestamp, refuse};

/// How long a question whether somebody is sure waits for a bare `yes`.
const SURE_LASTS: Span = Span::minutes(5);
/// Open questions that are named where one has to be chosen.
const MAX_NAMED: usize = 5;

/// What somebody was asked whether they are sure of.
pub(super) struct Unsure {
    /// The line that does it.
    line: String,
    /// What it would do.
    what: String,
    /// Until when a bare `yes` does it.
    until: Timestamp,
    /// What else was open then, as the lines that say yes to it.
    beside: BTreeSet<String>,
}

impl Host {
    /// What it took to understand a line is paid for by whoever wrote it.
    pub(super) fn charge(&mut self, desk: &Desk, bare: &str) {
        let rate = self.rate(desk, bare, false);
        levels::charge(&mut self.limits, desk, bare, rate, None);
    }

    /// Keeps what somebody was asked whether they are sure of.
    pub(super) fn remember_unsure(&mut self, desk: &Desk, bare: &str, line: &str, what: &str) {
        let now = desk.now();
        if self.unsure.len() >= MAX_HELPED {
            self.unsure.retain(|_, unsure| unsure.until > now);
        }
        if self.unsure.len() >= MAX_HELPED {
            self.unsure.clear();
        }
        let until = now + SURE_LASTS;
        let (line, what) = (line.to_owned(), what.to_owned());
        let me = desk.world().people.acting(bare);
        let open = me.map(|me| open_questions(desk.world(), me.id, now));
        let beside = open.into_iter().flatten().map(|question| question.yes);
        let beside = beside.collect();
        let unsure = Unsure {
            line,
            what,
            until,
            beside,
        };
        self.unsure.insert(bare.to_owned(), unsure);
    }

    /// What a yes or no in private means; nothing where the line is neither, or says itself what it is about. Any other line
    /// forgets what somebody was asked whether they are sure of.
    pub(super) fn answered<'a>(
        &mut self,
        desk: &Desk,
        caller: &Caller,
        chat: &Chat,
    ) -> Option<Meant<'a>> {
        if chat.place.is_room() {
            return None;
        }
        let text = line(&chat.text);
        let Some((said, rest)) = typed::yes_or_no(text) else {
            self.unsure.remove(&chat.bare);
            return None;
        };
        let first = text.split_whitespace().next().unwrap_or_default();
        let card = find(&typed::plain(first));
        if card.is_some() && names_a_match(rest) {
            return None;
        }
        let now = desk.now();
        let mut open = match caller.person {
            Some(me)
                if one_of_each(desk, &waiting_for(desk, me, chat.place))
                    .iter()
                    .any(|id| is_move(desk, me, *id, text)) =>
            {
                return None;
            }
            Some(me) => open_questions(desk.world(), me, now),
            None => Vec::new(),
        };
        if let Some(id) = chat.place.game() {
            open.retain(|question| question.is_meant_by(&id.to_string()));
        }
        let unsure = self
            .unsure
            .get(&chat.bare)
            .filter(|unsure| unsure.until > now);
        // Whoever was just asked whether they are sure answers that, unless somebody has asked something else meanwhile.
        let named = typed::plain(rest.split_whitespace().next().unwrap_or_default());
        if unsure.is_some_and(|unsure| open.iter().all(|one| unsure.beside.contains(&one.yes)))
            && !open.iter().any(|question| question.is_meant_by(&named))
        {
            open.clear();
        }
        open.extend(unsure.map(|unsure| Question {
            what: unsure.what.trim_end_matches('.').to_owned(),
            names: vec![unsure.line.split(' ').next().unwrap_or_default().to_owned()],
            yes: unsure.line.clone(),
            no: Err("All right, nothing was changed.".to_owned()),
        }));
        let meant = choose(open, said, rest);
        if matches!(meant, Some(Meant::Line(_))) || (said == Word::No && rest.is_empty()) {
            self.unsure.remove(&chat.bare);
        }
        meant
    }
}

/// Whether a word at the end of a line says that what cannot be taken back is meant.
pub(super) fn is_sure(word: &str) -> bool {
    typed::plain(word) == "yes"
}

/// The open question that is answered, as the line that answers it.
fn choose<'a>(open: Vec<Question>, said: Word, rest: &str) -> Option<Meant<'a>> {
    let (first, after) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let named = typed::plain(first.trim_start_matches('@'));
    let any_named = open.iter().any(|question| question.is_meant_by(&named));
    let (open, behind): (Vec<Question>, &str) = match any_named {
        true => (
            open.into_iter()
                .filter(|question| question.is_meant_by(&named))
                .collect(),
            after,
        ),
        false => (open, rest),
    };
    match open.as_slice() {
        // A command says itself that nothing waits for it; `yes` and `no` may still be about an event that was answered before.
        [] => None,
        _ if said == Word::Yes && !typed::adds_nothing(behind) => {
            Some(Meant::Refused(which(&open, said, Some(behind))))
        }
        [only] => Some(match (said, &only.no) {
            (Word::Yes, _) => Meant::Line(only.yes.clone()),
            (Word::No, Ok(line)) => {
                Meant::Line(format!("{line} {}", behind.trim()).trim_end().to_owned())
            }
            (Word::No, Err(instead)) => Meant::Instead(instead.clone()),
        }),
        _ => Some(Meant::Refused(which(&open, said, None))),
    }
}

/// The refusal of a yes or no where nothing is open.
pub(super) fn nothing_open() -> Refusal {
    refuse("answer/none", "Nothing waits for a yes or no from you.")
        .hint("Type `my` to see your matches, or `help`.")
}

/// Asks which of several open questions is meant, or what the words behind a yes mean.
fn which(open: &[Question], said: Word, odd: Option<&str>) -> Refusal {
    let line = |question: &Question| match (said, &question.no) {
        (Word::No, Ok(line)) => line.clone(),
        (Word::No, Err(_)) | (Word::Yes, _) => question.yes.clone(),
    };
    let named = open.iter().take(MAX_NAMED);
    let lines: Vec<String> = named
        .map(|question| format!("{} (`{}`)", question.what, line(question)))
        .collect();
    let more = match open.len().saturating_sub(MAX_NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    let text = match odd {
        Some(odd) => format!(
            "I don't know what `{}` means here.",
            crate::kit::clip(odd, 30)
        ),
        None => format!("{} questions are open. Which one do you mean?", open.len()),
    };
    refuse("answer/which", text).hint(format!("Open: {}{more}.", lines.join("; ")))
}
