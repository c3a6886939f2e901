//! Tests that run every command of the README and of `docs/`, page by page, against a simulator in
//! place of the deployment.
//!
//! The tests replace the URL of the deployment and its keys. A command for the whole suite gets a
//! part of it; the gate runs the whole suite. `cargo run` runs the program. The gate covers all other
//! commands (`cargo test`, `.ci/run`, files in `tests/`).

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use regex::Regex;
use rstest::rstest;
use tempfile::TempDir;

use crate::binary::{self, Served, stderr, stdout};

/// An attacker could register an unowned repository name, and run code wherever the name is used.
#[test]
fn no_file_names_a_repository_of_another_owner() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let foreign = [["github.com/", "syncano/syncano-conformance"].concat(), ["uses: ", "syncano/"].concat()];
    let mut found = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let (path, name) = (entry.path(), entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.extend(
                    Some(path).filter(|_| !["target", ".git", "node_modules"].iter().any(|skip| name == *skip)),
                );
            } else if let Ok(text) = fs::read_to_string(&path) {
                let lines = text.lines().filter(|line| foreign.iter().any(|foreign| line.contains(foreign.as_str())));
                found.extend(lines.map(|line| format!("{}: {line}", path.display())));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Wrapper of the program that gives commands for the whole suite a part of it.
const PROGRAM: &str = r#"#!/usr/bin/env bash
words=()
case "$1" in
    run | plan | record)
        part=("--scenarios=$SUITE/reset-key")
        [ "$1" != record ] || part=(shapes/users)
        skip=
        for argument in "${@:2}"; do
            case "$argument" in
                --allow-writes | --register | --strict) ;;
                --*) skip=1 ;;
                *) [ -n "$skip" ] || part=() ; skip= ;;
            esac
        done
        words=("${part[@]}")
        ;;
    judge) words=("--scenarios=$SUITE/reset-key") ;;
esac
[ "$1" = serve ] || exec "$SC" "$@" "${words[@]}"
# It serves until it is told to end, which it is as soon as it has said that it does.
coproc "$SC" "$@"
server=$COPROC_PID
read -r ready <&"${COPROC[0]}"
kill -TERM "$server"
wait "$server"
"#;

/// Defect of the deployment for the page on divergences.
const DEFECT: &str = "user-key-survives-reset";

/// Wrapper of cargo: `cargo run -- ...` runs the program, all other commands do nothing.
const CARGO: &str = r#"#!/usr/bin/env bash
[ "$1" = run ] || exit 0
while [ "$1" != -- ]; do shift; done
shift
exec syncano-conformance "$@"
"#;

/// A folder for commands, and a deployment.
struct Desk {
    folder: TempDir,
    deployment: Served,
    key: String,
}

impl Desk {
    fn new(defects: &[&str]) -> Desk {
        let deployment = Served::start(defects);
        let key = deployment.ready["account"]["account_key"].as_str().unwrap().to_owned();
        let folder = TempDir::new().unwrap();
        let desk = Desk { folder, deployment, key };
        let bin = desk.path("bin");
        fs::create_dir(&bin).unwrap();
        fs::create_dir(desk.path("snapshots")).unwrap();
        for (name, script) in [("syncano-conformance", PROGRAM), ("cargo", CARGO)] {
            fs::write(bin.join(name), script).unwrap();
            fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
        }
        let staging = format!(
            "[target.staging]\nurl = \"{}\"\naccount_key = {{ env = \"STAGING_ACCOUNT_KEY\" }}\nwrites = true\n",
            desk.deployment.url()
        );
        fs::write(desk.path("conformance.toml"), staging).unwrap();
        desk
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Returns true if this machine has the tools that the line needs.
    fn can_type(&self, line: &str) -> bool {
        let tools = ["curl", "jq"].into_iter().filter(|tool| line.contains("repro.sh http") || line.starts_with(tool));
        let missing = tools.filter(|tool| Command::new(tool).arg("--version").output().is_err()).collect::<Vec<_>>();
        if !missing.is_empty() {
            println!("not typed, for there is no {}: {line}", missing.join(" and no "));
        }
        missing.is_empty()
    }

    /// Runs a line in a shell.
    fn type_in(&self, line: &str) -> Output {
        let line = line.replace("https://staging.example.com", self.deployment.url());
        let line = line.replace("=...", &format!("={}", self.key)).replace("127.0.0.1:8080", "127.0.0.1:0");
        let path = format!("{}:{}", self.path("bin").display(), std::env::var("PATH").unwrap());
        let mut shell = Command::new("bash");
        shell.args(["-c", &line]).current_dir(self.folder.path());
        shell.env("PATH", path).env("SC", binary::path());
        shell.env("SUITE", concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
        shell.env("URL", self.deployment.url()).env("XDG_STATE_HOME", self.path("state"));
        shell.env("STAGING_ACCOUNT_KEY", &self.key).env("SYNCANO_ACCOUNT_KEY", &self.key);
        shell.output().unwrap()
    }

    #[track_caller]
    fn ends_with(&self, line: &str, code: i32) {
        if !self.can_type(line) {
            return;
        }
        let output = self.type_in(line);
        assert_eq!(output.status.code(), Some(code), "{line}\n{}{}", stdout(&output), stderr(&output));
    }
}

/// Returns the commands of a page, in order, without their comments.
fn commands(page: &Path) -> Vec<String> {
    let text = fs::read_to_string(page).unwrap();
    let blocks = Regex::new(r"(?s)```sh\n(.*?)```").unwrap();
    let lines = blocks.captures_iter(&text).flat_map(|block| {
        let block = block[1].replace("\\\n", " ");
        block.lines().map(|line| line.split("  #").next().unwrap().trim().to_owned()).collect::<Vec<_>>()
    });
    lines.filter(|line| !line.is_empty() && !line.starts_with('#')).collect()
}

#[rstest]
fn every_command_of_a_page_works(
    #[files("README.md")]
    #[files("CONTRIBUTING.md")]
    #[files("docs/*.md")]
    page: PathBuf,
) {
    let code = |line: &str| match line {
        // The page shows a failing run on purpose.
        line if line.contains(" run ") && line.contains("--defects ") => 1,
        // Without extra accounts some checks are skipped, which `--strict` rejects.
        line if line.contains("--strict") => 7,
        _ => 0,
    };
    let commands = commands(&page);
    if commands.is_empty() || page.ends_with("divergences.md") {
        return;
    }
    let desk = Desk::new(&[]);
    // These pages assume reports of earlier runs.
    for report in ["before.json", "yesterday.json", "today.json"] {
        if commands.iter().any(|line| line.contains(report)) {
            desk.ends_with(&format!("syncano-conformance run --report json={report}"), 0);
        }
    }
    if commands.iter().any(|line| line.contains(" init")) {
        fs::remove_file(desk.path("conformance.toml")).unwrap();
    }
    let is_of_the_gate = |line: &String| line.starts_with(".ci/") || line.starts_with("tests/");
    // Another test compares their outputs.
    let is_shown = |line: &String| page.ends_with("reports.md") && line.contains(" --defects ");
    for line in commands.iter().filter(|line| !is_of_the_gate(line) && !is_shown(line)) {
        if line.contains("--instance shop") {
            let makes = format!("curl -sf -H 'X-API-KEY: {}' -d name=shop-1 $URL/v1.1/instances/ >/dev/null", desk.key);
            desk.ends_with(&makes, 0);
            desk.ends_with(&line.replace("--instance shop", "--instance shop-1"), 0);
            continue;
        }
        desk.ends_with(line, code(line));
        if line.contains("syncano-conformance init") {
            // The next step on the page.
            let file = fs::read_to_string(desk.path("conformance.toml")).unwrap();
            fs::write(
                desk.path("conformance.toml"),
                file.replace("https://staging.example.com", desk.deployment.url()),
            )
            .unwrap();
        }
    }
}

/// A page shows an output in a text block right after the block with the command.
#[test]
fn the_program_prints_what_the_page_on_reports_shows() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reports.md")).unwrap();
    let blocks = Regex::new(r"(?s)```sh\n([^\n]+)\n```\n\n```text\n(.*?)```").unwrap();
    // The id of the run and the time differ from run to run.
    let differs = Regex::new(r"run [a-z0-9]{8}:|\([0-9.]+ s\)").unwrap();
    let desk = Desk::new(&[]);
    let shown = blocks.captures_iter(&page).map(|block| (block[1].to_owned(), block[2].to_owned())).collect::<Vec<_>>();
    assert_eq!(shown.len(), 3, "{shown:?}");
    for (line, shown) in shown {
        let output = desk.type_in(&line);
        assert_eq!(output.status.code(), Some(1), "{line}");
        let printed = stdout(&output);
        assert_eq!(differs.replace_all(&printed, "<>"), differs.replace_all(&shown, "<>"), "{line}");
    }
}

/// The chat needs the keys of the seed that the page names, and variables that last from command to
/// command.
#[test]
fn the_chat_on_the_getting_started_page_gets_the_responses_that_the_page_shows() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/getting-started.md")).unwrap();
    let (_, chat) = page.split_once("## 5. ").unwrap();
    let (chat, _) = chat.split_once("\n## ").unwrap();
    let blocks = |language: &str| {
        let blocks = Regex::new(&format!("(?s)```{language}\n(.*?)```")).unwrap();
        blocks.captures_iter(chat).map(|block| block[1].to_owned()).collect::<Vec<_>>()
    };
    let (serve, commands) = blocks("sh").split_first().map(|(first, rest)| (first.clone(), rest.concat())).unwrap();
    assert_eq!(serve, "syncano-conformance serve --listen 127.0.0.1:8080 --seed 1\n");

    let desk = Desk::new(&["--seed", "1"]);
    if !desk.can_type("curl") {
        return;
    }
    let output = desk.type_in(&commands.replace("http://127.0.0.1:8080", desk.deployment.url()));
    assert!(output.status.success(), "{}", stderr(&output));
    // The page shows the status lines and the bodies, with `...` for a part of a body.
    let head = Regex::new(r"(HTTP/1.1 [^\r]+)\r\n(?:[^\r]+\r\n)*\r\n").unwrap();
    let printed = head.replace_all(&stdout(&output), "\n$1\n").replace("\n\n", "\n");
    let shown = blocks("text").concat().replace("\n\n", "\n");
    let shown = regex::escape(shown.trim()).replace(r"\.\.\.", ".*");
    assert!(Regex::new(&format!("^{shown}$")).unwrap().is_match(printed.trim()), "{printed}");
}

#[rstest]
fn the_commands_of_a_page_are_found(
    #[values(
        "README.md",
        "docs/getting-started.md",
        "docs/ci.md",
        "docs/live.md",
        "docs/traces.md",
        "docs/simulator.md",
        "docs/reports.md"
    )]
    page: &str,
) {
    assert!(!commands(&Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).is_empty());
}

/// The commands on the page on divergences need a deployment with a defect.
#[test]
fn the_commands_on_the_divergences_page_work() {
    let desk = Desk::new(&["--defects", DEFECT]);
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/divergences.md");
    let commands = commands(&page);
    for line in &commands {
        // The run comes before the divergences are added, so it fails.
        let code = i32::from(line.contains(" run "));
        desk.ends_with(line, code);
    }
    assert!(commands.iter().any(|line| line.contains("divergences add")), "{commands:?}");
    assert!(fs::read_to_string(desk.path("divergences.toml")).unwrap().contains("fixed in the next release"));
}
