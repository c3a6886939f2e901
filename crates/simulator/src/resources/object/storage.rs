//! Storage of data objects; the profiles of users are data objects.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::ids::{GroupId, ObjectId, UserId};
use crate::world::value::Values;

/// A permission on an object; each level includes the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Permission {
    None,
    Read,
    Write,
    Full,
}

/// A data object.
#[derive(Clone)]
pub struct Object {
    pub id: ObjectId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub revision: u32,
    pub owner: Option<UserId>,
    pub owner_permissions: Permission,
    /// The group of the object. If the group was deleted, the object has none.
    pub group: Option<GroupId>,
    pub group_permissions: Permission,
    pub other_permissions: Permission,
    pub channel: Option<Box<str>>,
    pub channel_room: Option<Box<str>>,
    /// The values of the class fields.
    pub values: Values,
}

impl Permission {
    /// All permissions in ascending order.
    pub const ALL: [Permission; 4] = [Permission::None, Permission::Read, Permission::Write, Permission::Full];

    /// Returns the name, as used in bodies.
    pub fn name(self) -> &'static str {
        match self {
            Permission::None => "none",
            Permission::Read => "read",
            Permission::Write => "write",
            Permission::Full => "full",
        }
    }
}

impl Object {
    /// Returns an object with default values: only its owner has permissions.
    pub fn new(id: ObjectId, owner: Option<UserId>, now: Timestamp) -> Object {
        Object {
            id,
            created_at: now,
            updated_at: now,
            revision: 1,
            owner,
            owner_permissions: Permission::Full,
            group: None,
            group_permissions: Permission::None,
            other_permissions: Permission::None,
            channel: None,
            channel_room: None,
            values: Values::default(),
        }
    }
}
