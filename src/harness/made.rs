//! What a scenario has made on a target, and how it is removed again.
//!
//! The target is not trusted: it could answer with a link to something else. What is removed is therefore looked at
//! first, and has to carry the id of the run in its name. Where nobody can remove what is made, its names are kept, to be
//! told.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, Response, StatusCode};
use serde_json::Value;

use super::client::{Client, SetUpError};
use super::ending::Ending;
use super::run_id::RunId;

/// How often a removal is tried, and how long is waited in between.
const REMOVALS: u32 = 5;
const BETWEEN_REMOVALS: Duration = Duration::from_millis(300);

/// Everything that was made, in the order in which it was made.
pub struct Made<'a> {
    /// Who removes, where anybody can.
    remover: Option<&'a Client>,
    run: &'a RunId,
    /// The path of each, and who made it and can remove it.
    instances: Vec<(String, &'a Client)>,
    others: Vec<String>,
    /// The names of users whom nobody can remove.
    pub staying: Vec<String>,
    /// A request that makes something and has not been answered yet.
    unanswered: Option<String>,
}

impl<'a> Made<'a> {
    /// Nothing so far.
    pub fn new(remover: Option<&'a Client>, run: &'a RunId) -> Made<'a> {
        Made { remover, run, instances: Vec::new(), others: Vec::new(), staying: Vec::new(), unanswered: None }
    }

    /// An instance is about to be made; its path is known before.
    pub fn instance(&mut self, path: &str) {
        self.instances.extend(self.remover.map(|by| (path.to_owned(), by)));
    }

    /// A POST to this path is about to be sent.
    pub fn sending(&mut self, path: &str) {
        self.unanswered = Some(path.to_owned());
    }

    /// It was answered. Notes what it has made where the answer says, if that is one segment below the path; whether it is.
    /// How the link is written, with a host or another version, is for checks to say. An instance belongs to the account that
    /// made it.
    pub fn answered(&mut self, path: &str, response: &Response<Bytes>, by: &'a Client) -> bool {
        if !response.status().is_server_error() {
            self.unanswered = None;
        }
        if !matches!(response.status(), StatusCode::CREATED | StatusCode::OK) {
            return false;
        }
        let answer = serde_json::from_slice::<Value>(response.body()).unwrap_or_default();
        let collection = path.split('?').next().unwrap_or_default();
        let link = answer.pointer("/links/self").and_then(Value::as_str).unwrap_or_default();
        let below = below_version(link).strip_prefix(below_version(collection));
        let name = below.and_then(|name| name.strip_suffix('/')).unwrap_or_default();
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || !name.bytes().all(is_plain) {
            return false;
        }
        let own = format!("{collection}{name}/");
        if self.remover.is_none() {
            let name = answer.get("username").and_then(Value::as_str);
            self.staying.push(name.map_or(own, str::to_owned));
        } else if is_instance(&own) {
            if !self.instances.iter().any(|(path, _)| *path == own) {
                self.instances.push((own, by));
            }
        } else if !self.others.contains(&own) {
            self.others.push(own);
        }
        true
    }

    /// Removes everything, the last first, and looks whether it is gone. What stands below something else that was made
    /// goes with it. Gives what is left, each with the reason; after
    /// the end of a run there is only so much time for all that.
    pub async fn clear(self, ending: &Ending) -> Vec<String> {
        let mut left = Vec::new();
        let goes_with_another = |path: &str| {
            let mut all = self.instances.iter().map(|(path, _)| path).chain(&self.others);
            all.any(|other| path != other && path.starts_with(other.as_str()))
        };
        let others = self.others.iter().filter_map(|path| Some((path, self.remover?)));
        let instances = self.instances.iter().map(|(path, by)| (path, *by));
        for (path, by) in others.rev().chain(instances.rev()).filter(|(path, _)| !goes_with_another(path)) {
            let removed = ending.clearing(self.remove(path, by)).await;
            if let Err(error) = removed.unwrap_or_else(|| Err(too_late(ending))) {
                left.push(format!("{path}: {error}"));
            }
        }
        if let Some(path) = self.unanswered.as_ref().filter(|path| !goes_with_another(path) && !is_instances(path)) {
            left.push(format!("{path}: a POST was not answered; what it may have made has {} in its name", self.run));
        }
        left
    }

    async fn remove(&self, path: &str, by: &Client) -> Result<(), SetUpError> {
        let mut last = SetUpError("it is still there".to_owned());
        for attempt in 0..REMOVALS {
            if attempt > 0 {
                by.target.pause(BETWEEN_REMOVALS).await;
            }
            match look(path, by).await {
                Ok(None) => return Ok(()),
                Ok(Some(body)) if !self.is_ours(&body) => {
                    return Err(SetUpError(format!(
                        "it does not carry {} in its name, so it is not removed",
                        self.run
                    )));
                }
                Ok(Some(_)) => {}
                Err(error) => {
                    last = error;
                    continue;
                }
            }
            match by.insist(Method::DELETE, path).await {
                // Whether the status is the right one is for checks to say: what counts is that it is gone.
                Ok(response) if response.status().is_success() => {
                    if let Ok(None) = look(path, by).await {
                        return Ok(());
                    }
                    last = SetUpError("it is still there after DELETE".to_owned());
                }
                Ok(response) => {
                    last = SetUpError(format!("DELETE was answered with {}", response.status().as_u16()));
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// Whether a name in the answer carries the id of the run.
    fn is_ours(&self, body: &Value) -> bool {
        let id = self.run.to_string();
        ["/name", "/username", "/label", "/description", "/title", "/user/username", "/group/label"]
            .iter()
            .any(|name| body.pointer(name).and_then(Value::as_str).is_some_and(|name| name.contains(&id)))
    }
}

fn too_late(ending: &Ending) -> SetUpError {
    let seconds = ending.clearing_time().as_secs();
    SetUpError(format!("it could not be removed within the {seconds} s that there are for that after the end of a run"))
}

/// What stands at a path; nothing where it is gone.
async fn look(path: &str, by: &Client) -> Result<Option<Value>, SetUpError> {
    let response = by.insist(Method::GET, path).await?;
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        StatusCode::OK => Ok(Some(serde_json::from_slice(response.body()).unwrap_or_default())),
        status => Err(SetUpError(format!("GET was answered with {}", status.as_u16()))),
    }
}

/// A path without scheme, host and version: `/instances/<name>/`.
fn below_version(link: &str) -> &str {
    let path = match link.split_once("://") {
        Some((_, rest)) => rest.find('/').and_then(|slash| rest.get(slash..)).unwrap_or_default(),
        None => link,
    };
    let second = path.match_indices('/').nth(1).map(|(at, _)| at);
    second.and_then(|at| path.get(at..)).unwrap_or_default()
}

/// `/v1.1/instances/<name>/`
fn is_instance(path: &str) -> bool {
    matches!(path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice(), [_, "instances", _])
}

/// `/v1.1/instances/`: an instance that may have been made is noted by its own path.
fn is_instances(path: &str) -> bool {
    matches!(path.trim_matches('/').split('/').collect::<Vec<_>>().as_slice(), [_, "instances"])
}
