//! The body of a request that creates or changes a data object. The profile inside a user is read the same way.

use jiff::Timestamp;
use serde_json::json;

use crate::answer::{Errors, Failure};
use crate::caller::Caller;
use crate::field::Reader;
use crate::input::Input;
use crate::members::Member;
use crate::python;
use crate::world::{Changes, Class, FieldValue, GroupId, Instance, Object, ObjectId, Permission, UserId, Values};

pub const CHANNEL_ROOM: Member = Member::optional("string", "channel room").max(64);
const MOST_CHARACTERS: usize = 32768;

/// The members of a body that may be sent for an object.
pub struct ObjectInput {
    /// Whether it says nothing at all.
    is_empty: bool,
    /// Whether permissions that it leaves out stay as they are.
    is_partial: bool,
    owner: Option<Option<UserId>>,
    owner_permissions: Option<Permission>,
    group: Option<Option<GroupId>>,
    group_permissions: Option<Permission>,
    other_permissions: Option<Permission>,
    /// Channel and room; nothing where the body cannot change them.
    channel: Option<Channel>,
    values: Changes,
    /// Its digits.
    expected_revision: Option<String>,
}

/// What is to happen with an object.
#[derive(Clone, Copy)]
pub enum Purpose<'o> {
    /// A new one, with the values of the body.
    Create,
    /// The change of one: its channel stays, and values may be operations on those that are there.
    Change(&'o Object),
    /// A profile inside a user: its owner stays, and values are values.
    Profile,
}

struct Channel {
    name: Option<Option<Box<str>>>,
    room: Option<Box<str>>,
}

impl ObjectInput {
    /// Reads the members. What is wrong with them is noted in the input.
    pub fn read(
        input: &mut Input<'_>,
        caller: &Caller,
        instance: &Instance,
        class: &Class,
        purpose: Purpose<'_>,
    ) -> ObjectInput {
        let before = if let Purpose::Change(object) = purpose { Some(object) } else { None };
        let owner = match purpose {
            Purpose::Profile => None,
            Purpose::Create | Purpose::Change(_) => read_owner(input, caller, instance, class, before),
        };
        let owner_permissions = input.permission("owner_permissions");
        let group = read_group(input, caller, instance, before);
        let group_permissions = input.permission("group_permissions");
        let other_permissions = input.permission("other_permissions");
        let channel = if before.is_none() { Some(Channel::read(input, instance)) } else { None };
        let reader = Reader { instance, class, before: before.map(|object| &object.values) };
        let mut values = Changes::new();
        for field in class.fields() {
            if let Some(value) = input.field(field, &reader) {
                values.push((field.id, value));
            }
        }
        let expected_revision = if before.is_some() { input.whole_number("expected_revision") } else { None };
        if input.is_fine() && channel.as_ref().is_some_and(Channel::lacks_room) {
            let reason = "Channel room field is required for channels with separate rooms.";
            input.refuse("non_field_errors", reason);
        }
        ObjectInput {
            is_empty: input.is_empty(),
            is_partial: input.is_partial(),
            owner,
            owner_permissions,
            group,
            group_permissions,
            other_permissions,
            channel,
            values,
            expected_revision,
        }
    }

    /// The member `profile` of a user.
    pub fn read_profile(input: &mut Input<'_>, caller: &Caller, instance: &Instance) -> Option<ObjectInput> {
        let class = instance.classes.user_profile();
        input.nested("profile", |input| ObjectInput::read(input, caller, instance, class, Purpose::Profile))
    }

    /// Checks that the object is in the state that the caller knows; any state will do for a caller who says none.
    pub fn check_revision(&self, object: &Object) -> Result<(), Failure> {
        check_revision(self.expected_revision.as_deref(), object.revision)
    }

    /// The owner that the body names.
    pub fn owner(&self) -> Option<UserId> {
        self.owner.flatten()
    }

    /// The object as it becomes. No permission gets higher than the ceiling. Permissions that are left out go back to how
    /// they began, unless they are to stay; what does not change leaves the time of the last change alone, and the
    /// revision rises with the values of fields only.
    pub fn apply(self, object: &Object, class: &Class, ceiling: Permission, now: Timestamp) -> Object {
        let mut changed = object.clone();
        let level = |sent: Option<Permission>, present: Permission, first: Permission| match sent {
            None if self.is_partial => present,
            sent => sent.unwrap_or(first).min(ceiling),
        };
        changed.owner_permissions = level(self.owner_permissions, object.owner_permissions, Permission::Full);
        changed.group_permissions = level(self.group_permissions, object.group_permissions, Permission::None);
        changed.other_permissions = level(self.other_permissions, object.other_permissions, Permission::None);
        changed.owner = self.owner.unwrap_or(object.owner);
        changed.group = self.group.unwrap_or(object.group);
        if let Some(channel) = self.channel {
            // A room goes with the channel that was sent along; without one there is none.
            changed.channel_room = channel.room.filter(|_| matches!(channel.name, Some(Some(_))));
            changed.channel = channel.name.unwrap_or(changed.channel);
        }
        let is_field = |id| class.fields().iter().any(|field| field.id == id);
        let (values, has_other_values) = object.values.with(self.values, is_field);
        changed.values = values;
        if has_other_values {
            changed.revision = object.revision.saturating_add(1);
        }
        let is_same = !has_other_values
            && changed.owner_permissions == object.owner_permissions
            && changed.group_permissions == object.group_permissions
            && changed.other_permissions == object.other_permissions
            && changed.owner == object.owner
            && changed.group == object.group
            && changed.channel == object.channel
            && changed.channel_room == object.channel_room;
        if !is_same {
            changed.updated_at = now;
        }
        changed
    }

    /// The profile as it becomes; see [`ObjectInput::apply`]. Unless what is left out is to stay, the group is reset too.
    pub fn apply_to_profile(mut self, profile: &Object, class: &Class, now: Timestamp) -> Object {
        if self.is_partial && self.is_empty {
            return profile.clone();
        }
        if !self.is_partial {
            self.group = self.group.or(Some(None));
        }
        self.apply(profile, class, Permission::Full, now)
    }
}

impl Channel {
    fn read(input: &mut Input<'_>, instance: &Instance) -> Channel {
        let name = input.slug("channel", |name| instance.has_channel(name));
        let room = input.nullable_text("channel_room", CHANNEL_ROOM).flatten();
        Channel { name, room: room.map(String::into_boxed_str) }
    }

    fn lacks_room(&self) -> bool {
        matches!(self.name, Some(Some(_))) && self.room.as_deref().is_none_or(str::is_empty)
    }
}

/// Checks a revision that a caller expects to find, by its digits. Zero is as good as none.
pub fn check_revision(expected: Option<&str>, present: u32) -> Result<(), Failure> {
    match expected.filter(|expected| *expected != "0" && *expected != present.to_string()) {
        Some(expected) => {
            let reason = format!("Revision mismatch. Expected {expected}, got {present}.");
            Err(Failure::refused_member("expected_revision", &reason))
        }
        None => Ok(()),
    }
}

/// Why values are refused, by member.
pub enum Refused {
    /// Nothing could ever have them.
    Invalid(Errors),
    /// Another object has one of them.
    Taken(Errors),
}

impl Refused {
    pub fn errors(self) -> Errors {
        match self {
            Refused::Invalid(errors) | Refused::Taken(errors) => errors,
        }
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Failure::invalid(&refused.errors())
    }
}

/// Checks the values of an object that is about to be stored; `id` is its own, if it has one.
pub fn check(class: &Class, values: &Values, id: Option<ObjectId>) -> Result<(), Refused> {
    let errors = |names: &[&str], text: &str| names.iter().map(|name| (name.to_string(), json!([text]))).collect();
    if size(class, values) > MOST_CHARACTERS {
        return Err(Refused::Invalid(errors(&["non_field_errors"], "Object maximum size exceeded.")));
    }
    let taken = class.taken(values, id);
    if taken.is_empty() { Ok(()) } else { Err(Refused::Taken(errors(&taken, "This field must be unique."))) }
}

fn read_owner(
    input: &mut Input<'_>,
    caller: &Caller,
    instance: &Instance,
    class: &Class,
    before: Option<&Object>,
) -> Option<Option<UserId>> {
    let owner = input.id("owner", false, true, |id| instance.users.get(id).is_some())?;
    if before.is_some_and(|object| object.owner != owner) {
        if caller.user().is_some() {
            input.refuse("owner", "Cannot change owner of Data Object.");
        } else if class.holds_profiles() {
            input.refuse("owner", "Cannot change owner of User Profile object.");
        }
    }
    Some(owner)
}

/// Reads the group. A user may only name one that they are in, or that the object has already.
fn read_group(
    input: &mut Input<'_>,
    caller: &Caller,
    instance: &Instance,
    before: Option<&Object>,
) -> Option<Option<GroupId>> {
    let group = input.id("group", false, true, |id| instance.groups.get(id).is_some())?;
    if let (Some(group), Some(user)) = (group, caller.user())
        && before.is_none_or(|object| object.group != Some(group))
        && !instance.is_member(user, group)
    {
        input.refuse("group", "Invalid group specified.");
    }
    Some(group)
}

/// How long an object is for the limit on that: what its values take, and something for each field and for the rest.
fn size(class: &Class, values: &Values) -> usize {
    const OF_THE_REST: usize = 103;
    const OF_A_FIELD: usize = 6;
    let of_fields = class.fields().iter().map(|field| {
        let value = values.get(field.id).map_or(0, |value| match value {
            FieldValue::Text(text) => text.len(),
            FieldValue::Json(value) => python::repr(value).len(),
            other => other.key().len(),
        });
        OF_A_FIELD + field.definition.name.len() + value
    });
    OF_THE_REST + of_fields.sum::<usize>()
}
