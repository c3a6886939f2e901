//! Who may use an operation, asked of the rules that the simulator goes by: in words, and as the keys to send.

use serde_json::{Value, json};

use crate::access::{self, Action, Through};
use crate::api::Flag;
use crate::caller::Caller;
use crate::endpoint_spec::Parent;
use crate::endpoints::Row;
use crate::world::{ClassPermission, Flags, Role};

/// Who may do something with an endpoint.
pub struct Admitted {
    anybody: bool,
    /// The least role that an account needs; `Some(None)` for any account.
    account: Option<Option<Role>>,
    /// An API key, whatever its flags.
    app: bool,
    /// An API key with a user key.
    user: bool,
    /// API keys with one of these flags.
    flags: Vec<Flag>,
    is_inside_instance: bool,
}

/// The user whose key comes along, and whose the path is about.
const USER: u32 = 1;
/// The administrator who calls. He is neither the one whom the path is about nor the owner.
const ACCOUNT: u32 = 1;
const OTHER_ACCOUNT: u32 = 2;
const OWNER: u32 = 3;

impl Admitted {
    /// Who may do that.
    pub fn to(row: &Row, action: Action) -> Admitted {
        let app = |flag: Option<Flag>, user| Caller::Api {
            instance: 1,
            key: 1,
            flags: flag.into_iter().fold(Flags::default(), |flags, flag| flags.with(flag, true)),
            user,
        };
        let account = |role: &Option<Role>| may(&Caller::Account { id: ACCOUNT, role: *role }, row, action);
        let roles = [None, Some(Role::Read), Some(Role::Write), Some(Role::Full), Some(Role::Owner)];
        Admitted {
            anybody: may(&Caller::Anonymous, row, action),
            account: roles.into_iter().find(account),
            app: may(&app(None, None), row, action),
            user: may(&app(None, Some(USER)), row, action),
            flags: Flag::ALL.into_iter().filter(|flag| may(&app(Some(*flag), None), row, action)).collect(),
            is_inside_instance: row.spec.is_inside_instance(),
        }
    }

    /// Whether that is nobody.
    pub fn is_nobody(&self) -> bool {
        !self.anybody && self.account.is_none() && !self.app && !self.user && self.flags.is_empty()
    }

    /// The same in a sentence.
    pub fn words(&self) -> String {
        if self.anybody {
            return "For anybody; no key is needed.".to_owned();
        }
        let account = self.account.map(|role| match role {
            None => "any account",
            Some(Role::Read) => "administrators of the instance",
            Some(Role::Write) => "administrators from the role `write` on",
            Some(Role::Full) => "administrators from the role `full` on",
            Some(Role::Owner) => "the owner of the instance",
        });
        let flags: Vec<String> = self.flags.iter().map(|flag| format!("`{flag}`")).collect();
        let app = match (self.app, self.user) {
            (true, _) => Some("any API key of the instance".to_owned()),
            (false, true) if flags.is_empty() => Some("API keys with a user key".to_owned()),
            (false, true) => Some(format!("API keys with a user key or with {}", flags.join(" or "))),
            (false, false) if flags.is_empty() => None,
            (false, false) => Some(format!("API keys with {}", flags.join(" or "))),
        };
        match (account, app) {
            (Some(account), Some(app)) => format!("For {account}, and {app}."),
            (Some(account), None) => format!("For {account}."),
            (None, Some(app)) => format!("For {app}."),
            (None, None) => "For nobody.".to_owned(),
        }
    }

    /// The keys that it takes, each alternative in the header, in the query and in `Authorization`.
    pub fn security(&self) -> Value {
        if self.anybody {
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

/// The keys that most operations take: those of a list that any app may read.
pub fn everyday() -> Value {
    Admitted {
        anybody: false,
        account: Some(Some(Role::Read)),
        app: true,
        user: true,
        flags: Flag::ALL.to_vec(),
        is_inside_instance: true,
    }
    .security()
}

/// The kinds of keys, by where they stand.
pub fn schemes() -> Value {
    let key = |place: &str, name: &str, about: &str| json!({"type": "apiKey", "in": place, "name": name, "description": about});
    let word = |about: &str| json!({"type": "http", "scheme": "bearer", "description": about});
    json!({
        "AccountKey": key("header", "X-API-KEY", "The key of an account, which opens the instances that it administers."),
        "AccountKeyInQuery": key("query", "api_key", "The same in the query; `apikey` is another name for it."),
        "AccountKeyInAuthorization": word("The same behind any one word: `Authorization: Bearer <key>`."),
        "ApiKey": key("header", "X-API-KEY", "The key of an app, which opens one instance; its flags say how far."),
        "ApiKeyInQuery": key("query", "api_key", "The same in the query; `apikey` is another name for it."),
        "ApiKeyInAuthorization": word("The same behind any one word: `Authorization: Bearer <key>`."),
        "UserKey": key("header", "X-USER-KEY", "The key of a user, who acts through the app whose API key stands beside it."),
        "UserKeyInQuery": key("query", "user_key", "The same in the query; `userkey` is another name for it."),
    })
}

/// Whether a caller may do that with some of the objects there.
fn may(caller: &Caller, row: &Row, action: Action) -> bool {
    let through = match row.spec.parent {
        Parent::User => Through::User(USER),
        Parent::Class => Through::Class { permission: ClassPermission::CreateObjects, holds_profiles: false },
        _ => Through::Nothing,
    };
    let may_at_all = (row.spec.may)(caller, action, through);
    may_at_all
        && match (row.spec.name, caller) {
            ("Instance" | "InstanceRename", Caller::Account { role, .. }) => {
                role.is_some_and(|role| access::may_change_instance(role, action, row.spec.name == "InstanceRename"))
            }
            ("Admin", caller) => access::may_change_administrator(caller, action, OTHER_ACCOUNT, OWNER),
            _ => true,
        }
}
