//! The JSON Schema of scenario files, for editors.

use super::file::ScenarioFile;

/// Returns the schema, as committed in `scenarios/schema.json`.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(ScenarioFile);
    let mut text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    text.push('\n');
    text
}
