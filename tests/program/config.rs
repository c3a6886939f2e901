//! Tests for `conformance.toml`: errors point at their place, secrets are redacted, options
//! override profiles, and runs are read-only by default.

use std::path::Path;
use std::process::Output;
use std::time::Duration;

use rstest::rstest;
use syncano_conformance::config::{self, TEMPLATE};
use syncano_conformance::harness::Rate;
use syncano_simulator::Simulator;
use syncano_suite::Source;
use tempfile::TempDir;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer};

use crate::binary::{Served, only, program, stderr, stdout};

/// Selects a scenario.
const ONLY: &str = only!("user/ignore-acl");

/// Returns a folder with this `conformance.toml`.
fn folder(config: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("conformance.toml"), config).unwrap();
    folder
}

fn run_in(folder: &Path, args: &[&str], variables: &[(&str, &str)]) -> Output {
    let mut program = program();
    program.current_dir(folder).args(["run", ONLY]).args(args).envs(variables.iter().copied()).output().unwrap()
}

/// Returns the exit code and all output.
fn said(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), format!("{}{}", stdout(output), stderr(output)))
}

#[track_caller]
fn assert_says(output: &Output, code: i32, words: &[&str]) {
    let (ended, said) = said(output);
    assert_eq!(ended, code, "{said}");
    // The program wraps lines, so line breaks count as spaces.
    let whole = said.split_whitespace().collect::<Vec<_>>().join(" ");
    for word in words {
        assert!(said.contains(word) || whole.contains(word), "{word:?} is missing in\n{said}");
    }
}

#[test]
fn every_config_error_shows_its_place_and_a_hint() {
    let folder = folder(concat!(
        "[target.staging]\n",
        "url = \"https://staging.example.com/v1.1\"\n",
        "wirtes = true\n",
        "jobs = \"four\"\n",
        "capabilities = [\"groups\", \"bach\"]\n",
        "api_keys.allow_users_create = { env = \"A\" }\n",
        "\n",
        "[target.sim]\n",
        "ulr = \"http://127.0.0.1\"\n",
    ));
    let output = run_in(folder.path(), &["--target", "staging"], &[]);
    assert_eq!(output.status.code(), Some(5));
    insta::assert_snapshot!(stderr(&output));
}

#[rstest]
#[case::a_broken_line("[target.a]\nurl = \n", "conformance.toml:2:7")]
#[case::no_table("target = 1\n", "conformance.toml:1:10")]
#[case::another_table("[targets.a]\n", "did you mean `target`?")]
#[case::no_url("[target.a]\n", "the target `a` has no `url`")]
#[case::a_name_that_is_an_option("[target.--url]\nurl = \"http://a\"\n", "this is not a valid target name")]
#[case::two_accounts(
    "[target.a]\nurl = \"http://a\"\nregister = true\naccount_key = { env = \"A\" }\n",
    "keep one of the two"
)]
#[case::two_places(
    "[target.a]\nurl = \"http://a\"\naccount_key = { env = \"A\", file = \"b\" }\n",
    "keep one of the two"
)]
#[case::no_source("[target.a]\nurl = \"http://a\"\naccount_key = {}\n", "{ env = \"NAME\" }")]
#[case::a_user_without_a_password(
    "[target.a]\nurl = \"http://a\"\nusers.al = { username = \"al\" }\n",
    "this user has no `password`"
)]
#[case::a_parent_path("[target.a]\nurl = \"http://a\"\ninstance = \"../b\"\n", "conformance.toml:3:12")]
#[case::too_many("[target.a]\nurl = \"http://a\"\njobs = 65\n", "from 1 to 64")]
#[case::no_rate("[target.a]\nurl = \"http://a\"\nrate = nan\n", "requests per second")]
fn a_wrong_config_exits_with_5(#[case] config: &str, #[case] word: &str) {
    let output = run_in(folder(config).path(), &["--target", "a"], &[]);
    assert_says(&output, 5, &[word, "nothing was sent"]);
}

#[rstest]
#[case::in_place_of_its_source("account_key = \"SECRET\"")]
#[case::of_a_user("users.alice = { username = \"alice\", password = 'SECRET' }")]
#[case::of_an_api_key("api_keys = { plain = \"SECRET\", plian = { env = \"A\" } }")]
#[case::without_quotes("account_key = SECRET")]
#[case::without_an_end("account_key = \"SECRET")]
#[case::without_equals("account_key \"SECRET\"")]
#[case::over_lines("account_key = \"\"\"\nSECRET\"\"\"")]
#[case::under_a_wrong_key("acount_key = \"SECRET\"")]
#[case::beside_a_mistake("account_key = { env = \"A\" } # SECRET\nnonsense = 1 # SECRET")]
#[case::in_the_url("url = \"https://me:SECRET@example.com\"")]
#[case::in_its_query("url = \"https://example.com/?api_key=SECRET\"")]
#[case::as_the_name_of_a_variable("account_key = { env = \"SECRET\" }")]
#[case::as_the_name_of_a_file("account_key = { file = \"SECRET\" }")]
#[case::as_a_key("account_key = { SECRET = \"A\" }")]
#[case::as_a_version("api_version = \"SECRET\"")]
fn a_secret_in_the_file_is_rejected_and_not_shown(#[case] line: &str) {
    let secret = "f00dbabe".repeat(5);
    let output =
        run_in(folder(&format!("[target.a]\n{}\n", line.replace("SECRET", &secret))).path(), &["--target", "a"], &[]);
    assert_says(&output, 5, &["conformance.toml:"]);
    assert!(!said(&output).1.contains("f00dbabe"), "{}", said(&output).1);
}

#[test]
fn the_error_for_an_unknown_target_lists_the_known_ones() {
    let with = folder("[target.staging]\nurl = \"http://127.0.0.1:9\"\n");
    let run = |folder: &TempDir, args: &[&str]| run_in(folder.path(), args, &[]);
    let stagin = run(&with, &["--target", "stagin"]);
    assert_says(&stagin, 2, &["known targets: sim, sim-http, staging", "did you mean `staging`?"]);
    assert_says(&run(&with, &["--target", "other"]), 2, &["add [target.other] to conformance.toml"]);
    let without = TempDir::new().unwrap();
    assert_says(&run(&without, &["--target", "other"]), 2, &["known targets: sim, sim-http", "`init` writes one"]);
    assert_says(&run(&without, &["--target", "a", "--config", "gone.toml"]), 2, &["cannot read gone.toml"]);
    assert_says(&run(&with, &["--target", "sim", "--url", "http://127.0.0.1:9"]), 2, &["sim is built in"]);
    assert_says(&run(&with, &["--instance", "shop"]), 2, &["--instance has no effect on the built-in simulator"]);
    assert_says(&run(&with, &["--rate", "5"]), 2, &["--rate has no effect on the built-in simulator"]);
    assert_says(
        &run(&with, &["--target", "staging", "--rate", "fast"]),
        2,
        &["is not a rate; expected requests per second"],
    );
    assert_says(&run(&with, &["--target", "staging", "--register", "--seed", "1"]), 2, &["--seed"]);
    assert_says(&run(&with, &["--target", "staging"]), 2, &["no account is given", "--register"]);
}

#[test]
fn the_error_for_a_missing_secret_names_its_source() {
    let url = "url = \"http://127.0.0.1:9\"\n";
    let run = |lines: &str, variables: &[(&str, &str)]| {
        run_in(folder(&format!("[target.a]\n{url}{lines}\n")).path(), &["--target", "a"], variables)
    };
    let of_env = "account_key = { env = \"A_KEY\" }";
    assert_says(&run(of_env, &[]), 2, &["the environment variable A_KEY is not set", "[target.a]"]);
    assert_says(&run(of_env, &[("A_KEY", "\n")]), 2, &["the environment variable A_KEY is empty"]);
    assert_says(&run("account_key = { file = \"gone\" }", &[]), 2, &["cannot read gone"]);
    let user = "register = true\nusers.al = { username = \"al\", password = { env = \"AL\" } }";
    assert_says(&run(user, &[]), 2, &["the environment variable AL is not set"]);
}

#[test]
fn a_profile_is_found_in_a_parent_folder_with_its_files() {
    let served = Served::start(&[]);
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    let config = format!(
        "[target.staging]\nurl = \"{}\"\naccount_key = {{ file = \"secrets/key\" }}\nwrites = true\napi_version = \"v1\"\n",
        served.url()
    );
    let folder = folder(&config);
    let below = folder.path().join("a/b");
    std::fs::create_dir_all(&below).unwrap();
    std::fs::create_dir(folder.path().join("secrets")).unwrap();
    std::fs::write(folder.path().join("secrets/key"), format!("{key}\n")).unwrap();
    // The report names the target after its profile.
    let output = run_in(&below, &["--target", "staging"], &[]);
    assert_says(&output, 0, &["staging, API v1, run "]);
    assert!(!said(&output).1.contains(key));
    // The nearest file overrides files further up, and `--config` overrides both.
    std::fs::write(below.join("conformance.toml"), "[target.other]\nurl = \"http://127.0.0.1:9\"\n").unwrap();
    assert_says(&run_in(&below, &["--target", "staging"], &[]), 2, &["known targets: sim, sim-http, other"]);
    let named = run_in(&below, &["--target", "staging", "--config", "../../conformance.toml"], &[]);
    assert_says(&named, 0, &["staging, API v1, run "]);
}

#[test]
fn options_take_precedence_over_the_profile() {
    let served = Served::start(&[]);
    let config = "[target.a]\nurl = \"http://127.0.0.1:9\"\naccount_key = { env = \"WRONG\" }\napi_version = \"v1\"\n\
                  instance = \"gone\"\nwrites = false\njobs = 1\ntimeout = 1\n";
    let folder = folder(config);
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    std::fs::write(folder.path().join("key"), key).unwrap();
    let all = ["--target", "a", "--url", served.url(), "--account-key-file", "key", "--api-version", "v1.1"];
    let run = |more: &[&str]| run_in(folder.path(), &[&all, more].concat(), &[]);
    assert_says(&run(&["--no-instance", "--allow-writes", "--jobs", "2"]), 0, &["a, API v1.1, run "]);
    assert_says(&run(&["--instance", "demo", "--allow-writes", "--timeout", "9"]), 0, &["a, API v1.1, run "]);
    assert_says(&run(&["--allow-writes"]), 6, &["there is no instance gone"]);
    assert_says(&run(&["--no-instance"]), 4, &["--allow-writes"]);
}

#[test]
fn an_api_key_and_users_suffice_without_a_profile() {
    let served = Served::start(&[]);
    let key = served.ready["api_keys"]["plain"].as_str().unwrap();
    let password = |number: usize| served.ready["users"][number]["password"].as_str().unwrap();
    let variables = [("APP_KEY", key), ("ALICE", password(0)), ("BOB", password(1))];
    let users = ["--api-key", "plain=env:APP_KEY", "--user", "alice=env:ALICE", "--user", "bob=env:BOB"];
    let all = [
        &["run", only!("user/reads"), "--url", served.url(), "--instance", "demo", "--capabilities", "groups"],
        &users[..],
    ];
    let run = |args: &[&str]| program().args(args).envs(variables).output().unwrap();
    let output = run(&all.concat());
    assert_says(&output, 0, &[" passed"]);
    assert!(!said(&output).1.contains("skipped"), "{}", said(&output).1);
    assert_says(&run(&["run", ONLY, "--capabilities", "groups,bach"]), 2, &["unknown capability \"bach\""]);
    // Names and paths may contain the separator `=`.
    let files = folder("");
    let path = files.path().join("b=b");
    std::fs::write(&path, password(1)).unwrap();
    let bob = format!("bob=file:{}", path.display());
    let args =
        [&all[0][..6], &["--api-key", "plain=env:APP_KEY", "--user", "alice=env:ALICE", "--user", &bob]].concat();
    assert_says(&run(&args), 0, &[" passed"]);
    assert_says(&run(&[&args[..], &["--user", "a=b=env:BOB"]].concat()), 6, &["cannot sign in"]);
    // An option overrides the administrator's key of a profile.
    let folder =
        folder("[target.a]\nurl = \"http://127.0.0.1:9\"\naccount_key = { env = \"NONE\" }\ninstance = \"demo\"\n");
    let args = [&["--target", "a", "--url", served.url()], &users[..]].concat();
    assert_says(&run_in(folder.path(), &args, &variables), 4, &["need an API key with ignore_acl"]);
}

#[rstest]
#[case::a_key(&["--api-key", "plain=bcdfghjkmnp2"], "expected env:NAME or file:PATH")]
#[case::a_key_alone(&["--api-key", "bcdfghjkmnp2"], "does not name a key")]
#[case::a_password(&["--user", "alice=bcdfghjkmnp2"], "has no place of the password")]
#[case::a_password_alone(&["--user", "bcdfghjkmnp2"], "has no password")]
#[case::an_unknown_flag(&["--api-key", "ignore_alc=env:NAME"], "did you mean `ignore_acl`?")]
#[case::two_ways(&["--api-key", "plain=env:NAME", "--register"], "--register")]
fn the_error_for_a_wrong_key_does_not_show_the_key(#[case] args: &[&str], #[case] word: &str) {
    let all = [&["run", ONLY, "--url", "http://127.0.0.1:9", "--instance", "demo"], args].concat();
    let output = program().args(all).output().unwrap();
    assert_says(&output, 2, &[word]);
    assert!(!said(&output).1.contains("bcdfghjkmnp2"), "{}", said(&output).1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_key_goes_to_a_proxy_that_the_user_did_not_name() {
    let proxy = MockServer::start().await;
    Mock::given(any()).respond_with(wiremock::ResponseTemplate::new(403)).mount(&proxy).await;
    let folder =
        folder("[target.a]\nurl = \"http://staging.invalid\"\naccount_key = { env = \"KEY\" }\nwrites = true\n");
    let mut variables = vec![("KEY", "0123456789abcdef0123456789abcdef01234560")];
    let uri = proxy.uri();
    variables.extend(["http_proxy", "HTTP_PROXY", "ALL_PROXY", "all_proxy"].map(|name| (name, uri.as_str())));
    let run = |args: &[&str]| run_in(folder.path(), &[&["--target", "a", "--retries", "0"], args].concat(), &variables);
    let output = tokio::task::block_in_place(|| run(&[]));
    assert_eq!(output.status.code(), Some(6), "{}", said(&output).1);
    assert!(proxy.received_requests().await.unwrap().is_empty(), "the environment is not the user");
    let output = tokio::task::block_in_place(|| run(&["--proxy", &uri]));
    assert_eq!(output.status.code(), Some(6), "{}", said(&output).1);
    assert!(!proxy.received_requests().await.unwrap().is_empty());
    assert_says(&run(&["--proxy", "http://me:bcdfghjk@proxy.invalid"]), 2, &["user name or a password"]);
    assert_says(&run(&["--proxy", "proxy.invalid:3128"]), 2, &["--proxy", "http://proxy.example.com:3128"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_writes_to_a_deployment_only_if_allowed() {
    let simulator = Simulator::builder().seed(1).build();
    let world = syncano_simulator::server::demo::DemoWorld::create(&simulator).unwrap();
    let world = serde_json::to_value(world).unwrap();
    let server = MockServer::start().await;
    Mock::given(any()).respond_with(simulator).mount(&server).await;
    let uri = server.uri();
    let config = format!("[target.a]\nurl = \"{uri}\"\naccount_key = {{ env = \"A_KEY\" }}\n");
    let writing = folder(&format!("{config}writes = true\n"));
    let reading = folder(&config);
    let key = [("A_KEY", world["account"]["account_key"].as_str().unwrap())];

    for (folder, args) in [
        (&reading, vec!["--target", "a"]),
        (&reading, vec!["--target", "a", "--register"]),
        (&reading, vec!["--url", &uri, "--register", "--access-table", "full", "--replays"]),
        (&writing, vec!["--target", "a", "--no-writes"]),
        (&writing, vec!["--target", "sim", "--no-writes"]),
    ] {
        let output = run_in(folder.path(), &args, &key);
        assert_says(&output, 4, &["need to write to the target (--allow-writes)", "0 passed"]);
    }
    let sent = server.received_requests().await.unwrap();
    let sent = sent.iter().map(|request| format!("{} {}", request.method, request.url.path())).collect::<Vec<_>>();
    assert_eq!(sent, ["GET /v1.1/account/"; 2], "only what reads was sent, and only with a key");

    assert_says(&run_in(reading.path(), &["--target", "a", "--allow-writes"], &key), 0, &[]);
    assert_says(&run_in(writing.path(), &["--target", "a"], &key), 0, &[]);
}

#[test]
fn init_writes_a_file_that_can_be_read_with_its_settings_on_and_off() {
    let folder = TempDir::new().unwrap();
    let init = |args: &[&str]| program().current_dir(folder.path()).arg("init").args(args).output().unwrap();
    let next =
        ["Set its `url`", "plan --target staging --allow-writes", "export SYNCANO_ACCOUNT_KEY=...", "run --target"];
    assert_says(&init(&[]), 0, &[&["wrote conformance.toml"], &next[..]].concat());
    let path = folder.path().join("conformance.toml");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEMPLATE);
    assert_says(
        &run_in(folder.path(), &["--target", "staging"], &[]),
        2,
        &["the environment variable SYNCANO_ACCOUNT_KEY is not set"],
    );

    std::fs::write(&path, "# mine\n").unwrap();
    assert_says(&init(&[]), 2, &["conformance.toml already exists", "--force"]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "# mine\n");
    assert_says(&init(&["--force"]), 0, &[]);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), TEMPLATE);
    assert_says(&init(&["--path", "gone/conformance.toml"]), 2, &["an existing folder"]);
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 1, "nothing else is left in the folder");

    let read = |text: String| {
        let source = Source::new("conformance.toml", text);
        config::parse(&source, Path::new("")).unwrap_or_else(|wrong| panic!("{}", wrong[0].render(false)))
    };
    let on = |line: &str| match line.strip_prefix('#') {
        Some(setting) if !setting.starts_with(' ') => setting.to_owned(),
        _ => line.to_owned(),
    };
    assert_eq!(read(TEMPLATE.to_owned())["staging"].jobs, None);
    let all_on = read(TEMPLATE.lines().map(on).collect::<Vec<_>>().join("\n"));
    let staging = &all_on["staging"];
    assert_eq!((staging.jobs, staging.retries, staging.users.len()), (Some(4), Some(3), 1));
    assert_eq!(staging.capabilities.as_ref().map(Vec::len), Some(10));
    assert_eq!(
        (staging.rate, staging.max_time.map(|time| time.as_secs())),
        (Some(Rate::Every(Duration::from_millis(100))), Some(3600))
    );
}

#[test]
fn the_first_pages_show_the_file_that_init_writes() {
    let settings = TEMPLATE.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let block = format!("```toml\n{}\n```\n", settings.collect::<Vec<_>>().join("\n"));
    for page in ["README.md", "docs/getting-started.md"] {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).unwrap();
        assert!(text.contains(&block), "{page} has no\n{block}");
    }
    let readme = include_str!("../../README.md");
    let [cost, command] = ["requests and creates", "\nsyncano-conformance run --url"].map(|text| readme.find(text));
    assert!(cost.is_some() && cost < command, "what a run costs stands before its command");
}

#[cfg(unix)]
#[test]
fn a_key_file_may_begin_with_a_byte_order_mark_and_a_warning_says_that_others_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let served = Served::start(&[]);
    let key = served.ready["account"]["account_key"].as_str().unwrap();
    let config = format!("[target.a]\nurl = \"{}\"\naccount_key = {{ file = \"key\" }}\nwrites = true\n", served.url());
    let folder = folder(&config);
    let file = folder.path().join("key");
    std::fs::write(&file, format!("\u{feff}{key}\r\n")).unwrap();
    for (mode, warned) in [(0o600, false), (0o644, true), (0o640, true)] {
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
        let output = run_in(folder.path(), &["--target", "a"], &[]);
        let (code, said) = said(&output);
        assert_eq!(code, 0, "{said}");
        assert_eq!(said.contains("chmod 600 key"), warned, "{mode:o}: {said}");
        assert!(!said.contains(key), "{said}");
    }
}

#[cfg(unix)]
#[test]
fn an_endless_key_file_is_rejected() {
    let config = "[target.a]\nurl = \"http://127.0.0.1:9\"\naccount_key = { file = \"/dev/zero\" }\n";
    let folder = folder(config);
    assert_says(&run_in(folder.path(), &["--target", "a"], &[]), 2, &["cannot read /dev/zero: larger than 64 KiB"]);
}
