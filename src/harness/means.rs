//! What a run has to make worlds with, and to look at them: an administrator's account, or no more than API keys of an
//! instance that exists.
//!
//! With API keys alone there is less that can be made and nothing that can be looked at from above. Users are made with a
//! key that has `allow_user_create`, or are there already and sign in with their passwords. What scenarios cannot be run so
//! is said in [`needs`](super::needs).

use std::collections::{BTreeMap, BTreeSet};

use http::{Method, StatusCode};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::Plan;
use super::administrator::Administrator;
use super::capability;
use super::client::{Client, SetUpError, member, text};
use super::colleagues::Colleagues;
use super::ending::Ending;
use super::made::Made;
use super::password::Passwords;
use super::target::Target;
use super::world::World;
use crate::judge::Kind;
use crate::scenario::PLAIN;
use syncano_simulator::api::{Capability, Flag, Version};

/// Where the keys of a run come from.
#[derive(Clone, Debug)]
pub enum Credentials {
    /// The account of an administrator.
    AccountKey(SecretString),
    /// A new account, made for this run. The API has no way to delete it afterwards.
    Register,
    /// No administrator, but API keys of the instance that the plan names.
    ApiKeys(ApiKeys),
}

/// API keys of an instance, and users of it.
#[derive(Clone, Debug, Default)]
pub struct ApiKeys {
    /// The keys, by the one flag that each has; the one without any stands under `None`.
    pub keys: BTreeMap<Option<Flag>, SecretString>,
    /// Users who exist. Scenarios read on their behalf and change nothing of theirs.
    pub users: Vec<Login>,
}

/// What a user signs in with.
#[derive(Clone, Debug, Default)]
pub struct Login {
    /// As the user is called in messages, which do not show the name that stands next.
    pub label: String,
    /// The name.
    pub username: String,
    /// Whether the name is a secret too.
    pub hidden: bool,
    /// The password.
    pub password: SecretString,
}

/// As a journal calls an app; no e-mail address is like it.
pub(super) const APP: &str = "app";

/// What a run has, once it has been seen to be good.
pub struct Means {
    /// What is judged.
    pub target: Target,
    /// The version of the API in which it is spoken to.
    pub version: Version,
    /// Whose keys there are.
    pub holder: Holder,
    /// What the target is declared to offer; nothing where all is taken for offered.
    pub capabilities: Option<BTreeSet<Capability>>,
}

/// Whose keys a run has.
pub enum Holder {
    /// An administrator's.
    Administrator(Administrator),
    /// Those of apps and users.
    App(App),
}

/// API keys and users of an instance that exists.
pub struct App {
    /// Makes users with the key that may; where none may, it is any of them.
    client: Client,
    keys: BTreeMap<Option<Flag>, AppKey>,
    users: Vec<User>,
    /// Whether users may be made.
    pub makes_users: bool,
}

/// An API key with the number that the instance knows it by.
pub struct AppKey {
    /// Makes requests with it.
    pub client: Client,
    /// The number.
    pub id: Value,
}

/// A user who has signed in.
pub struct User {
    /// The name, and the kind of it.
    pub username: (String, Kind),
    /// The password.
    pub password: SecretString,
    /// What was answered.
    pub answer: Value,
}

impl ApiKeys {
    /// Whether users can be made, if the target may be written to.
    pub fn makes_users(&self) -> bool {
        self.keys.contains_key(&Some(Flag::AllowUserCreate))
    }
}

impl Means {
    /// Sees whether the keys are good, and whether what is declared is there.
    pub async fn connect(
        target: &Target,
        plan: &Plan,
        passwords: &Passwords,
        made: &Made,
    ) -> Result<Means, SetUpError> {
        let version = plan.version;
        let holder = match &plan.credentials {
            Credentials::AccountKey(key) => {
                let administrator = Administrator::of_key(target, version, key.expose_secret()).await?;
                made.account(&administrator.email, false)?;
                Holder::Administrator(administrator)
            }
            // A run that may not write registers nobody, and makes no world.
            Credentials::Register if !plan.writes => Holder::Administrator(Administrator::nobody(target, version)),
            Credentials::Register => {
                let who = (&plan.id, "account");
                Holder::Administrator(Administrator::register(target, version, who, passwords, made).await?)
            }
            Credentials::ApiKeys(keys) => Holder::App(App::connect(target, plan, keys).await?),
        };
        let means = Means { target: target.clone(), version, holder, capabilities: plan.capabilities.clone() };
        if let (Credentials::AccountKey(_), Some(administrator), Some(name)) =
            (&plan.credentials, means.administrator(), &plan.instance)
        {
            means.find_instance(administrator, name).await?;
        }
        Ok(means)
    }

    async fn find_instance(&self, administrator: &Administrator, name: &str) -> Result<(), SetUpError> {
        let path = format!("/{}/instances/{name}/", self.version);
        let answer = administrator.client.send(Method::GET, &path, None).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(SetUpError(format!(
                "there is no instance {name}, or this account is none of its administrators"
            )));
        }
        administrator.client.read(&format!("GET {path}"), None, &answer, &[StatusCode::OK]).map(drop)
    }

    /// Asks for everything that is declared; where the user names no instance, in one that is made for it. Gives what of
    /// that could not be removed. `number` tells its name from those of the scenarios. When the run has to end that is an
    /// error.
    pub async fn verify(
        &self,
        plan: &Plan,
        number: usize,
        (colleagues, made): (&Colleagues, &Made),
        ending: &Ending,
    ) -> Result<Vec<String>, SetUpError> {
        let declared = self.capabilities.iter().flatten().copied().filter(|capability| can_verify(*capability, plan));
        let declared = declared.collect::<Vec<_>>();
        if declared.is_empty() {
            return Ok(Vec::new());
        }
        let root = format!("/{}", self.version);
        if let Some(name) = &plan.instance {
            let base = format!("{root}/instances/{name}");
            return tokio::select! {
                verified = capability::verify(declared, self.client(), &base) => verified.map(|()| Vec::new()),
                early = ending.comes() => Err(SetUpError(early.to_string())),
            };
        }
        let mut world = World::new(self, colleagues, (&plan.id, number), made, ending);
        let verify = async {
            let path = world.instance("instance", &root, "probe").await?;
            capability::verify(declared, self.client(), path.trim_end_matches('/')).await
        };
        let verified = tokio::select! {
            verified = verify => verified,
            early = ending.comes_and_waits(&self.target) => Err(SetUpError(early.to_string())),
        };
        let left = world.clear().await;
        match verified {
            Ok(()) => Ok(left),
            Err(error) if left.is_empty() => Err(error),
            Err(error) => Err(SetUpError(format!("{error}\nleft behind: {}", left.join("; ")))),
        }
    }

    /// The administrator, where there is one.
    pub fn administrator(&self) -> Option<&Administrator> {
        match &self.holder {
            Holder::Administrator(administrator) => Some(administrator),
            Holder::App(_) => None,
        }
    }

    /// Who makes what is given.
    pub fn client(&self) -> &Client {
        match &self.holder {
            Holder::Administrator(administrator) => &administrator.client,
            Holder::App(app) => &app.client,
        }
    }

    /// As a journal calls the one who makes what is given: the e-mail address of an account.
    pub fn name(&self) -> &str {
        match &self.holder {
            Holder::Administrator(administrator) => &administrator.email,
            Holder::App(_) => APP,
        }
    }

    /// Who can remove what was made, by name. There may be nobody: users that an app has made are not its own to delete.
    pub fn removers<'a>(&'a self, colleagues: &'a Colleagues) -> Vec<(&'a str, &'a Client)> {
        let own = match &self.holder {
            Holder::Administrator(administrator) => Some(&administrator.client),
            Holder::App(app) => app.keys.get(&Some(Flag::IgnoreAcl)).map(|key| &key.client),
        };
        let colleagues = colleagues.all().map(|account| (account.email.as_str(), &account.client));
        own.map(|client| (self.name(), client)).into_iter().chain(colleagues).collect()
    }

    /// Whether the target offers this, as far as is known.
    pub fn offer(&self, capability: Capability) -> bool {
        self.capabilities.as_ref().is_none_or(|declared| declared.contains(&capability))
    }
}

/// Where an account was registered, that is shown already. Nothing is asked for that no scenario of the run can need: a run
/// that does not write needs nothing of an administrator's, and one without an administrator only what can be read.
fn can_verify(capability: Capability, plan: &Plan) -> bool {
    match &plan.credentials {
        Credentials::AccountKey(_) => plan.writes,
        Credentials::Register => plan.writes && capability != Capability::Register,
        Credentials::ApiKeys(_) => {
            matches!(capability, Capability::Groups | Capability::Classes | Capability::V1)
        }
    }
}

impl App {
    async fn connect(target: &Target, plan: &Plan, given: &ApiKeys) -> Result<App, SetUpError> {
        let Some(instance) = &plan.instance else {
            return Err(SetUpError("API keys belong to an instance, and none is named".to_owned()));
        };
        let base = format!("/{}/instances/{instance}", plan.version);
        let mut keys = BTreeMap::new();
        for (flag, key) in &given.keys {
            let client = Client::new(target, plan.version, key.expose_secret());
            let id = look_at(&client, &base, *flag).await?;
            keys.insert(*flag, AppKey { client, id });
        }
        let maker = keys.get(&Some(Flag::AllowUserCreate)).or_else(|| keys.values().next());
        let Some(client) = maker.map(|key: &AppKey| key.client.clone()) else {
            return Err(SetUpError("there is neither an account key nor an API key".to_owned()));
        };
        let mut app = App { client, keys, users: Vec::new(), makes_users: given.makes_users() && plan.writes };
        for Login { label, username, hidden, password } in &given.users {
            if *hidden {
                target.secrets().tell("username", username);
            }
            let answer = sign_in(&app.client, &base, username, password).await;
            let answer =
                answer.map_err(|SetUpError(why)| SetUpError(format!("the user `{label}` cannot sign in: {why}")))?;
            if app.users.iter().any(|other| other.answer.get("id") == answer.get("id")) {
                return Err(SetUpError(format!("the user `{label}` is one of those before it")));
            }
            let kind = if *hidden { Kind::Secret } else { Kind::Word };
            app.users.push(User { username: (username.clone(), kind), password: password.clone(), answer });
        }
        Ok(app)
    }

    /// The keys by their flags.
    pub fn keys(&self) -> impl Iterator<Item = (Option<Flag>, &AppKey)> {
        self.keys.iter().map(|(flag, key)| (*flag, key))
    }

    /// The users who exist, in the order in which they were named.
    pub fn users(&self) -> &[User] {
        &self.users
    }
}

/// Sees that a key is what it is declared to be: a key lists itself with its flags. Gives its number.
async fn look_at(client: &Client, base: &str, flag: Option<Flag>) -> Result<Value, SetUpError> {
    let name = key_name(flag);
    let wrong = |why: String| SetUpError(format!("the API key `{name}`: {why}"));
    let path = format!("{base}/api_keys/");
    let answer = client.call(Method::GET, &path, None).await.map_err(|SetUpError(why)| wrong(why))?;
    let listed = answer.get("objects").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let is_it = |key: &&Value| {
        let shown = key.get("api_key").and_then(Value::as_str);
        shown.is_some_and(|shown| shown.eq_ignore_ascii_case(client.key()))
    };
    let key = listed.iter().find(is_it).ok_or_else(|| wrong(format!("GET {path} does not show it to itself")))?;
    let has = |flag: Flag| key.get(flag.name()) == Some(&Value::Bool(true));
    for known in Flag::ALL {
        match (has(known), flag == Some(known)) {
            (true, false) => {
                return Err(wrong(format!("it has {known}\n  hint: declare it as what it is, or make one without")));
            }
            (false, true) => return Err(wrong(format!("it has no {known}\n  hint: declare it as what it is"))),
            _ => {}
        }
    }
    member(key, "id")
}

/// Signs a user in, and sees that the answer brings a key.
async fn sign_in(client: &Client, base: &str, username: &str, password: &SecretString) -> Result<Value, SetUpError> {
    client.target.secrets().tell("password", password.expose_secret());
    let body = json!({"username": username, "password": password.expose_secret()});
    let answer = client.call(Method::POST, &format!("{base}/user/auth/"), Some(&body)).await?;
    member(&answer, "id")?;
    text(&answer, "user_key")?;
    Ok(answer)
}

/// As scenarios and profiles call the API key with this flag.
pub fn key_name(flag: Option<Flag>) -> &'static str {
    flag.map_or(PLAIN, Flag::name)
}
