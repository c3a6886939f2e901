//! What a user relies on in the forms of a report, and in what is made of them later.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use rstest::rstest;
use secrecy::SecretString;
use serde_json::Value;
use syncano_conformance::defects;
use syncano_conformance::divergence::Class;
use syncano_conformance::harness::{
    self, CheckOutcome, CheckResult, Credentials, DivergenceResult, Event, OutcomeParts, Plan, Selection, Standing,
    Target,
};
use syncano_conformance::judge::{Evidence, Verdict};
use syncano_conformance::report::{ChangeKind, Comparison, Format, Report, Summary};
use syncano_conformance::scenario::SuiteFiles;
use syncano_simulator::Simulator;
use syncano_simulator::server::demo::DemoWorld;
use tempfile::TempDir;
use tokio::sync::watch;

use crate::binary::{output, stderr, stdout};

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

/// A suite with something of everything: `--instance` skips one scenario, `users-list-unscoped` lets others fail.
const SUITE: &[(&str, &str)] = &[
    (
        "rules.toml",
        r#"
["a/is-promised"]
code = "R1"
statement = "It is promised."
level = "seed"
source = "a page"

["a/is-disputed"]
code = "R2"
statement = "It is disputed."
level = "observed"
source = "seen"
disputed = { page = "It is not so.", deployment = "It is so." }
"#,
    ),
    (
        "a/users.yaml",
        r#"
title: Users
given: {users: [alice, bob]}
steps:
  - name: alice asks for all
    as: alice
    send: GET /users/
    checks:
      - {id: a/users/answered, rule: a/is-promised, witness: true, status: 200}
      - {id: a/users/alone, rule: a/is-promised, at: "$.objects[*].id", equals: '["{{alice.id}}"]'}
      - {id: a/users/not-bob, rule: a/is-disputed, absent: [bob.username]}
      - {id: a/users/strange, at: $.next, equals: '"<b>|`x`</b> 100% # @somebody"'}
"#,
    ),
    (
        "b/reads.yaml",
        r#"
title: One who reads herself
given: {users: [alice]}
steps:
  - name: alice reads herself
    as: alice
    send: GET /user/
    checks:
      - {id: b/reads/answered, witness: true, status: 201}
      - {id: b/reads/nothing, absent: [api.key]}
"#,
    ),
    (
        "c/skipped.yaml",
        r#"
title: One for instances of its own
needs: [own_instance]
steps:
  - name: the app reads groups
    as: api
    send: GET /groups/
    checks:
      - {id: c/skipped/answered, status: 200}
"#,
    ),
];

/// What a run of that suite says.
async fn events() -> Vec<Event> {
    let scenarios = SUITE.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
    let files = SuiteFiles { folder: "scenarios".to_owned(), scenarios, ..SuiteFiles::default() };
    let suite = Arc::new(files.read().unwrap());
    let simulator = Simulator::builder().build();
    let world = DemoWorld::create(&simulator).unwrap();
    let deployment = defects::around(&simulator, &[defects::named("users-list-unscoped").unwrap()]);
    let target = Target::in_process("simulator", move |request| deployment.respond(request));
    let key = SecretString::from(world.account.account_key.to_string());
    let plan = Plan {
        credentials: Credentials::AccountKey(key),
        instance: Some(world.instance.to_string()),
        ..Plan::default()
    };
    let (_end, stop) = watch::channel(false);
    let mut events = Vec::new();
    harness::run(suite, &Selection::default(), target, plan, stop, |event| events.push(event)).await.unwrap();
    events
}

/// How many checks of a report have passed, count against the target, and do neither, as each form says it.
fn counts(report: &Report, form: Format) -> (usize, usize, usize) {
    let text = form.render(report).unwrap();
    let lines = |begin: &str| text.lines().filter(|line| line.starts_with(begin)).count();
    match form {
        Format::Json => {
            let report: Report = serde_json::from_str(&text).unwrap();
            let Summary { verdicts, disputed, .. } = report.summary;
            let of = |counts: &BTreeMap<Verdict, usize>, which: &[Verdict]| {
                which.iter().filter_map(|verdict| counts.get(verdict)).sum::<usize>()
            };
            let passed = [Verdict::Pass, Verdict::Flaky];
            let against = [Verdict::Fail, Verdict::Error, Verdict::Untestable, Verdict::Stale];
            let all: usize = verdicts.values().chain(disputed.values()).sum();
            let passed = of(&verdicts, &passed) + of(&disputed, &passed);
            let against = of(&verdicts, &against) + of(&disputed, &[Verdict::Stale]);
            (passed, against, all - passed - against)
        }
        Format::Junit => {
            let junit = quick_junit::Report::deserialize_from_str(&text).unwrap();
            let against = junit.failures + junit.errors;
            let skipped = text.matches("<skipped ").count();
            (junit.tests - against - skipped, against, skipped)
        }
        Format::Tap => {
            let apart = |line: &&str| line.contains(" # SKIP ") || line.contains(" # TODO ");
            let points =
                |begin: &str| text.lines().filter(|line| line.starts_with(begin)).partition::<Vec<_>, _>(apart);
            let ((skipped, passed), (excused, failed)) = (points("ok "), points("not ok "));
            let all = passed.len() + failed.len() + skipped.len() + excused.len();
            assert!(text.starts_with(&format!("TAP version 14\n1..{all}\n")), "{text}");
            (passed.len(), failed.len(), skipped.len() + excused.len())
        }
        Format::Markdown => {
            let shown = ["fail", "error", "untestable", "stale"];
            let shown = shown.iter().map(|word| lines(&format!("<details><summary>{word} <code>")));
            let funnel = report.summary.to_string();
            assert!(text.contains(&funnel), "{funnel} is not in\n{text}");
            let (passed, _, others) = counts(report, Format::Json);
            (passed, shown.sum(), others)
        }
        Format::Github => {
            let (passed, _, others) = counts(report, Format::Json);
            (passed, lines("::error file="), others)
        }
        Format::Html => {
            let shown = text.split("<section id=\"").find(|section| section.starts_with("failures\"")).unwrap_or("");
            let words = ["fail", "error", "untestable", "stale"];
            let words =
                words.iter().map(|word| shown.matches(&format!("<summary><span class=\"badge {word}\"")).count());
            let (passed, _, others) = counts(report, Format::Json);
            (passed, words.sum(), others)
        }
    }
}

/// An outcome with this verdict.
fn outcome(verdict: Verdict, text: &str) -> CheckOutcome {
    let because = (verdict != Verdict::Pass).then(|| text.to_owned());
    let failed = matches!(verdict, Verdict::Fail | Verdict::Known);
    let evidence = failed.then(|| Evidence { expected: text.to_owned(), actual: text.to_owned() });
    let divergence = matches!(verdict, Verdict::Known | Verdict::Stale).then(|| DivergenceResult {
        standing: if failed { Standing::AsStated } else { Standing::NotNeeded },
        expected: text.to_owned(),
        instead: text.to_owned(),
        class: Class::TargetBug,
        reason: text.to_owned(),
        link: None,
        since: "2026-01-01".parse().unwrap(),
        review_by: "2026-12-31".parse().unwrap(),
        age_days: 10,
        overdue: false,
        at: "divergences.toml:1:1".to_owned(),
    });
    OutcomeParts { verdict, because, evidence, divergence }.try_into().unwrap()
}

/// The same run with other verdicts, check by check.
fn with(events: &[Event], verdicts: impl IntoIterator<Item = Verdict>) -> Vec<Event> {
    let mut verdicts = verdicts.into_iter();
    let mut events = events.to_vec();
    for event in &mut events {
        if let Event::Scenario(scenario) = event {
            for (check, verdict) in scenario.checks.iter_mut().zip(&mut verdicts) {
                check.outcome = outcome(verdict, "because");
            }
        }
    }
    events
}

#[tokio::test]
async fn all_forms_count_the_same_whatever_a_run_came_to() {
    let events = events().await;
    let report = Report::of(&events, false);
    let verdicts = report.checks().map(|(_, check)| check.verdict()).collect::<BTreeSet<_>>();
    let expected = [Verdict::Pass, Verdict::Skip, Verdict::Untestable, Verdict::Fail];
    assert_eq!(verdicts, expected.into(), "the run is worth looking at");
    let all = [Verdict::Known, Verdict::Flaky, Verdict::Stale, Verdict::Error];
    let all = [expected, all].concat();
    proptest!(ProptestConfig::with_cases(40), |(drawn in vec(select(all.clone()), report.checks().count()), strict: bool)| {
        let report = Report::of(&with(&events, drawn), strict);
        let expected = counts(&report, Format::Json);
        for form in Format::ALL {
            prop_assert_eq!(counts(&report, *form), expected, "{}", form.render(&report).unwrap());
        }
    });
}

#[tokio::test]
async fn a_comment_on_a_pull_request_shows_failures_first_and_takes_no_text_for_markdown() {
    let report = Report::of(&events().await, false);
    let markdown = Format::Markdown.render(&report).unwrap();
    insta::assert_snapshot!(markdown);
}

#[tokio::test]
async fn a_comment_is_never_longer_than_github_takes() {
    let mut events = events().await;
    let Some(Event::Scenario(scenario)) = events.iter_mut().find(|event| matches!(event, Event::Scenario(_))) else {
        panic!("a scenario ran");
    };
    let long = "`long` <text>\n".repeat(10_000);
    let check = &mut scenario.checks[0];
    check.request = Some(long.clone());
    check.outcome = outcome(Verdict::Fail, &long);
    let check = check.clone();
    for verdict in [Verdict::Fail, Verdict::Skip, Verdict::Known, Verdict::Flaky] {
        scenario.checks.extend(vec![CheckResult { outcome: outcome(verdict, &long), ..check.clone() }; 100]);
    }
    let markdown = Format::Markdown.render(&Report::of(&events, false)).unwrap();
    assert!(markdown.chars().count() < 65536, "{}", markdown.chars().count());
}

/// A report without what differs from run to run: times, the id of the run, and the names and numbers in requests.
fn timeless(mut report: Value) -> Value {
    for name in ["run", "began"] {
        report["started"][name] = Value::Null;
    }
    report["finished"]["elapsed"] = Value::Null;
    for scenario in report["scenarios"].as_array_mut().unwrap() {
        scenario["milliseconds"] = Value::Null;
        for check in scenario["checks"].as_array_mut().unwrap() {
            check["request"] = Value::Null;
        }
    }
    report
}

/// Some scenarios and endpoints, of which not everything passes.
const SOME: &[&str] = &["run", "user", "reset-key", "access/users", "--access-table", "read-only"];
const WRONG: &[&str] = &["--defects", "users-list-unscoped,user-key-survives-reset"];

fn written(folder: &Path, name: &str, args: &[&[&str]]) -> (String, Option<i32>) {
    let path = folder.join(name).display().to_string();
    let output = output(&[args.concat().as_slice(), &["--report", &format!("json={path}")]].concat());
    (path, output.status.code())
}

fn json(path: &str) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

#[test]
fn the_shards_of_a_run_merged_are_the_run_however_many_there_are() {
    let folder = TempDir::new().unwrap();
    let (whole, code) = written(folder.path(), "whole", &[SOME, WRONG]);
    assert_eq!(code, Some(1));
    let expected = timeless(json(&whole));
    for of in [1, 3] {
        let shard = |number: usize| {
            let shard = format!("{number}/{of}");
            written(folder.path(), &format!("{number}"), &[SOME, WRONG, &["--shard", &shard]]).0
        };
        let mut parts = (1..=of).map(shard).collect::<Vec<_>>();
        parts.reverse();
        let parts = parts.iter().map(String::as_str).collect::<Vec<_>>();
        let (merged, code) = written(folder.path(), "merged", &[&["report", "merge"], &parts]);
        assert_eq!(code, Some(1), "the exit code is that of the whole run");
        assert!(timeless(json(&merged)) == expected, "{of} shards");
    }
}

#[test]
fn shards_that_are_not_the_parts_of_one_run_are_not_merged() {
    let folder = TempDir::new().unwrap();
    let part = |name: &str, args: &[&str]| written(folder.path(), name, &[&["run", "--access-table", "off"], args]).0;
    let one = part("one", &["user", "--shard", "1/3"]);
    let two = part("two", &["user", "--shard", "2/3"]);
    let three = part("three", &["user", "--shard", "3/3"]);
    let strict = part("strict", &["user", "--shard", "3/3", "--strict"]);
    let of_two = part("of-two", &["user", "--shard", "2/2"]);
    let other = part("other", &["reset-key", "--shard", "3/3"]);
    let whole = part("whole", &["user/reads"]);
    let elsewhere = part("elsewhere", &["user", "--shard", "3/3", "--api-version", "v1"]);
    for (files, said) in [
        (vec![&one, &two], "of 3 shards there is none with the number 3"),
        (vec![&two], "of 3 shards there is none with the number 1, 3"),
        (vec![&one, &two, &three, &two], "two are both shard 2/3"),
        (vec![&one, &two, &strict], "strict does not fit"),
        (vec![&one, &of_two], "the number of shards is \"2\", not \"3\""),
        (vec![&one, &two, &other], "what was selected is \"reset-key\", not \"user\""),
        (vec![&one, &whole], "whole: it is no part, but of a whole run"),
        (vec![&one, &two, &elsewhere], "the version of the API is \"v1\", not \"v1.1\""),
    ] {
        let files = files.into_iter().map(String::as_str).collect::<Vec<_>>();
        let merged = output(&[&["report", "merge"], files.as_slice()].concat());
        assert_eq!(merged.status.code(), Some(2), "{said}: {}", stderr(&merged));
        assert!(stderr(&merged).contains(said), "{said} is not in {}", stderr(&merged));
    }
    let too_many = output(&["run", "user/reads", "--shard", "2/2"]);
    assert_eq!(too_many.status.code(), Some(4));
    assert!(stderr(&too_many).contains("nothing is left for shard 2/2"), "{}", stderr(&too_many));
}

#[test]
fn a_report_that_was_kept_becomes_any_other_form_and_is_shown_as_the_run_was() {
    let folder = TempDir::new().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let forms = Format::ALL.iter().flat_map(|form| ["--report".to_owned(), format!("{form}={}", path(form.name()))]);
    let forms = forms.collect::<Vec<_>>();
    let forms = forms.iter().map(String::as_str).collect::<Vec<_>>();
    let run = output(&[&["run", "reset-key"], WRONG, forms.as_slice()].concat());
    for form in Format::ALL {
        let again = output(&["report", &path("json"), "--format", form.name()]);
        assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
        assert!(stdout(&again) == std::fs::read_to_string(path(form.name())).unwrap(), "{form}");
    }
    let shown = output(&["report", &path("json")]);
    assert_eq!(shown.status.code(), Some(0));
    assert!(stdout(&shown) == stdout(&run), "{}", stdout(&shown));

    let no_report = output(&["report", &path("tap")]);
    assert_eq!(no_report.status.code(), Some(2));
    assert!(stderr(&no_report).contains("tap is no report: "), "{}", stderr(&no_report));
    let no_form = output(&["report", &path("json"), "--format", "yaml"]);
    assert_eq!(no_form.status.code(), Some(2));
    assert!(stderr(&no_form).contains("there are json, junit, tap"), "{}", stderr(&no_form));
}

#[test]
fn a_plan_can_be_split_like_the_run() {
    let checks = |shard: &[&str]| {
        let plan = output(&[&["plan", "user", "access/users/self", "--format", "json"], shard].concat());
        serde_json::from_str::<Value>(&stdout(&plan)).unwrap()["checks"].as_u64().unwrap()
    };
    let shards = [checks(&["--shard", "1/2"]), checks(&["--shard", "2/2"])];
    assert!(shards.iter().all(|shard| *shard > 0), "{shards:?}");
    assert_eq!(shards.iter().sum::<u64>(), checks(&[]));
}

#[rstest]
#[case::fails_now(Verdict::Pass, Verdict::Fail, Some(ChangeKind::NewlyFailing))]
#[case::proves_nothing_now(Verdict::Pass, Verdict::Untestable, Some(ChangeKind::NewlyFailing))]
#[case::fails_otherwise_than_is_known(Verdict::Known, Verdict::Fail, Some(ChangeKind::NewlyFailing))]
#[case::is_known_and_passes(Verdict::Known, Verdict::Stale, Some(ChangeKind::NewlyFailing))]
#[case::was_skipped_and_fails(Verdict::Skip, Verdict::Error, Some(ChangeKind::NewlyFailing))]
#[case::is_mended(Verdict::Fail, Verdict::Pass, Some(ChangeKind::Fixed))]
#[case::is_steady_again(Verdict::Flaky, Verdict::Pass, Some(ChangeKind::Fixed))]
#[case::is_skipped_now(Verdict::Fail, Verdict::Skip, Some(ChangeKind::NewlySkipped))]
#[case::is_run_again(Verdict::Skip, Verdict::Pass, Some(ChangeKind::NoLongerSkipped))]
#[case::is_known_now(Verdict::Fail, Verdict::Known, Some(ChangeKind::NewlyExcused))]
#[case::is_flaky_now(Verdict::Pass, Verdict::Flaky, Some(ChangeKind::NewlyFlaky))]
#[case::still_fails(Verdict::Fail, Verdict::Error, None)]
#[case::still_passes(Verdict::Pass, Verdict::Pass, None)]
#[tokio::test]
async fn a_change_is_called_by_what_it_means(
    #[case] before: Verdict,
    #[case] after: Verdict,
    #[case] kind: Option<ChangeKind>,
) {
    let events = events().await;
    let [old, new] = [before, after].map(|verdict| Report::of(&with(&events, [verdict]), false));
    let compared = Comparison::of(&old, &new);
    assert_eq!(compared.changes.iter().map(|change| change.kind).collect::<Vec<_>>(), Vec::from_iter(kind));
    assert_eq!(compared.is_regression(), kind == Some(ChangeKind::NewlyFailing));
    assert_eq!(compared.unchanged, old.checks().count() - compared.changes.len());
    assert_eq!(compared.remarks, Vec::<String>::new());
}

#[test]
fn a_user_sees_what_has_become_worse_since_the_last_run() {
    let folder = TempDir::new().unwrap();
    let run = |name: &str, args: &[&str]| written(folder.path(), name, &[&["run", "--access-table", "off"], args]).0;
    let good = run("good", &["user", "reset-key"]);
    let bad = run("bad", &["user", "reset-key", "--defects", "user-key-survives-reset"]);
    let less = run("less", &["user"]);
    let compare = |old: &str, new: &str| {
        let compared = output(&["compare", old, new]);
        (compared.status.code(), stdout(&compared))
    };
    let (code, said) = compare(&good, &bad);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("\nnewly failing: ") && said.contains("  reset-key/the-old-user-key-is-dead pass -> fail\n"),
        "{said}"
    );
    let (code, said) = compare(&bad, &good);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("\nfixed: ") && said.contains("  reset-key/the-old-user-key-is-dead fail -> pass\n"),
        "{said}"
    );
    let (code, said) = compare(&bad, &bad);
    assert!(code == Some(0) && said.starts_with("changed 0, unchanged ") && said.contains(" failing\n"), "{said}");
    let (code, said) = compare(&bad, &less);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("note other parts of the suite were selected: user reset-key before, user now"), "{said}");
    assert!(said.contains("\ngone: ") && said.contains(" more\n"), "{said}");

    let nothing =
        output(&["compare", &good, &run("nothing", &["--url", "http://127.0.0.1:1", "--register", "--allow-writes"])]);
    assert_eq!(nothing.status.code(), Some(4));
    assert!(stderr(&nothing).contains("nothing: no check was judged"), "{}", stderr(&nothing));
}

#[test]
fn what_failed_is_run_again_and_nothing_else() {
    let folder = TempDir::new().unwrap();
    let run = |name: &str, args: &[&str]| written(folder.path(), name, &[&["run", "--access-table", "off"], args]);
    let (bad, _) = run("bad", &["user", "reset-key", "--defects", "user-key-survives-reset"]);
    let names = |path: &str, which: fn(&Value) -> bool| {
        let report = json(path);
        let scenarios = report["scenarios"].as_array().unwrap().iter();
        let of = scenarios.filter(|scenario| scenario["checks"].as_array().unwrap().iter().any(which));
        of.map(|scenario| scenario["name"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let failed = names(&bad, |check| check["verdict"] == "fail");
    assert!(!failed.is_empty());
    let (again, code) = run("again", &["--failed", &bad]);
    assert_eq!((names(&again, |_| true), code), (failed, Some(0)), "what has failed is mended");

    let nothing = output(&["run", "--failed", &again]);
    assert_eq!(nothing.status.code(), Some(4), "nothing is no success");
    assert!(stderr(&nothing).contains("nothing has failed by"), "{}", stderr(&nothing));
    assert_eq!(
        output(&["run", "--failed", &bad, "login"]).status.code(),
        Some(4),
        "words choose among what has failed"
    );
}

#[rstest]
#[case::a_rule_by_its_code("R95", &["rule reset-key/ends-the-old-user-key\n", "promised  After a reset the old", "  check     reset-key/the-old-user-key-is-dead\n"])]
#[case::a_rule_that_is_disputed("R101", &["disputed  the page: The cURL sample", "the deployment: It refuses"])]
#[case::a_check(
    "reset-key/the-old-user-key-is-dead",
    &["R95", "GET /user/ as alice@revoked", "rests on  reset-key/witness", "notices   user-key-survives-reset", "status: 403\n"]
)]
#[case::a_cell("access/users/get/self", &["GET /users/ as self", "200, a list with self and without other"])]
#[case::a_leak_check("leak/user/reads", &["no answer shows what its principal must not see"])]
#[case::a_replay("replay/user/reads/in-the-query", &["with the keys in the query the answer is the same"])]
fn what_is_promised_and_how_it_is_checked_can_be_asked_for(#[case] word: &str, #[case] said: &[&str]) {
    let explained = output(&["explain", word]);
    let text = stdout(&explained);
    assert_eq!(explained.status.code(), Some(0), "{}", stderr(&explained));
    for part in said {
        assert!(text.contains(part), "{part:?} is not in\n{text}");
    }
}

#[test]
fn what_cannot_be_explained_is_nearly_something_else() {
    let explained = output(&["explain", "reset-key/the-old-user-key-is-daed"]);
    assert_eq!(explained.status.code(), Some(4));
    assert!(
        stderr(&explained).contains("did you mean `reset-key/the-old-user-key-is-dead`?"),
        "{}",
        stderr(&explained)
    );
}

/// A suite of one scenario and one rule.
fn small_suite() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::create_dir(folder.path().join("a")).unwrap();
    std::fs::write(
        folder.path().join("a/one.yaml"),
        "title: One\nsteps:\n  - name: the links\n    as: api\n    send: GET /groups/\n    checks:\n      \
         - {id: a/one, rule: a/rule, witness: true, at: $.objects, present: true}\n",
    )
    .unwrap();
    let rule = "[\"a/rule\"]\ncode = \"R1\"\nstatement = \"It is so.\"\nlevel = \"seed\"\nsource = \"a page\"\n";
    std::fs::write(folder.path().join("rules.toml"), rule).unwrap();
    folder
}

/// Runs the program with this as its standard output; the exit code and what it says on stderr.
#[cfg(target_os = "linux")]
fn to(stdout: impl Into<std::process::Stdio>, args: &[&str]) -> (Option<i32>, String) {
    let output = crate::binary::program().args(args).stdout(stdout).output().unwrap();
    (output.status.code(), stderr(&output))
}

/// Every command that prints something, in every form.
#[cfg(target_os = "linux")]
#[rstest]
#[case::run(&["run", "--scenarios", "SUITE"])]
#[case::run_quietly(&["run", "--quiet", "--scenarios", "SUITE"])]
#[case::run_with_a_report_on_stdout(&["run", "--scenarios", "SUITE", "--report", "junit=-"])]
#[case::judge(&["judge", "TRACE", "--scenarios", "SUITE"])]
#[case::plan(&["plan", "--scenarios", "SUITE"])]
#[case::plan_json(&["plan", "--format", "json", "--scenarios", "SUITE"])]
#[case::report(&["report", "REPORT"])]
#[case::report_json(&["report", "REPORT", "--format", "json"])]
#[case::report_html(&["report", "REPORT", "--format", "html"])]
#[case::compare(&["compare", "REPORT", "REPORT"])]
#[case::compare_json(&["compare", "REPORT", "REPORT", "--format", "json"])]
#[case::list(&["list", "--scenarios", "SUITE"])]
#[case::list_rules(&["list", "--rules", "--scenarios", "SUITE"])]
#[case::list_defects(&["list", "--defects"])]
#[case::lint(&["lint", "--scenarios", "SUITE"])]
#[case::coverage(&["coverage", "--scenarios", "SUITE"])]
#[case::coverage_json(&["coverage", "--format", "json", "--scenarios", "SUITE"])]
#[case::coverage_markdown(&["coverage", "--format", "markdown", "--scenarios", "SUITE"])]
#[case::explain(&["explain", "R1", "--scenarios", "SUITE"])]
#[case::repro(&["repro", "a/one", "--scenarios", "SUITE"])]
#[case::divergences(&["divergences", "list", "--scenarios", "SUITE"])]
#[case::schema(&["schema"])]
#[case::schema_of_reports(&["schema", "report"])]
#[case::man(&["man"])]
#[case::completions(&["completions", "bash"])]
#[case::sweep(&["sweep", "--dry-run"])]
#[case::help(&["--help"])]
#[case::help_of_a_command(&["run", "-h"])]
#[case::version(&["--version"])]
fn output_that_cannot_be_written_is_an_error_and_a_closed_pipe_is_none(#[case] args: &[&str]) {
    let (suite, folder) = (small_suite(), TempDir::new().unwrap());
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (suite, report, trace) = (suite.path().display().to_string(), path("report.json"), path("trace.jsonl"));
    if args.iter().any(|arg| matches!(*arg, "REPORT" | "TRACE")) {
        let form = format!("json={report}");
        let run = output(&["run", "--scenarios", &suite, "--report", &form, "--trace", &trace]);
        assert_eq!(run.status.code(), Some(0), "{}{}", stdout(&run), stderr(&run));
    }
    let named = |arg: &&str| match *arg {
        "SUITE" => suite.clone(),
        "REPORT" => report.clone(),
        "TRACE" => trace.clone(),
        arg => arg.to_owned(),
    };
    let args = args.iter().map(named).collect::<Vec<_>>();
    let args = args.iter().map(String::as_str).collect::<Vec<_>>();

    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, said) = to(full, &args);
    assert_eq!(code, Some(2), "{said}");
    assert_eq!(said.matches("error: ").count(), 1, "{said}");
    assert!(said.contains(" cannot be written: No space left on device"), "{said}");

    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let (code, said) = to(writer, &args);
    assert_eq!(code, Some(0), "{said}");
    assert!(!said.contains("error"), "{said}");
}

#[cfg(target_os = "linux")]
#[test]
fn what_a_run_came_to_is_not_hidden_by_a_full_disk() {
    let suite = small_suite();
    let one = suite.path().join("a/one.yaml");
    let wrong = std::fs::read_to_string(&one).unwrap().replace("$.objects,", "$.nothing,");
    std::fs::write(&one, wrong).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, said) = to(full, &["run", "--scenarios", suite.path().to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("the output cannot be written: "), "{code:?} {said}");
}

#[test]
fn two_reports_in_one_file_are_refused_by_whatever_names() {
    let suite = small_suite();
    let folder = TempDir::new().unwrap();
    let run = |args: &[&str]| {
        let args = [&["run", "--scenarios", suite.path().to_str().unwrap()], args].concat();
        let output = crate::binary::program().args(args).current_dir(folder.path()).output().unwrap();
        (output.status.code(), stderr(&output))
    };
    for [first, second] in [
        ["--report json=x", "--report junit=x"],
        ["--report json=x", "--report junit=./x"],
        ["--report json=new/x", "--report html=new/../new/x"],
        ["--report json=-", "--report tap=-"],
        ["--trace x", "--report json=./x"],
    ] {
        let args = format!("{first} {second}");
        let (code, said) = run(&args.split(' ').collect::<Vec<_>>());
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(&format!("{first} and {second} name the same file")), "{said}");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing was made");
    assert_eq!(run(&["--report", "json=x", "--report", "junit=y"]).0, Some(0));
}

#[test]
fn a_report_goes_to_stdout_alone_and_into_folders_that_are_made() {
    let suite = small_suite();
    let folder = TempDir::new().unwrap();
    let deep = folder.path().join("not/there/yet.json");
    let args = ["--scenarios", suite.path().to_str().unwrap(), "--report", "json=-"];
    let run = output(&[&["run"], args.as_slice(), &["--report", &format!("json={}", deep.display())]].concat());
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(stdout(&run), std::fs::read_to_string(deep).unwrap());
    assert!(stderr(&run).contains("judged 2: 2 passed"), "what a person reads goes to stderr: {}", stderr(&run));
}

#[test]
fn a_report_is_read_with_a_byte_order_mark_and_never_without_an_end() {
    let (suite, folder) = (small_suite(), TempDir::new().unwrap());
    let path = folder.path().join("report.json");
    let run = output(&["run", "--scenarios", suite.path().to_str().unwrap(), "--report", "json=-"]);
    std::fs::write(&path, format!("\u{feff}{}", stdout(&run))).unwrap();
    let again = output(&["report", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(again.status.code(), Some(0), "{}", stderr(&again));
    assert_eq!(stdout(&again), stdout(&run));
    if cfg!(unix) {
        let endless = output(&["report", "/dev/zero"]);
        assert_eq!(endless.status.code(), Some(2));
        assert!(stderr(&endless).contains("it is longer than 256 MiB"), "{}", stderr(&endless));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn junit_is_xml_whatever_a_title_and_an_answer_hold(text in "[a<&\"\\]\n\r\u{0}\u{8}\u{1b}\u{7f}\u{85}\u{2028}\u{fffe}\u{ffff}\u{10ffff}]{0,12}") {
        let mut report = small_report();
        let scenario = &mut report.scenarios[0];
        (scenario.name, scenario.title, scenario.file) = (text.clone(), text.clone(), text.clone());
        for (number, check) in scenario.checks.iter_mut().enumerate() {
            check.outcome = outcome(if number == 0 { Verdict::Fail } else { Verdict::Flaky }, &text);
            check.step.clone_from(&text);
            check.request = Some(text.clone());
        }
        let xml = Format::Junit.render(&report).unwrap();
        let is_char = |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        prop_assert!(xml.chars().all(is_char), "{:?}", xml);
        let parsed = quick_junit::Report::deserialize_from_str(&xml).unwrap();
        prop_assert_eq!(parsed.tests, report.checks().count());
    }
}

/// The report of the small suite.
fn small_report() -> Report {
    static REPORT: std::sync::LazyLock<Report> = std::sync::LazyLock::new(|| {
        let suite = small_suite();
        let run = output(&["run", "--scenarios", suite.path().to_str().unwrap(), "--report", "json=-"]);
        serde_json::from_str(&stdout(&run)).unwrap()
    });
    REPORT.clone()
}
