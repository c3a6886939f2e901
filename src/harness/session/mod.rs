//! The keys of a run in use: who creates worlds, who looks at them, who removes them.
//!
//! As a rule that is the account of an administrator. With API keys alone less can be created, and nothing can be looked at
//! from above: users are created with a key that has `allow_user_create`, or exist already and sign in with their passwords.

mod account;
mod api_keys;
mod auth;
mod extra_accounts;
mod passwords;
mod recovery;

pub use account::Account;
pub use api_keys::ApiKeySession;
pub use auth::{Auth, Session};
pub use extra_accounts::ExtraAccounts;
pub use passwords::Passwords;
pub use recovery::{SweepError, SweepKeys, begin_journal, sweep};
