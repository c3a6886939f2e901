//! The bodies of requests on channels.

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::storage::{Channel, ChannelKind, ChannelPermission};
use crate::answer::Failure;
use crate::call::Call;
use crate::input::{Dictionary, Input};
use crate::members::{Inner, Member};
use crate::world::{GroupId, Instance};

pub const NAME: Member = Member::required("string", "Name");
pub const DESCRIPTION: Member = Member::optional("string", "description");
pub const KIND: Member = Member::optional("choice", "Type").with(Inner::Choices(&["default", "separate_rooms"]));
pub const ROOM: Member = Member::optional("string", "Room").max(128).not_blank();

const PAYLOAD: Dictionary = Dictionary {
    label: "Payload",
    most_keys: usize::MAX,
    longest_key: usize::MAX,
    longest_value: usize::MAX,
    reserved: &[],
};

/// The body of a request on a channel. Missing members keep their values; for PUT, some are reset.
pub struct ChannelInput {
    name: Option<String>,
    description: Option<String>,
    kind: Option<ChannelKind>,
    group: Option<Option<GroupId>>,
    group_permissions: Option<ChannelPermission>,
    other_permissions: Option<ChannelPermission>,
    custom_publish: Option<bool>,
}

impl ChannelInput {
    /// Reads the body. The name and the type are read for a new channel only.
    pub fn read(call: &Call<'_>, instance: &Instance, is_new: bool) -> Result<ChannelInput, Failure> {
        let mut input = Input::from_call(call)?;
        let name = if is_new { input.resource_name("name", NAME) } else { None };
        let description = input.text("description", DESCRIPTION);
        let kind = if is_new { input.channel_kind("type") } else { None };
        let group = input.id("group", false, true, |id| instance.groups.get(id).is_some());
        let group_permissions = input.channel_permission("group_permissions");
        let other_permissions = input.channel_permission("other_permissions");
        let custom_publish = input.boolean("custom_publish");
        let is_partial = input.is_partial();
        input.finish()?;
        let reset = |permission: Option<_>| permission.or((!is_partial).then_some(ChannelPermission::None));
        Ok(ChannelInput {
            name,
            description,
            kind,
            group,
            group_permissions: reset(group_permissions),
            other_permissions: reset(other_permissions),
            custom_publish: custom_publish.or((!is_partial).then_some(false)),
        })
    }

    /// Returns a new channel.
    pub fn create(self, now: Timestamp) -> Channel {
        let channel = Channel {
            id: 0,
            name: self.name.clone().unwrap_or_default().into(),
            description: String::new(),
            kind: self.kind.unwrap_or(ChannelKind::Default),
            group: None,
            group_permissions: ChannelPermission::None,
            other_permissions: ChannelPermission::None,
            custom_publish: false,
            created_at: now,
            updated_at: now,
        };
        self.apply(&channel, now)
    }

    /// Returns the changed channel. `updated_at` changes only if something else does.
    pub fn apply(self, channel: &Channel, now: Timestamp) -> Channel {
        let changed = Channel {
            description: self.description.unwrap_or_else(|| channel.description.clone()),
            group: self.group.unwrap_or(channel.group),
            group_permissions: self.group_permissions.unwrap_or(channel.group_permissions),
            other_permissions: self.other_permissions.unwrap_or(channel.other_permissions),
            custom_publish: self.custom_publish.unwrap_or(channel.custom_publish),
            ..channel.clone()
        };
        let is_same = changed.description == channel.description
            && changed.group == channel.group
            && changed.group_permissions == channel.group_permissions
            && changed.other_permissions == channel.other_permissions
            && changed.custom_publish == channel.custom_publish;
        Channel { updated_at: if is_same { channel.updated_at } else { now }, ..changed }
    }
}

/// A message: its payload, and its room in a channel with separate rooms.
pub struct MessageInput {
    pub payload: Map<String, Value>,
    pub room: Option<String>,
}

impl MessageInput {
    pub fn read(call: &Call<'_>, channel: &Channel) -> Result<MessageInput, Failure> {
        let mut input = Input::from_call(call)?;
        let payload = input.dictionary("payload", &PAYLOAD).unwrap_or_default();
        let room = input.text("room", ROOM);
        input.finish()?;
        if !channel.has_rooms() {
            return Ok(MessageInput { payload, room: None });
        }
        match room {
            Some(room) => Ok(MessageInput { payload, room: Some(room) }),
            None => Err(room_is_missing()),
        }
    }
}

/// 400 for a request without the room that the channel needs.
pub fn room_is_missing() -> Failure {
    Failure::rejected_member("room", "This field is required for channels with separate rooms.")
}
