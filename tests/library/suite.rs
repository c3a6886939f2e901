//! Checks that the embedded suite is complete and consistent.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use syncano_suite::{Diagnostic, Suite, SuiteFiles};

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
fn the_suite_has_no_conflicts() {
    let conflicts = suite().conflicts();
    assert!(conflicts.is_empty(), "{}", rendered(&conflicts));
}

#[test]
fn the_suite_has_no_gap_and_no_unused_part() {
    let gaps = suite().gaps();
    assert!(gaps.is_empty(), "{}", rendered(&gaps));
}

#[test]
fn it_has_no_warnings() {
    let warnings = suite().warnings();
    assert!(warnings.is_empty(), "{}", rendered(&warnings));
}

/// Returns the YAML and TOML blocks of the documentation, each with the name of its page.
fn examples(language: &str) -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let docs = fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.chain(["README.md", "CONTRIBUTING.md"].map(|page| root.join(page)));
    let pages = pages.filter(|page| page.extension().is_some_and(|ending| ending == "md"));
    let begin = format!("```{language}\n");
    let blocks = pages.flat_map(|page| {
        let text = fs::read_to_string(&page).unwrap();
        let blocks = text.split(begin.as_str()).skip(1).map(|block| block.split("```").next().unwrap().to_owned());
        blocks.map(|block| (page.display().to_string(), block)).collect::<Vec<_>>()
    });
    blocks.collect()
}

/// Returns a suite of one file, whose checks may name the rules of the embedded suite.
fn alone(path: &str, text: &str) -> SuiteFiles {
    let scenarios = BTreeMap::from([(path.to_owned(), text.to_owned())]);
    let lent_rules = vec![syncano_conformance::embedded::suite_files().scenarios["rules.toml"].clone()];
    SuiteFiles { scenarios, lent_rules, ..SuiteFiles::default() }
}

#[test]
fn every_scenario_in_the_documentation_is_valid() {
    let scenarios = examples("yaml").into_iter().filter(|(_, text)| text.starts_with("title: ")).collect::<Vec<_>>();
    assert!(scenarios.len() >= 2, "{scenarios:?}");
    for (page, text) in scenarios {
        let suite =
            alone("area/example.yaml", &text).read().unwrap_or_else(|wrong| panic!("{page}: {}", rendered(&wrong)));
        let wrong = [suite.conflicts(), suite.gaps(), suite.warnings()].concat();
        assert!(wrong.is_empty(), "{page}: {}", rendered(&wrong));
    }
}

#[test]
fn every_rule_in_the_documentation_is_valid() {
    let rules = examples("toml").into_iter().filter(|(_, text)| text.contains("\ncode = ")).collect::<Vec<_>>();
    assert!(!rules.is_empty());
    for (page, text) in rules {
        let suite = alone("rules.toml", &text).read().unwrap_or_else(|wrong| panic!("{page}: {}", rendered(&wrong)));
        assert!(!suite.rules.is_empty(), "{page}");
    }
}
