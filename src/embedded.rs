//! The suite that is embedded in the program.

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use syncano_suite::SuiteFiles;

static SCENARIOS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/scenarios");
static SNAPSHOTS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/snapshots");

/// Returns the files of the embedded suite.
pub fn suite_files() -> SuiteFiles {
    SuiteFiles {
        folder: "scenarios".to_owned(),
        scenarios: texts(&SCENARIOS),
        snapshots: texts(&SNAPSHOTS),
        ..SuiteFiles::default()
    }
}

fn texts(dir: &Dir<'_>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![dir];
    while let Some(folder) = folders.pop() {
        folders.extend(folder.dirs());
        for file in folder.files() {
            if let (Some(path), Some(text)) = (file.path().to_str(), file.contents_utf8()) {
                found.insert(path.replace('\\', "/"), text.to_owned());
            }
        }
    }
    found
}
