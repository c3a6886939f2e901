//! A small world to begin with: one administrator, the instance `demo`, an API key of every kind, two users in one group.
//!
//! Any web page can send requests to an address of this machine. So the passwords are random as the keys are, but for those
//! of a simulator with a seed.

use serde::Serialize;

use crate::Simulator;
use crate::api::{Flag, Key, digits};
use crate::testing::{Administrator, ArrangeError, Group, User, World};

/// Everything somebody needs to know to use the demo world. Serialised, keys stand as their forty digits; `Debug` hides them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoWorld {
    /// The administrator, who owns the instance.
    pub account: Administrator,
    /// The name of the instance: `demo`.
    pub instance: &'static str,
    /// API keys of the instance.
    pub api_keys: ApiKeys,
    /// alice and bob.
    pub users: [User; 2],
    /// A group with both users in it.
    pub group: Group,
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

impl DemoWorld {
    /// Makes the world.
    ///
    /// # Errors
    ///
    /// When the simulator refuses; it does so if it already holds a demo world.
    pub fn create(simulator: &Simulator) -> Result<DemoWorld, ArrangeError> {
        let (instance, crew) = ("demo", "crew");
        let mut world =
            World::in_instance(instance).administrator("owner@example.com", &simulator.password("demo-owner"));
        for flag in Flag::ALL {
            world = world.api_key(flag.name(), &[flag]);
        }
        let (alice, bob) = (simulator.password("demo-alice"), simulator.password("demo-bob"));
        let world = world.user("alice", &alice).user("bob", &bob).group(crew, &["alice", "bob"]);
        let world = world.on(simulator)?;
        let key = |flag: Flag| world.api_key(flag.name());
        Ok(DemoWorld {
            account: world.administrator.clone(),
            instance,
            api_keys: ApiKeys {
                plain: world.plain_key,
                ignore_acl: key(Flag::IgnoreAcl)?,
                allow_user_create: key(Flag::AllowUserCreate)?,
                allow_group_create: key(Flag::AllowGroupCreate)?,
                allow_anonymous_read: key(Flag::AllowAnonymousRead)?,
            },
            users: [world.user("alice")?.clone(), world.user("bob")?.clone()],
            group: world.group(crew)?.clone(),
        })
    }
}
