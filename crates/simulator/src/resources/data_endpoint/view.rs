//! The view of a data endpoint.

use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::storage::DataEndpoint;
use crate::answer_schema::{AnswerSchema, closed, links};
use crate::api::Version;
use crate::call::Call;
use crate::resources::view::{LinkBase, Links};
use crate::world::Instance;

/// The schema of a data endpoint.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("DataEndpoint", || {
    closed(
        json!({
            "name": { "type": "string", "minLength": 1, "maxLength": 64 },
            "description": { "type": "string" },
            "query": { "type": "object", "maxProperties": 16, "propertyNames": { "maxLength": 64 } },
            "excluded_fields": { "type": ["string", "null"], "maxLength": 256 },
            "order_by": { "type": ["string", "null"], "maxLength": 50 },
            "page_size": { "type": ["integer", "null"], "minimum": 0, "maximum": 100 },
            "expand": { "type": ["string", "null"], "maxLength": 256 },
            "links": links(&["self", "get", "post", "rename"], &[]),
            "class": { "type": "string", "description": "The name of a class." },
        }),
        &[],
    )
});

/// A data endpoint in an answer.
pub struct DataEndpointView<'a> {
    place: LinkBase<'a>,
    version: Version,
    instance: &'a Instance,
    endpoint: &'a DataEndpoint,
    name: String,
    /// The name in links.
    spelled: String,
}

impl<'a> DataEndpointView<'a> {
    pub fn new(call: &Call<'_>, instance: &'a Instance, endpoint: &'a DataEndpoint) -> DataEndpointView<'a> {
        DataEndpointView {
            place: LinkBase::new(call, instance),
            version: call.route.version,
            instance,
            endpoint,
            name: endpoint.name.to_string(),
            spelled: endpoint.name.to_string(),
        }
    }

    /// Shows another name.
    pub fn named(self, name: String) -> DataEndpointView<'a> {
        DataEndpointView { name, ..self }
    }

    /// Spells the name in links in another way.
    pub fn spelled(self, spelled: String) -> DataEndpointView<'a> {
        DataEndpointView { spelled, ..self }
    }
}

impl Serialize for DataEndpointView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let endpoint = self.endpoint;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &endpoint.description)?;
        map.serialize_entry("query", &endpoint.query)?;
        map.serialize_entry("excluded_fields", &endpoint.excluded_fields)?;
        map.serialize_entry("order_by", &endpoint.order_by)?;
        map.serialize_entry("page_size", &endpoint.page_size)?;
        map.serialize_entry("expand", &endpoint.expand)?;
        let below = &[("get", "get/"), ("post", "post/"), ("rename", "rename/")];
        map.serialize_entry("links", &Links { own: Own(self), below })?;
        map.serialize_entry("class", &self.instance.classes.get(endpoint.class).map(|class| class.name()))?;
        map.end()
    }
}

/// The path of a data endpoint.
struct Own<'a>(&'a DataEndpointView<'a>);

impl fmt::Display for Own<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DataEndpointView { place, version, spelled, .. } = self.0;
        match version {
            Version::V1 => write!(f, "{place}/api/objects/{spelled}/"),
            Version::V1_1 => write!(f, "{place}/endpoints/data/{spelled}/"),
        }
    }
}
