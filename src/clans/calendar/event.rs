//! The vocabulary of a calendar: what can happen in it, and what can be asked of it. The journal keeps events for ever.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::repeat::Repeat;
use super::start::Start;
use crate::clans::Permission;
use crate::kit::{PersonId, Span, Timestamp};

/// What people meet for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Occasion {
    /// A match, against whomever.
    Match,
    /// A training.
    Training,
    /// A meeting.
    Meeting,
}

impl Occasion {
    /// All of them, by the words people type.
    pub const ALL: [Occasion; 3] = [Occasion::Match, Occasion::Training, Occasion::Meeting];

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Occasion::Match => "match",
            Occasion::Training => "training",
            Occasion::Meeting => "meeting",
        }
    }

    /// Reads the word.
    pub fn read(word: &str) -> Option<Occasion> {
        Occasion::ALL
            .into_iter()
            .find(|what| what.word().eq_ignore_ascii_case(word))
    }

    /// How long it takes where nobody said so.
    pub fn usual_length(self) -> Span {
        match self {
            Occasion::Match | Occasion::Training => Span::hours(2),
            Occasion::Meeting => Span::hours(1),
        }
    }
}

/// What is planned, apart from when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// What for.
    pub what: Occasion,
    /// One line.
    pub title: String,
    /// Where: the address of a server, a room or a street.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub place: String,
    /// How long.
    pub length: Span,
    /// Whether everybody may know of it, through the clan's feed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub public: bool,
}

/// Whether somebody comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Answer {
    /// They come.
    Yes,
    /// They do not know yet.
    Maybe,
    /// They do not come.
    No,
}

impl Answer {
    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Answer::Yes => "yes",
            Answer::Maybe => "maybe",
            Answer::No => "no",
        }
    }

    /// Reads the word, or a short form of it.
    pub fn read(word: &str) -> Option<Answer> {
        Some(match word.to_ascii_lowercase().as_str() {
            "yes" | "y" | "in" => Answer::Yes,
            "maybe" | "perhaps" | "?" => Answer::Maybe,
            "no" | "n" | "out" => Answer::No,
            _ => return None,
        })
    }

    /// What a reaction to a message says (XEP-0444); shades and variants of a sign count as the sign.
    pub fn of_reaction(text: &str) -> Option<Answer> {
        Some(match text.trim().chars().next()? {
            '👍' | '✅' | '✔' | '☑' => Answer::Yes,
            '👎' | '❌' | '✖' => Answer::No,
            '🤔' | '❓' | '❔' | '🤷' => Answer::Maybe,
            _ => return None,
        })
    }
}

/// Who plays which part in one event.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lineup {
    /// Who plays, in this order.
    pub players: Vec<PersonId>,
    /// Who comes in for them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substitutes: Vec<PersonId>,
    /// Who coaches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub coaches: Vec<PersonId>,
}

impl Lineup {
    /// Everybody in it.
    pub fn people(&self) -> impl Iterator<Item = PersonId> {
        let all = self
            .players
            .iter()
            .chain(&self.substitutes)
            .chain(&self.coaches);
        all.copied()
    }

    /// What somebody is in it: `line-up`, `substitute` or `coach`.
    pub fn part_of(&self, who: PersonId) -> Option<&'static str> {
        let parts = [
            (&self.players, "line-up"),
            (&self.substitutes, "substitute"),
            (&self.coaches, "coach"),
        ];
        parts
            .into_iter()
            .find(|(people, _)| people.contains(&who))
            .map(|(_, part)| part)
    }

    pub(super) fn drop(&mut self, who: PersonId) {
        for people in [&mut self.players, &mut self.substitutes, &mut self.coaches] {
            people.retain(|person| *person != who);
        }
    }
}

/// Of what members are told again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reminder {
    /// To those who have not answered, two days before.
    Undecided,
    /// To those who come or may come, a day before.
    Day,
    /// To those who come or may come, an hour before.
    Hour,
}

impl Reminder {
    /// All of them, the earliest first.
    pub const ALL: [Reminder; 3] = [Reminder::Undecided, Reminder::Day, Reminder::Hour];

    /// How long before the start it is due.
    pub fn before(self) -> Span {
        match self {
            Reminder::Undecided => Span::hours(48),
            Reminder::Day => Span::hours(24),
            Reminder::Hour => Span::hours(1),
        }
    }

    /// Whether it is for somebody who has answered like this.
    pub fn is_for(self, answer: Option<Answer>) -> bool {
        match self {
            Reminder::Undecided => answer.is_none(),
            Reminder::Day | Reminder::Hour => matches!(answer, Some(Answer::Yes | Answer::Maybe)),
        }
    }
}

/// Something that happened in a calendar. Kinds and fields are only ever added, never renamed or reused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// An event was entered.
    Planned {
        /// Its number in this clan.
        n: u32,
        /// What.
        plan: Plan,
        /// When, the first time.
        start: Start,
        /// Whether it repeats.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeat: Option<Repeat>,
    },
    /// Several times were proposed for an event.
    Proposed {
        /// The number it keeps once it is fixed.
        n: u32,
        /// What.
        plan: Plan,
        /// The times, in order.
        slots: Vec<Start>,
        /// When the votes decide, if nobody does before.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        decide: Option<Timestamp>,
    },
    /// Somebody said which of the times suit.
    Voted {
        /// The proposal.
        n: u32,
        /// Who.
        who: PersonId,
        /// The times that suit, counted from 0; this replaces an earlier vote.
        slots: BTreeSet<u8>,
    },
    /// A proposal became an event. Those whom the time suits come.
    Fixed {
        /// The proposal, and the event.
        n: u32,
        /// The time, counted from 0.
        slot: u8,
        /// Other times that had as many votes, where votes decided.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tied: Vec<u8>,
        /// Whether everybody may know.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        public: bool,
    },
    /// A proposal ended without an event: nobody voted, or all of its times are over.
    Lapsed {
        /// The proposal.
        n: u32,
        /// What it was called.
        title: String,
    },
    /// Somebody said whether they come.
    Answered {
        /// The event.
        n: u32,
        /// Who.
        who: PersonId,
        /// The occurrence, by the date it had at first; every one to come when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// What they said.
        answer: Answer,
        /// Whether this takes them out of a line-up.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        dropped: bool,
    },
    /// Somebody named who plays.
    Picked {
        /// The event.
        n: u32,
        /// The occurrence.
        on: Date,
        /// Who plays, instead of whoever was named before.
        lineup: Lineup,
        /// Who was named before and is not any more.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        out: Vec<PersonId>,
    },
    /// An event, or one occurrence of it, does not take place; or a proposal is taken back.
    Cancelled {
        /// The event.
        n: u32,
        /// What it was called.
        title: String,
        /// The occurrence; all of them when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// Why.
        #[serde(default, skip_serializing_if = "String::is_empty")]
        why: String,
        /// Whether everybody may know.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        public: bool,
    },
    /// An event, or one occurrence of it, takes place at another time. Everybody is asked anew.
    Moved {
        /// The event.
        n: u32,
        /// The occurrence; all that are to come when missing.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        on: Option<Date>,
        /// The new start.
        start: Start,
        /// The new length, where it changed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        length: Option<Span>,
        /// How often it still repeats, where it repeats and all of it moved.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        repeat: Option<Repeat>,
        /// Whether everybody may know.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        public: bool,
    },
    /// Members were told again.
    Reminded {
        /// The event.
        n: u32,
        /// The occurrence.
        on: Date,
        /// Of what, and so whom.
        reminder: Reminder,
    },
    /// An occurrence is over.
    Passed {
        /// The event.
        n: u32,
        /// The occurrence.
        on: Date,
    },
}

impl Event {
    /// The stable word for programs.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Planned { .. } => "event-planned",
            Event::Proposed { .. } => "event-proposed",
            Event::Voted { .. } => "event-voted",
            Event::Fixed { .. } => "event-fixed",
            Event::Lapsed { .. } => "event-lapsed",
            Event::Answered { .. } => "event-answered",
            Event::Picked { .. } => "event-picked",
            Event::Cancelled { .. } => "event-cancelled",
            Event::Moved { .. } => "event-moved",
            Event::Reminded { .. } => "event-reminded",
            Event::Passed { .. } => "event-passed",
        }
    }

    /// What somebody had to be allowed for this to happen by their will; nothing for what followed from something else.
    pub fn needs(&self, by: PersonId) -> Option<Permission> {
        match self {
            Event::Planned { .. }
            | Event::Proposed { .. }
            | Event::Fixed { .. }
            | Event::Cancelled { .. }
            | Event::Moved { .. } => Some(Permission::Schedule),
            Event::Picked { .. } => Some(Permission::Lineup),
            Event::Voted { .. } => Some(Permission::Play),
            // Whoever goes, or is put out, leaves the line-up whatever they may do.
            Event::Answered { who, dropped, .. } => {
                (*who == by && !dropped).then_some(Permission::Play)
            }
            Event::Lapsed { .. } | Event::Reminded { .. } | Event::Passed { .. } => None,
        }
    }

    /// Whether everybody may know that this happened.
    pub fn is_public(&self) -> bool {
        match self {
            Event::Planned { plan, .. } => plan.public,
            Event::Fixed { public, .. }
            | Event::Cancelled { public, .. }
            | Event::Moved { public, .. } => *public,
            _ => false,
        }
    }

    /// The occurrence that a message about this asks about, by the date it had at first.
    pub fn asks_about(&self, calendar: &super::Calendar) -> Option<Date> {
        match self {
            Event::Planned { start, .. } => Some(start.local.date()),
            Event::Fixed { n, .. } => calendar.entry(*n).map(|entry| entry.start.local.date()),
            Event::Moved { on, start, .. } => Some(on.unwrap_or(start.local.date())),
            Event::Reminded { on, .. } | Event::Picked { on, .. } => Some(*on),
            _ => None,
        }
    }

    /// The number of the event or proposal this is about.
    pub fn number(&self) -> u32 {
        match self {
            Event::Planned { n, .. }
            | Event::Proposed { n, .. }
            | Event::Voted { n, .. }
            | Event::Fixed { n, .. }
            | Event::Lapsed { n, .. }
            | Event::Answered { n, .. }
            | Event::Picked { n, .. }
            | Event::Cancelled { n, .. }
            | Event::Moved { n, .. }
            | Event::Reminded { n, .. }
            | Event::Passed { n, .. } => *n,
        }
    }
}

/// What may be asked of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// Enter an event.
    Plan {
        /// What.
        plan: Plan,
        /// When, the first time.
        start: Start,
        /// Whether it repeats.
        repeat: Option<Repeat>,
    },
    /// Propose several times for an event.
    Propose {
        /// What.
        plan: Plan,
        /// The times.
        slots: Vec<Start>,
        /// When the votes decide.
        decide: Option<Timestamp>,
    },
    /// Say which of the proposed times suit, counted from 0.
    Vote {
        /// The proposal.
        n: u32,
        /// The times.
        slots: BTreeSet<u8>,
    },
    /// Make an event of a proposal.
    Fix {
        /// The proposal.
        n: u32,
        /// The time, counted from 0; the one with the most votes when missing.
        slot: Option<u8>,
    },
    /// Say whether one comes.
    Attend {
        /// The event.
        n: u32,
        /// Which of its occurrences.
        on: Which,
        /// What one says.
        answer: Answer,
    },
    /// Name who plays.
    Pick {
        /// The event.
        n: u32,
        /// The occurrence; the next one when missing.
        on: Option<Date>,
        /// Who plays.
        lineup: Lineup,
    },
    /// Call it off.
    Cancel {
        /// The event or proposal.
        n: u32,
        /// Which of its occurrences.
        on: Which,
        /// Why.
        why: String,
    },
    /// Put it at another time.
    Move {
        /// The event.
        n: u32,
        /// Which of its occurrences.
        on: Which,
        /// The new start.
        start: Start,
        /// The new length, if it changes.
        length: Option<Span>,
    },
    /// Look whether something is due.
    Wake,
}

/// Which occurrences of an event are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// The next one; for an event that repeats this is refused where it matters.
    Unsaid,
    /// The one of this date.
    On(Date),
    /// All that are to come.
    All,
}
