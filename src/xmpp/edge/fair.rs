//! Who comes next: requests that wait for the writer, in lanes, so that nobody stands behind somebody else's crowd.
//!
//! Each person has a lane, each registered domain a house of lanes. Houses take turns, and within a house its lanes. Only
//! few requests are with the writer at a time, so whoever comes now waits for those and not for all that wait in other
//! lanes. What somebody asked keeps its order.

use std::collections::{BTreeMap, VecDeque};

/// How much waits, and how much is with the writer.
#[derive(Clone, Copy, Debug)]
pub struct Room {
    /// Requests of all lanes that are with the writer at once.
    pub out: usize,
    /// Of one house.
    pub out_of_house: usize,
    /// Of one lane.
    pub out_of_lane: usize,
    /// Requests of all lanes that wait. One house may have as many as it leaves free for others.
    pub waiting: usize,
    /// Of one lane.
    pub waiting_in_lane: usize,
}

#[derive(Debug)]
struct Lane<T> {
    waiting: VecDeque<T>,
    out: usize,
    /// It is in its house's round.
    queued: bool,
}

#[derive(Debug)]
struct House<T> {
    lanes: BTreeMap<String, Lane<T>>,
    round: VecDeque<String>,
    waiting: usize,
    out: usize,
    queued: bool,
}

/// The lanes of everybody who has the same right to come first.
#[derive(Debug)]
pub struct Fair<T> {
    room: Room,
    houses: BTreeMap<String, House<T>>,
    round: VecDeque<String>,
    waiting: usize,
    out: usize,
}

impl<T> Fair<T> {
    /// Nobody waits.
    pub fn new(room: Room) -> Fair<T> {
        Fair {
            room,
            houses: BTreeMap::new(),
            round: VecDeque::new(),
            waiting: 0,
            out: 0,
        }
    }

    /// Requests that wait.
    #[cfg(test)]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Lets a request wait for its turn.
    ///
    /// # Errors
    /// Gives it back when too much waits already: of this person, this house, or all.
    pub fn push(&mut self, house: &str, lane: &str, item: T) -> Result<(), T> {
        let free = self.room.waiting.saturating_sub(self.waiting);
        let known = self.houses.get(house);
        let of_house = known.map_or(0, |house| house.waiting);
        let of_lane = known.and_then(|house| house.lanes.get(lane));
        let of_lane = of_lane.map_or(0, |lane| lane.waiting.len());
        if of_house >= free || of_lane >= self.room.waiting_in_lane {
            return Err(item);
        }
        let known = self
            .houses
            .entry(house.to_owned())
            .or_insert_with(|| House {
                lanes: BTreeMap::new(),
                round: VecDeque::new(),
                waiting: 0,
                out: 0,
                queued: false,
            });
        let theirs = known.lanes.entry(lane.to_owned()).or_insert_with(|| Lane {
            waiting: VecDeque::new(),
            out: 0,
            queued: false,
        });
        theirs.waiting.push_back(item);
        known.waiting += 1;
        self.waiting += 1;
        self.queue(house, lane);
        Ok(())
    }

    /// The next request that may go to the writer, with its house and lane: tell [`Fair::done`] when it is answered.
    pub fn next(&mut self) -> Option<(String, String, T)> {
        if self.out >= self.room.out {
            return None;
        }
        let name = self.round.pop_front()?;
        let house = self.houses.get_mut(&name)?;
        house.queued = false;
        let lane = house.round.pop_front()?;
        let theirs = house.lanes.get_mut(&lane)?;
        theirs.queued = false;
        let item = theirs.waiting.pop_front()?;
        theirs.out += 1;
        house.out += 1;
        house.waiting -= 1;
        self.out += 1;
        self.waiting -= 1;
        self.queue(&name, &lane);
        Some((name, lane, item))
    }

    /// A request of this lane was answered.
    pub fn done(&mut self, house: &str, lane: &str) {
        let Some(known) = self.houses.get_mut(house) else {
            return;
        };
        let Some(theirs) = known.lanes.get_mut(lane) else {
            return;
        };
        theirs.out -= 1;
        known.out -= 1;
        self.out -= 1;
        if theirs.out == 0 && theirs.waiting.is_empty() {
            known.lanes.remove(lane);
        }
        if known.lanes.is_empty() {
            self.houses.remove(house);
        } else {
            self.queue(house, lane);
        }
    }

    /// Gives a lane and its house a place in the rounds, if they may go on and have none.
    fn queue(&mut self, house: &str, lane: &str) {
        let Some(known) = self.houses.get_mut(house) else {
            return;
        };
        if let Some(theirs) = known.lanes.get_mut(lane)
            && !theirs.queued
            && theirs.out < self.room.out_of_lane
            && !theirs.waiting.is_empty()
        {
            theirs.queued = true;
            known.round.push_back(lane.to_owned());
        }
        if !known.queued && known.out < self.room.out_of_house && !known.round.is_empty() {
            known.queued = true;
            self.round.push_back(house.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: Room = Room {
        out: 8,
        out_of_house: 6,
        out_of_lane: 3,
        waiting: 100,
        waiting_in_lane: 20,
    };

    fn take(fair: &mut Fair<u32>) -> Vec<String> {
        std::iter::from_fn(|| fair.next().map(|(_, lane, n)| format!("{lane}{n}"))).collect()
    }

    #[test]
    fn a_crowd_waits_behind_itself_and_nobody_else_does() {
        let mut fair = Fair::new(ROOM);
        for n in 0..15 {
            fair.push("x", "a", n).unwrap();
        }
        assert_eq!(take(&mut fair), ["a0", "a1", "a2"]);
        fair.push("x", "b", 0).unwrap();
        fair.push("y", "c", 0).unwrap();
        assert_eq!(take(&mut fair), ["b0", "c0"]);
        fair.done("x", "a");
        fair.done("x", "a");
        fair.push("y", "c", 1).unwrap();
        assert_eq!(take(&mut fair), ["a3", "c1", "a4"]);
        assert_eq!(fair.waiting(), 10);
    }

    #[test]
    fn all_that_goes_in_comes_out_once_in_the_order_of_its_lane() {
        let mut fair = Fair::new(ROOM);
        let (mut kept, mut refused, mut seen) = (0, 0, BTreeMap::<String, Vec<u32>>::new());
        let mut out = VecDeque::new();
        let mut dice = 7_u64;
        for n in 0..5000 {
            dice = dice
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let (house, lane) = (
                format!("h{}", dice >> 33 & 3),
                format!("l{}", dice >> 40 & 7),
            );
            match fair.push(&house, &format!("{lane}@{house}"), n) {
                Ok(()) => kept += 1,
                Err(_) => refused += 1,
            }
            if dice >> 50 & 1 == 0 {
                while let Some((house, lane, n)) = fair.next() {
                    seen.entry(lane.clone()).or_default().push(n);
                    out.push_back((house, lane));
                }
                assert!(fair.out <= ROOM.out && fair.waiting <= ROOM.waiting);
                for _ in 0..dice >> 60 & 3 {
                    out.pop_front()
                        .iter()
                        .for_each(|(house, lane)| fair.done(house, lane));
                }
            }
        }
        while let Some((house, lane)) = out.pop_front() {
            fair.done(&house, &lane);
            while let Some((house, lane, n)) = fair.next() {
                seen.entry(lane.clone()).or_default().push(n);
                out.push_back((house, lane));
            }
        }
        assert!(refused > 0);
        assert_eq!(seen.values().map(Vec::len).sum::<usize>(), kept);
        assert!(seen.values().all(|lane| lane.is_sorted()));
        assert!(fair.houses.is_empty() && fair.round.is_empty(), "{fair:?}");
        assert_eq!((fair.out, fair.waiting), (0, 0));
    }

    #[test]
    fn one_house_leaves_as_much_as_it_takes() {
        let mut fair = Fair::new(ROOM);
        let kept = (0..200)
            .filter(|n| fair.push("x", &format!("p{n}"), *n).is_ok())
            .count();
        assert_eq!(kept, 50);
        let kept = (0..200)
            .filter(|n| fair.push("y", &format!("q{n}"), *n).is_ok())
            .count();
        assert_eq!(kept, 25);
        for n in 0..20 {
            let _ = fair.push("z", "p", n);
        }
        assert_eq!(fair.push("z", "other", 0), Err(0));
        assert!(fair.push("w", "p", 0).is_ok());
    }
}
