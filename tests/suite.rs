//! The suite that the program carries is complete and free of contradictions.

use syncano_conformance::scenario::{Diagnostic, Suite, SuiteFiles};

fn suite() -> Suite {
    SuiteFiles::embedded().read().unwrap_or_else(|wrong| panic!("{}", rendered(&wrong)))
}

fn rendered(diagnostics: &[Diagnostic]) -> String {
    diagnostics.iter().map(|diagnostic| diagnostic.render(false) + "\n\n").collect()
}

#[test]
fn every_file_can_be_read() {
    let suite = suite();
    assert!(!suite.scenarios.is_empty(), "the suite has no scenarios");
    assert!(!suite.rules.is_empty(), "the suite has no rules");
}

#[test]
fn nothing_in_it_makes_a_judgement_worthless() {
    let conflicts = suite().conflicts();
    assert!(conflicts.is_empty(), "{}", rendered(&conflicts));
}

#[test]
fn nothing_is_missing_and_nothing_is_there_for_nothing() {
    let gaps = suite().gaps();
    assert!(gaps.is_empty(), "{}", rendered(&gaps));
}
