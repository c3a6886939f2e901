//! The views of a channel and of a change.

use std::borrow::Cow;

use bytes::Bytes;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json;

use super::changes::{Author, Change};
use super::storage::{Channel, ChannelKind, ChannelPermission};
use crate::answer_schema::{AnswerSchema, closed, links, schema};
use crate::call::Call;
use crate::resources::path::spelled_in_path;
use crate::resources::view::{LinkBase, Time};
use crate::world::Instance;

/// The schema of a channel.
pub static CHANNEL: AnswerSchema = AnswerSchema::new("Channel", || {
    let permission = json!({ "enum": ChannelPermission::ALL.map(ChannelPermission::name) });
    closed(
        json!({
            "name": { "type": "string", "maxLength": 64 },
            "description": { "type": "string" },
            "type": { "enum": ChannelKind::ALL.map(ChannelKind::name) },
            "group": { "type": ["integer", "null"] },
            "group_permissions": permission,
            "other_permissions": permission,
            "created_at": schema("Time"),
            "updated_at": schema("Time"),
            "custom_publish": { "type": "boolean" },
            "links": links(&["self", "poll", "publish", "history"], &["group"]),
        }),
        &[],
    )
});

/// The schema of a change. The answer to a poll has no `links`.
pub static CHANGE: AnswerSchema = AnswerSchema::new("Change", || {
    closed(
        json!({
            "id": schema("Id"),
            "created_at": schema("Time"),
            "action": { "enum": ["custom", "create", "update", "delete"] },
            "author": { "type": "object" },
            "metadata": { "type": "object" },
            "payload": { "type": "object" },
            "links": links(&["self"], &[]),
        }),
        &["links"],
    )
});

/// A channel in an answer.
pub struct ChannelView<'a> {
    pub place: LinkBase<'a>,
    pub instance: &'a Instance,
    pub channel: &'a Channel,
    /// The name in links: as in the path of the request, if it names the channel.
    pub spelled: Cow<'a, str>,
}

impl Serialize for ChannelView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let ChannelView { place, instance, channel, spelled } = self;
        let group = instance.group_of_channel(channel);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("name", &channel.name)?;
        map.serialize_entry("description", &channel.description)?;
        map.serialize_entry("type", channel.kind.name())?;
        map.serialize_entry("group", &group)?;
        map.serialize_entry("group_permissions", channel.group_permissions.name())?;
        map.serialize_entry("other_permissions", channel.other_permissions.name())?;
        map.serialize_entry("created_at", &Time(channel.created_at))?;
        map.serialize_entry("updated_at", &Time(channel.updated_at))?;
        map.serialize_entry("custom_publish", &channel.custom_publish)?;
        let own = format!("{place}/channels/{spelled}/");
        let mut links = vec![("self", own.clone())];
        links.extend(group.map(|group| ("group", format!("{place}/groups/{group}/"))));
        links.extend(["poll", "publish", "history"].map(|name| (name, format!("{own}{name}/"))));
        map.serialize_entry("links", &links.into_iter().collect::<indexmap::IndexMap<_, _>>())?;
        map.end()
    }
}

/// A change in an answer.
pub struct ChangeView<'a> {
    change: &'a Change,
    /// The history that the change was asked for in, for its link.
    history: Option<String>,
}

impl<'a> ChangeView<'a> {
    pub fn new(call: &Call<'_>, instance: &Instance, change: &'a Change) -> ChangeView<'a> {
        let (place, channel) = (LinkBase::new(call, instance), spelled_in_path(call, "channel"));
        ChangeView { change, history: Some(format!("{place}/channels/{channel}/history/")) }
    }

    /// Returns the JSON text for the answer to a poll.
    pub fn body_of_poll(change: &Change) -> Bytes {
        serde_json::to_vec(&ChangeView::of_poll(change)).unwrap_or_default().into()
    }

    /// Returns the view for the answer to a poll.
    pub fn of_poll(change: &'a Change) -> ChangeView<'a> {
        ChangeView { change, history: None }
    }
}

impl Serialize for ChangeView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Change { id, created_at, action, author, class, payload, .. } = self.change;
        let author = match author {
            Author::Account(id) => json!({ "admin": id }),
            Author::ApiKey(id) => json!({ "api_key": id }),
            Author::User { api_key, user } => json!({ "api_key": api_key, "user": user }),
        };
        let metadata = match class {
            Some(class) => json!({ "type": "object", "class": class }),
            None => json!({ "type": "message" }),
        };
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", id)?;
        map.serialize_entry("created_at", &Time(*created_at))?;
        map.serialize_entry("action", action.name())?;
        map.serialize_entry("author", &author)?;
        map.serialize_entry("metadata", &metadata)?;
        map.serialize_entry("payload", payload)?;
        if let Some(history) = &self.history {
            map.serialize_entry("links", &json!({ "self": format!("{history}{id}/") }))?;
        }
        map.end()
    }
}
