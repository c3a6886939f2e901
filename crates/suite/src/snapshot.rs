//! Snapshot files, in the format of insta, so that `cargo insta` can show them.

/// The origin of a snapshot, which the head of its file states.
#[derive(Clone, Debug)]
pub struct Provenance<'a> {
    /// The name of the scenario.
    pub scenario: &'a str,
    /// The behaviour that the scenario shows, as a sentence.
    pub title: &'a str,
    /// The target that answered.
    pub target: &'a str,
    /// The day of the recording.
    pub recorded: &'a str,
}

/// Formats a snapshot file: a header between two lines `---`, then the content.
pub fn snapshot_file(content: &str, provenance: &Provenance<'_>) -> String {
    let Provenance { scenario, title, target, recorded } = provenance;
    // JSON is valid YAML.
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    format!(
        "---\ndescription: {}\ninfo:\n  target: {}\n  recorded: {}\n  tool_version: {}\ninput_file: {}\n---\n{}\n",
        quoted(title),
        quoted(target),
        quoted(recorded),
        quoted(env!("CARGO_PKG_VERSION")),
        quoted(&format!("scenarios/{scenario}.yaml")),
        content.trim_end_matches('\n'),
    )
}

/// Returns the content without the header.
pub(super) fn snapshot_content(text: &str) -> &str {
    let body = text.strip_prefix("---\n").and_then(|rest| rest.split_once("\n---\n")).map_or(text, |(_, body)| body);
    body.trim_end_matches('\n')
}
