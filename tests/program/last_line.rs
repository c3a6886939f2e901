//! Tests for the end of the output: the last line names the verdict and the target, the line above
//! names the skipped checks.

use std::fs;
use std::path::Path;
use std::process::Output;

use rstest::rstest;
use tempfile::TempDir;

use crate::binary::{Served, only, program, stderr, stdout};

fn run(args: &[&str]) -> Output {
    program().arg("run").args(args).output().unwrap()
}

fn last_line(output: &Output) -> String {
    stdout(output).lines().last().unwrap_or_default().to_owned()
}

#[rstest]
#[case::a_pass(&[only!("user/reads")], 0, "PASSED on the built-in simulator: ")]
#[case::passed_over_http(&[only!("user/reads"), "--target", "sim-http"], 0, "PASSED on the built-in simulator: ")]
#[case::a_failure(
    &[only!("reset-key/by-the-administrator"), "--defects", "user-key-survives-reset"], 1, "FAILED on the built-in simulator: "
)]
#[case::quiet(&[only!("user/reads"), "-q"], 0, "PASSED on the built-in simulator: ")]
fn the_last_line_names_the_target_and_the_verdict(#[case] args: &[&str], #[case] code: i32, #[case] begin: &str) {
    let output = run(args);
    let line = last_line(&output);
    assert_eq!(output.status.code(), Some(code), "{}{}", stdout(&output), stderr(&output));
    assert!(line.starts_with(begin) && line.contains(" checks") && line.ends_with(" s)"), "{line}");
}

#[test]
fn the_last_line_names_the_deployment_and_the_line_above_names_what_did_not_run() {
    let served = Served::start(&[]);
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    let output = program()
        .args(["run", "--url", served.url(), "--allow-writes", "access/users/self/groups/mine", "instances"])
        .env("SYNCANO_ACCOUNT_KEY", key)
        .output()
        .unwrap();
    let said = stdout(&output);
    let line = last_line(&output);
    assert!(line.starts_with(&format!("PASSED on {}: ", served.url())), "{said}{}", stderr(&output));
    let end = said.rsplit("not run: ").next().unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(end.starts_with("128 access cases that write (--access-table full); "), "{said}");
    assert!(end.contains(" need administrators of other roles (--more-accounts)"), "{said}");
    assert_eq!(stderr(&output), "", "a target is named");
}

#[test]
fn disputed_rules_take_one_line_and_verbose_shows_them() {
    let usual = stdout(&run(&["reset-key/api-key-alone"]));
    let line = usual.lines().find(|line| line.starts_with("disputed: ")).unwrap_or_else(|| panic!("{usual}"));
    assert!(line.contains(" rule") && line.ends_with(" (-v shows them)") && line.len() <= 80, "{line}");
    assert!(!usual.contains("the deployment "), "{usual}");
    let verbose = stdout(&run(&["reset-key/api-key-alone", "-v"]));
    assert!(verbose.contains("\nDisputed: ") && verbose.contains("    the deployment  "), "{verbose}");
}

#[test]
fn a_note_warns_if_the_user_may_have_meant_a_deployment() {
    let folder = TempDir::new().unwrap();
    let run = |args: &[&str], variables: &[(&str, &str)]| {
        let mut program = program();
        program
            .args(["run", only!("user/reads")])
            .args(args)
            .envs(variables.iter().copied())
            .current_dir(folder.path());
        stderr(&program.output().unwrap())
    };
    assert_eq!(run(&[], &[]), "", "nothing suggests a deployment");
    let ci = run(&[], &[("CI", "true")]);
    assert!(
        ci.starts_with("note: no target is named") && ci.contains("built-in simulator, although CI is set\n"),
        "{ci}"
    );
    assert!(ci.contains("--target NAME or --url URL"), "{ci}");
    let key = run(&[], &[("SYNCANO_ACCOUNT_KEY", "0123")]);
    assert!(key.contains("although SYNCANO_ACCOUNT_KEY is set") && !key.contains("0123"), "{key}");
    assert_eq!(run(&["--target", "sim"], &[("CI", "true")]), "");
    fs::write(folder.path().join("conformance.toml"), "").unwrap();
    let config = run(&[], &[]);
    assert!(config.contains("although there is a conformance.toml"), "{config}");
}

#[test]
fn a_failed_run_is_repeated_on_its_target_or_rejected() {
    let folder = TempDir::new().unwrap();
    let served = Served::start(&["--defects", "user-key-survives-reset"]);
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (live, simulated) = (path("live.json"), path("simulated.json"));
    let run = |args: &[&str], key: Option<&str>| {
        let mut program = program();
        program.args(["run", "--allow-writes"]).args(args).current_dir(folder.path());
        key.map(|key| program.env("SYNCANO_ACCOUNT_KEY", key));
        program.output().unwrap()
    };
    let words = ["reset-key/by-the-administrator"];
    let first = run(&[&["--url", served.url(), "--report", &format!("json={live}")], &words[..]].concat(), Some(key));
    assert_eq!(first.status.code(), Some(1), "{}{}", stdout(&first), stderr(&first));
    let defects = ["--defects", "user-key-survives-reset", "--report", &format!("json={simulated}")];
    let output = program().args(["run"]).args(words).args(defects).output().unwrap();
    assert_eq!(output.status.code(), Some(1));

    let again = run(&["--failed", &live, "--url", served.url()], Some(key));
    assert!(last_line(&again).starts_with(&format!("FAILED on {}: ", served.url())), "{}", stdout(&again));
    let unnamed = run(&["--failed", &live], Some(key));
    assert_eq!(unnamed.status.code(), Some(2), "a report names no host: {}", stdout(&unnamed));
    assert!(stderr(&unnamed).contains(&format!("add --url {}", served.url())), "{}", stderr(&unnamed));
    let profile =
        format!("[target.staging]\nurl = \"{}\"\naccount_key = {{ env = \"SYNCANO_ACCOUNT_KEY\" }}\n", served.url());
    std::fs::write(folder.path().join("conformance.toml"), profile).unwrap();
    let named = run(&[&["--target", "staging", "--report", &format!("json={live}")], &words[..]].concat(), Some(key));
    assert_eq!(named.status.code(), Some(1), "{}{}", stdout(&named), stderr(&named));
    let again = run(&["--failed", &live], Some(key));
    assert!(last_line(&again).starts_with("FAILED on staging: "), "{}", stdout(&again));
    assert!(stderr(&again).contains("so this run is on staging too"), "{}", stderr(&again));
    let fixed = program().args(["run", "--failed", &simulated]).output().unwrap();
    assert!(last_line(&fixed).starts_with("PASSED on the built-in simulator: "), "{}", stdout(&fixed));

    let url = served.url();
    for (args, earlier) in [
        (["--failed", &live, "--target", "sim"], "staging"),
        (["--failed", &live, "--url", "http://127.0.0.1:9"], "staging"),
        (["--failed", &simulated, "--url", url], "the built-in simulator"),
    ] {
        let output = run(&args, Some(key));
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stdout(&output));
        let said = stderr(&output);
        assert!(said.contains(&format!("is a report of {earlier}, but this run is on ")), "{args:?}: {said}");
    }
}

#[test]
fn plan_lint_and_run_count_the_same_checks() {
    let said = |args: &[&str]| stdout(&program().args(args).output().unwrap());
    let number = |text: &str| text.replace(',', "").parse::<usize>().unwrap();
    let lint = said(&["lint"]);
    let all = lint.lines().find_map(|line| line.split_once(" checks: ")).unwrap_or_else(|| panic!("{lint}")).0;
    let plan = |args: &[&str]| {
        let plan = said(&[&["plan"], args].concat());
        let run = plan.lines().find_map(|line| line.strip_prefix("run ")).unwrap_or_else(|| panic!("{plan}"));
        let (planned, rest) = run.trim().split_once(" checks").unwrap();
        let disputed =
            rest.split_once(" of disputed rules)").map_or("0", |(disputed, _)| disputed.trim_start_matches(" ("));
        (number(planned), number(disputed), plan)
    };
    // A plan of the access table takes as long as its run.
    let (_, disputed, scenarios) = plan(&["--access-table", "off"]);
    for of_a_deployment in ["leave ", "take ", "delete"] {
        assert!(!scenarios.contains(of_a_deployment), "on the simulator this does not matter: {scenarios}");
    }
    let verbose = said(&["run", "-v", "user/reads", "access/users/self/groups/mine"]);
    let (declared, selected) = verbose.split_once("declared ").unwrap().1.split_once(", selected ").unwrap();
    assert_eq!(number(declared) + disputed, number(all));
    let (planned, disputed, _) = plan(&["user/reads", "access/users/self/groups/mine"]);
    assert_eq!(number(selected.split_once(", executed").unwrap().0) + disputed, planned);

    let area = |text: &str| text.lines().find_map(|line| Some(line.trim().strip_prefix("groups ")?.trim().to_owned()));
    let groups = area(&said(&["run", "groups/"])).unwrap();
    // The gate compares this page with the output of selftest.
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/proof.md")).unwrap();
    let row = page.lines().find(|line| line.starts_with("| groups |")).unwrap();
    let checks = row.split('|').nth(3).unwrap().trim();
    assert!(groups.starts_with(&format!("{checks} checks: ")), "{row}: {groups}");
}
