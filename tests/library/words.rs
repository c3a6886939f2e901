//! Checks that texts for readers contain no private words: pages, doc comments (which `--help`
//! shows too), comments, scenarios and rules.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// Private words, as case-insensitive regular expressions, each with its replacement.
/// CONTRIBUTING.md has the glossary.
const PRIVATE: &[(&str, &str)] = &[
    (r"canar(y|ies)", "leak check"),
    (r"colleagues?", "extra account"),
    (r"complain\w*", "report, error"),
    (r"deeds?", "action"),
    (r"elsewhere", "name the place"),
    (r"errs", "is wrong, reproduces the bug"),
    (r"mend(s|ed|ing)?", "fix"),
    (r"patience", "time-out, retries"),
    (r"persons", "people"),
    (r"refus\w*", "reject"),
    (r"rehears\w*", "dry run, estimate"),
    (r"(so|as) many", "number of, maximum"),
    (r"that which", "name the thing"),
    (r"(is|are|was|were|be) told", "receives, is reported"),
    (r"tells? of", "reports, describes"),
    (r"unasked", "unless you opt in"),
    (r"what came of", "the result of"),
    (r"whoever", "name the role"),
    (r"furnish\w*", "create"),
    (r"converse", "serve a connection"),
    (r"handed on", "passed on"),
    (r"foretold|forecasts?", "estimate"),
    (r"keys? not looked at", "not checked"),
    (r"lanes?", "stream"),
];

/// Texts that quote the API or use a private word in its ordinary sense.
const ALLOWED: &[&str] = &["connection refused", "ECONNREFUSED", "Connection refused"];

#[test]
fn no_private_word_is_in_a_text_that_people_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let words: Vec<_> =
        PRIVATE.iter().map(|(word, instead)| (Regex::new(&format!(r"(?i)\b{word}\b")).unwrap(), *instead)).collect();
    let code = Regex::new("`[^`]*`").unwrap();
    let mut found = Vec::new();
    let mut read = 0;
    for path in files(root) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate().filter_map(|(number, line)| Some((number, prose(&path, line)?)))
        {
            read += 1;
            // Names in code and formats are not prose.
            let line = code.replace_all(line, "");
            let line = ALLOWED.iter().fold(line.into_owned(), |line, allowed| line.replace(allowed, ""));
            for (word, instead) in &words {
                if let Some(word) = word.find(&line) {
                    let path = path.strip_prefix(root).unwrap().display();
                    found.push(format!("{path}:{}: {:?}: write {instead}", number + 1, word.as_str()));
                }
            }
        }
    }
    assert!(read > 10_000, "only {read} lines were read");
    assert!(found.is_empty(), "{} private words:\n{}", found.len(), found.join("\n"));
}

/// Returns the prose in a line, if any.
fn prose<'l>(path: &Path, line: &'l str) -> Option<&'l str> {
    let trimmed = line.trim_start();
    match path.extension()?.to_str()? {
        "md" => Some(line),
        "rs" => trimmed.strip_prefix("//"),
        "toml" | "yaml" => Some(trimmed).filter(|line| {
            ["#", "title", "about", "name", "- name", "statement", "page", "deployment", "excluded", "source"]
                .iter()
                .any(|begin| line.starts_with(begin))
        }),
        _ => None,
    }
}

/// Returns every page, every Rust file and the files of the suite.
fn files(root: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                let is_ours = !["target", "node_modules"].iter().any(|other| name == *other);
                if is_ours && !name.as_encoded_bytes().starts_with(b".") {
                    folders.push(path);
                }
            } else if !path.ends_with("tests/library/words.rs") {
                files.push(path);
            }
        }
    }
    files.retain(|path| {
        path.extension().is_some_and(|ending| ["md", "rs", "toml", "yaml"].iter().any(|own| ending == *own))
    });
    files
}
