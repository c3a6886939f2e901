//! The state of reading the access table.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use toml::Spanned;

use super::super::diagnostic::{Source, SourcePosition};
use super::super::read::Reader;
use super::table::{Caller, Endpoint};

/// Turns the members of the file into a table, step by step: callers, then endpoints, then their access cases.
pub struct Builder<'s> {
    pub source: &'s Arc<Source>,
    pub reader: Reader<'s>,
    pub callers: IndexMap<String, Caller>,
    /// The indices of the callers that a word stands for.
    pub groups: BTreeMap<String, Vec<usize>>,
    /// The texts of errors, by the outcomes that name them.
    pub errors: IndexMap<String, String>,
    pub endpoints: IndexMap<String, Endpoint>,
}

/// The word for all callers that a table of outcomes does not name.
pub const REST: &str = "rest";

impl<'s> Builder<'s> {
    pub fn new(source: &'s Arc<Source>, errors: IndexMap<String, String>) -> Builder<'s> {
        Builder {
            source,
            reader: Reader::new(source),
            callers: IndexMap::new(),
            groups: BTreeMap::new(),
            errors,
            endpoints: IndexMap::new(),
        }
    }

    /// The place of a value.
    pub fn at<T>(&self, spanned: &Spanned<T>) -> SourcePosition {
        SourcePosition::of_span(self.source, spanned.span())
    }
}

/// Returns a word as it stands in an id: `api-ignore-acl` for `api:ignore_acl`.
pub fn slug(word: &str) -> String {
    word.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}
