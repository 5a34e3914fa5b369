//! Breaks, moves taken back, disputes, rulings and appeals: who wants them, and what must be true of them by the record.

use std::collections::BTreeMap;

use xmpp_referee::engine::{Live, World};
use xmpp_referee::games::Verdict;
use xmpp_referee::kit::{MatchId, PersonId};
use xmpp_referee::matches::{Event, OfferKind, Pause, Ruling, Stage};

use super::crowd::{Want, about};
use super::luck::Luck;
use super::machine::ADMIN;
use super::tally::Tally;

/// Who rules: an admin, and somebody an admin made a referee, because an appeal needs another one.
pub const REFEREES: [&str; 2] = [ADMIN, RITA];
pub const RITA: &str = "rita@example.net";

/// What a player does about the matches that do not simply go on, if anything.
pub fn trouble(luck: &mut Luck, world: &World, mine: &[&Live], me: PersonId) -> Option<Want> {
    for live in mine {
        let game = &live.game;
        let theirs = (game.offers.iter()).find(|offer| {
            Some(offer.seat) != game.seat_of(me)
                && !matches!(offer.what, OfferKind::Draw | OfferKind::Abort)
        });
        if let Some(offer) = theirs.filter(|_| luck.percent(40)) {
            return Some(about(offer.what.word(), game.id, luck));
        }
        let rests = !game.standstills.is_empty()
            && (game.standstills.iter()).all(|held| held.why.is_the_players());
        if rests && luck.percent(30) {
            return Some(about("resume", game.id, luck));
        }
    }
    let over: Vec<&Live> = (world.all_live())
        .filter(|live| live.game.stage == Stage::Over && live.game.seat_of(me).is_some())
        .collect();
    if let Some(live) = luck.pick(&over).filter(|_| luck.percent(6)) {
        let ruled = !live.game.case.rulings.is_empty() && !live.game.case.appealed;
        let node = if ruled { "appeal" } else { "dispute" };
        return Some(complaint(node, live.game.id));
    }
    if !luck.percent(14) {
        return None;
    }
    let live = luck.pick(mine)?;
    let case = &live.game.case;
    let appeals = !case.rulings.is_empty() && !case.appealed && luck.percent(60);
    Some(match (live.game.stage, luck.below(8)) {
        (Stage::Challenged | Stage::Open | Stage::Gathering, _) => return None,
        _ if appeals => complaint("appeal", live.game.id),
        (Stage::Over, 0..=3) | (_, 0 | 1) => complaint("dispute", live.game.id),
        (Stage::Over, _) => return None,
        (_, 2 | 3) => about("pause", live.game.id, luck),
        (_, 4) => about("adjourn", live.game.id, luck),
        _ => about("undo", live.game.id, luck),
    })
}

fn complaint(node: &'static str, game: MatchId) -> Want {
    Want::Command {
        node,
        fields: vec![
            ("match", game.to_string()),
            ("reason", "the other one moves for somebody else".to_owned()),
        ],
        records: true,
    }
}

/// What a human referee rules next, if anything waits.
pub fn referee(luck: &mut Luck, world: &World, me: PersonId) -> Option<Want> {
    let cases: Vec<&Live> = (world.cases())
        .filter(|live| live.game.may_be_ruled_by(me).is_ok())
        .collect();
    let game = &luck.pick(&cases).filter(|_| luck.percent(50))?.game;
    let rulings = ["win", "draw", "void", "continue", "back", "back"];
    let ruling = rulings[luck.below(rulings.len())];
    let mut want = rule(game.id, ruling);
    let Want::Command { fields, .. } = &mut want else {
        return None;
    };
    if ruling == "win" {
        let winner = luck.pick(&game.seats)?;
        fields.push(("who", world.people.name(*winner)));
    }
    if ruling == "back" {
        fields.push(("move", luck.below(game.plays as usize + 1).to_string()));
    }
    if matches!(ruling, "continue" | "back") && luck.percent(50) {
        fields.push(("time", "+5m".to_owned()));
    }
    Some(want)
}

/// A ruling that names nothing else.
pub fn rule(game: MatchId, ruling: &str) -> Want {
    Want::Command {
        node: "rule",
        fields: vec![
            ("match", game.to_string()),
            ("ruling", ruling.to_owned()),
            ("reason", "the log shows it".to_owned()),
        ],
        records: true,
    }
}

/// What the events of one match say of its end and its disputes.
#[derive(Default)]
struct Case {
    over: bool,
    /// A referee is called and has not ruled.
    called: bool,
    verdict: Option<Verdict>,
    /// Ends, and how many of them a ruling took back or changed.
    ends: u32,
    undone: u32,
}

/// The ends and disputes of all matches.
#[derive(Default)]
pub struct Cases {
    all: BTreeMap<MatchId, Case>,
    pub tally: Tally,
}

impl Cases {
    /// Follows a record of a match. `before`: the match as the records before leave it.
    pub fn follow(
        &mut self,
        id: MatchId,
        before: Option<&Live>,
        events: &[Event],
    ) -> Result<(), String> {
        let case = self.all.entry(id).or_default();
        let promised = before.and_then(|live| live.game.promised);
        let stalled = before.is_some_and(|live| live.game.case.stalled.is_some());
        let mut ruled = None;
        for event in events {
            if case.called && !may_come_before_a_ruling(event) {
                return Err(format!("{id} waits for a ruling, and {event:?} follows"));
            }
            match event {
                Event::Halted { .. } => return Err(format!("{id} was halted")),
                Event::Disputed { .. } | Event::Appealed { .. } if promised.is_none() => {
                    case.called = true;
                }
                Event::Ruled { ruling, reason, .. } => {
                    if !case.called && !stalled {
                        return Err(format!("{id} is ruled on, and nobody called a referee"));
                    }
                    if reason.trim().is_empty() {
                        return Err(format!("{id} is ruled on without a reason"));
                    }
                    (case.called, ruled) = (false, Some(*ruling));
                }
                Event::Over { verdict, by, .. } => {
                    // An admin's end leaves nothing to rule on.
                    case.called &= by.is_none();
                    if case.over && !ruled.is_some_and(Ruling::ends) {
                        return Err(format!("{id} ends twice"));
                    }
                    case.undone += u32::from(case.over);
                    case.end(id, verdict)?;
                }
                Event::TakenBack { .. } if case.over => {
                    if !matches!(ruled, Some(Ruling::Back { .. })) {
                        return Err(format!("{id} is over, and moves are taken back"));
                    }
                    (case.over, case.verdict) = (false, None);
                    case.undone += 1;
                }
                Event::Signed(signed) if promised == Some(signed.key) => {}
                event if case.over && (event.kind().is_some() || promised.is_some()) => {
                    return Err(format!("{id} is over, and {event:?} follows"));
                }
                _ => {}
            }
            if let Some(trouble) = name(event, case.over) {
                self.tally.hit(trouble);
            }
        }
        if ruled.is_some_and(Ruling::ends) && !case.over {
            return Err(format!("{id} is ruled to be over and is not"));
        }
        Ok(())
    }

    /// What the match holds is what its events say.
    pub fn compare(&self, live: &Live) -> Result<(), String> {
        let (game, case) = (&live.game, self.all.get(&live.game.id));
        let verdict = case.and_then(|case| case.verdict.as_ref());
        let called = case.is_some_and(|case| case.called);
        if game.verdict.as_ref() != verdict || game.case.open.is_some() != called {
            return Err(format!(
                "{}: {:?} and {:?} are told, by its events it is {verdict:?}, and a referee is called: {called}",
                game.id, game.verdict, game.case.open
            ));
        }
        match verdict.map_or(0, |verdict| verdict.places.len()) {
            0 => Ok(()),
            places if places == game.seats.len() => Ok(()),
            places => Err(format!("{}: {places} places are given", game.id)),
        }
    }

    /// At the end: every match has one end that counts, and nothing waits for a ruling.
    pub fn check_all(&self) -> Result<(), String> {
        let bad = (self.all.iter())
            .find(|(_, case)| case.ends != case.undone + 1 || !case.over || case.called);
        bad.map_or(Ok(()), |(id, case)| {
            Err(format!(
                "{id} ended {} times, {} of them undone; a referee is called: {}",
                case.ends, case.undone, case.called
            ))
        })
    }
}

impl Case {
    fn end(&mut self, id: MatchId, verdict: &Verdict) -> Result<(), String> {
        if verdict.code.trim().is_empty() || verdict.text.trim().is_empty() {
            return Err(format!("{id} ends without a reason: {verdict:?}"));
        }
        (self.over, self.verdict) = (true, Some(verdict.clone()));
        self.ends += 1;
        Ok(())
    }
}

/// What may become of a match while a referee is called: nothing that is play, and no end but by an admin.
fn may_come_before_a_ruling(event: &Event) -> bool {
    match event {
        Event::Paused { why, .. } => matches!(why, Pause::Dispute | Pause::Outage),
        Event::Resumed { why } => *why != Pause::Dispute,
        Event::Over { by, .. } => by.is_some(),
        Event::Ruled { .. }
        | Event::Credited { .. }
        | Event::Absent { .. }
        | Event::Back { .. }
        | Event::Evidence { .. }
        | Event::Signed(_) => true,
        event => event.kind().is_none(),
    }
}

/// What an event is counted as, if it is anything people do here.
fn name(event: &Event, over: bool) -> Option<&'static str> {
    Some(match event {
        Event::Disputed { .. } if over => "result disputed",
        Event::Disputed { .. } => "match disputed",
        Event::Appealed { .. } => "ruling appealed",
        Event::Ruled { ruling, .. } if ruling.ends() => "ended by a ruling",
        Event::Ruled {
            ruling: Ruling::Back { .. },
            ..
        } => "moves taken back by a ruling",
        Event::Ruled { .. } => "let stand by a ruling",
        Event::Granted { .. } => "time given by a ruling",
        Event::Paused {
            why: Pause::Agreed, ..
        } => "break agreed",
        Event::Paused {
            why: Pause::Adjourned,
            ..
        } => "adjourned",
        Event::TakenBack { .. } => "moves taken back",
        _ => return None,
    })
}
