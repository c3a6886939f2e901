//! The body of a request on a data object, or the profile in the body of a user.

use jiff::Timestamp;
use serde_json::json;

use crate::answer::{Errors, Failure};
use crate::caller::Caller;
use crate::field::FieldReader;
use crate::input::Input;
use crate::members::Member;
use crate::python;
use crate::resources::channel::storage::Channel;
use crate::resources::file::input::SentFiles;
use crate::world::{
    Class, FieldChanges, FieldKind, FieldValue, GroupId, Instance, Object, ObjectId, Permission, UserId, Values,
};

pub const CHANNEL_ROOM: Member = Member::optional("string", "channel room").max(64);
const MOST_CHARACTERS: usize = 32768;

/// The members of a body that an object accepts.
pub struct ObjectInput {
    /// Whether the body has no members.
    is_empty: bool,
    /// Whether missing permissions keep their values.
    is_partial: bool,
    owner: Option<Option<UserId>>,
    owner_permissions: Option<Permission>,
    group: Option<Option<GroupId>>,
    group_permissions: Option<Permission>,
    other_permissions: Option<Permission>,
    /// The channel and room; `None` for a change, which cannot set them.
    channel: Option<ObjectChannel>,
    values: FieldChanges,
    files: SentFiles,
    /// Whether the body has a file, or null for one. Then the revision rises, even if nothing changed.
    has_files: bool,
    /// The expected revision, as digits.
    expected_revision: Option<String>,
}

/// The purpose of a body.
#[derive(Clone, Copy)]
pub enum Purpose<'o> {
    /// A new object with the values of the body.
    Create,
    /// A change of an object: its channel is kept, and values can be operations.
    Change(&'o Object),
    /// The profile in the body of a user: its owner is kept, and values cannot be operations.
    Profile,
}

struct ObjectChannel {
    name: Option<Option<Box<str>>>,
    room: Option<Box<str>>,
    /// Whether the channel has separate rooms.
    has_rooms: bool,
}

impl ObjectInput {
    /// Reads the members; errors are collected in `input`.
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
        let channel = if before.is_none() { Some(ObjectChannel::read(input, instance)) } else { None };
        let reader = FieldReader { instance, class, before: before.map(|object| &object.values) };
        let mut values = FieldChanges::new();
        let (mut files, mut has_files) = (SentFiles::default(), false);
        for field in class.fields() {
            if field.definition.kind == FieldKind::File {
                let Some(sent) = input.file(&field.definition.name) else { continue };
                has_files = true;
                match sent {
                    Some(file) => files.push(field.id, &field.definition.name, file),
                    None => values.push((field.id, None)),
                }
            } else if let Some(value) = input.field(field, &reader) {
                values.push((field.id, value));
            }
        }
        let expected_revision = if before.is_some() { input.whole_number("expected_revision") } else { None };
        if input.is_fine() && channel.as_ref().is_some_and(ObjectChannel::lacks_room) {
            let reason = "Channel room field is required for channels with separate rooms.";
            input.reject("non_field_errors", reason);
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
            files,
            has_files,
            expected_revision,
        }
    }

    /// Reads the member `profile` of a user.
    pub fn read_profile(input: &mut Input<'_>, caller: &Caller, instance: &Instance) -> Option<ObjectInput> {
        let class = instance.classes.user_profile();
        input.nested("profile", |input| ObjectInput::read(input, caller, instance, class, Purpose::Profile))
    }

    /// Checks that the object has the expected revision, if the body has one.
    pub fn check_revision(&self, object: &Object) -> Result<(), Failure> {
        check_revision(self.expected_revision.as_deref(), object.revision)
    }

    /// Takes the files, which are stored with the object, after everything else was checked.
    pub fn take_files(&mut self) -> SentFiles {
        std::mem::take(&mut self.files)
    }

    /// Returns the owner in the body.
    pub fn owner(&self) -> Option<UserId> {
        self.owner.flatten()
    }

    /// Returns the changed object. Permissions are limited to `ceiling`; missing permissions are
    /// reset, unless they keep their values. `updated_at` changes only if something else does, and
    /// the revision increases only if values of fields change.
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
            // A room is stored only together with a channel that has rooms.
            changed.channel_room = channel.room.filter(|_| channel.has_rooms);
            changed.channel = channel.name.unwrap_or(changed.channel);
        }
        let is_field = |id| class.fields().iter().any(|field| field.id == id);
        let (values, is_other) = object.values.with(self.values, is_field);
        changed.values = values;
        let has_other_values = is_other || self.has_files;
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

    /// Returns the changed profile; see [`ObjectInput::apply`]. The group is reset too if missing,
    /// unless members keep their values.
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

impl ObjectChannel {
    fn read(input: &mut Input<'_>, instance: &Instance) -> ObjectChannel {
        let name = input.slug("channel", |name| instance.channels.named(name).is_some());
        let room = input.nullable_text("channel_room", CHANNEL_ROOM).flatten();
        let channel = name.as_ref().and_then(Option::as_deref).and_then(|name| instance.channels.named(name));
        ObjectChannel {
            name: name.map(|_| channel.map(|channel| channel.name.clone())),
            room: room.map(String::into_boxed_str),
            has_rooms: channel.is_some_and(Channel::has_rooms),
        }
    }

    fn lacks_room(&self) -> bool {
        self.has_rooms && self.room.as_deref().is_none_or(str::is_empty)
    }
}

/// Checks an expected revision, given as digits. Zero counts as none.
pub fn check_revision(expected: Option<&str>, present: u32) -> Result<(), Failure> {
    match expected.filter(|expected| *expected != "0" && *expected != present.to_string()) {
        Some(expected) => {
            let reason = format!("Revision mismatch. Expected {expected}, got {present}.");
            Err(Failure::rejected_member("expected_revision", &reason))
        }
        None => Ok(()),
    }
}

/// Why values are rejected, by member.
pub enum Rejected {
    /// The values are not valid.
    Invalid(Errors),
    /// Another object has the value of a unique field.
    Taken(Errors),
}

impl Rejected {
    pub fn errors(self) -> Errors {
        match self {
            Rejected::Invalid(errors) | Rejected::Taken(errors) => errors,
        }
    }
}

impl From<Rejected> for Failure {
    fn from(rejected: Rejected) -> Failure {
        Failure::invalid(&rejected.errors())
    }
}

/// Checks the values of an object before it is stored; `id` is its id, if it already has one.
pub fn check(class: &Class, values: &Values, id: Option<ObjectId>) -> Result<(), Rejected> {
    let errors = |names: &[&str], text: &str| names.iter().map(|name| (name.to_string(), json!([text]))).collect();
    if size(class, values) > MOST_CHARACTERS {
        return Err(Rejected::Invalid(errors(&["non_field_errors"], "Object maximum size exceeded.")));
    }
    let taken = class.taken(values, id);
    if taken.is_empty() { Ok(()) } else { Err(Rejected::Taken(errors(&taken, "This field must be unique."))) }
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
            input.reject("owner", "Cannot change owner of Data Object.");
        } else if class.holds_profiles() {
            input.reject("owner", "Cannot change owner of User Profile object.");
        }
    }
    Some(owner)
}

/// Reads the group. A user may set only a group that they are in, or the current one.
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
        input.reject("group", "Invalid group specified.");
    }
    Some(group)
}

/// Returns the size of an object as the API's limit counts it: its values, plus a constant for each
/// field and for the rest.
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
