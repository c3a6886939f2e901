//! Tests for output that cannot be written.

use rstest::rstest;
use tempfile::TempDir;

use super::small_suite;
use crate::binary::{output, stderr, stdout};

/// Runs the program with this stdout, and returns the exit code and stderr.
#[cfg(target_os = "linux")]
fn to(stdout: impl Into<std::process::Stdio>, args: &[&str]) -> (Option<i32>, String) {
    let output = crate::binary::program().args(args).stdout(stdout).output().unwrap();
    (output.status.code(), stderr(&output))
}

/// Covers every command that prints to stdout, in every format.
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
#[case::list_all(&["list", "--all", "--scenarios", "SUITE"])]
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
fn unwritable_output_is_an_error_and_a_closed_pipe_is_not(#[case] args: &[&str]) {
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
fn a_full_disk_does_not_hide_the_result_of_a_run() {
    let suite = small_suite();
    let one = suite.path().join("a/one.yaml");
    let wrong = std::fs::read_to_string(&one).unwrap().replace("$.objects,", "$.nothing,");
    std::fs::write(&one, wrong).unwrap();
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let (code, said) = to(full, &["run", "--scenarios", suite.path().to_str().unwrap()]);
    assert!(code == Some(1) && said.contains("the output cannot be written: "), "{code:?} {said}");
}

#[test]
fn two_reports_in_one_file_are_rejected_under_any_names() {
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
fn a_report_can_go_to_stdout_and_into_a_new_folder() {
    let suite = small_suite();
    let folder = TempDir::new().unwrap();
    let deep = folder.path().join("not/there/yet.json");
    let args = ["--scenarios", suite.path().to_str().unwrap(), "--report", "json=-"];
    let run = output(&[&["run"], args.as_slice(), &["--report", &format!("json={}", deep.display())]].concat());
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    assert_eq!(stdout(&run), std::fs::read_to_string(deep).unwrap());
    assert!(
        stderr(&run).contains("PASSED on the built-in simulator: 4 checks"),
        "what a person reads goes to stderr: {}",
        stderr(&run)
    );
}

#[test]
fn a_byte_order_mark_is_accepted_and_an_endless_report_is_rejected() {
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
        assert!(stderr(&endless).contains("larger than 256 MiB"), "{}", stderr(&endless));
    }
}
