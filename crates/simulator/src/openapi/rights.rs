//! Describes who may call an operation, in words and as security requirements. It evaluates the
//! access rules of the simulator.

use serde_json::{Value, json};

use crate::access::{self, AccessParent, Action};
use crate::api::Flag;
use crate::caller::Caller;
use crate::endpoint_spec::Parent;
use crate::endpoints::EndpointRow;
use crate::world::{ClassPermission, Flags, Role};

/// The callers that an access rule admits.
pub struct Admitted {
    everyone: bool,
    /// The minimum role of an account; `Some(None)` for any account.
    account: Option<Option<Role>>,
    /// Whether any API key is admitted.
    app: bool,
    /// Whether an API key with a user key is admitted.
    user: bool,
    /// The flags with which an API key is admitted.
    flags: Vec<Flag>,
    is_inside_instance: bool,
}

/// The user of the user key, and also the user in the path.
const USER: u32 = 1;
/// The calling administrator, neither the one in the path nor the owner.
const ACCOUNT: u32 = 1;
const OTHER_ACCOUNT: u32 = 2;
const OWNER: u32 = 3;

impl Admitted {
    /// Returns the callers that may perform an action.
    pub fn to(row: &EndpointRow, action: Action) -> Admitted {
        let app = |flag: Option<Flag>, user| Caller::Api {
            instance: 1,
            key: 1,
            flags: flag.into_iter().fold(Flags::default(), |flags, flag| flags.with(flag, true)),
            user,
        };
        let account = |role: &Option<Role>| may(&Caller::Account { id: ACCOUNT, role: *role }, row, action);
        let roles = [None, Some(Role::Read), Some(Role::Write), Some(Role::Full), Some(Role::Owner)];
        Admitted {
            everyone: may(&Caller::Anonymous, row, action),
            account: roles.into_iter().find(account),
            app: may(&app(None, None), row, action),
            user: may(&app(None, Some(USER)), row, action),
            flags: Flag::ALL.into_iter().filter(|flag| may(&app(Some(*flag), None), row, action)).collect(),
            is_inside_instance: row.spec.is_inside_instance(),
        }
    }

    /// Returns whether there are no such callers.
    pub fn is_empty(&self) -> bool {
        !self.everyone && self.account.is_none() && !self.app && !self.user && self.flags.is_empty()
    }

    /// Returns the callers as a sentence.
    pub fn words(&self) -> String {
        if self.everyone {
            return "Access: everyone; no key is needed.".to_owned();
        }
        let account = self.account.map(|role| match role {
            None => "all accounts",
            Some(Role::Read) => "administrators of the instance",
            Some(Role::Write) => "administrators with the role `write` or `full`",
            Some(Role::Full) => "administrators with the role `full`",
            Some(Role::Owner) => "the owner of the instance",
        });
        let flags: Vec<String> = self.flags.iter().map(|flag| format!("`{flag}`")).collect();
        let app = match (self.app, self.user) {
            (true, _) => Some("all API keys of the instance".to_owned()),
            (false, true) if flags.is_empty() => Some("API keys with a user key".to_owned()),
            (false, true) => Some(format!("API keys with a user key or with {}", flags.join(" or "))),
            (false, false) if flags.is_empty() => None,
            (false, false) => Some(format!("API keys with {}", flags.join(" or "))),
        };
        match (account, app) {
            (Some(account), Some(app)) => format!("Access: {account}, and {app}."),
            (Some(account), None) => format!("Access: {account}."),
            (None, Some(app)) => format!("Access: {app}."),
            (None, None) => "Access: no one.".to_owned(),
        }
    }

    /// Returns the security requirements: the accepted keys, each in the header, in the query and
    /// in `Authorization`.
    pub fn security(&self) -> Value {
        if self.everyone {
            return json!([{}]);
        }
        let has_app = self.app || !self.flags.is_empty();
        let mut alternatives = Vec::new();
        if self.account.is_some() {
            alternatives
                .extend(["AccountKey", "AccountKeyInQuery", "AccountKeyInAuthorization"].map(|key| json!({key: []})));
        }
        if has_app {
            alternatives.extend(["ApiKey", "ApiKeyInQuery", "ApiKeyInAuthorization"].map(|key| json!({key: []})));
        }
        if self.is_inside_instance && (self.app || self.user) {
            alternatives.extend([
                json!({"ApiKey": [], "UserKey": []}),
                json!({"ApiKeyInQuery": [], "UserKeyInQuery": []}),
                json!({"ApiKeyInAuthorization": [], "UserKey": []}),
            ]);
        }
        Value::Array(alternatives)
    }
}

/// Returns the most common security requirements: those of a list that every API key may read.
pub fn everyday() -> Value {
    Admitted {
        everyone: false,
        account: Some(Some(Role::Read)),
        app: true,
        user: true,
        flags: Flag::ALL.to_vec(),
        is_inside_instance: true,
    }
    .security()
}

/// Returns the security schemes: the kinds of keys, in each place where they can be sent.
pub fn schemes() -> Value {
    let key = |place: &str, name: &str, about: &str| json!({"type": "apiKey", "in": place, "name": name, "description": about});
    let word = |about: &str| json!({"type": "http", "scheme": "bearer", "description": about});
    json!({
        "AccountKey": key("header", "X-API-KEY", "The key of an account, for the instances that the account administers."),
        "AccountKeyInQuery": key("query", "api_key", "The account key in the query; `apikey` is an alias."),
        "AccountKeyInAuthorization": word("The account key after one word: `Authorization: Bearer <key>`."),
        "ApiKey": key("header", "X-API-KEY", "The key of an app, for one instance, with the rights of its flags."),
        "ApiKeyInQuery": key("query", "api_key", "The API key in the query; `apikey` is an alias."),
        "ApiKeyInAuthorization": word("The API key after one word: `Authorization: Bearer <key>`."),
        "UserKey": key("header", "X-USER-KEY", "The key of a user, sent together with the API key of an app."),
        "UserKeyInQuery": key("query", "user_key", "The user key in the query; `userkey` is an alias."),
    })
}

/// Returns whether the caller may perform the action on at least some objects.
fn may(caller: &Caller, row: &EndpointRow, action: Action) -> bool {
    let through = match row.spec.parent {
        Parent::User => AccessParent::User(USER),
        Parent::Class => AccessParent::Class { permission: ClassPermission::CreateObjects, holds_profiles: false },
        _ => AccessParent::Nothing,
    };
    let of_object = row.spec.of_object.is_none_or(|rule| (rule.may)(caller, action, through));
    let may_at_all = (row.spec.may)(caller, action, through) && of_object;
    may_at_all
        && match (row.spec.name, caller) {
            ("Instance" | "InstanceRename", Caller::Account { role, .. }) => {
                role.is_some_and(|role| access::may_change_instance(role, action, row.spec.name == "InstanceRename"))
            }
            ("Admin", caller) => access::may_change_administrator(caller, action, OTHER_ACCOUNT, OWNER),
            _ => true,
        }
}
