//! Estimates what a run would do, without sending anything: a dry run against the built-in simulator is counted.
//!
//! The dry run is a run like any other: the same code decides what is skipped, creates worlds, looks at them, sends steps and
//! removes what was created. So the numbers are those of a run against a deployment that answers as it should, at once, and
//! whose instance holds nothing else. On any other, waits, retries and longer lists add to them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{Method, Request, StatusCode};
use indexmap::IndexMap;
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::harness::{self, ApiKeys, Credentials, Event, Login, Plan, RunError, ScenarioResult, Selection, Target};
use crate::judge::Verdict;
use crate::scenario::Suite;
use syncano_simulator::Simulator;
use syncano_simulator::api::{Flag, Key};

/// What a run would do.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Estimate {
    /// Scenarios and endpoints of the access table, in the order in which they are run.
    pub parts: Vec<Part>,
    /// How many requests are sent, looking, making and clearing away included.
    pub requests: usize,
    /// How many resources are made, by kind.
    pub made: BTreeMap<Resource, usize>,
    /// How many of them nobody can remove.
    pub staying: BTreeMap<Resource, usize>,
}

/// Why a run could not be estimated.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// The dry run could not be done.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The simulator cannot have an instance of this name.
    #[error("the simulator cannot have an instance named {0:?}")]
    InstanceName(String),
    /// The simulator did not create what exists before the run.
    #[error("the simulator answered POST {path} with {status}")]
    Rejected {
        /// The path.
        path: String,
        /// The status.
        status: u16,
    },
    /// A request or a response has no valid form.
    #[error("{0}")]
    Invalid(String),
}

/// A scenario, or an endpoint of the access table.
#[derive(Clone, Debug, Serialize)]
pub struct Part {
    /// Area and name.
    pub name: String,
    /// How many of its checks are run.
    pub checks: usize,
    /// How many are not, by the reason.
    pub skipped: IndexMap<String, usize>,
}

/// What a run makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Accounts of administrators.
    Accounts,
    /// Instances.
    Instances,
    /// API keys.
    ApiKeys,
    /// Users.
    Users,
    /// Groups.
    Groups,
    /// Classes.
    Classes,
    /// Data objects.
    Objects,
}

/// What was sent, and what has come of it.
#[derive(Default)]
struct Tally {
    requests: usize,
    made: BTreeMap<Resource, usize>,
}

impl Estimate {
    /// Estimates a run that goes as planned.
    pub async fn new(suite: &Arc<Suite>, selection: &Selection, plan: &Plan) -> Result<Estimate, EstimateError> {
        let ground = Ground::new(plan)?;
        let tally = Arc::new(Mutex::new(Tally::default()));
        let target = ground.target(Arc::clone(&tally));
        let dry_run = Plan {
            version: plan.version,
            credentials: ground.credentials,
            writes: plan.writes,
            capabilities: plan.capabilities.clone(),
            more_accounts: plan.more_accounts,
            instance: ground.instance,
            access: plan.access,
            jobs: plan.jobs,
            // The simulator does nothing late.
            patience: Duration::ZERO,
            replays: plan.replays,
            all_requests: false,
            ..Plan::default()
        };
        let (_end, stop) = watch::channel(false);
        let mut parts = Vec::new();
        harness::run(Arc::clone(suite), selection, target, dry_run, stop, |event| {
            if let Event::Scenario(scenario) = event {
                parts.push(Part::new(&scenario));
            }
        })
        .await?;
        let Tally { requests, made } = std::mem::take(&mut *tally.lock().unwrap_or_else(PoisonError::into_inner));
        let stays = |resource: &Resource| match resource {
            Resource::Accounts => true,
            // Nobody else removes a user than an administrator, and whoever passes over all permissions.
            Resource::Users => match &plan.credentials {
                Credentials::ApiKeys(keys) => !keys.keys.contains_key(&Some(Flag::IgnoreAcl)),
                Credentials::AccountKey(_) | Credentials::Register => false,
            },
            _ => false,
        };
        let staying = made.iter().filter(|(resource, _)| stays(resource));
        let staying = staying.map(|(resource, number)| (*resource, *number)).collect();
        Ok(Estimate { parts, requests, made, staying })
    }

    /// How long it takes at least, where requests begin so far apart.
    pub fn least_time(&self, between_requests: Duration) -> Duration {
        between_requests.saturating_mul(u32::try_from(self.requests).unwrap_or(u32::MAX))
    }

    /// How many checks are run.
    pub fn checks(&self) -> usize {
        self.parts.iter().map(|part| part.checks).sum()
    }

    /// What is not run: by what is missing, the parts of which at least some checks are not run, and how many checks.
    pub fn skipped(&self) -> IndexMap<&str, (usize, usize)> {
        let mut skipped: IndexMap<&str, (usize, usize)> = IndexMap::new();
        for part in &self.parts {
            let mut of_part: IndexMap<&str, usize> = IndexMap::new();
            for (why, checks) in &part.skipped {
                // Behind the colon stands where in the scenario it is missing.
                *of_part.entry(why.split(": ").next().unwrap_or(why)).or_default() += checks;
            }
            for (why, checks) in of_part {
                let (parts, all) = skipped.entry(why).or_default();
                *parts += 1;
                *all += checks;
            }
        }
        skipped.sort_by(|_, (_, one), _, (_, other)| other.cmp(one));
        skipped
    }
}

impl Part {
    fn new(result: &ScenarioResult) -> Part {
        let mut skipped = IndexMap::new();
        let mut checks = 0;
        for check in &result.checks {
            match check.verdict() {
                Verdict::Skip => *skipped.entry(check.because().unwrap_or_default().to_owned()).or_default() += 1,
                _ => checks += 1,
            }
        }
        Part { name: result.name.clone(), checks, skipped }
    }
}

impl Resource {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Resource::Accounts => "accounts",
            Resource::Instances => "instances",
            Resource::ApiKeys => "API keys",
            Resource::Users => "users",
            Resource::Groups => "groups",
            Resource::Classes => "classes",
            Resource::Objects => "data objects",
        }
    }

    /// What a POST to a path makes, where it is answered well.
    fn made_at(path: &str) -> Option<Resource> {
        let segments = path.trim_matches('/').split('/').collect::<Vec<_>>();
        let (_, segments) = segments.split_first()?;
        Some(match segments {
            ["account", "register"] => Resource::Accounts,
            ["instances"] => Resource::Instances,
            ["instances", _, "api_keys"] => Resource::ApiKeys,
            ["instances", _, "users"] => Resource::Users,
            ["instances", _, "groups"] => Resource::Groups,
            ["instances", _, "classes"] => Resource::Classes,
            ["instances", _, "classes", _, "objects"] => Resource::Objects,
            _ => return None,
        })
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Tally {
    fn post(&mut self, path: &str, code: u64, sent: &Value, answer: &Value) {
        if code == u64::from(StatusCode::CREATED.as_u16())
            && let Some(resource) = Resource::made_at(path)
        {
            *self.made.entry(resource).or_default() += 1;
        }
        if !path.ends_with("/batch/") {
            return;
        }
        let list = |value: Option<&Value>| value.and_then(Value::as_array).cloned().unwrap_or_default();
        for (item, answer) in list(sent.get("requests")).iter().zip(list(Some(answer))) {
            let text = |name: &str| item.get(name).and_then(Value::as_str).unwrap_or_default();
            if text("method").eq_ignore_ascii_case("POST") {
                let code = answer.get("code").and_then(Value::as_u64).unwrap_or_default();
                let path = text("path").split('?').next().unwrap_or_default();
                let sent = item.get("body").cloned().unwrap_or_default();
                self.post(path, code, &sent, answer.get("content").unwrap_or(&Value::Null));
            }
        }
    }
}

/// Where the dry run goes: a simulator that holds what the plan says exists already.
struct Ground {
    simulator: Simulator,
    credentials: Credentials,
    instance: Option<String>,
}

impl Ground {
    fn new(plan: &Plan) -> Result<Ground, EstimateError> {
        let simulator = Simulator::builder().seed(0).build();
        let mut ground = Ground { simulator, credentials: Credentials::Register, instance: None };
        if matches!(plan.credentials, Credentials::Register) && plan.instance.is_none() {
            return Ok(ground);
        }
        let account = json!({"email": "dry-run@example.com", "password": "dry-run"});
        let account = ground.make("/v1.1/account/register/", "", &account)?;
        let owner = text(&account, "account_key")?;
        if let Some(name) = &plan.instance {
            // The simulator's names have fewer letters.
            let name = name.to_lowercase().replace('_', "-");
            let key = owner.parse::<Key>().map_err(|error| EstimateError::Invalid(error.to_string()))?;
            if !ground.simulator.add_instance(&key, &name) {
                return Err(EstimateError::InstanceName(name));
            }
            ground.instance = Some(name);
        }
        ground.credentials = match &plan.credentials {
            Credentials::AccountKey(_) => Credentials::AccountKey(SecretString::from(owner)),
            Credentials::Register => Credentials::Register,
            Credentials::ApiKeys(keys) => Credentials::ApiKeys(ground.keys(&owner, keys)?),
        };
        Ok(ground)
    }

    /// As many keys and users as there are.
    fn keys(&self, owner: &str, keys: &ApiKeys) -> Result<ApiKeys, EstimateError> {
        let base = format!("/v1.1/instances/{}", self.instance.as_ref().ok_or(RunError::UnnamedInstance)?);
        let mut made = ApiKeys::default();
        for flag in keys.keys.keys() {
            let body = flag.map_or_else(|| json!({}), |flag| json!({flag.name(): true}));
            let key = self.make(&format!("{base}/api_keys/"), owner, &body)?;
            made.keys.insert(*flag, SecretString::from(text(&key, "api_key")?));
        }
        for (number, login) in keys.users.iter().enumerate() {
            let user = Login {
                label: login.label.clone(),
                username: format!("dry-run-{number}"),
                hidden: false,
                password: SecretString::from("dry-run"),
            };
            let body = json!({"username": user.username, "password": user.password.expose_secret()});
            self.make(&format!("{base}/users/"), owner, &body)?;
            made.users.push(user);
        }
        Ok(made)
    }

    /// Makes something that is there before the run.
    fn make(&self, path: &str, key: &str, body: &Value) -> Result<Value, EstimateError> {
        let request = Request::post(path).header(CONTENT_TYPE, "application/json");
        let request = if key.is_empty() { request } else { request.header("X-API-KEY", key) };
        let request =
            request.body(Bytes::from(body.to_string())).map_err(|error| EstimateError::Invalid(error.to_string()))?;
        let answer = self.simulator.handle(request);
        if answer.status() != StatusCode::CREATED {
            return Err(EstimateError::Rejected { path: path.to_owned(), status: answer.status().as_u16() });
        }
        serde_json::from_slice(answer.body()).map_err(|error| EstimateError::Invalid(error.to_string()))
    }

    /// The simulator, with every request counted.
    fn target(&self, tally: Arc<Mutex<Tally>>) -> Target {
        let simulator = self.simulator.clone();
        Target::in_process("dry-run", move |request| {
            let is_post = request.method() == Method::POST;
            let sent = is_post.then(|| (request.uri().path().to_owned(), request.body().clone()));
            let answer = simulator.handle(request);
            let mut tally = tally.lock().unwrap_or_else(PoisonError::into_inner);
            tally.requests += 1;
            if let Some((path, body)) = sent {
                let [sent, shown] = [&body, answer.body()].map(|json| serde_json::from_slice(json).unwrap_or_default());
                tally.post(&path, answer.status().as_u16().into(), &sent, &shown);
            }
            answer
        })
    }
}

fn text(answer: &Value, name: &str) -> Result<String, EstimateError> {
    let text = answer.get(name).and_then(Value::as_str).map(str::to_owned);
    text.ok_or_else(|| EstimateError::Invalid(format!("an answer lacks `{name}`")))
}
