//! The extra accounts of a run: administrators of every role, and a stranger.
//!
//! Each is registered when the first scenario needs it and serves all scenarios of the run, because
//! the API has no way to delete an account.

use syncano_simulator::api::Version;
use tokio::sync::OnceCell;

use super::account::Account;
use super::passwords::Passwords;
use crate::harness::cleanup::Ledger;
use crate::harness::deployment::Target;
use crate::harness::error::RunError;
use crate::harness::plan::RunId;
use syncano_suite::Role;

/// The extra accounts of a run.
pub struct ExtraAccounts {
    passwords: Passwords,
    full: OnceCell<Account>,
    write: OnceCell<Account>,
    read: OnceCell<Account>,
    stranger: OnceCell<Account>,
}

impl ExtraAccounts {
    /// Creates the set without any account; accounts will have these passwords.
    pub fn new(passwords: Passwords) -> ExtraAccounts {
        let [full, write, read, stranger] = [(); 4].map(|()| OnceCell::new());
        ExtraAccounts { passwords, full, write, read, stranger }
    }

    /// Returns the passwords of the accounts of the run.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// Returns the account of a role, and registers it the first time.
    pub async fn account(
        &self,
        role: Role,
        target: &Target,
        version: Version,
        run: &RunId,
        ledger: &Ledger,
    ) -> Result<&Account, RunError> {
        let register = || Account::register(target, version, (run, role.name()), &self.passwords, ledger);
        self.slot(role).get_or_try_init(register).await
    }

    /// Returns the account of a role, if it is registered.
    pub fn registered(&self, role: Role) -> Option<&Account> {
        self.slot(role).get()
    }

    /// Returns the registered accounts.
    pub fn all(&self) -> impl Iterator<Item = &Account> {
        Role::ALL.into_iter().filter_map(|role| self.registered(role))
    }

    fn slot(&self, role: Role) -> &OnceCell<Account> {
        match role {
            Role::Full => &self.full,
            Role::Write => &self.write,
            Role::Read => &self.read,
            Role::Stranger => &self.stranger,
        }
    }
}
