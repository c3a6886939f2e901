//! The other accounts of a run: administrators of every role, and a stranger.
//!
//! Each is registered when the first scenario needs it and serves all scenarios of the run, for the API has no way to
//! delete an account.

use tokio::sync::OnceCell;

use super::administrator::Administrator;
use super::client::SetUpError;
use super::made::Made;
use super::password::Passwords;
use super::run_id::RunId;
use super::target::Target;
use crate::scenario::Role;
use syncano_simulator::api::Version;

/// The accounts beside the administrator's own.
pub struct Colleagues {
    passwords: Passwords,
    full: OnceCell<Administrator>,
    write: OnceCell<Administrator>,
    read: OnceCell<Administrator>,
    stranger: OnceCell<Administrator>,
}

impl Colleagues {
    /// None so far; their passwords will be these.
    pub fn new(passwords: Passwords) -> Colleagues {
        let [full, write, read, stranger] = [(); 4].map(|()| OnceCell::new());
        Colleagues { passwords, full, write, read, stranger }
    }

    /// The passwords of the accounts of the run.
    pub fn passwords(&self) -> &Passwords {
        &self.passwords
    }

    /// The account for a role; registered now where it is the first time.
    pub async fn account(
        &self,
        role: Role,
        target: &Target,
        version: Version,
        run: &RunId,
        made: &Made,
    ) -> Result<&Administrator, SetUpError> {
        let register = || Administrator::register(target, version, (run, role.name()), &self.passwords, made);
        self.cell(role).get_or_try_init(register).await
    }

    /// The account for a role, where one was needed.
    pub fn registered(&self, role: Role) -> Option<&Administrator> {
        self.cell(role).get()
    }

    /// Those that were registered.
    pub fn all(&self) -> impl Iterator<Item = &Administrator> {
        Role::ALL.into_iter().filter_map(|role| self.registered(role))
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
