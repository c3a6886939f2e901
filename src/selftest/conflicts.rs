//! Contradictions between the defects and the checks that are pinned to them.

use crate::defects::{self, Defect};
use syncano_suite::{Diagnostic, Suite};

/// Returns an error for each defect without a pin, and for each pin without a defect.
pub fn conflicts(suite: &Suite) -> Vec<Diagnostic> {
    let defects = || defects::all().iter().map(Defect::name);
    let unknown = suite.pins.iter().filter(|(name, _)| !defects().any(|defect| defect == name.as_str()));
    let unknown = unknown.map(|(name, pin)| {
        let diagnostic = Diagnostic::at(pin.place.clone(), format!("no defect is named `{name}`"));
        match syncano_suite::diagnostic::nearest(name, defects()) {
            Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
            None => diagnostic.help("`list --defects` lists all defects"),
        }
    });
    let unpinned = defects().filter(|defect| !suite.pins.contains_key(*defect)).map(|defect| {
        Diagnostic::suite_wide(format!("no check is pinned to the defect `{defect}`"))
            .help("name in defects.toml the checks that must notice it")
    });
    unknown.chain(unpinned).collect()
}
