//! The known state of a world when a request is sent.

use super::super::bindings::Bindings;
use super::changed::Changed;
use syncano_suite::Given;

/// The known state of a world when a request is sent.
#[derive(Clone, Copy)]
pub struct KnownWorld<'a> {
    /// The users, groups and objects of the scenario's `given`.
    pub given: &'a Given,
    /// The values at that time.
    pub bindings: &'a Bindings,
    /// The changes by earlier steps.
    pub changed: Changed,
}
