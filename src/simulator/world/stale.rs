//! What has ended and should be forgotten. Deviations alone put something in here; then requests come upon it.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use jiff::Timestamp;

use super::{ApiKeyId, Flags, Group, GroupId, MembershipId, User, UserId};
use crate::api::Key;

/// The remains of an instance.
#[derive(Default)]
pub struct Stale {
    /// Who and what is gone, but lingers in lists until that time.
    pub(super) users: Vec<(Timestamp, User)>,
    pub(super) groups: Vec<(Timestamp, Group)>,
    /// The user keys of those who have another one, or are gone.
    pub user_keys: HashMap<Key, UserId>,
    /// The user keys before the present ones.
    pub user_keys_before: HashMap<UserId, Key>,
    /// The names and passwords that users had before.
    pub names: HashMap<Box<str>, UserId>,
    pub passwords: HashMap<UserId, Box<str>>,
    /// The keys of users under the names that they have given up.
    pub keys_of_names: HashMap<Box<str>, Key>,
    /// The API keys with which users were created.
    pub made_with: HashMap<UserId, ApiKeyId>,
    /// The names of users who are gone.
    pub names_of_nobody: HashSet<Box<str>>,
    /// The API keys that were deleted, or have another value.
    pub api_keys: HashMap<Key, (ApiKeyId, Flags)>,
    /// What the flags of an API key were at first.
    pub flags: HashMap<ApiKeyId, Flags>,
}

/// How long something that is deleted goes on to show in lists.
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

    /// Whether there may be users or groups that linger.
    pub fn lingers(&self) -> bool {
        !self.users.is_empty() || !self.groups.is_empty()
    }

    /// The users who are gone, but linger in the list of that group.
    pub fn users_of(&self, group: GroupId, now: Timestamp) -> impl Iterator<Item = (MembershipId, &User)> {
        let late = self.users.iter().filter(move |(until, _)| now < *until);
        late.filter_map(move |(_, user)| Some((user.membership(group)?.id, user)))
    }

    /// The groups that are gone, but linger in the list of that user.
    pub fn groups_of(&self, user: UserId, now: Timestamp) -> impl Iterator<Item = (MembershipId, &Group)> {
        let late = self.groups.iter().filter(move |(until, _)| now < *until);
        late.filter_map(move |(_, group)| {
            let mut members = group.members((Bound::Unbounded, Bound::Unbounded));
            members.find(|(_, member)| *member == user).map(|(membership, _)| (membership, group))
        })
    }
}
