//! Removes the resources of a run.
//!
//! The target is not trusted: a response could link to the resource of another user. So each
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

/// The maximum number of rounds over the resources that are left at the end of a run.
const ROUNDS: u32 = 6;
/// The wait before the second round. It doubles each time, up to ten seconds in total: some
/// deployments delete late.
const BETWEEN_ROUNDS: Duration = Duration::from_millis(300);
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

impl RemovalError {
    /// Returns whether a later attempt fails too.
    fn is_final(&self) -> bool {
        match self {
            RemovalError::NeedsAccount(_) | RemovalError::TooLate(_) | RemovalError::Foreign(_) => true,
            // The target has decided; waiting changes nothing.
            RemovalError::Status(_, status) => (400..500).contains(status),
            RemovalError::Client(_) | RemovalError::NotDeleted | RemovalError::TooManyPages => false,
        }
    }
}

/// Removes the resources of a scenario, the newest first. A resource below another one is
/// removed with it. A resource that the target still shows stays in the ledger for [`remove_all`],
/// so that no scenario waits.
pub async fn remove_scenario(ledger: &Ledger, scenario: usize, removers: &[(&str, Client)], shutdown: &Shutdown) {
    round(ledger, Some(scenario), removers, shutdown, false).await;
}

/// Removes all resources of a run, and checks that they are gone. Everything that is left after a
/// round waits together for the next one. Returns a line with the reason for each resource that is
/// left, but not for one that no key of the run could remove.
pub async fn remove_all(ledger: &Ledger, removers: &[(&str, Client)], shutdown: &Shutdown) -> Vec<String> {
    let mut left = round(ledger, None, removers, shutdown, false).await;
    for number in 1..ROUNDS {
        if left.iter().all(|(_, error)| error.as_ref().is_some_and(RemovalError::is_final)) {
            break;
        }
        let wait = sleep(BETWEEN_ROUNDS * 2u32.pow(number - 1));
        if shutdown.within_grace(wait).await.is_none() {
            break;
        }
        left = round(ledger, None, removers, shutdown, true).await;
    }
    let failed = left.into_iter().filter_map(|(resource, error)| Some((resource, error?)));
    failed
        .map(|(resource, error)| {
            ledger.reported(resource.number);
            format!("{resource}: {error}")
        })
        .collect()
}

/// Tries once to remove the resources of a scenario or of the whole run. Returns those that are
/// left, each with the error if there was one: a request without a response may still be in
/// progress, so the next round looks for its resource again.
async fn round(
    ledger: &Ledger,
    scenario: Option<usize>,
    removers: &[(&str, Client)],
    shutdown: &Shutdown,
    is_later: bool,
) -> Vec<(CreatedResource, Option<RemovalError>)> {
    let mut left = Vec::new();
    for resource in ledger.roots(scenario).into_iter().rev() {
        let (result, is_in_process) = match removers.iter().find(|(name, _)| *name == resource.by) {
            Some((_, client)) => {
                let removal = Removal { ledger, client };
                let removed = shutdown.within_grace(removal.remove(&resource)).await;
                let removed = removed.unwrap_or_else(|| Err(RemovalError::TooLate(shutdown.grace().as_secs())));
                (removed, client.target().is_in_process())
            }
            None if resource.by == APP => continue,
            None => (Err(RemovalError::NeedsAccount(resource.by.clone())), false),
        };
        match result {
            Ok(()) if resource.answered || is_later || is_in_process => ledger.removed(resource.number),
            Ok(()) => left.push((resource, None)),
            Err(error) => left.push((resource, Some(error))),
        }
    }
    left
}

/// Removes resources of a run with the key of one client.
struct Removal<'a> {
    ledger: &'a Ledger,
    client: &'a Client,
}

impl Removal<'_> {
    async fn remove(&self, resource: &CreatedResource) -> Result<(), RemovalError> {
        let outcome = match &resource.path {
            Some(path) => self.remove_path(path).await?,
            None => RemovalOutcome::Absent,
        };
        let must_search = resource.path.is_none() || resource.expected && outcome != RemovalOutcome::Removed;
        let found = if must_search { self.remove_found(resource).await? } else { 0 };
        if outcome == RemovalOutcome::Foreign && found == 0 {
            return Err(RemovalError::Foreign(self.ledger.run().to_owned()));
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
            let is_ours = |name| belongs_to(self.ledger.run(), resource.scenario, name);
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
        match self.look(path).await? {
            None => return Ok(RemovalOutcome::Absent),
            Some(body) if !self.owns(path, &body) => return Ok(RemovalOutcome::Foreign),
            Some(_) => {}
        }
        let response = self.client.insist(Method::DELETE, path).await?;
        // Checks judge the status of DELETE; here it only matters that the resource is gone. A
        // stale answer can show one that an earlier request has deleted.
        if !response.status().is_success() && response.status() != StatusCode::NOT_FOUND {
            return Err(RemovalError::Status(Method::DELETE, response.status().as_u16()));
        }
        self.ledger.deleted(path);
        match self.look(path).await? {
            None => Ok(RemovalOutcome::Removed),
            Some(_) => {
                self.ledger.late(path);
                Err(RemovalError::NotDeleted)
            }
        }
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
        let is_ours = |name: &str| name.contains(self.ledger.run());
        let (collection, name) = last_segment(path);
        names(body).any(is_ours) && (!is_instances(collection) || is_ours(name))
    }
}
