//! Storage of data endpoints.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::call::QueryString;
use crate::world::named_items::{NamedItem, NamedItems};
use crate::world::{ClassId, Instance, KeptType, Known, Removed};

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
pub type DataEndpoints = NamedItems<DataEndpoint>;

pub static DATA_ENDPOINTS: KeptType = KeptType::of::<DataEndpoints>();

impl NamedItem for DataEndpoint {
    const PLURAL: &'static str = "data_endpoints";
    const SINGULAR: &'static str = "data endpoint";

    fn name(&self) -> &str {
        &self.name
    }

    fn set_name(&mut self, name: Box<str>) {
        self.name = name;
    }

    fn check(&self, known: &Known<'_>) -> Result<(), String> {
        if known.classes.get(self.class).is_none() {
            return Err("no such class".to_owned());
        }
        match self.page_size {
            Some(size) if size > LARGEST_PAGE => Err(format!("expected a page_size of at most {LARGEST_PAGE}")),
            _ => Ok(()),
        }
    }

    fn goes_with(&self, removed: Removed) -> bool {
        removed == Removed::Class(self.class)
    }
}

impl DataEndpoints {
    /// Returns the data endpoints of an instance.
    pub fn of(instance: &Instance) -> &DataEndpoints {
        static NONE: LazyLock<DataEndpoints> = LazyLock::new(DataEndpoints::default);
        instance.kept.get().unwrap_or(&NONE)
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
