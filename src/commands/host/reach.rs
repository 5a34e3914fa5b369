//! Who the door has lost and found again: which of their matches that concerns.

use super::super::call::News;
use crate::engine::{Desk, Live};
use crate::kit::{MatchId, PersonId, Refusal, Seat};
use crate::matches::{Ask, Leave, Stage, grace};

/// Tells the matches of whoever went away or came back; anything else is not about that.
pub(super) fn noted(desk: &mut Desk, news: &News) -> Option<Result<(), Refusal>> {
    let told = match news {
        // Which address somebody plays from is not known here: they are away when the main one is.
        News::Gone(bare, _) if !is_main(desk, bare) => Ok(()),
        News::Gone(bare, why) => with_person(desk, bare, &|seat| Ask::Gone { seat, why: *why }),
        News::Back(bare) => with_person(desk, bare, &|seat| Ask::Back { seat }),
        News::ServerDown(domain) => {
            let there = |_: &Live, _: Seat| true;
            let why = Leave::Server;
            with_domain(desk, domain, there, &|seat| Ask::Gone { seat, why })
        }
        News::ServerBack(domain) => {
            let lost = |live: &Live, seat| {
                let away = live.game.absences.of(seat);
                away.is_some_and(|away| away.why == Leave::Server)
            };
            with_domain(desk, domain, lost, &|seat| Ask::Back { seat })
        }
        _ => return None,
    };
    Some(told)
}

fn is_main(desk: &Desk, bare: &str) -> bool {
    let person = desk.world().people.by_jid(bare);
    person.is_none_or(|person| person.jid == bare)
}

/// Whether absence can matter to a match now.
fn is_concerned(live: &Live) -> bool {
    let stage = live.game.stage;
    let playing = matches!(stage, Stage::Started | Stage::Paused | Stage::Adjourned);
    playing && grace(live.game.terms.clock, Seat(0)).is_some()
}

fn with_person(desk: &mut Desk, bare: &str, ask: &dyn Fn(Seat) -> Ask) -> Result<(), Refusal> {
    let Some(who) = desk.world().people.by_jid(bare).map(|person| person.id) else {
        return Ok(());
    };
    let mine = desk
        .world()
        .matches_of(who)
        .filter(|live| is_concerned(live));
    let seats = mine.filter_map(|live| Some((live.game.id, live.game.seat_of(who)?)));
    tell(desk, seats.collect(), ask)
}

fn with_domain(
    desk: &mut Desk,
    domain: &str,
    fits: impl Fn(&Live, Seat) -> bool,
    ask: &dyn Fn(Seat) -> Ask,
) -> Result<(), Refusal> {
    let people = &desk.world().people;
    let lives_there = |person: &PersonId| {
        let home = people.get(*person)?.jid.rsplit('@').next()?;
        (home == domain).then_some(())
    };
    let mut seats = Vec::new();
    for live in desk
        .world()
        .timed_matches()
        .filter(|live| is_concerned(live))
    {
        let sitting = live.game.seats.iter().zip(0..);
        let sitting = sitting.filter(|(person, _)| lives_there(person).is_some());
        let sitting = sitting.map(|(_, seat)| Seat(seat));
        let concerned = sitting.filter(|seat| fits(live, *seat));
        seats.extend(concerned.map(|seat| (live.game.id, seat)));
    }
    tell(desk, seats, ask)
}

/// Tells every match, also when one refuses; the first refusal is for the log.
fn tell(
    desk: &mut Desk,
    seats: Vec<(MatchId, Seat)>,
    ask: &dyn Fn(Seat) -> Ask,
) -> Result<(), Refusal> {
    let told = seats
        .into_iter()
        .map(|(id, seat)| desk.act(None, id, &ask(seat), None));
    let refused: Vec<Refusal> = told.filter_map(Result::err).collect();
    refused.into_iter().next().map_or(Ok(()), Err)
}
