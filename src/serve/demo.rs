//! A small world to begin with: one administrator, the instance `demo`, an API key of every kind, two users in one group.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Request, StatusCode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::api::{Flag, Key, digits};
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

/// The simulator did not make the world. Its administrator asks for nothing unusual, so this is a defect of the simulator,
/// or a name that is taken because the world has been made before.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// It refused a request.
    #[error("the simulator refused POST {path} with {status}: {answer}")]
    Refused {
        /// The path of the request.
        path: String,
        /// The status of the answer.
        status: StatusCode,
        /// The body of the answer.
        answer: String,
    },
    /// It answered with something else than was asked for. The answer is not shown: it may hold a key.
    #[error("the simulator answered POST {path} in a form that is not the API's")]
    Unreadable {
        /// The path of the request.
        path: String,
        /// What is wrong with the answer.
        source: serde_json::Error,
    },
    /// The simulator already has an instance of this name.
    #[error("there already is an instance named {0}")]
    NameTaken(&'static str),
    /// A request could not even be written down.
    #[error("a request for the demo world is not well-formed: {0}")]
    Malformed(#[from] http::Error),
}

impl DemoWorld {
    /// Makes the world, all but the instance through the API, as an administrator would.
    ///
    /// # Errors
    ///
    /// When the simulator refuses; it does so if it already holds a demo world.
    pub fn create(simulator: &Simulator) -> Result<DemoWorld, DemoError> {
        let api = Client { simulator, key: None };
        let (email, password) = ("owner@example.com", "demo-owner");
        let NewAccount { account_key } =
            api.post("/v1.1/account/register/", &json!({ "email": email, "password": password }))?;

        let api = Client { simulator, key: Some(account_key) };
        let instance = "demo";
        // A request may not ask for so short a name.
        if !simulator.add_instance(&account_key, instance) {
            return Err(DemoError::NameTaken(instance));
        }
        let api_keys = ApiKeys {
            plain: api.new_api_key(json!({ "description": "plain" }))?,
            ignore_acl: api.new_api_key_with(Flag::IgnoreAcl)?,
            allow_user_create: api.new_api_key_with(Flag::AllowUserCreate)?,
            allow_group_create: api.new_api_key_with(Flag::AllowGroupCreate)?,
            allow_anonymous_read: api.new_api_key_with(Flag::AllowAnonymousRead)?,
        };
        let users = [api.new_user("alice", "demo-alice")?, api.new_user("bob", "demo-bob")?];
        let label = "crew";
        let NewGroup { id } = api.post("/v1.1/instances/demo/groups/", &json!({ "label": label }))?;
        for user in &users {
            let _: Value =
                api.post(&format!("/v1.1/instances/demo/groups/{id}/users/"), &json!({ "user": user.id }))?;
        }
        let account = Account { email, password, account_key };
        Ok(DemoWorld { account, instance, api_keys, users, group: Group { id, label } })
    }
}

struct Client<'a> {
    simulator: &'a Simulator,
    key: Option<Key>,
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
struct NewUser {
    id: u64,
    #[serde(with = "digits")]
    user_key: Key,
}

#[derive(Deserialize)]
struct NewGroup {
    id: u64,
}

impl Client<'_> {
    fn new_api_key_with(&self, flag: Flag) -> Result<Key, DemoError> {
        self.new_api_key(json!({ "description": flag.name(), flag.name(): true }))
    }

    fn new_api_key(&self, members: Value) -> Result<Key, DemoError> {
        self.post("/v1.1/instances/demo/api_keys/", &members).map(|NewApiKey { api_key }| api_key)
    }

    fn new_user(&self, username: &'static str, password: &'static str) -> Result<User, DemoError> {
        let members = json!({ "username": username, "password": password });
        let NewUser { id, user_key } = self.post("/v1.1/instances/demo/users/", &members)?;
        Ok(User { username, password, id, user_key })
    }

    fn post<T: DeserializeOwned>(&self, path: &str, body: &Value) -> Result<T, DemoError> {
        let mut request = Request::post(path).header(CONTENT_TYPE, "application/json");
        if let Some(key) = self.key {
            request = request.header("x-api-key", key.to_string());
        }
        let (head, answer) = self.simulator.handle(request.body(Bytes::from(body.to_string()))?).into_parts();
        if !head.status.is_success() {
            let answer = String::from_utf8_lossy(&answer).into_owned();
            return Err(DemoError::Refused { path: path.to_owned(), status: head.status, answer });
        }
        serde_json::from_slice(&answer).map_err(|source| DemoError::Unreadable { path: path.to_owned(), source })
    }
}
