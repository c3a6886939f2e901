//! Which suite a command works on, and how what is wrong with it is shown.

use std::io::Write;
use std::path::PathBuf;

use syncano_conformance::scenario::{Diagnostic, ReadError, Suite, SuiteFiles};

use super::Exit;
use super::complain::complain;

/// The options that choose a suite.
#[derive(clap::Args, Debug)]
pub struct SuiteArgs {
    /// Take scenarios and rules.toml from this folder [default: those that the program carries]
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,

    /// Take snapshots from this folder [default: those that the program carries; with --scenarios none]
    #[arg(long, value_name = "DIR")]
    snapshots: Option<PathBuf>,
}

impl SuiteArgs {
    /// Reads the suite; what is wrong goes to stderr.
    pub fn read(&self) -> Result<Suite, Exit> {
        let mut files = SuiteFiles::embedded();
        if let Some(folder) = &self.scenarios {
            files = files.scenarios_from(folder).map_err(|error| say(&error))?;
        }
        if let Some(folder) = &self.snapshots {
            files = files.snapshots_from(folder).map_err(|error| say(&error))?;
        } else if self.scenarios.is_some() {
            files.snapshots.clear();
        }
        files.read().map_err(|wrong| show(&wrong))
    }
}

fn say(error: &ReadError) -> Exit {
    let (hint, exit) = if error.is_no_text() {
        ("scenarios, rules and snapshots are texts in UTF-8", Exit::Invalid)
    } else {
        ("name a folder that can be read", Exit::Usage)
    };
    complain(format_args!("{error}\n  hint: {hint}"));
    exit
}

/// Shows what is wrong, each with its place.
pub fn show(wrong: &[Diagnostic]) -> Exit {
    let mut stderr = anstream::stderr();
    for diagnostic in wrong {
        let _ = writeln!(stderr, "{}\n", diagnostic.render(true));
    }
    let _ = writeln!(stderr, "{} wrong; nothing was sent", count(wrong.len(), "thing is", "things are"));
    Exit::Invalid
}

/// `1 thing`, `2 things`.
pub fn count(number: usize, one: &str, more: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { more })
}
