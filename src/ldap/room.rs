//! The places of connections: whoever says nothing gives place to whoever comes, and no address fills the room.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Connections at once.
pub const MAX_CONNECTIONS: usize = 128;
/// Connections of one address; those of this machine have a whole room, because a tunnel before the port is this machine.
pub const MAX_OF_SOURCE: usize = 96;

/// How far a connection has come. The less, the sooner it has to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    Silent,
    Asks,
    Bound,
}

#[derive(Debug)]
struct Place {
    source: IpAddr,
    way: Way,
    out: Arc<Notify>,
}

/// All places.
#[derive(Debug, Default)]
pub struct Room {
    places: Mutex<(u64, BTreeMap<u64, Place>)>,
}

/// The place of one connection; free again when it is dropped.
#[derive(Debug)]
pub struct Seat {
    room: Arc<Room>,
    id: u64,
    out: Arc<Notify>,
}

impl Room {
    fn places(&self) -> MutexGuard<'_, (u64, BTreeMap<u64, Place>)> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for a connection. Where there is none, the oldest of those who have said nothing has to go, of the address that has
    /// most of them; then the oldest of those who have not bound. Whoever is bound stays.
    pub fn take(self: &Arc<Room>, source: IpAddr) -> Option<Seat> {
        let mut places = self.places();
        let (last, all) = &mut *places;
        let of_source = all.values().filter(|place| place.source == source).count();
        let crowds = !source.is_loopback() && of_source >= MAX_OF_SOURCE;
        if crowds || all.len() >= MAX_CONNECTIONS {
            let leaves = leaver(all, crowds.then_some(source))?;
            if let Some(place) = all.remove(&leaves) {
                place.out.notify_one();
            }
        }
        *last += 1;
        let out = Arc::new(Notify::new());
        let place = Place {
            source,
            way: Way::Silent,
            out: Arc::clone(&out),
        };
        all.insert(*last, place);
        Some(Seat {
            room: Arc::clone(self),
            id: *last,
            out,
        })
    }
}

/// Who has to go: of one address, or of all.
fn leaver(all: &BTreeMap<u64, Place>, source: Option<IpAddr>) -> Option<u64> {
    let fits = |place: &&Place| source.is_none_or(|source| place.source == source);
    let mut waiting: BTreeMap<IpAddr, usize> = BTreeMap::new();
    for place in all.values().filter(|place| place.way != Way::Bound) {
        *waiting.entry(place.source).or_default() += 1;
    }
    let unbound = all
        .iter()
        .filter(|(_, place)| fits(place) && place.way != Way::Bound);
    let rank = |(id, place): &(&u64, &Place)| {
        let many = waiting.get(&place.source).copied().unwrap_or(0);
        (place.way, std::cmp::Reverse(many), **id)
    };
    unbound.min_by_key(rank).map(|(id, _)| *id)
}

impl Seat {
    fn go(&self, change: impl FnOnce(Way) -> Way) {
        if let Some(place) = self.room.places().1.get_mut(&self.id) {
            place.way = change(place.way);
        }
    }

    /// The connection has asked something.
    pub fn asks(&self) {
        self.go(|way| way.max(Way::Asks));
    }

    /// Whether somebody is bound.
    pub fn is_bound(&self, bound: bool) {
        self.go(|_| if bound { Way::Bound } else { Way::Asks });
    }

    /// Ends when the place is needed for another.
    pub async fn is_needed(&self) {
        self.out.notified().await;
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.places().1.remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    fn source(n: u8) -> IpAddr {
        Ipv4Addr::new(192, 0, 2, n).into()
    }

    fn held(room: &Arc<Room>, n: u8, count: usize) -> Vec<Seat> {
        (0..count).filter_map(|_| room.take(source(n))).collect()
    }

    fn is_in(room: &Room, seat: &Seat) -> bool {
        room.places().1.contains_key(&seat.id)
    }

    #[test]
    fn whoever_is_silent_goes_first_and_whoever_is_bound_never() {
        let room = Arc::new(Room::default());
        let bound = held(&room, 1, 60);
        bound.iter().for_each(|seat| seat.is_bound(true));
        let (few, many) = (held(&room, 2, 8), held(&room, 3, 60));
        many[0].asks();
        assert_eq!(room.places().1.len(), MAX_CONNECTIONS);
        let new = held(&room, 4, 1);
        assert!(is_in(&room, &new[0]) && is_in(&room, &few[0]) && is_in(&room, &many[0]));
        assert!(!is_in(&room, &many[1]));
        let more = held(&room, 5, 66);
        assert_eq!(more.len(), 66);
        more.iter().for_each(|seat| seat.is_bound(true));
        assert!(bound.iter().all(|seat| is_in(&room, seat)));
        drop((few, many, new));
        let rest = held(&room, 6, 10);
        rest.iter().for_each(|seat| seat.is_bound(true));
        assert!(room.take(source(7)).is_none() == (room.places().1.len() == MAX_CONNECTIONS));
    }

    #[test]
    fn one_address_takes_no_more_than_its_share_and_a_place_is_free_again() {
        let room = Arc::new(Room::default());
        let mine = held(&room, 1, MAX_OF_SOURCE);
        mine.iter().for_each(|seat| seat.is_bound(true));
        assert!(room.take(source(1)).is_none());
        assert!(room.take(source(2)).is_some());
        drop(mine);
        assert!(room.places().1.is_empty());
        let here: IpAddr = Ipv4Addr::LOCALHOST.into();
        let all: Vec<_> = (0..MAX_CONNECTIONS)
            .filter_map(|_| room.take(here))
            .collect();
        assert_eq!(all.len(), MAX_CONNECTIONS);
        all.iter().for_each(|seat| seat.is_bound(true));
        assert!(room.take(here).is_none());
    }
}
