//! Tests for the HTML report that need no browser; the tests in `tests/browser` need one.

use std::collections::BTreeMap;

use rstest::{fixture, rstest};
use serde_json::Value;
use syncano_conformance::report::{Report, ReportFormat};
use tempfile::TempDir;

use crate::binary::output;

/// Returns a report with failures, also in the access table and on a disputed rule.
#[fixture]
#[once]
fn report() -> Value {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("report.json");
    let form = format!("json={}", path.display());
    let which = ["users", "access/users", "--access-table", "read-only", "--no-diagnosis"];
    let which = [which.as_slice(), &["--defects", "users-list-unscoped"]].concat();
    output(&[&["run", "--report", &form], which.as_slice()].concat());
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn page(report: &Value) -> String {
    ReportFormat::Html.render(&serde_json::from_value::<Report>(report.clone()).unwrap()).unwrap()
}

/// Returns all values of an attribute.
fn attributes<'p>(page: &'p str, name: &str) -> Vec<&'p str> {
    page.split(&format!(" {name}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

#[rstest]
fn the_page_loads_no_other_file(report: &Value) {
    let page = page(report);
    assert!(page.contains("content=\"default-src 'none'; style-src 'sha256-"), "{}", &page[..600]);
    let links = attributes(&page, "href");
    assert!(links.len() > 10 && links.iter().all(|link| link.starts_with('#')), "{links:?}");
    for loading in [" src=", "<link", "<img", "<iframe", "url(", "@import"] {
        assert!(!page.contains(loading), "{loading}");
    }
}

#[rstest]
fn the_page_shows_each_check_once_with_its_verdict(report: &Value) {
    let page = page(report);
    let mut shown: BTreeMap<&str, u64> = BTreeMap::new();
    for line in page.split("<li class=\"check\"").skip(1) {
        *shown.entry(attributes(line, "data-kind")[0]).or_default() += 1;
    }
    for cell in page.split("<td class=\"").skip(1) {
        *shown.entry(cell.split(['"', ' ']).next().unwrap()).or_default() += 1;
    }
    let counts = |of: &str| report["summary"][of].as_object().unwrap().clone();
    let mut counted = counts("verdicts").into_iter().collect::<BTreeMap<_, _>>();
    counted.insert("disputed".to_owned(), counts("disputed").values().filter_map(Value::as_u64).sum::<u64>().into());
    assert!(shown["fail"] > 5 && shown["pass"] > 500 && shown["disputed"] > 1, "{shown:?}");
    assert_eq!(serde_json::to_value(shown).unwrap(), serde_json::to_value(counted).unwrap());
}

#[rstest]
fn text_of_the_target_is_never_markup(report: &Value) {
    let harmless = with_text(report, "harmless");
    let hostile = with_text(report, "</script></pre><script>alert(1)</script>\"' onclick=\"alert(1)\u{202e}\u{0}");
    // The hostile text adds no elements and no attributes.
    assert_eq!(hostile.matches('<').count(), harmless.matches('<').count());
    let (harmless, hostile) = (without_cells(&harmless), without_cells(&hostile));
    assert_eq!(hostile.matches('"').count(), harmless.matches('"').count());
    assert!(hostile.contains("alert(1)[U+202E][U+0000]"));
    assert!(!hostile.contains(['\u{202e}', '\u{0}']));
}

/// Renders the report with `text` in every field that a target, a file or a user controls.
fn with_text(report: &Value, text: &str) -> String {
    let mut report = report.clone();
    report["started"]["target"] = text.into();
    for list in ["stale", "left_behind", "notes"] {
        report["finished"][list] = vec![text].into();
    }
    for scenario in report["scenarios"].as_array_mut().unwrap() {
        scenario["title"] = text.into();
        scenario["unseen"] = text.into();
        for check in scenario["checks"].as_array_mut().unwrap() {
            if check["verdict"] != "pass" {
                check["because"] = text.into();
                check["evidence"] = serde_json::json!({"expected": text, "actual": format!("{text}\n{text}")});
                check["divergence"] = serde_json::json!({
                    "standing": "otherwise", "expected": text, "instead": text, "class": "drift", "reason": text,
                    "link": text, "since": "2026-01-01", "review_by": "2026-02-01", "age_days": 40, "overdue": true,
                    "at": text,
                });
            }
            check["step"] = text.into();
            check["request"] = text.into();
        }
    }
    page(&report)
}

/// Returns the page up to the exchanges of the access cases, which are JSON with other escapes for
/// quotes.
fn without_cells(page: &str) -> &str {
    page.split("<script id=\"cells\"").next().unwrap()
}

#[rstest]
#[case("https://bugs.example.com/17?a=1&b=2", true)]
#[case("javascript:alert(1)", false)]
fn a_divergence_links_only_to_web_pages(report: &Value, #[case] link: &str, #[case] is_linked: bool) {
    let mut report = report.clone();
    let checks = report["scenarios"].as_array_mut().unwrap().iter_mut();
    let mut checks = checks.flat_map(|scenario| scenario["checks"].as_array_mut().unwrap());
    let failed = checks.find(|check| check["verdict"] == "fail").unwrap();
    failed["divergence"] = serde_json::json!({
        "standing": "otherwise", "expected": "200", "instead": "500", "class": "drift", "reason": "the page is older",
        "link": link, "since": "2026-01-01", "review_by": "2026-02-01", "age_days": 40, "overdue": true,
        "at": "divergences.toml:1:1",
    });
    let page = page(&report);
    let shown = link.replace('&', "&amp;");
    assert_eq!(attributes(&page, "href").contains(&shown.as_str()), is_linked);
    assert!(page.contains(&format!("{shown}<")), "it is shown");
    assert!(page.contains("<strong>40 days</strong>") && page.contains("overdue"));
}

#[rstest]
fn the_page_of_an_unreachable_target_is_complete(report: &Value) {
    let mut report = report.clone();
    report["started"] = Value::Null;
    report["finished"] = Value::Null;
    report["scenarios"] = Vec::<Value>::new().into();
    assert!(page(&report).contains("A target that was not reached"));
}
