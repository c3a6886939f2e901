//! The world of a scenario: made through the API before its first step, cleared away after its last.

use http::{Method, StatusCode};
use serde_json::{Value, json};

use super::administrator::{Administrator, SetUpError, member, text};
use super::made::Made;
use super::request::{api_key_reference, home_reference};
use super::run_id::RunId;
use crate::api::{Flag, Resource};
use crate::judge::{Bindings, Kind, Scope};
use crate::scenario::Scenario;

/// What was made for a scenario.
pub struct World<'a> {
    administrator: &'a Administrator,
    run: &'a RunId,
    /// Tells the names of this scenario from those of the others of the run.
    number: usize,
    bindings: Bindings,
    /// What has to be removed.
    pub made: Made<'a>,
}

impl<'a> World<'a> {
    /// An empty world for the scenario with this number.
    pub fn new(administrator: &'a Administrator, run: &'a RunId, number: usize) -> World<'a> {
        let made = Made::new(administrator, run);
        World { administrator, run, number, bindings: Bindings::default(), made }
    }

    /// Makes what the scenario gives, in an instance that exists or in a new one. What was made before an error is
    /// still to be removed.
    pub async fn arrange(&mut self, scenario: &Scenario, instance: Option<&str>) -> Result<Bindings, SetUpError> {
        let root = format!("/{}", self.administrator.version);
        self.bind("root", json!(root), Kind::Nothing);
        self.bind("account.id", self.administrator.id.clone(), Kind::Id(Resource::Account, Scope::Own));
        self.bind("account.email", json!(self.administrator.email), Kind::Word);
        self.bind("account.key", json!(self.administrator.key()), Kind::Key);
        for (name, last) in [("api_key", '1'), ("account_key", '2'), ("user_key", '4')] {
            self.bind(&format!("unknown.{name}"), json!(self.run.unknown_key(last)), Kind::Key);
        }
        for word in unique_words(scenario) {
            self.bind(&format!("unique.{word}"), json!(self.name(&word)), Kind::Word);
        }

        let path = match instance {
            Some(name) => {
                let path = format!("{root}/instances/{name}/");
                self.bind("instance.name", json!(name), Kind::Word);
                path
            }
            None => self.instance("instance", &root, "own").await?,
        };
        let base = path.trim_end_matches('/').to_owned();
        self.bind("instance.path", json!(base), Kind::Nothing);
        for (name, flags) in &scenario.api_keys {
            let reference = api_key_reference(name.as_str());
            self.api_key(&base, &reference, flags).await?;
        }
        for user in &scenario.users {
            self.user(&base, user.as_str(), Scope::Own).await?;
        }
        for (group, members) in &scenario.groups {
            let label = self.name(group.as_str());
            let made = self.create(&format!("{base}/groups/"), &json!({"label": label})).await?;
            self.bind(&format!("{group}.id"), member(&made, "id")?, Kind::Id(Resource::Group, Scope::Own));
            self.bind(&format!("{group}.label"), json!(label), Kind::Word);
            for user in members {
                let id = self.bindings.value(&format!("{user}.id")).cloned().unwrap_or_default();
                let path = format!("{base}/groups/{}/users/", member(&made, "id")?);
                self.administrator.call(Method::POST, &path, Some(&json!({"user": id}))).await?;
            }
        }
        if let Some(users) = &scenario.foreign {
            let path = self.instance("foreign", &root, "foreign").await?;
            let base = path.trim_end_matches('/').to_owned();
            self.bind("foreign.path", json!(base), Kind::Nothing);
            self.api_key(&base, "foreign.api_key", &[]).await?;
            for user in users {
                self.user(&base, user.as_str(), Scope::Foreign).await?;
            }
        }
        Ok(self.bindings.clone())
    }

    /// The values so far, also where the world could not be made.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    async fn instance(&mut self, owner: &str, root: &str, word: &str) -> Result<String, SetUpError> {
        let name = format!("conformance-{}", self.name(word));
        let path = format!("{root}/instances/{name}/");
        self.made.instance(&path);
        let made = self.create(&format!("{root}/instances/"), &json!({"name": name})).await?;
        let answered = text(&made, "name")?;
        if answered != name {
            return Err(SetUpError(format!("the new instance is called {answered:?}, not {name:?}")));
        }
        self.bind(&format!("{owner}.name"), json!(name), Kind::Word);
        Ok(path)
    }

    async fn api_key(&mut self, base: &str, reference: &str, flags: &[Flag]) -> Result<(), SetUpError> {
        let description = ("description".to_owned(), json!(format!("conformance {}", self.run)));
        let flags = flags.iter().map(|flag| (flag.name().to_owned(), json!(true)));
        let body: Value = std::iter::once(description).chain(flags).collect();
        let made = self.create(&format!("{base}/api_keys/"), &body).await?;
        let id = reference.replace(".key", ".id").replace("foreign.api_key", "foreign.api_key_id");
        self.bind(&id, member(&made, "id")?, Kind::Id(Resource::ApiKey, Scope::Own));
        self.bind(reference, json!(text(&made, "api_key")?), Kind::Key);
        Ok(())
    }

    async fn user(&mut self, base: &str, user: &str, scope: Scope) -> Result<(), SetUpError> {
        let username = self.name(user);
        let password = self.run.password(&username);
        self.bind(&format!("{user}.username"), json!(username), Kind::Word);
        self.bind(&format!("{user}.password"), json!(password), Kind::Secret);
        let body = json!({"username": username, "password": password});
        let made = self.create(&format!("{base}/users/"), &body).await?;
        let profile = made.pointer("/profile/id").cloned().unwrap_or_default();
        self.bind(&format!("{user}.id"), member(&made, "id")?, Kind::Id(Resource::User, scope));
        self.bind(&format!("{user}.profile.id"), profile, Kind::Id(Resource::Object, scope));
        self.bind(&format!("{user}.user_key"), json!(text(&made, "user_key")?), Kind::Key);
        let home =
            if scope == Scope::Own { api_key_reference(crate::scenario::PLAIN) } else { "foreign.api_key".to_owned() };
        self.bind(&home_reference(user), json!(home), Kind::Nothing);
        Ok(())
    }

    /// Creates something and notes where it stands.
    async fn create(&mut self, path: &str, body: &Value) -> Result<Value, SetUpError> {
        self.made.sending(path);
        let response = self.administrator.send(Method::POST, path, Some(body)).await?;
        let own = self.made.answered(path, &response);
        let made = self.administrator.read(&format!("POST {path}"), Some(body), &response, &[StatusCode::CREATED])?;
        if own {
            Ok(made)
        } else {
            Err(SetUpError(format!("the answer to POST {path} has no `links.self` below that path")))
        }
    }

    fn bind(&mut self, reference: &str, value: Value, kind: Kind) {
        self.bindings.bind(reference, value, kind);
    }

    /// A name that nothing else has: the word, the run, the number of the scenario.
    fn name(&self, word: &str) -> String {
        format!("{}-{}-{}", word.replace('_', "-"), self.run, self.number)
    }
}

/// The names after `unique.` that the scenario uses.
fn unique_words(scenario: &Scenario) -> Vec<String> {
    let of_steps = scenario.steps.iter().flat_map(|step| step.references());
    let of_checks = scenario.checks().flat_map(|(_, check)| check.assertion.references());
    let mut words = of_steps
        .chain(of_checks)
        .filter_map(|reference| reference.as_str().strip_prefix("unique.").map(str::to_owned))
        .collect::<Vec<_>>();
    words.sort();
    words.dedup();
    words
}
