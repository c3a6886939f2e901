//! Runs the suite as tests: one per scenario file, against the simulator in process and against a
//! deployment.
//!
//! The tests against a deployment run with `cargo test --test library live -- --ignored`.
//! `CONFORMANCE_URL` is the URL of the deployment, and `CONFORMANCE_ALLOW_WRITES=1` lets the tests
//! create and change resources there. The administrator's key comes from `SYNCANO_ACCOUNT_KEY`;
//! with `CONFORMANCE_REGISTER=1` the tests register an account instead.

use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use rstest::rstest;
use secrecy::SecretString;
use syncano_conformance::harness::{
    self, Credentials, Event, Handles, Journal, Limits, Plan, ScenarioResult, Selection, Target, begin_journal,
};
use syncano_conformance::judge::Verdict;
use syncano_simulator::Simulator;
use syncano_suite::{Suite, SuiteFiles};
use tokio::sync::watch;

static SUITE: LazyLock<Arc<Suite>> = LazyLock::new(|| {
    // Tests run in the folder of the package. Relative paths make the snapshots the same on every
    // machine.
    let files = SuiteFiles::default().scenarios_from(Path::new("scenarios")).unwrap();
    let files = files.snapshots_from(Path::new("snapshots")).unwrap();
    Arc::new(
        files.read().unwrap_or_else(|wrong| panic!("{}", wrong.iter().map(|d| d.render(false)).collect::<String>())),
    )
});

#[rstest]
#[tokio::test]
async fn in_process(#[files("scenarios/**/*.yaml")] path: PathBuf) {
    let simulator = Simulator::builder().seed(1).build();
    let target = Target::in_process("simulator", move |request| simulator.handle(request));
    holds(&run(&path, target, Plan::default(), None).await);
}

#[rstest]
#[tokio::test]
#[ignore = "needs a deployment that CONFORMANCE_URL names"]
async fn live(#[files("scenarios/**/*.yaml")] path: PathBuf) {
    let url = std::env::var("CONFORMANCE_URL").expect("CONFORMANCE_URL names the deployment");
    assert!(std::env::var("CONFORMANCE_ALLOW_WRITES").is_ok(), "CONFORMANCE_URL needs CONFORMANCE_ALLOW_WRITES=1");
    let credentials = match std::env::var("SYNCANO_ACCOUNT_KEY") {
        Ok(key) => Credentials::AccountKey(SecretString::from(key)),
        Err(_) if std::env::var("CONFORMANCE_REGISTER").is_ok() => Credentials::Register,
        Err(_) => panic!("CONFORMANCE_URL needs SYNCANO_ACCOUNT_KEY, or CONFORMANCE_REGISTER=1"),
    };
    let target = Target::http(&url, Limits::default()).unwrap();
    let plan = Plan { credentials, ..Plan::default() };
    let journal = begin_journal(None, &target, &plan).unwrap();
    let mut result = run(&path, target, plan, Some(journal)).await;
    // A deployment may follow either source of a disputed rule.
    result.checks.retain(|check| !check.is_disputed());
    holds(&result);
}

/// Runs one scenario file.
async fn run(path: &Path, target: Target, plan: Plan, journal: Option<Journal>) -> ScenarioResult {
    let below = path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")).unwrap();
    let name = below.with_extension("").to_str().unwrap().replace('\\', "/");
    assert!(SUITE.scenarios.iter().any(|scenario| scenario.name == name), "no scenario is named {name}");
    let plan = Plan { jobs: 1, ..plan };
    let (_end, stop) = watch::channel(false);
    let handles = Handles { journal, ..stop.into() };
    let mut results = Vec::new();
    let ended =
        harness::run(
            Arc::clone(&SUITE),
            &Selection::new(vec![name.clone()]),
            target,
            plan,
            handles,
            |event| match event {
                Event::Scenario(result) if result.name == name => results.push(result),
                Event::Finished(finished) => assert_eq!(finished.left_behind, Vec::<String>::new()),
                _ => {}
            },
        )
        .await;
    ended.unwrap();
    assert_eq!(results.len(), 1, "{name} ran once");
    assert!(!results[0].checks.is_empty(), "{name} checks something");
    results.remove(0)
}

/// Asserts that every check passes. Compares snapshots with insta, so that `cargo insta review`
/// works.
fn holds(result: &ScenarioResult) {
    for check in &result.checks {
        if let Some((path, text)) = &check.snapshot {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots").join(path);
            let mut settings = insta::Settings::new();
            settings.set_snapshot_path(file.parent().unwrap());
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.set_input_file(&result.file);
            settings.set_description(&result.title);
            settings.bind(|| insta::assert_snapshot!(file.file_name().unwrap().to_str().unwrap(), text));
        } else {
            let because = check.because().unwrap_or_default();
            let evidence = check.evidence().map_or("", |evidence| evidence.actual.as_str());
            assert_eq!(check.verdict(), Verdict::Pass, "{}: {because}\n{evidence}", check.id);
        }
    }
}
