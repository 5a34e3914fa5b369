//! Laws that hold whatever anybody asks, whenever: random requests, random pauses, every game.

use proptest::prelude::*;
use xmpp_referee::games::{GAMES, Played, find};
use xmpp_referee::kit::{MatchId, PersonId, Seat, Span, Timestamp};
use xmpp_referee::matches::{Ask, ClockRule, Decision, Event, Match, Stage as Life, challenge};

use super::stage::{START, seed, terms};

/// One random request: who, what, which of the legal moves, after how long.
#[derive(Clone, Debug)]
struct Turn {
    who: u64,
    what: u8,
    pick: usize,
    pause_ms: i64,
    down_ms: i64,
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    let pause = prop_oneof![4 => 0..5_000i64, 1 => 0..900_000i64, 1 => 0..90_000_000i64];
    let down = prop_oneof![5 => Just(0i64), 1 => 1..600_000i64];
    let turn = (1..4u64, 0..20u8, any::<usize>(), pause, down).prop_map(
        |(who, what, pick, pause_ms, down_ms)| Turn {
            who,
            what,
            pick,
            pause_ms,
            down_ms,
        },
    );
    prop::collection::vec(turn, 1..60)
}

/// The request a turn stands for. Most are moves, else no game would get anywhere.
fn ask(game: &Match, turn: &Turn) -> (Option<PersonId>, Ask) {
    let me = PersonId(turn.who);
    let by = Some(me);
    match turn.what {
        0 => (by, Ask::Accept { salt: None }),
        1 => (
            by,
            Ask::Decline {
                what: None,
                reason: None,
            },
        ),
        2 => (by, Ask::Withdraw),
        3 if turn.pick.is_multiple_of(4) => (by, Ask::Resign),
        4 => (by, Ask::Draw),
        5 if turn.pick.is_multiple_of(3) => (by, Ask::Abort),
        6 => (by, Ask::Watch),
        7 => (by, Ask::Unwatch),
        8 | 9 => (None, Ask::Wake),
        10 => (by, play("nonsense", None)),
        _ => {
            let waiting = game.waits_for();
            let seat = waiting
                .get(turn.pick % waiting.len().max(1))
                .copied()
                .unwrap_or(Seat(0));
            let legal = match game.table().map(|table| table.legal(seat).shown()) {
                Some(list) if !list.is_empty() => list,
                _ => vec!["e4".to_owned()],
            };
            let mover = game.seats.get(seat.index()).copied().unwrap_or(me);
            let expect = (turn.what == 11).then_some(game.plays);
            (Some(mover), play(&legal[turn.pick % legal.len()], expect))
        }
    }
}

fn play(text: &str, expect: Option<u32>) -> Ask {
    Ask::Play {
        text: text.to_owned(),
        expect,
        lag: expect.map(|expect| Span::millis(700 * i64::from(expect % 5))),
    }
}

fn saved(game: &Match) -> String {
    serde_json::to_string(game).unwrap()
}

fn apply(game: &mut Match, at: Timestamp, made: &Decision) {
    for event in &made.events {
        game.evolve(at, event, &made.sealed)
            .expect("what was decided can happen");
    }
}

fn begin(game: &str, clock: &str) -> Match {
    let made = challenge(
        START,
        PersonId(1),
        Some(PersonId(2)),
        terms(game, clock, None),
        None,
        seed(),
    )
    .unwrap();
    Match::begin(MatchId(1), START, &made.events[0], &made.sealed).unwrap()
}

/// What must be true of a match at any time.
fn check_invariants(game: &Match, at: Timestamp) {
    for seat in 0..u8::try_from(game.seats.len()).unwrap() {
        if let Some(left) = game.time_left(Seat(seat), at) {
            assert!(left >= Span::ZERO, "a clock below zero: {left:?}");
        }
    }
    assert_eq!(game.verdict.is_some(), game.stage == Life::Over);
    assert_eq!(game.ended.is_some(), game.stage == Life::Over);
    assert_eq!(game.moves().count(), game.plays as usize);
    if game.stage != Life::Started {
        assert!(game.waits_for().is_empty(), "nobody is waited for");
    }
}

/// A timer that fires early does nothing but pay back what is owed.
fn check_wake(game: &Match, at: Timestamp) {
    let early = game.next_wake().is_none_or(|due| due > at);
    let Ok(made) = game.decide(at, None, &Ask::Wake) else {
        assert!(
            game.is_done(),
            "a timer is refused only when nothing is left to do"
        );
        return;
    };
    let only_credit = made
        .events
        .iter()
        .all(|event| matches!(event, Event::Credited { .. }));
    if early {
        assert!(only_credit, "woke early: {:?}", made.events);
    } else {
        let mut after = game.clone();
        apply(&mut after, at, &made);
        assert!(
            after.next_wake().is_none_or(|due| due > at),
            "a timer that is due stays due: {:?}",
            made.events
        );
    }
}

fn play_out(name: &str, clock: &str, turns: &[Turn]) {
    // Where play is elsewhere there are only deadlines.
    let rule: ClockRule = clock.replace('_', " ").parse().unwrap();
    let elsewhere = find(name).is_some_and(|game| game.played() == Played::Elsewhere);
    let clock = if elsewhere && !rule.is_deadline() {
        "3h/phase"
    } else {
        clock
    };
    let mut game = begin(name, clock);
    let mut at = START;
    let mut results = 0;
    for turn in turns {
        at = at + Span::millis(turn.pause_ms);
        if turn.down_ms > 0 && game.stage == Life::Started {
            let to = at + Span::millis(turn.down_ms);
            game.clock.owe(at, to);
            at = to;
        }
        check_wake(&game, at);
        // As the engine does: a deadline that has passed counts before whatever is asked now.
        if game.next_wake().is_some_and(|due| due <= at) {
            let made = game.decide(at, None, &Ask::Wake).unwrap();
            apply(&mut game, at, &made);
        }
        let (by, request) = ask(&game, turn);
        let before = saved(&game);
        let twin: Match = serde_json::from_str(&before).unwrap();
        let decided = game.decide(at, by, &request);
        assert_eq!(saved(&game), before, "deciding changes nothing");
        assert_eq!(
            twin.decide(at, by, &request),
            decided,
            "restored is the same"
        );
        let Ok(made) = decided else { continue };
        let mut twin = twin;
        apply(&mut twin, at, &made);
        apply(&mut game, at, &made);
        assert_eq!(
            saved(&twin),
            saved(&game),
            "the same events, the same match"
        );
        results += made
            .events
            .iter()
            .filter(|event| matches!(event, Event::Over { .. }))
            .count();
        check_invariants(&game, at);
    }
    assert!(results <= 1, "one result per match");
}

fn clocks() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "1d5",
        "1b5_lag2s",
        "1+3x30s",
        "0+2x20s",
        "1+5/60s",
        "0+1/30s",
        "45s/move",
        "1+0|10+5",
        "2d+14v",
        "hg2",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn laws_hold_without_a_clock(turns in turns()) {
        for game in GAMES {
            play_out(game.spec().id, "none", &turns);
        }
    }

    #[test]
    fn laws_hold_with_an_increment(turns in turns()) {
        for game in GAMES {
            play_out(game.spec().id, "5+3", &turns);
        }
    }

    #[test]
    fn laws_hold_with_every_kind_of_clock(turns in turns(), clock in clocks()) {
        for game in GAMES {
            // An hourglass is for games in turns.
            let fits = !clock.starts_with("hg") || matches!(game.spec().id, "chess" | "tic-tac-toe");
            play_out(game.spec().id, if fits { clock } else { "1d5" }, &turns);
        }
    }

    #[test]
    fn laws_hold_with_days_per_move(turns in turns()) {
        for game in GAMES {
            play_out(game.spec().id, "1d", &turns);
        }
    }
}
