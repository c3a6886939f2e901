//! The error for a name or an e-mail that has to be unique.

/// Another item has the name or the e-mail already.
#[derive(Debug)]
pub struct Taken;
