//! Sequences of actions of several callers, compared with a small model.

mod actions;

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use syncano_simulator::{Quirks, Simulator};

use super::ask::{As, FLAGS, ParsedAnswer, SampleWorld, ask, raw, read, text};
use super::times;

/// No name is part of another one, or of other text in an answer.
const NAMES: [&str; 5] = ["ripley", "dallas", "lambert", "parker", "brett"];
const INSTANCES: [&str; 3] = ["nostromo", "auriga", "sulaco"];
/// An id that does not exist.
const NO_ID: u64 = 9999;

/// The caller. Numbers are positions in the list of existing users and keys, modulo its length.
#[derive(Clone, Debug)]
enum CallerKind {
    Anonymous,
    Owner,
    OwnerBesideUser(usize),
    OwnerWithOldKey,
    Stranger,
    App(usize),
    User {
        app: usize,
        user: usize,
    },
    /// A user with a user key that is no longer valid.
    OldUserKey {
        app: usize,
        key: usize,
    },
    /// An API key that is no longer valid.
    OldApp {
        key: usize,
        user: usize,
    },
    UserOfAnotherInstance(usize),
    UserBesideAppOfAnotherInstance(usize),
}

/// An action of a caller.
#[derive(Clone, Debug)]
enum CallerAction {
    CreateUser { name: usize, spelling: usize, password: usize },
    Login { name: usize, spelling: usize, password: usize },
    Change { user: usize, as_current: bool, put: bool, name: Option<(usize, usize)>, password: Option<usize> },
    Reset { user: usize },
    DeleteUser { user: usize },
    CreateGroup,
    DeleteGroup { group: usize },
    Join { user: usize, group: usize, from_group: bool },
    Leave { user: usize, group: usize, from_group: bool },
    CreateApp { flags: u8 },
    ResetApp { app: usize },
    DeleteApp { app: usize },
    RenameInstance { name: usize },
    ResetAccount,
}

/// The rights of a caller.
enum Rights {
    /// None: without a key, or with an invalid one.
    None,
    Owner,
    /// An account without a role in the instance.
    Stranger,
    App {
        flags: u8,
        user: Option<u64>,
    },
}

/// Who asks: an API key or account key, perhaps a user key, and what they are worth.
struct ModelCaller {
    api: Option<String>,
    user: Option<String>,
    rights: Rights,
}

impl ModelCaller {
    fn keys(&self) -> As<'_> {
        As { api: self.api.as_deref(), user: self.user.as_deref() }
    }

    fn is_owner(&self) -> bool {
        matches!(self.rights, Rights::Owner)
    }
}

#[derive(Clone)]
struct ModelUser {
    name: String,
    password: String,
    key: String,
    groups: BTreeSet<u64>,
}

struct Model {
    simulator: Simulator,
    instance: String,
    owner: String,
    stranger: String,
    foreign_app: String,
    foreigner: String,
    users: BTreeMap<u64, ModelUser>,
    groups: BTreeSet<u64>,
    apps: BTreeMap<u64, (String, u8)>,
    old_user_keys: Vec<String>,
    old_api_keys: Vec<String>,
    old_account_keys: Vec<String>,
    step: usize,
}

fn who() -> impl Strategy<Value = CallerKind> {
    let n = 0_usize..8;
    prop_oneof![
        1 => Just(CallerKind::Anonymous),
        12 => Just(CallerKind::Owner),
        1 => n.clone().prop_map(CallerKind::OwnerBesideUser),
        1 => Just(CallerKind::OwnerWithOldKey),
        1 => Just(CallerKind::Stranger),
        4 => n.clone().prop_map(CallerKind::App),
        8 => (n.clone(), n.clone()).prop_map(|(app, user)| CallerKind::User { app, user }),
        2 => (n.clone(), n.clone()).prop_map(|(app, key)| CallerKind::OldUserKey { app, key }),
        1 => (n.clone(), n.clone()).prop_map(|(key, user)| CallerKind::OldApp { key, user }),
        1 => n.clone().prop_map(CallerKind::UserOfAnotherInstance),
        1 => n.prop_map(CallerKind::UserBesideAppOfAnotherInstance),
    ]
}

fn action() -> impl Strategy<Value = CallerAction> {
    let n = 0_usize..8;
    let spelled = (0..NAMES.len(), 0_usize..3);
    let change =
        (n.clone(), any::<bool>(), any::<bool>(), prop::option::of(spelled.clone()), prop::option::of(0_usize..3));
    prop_oneof![
        6 => (spelled.clone(), 0_usize..3).prop_map(|((name, spelling), password)| CallerAction::CreateUser { name, spelling, password }),
        3 => (spelled, 0_usize..3).prop_map(|((name, spelling), password)| CallerAction::Login { name, spelling, password }),
        5 => change.prop_map(|(user, as_current, put, name, password)| CallerAction::Change { user, as_current, put, name, password }),
        4 => n.clone().prop_map(|user| CallerAction::Reset { user }),
        2 => n.clone().prop_map(|user| CallerAction::DeleteUser { user }),
        3 => Just(CallerAction::CreateGroup),
        1 => n.clone().prop_map(|group| CallerAction::DeleteGroup { group }),
        5 => (n.clone(), n.clone(), any::<bool>()).prop_map(|(user, group, from_group)| CallerAction::Join { user, group, from_group }),
        2 => (n.clone(), n.clone(), any::<bool>()).prop_map(|(user, group, from_group)| CallerAction::Leave { user, group, from_group }),
        2 => (0_u8..16).prop_map(|flags| CallerAction::CreateApp { flags }),
        1 => n.clone().prop_map(|app| CallerAction::ResetApp { app }),
        1 => n.prop_map(|app| CallerAction::DeleteApp { app }),
        1 => (0..INSTANCES.len()).prop_map(|name| CallerAction::RenameInstance { name }),
        1 => Just(CallerAction::ResetAccount),
    ]
}

fn spelled(name: usize, spelling: usize) -> String {
    let name = NAMES[name];
    match spelling {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        _ => format!(" {}{}\t", name[..1].to_uppercase(), &name[1..]),
    }
}

fn password(number: usize) -> String {
    format!("pass-{number}")
}

fn nth<T>(items: impl ExactSizeIterator<Item = T>, position: usize) -> Option<T> {
    let count = items.len();
    let mut items = items;
    items.nth(position.checked_rem(count)?)
}

fn has(flags: u8, flag: &str) -> bool {
    FLAGS.iter().position(|known| *known == flag).is_some_and(|bit| flags & 1 << bit != 0)
}

impl Model {
    fn new() -> Model {
        let world = SampleWorld::new(Quirks::none());
        let key = |word| world.key(word).to_owned();
        let mut users = BTreeMap::new();
        let mut model = Model {
            instance: "nostromo".to_owned(),
            owner: key("account"),
            stranger: key("stranger"),
            foreign_app: key("foreign_api"),
            foreigner: key("foreigner"),
            groups: BTreeSet::new(),
            apps: BTreeMap::new(),
            old_user_keys: Vec::new(),
            old_api_keys: Vec::new(),
            old_account_keys: Vec::new(),
            step: 0,
            users: BTreeMap::new(),
            simulator: world.simulator.clone(),
        };
        let listed = |model: &Model, path: &str| {
            let list = model.ask(model.as_owner(), "GET", path, None).body["objects"].clone();
            list.as_array().expect("a list").clone()
        };
        for app in listed(&model, "api_keys/") {
            let flags = FLAGS.iter().enumerate().filter(|(_, flag)| app[**flag] == true);
            let flags = flags.fold(0, |flags, (bit, _)| flags | 1 << bit);
            model.apps.insert(id(&app), (text(&app["api_key"]), flags));
        }
        model.groups.extend(listed(&model, "groups/").iter().map(id));
        for user in listed(&model, "users/") {
            let (name, groups) = (text(&user["username"]), model.groups.clone());
            let password = format!("pw-{name}");
            users.insert(id(&user), ModelUser { password, name, key: text(&user["user_key"]), groups });
        }
        model.users = users;
        model
    }

    fn as_owner(&self) -> As<'_> {
        As { api: Some(&self.owner), user: None }
    }

    fn path(&self, path: &str) -> String {
        format!("/v1.1/instances/{}/{path}", self.instance)
    }

    fn ask(&self, who: As<'_>, method: &str, path: &str, body: Option<Value>) -> ParsedAnswer {
        ask(&self.simulator, who, method, &self.path(path), body)
    }

    fn user(&self, position: usize) -> u64 {
        nth(self.users.keys(), position).copied().unwrap_or(NO_ID)
    }

    fn group(&self, position: usize) -> u64 {
        nth(self.groups.iter(), position).copied().unwrap_or(NO_ID)
    }

    fn app(&self, position: usize) -> u64 {
        nth(self.apps.keys(), position).copied().unwrap_or(NO_ID)
    }

    /// The keys of a caller, and what they are worth.
    fn resolve(&self, who: &CallerKind) -> ModelCaller {
        let user = |position| self.users.get(&self.user(position)).map(|user| user.key.clone());
        let app = |position| self.apps.get(&self.app(position)).cloned();
        let with_app = |position, key: Option<String>, user| match app(position) {
            Some((app, flags)) => (Some(app), key, Rights::App { flags, user }),
            None => (None, key, Rights::None),
        };
        let (api, user, rights) = match *who {
            CallerKind::Anonymous => (None, None, Rights::None),
            CallerKind::Owner => (Some(self.owner.clone()), None, Rights::Owner),
            CallerKind::OwnerBesideUser(position) => (Some(self.owner.clone()), user(position), Rights::Owner),
            CallerKind::OwnerWithOldKey => (self.old_account_keys.last().cloned(), None, Rights::None),
            CallerKind::Stranger => (Some(self.stranger.clone()), None, Rights::Stranger),
            CallerKind::App(position) => with_app(position, None, None),
            CallerKind::User { app, user: position } => {
                let id = Some(self.user(position)).filter(|id| *id != NO_ID);
                with_app(app, user(position), id)
            }
            CallerKind::OldUserKey { app, key } => with_app(app, nth(self.old_user_keys.iter(), key).cloned(), None),
            CallerKind::OldApp { key, user: position } => {
                (nth(self.old_api_keys.iter(), key).cloned(), user(position), Rights::None)
            }
            CallerKind::UserOfAnotherInstance(position) => with_app(position, Some(self.foreigner.clone()), None),
            CallerKind::UserBesideAppOfAnotherInstance(position) => {
                (Some(self.foreign_app.clone()), user(position), Rights::None)
            }
        };
        ModelCaller { api, user, rights }
    }

    /// Returns the status of a change of a user by id, before the body is read.
    fn may_touch(&self, rights: &Rights, id: u64) -> u16 {
        match *rights {
            Rights::None | Rights::Stranger => 403,
            Rights::App { flags, user: None } if !has(flags, "ignore_acl") => 403,
            Rights::App { user: Some(own), .. } if own != id => 404,
            _ if id == NO_ID => 404,
            _ => 200,
        }
    }

    /// Checks that a key is new.
    fn new_key(&self, key: &Value) -> Result<String, TestCaseError> {
        let key = text(key);
        let seen = self.users.values().map(|user| &user.key).chain(self.apps.values().map(|(key, _)| key));
        let past = self.old_user_keys.iter().chain(&self.old_api_keys).chain(&self.old_account_keys);
        prop_assert!(seen.chain(past).all(|seen| *seen != key), "a key twice");
        Ok(key)
    }

    /// Checks the invariants after each step.
    fn check_invariants(&self) -> Result<(), TestCaseError> {
        self.owner_sees_everything()?;
        self.old_keys_are_invalid()?;
        // A different app in each step: its flags must make no difference.
        if let Some((app, _)) = nth(self.apps.values(), self.step) {
            for id in self.users.keys() {
                self.user_sees_only_themselves(app, *id)?;
            }
        }
        Ok(())
    }

    fn owner_sees_everything(&self) -> Result<(), TestCaseError> {
        let owner = self.as_owner();
        let users = self.ask(owner, "GET", "users/", None).body["objects"].clone();
        let users = users.as_array().expect("a list");
        prop_assert_eq!(users.iter().map(id).collect::<Vec<_>>(), self.users.keys().copied().collect::<Vec<_>>());
        for (shown, user) in users.iter().zip(self.users.values()) {
            self.is_as_modelled(shown, user)?;
        }
        let names: BTreeSet<_> = users.iter().map(|user| text(&user["username"]).to_lowercase()).collect();
        prop_assert_eq!(names.len(), users.len(), "usernames are unique");
        for group in &self.groups {
            let members = self.ask(owner, "GET", &format!("groups/{group}/users/"), None);
            let members: BTreeSet<u64> = listed(&members.body, "user").iter().map(id).collect();
            let modelled = self.users.iter().filter(|(_, user)| user.groups.contains(group));
            prop_assert_eq!(members, modelled.map(|(id, _)| *id).collect::<BTreeSet<_>>());
        }
        for user in self.users.values() {
            let body = json!({"username": user.name, "password": user.password});
            let got = self.ask(owner, "POST", "user/auth/", Some(body));
            prop_assert_eq!(got.body["user_key"].as_str(), Some(user.key.as_str()));
        }
        Ok(())
    }

    fn old_keys_are_invalid(&self) -> Result<(), TestCaseError> {
        for api in self.old_api_keys.iter().chain(&self.old_account_keys) {
            let user = self.users.values().next().map(|user| user.key.as_str());
            for path in ["user/", "users/", "groups/"] {
                let got = self.ask(As { api: Some(api), user }, "GET", path, None);
                prop_assert_eq!((got.status, got.body), (403, json!({"detail": "No such API Key."})));
            }
        }
        if let Some((app, flags)) = nth(self.apps.values(), self.step) {
            for key in &self.old_user_keys {
                let who = As { api: Some(app), user: Some(key) };
                prop_assert_eq!(self.ask(who, "GET", "user/", None).status, 403);
                let list = if has(*flags, "ignore_acl") { 200 } else { 403 };
                prop_assert_eq!(self.ask(who, "GET", "users/", None).status, list);
            }
        }
        Ok(())
    }

    fn user_sees_only_themselves(&self, app: &str, id: u64) -> Result<(), TestCaseError> {
        let Some(user) = self.users.get(&id) else { return Ok(()) };
        let who = As { api: Some(app), user: Some(&user.key) };
        let get = |path: &str, status: u16| {
            let answer = raw(&self.simulator, who, "GET", &self.path(path), None);
            let whole = String::from_utf8_lossy(answer.body());
            for other in self.users.values().filter(|other| other.key != user.key) {
                prop_assert!(!whole.contains(&other.key), "{} shows the key of another user: {}", path, whole);
                prop_assert!(!whole.contains(&other.name), "{} shows the name of another user: {}", path, whole);
            }
            prop_assert_eq!(answer.status().as_u16(), status, "{}: {}", path, whole);
            Ok(read(&answer).body)
        };
        let own = get("user/", 200)?;
        prop_assert_eq!(own["id"].as_u64(), Some(id));
        self.is_as_modelled(&own, user)?;
        prop_assert_eq!(&get("users/", 200)?["objects"], &json!([own]));
        prop_assert_eq!(&get(&format!("users/{id}/"), 200)?, &own);
        let groups = get(&format!("users/{id}/groups/"), 200)?;
        let groups: BTreeSet<u64> = listed(&groups, "group").iter().map(self::id).collect();
        prop_assert_eq!(&groups, &user.groups);
        for other in self.users.keys().filter(|other| **other != id) {
            get(&format!("users/{other}/"), 404)?;
            get(&format!("users/{other}/groups/"), 403)?;
        }
        for group in &self.groups {
            let members = get(&format!("groups/{group}/users/"), 200)?;
            let expected = if user.groups.contains(group) { vec![own.clone()] } else { Vec::new() };
            prop_assert_eq!(listed(&members, "user"), expected);
        }
        Ok(())
    }

    fn is_as_modelled(&self, shown: &Value, user: &ModelUser) -> Result<(), TestCaseError> {
        prop_assert_eq!(shown["username"].as_str(), Some(user.name.as_str()));
        prop_assert_eq!(shown["user_key"].as_str(), Some(user.key.as_str()));
        let groups: BTreeSet<u64> = shown["groups"].as_array().expect("a list").iter().map(id).collect();
        prop_assert_eq!(&groups, &user.groups);
        Ok(())
    }
}

/// Returns the member with that name of every object in a list.
fn listed(list: &Value, member: &str) -> Vec<Value> {
    list["objects"].as_array().expect("a list").iter().map(|object| object[member].clone()).collect()
}

fn id(object: &Value) -> u64 {
    object["id"].as_u64().expect("an id")
}

proptest! {
    #![proptest_config(times(1))]
    #[test]
    fn after_any_actions_users_see_only_their_own_data(actions in vec((who(), action()), 1..30)) {
        let mut model = Model::new();
        model.check_invariants()?;
        for (who, action) in actions {
            let done = model.act(&who, &action).and_then(|()| model.check_invariants());
            done.map_err(|error| TestCaseError::fail(format!("{who:?} {action:?}: {error}")))?;
        }
        let foreigner = As { api: Some(&model.foreign_app), user: Some(&model.foreigner) };
        let users = ask(&model.simulator, foreigner, "GET", "/v1.1/instances/sulaco/users/", None).body;
        let names: Vec<&Value> = users["objects"].as_array().expect("a list").iter().map(|user| &user["username"]).collect();
        prop_assert_eq!(names, ["foreigner"]);
    }

    #[test]
    fn a_user_logs_in_with_the_name_that_was_accepted(name in ".{1,64}", password in ".{1,64}") {
        let model = Model::new();
        let body = json!({"username": name, "password": password});
        let made = model.ask(model.as_owner(), "POST", "users/", Some(body.clone()));
        if made.status == 201 {
            let user = model.ask(model.as_owner(), "GET", &format!("users/{}/", made.body["id"]), None).body;
            let as_kept = json!({"username": user["username"], "password": password});
            prop_assert_eq!(&model.ask(model.as_owner(), "POST", "user/auth/", Some(as_kept)).body, &user);
            prop_assert_eq!(&model.ask(model.as_owner(), "POST", "user/auth/", Some(body)).body, &user);
        } else {
            prop_assert_eq!(made.status, 400);
        }
    }
}
