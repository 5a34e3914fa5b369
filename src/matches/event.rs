//! The vocabulary of a match: everything that can happen in it. The journal keeps these for ever.

use serde::{Deserialize, Serialize};

use super::away::Leave;
use super::case::Ruling;
use super::dealer::{Opening, Reveal};
use super::offer::{Offer, OfferKind};
use super::teams::Proposal;
use super::terms::Terms;
use crate::games::{Ask, Draw, Verdict};
use crate::kit::{
    Hash, KeyId, MatchId, PersonId, PublicKey, Seat, Secret, Signature, Span, Timestamp,
};

/// Something that happened in a match. Kinds and fields are only ever added, never renamed or reused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Event {
    /// Somebody challenged somebody.
    Challenged {
        /// The challenger.
        by: PersonId,
        /// The one who is asked.
        to: PersonId,
        /// What is proposed.
        terms: Terms,
        /// The commitment to the seed.
        commitment: Hash,
        /// The challenger's salt.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        salt: Option<String>,
        /// When the challenge lapses.
        expires: Timestamp,
    },
    /// Somebody offered to play whoever comes first.
    Opened {
        /// The one who waits.
        by: PersonId,
        /// What is proposed.
        terms: Terms,
        /// The commitment to the seed.
        commitment: Hash,
        /// The salt of the one who waits.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        salt: Option<String>,
        /// When the offer lapses.
        expires: Timestamp,
    },
    /// The challenge was accepted, or the open match joined.
    Accepted {
        /// The opponent.
        by: PersonId,
        /// The opponent's salt.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        salt: Option<String>,
    },
    /// The referee sets a board of a team match up; play begins with the same record.
    Paired {
        /// Who sits where.
        seats: [PersonId; 2],
        /// What was agreed for all boards.
        terms: Terms,
        /// The commitment to the seed.
        commitment: Hash,
    },
    /// A captain named a line-up, or allies; it takes the place of what the captain named before.
    Named {
        /// The captain's side: by seat, before the start 0 for the challenger's.
        side: Seat,
        /// Who plays, in the order of boards; or the allies.
        people: Vec<PersonId>,
        /// Substitutes.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        subs: Vec<PersonId>,
    },
    /// Somebody who was named accepts.
    Enlisted {
        /// Who.
        by: PersonId,
    },
    /// Somebody who was named declines, and is named no more.
    Unlisted {
        /// Who.
        by: PersonId,
    },
    /// A board of this team match has begun.
    Boarded {
        /// Its number, from 1.
        board: u8,
        /// The match that is played on it.
        game: MatchId,
    },
    /// A board of this team match is over.
    BoardOver {
        /// Its number, from 1.
        board: u8,
        /// The places by the seats of the team match; empty for no result.
        places: Vec<u8>,
        /// How the board ended.
        code: String,
    },
    /// Somebody is to take over a seat, if those who have to agree do.
    Proposed(Proposal),
    /// One of those agrees.
    Consented {
        /// Who.
        by: PersonId,
    },
    /// A human referee agrees to it in the opponent's place.
    Allowed {
        /// The referee.
        by: PersonId,
    },
    /// One of those does not, and the player stays.
    Kept {
        /// Who.
        by: PersonId,
    },
    /// Another person sits here from now on.
    Replaced {
        /// Where.
        seat: Seat,
        /// Who comes.
        who: PersonId,
        /// Who goes.
        was: PersonId,
    },
    /// Play begins.
    Started {
        /// Who sits where.
        seats: Vec<PersonId>,
    },
    /// Luck was asked and answered.
    Drawn {
        /// The number of the draw, from 0.
        draw: u32,
        /// The question.
        ask: Ask,
        /// The answer, where it is public.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        outcome: Option<Draw>,
        /// The commitment to each position of a shuffled deck.
        #[serde(skip_serializing_if = "Vec::is_empty", default)]
        cards: Vec<Hash>,
    },
    /// A card was opened to everybody.
    Shown(Opening),
    /// A seat moved.
    Moved {
        /// Whose move it was.
        seat: Seat,
        /// In the game's notation.
        text: String,
        /// The lag that is forgiven, where the clock forgives any.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        lag: Option<Span>,
    },
    /// A seat made its sealed choice, or changed it.
    Chose {
        /// Whose choice it is.
        seat: Seat,
        /// The lag that is forgiven, where the clock forgives any.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        lag: Option<Span>,
    },
    /// All choices were in and were opened.
    Revealed {
        /// In the order of seats, in the game's notation.
        choices: Vec<(Seat, String)>,
    },
    /// Flags fell.
    Flagged {
        /// Whose.
        seats: Vec<Seat>,
    },
    /// A player resigned.
    Resigned {
        /// Who.
        seat: Seat,
        /// Whether the whole series is given up and not one game of it.
        #[serde(skip_serializing_if = "std::ops::Not::not", default)]
        series: bool,
    },
    /// A game of a series is over.
    Scored {
        /// Its number, from 1.
        game: u32,
        /// How it ended, by the seats of the match.
        verdict: Verdict,
    },
    /// The next game of a series begins.
    Next {
        /// Its number.
        game: u32,
        /// The seat that plays the game's first side now.
        first: Seat,
    },
    /// A player offered something to the other.
    Offered(Offer),
    /// An offer was turned down.
    Refused {
        /// Who turned it down.
        seat: Seat,
        /// What had been offered.
        what: OfferKind,
        /// Why, in the player's words.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Time in which the referee could not be reached, given back to the players.
    Credited {
        /// From when.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// The match stands still, and no clock runs, until every cause is gone.
    Paused {
        /// Why.
        why: Pause,
        /// When this cause goes by itself; missing when it does not.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        until: Option<Timestamp>,
        /// What to tell people besides; players as `{0}`, `{1}`.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reason: Option<String>,
    },
    /// A cause of a standstill is gone; with the last one play goes on.
    Resumed {
        /// Which.
        why: Pause,
    },
    /// A player went away, or it turned out how; while a clock waits for somebody whose connection broke, it stands still
    /// as long as grace lasts.
    Absent {
        /// Who.
        seat: Seat,
        /// How.
        why: Leave,
    },
    /// A player is back.
    Back {
        /// Who.
        seat: Seat,
    },
    /// The grace of a player who is away is used up: the clock goes on from the moment at which it was.
    GraceOver {
        /// Who.
        seat: Seat,
    },
    /// The opponents of a player who is away may claim the win from now on. What was left of the grace is used up.
    Claimable {
        /// Who is away.
        seat: Seat,
    },
    /// An opponent gives a player who is away more time: that player's clock stands still.
    Waited {
        /// Who is away.
        seat: Seat,
        /// Who waits.
        by: Seat,
        /// Until when.
        until: Timestamp,
    },
    /// Days of absence were granted to a player: that clock stands still over them, and the allowance is less by them.
    OnLeave {
        /// Who.
        seat: Seat,
        /// From when.
        from: Timestamp,
        /// Until when.
        to: Timestamp,
    },
    /// A player is back early: what was not used of the days of absence is left.
    LeaveEnded {
        /// Who.
        seat: Seat,
    },
    /// The last moves were taken back: the position is the one before them. Time that was used stays used.
    TakenBack {
        /// How many moves; in an opened round every choice is one.
        moves: u32,
    },
    /// A player calls a human referee. After the end the result is in suspense until the ruling.
    Disputed {
        /// Who.
        seat: Seat,
        /// Why, in the player's words.
        reason: String,
    },
    /// A player asks another human referee to rule once more.
    Appealed {
        /// Who.
        seat: Seat,
        /// Why, in the player's words.
        reason: String,
    },
    /// A human referee ruled. What follows from it follows in the same record.
    Ruled {
        /// The human referee.
        by: PersonId,
        /// What.
        ruling: Ruling,
        /// Why, in the referee's words.
        reason: String,
    },
    /// A ruling gave a player time.
    Granted {
        /// Whom.
        seat: Seat,
        /// How much, in milliseconds.
        time: Span,
    },
    /// Nobody has done anything for long, and the human referees are told.
    Stalled {
        /// Since when.
        since: Timestamp,
    },
    /// The match was stopped by a fault in this referee, and waits for an admin.
    Halted {
        /// What went wrong.
        why: String,
    },
    /// The match is over. An empty list of places means that there is no result.
    Over {
        /// How it ended.
        verdict: Verdict,
        /// What is published of the seed.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        reveal: Option<Reveal>,
        /// The admin who ended it, where one did.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        by: Option<PersonId>,
        /// The key that signs this end in the next record; set by the engine, where it has one.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        key: Option<KeyId>,
    },
    /// The referee signed the end that the record before holds.
    Signed(Signed),
    /// A side shows a link for what it says.
    Evidence {
        /// Who.
        seat: Seat,
        /// An http or https link.
        url: String,
    },
    /// Somebody wants to be told how the match goes.
    Watched {
        /// Who.
        by: PersonId,
    },
    /// Somebody no longer wants to be told.
    Unwatched {
        /// Who.
        by: PersonId,
    },
    /// The match has a room.
    Housed {
        /// The room's address.
        room: String,
    },
    /// The match has a feed.
    Fed {
        /// The pubsub node.
        node: String,
    },
    /// A player who has not answered was told again that it is their turn.
    Reminded {
        /// Who.
        seat: Seat,
    },
    /// Spectators are told what was held back.
    Released {
        /// Up to this public event of the match, counted from 1.
        upto: u32,
    },
    /// The referee leaves the room.
    Vacated,
    /// The match no longer looks after its feed: the service lets it go in its own time.
    Unfed,
}

impl Event {
    /// The word for this event in feeds and `<event/>`s; `None` for housekeeping that nobody is told of.
    pub fn kind(&self) -> Option<&'static str> {
        Some(match self {
            Event::Challenged { .. } => "challenged",
            Event::Opened { .. } => "opened",
            Event::Accepted { .. } => "accepted",
            Event::Started { .. } => "started",
            Event::Paired { .. } => "paired",
            Event::Named { .. } => "lineup",
            Event::Enlisted { .. } => "enlisted",
            Event::Unlisted { .. } => "unlisted",
            Event::Boarded { .. } => "board",
            Event::BoardOver { .. } => "scored",
            Event::Proposed(_) => "substitute",
            Event::Consented { .. } => "consented",
            Event::Allowed { .. } => "allowed",
            Event::Kept { .. } => "kept",
            Event::Replaced { .. } => "replaced",
            Event::Drawn { .. } => "drawn",
            Event::Shown(_) => "shown",
            Event::Moved { .. } => "moved",
            Event::Chose { .. } => "chose",
            Event::Revealed { .. } => "revealed",
            Event::Flagged { .. } => "flagged",
            Event::Resigned { .. } => "resigned",
            Event::Scored { .. } => "scored",
            Event::Next { .. } => "next",
            Event::Offered(_) => "offer",
            Event::Refused { .. } => "refused",
            Event::Credited { .. } | Event::Resumed { .. } => "resumed",
            Event::Absent { .. } => "absent",
            Event::Back { .. } => "back",
            Event::GraceOver { .. } => "grace-over",
            Event::Claimable { .. } => "claimable",
            Event::Waited { .. } => "waited",
            Event::OnLeave { .. } => "on-leave",
            Event::LeaveEnded { .. } => "leave-ended",
            Event::Halted { .. } | Event::Paused { .. } => "paused",
            Event::TakenBack { .. } => "taken-back",
            Event::Disputed { .. } => "disputed",
            Event::Appealed { .. } => "appealed",
            Event::Ruled { .. } => "ruled",
            Event::Granted { .. } => "granted",
            Event::Stalled { .. } => "stalled",
            Event::Over { .. } => "over",
            Event::Signed(_) => "signed",
            Event::Evidence { .. } => "evidence",
            Event::Watched { .. }
            | Event::Unwatched { .. }
            | Event::Housed { .. }
            | Event::Fed { .. }
            | Event::Reminded { .. }
            | Event::Released { .. }
            | Event::Vacated
            | Event::Unfed => return None,
        })
    }
}

/// Why a match stands still.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pause {
    /// The players agreed to a break.
    Agreed,
    /// The players agreed to go on another day.
    Adjourned,
    /// Nobody who could play on is there.
    Absent,
    /// A player's whole server cannot be reached.
    Outage,
    /// A human referee has to rule.
    Dispute,
}

impl Pause {
    /// The word in forms and events.
    pub fn word(self) -> &'static str {
        match self {
            Pause::Agreed => "agreed",
            Pause::Adjourned => "adjourned",
            Pause::Absent => "absent",
            Pause::Outage => "outage",
            Pause::Dispute => "dispute",
        }
    }

    /// Whether such a match is put away for later rather than held for a moment.
    pub fn adjourns(self) -> bool {
        matches!(self, Pause::Adjourned | Pause::Absent)
    }

    /// Whether the players themselves end this standstill, by agreeing to go on or by giving up.
    pub fn is_the_players(self) -> bool {
        matches!(self, Pause::Agreed | Pause::Adjourned | Pause::Absent)
    }

    /// Why the match stands still, to complete "The match stands still: …".
    pub fn because(self) -> &'static str {
        match self {
            Pause::Agreed => "the players agreed to a break",
            Pause::Adjourned => "the players agreed to go on later",
            Pause::Absent => "the players are away",
            Pause::Outage => "a player's server cannot be reached",
            Pause::Dispute => "a human referee has been called",
        }
    }

    /// What the players may do about it where it does not go by itself; a sentence behind others, or nothing.
    pub fn next_step(self) -> &'static str {
        match self {
            Pause::Adjourned => " Players type `resume` to go on.",
            Pause::Agreed | Pause::Absent | Pause::Outage | Pause::Dispute => "",
        }
    }
}

/// A cause for which a match stands still.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standstill {
    /// Why.
    pub why: Pause,
    /// Since when.
    pub since: Timestamp,
    /// When it goes by itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub until: Option<Timestamp>,
}

/// The referee's signature under the end of a match. `docs/RECORD.md` has the bytes that are signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    /// The line hash of the record that holds the end: what the signature is about.
    pub over: Hash,
    /// The key's short name.
    pub key: KeyId,
    /// The key. Whether it is the referee's is for the reader to know: see disco of the referee, or its node `keys`.
    pub public: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// The secret that goes with an event of the same record.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Sealed {
    /// The seed behind a commitment.
    Seed(Secret<Hash>),
    /// What a seat chose.
    Choice {
        /// Whose choice.
        seat: Seat,
        /// In the game's notation.
        text: Secret<String>,
    },
    /// The order of a shuffled deck.
    Order {
        /// The number of the draw.
        draw: u32,
        /// The card at each position.
        order: Secret<Vec<u8>>,
    },
}
