//! The administrators of an instance and their roles.

use std::collections::BTreeMap;
use std::ops::Bound;

use serde::{Deserialize, Serialize};

use crate::world::ids::AccountId;

/// What an administrator may do in an instance. Each role may do what the ones before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    Read,
    Write,
    Full,
    Owner,
}

/// An administrator. The place in the list has a number that is shown in links to its pages alone.
#[derive(Clone, Copy)]
pub struct Administrator {
    pub number: u32,
    pub account: AccountId,
    pub role: Role,
}

/// The administrators of one instance, found by account and in the order in which they came; its owner is the first.
pub struct Administrators {
    pub(crate) by_account: BTreeMap<AccountId, Administrator>,
    pub(crate) by_number: BTreeMap<u32, AccountId>,
    pub(crate) last_number: u32,
}

impl Role {
    /// The role as an answer shows it; an owner is shown as full.
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

    /// The administrators with numbers in that range, in order of numbers.
    pub fn range(&self, numbers: (Bound<u32>, Bound<u32>)) -> impl DoubleEndedIterator<Item = &Administrator> {
        self.by_number.range(numbers).filter_map(|(_, account)| self.by_account.get(account))
    }

    /// All of their accounts.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> {
        self.by_account.keys().copied()
    }

    /// Makes an account an administrator. One that is gets the role if that is the higher one.
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

    /// Gives an administrator another role.
    pub fn set_role(&mut self, account: AccountId, role: Role) {
        if let Some(administrator) = self.by_account.get_mut(&account) {
            administrator.role = role;
        }
    }

    /// Ends the administration of an account.
    pub fn dismiss(&mut self, account: AccountId) {
        if let Some(administrator) = self.by_account.remove(&account) {
            self.by_number.remove(&administrator.number);
        }
    }
}
