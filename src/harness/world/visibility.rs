//! Checks that a world can be seen before it is used: the witness (positive control) of every check
//! that something is absent.
//!
//! The administrator must see the resources in lists, an app the groups, and users themselves. If
//! every list is empty, or every app is rejected, a rejection or an empty list proves nothing.

use bytes::Bytes;
use http::{Method, Request, StatusCode};
use serde_json::Value;

use super::arrange::data_endpoints;
use super::scenario_world::ScenarioWorld;
use crate::harness::request::{account_reference, api_key_reference};
use crate::judge::{Exchange, FOREIGN_KEY, home_reference};
use syncano_simulator::api::Capability;
use syncano_suite::{Given, Name, Role};

impl ScenarioWorld<'_> {
    /// Returns why the callers who may see the world cannot see it, if they cannot.
    pub async fn unseen(&self, given: &Given) -> Option<String> {
        self.look(given).await.err()
    }

    async fn look(&self, given: &Given) -> Result<(), String> {
        if let Some(why) = &self.unseen_key {
            return Err(why.clone());
        }
        let base = self.text("instance.path");
        match self.shared.session.administrator() {
            Some(_) => self.look_as_administrator(base, given).await?,
            None => self.users_see_themselves(base, &given.users).await?,
        }
        // Shared keys were checked when they were created.
        for key in given.api_keys.keys().filter(|_| !self.shares_api_keys) {
            let reference = api_key_reference(key.as_str());
            // A run without an administrator has only the keys that the scenario uses.
            if self.shared.session.administrator().is_some() || !self.text(&reference).is_empty() {
                self.opens(base, &reference).await?;
            }
        }
        for role in given.roles.iter().filter(|role| **role != Role::Stranger) {
            self.opens(base, &account_reference(*role, "key")).await?;
        }
        if let Some(users) = &given.foreign {
            let base = self.text("foreign.path");
            self.sees_users(base, users).await?;
            self.opens(base, FOREIGN_KEY).await?;
        }
        Ok(())
    }

    /// Checks that the administrator sees all resources, and that users see themselves.
    async fn look_as_administrator(&self, base: &str, given: &Given) -> Result<(), String> {
        if !self.shares_api_keys {
            self.lists_api_key(base, self.value("api.id")).await?;
        }
        self.sees_users(base, &given.users).await?;
        if !given.groups.is_empty() {
            let ids = given.groups.keys().map(|group| self.id(group));
            self.lists(&format!("{base}/groups/?ordering=desc"), "/id", ids).await?;
        }
        for (group, members) in given.groups.iter().filter(|(_, members)| !members.is_empty()) {
            let path = format!("{base}/groups/{}/users/", self.id(group));
            self.lists(&path, "/user/id", members.iter().map(|member| self.id(member))).await?;
        }
        for class in given.classes.keys() {
            let objects = given.objects.iter().filter(|(_, object)| object.class == *class).collect::<Vec<_>>();
            let path = format!("{base}/classes/{}/objects/", self.text(&format!("{class}.name")));
            self.lists(&path, "/id", objects.iter().map(|(object, _)| self.id(object))).await?;
            let files = objects.iter().filter(|(_, object)| object.file).collect::<Vec<_>>();
            if !files.is_empty() {
                let urls = files.into_iter().map(|(object, _)| self.value(&format!("{object}.file")));
                self.lists(&path, "/file/value", urls).await?;
            }
        }
        if !given.data_endpoints.is_empty() {
            let names = given.data_endpoints.keys().map(|name| self.value(&format!("{name}.name")));
            self.lists(&format!("{}/?ordering=desc", data_endpoints(base)), "/name", names).await?;
        }
        for channel in given.channels.keys() {
            let path = format!("{base}/channels/{}/history/", self.text(&format!("{channel}.name")));
            self.lists(&path, "/id", [self.value(&format!("{channel}.message.id"))]).await?;
        }
        for (device, user) in &given.devices {
            let path = format!("{base}/push_notifications/gcm/devices/?user={}", self.id(user));
            self.lists(&path, "/registration_id", [self.value(&format!("{device}.token"))]).await?;
        }
        if !given.templates.is_empty() {
            let names = given.templates.keys().map(|name| self.value(&format!("{name}.name")));
            self.lists(&format!("{base}/snippets/templates/?ordering=desc"), "/name", names).await?;
        }
        Ok(())
    }

    /// Returns why a new API key is not seen or cannot be used, if so.
    pub(super) async fn unseen_api_key(&self, base: &str, id: &Value, reference: &str) -> Option<String> {
        let seen = async {
            self.lists_api_key(base, id.clone()).await?;
            self.opens(base, reference).await
        };
        seen.await.err()
    }

    async fn lists_api_key(&self, base: &str, id: Value) -> Result<(), String> {
        self.lists(&format!("{base}/api_keys/?ordering=desc"), "/id", [id]).await
    }

    /// Checks that the administrator sees every user, and that users see themselves.
    async fn sees_users(&self, base: &str, users: &[Name]) -> Result<(), String> {
        if !users.is_empty() {
            let ids = users.iter().map(|user| self.id(user));
            self.lists(&format!("{base}/users/?ordering=desc"), "/id", ids).await?;
        }
        self.users_see_themselves(base, users).await
    }

    async fn users_see_themselves(&self, base: &str, users: &[Name]) -> Result<(), String> {
        for user in users {
            let api_key = self.text(self.text(&home_reference(user.as_str())));
            let user_key = self.text(&format!("{user}.user_key"));
            let answer = self.ask(&format!("{base}/user/"), api_key, Some(user_key)).await?;
            if answer.get("id") != Some(&self.id(user)) {
                return Err(format!("/user/ does not show {user} with the user key of {user}"));
            }
        }
        Ok(())
    }

    /// Checks that the administrator finds these identifiers in a list.
    async fn lists(&self, path: &str, id: &str, wanted: impl IntoIterator<Item = Value>) -> Result<(), String> {
        let answer = self.ask(path, self.text("account.key"), None).await?;
        let objects = answer.get("objects").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let is_there = |wanted: &Value| objects.iter().any(|object| object.pointer(id) == Some(wanted));
        match wanted.into_iter().find(|wanted| !is_there(wanted)) {
            None => Ok(()),
            Some(_) => Err(format!("GET {} does not show the administrator every created resource", below(path))),
        }
    }

    /// Checks that a key can read the list of groups, which every key of an instance can; without
    /// groups, the instance.
    async fn opens(&self, base: &str, reference: &str) -> Result<(), String> {
        let list = if self.shared.session.offers(Capability::Groups) { "groups/" } else { "" };
        self.ask(&format!("{base}/{list}"), self.text(reference), None).await.map(drop)
    }

    async fn ask(&self, path: &str, key: &str, user_key: Option<&str>) -> Result<Value, String> {
        let mut request = Request::builder().method(Method::GET).uri(path).header("X-API-KEY", key);
        if let Some(user_key) = user_key {
            request = request.header("X-USER-KEY", user_key);
        }
        let path = below(path);
        let request = request.body(Bytes::new()).map_err(|_| format!("GET {path} cannot be sent"))?;
        let answer = self.target().send(request).await.map_err(|error| format!("GET {path}: {error}"))?;
        if let Some(why) = answer.too_large {
            return Err(format!("GET {path}: {why}"));
        }
        if let Some(host) = answer.astray {
            return Err(format!("GET {path}: {}", Exchange::leads_astray(&host)));
        }
        let answer = answer.response;
        match (answer.status(), serde_json::from_slice(answer.body())) {
            (StatusCode::OK, Ok(body)) => Ok(body),
            (StatusCode::OK, Err(_)) => Err(format!("GET {path} is answered with a body that is not JSON")),
            (status, _) => Err(format!("GET {path} is answered with {} to a caller who may read it", status.as_u16())),
        }
    }
}

/// Returns a path without its instance.
fn below(path: &str) -> &str {
    path.match_indices('/').nth(3).and_then(|(at, _)| path.get(at..)).unwrap_or(path)
}
