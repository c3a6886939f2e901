//! The state of a world when a request is sent.

use super::super::bindings::Bindings;
use super::changed::Changed;
use crate::scenario::Given;

/// What is known of a world when a request is sent.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// What the scenario has given.
    pub given: &'a Given,
    /// The values at that time.
    pub bindings: &'a Bindings,
    /// What the steps before have changed.
    pub changed: Changed,
}
