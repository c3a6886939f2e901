//! Reads a check: its assertion, and whether the assertion can be true.

use http::HeaderName;

use super::reader::ModelReader;
use crate::diagnostic::SourcePosition;
use crate::file::CheckFile;
use crate::locator::Locator;
use crate::model::{Assertion, Check};

impl ModelReader<'_> {
    /// Reads a check. Returns `None` unless it has exactly one assertion.
    pub(super) fn check(&mut self, mut file: CheckFile) -> Option<Check> {
        let place = self.at(&file.id);
        let assertion = self.assertion(&mut file, &place)?;
        if let Some(at) = &file.at
            && !uses_locator(&assertion)
        {
            let at = self.at(at);
            let message = format!("`at` has no effect with `{}`", assertion.keyword());
            self.report(&at, message, "remove it");
        }
        if file.witness && !assertion.can_witness() {
            let message = "a witness must show that something exists, which this check cannot";
            self.report(&place, message, "remove `witness`, or assert a visible value");
        }
        self.values(&assertion, &place);
        let rule = file.rule.map(|rule| rule.value);
        Some(Check { id: file.id.value, rule, witness: file.witness, assertion, place })
    }

    fn assertion(&mut self, file: &mut CheckFile, place: &SourcePosition) -> Option<Assertion> {
        let Ok(mut assertions) = assertions(file) else {
            let help = "write name and value: `header: \"Allow: POST, OPTIONS\"`";
            self.report(place, "this is not a header", help);
            return None;
        };
        if assertions.is_empty() {
            let help = "add one of `status`, `equals`, `only`, `absent`, ...";
            self.report(place, "the check asserts nothing", help);
        } else if assertions.len() > 1 {
            let found = assertions.iter().map(Assertion::keyword).collect::<Vec<_>>();
            let message = format!("the check asserts more than one thing: {}", found.join(", "));
            self.report(place, message, "write a check for each");
            return None;
        }
        assertions.pop()
    }

    /// Reports invalid values of an assertion.
    fn values(&mut self, assertion: &Assertion, place: &SourcePosition) {
        match assertion {
            Assertion::Only(_, json) | Assertion::Contains(_, json) if !json.is_array() => {
                self.report(place, format!("`{}` takes a list", assertion.keyword()), "write a JSON array");
            }
            Assertion::Absent(values) if values.is_empty() => {
                self.report(place, "`absent` names no value", "name at least one value");
            }
            Assertion::Status(status) if !(100..=599).contains(status) => {
                self.report(place, format!("{status} is not a status"), "write a number from 100 to 599");
            }
            Assertion::Header { name, .. } | Assertion::NoHeader(name) => self.header_name(name, place),
            _ => {}
        }
        assertion.references().into_iter().for_each(|reference| self.reference(reference, place));
    }

    /// Reports a text that is not a valid header name.
    pub(super) fn header_name(&mut self, name: &str, place: &SourcePosition) {
        if HeaderName::from_bytes(name.as_bytes()).is_err() {
            self.report(place, format!("{name:?} is not a valid header name"), "write letters, digits and `-`");
        }
    }
}

/// A header without a name or a value.
struct NoHeader;

/// Takes all assertions out of a check.
fn assertions(file: &mut CheckFile) -> Result<Vec<Assertion>, NoHeader> {
    let located = file.at.as_ref().map(|at| at.value.clone());
    let locator = || located.clone().unwrap_or_else(Locator::whole);
    let mut found = Vec::new();
    found.extend(file.status.map(Assertion::Status));
    if let Some(header) = &file.header {
        let (name, value) = header.split_header().ok_or(NoHeader)?;
        found.push(Assertion::Header { name, value });
    }
    found.extend(file.no_header.take().map(Assertion::NoHeader));
    found.extend(file.equals.take().map(|json| Assertion::Equals(locator(), json)));
    found.extend(file.differs.take().map(|json| Assertion::Differs(locator(), json)));
    found.extend(file.only.take().map(|json| Assertion::Only(locator(), json)));
    found.extend(file.contains.take().map(|json| Assertion::Contains(locator(), json)));
    found.extend(file.matches.take().map(|pattern| Assertion::Matches(located.clone(), pattern)));
    found.extend(file.count.map(|count| Assertion::Count(locator(), count)));
    found.extend(file.present.map(|present| Assertion::Present(locator(), present)));
    let absent = file.absent.take();
    found.extend(absent.map(|values| Assertion::Absent(values.into_iter().map(|value| value.value).collect())));
    found.extend(file.snapshot.take().map(|name| Assertion::Snapshot(name.value)));
    Ok(found)
}

/// Returns whether an assertion is about a place in the body.
fn uses_locator(assertion: &Assertion) -> bool {
    !matches!(
        assertion,
        Assertion::Status(_)
            | Assertion::Header { .. }
            | Assertion::NoHeader(_)
            | Assertion::Absent(_)
            | Assertion::Snapshot(_)
    )
}
