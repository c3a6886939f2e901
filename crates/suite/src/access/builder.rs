//! The state of reading the access table.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;
use toml::Spanned;

use super::table::{AccessCaller, AccessEndpoint};
use crate::diagnostic::{Source, SourcePosition};
use crate::read::ModelReader;

/// Builds the table from the members of the file, step by step: callers, endpoints, access cases.
pub struct AccessTableBuilder<'s> {
    pub source: &'s Arc<Source>,
    pub reader: ModelReader<'s>,
    pub callers: IndexMap<String, AccessCaller>,
    /// The indices of the callers in each group; a caller's own word is a group too.
    pub groups: BTreeMap<String, Vec<usize>>,
    /// The `detail` texts of errors, by the outcomes that name them.
    pub errors: IndexMap<String, String>,
    pub endpoints: IndexMap<String, AccessEndpoint>,
}

/// The word for all callers that a table of outcomes does not name.
pub const REST: &str = "rest";

impl<'s> AccessTableBuilder<'s> {
    pub fn new(source: &'s Arc<Source>, errors: IndexMap<String, String>) -> AccessTableBuilder<'s> {
        AccessTableBuilder {
            source,
            reader: ModelReader::new(source),
            callers: IndexMap::new(),
            groups: BTreeMap::new(),
            errors,
            endpoints: IndexMap::new(),
        }
    }

    /// Returns the place of a value.
    pub fn at<T>(&self, spanned: &Spanned<T>) -> SourcePosition {
        SourcePosition::from_span(self.source, spanned.span())
    }
}

/// Formats a word for an id: `api-ignore-acl` for `api:ignore_acl`.
pub fn slug(word: &str) -> String {
    word.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' }).collect()
}
