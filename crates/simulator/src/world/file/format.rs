//! The members of a world file.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::api::{Flag, Key, digits};
use crate::source::Made;
use crate::world::{
    AccountId, ApiKeyId, ClassId, ClassPermission, FieldId, GroupId, InstanceId, InvitationId, InvitationState,
    MembershipId, ObjectId, Permission, Role, UserId,
};

/// The format, which a file names first.
#[derive(Serialize, Deserialize)]
pub enum Format {
    #[serde(rename = "syncano-conformance-world/1")]
    V1,
}

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    pub format: Format,
    /// What a seeded clock tells next.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_time")]
    pub clock: Option<Timestamp>,
    /// How many keys came of a seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keys: Option<Made>,
    pub last_ids: LastIds,
    /// In order of ids, none of which is missing.
    pub accounts: Vec<AccountFile>,
    pub instances: Vec<InstanceFile>,
}

/// The highest ids that were ever given.
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
    /// The key opens nothing any more: another one got the same.
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
    /// What simple resources keep, by the name of the resource.
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
    #[serde(default, skip_serializing_if = "Remains::is_empty")]
    pub remains: Remains,
}

/// The highest ids that were ever given in an instance.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LastIdsInside {
    pub administrator: u32,
    pub user: UserId,
    pub group: GroupId,
    pub membership: MembershipId,
    pub class: ClassId,
    /// Profiles are counted among the objects.
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
    /// As that of an account.
    #[serde(default, skip_serializing_if = "is_not")]
    pub key_is_dead: bool,
    /// The key opens its instance alone: an API key of another one got the same.
    #[serde(default, skip_serializing_if = "is_not")]
    pub is_homeless: bool,
    /// Those that are on.
    pub flags: Vec<Flag>,
    #[serde(with = "time")]
    pub created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserFile {
    pub id: UserId,
    pub username: String,
    /// Nobody is found under the name any more: a defect of an older version gave it to another one as well.
    #[serde(default, skip_serializing_if = "is_not")]
    pub name_is_dead: bool,
    pub password: String,
    #[serde(with = "digits")]
    pub user_key: Key,
    /// As that of an account.
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
    /// The one end that knows of it, where a defect of an older version let the other one forget it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known_to: Option<End>,
}

/// An end of a membership.
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
    /// As the API shows it.
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
    /// None for `user_profile`: profiles stand with their users.
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
    /// By the names of the fields; none for a field that is null.
    pub values: Map<String, Value>,
}

/// What was deleted and still shows in lists for a moment. Files of version 0.1 hold more, which counts for nothing.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Remains {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub users: Vec<LateUser>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub groups: Vec<LateGroup>,
}

/// A user who is gone, but lingers in the lists of their groups.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateUser {
    #[serde(with = "time")]
    pub until: Timestamp,
    pub user: UserFile,
    pub memberships: Vec<Held>,
}

/// A group that is gone, but lingers in the lists of its members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LateGroup {
    #[serde(with = "time")]
    pub until: Timestamp,
    pub group: GroupFile,
    pub memberships: Vec<Held>,
}

/// A membership, and the other end of it.
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

/// A point in time as a text, to the last digit of it.
mod time {
    use jiff::Timestamp;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(time: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(time)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(|_| D::Error::custom("a time is wanted, such as 2016-05-24T10:00:00Z"))
    }
}

/// The same, where there may be none.
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
