//! API keys: `{id, description, api_key, <flags>, created_at, links}`. An app sees its own key and no other.

use http::StatusCode;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::path::{id_in_path, spelled_in_path};
use super::view::{Place, Shown, Time};
use crate::access::api_keys;
use crate::answer::{Answer, Failure};
use crate::api::{Flag, KeyKind};
use crate::endpoints::{self, Changing, Handler, Reading, Reply, Row, get, patch, post, put};
use crate::input::Input;
use crate::members::{ID, Member, Members, links};
use crate::paging::Paging;
use crate::transport::Call;
use crate::world::{ApiKey, ApiKeyId, Flags, Instance};
use serde_json::{Value, json};

const DESCRIPTION: Member = Member::optional("string", "description");

const API_KEY: Members = &[
    ("id", ID),
    ("description", DESCRIPTION),
    ("api_key", Member::shown("field", "Api key")),
    ("ignore_acl", Member::optional("boolean", "ignore_acl")),
    ("allow_user_create", Member::optional("boolean", "allow_user_create")),
    ("allow_group_create", Member::optional("boolean", "allow_group_create")),
    ("allow_anonymous_read", Member::optional("boolean", "allow_anonymous_read")),
    ("created_at", Member::shown("datetime", "created at")),
    links(&[("self", "detail"), ("reset_key", "key")]),
];
const TEXT: &str = "Manage API keys available for given instance.";

/// The endpoints of API keys.
pub static ROWS: &[Row] = &[
    Row {
        title: "Api Key List",
        text: TEXT,
        takes: Some(("POST", |_| API_KEY)),
        operations: &[
            get("Lists the API keys; to an app, only its own", Handler::Reads(list)),
            endpoints::create("Creates an API key", Handler::Changes(create)),
        ],
        tag: "api keys",
        shows: "ApiKey",
        example: Some(example),
        ..Row::list("ApiKeys", "/{version}/instances/{instance}/api_keys/", api_keys)
    },
    Row {
        title: "Api Key Instance",
        text: TEXT,
        takes: Some(("PUT", |_| API_KEY)),
        operations: &[
            get("An API key with its flags", Handler::Reads(show))
                .note("To an app every other key than its own is 404."),
            put("Changes an API key; flags that are left out are off", Handler::Changes(change)),
            patch("Changes some members of an API key", Handler::Changes(change)),
            endpoints::delete("Deletes an API key, which ends at once", Handler::Changes(delete)),
        ],
        tag: "api keys",
        shows: "ApiKey",
        example: Some(example),
        ..Row::item("ApiKey", "/{version}/instances/{instance}/api_keys/{api_key}/", "api_key", api_keys)
    },
    Row {
        title: "Api Key",
        text: TEXT,
        takes: Some(("POST", |_| &[])),
        operations: &[post(
            "Gives an API key another value; the old one ends, user keys stay valid",
            Handler::Changes(reset_key),
        )],
        tag: "api keys",
        shows: "ApiKey",
        ..Row::item(
            "ApiKeyResetKey",
            "/{version}/instances/{instance}/api_keys/{api_key}/reset_key/",
            "api_key",
            api_keys,
        )
    },
];

fn example() -> Value {
    json!({ "description": "The app", "allow_user_create": true })
}

/// An API key as it is shown; its links spell the id as the path did.
struct ApiKeyView<'a> {
    place: Place<'a>,
    key: &'a ApiKey,
    spelled: String,
}

/// What a body says of an API key.
struct ApiKeyInput {
    description: Option<String>,
    flags: Flags,
}

impl ApiKeyInput {
    /// Reads a body. Flags that it leaves out stay as they were for PATCH, and are off otherwise.
    fn read(call: &Call<'_>, before: Flags) -> Result<ApiKeyInput, Failure> {
        let mut input = Input::of(call)?;
        let description = input.text("description", DESCRIPTION);
        let mut flags = if input.is_partial() { before } else { Flags::default() };
        for flag in Flag::ALL {
            if let Some(on) = input.boolean(flag.name()) {
                flags = flags.with(flag, on);
            }
        }
        input.finish()?;
        Ok(ApiKeyInput { description, flags })
    }
}

/// `GET /api_keys/`
pub fn list(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    let paging = Paging::of(call)?;
    let place = Place::of(call, instance);
    let range = caller.api_key().map_or(paging.range(), |own| paging.range_of(own));
    let page = paging.page(
        call,
        instance.api_keys.range(range),
        |key| key.id(),
        |key| ApiKeyView { place, key, spelled: key.id().to_string() },
    );
    call.show(StatusCode::OK, &page)
}

/// `POST /api_keys/`
pub fn create(Changing { core, call, instance, .. }: Changing<'_>) -> Reply {
    let input = ApiKeyInput::read(call, Flags::default())?;
    let id = core.world.next_api_key_id();
    let key = core.source.key(KeyKind::Api);
    let description = input.description.unwrap_or_default();
    instance.api_keys.add(ApiKey::new(id, key, description, input.flags, core.source.now()));
    core.world.set_home(key, Some(instance.id()));
    show_one(call, instance, StatusCode::CREATED, id, id.to_string())
}

/// `GET /api_keys/<id>/`
pub fn show(Reading { call, caller, instance, .. }: Reading<'_>) -> Reply {
    let id = named(call, instance)?;
    if caller.api_key().is_some_and(|own| own != id) {
        return Err(Failure::not_found());
    }
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "api_key"))
}

/// `PUT` and `PATCH /api_keys/<id>/`
pub fn change(Changing { call, instance, .. }: Changing<'_>) -> Reply {
    let id = named(call, instance)?;
    let key = instance.api_keys.get_mut(id).ok_or_else(Failure::not_found)?;
    let input = ApiKeyInput::read(call, key.flags)?;
    key.flags = input.flags;
    key.description = input.description.unwrap_or_else(|| std::mem::take(&mut key.description));
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "api_key"))
}

/// `DELETE /api_keys/<id>/`: the key ends at once.
pub fn delete(Changing { core, call, instance, .. }: Changing<'_>) -> Reply {
    let id = named(call, instance)?;
    if let Some(key) = instance.api_keys.remove(id) {
        core.world.set_home(key.key(), None);
    }
    Ok(Answer::no_content())
}

/// `POST /api_keys/<id>/reset_key/`: another value; the old one ends at once.
pub fn reset_key(Changing { core, call, instance, .. }: Changing<'_>) -> Reply {
    let id = named(call, instance)?;
    let key = core.source.key(KeyKind::Api);
    if let Some(old) = instance.api_keys.set_key(id, key) {
        core.world.set_home(old, None);
        core.world.set_home(key, Some(instance.id()));
    }
    show_one(call, instance, StatusCode::OK, id, spelled_in_path(call, "api_key"))
}

fn named(call: &Call<'_>, instance: &Instance) -> Result<ApiKeyId, Failure> {
    let id = id_in_path(call, "api_key").filter(|id| instance.api_keys.get(*id).is_some());
    id.ok_or_else(Failure::not_found)
}

fn show_one(
    call: &Call<'_>,
    instance: &Instance,
    status: StatusCode,
    id: ApiKeyId,
    spelled: String,
) -> Result<Answer, Failure> {
    let key = instance.api_keys.get(id).ok_or_else(Failure::not_found)?;
    call.show(status, &ApiKeyView { place: Place::of(call, instance), key, spelled })
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
