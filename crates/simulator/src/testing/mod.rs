//! Worlds for the tests of an app, in a few lines: an instance with API keys, users and groups, and those who act in it.
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
//! // The administrator replaces it; the old one signs nobody in any more.
//! let path = format!("/users/{}/reset_key/", world.user("alice")?.id);
//! assert_eq!(world.as_administrator().post(&path, json!({}))?.status, 200);
//! assert_eq!(alice.get("/user/")?.status, 403);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! All of it is made through the API, as an administrator would. An app under test gets the [plain key](World::plain_key) and the passwords
//! or user keys of [`World::user`], and reaches the simulator in one of the ways of [`server`](crate::server).

mod actor;

use std::fmt;

use bytes::Bytes;
use http::{Method, StatusCode};
use indexmap::IndexMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use actor::{Actor, NoRequest, Reply};

use crate::Simulator;
use crate::api::{Flag, Key, digits};

/// How the API key without a flag is called that every world has.
const PLAIN: &str = "plain";

/// What a world is to hold. [`on`](Builder::on) makes it.
#[derive(Clone, Debug)]
#[must_use = "nothing is made before `on`"]
pub struct Builder {
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

/// What was made, with what is needed to use it.
#[derive(Clone)]
pub struct World {
    simulator: Simulator,
    /// The name of the instance.
    pub instance: String,
    /// The administrator, who owns the instance.
    pub administrator: Administrator,
    /// The API key without a flag, `plain`: what an app connects with.
    pub plain_key: Key,
    api_keys: IndexMap<String, Key>,
    users: IndexMap<String, User>,
    groups: IndexMap<String, Group>,
}

/// The administrator of a world. Serialised, keys stand as their forty digits; `Debug` hides them, and passwords.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Administrator {
    /// The e-mail address, with which an administrator logs in.
    pub email: String,
    /// The password.
    pub password: String,
    /// The account key.
    #[serde(with = "digits")]
    pub account_key: Key,
}

/// A user of a world. Serialised, keys stand as their forty digits; `Debug` hides them, and passwords.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct User {
    /// The name, with which a user logs in.
    pub username: String,
    /// The password.
    pub password: String,
    /// The number that stands in paths.
    pub id: u64,
    /// The user key as it was when the world was made.
    #[serde(with = "digits")]
    pub user_key: Key,
}

/// A group of a world.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Group {
    /// The number that stands in paths.
    pub id: u64,
    /// What people call it.
    pub label: String,
}

/// The simulator did not make a world.
#[derive(Debug, thiserror::Error)]
pub enum CannotArrange {
    /// It refused a request, as it does where a user name is taken or too long.
    #[error("{what} cannot be made: the simulator answers POST {path} with {status}: {answer}")]
    Refused {
        /// What was to be made.
        what: String,
        /// The path of the request.
        path: String,
        /// The status of the answer.
        status: StatusCode,
        /// The body of the answer.
        answer: String,
    },
    /// It answered with something else than was asked for, as with defects switched on. The answer is not shown: it may
    /// hold a key.
    #[error("{what} cannot be made: the simulator answers POST {path} in a form that is not the API's")]
    Unreadable {
        /// What was to be made.
        what: String,
        /// The path of the request.
        path: String,
        /// What is wrong with the answer.
        source: serde_json::Error,
    },
    /// The name of the instance is taken, or none.
    #[error(
        "there cannot be an instance {0:?}: it is there already, or it is no word of lower-case letters, digits and hyphens"
    )]
    Instance(String),
    /// A group is to have a member whom nobody has named.
    #[error(transparent)]
    Member(#[from] NotThere),
    /// A request could not even be written down.
    #[error(transparent)]
    Request(#[from] NoRequest),
}

/// A world holds nothing of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the world has no {kind} {name:?}; it has {there}")]
pub struct NotThere {
    kind: &'static str,
    name: String,
    there: String,
}

impl World {
    /// Begins a world in an instance of this name: a word of lower-case letters, digits and hyphens, shorter than the API
    /// itself would let it be if need be. It has an administrator, and an API key without a flag, called `plain`.
    pub fn in_instance(name: &str) -> Builder {
        Builder {
            instance: name.to_owned(),
            email: format!("owner@{name}.example.com"),
            password: format!("{name}-owner"),
            api_keys: Vec::new(),
            users: Vec::new(),
            groups: Vec::new(),
        }
    }

    /// An API key by its name.
    pub fn api_key(&self, name: &str) -> Result<Key, NotThere> {
        find("API key", &self.api_keys, name).copied()
    }

    /// A user by name.
    pub fn user(&self, username: &str) -> Result<&User, NotThere> {
        find("user", &self.users, username)
    }

    /// All users, in the order in which they were named.
    pub fn users(&self) -> impl Iterator<Item = &User> {
        self.users.values()
    }

    /// A group by its label.
    pub fn group(&self, label: &str) -> Result<&Group, NotThere> {
        find("group", &self.groups, label)
    }

    /// Acts as the administrator: with the account key.
    pub fn as_administrator(&self) -> Actor<'_> {
        Actor::new(&self.simulator, &self.instance, self.administrator.account_key, None)
    }

    /// Acts as an app in which nobody is signed in: with an API key alone.
    pub fn as_app(&self, api_key: &str) -> Result<Actor<'_>, NotThere> {
        Ok(Actor::new(&self.simulator, &self.instance, self.api_key(api_key)?, None))
    }

    /// Acts as a user in an app: with the plain API key, and the user key as it was when the world was made.
    pub fn as_user(&self, username: &str) -> Result<Actor<'_>, NotThere> {
        self.as_user_in(PLAIN, username)
    }

    /// The same in an app that connects with another API key.
    pub fn as_user_in(&self, api_key: &str, username: &str) -> Result<Actor<'_>, NotThere> {
        let user_key = self.user(username)?.user_key;
        Ok(Actor::new(&self.simulator, &self.instance, self.api_key(api_key)?, Some(user_key)))
    }
}

impl Builder {
    /// Gives the administrator another e-mail address and password than those made from the instance's name.
    pub fn administrator(mut self, email: &str, password: &str) -> Builder {
        self.email = email.to_owned();
        self.password = password.to_owned();
        self
    }

    /// Adds an API key with these flags.
    pub fn api_key(mut self, name: &str, flags: &[Flag]) -> Builder {
        self.api_keys.push((name.to_owned(), flags.to_vec()));
        self
    }

    /// Adds a user.
    pub fn user(mut self, username: &str, password: &str) -> Builder {
        self.users.push(NewUser { username: username.to_owned(), password: password.to_owned(), profile: None });
        self
    }

    /// Adds a user whose profile says something: permissions, or fields that the class `user_profile` has.
    pub fn user_with_profile(mut self, username: &str, password: &str, profile: Value) -> Builder {
        let (username, password) = (username.to_owned(), password.to_owned());
        self.users.push(NewUser { username, password, profile: Some(profile) });
        self
    }

    /// Adds a group of users who are added too, before or after.
    pub fn group(mut self, label: &str, members: &[&str]) -> Builder {
        self.groups.push((label.to_owned(), members.iter().map(|&member| member.to_owned()).collect()));
        self
    }

    /// Makes the world.
    ///
    /// # Errors
    ///
    /// When the simulator refuses a part of it; what was made until then stays.
    pub fn on(self, simulator: &Simulator) -> Result<World, CannotArrange> {
        let Builder { instance, email, password, api_keys, users, groups } = self;
        let registration = json!({ "email": email, "password": password });
        let nobody = Actor::nobody(simulator, &instance);
        let NewAccount { account_key } = nobody.made("the administrator", "/v1.1/account/register/", &registration)?;
        // A request may not ask for so short a name as this takes.
        if !simulator.add_instance(&account_key, &instance) {
            return Err(CannotArrange::Instance(instance));
        }
        let administrator = Administrator { email, password, account_key };
        let key = |name: &str, flags: &[Flag]| {
            let flags = flags.iter().map(|flag| (flag.name(), Value::Bool(true)));
            let members = [("description", Value::from(name))].into_iter().chain(flags);
            let members = members.map(|(name, value)| (name.to_owned(), value)).collect();
            let owner = Actor::new(simulator, &instance, account_key, None);
            owner.made(&format!("the API key {name}"), "/api_keys/", &members).map(|NewApiKey { api_key }| api_key)
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
            let MadeUser { id, user_key } = world.as_administrator().made(&what, "/users/", &members)?;
            world.users.insert(username.clone(), User { id, username, password, user_key });
        }
        for (label, members) in groups {
            let what = format!("the group {label}");
            let Numbered { id } = world.as_administrator().made(&what, "/groups/", &json!({ "label": label }))?;
            for member in members {
                let user = world.user(&member)?.id;
                let what = format!("the membership of {member} in {label}");
                let path = format!("/groups/{id}/users/");
                let _: Value = world.as_administrator().made(&what, &path, &json!({ "user": user }))?;
            }
            world.groups.insert(label.clone(), Group { id, label });
        }
        Ok(world)
    }
}

#[derive(Deserialize)]
struct NewAccount {
    #[serde(with = "digits")]
    account_key: Key,
}

#[derive(Deserialize)]
struct NewApiKey {
    #[serde(with = "digits")]
    api_key: Key,
}

#[derive(Deserialize)]
struct MadeUser {
    id: u64,
    #[serde(with = "digits")]
    user_key: Key,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

impl Actor<'_> {
    /// What a POST has made.
    fn made<T: DeserializeOwned>(&self, what: &str, path: &str, members: &Value) -> Result<T, CannotArrange> {
        let body = Bytes::from(members.to_string());
        let (head, answer) = self.handle(Method::POST, path, Some(body))?.into_parts();
        let (what, path) = (what.to_owned(), path.to_owned());
        if !head.status.is_success() {
            let answer = String::from_utf8_lossy(&answer).into_owned();
            return Err(CannotArrange::Refused { what, path, status: head.status, answer });
        }
        serde_json::from_slice(&answer).map_err(|source| CannotArrange::Unreadable { what, path, source })
    }
}

fn find<'w, T>(kind: &'static str, all: &'w IndexMap<String, T>, name: &str) -> Result<&'w T, NotThere> {
    all.get(name).ok_or_else(|| {
        let there = all.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        NotThere { kind, name: name.to_owned(), there: if there.is_empty() { "none".to_owned() } else { there } }
    })
}

/// Without keys and passwords, as the rest of the crate shows none.
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
