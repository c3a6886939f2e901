//! Signs in again to remove the leftovers of an interrupted run.

use std::path::Path;

use secrecy::SecretString;

use super::account::Account;
use super::passwords::{Passwords, seed};
use crate::harness::cleanup::{APP, Journal, JournalError, JournalHeader, Leftovers};
use crate::harness::deployment::{Client, ClientError, Log, Target};
use crate::harness::plan::{Credentials, Plan};

/// The keys for a sweep.
#[derive(Default)]
pub struct SweepKeys {
    /// The account key of the administrator of the run.
    pub account: Option<SecretString>,
    /// An API key with `ignore_acl`, for resources that were created with API keys.
    pub ignore_acl: Option<SecretString>,
}

/// The reason why a sweep cannot begin.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// A key is missing.
    #[error("{0} is needed to remove what is left")]
    NeedsKey(String),
    /// The sign-in failed.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// Creates the recovery journal of a run, in this file or in the default [folder](Journal::folder).
/// A run that registers its own administrator stores the seed of the passwords beside it, so that a
/// sweep can sign in.
pub fn begin_journal(file: Option<&Path>, target: &Target, plan: &Plan) -> Result<Journal, JournalError> {
    let registers = matches!(plan.credentials, Credentials::Register);
    let seed = registers.then(|| seed(&plan.id));
    Journal::create(file, JournalHeader::new(target, plan.version, &plan.id), seed.as_ref())
}

/// Removes the leftovers of a run from the target. A run that has registered its administrator
/// needs no key. Returns a line with the reason for each resource that is left; if none is left,
/// the journal is removed too.
pub async fn sweep(leftovers: &Leftovers, target: &Target, keys: &SweepKeys) -> Result<Vec<String>, SweepError> {
    let target = target.observed_by(std::sync::Arc::new(Log::new(target.secrets())));
    let mut left = Vec::new();
    let mut clients = Vec::new();
    for name in leftovers.owners() {
        match client(leftovers, &name, &target, keys).await? {
            Ok(client) => clients.push((name, client)),
            Err(error) => left.push(format!("cannot sign in as {name}: {error}")),
        }
    }
    let removers = clients.iter().map(|(name, client)| (name.as_str(), client.clone())).collect::<Vec<_>>();
    let redactor = target.secrets().redactor();
    left.extend(leftovers.remove(&removers).await);
    Ok(left.iter().map(|left| redactor.text(left)).collect())
}

/// Returns the client of an owner of leftovers. A failed sign-in of an account of the run is
/// returned as a value, so that the other owners can still remove theirs.
async fn client(
    leftovers: &Leftovers,
    name: &str,
    target: &Target,
    keys: &SweepKeys,
) -> Result<Result<Client, ClientError>, SweepError> {
    let needs_account = || SweepError::needs_account(name);
    let version = leftovers.version();
    if leftovers.registered().iter().any(|(email, _)| email == name) {
        let secret = leftovers.seed().or(keys.account.as_ref()).ok_or_else(needs_account)?;
        let passwords = Passwords::from_secret(secret);
        return match Account::sign_in(target, version, name, &passwords).await {
            Ok(account) if account.email == name => Ok(Ok(Client::new(target, &account.key))),
            Ok(_) => Err(needs_account()),
            Err(error) => Ok(Err(error)),
        };
    }
    if let Some(key) = &keys.account {
        let account = Account::from_key(target, version, key).await?;
        // An administrator of the instance can remove what apps have created.
        let is_owner = name == APP || account.email == name;
        return if is_owner { Ok(Ok(Client::new(target, key))) } else { Err(needs_account()) };
    }
    match &keys.ignore_acl {
        Some(key) if name == APP => Ok(Ok(Client::new(target, key))),
        _ => Err(needs_account()),
    }
}

impl SweepError {
    /// Returns how to fix the cause, if the error shows the cause.
    pub fn hint(&self) -> Option<String> {
        match self {
            SweepError::NeedsKey(_) => None,
            SweepError::Client(error) => error.hint(),
        }
    }

    fn needs_account(name: &str) -> SweepError {
        SweepError::NeedsKey(match name {
            APP => "the account key of an administrator of the instance, or an API key with ignore_acl".to_owned(),
            email => format!("the account key of {email}"),
        })
    }
}
