//! A world as one JSON file: everything that a simulator remembers, so that it can go on elsewhere as if nothing had
//! happened. The file holds keys and passwords, and is meant to.
//!
//! What follows from the rest is not written: the indexes, and values of fields that a class has dropped. What a
//! world of an older version says of defects that were switched on in it is, where there is any. Reading checks
//! whatever the simulator relies on; after that nobody does.

mod check;
mod format;
mod read;
mod read_classes;
mod write;

pub use check::NotAWorld;
pub use read::read;
pub use write::copy;
