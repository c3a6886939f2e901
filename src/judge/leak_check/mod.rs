//! The leak check: searches every answer for values that the caller must not see.
//!
//! Names, notes, titles, passwords and keys of a world are random texts. If an answer contains one
//! of them, the target has put it there. The caller is determined by the keys and passwords in the
//! request, not by the principal of the step.
//!
//! | value | who may see it |
//! |---|---|
//! | name, note and key of a user | administrators of the instance; the user; an app with `ignore_acl` that sends no user key, and the note in any case; a caller who signs in as the user |
//! | a key that a reset has ended | no caller |
//! | a password, an account key | no caller |
//! | an API key | a caller with that key; administrators of the instance with the role `full` or higher |
//! | title and file URL of a data object | administrators of the instance; an app with `ignore_acl`; callers whom its permissions admit |
//! | message of a channel | administrators of the instance; an app with `ignore_acl`; callers whom the permissions of the channel admit |
//! | token of a device | administrators of the instance; an app with `ignore_acl`; the user of the device |
//!
//! The table applies only to paths of the instance that the value belongs to. A value that the
//! request itself carries is not a leak. When a step changes the world so that a row no longer
//! applies, the leak check stops looking for its values: the checks of the scenario do that.

mod changed;
mod check;
mod known;
mod private;
mod search;
mod viewer;

pub use changed::Changed;
pub use check::LeakCheck;
pub use known::KnownWorld;
pub use search::{Leak, hides, leaks};
