//! An API key as it is shown.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::answer_schema::{AnswerSchema, closed, links, schema, with};
use crate::api::Flag;
use crate::resources::view::{Place, Shown, Time};
use crate::world::ApiKey;
use serde_json::json;

/// The schema of an API key.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("ApiKey", || {
    let api_key = json!({
        "id": schema("Id"),
        "description": { "type": "string" },
        "api_key": schema("AppKey"),
    });
    let flags = Flag::ALL.into_iter();
    let api_key = flags.fold(api_key, |key, flag| with(key, flag.name(), json!({ "type": "boolean" })));
    let api_key = with(api_key, "created_at", schema("Time"));
    closed(with(api_key, "links", links(&["self", "reset_key"], &[])), &[])
});

/// An API key as it is shown; its links spell the id as the path did.
pub struct ApiKeyView<'a> {
    pub place: Place<'a>,
    pub key: &'a ApiKey,
    pub spelled: String,
}

impl Serialize for ApiKeyView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.key.id())?;
        map.serialize_entry("description", &self.key.description)?;
        map.serialize_entry("api_key", &Shown(self.key.key()))?;
        for flag in Flag::ALL {
            map.serialize_entry(flag.name(), &self.key.flags.has(flag))?;
        }
        map.serialize_entry("created_at", &Time(self.key.created_at))?;
        map.serialize_entry("links", &Links { place: self.place, id: &self.spelled })?;
        map.end()
    }
}

struct Links<'a> {
    place: Place<'a>,
    id: &'a str,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (place, id) = (self.place, self.id);
        let mut map = serializer.serialize_map(Some(2))?;
        map.serialize_entry("self", &format_args!("{place}/api_keys/{id}/"))?;
        map.serialize_entry("reset_key", &format_args!("{place}/api_keys/{id}/reset_key/"))?;
        map.end()
    }
}
