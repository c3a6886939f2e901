//! The checks that must notice each defect: `defects.toml`.

use std::sync::Arc;

use indexmap::IndexMap;
use toml::Spanned;

use super::diagnostic::{Diagnostic, Source, SourcePosition};

/// The pins of all defects, in the order of the file.
pub type Pins = IndexMap<String, Pin>;

/// The checks that must notice a defect.
#[derive(Clone, Debug)]
pub struct Pin {
    /// The ids of the checks, with their places in the file.
    pub checks: Vec<(String, SourcePosition)>,
    /// The place of the list in the file.
    pub place: SourcePosition,
}

impl Pin {
    /// Returns the ids.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.checks.iter().map(|(id, _)| id.as_str())
    }
}

/// Reads the file: the name of a defect, then a list of ids.
pub fn read(source: &Arc<Source>) -> Result<Pins, Vec<Diagnostic>> {
    let file: IndexMap<String, Spanned<Vec<Spanned<String>>>> = toml::from_str(&source.text).map_err(|error| {
        let span = error.span().unwrap_or(0..0);
        vec![Diagnostic::at(SourcePosition::from_span(source, span), error.message().to_owned())]
    })?;
    let mut wrong = Vec::new();
    let mut pins = Pins::new();
    for (defect, checks) in file {
        let place = SourcePosition::from_span(source, checks.span());
        if checks.get_ref().is_empty() {
            let message = format!("no check is pinned to the defect `{defect}`");
            wrong.push(Diagnostic::at(place.clone(), message).help("name the checks that must notice it"));
        }
        let checks = checks.into_inner().into_iter();
        let checks = checks.map(|check| (check.get_ref().clone(), SourcePosition::from_span(source, check.span())));
        pins.insert(defect, Pin { checks: checks.collect(), place });
    }
    if wrong.is_empty() { Ok(pins) } else { Err(wrong) }
}
