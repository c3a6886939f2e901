//! Tests for the command line: exit codes, reports, and equal verdicts for all targets.

use std::path::Path;

use rstest::rstest;
use serde_json::Value;
use tempfile::TempDir;

use crate::binary::{self, Served, only, output, program, stderr, stdout, whole_suite};

/// Returns the id and the verdict of every check in a report.
fn verdicts(report: &Path) -> Vec<(String, String)> {
    let report: Value = serde_json::from_str(&std::fs::read_to_string(report).unwrap()).unwrap();
    let checks =
        report["scenarios"].as_array().unwrap().iter().flat_map(|scenario| scenario["checks"].as_array().unwrap());
    checks
        .map(|check| (check["id"].as_str().unwrap().to_owned(), check["verdict"].as_str().unwrap().to_owned()))
        .collect()
}

#[test]
fn the_suite_passes_on_the_simulator() {
    let output = output(&["run", "--access-table", "read-only"]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
    let last = said.lines().last().unwrap();
    assert!(last.starts_with("PASSED on the built-in simulator: ") && last.ends_with(" s)"), "{last}");
    assert!(!said.contains('\u{1b}'), "no colours in a pipe");
}

#[test]
fn the_verdicts_are_the_same_in_process_over_http_and_behind_a_url() {
    let folder = TempDir::new().unwrap();
    let served = Served::start(&["--empty"]);
    let path = |name: &str| folder.path().join(name);
    let report = |name: &str| format!("json={}", path(name).display());
    for (name, target) in [
        ("sim", vec!["--target", "sim"]),
        ("http", vec!["--target", "sim-http"]),
        ("url", vec!["--url", served.url(), "--register", "--allow-writes"]),
    ] {
        let output = program()
            // The gate runs the whole suite against a URL.
            .args(["run", "--access-table", "read-only", "transport/", "user/", "reset-key/", "access/users/self"])
            .args(target)
            .arg("--report")
            .arg(report(name))
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {}{}", stdout(&output), stderr(&output));
    }
    let expected = verdicts(&path("sim"));
    assert!(expected.len() > 100, "the suite has checks: {}", expected.len());
    assert_eq!(verdicts(&path("http")), expected);
    assert_eq!(verdicts(&path("url")), expected);
}

#[test]
fn an_existing_instance_is_unchanged_after_a_run() {
    let served = Served::start(&[]);
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    let run = |words: &[&str]| {
        program()
            .args(["run", "--url", served.url(), "--instance", "demo", "--allow-writes"])
            .args(words)
            .env("SYNCANO_ACCOUNT_KEY", key)
            .output()
            .unwrap()
    };
    let words: &[&str] = if whole_suite() { &[] } else { &["users/created", "groups/", "user-groups/"] };
    let output = run(words);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(0), "{said}{}", stderr(&output));
    assert!(!said.contains(key), "the key is not shown");
    // The first run has deleted its resources, so a second run passes too.
    assert_eq!(run(words).status.code(), Some(0));
}

#[rstest]
#[case::an_account_key_on_user("account-key-on-user")]
#[case::a_key_that_survives_its_reset("user-key-survives-reset")]
#[case::a_list_that_shows_all_users("users-list-unscoped")]
fn a_wrong_simulator_fails_with_the_place(#[case] defect: &str) {
    let output = output(&["run", "-v", "--no-diagnosis", "--access-table", "off", "--defects", defect]);
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for part in ["\nfail ", "scenarios/", "  rule ", "  why  ", "  sent curl -i -X ", "${"] {
        assert!(said.contains(part), "{part:?} is missing in\n{said}");
    }
}

#[test]
fn the_access_table_is_shown_if_it_fails_or_is_requested() {
    let run = |options: &[&str]| {
        stdout(&program().args(["run", "--no-diagnosis", "access/users"]).args(options).output().unwrap())
    };
    let served = Served::start(&["--empty"]);
    let quiet = run(&["--url", served.url(), "--register", "--allow-writes"]);
    assert!(
        quiet.contains(" access cases of GET and OPTIONS, all as expected\n"),
        "what may change something is not asked: {quiet}"
    );
    let all = stdout(&output(&["run", "access/users/self/groups/mine"]));
    assert!(
        all.contains("\naccess table: 192 access cases, all as expected\n"),
        "on the simulator everything is: {all}"
    );

    let cells = |said: &str| {
        let row = said.lines().find_map(|line| line.strip_prefix("users ")?.trim_start().strip_prefix("GET"));
        row.map(|row| row.trim().to_owned()).unwrap_or_else(|| panic!("no row for GET of users in\n{said}"))
    };
    let asked = run(&["--access-table", "read-only"]);
    assert_eq!(cells(&asked), "..... ..... ..... ..... ..... ..... ..");
    assert!(asked.lines().all(|line| line.chars().count() <= 80), "{asked}");

    let wrong = run(&["--access-table", "read-only", "--defects", "users-list-unscoped"]);
    assert_eq!(cells(&wrong), "..... ..... ..... .FFFF F.... ..... ..");
    assert!(wrong.contains("\nfail       access/users/get/self\n"), "{wrong}");
    assert!(wrong.contains("the list also holds <other.id>"), "{wrong}");

    let off = program().args(["run", "access/users", "--access-table", "off"]).output().unwrap();
    assert_eq!(off.status.code(), Some(4), "nothing is left to be run");
}

#[test]
fn sentences_fit_into_80_columns_and_commands_are_not_wrapped() {
    let run = output(&["run", "reset-key", "users", "--access-table", "off", "--defects", "user-key-survives-reset"]);
    let brief = stdout(&run);
    for line in brief.lines().filter(|line| !line.trim_start().starts_with("syncano-conformance ")) {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(brief.lines().count() <= 60, "it fits one screen: {brief}");
    let run = output(&["run", "-v", "reset-key", "--no-diagnosis", "--defects", "user-key-survives-reset"]);
    let said = stdout(&run);
    let mut in_evidence = false;
    for line in said.lines() {
        in_evidence = !line.is_empty() && (in_evidence || line == "  - expected  + actual");
        if line.starts_with("  sent ") {
            assert!(line.starts_with("  sent curl ") && line.ends_with('"'), "{line}");
        } else if !in_evidence && line.split_whitespace().count() > 2 {
            // A line of a verdict and an id is not wrapped.
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
    assert_eq!(stderr(&run), "", "where nobody is looking there is no progress bar");
}

#[test]
fn verbose_shows_more_and_quiet_shows_less() {
    let run = |detail: &str| stdout(&output(&["run", "user/reads", "reset-key/api-key-alone", detail]));
    let quiet = run("-q");
    assert!(quiet.starts_with("PASSED ") && quiet.lines().count() == 1, "{quiet}");
    let verbose = run("-v");
    assert!(verbose.contains("\npass       user/answers-a-user\n") && verbose.contains("\nDisputed: "), "{verbose}");
    let failing = output(&["run", "-q", "reset-key/by-the-administrator", "--defects", "user-key-survives-reset"]);
    let failing = stdout(&failing);
    assert!(failing.starts_with("What is broken\n  * The previous user key stays valid after a reset.\n"), "{failing}");
    assert!(failing.contains("\nfail       reset-key/the-old-user-key-is-invalid\n"), "{failing}");
}

#[test]
fn junit_has_a_test_case_for_every_check() {
    let folder = TempDir::new().unwrap();
    let (xml, json) = (folder.path().join("junit.xml"), folder.path().join("report.json"));
    let output = output(&[
        "run",
        "users/",
        "groups/",
        "--no-diagnosis",
        "--access-table",
        "off",
        "--defects",
        "users-list-unscoped",
        "--report",
        &format!("junit={}", xml.display()),
        "--report",
        &format!("json={}", json.display()),
    ]);
    assert_eq!(output.status.code(), Some(1));
    let xml = std::fs::read_to_string(xml).unwrap();
    let report = quick_junit::Report::deserialize_from_str(&xml).unwrap();
    let checks = verdicts(&json);
    assert_eq!(report.tests, checks.len());
    // Failed checks of disputed rules do not count as failures.
    let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&json).unwrap()).unwrap();
    assert_eq!(Some(report.failures as u64), json["summary"]["verdicts"]["fail"].as_u64());
    assert!(report.failures > 0);
}

#[test]
fn exit_codes_distinguish_the_results_of_a_run() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, text: &str| {
        let folder = folder.path().join(name);
        std::fs::create_dir_all(folder.join("a")).unwrap();
        std::fs::write(folder.join("a/b.yaml"), text).unwrap();
        folder.display().to_string()
    };
    let invalid = write("invalid", "title: x\nstep: []\n");
    let witness = "title: x\nsteps:\n  - name: n\n    as: api\n    send: GET /user/\n    checks:\n";
    let unwitnessed = write("unwitnessed", &format!("{witness}      - {{id: a/b, status: 403}}\n"));
    let untestable = write(
        "untestable",
        &format!(
            "{witness}      - {{id: a/b, status: 403}}\n      - {{id: a/c, witness: true, at: $.nothing, present: true}}\n"
        ),
    );
    let without_value = write(
        "without-value",
        "title: x\nsteps:\n  - name: n\n    as: api\n    send: GET /groups/\n    save: {gone: $.nothing}\n    checks:\n      \
         - {id: a/b, status: 200}\n  - name: m\n    as: api\n    send: GET /groups/{{gone}}/\n    checks:\n      - {id: a/c, status: 200}\n",
    );
    let only_skipped = write(
        "skipped",
        &format!("{witness}      - {{id: a/b, at: $.detail, present: true}}\nneeds: [own_instance]\n"),
    );
    let served = Served::start(&[]);
    let demo = ["run", "--url", served.url(), "--instance", "demo", "--allow-writes", "--scenarios", &only_skipped];
    let cases: &[(&[&str], i32, &str)] = &[
        (&["run", "--jobs", "0"], 2, "--jobs"),
        (&["run", "--url", "ftp://example.com", "--register"], 2, "--url"),
        (&["run", "--url", "http://key@127.0.0.1", "--register"], 2, "user name"),
        (&["run", "--url", "http://127.0.0.1:9"], 2, "SYNCANO_ACCOUNT_KEY"),
        (&["run", "--report", "yaml=x"], 2, "there are json, junit, tap, markdown, github and html"),
        (&["run", "--report", "json=/dev/null/at/all.json"], 2, "folder that exists"),
        (&["run", "--defects", "nonsense"], 2, "`list --defects`"),
        (&["run", "--quirks", "users-list-unscoped"], 2, "`list --quirks`"),
        (&["run", "--defects", "users-list-unscopd"], 2, "did you mean `users-list-unscoped`? "),
        (&["run", "--scenarios", "/nowhere"], 2, "/nowhere"),
        (&["run", "no-such-area"], 4, "no-such-area"),
        (&["run", "--scenarios", &invalid], 5, "did you mean `steps`?"),
        (&["lint", "--scenarios", &invalid], 5, "a/b.yaml:2:1"),
        (&["run", "--scenarios", &unwitnessed], 5, "witness: true"),
        (&["run", "--url", "http://127.0.0.1:9", "--register", "--allow-writes"], 6, "no connection"),
        (&["run", "--scenarios", &untestable], 1, ""),
        (&["run", "--scenarios", &without_value], 7, ""),
        (&demo, 4, ""),
    ];
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    for (args, code, said) in cases {
        let mut program = program();
        if args.contains(&"--instance") {
            program.env("SYNCANO_ACCOUNT_KEY", key);
        }
        let output = program.args(*args).output().unwrap();
        assert_eq!(output.status.code(), Some(*code), "{args:?}: {}{}", stdout(&output), stderr(&output));
        assert!(stderr(&output).contains(said), "{args:?} says\n{}", stderr(&output));
    }
}

#[test]
fn a_run_that_reaches_its_maximum_time_is_incomplete() {
    let served = Served::start(&["--empty"]);
    // At this rate, the fourth request would start after the time limit.
    let limits = ["--rate", "3", "--max-time", "1"];
    let output = program()
        .args(["run", "--url", served.url(), "--register", "--allow-writes", only!("user/ignore-acl")])
        .args(limits)
        .output()
        .unwrap();
    let said = stdout(&output);
    assert_eq!(output.status.code(), Some(7), "{said}{}", stderr(&output));
    assert!(said.contains("the run's time was over"), "{said}");
    assert!(!said.contains("left behind"), "{said}");
}

#[test]
fn the_committed_schema_is_current_and_every_scenario_fits_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let committed = std::fs::read_to_string(root.join("scenarios/schema.json")).unwrap();
    let printed = stdout(&output(&["schema"]));
    assert!(printed == committed, "run: cargo run -- schema > scenarios/schema.json");
    let schema: Value = serde_json::from_str(&committed).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let mut seen = 0;
    for area in std::fs::read_dir(root.join("scenarios")).unwrap().map(|entry| entry.unwrap().path()) {
        for path in area.read_dir().into_iter().flatten().map(|entry| entry.unwrap().path()) {
            let text = std::fs::read_to_string(&path).unwrap();
            let value: Value = serde_saphyr::from_str(&text).unwrap();
            let errors = validator.iter_errors(&value).map(|error| error.to_string()).collect::<Vec<_>>();
            assert_eq!(errors, Vec::<String>::new(), "{}", path.display());
            seen += 1;
        }
    }
    assert!(seen > 20, "{seen} scenarios were compared with the schema");
    assert!(!validator.is_valid(&serde_json::json!({"title": "x", "steps": [], "step": []})));
}

#[test]
fn list_and_lint_describe_the_suite() {
    let listed = output(&["list", "reset-key"]);
    assert_eq!(listed.status.code(), Some(0));
    assert!(stdout(&listed).contains("scenarios/reset-key/"), "{}", stdout(&listed));
    let all = stdout(&output(&["list", "--all"]));
    assert!(stdout(&listed).lines().all(|line| all.lines().any(|other| other == line)), "{all}");
    assert!(all.contains("scenarios/users/") && all.contains("scenarios/access.toml: "), "{all}");
    let rules = stdout(&output(&["list", "--rules"]));
    assert!(rules.contains("R138"), "{rules}");
    let of_area = stdout(&output(&["list", "--rules", "reset-key", "r138"]));
    let begins = |line: &str| line.contains(" reset-key/") || line.starts_with("R138 ") || line.starts_with("  ");
    assert!(of_area.contains("R138") && of_area.contains("R95") && of_area.lines().all(begins), "{of_area}");
    let (defects, quirks) = (stdout(&output(&["list", "--defects"])), stdout(&output(&["list", "--quirks"])));
    assert!(defects.contains("users-list-unscoped: `GET /users/` shows every user"), "{defects}");
    assert!(quirks.contains("late-deletes: ") && !quirks.contains("users-list-unscoped"), "{quirks}");
    let lint = output(&["lint"]);
    assert_eq!(lint.status.code(), Some(0), "{}", stderr(&lint));
}

#[test]
fn list_alone_counts_the_areas_as_run_does() {
    let areas = stdout(&output(&["list"]));
    let row = |area: &str| {
        let line =
            areas.lines().find(|line| line.starts_with(&format!("{area} "))).unwrap_or_else(|| panic!("{areas}"));
        line.split_whitespace().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    let run = stdout(&output(&["run", "--access-table", "off", "reset-key/", "users/", "versions/"]));
    for area in ["reset-key", "users", "versions"] {
        let checks = format!("  {} checks: ", row(area)[1]);
        let line = run.lines().find(|line| line.starts_with(&format!("  {area} "))).unwrap_or_else(|| panic!("{run}"));
        assert!(line.contains(checks.trim_start()), "{line}: {checks}");
    }
    let files = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios/reset-key")).unwrap().count();
    assert_eq!(row("reset-key")[0], files.to_string());
    let rules = stdout(&output(&["list", "--rules", "reset-key"]));
    let rules = rules.lines().filter(|line| line.starts_with('R')).count();
    assert_eq!(row("reset-key")[2], rules.to_string());
}

#[rstest]
#[case::a_target_of_the_file("staging", "`--target staging` names this target")]
#[case::the_simulator("sim-http", "`--target sim-http` names this target")]
#[case::no_target("production", "`--target production` names a target of conformance.toml")]
#[case::a_url("https://staging.example.com", "`--url https://staging.example.com` names a deployment")]
#[case::a_host("localhost:8080", "`--url http://localhost:8080` names a deployment")]
#[case::a_url_with_a_password("https://me:open-sesame@staging.example.com", "`--url URL` names a deployment")]
#[case::a_defect("user-key-survives-reset", "`--defects user-key-survives-reset` puts this defect")]
#[case::a_misspelt_area("reset-kye", "did you mean `reset-key`?")]
#[case::a_misspelt_rule("reset-key/ends-the-old-user-kye", "did you mean `reset-key/ends-the-old-user-key`?")]
fn the_error_for_an_unknown_word_suggests_a_similar_one(#[case] word: &str, #[case] said: &str) {
    let folder = TempDir::new().unwrap();
    let profile = "[target.staging]\nurl = \"https://staging.example.com\"\nregister = true\n";
    std::fs::write(folder.path().join("conformance.toml"), profile).unwrap();
    let run = program().args(["run", word]).current_dir(folder.path()).output().unwrap();
    assert_eq!(run.status.code(), Some(4), "{}", stderr(&run));
    assert!(stderr(&run).contains(said), "{}", stderr(&run));
    assert!(!stderr(&run).contains("open-sesame"), "{}", stderr(&run));
    let list = program().args(["list", "reset-kye"]).output().unwrap();
    assert_eq!(list.status.code(), Some(4));
    assert!(stderr(&list).contains("did you mean `reset-key`?"), "{}", stderr(&list));
}

/// The tool `script` of util-linux runs a command on a terminal.
#[test]
#[cfg(target_os = "linux")]
fn the_progress_of_a_run_fits_into_a_narrow_terminal() {
    for (columns, shows_bar) in [(20, false), (100, true)] {
        let run = format!("stty rows 24 cols {columns}; {} run users >/dev/null", binary::path());
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &run, "/dev/null"]).env("TERM", "xterm").env_remove("CI");
        let said = String::from_utf8(script.output().unwrap().stdout).unwrap();
        let lines = said.split(['\r', '\n']).map(|line| line.trim_start_matches("\u{1b}[2K")).collect::<Vec<_>>();
        let drawn = lines.iter().filter(|line| line.contains(" of ")).collect::<Vec<_>>();
        assert!(!drawn.is_empty(), "{said:?}");
        assert!(lines.iter().all(|line| line.chars().count() <= columns), "{said:?}");
        assert!(!said.contains("\u{1b}[1A"), "a line was broken: {said:?}");
        assert_eq!(drawn.iter().all(|line| line.starts_with(['█', '░'])), shows_bar, "{said:?}");
    }
}

#[rstest]
fn each_level_passes_alone_on_the_simulator(#[values("seed", "public", "observed", "sane")] level: &str) {
    let output = output(&["run", "--level", level, "--no-diagnosis"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
}
