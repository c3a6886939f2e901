//! Storage of users.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;

use crate::api::Key;
use crate::resources::membership::storage::Membership;
use crate::resources::object::storage::Object;
use crate::world::by_id::ById;
use crate::world::ids::{GroupId, ObjectId, UserId};

/// The number of user ids used up by a POST with a taken name: the reference deployment tries three
/// times.
const IDS_LOST_TO_A_TAKEN_NAME: UserId = 3;

/// A user.
#[derive(Clone)]
pub struct User {
    pub(crate) id: UserId,
    pub(crate) name: Arc<str>,
    pub(crate) key: Key,
    pub password: Box<str>,
    pub profile: Object,
    /// The memberships, sorted by group id.
    pub(crate) groups: Vec<Membership>,
}

/// The users of one instance, indexed by id, name, key and profile.
#[derive(Default)]
pub struct Users {
    pub(crate) by_id: ById<User>,
    pub(crate) by_name: HashMap<Arc<str>, UserId>,
    /// The names in order, for searches by prefix.
    pub(crate) names: BTreeSet<Arc<str>>,
    pub(crate) by_key: HashMap<Key, UserId>,
    pub(crate) by_profile: BTreeMap<ObjectId, UserId>,
    pub(crate) last_id: UserId,
}

impl User {
    pub fn id(&self) -> UserId {
        self.id
    }

    /// Returns the name, in lower case.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn key(&self) -> Key {
        self.key
    }

    /// Returns the memberships, sorted by group id.
    pub fn memberships(&self) -> &[Membership] {
        &self.groups
    }

    /// Returns the membership in a group.
    pub fn membership(&self, group: GroupId) -> Option<&Membership> {
        let position = self.groups.binary_search_by_key(&group, |membership| membership.group).ok()?;
        self.groups.get(position)
    }

    /// Adds a membership. The caller must also add it to the group.
    pub(crate) fn join(&mut self, membership: Membership) {
        if let Err(position) = self.groups.binary_search_by_key(&membership.group, |held| held.group) {
            self.groups.insert(position, membership);
        }
    }

    /// Removes a membership. The caller must also remove it from the group.
    pub(crate) fn leave(&mut self, group: GroupId) {
        self.groups.retain(|membership| membership.group != group);
    }
}

impl Users {
    pub fn get(&self, id: UserId) -> Option<&User> {
        self.by_id.get(id)
    }

    /// Returns the user for changes of members without an index.
    pub fn get_mut(&mut self, id: UserId) -> Option<&mut User> {
        self.by_id.get_mut(id)
    }

    pub fn with_key(&self, key: &Key) -> Option<&User> {
        self.get(*self.by_key.get(key)?)
    }

    /// Returns the user with that name; case does not matter.
    pub fn with_name(&self, name: &str) -> Option<&User> {
        self.get(*self.by_name.get(name.to_lowercase().as_str())?)
    }

    /// Returns the users with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<UserId>, Bound<UserId>)) -> impl DoubleEndedIterator<Item = &User> {
        self.by_id.range(ids)
    }

    /// Returns all users, sorted by id.
    pub fn all(&self) -> impl DoubleEndedIterator<Item = &User> {
        self.by_id.all()
    }

    /// Returns the ids of the users whose name starts with `prefix`, sorted by name.
    pub fn named_like<'u>(&'u self, prefix: &'u str) -> impl Iterator<Item = UserId> + 'u {
        let from = (Bound::Included(prefix), Bound::Unbounded);
        let names = self.names.range::<str, _>(from).take_while(move |name| name.starts_with(prefix));
        names.filter_map(|name| self.by_name.get(name).copied())
    }

    /// Returns the number of users.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Returns the profile with that id.
    pub fn profile(&self, id: ObjectId) -> Option<&Object> {
        Some(&self.get(*self.by_profile.get(&id)?)?.profile)
    }

    /// Returns the profiles with ids in a range, sorted by id.
    pub fn profiles(&self, ids: (Bound<ObjectId>, Bound<ObjectId>)) -> impl DoubleEndedIterator<Item = &Object> {
        self.by_profile.range(ids).filter_map(|(_, user)| Some(&self.get(*user)?.profile))
    }

    /// Sets the id of a new user's profile.
    pub fn set_profile_id(&mut self, user: UserId, id: ObjectId) {
        if let Some(user) = self.by_id.get_mut(user) {
            user.profile.id = id;
            self.by_profile.insert(id, user.id);
        }
    }

    /// Adds a user. The name must not be taken; the profile gets its id later.
    pub fn add(&mut self, name: &str, password: &str, key: Key, profile: impl FnOnce(UserId) -> Object) -> UserId {
        let name: Arc<str> = name.to_lowercase().into();
        self.last_id += 1;
        let id = self.last_id;
        self.set_name(Arc::clone(&name), id);
        self.by_key.insert(key, id);
        let user = User { id, name, key, password: password.into(), profile: profile(id), groups: Vec::new() };
        self.by_id.insert(id, user);
        id
    }

    /// Uses up an id, as a POST with a wrong file URL does.
    pub fn waste_id(&mut self) {
        self.last_id += 1;
    }

    /// Uses up ids, as a POST with a taken name does.
    pub fn waste_ids(&mut self) {
        self.last_id += IDS_LOST_TO_A_TAKEN_NAME;
    }

    /// Returns whether a user other than `id` has that name.
    pub fn name_is_taken(&self, name: &str, id: Option<UserId>) -> bool {
        self.by_name.get(name.to_lowercase().as_str()).is_some_and(|holder| Some(*holder) != id)
    }

    /// Changes the name of a user. It must not be taken, and is stored in lower case.
    pub fn rename(&mut self, id: UserId, name: &str) {
        if let Some(user) = self.by_id.get_mut(id) {
            let name: Arc<str> = name.to_lowercase().into();
            let before = std::mem::replace(&mut user.name, Arc::clone(&name));
            self.forget_name(&before);
            self.set_name(name, id);
        }
    }

    /// Assigns a name to a user and returns its previous user.
    pub(crate) fn set_name(&mut self, name: Arc<str>, id: UserId) -> Option<UserId> {
        self.names.insert(Arc::clone(&name));
        self.by_name.insert(name, id)
    }

    fn forget_name(&mut self, name: &str) {
        self.names.remove(name);
        self.by_name.remove(name);
    }

    /// Replaces the user key and returns the old one, which becomes invalid.
    pub fn set_key(&mut self, id: UserId, key: Key) -> Option<Key> {
        let user = self.by_id.get_mut(id)?;
        self.by_key.remove(&user.key);
        self.by_key.insert(key, id);
        Some(std::mem::replace(&mut user.key, key))
    }

    /// Removes a user. The caller must also remove them from their groups.
    pub(crate) fn remove(&mut self, id: UserId) -> Option<User> {
        let user = self.by_id.remove(id)?;
        self.forget_name(&user.name);
        self.by_key.remove(&user.key);
        self.by_profile.remove(&user.profile.id);
        Some(user)
    }
}
