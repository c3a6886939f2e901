//! Checks that texts for readers contain no private words: pages, doc comments (which `--help`
//! shows too), comments, scenarios, rules and the ids of the suite. Checks that pages are wrapped.

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;
use syncano_conformance::defects;

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

/// Private words in the ids of rules, checks, scenarios and defects, each with its replacement. The
/// words of prose are private in ids too.
const PRIVATE_IN_IDS: &[(&str, &str)] = &[
    (r"dead", "invalid"),
    (r"foreign", "of-another-instance"),
    (r"from-(behind|the-front)", "from-the-end, from-the-start"),
    (r"knows?", "find, accept"),
    (r"made", "created"),
    (r"makes-no", "creates-no"),
    (r"minds", "compares"),
    (r"narrow(s|ed)?", "scoped"),
    (r"noughts?", "leading-zero"),
    (r"rescued?", "beside-a-good-key"),
    (r"says?-(so|why)", "with-reason"),
    (r"signs?-\w+-in", "authenticates, logs-in"),
    (r"spoils?", "break"),
    (r"takes?-(no|nobody|users?|in)", "accept, reject, ignore, add"),
    (r"not-take", "reject, ignore"),
    (r"tells?|told", "report, distinguish"),
    (r"whom|whose", "name the role"),
];

/// Texts that quote the API or use a private word in its ordinary sense.
const ALLOWED: &[&str] = &["connection refused", "ECONNREFUSED", "Connection refused"];

#[test]
fn no_private_word_is_in_a_text_that_people_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let words = patterns(PRIVATE);
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

#[test]
fn no_private_word_is_in_an_id_of_the_suite() {
    let suite = syncano_conformance::embedded::suite_files().read().unwrap();
    let checks = suite.scenarios.iter().flat_map(|scenario| scenario.checks()).map(|(_, check)| check.id.to_string());
    let scenarios = suite.scenarios.iter().map(|scenario| scenario.name.clone());
    let defects = defects::all().iter().map(|defect| defect.name().to_owned());
    let ids = checks.chain(scenarios).chain(defects).chain(suite.rules.keys().cloned()).collect::<Vec<_>>();
    assert!(ids.len() > 3_000, "only {} ids were read", ids.len());
    let words = [patterns(PRIVATE), patterns(PRIVATE_IN_IDS)].concat();
    let found = ids.iter().filter_map(|id| {
        let (word, instead) = words.iter().find_map(|(word, instead)| Some((word.find(id)?, instead)))?;
        Some(format!("{id}: {:?}: write {instead}\n", word.as_str()))
    });
    let found = found.collect::<String>();
    assert!(found.is_empty(), "private words in ids:\n{found}");
}

#[test]
fn the_prose_of_a_page_is_at_most_100_columns_wide() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for path in files(root).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "md")) {
        let text = fs::read_to_string(&path).unwrap();
        let mut is_code = false;
        for (number, line) in text.lines().enumerate() {
            is_code ^= line.trim_start().starts_with("```");
            // A table, a heading and a link cannot be wrapped.
            let is_prose = !is_code && !line.trim_start().starts_with(['|', '#', '<']) && line.trim().contains(' ');
            if is_prose && line.chars().count() > 100 {
                found.push(format!("{}:{}", path.strip_prefix(root).unwrap().display(), number + 1));
            }
        }
    }
    assert!(found.is_empty(), "over 100 columns:\n{}", found.join("\n"));
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    assert!(readme.lines().count() <= 150, "README.md has over 150 lines");
}

/// Returns a pattern for each word, with its replacement.
fn patterns(words: &[(&str, &'static str)]) -> Vec<(Regex, &'static str)> {
    words.iter().map(|(word, instead)| (Regex::new(&format!(r"(?i)\b(?:{word})\b")).unwrap(), *instead)).collect()
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
