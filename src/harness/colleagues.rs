//! The other accounts of a run: administrators of every role, and a stranger.
//!
//! Each is registered when the first scenario needs it and serves all scenarios of the run, for the API has no way to
//! delete an account.

use tokio::sync::OnceCell;

use super::administrator::Administrator;
use super::client::SetUpError;
use super::run_id::RunId;
use super::target::Target;
use crate::api::Version;
use crate::scenario::Role;

/// The accounts beside the administrator's own.
#[derive(Default)]
pub struct Colleagues {
    full: OnceCell<Administrator>,
    write: OnceCell<Administrator>,
    read: OnceCell<Administrator>,
    stranger: OnceCell<Administrator>,
}

impl Colleagues {
    /// The account for a role; registered now where it is the first time.
    pub async fn account(
        &self,
        role: Role,
        target: &Target,
        version: Version,
        run: &RunId,
    ) -> Result<&Administrator, SetUpError> {
        let register = || Administrator::register(target, version, run, role.name());
        self.cell(role).get_or_try_init(register).await
    }

    /// The account for a role, where one was needed.
    pub fn registered(&self, role: Role) -> Option<&Administrator> {
        self.cell(role).get()
    }

    /// The e-mail addresses of those that were registered.
    pub fn emails(&self) -> impl Iterator<Item = &str> {
        let registered = Role::ALL.into_iter().filter_map(|role| self.registered(role));
        registered.map(|account| account.email.as_str())
    }

    fn cell(&self, role: Role) -> &OnceCell<Administrator> {
        match role {
            Role::Full => &self.full,
            Role::Write => &self.write,
            Role::Read => &self.read,
            Role::Stranger => &self.stranger,
        }
    }
}
