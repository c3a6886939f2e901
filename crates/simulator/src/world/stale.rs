//! Deleted users and groups that still appear in lists, with the quirk `late-deletes`.

use std::ops::Bound;

use jiff::Timestamp;

use super::ids::{GroupId, MembershipId, UserId};
use crate::resources::group::storage::Group;
use crate::resources::user::storage::User;

/// The deleted items of one instance.
#[derive(Default)]
pub struct Stale {
    /// Deleted users, with the time until which they appear.
    pub(super) users: Vec<(Timestamp, User)>,
    /// Deleted groups, with the time until which they appear.
    pub(super) groups: Vec<(Timestamp, Group)>,
}

/// The time span in which a deleted item still appears in lists.
#[derive(Clone, Copy)]
pub struct Late {
    pub since: Timestamp,
    pub until: Timestamp,
}

impl Stale {
    pub(super) fn keep_user(&mut self, user: User, late: Late) {
        self.users.retain(|(until, _)| late.since < *until);
        self.users.push((late.until, user));
    }

    pub(super) fn keep_group(&mut self, group: Group, late: Late) {
        self.groups.retain(|(until, _)| late.since < *until);
        self.groups.push((late.until, group));
    }

    /// Returns whether there are such users or groups; their time may be over.
    pub fn lingers(&self) -> bool {
        !self.users.is_empty() || !self.groups.is_empty()
    }

    /// Returns the deleted users that still appear in the list of that group.
    pub fn users_of(&self, group: GroupId, now: Timestamp) -> impl Iterator<Item = (MembershipId, &User)> {
        let late = self.users.iter().filter(move |(until, _)| now < *until);
        late.filter_map(move |(_, user)| Some((user.membership(group)?.id, user)))
    }

    /// Returns the deleted groups that still appear in the list of that user.
    pub fn groups_of(&self, user: UserId, now: Timestamp) -> impl Iterator<Item = (MembershipId, &Group)> {
        let late = self.groups.iter().filter(move |(until, _)| now < *until);
        late.filter_map(move |(_, group)| {
            let mut members = group.members((Bound::Unbounded, Bound::Unbounded));
            members.find(|(_, member)| *member == user).map(|(membership, _)| (membership, group))
        })
    }
}
