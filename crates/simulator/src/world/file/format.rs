//! The members of a world file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::{Flag, Key, digits};
use crate::resources::channel::storage::ChannelsFile;
use crate::source::SeededKeys;
use crate::world::{
    AccountId, ApiKeyId, ClassId, ClassPermission, FieldId, GroupId, InstanceId, InvitationId, InvitationState,
    MembershipId, ObjectId, Permission, Role, UserId,
};

/// The version of the format, the first member of a file.
#[derive(Serialize, Deserialize)]
pub enum WorldFormat {
    #[serde(rename = "syncano-conformance-world/1")]
    V1,
}

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    pub format: WorldFormat,
    /// The next time of a seeded clock.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_time")]
    pub clock: Option<Timestamp>,
    /// The number of keys generated from the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<SeededKeys>,
    pub last_ids: LastIds,
    /// Sorted by id, without gaps.
    pub accounts: Vec<AccountFile>,
    pub instances: Vec<InstanceFile>,
}

/// The last assigned ids.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastIds {
    pub instance: InstanceId,
    pub api_key: ApiKeyId,
    pub invitation: InvitationId,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountFile {
    pub id: AccountId,
    pub email: String,
    pub password: String,
    #[serde(with = "digits")]
    pub account_key: Key,
    /// Whether the key is invalid because a later account got the same key.
    #[serde(default, skip_serializing_if = "is_not")]
    pub key_is_dead: bool,
    pub first_name: String,
    pub last_name: String,
    pub metadata: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceFile {
    pub id: InstanceId,
    pub name: String,
    pub description: String,
    pub metadata: Map<String, Value>,
    /// The values of `Instance::kept`, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub documents: BTreeMap<String, Value>,
    pub owner: AccountId,
    #[serde(with = "time")]
    pub created_at: Timestamp,
    #[serde(with = "time")]
    pub updated_at: Timestamp,
    pub last_ids: LastIdsInside,
    pub administrators: Vec<AdministratorFile>,
    pub invitations: Vec<InvitationFile>,
    pub api_keys: Vec<ApiKeyFile>,
    pub users: Vec<UserFile>,
    pub groups: Vec<GroupFile>,
    pub memberships: Vec<MembershipFile>,
    pub classes: Vec<ClassFile>,
    /// Missing in files of older versions: the channels of a new instance.
    #[serde(default)]
    pub channels: Option<ChannelsFile>,
    #[serde(default, skip_serializing_if = "Remains::is_empty")]
    pub remains: Remains,
}

/// The last assigned ids of an instance.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastIdsInside {
    pub administrator: u32,
    pub user: UserId,
    pub group: GroupId,
    pub membership: MembershipId,
    pub class: ClassId,
    /// Profiles share the ids of objects.
    pub object: ObjectId,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdministratorFile {
    pub number: u32,
    pub account: AccountId,
    pub role: Role,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InvitationFile {
    pub id: InvitationId,
    pub email: String,
    pub role: Role,
    #[serde(with = "digits")]
    pub key: Key,
    pub inviter: AccountId,
    pub invitee: Option<AccountId>,
    #[serde(with = "time")]
    pub created_at: Timestamp,
    #[serde(with = "time")]
    pub updated_at: Timestamp,
    pub state: InvitationState,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyFile {
    pub id: ApiKeyId,
    pub description: String,
    #[serde(with = "digits")]
    pub api_key: Key,
    /// Whether the key is invalid because a later API key of the instance got the same key.
    #[serde(default, skip_serializing_if = "is_not")]
    pub key_is_dead: bool,
    /// Whether the key is valid only inside its instance, because an API key of another instance
    /// got the same key.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_homeless: bool,
    /// The flags that are on.
    pub flags: Vec<Flag>,
    #[serde(with = "time")]
    pub created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserFile {
    pub id: UserId,
    pub username: String,
    /// Whether the name finds another user: a bug of an older version could assign a name twice.
    #[serde(default, skip_serializing_if = "is_not")]
    pub name_is_dead: bool,
    pub password: String,
    #[serde(with = "digits")]
    pub user_key: Key,
    /// Whether the key is invalid because a later user got the same key.
    #[serde(default, skip_serializing_if = "is_not")]
    pub key_is_dead: bool,
    pub profile: ObjectFile,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupFile {
    pub id: GroupId,
    pub name: Option<String>,
    pub label: String,
    pub description: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembershipFile {
    pub id: MembershipId,
    pub user: UserId,
    pub group: GroupId,
    /// The only side with the membership, if a bug of an older version removed it from the other
    /// side.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_to: Option<End>,
}

/// A side of a membership.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    User,
    Group,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClassFile {
    pub id: ClassId,
    pub name: String,
    pub description: String,
    /// The schema as shown by the API.
    pub schema: Vec<Map<String, Value>>,
    /// The ids of the fields, in the order of the schema.
    pub field_ids: Vec<FieldId>,
    pub last_field_id: FieldId,
    #[serde(with = "time")]
    pub created_at: Timestamp,
    #[serde(with = "time")]
    pub updated_at: Timestamp,
    pub revision: u32,
    pub group: Option<GroupId>,
    pub group_permissions: ClassPermission,
    pub other_permissions: ClassPermission,
    pub metadata: Map<String, Value>,
    /// Empty for `user_profile`: profiles are stored with their users.
    pub objects: Vec<ObjectFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObjectFile {
    pub id: ObjectId,
    #[serde(with = "time")]
    pub created_at: Timestamp,
    #[serde(with = "time")]
    pub updated_at: Timestamp,
    pub revision: u32,
    pub owner: Option<UserId>,
    pub owner_permissions: Permission,
    pub group: Option<GroupId>,
    pub group_permissions: Permission,
    pub other_permissions: Permission,
    pub channel: Option<String>,
    pub channel_room: Option<String>,
    /// The values by field name, without null.
    pub values: Map<String, Value>,
}

/// Deleted users and groups that still appear in lists, with the quirk `late-deletes`. Other
/// members, written by version 0.1, are ignored.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Remains {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<LateUser>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<LateGroup>,
}

/// A deleted user who still appears in the lists of their groups.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateUser {
    #[serde(with = "time")]
    pub until: Timestamp,
    pub user: UserFile,
    pub memberships: Vec<Held>,
}

/// A deleted group that still appears in the lists of its members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateGroup {
    #[serde(with = "time")]
    pub until: Timestamp,
    pub group: GroupFile,
    pub memberships: Vec<Held>,
}

/// A membership, with the id of its other side.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Held {
    pub id: MembershipId,
    pub with: u32,
}

fn is_not(on: &bool) -> bool {
    !on
}

impl Remains {
    pub fn is_empty(&self) -> bool {
        self.users.is_empty() && self.groups.is_empty()
    }
}

/// A time as text, with all its digits.
mod time {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|_| D::Error::custom("expected a time such as 2016-05-24T10:00:00Z"))
    }
}

/// An optional time as text.
mod optional_time {
    use jiff::Timestamp;
    use serde::{Deserializer, Serializer};

    use super::time;

    pub fn serialize<S: Serializer>(time: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
        match time {
            Some(time) => time::serialize(time, serializer),
            None => serializer.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
        time::deserialize(deserializer).map(Some)
    }
}
