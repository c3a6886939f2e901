//! The types of ids. Each kind of id counts from 1.

pub type AccountId = u32;
pub type InstanceId = u32;
pub type ApiKeyId = u32;
pub type InvitationId = u32;
pub type UserId = u32;
pub type GroupId = u32;
pub type MembershipId = u32;
pub type ObjectId = u32;
pub type ChannelId = u32;
pub type ClassId = u32;
/// The id of a field, never reused within its class.
pub type FieldId = u32;

/// Maximum id, number or revision in a world file, so that there is room for later ones.
pub const HIGHEST_ID: u32 = u32::MAX / 2;
