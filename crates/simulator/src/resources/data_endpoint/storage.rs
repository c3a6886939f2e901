//! Storage of data endpoints.

use std::collections::{BTreeMap, HashSet};
use std::ops::Bound;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::QueryString;
use crate::wording::group_name_errors;
use crate::world::taken::Taken;
use crate::world::{ClassId, HIGHEST_ID, Instance, Kept, KeptType, Known, Removed};

/// Maximum page size.
pub const LARGEST_PAGE: u8 = 100;

/// A data endpoint: a class with the parameters of its list.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataEndpoint {
    /// In lower case.
    pub name: Box<str>,
    pub description: String,
    pub class: ClassId,
    pub query: Map<String, Value>,
    pub excluded_fields: Option<String>,
    pub order_by: Option<String>,
    pub page_size: Option<u8>,
    pub expand: Option<String>,
}

/// The data endpoints of an instance.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataEndpoints {
    last_id: u32,
    by_id: BTreeMap<u32, DataEndpoint>,
}

pub static DATA_ENDPOINTS: KeptType = KeptType::of::<DataEndpoints>();

impl Kept for DataEndpoints {
    const NAME: &'static str = "data_endpoints";

    fn check(&self, known: &Known<'_>) -> Result<(), String> {
        if self.last_id > HIGHEST_ID {
            return Err(format!("expected a last_id of at most {HIGHEST_ID}"));
        }
        let mut names = HashSet::new();
        for (id, DataEndpoint { name, class, page_size, .. }) in &self.by_id {
            if !(1..=self.last_id).contains(id) {
                return Err(format!("data endpoint {id}: expected an id from 1 to last_id"));
            }
            if let Some(reason) = group_name_errors(name).first() {
                return Err(format!("data endpoint {id}: {reason}"));
            }
            if known.classes.get(*class).is_none() {
                return Err(format!("data endpoint {id}: no such class"));
            }
            if page_size.is_some_and(|size| size > LARGEST_PAGE) {
                return Err(format!("data endpoint {id}: expected a page_size of at most {LARGEST_PAGE}"));
            }
            if !names.insert(name) {
                return Err(format!("data endpoint {id}: another one has its name"));
            }
        }
        Ok(())
    }

    fn forget(&mut self, removed: Removed) {
        if let Removed::Class(class) = removed {
            self.by_id.retain(|_, endpoint| endpoint.class != class);
        }
    }
}

impl DataEndpoints {
    /// Returns the data endpoints of an instance.
    pub fn of(instance: &Instance) -> &DataEndpoints {
        static NONE: DataEndpoints = DataEndpoints { last_id: 0, by_id: BTreeMap::new() };
        instance.kept.get().unwrap_or(&NONE)
    }

    /// Returns the id of the data endpoint with that name in lower case.
    pub fn named(&self, name: &str) -> Option<u32> {
        self.by_id.iter().find(|(_, endpoint)| *endpoint.name == *name).map(|(id, _)| *id)
    }

    pub fn get(&self, id: u32) -> Option<&DataEndpoint> {
        self.by_id.get(&id)
    }

    pub fn get_mut(&mut self, id: u32) -> Option<&mut DataEndpoint> {
        self.by_id.get_mut(&id)
    }

    /// Returns the data endpoints with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = (u32, &DataEndpoint)> {
        self.by_id.range(ids).map(|(id, endpoint)| (*id, endpoint))
    }

    /// Adds a data endpoint. As in the API, a name that is taken uses up an id.
    pub fn add(&mut self, endpoint: DataEndpoint) -> Result<u32, Taken> {
        self.last_id += 1;
        if self.named(&endpoint.name).is_some() {
            return Err(Taken);
        }
        self.by_id.insert(self.last_id, endpoint);
        Ok(self.last_id)
    }

    pub fn remove(&mut self, id: u32) {
        self.by_id.remove(&id);
    }
}

impl DataEndpoint {
    /// Returns the parameters of a request on the objects: those that it sends, and those of the
    /// data endpoint in place of missing and empty ones. Objects must match both queries.
    pub fn parameters(&self, sent: &QueryString) -> QueryString {
        let mut parameters = sent.clone();
        if !self.query.is_empty() {
            parameters.add("query", Value::Object(self.query.clone()).to_string());
        }
        let page_size = self.page_size.filter(|size| *size > 0).map(|size| size.to_string());
        let stored = [
            ("excluded_fields", self.excluded_fields.clone()),
            ("order_by", self.order_by.clone()),
            ("page_size", page_size),
            ("expand", self.expand.clone()),
        ];
        for (name, value) in stored {
            if let Some(value) = value.filter(|value| !value.is_empty() && sent.given(name).is_none()) {
                parameters.add(name, value);
            }
        }
        parameters
    }
}
