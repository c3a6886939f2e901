//! Writes a world to a file. Equal worlds give identical files, so that files can be compared.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::atomic::Ordering;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Map, Value, json};

use super::format::{
    AccountFile, AdministratorFile, ApiKeyFile, ClassFile, End, GroupFile, Held, InstanceFile, InvitationFile, LastIds,
    LastIdsInside, LateGroup, LateUser, MembershipFile, ObjectFile, Remains, UserFile, WorldFile, WorldFormat,
};
use crate::api::Flag;
use crate::source::Progress;
use crate::world::{
    Account, Accounts, ApiKey, Class, FieldValue, Flags, Group, Instance, Invitation, Object, Stale, User, WorldState,
    read,
};

pub(super) const ALL: (Bound<u32>, Bound<u32>) = (Bound::Unbounded, Bound::Unbounded);

/// Copies a world. No request may change it meanwhile. Copying is many times faster than writing
/// the copy.
pub fn copy(world: &WorldState, progress: Progress) -> WorldFile {
    let instances = world.instances();
    let shared: Vec<_> = instances.ids().into_iter().filter_map(|id| instances.with_id(id)).collect();
    WorldFile {
        format: WorldFormat::V1,
        clock: progress.clock,
        keys: progress.keys,
        last_ids: LastIds {
            instance: instances.last_id,
            api_key: world.api_key_ids.load(Ordering::Relaxed),
            invitation: world.invitation_ids.load(Ordering::Relaxed),
        },
        accounts: accounts(&world.accounts()),
        instances: shared.iter().map(|shared| instance(world, &read(shared))).collect(),
    }
}

impl WorldFile {
    /// Returns the text of the file.
    pub fn write(&self) -> String {
        // This cannot fail: all values can be represented in JSON.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

fn accounts(accounts: &Accounts) -> Vec<AccountFile> {
    let in_order: BTreeMap<_, &Account> = accounts.by_id.iter().collect();
    let file = |account: &Account| AccountFile {
        id: account.id,
        email: account.email.clone(),
        password: account.password.clone(),
        account_key: account.key,
        key_is_dead: accounts.by_key.get(&account.key) != Some(&account.id),
        first_name: account.first_name.clone(),
        last_name: account.last_name.clone(),
        metadata: account.metadata.clone(),
    };
    in_order.into_values().map(file).collect()
}

fn instance(world: &WorldState, instance: &Instance) -> InstanceFile {
    let profiles = instance.classes.user_profile();
    let administrators = instance.administrators.range(ALL).map(|administrator| AdministratorFile {
        number: administrator.number,
        account: administrator.account,
        role: administrator.role,
    });
    let users = instance.users.all().map(|user| UserFile {
        name_is_dead: instance.users.by_name.get(&user.name) != Some(&user.id),
        key_is_dead: instance.users.by_key.get(&user.key) != Some(&user.id),
        ..self::user(profiles, user)
    });
    InstanceFile {
        id: instance.id(),
        name: instance.name().to_owned(),
        description: instance.description.clone(),
        metadata: instance.metadata.clone(),
        documents: instance.kept.write(),
        owner: instance.owner,
        created_at: instance.created_at,
        updated_at: instance.updated_at,
        last_ids: LastIdsInside {
            administrator: instance.administrators.last_number,
            user: instance.users.last_id,
            group: instance.groups.last_id,
            membership: instance.last_membership,
            class: instance.classes.last_id,
            object: instance.last_object,
        },
        administrators: administrators.collect(),
        invitations: instance.invitations.range(ALL).map(invitation).collect(),
        api_keys: instance.api_keys.range(ALL).map(|key| api_key(world, instance, key)).collect(),
        users: users.collect(),
        groups: instance.groups.range(ALL).map(group).collect(),
        memberships: memberships(instance),
        classes: instance.classes.range(ALL).map(class).collect(),
        channels: Some(instance.channels.to_file()),
        remains: remains(profiles, &instance.stale),
    }
}

fn invitation(invitation: &Invitation) -> InvitationFile {
    InvitationFile {
        id: invitation.id,
        email: invitation.email.clone(),
        role: invitation.role,
        key: invitation.key,
        inviter: invitation.inviter,
        invitee: invitation.invitee,
        created_at: invitation.created_at,
        updated_at: invitation.updated_at,
        state: invitation.state,
    }
}

fn api_key(world: &WorldState, instance: &Instance, api_key: &ApiKey) -> ApiKeyFile {
    let key = api_key.key();
    let key_is_dead = instance.api_keys.by_key.get(&key) != Some(&api_key.id());
    ApiKeyFile {
        id: api_key.id(),
        description: api_key.description.clone(),
        api_key: key,
        key_is_dead,
        is_homeless: !key_is_dead && read(&world.homes).get(&key) != Some(&instance.id()),
        flags: flags(api_key.flags),
        created_at: api_key.created_at,
    }
}

fn flags(flags: Flags) -> Vec<Flag> {
    Flag::ALL.into_iter().filter(|flag| flags.has(*flag)).collect()
}

fn user(profiles: &Class, user: &User) -> UserFile {
    UserFile {
        id: user.id,
        username: user.name.to_string(),
        name_is_dead: false,
        password: user.password.to_string(),
        user_key: user.key,
        key_is_dead: false,
        profile: object(profiles, &user.profile),
    }
}

fn group(group: &Group) -> GroupFile {
    GroupFile {
        id: group.id,
        name: group.name().map(str::to_owned),
        label: group.label.clone(),
        description: group.description.clone(),
    }
}

/// Returns the memberships, each with the sides that have it.
fn memberships(instance: &Instance) -> Vec<MembershipFile> {
    let mut known: BTreeMap<_, [bool; 2]> = BTreeMap::new();
    for user in instance.users.all() {
        for membership in user.memberships() {
            let [to_user, _] = known.entry((membership.id, user.id, membership.group)).or_default();
            *to_user = true;
        }
    }
    for group in instance.groups.range(ALL) {
        for (id, user) in group.members(ALL) {
            let [_, to_group] = known.entry((id, user, group.id)).or_default();
            *to_group = true;
        }
    }
    let file = |((id, user, group), [to_user, to_group]): (_, [bool; 2])| MembershipFile {
        id,
        user,
        group,
        known_to: match (to_user, to_group) {
            (true, false) => Some(End::User),
            (false, true) => Some(End::Group),
            _ => None,
        },
    };
    known.into_iter().map(file).collect()
}

fn class(class: &Class) -> ClassFile {
    ClassFile {
        id: class.id(),
        name: class.name().to_owned(),
        description: class.description.clone(),
        schema: class.schema().to_vec(),
        field_ids: class.fields().iter().map(|field| field.id).collect(),
        last_field_id: class.last_field,
        created_at: class.created_at,
        updated_at: class.updated_at,
        revision: class.revision,
        group: class.group,
        group_permissions: class.group_permissions,
        other_permissions: class.other_permissions,
        metadata: class.metadata.clone(),
        objects: class.objects().values().map(|stored| object(class, stored)).collect(),
    }
}

fn object(class: &Class, object: &Object) -> ObjectFile {
    let values = class.fields().iter().filter_map(|field| {
        let value = object.values.get(field.id)?;
        Some((field.definition.name.to_string(), self::value(value)))
    });
    ObjectFile {
        id: object.id,
        created_at: object.created_at,
        updated_at: object.updated_at,
        revision: object.revision,
        owner: object.owner,
        owner_permissions: object.owner_permissions,
        group: object.group,
        group_permissions: object.group_permissions,
        other_permissions: object.other_permissions,
        channel: object.channel.as_deref().map(str::to_owned),
        channel_room: object.channel_room.as_deref().map(str::to_owned),
        values: Map::from_iter(values),
    }
}

fn value(value: &FieldValue) -> Value {
    match value {
        FieldValue::Text(text) => json!(text),
        FieldValue::Integer(number) => json!(number),
        FieldValue::Float(number) => json!(number),
        FieldValue::Boolean(on) => json!(on),
        FieldValue::Time(time) => json!(time.to_string()),
        FieldValue::Reference(id) => json!(id),
        FieldValue::Relation(ids) => json!(ids),
        FieldValue::Json(value) => (**value).clone(),
        FieldValue::File(file) => json!({ "name": file.name, "base64": BASE64.encode(&file.bytes) }),
        FieldValue::Point { longitude, latitude } => json!({ "longitude": longitude, "latitude": latitude }),
    }
}

/// Returns the deleted users and groups that still appear in lists.
fn remains(profiles: &Class, stale: &Stale) -> Remains {
    Remains {
        users: stale
            .users
            .iter()
            .map(|(until, late)| LateUser {
                until: *until,
                user: user(profiles, late),
                memberships: late.memberships().iter().map(|held| Held { id: held.id, with: held.group }).collect(),
            })
            .collect(),
        groups: stale
            .groups
            .iter()
            .map(|(until, late)| LateGroup {
                until: *until,
                group: group(late),
                memberships: late.members(ALL).map(|(id, with)| Held { id, with }).collect(),
            })
            .collect(),
    }
}
