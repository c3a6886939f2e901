//! Creates the world of a scenario before its first step.

use http::Method;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use syncano_simulator::api::{Capability, Resource, Version};

use super::scenario_world::ScenarioWorld;
use crate::harness::deployment::{Client, member, text};
use crate::harness::error::RunError;
use crate::harness::plan::{InstanceNeeds, key_name};
use crate::harness::request::{account_reference, api_key_reference};
use crate::harness::session::{Account, ApiKeySession, Auth};
use crate::judge::{ALTERED, Bindings, FOREIGN_KEY, Scope, ValueKind, home_reference};
use syncano_suite::{Channel, Class, Given, Name, Object, Role, Scenario, Step};

/// The field of `user_profile` that holds an unguessable word for each user.
const NOTE: &str = "note";
/// The field of a class that holds the files of its objects.
const FILE: &str = "file";

impl ScenarioWorld<'_> {
    /// Creates the world of a scenario, in an existing instance or in one of the run. `other` holds
    /// the values of the other instance of the run, where foreign users are created if scenarios
    /// share instances. After an error, the resources created so far must still be removed.
    pub async fn arrange(
        &mut self,
        scenario: &Scenario,
        instance: Option<&str>,
        other: Option<Result<&Bindings, &String>>,
    ) -> Result<Bindings, RunError> {
        let arranged = self.create_world(scenario, instance, other).await;
        if arranged.as_ref().is_err_and(RunError::is_not_found) {
            // An earlier scenario could delete the instance, so the next ones get another.
            self.distrust_instance();
        }
        arranged.map(|()| self.bindings().clone())
    }

    async fn create_world(
        &mut self,
        scenario: &Scenario,
        instance: Option<&str>,
        other: Option<Result<&Bindings, &String>>,
    ) -> Result<(), RunError> {
        let given = &scenario.given;
        let references = scenario.steps.iter().flat_map(Step::references);
        self.alters_keys = references.into_iter().any(|reference| reference.as_str().contains(ALTERED));
        let root = format!("/{}", self.shared.session.version);
        self.bind("root", json!(root), ValueKind::Nothing);
        for (name, last) in [("api_key", '1'), ("account_key", '2'), ("user_key", '4')] {
            self.bind(
                &format!("unknown.{name}"),
                json!(self.shared.run.unknown_key(self.number, last)),
                ValueKind::Key,
            );
        }
        for word in scenario.unique_words() {
            // Names of every resource accept letters and digits.
            let name = format!("{}{}n{}", word.replace('_', ""), self.shared.run, self.number);
            self.bind(&format!("unique.{word}"), json!(name), ValueKind::Word);
        }

        let needs = InstanceNeeds::new(scenario);
        let path = match instance {
            Some(name) => {
                let path = format!("{root}/instances/{name}/");
                self.bind("instance.name", json!(name), ValueKind::Word);
                path
            }
            None => self.find_instance(&root, needs).await?,
        };
        let base = path.trim_end_matches('/').to_owned();
        self.bind("instance.path", json!(base), ValueKind::Nothing);
        self.bind("instance.data_endpoints", json!(data_endpoints(&base)), ValueKind::Nothing);
        match &self.shared.session.auth {
            Auth::Administrator(administrator) => {
                self.account("account", administrator);
                let with_notes = instance.is_none() && self.shared.session.offers(Capability::Classes);
                self.arrange_as_administrator(&base, given, with_notes, needs.own_api_keys).await?;
                if let Some(users) = &given.foreign {
                    self.foreign(users, other).await?;
                }
            }
            Auth::ApiKeys(keys) => self.arrange_with_api_keys(&base, given, keys).await?,
        }
        Ok(())
    }

    /// Creates the given world as the administrator.
    async fn arrange_as_administrator(
        &mut self,
        base: &str,
        given: &Given,
        with_notes: bool,
        own_api_keys: bool,
    ) -> Result<(), RunError> {
        for role in &given.roles {
            self.extra_account(base, *role).await?;
        }
        let shared_instance = self.shared_instance.clone().filter(|_| !own_api_keys);
        self.shares_api_keys = shared_instance.is_some();
        for (name, flags) in &given.api_keys {
            let reference = api_key_reference(name.as_str());
            match &shared_instance {
                Some(instance) => self.shared_api_key(instance, &reference, flags).await?,
                None => drop(self.api_key(base, &reference, flags).await?),
            }
        }
        if with_notes && self.shared_instance.is_none() && !given.users.is_empty() {
            self.add_notes(base).await?;
        }
        self.users(base, &given.users, Scope::Own, with_notes).await?;
        for (group, members) in &given.groups {
            self.group(base, group.as_str(), members).await?;
        }
        for (name, class) in &given.classes {
            let with_files = given.objects.values().any(|object| object.class == *name && object.file);
            self.class(base, name.as_str(), class, with_files).await?;
        }
        for (name, object) in &given.objects {
            self.object(base, name.as_str(), object).await?;
        }
        for (name, class) in &given.data_endpoints {
            self.data_endpoint(base, name.as_str(), class).await?;
        }
        for (name, channel) in &given.channels {
            self.channel(base, name.as_str(), channel).await?;
        }
        for (name, user) in &given.devices {
            self.device(base, name.as_str(), user).await?;
        }
        for (name, content) in &given.templates {
            self.template(base, name.as_str(), content).await?;
        }
        Ok(())
    }

    /// Uses the existing API keys and users; creates users if it can.
    async fn arrange_with_api_keys(&mut self, base: &str, given: &Given, keys: &ApiKeySession) -> Result<(), RunError> {
        let mut home = None;
        for (flag, key) in &keys.keys {
            let reference = api_key_reference(key_name(*flag));
            self.bind_api_key(&reference, key.id.clone(), key.key.expose_secret());
            home = home.or(Some(reference));
        }
        let home = home.unwrap_or_default();
        if keys.can_create_users {
            for user in &given.users {
                self.user(base, user.as_str(), Scope::Own, &home, false).await?;
            }
            return Ok(());
        }
        for (name, user) in given.users.iter().zip(&keys.users) {
            let name = name.as_str();
            let (username, kind) = &user.username;
            self.bind(&format!("{name}.username"), json!(username), *kind);
            self.bind(&format!("{name}.password"), json!(user.password.expose_secret()), ValueKind::Secret);
            self.bind_user(name, Scope::Own, &home, &user.answer)?;
        }
        Ok(())
    }

    /// Creates foreign users: in the other instance of the run, or in another instance of the
    /// scenario's own.
    async fn foreign(&mut self, users: &[Name], other: Option<Result<&Bindings, &String>>) -> Result<(), RunError> {
        let Some(other) = other else { return self.other_instance(users).await };
        self.adopt(other.map_err(|why| RunError::OtherInstance(why.clone()))?);
        let base = self.text("foreign.path").to_owned();
        self.users(&base, users, Scope::Foreign, self.shared.session.offers(Capability::Classes)).await
    }

    /// Creates another instance, with an API key and these users.
    pub async fn other_instance(&mut self, users: &[Name]) -> Result<(), RunError> {
        let path = self.instance("foreign", &format!("/{}", self.shared.session.version), "other").await?;
        let base = path.trim_end_matches('/').to_owned();
        self.bind("foreign.path", json!(base), ValueKind::Nothing);
        self.api_key(&base, FOREIGN_KEY, &[]).await?;
        let with_notes = self.shared.session.offers(Capability::Classes);
        if with_notes {
            self.add_notes(&base).await?;
        }
        self.users(&base, users, Scope::Foreign, with_notes).await
    }

    /// Creates an instance. Returns its path.
    pub async fn instance(&mut self, owner: &str, root: &str, word: &str) -> Result<String, RunError> {
        // The word comes last, so that the leak check does not mistake it for a user of that name.
        let name = format!("conformance-{}-{}-{word}", self.shared.run, self.number);
        let path = format!("{root}/instances/{name}/");
        self.bind(&format!("{owner}.name"), json!(name), ValueKind::Word);
        let created = self.create(&format!("{root}/instances/"), &json!({"name": name})).await?;
        let answered = text(&created, "name")?;
        if answered != name {
            return Err(RunError::InstanceName { expected: name, found: answered });
        }
        Ok(path)
    }

    fn account(&mut self, owner: &str, account: &Account) {
        self.bind(&format!("{owner}.id"), account.id.clone(), ValueKind::Id(Resource::Account, Scope::Own));
        self.bind(&format!("{owner}.email"), json!(account.email), ValueKind::Word);
        self.bind(&format!("{owner}.key"), json!(account.key.expose_secret()), ValueKind::Key);
    }

    /// Makes an extra account an administrator of the instance, by an invitation; a stranger gets
    /// none.
    async fn extra_account(&mut self, base: &str, role: Role) -> Result<(), RunError> {
        let account = self
            .shared
            .extra
            .account(role, self.client.target(), self.shared.session.version, self.shared.run, self.shared.ledger)
            .await?;
        let owner = account_reference(role, "");
        self.account(owner.trim_end_matches('.'), account);
        if role == Role::Stranger {
            return Ok(());
        }
        let invitation = json!({"email": account.email, "role": role.name()});
        let invitation = self.create(&format!("{base}/invitations/"), &invitation).await?;
        let key = text(&invitation, "key")?;
        self.client.target().secrets().add("invitation.key", &key);
        let acceptance = json!({"invitation_key": key});
        let path = format!("/{}/account/invitations/accept/", self.shared.session.version);
        Client::new(self.client.target(), &account.key).call(Method::POST, &path, Some(&acceptance)).await?;
        Ok(())
    }

    /// Adds a field for notes to the profiles of an instance.
    pub(super) async fn add_notes(&mut self, base: &str) -> Result<(), RunError> {
        let schema = json!({"schema": [{"name": NOTE, "type": "string"}]});
        self.client.call(Method::PATCH, &format!("{base}/classes/user_profile/"), Some(&schema)).await?;
        Ok(())
    }

    async fn users(&mut self, base: &str, users: &[Name], scope: Scope, with_notes: bool) -> Result<(), RunError> {
        let home = if scope == Scope::Own { api_key_reference(syncano_suite::PLAIN) } else { FOREIGN_KEY.to_owned() };
        for user in users {
            self.user(base, user.as_str(), scope, &home, with_notes).await?;
        }
        Ok(())
    }

    async fn user(
        &mut self,
        base: &str,
        user: &str,
        scope: Scope,
        home: &str,
        with_note: bool,
    ) -> Result<(), RunError> {
        let username = self.name(user);
        let password = self.shared.run.password(&username);
        self.bind(&format!("{user}.username"), json!(username), ValueKind::Word);
        self.bind(&format!("{user}.password"), json!(password.expose_secret()), ValueKind::Secret);
        let mut body = json!({"username": username, "password": password.expose_secret()});
        if with_note {
            let note = self.shared.run.word(&format!("note of {username}"));
            add(&mut body, "profile", Some(json!({NOTE: note})));
            self.bind(&format!("{user}.{NOTE}"), json!(note), ValueKind::Word);
        }
        let created = self.create(&format!("{base}/users/"), &body).await?;
        self.bind_user(user, scope, home, &created)
    }

    /// Binds the values of a user from a response; `home` is the reference of an API key of the
    /// user's instance.
    fn bind_user(&mut self, user: &str, scope: Scope, home: &str, answer: &Value) -> Result<(), RunError> {
        let profile = answer.pointer("/profile/id").cloned().unwrap_or_default();
        self.bind(&format!("{user}.id"), member(answer, "id")?, ValueKind::Id(Resource::User, scope));
        self.bind(&format!("{user}.profile.id"), profile, ValueKind::Id(Resource::Object, scope));
        self.bind(&format!("{user}.user_key"), json!(text(answer, "user_key")?), ValueKind::Key);
        self.bind(&home_reference(user), json!(home), ValueKind::Nothing);
        Ok(())
    }

    async fn group(&mut self, base: &str, group: &str, members: &[Name]) -> Result<(), RunError> {
        let label = self.name(group);
        let created = self.create(&format!("{base}/groups/"), &json!({"label": label})).await?;
        let id = member(&created, "id")?;
        for user in members {
            let path = format!("{base}/groups/{id}/users/");
            let body = json!({"user": self.id(user)});
            self.client.call(Method::POST, &path, Some(&body)).await?;
        }
        self.bind(&format!("{group}.id"), id, ValueKind::Id(Resource::Group, Scope::Own));
        self.bind(&format!("{group}.label"), json!(label), ValueKind::Word);
        Ok(())
    }

    async fn class(&mut self, base: &str, name: &str, class: &Class, with_files: bool) -> Result<(), RunError> {
        // Class names must not hold hyphens.
        let unique = self.name(name).replace('-', "_");
        let title = json!({"name": "title", "type": "string"});
        let file = with_files.then(|| json!({"name": FILE, "type": "file"}));
        let schema = [title].into_iter().chain(file).collect::<Vec<_>>();
        let mut body = json!({"name": unique, "schema": schema});
        let group = class.group.as_ref().map(|group| self.id(group));
        add(&mut body, "group", group);
        add(&mut body, "group_permissions", class.group_permissions);
        add(&mut body, "other_permissions", class.other_permissions);
        self.create(&format!("{base}/classes/"), &body).await?;
        self.bind(&format!("{name}.name"), json!(unique), ValueKind::Word);
        Ok(())
    }

    /// Creates a data endpoint. It is removed with its class.
    async fn data_endpoint(&mut self, base: &str, name: &str, class: &Name) -> Result<(), RunError> {
        let unique = self.name(name);
        let body = json!({"name": unique, "class": self.text(&format!("{class}.name"))});
        self.client.call(Method::POST, &format!("{}/", data_endpoints(base)), Some(&body)).await?;
        self.bind(&format!("{name}.name"), json!(unique), ValueKind::Word);
        Ok(())
    }

    async fn template(&mut self, base: &str, name: &str, content: &str) -> Result<(), RunError> {
        let unique = self.name(name);
        let body = json!({"name": unique, "content": content, "content_type": "application/json"});
        self.create(&format!("{base}/snippets/templates/"), &body).await?;
        self.bind(&format!("{name}.name"), json!(unique), ValueKind::Word);
        Ok(())
    }

    async fn object(&mut self, base: &str, name: &str, object: &Object) -> Result<(), RunError> {
        let title = self.name(name);
        let mut body = json!({"title": title});
        add(&mut body, "owner", object.owner.as_ref().map(|owner| self.id(owner)));
        add(&mut body, "owner_permissions", object.owner_permissions);
        add(&mut body, "group", object.group.as_ref().map(|group| self.id(group)));
        add(&mut body, "group_permissions", object.group_permissions);
        add(&mut body, "other_permissions", object.other_permissions);
        let class = self.text(&format!("{}.name", object.class));
        let objects = format!("{base}/classes/{class}/objects/");
        let created = self.create(&objects, &body).await?;
        let id = member(&created, "id")?;
        if object.file {
            let stored = self.client.upload(&format!("{objects}{id}/"), FILE, "the bytes of a file").await?;
            let url = text(&member(&stored, FILE)?, "value")?;
            self.bind(&format!("{name}.{FILE}"), json!(url), ValueKind::Word);
        }
        self.bind(&format!("{name}.id"), id, ValueKind::Id(Resource::Object, Scope::Own));
        self.bind(&format!("{name}.title"), json!(title), ValueKind::Word);
        Ok(())
    }

    /// Creates a channel with a message.
    async fn channel(&mut self, base: &str, name: &str, channel: &Channel) -> Result<(), RunError> {
        let unique = self.name(name);
        let mut body = json!({"name": unique, "custom_publish": true});
        add(&mut body, "group", channel.group.as_ref().map(|group| self.id(group)));
        add(&mut body, "group_permissions", channel.group_permissions);
        add(&mut body, "other_permissions", channel.other_permissions);
        let channels = format!("{base}/channels/");
        self.create(&channels, &body).await?;
        let word = self.shared.run.word(&format!("message in {unique}"));
        let message = json!({"payload": {"text": word}});
        let published = self.client.call(Method::POST, &format!("{channels}{unique}/publish/"), Some(&message)).await?;
        let id = member(&published, "id")?;
        self.bind(&format!("{name}.name"), json!(unique), ValueKind::Word);
        self.bind(&format!("{name}.message.id"), id, ValueKind::Id(Resource::Change, Scope::Own));
        self.bind(&format!("{name}.message.text"), json!(word), ValueKind::Word);
        Ok(())
    }

    async fn device(&mut self, base: &str, name: &str, user: &Name) -> Result<(), RunError> {
        let token = self.name(name);
        let body = json!({"registration_id": token, "user": self.id(user)});
        self.create(&format!("{base}/push_notifications/gcm/devices/"), &body).await?;
        self.bind(&format!("{name}.token"), json!(token), ValueKind::Word);
        Ok(())
    }
}

/// Returns the path of the data endpoints of an instance, without a slash at the end. It differs
/// between the versions.
pub(super) fn data_endpoints(base: &str) -> String {
    let is_v1 = base.starts_with(&format!("/{}/", Version::V1));
    format!("{base}/{}", if is_v1 { "api/objects" } else { "endpoints/data" })
}

/// Sets a member if there is a value.
fn add(body: &mut Value, member: &str, value: Option<impl Serialize>) {
    if let (Some(members), Some(Ok(value))) = (body.as_object_mut(), value.map(serde_json::to_value)) {
        members.insert(member.to_owned(), value);
    }
}
