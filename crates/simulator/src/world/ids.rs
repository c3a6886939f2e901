//! The ids of what a world holds. Each is counted from 1.

pub type AccountId = u32;
pub type InstanceId = u32;
pub type ApiKeyId = u32;
pub type InvitationId = u32;
pub type UserId = u32;
pub type GroupId = u32;
pub type MembershipId = u32;
pub type ObjectId = u32;
pub type ClassId = u32;
/// A field of a class, unique in it for ever.
pub type FieldId = u32;
