//! Lists, a page at a time.
//!
//! A page begins after an id (`last_pk`) and goes on (`direction=1`) or back (`direction=0`). Whether another page
//! follows is not looked up: one that is full has a `next`, even if that leads to an empty page.

use std::cmp::Ordering;
use std::ops::{Bound, RangeBounds};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::answer::Failure;
use super::call::Call;
use super::python;

/// The size of a page when none is asked for, and the largest there is.
const LARGEST_PAGE: usize = 100;

/// Which page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    size: usize,
    /// Whether the whole list is in order of ids, and not the other way round.
    ascending: bool,
    direction: Option<Direction>,
    last: Option<u32>,
    /// The parameter that says the order, which links repeat.
    order_parameter: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Back,
    On,
}

/// A page of a list, as it is shown.
pub struct Page<V> {
    next: Option<String>,
    prev: Option<String>,
    objects: Vec<V>,
    /// How many there are on all pages together.
    count: Option<usize>,
}

impl Paging {
    /// What the query asks for; 400 if it makes no sense.
    pub fn of(call: &Call<'_>) -> Result<Paging, Failure> {
        let size = match call.query.get("page_size") {
            Some(text) => python::int(text).and_then(|size| usize::try_from(size).ok()).ok_or_else(incorrect)?,
            None => LARGEST_PAGE,
        };
        let direction = match call.query.get("direction").map(python::int) {
            Some(Some(0)) => Some(Direction::Back),
            Some(Some(1)) => Some(Direction::On),
            Some(_) => return Err(incorrect()),
            None => None,
        };
        let last = match call.query.get("last_pk") {
            Some(text) => {
                let last = python::int(text).and_then(|last| i32::try_from(last).ok());
                Some(last.and_then(|last| u32::try_from(last).ok()).ok_or_else(incorrect)?)
            }
            None => None,
        };
        let descends = call.query.get("ordering").is_some_and(|order| order.eq_ignore_ascii_case("desc"));
        let size = size.min(LARGEST_PAGE);
        Ok(Paging { size, ascending: !descends, direction, last, order_parameter: "ordering" })
    }

    /// The same page of a list in an order of its own, which `ordering` does not change.
    pub fn ordered(self, descending: bool) -> Paging {
        Paging { ascending: !descending, order_parameter: "order_by", ..self }
    }

    /// The id that the page begins after, and which of the two sides it is on in the ascending order.
    pub fn edge(&self) -> Option<(u32, Ordering)> {
        let side = if self.reads_upwards() { Ordering::Greater } else { Ordering::Less };
        self.direction.and(self.last).map(|last| (last, side))
    }

    /// Whether the page is asked for by its place.
    pub fn is_directed(&self) -> bool {
        self.direction.is_some()
    }

    /// The ids that the page is taken from.
    pub fn range(&self) -> (Bound<u32>, Bound<u32>) {
        match (self.direction, self.last) {
            (Some(_), Some(last)) if self.reads_upwards() => (Bound::Excluded(last), Bound::Unbounded),
            (Some(_), Some(last)) => (Bound::Unbounded, Bound::Excluded(last)),
            _ => (Bound::Unbounded, Bound::Unbounded),
        }
    }

    /// The same for a list in which only one id can be.
    pub fn range_of(&self, only: u32) -> (Bound<u32>, Bound<u32>) {
        let end = if self.covers(only) { Bound::Included(only) } else { Bound::Excluded(only) };
        (Bound::Included(only), end)
    }

    /// Whether an id is among those that the page is taken from.
    pub fn covers(&self, id: u32) -> bool {
        self.range().contains(&id)
    }

    /// The page out of the items in that range, which have to come in order of ids.
    pub fn page<T, V>(
        &self,
        call: &Call<'_>,
        items: impl DoubleEndedIterator<Item = T>,
        id: impl Fn(&T) -> u32,
        view: impl FnMut(T) -> V,
    ) -> Page<V> {
        self.page_by(call, items, |item| (id(item), None), view)
    }

    /// The same, where links carry a value beside the id.
    pub fn page_by<T, V>(
        &self,
        call: &Call<'_>,
        items: impl DoubleEndedIterator<Item = T>,
        last: impl Fn(&T) -> (u32, Option<String>),
        view: impl FnMut(T) -> V,
    ) -> Page<V> {
        let size = self.size;
        let mut taken: Vec<T> =
            if self.reads_upwards() { items.take(size).collect() } else { items.rev().take(size).collect() };
        let goes_back = self.direction == Some(Direction::Back);
        if goes_back {
            taken.reverse();
        }
        let is_full = size > 0 && taken.len() >= size;
        let link = |direction, last| self.link(call, direction, last);
        let next = match (taken.last(), goes_back) {
            (Some(item), _) if is_full => Some(link(Some(1), Some(last(item)))),
            (_, true) => Some(link(None, None)),
            (_, false) => None,
        };
        let prev = match (self.direction, taken.first()) {
            (Some(Direction::On), Some(item)) => Some(link(Some(0), Some(last(item)))),
            (Some(Direction::On), None) => Some(link(Some(0), None)),
            (Some(Direction::Back), Some(item)) if is_full => Some(link(Some(0), Some(last(item)))),
            _ => None,
        };
        Page { next, prev, objects: taken.into_iter().map(view).collect(), count: None }
    }

    fn reads_upwards(&self) -> bool {
        match self.direction {
            None => self.ascending,
            Some(direction) => (direction == Direction::On) == self.ascending,
        }
    }

    /// A link to another page of the same list: of the query, only the size and the order go along.
    fn link(&self, call: &Call<'_>, direction: Option<u8>, last: Option<(u32, Option<String>)>) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        for name in ["page_size", self.order_parameter] {
            if let Some(value) = call.query.get(name) {
                query.append_pair(name, value);
            }
        }
        if let Some(direction) = direction {
            query.append_pair("direction", &direction.to_string());
        }
        if let Some((id, value)) = last {
            query.append_pair("last_pk", &id.to_string());
            if let Some(value) = value {
                query.append_pair("last_value", &value);
            }
        }
        let (path, query) = (call.path.as_str(), query.finish());
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}

impl<V> Page<V> {
    /// With the number of objects on all pages, if it is to be shown.
    pub fn counted(self, count: Option<usize>) -> Page<V> {
        Page { count, ..self }
    }
}

impl<V: Serialize> Serialize for Page<V> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("next", &self.next)?;
        map.serialize_entry("prev", &self.prev)?;
        map.serialize_entry("objects", &self.objects)?;
        if let Some(count) = self.count {
            map.serialize_entry("objects_count", &count)?;
        }
        map.end()
    }
}

fn incorrect() -> Failure {
    Failure::bad_request("Incorrect page parameter provided.")
}
