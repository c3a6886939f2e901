//! Estimates the requests and resources of a run: counts those of a dry run against the built-in
//! simulator.
//!
//! The dry run uses the same code as a real run: it skips scenarios, creates worlds, sends steps
//! and deletes the created resources. So the numbers are exact for a deployment that answers
//! correctly and at once, and whose instance holds no other data. On any other deployment, retries
//! and longer lists add requests.

use std::collections::BTreeMap;
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

use crate::harness::{
    self, Credentials, Event, InstanceKeys, Login, Plan, RunError, ScenarioResult, Selection, Target,
};
use crate::judge::Verdict;
use crate::report::count;
use syncano_simulator::Simulator;
use syncano_simulator::api::{Flag, Key};
use syncano_suite::Suite;

/// An estimate of a run.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Estimate {
    /// Scenarios and endpoints of the access table, in the order of the run.
    pub parts: Vec<PartEstimate>,
    /// The number of requests, including those that set up worlds and clean up.
    pub requests: usize,
    /// The number of created resources by kind.
    pub created: BTreeMap<ResourceKind, usize>,
    /// The number of those that the run cannot delete.
    pub remaining: BTreeMap<ResourceKind, usize>,
    /// The number of access cases of the selected endpoints that the run leaves out.
    pub access_cases_not_run: usize,
}

/// A run could not be estimated.
#[derive(Debug, thiserror::Error)]
pub enum EstimateError {
    /// The dry run failed.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The simulator cannot have an instance with this name.
    #[error("the simulator cannot have an instance named {0:?}")]
    InstanceName(String),
    /// The simulator rejected a resource that exists before the run.
    #[error("the simulator answered POST {path} with {status}")]
    Rejected {
        /// The path.
        path: String,
        /// The status.
        status: u16,
    },
    /// A request or a response is not valid.
    #[error("{0}")]
    Invalid(String),
}

/// A scenario, or an endpoint of the access table.
#[derive(Clone, Debug, Serialize)]
pub struct PartEstimate {
    /// Area and name.
    pub name: String,
    /// The number of checks that run.
    pub checks: usize,
    /// The number of those whose rule is disputed.
    pub disputed: usize,
    /// The number of checks that do not run, by reason.
    pub skipped: IndexMap<String, usize>,
}

/// A kind of resource that a run creates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
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

/// The requests and created resources of a dry run.
#[derive(Default)]
struct Tally {
    requests: usize,
    created: BTreeMap<ResourceKind, usize>,
}

impl Estimate {
    /// Estimates a run that follows a plan.
    pub async fn new(suite: &Arc<Suite>, selection: &Selection, plan: &Plan) -> Result<Estimate, EstimateError> {
        let ground = Ground::new(plan)?;
        let tally = Arc::new(Mutex::new(Tally::default()));
        let target = ground.target(Arc::clone(&tally));
        let dry_run = Plan {
            version: plan.version,
            credentials: ground.credentials,
            writes: plan.writes,
            basic_login: plan.basic_login,
            capabilities: plan.capabilities.clone(),
            more_accounts: plan.more_accounts,
            instance: ground.instance,
            max_instances: plan.max_instances,
            access: plan.access,
            jobs: plan.jobs,
            // The simulator is never late.
            patience: Duration::ZERO,
            replays: plan.replays,
            all_requests: false,
            ..Plan::default()
        };
        let (_end, stop) = watch::channel(false);
        let (mut parts, mut access_cases_not_run) = (Vec::new(), 0);
        harness::run(Arc::clone(suite), selection, target, dry_run, stop, |event| match event {
            Event::Started(started) => access_cases_not_run = started.access_cases_not_run,
            Event::Scenario(scenario) => parts.push(PartEstimate::new(&scenario)),
            Event::Finished(_) => {}
        })
        .await?;
        let Tally { requests, created } = std::mem::take(&mut *tally.lock().unwrap_or_else(PoisonError::into_inner));
        let stays = |resource: &ResourceKind| match resource {
            ResourceKind::Accounts => true,
            // Only an administrator or a key that skips all permissions can delete a user.
            ResourceKind::Users => match &plan.credentials {
                Credentials::ApiKeys(keys) => !keys.keys.contains_key(&Some(Flag::IgnoreAcl)),
                Credentials::AccountKey(_) | Credentials::Register => false,
            },
            _ => false,
        };
        let remaining = created.iter().filter(|(resource, _)| stays(resource));
        let remaining = remaining.map(|(resource, number)| (*resource, *number)).collect();
        Ok(Estimate { parts, requests, created, remaining, access_cases_not_run })
    }

    /// Returns the shortest time of the run at this distance between requests.
    pub fn least_time(&self, between_requests: Duration) -> Duration {
        between_requests.saturating_mul(u32::try_from(self.requests).unwrap_or(u32::MAX))
    }

    /// Returns the number of checks that run.
    pub fn checks(&self) -> usize {
        self.parts.iter().map(|part| part.checks).sum()
    }

    /// Returns the number of checks of disputed rules that run.
    pub fn disputed(&self) -> usize {
        self.parts.iter().map(|part| part.disputed).sum()
    }

    /// Returns what does not run: for each reason the number of parts with such a check, and the
    /// number of checks.
    pub fn skipped(&self) -> IndexMap<&str, (usize, usize)> {
        let mut skipped: IndexMap<&str, (usize, usize)> = IndexMap::new();
        for part in &self.parts {
            let mut of_part: IndexMap<&str, usize> = IndexMap::new();
            for (why, checks) in &part.skipped {
                // The text after the colon is the place in the scenario.
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

impl PartEstimate {
    fn new(result: &ScenarioResult) -> PartEstimate {
        let mut skipped = IndexMap::new();
        let (mut checks, mut disputed) = (0, 0);
        for check in &result.checks {
            match check.verdict() {
                Verdict::Skip => *skipped.entry(check.because().unwrap_or_default().to_owned()).or_default() += 1,
                _ => {
                    checks += 1;
                    disputed += usize::from(check.is_disputed());
                }
            }
        }
        PartEstimate { name: result.name.clone(), checks, disputed, skipped }
    }
}

impl ResourceKind {
    /// Returns a number of these resources in words: `1 user`, `2 users`.
    pub fn counted(self, number: usize) -> String {
        let (one, more) = match self {
            ResourceKind::Accounts => ("account", "accounts"),
            ResourceKind::Instances => ("instance", "instances"),
            ResourceKind::ApiKeys => ("API key", "API keys"),
            ResourceKind::Users => ("user", "users"),
            ResourceKind::Groups => ("group", "groups"),
            ResourceKind::Classes => ("class", "classes"),
            ResourceKind::Objects => ("data object", "data objects"),
        };
        count(number, one, more)
    }

    /// Returns the kind of resource that a successful POST to a path creates.
    fn made_at(path: &str) -> Option<ResourceKind> {
        let segments = path.trim_matches('/').split('/').collect::<Vec<_>>();
        let (_, segments) = segments.split_first()?;
        Some(match segments {
            ["account", "register"] => ResourceKind::Accounts,
            ["instances"] => ResourceKind::Instances,
            ["instances", _, "api_keys"] => ResourceKind::ApiKeys,
            ["instances", _, "users"] => ResourceKind::Users,
            ["instances", _, "groups"] => ResourceKind::Groups,
            ["instances", _, "classes"] => ResourceKind::Classes,
            ["instances", _, "classes", _, "objects"] => ResourceKind::Objects,
            _ => return None,
        })
    }
}

impl Tally {
    fn post(&mut self, path: &str, code: u64, sent: &Value, answer: &Value) {
        if code == u64::from(StatusCode::CREATED.as_u16())
            && let Some(resource) = ResourceKind::made_at(path)
        {
            *self.created.entry(resource).or_default() += 1;
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

/// The target of the dry run: a simulator with everything that exists before the run.
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
            // The simulator allows fewer characters in names.
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

    /// Creates the API keys and users that the user of the program has.
    fn keys(&self, owner: &str, keys: &InstanceKeys) -> Result<InstanceKeys, EstimateError> {
        let base = format!("/v1.1/instances/{}", self.instance.as_ref().ok_or(RunError::UnnamedInstance)?);
        let mut created = InstanceKeys::default();
        for flag in keys.keys.keys() {
            let body = flag.map_or_else(|| json!({}), |flag| json!({flag.name(): true}));
            let key = self.make(&format!("{base}/api_keys/"), owner, &body)?;
            created.keys.insert(*flag, SecretString::from(text(&key, "api_key")?));
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
            created.users.push(user);
        }
        Ok(created)
    }

    /// Creates a resource that exists before the run.
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

    /// Returns the simulator as a target that counts every request.
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
