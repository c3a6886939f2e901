//! The leak check: looks in every answer for values that the caller must not see.
//!
//! Names, notes, titles, passwords and keys of a world are texts that nobody could guess. If one of them is in an answer, the
//! target has put it there. The caller is read off the request, from the keys and passwords that it carries, whoever the step
//! says it should be.
//!
//! | value | who may see it |
//! |---|---|
//! | name, note and key of a user | administrators of the instance; the user; an app with `ignore_acl` that sends no user key, and the note in any case; a caller who signs in as the user |
//! | a key that a reset has ended | nobody |
//! | a password, an account key | nobody |
//! | an API key | itself; administrators of the instance from `full` on |
//! | title of a data object | administrators of the instance, `ignore_acl`, and whom its permissions admit |
//!
//! All of this holds only at paths of the instance that the value belongs to. A value that the request itself carries is no
//! leak. Once a step has changed something so that the table no longer applies, it is not looked for any more: the checks of
//! the scenario do that.

mod changed;
mod check;
mod known;
mod private;
mod search;
mod viewer;

pub use changed::Changed;
pub use check::LeakCheck;
pub use known::Known;
pub use search::{hides, leaks};
