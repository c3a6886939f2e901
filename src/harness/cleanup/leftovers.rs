//! The resources that an interrupted run has left behind, as its journal names them.

use std::collections::BTreeSet;
use std::path::Path;

use secrecy::SecretString;
use syncano_simulator::api::Version;

use super::accounts::RegistrationState;
use super::journal::{Journal, JournalError};
use super::ledger::Ledger;
use super::removal::remove_all;
use super::resource::CreatedResource;
use crate::harness::deployment::Client;
use crate::harness::shutdown::Shutdown;

/// The leftovers of a run. They hold the lock on the journal, so that no other process sweeps them.
pub struct Leftovers {
    ledger: Ledger,
    begun: String,
    target: String,
    version: Version,
    command: String,
    seed: Option<SecretString>,
}

impl Leftovers {
    /// Reads a journal. Nothing is sent.
    pub fn read(journal: &Path) -> Result<Leftovers, JournalError> {
        let (journal, entries) = Journal::read(journal)?;
        let header = journal.header();
        Ok(Leftovers {
            begun: header.begun.clone(),
            target: header.target.clone(),
            // `JournalHeader::parse` has checked it.
            version: header.api_version.parse().unwrap_or_default(),
            command: journal.sweep_command(),
            seed: journal.seed(),
            ledger: Ledger::from_journal(journal, entries),
        })
    }

    /// Returns the id of the run.
    pub fn run(&self) -> &str {
        self.ledger.run()
    }

    /// Returns when the run began.
    pub fn begun(&self) -> &str {
        &self.begun
    }

    /// Returns the base URL of the run's target.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// Returns the version of the API in which the run worked.
    pub fn version(&self) -> Version {
        self.version
    }

    /// Returns the command that removes the leftovers.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// Returns the secret that is stored beside the journal, if there is one.
    pub fn seed(&self) -> Option<&SecretString> {
        self.seed.as_ref()
    }

    /// Returns a line for each leftover.
    pub fn list(&self) -> Vec<String> {
        self.ledger.roots(None).iter().map(CreatedResource::to_string).collect()
    }

    /// Returns the accounts that the run has registered, or may have registered.
    pub fn registered(&self) -> Vec<(String, RegistrationState)> {
        self.ledger.registered()
    }

    /// Returns the owners of the leftovers: e-mail addresses of accounts, or [`APP`](super::APP).
    pub fn owners(&self) -> BTreeSet<String> {
        self.ledger.owners()
    }

    /// Removes the leftovers with these clients, and the journal if nothing is left. Returns a line
    /// with the reason for each resource that is left.
    pub async fn remove(&self, removers: &[(&str, Client)]) -> Vec<String> {
        let left = remove_all(&self.ledger, removers, &Shutdown::never()).await;
        self.ledger.close();
        left
    }
}
