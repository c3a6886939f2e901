//! The error for a value that must be unique.

/// The error for a name or e-mail address that another item has.
#[derive(Debug)]
pub struct Taken;
