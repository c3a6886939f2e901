//! Test worlds in a few lines: an instance with API keys, users and groups, and callers that send
//! requests to it.
//!
//! ```
//! use serde_json::json;
//! use syncano_simulator::api::Flag;
//! use syncano_simulator::testing::World;
//! use syncano_simulator::Simulator;
//!
//! let simulator = Simulator::builder().seed(1).build();
//! let world = World::in_instance("shop")
//!     .api_key("signup", &[Flag::AllowUserCreate])
//!     .user("alice", "wonderland")
//!     .user("bob", "builder")
//!     .group("crew", &["alice", "bob"])
//!     .on(&simulator)?;
//!
//! // A user key goes beside the API key of the app, and /user/ shows its user.
//! let alice = world.as_user("alice")?;
//! assert_eq!(alice.get("/user/")?.body["username"], "alice");
//!
//! // The administrator replaces the user key; the old one becomes invalid.
//! let path = format!("/users/{}/reset_key/", world.user("alice")?.id);
//! assert_eq!(world.as_administrator().post(&path, json!({}))?.status, 200);
//! assert_eq!(alice.get("/user/")?.status, 403);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The world is created through the API, with the requests of an administrator. An app under test
//! needs the [plain key](World::plain_key) and the passwords or user keys of [`World::user`];
//! [`server`](crate::server) describes the ways in which it can reach the simulator.

mod actor;

use std::fmt;

use bytes::Bytes;
use http::{Method, StatusCode};
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use actor::{Actor, Reply, RequestError};

use crate::Simulator;
use crate::api::{Flag, Key, digits};

/// The name of the API key without flags that every world has.
const PLAIN: &str = "plain";

/// The contents of a world to create; [`on`](WorldBuilder::on) creates it.
#[derive(Clone, Debug)]
#[must_use = "`on` creates the world"]
pub struct WorldBuilder {
    instance: String,
    email: String,
    password: String,
    api_keys: Vec<(String, Vec<Flag>)>,
    users: Vec<NewUser>,
    groups: Vec<(String, Vec<String>)>,
}

#[derive(Clone)]
struct NewUser {
    username: String,
    password: String,
    profile: Option<Value>,
}

/// A world that was created, with its keys and ids.
#[derive(Clone)]
pub struct World {
    simulator: Simulator,
    /// The name of the instance.
    pub instance: String,
    /// The administrator, who is the owner of the instance.
    pub administrator: Administrator,
    /// The API key without flags, `plain`, with which an app connects.
    pub plain_key: Key,
    api_keys: IndexMap<String, Key>,
    users: IndexMap<String, User>,
    groups: IndexMap<String, Group>,
}

/// The administrator of a world. Serialised, it contains the account key and the password; `Debug`
/// hides both.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Administrator {
    /// The e-mail address, for login.
    pub email: String,
    /// The password.
    pub password: String,
    /// The account key.
    #[serde(with = "digits")]
    pub account_key: Key,
}

/// A user of a world. Serialised, it contains the user key and the password; `Debug` hides both.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// The username, for login.
    pub username: String,
    /// The password.
    pub password: String,
    /// The id, for paths.
    pub id: u64,
    /// The user key after the creation of the world.
    #[serde(with = "digits")]
    pub user_key: Key,
}

/// A group of a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The id, for paths.
    pub id: u64,
    /// The label.
    pub label: String,
}

/// The error for a world that could not be created.
#[derive(Debug, thiserror::Error)]
pub enum ArrangeError {
    /// The simulator rejected a request, for example because a username is taken or too long.
    #[error("cannot create {what}: POST {path} was answered with {status}: {answer}")]
    Rejected {
        /// The object to create.
        what: String,
        /// The path of the request.
        path: String,
        /// The status of the answer.
        status: StatusCode,
        /// The body of the answer.
        answer: String,
    },
    /// The answer does not match the API, for example because of a fault. The message does not
    /// contain the answer, which may contain a key.
    #[error("cannot create {what}: the answer to POST {path} does not match the API")]
    Unreadable {
        /// The object to create.
        what: String,
        /// The path of the request.
        path: String,
        /// The mismatch.
        source: serde_json::Error,
    },
    /// The name of the instance is taken or not valid.
    #[error(
        "cannot create the instance {0:?}: the name is taken, or is not made of lower-case letters, digits and hyphens"
    )]
    Instance(String),
    /// A member of a group is not a user of the world.
    #[error(transparent)]
    Member(#[from] UnknownName),
    /// A request could not be built.
    #[error(transparent)]
    Request(#[from] RequestError),
}

/// The error for a name that does not exist in a world.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the world has no {kind} {name:?}; it has {there}")]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    there: String,
}

impl World {
    /// Starts a world in an instance with this name. The name is made of lower-case letters, digits
    /// and hyphens, and may be shorter than the API allows. The world has an administrator, and an
    /// API key without flags named `plain`.
    pub fn in_instance(name: &str) -> WorldBuilder {
        WorldBuilder {
            instance: name.to_owned(),
            email: format!("owner@{name}.example.com"),
            password: format!("{name}-owner"),
            api_keys: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// Returns an API key by its name.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the existing names if the world has no such key.
    pub fn api_key(&self, name: &str) -> Result<Key, UnknownName> {
        find("API key", &self.api_keys, name).copied()
    }

    /// Returns a user by name.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the existing names if the world has no such user.
    pub fn user(&self, username: &str) -> Result<&User, UnknownName> {
        find("user", &self.users, username)
    }

    /// Returns all users, in the order in which they were added.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// Returns a group by its label.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the existing names if the world has no such group.
    pub fn group(&self, label: &str) -> Result<&Group, UnknownName> {
        find("group", &self.groups, label)
    }

    /// Returns the administrator as a caller, with the account key.
    pub fn as_administrator(&self) -> Actor<'_> {
        Actor::new(&self.simulator, &self.instance, self.administrator.account_key, None)
    }

    /// Returns an app without a signed-in user as a caller, with that API key.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the existing names if the world has no such key.
    pub fn as_app(&self, api_key: &str) -> Result<Actor<'_>, UnknownName> {
        Ok(Actor::new(&self.simulator, &self.instance, self.api_key(api_key)?, None))
    }

    /// Returns a user as a caller, with the plain API key and the user key after the creation of
    /// the world.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the existing names if the world has no such user.
    pub fn as_user(&self, username: &str) -> Result<Actor<'_>, UnknownName> {
        self.as_user_in(PLAIN, username)
    }

    /// Like [`as_user`](World::as_user), with another API key.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the existing names if the world has no such key or user.
    pub fn as_user_in(&self, api_key: &str, username: &str) -> Result<Actor<'_>, UnknownName> {
        let user_key = self.user(username)?.user_key;
        Ok(Actor::new(&self.simulator, &self.instance, self.api_key(api_key)?, Some(user_key)))
    }
}

impl WorldBuilder {
    /// Sets e-mail address and password of the administrator. The defaults are derived from the
    /// instance's name.
    pub fn administrator(mut self, email: &str, password: &str) -> WorldBuilder {
        self.email = email.to_owned();
        self.password = password.to_owned();
        self
    }

    /// Adds an API key with these flags.
    pub fn api_key(mut self, name: &str, flags: &[Flag]) -> WorldBuilder {
        self.api_keys.push((name.to_owned(), flags.to_vec()));
        self
    }

    /// Adds a user.
    pub fn user(mut self, username: &str, password: &str) -> WorldBuilder {
        self.users.push(NewUser { username: username.to_owned(), password: password.to_owned(), profile: None });
        self
    }

    /// Adds a user with a profile: permissions, or fields of the class `user_profile`.
    pub fn user_with_profile(mut self, username: &str, password: &str, profile: Value) -> WorldBuilder {
        let (username, password) = (username.to_owned(), password.to_owned());
        self.users.push(NewUser { username, password, profile: Some(profile) });
        self
    }

    /// Adds a group. Its members are users of this world, added before or after it.
    pub fn group(mut self, label: &str, members: &[&str]) -> WorldBuilder {
        self.groups.push((label.to_owned(), members.iter().map(|&member| member.to_owned()).collect()));
        self
    }

    /// Creates the world.
    ///
    /// # Errors
    ///
    /// Returns an error if the simulator rejects a part of the world; the parts before it stay.
    pub fn on(self, simulator: &Simulator) -> Result<World, ArrangeError> {
        let WorldBuilder { instance, email, password, api_keys, users, groups } = self;
        let registration = json!({ "email": email, "password": password });
        let anonymous = Actor::anonymous(simulator, &instance);
        let RegisteredAccount { account_key } =
            anonymous.create("the administrator", "/v1.1/account/register/", &registration)?;
        // The API does not allow names as short as this method does.
        if !simulator.add_instance(&account_key, &instance) {
            return Err(ArrangeError::Instance(instance));
        }
        let administrator = Administrator { email, password, account_key };
        let key = |name: &str, flags: &[Flag]| {
            let flags = flags.iter().map(|flag| (flag.name(), Value::Bool(true)));
            let members = [("description", Value::from(name))].into_iter().chain(flags);
            let members = members.map(|(name, value)| (name.to_owned(), value)).collect();
            let owner = Actor::new(simulator, &instance, account_key, None);
            owner.create(&format!("the API key {name}"), "/api_keys/", &members).map(|NewApiKey { api_key }| api_key)
        };
        let plain_key = key(PLAIN, &[])?;
        let mut keys = IndexMap::from([(PLAIN.to_owned(), plain_key)]);
        for (name, flags) in api_keys {
            let key = key(&name, &flags)?;
            keys.insert(name, key);
        }
        let mut world = World {
            simulator: simulator.clone(),
            instance,
            administrator,
            plain_key,
            api_keys: keys,
            users: IndexMap::new(),
            groups: IndexMap::new(),
        };
        for NewUser { username, password, profile } in users {
            let members = match profile {
                Some(profile) => json!({ "username": username, "password": password, "profile": profile }),
                None => json!({ "username": username, "password": password }),
            };
            let what = format!("the user {username}");
            let CreatedUser { id, user_key } = world.as_administrator().create(&what, "/users/", &members)?;
            world.users.insert(username.clone(), User { id, username, password, user_key });
        }
        for (label, members) in groups {
            let what = format!("the group {label}");
            let Numbered { id } = world.as_administrator().create(&what, "/groups/", &json!({ "label": label }))?;
            for member in members {
                let user = world.user(&member)?.id;
                let what = format!("the membership of {member} in {label}");
                let path = format!("/groups/{id}/users/");
                let _: Value = world.as_administrator().create(&what, &path, &json!({ "user": user }))?;
            }
            world.groups.insert(label.clone(), Group { id, label });
        }
        Ok(world)
    }
}

#[derive(Deserialize)]
struct RegisteredAccount {
    #[serde(with = "digits")]
    account_key: Key,
}

#[derive(Deserialize)]
struct NewApiKey {
    #[serde(with = "digits")]
    api_key: Key,
}

#[derive(Deserialize)]
struct CreatedUser {
    id: u64,
    #[serde(with = "digits")]
    user_key: Key,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

impl Actor<'_> {
    /// Creates an object with POST.
    fn create<T: DeserializeOwned>(&self, what: &str, path: &str, members: &Value) -> Result<T, ArrangeError> {
        let body = Bytes::from(members.to_string());
        let (head, answer) = self.handle(Method::POST, path, Some(body))?.into_parts();
        let (what, path) = (what.to_owned(), path.to_owned());
        if !head.status.is_success() {
            let answer = String::from_utf8_lossy(&answer).into_owned();
            return Err(ArrangeError::Rejected { what, path, status: head.status, answer });
        }
        serde_json::from_slice(&answer).map_err(|source| ArrangeError::Unreadable { what, path, source })
    }
}

fn find<'w, T>(kind: &'static str, all: &'w IndexMap<String, T>, name: &str) -> Result<&'w T, UnknownName> {
    all.get(name).ok_or_else(|| {
        let there = all.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        UnknownName { kind, name: name.to_owned(), there: if there.is_empty() { "none".to_owned() } else { there } }
    })
}

/// Omits keys and passwords.
impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World")
            .field("instance", &self.instance)
            .field("api_keys", &self.api_keys.keys().collect::<Vec<_>>())
            .field("users", &self.users.keys().collect::<Vec<_>>())
            .field("groups", &self.groups.keys().collect::<Vec<_>>())
            .finish()
    }
}

impl fmt::Debug for Administrator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Administrator").field("email", &self.email).finish_non_exhaustive()
    }
}

impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("id", &self.id).field("username", &self.username).finish_non_exhaustive()
    }
}

impl fmt::Debug for NewUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUser").field("username", &self.username).finish_non_exhaustive()
    }
}
