//! Pagination of lists.
//!
//! A page starts after an id (`last_pk`) and goes forward (`direction=1`) or back (`direction=0`).
//! The API does not check whether another page exists: a full page always has a `next` link, even
//! to an empty page.

use std::cmp::Ordering;
use std::ops::{Bound, RangeBounds};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::answer::Failure;
use super::call::Call;
use super::python;

/// The default and maximum page size.
const LARGEST_PAGE: usize = 100;

/// The requested page of a list.
#[derive(Clone, Copy, Debug)]
pub struct Paging {
    size: usize,
    /// Whether the list is sorted by ascending ids.
    ascending: bool,
    direction: Option<Direction>,
    last: Option<u32>,
    /// The query parameter of the order; links repeat it.
    order_parameter: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Back,
    On,
}

/// A page of a list, as shown in an answer.
pub struct Page<V> {
    next: Option<String>,
    prev: Option<String>,
    objects: Vec<V>,
    /// The number of objects on all pages.
    count: Option<usize>,
}

impl Paging {
    /// Returns the page that the query asks for.
    ///
    /// # Errors
    ///
    /// 400 for a parameter that is not a valid number.
    pub fn from_call(call: &Call<'_>) -> Result<Paging, Failure> {
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

    /// Returns the same page for a list sorted by `order_by`, which `ordering` does not affect.
    pub fn ordered(self, descending: bool) -> Paging {
        Paging { ascending: !descending, order_parameter: "order_by", ..self }
    }

    /// Returns the same page for a list that begins with the newest, unless `ordering` says
    /// otherwise.
    pub fn newest_first(self, call: &Call<'_>) -> Paging {
        let ascends = call.query.get("ordering").is_some_and(|order| order.eq_ignore_ascii_case("asc"));
        Paging { ascending: ascends, ..self }
    }

    /// Returns the id after which the page starts, and the side of it on which the page lies in
    /// ascending order.
    pub fn edge(&self) -> Option<(u32, Ordering)> {
        let side = if self.reads_upwards() { Ordering::Greater } else { Ordering::Less };
        self.direction.and(self.last).map(|last| (last, side))
    }

    /// Returns whether the query has a `direction`.
    pub fn is_directed(&self) -> bool {
        self.direction.is_some()
    }

    /// Returns the range of ids on this side of the start.
    pub fn range(&self) -> (Bound<u32>, Bound<u32>) {
        match (self.direction, self.last) {
            (Some(_), Some(last)) if self.reads_upwards() => (Bound::Excluded(last), Bound::Unbounded),
            (Some(_), Some(last)) => (Bound::Unbounded, Bound::Excluded(last)),
            _ => (Bound::Unbounded, Bound::Unbounded),
        }
    }

    /// Returns the same range for a list that can only contain the id `only`.
    pub fn range_of(&self, only: u32) -> (Bound<u32>, Bound<u32>) {
        let end = if self.covers(only) { Bound::Included(only) } else { Bound::Excluded(only) };
        (Bound::Included(only), end)
    }

    /// Returns whether an id is in the range.
    pub fn covers(&self, id: u32) -> bool {
        self.range().contains(&id)
    }

    /// Returns the page of the items in the range. The items must be sorted by ascending id.
    pub fn page<T, V>(
        &self,
        call: &Call<'_>,
        items: impl DoubleEndedIterator<Item = T>,
        id: impl Fn(&T) -> u32,
        view: impl FnMut(T) -> V,
    ) -> Page<V> {
        self.page_by(call, items, |item| (id(item), None), view)
    }

    /// Like [`page`](Paging::page), with a `last_value` for links.
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

    /// Returns a link to another page of the same list. It repeats only the page size and the order
    /// of the query.
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
    /// Adds the number of objects on all pages, if requested.
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
