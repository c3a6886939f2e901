//! The profile of a user: a data object of the class `user_profile`, made and removed with the user.

use jiff::Timestamp;
use serde::ser::{Serialize, SerializeMap, Serializer};

use super::view::{Place, Time};
use crate::simulator::caller::Caller;
use crate::simulator::input::{Input, Text};
use crate::simulator::world::{GroupId, Instance, Object, Permission, UserId};

/// The class of profiles.
pub const CLASS: &str = "user_profile";

const CHANNEL_ROOM: Text = Text { required: false, blank: true, max: Some(64), hashed: false };

/// What a body says of a profile.
pub struct ProfileInput {
    /// Whether it says nothing at all.
    is_empty: bool,
    /// Whether what it leaves out stays as it is.
    is_partial: bool,
    owner_permissions: Option<Permission>,
    group: Option<Option<GroupId>>,
    group_permissions: Option<Permission>,
    other_permissions: Option<Permission>,
    channel: Option<Option<Box<str>>>,
    channel_room: Option<Option<String>>,
}

/// A profile as it is shown.
pub struct ProfileView<'a> {
    pub place: Place<'a>,
    pub instance: &'a Instance,
    pub profile: &'a Object,
}

impl ProfileInput {
    /// Reads the member `profile`. A user may only give it to a group that he is in.
    pub fn read(input: &mut Input<'_>, caller: &Caller, instance: &Instance) -> Option<ProfileInput> {
        input.nested("profile", |input| {
            let owner_permissions = input.permission("owner_permissions");
            let group = input.id("group", false, true, |id| instance.groups.get(id).is_some());
            if let Some(Some(id)) = group
                && caller.user().is_some_and(|user| !is_member(instance, user, id))
            {
                input.refuse("group", "Invalid group specified.");
            }
            let group_permissions = input.permission("group_permissions");
            let other_permissions = input.permission("other_permissions");
            let channel = input.slug("channel", |name| instance.has_channel(name));
            let channel_room = input.nullable_text("channel_room", CHANNEL_ROOM);
            let has_room = matches!(&channel_room, Some(Some(room)) if !room.is_empty());
            if input.is_fine() && matches!(&channel, Some(Some(_))) && !has_room {
                let complaint = "Channel room field is required for channels with separate rooms.";
                input.refuse("non_field_errors", complaint);
            }
            ProfileInput {
                is_empty: input.is_empty(),
                is_partial: input.is_partial(),
                owner_permissions,
                group,
                group_permissions,
                other_permissions,
                channel,
                channel_room,
            }
        })
    }

    /// Changes a profile. What a PUT leaves out of the permissions goes back to how it began; a profile of `{}` changes
    /// nothing; what does not change leaves the time of the last change alone.
    pub fn apply(self, profile: &mut Object, now: Timestamp) {
        if self.is_empty {
            return;
        }
        let before = profile.clone();
        let kept = |present, first| if self.is_partial { present } else { first };
        profile.owner_permissions = self.owner_permissions.unwrap_or(kept(before.owner_permissions, Permission::Full));
        profile.group_permissions = self.group_permissions.unwrap_or(kept(before.group_permissions, Permission::None));
        profile.other_permissions = self.other_permissions.unwrap_or(kept(before.other_permissions, Permission::None));
        if let Some(group) = self.group {
            profile.group = group;
        }
        // A room goes with the channel that was sent along; without one there is none.
        let has_channel = matches!(&self.channel, Some(Some(_)));
        profile.channel_room = self.channel_room.flatten().filter(|_| has_channel).map(String::into_boxed_str);
        if let Some(channel) = self.channel {
            profile.channel = channel;
        }
        if *profile != before {
            profile.updated_at = now;
        }
    }
}

impl Serialize for ProfileView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let profile = self.profile;
        let group = self.instance.group_of(profile);
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &profile.id)?;
        map.serialize_entry("created_at", &Time(profile.created_at))?;
        map.serialize_entry("updated_at", &Time(profile.updated_at))?;
        map.serialize_entry("revision", &profile.revision)?;
        map.serialize_entry("owner", &profile.owner)?;
        map.serialize_entry("owner_permissions", profile.owner_permissions.name())?;
        map.serialize_entry("group", &group)?;
        map.serialize_entry("group_permissions", profile.group_permissions.name())?;
        map.serialize_entry("other_permissions", profile.other_permissions.name())?;
        map.serialize_entry("channel", &profile.channel)?;
        map.serialize_entry("channel_room", &profile.channel_room)?;
        map.serialize_entry("links", &Links { place: self.place, profile, group })?;
        map.end()
    }
}

struct Links<'a> {
    place: Place<'a>,
    profile: &'a Object,
    group: Option<GroupId>,
}

impl Serialize for Links<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let place = self.place;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("self", &format_args!("{place}/classes/{CLASS}/objects/{}/", self.profile.id))?;
        if let Some(owner) = self.profile.owner {
            map.serialize_entry("owner", &format_args!("{place}/users/{owner}/"))?;
        }
        if let Some(group) = self.group {
            map.serialize_entry("group", &format_args!("{place}/groups/{group}/"))?;
        }
        if let Some(channel) = &self.profile.channel {
            map.serialize_entry("channel", &format_args!("{place}/channels/{channel}/"))?;
        }
        map.end()
    }
}

fn is_member(instance: &Instance, user: UserId, group: GroupId) -> bool {
    instance.users.get(user).is_some_and(|user| user.membership(group).is_some())
}
