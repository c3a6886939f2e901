//! The view of an API key.

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use crate::answer_schema::{AnswerSchema, closed, links, schema, with};
use crate::api::Flag;
use crate::resources::view::{LinkBase, Links, ShownKey, Time};
use crate::world::ApiKey;

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

/// An API key in an answer; its links repeat the id as written in the path.
pub struct ApiKeyView<'a> {
    pub place: LinkBase<'a>,
    pub key: &'a ApiKey,
    pub spelled: String,
}

impl Serialize for ApiKeyView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.key.id())?;
        map.serialize_entry("description", &self.key.description)?;
        map.serialize_entry("api_key", &ShownKey(self.key.key()))?;
        for flag in Flag::ALL {
            map.serialize_entry(flag.name(), &self.key.flags.has(flag))?;
        }
        map.serialize_entry("created_at", &Time(self.key.created_at))?;
        let own = format_args!("{}/api_keys/{}/", self.place, self.spelled);
        map.serialize_entry("links", &Links { own, below: &[("reset_key", "reset_key/")] })?;
        map.end()
    }
}
