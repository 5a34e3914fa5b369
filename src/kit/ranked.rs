//! A sorted set that knows each item's place without counting up to it.

/// Items of one chunk at most.
const CHUNK: usize = 512;

/// A sorted set in chunks: finding, adding and removing look at one chunk, and a place costs one step per chunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ranked<T> {
    /// None of them is empty.
    chunks: Vec<Vec<T>>,
    len: usize,
}

impl<T> Default for Ranked<T> {
    fn default() -> Self {
        Ranked {
            chunks: Vec::new(),
            len: 0,
        }
    }
}

impl<T: Ord + Copy> Ranked<T> {
    /// How many items there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether it has this item.
    pub fn contains(&self, item: T) -> bool {
        let chunk = self.chunks.get(self.chunk_of(item));
        chunk.is_some_and(|chunk| chunk.binary_search(&item).is_ok())
    }

    /// Adds an item.
    pub fn insert(&mut self, item: T) {
        // Behind the last chunk there is nothing: the last one takes it.
        let at = self.chunk_of(item).min(self.chunks.len().saturating_sub(1));
        let Some(chunk) = self.chunks.get_mut(at) else {
            self.chunks.push(vec![item]);
            self.len += 1;
            return;
        };
        let Err(place) = chunk.binary_search(&item) else {
            return;
        };
        chunk.insert(place, item);
        self.len += 1;
        if chunk.len() > CHUNK {
            // What grows at its end, as ids do, leaves full chunks behind.
            let half = if place == CHUNK { CHUNK } else { CHUNK / 2 };
            let rest = chunk.split_off(half);
            self.chunks.insert(at + 1, rest);
        }
    }

    /// Removes an item.
    pub fn remove(&mut self, item: T) {
        let at = self.chunk_of(item);
        let Some(chunk) = self.chunks.get_mut(at) else {
            return;
        };
        if let Ok(place) = chunk.binary_search(&item) {
            chunk.remove(place);
            self.len -= 1;
            if chunk.is_empty() {
                self.chunks.remove(at);
            } else if let Some(next) = self.chunks.get(at + 1)
                && self.chunks[at].len() + next.len() < CHUNK / 2
            {
                let next = self.chunks.remove(at + 1);
                self.chunks[at].extend(next);
            }
        }
    }

    /// How many items come before this one, whether or not it is there itself.
    pub fn rank(&self, item: T) -> usize {
        let at = self.chunk_of(item);
        let before: usize = self.chunks[..at].iter().map(Vec::len).sum();
        let inside = self.chunks.get(at);
        before + inside.map_or(0, |chunk| chunk.partition_point(|one| *one < item))
    }

    /// The items from this place on.
    pub fn from(&self, place: usize) -> impl Iterator<Item = T> + '_ {
        let mut left = place;
        let mut at = 0;
        while let Some(chunk) = self.chunks.get(at)
            && left >= chunk.len()
        {
            left -= chunk.len();
            at += 1;
        }
        let inside = self.chunks.get(at).map_or(&[][..], |chunk| &chunk[left..]);
        let rest = self.chunks.iter().skip(at + 1).flatten();
        inside.iter().chain(rest).copied()
    }

    /// The items before this place, backwards.
    pub fn before(&self, place: usize) -> impl Iterator<Item = T> + '_ {
        let (mut left, mut at) = (place.min(self.len), 0);
        while let Some(chunk) = self.chunks.get(at)
            && left >= chunk.len()
        {
            left -= chunk.len();
            at += 1;
        }
        let inside = self.chunks.get(at).map_or(&[][..], |chunk| &chunk[..left]);
        let rest = self.chunks[..at.min(self.chunks.len())].iter().rev();
        inside
            .iter()
            .rev()
            .chain(rest.flat_map(|chunk| chunk.iter().rev()))
            .copied()
    }

    /// All items in order.
    pub fn iter(&self) -> impl Iterator<Item = T> + '_ {
        self.from(0)
    }

    /// The first chunk that ends at or behind an item.
    fn chunk_of(&self, item: T) -> usize {
        let ends_before = |chunk: &Vec<T>| chunk.last().is_some_and(|last| *last < item);
        self.chunks.partition_point(ends_before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_a_sorted_set_that_knows_places() {
        let (mut ranked, mut plain) = (Ranked::default(), BTreeSet::new());
        let mut dice = 1_u64;
        for round in 0..20_000_u64 {
            dice = dice
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            let item = if round < 5000 {
                round
            } else {
                (dice >> 33) % 5000
            };
            if round < 5000 || dice >> 62 == 0 {
                ranked.insert(item);
                plain.insert(item);
            } else {
                ranked.remove(item);
                plain.remove(&item);
            }
            if round % 500 == 0 {
                let place = plain.range(..item).count();
                assert_eq!((ranked.len(), ranked.rank(item)), (plain.len(), place));
                assert_eq!(ranked.contains(item), plain.contains(&item));
                let from: Vec<u64> = ranked.from(place).take(700).collect();
                assert!(from.into_iter().eq(plain.range(item..).copied().take(700)));
                let before: Vec<u64> = ranked.before(place).take(700).collect();
                assert!(
                    before
                        .into_iter()
                        .eq(plain.range(..item).rev().copied().take(700))
                );
            }
        }
        assert!(ranked.iter().eq(plain.iter().copied()));
        assert!(
            ranked
                .chunks
                .iter()
                .all(|chunk| (1..=CHUNK).contains(&chunk.len()))
        );
        for item in plain {
            ranked.remove(item);
        }
        assert!(ranked.is_empty() && ranked.chunks.is_empty());
        assert_eq!(
            (
                ranked.rank(7),
                ranked.from(3).count(),
                ranked.before(3).count()
            ),
            (0, 0, 0)
        );
    }

    #[test]
    fn a_place_among_many_takes_a_step_for_each_chunk() {
        let mut ranked = Ranked::default();
        (0..100_000_u64).for_each(|n| ranked.insert(n));
        assert!(
            ranked.chunks.len() <= 100_000 / CHUNK + 1,
            "{}",
            ranked.chunks.len()
        );
        assert_eq!(ranked.rank(77_777), 77_777);
    }
}
