//! Files of snapshots.

use std::collections::BTreeMap;

use syncano_suite::{Provenance, SuiteFiles, snapshot_file};

/// The content that a suite reads from the file of a snapshot.
fn snapshot_content(file: &str) -> String {
    let snapshots = BTreeMap::from([("a/b/c.snap".to_owned(), file.to_owned())]);
    let mut suite = SuiteFiles { snapshots, ..SuiteFiles::default() }.read().unwrap();
    suite.snapshots.remove("a/b/c").unwrap()
}

#[test]
fn the_content_of_a_snapshot_follows_its_header() {
    assert_eq!(snapshot_content("---\nsource: a\n---\n200\n\n{}\n"), "200\n\n{}");
    assert_eq!(snapshot_content("200\n"), "200");
    let provenance = Provenance { scenario: "a/b", title: "A \"b\"", target: "staging", recorded: "2026-11-26" };
    assert_eq!(snapshot_content(&snapshot_file("200\n\n---\n{}", &provenance)), "200\n\n---\n{}");
}
