//! Data objects. The profile of a user is one.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::world::ids::{GroupId, ObjectId, UserId};
use crate::world::value::Values;

/// What somebody may do with an object, each level holding the ones before it.
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
    /// May name a group that is gone; then the object belongs to none.
    pub group: Option<GroupId>,
    pub group_permissions: Permission,
    pub other_permissions: Permission,
    pub channel: Option<Box<str>>,
    pub channel_room: Option<Box<str>>,
    /// The fields of its class.
    pub values: Values,
}

impl Permission {
    /// All levels, the lowest first.
    pub const ALL: [Permission; 4] = [Permission::None, Permission::Read, Permission::Write, Permission::Full];

    /// As it stands in a body.
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
    /// An object as it is when nothing is said of it: its owner's alone.
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
