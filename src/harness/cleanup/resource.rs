//! A resource that a run has created, or may have created.

use std::fmt;

use super::entry::JournalEntry;
use super::paths::{Destination, below_version};

/// The owner of resources in a run that has only API keys, in place of the e-mail address of an
/// account.
pub const APP: &str = "app";

/// A resource that was created, or may have been created.
#[derive(Clone)]
pub struct CreatedResource {
    /// The number of the resource in the ledger.
    pub number: usize,
    /// The number of the scenario.
    pub scenario: usize,
    /// The path of its collection.
    pub collection: String,
    /// Its own path, if it is known.
    pub path: Option<String>,
    /// The path that its request named. It is removed only if the target has confirmed the
    /// creation, or if it is `path` too.
    pub named: Option<String>,
    /// Its owner, who can remove it: the e-mail address of an account, or [`APP`].
    pub by: String,
    /// The name of a user who was created with an API key.
    pub username: Option<String>,
    /// Whether the request got a response.
    pub answered: bool,
    /// Whether it must exist: the target has confirmed the creation, and no step has deleted it.
    pub expected: bool,
    /// Whether its failed removal was reported.
    pub reported: bool,
}

impl CreatedResource {
    /// Creates the entry of a resource that is about to be created.
    pub fn new((number, scenario): (usize, usize), destination: Destination, by: String) -> CreatedResource {
        let Destination { collection, named } = destination;
        let (answered, expected, reported) = (false, false, false);
        let path = named.clone();
        CreatedResource { number, scenario, collection, path, named, by, username: None, answered, expected, reported }
    }

    /// Returns its line in the journal.
    pub fn creating(&self) -> JournalEntry {
        let CreatedResource { number, scenario, collection, path, by, .. } = self.clone();
        JournalEntry::Creating { number, scenario, collection, path, by }
    }

    /// Returns whether it has this path, in any version of the API and any letter case.
    pub fn is_at(&self, path: &str) -> bool {
        self.path.as_ref().is_some_and(|own| below_version(own).eq_ignore_ascii_case(below_version(path)))
    }

    /// Returns whether another resource goes with this one. The same path can be noted twice, and a
    /// path in another version or letter case leads to the same resource.
    pub fn holds(&self, other: &CreatedResource) -> bool {
        let Some(path) = self.path.as_deref().map(below_version) else { return false };
        let below = below_version(other.path.as_ref().unwrap_or(&other.collection));
        let begins = below.get(..path.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(path));
        let is_same = below.len() == path.len() && other.path.is_some();
        begins && (!is_same || self.number < other.number)
    }
}

impl fmt::Display for CreatedResource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            Some(path) => f.write_str(path),
            None => write!(f, "a resource that POST {} may have created", self.collection),
        }
    }
}
