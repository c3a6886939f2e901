//! Removes what a run has created.
//!
//! The target is not trusted: it could answer with a link to something else, and resources of others stand beside those of
//! the run. So a resource is looked at before it is removed, and must carry the id of the run in its name.

use std::collections::BTreeSet;
use std::time::Duration;

use http::{Method, StatusCode};
use serde_json::Value;
use tokio::time::sleep;

use super::ledger::Ledger;
use super::paths::{belongs_to, identified, is_instances, last_segment, names};
use super::resource::{APP, CreatedResource};
use crate::harness::deployment::{Client, ClientError};
use crate::harness::shutdown::Shutdown;

/// How often a removal is tried.
const ATTEMPTS: u32 = 6;
/// The wait before the second attempt. It doubles each time, up to ten seconds altogether: some deployments delete late.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(300);
/// The maximum number of pages of a collection that are searched, the newest first.
const MAX_PAGES: usize = 50;

/// Why a resource could not be removed.
#[derive(Debug, thiserror::Error)]
enum RemovalError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("it takes the account {0} to remove it")]
    NeedsAccount(String),
    #[error("it could not be removed within the {0} s that there are for that after the end of a run")]
    TooLate(u64),
    #[error("it does not carry {0} in its name, so it is not removed")]
    Foreign(String),
    #[error("{0} was answered with {1}")]
    Status(Method, u16),
    #[error("it is still there")]
    StillThere,
    #[error("it is still there after DELETE")]
    NotDeleted,
    #[error("it has more than {MAX_PAGES} pages, and not all were looked through")]
    TooManyPages,
}

/// What became of a resource that was to be removed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Removed,
    /// It did not exist.
    Absent,
    /// It is not of this run, and stays.
    Foreign,
}

/// Removes what a scenario has created, or everything, the last resource first, and looks whether it is gone. What is below
/// another created resource goes with it. Returns what is left, each with the reason; the same resource once, and not what
/// nobody can remove.
pub async fn remove_all(
    ledger: &Ledger,
    scenario: Option<usize>,
    removers: &[(&str, Client)],
    shutdown: &Shutdown,
) -> Vec<String> {
    let mut left = Vec::new();
    for resource in ledger.roots(scenario).into_iter().rev().filter(|resource| !resource.reported) {
        let removed = match removers.iter().find(|(name, _)| *name == resource.by) {
            Some((_, client)) => {
                let removal = Removal { run: ledger.run(), client };
                let removed = shutdown.within_grace(removal.remove(&resource)).await;
                removed.unwrap_or_else(|| Err(RemovalError::TooLate(shutdown.grace().as_secs())))
            }
            None if resource.by == APP => continue,
            None => Err(RemovalError::NeedsAccount(resource.by.clone())),
        };
        match removed {
            Ok(()) => ledger.removed(resource.number),
            Err(error) => {
                ledger.reported(resource.number);
                left.push(format!("{resource}: {error}"));
            }
        }
    }
    left
}

/// Removes resources of a run with the key of one client.
struct Removal<'a> {
    run: &'a str,
    client: &'a Client,
}

impl Removal<'_> {
    async fn remove(&self, resource: &CreatedResource) -> Result<(), RemovalError> {
        // A request without a response may still be under way.
        let looks = if resource.answered || self.client.target().is_in_process() { 1 } else { 2 };
        for look in 0..looks {
            if look > 0 {
                sleep(BETWEEN_ATTEMPTS).await;
            }
            let fate = match &resource.path {
                Some(path) => self.remove_path(path).await?,
                None => Fate::Absent,
            };
            let is_elsewhere = resource.path.is_none() || resource.expected && fate != Fate::Removed;
            let found = if is_elsewhere { self.remove_found(resource).await? } else { 0 };
            if fate == Fate::Foreign && found == 0 {
                return Err(RemovalError::Foreign(self.run.to_owned()));
            }
        }
        Ok(())
    }

    /// Removes everything in the collection of a resource whose name says that it is of this run and scenario. Returns how
    /// much that was.
    async fn remove_found(&self, resource: &CreatedResource) -> Result<usize, RemovalError> {
        let (found, searched) = self.find(resource).await;
        let (mut removed, mut failed) = (0, searched.err());
        for path in &found {
            match self.remove_path(path).await {
                Ok(fate) => removed += usize::from(fate == Fate::Removed),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(removed), Err)
    }

    /// Returns the paths of it, also of those that were found before the search failed.
    async fn find(&self, resource: &CreatedResource) -> (BTreeSet<String>, Result<(), RemovalError>) {
        let mut found = BTreeSet::new();
        let mut query = "ordering=desc&page_size=100".to_owned();
        for _ in 0..MAX_PAGES {
            let response = match self.client.insist(Method::GET, &format!("{}?{query}", resource.collection)).await {
                Ok(response) => response,
                Err(error) => return (found, Err(error.into())),
            };
            let page = match response.status() {
                StatusCode::OK => serde_json::from_slice::<Value>(response.body()).unwrap_or_default(),
                // It is no list, or it is gone with all that it held.
                StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => return (found, Ok(())),
                status => return (found, Err(RemovalError::Status(Method::GET, status.as_u16()))),
            };
            let objects = page.get("objects").and_then(Value::as_array).into_iter().flatten();
            let is_ours = |name| belongs_to(self.run, resource.scenario, name);
            let ours = objects.filter(|object| names(object).any(is_ours));
            found.extend(ours.filter_map(|object| identified(&resource.collection, object)));
            let next = page.get("next").and_then(Value::as_str).and_then(|next| next.split_once('?'));
            match next {
                Some((_, next)) => query = next.to_owned(),
                None => return (found, Ok(())),
            }
        }
        (found, Err(RemovalError::TooManyPages))
    }

    async fn remove_path(&self, path: &str) -> Result<Fate, RemovalError> {
        let mut last = RemovalError::StillThere;
        let mut fate = Fate::Absent;
        for attempt in 0..ATTEMPTS {
            if let Some(doublings) = attempt.checked_sub(1) {
                sleep(BETWEEN_ATTEMPTS * 2u32.pow(doublings)).await;
            }
            match self.look(path).await {
                Ok(None) => return Ok(fate),
                Ok(Some(body)) if !self.owns(path, &body) => return Ok(Fate::Foreign),
                Ok(Some(_)) => {}
                Err(error) => {
                    last = error;
                    continue;
                }
            }
            match self.client.insist(Method::DELETE, path).await {
                // Whether the status is the right one is for checks to say: what counts is that it is gone.
                Ok(response) if response.status().is_success() => {
                    fate = Fate::Removed;
                    if let Ok(None) = self.look(path).await {
                        return Ok(fate);
                    }
                    last = RemovalError::NotDeleted;
                }
                Ok(response) => last = RemovalError::Status(Method::DELETE, response.status().as_u16()),
                Err(error) => last = error.into(),
            }
        }
        Err(last)
    }

    /// Returns what stands at a path, or `None` if it is gone.
    async fn look(&self, path: &str) -> Result<Option<Value>, RemovalError> {
        let response = self.client.insist(Method::GET, path).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => Ok(Some(serde_json::from_slice(response.body()).unwrap_or_default())),
            status => Err(RemovalError::Status(Method::GET, status.as_u16())),
        }
    }

    /// Returns whether what stands at a path carries the id of the run in its name. The name of an instance stands in its
    /// path, whatever its answer says.
    fn owns(&self, path: &str, body: &Value) -> bool {
        let is_ours = |name: &str| name.contains(self.run);
        let (collection, name) = last_segment(path);
        names(body).any(is_ours) && (!is_instances(collection) || is_ours(name))
    }
}
