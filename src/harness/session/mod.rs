//! The session of a run: the keys that create, check and remove worlds.
//!
//! Usually these are the keys of an administrator. With API keys alone a run can create only users,
//! with a key that has `allow_user_create`; or existing users sign in with their passwords.

mod account;
mod api_keys;
mod auth;
mod extra_accounts;
mod key_kind;
mod passwords;
mod recovery;

pub use account::Account;
pub use api_keys::ApiKeySession;
pub use auth::{Auth, Session};
pub use extra_accounts::ExtraAccounts;
pub use passwords::Passwords;
pub use recovery::{SweepError, SweepKeys, begin_journal, sweep};
