//! Checks that the embedded suite is complete and consistent.

use syncano_suite::{Diagnostic, Suite};

fn suite() -> Suite {
    syncano_conformance::embedded::suite_files().read().unwrap_or_else(|wrong| panic!("{}", rendered(&wrong)))
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

#[test]
fn the_example_of_the_reference_can_stand_in_the_suite() {
    let page = include_str!("../../docs/scenarios.md");
    let (_, rest) = page.split_once("```yaml\n").expect("the page has an example");
    let (example, _) = rest.split_once("```").expect("the example ends");
    let mut files = syncano_conformance::embedded::suite_files();
    files.scenarios.insert("crew/reset.yaml".to_owned(), example.to_owned());
    let suite = files.read().unwrap_or_else(|wrong| panic!("{}", rendered(&wrong)));
    let conflicts = suite.conflicts();
    assert!(conflicts.is_empty(), "{}", rendered(&conflicts));
}
