//! World files: the whole state of a simulator as JSON, from which another simulator can continue.
//! The file contains keys and passwords.
//!
//! Derived data is not written: the indexes, and values of fields that were removed from a class.
//! Inconsistencies that bugs of older versions left in a world are written, so that such worlds
//! can be loaded. Reading checks everything that the simulator relies on.

mod check;
mod format;
mod read;
mod read_classes;
mod write;

pub use check::WorldError;
pub use read::read;
pub use write::copy;
