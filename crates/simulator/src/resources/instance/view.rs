//! The view of an instance.

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::api::Version;
use crate::call::Call;
use crate::caller::Caller;
use crate::core::Core;
use crate::resources::account::view::AccountView;
use crate::resources::view::Time;
use crate::world::{Account, Instance};

/// The schema of an instance. The links depend on the version.
pub static SCHEMA: AnswerSchema = AnswerSchema::new("Instance", || {
    closed(
        json!({
            "name": { "type": "string" },
            "description": { "type": "string", "maxLength": 256 },
            "owner": schema("Account"),
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "role": { "enum": ["full", "write", "read", "api_key"], "description": "The role of the caller." },
            "location": { "type": "string" },
            "metadata": schema("Metadata"),
            "links": schema("InstanceLinks"),
        }),
        &[],
    )
})
.parts(&[&LINKS]);

static LINKS: AnswerSchema = AnswerSchema::new("InstanceLinks", || {
    let of = |table: &[(&'static str, &str)]| {
        let names: Vec<_> = table.iter().map(|(name, _)| *name).collect();
        links(&names, &[])
    };
    json!({ "anyOf": [of(&LINKS_V1), of(&LINKS_V1_1)] })
});

/// The location that the reference deployment shows.
const LOCATION: &str = "dev";
/// The role that an app sees.
pub const ROLE_OF_AN_APP: &str = "api_key";

/// The links of an instance in v1: name, and path below the instance.
const LINKS_V1: [(&str, &str); 20] = [
    ("self", ""),
    ("admins", "admins/"),
    ("classes", "classes/"),
    ("codeboxes", "codeboxes/"),
    ("runtimes", "codeboxes/runtimes/"),
    ("invitations", "invitations/"),
    ("api_keys", "api_keys/"),
    ("triggers", "triggers/"),
    ("webhooks", "webhooks/"),
    ("schedules", "schedules/"),
    ("users", "users/"),
    ("groups", "groups/"),
    ("channels", "channels/"),
    ("hla_objects", "api/objects/"),
    ("batch", "batch/"),
    ("templates", "snippets/templates/"),
    ("rename", "rename/"),
    ("push_notification", "push_notifications/"),
    ("backups", "backups/"),
    ("restores", "restores/"),
];

/// The links of an instance in v1.1.
const LINKS_V1_1: [(&str, &str); 18] = [
    ("self", ""),
    ("admins", "admins/"),
    ("snippets", "snippets/"),
    ("endpoints", "endpoints/"),
    ("push_notification", "push_notifications/"),
    ("classes", "classes/"),
    ("invitations", "invitations/"),
    ("api_keys", "api_keys/"),
    ("triggers", "triggers/"),
    ("schedules", "schedules/"),
    ("users", "users/"),
    ("groups", "groups/"),
    ("channels", "channels/"),
    ("batch", "batch/"),
    ("rename", "rename/"),
    ("backups", "backups/"),
    ("restores", "restores/"),
    ("hosting", "hosting/"),
];

/// An instance in an answer, copied so that its lock can be released.
pub struct InstanceView {
    version: Version,
    pub name: String,
    /// The name in links.
    spelled: String,
    description: String,
    owner: Option<Account>,
    created_at: Timestamp,
    updated_at: Timestamp,
    pub role: &'static str,
    metadata: Map<String, Value>,
}

impl InstanceView {
    pub fn new(core: &Core, call: &Call<'_>, caller: &Caller, instance: &Instance) -> InstanceView {
        let role = caller.account().and_then(|account| instance.role_of(account));
        InstanceView {
            version: call.route.version,
            name: instance.name().to_owned(),
            spelled: instance.name().to_owned(),
            description: instance.description.clone(),
            owner: core.world.accounts().get(instance.owner).cloned(),
            created_at: instance.created_at,
            updated_at: instance.updated_at,
            role: role.map_or(ROLE_OF_AN_APP, |role| role.name()),
            metadata: instance.metadata.clone(),
        }
    }

    pub fn spelled(self, spelled: String) -> InstanceView {
        InstanceView { spelled, ..self }
    }
}

impl Serialize for InstanceView {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let owner = self.owner.as_ref().map(|account| AccountView { account, email: None, key: None });
        let mut map = serializer.serialize_map(Some(9))?;
        map.serialize_entry("name", &self.name)?;
        map.serialize_entry("description", &self.description)?;
        map.serialize_entry("owner", &owner)?;
        map.serialize_entry("created_at", &Time(self.created_at))?;
        map.serialize_entry("updated_at", &Time(self.updated_at))?;
        map.serialize_entry("role", self.role)?;
        map.serialize_entry("location", LOCATION)?;
        map.serialize_entry("metadata", &self.metadata)?;
        map.serialize_entry("links", &InstanceLinks(self))?;
        map.end()
    }
}

struct InstanceLinks<'a>(&'a InstanceView);

impl Serialize for InstanceLinks<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let base = format_args!("/{}/instances/{}", self.0.version, self.0.spelled);
        let links: &[(&str, &str)] = match self.0.version {
            Version::V1 => &LINKS_V1,
            Version::V1_1 => &LINKS_V1_1,
        };
        let mut map = serializer.serialize_map(Some(links.len()))?;
        for (name, path) in links {
            map.serialize_entry(name, &format_args!("{base}/{path}"))?;
        }
        map.end()
    }
}
