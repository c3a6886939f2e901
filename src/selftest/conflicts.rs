//! Contradictions between the defects and quirks and the checks that are pinned to them.

use super::wrong::Wrong;
use syncano_suite::{Diagnostic, Suite};

/// Returns an error for each defect or quirk without a pin, and for each pin without either.
pub fn conflicts(suite: &Suite) -> Vec<Diagnostic> {
    let all = || Wrong::all().map(|wrong| wrong.name());
    let unknown = suite.pins.iter().filter(|(name, _)| !all().any(|wrong| wrong == name.as_str()));
    let unknown = unknown.map(|(name, pin)| {
        let diagnostic = Diagnostic::at(pin.place.clone(), format!("no defect or quirk is named `{name}`"));
        match syncano_suite::diagnostic::nearest(name, all()) {
            Some(word) => diagnostic.help(format!("did you mean `{word}`?")),
            None => diagnostic.help("`list --defects` and `list --quirks` list all"),
        }
    });
    let unpinned = Wrong::all().filter(|wrong| !suite.pins.contains_key(wrong.name())).map(|wrong| {
        let kind = if wrong.defect().is_some() { "defect" } else { "quirk" };
        Diagnostic::suite_wide(format!("no check is pinned to the {kind} `{}`", wrong.name()))
            .help("name in defects.toml the checks that must notice it")
    });
    unknown.chain(unpinned).collect()
}
