//! The clocks once more, reckoned from the record and from the stretches in which nobody could reach the referee. Shares
//! no line with the referee's own clocks.

use std::collections::BTreeMap;

use super::absence::{Absent, grace};
use xmpp_referee::engine::Live;
use xmpp_referee::kit::{MatchId, Seat, Timestamp};
use xmpp_referee::matches::{Control, Event, Stage};

/// What one absence may cost or give a player, in milliseconds.
const ERROR_MS: i64 = 100;

/// When nobody could be served.
#[derive(Default)]
pub struct Outages {
    spans: Vec<(i64, i64)>,
    /// How often that began.
    pub breaks: i64,
}

impl Outages {
    pub fn add(&mut self, from: Timestamp, to: Timestamp) {
        self.spans.push((from.0, to.0));
    }

    /// How much of a stretch lies in outages.
    fn within(&self, from: i64, to: i64) -> i64 {
        let mut spans: Vec<(i64, i64)> = self.spans.clone();
        spans.sort_unstable();
        let (mut sum, mut reached) = (0, from);
        for (start, end) in spans {
            let (start, end) = (start.max(reached), end.min(to));
            if start < end {
                sum += end - start;
                reached = end;
            }
        }
        sum
    }
}

/// What a move gives, by how long it took.
#[derive(Clone, Copy)]
enum Gives {
    Always(i64),
    /// The clock waited so long before it ran.
    Waited(i64),
    /// As much as was used, up to so much.
    Back(i64),
}

/// A clock of one time for the whole game: what there is at first, and what a move gives.
fn budget(control: Control) -> Option<(i64, Gives)> {
    match control {
        Control::Increment { base, increment } => Some((base.0, Gives::Always(increment.0))),
        Control::Delay { base, delay } => Some((base.0, Gives::Waited(delay.0))),
        Control::Bronstein { base, delay } => Some((base.0, Gives::Back(delay.0))),
        _ => None,
    }
}

/// One match with time on the clock.
struct Model {
    gives: Vec<Gives>,
    left: Vec<i64>,
    /// Used of a turn that was interrupted.
    spent: Vec<i64>,
    /// The grace of each, and who is away.
    grace: Vec<i64>,
    absent: Absent,
    moved: Vec<bool>,
    running: BTreeMap<Seat, i64>,
    /// Who was to move when the match last went on.
    asked: Vec<Seat>,
    /// Breaks before the match.
    breaks: i64,
}

impl Model {
    fn shows(&self, seat: Seat, at: i64, outages: &Outages) -> i64 {
        let since = self.running.get(&seat).filter(|_| self.moved[seat.index()]);
        let used = since.map_or(0, |since| at - since - outages.within(*since, at));
        let used = used + self.spent[seat.index()];
        let used = match self.gives[seat.index()] {
            Gives::Waited(delay) => (used - delay).max(0),
            _ => used,
        };
        (self.left[seat.index()] - used).max(0)
    }

    fn stop(&mut self, seat: Seat, at: i64, outages: &Outages) {
        if !self.running.contains_key(&seat) {
            return;
        }
        let left = self.shows(seat, at, outages);
        let gain = match self.gives[seat.index()] {
            _ if !self.moved[seat.index()] => 0,
            Gives::Always(increment) => increment,
            Gives::Waited(_) => 0,
            Gives::Back(most) => (self.left[seat.index()] - left).min(most),
        };
        self.left[seat.index()] = left + gain;
        self.moved[seat.index()] = true;
        self.spent[seat.index()] = 0;
        self.running.remove(&seat);
    }

    /// Makes these clocks run, but for those that wait for somebody. `paused`: the turns go on later.
    fn run(&mut self, waiting: &[Seat], paused: bool, at: i64, outages: &Outages) {
        if !paused && self.moved.iter().all(|moved| *moved) {
            self.absent.hold(waiting, at, &self.grace);
        }
        let running: Vec<(Seat, i64)> = self.running.iter().map(|(s, t)| (*s, *t)).collect();
        for (seat, since) in running {
            let held = paused || self.absent.is_held(seat);
            if held && self.moved[seat.index()] {
                self.spent[seat.index()] += at - since - outages.within(since, at);
            }
            if !held && !waiting.contains(&seat) {
                // Nothing is charged to whoever need not move any more.
                self.spent[seat.index()] = 0;
            }
            if held || !waiting.contains(&seat) {
                self.running.remove(&seat);
            }
        }
        if !waiting.is_empty() {
            self.asked = waiting.to_vec();
        }
        for seat in waiting.iter().filter(|_| !paused) {
            if !self.absent.is_held(*seat) {
                self.running.entry(*seat).or_insert(at);
            }
        }
    }

    fn absence(
        &mut self,
        id: MatchId,
        event: &Event,
        at: i64,
        outages: &Outages,
    ) -> Result<(), String> {
        if let Event::Paused { .. } | Event::TakenBack { .. } = event {
            // What was used stays used, also by whoever is no longer on turn.
            self.run(&[], true, at, outages);
        }
        if let Event::Granted { seat, time } = event {
            self.left[seat.index()] += time.0;
        }
        let deserted = self.absent.is_deserted(self.left.len());
        let within = |since| outages.within(since, at);
        if let Some((seat, late)) = self.absent.follow(event, at, &self.grace, within) {
            self.spent[seat.index()] += late;
            self.running.entry(seat).or_insert(at);
        }
        let won = matches!(event, Event::Over { verdict, .. } if !verdict.places.is_empty() && verdict.code != "ruled");
        if won && deserted {
            return Err(format!(
                "{id}: somebody won a match that everybody had left"
            ));
        }
        Ok(())
    }

    /// Every clock shows what it should by now.
    fn check_faces(&self, live: &Live, at: i64, outages: &Outages) -> Result<(), String> {
        let (game, id) = (&live.game, live.game.id);
        let slack = ERROR_MS * (outages.breaks - self.breaks) + 1;
        for seat in (0..).map(Seat).take(self.left.len()) {
            let wanted = self.shows(seat, at, outages);
            let Some(shown) = game.time_left(seat, Timestamp(at)) else {
                return Err(format!("{id}: seat {seat} has no clock"));
            };
            if shown.0 < 0 || (shown.0 - wanted).abs() > slack {
                return Err(format!(
                    "{id}: the clock of seat {seat} shows {} ms at {}, it should be {wanted} (within {slack})",
                    shown.0,
                    Timestamp(at)
                ));
            }
        }
        Ok(())
    }

    /// Nobody's clock has waited longer than the grace, by our reckoning and by the referee's.
    fn check_grace(&self, id: MatchId, live: &Live) -> Result<(), String> {
        for seat in (0..).map(Seat).take(self.left.len()) {
            let (used, told) = (self.absent.used(seat), live.game.absences.used(seat).0);
            let most = self.grace[seat.index()];
            if used > most || told > most {
                return Err(format!(
                    "{id}: the clock of seat {seat} waited for {used} ms, {told} ms are told, {most} ms are the grace"
                ));
            }
        }
        Ok(())
    }
}

/// All matches with time on the clock.
#[derive(Default)]
pub struct Clocks(BTreeMap<MatchId, Model>);

impl Clocks {
    /// Follows a record of a match, and compares.
    pub fn follow(
        &mut self,
        live: &Live,
        at: Timestamp,
        events: &[Event],
        outages: &Outages,
    ) -> Result<(), String> {
        let (game, id, at) = (&live.game, live.game.id, at.0);
        let (mut woken, mut resumed) = (false, false);
        for event in events {
            if let Some(model) = self.0.get_mut(&id) {
                model.absence(id, event, at, outages)?;
            }
            resumed |= matches!(event, Event::Resumed { .. });
            woken |= matches!(event, Event::Back { .. } | Event::Resumed { .. });
            match event {
                Event::Started { seats } => {
                    let rule = game.terms.clock;
                    let clocks = (0..).map(Seat).take(seats.len());
                    let clocks: Option<Vec<_>> = clocks.map(|seat| budget(rule.of(seat))).collect();
                    let Some(clocks) = clocks else { continue };
                    let model = Model {
                        gives: clocks.iter().map(|(_, gives)| *gives).collect(),
                        left: clocks.iter().map(|(base, _)| *base).collect(),
                        spent: vec![0; seats.len()],
                        grace: clocks.iter().map(|(base, _)| grace(*base)).collect(),
                        absent: Absent::default(),
                        moved: vec![false; seats.len()],
                        running: BTreeMap::new(),
                        asked: Vec::new(),
                        breaks: outages.breaks,
                    };
                    self.0.insert(id, model);
                }
                Event::Moved { seat, .. } | Event::Chose { seat, .. } => {
                    if let Some(model) = self.0.get_mut(&id) {
                        if woken && model.asked.contains(seat) {
                            // Whoever comes back with a move has taken no time for it. (A choice that is changed is no move.)
                            model.running.entry(*seat).or_insert(at);
                        }
                        model.stop(*seat, at, outages);
                    }
                }
                Event::Flagged { seats } => {
                    let Some(model) = self.0.get_mut(&id) else {
                        continue;
                    };
                    for seat in seats {
                        let left = model.shows(*seat, at, outages);
                        let slack = ERROR_MS * (outages.breaks - model.breaks);
                        if left > slack {
                            return Err(format!(
                                "{id}: the flag of seat {seat} fell {left} ms early"
                            ));
                        }
                        model.spent[seat.index()] = 0;
                        model.running.remove(seat);
                        model.left[seat.index()] = 0;
                        model.moved[seat.index()] = true;
                    }
                }
                Event::Over { .. } if resumed => {
                    if let Some(model) = self.0.get_mut(&id) {
                        // The turn that went on a moment ago is not charged, like any that the end cuts short.
                        let asked = std::mem::take(&mut model.asked);
                        (asked.iter()).for_each(|seat| model.spent[seat.index()] = 0);
                    }
                }
                _ => {}
            }
        }
        let Some(model) = self.0.get_mut(&id) else {
            return Ok(());
        };
        let waiting = if game.stage == Stage::Started {
            game.waits_for()
        } else {
            Vec::new()
        };
        let paused = matches!(game.stage, Stage::Paused | Stage::Adjourned);
        model.run(&waiting, paused, at, outages);
        model.check_grace(id, live)?;
        model.check_faces(live, at, outages)
    }
}
