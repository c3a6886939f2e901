//! Storage of groups.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

use crate::world::ids::{GroupId, MembershipId, UserId};
use crate::world::taken::Taken;

/// A group.
#[derive(Clone)]
pub struct Group {
    pub(crate) id: GroupId,
    pub(crate) name: Option<Box<str>>,
    pub label: String,
    pub description: String,
    pub(crate) members: BTreeMap<MembershipId, UserId>,
}

/// The groups of one instance, indexed by id and name.
#[derive(Default)]
pub struct Groups {
    pub(crate) by_id: BTreeMap<GroupId, Group>,
    pub(crate) by_name: HashMap<Box<str>, GroupId>,
    pub(crate) last_id: GroupId,
}

impl Group {
    pub fn id(&self) -> GroupId {
        self.id
    }

    /// Returns the name in lower case, if the group has one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the memberships with ids in a range, sorted by id.
    pub fn members(
        &self,
        ids: (Bound<MembershipId>, Bound<MembershipId>),
    ) -> impl DoubleEndedIterator<Item = (MembershipId, UserId)> {
        self.members.range(ids).map(|(id, user)| (*id, *user))
    }

    /// Adds a member.
    pub(crate) fn admit(&mut self, membership: MembershipId, user: UserId) {
        self.members.insert(membership, user);
    }

    /// Removes a member.
    pub(crate) fn dismiss(&mut self, membership: MembershipId) {
        self.members.remove(&membership);
    }
}

impl Groups {
    pub fn get(&self, id: GroupId) -> Option<&Group> {
        self.by_id.get(&id)
    }

    /// Returns the group for changes of members without an index.
    pub fn get_mut(&mut self, id: GroupId) -> Option<&mut Group> {
        self.by_id.get_mut(&id)
    }

    /// Returns the groups with ids in a range, sorted by id.
    pub fn range(&self, ids: (Bound<GroupId>, Bound<GroupId>)) -> impl DoubleEndedIterator<Item = &Group> {
        self.by_id.range(ids).map(|(_, group)| group)
    }

    /// Returns whether a group other than `id` has that name.
    pub fn name_is_taken(&self, name: &str, id: Option<GroupId>) -> bool {
        self.by_name.get(name).is_some_and(|holder| Some(*holder) != id)
    }

    /// Adds a group.
    pub fn add(&mut self, name: Option<&str>, label: String, description: String) -> Result<GroupId, Taken> {
        if name.is_some_and(|name| self.name_is_taken(name, None)) {
            return Err(Taken);
        }
        self.last_id += 1;
        let id = self.last_id;
        if let Some(name) = name {
            self.by_name.insert(name.into(), id);
        }
        let group = Group { id, name: name.map(Box::from), label, description, members: BTreeMap::new() };
        self.by_id.insert(id, group);
        Ok(id)
    }

    /// Changes the name of a group, or removes it.
    pub fn rename(&mut self, id: GroupId, name: Option<&str>) -> Result<(), Taken> {
        if name.is_some_and(|name| self.name_is_taken(name, Some(id))) {
            return Err(Taken);
        }
        if let Some(group) = self.by_id.get_mut(&id) {
            if let Some(old) = group.name.take() {
                self.by_name.remove(&old);
            }
            if let Some(name) = name {
                self.by_name.insert(name.into(), id);
                group.name = Some(name.into());
            }
        }
        Ok(())
    }

    /// Removes a group. The caller must also remove it from its members.
    pub(crate) fn remove(&mut self, id: GroupId) -> Option<Group> {
        let group = self.by_id.remove(&id)?;
        if let Some(name) = &group.name {
            self.by_name.remove(name);
        }
        Some(group)
    }
}
