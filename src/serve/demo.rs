//! A small world to begin with: one administrator, the instance `demo`, an API key of every kind, two users in one group.

use serde::Serialize;

use crate::api::{Flag, Key, digits};
use crate::arrange::{self, CannotArrange, NotThere, World};
use crate::simulator::Simulator;

/// Everything somebody needs to know to use the demo world. Serialised, keys stand as their forty digits; `Debug` hides them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoWorld {
    /// The administrator, who owns the instance.
    pub account: Account,
    /// The name of the instance: `demo`.
    pub instance: &'static str,
    /// API keys of the instance.
    pub api_keys: ApiKeys,
    /// alice and bob.
    pub users: [User; 2],
    /// A group with both users in it.
    pub group: Group,
}

/// The administrator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Account {
    /// The e-mail address, with which an administrator logs in.
    pub email: &'static str,
    /// The password.
    pub password: &'static str,
    /// The account key.
    #[serde(with = "digits")]
    pub account_key: Key,
}

/// One API key without a flag and one for each flag, with that flag alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ApiKeys {
    /// No flag.
    #[serde(with = "digits")]
    pub plain: Key,
    /// [`Flag::IgnoreAcl`]
    #[serde(with = "digits")]
    pub ignore_acl: Key,
    /// [`Flag::AllowUserCreate`]
    #[serde(with = "digits")]
    pub allow_user_create: Key,
    /// [`Flag::AllowGroupCreate`]
    #[serde(with = "digits")]
    pub allow_group_create: Key,
    /// [`Flag::AllowAnonymousRead`]
    #[serde(with = "digits")]
    pub allow_anonymous_read: Key,
}

/// A user of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct User {
    /// The name, with which a user logs in.
    pub username: &'static str,
    /// The password.
    pub password: &'static str,
    /// The number that stands in paths.
    pub id: u64,
    /// The user key.
    #[serde(with = "digits")]
    pub user_key: Key,
}

/// A group of the instance.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The number that stands in paths.
    pub id: u64,
    /// What people call it.
    pub label: &'static str,
}

impl DemoWorld {
    /// Makes the world.
    ///
    /// # Errors
    ///
    /// When the simulator refuses; it does so if it already holds a demo world.
    pub fn create(simulator: &Simulator) -> Result<DemoWorld, CannotArrange> {
        let (email, password, instance, label) = ("owner@example.com", "demo-owner", "demo", "crew");
        let users = [("alice", "demo-alice"), ("bob", "demo-bob")];
        let mut world = World::in_instance(instance).administrator(email, password);
        for flag in Flag::ALL {
            world = world.api_key(flag.name(), &[flag]);
        }
        for (username, password) in users {
            world = world.user(username, password);
        }
        let world = world.group(label, &users.map(|(username, _)| username)).on(simulator)?;
        let key = |flag: Flag| world.api_key(flag.name());
        let user = |(username, password)| {
            let arrange::User { id, user_key, .. } = *world.user(username)?;
            Ok::<_, NotThere>(User { username, password, id, user_key })
        };
        let [alice, bob] = users;
        Ok(DemoWorld {
            account: Account { email, password, account_key: world.administrator.account_key },
            instance,
            api_keys: ApiKeys {
                plain: world.plain_key,
                ignore_acl: key(Flag::IgnoreAcl)?,
                allow_user_create: key(Flag::AllowUserCreate)?,
                allow_group_create: key(Flag::AllowGroupCreate)?,
                allow_anonymous_read: key(Flag::AllowAnonymousRead)?,
            },
            users: [user(alice)?, user(bob)?],
            group: Group { id: world.group(label)?.id, label },
        })
    }
}
