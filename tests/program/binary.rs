//! The program as a user starts it.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

pub fn program() -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_syncano-conformance"));
    program.env_remove("SYNCANO_ACCOUNT_KEY").env_remove("CLICOLOR_FORCE").env_remove("CI");
    // Journals of runs do not get among those of whoever runs the tests.
    program.env("XDG_STATE_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/state"));
    program
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

/// `serve`, killed when dropped, and what it said when it was ready.
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

    /// What a command serves, whose stdout is a pipe.
    pub fn of(mut command: Command) -> Served {
        let mut process = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        Served { process, ready: serde_json::from_str(&line).unwrap() }
    }

    pub fn url(&self) -> &str {
        self.ready["url"].as_str().unwrap()
    }

    /// Asks it to end, and waits for its exit code.
    pub fn end(mut self) -> Option<i32> {
        self.terminate();
        self.process.wait().unwrap().code()
    }

    /// Asks it to end; what it said on stderr, which has to be a pipe.
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
