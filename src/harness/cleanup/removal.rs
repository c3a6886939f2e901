//! Removes the resources of a run.
//!
//! The target is not trusted: a response could link to a resource of somebody else. So each
//! resource is read before it is deleted, and its name must hold the id of the run.

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

/// The maximum number of attempts to remove a resource.
const ATTEMPTS: u32 = 6;
/// The wait before the second attempt. It doubles each time, up to ten seconds in total: some
/// deployments delete late.
const BETWEEN_ATTEMPTS: Duration = Duration::from_millis(300);
/// The maximum number of pages of a collection to search, newest first.
const MAX_PAGES: usize = 50;

/// Why a resource could not be removed.
#[derive(Debug, thiserror::Error)]
enum RemovalError {
    #[error(transparent)]
    Client(#[from] ClientError),
    #[error("only the account {0} can remove it")]
    NeedsAccount(String),
    #[error("it could not be removed within the {0} s that the clean-up may take")]
    TooLate(u64),
    #[error("its name does not hold {0}, so it is not removed")]
    Foreign(String),
    #[error("{0} was answered with {1}")]
    Status(Method, u16),
    #[error("it is still there")]
    StillThere,
    #[error("it is still there after DELETE")]
    NotDeleted,
    #[error("its list has more than {MAX_PAGES} pages, and only those were searched")]
    TooManyPages,
}

/// The result of an attempt to remove a resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RemovalOutcome {
    Removed,
    /// It did not exist.
    Absent,
    /// It does not belong to this run, and stays.
    Foreign,
}

/// Removes the resources of a scenario, or of the whole run, the newest first, and checks that they
/// are gone. A resource below another one goes with it. Returns a line with the reason for each
/// resource that is left; each is reported once, and never if no key of the run could remove it.
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
        // A request without a response may still be in progress.
        let looks = if resource.answered || self.client.target().is_in_process() { 1 } else { 2 };
        for look in 0..looks {
            if look > 0 {
                sleep(BETWEEN_ATTEMPTS).await;
            }
            let fate = match &resource.path {
                Some(path) => self.remove_path(path).await?,
                None => RemovalOutcome::Absent,
            };
            let must_search = resource.path.is_none() || resource.expected && fate != RemovalOutcome::Removed;
            let found = if must_search { self.remove_found(resource).await? } else { 0 };
            if fate == RemovalOutcome::Foreign && found == 0 {
                return Err(RemovalError::Foreign(self.run.to_owned()));
            }
        }
        Ok(())
    }

    /// Removes every item of a resource's collection whose name belongs to this run and scenario.
    /// Returns the number of removed items.
    async fn remove_found(&self, resource: &CreatedResource) -> Result<usize, RemovalError> {
        let (found, searched) = self.find(resource).await;
        let (mut removed, mut failed) = (0, searched.err());
        for path in &found {
            match self.remove_path(path).await {
                Ok(fate) => removed += usize::from(fate == RemovalOutcome::Removed),
                Err(error) => failed = Some(error),
            }
        }
        failed.map_or(Ok(removed), Err)
    }

    /// Returns the paths of these items, and those found before the search failed.
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
                // The path is not a list, or the list is gone with its items.
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

    async fn remove_path(&self, path: &str) -> Result<RemovalOutcome, RemovalError> {
        let mut last = RemovalError::StillThere;
        let mut fate = RemovalOutcome::Absent;
        for attempt in 0..ATTEMPTS {
            if let Some(doublings) = attempt.checked_sub(1) {
                sleep(BETWEEN_ATTEMPTS * 2u32.pow(doublings)).await;
            }
            match self.look(path).await {
                Ok(None) => return Ok(fate),
                Ok(Some(body)) if !self.owns(path, &body) => return Ok(RemovalOutcome::Foreign),
                Ok(Some(_)) => {}
                Err(error) => {
                    last = error;
                    continue;
                }
            }
            match self.client.insist(Method::DELETE, path).await {
                // Checks judge the status of DELETE; here it only matters that the resource is
                // gone.
                Ok(response) if response.status().is_success() => {
                    fate = RemovalOutcome::Removed;
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

    /// Returns the resource at a path, or `None` if it is gone.
    async fn look(&self, path: &str) -> Result<Option<Value>, RemovalError> {
        let response = self.client.insist(Method::GET, path).await?;
        match response.status() {
            StatusCode::NOT_FOUND => Ok(None),
            StatusCode::OK => Ok(Some(serde_json::from_slice(response.body()).unwrap_or_default())),
            status => Err(RemovalError::Status(Method::GET, status.as_u16())),
        }
    }

    /// Returns whether the name of the resource at a path holds the id of the run. For an instance
    /// the path must hold it too, because its response could be wrong.
    fn owns(&self, path: &str, body: &Value) -> bool {
        let is_ours = |name: &str| name.contains(self.run);
        let (collection, name) = last_segment(path);
        names(body).any(is_ours) && (!is_instances(collection) || is_ours(name))
    }
}
