//! Helpers that run the built program.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// Returns the path of the program under test: the value of `PROGRAM_UNDER_TEST`, such as
/// `target/release/syncano-conformance`, or else the program that cargo has built.
pub fn path() -> String {
    let Ok(named) = std::env::var("PROGRAM_UNDER_TEST") else {
        return env!("CARGO_BIN_EXE_syncano-conformance").to_owned();
    };
    // Tests start it in other folders.
    let path = std::fs::canonicalize(&named).unwrap_or_else(|error| panic!("PROGRAM_UNDER_TEST: {named}: {error}"));
    path.to_str().unwrap().to_owned()
}

/// The option that selects one scenario of the suite by its file. Reading the whole suite takes most
/// of the time of a short run.
macro_rules! only {
    ($name:literal) => {
        concat!("--scenarios=", env!("CARGO_MANIFEST_DIR"), "/scenarios/", $name, ".yaml")
    };
}
pub(crate) use only;

pub fn program() -> Command {
    let mut program = Command::new(path());
    program.env_remove("SYNCANO_ACCOUNT_KEY").env_remove("CLICOLOR_FORCE").env_remove("CI");
    // Keeps the journals of test runs out of the user's state directory.
    program.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    program
}

/// Returns whether tests run the whole suite. The gate sets it; `cargo test` runs a part.
pub fn whole_suite() -> bool {
    std::env::var_os("WHOLE_SUITE").is_some()
}

pub fn output(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A `serve` process, killed on drop, with its startup output.
pub struct Served {
    process: Child,
    pub ready: Value,
}

impl Served {
    pub fn start(args: &[&str]) -> Served {
        let mut program = program();
        program.arg("serve").args(args).stdout(Stdio::piped());
        Served::of(program)
    }

    /// Starts a `serve` command, whose stdout must be a pipe.
    pub fn of(mut command: Command) -> Served {
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Served { process, ready: serde_json::from_str(&line).unwrap() }
    }

    pub fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// Sends a termination signal, and returns the exit code.
    pub fn end(mut self) -> Option<i32> {
        self.terminate();
        self.process.wait().unwrap().code()
    }

    /// Sends a termination signal, and returns stderr, which must be a pipe.
    pub fn stderr(&mut self) -> String {
        self.terminate();
        let mut said = String::new();
        self.process.stderr.as_mut().unwrap().read_to_string(&mut said).unwrap();
        said
    }

    fn terminate(&self) {
        assert!(Command::new("kill").arg(self.process.id().to_string()).status().unwrap().success());
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
