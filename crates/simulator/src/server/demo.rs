//! A small world to begin with: one administrator, the instance `demo`, an API key of every kind, two users in one group.
//!
//! Any web page can send requests to an address of this machine. So the passwords are random as the keys are, but for those
//! of a simulator with a seed.

use serde::Serialize;

use crate::Simulator;
use crate::api::{Flag, Key, digits};
use crate::testing::{Administrator, CannotArrange, Group, User, World};
use crate::wording;

/// The users of the demo world, unless others are named.
const USERS: [&str; 2] = ["alice", "bob"];

/// The group that all users are in.
const GROUP: &str = "crew";

/// Everything somebody needs to know to use the demo world. Serialised, keys stand as their forty digits; `Debug` hides them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoWorld {
    /// The administrator, who owns the instance.
    pub account: Administrator,
    /// The name of the instance: `demo`, unless another one was named.
    pub instance: String,
    /// API keys of the instance.
    pub api_keys: ApiKeys,
    /// alice and bob, unless others were named.
    pub users: Vec<User>,
    /// A group with all users in it.
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

/// A demo world with another instance name, other users or other passwords. [`create`](Builder::create) makes it.
#[derive(Clone, Default)]
#[must_use = "nothing is made before `create`"]
pub struct Builder {
    instance: Option<String>,
    users: Vec<(String, String)>,
    has_secret_passwords: bool,
}

/// A demo world cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The API has no instances of this name.
    #[error("{name:?} cannot be the name of an instance: {}", reasons.join(" "))]
    Instance {
        /// The name.
        name: String,
        /// What the API says of it.
        reasons: Vec<String>,
    },
    /// The simulator rejects a request, as it does where a user name is taken or too long.
    #[error(transparent)]
    Rejected(#[from] CannotArrange),
}

impl DemoWorld {
    /// Makes the world.
    ///
    /// # Errors
    ///
    /// When the simulator rejects a request; it does so if it already holds a demo world.
    pub fn create(simulator: &Simulator) -> Result<DemoWorld, CannotArrange> {
        DemoWorld::builder().arrange(simulator)
    }

    /// Begins a demo world that differs from the usual one.
    pub fn builder() -> Builder {
        Builder::default()
    }
}

impl Builder {
    /// Names the instance. The name may be shorter than a request may ask for.
    pub fn instance(mut self, name: &str) -> Builder {
        self.instance = Some(name.to_owned());
        self
    }

    /// Adds a user, and leaves out alice and bob.
    pub fn user(mut self, username: &str, password: &str) -> Builder {
        self.users.push((username.to_owned(), password.to_owned()));
        self
    }

    /// Takes the passwords of the administrator, alice and bob from the source of the keys, even if that has a seed.
    pub fn secret_passwords(mut self) -> Builder {
        self.has_secret_passwords = true;
        self
    }

    /// Makes the world.
    ///
    /// # Errors
    ///
    /// When the API rejects the name of the instance or a user, or the simulator already holds a demo world.
    pub fn create(self, simulator: &Simulator) -> Result<DemoWorld, DemoError> {
        if let Some(name) = &self.instance {
            let reasons = wording::short_instance_name_errors(name);
            if !reasons.is_empty() {
                return Err(DemoError::Instance { name: name.clone(), reasons });
            }
        }
        Ok(self.arrange(simulator)?)
    }

    fn arrange(self, simulator: &Simulator) -> Result<DemoWorld, CannotArrange> {
        let is_known = simulator.has_seeded_keys() && !self.has_secret_passwords;
        let password = |name: &str| if is_known { format!("demo-{name}") } else { simulator.new_password() };
        let instance = self.instance.unwrap_or_else(|| "demo".to_owned());
        let mut world = World::in_instance(&instance).administrator("owner@example.com", &password("owner"));
        for flag in Flag::ALL {
            world = world.api_key(flag.name(), &[flag]);
        }
        let users = match self.users.as_slice() {
            [] => USERS.map(|name| (name.to_owned(), password(name))).to_vec(),
            _ => self.users,
        };
        for (name, password) in &users {
            world = world.user(name, password);
        }
        let names = users.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
        let world = world.group(GROUP, &names).on(simulator)?;
        let key = |flag: Flag| world.api_key(flag.name());
        Ok(DemoWorld {
            account: world.administrator.clone(),
            api_keys: ApiKeys {
                plain: world.plain_key,
                ignore_acl: key(Flag::IgnoreAcl)?,
                allow_user_create: key(Flag::AllowUserCreate)?,
                allow_group_create: key(Flag::AllowGroupCreate)?,
                allow_anonymous_read: key(Flag::AllowAnonymousRead)?,
            },
            users: world.users().cloned().collect(),
            group: world.group(GROUP)?.clone(),
            instance,
        })
    }
}
