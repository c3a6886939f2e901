//! A session with API keys and users of an existing instance.

use std::collections::BTreeMap;

use http::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use syncano_simulator::api::Flag;

use super::key_kind::api_key_hint;
use crate::harness::deployment::{Client, ClientError, Target, member, text};
use crate::harness::error::RunError;
use crate::harness::plan::{InstanceKeys, Login, Plan, key_name};
use crate::judge::ValueKind;

/// API keys and users of an existing instance.
pub struct ApiKeySession {
    /// The key that may create users; without one, any key.
    pub key: SecretString,
    /// The keys, by the flag of each.
    pub keys: BTreeMap<Option<Flag>, ApiKey>,
    /// The existing users, in the order of the plan.
    pub users: Vec<SignedInUser>,
    /// Whether the run may create users.
    pub can_create_users: bool,
}

/// An API key with its number in the instance.
pub struct ApiKey {
    /// The key.
    pub key: SecretString,
    /// The number.
    pub id: Value,
}

/// A signed-in user.
pub struct SignedInUser {
    /// The user name, and its kind.
    pub username: (String, ValueKind),
    /// The password.
    pub password: SecretString,
    /// The response to the sign-in.
    pub answer: Value,
}

impl ApiKeySession {
    /// Checks the keys and signs the users in.
    pub async fn connect(target: &Target, plan: &Plan, given: &InstanceKeys) -> Result<ApiKeySession, RunError> {
        let instance = plan.instance.as_ref().ok_or(RunError::UnnamedInstance)?;
        let base = format!("/{}/instances/{instance}", plan.version);
        let mut keys = BTreeMap::new();
        for (flag, key) in &given.keys {
            let id = check(&Client::new(target, key), instance, &base, *flag).await?;
            keys.insert(*flag, ApiKey { key: key.clone(), id });
        }
        let maker = keys.get(&Some(Flag::AllowUserCreate)).or_else(|| keys.values().next());
        let key = maker.map(|maker: &ApiKey| maker.key.clone()).ok_or(RunError::NoKey)?;
        let client = Client::new(target, &key);
        let mut users: Vec<SignedInUser> = Vec::new();
        for Login { label, username, hidden, password } in &given.users {
            if *hidden {
                target.secrets().add("username", username);
            }
            let answer = sign_in(&client, &base, username, password).await;
            let answer = answer.map_err(|error| RunError::SignIn { label: label.clone(), error })?;
            if users.iter().any(|other| other.answer.get("id") == answer.get("id")) {
                return Err(RunError::SameUser(label.clone()));
            }
            let kind = if *hidden { ValueKind::Secret } else { ValueKind::Word };
            users.push(SignedInUser { username: (username.clone(), kind), password: password.clone(), answer });
        }
        Ok(ApiKeySession { key, keys, users, can_create_users: given.can_create_users() && plan.writes })
    }
}

/// Checks that a key has exactly its declared flag, which the key can read itself. Returns its
/// number.
async fn check(client: &Client, instance: &str, base: &str, flag: Option<Flag>) -> Result<Value, RunError> {
    let name = key_name(flag);
    let wrong = |why: String, hint: Option<String>| RunError::ApiKey { name, why, hint };
    let path = format!("{base}/api_keys/");
    let answer = match client.call(Method::GET, &path, None).await {
        Err(error) if error.status() == Some(StatusCode::NOT_FOUND) && error.hint().is_none() => {
            return Err(RunError::NoInstance(instance.to_owned()));
        }
        Err(error) => {
            let error = error.or_rejected(api_key_hint(client.key()));
            return Err(wrong(error.to_string(), error.hint()));
        }
        Ok(answer) => answer,
    };
    let listed = answer.get("objects").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_it = |key: &&Value| {
        let shown = key.get("api_key").and_then(Value::as_str);
        shown.is_some_and(|shown| shown.eq_ignore_ascii_case(client.key()))
    };
    let key = listed.iter().find(is_it).ok_or_else(|| {
        wrong(format!("GET {path} does not list the key itself"), Some(api_key_hint(client.key()).to_owned()))
    })?;
    let has = |flag: Flag| key.get(flag.name()) == Some(&Value::Bool(true));
    for known in Flag::ALL {
        match (has(known), flag == Some(known)) {
            (true, false) => {
                let hint = "declare it with that flag, or create one without it";
                return Err(wrong(format!("it has {known}"), Some(hint.to_owned())));
            }
            (false, true) => {
                return Err(wrong(format!("it has no {known}"), Some("declare it without that flag".to_owned())));
            }
            _ => {}
        }
    }
    Ok(member(key, "id")?)
}

/// Signs a user in, and checks that the response has a user key.
async fn sign_in(client: &Client, base: &str, username: &str, password: &SecretString) -> Result<Value, ClientError> {
    client.target().secrets().add("password", password.expose_secret());
    let body = json!({"username": username, "password": password.expose_secret()});
    let answer = client.call(Method::POST, &format!("{base}/user/auth/"), Some(&body)).await?;
    member(&answer, "id")?;
    text(&answer, "user_key")?;
    Ok(answer)
}
