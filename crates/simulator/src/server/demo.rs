//! Creates the demo world: an administrator, the instance `demo`, an API key of each kind, and a
//! group with two users.
//!
//! Passwords are random like the keys, because any web page can send requests to an address of this
//! machine. A simulator with a seed uses fixed passwords.

use serde::Serialize;

use crate::Simulator;
use crate::api::{Flag, Key, digits};
use crate::testing::{Administrator, ArrangeError, Group, User, World};
use crate::wording;

/// The default users of the demo world.
const USERS: [&str; 2] = ["alice", "bob"];

/// The name of the group with all users.
const GROUP: &str = "crew";

/// The names, keys and passwords of a demo world.
///
/// Serialisation writes keys as their forty digits; `Debug` hides them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoWorld {
    /// The administrator that owns the instance.
    pub account: Administrator,
    /// The name of the instance; `demo` by default.
    pub instance: String,
    /// The API keys of the instance.
    pub api_keys: DemoApiKeys,
    /// The users; alice and bob by default.
    pub users: Vec<User>,
    /// The group with all users.
    pub group: Group,
}

/// One API key without flags, and one API key for each flag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DemoApiKeys {
    /// The API key without flags.
    #[serde(with = "digits")]
    pub plain: Key,
    /// The API key with [`Flag::IgnoreAcl`].
    #[serde(with = "digits")]
    pub ignore_acl: Key,
    /// The API key with [`Flag::AllowUserCreate`].
    #[serde(with = "digits")]
    pub allow_user_create: Key,
    /// The API key with [`Flag::AllowGroupCreate`].
    #[serde(with = "digits")]
    pub allow_group_create: Key,
    /// The API key with [`Flag::AllowAnonymousRead`].
    #[serde(with = "digits")]
    pub allow_anonymous_read: Key,
}

/// A builder for a demo world with another instance name, other users or other passwords.
///
/// [`create`](DemoWorldBuilder::create) creates the world.
#[derive(Clone, Default)]
#[must_use = "`create` creates the world"]
pub struct DemoWorldBuilder {
    instance: Option<String>,
    users: Vec<(String, String)>,
    has_secret_passwords: bool,
}

/// An error while creating a demo world.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The API rejects the name of the instance.
    #[error("{name:?} cannot be the name of an instance: {}", reasons.join(" "))]
    Instance {
        /// The name.
        name: String,
        /// The error messages of the API.
        reasons: Vec<String>,
    },
    /// The simulator rejects a request, for example because a user name is taken or too long.
    #[error(transparent)]
    Rejected(#[from] ArrangeError),
}

impl DemoWorld {
    /// Creates the demo world in a simulator.
    ///
    /// # Errors
    ///
    /// Returns an error if the simulator rejects a request, for example because it already contains
    /// a demo world.
    pub fn create(simulator: &Simulator) -> Result<DemoWorld, ArrangeError> {
        DemoWorld::builder().arrange(simulator)
    }

    /// Returns a builder for a demo world that differs from the default.
    pub fn builder() -> DemoWorldBuilder {
        DemoWorldBuilder::default()
    }
}

impl DemoWorldBuilder {
    /// Sets the name of the instance. It may be shorter than the API allows in a request.
    pub fn instance(mut self, name: &str) -> DemoWorldBuilder {
        self.instance = Some(name.to_owned());
        self
    }

    /// Adds a user. The world then has no default users.
    pub fn user(mut self, username: &str, password: &str) -> DemoWorldBuilder {
        self.users.push((username.to_owned(), password.to_owned()));
        self
    }

    /// Generates the passwords of the administrator, alice and bob like the keys, even in a
    /// simulator with a seed.
    pub fn secret_passwords(mut self) -> DemoWorldBuilder {
        self.has_secret_passwords = true;
        self
    }

    /// Creates the demo world in a simulator.
    ///
    /// # Errors
    ///
    /// Returns an error if the API rejects the name of the instance or a user, or if the simulator
    /// already contains a demo world.
    pub fn create(self, simulator: &Simulator) -> Result<DemoWorld, DemoError> {
        if let Some(name) = &self.instance {
            let reasons = wording::short_instance_name_errors(name);
            if !reasons.is_empty() {
                return Err(DemoError::Instance { name: name.clone(), reasons });
            }
        }
        Ok(self.arrange(simulator)?)
    }

    fn arrange(self, simulator: &Simulator) -> Result<DemoWorld, ArrangeError> {
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
            api_keys: DemoApiKeys {
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
