//! A world as one JSON file: everything that a simulator remembers, so that it can go on elsewhere as if nothing had
//! happened. The file holds keys and passwords, and is meant to.
//!
//! What follows from the rest is not written: the indexes, and values of fields that a class has dropped. What a
//! world of an older version says of defects that were switched on in it is, where there is any. Reading checks whatever the simulator relies on; after that nobody does.

mod read;
mod write;

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    AccountId, ApiKeyId, ClassId, ClassPermission, FieldId, GroupId, InstanceId, InvitationId, InvitationState,
    MembershipId, ObjectId, Permission, Role, UserId,
};
use crate::api::{Flag, Key, digits};
use crate::source::Made;

pub use read::{NotAWorld, read};
pub use write::copy;

/// The format, which a file names first.
#[derive(Serialize, Deserialize)]
enum Format {
    #[serde(rename = "syncano-conformance-world/1")]
    V1,
}

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorldFile {
    format: Format,
    /// What a seeded clock tells next.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "optional_time")]
    clock: Option<Timestamp>,
    /// How many keys came of a seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keys: Option<Made>,
    last_ids: LastIds,
    /// In order of ids, none of which is missing.
    accounts: Vec<AccountFile>,
    instances: Vec<InstanceFile>,
}

/// The highest ids that were ever given.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastIds {
    instance: InstanceId,
    api_key: ApiKeyId,
    invitation: InvitationId,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountFile {
    id: AccountId,
    email: String,
    password: String,
    #[serde(with = "digits")]
    account_key: Key,
    /// The key opens nothing any more: another one got the same.
    #[serde(default, skip_serializing_if = "is_not")]
    key_is_dead: bool,
    first_name: String,
    last_name: String,
    metadata: Map<String, Value>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InstanceFile {
    id: InstanceId,
    name: String,
    description: String,
    metadata: Map<String, Value>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    documents: BTreeMap<String, Map<String, Value>>,
    owner: AccountId,
    #[serde(with = "time")]
    created_at: Timestamp,
    #[serde(with = "time")]
    updated_at: Timestamp,
    last_ids: LastIdsInside,
    administrators: Vec<AdministratorFile>,
    invitations: Vec<InvitationFile>,
    api_keys: Vec<ApiKeyFile>,
    users: Vec<UserFile>,
    groups: Vec<GroupFile>,
    memberships: Vec<MembershipFile>,
    classes: Vec<ClassFile>,
    #[serde(default, skip_serializing_if = "Remains::is_empty")]
    remains: Remains,
}

/// The highest ids that were ever given in an instance.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LastIdsInside {
    administrator: u32,
    user: UserId,
    group: GroupId,
    membership: MembershipId,
    class: ClassId,
    /// Profiles are counted among the objects.
    object: ObjectId,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct AdministratorFile {
    number: u32,
    account: AccountId,
    role: Role,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InvitationFile {
    id: InvitationId,
    email: String,
    role: Role,
    #[serde(with = "digits")]
    key: Key,
    inviter: AccountId,
    invitee: Option<AccountId>,
    #[serde(with = "time")]
    created_at: Timestamp,
    #[serde(with = "time")]
    updated_at: Timestamp,
    state: InvitationState,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ApiKeyFile {
    id: ApiKeyId,
    description: String,
    #[serde(with = "digits")]
    api_key: Key,
    /// As that of an account.
    #[serde(default, skip_serializing_if = "is_not")]
    key_is_dead: bool,
    /// The key opens its instance alone: an API key of another one got the same.
    #[serde(default, skip_serializing_if = "is_not")]
    is_homeless: bool,
    /// Those that are on.
    flags: Vec<Flag>,
    #[serde(with = "time")]
    created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct UserFile {
    id: UserId,
    username: String,
    /// Nobody is found under the name any more: a defect of an older version gave it to another one as well.
    #[serde(default, skip_serializing_if = "is_not")]
    name_is_dead: bool,
    password: String,
    #[serde(with = "digits")]
    user_key: Key,
    /// As that of an account.
    #[serde(default, skip_serializing_if = "is_not")]
    key_is_dead: bool,
    profile: ObjectFile,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupFile {
    id: GroupId,
    name: Option<String>,
    label: String,
    description: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct MembershipFile {
    id: MembershipId,
    user: UserId,
    group: GroupId,
    /// The one end that knows of it, where a defect of an older version let the other one forget it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    known_to: Option<End>,
}

/// An end of a membership.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    User,
    Group,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ClassFile {
    id: ClassId,
    name: String,
    description: String,
    /// As the API shows it.
    schema: Vec<Map<String, Value>>,
    /// The ids of the fields, in the order of the schema.
    field_ids: Vec<FieldId>,
    last_field_id: FieldId,
    #[serde(with = "time")]
    created_at: Timestamp,
    #[serde(with = "time")]
    updated_at: Timestamp,
    revision: u32,
    group: Option<GroupId>,
    group_permissions: ClassPermission,
    other_permissions: ClassPermission,
    metadata: Map<String, Value>,
    /// None for `user_profile`: profiles stand with their users.
    objects: Vec<ObjectFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ObjectFile {
    id: ObjectId,
    #[serde(with = "time")]
    created_at: Timestamp,
    #[serde(with = "time")]
    updated_at: Timestamp,
    revision: u32,
    owner: Option<UserId>,
    owner_permissions: Permission,
    group: Option<GroupId>,
    group_permissions: Permission,
    other_permissions: Permission,
    channel: Option<String>,
    channel_room: Option<String>,
    /// By the names of the fields; none for a field that is null.
    values: Map<String, Value>,
}

/// What was deleted and still shows in lists for a moment. Files of version 0.1 hold more, which counts for nothing.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Remains {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<LateUser>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    groups: Vec<LateGroup>,
}

/// A user who is gone, but lingers in the lists of their groups.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LateUser {
    #[serde(with = "time")]
    until: Timestamp,
    user: UserFile,
    memberships: Vec<Held>,
}

/// A group that is gone, but lingers in the lists of its members.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct LateGroup {
    #[serde(with = "time")]
    until: Timestamp,
    group: GroupFile,
    memberships: Vec<Held>,
}

/// A membership, and the other end of it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Held {
    id: MembershipId,
    with: u32,
}

fn is_not(on: &bool) -> bool {
    !on
}

impl Remains {
    fn is_empty(&self) -> bool {
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
