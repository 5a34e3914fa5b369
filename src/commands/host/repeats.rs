//! Answers that nobody asked for: every line in private gets one, but for a machine that says the same again and again;
//! in rooms there is one a minute, and one for each move of a player who forgot the `!`.

use super::understand::{is_move, waiting_for};
use super::{Host, MAX_HELPED};
use crate::commands::call::Chat;
use crate::commands::limits::HELP_PAUSE_MS;
use crate::commands::reply::Answer;
use crate::engine::Desk;
use crate::kit::{Refusal, Timestamp, clip, refuse};

/// Characters of a line that is not understood which are compared with the next.
const MAX_REMEMBERED: usize = 80;
/// How often the same line that is not understood is answered within a minute.
const MAX_SAME: u32 = 5;

/// What somebody was last told without having asked for it.
pub(super) struct Helped {
    at: Timestamp,
    /// The beginning of the line that was not understood.
    text: String,
    /// How often it came in a row.
    times: u32,
}

impl Host {
    /// Answers a line that is not understood, but for a machine that says the same again and again: the answer to its words
    /// would only bring the next.
    pub(super) fn unless_repeated(&mut self, desk: &Desk, chat: &Chat, refusal: Refusal) -> Answer {
        let now = desk.now();
        let text = clip(&chat.text, MAX_REMEMBERED);
        let last = self.helped.remove(&chat.bare);
        let same = last.filter(|last| last.text == text && (now - last.at).0 < HELP_PAUSE_MS);
        let times = same.map_or(1, |last| last.times + 1);
        let silent = times > MAX_SAME;
        self.remember_helped(
            &chat.bare,
            Helped {
                at: now,
                text,
                times,
            },
        );
        match silent {
            true => Answer::Silence,
            false => Answer::Say {
                result: Err(refusal),
                private: true,
            },
        }
    }

    /// Tells a player that a move they said in the match's room was only talk there, each time, because their clock may run: in
    /// rooms `!` makes a command.
    pub(super) fn overheard(&mut self, desk: &mut Desk, chat: &Chat) -> Answer {
        let Some(me) = desk.world().people.acting(&chat.bare).map(|one| one.id) else {
            return Answer::Silence;
        };
        let [id] = waiting_for(desk, me, chat.place)[..] else {
            return Answer::Silence;
        };
        let muted = desk.world().mute_of(me, desk.now()).is_some();
        if muted || !is_move(desk, me, id, &chat.text) {
            return Answer::Silence;
        }
        let text = clip(&chat.text, MAX_REMEMBERED);
        let secret = (desk.world().live(id)).is_some_and(|live| live.game.plays_in_private());
        let hint = match secret {
            true => format!("Others have read it. Type what you play here, in private: `{text}`"),
            false => format!("To play it, type `!{text}` there or `{text}` here."),
        };
        let refusal = refuse(
            "room/sign",
            format!("[{id}] In the room `{text}` is talk, not a move."),
        );
        Answer::Say {
            result: Err(refusal.hint(hint)),
            private: true,
        }
    }

    fn remember_helped(&mut self, bare: &str, helped: Helped) {
        if self.helped.len() >= MAX_HELPED {
            self.helped.clear();
        }
        self.helped.insert(bare.to_owned(), helped);
    }

    /// Says something nobody asked for, such as how to get help: at most once a minute to one person.
    pub(super) fn once_a_minute(&mut self, desk: &Desk, chat: &Chat, refusal: Refusal) -> Answer {
        let now = desk.now();
        if self
            .helped
            .get(&chat.bare)
            .is_some_and(|last| (now - last.at).0 < HELP_PAUSE_MS)
        {
            return Answer::Silence;
        }
        let helped = Helped {
            at: now,
            text: String::new(),
            times: 0,
        };
        self.remember_helped(&chat.bare, helped);
        Answer::Say {
            result: Err(refusal),
            private: true,
        }
    }
}
