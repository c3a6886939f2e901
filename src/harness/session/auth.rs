//! The session of a run: its keys, after they were checked.

use std::collections::BTreeSet;

use http::{Method, StatusCode};
use secrecy::ExposeSecret;
use syncano_simulator::api::{Capability, Flag, Version};

use super::account::Account;
use super::api_keys::ApiKeySession;
use super::extra_accounts::ExtraAccounts;
use super::passwords::Passwords;
use crate::harness::cleanup::{APP, Ledger};
use crate::harness::deployment::{Client, Target};
use crate::harness::error::RunError;
use crate::harness::plan::{Credentials, Plan};

/// The keys of a run on a target.
pub struct Session {
    /// The version of the API.
    pub version: Version,
    /// The keys.
    pub auth: Auth,
    /// The capabilities that the target is declared to offer; `None` means all.
    pub capabilities: Option<BTreeSet<Capability>>,
}

/// The keys of a run.
pub enum Auth {
    /// The account key of an administrator.
    Administrator(Account),
    /// API keys and users.
    ApiKeys(ApiKeySession),
}

impl Session {
    /// Checks the keys of a plan, or registers an account.
    pub async fn connect(
        target: &Target,
        plan: &Plan,
        passwords: &Passwords,
        ledger: &Ledger,
    ) -> Result<Session, RunError> {
        let version = plan.version;
        let auth = match &plan.credentials {
            Credentials::AccountKey(key) => {
                let account = Account::from_key(target, version, key).await?;
                ledger.account(&account.email, false)?;
                Auth::Administrator(account)
            }
            // A run that must not write registers no account and creates no world.
            Credentials::Register if !plan.writes => Auth::Administrator(Account::without_key()),
            Credentials::Register => {
                let who = (&plan.id, "account");
                Auth::Administrator(Account::register(target, version, who, passwords, ledger).await?)
            }
            Credentials::ApiKeys(keys) => Auth::ApiKeys(ApiKeySession::connect(target, plan, keys).await?),
        };
        let session = Session { version, auth, capabilities: plan.capabilities.clone() };
        if let (Auth::Administrator(account), Some(name)) = (&session.auth, &plan.instance)
            && !account.key.expose_secret().is_empty()
        {
            session.find_instance(target, name).await?;
        }
        Ok(session)
    }

    async fn find_instance(&self, target: &Target, name: &str) -> Result<(), RunError> {
        let path = format!("/{}/instances/{name}/", self.version);
        let client = self.client(target);
        let answer = client.send(Method::GET, &path, None).await?;
        if answer.status() == StatusCode::NOT_FOUND {
            return Err(RunError::NoInstance(name.to_owned()));
        }
        client.read(&format!("GET {path}"), None, &answer, &[StatusCode::OK])?;
        Ok(())
    }

    /// Returns the account of the administrator, if there is one.
    pub fn administrator(&self) -> Option<&Account> {
        match &self.auth {
            Auth::Administrator(account) => Some(account),
            Auth::ApiKeys(_) => None,
        }
    }

    /// Returns a client with the key that creates worlds.
    pub fn client(&self, target: &Target) -> Client {
        match &self.auth {
            Auth::Administrator(account) => Client::new(target, &account.key),
            Auth::ApiKeys(session) => Client::new(target, &session.key),
        }
    }

    /// Returns the owner of created resources in the ledger: the e-mail address of an account, or
    /// [`APP`].
    pub fn name(&self) -> &str {
        match &self.auth {
            Auth::Administrator(account) => &account.email,
            Auth::ApiKeys(_) => APP,
        }
    }

    /// Returns the clients that can remove the resources of the run, by owner. There may be none:
    /// an API key without `ignore_acl` cannot delete the users that it has created.
    pub fn removers<'a>(&'a self, target: &Target, extra: &'a ExtraAccounts) -> Vec<(&'a str, Client)> {
        let own = match &self.auth {
            Auth::Administrator(_) => Some(self.client(target)),
            Auth::ApiKeys(session) => session.keys.get(&Some(Flag::IgnoreAcl)).map(|key| Client::new(target, &key.key)),
        };
        let extra = extra.all().map(|account| (account.email.as_str(), Client::new(target, &account.key)));
        own.map(|client| (self.name(), client)).into_iter().chain(extra).collect()
    }

    /// Returns whether the target is declared to offer a capability.
    pub fn offers(&self, capability: Capability) -> bool {
        self.capabilities.as_ref().is_none_or(|declared| declared.contains(&capability))
    }
}
