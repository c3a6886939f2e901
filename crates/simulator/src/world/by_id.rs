//! A map with ids as keys, for ids that are assigned in order.

use std::array;
use std::collections::BTreeMap;
use std::ops::Bound;

/// The number of ids in a chunk. With this size the tree of a million items fits into the
/// processor's cache, and an instance with two items stays small.
const CHUNK: u32 = 128;

/// A map from ids to items, sorted by id. A lookup among a million items touches one cache line and
/// the item; chunks without items use no memory.
pub struct ById<T> {
    chunks: BTreeMap<u32, Box<Chunk<T>>>,
    len: usize,
}

struct Chunk<T> {
    len: usize,
    slots: [Option<Box<T>>; CHUNK as usize],
}

impl<T> Default for ById<T> {
    fn default() -> Self {
        ById { chunks: BTreeMap::new(), len: 0 }
    }
}

impl<T> ById<T> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn get(&self, id: u32) -> Option<&T> {
        self.chunks.get(&(id / CHUNK))?.slots.get(slot(id))?.as_deref()
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.chunks.get_mut(&(id / CHUNK))?.slots.get_mut(slot(id))?.as_deref_mut()
    }

    /// Returns the previous item with that id.
    pub fn insert(&mut self, id: u32, thing: T) -> Option<Box<T>> {
        let chunk = self.chunks.entry(id / CHUNK).or_default();
        let before = chunk.slots.get_mut(slot(id))?.replace(Box::new(thing));
        if before.is_none() {
            chunk.len += 1;
            self.len += 1;
        }
        before
    }

    pub fn remove(&mut self, id: u32) -> Option<T> {
        let chunk = self.chunks.get_mut(&(id / CHUNK))?;
        let thing = chunk.slots.get_mut(slot(id))?.take()?;
        self.len -= 1;
        chunk.len -= 1;
        if chunk.len == 0 {
            self.chunks.remove(&(id / CHUNK));
        }
        Some(*thing)
    }

    /// Returns the items with ids in a range, sorted by id.
    pub fn range(&self, (from, to): (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = &T> {
        let begin = match from {
            Bound::Included(id) => Some(id),
            Bound::Excluded(id) => id.checked_add(1),
            Bound::Unbounded => Some(0),
        };
        let last = match to {
            Bound::Included(id) => Some(id),
            Bound::Excluded(id) => id.checked_sub(1),
            Bound::Unbounded => Some(u32::MAX),
        };
        let ids = begin.zip(last).filter(|(begin, last)| begin <= last);
        ids.into_iter().flat_map(|(begin, last)| {
            self.chunks.range(begin / CHUNK..=last / CHUNK).flat_map(move |(number, chunk)| {
                let base = number * CHUNK;
                let slots = slot(begin.max(base))..=slot(last.min(base + (CHUNK - 1)));
                chunk.slots.get(slots).unwrap_or_default().iter().filter_map(Option::as_deref)
            })
        })
    }

    /// Returns all items, sorted by id.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &T> {
        self.range((Bound::Unbounded, Bound::Unbounded))
    }
}

impl<T> Default for Chunk<T> {
    fn default() -> Self {
        Chunk { len: 0, slots: array::from_fn(|_| None) }
    }
}

/// Returns the position in a chunk.
fn slot(id: u32) -> usize {
    (id % CHUNK) as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    fn bound() -> impl Strategy<Value = Bound<u32>> {
        prop_oneof![
            (0..700u32).prop_map(Bound::Included),
            (0..700u32).prop_map(Bound::Excluded),
            Just(Bound::Unbounded),
            Just(Bound::Included(u32::MAX)),
        ]
    }

    proptest! {
        #[test]
        fn it_behaves_like_a_sorted_map(
            steps in prop::collection::vec((0..600u32, any::<bool>()), 0..400),
            ranges in prop::collection::vec((bound(), bound()), 1..20),
        ) {
            let (mut map, mut model) = (ById::default(), BTreeMap::new());
            for (step, (id, is_new)) in steps.into_iter().enumerate() {
                match is_new {
                    true => prop_assert_eq!(map.insert(id, step).map(|held| *held), model.insert(id, step)),
                    false => prop_assert_eq!(map.remove(id), model.remove(&id)),
                }
                prop_assert_eq!(map.get(id), model.get(&id));
                prop_assert_eq!(map.get_mut(id), model.get_mut(&id));
                prop_assert_eq!(map.len(), model.len());
            }
            for range in ranges {
                let is_in = |id: &&u32| std::ops::RangeBounds::contains(&range, *id);
                let expected = model.iter().filter(|(id, _)| is_in(id)).map(|(_, thing)| *thing).collect::<Vec<_>>();
                prop_assert_eq!(map.range(range).copied().collect::<Vec<_>>(), expected.clone());
                let back = map.range(range).rev().copied().collect::<Vec<_>>();
                prop_assert_eq!(back, expected.into_iter().rev().collect::<Vec<_>>());
            }
            // Removed items use no memory.
            for id in model.keys() {
                map.remove(*id);
            }
            prop_assert!(map.chunks.is_empty());
        }
    }
}
