//! Removes what a run has left that came to no end, as its journal names it.

use std::path::Path;

use secrecy::{ExposeSecret, SecretString};

use super::administrator::Administrator;
use super::client::{Client, SetUpError};
use super::ending::Ending;
use super::journal::{Journal, JournalError};
use super::made::{Made, Registration};
use super::means::APP;
use super::password::Passwords;
use super::target::Target;
use syncano_simulator::api::Version;

/// What a run has left, by its journal. As long as this lives nobody else sweeps it.
pub struct Leftovers {
    made: Made,
    run: String,
    begun: String,
    target: String,
    version: Version,
    command: String,
    seed: Option<SecretString>,
}

/// Why nothing could be removed.
#[derive(Debug, thiserror::Error)]
pub enum CannotSweep {
    /// It takes a key that was not given.
    #[error("it takes {0} to remove what is left")]
    NeedsKey(String),
    /// Nobody could be signed in.
    #[error(transparent)]
    NotSetUp(#[from] SetUpError),
}

/// What there is to remove something with.
#[derive(Default)]
pub struct SweepKeys {
    /// The account key of the administrator who ran.
    pub account: Option<SecretString>,
    /// An API key with `ignore_acl`, for what was made with API keys.
    pub ignore_acl: Option<SecretString>,
}

impl Leftovers {
    /// Reads a journal. Nothing is sent.
    pub fn read(journal: &Path) -> Result<Leftovers, JournalError> {
        let (journal, lines) = Journal::read(journal)?;
        let header = journal.header();
        Ok(Leftovers {
            run: header.run.clone(),
            begun: header.begun.clone(),
            target: header.target.clone(),
            // The journal was read, so it is one.
            version: header.api_version.parse().unwrap_or_default(),
            command: journal.sweep_command(),
            seed: journal.seed(),
            made: Made::left(journal, lines),
        })
    }

    /// The id of the run.
    pub fn run(&self) -> &str {
        &self.run
    }

    /// When the run began.
    pub fn begun(&self) -> &str {
        &self.begun
    }

    /// What stood before every path.
    pub fn target(&self) -> &str {
        &self.target
    }

    /// The command that removes it.
    pub fn command(&self) -> &str {
        &self.command
    }

    /// What is left, in words.
    pub fn list(&self) -> Vec<String> {
        self.made.list()
    }

    /// The accounts that the run has registered, or may have registered.
    pub fn registered(&self) -> Vec<(String, Registration)> {
        self.made.registered()
    }

    /// Removes it from the target, with the keys of whoever ran; a run that registered its administrator needs none. Gives
    /// what is left now, with the reasons; where that is nothing, the journal is gone too.
    pub async fn remove(self, target: &Target, keys: &SweepKeys) -> Result<Vec<String>, CannotSweep> {
        let registered = self.made.registered();
        let secret = self.seed.as_ref().or(keys.account.as_ref()).map(Passwords::following);
        let mut left = Vec::new();
        let mut clients = Vec::new();
        for name in self.made.needed() {
            let (client, email) = if registered.iter().any(|(email, _)| *email == name) {
                let passwords = secret.as_ref().ok_or_else(|| CannotSweep::needs_account(&name))?;
                match Administrator::sign_in(target, self.version, &name, passwords).await {
                    Ok(account) => (account.client, account.email),
                    Err(error) => {
                        left.push(format!("{name} cannot be signed in: {error}"));
                        continue;
                    }
                }
            } else if let Some(key) = &keys.account {
                let account = Administrator::of_key(target, self.version, key.expose_secret()).await?;
                // Whoever administers the instance can remove what apps have made.
                (account.client, if name == APP { name.clone() } else { account.email })
            } else {
                let key = keys.ignore_acl.as_ref().filter(|_| name == APP);
                let key = key.ok_or_else(|| CannotSweep::needs_account(&name))?;
                (Client::new(target, self.version, key.expose_secret()), name.clone())
            };
            if email != name {
                return Err(CannotSweep::needs_account(&name));
            }
            clients.push((name, client));
        }
        let removers = clients.iter().map(|(name, client)| (name.as_str(), client)).collect::<Vec<_>>();
        let redactor = target.secrets().redactor();
        left.extend(self.made.clear(None, &removers, &Ending::never()).await);
        self.made.finish(target);
        Ok(left.iter().map(|left| redactor.text(left)).collect())
    }
}

impl CannotSweep {
    fn needs_account(name: &str) -> CannotSweep {
        CannotSweep::NeedsKey(match name {
            APP => "the account key of an administrator of the instance, or an API key with ignore_acl,".to_owned(),
            email => format!("the account key of {email}"),
        })
    }
}
