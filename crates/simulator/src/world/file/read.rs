//! Reads a world from a file. It checks everything that the simulator relies on: ids are unique and
//! at most the last id, names and keys are unique, and required references exist.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Display;
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, RwLock};

use serde_json::Value;

use super::check::{Result, TAKEN, id, last, lower, once, wrong};
use super::format::{
    AccountFile, AdministratorFile, ApiKeyFile, End, GroupFile, Held, InstanceFile, InvitationFile, MembershipFile,
    Remains, UserFile, WorldFile,
};
use super::read_classes::{Unfilled, classes, free, object};
use super::write::ALL;
use crate::api::{Flag, Key, KeyKind, without_keys};
use crate::json::{self, JsonError};
use crate::resources::channel::storage::Channels;
use crate::source::Progress;
use crate::world::{
    Account, AccountId, Accounts, Administrator, Administrators, ApiKey, ApiKeys, Class, Classes, Flags, Group,
    GroupId, Groups, Instance, Instances, Invitation, Invitations, KeptType, Known, Membership, ObjectId, Stale, User,
    Users, WorldState,
};

/// Maximum number of keys generated from a seed. Loading generates them again to restore the
/// generator.
const MOST_KEYS: u64 = 1_000_000_000;

const MISSING: &str = "no such account";

/// Returns the world of a file, and the state of its clock and keys. `known` are the types
/// of what resources keep.
pub fn read(text: &[u8], known: &[&KeptType]) -> Result<(WorldState, Progress)> {
    let file: WorldFile = json::read(text).map_err(|misread| wrong(misread.place, misread.what))?;
    let progress = Progress { clock: file.clock, keys: file.keys };
    if progress.keys.is_some_and(|keys| keys.made > MOST_KEYS) {
        return Err(wrong("keys.made", format!("expected at most {MOST_KEYS}")));
    }
    let accounts = accounts(file.accounts)?;
    let ids = file.last_ids;
    [ids.instance, ids.api_key, ids.invitation].into_iter().try_for_each(|id| last("last_ids", id))?;
    let world = WorldState {
        api_key_ids: AtomicU32::new(ids.api_key),
        invitation_ids: AtomicU32::new(ids.invitation),
        ..WorldState::default()
    };
    let mut instances = Instances { last_id: ids.instance, ..Instances::default() };
    let mut homes = HashMap::new();
    let (mut api_key_ids, mut invitation_ids) = (HashSet::new(), HashSet::new());
    for (position, file) in file.instances.into_iter().enumerate() {
        let place = format!("instances[{position}]");
        for (position, key) in file.api_keys.iter().enumerate() {
            let place = format!("{place}.api_keys[{position}]");
            id(&place, key.id, ids.api_key)?;
            once(&mut api_key_ids, format_args!("{place}.id"), key.id)?;
            if !key.key_is_dead && !key.is_homeless && homes.insert(key.api_key, file.id).is_some() {
                return Err(wrong(format_args!("{place}.api_key"), TAKEN));
            }
        }
        for (position, invitation) in file.invitations.iter().enumerate() {
            let place = format!("{place}.invitations[{position}]");
            id(&place, invitation.id, ids.invitation)?;
            once(&mut invitation_ids, format_args!("{place}.id"), invitation.id)?;
        }
        id(&place, file.id, instances.last_id)?;
        let instance = instance(&place, file, &accounts, known)?;
        index_files(&world, &instance);
        for account in instance.administrators.accounts() {
            world.set_administers(account, instance.id(), true);
        }
        for invitation in instance.invitations.range(ALL).filter(|invitation| invitation.is_open()) {
            world.open_invitations_mut().add(instance.id(), invitation);
        }
        let (id, name) = (instance.id(), instance.name().to_owned());
        if instances.by_name.insert(name, id).is_some() {
            return Err(wrong(format_args!("{place}.name"), TAKEN));
        }
        if instances.by_id.insert(id, Arc::new(RwLock::new(instance))).is_some() {
            return Err(wrong(format_args!("{place}.id"), TAKEN));
        }
    }
    Ok((
        WorldState {
            accounts: RwLock::new(accounts),
            instances: RwLock::new(instances),
            homes: RwLock::new(homes),
            ..world
        },
        progress,
    ))
}

/// Makes the files of an instance available by their URLs.
fn index_files(world: &WorldState, instance: &Instance) {
    instance.files(|class, file| world.files().add((instance.id(), class, file.name.clone()), file));
}

fn accounts(files: Vec<AccountFile>) -> Result<Accounts> {
    let mut accounts = Accounts::default();
    for (position, file) in files.into_iter().enumerate() {
        let place = format!("accounts[{position}]");
        if usize::try_from(file.id).ok() != position.checked_add(1) {
            return Err(wrong(format_args!("{place}.id"), "expected ids from 1 in ascending order without gaps"));
        }
        lower(format_args!("{place}.email"), &file.email)?;
        kind(format_args!("{place}.account_key"), file.account_key)?;
        if accounts.by_email.insert(file.email.clone(), file.id).is_some() {
            return Err(wrong(format_args!("{place}.email"), TAKEN));
        }
        if !file.key_is_dead && accounts.by_key.insert(file.account_key, file.id).is_some() {
            return Err(wrong(format_args!("{place}.account_key"), TAKEN));
        }
        let account = Account {
            id: file.id,
            key: file.account_key,
            email: file.email,
            password: file.password,
            first_name: file.first_name,
            last_name: file.last_name,
            metadata: file.metadata,
        };
        accounts.by_id.insert(account.id, account);
    }
    Ok(accounts)
}

/// Checks that a key is not an API key. User keys are not checked, because worlds of older versions
/// have odd ones.
fn kind(place: impl Display, key: Key) -> Result<()> {
    let is_fine = key.kind() == KeyKind::AccountOrUser;
    is_fine.then_some(()).ok_or_else(|| wrong(place, "expected a key with an even last digit"))
}

fn instance(place: &str, file: InstanceFile, accounts: &Accounts, known: &[&KeptType]) -> Result<Instance> {
    lower(format_args!("{place}.name"), &file.name)?;
    account(format_args!("{place}.owner"), file.owner, accounts)?;
    let ids = &file.last_ids;
    let lasts = [ids.administrator, ids.user, ids.group, ids.membership, ids.class, ids.object];
    lasts.into_iter().try_for_each(|id| last(format_args!("{place}.last_ids"), id))?;

    let (profiles, others) = classes(place, file.classes, ids.class)?;
    let mut instance = Instance::new(file.id, file.name, file.owner, file.created_at);
    instance.description = file.description;
    instance.metadata = file.metadata;
    if let Some(channels) = file.channels {
        let read = Channels::from_file(channels);
        instance.channels = read.map_err(|(inside, what)| wrong(format_args!("{place}.channels.{inside}"), what))?;
    }
    instance.updated_at = file.updated_at;
    instance.administrators = administrators(place, file.administrators, ids.administrator, accounts)?;
    instance.invitations = invitations(place, file.invitations, accounts)?;
    instance.api_keys = api_keys(place, file.api_keys)?;
    instance.last_membership = ids.membership;
    instance.last_object = ids.object;
    instance.groups = groups(place, file.groups, ids.group)?;
    instance.stale = stale(place, file.remains, &profiles)?;
    instance.classes = Classes { last_id: ids.class, ..Classes::new(file.created_at) };
    instance.classes.user_profile = profiles;

    let mut objects = HashSet::new();
    instance.users.last_id = ids.user;
    for (position, file) in file.users.into_iter().enumerate() {
        let place = format!("{place}.users[{position}]");
        id(&place, file.id, ids.user)?;
        id(&format!("{place}.profile"), file.profile.id, ids.object)?;
        once(&mut objects, format_args!("{place}.profile.id"), file.profile.id)?;
        add_user(&place, file, &mut instance.users, &mut instance.classes.user_profile)?;
    }
    for (position, file) in file.memberships.into_iter().enumerate() {
        join(&format!("{place}.memberships[{position}]"), file, &mut instance)?;
    }
    other_classes(&mut instance, place, others, &mut objects)?;
    kept(&mut instance, place, file.documents, known)?;
    Ok(instance)
}

/// Adds the classes beside `user_profile`, with their objects. `objects` holds the ids of those that
/// were read before.
fn other_classes(
    instance: &mut Instance,
    place: &str,
    others: Vec<Unfilled>,
    objects: &mut HashSet<ObjectId>,
) -> Result<()> {
    for (position, (class, files)) in others.into_iter().enumerate() {
        // The first class of the file is `user_profile`, which is not in this list.
        let place = format!("{place}.classes[{}]", position + 1);
        let class_id = class.id();
        if instance.classes.by_name.insert(class.name().into(), class_id).is_some() {
            return Err(wrong(format_args!("{place}.name"), TAKEN));
        }
        if instance.classes.others.insert(class_id, class).is_some() {
            return Err(wrong(format_args!("{place}.id"), TAKEN));
        }
        for (position, file) in files.into_iter().enumerate() {
            let place = format!("{place}.objects[{position}]");
            id(&place, file.id, instance.last_object)?;
            once(objects, format_args!("{place}.id"), file.id)?;
            let Some(class) = instance.classes.get(class_id) else { continue };
            let object = object(&place, file, class)?;
            free(&place, class, &object)?;
            instance.store_object(class_id, object);
        }
    }
    Ok(())
}

fn account(place: impl Display, id: AccountId, accounts: &Accounts) -> Result<()> {
    accounts.get(id).map(drop).ok_or_else(|| wrong(place, MISSING))
}

fn kept(instance: &mut Instance, place: &str, files: BTreeMap<String, Value>, known: &[&KeptType]) -> Result<()> {
    for (name, value) in files {
        let place = format!("{place}.documents.{name}");
        let Some(kept) = known.iter().find(|kept| kept.name == name) else {
            let names = known.iter().map(|kept| kept.name).collect::<Vec<_>>().join(", ");
            return Err(wrong(place, format_args!("unknown value; expected {names}")));
        };
        let present = Known { users: &instance.users, classes: &instance.classes };
        instance.kept.read(kept, value, &present).map_err(|JsonError { place: inside, what }| {
            match inside.as_str() {
                "." => wrong(&place, without_keys(&what)),
                inside => wrong(format_args!("{place}.{inside}"), what),
            }
        })?;
    }
    Ok(())
}

fn administrators(
    place: &str,
    files: Vec<AdministratorFile>,
    last: u32,
    accounts: &Accounts,
) -> Result<Administrators> {
    let (by_account, by_number) = (BTreeMap::new(), BTreeMap::new());
    let mut administrators = Administrators { by_account, by_number, last_number: last };
    for (position, file) in files.into_iter().enumerate() {
        let place = format!("{place}.administrators[{position}]");
        account(format_args!("{place}.account"), file.account, accounts)?;
        let AdministratorFile { number, account, role } = file;
        if number == 0 || number > last || administrators.by_number.insert(number, account).is_some() {
            return Err(wrong(format_args!("{place}.number"), "expected a unique number from 1 to the last one"));
        }
        if administrators.by_account.insert(account, Administrator { number, account, role }).is_some() {
            return Err(wrong(format_args!("{place}.account"), TAKEN));
        }
    }
    Ok(administrators)
}

fn invitations(place: &str, files: Vec<InvitationFile>, accounts: &Accounts) -> Result<Invitations> {
    let mut invitations = Invitations::default();
    for (position, file) in files.into_iter().enumerate() {
        let place = format!("{place}.invitations[{position}]");
        lower(format_args!("{place}.email"), &file.email)?;
        account(format_args!("{place}.inviter"), file.inviter, accounts)?;
        if let Some(invitee) = file.invitee {
            account(format_args!("{place}.invitee"), invitee, accounts)?;
        }
        if invitations.with_email(&file.email).is_some() {
            return Err(wrong(format_args!("{place}.email"), TAKEN));
        }
        invitations.add(Invitation {
            id: file.id,
            email: file.email,
            role: file.role,
            key: file.key,
            inviter: file.inviter,
            invitee: file.invitee,
            created_at: file.created_at,
            updated_at: file.updated_at,
            state: file.state,
        });
    }
    Ok(invitations)
}

fn api_keys(place: &str, files: Vec<ApiKeyFile>) -> Result<ApiKeys> {
    let mut keys = ApiKeys::default();
    for (position, file) in files.into_iter().enumerate() {
        let place = format!("{place}.api_keys[{position}].api_key");
        if file.api_key.kind() != KeyKind::Api {
            return Err(wrong(place, "expected a key with an odd last digit"));
        }
        let key = ApiKey::new(file.id, file.api_key, file.description, flags(&file.flags), file.created_at);
        if !file.key_is_dead && keys.by_key.insert(file.api_key, file.id).is_some() {
            return Err(wrong(place, TAKEN));
        }
        keys.by_id.insert(file.id, key);
    }
    Ok(keys)
}

fn flags(on: &[Flag]) -> Flags {
    on.iter().fold(Flags::default(), |flags, flag| flags.with(*flag, true))
}

fn groups(place: &str, files: Vec<GroupFile>, last: GroupId) -> Result<Groups> {
    let mut groups = Groups { last_id: last, ..Groups::default() };
    for (position, file) in files.into_iter().enumerate() {
        let place = format!("{place}.groups[{position}]");
        id(&place, file.id, last)?;
        let group = group(&place, file)?;
        if group.name.as_ref().is_some_and(|name| groups.by_name.insert(name.clone(), group.id).is_some()) {
            return Err(wrong(format_args!("{place}.name"), TAKEN));
        }
        if groups.by_id.insert(group.id, group).is_some() {
            return Err(wrong(format_args!("{place}.id"), TAKEN));
        }
    }
    Ok(groups)
}

fn group(place: &str, file: GroupFile) -> Result<Group> {
    let name = file.name.map(String::into_boxed_str);
    name.as_deref().map_or(Ok(()), |name| lower(format_args!("{place}.name"), name))?;
    Ok(Group { id: file.id, name, label: file.label, description: file.description, members: BTreeMap::new() })
}

fn add_user(place: &str, file: UserFile, users: &mut Users, profiles: &mut Class) -> Result<()> {
    let (name_is_dead, key_is_dead) = (file.name_is_dead, file.key_is_dead);
    let user = user(place, file, profiles)?;
    free(&format!("{place}.profile"), profiles, &user.profile)?;
    profiles.reindex(user.profile.id, None, Some(&user.profile.values));
    if !name_is_dead && users.set_name(Arc::clone(&user.name), user.id).is_some() {
        return Err(wrong(format_args!("{place}.username"), TAKEN));
    }
    if !key_is_dead && users.by_key.insert(user.key, user.id).is_some() {
        return Err(wrong(format_args!("{place}.user_key"), TAKEN));
    }
    users.by_profile.insert(user.profile.id, user.id);
    if users.by_id.insert(user.id, user).is_some() {
        return Err(wrong(format_args!("{place}.id"), TAKEN));
    }
    Ok(())
}

fn user(place: &str, file: UserFile, profiles: &Class) -> Result<User> {
    lower(format_args!("{place}.username"), &file.username)?;
    Ok(User {
        id: file.id,
        name: file.username.into(),
        key: file.user_key,
        password: file.password.into_boxed_str(),
        profile: object(&format!("{place}.profile"), file.profile, profiles)?,
        groups: Vec::new(),
    })
}

/// Adds a membership on the sides that have it.
fn join(place: &str, file: MembershipFile, instance: &mut Instance) -> Result<()> {
    id(place, file.id, instance.last_membership)?;
    if file.known_to != Some(End::Group) {
        let user = instance.users.get_mut(file.user);
        let user = user.ok_or_else(|| wrong(format_args!("{place}.user"), "no such user"))?;
        if user.membership(file.group).is_some() {
            return Err(wrong(place, "the user is already in that group"));
        }
        user.join(Membership { id: file.id, group: file.group });
    }
    if file.known_to != Some(End::User) {
        let group = instance.groups.get_mut(file.group);
        let group = group.ok_or_else(|| wrong(format_args!("{place}.group"), "no such group"))?;
        if group.members.insert(file.id, file.user).is_some() {
            return Err(wrong(format_args!("{place}.id"), TAKEN));
        }
    }
    Ok(())
}

fn stale(place: &str, remains: Remains, profiles: &Class) -> Result<Stale> {
    let mut stale = Stale::default();
    for (position, late) in remains.users.into_iter().enumerate() {
        let mut user = user(&format!("{place}.remains.users[{position}].user"), late.user, profiles)?;
        late.memberships.into_iter().for_each(|Held { id, with }| user.join(Membership { id, group: with }));
        stale.users.push((late.until, user));
    }
    for (position, late) in remains.groups.into_iter().enumerate() {
        let mut group = group(&format!("{place}.remains.groups[{position}].group"), late.group)?;
        late.memberships.into_iter().for_each(|Held { id, with }| group.admit(id, with));
        stale.groups.push((late.until, group));
    }
    Ok(stale)
}
