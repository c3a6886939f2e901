//! Instances, and the operations that involve several of their resources.

use std::collections::BTreeSet;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::ids::{AccountId, ChannelId, ClassId, GroupId, InstanceId, MembershipId, ObjectId, UserId};
use super::kept::{KeptValues, Removed};
use super::stale::{Late, Stale};
use crate::api::Version;
use crate::resources::administrator::storage::{Administrators, Role};
use crate::resources::api_key::storage::ApiKeys;
use crate::resources::channel::storage::{Channel, ChannelPermission, Channels};
use crate::resources::class::storage::{Class, ClassPermission, Classes, FieldKind};
use crate::resources::file::storage::File;
use crate::resources::group::storage::Groups;
use crate::resources::invitation::storage::Invitations;
use crate::resources::membership::storage::Membership;
use crate::resources::object::storage::Object;
use crate::resources::user::storage::{User, Users};

/// The data of one app.
pub struct Instance {
    id: InstanceId,
    name: String,
    /// The beginning of links into the instance, by version.
    bases: [String; 2],
    pub description: String,
    pub metadata: Map<String, Value>,
    /// What resources keep that no other resource needs.
    pub kept: KeptValues,
    pub owner: AccountId,
    pub administrators: Administrators,
    pub invitations: Invitations,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub api_keys: ApiKeys,
    pub users: Users,
    pub groups: Groups,
    pub classes: Classes,
    pub channels: Channels,
    /// The objects of each owner, without profiles.
    pub(super) owned: BTreeSet<(UserId, ClassId, ObjectId)>,
    pub(super) last_membership: MembershipId,
    pub(super) last_object: ObjectId,
    /// Deleted users and groups that still appear in lists.
    pub stale: Stale,
    /// Whether the instance was deleted, for requests that waited for its lock.
    pub(super) gone: bool,
}

impl Instance {
    pub(super) fn new(id: InstanceId, name: String, owner: AccountId, now: Timestamp) -> Instance {
        Instance {
            id,
            bases: bases(&name),
            name,
            description: String::new(),
            metadata: Map::new(),
            kept: KeptValues::default(),
            owner,
            administrators: Administrators::new(owner),
            invitations: Invitations::default(),
            created_at: now,
            updated_at: now,
            api_keys: ApiKeys::default(),
            users: Users::default(),
            groups: Groups::default(),
            classes: Classes::new(now),
            channels: Channels::new(now),
            owned: BTreeSet::new(),
            last_membership: 0,
            last_object: 0,
            stale: Stale::default(),
            gone: false,
        }
    }

    pub fn id(&self) -> InstanceId {
        self.id
    }

    /// Returns the name, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the beginning of links into the instance, without a trailing slash.
    pub fn base(&self, version: Version) -> &str {
        let [v1, v1_1] = &self.bases;
        match version {
            Version::V1 => v1,
            Version::V1_1 => v1_1,
        }
    }

    pub(super) fn set_name(&mut self, name: String) {
        self.bases = bases(&name);
        self.name = name;
    }

    /// Returns whether the instance was deleted while a request waited for its lock.
    pub fn is_gone(&self) -> bool {
        self.gone
    }

    /// Returns the role of an account in the instance, if it has one.
    pub fn role_of(&self, account: AccountId) -> Option<Role> {
        self.administrators.get(account).map(|administrator| administrator.role)
    }

    /// Returns the group of a channel, if it still exists.
    pub fn group_of_channel(&self, channel: &Channel) -> Option<GroupId> {
        channel.group.filter(|id| self.groups.get(*id).is_some())
    }

    /// Returns the permission on a channel for everyone, or for that user.
    pub fn channel_permission(&self, channel: &Channel, user: Option<UserId>) -> ChannelPermission {
        let is_member =
            user.zip(self.group_of_channel(channel)).is_some_and(|(user, group)| self.is_member(user, group));
        let of_group = if is_member { channel.group_permissions } else { ChannelPermission::None };
        channel.other_permissions.max(of_group)
    }

    /// Removes a channel with the objects that publish to it. Profiles only leave it.
    pub fn remove_channel(&mut self, id: ChannelId) {
        let Some(channel) = self.channels.remove(id) else { return };
        let publishing = |object: &&Object| object.channel.as_deref() == Some(&channel.name);
        let objects = self
            .classes
            .range((Bound::Unbounded, Bound::Unbounded))
            .flat_map(|class| class.objects().values().filter(publishing).map(|object| (class.id(), object.id)));
        for (class, object) in objects.collect::<Vec<_>>() {
            self.remove_object(class, object);
        }
        // Profiles stay, with their users.
        let profiles = self.users.all().filter(|user| publishing(&&user.profile)).map(User::id).collect::<Vec<_>>();
        for user in profiles {
            if let Some(user) = self.users.get_mut(user) {
                (user.profile.channel, user.profile.channel_room) = (None, None);
            }
        }
    }

    /// Returns the next id of a data object; profiles share these ids.
    pub fn next_object_id(&mut self) -> ObjectId {
        self.last_object += 1;
        self.last_object
    }

    /// Returns the group of an object, if it still exists.
    pub fn group_of(&self, object: &Object) -> Option<GroupId> {
        object.group.filter(|id| self.groups.get(*id).is_some())
    }

    /// Returns whether a user is in a group.
    pub fn is_member(&self, user: UserId, group: GroupId) -> bool {
        self.users.get(user).is_some_and(|user| user.membership(group).is_some())
    }

    /// Returns the group of a class, if it still exists.
    pub fn group_of_class(&self, class: &Class) -> Option<GroupId> {
        class.group.filter(|id| self.groups.get(*id).is_some())
    }

    /// Returns the permission on a class for everyone, or for that user.
    pub fn class_permission(&self, class: &Class, user: Option<UserId>) -> ClassPermission {
        let is_member = user.zip(self.group_of_class(class)).is_some_and(|(user, group)| self.is_member(user, group));
        let of_group = if is_member { class.group_permissions } else { ClassPermission::None };
        class.other_permissions.max(of_group)
    }

    /// Returns the number of objects of a class.
    pub fn count_objects(&self, class: &Class) -> usize {
        if class.holds_profiles() { self.users.len() } else { class.objects().len() }
    }

    /// Returns the objects of a class with ids in a range, sorted by id.
    pub fn objects<'i>(
        &'i self,
        class: &'i Class,
        ids: (Bound<ObjectId>, Bound<ObjectId>),
    ) -> Box<dyn DoubleEndedIterator<Item = &'i Object> + 'i> {
        if class.holds_profiles() {
            Box::new(self.users.profiles(ids))
        } else {
            Box::new(class.objects().range(ids).map(|(_, object)| object))
        }
    }

    pub fn object<'i>(&'i self, class: &'i Class, id: ObjectId) -> Option<&'i Object> {
        if class.holds_profiles() { self.users.profile(id) } else { class.objects().get(&id) }
    }

    /// Passes every file with its class to `visit`.
    pub fn files(&self, visit: impl Fn(ClassId, &Arc<File>)) {
        let everything = (Bound::Unbounded, Bound::Unbounded);
        for class in self.classes.range(everything) {
            let has_files = class.fields().iter().any(|field| field.definition.kind == FieldKind::File);
            for object in self.objects(class, everything).filter(|_| has_files) {
                object.values.files().for_each(|file| visit(class.id(), file));
            }
        }
    }

    /// Adds an object to a class, or replaces the one with its id.
    pub fn store_object(&mut self, class: ClassId, object: Object) {
        let Some(class) = self.classes.get_mut(class) else { return };
        if class.holds_profiles() {
            let user = object.owner.and_then(|user| self.users.get_mut(user));
            if let Some(user) = user.filter(|user| user.profile.id == object.id) {
                class.reindex(object.id, Some(&user.profile.values), Some(&object.values));
                user.profile = object;
            }
            return;
        }
        let (id, owner) = (object.id, object.owner);
        if let Some(owner) = class.store(object).and_then(|before| before.owner) {
            self.owned.remove(&(owner, class.id(), id));
        }
        if let Some(owner) = owner {
            self.owned.insert((owner, class.id(), id));
        }
    }

    /// Removes an object. Profiles are removed only with their users.
    pub fn remove_object(&mut self, class: ClassId, id: ObjectId) {
        let removed = self.classes.get_mut(class).and_then(|class| class.remove(id));
        if let Some(owner) = removed.and_then(|object| object.owner) {
            self.owned.remove(&(owner, class, id));
        }
    }

    /// Removes a class with its objects.
    pub fn remove_class(&mut self, id: ClassId) {
        let Some(class) = self.classes.remove(id) else { return };
        for object in class.objects().values() {
            if let Some(owner) = object.owner {
                self.owned.remove(&(owner, id, object.id));
            }
        }
        self.kept.forget(Removed::Class(id));
    }

    /// Adds a user to a group, if both exist.
    pub fn join(&mut self, user: UserId, group: GroupId) {
        if let (Some(user), Some(group)) = (self.users.get_mut(user), self.groups.get_mut(group)) {
            self.last_membership += 1;
            user.join(Membership { id: self.last_membership, group: group.id() });
            group.admit(self.last_membership, user.id());
        }
    }

    /// Removes a user from a group; returns `false` if they are not a member.
    pub fn leave(&mut self, user: UserId, group: GroupId) -> bool {
        let Some(member) = self.users.get_mut(user) else { return false };
        let Some(membership) = member.membership(group).copied() else { return false };
        member.leave(group);
        if let Some(group) = self.groups.get_mut(group) {
            group.dismiss(membership.id);
        }
        true
    }

    /// Removes a user with their profile, objects and memberships. With `late`, they stay in the
    /// lists of their groups for a while.
    pub fn remove_user(&mut self, id: UserId, late: Option<Late>) {
        let Some(user) = self.users.remove(id) else { return };
        self.classes.user_profile_mut().reindex(user.profile.id, Some(&user.profile.values), None);
        let owned: Vec<_> = self.owned.range((id, 0, 0)..=(id, ClassId::MAX, ObjectId::MAX)).copied().collect();
        for (_, class, object) in owned {
            self.remove_object(class, object);
        }
        for membership in user.memberships() {
            if let Some(group) = self.groups.get_mut(membership.group) {
                group.dismiss(membership.id);
            }
        }
        self.kept.forget(Removed::User(id));
        if let Some(late) = late {
            self.stale.keep_user(user, late);
        }
    }

    /// Removes a group; its members stay users. With `late`, it stays in the lists of its members
    /// for a while.
    pub fn remove_group(&mut self, id: GroupId, late: Option<Late>) {
        let Some(group) = self.groups.remove(id) else { return };
        for (_, user) in group.members((Bound::Unbounded, Bound::Unbounded)) {
            if let Some(user) = self.users.get_mut(user) {
                user.leave(id);
            }
        }
        self.kept.forget(Removed::Group(id));
        if let Some(late) = late {
            self.stale.keep_group(group, late);
        }
    }
}

fn bases(name: &str) -> [String; 2] {
    [Version::V1, Version::V1_1].map(|version| format!("/{version}/instances/{name}"))
}
