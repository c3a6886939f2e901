//! Storage of administrators and their roles.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::world::ids::AccountId;

/// The role of an administrator in an instance. Each role includes the rights of the ones before
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Read,
    Write,
    Full,
    Owner,
}

/// An administrator. Their `number` in the list appears only in links between pages.
#[derive(Clone, Copy)]
pub struct Administrator {
    pub number: u32,
    pub account: AccountId,
    pub role: Role,
}

/// The administrators of one instance, indexed by account and by number, which is the order in
/// which they were added. The owner is the first.
pub struct Administrators {
    pub(crate) by_account: BTreeMap<AccountId, Administrator>,
    pub(crate) by_number: BTreeMap<u32, AccountId>,
    pub(crate) last_number: u32,
}

impl Role {
    /// Returns the role as shown in answers; the owner is shown as `full`.
    pub fn name(self) -> &'static str {
        match self {
            Role::Owner | Role::Full => "full",
            Role::Write => "write",
            Role::Read => "read",
        }
    }
}

impl Administrators {
    pub(crate) fn new(owner: AccountId) -> Administrators {
        let mut administrators =
            Administrators { by_account: BTreeMap::new(), by_number: BTreeMap::new(), last_number: 0 };
        administrators.admit(owner, Role::Owner);
        administrators
    }

    pub fn get(&self, account: AccountId) -> Option<&Administrator> {
        self.by_account.get(&account)
    }

    /// Returns the administrators with numbers in a range, sorted by number.
    pub fn range(&self, numbers: (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = &Administrator> {
        self.by_number.range(numbers).filter_map(|(_, account)| self.by_account.get(account))
    }

    /// Returns the ids of their accounts.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.by_account.keys().copied()
    }

    /// Adds an administrator. If the account already is one, it keeps the higher role.
    pub fn admit(&mut self, account: AccountId, role: Role) {
        match self.by_account.get_mut(&account) {
            Some(known) => known.role = known.role.max(role),
            None => {
                self.last_number += 1;
                let number = self.last_number;
                self.by_number.insert(number, account);
                self.by_account.insert(account, Administrator { number, account, role });
            }
        }
    }

    /// Changes the role of an administrator.
    pub fn set_role(&mut self, account: AccountId, role: Role) {
        if let Some(administrator) = self.by_account.get_mut(&account) {
            administrator.role = role;
        }
    }

    /// Removes an administrator.
    pub fn dismiss(&mut self, account: AccountId) {
        if let Some(administrator) = self.by_account.remove(&account) {
            self.by_number.remove(&administrator.number);
        }
    }
}
