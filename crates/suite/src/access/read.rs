//! Reads the text of `access.toml`.

use std::sync::Arc;

use super::builder::AccessTableBuilder;
use super::file::AccessFile;
use super::table::AccessTable;
use crate::diagnostic::{Diagnostic, Source, SourcePosition};

/// Reads the table. Reports all mistakes at once, except one that makes the file unreadable.
pub fn read(source: &Arc<Source>) -> Result<AccessTable, Vec<Diagnostic>> {
    let file: AccessFile = toml::from_str(&source.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Diagnostic::at(SourcePosition::from_span(source, span), error.message().to_owned())]
    })?;
    let mut builder = AccessTableBuilder::new(source, file.errors);
    let place = builder.at(&file.given);
    builder.reader.given(file.given.into_inner(), place);
    builder.principals(file.principals, file.keys);
    for (name, endpoint) in file.endpoints {
        builder.endpoint(name, endpoint);
    }
    builder.policies(&file.policies, &file.otherwise);
    let AccessTableBuilder { reader, callers, endpoints, .. } = builder;
    if reader.wrong.is_empty() {
        let (callers, endpoints) = (callers.into_values().collect(), endpoints.into_values().collect());
        Ok(AccessTable { source: Arc::clone(source), given: reader.given, callers, endpoints })
    } else {
        let mut wrong = reader.wrong;
        // A mistake in a table of several endpoints is found once for each.
        wrong.dedup();
        Err(wrong)
    }
}
