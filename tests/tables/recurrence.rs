//! Properties of a calendar: local time over changes of daylight saving, and that time brings everything once.

use proptest::prelude::*;
use xmpp_referee::clans::calendar::{
    Ask, Calendar, Ends, Event, Every, Occasion, Plan, Repeat, Start,
};
use xmpp_referee::kit::{PersonId, Span};

use super::planner::{VIENNA, Wolves, apply, moment};

/// Zones with daylight saving in both hemispheres, without it, and one that moves its clocks by half an hour.
const ZONES: [&str; 6] = [
    VIENNA,
    "America/New_York",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "America/Santiago",
    "UTC",
];

proptest! {
    /// Whatever clocks do, an event that repeats keeps its local time, or comes as much later as clocks were put forward.
    #[test]
    fn repeating_keeps_local_time_over_daylight_saving(
        zone in 0..ZONES.len(), day in 0..366_i64, minute in 0..1440_i64, every in 0..4_usize, times in 2..60_u16,
    ) {
        let date = jiff::civil::date(2026, 1, 1).checked_add(jiff::Span::new().days(day)).unwrap();
        let local = date.at((minute / 60) as i8, (minute % 60) as i8, 0, 0);
        let Ok(read) = Start::read(local, ZONES[zone]) else {
            // Only a time that clocks jump over is refused.
            let zone = jiff::tz::TimeZone::get(ZONES[zone]).unwrap();
            prop_assert!(zone.to_ambiguous_timestamp(local).is_ambiguous());
            return Ok(());
        };
        let every = [Every::Days(1), Every::Days(3), Every::Weeks(1), Every::Months(1)][every];
        let repeat = Repeat { every, ends: Ends::Count(times) };
        let zone = read.start.time_zone();
        let mut last = None;
        for on in repeat.dates(date, date) {
            let at = read.start.moment_on(on);
            prop_assert!(last < Some(at));
            last = Some(at);
            let there = zone.to_datetime(at.jiff());
            let wanted = on.to_datetime(local.time());
            if there != wanted {
                let gap = zone.to_ambiguous_timestamp(wanted);
                prop_assert!(matches!(gap.offset(), jiff::tz::AmbiguousOffset::Gap { .. }), "{wanted} became {there}");
                prop_assert!(there > wanted && wanted.until(there).unwrap().get_minutes() <= 60);
            }
        }
    }

    /// Time alone brings every reminder and every end once, in order, and then nothing more.
    #[test]
    fn every_occurrence_is_reminded_of_and_passes_once(
        hours in 1..2000_i64, weekly in proptest::bool::ANY, times in 2..20_u16, length in 1..20_i64,
    ) {
        let now = moment("20T10:00");
        let zone = jiff::tz::TimeZone::get(VIENNA).unwrap();
        let local = zone.to_datetime((now + Span::hours(hours)).jiff());
        let Ok(read) = Start::read(local, VIENNA) else { return Ok(()) };
        let every = if weekly { Every::Weeks(1) } else { Every::Days(1) };
        let plan = Plan {
            what: Occasion::Training,
            title: "Aim".to_owned(),
            place: String::new(),
            length: Span::hours(length),
            public: false,
        };
        let repeat = Some(Repeat { every, ends: Ends::Count(times) });
        let asked = Ask::Plan { plan, start: read.start, repeat };
        let mut calendar = Calendar::default();
        let planned = calendar.decide(now, Some(PersonId(1)), &asked, &Wolves).unwrap();
        apply(&mut calendar, now, Some(PersonId(1)), &planned);
        let (mut passed, mut told, mut last) = (0, 0, now);
        while let Some(due) = calendar.next_wake() {
            prop_assert!(due >= last, "woken twice for {due}");
            last = due;
            let events = calendar.decide(due, None, &Ask::Wake, &Wolves).unwrap();
            prop_assert_eq!(events.len(), 1);
            passed += events.iter().filter(|event| matches!(event, Event::Passed { .. })).count();
            told += events.iter().filter(|event| matches!(event, Event::Reminded { .. })).count();
            apply(&mut calendar, due, None, &events);
            prop_assert!(passed + told <= 4 * usize::from(times), "something comes again and again");
        }
        prop_assert_eq!(passed, usize::from(times));
        prop_assert!(told <= 3 * usize::from(times) && told >= 3 * usize::from(times).saturating_sub(3));
    }
}
