//! Storage of accounts.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::api::Key;
use crate::world::ids::AccountId;
use crate::world::taken::Taken;

/// The account of an administrator.
#[derive(Clone)]
pub struct Account {
    pub(crate) id: AccountId,
    pub(crate) key: Key,
    pub(crate) email: String,
    pub password: String,
    pub first_name: String,
    pub last_name: String,
    pub metadata: Map<String, Value>,
}

/// The data of a new account.
pub struct NewAccount {
    pub email: String,
    pub password: String,
    pub first_name: String,
    pub last_name: String,
    pub key: Key,
}

/// All accounts, indexed by id, key and e-mail. Accounts are never removed.
#[derive(Default)]
pub struct Accounts {
    pub(crate) by_id: HashMap<AccountId, Account>,
    pub(crate) by_key: HashMap<Key, AccountId>,
    pub(crate) by_email: HashMap<String, AccountId>,
}

impl Account {
    pub fn id(&self) -> AccountId {
        self.id
    }

    pub fn key(&self) -> Key {
        self.key
    }

    pub fn email(&self) -> &str {
        &self.email
    }
}

impl Accounts {
    pub fn get(&self, id: AccountId) -> Option<&Account> {
        self.by_id.get(&id)
    }

    /// Returns the account for changes of members without an index.
    pub fn get_mut(&mut self, id: AccountId) -> Option<&mut Account> {
        self.by_id.get_mut(&id)
    }

    pub fn with_key(&self, key: &Key) -> Option<&Account> {
        self.get(*self.by_key.get(key)?)
    }

    /// Returns the account with an e-mail address; case does not matter.
    pub fn with_email(&self, email: &str) -> Option<&Account> {
        self.get(*self.by_email.get(&email.to_lowercase())?)
    }

    pub fn add(&mut self, new: NewAccount) -> Result<&Account, Taken> {
        let email = new.email.to_lowercase();
        if self.by_email.contains_key(&email) {
            return Err(Taken);
        }
        let id = self.by_id.len() as AccountId + 1;
        self.by_email.insert(email.clone(), id);
        self.by_key.insert(new.key, id);
        let account = Account {
            id,
            key: new.key,
            email,
            password: new.password,
            first_name: new.first_name,
            last_name: new.last_name,
            metadata: Map::new(),
        };
        Ok(self.by_id.entry(id).or_insert(account))
    }

    /// Changes the e-mail address of an account. It is stored in lower case.
    pub fn set_email(&mut self, id: AccountId, email: &str) -> Result<(), Taken> {
        let email = email.to_lowercase();
        if self.by_email.get(&email).is_some_and(|holder| *holder != id) {
            return Err(Taken);
        }
        if let Some(account) = self.by_id.get_mut(&id) {
            self.by_email.remove(&account.email);
            self.by_email.insert(email.clone(), id);
            account.email = email;
        }
        Ok(())
    }

    /// Replaces the key of an account; the old one becomes invalid.
    pub fn set_key(&mut self, id: AccountId, key: Key) {
        if let Some(account) = self.by_id.get_mut(&id) {
            self.by_key.remove(&account.key);
            self.by_key.insert(key, id);
            account.key = key;
        }
    }
}
