//! What a user relies on in the forms of a report, and in what is made of them later.

mod program;

use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use program::{output, stdout};

/// A report of the program, with something of every kind in it: it ran on a simulator with this defect.
fn report(folder: &Path, args: &[&str]) -> Value {
    let path = folder.join("report.json");
    let form = format!("json={}", path.display());
    output(&[&["run", "--report", &form], args].concat());
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_committed_schema_is_the_one_of_the_types_and_a_real_report_fits_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/report.schema.json");
    let committed = std::fs::read_to_string(path).unwrap();
    assert!(
        stdout(&output(&["schema", "report"])) == committed,
        "run: cargo run -- schema report > docs/report.schema.json"
    );
    let validator = jsonschema::validator_for(&serde_json::from_str(&committed).unwrap()).unwrap();
    let folder = TempDir::new().unwrap();
    let mut report =
        report(folder.path(), &["reset-key", "--access-table", "off", "--defects", "user-key-survives-reset"]);
    let errors = validator.iter_errors(&report).map(|error| error.to_string()).collect::<Vec<_>>();
    assert_eq!(errors, Vec::<String>::new());
    report["scenarios"][0]["checks"][0]["verdict"] = "perhaps".into();
    assert!(!validator.is_valid(&report), "there is no such verdict");
}

#[test]
fn every_check_that_was_asked_shows_its_request_and_the_status_that_came() {
    let folder = TempDir::new().unwrap();
    let report = report(folder.path(), &["user/reads"]);
    let checks = report["scenarios"][0]["checks"].as_array().unwrap();
    let of_steps = checks.iter().filter(|check| check["step"] != "every step").collect::<Vec<_>>();
    assert!(of_steps.len() > 2);
    for check in of_steps {
        assert_eq!((&check["verdict"], &check["status"]), (&"pass".into(), &200.into()), "{check}");
        let request = check["request"].as_str().unwrap();
        assert!(request.starts_with("curl -i -X GET ") && request.contains("${API_KEY}"), "{request}");
    }
}
